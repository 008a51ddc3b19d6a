"""The compiled search keeps its sums in step with the check, round after round."""

from dataclasses import replace

import numpy as np
import pytest

from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import RoutingProblem, Stops, VehicleType
from solvers.routing.problem_check import check_answer
from solvers.routing.string_arrays import bare
from solvers.routing.string_removal import new_memory, rounds, total_cost
from solvers.routing.string_search import answer_of, compiled_fleet
from solvers.routing.string_tails import change_home, exchange_tails
from solvers.routing.string_tours import (
    NUM_ABSENT,
    Tours,
    compiled,
    empty_tours,
    link,
    open_route,
    refresh,
)
from tests.solvers.routing.problems import on_a_line, random_problem


def many_vehicles(problem: RoutingProblem) -> RoutingProblem:
    types = tuple(replace(one, num_available=30) for one in problem.vehicle_types)
    return replace(problem, vehicle_types=types)


def with_prizes(problem: RoutingProblem) -> RoutingProblem:
    num = problem.num_stops
    stops = Stops.plain(
        problem.stops.delivery,
        prize=np.arange(num) % 7 * 10,
        required=np.arange(num) % 7 == 0,
    )
    return replace(problem, stops=stops)


def in_parts(problem: RoutingProblem) -> RoutingProblem:
    kind = VehicleType(num_available=60, capacity=(5,))
    return replace(
        problem,
        vehicle_types=(kind,),
        allowed=np.ones((1, problem.num_stops), np.bool_),
        stops=Stops.plain(problem.stops.delivery * 2),
        split=True,
    )


def by_the_hour(problem: RoutingProblem) -> RoutingProblem:
    types = tuple(
        replace(one, unit_duration_cost=2, max_duration=260, max_distance=250)
        for one in problem.vehicle_types
    )
    return replace(problem, vehicle_types=types)


def from_two_depots(problem: RoutingProblem) -> RoutingProblem:
    """Let the first stop be a second depot with vehicles of its own."""
    types = (
        *problem.vehicle_types,
        *(replace(one, start_depot=1, end_depot=1) for one in problem.vehicle_types),
    )
    stops = problem.stops
    may = np.ones((len(types), problem.num_stops - 1), np.bool_)
    may[0, ::5] = False
    return replace(
        problem,
        depot_opens=np.zeros(2, np.int64),
        depot_closes=np.full(2, NO_LIMIT, np.int64),
        stops=Stops.plain(
            stops.delivery[1:],
            service=stops.service[1:],
            opens=stops.opens[1:],
            closes=stops.closes[1:],
        ),
        vehicle_types=types,
        allowed=may,
    )


CASES = {
    "mixed fleet": many_vehicles(random_problem(11, 25)),
    "windows": many_vehicles(random_problem(12, 25, windows=True)),
    "durations": by_the_hour(many_vehicles(random_problem(13, 25, windows=True))),
    "prizes": with_prizes(many_vehicles(random_problem(14, 25))),
    "two depots": from_two_depots(many_vehicles(random_problem(16, 26, windows=True))),
    "split": in_parts(random_problem(15, 25)),
}


@pytest.mark.parametrize("name", CASES)
def test_cost_and_rules_agree_with_the_check(name: str) -> None:
    problem = CASES[name]
    fleet = compiled_fleet(problem)
    tours = empty_tours(fleet)
    memory = new_memory(tours, 1)
    best = 1 << 62
    for temperature in (0.0, 60.0, 20.0, 5.0, 0.5):
        best = rounds(fleet, tours, memory, 150, temperature, best)
        check = check_answer(problem, answer_of(problem, fleet, memory))
        assert [str(one) for one in check.violations] == []
        assert check.cost == best


@pytest.mark.parametrize("name", CASES)
def test_rounds_that_are_taken_back_leave_no_trace(name: str) -> None:
    problem = CASES[name]
    fleet = compiled_fleet(problem)
    tours = empty_tours(fleet)
    memory = new_memory(tours, 2)
    best = rounds(fleet, tours, memory, 500, 0.0, 1 << 62)
    before = total_cost(fleet, tours), int(tours.counts[NUM_ABSENT])
    # So cold that nothing worse is kept: whatever is tried, the cost can only stay or fall.
    for _ in range(20):
        rounds(fleet, tours, memory, 10, 1e-9, best)
        after = total_cost(fleet, tours), int(tours.counts[NUM_ABSENT])
        assert after <= before
        before = after
    owed = tours.due[:, 0].sum()
    load = tours.tour[tours.tour[:, 5] >= 0, 8].sum()
    if problem.split:
        assert owed + load == problem.stops.delivery.sum()


def test_bare_arrays_hold_the_same_numbers() -> None:
    @compiled
    def doubled(tours: Tours) -> int:
        inside = bare(tours)
        inside.used[0] *= 2
        return int(inside.used[0])

    tours = empty_tours(compiled_fleet(random_problem(1)))
    tours.used[0] = 21
    assert doubled(tours) == 42
    assert tours.used[0] == 42


def test_tails_are_exchanged_by_hand() -> None:
    problem = on_a_line((0, 10, 20, -10, -20), demand=(1, 1, 1, 1))
    fleet = compiled_fleet(problem)
    tours = empty_tours(fleet)
    num_visits = problem.num_stops
    for stops in ((0, 3), (2, 1)):
        route = open_route(fleet, tours, 0)
        at = num_visits + 2 * route
        for stop in stops:
            link(fleet, tours, stop, at)
            at = stop
        refresh(fleet, tours, route)
    state = new_memory(tours, 1).random
    # 10 + 30 + 20 for 10 and -20, and as much for -10 and 20.
    assert total_cost(fleet, tours) == 120
    change = sum(exchange_tails(fleet, tours, state, 1e-9) for _ in range(200))
    # Both on the right are one route of 20 + 20, both on the left another.
    assert total_cost(fleet, tours) == 80
    assert change == -40


def test_a_route_finds_its_home_by_hand() -> None:
    types = tuple(
        VehicleType(num_available=1, capacity=(2,), start_depot=one, end_depot=one)
        for one in (0, 1)
    )
    problem = on_a_line((0, 100, 90, 95), num_depots=2, demand=(1, 1), types=types)
    fleet = compiled_fleet(problem)
    tours = empty_tours(fleet)
    route = open_route(fleet, tours, 0)
    link(fleet, tours, 0, problem.num_stops + 2 * route)
    link(fleet, tours, 1, 0)
    refresh(fleet, tours, route)
    state = new_memory(tours, 1).random
    # 90 + 5 + 95 from the first depot, 10 + 5 + 5 from the second.
    assert total_cost(fleet, tours) == 190
    assert sum(change_home(fleet, tours, state, 1e-9) for _ in range(20)) == -170
    assert total_cost(fleet, tours) == 20
