"""Damage done to the goods of a good plan: stock, expiry, weight, volume, loading, conservation."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from relief.plan.allocation import Consignment
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Rest, Stop, StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from tests.relief.plan.plans import (
    P1,
    P2,
    P3,
    TRUCK_A1,
    WAYBILL_A1,
    WAYBILL_A2,
    WAYBILL_B1,
    A,
    B,
    Objection,
    at,
    consignment,
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
    with_line,
    with_lot,
    with_route,
    with_stop,
    with_trucks,
)
from tests.situations import need, two_depots_three_places

BASE = two_depots_three_places()


def for_situation(situation: Situation) -> list[Objection]:
    """Return the objections to the good plan in a changed situation."""
    return objections(reclaimed(good_plan(), situation), situation)


def test_a_lot_may_give_all_that_is_available_and_no_piece_more() -> None:
    # A's 60 tents are all loaded, 50 on A1 and 10 on A2.
    one_more = with_lot(BASE, "A-tent", lambda lot: replace(lot, pieces=61, committed_pieces=1))
    one_less = with_lot(BASE, "A-tent", lambda lot: replace(lot, committed_pieces=1))
    assert for_situation(one_more) == []
    assert for_situation(one_less) == [(Rule.STOCK, "lot A-tent", 60, 59)]


def test_a_lot_may_not_be_promised_beyond_its_stock_even_if_nothing_is_carried() -> None:
    plan = good_plan()
    more = replace(plan, consignments=(*plan.consignments, consignment("A-tent", A, P3, 1)))
    assert objections(reclaimed(more, BASE)) == [(Rule.STOCK, "lot A-tent", 61, 60)]


def test_a_lot_that_nobody_has_is_named() -> None:
    plan = with_line(good_plan(), 0, 0, lambda line: replace(line, lot_code="ghost"))
    plan = with_line(plan, 0, 1, lambda line: replace(line, lot_code="ghost"))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.STOCK, f"waybill {WAYBILL_A1}, lot ghost", 0, 1),
        (Rule.STOCK, f"waybill {WAYBILL_A1}, lot ghost", 0, 1),
        (Rule.CONSERVATION, f"lot ghost at {P1}", 50, 0),
    ]


def test_a_line_names_the_item_that_the_lot_holds() -> None:
    plan = with_line(good_plan(), 0, 0, lambda line: replace(line, item_code="quilt"))
    assert objections(plan) == [(Rule.STOCK, f"waybill {WAYBILL_A1}, lot A-tent", 0, 1)]


@pytest.mark.parametrize(
    ("wrong", "others"),
    [
        (consignment("B-tent", A, P2, 30), []),
        # What B1 brings was then never consigned, or is no quilt, and nobody needs quilts.
        (consignment("ghost", B, P2, 30), [(Rule.CONSERVATION, f"lot B-tent at {P2}", 30, 0)]),
        (
            replace(consignment("B-tent", B, P2, 30), item_code="quilt"),
            [(Rule.CONSERVATION, f"quilt at {P2}", 30, 0)],
        ),
    ],
)
def test_a_consignment_names_lot_depot_and_item_as_they_are(
    wrong: Consignment, others: list[Objection]
) -> None:
    plan = good_plan()
    changed = replace(plan, consignments=(*plan.consignments[:2], wrong))
    assert objections(changed) == [
        (Rule.STOCK, f"consignment {wrong.lot_code} to {P2}", 0, 1),
        *others,
    ]


@pytest.mark.parametrize(
    ("expires_on", "left_days"),
    [(date(2026, 7, 8), None), (date(2026, 7, 7), 6), (date(2026, 6, 30), -1)],
)
def test_a_lot_needs_a_week_of_life(expires_on: date, left_days: int | None) -> None:
    # The plan starts on 1 July, 8:00 in Hubei; seven days later it is 8 July.
    situation = with_lot(BASE, "B-tent", lambda lot: replace(lot, expires_on=expires_on))
    # It arrives on the day of the start, so the consignment and its delivery are wrong alike.
    expected = (
        []
        if left_days is None
        else [
            (Rule.EXPIRY, "lot B-tent", left_days, 7),
            (Rule.EXPIRY, "waybill 420112-01-DB-0001, lot B-tent", left_days, 7),
        ]
    )
    assert for_situation(situation) == expected


def test_expiry_goes_by_the_calendar_of_hubei() -> None:
    # 16:00 UTC on 30 June is midnight of 1 July in Hubei; a week later it is 8 July there.
    earlier = datetime(2026, 6, 30, 16, tzinfo=UTC)
    situation = replace(
        BASE,
        start_at=earlier,
        needs=tuple(replace(one, due_at=earlier + timedelta(hours=12)) for one in BASE.needs),
    )

    def lasting_until(day: date) -> Situation:
        return with_lot(situation, "B-tent", lambda lot: replace(lot, expires_on=day))

    # The plan's trips begin eight hours later, so that the tents come in the window that ends at
    # midnight of 2 July: there they must be good until 9 July.
    on_arrival = "waybill 420112-01-DB-0001, lot B-tent"
    assert for_situation(lasting_until(date(2026, 7, 9))) == []
    assert for_situation(lasting_until(date(2026, 7, 8))) == [(Rule.EXPIRY, on_arrival, 7, 8)]
    assert len(lasting_until(date(2026, 7, 8)).usable_lots()) == 2
    assert for_situation(lasting_until(date(2026, 7, 7)))[0] == (Rule.EXPIRY, "lot B-tent", 6, 7)
    assert len(lasting_until(date(2026, 7, 7)).usable_lots()) == 1


@pytest.mark.parametrize(("payload_g", "holds"), [(500_000, True), (499_999, False)])
def test_no_truck_carries_more_than_its_payload(payload_g: int, *, holds: bool) -> None:
    # A1 carries 50 tents of 10 kg, the others less. It is too heavy once, after loading.
    situation = with_trucks(BASE, lambda kind: replace(kind, payload_g=payload_g))
    over = (Rule.WEIGHT, f"waybill {WAYBILL_A1} after {A}", 500_000, payload_g)
    assert for_situation(situation) == ([] if holds else [over])


@pytest.mark.parametrize(("volume_cm3", "holds"), [(2_500_000, True), (2_499_999, False)])
def test_no_truck_holds_more_than_its_box(volume_cm3: int, *, holds: bool) -> None:
    # 50 tents of 50 dm3.
    situation = with_trucks(BASE, lambda kind: replace(kind, volume_cm3=volume_cm3))
    over = (Rule.VOLUME, f"waybill {WAYBILL_A1} after {A}", 2_500_000, volume_cm3)
    assert for_situation(situation) == ([] if holds else [over])


def two_loadings(second_pieces: int) -> tuple[DispatchPlan, Situation]:
    """Return a plan in which truck A1 loads 40 tents in A, more in B, and takes all to P2.

    A 0:00-0:30, 4 h of driving, 20 min of rest, 1 h to B until 5:50, loading until 6:20, 3 h of
    driving until 9:20 (8 h in all), rest until 24:30, 2 h to P2 until 26:30, unloading until
    26:45, 20 min of waiting, 3 h home from 27:05. P2 needs 110 tents here.
    """
    situation = replace(BASE, needs=(need(P2, "tent", 110, milli_people_per_piece=3000),))
    lunch = Rest(after_drive=lasting(4), duration=lasting(minutes=20))
    night = Rest(after_drive=lasting(3), duration=lasting(15, 10))
    trip = Trip(
        number=WAYBILL_A1,
        stops=(
            load(leg(A, A, at(0), lasting(0)), tents("A-tent", 40)),
            load(leg(A, B, at(0, 30), lasting(5), lunch), tents("B-tent", second_pieces)),
            deliver(
                leg(B, P2, at(6, 20), lasting(5), night),
                tents("A-tent", 40),
                tents("B-tent", second_pieces),
            ),
        ),
    )
    plan = replace(
        good_plan(),
        consignments=(
            consignment("A-tent", A, P2, 40, window=2),
            consignment("B-tent", B, P2, second_pieces, window=2),
        ),
        vehicle_routes=(route(TRUCK_A1, (trip,), leg(P2, A, at(27, 5), lasting(3))),),
    )
    return reclaimed(plan, situation), situation


def test_weight_is_watched_at_every_moment_of_a_trip() -> None:
    # Neither loading alone is too heavy for 1 t; both together are, from 61 tents in B on.
    assert objections(*two_loadings(60)) == []
    assert objections(*two_loadings(61)) == [
        (Rule.WEIGHT, f"waybill {WAYBILL_A1} after {B}", 1_010_000, 1_000_000)
    ]


def test_goods_are_loaded_where_they_lie() -> None:
    plan = with_line(good_plan(), 1, 0, lambda line: replace(line, lot_code="B-tent"))
    plan = with_line(plan, 1, 1, lambda line: replace(line, lot_code="B-tent"))
    first, _, _ = plan.consignments
    plan = replace(plan, consignments=(first, consignment("B-tent", B, P2, 40)))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.LOADING, f"waybill {WAYBILL_A2}, lot B-tent", 0, 1)
    ]


def test_nothing_stays_on_board() -> None:
    plan = with_line(good_plan(), 0, 1, lambda line: replace(line, pieces=49))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.LOADING, f"waybill {WAYBILL_A1}, lot A-tent", 1, 0)
    ]


def test_nothing_is_unloaded_that_was_not_loaded() -> None:
    plan = with_line(good_plan(), 0, 0, lambda line: replace(line, pieces=49))
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.LOADING, f"waybill {WAYBILL_A1}, lot A-tent", 50, 49)
    ]


def test_a_line_has_pieces() -> None:
    def with_empty_line(stop: Stop) -> Stop:
        return replace(stop, lines=(*stop.lines, tents("B-tent", 0)))

    plan = with_stop(good_plan(), 2, 1, with_empty_line)
    assert objections(plan) == [(Rule.LOADING, f"waybill {WAYBILL_B1}, lot B-tent", 0, 1)]


def test_a_stop_has_lines() -> None:
    # B1 calls at P1 on its way, an hour from P2, for nothing.
    def calling(one: VehicleRoute) -> VehicleRoute:
        loading, unloading = one.trips[0].stops
        stops = (loading, unloading, deliver(leg(P2, P1, at(6, 25), lasting(1))))
        home = leg(P1, B, at(30), lasting(5), Rest(after_drive=lasting(4), duration=lasting(1)))
        return replace(
            one,
            trips=(replace(one.trips[0], stops=stops),),
            home=stop(StopKind.RETURN, home),
        )

    plan = with_route(good_plan(), 2, calling)
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.LOADING, f"waybill {WAYBILL_B1}, stop {P1}", 0, 1)
    ]


def test_negative_pieces_do_not_cancel_out() -> None:
    # 31 up and one "down" again is not the same as 30.
    plan = with_stop(
        good_plan(),
        2,
        0,
        lambda stop: replace(stop, lines=(tents("B-tent", 31), tents("B-tent", -1))),
    )
    assert objections(plan) == [(Rule.LOADING, f"waybill {WAYBILL_B1}, lot B-tent", -1, 1)]


def test_a_trip_loads_first_and_delivers_then() -> None:
    plan = good_plan()
    loading, delivery = plan.vehicle_routes[0].trips[0].stops

    def with_stops(*stops: Stop) -> DispatchPlan:
        return with_route(
            plan, 0, lambda one: replace(one, trips=(replace(one.trips[0], stops=stops),))
        )

    assert objections(with_stops(loading, delivery)) == []
    for stops in ((delivery,), (loading,), (), (delivery, loading)):
        broken = (Rule.LOADING, f"waybill {WAYBILL_A1}", 0, 1)
        assert broken in objections(with_stops(*stops))


def test_no_return_in_the_middle_of_a_trip() -> None:
    plan = with_stop(good_plan(), 0, 0, lambda stop: replace(stop, kind=StopKind.RETURN))
    assert (Rule.LOADING, f"waybill {WAYBILL_A1}", 0, 1) in objections(plan)


def test_goods_are_delivered_to_places_and_loaded_in_depots() -> None:
    # Truck A1 unloads in its own depot: nobody is served there.
    def in_depot(one: VehicleRoute) -> VehicleRoute:
        loading, _ = one.trips[0].stops
        unloading = deliver(leg(A, A, at(0, 30), lasting(0)), tents("A-tent", 50))
        return replace(
            one,
            trips=(replace(one.trips[0], stops=(loading, unloading)),),
            home=stop(StopKind.RETURN, leg(A, A, at(0, 45), lasting(0))),
        )

    plan = with_route(good_plan(), 0, in_depot)
    consignments = (consignment("A-tent", A, A, 50), *plan.consignments[1:])
    plan = replace(plan, consignments=consignments)
    assert objections(reclaimed(plan, BASE)) == [
        (Rule.CONSERVATION, f"tent at {A}", 50, 0),
        (Rule.LOADING, f"waybill {WAYBILL_A1}, stop {A}", 0, 1),
    ]


def test_a_lot_serves_the_places_it_was_consigned_to() -> None:
    # 10 of A's tents were consigned to P2; A2 brings 10, but the paper says 9, and 1 to P1.
    plan = good_plan()
    consignments = (
        consignment("A-tent", A, P1, 50),
        consignment("A-tent", A, P2, 9),
        consignment("B-tent", B, P2, 30),
    )
    assert objections(reclaimed(replace(plan, consignments=consignments), BASE)) == [
        (Rule.CONSERVATION, f"lot A-tent at {P2}", 10, 9)
    ]


def test_windows_of_one_lot_and_place_count_together() -> None:
    plan = good_plan()
    consignments = (
        *plan.consignments[:2],
        consignment("B-tent", B, P2, 12, window=0),
        consignment("B-tent", B, P2, 18, window=3),
    )
    assert objections(replace(plan, consignments=consignments)) == []


@pytest.mark.parametrize(("needed", "holds"), [(30, True), (29, False)])
def test_no_place_gets_more_than_it_needs(needed: int, *, holds: bool) -> None:
    # P2 gets 10 from A and 30 from B. Of its need some is due after 12 h, the rest after 24 h.
    first, _, third = BASE.needs
    situation = replace(
        BASE,
        needs=(
            first,
            need(P2, "tent", 10, milli_people_per_piece=3000),
            need(P2, "tent", needed, due_h=24, milli_people_per_piece=3000),
            third,
        ),
    )
    over = (Rule.CONSERVATION, f"tent at {P2}", 40, 39)
    assert for_situation(situation) == ([] if holds else [over])


def test_no_place_gets_what_it_does_not_need() -> None:
    situation = replace(BASE, needs=BASE.needs[1:])
    assert for_situation(situation) == [(Rule.CONSERVATION, f"tent at {P1}", 50, 0)]


@pytest.mark.parametrize(("window", "holds"), [(0, True), (3, True), (4, False), (-1, False)])
def test_a_consignment_names_a_window_of_the_plan(window: int, *, holds: bool) -> None:
    plan = good_plan()
    last = replace(plan.consignments[2], window=window)
    found = objections(replace(plan, consignments=(*plan.consignments[:2], last)))
    assert found == ([] if holds else [(Rule.CONSERVATION, f"consignment B-tent to {P2}", 0, 1)])


def test_a_lot_place_and_window_make_one_consignment() -> None:
    plan = good_plan()
    halves = (consignment("B-tent", B, P2, 15), consignment("B-tent", B, P2, 15))
    assert objections(replace(plan, consignments=(*plan.consignments[:2], *halves))) == [
        (Rule.CONSERVATION, f"consignment B-tent to {P2}", 2, 1)
    ]


def test_a_consignment_has_pieces() -> None:
    plan = good_plan()
    none = consignment("B-tent", B, P1, 0)
    assert objections(replace(plan, consignments=(*plan.consignments, none))) == [
        (Rule.CONSERVATION, f"consignment B-tent to {P1}", 0, 1)
    ]
