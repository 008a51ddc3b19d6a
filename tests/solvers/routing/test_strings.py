"""The compiled search keeps its sums in step with the check, round after round."""

from dataclasses import replace

import numpy as np
import pytest

from solvers.routing.problem import RoutingProblem, Stops, VehicleType
from solvers.routing.problem_check import check_answer
from solvers.routing.string_arrays import bare
from solvers.routing.string_removal import new_memory, rounds, total_cost
from solvers.routing.string_search import answer_of, compiled_fleet
from solvers.routing.string_tours import NUM_ABSENT, Tours, compiled, empty_tours
from tests.solvers.routing.problems import random_problem


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


CASES = {
    "mixed fleet": many_vehicles(random_problem(11, 25)),
    "windows": many_vehicles(random_problem(12, 25, windows=True)),
    "durations": by_the_hour(many_vehicles(random_problem(13, 25, windows=True))),
    "prizes": with_prizes(many_vehicles(random_problem(14, 25))),
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
