"""Following the good plan of `tests.relief.plan.plans` through its execution, by hand."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from relief.errors import InvalidInput
from relief.places import Point
from relief.plan.assembly import assemble
from relief.plan.change import Fate, Telling, contents, difference
from relief.plan.execution import Progress, RemainingRoute, progress
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.going_on import needs_left, orders_left, situation_going_on
from relief.plan.orders import Pin
from relief.plan.outcome import Termination
from relief.plan.routes import Routes
from relief.plan.under_way import DriveSpan
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from tests.relief.plan.plans import (
    P1,
    P2,
    TRUCK_A1,
    TRUCK_A2,
    TRUCK_B1,
    WAYBILL_A1,
    A,
    at,
    good_allocation,
    good_plan,
    lasting,
    solved,
    with_lot,
)
from tests.relief.plan.test_verify_under_way import A1, A2, B1, GOOD, ROUTES
from tests.relief.plan.test_verify_under_way import BASE as UNDER_WAY
from tests.situations import two_depots_three_places

BASE = two_depots_three_places()
PLAN = good_plan()


def seen(when: datetime, *events: ExecutionEvent) -> Progress:
    return progress(PLAN, BASE, events, when)


def event(kind: EventKind, when: datetime, where: str = "", **more: object) -> ExecutionEvent:
    given = ExecutionEvent(kind=kind, vehicle_code=TRUCK_A1, at=when, location_code=where)
    return replace(given, **more)  # type: ignore[arg-type]


def test_before_anything_begins_all_trucks_stand_at_their_bases() -> None:
    # Loading begins with the plan: at 0:00 all three have begun, an hour before none has.
    assert [v.free_at for v in seen(at(0)).under_way] == [at(0, 30)] * 3
    later = replace(BASE, start_at=at(0) - lasting(1), needs=())
    assert progress(PLAN, later, (), at(0) - lasting(minutes=1)).under_way == ()


def test_after_an_hour_all_trucks_are_where_the_plan_says() -> None:
    done = seen(at(1))
    assert done.under_way == (A1, A2, B1)
    assert done.delivered == ()
    assert done.loaded_pieces == (("A-tent", 60), ("B-tent", 30))
    assert [leg.vehicle_code for leg in done.legs] == [TRUCK_A1, TRUCK_A2, TRUCK_B1]
    assert situation_going_on(BASE, done).lots == UNDER_WAY.lots


def test_what_is_delivered_is_counted_and_no_longer_needed() -> None:
    # At 2:00 A1 has unloaded its 50 tents (1:45) and drives home, where it is free at 2:45.
    done = seen(at(2))
    assert [(one.place_code, one.pieces, one.at) for one in done.delivered] == [(P1, 50, at(1, 45))]
    home = done.under_way[0]
    assert (home.location_code, home.free_at, home.load) == (A, at(2, 45), ())
    assert [need.place_code for need in situation_going_on(BASE, done).needs] == [P2, "420003"]


def test_unloading_that_has_begun_is_finished() -> None:
    done = seen(at(1, 35))
    free = done.under_way[0]
    assert (free.location_code, free.free_at, free.load) == (P1, at(1, 45), ())


def test_a_truck_long_home_has_rested() -> None:
    # A1 is home at 2:45; at 3:00 it has driven two hours at a stretch, at 3:05 it has rested.
    assert seen(at(3)).under_way[0].continuous_drive == lasting(2)
    assert seen(at(3, 5)).under_way[0].continuous_drive == lasting(0)
    assert seen(at(3, 5)).under_way[0].drives == (
        DriveSpan(begin_at=at(0, 30), end_at=at(1, 30)),
        DriveSpan(begin_at=at(1, 45), end_at=at(2, 45)),
    )


def test_a_delay_moves_what_is_still_to_come() -> None:
    done = seen(at(1), event(EventKind.DELAYED, at(1), delay=timedelta(hours=2)))
    late = done.under_way[0]
    assert (late.location_code, late.free_at) == (P1, at(3, 30))
    # The other trucks are as planned.
    assert done.under_way[1:] == (A2, B1)


def test_a_broken_truck_keeps_its_load() -> None:
    broken = seen(at(1), event(EventKind.BROKEN_DOWN, at(1))).under_way[0]
    assert broken.is_broken_down
    assert broken.pieces_by_lot.total() == 50


def test_a_truck_that_reports_is_where_it_reports() -> None:
    told = (
        event(EventKind.DEPARTED, at(0, 50), A),
        event(EventKind.ARRIVED, at(2, 10), P1),
        event(EventKind.SERVED, at(2, 20), P1),
    )
    # Departed 20 minutes late, so expected 1:50; not arrived by 2:00, so not before 2:00.
    assert seen(at(1), told[0]).under_way[0].free_at == at(1, 50)
    assert seen(at(2), told[0]).under_way[0].free_at == at(2)
    # Arrived at 2:10: the quarter of an hour of unloading is finished first.
    there = seen(at(2, 12), *told[:2]).under_way[0]
    assert (there.location_code, there.free_at, there.load) == (P1, at(2, 25), ())
    assert seen(at(2, 30), *told).delivered[0].at == at(2, 20)


def test_a_position_frees_a_truck_where_it_is() -> None:
    point = Point(lon_deg=114.0, lat_deg=30.0)
    done = seen(at(1), event(EventKind.POSITION, at(0, 58), point=point))
    here = done.under_way[0]
    assert (here.location_code, here.point, here.free_at) == (TRUCK_A1, point, at(1))
    # It has driven since 0:30.
    assert here.continuous_drive == lasting(minutes=28)
    assert TRUCK_A1 not in [leg.vehicle_code for leg in done.legs]


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (event(EventKind.ARRIVED, at(2), P1), "after the instant looked at"),
        (event(EventKind.ARRIVED, at(1), P2), "somewhere else than on its way"),
        (event(EventKind.POSITION, at(1)), "without a position"),
        (event(EventKind.DELAYED, at(1), delay=-lasting(1)), "below zero"),
        (event(EventKind.DELAYED, at(1), vehicle_code="ghost"), "not part of the situation"),
    ],
)
def test_events_that_cannot_be_are_refused(bad: ExecutionEvent, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        seen(at(1), bad)


def test_all_impossible_events_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        seen(at(1), event(EventKind.POSITION, at(1)), event(EventKind.ARRIVED, at(9), P1))
    assert len(caught.value.faults) == 2


def test_goods_are_conserved_at_every_minute() -> None:
    for minute in range(0, 12 * 60, 7):
        done = seen(at(0, minute))
        now = situation_going_on(BASE, done)
        for lot, was in zip(now.lots, BASE.lots, strict=True):
            aboard = sum(vehicle.pieces_by_lot[lot.code] for vehicle in done.under_way)
            there = sum(one.pieces for one in done.delivered if one.lot_code == lot.code)
            assert lot.pieces + aboard + there == was.pieces


def test_needs_are_filled_in_order_of_due_time() -> None:
    due = (replace(BASE.needs[0], due_at=at(24)), BASE.needs[0])
    delivered = seen(at(2)).delivered
    # Fifty tents came; the need due at 12 h takes them all, though it is listed second.
    assert needs_left(due, delivered) == due[:1]


def test_orders_lose_what_has_been_met_of_them() -> None:
    pins = tuple(
        Pin(item_code="tent", place_code=P1, pieces=pieces, by=lasting(12), depot_code=depot)
        for pieces, depot in ((50, ""), (60, A), (50, "420112-01"))
    )
    ordered = replace(BASE, orders=pins)
    # At 2:00 P1 has 50 tents from A: the first pin is met, of the second ten are open.
    left = orders_left(ordered, seen(at(2)).delivered)
    assert left == (replace(pins[1], pieces=10), pins[2])
    assert orders_left(ordered, ()) == pins


def test_nothing_changes_where_a_plan_goes_on() -> None:
    done = seen(at(1))
    changes = difference(done.remaining, ROUTES)
    assert [one.fate for one in changes.vehicles] == [Fate.KEPT] * 3
    assert changes.called == ()
    assert changes.num_stops_moved == 0
    assert verify_replan(BASE, done, UNDER_WAY, GOOD, max_drivers=0, max_waybills=0) == ()


def test_each_driver_is_told_what_is_void_changed_or_new() -> None:
    a1, a2, b1 = PLAN.vehicle_routes
    more = replace(a1.trips[0], number=f"{A}-DB-NEW")
    line = replace(b1.trips[0].stops[0].lines[0], pieces=29)
    fewer = replace(b1.trips[0], stops=tuple(replace(s, lines=(line,)) for s in b1.trips[0].stops))
    whole = tuple(
        RemainingRoute(vehicle_code=route.vehicle_code, trips=route.trips)
        for route in PLAN.vehicle_routes
    )
    changes = difference(
        whole,
        (replace(a1, trips=(*a1.trips, more)), replace(b1, trips=(fewer,))),
    )
    assert [(one.vehicle_code, one.fate) for one in changes.vehicles] == [
        (TRUCK_A1, Fate.CHANGED),
        (TRUCK_A2, Fate.VOIDED),
        (TRUCK_B1, Fate.CHANGED),
    ]
    assert changes.num_stops_moved == 4  # Both stops of A2, and B1's with one tent less.
    telling = Telling(BASE)
    told = [str(one) for change in changes.vehicles for one in telling.vehicle(change)]
    assert told == [
        (
            f"{TRUCK_A1}: new waybill {A}-DB-NEW: 库420001-01 +50 tent; 地420001 -50 tent. "
            "Last delivery expected at 07-01 09:45."
        ),
        f"{TRUCK_A2}: waybill {a2.trips[0].number} is void; do not load for it.",
        (
            f"{TRUCK_B1}: waybill {b1.trips[0].number} is changed, now: 库420112-01 +29 "
            "tent; 地420002 -29 tent. Last delivery expected at 07-01 14:05."
        ),
    ]
    assert contents(a1.trips[0]) == [
        ("load", A, (("A-tent", 50),)),
        ("deliver", P1, (("A-tent", 50),)),
    ]


def test_the_budget_is_held_against_what_nothing_forces() -> None:
    # A2 does not go on: nothing forces that, and its tents are on board.
    done = seen(at(1))
    routes = (ROUTES[0], replace(ROUTES[1], trips=()), ROUTES[2])
    plan = assemble(
        UNDER_WAY,
        good_allocation(),
        Routes(vehicle_routes=routes, undelivered=(), report=solved(Termination.FEASIBLE)),
    )
    broken = verify_replan(BASE, done, UNDER_WAY, plan, max_drivers=0, max_waybills=0)
    assert [(one.rule.value, one.found, one.limit, one.unit) for one in broken] == [
        ("cargo", 0, 1, ""),
        ("budget", 1, 0, "drivers"),
        ("budget", 1, 0, "waybills"),
    ]
    # Once there is nothing needed any more at P2, it is forced.
    needless = replace(
        UNDER_WAY, needs=tuple(need for need in UNDER_WAY.needs if need.place_code != P2)
    )
    plan = replace(plan, situation_fingerprint=needless.fingerprint())
    assert verify_replan(BASE, done, needless, plan, max_drivers=0, max_waybills=0) == ()


def test_goods_that_vanish_between_two_plans_are_missed() -> None:
    done = seen(at(1))
    fewer = with_lot(UNDER_WAY, "B-tent", lambda lot: replace(lot, pieces=69))
    broken = verify_replan(BASE, done, fewer, GOOD, max_drivers=None, max_waybills=None)
    assert [(one.rule.value, one.subject, one.found, one.limit) for one in broken] == [
        ("cargo", "lot B-tent", 99, 100)
    ]
    # Unless the depot with what was left in it is lost.
    lost = with_lot(UNDER_WAY, "B-tent", lambda lot: replace(lot, pieces=0))
    assert (
        verify_replan(
            BASE,
            done,
            lost,
            GOOD,
            max_drivers=None,
            max_waybills=None,
            lost_depots=("420112-01",),
        )
        == ()
    )


def test_the_plan_that_goes_on_is_the_one_that_verifies() -> None:
    now = situation_going_on(BASE, seen(at(1)))
    # The pools are ready no earlier than now; that is all that differs from the hand-made one.
    assert [pool.ready_after for pool in now.pools] == [lasting(1), lasting(1)]
    assert replace(now, pools=UNDER_WAY.pools).fingerprint() == UNDER_WAY.fingerprint()
    assert verify(GOOD, UNDER_WAY).holds
    assert now.under_way[0].waybill == WAYBILL_A1


@pytest.mark.parametrize(
    ("kind", "where", "told"),
    [
        (EventKind.DEPARTED, "Xian", f"{TRUCK_A1} has set out from Xian."),
        (EventKind.DEPARTED, "", f"{TRUCK_A1} has set out."),
        (EventKind.ARRIVED, "Xian", f"{TRUCK_A1} has arrived at Xian."),
        (EventKind.SERVED, "", f"{TRUCK_A1} has finished its work at a stop."),
        (EventKind.DELAYED, "", f"{TRUCK_A1} is 90 min late."),
        (EventKind.POSITION, "Xian", f"{TRUCK_A1} has told where it is."),
        (EventKind.BROKEN_DOWN, "", f"{TRUCK_A1} has broken down."),
    ],
)
def test_events_are_told_as_sentences(kind: EventKind, where: str, told: str) -> None:
    delay = timedelta(minutes=90) if kind is EventKind.DELAYED else timedelta(0)
    event = ExecutionEvent(kind=kind, vehicle_code=TRUCK_A1, at=at(0), delay=delay)
    assert str(event.told(where)) == told
