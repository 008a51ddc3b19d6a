"""Roads that are closed for a time, held against the hours at which they are driven."""

from dataclasses import replace
from datetime import datetime

import pytest

from relief.plan.certificate import Rule
from relief.plan.situation import Situation
from relief.plan.travel import Closure, ClosureKind
from tests.relief.plan.plans import (
    P1,
    P2,
    TRUCK_A2,
    TRUCK_B1,
    A,
    B,
    at,
    good_plan,
    objections,
    reclaimed,
    with_route,
)
from tests.relief.plan.test_verify_trucks import good_paths
from tests.situations import two_depots_three_places

BASE = two_depots_three_places()


def shut(
    edge: tuple[int, int], begin: datetime | None, end: datetime | None, *, speed_share: float = 0.0
) -> Closure:
    return Closure(
        name="bridge",
        kind=ClosureKind.EDGE,
        reason="flood",
        edges=(edge,),
        speed_share=speed_share,
        from_at=begin,
        until_at=end,
    )


def under(*closures: Closure, later: tuple[Closure, ...] = ()) -> Situation:
    return replace(BASE, travel=replace(BASE.travel, closures=closures, later_closures=later))


@pytest.mark.parametrize(
    ("begin", "end", "caught"),
    [
        # Truck A2 drives home over 12-7 from 3:05 until 6:05.
        (None, at(3, 5), False),
        (None, at(3, 5, 1), True),
        (at(4), at(5), True),
        (at(6, 4, 59), None, True),
        (at(6, 5), None, False),
    ],
)
def test_no_truck_is_on_a_road_while_it_is_closed(
    begin: datetime | None, end: datetime | None, *, caught: bool
) -> None:
    situation = under(shut((7, 12), begin, end))
    expected = [(Rule.ROAD, f"truck {TRUCK_A2}, road {P2} to {A}", 0, 1)] if caught else []
    assert objections(reclaimed(good_plan(), situation), situation, good_paths()) == expected


def test_every_leg_over_the_stretch_is_held_against_the_hours() -> None:
    # 1-5 lies on A-P1, P1-A, and A-P2: A1 is away from 0:30 to 1:30 and back by 2:45, A2 drives
    # from 0:30 to 2:30. Closed from 2:31 on, only the way home of A1 is caught.
    situation = under(shut((1, 5), at(2, 31), None))
    found = objections(reclaimed(good_plan(), situation), situation, good_paths())
    assert [subject for _, subject, _, _ in found] == [f"truck {A}/truck-s/1/001, road {P1} to {A}"]


def test_a_closure_that_came_too_late_for_the_times_still_binds() -> None:
    # B1 is on 12-8-2 from 6:05 until 26:30. What slows it down then is not in its travel time.
    for speed_share in (0.0, 0.5):
        situation = under(later=(shut((2, 8), at(26), None, speed_share=speed_share),))
        assert objections(reclaimed(good_plan(), situation), situation, good_paths()) == [
            (Rule.ROAD, f"truck {TRUCK_B1}, road {P2} to {B}", 0, 1)
        ]
    situation = under(later=(shut((2, 8), at(26, 30), None),))
    assert objections(reclaimed(good_plan(), situation), situation, good_paths()) == []


def test_a_slow_road_that_is_in_the_times_may_be_used() -> None:
    situation = under(shut((2, 8), at(0), at(1), speed_share=0.5))
    assert objections(reclaimed(good_plan(), situation), situation, good_paths()) == []


def test_two_closures_of_one_name_are_two() -> None:
    situation = under(shut((7, 12), None, at(1)), shut((7, 12), at(4), at(5)))
    assert objections(reclaimed(good_plan(), situation), situation, good_paths()) == [
        (Rule.ROAD, f"truck {TRUCK_A2}, road {P2} to {A}", 0, 1)
    ]


def test_a_truck_of_no_known_class_has_no_hours() -> None:
    situation = under(shut((7, 12), at(4), at(5)))
    plan = with_route(good_plan(), 1, lambda one: replace(one, class_code="ghost"))
    found = objections(reclaimed(plan, situation), situation, good_paths())
    assert [rule for rule, _, _, _ in found] == [Rule.FLEET]
