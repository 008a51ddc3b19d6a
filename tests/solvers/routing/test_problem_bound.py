"""The bound by hand, and below the best answer of every small problem."""

from dataclasses import replace

import numpy as np
import pytest

from solvers.routing.problem import Stops, VehicleType
from solvers.routing.problem_bound import lower_bound
from tests.solvers.routing.problems import best_cost, on_a_line, random_problem
from tests.solvers.routing.test_problem_fields import CASES


def test_ways_by_hand() -> None:
    # Into each stop it is 10 at least; three stops in vehicles for two are two routes, 10 home.
    assert lower_bound(on_a_line()) == 30 + 2 * 10


def test_loads_by_hand() -> None:
    kind = VehicleType(num_available=3, capacity=(1,), fixed_cost=7)
    # Each stop takes a vehicle of its own: 20 + 40 + 20, and 7 for each.
    assert lower_bound(on_a_line(types=(kind,))) == 80 + 3 * 7


def test_optional_stops_and_nothing_to_do_cost_nothing() -> None:
    stops = Stops.plain(
        np.ones((3, 1), np.int64), prize=np.array([5, 5, 5]), required=np.zeros(3, np.bool_)
    )
    assert lower_bound(on_a_line(stops=stops)) == 0


@pytest.mark.parametrize("seed", range(12))
def test_no_answer_is_below_the_bound(seed: int) -> None:
    problem = random_problem(seed, 5, windows=seed % 2 == 1)
    assert 0 < lower_bound(problem) <= best_cost(problem)
    dear = replace(
        problem,
        vehicle_types=tuple(replace(one, fixed_cost=400) for one in problem.vehicle_types),
    )
    assert lower_bound(problem) < lower_bound(dear) <= best_cost(dear)


@pytest.mark.parametrize("name", CASES)
def test_no_field_makes_the_bound_too_high(name: str) -> None:
    problem, best = CASES[name]
    assert lower_bound(problem) <= best
