"""Every field of the array problem, in every engine: it is honoured or clearly refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from relief.errors import InvalidInput
from solvers.routing.problem import RoutingProblem, Stops, VehicleType
from solvers.routing.problem_check import check_answer
from solvers.routing.problem_engines import REASONS, engine_for, search
from solvers.routing.problem_search import Engine, SearchTime
from tests.solvers.routing.problems import LINE, on_a_line

ONE = VehicleType(num_available=3, capacity=(3,), fixed_cost=1)


def stops(num: int = 3, **more: list[int]) -> Stops:
    """Return stops with one load each, and more fields than that."""
    loads = {"delivery": [1] * num, "pickup": [0] * num}
    given: dict[str, Any] = {
        name: np.array(values, np.int64) for name, values in {**loads, **more}.items()
    }
    for name in loads:
        given[name] = given[name][:, None]
    return replace(Stops.plain(given["delivery"]), **given)


def between_two_depots() -> RoutingProblem:
    kind = replace(ONE, start_depot=0, end_depot=1)
    problem = on_a_line((0, 30, 10, 20), num_depots=2, demand=(1, 1), types=(kind,))
    return replace(problem, depot_opens=np.array([0, 40]), depot_closes=np.array([5, 90]))


def with_two_profiles() -> RoutingProblem:
    at = np.array(LINE)
    between = np.abs(at[:, None] - at[None])
    types = (replace(ONE, profile=0), replace(ONE, profile=1, num_available=1, fixed_cost=5))
    return on_a_line(types=types, distances=np.stack([2 * between, between]))


# The line holds a depot at 0 and stops at 10, 20 and -10; one round over all is 60 long, one to
# the right 40, one to the left 20, and each vehicle used costs 1.
CASES: dict[str, tuple[RoutingProblem, int]] = {
    "nothing special": (on_a_line(types=(ONE,)), 61),
    "num_available": (on_a_line(types=(replace(ONE, num_available=1),)), 61),
    "capacity": (on_a_line(types=(replace(ONE, capacity=(2,)),)), 62),
    # Two of three places are taken, so that each stop has a vehicle of its own: 20 + 40 + 20.
    "initial_load": (on_a_line(types=(replace(ONE, initial_load=(2,)),)), 83),
    "initial_load, pickups": (
        on_a_line(
            types=(replace(ONE, initial_load=(2,)),),
            stops=stops(delivery=[0, 0, 0], pickup=[1, 1, 1]),
        ),
        83,
    ),
    "unit_distance_cost": (on_a_line(types=(replace(ONE, unit_distance_cost=3),)), 181),
    "fixed_cost": (on_a_line(types=(replace(ONE, fixed_cost=100),)), 160),
    "max_distance": (on_a_line(types=(replace(ONE, max_distance=45),)), 62),
    "max_duration": (on_a_line(types=(replace(ONE, max_duration=45),)), 62),
    "closes": (on_a_line(types=(replace(ONE, closes=45),)), 62),
    # Who leaves at 35 cannot be at 10 by 44.
    "opens": (
        on_a_line(
            types=(replace(ONE, opens=35), replace(ONE, fixed_cost=50)),
            stops=stops(closes=[44, 99, 99]),
        ),
        110,
    ),
    # Out by 10 to 20 and waiting there: from 5 to 70 at 2 a unit, 40 long. Alone it is 180.
    "unit_duration_cost": (
        on_a_line(
            (0, 10, 20),
            demand=(1, 1),
            types=(replace(ONE, unit_duration_cost=2, fixed_cost=0),),
            stops=stops(2, opens=[0, 50], closes=[15, 60]),
        ),
        170,
    ),
    "profile": (with_two_profiles(), 65),
    # One way only: 20 to the right, 10 to the left.
    "open ends": (on_a_line(types=(replace(ONE, end_depot=None),)), 32),
    "open beginnings": (on_a_line(types=(replace(ONE, start_depot=None),)), 32),
    # The first depot closes before the second opens.
    "depot windows": (between_two_depots(), 31),
    # 10 and -10 first take 30 in all, 20 then comes at 60; alone it would be late for -10.
    "opens and closes of stops": (
        on_a_line(types=(ONE,), stops=stops(opens=[0, 60, 0], closes=[99, 70, 35])),
        61,
    ),
    # Five at each stop: 10 + 5 + 20 + 5 for the two on the way, back at 65 with all three.
    "service": (
        on_a_line(types=(replace(ONE, max_duration=74),), stops=stops(service=[5, 5, 5])),
        62,
    ),
    # 20 is worth the 20 more that it costs, 15 for -10 is not.
    "prize and required": (
        on_a_line(
            types=(ONE,),
            stops=replace(
                stops(prize=[0, 25, 15]), required=np.array([True, False, False])
            ),
        ),
        41 + 15,
    ),
    "allowed": (
        on_a_line(
            types=(ONE, replace(ONE, fixed_cost=9)),
            allowed=np.array([[True, True, False], [False, True, True]]),
        ),
        41 + 29,
    ),
    # One load at a time: both vehicles, one of which loads again.
    "reload_depots and max_reloads": (
        on_a_line(
            types=(
                VehicleType(
                    num_available=2, capacity=(1,), fixed_cost=100, reload_depots=(0,),
                    max_reloads=1,
                ),
            )
        ),
        280,
    ),
    "reload_depots": (
        on_a_line(types=(replace(ONE, num_available=1, capacity=(1,), reload_depots=(0,)),)),
        81,
    ),
    # What lies ready at 25 cannot be at 10 by 30 with what must be at 20 by 20.
    "release": (
        on_a_line(
            (0, 10, 20), demand=(1, 1), types=(ONE,),
            stops=stops(2, release=[25, 0], closes=[99, 20]),
        ),
        62,
    ),
    # 10, then -10, then 20, then home: 10 + 20 + 30 + 20.
    "precedence": (on_a_line(types=(ONE,), precedence=((0, 2), (2, 1))), 81),
    # 2 + 2 + 2 with places for 3: two routes, of which both go to one of the stops.
    "split": (
        on_a_line(
            (0, 10, 20, 30), demand=(2, 2, 2), types=(replace(ONE, capacity=(3,)),), split=True
        ),
        102,
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["strings", "pyvrp", "ortools"])
@pytest.mark.parametrize("name", CASES)
def test_field_is_honoured_or_refused(name: str, engine: Engine) -> None:
    problem, best = CASES[name]
    reason = REASONS[engine](problem)
    if reason is not None:
        with pytest.raises(InvalidInput, match=str(reason)):
            engine_for(problem, engine)
        return
    time = SearchTime(seconds=60, seed=1, max_iterations=600, clock=lambda: 0.0)
    check = check_answer(problem, search(engine, problem, time, lambda _: None))
    assert [str(one) for one in check.violations] == []
    assert check.cost == best


@pytest.mark.parametrize("name", CASES)
def test_the_best_engine_can_always(name: str) -> None:
    problem, _ = CASES[name]
    chosen = engine_for(problem, "best")
    assert REASONS[chosen](problem) is None
    assert chosen == {
        "reload_depots and max_reloads": "pyvrp",
        "reload_depots": "pyvrp",
        "release": "pyvrp",
        "prize and required": "pyvrp",
        "precedence": "ortools",
    }.get(name, "strings")


def test_optional_stops_are_not_split() -> None:
    with pytest.raises(InvalidInput, match="left out for a prize"):
        on_a_line(
            split=True,
            stops=replace(stops(prize=[5, 0, 0]), required=np.array([False, True, True])),
        )
