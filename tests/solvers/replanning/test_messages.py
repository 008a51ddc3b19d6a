"""What replans change, as messages to the drivers: by hand, and what they say is all that changes.

The good plan: A1 brings 50 tents to P1 (unloaded 1:30 to 1:45), A2 ten to P2, B1 thirty to P2.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.beidou.codes import read_code
from relief.beidou.compact_code import CAPACITY_BYTES
from relief.beidou.goods_code import DispatchOrder, OrderLine
from relief.beidou.part_code import Part, joined
from relief.beidou.route_code import RouteChange, RouteOrder, RouteStep
from relief.plan.change import Fate, WaybillChange
from relief.plan.change_codes import Codes, written
from relief.plan.execution_events import EventKind
from relief.plan.routes import StopKind, Trip
from tests.relief.plan.plans import P1, P2, TRUCK_A1, TRUCK_B1, WAYBILL_A1, A, B, at
from tests.situations import need, two_depots_three_places
from tests.solvers.replanning.test_replanner import ANY, NONE, Case, event

SIGNS = {RouteChange.DROP: -1, RouteChange.ADD: 1}


def tents(pieces: int) -> tuple[OrderLine, ...]:
    return (OrderLine(item="tent", pieces=pieces),)


def sent(case: Case, vehicle: str) -> list[DispatchOrder | RouteOrder]:
    codes = Codes(case.situation)
    return [
        code
        for change in case.change.vehicles
        if change.vehicle_code == vehicle
        for code in codes.vehicle(change)
    ]


def redirected() -> Case:
    """P1 needs nothing any more and P2 twenty more: 20 of A1's tents go there, 30 stay on it."""
    base = two_depots_three_places()
    others = [one for one in base.needs if one.place_code == "420003"]
    return Case(NONE, when=at(1), now=replace(base, needs=(need(P2, "tent", 60), *others)))


def test_redirected_goods_are_told_in_one_change() -> None:
    case = redirected()
    (order,) = sent(case, TRUCK_A1)
    assert isinstance(order, RouteOrder)
    end_at = next(
        stop.end_at
        for route in case.plan.vehicle_routes
        if route.vehicle_code == TRUCK_A1
        for stop in route.trips[0].stops
    )
    assert order == RouteOrder(
        sequence=1,
        waybill=f"{WAYBILL_A1}-R1",
        decided_at=at(1),
        steps=(
            RouteStep(
                change=RouteChange.REDIRECT, at_code=P1, to_code=P2, at=end_at, lines=tents(20)
            ),
            RouteStep(change=RouteChange.DROP, at_code=P1, lines=tents(30)),
        ),
    )


def test_what_a_broken_truck_leaves_is_void_and_another_is_sent() -> None:
    case = Case(ANY, when=at(1), events=(event(EventKind.BROKEN_DOWN, TRUCK_A1),))
    (void,) = sent(case, TRUCK_A1)
    assert isinstance(void, RouteOrder)
    assert void.steps == (RouteStep(change=RouteChange.VOID),)
    new = [
        code
        for change in case.change.vehicles
        for code in sent(case, change.vehicle_code)
        if isinstance(code, DispatchOrder)
    ]
    assert [(o.depot_code, o.unit_code, o.lines) for o in new] == [(B, P1, tents(50))]


def test_a_longer_wait_is_told_as_a_hold() -> None:
    case = Case(NONE, when=at(0, 10))
    (change,) = (c for v in case.change.vehicles if v.vehicle_code == TRUCK_B1 for c in v.waybills)
    assert change.before is not None
    first, *others = change.before.stops
    late = replace(first, begin_at=first.begin_at + timedelta(minutes=40))
    held = replace(change, fate=Fate.KEPT, after=Trip(number=change.number, stops=(late, *others)))
    vehicle = next(v for v in case.change.vehicles if v.vehicle_code == TRUCK_B1)
    (order,) = Codes(case.situation).vehicle(replace(vehicle, waybills=(held,)))
    assert isinstance(order, RouteOrder)
    assert order.steps == (
        RouteStep(change=RouteChange.HOLD, at_code=late.location_code, at=late.begin_at),
    )
    # Nothing is sent where nothing changes.
    assert sent(case, TRUCK_B1) == []


def told(change: WaybillChange, case: Case) -> Counter[tuple[str, str]]:
    """Return the goods of a waybill after what its message says: pieces under place and item."""
    vehicle = next(v for v in case.change.vehicles if change in v.waybills)
    goods = _goods(change.before)
    for code in Codes(case.situation).vehicle(replace(vehicle, waybills=(change,))):
        if isinstance(code, DispatchOrder):
            for line in code.lines:
                goods[code.unit_code, line.item] += line.pieces
                goods[code.depot_code, line.item] += line.pieces
            continue
        for step in code.steps:
            if step.change is RouteChange.VOID:
                goods.clear()
            for line in step.lines:
                if step.change is RouteChange.REDIRECT:
                    goods[step.at_code, line.item] -= line.pieces
                    goods[step.to_code, line.item] += line.pieces
                else:
                    goods[step.at_code, line.item] += SIGNS[step.change] * line.pieces
    return +goods


def _goods(trip: Trip | None) -> Counter[tuple[str, str]]:
    goods: Counter[tuple[str, str]] = Counter()
    for stop in trip.stops if trip is not None else ():
        for line in stop.lines:
            goods[stop.location_code, line.item_code] += line.pieces
    return goods


@pytest.mark.parametrize("minutes", [0, 10, 70])
@pytest.mark.parametrize("needed", [0, 20, 70, 160])
@pytest.mark.parametrize("broken", [True, False])
def test_the_message_is_all_that_changes(minutes: int, needed: int, *, broken: bool) -> None:
    base = two_depots_three_places()
    needs = tuple(
        one if one.place_code != P2 else replace(one, pieces=needed or 1) for one in base.needs
    )
    when = at(0, minutes)
    events = [replace(event(EventKind.BROKEN_DOWN, TRUCK_A1), at=when)] if broken else []
    case = Case(ANY, when=when, now=replace(base, needs=needs), events=events)
    changes = [one for vehicle in case.change.vehicles for one in vehicle.waybills]
    assert changes
    for one in changes:
        assert told(one, case) == _goods(one.after)


def test_messages_are_numbered_on_and_fit_a_short_message() -> None:
    case = Case(ANY, when=at(1), events=(event(EventKind.BROKEN_DOWN, TRUCK_A1),))
    codes = Codes(case.situation, 65_535)
    orders = [code for change in case.change.vehicles for code in codes.vehicle(change)]
    assert [order.sequence for order in orders] == [65_535, 0]
    for order in orders:
        (content,) = written(order)
        assert len(content) <= CAPACITY_BYTES
        assert read_code(content, sender_card="0420000", received_at=at(1)) == order


def test_a_long_order_goes_in_parts() -> None:
    case = redirected()
    (order,) = sent(case, TRUCK_A1)
    assert isinstance(order, RouteOrder)
    contents = written(replace(order, steps=order.steps * 6))
    assert all(len(each) <= CAPACITY_BYTES for each in contents)
    parts = [read_code(each, sender_card="0420000", received_at=at(1)) for each in contents]
    whole = joined({part.number: part for part in parts if isinstance(part, Part)})
    assert whole is not None
    again = read_code(whole, sender_card="0420000", received_at=at(1))
    assert again == replace(order, steps=order.steps * 6)


def test_a_load_that_is_less_is_dropped_at_its_depot() -> None:
    # A waybill that loads 50 tents in A for P1, and then only 20.
    case = redirected()
    change = next(c for v in case.change.vehicles for c in v.waybills if c.before is not None)
    assert change.before is not None
    trip = change.before
    load = replace(
        trip.stops[0],
        kind=StopKind.LOAD,
        location_code=A,
        lines=(replace(trip.stops[-1].lines[0], pieces=50),),
    )
    before = Trip(number=trip.number, stops=(load, trip.stops[-1]))
    less = tuple(
        replace(stop, lines=tuple(replace(line, pieces=20) for line in stop.lines))
        for stop in before.stops
    )
    cut = replace(change, fate=Fate.CHANGED, before=before, after=replace(before, stops=less))
    vehicle = next(v for v in case.change.vehicles if change in v.waybills)
    (order,) = Codes(case.situation).vehicle(replace(vehicle, waybills=(cut,)))
    assert isinstance(order, RouteOrder)
    assert order.steps == (
        RouteStep(change=RouteChange.DROP, at_code=A, lines=tents(30)),
        RouteStep(change=RouteChange.DROP, at_code=P1, lines=tents(30)),
    )
