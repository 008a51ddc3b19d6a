"""Small array problems whose best answers can be found by hand or by trying everything."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import (
    Answer,
    Booleans,
    Integers,
    RoutingProblem,
    Stops,
    VehicleRoute,
    VehicleType,
)
from solvers.routing.problem_check import check_answer

LINE = (0, 10, 20, -10)
"""A depot and three stops on a line."""


def on_a_line(
    places: tuple[int, ...] = LINE,
    *,
    num_depots: int = 1,
    demand: tuple[int, ...] = (1, 1, 1),
    types: tuple[VehicleType, ...] = (VehicleType(num_available=3, capacity=(2,)),),
    stops: Stops | None = None,
    allowed: Booleans | None = None,
    precedence: tuple[tuple[int, int], ...] = (),
    split: bool = False,
    distances: Integers | None = None,
) -> RoutingProblem:
    """Return a problem on a line: distance and duration are the difference of places."""
    at = np.array(places, np.int64)
    between = np.abs(at[:, None] - at[None])[None] if distances is None else distances
    return RoutingProblem(
        name="line",
        distances=between,
        durations=between,
        depot_opens=np.zeros(num_depots, np.int64),
        depot_closes=np.full(num_depots, NO_LIMIT, np.int64),
        stops=Stops.plain(np.array(demand, np.int64)[:, None]) if stops is None else stops,
        vehicle_types=types,
        allowed=np.ones((len(types), len(places) - num_depots), np.bool_)
        if allowed is None
        else allowed,
        precedence=precedence,
        split=split,
    )


def random_problem(seed: int, num_stops: int = 6, *, windows: bool = False) -> RoutingProblem:
    """Return a problem in the plane with two vehicle types, small enough to try everything."""
    draw = np.random.default_rng(seed)
    points = draw.integers(0, 100, (num_stops + 1, 2))
    gap = points[:, None] - points[None]
    between = np.round(np.sqrt((gap**2).sum(axis=2))).astype(np.int64)[None]
    zeros = np.zeros(num_stops, np.int64)
    opens = draw.integers(0, 150, num_stops) if windows else zeros
    return RoutingProblem(
        name=f"random {seed}",
        distances=between,
        durations=between,
        depot_opens=np.zeros(1, np.int64),
        depot_closes=np.full(1, NO_LIMIT, np.int64),
        stops=Stops.plain(
            draw.integers(1, 5, (num_stops, 1)),
            service=zeros + 5 if windows else zeros,
            opens=opens,
            closes=opens + 150 if windows else zeros + NO_LIMIT,
        ),
        vehicle_types=(
            VehicleType(num_available=2, capacity=(6,), fixed_cost=20),
            VehicleType(num_available=2, capacity=(10,), fixed_cost=45, unit_distance_cost=2),
        ),
        allowed=np.ones((2, num_stops), np.bool_),
    )


def best_cost(problem: RoutingProblem) -> int:
    """Return the lowest cost of all answers with one trip a vehicle, by trying each."""
    return min(
        check.cost for answer in _answers(problem) if (check := check_answer(problem, answer)).holds
    )


def _answers(problem: RoutingProblem) -> Iterator[Answer]:
    for parts in _partitions(tuple(range(problem.num_stops))):
        best: list[list[VehicleRoute]] = []
        for part in parts:
            ways = []
            for kind in range(len(problem.vehicle_types)):
                routes = [
                    VehicleRoute(vehicle_type=kind, trips=(order,)) for order in permutations(part)
                ]
                # Of one type and one set of stops only the cheapest order matters.
                rules = [
                    (len(_own_faults(problem, route)), check_answer(problem, (route,)).cost, index)
                    for index, route in enumerate(routes)
                ]
                ways.append(routes[min(rules)[2]])
            best.append(ways)
        yield from _choices(best)


def _own_faults(problem: RoutingProblem, route: VehicleRoute) -> list[str]:
    violations = map(str, check_answer(problem, (route,)).violations)
    return [text for text in violations if "is not served" not in text]


def _choices(options: list[list[VehicleRoute]]) -> Iterator[Answer]:
    if not options:
        yield ()
        return
    for first in options[0]:
        for rest in _choices(options[1:]):
            yield (first, *rest)


def _partitions(items: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    if not items:
        yield ()
        return
    first, rest = items[0], items[1:]
    for parts in _partitions(rest):
        yield ((first,), *parts)
        for number, part in enumerate(parts):
            yield (*parts[:number], (first, *part), *parts[number + 1 :])
