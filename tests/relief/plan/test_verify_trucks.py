"""Damage done to the trucks of a good plan: fleet, times and roads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Leg, Rest, StopKind, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.travel import Closure, ClosureKind, RoadPath
from tests.relief.plan.plans import (
    P1,
    P2,
    P3,
    TRUCK_A1,
    TRUCK_A2,
    TRUCK_B1,
    WAYBILL_A1,
    WAYBILL_A2,
    WAYBILL_B1,
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
    stop,
    tents,
    with_leg,
    with_route,
    with_stop,
    with_trucks,
)
from tests.situations import pool, two_depots_three_places

BASE = two_depots_three_places()
SECOND = lasting(seconds=1)
AT_P1 = f"truck {TRUCK_A1}, waybill {WAYBILL_A1}, stop {P1}"
AT_A = f"truck {TRUCK_A1}, waybill {WAYBILL_A1}, stop {A}"
HOME_A1 = f"truck {TRUCK_A1}, home, stop {A}"


def renamed(code: str) -> Callable[[VehicleRoute], VehicleRoute]:
    """Return what gives a route to another truck."""
    return lambda one: replace(one, vehicle_code=code)


def test_only_trucks_of_a_pool_drive() -> None:
    third = f"{A}/truck-s/1/003"
    plan = with_route(good_plan(), 0, renamed(third))
    assert objections(plan) == [(Rule.FLEET, f"truck {third}", 0, 1)]


def test_a_pool_of_two_trucks_sends_two() -> None:
    situation = replace(BASE, pools=(pool(A, 1), pool(B, 1)))
    plan = reclaimed(good_plan(), situation)
    assert objections(plan, situation) == [(Rule.FLEET, f"truck {TRUCK_A2}", 0, 1)]


def test_a_truck_drives_one_route() -> None:
    plan = with_route(good_plan(), 1, renamed(TRUCK_A1))
    assert objections(plan) == [(Rule.FLEET, f"truck {TRUCK_A1}", 2, 1)]


def test_a_truck_has_the_drivers_of_its_pool() -> None:
    plan = with_route(good_plan(), 0, lambda one: replace(one, num_drivers=2))
    assert objections(plan) == [(Rule.FLEET, f"truck {TRUCK_A1}", 0, 1)]


def test_a_truck_has_the_class_of_its_pool() -> None:
    plan = with_route(good_plan(), 0, lambda one: replace(one, class_code="truck-xl"))
    # Nothing is known of such a class, so that its trip costs nothing.
    assert objections(reclaimed(plan, BASE)) == [(Rule.FLEET, f"truck {TRUCK_A1}", 0, 1)]


def test_a_truck_starts_at_the_base_of_its_pool() -> None:
    # A1 is said to stand in B, and to go there at night.
    def in_b(one: VehicleRoute) -> VehicleRoute:
        first = replace(one.trips[0].stops[0], leg=leg(B, B, at(0), lasting(0)))
        trip = replace(one.trips[0], stops=(first, *one.trips[0].stops[1:]))
        return replace(one, base_code=B, trips=(trip,))

    found = objections(reclaimed(with_route(good_plan(), 0, in_b), BASE))
    assert found[0] == (Rule.FLEET, f"truck {TRUCK_A1}", 0, 1)
    assert {rule for rule, _, _, _ in found[1:]} == {Rule.TIME}


def test_two_crews_of_a_class_at_a_base_are_told_apart() -> None:
    # A has one truck with one driver and one with two; the truck A1 of the plan may be either.
    situation = replace(BASE, pools=(pool(A, 1), pool(A, 1, num_drivers=2), pool(B, 1)))
    crewed = f"{A}/truck-s/2/001"
    plan = with_route(good_plan(), 1, lambda one: replace(one, vehicle_code=crewed, num_drivers=2))
    assert objections(reclaimed(plan, situation), situation) == []
    lonely = with_route(plan, 1, lambda one: replace(one, num_drivers=1))
    assert objections(reclaimed(lonely, situation), situation) == [
        (Rule.FLEET, f"truck {crewed}", 0, 1)
    ]


@pytest.mark.parametrize(("wait_s", "holds"), [(0, True), (1, True), (-1, False)])
def test_a_truck_departs_when_it_is_free(wait_s: int, *, holds: bool) -> None:
    # Truck A1 is loaded at 0:30; it may wait, but not leave before.
    def shifted(one: Leg) -> Leg:
        shift = timedelta(seconds=wait_s)
        return replace(one, depart_at=one.depart_at + shift, arrive_at=one.arrive_at + shift)

    plan = with_leg(good_plan(), 0, 1, shifted)
    plan = with_stop(plan, 0, 1, lambda one: replace(one, begin_at=at(1, 30, max(wait_s, 0))))
    plan = with_stop(plan, 0, 1, lambda one: replace(one, end_at=at(1, 45, max(wait_s, 0))))
    plan = with_leg(plan, 0, -1, lambda _: leg(P1, A, at(1, 45, max(wait_s, 0)), lasting(1)))
    plan = with_stop(
        plan, 0, -1, lambda one: replace(one, begin_at=one.leg.arrive_at, end_at=one.leg.arrive_at)
    )
    assert objections(plan) == ([] if holds else [(Rule.TIME, AT_P1, -1, 0)])


@pytest.mark.parametrize(("ready_min", "found"), [(0, []), (1, [-60])])
def test_no_truck_leaves_before_it_is_ready(ready_min: int, found: list[int]) -> None:
    situation = replace(BASE, pools=(pool(A, 2), pool(B, 1, ready_min=ready_min)))
    subject = f"truck {TRUCK_B1}, waybill {WAYBILL_B1}, stop {B}"
    assert objections(reclaimed(good_plan(), situation), situation) == [
        (Rule.TIME, subject, seconds, 0) for seconds in found
    ]


@pytest.mark.parametrize(("slack_s", "holds"), [(0, True), (1, False)])
def test_a_drive_takes_the_travel_time(slack_s: int, *, holds: bool) -> None:
    # A to P1 takes 3,600 s; one second less is too fast. Work begins at 1:30 all the same.
    def faster(one: Leg) -> Leg:
        slack = timedelta(seconds=slack_s)
        return replace(one, drive=one.drive - slack, arrive_at=one.arrive_at - slack)

    found = objections(with_leg(good_plan(), 0, 1, faster))
    assert found == ([] if holds else [(Rule.TIME, AT_P1, 3599, 3600)])


def test_the_way_back_has_its_own_travel_time() -> None:
    # A to P2 takes 2 h, but P2 to A takes 3: the verifier looks at the right direction.
    home = stop(StopKind.RETURN, leg(P2, A, at(3, 5), lasting(2)))
    plan = with_stop(good_plan(), 1, -1, lambda _: home)
    assert objections(plan) == [
        (Rule.TIME, f"truck {TRUCK_A2}, home, stop {A}", 2 * 3600, 3 * 3600)
    ]


def test_a_slower_drive_is_allowed() -> None:
    def slower(one: Leg) -> Leg:
        return replace(one, drive=one.drive + SECOND, arrive_at=one.arrive_at + SECOND)

    plan = with_leg(good_plan(), 0, -1, slower)
    plan = with_stop(
        plan, 0, -1, lambda one: replace(one, begin_at=at(2, 45, 1), end_at=at(2, 45, 1))
    )
    assert objections(plan) == []


def test_the_clock_agrees_with_driving_and_resting() -> None:
    # A rest of ten minutes that the times of the leg know nothing of.
    rest = Rest(after_drive=lasting(minutes=30), duration=lasting(minutes=10))
    plan = with_leg(good_plan(), 0, 1, lambda one: replace(one, rests=(rest,)))
    assert objections(plan) == [(Rule.TIME, AT_P1, 3600, 4200)]


@pytest.mark.parametrize(
    ("rests", "holds"),
    [
        (((0, 60), (3600, 60)), True),
        (((1800, 60), (1800, 60)), True),
        (((1801, 60), (1800, 60)), False),
        (((3601, 120),), False),
        (((-1, 120),), False),
        (((0, 0), (10, 120)), False),
        (((0, -60), (10, 180)), False),
    ],
)
def test_rests_lie_in_order_within_the_drive(
    rests: tuple[tuple[int, int], ...], *, holds: bool
) -> None:
    # Two minutes of rest in all, on the way home of A1.
    given = tuple(
        Rest(after_drive=timedelta(seconds=after), duration=timedelta(seconds=duration))
        for after, duration in rests
    )
    home = stop(StopKind.RETURN, leg(P1, A, at(1, 45), lasting(1), *given))
    plan = with_stop(good_plan(), 0, -1, lambda _: home)
    assert objections(plan) == ([] if holds else [(Rule.TIME, HOME_A1, 0, 1)])


@pytest.mark.parametrize(("early_s", "holds"), [(0, True), (1, False)])
def test_work_begins_after_the_arrival(early_s: int, *, holds: bool) -> None:
    plan = with_stop(
        good_plan(), 0, 1, lambda one: replace(one, begin_at=at(1, 30) - early_s * SECOND)
    )
    assert objections(plan) == ([] if holds else [(Rule.TIME, AT_P1, -1, 0)])


@pytest.mark.parametrize(("number", "subject", "due_s"), [(0, AT_A, 1800), (1, AT_P1, 900)])
def test_loading_and_unloading_take_their_time(number: int, subject: str, due_s: int) -> None:
    plan = with_stop(good_plan(), 0, number, lambda one: replace(one, end_at=one.end_at - SECOND))
    assert objections(plan) == [(Rule.TIME, subject, due_s - 1, due_s)]


def test_service_times_are_those_of_the_class() -> None:
    longer = with_trucks(BASE, lambda kind: replace(kind, unload_s=901))
    found = objections(reclaimed(good_plan(), longer), longer)
    assert [one[2:] for one in found] == [(900, 901)] * 3
    shorter = with_trucks(BASE, lambda kind: replace(kind, load_s=1, unload_s=1))
    assert objections(reclaimed(good_plan(), shorter), shorter) == []


def test_legs_connect() -> None:
    # The leg to P1 is said to begin in B. (5 h from there: the drive of 1 h is too short, too.)
    plan = with_leg(good_plan(), 0, 1, lambda one: replace(one, from_code=B))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.TIME, AT_P1, 0, 1),
        (Rule.TIME, AT_P1, 3600, 5 * 3600),
    ]
    # The leg ends at P2, the stop is at P1, one hour away.
    plan = with_leg(good_plan(), 0, 1, lambda one: replace(one, to_code=P2))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.TIME, AT_P1, 0, 1),
        (Rule.TIME, AT_P1, 3600, 2 * 3600),
    ]


def test_a_truck_comes_home() -> None:
    home = stop(StopKind.RETURN, leg(P1, B, at(1, 45), lasting(5), *night()))
    plan = with_stop(good_plan(), 0, -1, lambda _: home)
    not_home = (Rule.TIME, f"truck {TRUCK_A1}, home", 0, 1)
    assert objections(reclaimed(plan, BASE)) == [not_home]
    for wrong in (
        lambda one: replace(one, kind=StopKind.LOAD),
        lambda one: replace(one, lines=(tents("A-tent", 1),)),
    ):
        assert not_home in objections(with_stop(good_plan(), 0, -1, wrong))


def night() -> tuple[Rest]:
    """Return a rest that makes 5 h of driving after 1 h legal."""
    return (Rest(after_drive=lasting(3), duration=lasting(minutes=20)),)


def test_times_are_whole_seconds() -> None:
    half = timedelta(milliseconds=500)
    home = stop(StopKind.RETURN, leg(P1, A, at(1, 45), lasting(1) + half))
    plan = with_stop(good_plan(), 0, -1, lambda _: home)
    # Arrival, begin, end and drive.
    assert objections(plan) == [(Rule.TIME, HOME_A1, 4, 0)]


def test_a_truck_is_in_one_place_at_a_time() -> None:
    # A second trip of A1 that begins before the first is over.
    def twice(one: VehicleRoute) -> VehicleRoute:
        first = one.trips[0]
        again = replace(
            first,
            number="again",
            stops=(
                load(leg(P1, A, at(1, 30), lasting(1)), tents("A-tent", 1)),
                deliver(leg(A, P1, at(3), lasting(1)), tents("A-tent", 1)),
            ),
        )
        less = tuple(replace(s, lines=(tents("A-tent", 49),)) for s in first.stops)
        home = stop(StopKind.RETURN, leg(P1, A, at(5), lasting(1)))
        return replace(one, trips=(replace(first, stops=less), again), home=home)

    plan = with_route(good_plan(), 0, twice)
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.TIME, f"truck {TRUCK_A1}, waybill again, stop {A}", -15 * 60, 0)
    ]


def to_p3(plan: DispatchPlan) -> DispatchPlan:
    """Return the plan with truck A2 taking its ten tents to P3, over the closed bridge."""

    def over_the_bridge(one: VehicleRoute) -> VehicleRoute:
        loading, _ = one.trips[0].stops
        there = deliver(leg(A, P3, at(0, 30), lasting(1)), tents("A-tent", 10))
        return replace(
            one,
            trips=(replace(one.trips[0], stops=(loading, there)),),
            home=stop(StopKind.RETURN, leg(P3, A, at(1, 45), lasting(1))),
        )

    first, second, third = plan.consignments
    plan = replace(plan, consignments=(first, replace(second, place_code=P3), third))
    return with_route(plan, 1, over_the_bridge)


def test_no_leg_goes_where_no_road_is() -> None:
    assert objections(reclaimed(to_p3(good_plan()), BASE)) == [
        (Rule.ROAD, f"truck {TRUCK_A2}, waybill {WAYBILL_A2}, stop {P3}", 0, 1),
        (Rule.ROAD, f"truck {TRUCK_A2}, home, stop {A}", 0, 1),
    ]


def test_no_leg_goes_to_nowhere() -> None:
    plan = with_leg(good_plan(), 0, -1, lambda one: replace(one, from_code="nowhere"))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.TIME, HOME_A1, 0, 1),
        (Rule.ROAD, HOME_A1, 0, 1),
    ]


def path(from_code: str, to_code: str, hours: float, nodes: tuple[int, ...]) -> RoadPath:
    """Return a road at 50 km/h."""
    return RoadPath(
        from_code=from_code,
        to_code=to_code,
        speed_class="any",
        node_ids=nodes,
        line=(),
        distance_km=hours * 50,
    )


def good_paths() -> tuple[RoadPath, ...]:
    """Return a road for every leg that is driven: 1 and 2 are the depots, 11 and 12 places."""
    return (
        path(A, P1, 1, (1, 5, 11)),
        path(P1, A, 1, (11, 5, 1)),
        path(A, P2, 2, (1, 5, 6, 12)),
        path(P2, A, 3, (12, 7, 1)),
        path(B, P2, 5, (2, 8, 12)),
        path(P2, B, 5, (12, 8, 2)),
    )


def with_closure(*edges: tuple[int, int]) -> Situation:
    """Return the situation with stretches closed, though the travel times are as before."""
    closure = Closure(name="bridge", kind=ClosureKind.EDGE, reason="flood", edges=edges)
    return replace(BASE, travel=replace(BASE.travel, closures=(closure,)))


def test_roads_are_open() -> None:
    situation = with_closure((7, 8), (9, 13))
    plan = reclaimed(good_plan(), situation)
    assert objections(plan, situation, good_paths()) == []


@pytest.mark.parametrize("edge", [(7, 12), (12, 7)])
def test_no_road_uses_a_closed_stretch(edge: tuple[int, int]) -> None:
    # Only the way home of A2 leads from 12 to 7; however the stretch is written, it is closed.
    situation = with_closure((3, 4), edge)
    plan = reclaimed(good_plan(), situation)
    assert objections(plan, situation, good_paths()) == [
        (Rule.ROAD, f"road {P2} to {A}, any", 0, 1)
    ]


def test_a_closed_stretch_is_closed_both_ways() -> None:
    situation = with_closure((2, 8))
    plan = reclaimed(good_plan(), situation)
    assert objections(plan, situation, good_paths()) == [
        (Rule.ROAD, f"road {B} to {P2}, any", 0, 1),
        (Rule.ROAD, f"road {P2} to {B}, any", 0, 1),
    ]


@pytest.mark.parametrize(
    ("closure", "barred"),
    [
        # Slowed, closed to another class, or open for a convoy both ways: nothing is barred.
        (Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((2, 8),), speed_share=0.5), []),
        (
            Closure(
                name="x",
                kind=ClosureKind.EDGE,
                reason="",
                edges=((2, 8),),
                speed_classes=("heavy",),
            ),
            [],
        ),
        # A convoy drives from 2 to 8 only, so the way back from P2 is barred.
        (
            Closure(
                name="x", kind=ClosureKind.EDGE, reason="", edges=((2, 8),), open_ways=((2, 8),)
            ),
            [(Rule.ROAD, f"road {P2} to {B}, any", 0, 1)],
        ),
        (
            Closure(
                name="x", kind=ClosureKind.EDGE, reason="", edges=((7, 12),), speed_classes=("any",)
            ),
            [(Rule.ROAD, f"road {P2} to {A}, any", 0, 1)],
        ),
    ],
)
def test_a_closure_bars_those_whom_it_concerns(
    closure: Closure, barred: list[tuple[Rule, str, int, int]]
) -> None:
    situation = replace(BASE, travel=replace(BASE.travel, closures=(closure,)))
    plan = reclaimed(good_plan(), situation)
    assert objections(plan, situation, good_paths()) == barred


def test_every_driven_leg_needs_its_road() -> None:
    assert objections(good_plan(), paths=good_paths()[:-1]) == [
        (Rule.ROAD, f"road {P2} to {B}, any", 0, 1)
    ]


def test_a_truck_of_no_known_class_needs_no_road() -> None:
    # It is objected to as such; which roads it could use nobody knows.
    plan = with_route(good_plan(), 2, lambda one: replace(one, class_code="ghost"))
    paths = [one for one in good_paths() if B not in {one.from_code, one.to_code}]
    assert objections(reclaimed(plan, BASE), paths=paths) == [
        (Rule.FLEET, f"truck {TRUCK_B1}", 0, 1)
    ]


@pytest.mark.parametrize(
    ("hours", "off_m"),
    [(5, None), (5.00002, None), (5.00004, 2), (4.99998, None), (4.99996, 2), (0.0, 250_000)],
)
def test_a_road_is_as_long_as_its_leg(hours: float, off_m: int | None) -> None:
    # 250 km from B to P2; 0.00002 h are a metre, which may be rounding.
    roads = [path(B, P2, hours, (2, 8, 12)) if one.from_code == B else one for one in good_paths()]
    expected = [] if off_m is None else [(Rule.ROAD, f"road {B} to {P2}, any", off_m, 1)]
    assert objections(good_plan(), paths=roads) == expected
