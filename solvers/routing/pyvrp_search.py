"""Part loads searched with PyVRP's iterated local search."""

import warnings
from typing import Any

import numpy as np
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    ClientGroup,
    Depot,
    IteratedLocalSearch,
    Location,
    PenaltyManager,
    PenaltyParams,
    ProblemData,
    RandomNumberGenerator,
    Route,
    Solution,
    VehicleType,
)
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)
from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria, StoppingCriterion

from solvers.routing.part_loads import Matrix, PartLoadProblem, SearchLimits, TruckTrips

FORBIDDEN_S = 10_000_000
"""Stands for a missing road. PyVRP 0.14 ran past its time limit with far larger figures."""
MAX_RELOADS = 30
UPDATE_ITERATIONS = 100
"""Iterations between two looks at the penalties; PyVRP's 500 are too many for short searches."""
SHORT_DELAY_S = 1_800
"""A delay that may cost as much as the largest prize at first."""


def search_pyvrp(problem: PartLoadProblem, limits: SearchLimits) -> tuple[TruckTrips, ...]:
    """Search trips for the trucks of a depot.

    Parameters
    ----------
    problem
        The visits and trucks. Its answer to begin from is used as far as PyVRP finds it feasible.
    limits
        When to stop. With an iteration limit alone the answer depends on nothing but the seed.

    Returns
    -------
    tuple[TruckTrips, ...]
        One entry for each truck that drives; only routes that PyVRP calls feasible.
    """
    if not problem.visits or not problem.groups:
        return ()
    data, visit_of = _encoded(problem)
    stops: list[StoppingCriterion] = []
    if limits.seconds is not None:
        stops.append(MaxRuntime(limits.seconds))
    if limits.max_iterations is not None:
        stops.append(MaxIterations(limits.max_iterations))
    with warnings.catch_warnings():
        # A tight fleet keeps PyVRP's penalties at their bound; that is no news here.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        best = _searched(problem, data, MultipleCriteria(stops), limits.seed)
    return tuple(
        TruckTrips(group=route.vehicle_type(), trips=_trips(route, visit_of))
        for route in best.routes()
        if route.is_feasible() and route.num_clients() > 0
    )


def _searched(
    problem: PartLoadProblem,
    data: ProblemData,
    stop: StoppingCriterion,
    seed: int,
) -> Solution:
    """Search as `pyvrp.solve` does, but with penalties that begin in the range of the prizes.

    PyVRP puts a visit that may be left out into a trip, never together with a new reload; only
    afterwards does it part an overfull trip in two. With its own first penalties overfull trips
    cost more than any prize, so that work for a further trip would never be taken up.
    """
    rng = RandomNumberGenerator(seed=seed)
    parameters = PenaltyParams(solutions_between_updates=UPDATE_ITERATIONS)
    prize = max(visit.chances[0].prize for visit in problem.visits)
    loads = [
        prize / max(*amounts, 1)
        for amounts in (
            [visit.mass_kg for visit in problem.visits],
            [visit.volume_dm3 for visit in problem.visits],
        )
    ]
    penalties = PenaltyManager(
        ([load / 2 for load in loads], prize / SHORT_DELAY_S, prize / SHORT_DELAY_S),
        parameters,
    )
    perturbation = PerturbationManager(PerturbationParams())
    search = LocalSearch(data, rng, compute_neighbours(data, NeighbourhoodParams()), perturbation)
    for operator in OPERATORS:
        if operator.supports(data):
            search.add_operator(operator(data))
    start = _start(problem, data)
    if start is None:
        start = search(
            Solution.make_random(data, rng),
            penalties.cost_evaluator(),
            exhaustive=True,
        )
    algorithm = IteratedLocalSearch(data, penalties, search, start)
    return algorithm.run(stop, collect_stats=False, display=False).best


def _encoded(problem: PartLoadProblem) -> tuple[ProblemData, list[int]]:
    """Return the problem as PyVRP's, and the visit behind each of its clients.

    A visit with several chances is a group of clients of which at most one is served.
    """
    # The last location stands for the end of work: every truck may end where it is.
    num_locations = len(problem.durations_s[0]) + 1
    end = num_locations - 1
    clients: list[Client] = []
    groups: list[ClientGroup] = []
    visit_of: list[int] = []
    for number, visit in enumerate(problem.visits):
        several = len(visit.chances) > 1
        if several:
            first = len(clients)
            members = list(range(first, first + len(visit.chances)))
            groups.append(ClientGroup(members, required=False))
        for chance in visit.chances:
            clients.append(
                Client(
                    location=visit.location,
                    delivery=[visit.mass_kg, visit.volume_dm3],
                    tw_late=chance.deadline_s,
                    prize=chance.prize,
                    required=False,
                    group=len(groups) - 1 if several else None,
                )
            )
            visit_of.append(number)
    data = ProblemData(
        locations=[Location(0, 0) for _ in range(num_locations)],
        clients=clients,
        depots=[Depot(location=0), Depot(location=end)],
        vehicle_types=[
            VehicleType(
                num_available=group.num_trucks,
                capacity=[group.payload_kg, group.volume_dm3],
                start_depot=0,
                end_depot=1,
                tw_early=group.ready_s,
                tw_late=max(group.ready_s, problem.horizon_s),
                max_distance=group.drive_budget_s,
                unit_distance_cost=group.price,
                profile=group.profile,
                reload_depots=[0],
                max_reloads=MAX_RELOADS,
            )
            for group in problem.groups
        ],
        distance_matrices=[_with_end(matrix) for matrix in problem.drives_s],
        duration_matrices=[_with_end(matrix) for matrix in problem.durations_s],
        groups=groups,
    )
    return data, visit_of


def _with_end(values: Matrix) -> Any:  # noqa: ANN401 - PyVRP's stubs name an array type of none
    """Return a matrix with a last location that is never left.

    It is reached at once where `values` has no column for the way there.
    """
    size = len(values) + 1
    matrix = np.zeros((size, size), dtype=np.int64)
    given = np.minimum(np.array(values, dtype=np.int64), FORBIDDEN_S)
    matrix[:-1, : given.shape[1]] = given
    matrix[-1, :-1] = FORBIDDEN_S
    return matrix


def _start(problem: PartLoadProblem, data: ProblemData) -> Solution | None:
    """Return the known answer, without the visits that do not fit into this model."""
    client_of = []
    first = 0
    for visit in problem.visits:
        client_of.append(first + visit.start_chance)
        first += len(visit.chances)
    routes = []
    for one in problem.start:
        trips = [[client_of[visit] for visit in trip] for trip in one.trips]
        route = _route(data, one.group, trips)
        while trips and not route.is_feasible():
            late = next((stop for stop in route if stop.time_warp > 0 and stop.is_client()), None)
            unwanted = trips[-1][-1] if late is None else late.idx
            trips = [[client for client in trip if client != unwanted] for trip in trips]
            trips = [trip for trip in trips if trip]
            route = _route(data, one.group, trips)
        if trips:
            routes.append(route)
    return Solution(data, routes) if routes else None


def _route(data: ProblemData, group: int, trips: list[list[int]]) -> Route:
    # PyVRP adds the depots at both ends by itself; those between trips are ours to give.
    activities: list[Activity] = []
    for trip in trips:
        if activities:
            activities.append(Activity(ActivityType.DEPOT, 0))
        activities.extend(Activity(ActivityType.CLIENT, client) for client in trip)
    return Route(data, activities, group)


def _trips(route: Route, visit_of: list[int]) -> tuple[tuple[int, ...], ...]:
    trips: list[tuple[int, ...]] = []
    trip: list[int] = []
    for activity in route:
        if activity.is_client():
            trip.append(visit_of[activity.idx])
        elif trip:
            trips.append(tuple(trip))
            trip = []
    if trip:
        trips.append(tuple(trip))
    return tuple(trips)
