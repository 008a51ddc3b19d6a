"""Damage done to plans that go on with vehicles under way.

The good plan of `tests.relief.plan.plans` is looked at one hour after its start. Truck A1 drives to
P1 with 50 tents, arrives 1:30; truck A2 drives to P2 with 10 tents, arrives 2:30; truck B1 drives
to P2 with 30 tents, arrives 5:50 after its rest. The lots hold nothing of what is on the road: A
has 0 tents left of 60, B has 70 of 100.

Going on: A1 unloads 1:30-1:45 and is home at 2:45; A2 unloads 2:30-2:45, waits and is home at
6:05; B1 unloads 5:50-6:05 and drives home as before. All 90 tents arrive as they did before.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.errors import InconsistentSituation
from relief.plan.allocation import Allocation
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Routes, Stop, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.under_way import DriveSpan, LoadOnBoard, VehicleUnderWay
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
    consignment,
    deliver,
    good_allocation,
    good_routes,
    lasting,
    leg,
    load,
    objections,
    solved,
    tents,
    with_lot,
    with_route,
)
from tests.situations import two_depots_three_places


def on_board(lot_code: str, pieces: int, place_code: str) -> LoadOnBoard:
    return LoadOnBoard(lot_code=lot_code, item_code="tent", pieces=pieces, place_code=place_code)


A1 = VehicleUnderWay(
    vehicle_code=TRUCK_A1,
    location_code=P1,
    free_at=at(1, 30),
    waybill=WAYBILL_A1,
    stops_done=1,
    load=(on_board("A-tent", 50, P1),),
    drives=(DriveSpan(begin_at=at(0, 30), end_at=at(1, 30)),),
    continuous_drive=lasting(1),
)
A2 = VehicleUnderWay(
    vehicle_code=TRUCK_A2,
    location_code=P2,
    free_at=at(2, 30),
    waybill=WAYBILL_A2,
    stops_done=1,
    load=(on_board("A-tent", 10, P2),),
    drives=(DriveSpan(begin_at=at(0, 30), end_at=at(2, 30)),),
    continuous_drive=lasting(2),
)
B1 = VehicleUnderWay(
    vehicle_code=TRUCK_B1,
    location_code=P2,
    free_at=at(5, 50),
    waybill=WAYBILL_B1,
    stops_done=1,
    load=(on_board("B-tent", 30, P2),),
    drives=(
        DriveSpan(begin_at=at(0, 30), end_at=at(4, 30)),
        DriveSpan(begin_at=at(4, 50), end_at=at(5, 50)),
    ),
    continuous_drive=lasting(1),
)


def under_way() -> Situation:
    situation = with_lot(two_depots_three_places(), "A-tent", lambda lot: replace(lot, pieces=0))
    situation = with_lot(situation, "B-tent", lambda lot: replace(lot, pieces=70))
    return replace(situation, under_way=(A1, A2, B1), as_of=at(1))


def going_on(one: VehicleRoute, state: VehicleUnderWay) -> VehicleRoute:
    trip = one.trips[0]
    here = state.location_code
    last = trip.stops[-1]
    stop = replace(last, leg=leg(here, here, state.free_at, lasting(0)))
    return replace(one, trips=(replace(trip, stops=(stop,)),))


def planned(routes: tuple[VehicleRoute, ...], situation: Situation) -> DispatchPlan:
    allocation = Allocation(
        consignments=good_allocation().consignments,
        shortfalls=good_allocation().shortfalls,
        deprivation_bound_milli_person_h=None,
        report=solved(),
    )
    return assemble(
        situation, allocation, Routes(vehicle_routes=routes, undelivered=(), report=solved())
    )


BASE = under_way()
ROUTES = tuple(
    going_on(one, state)
    for one, state in zip(good_routes().vehicle_routes, (A1, A2, B1), strict=True)
)
GOOD = planned(ROUTES, BASE)


def changed(truck: int, change: Callable[[VehicleRoute], VehicleRoute]) -> DispatchPlan:
    return planned(with_route(GOOD, truck, change).vehicle_routes, BASE)


def on_first_stop(change: Callable[[Stop], Stop]) -> Callable[[VehicleRoute], VehicleRoute]:
    def on_route(one: VehicleRoute) -> VehicleRoute:
        trip = one.trips[0]
        stops = (change(trip.stops[0]), *trip.stops[1:])
        return replace(one, trips=(replace(trip, stops=stops), *one.trips[1:]))

    return on_route


def test_going_on_as_planned_is_good() -> None:
    assert objections(GOOD, BASE) == []
    # P3 alone is short, as in the plan before.
    assert [(one.place_code, one.missing_pieces) for one in GOOD.shortfalls] == [(P3, 10)]
    assert GOOD.score.deprivation_milli_person_h == 39_600_000
    # Kilometres driven already are paid: 50 + 150 + 250 km home at 2 yuan, and three trips.
    assert GOOD.score.cost_fen == 450 * 200 + 30_000


def test_a_truck_under_way_does_not_jump() -> None:
    def elsewhere(stop: Stop) -> Stop:
        return replace(stop, leg=leg(A, P1, at(1, 30), lasting(1)), begin_at=at(2, 30),
                       end_at=at(2, 45))  # fmt: skip

    found = objections(changed(0, on_first_stop(elsewhere)), BASE)
    assert (Rule.START, f"truck {TRUCK_A1}", 0, 1) in found
    assert {rule for rule, *_ in found} == {Rule.START, Rule.TIME}


def test_a_truck_under_way_does_not_leave_before_it_is_free() -> None:
    def early(stop: Stop) -> Stop:
        return replace(stop, leg=leg(P1, P1, at(1, 29, 59), lasting(0)))

    found = objections(changed(0, on_first_stop(early)), BASE)
    assert (Rule.START, f"truck {TRUCK_A1}", -1, 0) in found


def test_nothing_new_begins_before_it_is_decided() -> None:
    # Without being under way, A1 would be ready at its base from 0:00 on.
    situation = replace(BASE, under_way=(A2, B1))
    plan = planned(ROUTES, situation)
    free = replace(
        plan.vehicle_routes[0],
        trips=(
            Trip(
                number=WAYBILL_A1,
                stops=(
                    load(leg(A, A, at(0, 59), lasting(0)), tents("A-tent", 50)),
                    deliver(leg(A, P1, at(1, 29), lasting(1)), tents("A-tent", 50)),
                ),
            ),
        ),
        home=replace(plan.vehicle_routes[0].home, leg=leg(P1, A, at(2, 44), lasting(1))),
    )
    free = replace(free, home=replace(free.home, begin_at=at(3, 44), end_at=at(3, 44)))
    found = objections(planned((free, *plan.vehicle_routes[1:]), situation), situation)
    assert (Rule.START, f"truck {TRUCK_A1}", -60, 0) in found
    # And the tents that A1 loads are on no shelf: they were on the truck.
    assert (Rule.CARGO, "lot A-tent", 50, 0) in found


def test_goods_do_not_change_trucks() -> None:
    # A2 delivers eleven, one more than it has on board; A1 one less.
    def lines(pieces: int) -> Callable[[VehicleRoute], VehicleRoute]:
        return on_first_stop(lambda stop: replace(stop, lines=(tents("A-tent", pieces),)))

    routes = with_route(with_route(GOOD, 0, lines(49)), 1, lines(11)).vehicle_routes
    allocation = replace(
        good_allocation(),
        consignments=(
            consignment("A-tent", A, P1, 49),
            consignment("A-tent", A, P2, 11),
            consignment("B-tent", B, P2, 29),
        ),
        deprivation_bound_milli_person_h=None,
    )
    less = on_first_stop(lambda stop: replace(stop, lines=(tents("B-tent", 29),)))
    routes = with_route(replace(GOOD, vehicle_routes=routes), 2, less).vehicle_routes
    plan = assemble(
        BASE, allocation, Routes(vehicle_routes=routes, undelivered=(), report=solved())
    )
    # A1 and B1 keep one tent on board, which is allowed; A2 cannot unload what it has not.
    assert objections(plan, BASE) == [
        (Rule.LOADING, f"waybill {WAYBILL_A2}, lot A-tent", 11, 10),
    ]


def test_goods_on_board_keep_their_waybill() -> None:
    def renumbered(number: str) -> Callable[[VehicleRoute], VehicleRoute]:
        return lambda one: replace(one, trips=(replace(one.trips[0], number=number),))

    assert objections(changed(0, renumbered(f"{WAYBILL_A1}-R1")), BASE) == []
    assert objections(changed(0, renumbered(f"{A}-DB-0009")), BASE) == [
        (Rule.CARGO, f"truck {TRUCK_A1}, waybill {A}-DB-0009", 0, 1)
    ]


def test_a_truck_without_goods_on_board_loads_first() -> None:
    empty = replace(A1, load=(), waybill="", stops_done=0)
    situation = with_lot(BASE, "A-tent", lambda lot: replace(lot, pieces=50))
    situation = replace(situation, under_way=(empty, A2, B1))
    found = objections(planned(ROUTES, situation), situation)
    assert (Rule.LOADING, f"waybill {WAYBILL_A1}", 0, 1) in found


def test_a_broken_truck_stays_where_it_is() -> None:
    situation = replace(BASE, under_way=(replace(A1, is_broken_down=True), A2, B1))
    assert objections(planned(ROUTES, situation), situation) == [
        (Rule.START, f"truck {TRUCK_A1}", 0, 1)
    ]


def test_driving_done_before_counts_for_the_hours_of_duty() -> None:
    # B1 has driven 4 h + 1 h; with 3 h 1 min since its rest it may go on for 59 min only.
    tired = replace(
        B1,
        drives=(
            DriveSpan(begin_at=at(0, 30), end_at=at(2, 29)),
            DriveSpan(begin_at=at(2, 49), end_at=at(5, 50)),
        ),
        continuous_drive=lasting(3, 1),
    )
    situation = replace(BASE, under_way=(A1, A2, tired))
    assert objections(planned(ROUTES, situation), situation) == [
        # 3 h 1 min, then 3 h home before the night's rest.
        (Rule.DUTY, f"truck {TRUCK_B1}", 21_660, 14_400),
        # In the 24 hours to 26:30: 3 h 1 min from 2:49 on, 3 h, and the last 2 h home.
        (Rule.DUTY, f"truck {TRUCK_B1}", 28_860, 28_800),
    ]
    # Half an hour more today, and the day's eight hours are used up half an hour earlier.
    longer = replace(B1, drives=(DriveSpan(begin_at=at(0), end_at=at(4, 30)), B1.drives[1]))
    situation = replace(BASE, under_way=(A1, A2, longer))
    assert objections(planned(ROUTES, situation), situation) == [
        (Rule.DUTY, f"truck {TRUCK_B1}", 30_600, 28_800),
    ]


FAULTS = (
    (replace(A1, location_code=""), "A vehicle on the road without a position."),
    (replace(A1, location_code="nowhere"), "A vehicle on the road without a position."),
    (replace(A1, vehicle_code="ghost"), "Named here, but not part of the situation."),
    (replace(A1, free_at=at(0, 59)), "free before the instant that is looked at"),
    (replace(A1, load=(on_board("A-tent", 101, P1),)), "More is said to be on board"),
    (replace(A1, load=(on_board("ghost", 1, P1),)), "No lot of this item has this code."),
    (replace(A1, load=(on_board("A-tent", 0, P1),)), "A line of 0 pieces moves nothing."),
    (replace(A1, load=(on_board("A-tent", 1, "ghost"),)), "bound for a place"),
    (replace(A1, continuous_drive=timedelta(hours=2)), "More driving since the last rest"),
    (replace(A1, drives=(*B1.drives[:1], *A1.drives)), "The driving done is not in order"),
    (replace(A1, stops_done=-1), "An impossible number."),
    (replace(A1, free_at=at(1, 30).replace(tzinfo=None)), "without an offset"),
)


@pytest.mark.parametrize(("state", "what"), FAULTS)
def test_an_impossible_state_is_refused(state: VehicleUnderWay, what: str) -> None:
    with pytest.raises(InconsistentSituation, match=what):
        replace(BASE, under_way=(state, A2, B1))


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InconsistentSituation) as caught:
        replace(
            BASE,
            under_way=(
                replace(A1, location_code=""),
                replace(A2, free_at=at(0), drives=(), continuous_drive=lasting(0)),
                replace(A2, stops_done=-1),
            ),
            as_of=at(0, 30),
        )
    told = [fault.field for fault in caught.value.faults]
    assert sorted(told) == ["free_at", "location_code", "stops_done", "vehicle_code"]


def test_a_plan_is_not_looked_at_before_it_starts() -> None:
    with pytest.raises(InconsistentSituation, match="looked at before it starts"):
        replace(BASE, as_of=at(0) - lasting(1))
