"""Damage done to the drivers of a good plan, who drive as long as they may and no second more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Rest, StopKind, VehicleRoute
from relief.plan.verify_duty import DAY_S, busiest_day
from relief.supply.fleet import DutyRules
from tests.relief.plan.plans import (
    P2,
    TRUCK_A2,
    TRUCK_B1,
    A,
    B,
    at,
    deliver,
    good_plan,
    lasting,
    leg,
    load,
    objections,
    reclaimed,
    route,
    stop,
    tents,
    with_route,
    with_stop,
)
from tests.situations import pool, two_depots_three_places

BASE = two_depots_three_places()
SUBJECT = f"truck {TRUCK_B1}"
FOUR_H, EIGHT_H = 4 * 3600, 8 * 3600


def home_of_b1(plan: DispatchPlan, *rests: Rest, drive: timedelta | None = None) -> DispatchPlan:
    """Return the plan with other rests on the way home of B1."""
    home = leg(P2, B, at(6, 5), drive or lasting(5), *rests)
    return with_stop(plan, 2, -1, lambda _: stop(StopKind.RETURN, home))


def rest(after: timedelta, duration: timedelta) -> Rest:
    """Return a rest."""
    return Rest(after_drive=after, duration=duration)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (lasting(minutes=20), []),
        # Too short: 5 h out and 3 h back are one stretch, with unloading in between.
        (lasting(minutes=19, seconds=59), [(Rule.DUTY, SUBJECT, EIGHT_H, FOUR_H)]),
    ],
)
def test_a_rest_is_as_long_as_the_rule_says(
    duration: timedelta, expected: list[tuple[Rule, str, int, int]]
) -> None:
    lunch = rest(lasting(4), duration)
    out = deliver(leg(B, P2, at(0, 30), lasting(5), lunch), tents("B-tent", 30))
    out = replace(out, end_at=at(6, 5))
    plan = with_stop(good_plan(), 2, 1, lambda _: out)
    assert objections(plan) == expected


@pytest.mark.parametrize(("late_s", "holds"), [(0, True), (-1, True), (1, False)])
def test_no_one_drives_more_than_four_hours_at_a_stretch(late_s: int, *, holds: bool) -> None:
    # The night's rest after 3 h of the way home ends a stretch of 1 h + 3 h. Resting until the
    # same 24:30, whatever comes later or earlier before it.
    late = timedelta(seconds=late_s)
    plan = home_of_b1(good_plan(), rest(lasting(3) + late, lasting(15, 25) - late))
    stretch = (Rule.DUTY, SUBJECT, FOUR_H + 1, FOUR_H)
    day = (Rule.DUTY, SUBJECT, EIGHT_H + 1, EIGHT_H)
    assert objections(plan) == ([] if holds else [stretch, day])


@pytest.mark.parametrize(("early_s", "holds"), [(0, True), (-60, True), (1, False), (3600, False)])
def test_no_one_drives_more_than_eight_hours_in_any_day(early_s: int, *, holds: bool) -> None:
    # B1 began to drive at 0:30 and may go on at 24:30. Going on a second earlier makes a second
    # too much in the day from 0:30 on; an hour earlier an hour too much.
    early = timedelta(seconds=early_s)
    plan = home_of_b1(good_plan(), rest(lasting(3), lasting(15, 25) - early))
    assert objections(plan) == ([] if holds else [(Rule.DUTY, SUBJECT, EIGHT_H + early_s, EIGHT_H)])


def test_the_day_slides() -> None:
    # 3 h on the way home, and from 24:30 not 2 h but 4 h more. In the day that ends with them at
    # 28:30, of the 5 h driven until 5:50 only the last hour is left: 1 h + 3 h + 4 h = 8 h.
    def home(total: timedelta) -> DispatchPlan:
        return home_of_b1(good_plan(), rest(lasting(3), lasting(15, 25)), drive=total)

    assert objections(home(lasting(7))) == []
    assert objections(home(lasting(7, 0, 1))) == [
        (Rule.DUTY, SUBJECT, FOUR_H + 1, FOUR_H),
        (Rule.DUTY, SUBJECT, EIGHT_H + 1, EIGHT_H),
    ]


def test_two_drivers_drive_twice_as_long_in_a_day_but_not_at_a_stretch() -> None:
    crew = f"{B}/truck-s/2/001"
    situation = replace(BASE, pools=(pool(A, 2), pool(B, 1, num_drivers=2)))

    def with_crew(one: VehicleRoute) -> VehicleRoute:
        return replace(one, vehicle_code=crew, num_drivers=2)

    pause = rest(lasting(3), lasting(minutes=20))
    plan = reclaimed(with_route(home_of_b1(good_plan(), pause), 2, with_crew), situation)
    assert objections(plan, situation) == []
    nonstop = reclaimed(with_route(home_of_b1(good_plan()), 2, with_crew), situation)
    assert objections(nonstop, situation) == [(Rule.DUTY, f"truck {crew}", 6 * 3600, FOUR_H)]
    alone = home_of_b1(good_plan(), pause)
    assert objections(alone) == [(Rule.DUTY, SUBJECT, 10 * 3600, EIGHT_H)]


@pytest.mark.parametrize(("wait_s", "holds"), [(1200, True), (1199, False)])
def test_waiting_with_nobody_at_work_is_rest(wait_s: int, *, holds: bool) -> None:
    # A2 waits after unloading at 2:45 and before 3 h home.
    home = leg(P2, A, at(2, 45, wait_s), lasting(3))
    plan = with_stop(good_plan(), 1, -1, lambda _: stop(StopKind.RETURN, home))
    expected = [(Rule.DUTY, f"truck {TRUCK_A2}", 5 * 3600, FOUR_H)]
    assert objections(plan) == ([] if holds else expected)


def test_waiting_before_unloading_is_rest_too() -> None:
    plan = with_stop(
        good_plan(), 1, 1, lambda one: replace(one, begin_at=at(2, 50), end_at=at(3, 5))
    )
    assert objections(plan) == []


def test_two_halves_of_a_rest_with_work_between_are_no_rest() -> None:
    # Ten minutes before unloading and ten after it: nobody stands idle for twenty.
    plan = with_stop(
        good_plan(), 1, 1, lambda one: replace(one, begin_at=at(2, 40), end_at=at(2, 55))
    )
    assert objections(plan) == [(Rule.DUTY, f"truck {TRUCK_A2}", 5 * 3600, FOUR_H)]


def test_waiting_and_a_rest_before_the_first_metre_are_one_rest() -> None:
    # Ten minutes of waiting until 2:55, ten of resting before the leg begins to move.
    pause = rest(lasting(0), lasting(minutes=10))
    home = leg(P2, A, at(2, 55), lasting(3), pause)
    plan = with_stop(good_plan(), 1, -1, lambda _: stop(StopKind.RETURN, home))
    assert objections(plan) == []


def test_long_unloading_is_no_rest() -> None:
    plan = with_stop(good_plan(), 1, 1, lambda one: replace(one, end_at=at(3, 5)))
    assert objections(plan) == [(Rule.DUTY, f"truck {TRUCK_A2}", 5 * 3600, FOUR_H)]


def test_each_stretch_that_is_too_long_is_named() -> None:
    # Out without a rest, and after the night's rest home without one.
    out = deliver(leg(B, P2, at(0, 30), lasting(5)), tents("B-tent", 30))
    home = leg(P2, B, at(25), lasting(5))
    plan = with_stop(good_plan(), 2, 1, lambda _: out)
    plan = with_stop(plan, 2, -1, lambda _: stop(StopKind.RETURN, home))
    assert objections(plan) == [(Rule.DUTY, SUBJECT, 5 * 3600, FOUR_H)] * 2


def test_the_rules_of_duty_are_the_policy_s() -> None:
    duty = DutyRules(
        continuous_drive=lasting(3, 59, 59),
        rest=lasting(minutes=20),
        drive_per_day_per_driver=lasting(8),
    )
    situation = replace(BASE, policy=replace(BASE.policy, duty=duty))
    plan = reclaimed(good_plan(), situation)
    # B1's two stretches of exactly 4 h.
    assert objections(plan, situation) == [(Rule.DUTY, SUBJECT, FOUR_H, FOUR_H - 1)] * 2


def test_the_trips_of_a_truck_make_one_day() -> None:
    # A2 takes its ten tents in two trips of five. It is in A again at 6:05, loads until 6:35,
    # rests for 20 min, drives 2 h to P2 until 8:55, unloads until 9:10. That makes 7 h from 0:30
    # on. When the last 3 h end at 26:30, the first 2 h until 2:30 have just left the day: 8 h.
    pause = rest(lasting(0), lasting(minutes=20))
    first = (
        load(leg(A, A, at(0), lasting(0)), tents("A-tent", 5)),
        deliver(leg(A, P2, at(0, 30), lasting(2)), tents("A-tent", 5)),
    )
    second = (
        load(leg(P2, A, at(3, 5), lasting(3)), tents("A-tent", 5)),
        deliver(leg(A, P2, at(6, 35), lasting(2), pause), tents("A-tent", 5)),
    )

    def going_home(depart_at: datetime) -> list[tuple[Rule, str, int, int]]:
        plan = good_plan()
        trip = plan.vehicle_routes[1].trips[0]
        trips = (replace(trip, stops=first), replace(trip, number="second", stops=second))
        two = route(TRUCK_A2, trips, leg(P2, A, depart_at, lasting(3)))
        return objections(reclaimed(with_route(plan, 1, lambda _: two), BASE))

    subject = f"truck {TRUCK_A2}"
    assert going_home(at(23, 30)) == []
    assert going_home(at(23, 29, 59)) == [(Rule.DUTY, subject, EIGHT_H + 1, EIGHT_H)]
    assert going_home(at(9, 30)) == [(Rule.DUTY, subject, 10 * 3600, EIGHT_H)]


def driving_in(drives: Sequence[tuple[int, int]], begin_s: int) -> int:
    """Return the seconds driven in the day from `begin_s`, one second at a time."""
    return sum(
        1
        for drive_begin, drive_end in drives
        for second in range(drive_begin, drive_end)
        if begin_s <= second < begin_s + DAY_S
    )


@given(st.lists(st.tuples(st.integers(1, 40_000), st.integers(1, 300)), max_size=6))
def test_the_busiest_day_is_no_less_than_any_day(parts: list[tuple[int, int]]) -> None:
    # Random waits and short drives; days that begin anywhere hold no more driving.
    drives: list[tuple[int, int]] = []
    clock_s = 0
    for wait_s, drive_s in parts:
        drives.append((clock_s + wait_s, clock_s + wait_s + drive_s))
        clock_s += wait_s + drive_s
    most_s, begin_s = busiest_day(drives)
    assert most_s == driving_in(drives, begin_s)
    for drive_begin, drive_end in drives:
        for edge in (drive_begin, drive_end, drive_begin - DAY_S, drive_end - DAY_S):
            for offset in (-17, -1, 0, 1, 17):
                assert driving_in(drives, edge + offset) <= most_s
