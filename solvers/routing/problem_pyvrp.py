"""An array problem searched by PyVRP's iterated local search."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvrp
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    Depot,
    IteratedLocalSearchParams,
    Location,
    ProblemData,
    Route,
    Solution,
    SolveParams,
)
from pyvrp.IteratedLocalSearch import IteratedLocalSearch, IteratedLocalSearchCallbacks

from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import Answer, RoutingProblem, VehicleRoute, VehicleType
from solvers.routing.problem_search import SearchTime, Tell

ENDLESS = int(np.iinfo(np.int64).max)
FORBIDDEN_FACTOR = 20
"""A missing road is so many times longer than the longest one; larger numbers made PyVRP 0.14 run
past its time."""
MAX_PENALTY = 100_000
"""What PyVRP at most lets a unit of load too many cost (its default)."""
MOST_RELOADS = 10_000
"""Stands for no limit on reloads."""
TELL_EVERY_S = 0.2


def search_pyvrp(
    problem: RoutingProblem, time: SearchTime, tell: Tell, start: Answer = ()
) -> Answer:
    """Search with PyVRP as it comes, with its default parameters.

    Parameters
    ----------
    problem
        Such as `solvers.routing.problem_search.why_not_pyvrp` has nothing against, not split.
    time
        When to stop.
    tell
        Is given better feasible answers.
    start
        A known answer to begin from; empty for none.
    """
    data = pyvrp_data(problem)
    watch = _Watch(time=time, tell=tell)
    result = pyvrp.solve(
        data,
        watch,
        seed=time.seed,
        collect_stats=False,
        display=False,
        params=SolveParams(ils=IteratedLocalSearchParams(callbacks=watch)),
        initial_solution=pyvrp_solution(data, start) if start else None,
    )
    return _answer(result.best)


@dataclass
class _Watch(IteratedLocalSearchCallbacks):
    """Looks at the watch, and tells of better answers as they come."""

    time: SearchTime
    tell: Tell
    num_iterations: int = 0
    told_s: float = -1.0
    untold: Solution | None = None

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002 - what PyVRP hands over
        """Return whether the search has to stop; PyVRP asks once an iteration."""
        self.num_iterations += 1
        self._tell_when_due()
        limit = self.time.max_iterations
        if limit is not None and self.num_iterations > limit:
            return True
        return self.time.spent_share() >= 1

    def on_start(self, ils: IteratedLocalSearch) -> None:
        """Tell of the answer that the search begins from."""
        self.on_best(ils.initial_solution)

    def on_best(self, best: Solution) -> None:
        """Tell of a better answer, not too often."""
        if best.is_feasible():
            self.untold = best
            self._tell_when_due()

    def _tell_when_due(self) -> None:
        if self.untold is not None and self.time.clock() > self.told_s + TELL_EVERY_S:
            self.told_s = self.time.clock()
            self.tell(_answer(self.untold))
            self.untold = None


def pyvrp_data(problem: RoutingProblem) -> ProblemData:
    """Return a problem as PyVRP wants it: a profile for each set of allowed stops."""
    num_depots, stops = problem.num_depots, problem.stops
    unit = _load_unit(problem)
    is_open = any(None in (one.start_depot, one.end_depot) for one in problem.vehicle_types)
    locations = [Location(x=0, y=0) for _ in range(problem.num_locations + is_open)]
    depots = [
        Depot(
            location=depot,
            tw_early=int(problem.depot_opens[depot]),
            tw_late=_limit(int(problem.depot_closes[depot])),
        )
        for depot in range(num_depots)
    ]
    if is_open:
        depots.append(Depot(location=problem.num_locations))
    clients = [
        Client(
            location=num_depots + stop,
            delivery=(unit * stops.delivery[stop]).tolist(),
            pickup=(unit * stops.pickup[stop]).tolist(),
            service_duration=int(stops.service[stop]),
            tw_early=int(stops.opens[stop]),
            tw_late=_limit(int(stops.closes[stop])),
            release_time=int(stops.release[stop]),
            prize=int(stops.prize[stop]),
            required=bool(stops.required[stop]),
        )
        for stop in range(problem.num_stops)
    ]
    profiles: dict[tuple[int, bytes], int] = {}
    types = []
    distances: list[Any] = []
    durations: list[Any] = []
    for number, one in enumerate(problem.vehicle_types):
        may = problem.allowed[number]
        key = (one.profile, may.tobytes())
        if key not in profiles:
            profiles[key] = len(profiles)
            distances.append(_matrix(problem.distances[one.profile], may, num_depots, is_open))
            durations.append(_matrix(problem.durations[one.profile], may, num_depots, is_open))
        types.append(_vehicle_type(one, profiles[key], num_depots, unit))
    return ProblemData(
        locations=locations,
        clients=clients,
        depots=depots,
        vehicle_types=types,
        distance_matrices=distances,
        duration_matrices=durations,
    )


def _load_unit(problem: RoutingProblem) -> int:
    """Return a power of ten by which loads are counted finer.

    PyVRP pays at most `MAX_PENALTY` for a unit of load too many. Where a long way costs more than
    that, it would rather overload a vehicle for ever; counted finer, overloads cost enough.
    """
    real = problem.distances[problem.distances < NO_ROAD]
    dearest = max(one.unit_distance_cost for one in problem.vehicle_types)
    way_cost = dearest * int(real.max(initial=0))
    unit = 1
    while unit * MAX_PENALTY < way_cost:
        unit *= 10
    return unit


def _limit(value: int) -> int:
    return ENDLESS if value >= NO_LIMIT else value


def _matrix(
    matrix: np.ndarray,
    may: np.ndarray,
    num_depots: int,
    is_open: bool,  # noqa: FBT001
) -> np.ndarray:
    real = matrix[matrix < NO_ROAD]
    forbidden = FORBIDDEN_FACTOR * max(int(real.max(initial=0)), 1)
    closed = np.where(matrix >= NO_ROAD, forbidden, matrix)
    shut = np.flatnonzero(~may) + num_depots
    closed[shut, :] = forbidden
    closed[:, shut] = forbidden
    np.fill_diagonal(closed, 0)
    return np.pad(closed, (0, 1)) if is_open else closed


def _vehicle_type(one: VehicleType, profile: int, open_depot: int, unit: int) -> pyvrp.VehicleType:
    return pyvrp.VehicleType(
        num_available=one.num_available,
        capacity=[load if load >= NO_LIMIT else unit * load for load in map(_limit, one.capacity)],
        start_depot=open_depot if one.start_depot is None else one.start_depot,
        end_depot=open_depot if one.end_depot is None else one.end_depot,
        fixed_cost=one.fixed_cost,
        tw_early=one.opens,
        tw_late=_limit(one.closes),
        shift_duration=_limit(one.max_duration),
        max_distance=_limit(one.max_distance),
        unit_distance_cost=one.unit_distance_cost,
        unit_duration_cost=one.unit_duration_cost,
        profile=profile,
        initial_load=[unit * load for load in one.initial_load],
        reload_depots=list(one.reload_depots),
        max_reloads=min(one.max_reloads, MOST_RELOADS),
    )


def pyvrp_solution(data: ProblemData, answer: Answer) -> Solution:
    """Return an answer as PyVRP's solution of the same problem."""
    routes = []
    for route in answer:
        # PyVRP adds the depots at both ends by itself; those between trips are ours to give.
        activities = [Activity(ActivityType.CLIENT, stop) for stop in route.trips[0]]
        for depot, trip in zip(route.reloads, route.trips[1:], strict=True):
            activities.append(Activity(ActivityType.DEPOT, depot))
            activities.extend(Activity(ActivityType.CLIENT, stop) for stop in trip)
        routes.append(Route(data, activities, route.vehicle_type))
    return Solution(data, routes)


def _answer(solution: Solution) -> Answer:
    answer = []
    for route in solution.routes():
        trips: list[tuple[int, ...]] = []
        reloads: list[int] = []
        trip: list[int] = []
        activities = list(route)
        # The ends of a route may or may not be listed; depots between stops are reloads.
        for activity in activities:
            if activity.is_client():
                trip.append(activity.idx)
            elif trip:
                trips.append(tuple(trip))
                reloads.append(activity.idx)
                trip = []
        if trip:
            trips.append(tuple(trip))
        answer.append(
            VehicleRoute(
                vehicle_type=route.vehicle_type(),
                trips=tuple(trips),
                reloads=tuple(reloads[: len(trips) - 1]),
            )
        )
    return tuple(answer)
