"""Damage done to what travels together: goods that must be apart, goods that need cooling."""

from dataclasses import replace

from relief.items import Apart, Item
from relief.plan.certificate import Rule
from relief.plan.routes import StopLine, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.under_way import LoadOnBoard, VehicleUnderWay
from relief.plan.verify_cargo import check_cargo
from relief.plan.verify_ground import Ground, Tally
from tests.relief.plan.plans import (
    P1,
    P2,
    TRUCK_A1,
    WAYBILL_A1,
    A,
    Objection,
    at,
    deliver,
    good_plan,
    lasting,
    leg,
    load,
    objections,
    reclaimed,
    route,
    tents,
    with_trucks,
)
from tests.situations import item, lot, two_depots_three_places

BASE = two_depots_three_places()
PAIR = Apart(group="fuel", other_group="food")


def grouped(**groups: str) -> Situation:
    """Return the situation with tents of a group, and an item and a lot for each further one."""
    items = [
        replace(item(code), cargo_groups=(group,) if group else ())
        for code, group in groups.items()
    ]
    lots = [lot(f"A-{one.code}", A, one.code, 50) for one in items if one.code != "tent"]
    return replace(
        BASE,
        catalogue=replace(BASE.catalogue, items=tuple(items), apart=(PAIR,)),
        lots=(*BASE.lots, *lots),
    )


def carrying(*lines: StopLine, first: int = 0) -> VehicleRoute:
    """Return A1 with these lines loaded for P1 and P2: `first` of them are unloaded in P1."""
    at_a = load(leg(A, A, at(0), lasting()), *lines)
    stops = [at_a]
    here, now = A, at(0, 30)
    for place, part in ((P1, lines[:first]), (P2, lines[first:])):
        if part:
            stops.append(deliver(leg(here, place, now, lasting(1)), *part))
            here, now = place, stops[-1].end_at
    trip = Trip(number=WAYBILL_A1, stops=tuple(stops))
    return route(TRUCK_A1, (trip,), leg(here, A, now, lasting(1)))


def found(one: VehicleRoute, situation: Situation) -> list[Objection]:
    tally = Tally()
    check_cargo(one, Ground.of(situation), tally)
    return [(v.rule, v.subject, v.found, v.limit) for v in tally.violations]


def test_a_plan_without_such_goods_has_nothing_to_check() -> None:
    tally = Tally()
    check_cargo(good_plan().vehicle_routes[0], Ground.of(BASE), tally)
    assert tally.num_checks[Rule.APART] == tally.num_checks[Rule.COOLING] == 0


def test_what_must_be_apart_is_told_where_it_was_loaded() -> None:
    situation = grouped(tent="food", petrol="fuel", bed="")
    petrol = StopLine(lot_code="A-petrol", item_code="petrol", pieces=5)
    bed = StopLine(lot_code="A-bed", item_code="bed", pieces=5)
    subject = f"waybill {WAYBILL_A1} after {A}"
    assert found(carrying(tents("A-tent", 5), bed), situation) == []
    assert found(carrying(petrol, bed), situation) == []
    # Being unloaded at different places helps nothing: both are on board on the way to the first.
    assert found(carrying(petrol, tents("A-tent", 5), first=1), situation) == [
        (Rule.APART, subject, 0, 1)
    ]


def test_one_item_may_be_of_several_groups() -> None:
    situation = grouped(tent="food", set="oil")
    both = tuple(
        replace(one, cargo_groups=("fuel", "oil")) if one.code == "set" else one
        for one in situation.catalogue.items
    )
    situation = replace(situation, catalogue=replace(situation.catalogue, items=both))
    line = StopLine(lot_code="A-set", item_code="set", pieces=1)
    assert len(found(carrying(line, tents("A-tent", 5)), situation)) == 1


def test_goods_one_trip_after_the_other_are_apart() -> None:
    situation = grouped(tent="food", petrol="fuel")
    petrol = StopLine(lot_code="A-petrol", item_code="petrol", pieces=5)
    one, other = carrying(tents("A-tent", 5)), carrying(petrol)
    assert found(replace(one, trips=(*one.trips, *other.trips)), situation) == []


def test_what_is_on_board_already_counts() -> None:
    situation = grouped(tent="food", petrol="fuel")
    under_way = VehicleUnderWay(
        vehicle_code=TRUCK_A1,
        location_code=A,
        free_at=at(0),
        load=(LoadOnBoard(lot_code="A-petrol", item_code="petrol", place_code=P1, pieces=5),),
    )
    situation = replace(situation, under_way=(under_way,), as_of=at(0))
    assert [one[0] for one in found(carrying(tents("A-tent", 5)), situation)] == [Rule.APART]


def test_what_needs_cooling_is_loaded_on_cooled_bodies_only() -> None:
    def cool(one: Item) -> Item:
        return replace(one, needs_cooling=True)

    items = tuple(cool(one) for one in BASE.catalogue.items)
    warm = replace(BASE, catalogue=replace(BASE.catalogue, items=items))
    plan = reclaimed(good_plan(), warm)
    told = [one for one in objections(plan, warm) if one[0] is Rule.COOLING]
    assert told[0] == (Rule.COOLING, f"waybill {WAYBILL_A1}, lot A-tent", 0, 1)
    assert len(told) == 3  # One line on each of the three trucks.
    cooled = with_trucks(warm, lambda kind: replace(kind, is_cooled=True))
    assert objections(reclaimed(good_plan(), cooled), cooled) == []
