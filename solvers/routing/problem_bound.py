"""A cheap lower bound on the cost of an array problem, from distances and loads alone.

It knows no time and is far from tight where routes are long; what it says is nevertheless true of
every answer.
"""

import numpy as np
from numpy.typing import NDArray

from solvers.routing.limits import NO_ROAD
from solvers.routing.problem import RoutingProblem, VehicleType
from solvers.routing.problem_faults import Roads

Costs = NDArray[np.float64]


def lower_bound(problem: RoutingProblem) -> int:
    """Return a cost that no answer can undercut; optional stops are left out of it.

    The greater of two bounds: what the cheapest way into each stop and the ways home cost, and
    what each unit of load costs on its way there and back in a full vehicle.

    Parameters
    ----------
    problem
        The problem.
    """
    required = np.flatnonzero(problem.stops.required)
    fleet = [(k, one) for k, one in enumerate(problem.vehicle_types) if one.num_available]
    if not len(required) or not fleet:
        return 0
    return max(_ways_bound(problem, required, fleet), _load_bound(problem, required, fleet))


def _ways_bound(
    problem: RoutingProblem, required: NDArray[np.intp], fleet: list[tuple[int, VehicleType]]
) -> int:
    """Add up the cheapest way into each stop, and home and the vehicle for each route."""
    first = problem.num_depots
    into = np.full(problem.num_stops, np.inf)
    homes, fixed = [], []
    for number, one in fleet:
        ways = problem.distances[one.profile].astype(float)
        np.fill_diagonal(ways, np.inf)
        cheapest = ways[:, first:].min(axis=0)
        if one.start_depot is None:
            cheapest[:] = 0
        may = problem.allowed[number]
        into[may] = np.minimum(into[may], one.unit_distance_cost * cheapest[may])
        home = 0.0 if one.end_depot is None else float(ways[first:, one.end_depot].min())
        homes.append(one.unit_distance_cost * home)
        fixed.append(one.fixed_cost)
    routes = _fewest_routes(problem, required, [one for _, one in fleet])
    total = float(into[required].sum()) + routes * (min(homes) + min(fixed))
    return int(np.ceil(total)) if np.isfinite(total) else 0


def _fewest_routes(
    problem: RoutingProblem, required: NDArray[np.intp], types: list[VehicleType]
) -> int:
    """Return how many vehicles at least must drive."""
    if any(one.reload_depots for one in types):
        return 1
    largest = np.array([one.capacity for one in types]).max(axis=0)
    loads = np.maximum(
        problem.stops.delivery[required].sum(axis=0), problem.stops.pickup[required].sum(axis=0)
    )
    return max(1, int(np.max(-(-loads // np.maximum(largest, 1)))))


def _load_bound(
    problem: RoutingProblem, required: NDArray[np.intp], fleet: list[tuple[int, VehicleType]]
) -> int:
    """Let each unit of load pay its share of a full vehicle that drives there and back.

    After the bound of Haimovich and Rinnooy Kan (1985), doi:10.1287/moor.10.4.527.
    """
    roads = Roads(problem)
    best = 0
    for amounts in (problem.stops.delivery, problem.stops.pickup):
        for load in range(amounts.shape[1]):
            shares: Costs = np.full(problem.num_stops, np.inf)
            for number, one in fleet:
                capacity = one.capacity[load]
                if not capacity:
                    continue
                cost = _there_and_back(problem, one, roads)
                if not any(other.reload_depots for _, other in fleet):
                    cost = cost + one.fixed_cost
                may = problem.allowed[number]
                shares[may] = np.minimum(shares[may], cost[may] / capacity)
            asked = required[amounts[required, load] > 0]
            total = float((amounts[asked, load] * shares[asked]).sum())
            if np.isfinite(total):
                best = max(best, int(np.ceil(total - 1e-6)))
    return best


def _there_and_back(problem: RoutingProblem, one: VehicleType, roads: Roads) -> Costs:
    """Return what driving to each stop alone and home costs at least, whatever way is taken."""
    starts = {one.start_depot, *one.reload_depots}
    ends = {one.end_depot, *one.reload_depots}

    def least(depots: set[int | None], place: int, *, out: bool) -> int:
        ways = [roads.way("distances", one.profile, depot, place, out=out) for depot in depots]
        return min(ways)

    costs: Costs = np.zeros(problem.num_stops)
    for stop in range(problem.num_stops):
        place = problem.num_depots + stop
        way = least(starts, place, out=True) + least(ends, place, out=False)
        costs[stop] = one.unit_distance_cost * way if way < NO_ROAD else np.inf
    return costs
