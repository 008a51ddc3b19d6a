"""The search by string removal of an array problem: problem in, better and better answers out."""

import numpy as np

from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import Answer, RoutingProblem, Stops, VehicleRoute, VehicleType
from solvers.routing.problem_search import SearchTime, Tell
from solvers.routing.string_removal import NUM_KEPT, Memory, new_memory, rounds
from solvers.routing.string_tours import (
    DURATIONS,
    PENALTY,
    PER_DISTANCE,
    PER_DURATION,
    UNTIMED,
    WINDOWS,
    Array,
    Fleet,
    empty_tours,
)

ABSENT = 1 << 46
"""Price of a required stop that is left out: more than any answer costs."""
NUM_NEAR = 40
"""Stops beside which a place for a stop is looked for."""
WAIT_WEIGHT, LATE_WEIGHT = 0.2, 1.0
"""What waiting and lateness between two stops count as distance when nearness is judged."""
FIRST_ROUNDS = 200
"""Rounds at the beginning in which only better answers are kept."""
HOT, COLD = 0.18, 0.0018
"""First and last temperature, as a share of what the way between two stops costs on average; tuned
on the development instances, where colder ones froze and hotter ones did not settle in a minute."""
HOPELESS_SHARE = 0.3
"""If no answer serves every required stop by this share of the time, another engine should try."""
SPARE_VISITS, MAX_VISITS = 3, 40
"""Visits of a stop over those that full vehicles would need, where deliveries are split."""
ROUNDS_AT_ONCE = 500
"""Rounds at one temperature, between two looks at the watch."""
TELL_EVERY_SHARE, TELL_EVERY_S = 0.01, 0.5
"""Better answers are told of at most so often, as a share of the time and in seconds, whichever is
less."""


def search_strings(problem: RoutingProblem, time: SearchTime, tell: Tell) -> Answer:
    """Search by slack induction by string removals under simulated annealing.

    The temperature falls from `HOT` to `COLD` over the time that is given, so that a longer
    search is also a calmer one.

    Parameters
    ----------
    problem
        Such as `solvers.routing.problem_search.why_not_strings` has nothing against.
    time
        When to stop.
    tell
        Is given better answers.

    Returns
    -------
    Answer
        The best found; stops that no vehicle had room for are missing. The search ends early if
        it cannot serve every required stop.
    """
    fleet = compiled_fleet(problem)
    tours = empty_tours(fleet)
    memory = new_memory(tours, time.seed)
    best = rounds(fleet, tours, memory, FIRST_ROUNDS, 0.0, 1 << 62)
    tell(answer_of(problem, fleet, memory))
    told, told_at, told_s = best, 0.0, time.clock()
    num_rounds = FIRST_ROUNDS
    way_cost = _mean_way_cost(fleet)
    while True:
        share = time.spent_share()
        if time.max_iterations is not None:
            share = max(share, num_rounds / time.max_iterations)
        if share >= 1:
            break
        if share > HOPELESS_SHARE and _lacks_vehicles(fleet, best):
            break
        temperature = way_cost * HOT * (COLD / HOT) ** share
        best = rounds(fleet, tours, memory, ROUNDS_AT_ONCE, temperature, best)
        num_rounds += ROUNDS_AT_ONCE
        is_due = share > told_at + TELL_EVERY_SHARE or time.clock() > told_s + TELL_EVERY_S
        if best < told and is_due:
            told, told_at, told_s = best, share, time.clock()
            tell(answer_of(problem, fleet, memory))
    return answer_of(problem, fleet, memory)


def _lacks_vehicles(fleet: Fleet, best: int) -> bool:
    """Return whether the best answer leaves a required stop out."""
    return best >= ABSENT and bool((fleet.stop[:, PENALTY] >= ABSENT).any())


def _mean_way_cost(fleet: Fleet) -> float:
    """Return what the way between two stops costs on average, 1 where it costs nothing."""
    vehicle, first, end = fleet.vehicle, fleet.num_depots, fleet.num_depots + len(fleet.stop)

    def mean(matrices: Array) -> float:
        ways = matrices[0, first:end, first:end]
        known = ways[ways < NO_ROAD]
        return float(known.mean()) if known.size else 0.0

    cost = float(vehicle[:, PER_DISTANCE].mean()) * mean(fleet.dist)
    cost += float(vehicle[:, PER_DURATION].mean()) * mean(fleet.time)
    return cost or 1.0


def compiled_fleet(problem: RoutingProblem) -> Fleet:
    """Return a problem in the arrays that the compiled search works on."""
    num_depots, stops = problem.num_depots, problem.stops
    distances, durations = (
        _matrices(problem, one) for one in (problem.distances, problem.durations)
    )
    if np.array_equal(distances, durations):
        durations = distances
    opens_at = len(distances[0]) - 1
    dist = distances[0][num_depots : num_depots + len(stops), num_depots : num_depots + len(stops)]
    loads = (
        np.concatenate([stops.delivery, stops.pickup], axis=1)
        if stops.pickup.any()
        else stops.delivery
    )
    penalty = np.where(stops.required, ABSENT, stops.prize)
    start = problem.vehicle_types[0].start_depot or 0
    far = distances[0][start, num_depots : num_depots + len(stops)]
    groups: dict[tuple[object, ...], int] = {}
    vehicles = []
    for number, one in enumerate(problem.vehicle_types):
        begins, ends = (_window(problem, one, at) for at in (one.start_depot, one.end_depot))
        capacity = np.array(one.capacity) - np.array(one.initial_load or [0] * len(one.capacity))
        group = (
            one.start_depot, one.end_depot, one.profile, one.max_distance, one.max_duration,
            begins, ends, problem.allowed[number].tobytes(),
        )  # fmt: skip
        vehicles.append(
            [
                one.fixed_cost, one.unit_distance_cost, one.unit_duration_cost, one.max_distance,
                one.max_duration,
                opens_at if one.start_depot is None else one.start_depot,
                opens_at if one.end_depot is None else one.end_depot,
                one.profile, *begins, *ends, one.num_available,
                groups.setdefault(group, len(groups)),
                *capacity, *(capacity if stops.pickup.any() else ()),
            ]
        )  # fmt: skip
    timing = UNTIMED
    if problem.has_windows:
        limited = any(
            one.unit_duration_cost or one.max_duration < NO_LIMIT for one in problem.vehicle_types
        )
        timing = DURATIONS if limited else WINDOWS
    return Fleet(
        dist=distances,
        time=durations,
        stop=np.column_stack(
            [stops.service, stops.opens, stops.closes, penalty, far, loads]
        ).astype(np.int64),
        vehicle=np.array(vehicles, np.int64),
        allowed=problem.allowed.copy(),
        near=_nearest(_nearness(problem, dist, durations[0]), NUM_NEAR),
        adjacent=_nearest(dist.astype(float), len(stops) - 1),
        num_depots=num_depots,
        num_loads=loads.shape[1],
        copies=_copies(problem),
        timing=timing,
        split=problem.split,
    )


def _window(problem: RoutingProblem, one: VehicleType, depot: int | None) -> tuple[int, int]:
    """Return when a vehicle may be at one of its ends."""
    if depot is None:
        return one.opens, min(one.closes, NO_LIMIT)
    return (
        max(one.opens, int(problem.depot_opens[depot])),
        min(one.closes, int(problem.depot_closes[depot]), NO_LIMIT),
    )


def _copies(problem: RoutingProblem) -> int:
    """Return how many visits a stop may have."""
    if not problem.split:
        return 1
    smallest = min(one.capacity[0] for one in problem.vehicle_types)
    most = int(problem.stops.delivery.max(initial=0))
    return min(-(-most // max(smallest, 1)) + SPARE_VISITS, MAX_VISITS)


def _matrices(problem: RoutingProblem, matrices: np.ndarray) -> np.ndarray:
    """Return matrices with a place at no distance from any other, for open ends."""
    clipped = np.minimum(matrices, NO_ROAD).astype(np.int32)
    if any(None in (one.start_depot, one.end_depot) for one in problem.vehicle_types):
        clipped = np.pad(clipped, ((0, 0), (0, 1), (0, 1)))
    return np.ascontiguousarray(clipped)


def _nearness(problem: RoutingProblem, dist: np.ndarray, durations: np.ndarray) -> np.ndarray:
    """Return how far stops are from each other in space and time, the better of both ways."""
    stops, first = problem.stops, problem.num_depots
    far = dist.astype(float)
    if not problem.has_windows:
        both: np.ndarray = np.minimum(far, far.T)
        return both
    way = durations[first : first + len(stops), first : first + len(stops)]
    way = way + stops.service[:, None]
    late = np.maximum(0, stops.opens[:, None] + way - stops.closes[None])
    wait = np.maximum(0, stops.opens[None] - way - stops.closes[:, None])
    far = far + WAIT_WEIGHT * wait + LATE_WEIGHT * late
    nearness: np.ndarray = np.minimum(far, far.T)
    return nearness


def _nearest(far: np.ndarray, number: int) -> np.ndarray:
    """Return for each row the columns of the lowest entries, without its own."""
    far = far.copy()
    np.fill_diagonal(far, np.inf)
    order = np.argsort(far, axis=1, kind="stable")
    return np.ascontiguousarray(order[:, : max(min(number, len(far) - 1), 0)].astype(np.int32))


def answer_of(problem: RoutingProblem, fleet: Fleet, memory: Memory) -> Answer:
    """Return the best answer that the compiled search remembers."""
    trips: dict[int, list[int]] = {}
    amounts: dict[int, list[int]] = {}
    for route, visit, amount in memory.kept[: memory.numbers[NUM_KEPT]].tolist():
        trips.setdefault(route, []).append(visit // fleet.copies)
        amounts.setdefault(route, []).append(amount)
    return tuple(
        VehicleRoute(
            vehicle_type=int(memory.kept_kind[route]),
            trips=(tuple(trip),),
            amounts=(tuple(amounts[route]),) if problem.split else None,
        )
        for route, trip in trips.items()
    )


def warm_up() -> None:
    """Compile the search, or load what an earlier run has compiled."""
    problem = RoutingProblem(
        name="warm up",
        distances=np.ones((1, 3, 3), np.int64),
        durations=np.ones((1, 3, 3), np.int64),
        depot_opens=np.zeros(1, np.int64),
        depot_closes=np.full(1, NO_LIMIT, np.int64),
        stops=Stops.plain(np.ones((2, 1), np.int64)),
        vehicle_types=(VehicleType(num_available=2, capacity=(2,)),),
        allowed=np.ones((1, 2), np.bool_),
    )
    search_strings(
        problem, SearchTime(seconds=60, seed=1, max_iterations=1, clock=lambda: 0.0), lambda _: None
    )
