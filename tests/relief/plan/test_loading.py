"""Loading lists by hand: truck A1 brings 40 tents to P1 and 10 to P2; damage done to such lists.

A tent is 10 kg and 50 dm3. The box is 10 m long and holds 10 m3, so that a tent takes 50 mm of it;
it begins above the front axle, and the rear axle stands at its end: what stands in the middle rests
on both alike. Empty, each axle bears 1,000 kg.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.items import Item
from relief.places import Evidence
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.loading import AxleLoad, LoadingBlock, LoadingList
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Stop, StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.stowing import loading_lists
from relief.plan.verify import verify
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_loading import check_loading
from relief.supply.fleet import TruckBody
from solvers.allocation.allocator import WindowAllocator
from solvers.routing.baseline import SavingsRouter
from tests.relief.plan.plans import P2, A, at, good_plan, lasting, tents
from tests.situations import two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation

BODY = TruckBody(
    box_mm=10_000,
    num_compartments=1,
    box_begins_mm=0,
    wheelbase_mm=10_000,
    empty_front_g=1_000_000,
    empty_rear_g=1_000_000,
    most_front_g=2_000_000,
    most_rear_g=2_000_000,
    most_total_g=4_000_000,
    least_front_ppm=200_000,
    evidence=Evidence.MODELLED,
    source="hand-made",
)


def with_body(
    *, body: TruckBody = BODY, pack_pieces: int = 1, base: Situation | None = None
) -> Situation:
    """Return a situation whose trucks have bodies."""
    base = base or two_depots_three_places()

    def packed(item: Item) -> Item:
        return replace(item, pack_pieces=pack_pieces)

    return replace(
        base,
        vehicle_classes=tuple(replace(kind, body=body) for kind in base.vehicle_classes),
        catalogue=replace(base.catalogue, items=tuple(map(packed, base.catalogue.items))),
    )


def one_stop() -> VehicleRoute:
    """Truck A1 as planned: 50 tents to P1."""
    return good_plan().vehicle_routes[0]


def two_stops() -> VehicleRoute:
    """Ten of the tents go on to P2."""
    route = one_stop()
    load, deliver = route.trips[0].stops
    here = replace(deliver, lines=(tents(deliver.lines[0].lot_code, 40),))
    there = Stop(
        kind=StopKind.DELIVER,
        location_code=P2,
        leg=replace(
            deliver.leg,
            from_code=deliver.location_code,
            to_code=P2,
            depart_at=here.end_at,
            arrive_at=at(3),
            drive=lasting(1, 15),
        ),
        begin_at=at(3),
        end_at=at(3, 15),
        lines=(tents(deliver.lines[0].lot_code, 10),),
    )
    return replace(route, trips=(Trip(number=route.trips[0].number, stops=(load, here, there)),))


def listed(situation: Situation, route: VehicleRoute) -> LoadingList:
    (found,) = loading_lists(situation, [route])
    return found


def places(each: LoadingList) -> list[tuple[int, int, int, int]]:
    return [(b.delivery_number, b.pieces, b.from_mm, b.to_mm) for b in each.blocks]


def test_the_last_stop_goes_in_first_and_goods_are_spread() -> None:
    # 2,500 of 10,000 dm3: a quarter of the height. Ten tents take a fifth of the floor, at 1,000 mm
    # in the middle, 40 the rest, at 6,000 mm: 100 kg x 0.9 + 400 kg x 0.4 = 250 kg in front. After
    # P1 only the ten are left.
    each = listed(with_body(), two_stops())
    assert places(each) == [(2, 10, 0, 2_000), (1, 40, 2_000, 10_000)]
    assert each.axle_loads == (
        AxleLoad(deliveries_done=0, front_kg=1_250, rear_kg=1_250),
        AxleLoad(deliveries_done=1, front_kg=1_090, rear_kg=1_010),
    )
    assert (each.over_kg, each.moved_aside) == (0, ())


def test_goods_move_forward_where_the_rear_axle_asks_for_it() -> None:
    # 500 kg rest on both alike; the rear may bear 200 of them. The first step up from a quarter of
    # the height is 7/16: 5,714 mm from the front wall on, 2,857 in the middle, 142.85 kg behind.
    each = listed(with_body(body=replace(BODY, most_rear_g=1_200_000)), one_stop())
    assert places(each) == [(1, 50, 0, 5_714)]
    assert each.axle_loads == (AxleLoad(deliveries_done=0, front_kg=1_357, rear_kg=1_143),)
    # In front may be 200 of them: the same against the doors.
    each = listed(with_body(body=replace(BODY, most_front_g=1_200_000)), one_stop())
    assert each.over_kg == 0
    assert each.axle_loads[0].front_kg <= 1_200


def test_what_no_arrangement_helps_is_named() -> None:
    # 2,500 kg in all, 2,400 allowed.
    each = listed(with_body(body=replace(BODY, most_total_g=2_400_000)), one_stop())
    assert each.over_kg == 100
    # Steered wheels are to bear three fifths of 2,500 kg. At best all is stacked to the roof at the
    # front wall: 1,250 mm in the middle, 437.5 + 1,000 kg in front, 62.5 too little.
    each = listed(with_body(body=replace(BODY, least_front_ppm=600_000)), one_stop())
    assert places(each) == [(1, 50, 0, 2_500)]
    assert each.over_kg == 63


def test_packs_stay_whole_and_walls_part_goods() -> None:
    situation = with_body(body=replace(BODY, num_compartments=2), pack_pieces=20)
    each = listed(situation, one_stop())
    # Of 50 tents half stand before the wall: one whole pack of 20; 30 behind it, ten of them loose.
    assert [
        (b.compartment, b.pieces, b.packs, b.loose_pieces, b.from_mm, b.to_mm) for b in each.blocks
    ] == [(1, 20, 1, 0, 0, 5_000), (2, 30, 1, 10, 5_000, 10_000)]


def test_goods_of_one_stop_are_stacked_the_heavy_ones_below() -> None:
    # Half of the tents are another item of the same size and a tenth of the mass: 25 x 10 kg and
    # 25 x 1 kg. One behind the other as listed, 250 x 0.75 + 25 x 0.25 = 193.75 kg rest in front;
    # on each other half of 275. Allowed are 150 on each.
    base = with_body(
        body=replace(BODY, most_front_g=1_150_000, most_rear_g=1_150_000),
    )
    tent = base.catalogue.items[0]
    mats = replace(tent, code="mat", mass_g=1_000)
    lot = base.lots[0]
    situation = replace(
        base,
        catalogue=replace(base.catalogue, items=(*base.catalogue.items, mats)),
        lots=(*base.lots, replace(lot, code="mats", item_code="mat")),
    )
    route = one_stop()
    load, deliver = route.trips[0].stops
    lines = (
        replace(deliver.lines[0], pieces=25),
        replace(deliver.lines[0], lot_code="mats", item_code="mat", pieces=25),
    )
    trip = replace(
        route.trips[0], stops=(replace(load, lines=lines), replace(deliver, lines=lines))
    )
    each = listed(situation, replace(route, trips=(trip,)))
    assert [(b.item_code, b.from_mm, b.to_mm) for b in each.blocks] == [
        ("tent", 0, 10_000),
        ("mat", 0, 10_000),
    ]
    assert each.axle_loads[0].front_kg == each.axle_loads[0].rear_kg == 1_138
    assert each.over_kg == 0


def test_a_truck_without_a_known_body_has_no_list() -> None:
    assert loading_lists(two_depots_three_places(), [one_stop()]) == ()


def damaged(route: VehicleRoute, change: Callable[[LoadingList], LoadingList]) -> list[str]:
    """Return what the verifier says of a route's list after damage is done to it."""
    situation = with_body()
    tally = Tally()
    each = change(listed(situation, route))
    plan = replace(good_plan(), vehicle_routes=(route,), loading_lists=(each,))
    check_loading(plan, Ground.of(situation), tally)
    assert {one.rule for one in tally.violations} <= {Rule.LOADING_LIST}
    return [str(one.sentence) for one in tally.violations]


def with_block(each: LoadingList, number: int, **fields: int | str) -> LoadingList:
    blocks = list(each.blocks)
    blocks[number] = replace(blocks[number], **fields)  # type: ignore[arg-type]
    return replace(each, blocks=tuple(blocks))


def swapped(each: LoadingList) -> LoadingList:
    """Put the goods of P1 in first."""
    first, second = each.blocks
    blocks: tuple[LoadingBlock, ...] = (
        replace(second, from_mm=0, to_mm=8_000),
        replace(first, from_mm=8_000, to_mm=10_000),
    )
    return replace(each, blocks=blocks)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda each: with_block(each, 0, pieces=9, packs=9), "the waybill 10"),
        (lambda each: with_block(each, 0, packs=9), "are not 9 packs"),
        (lambda each: with_block(each, 0, to_mm=498), "do not fit into 499 mm"),
        (lambda each: with_block(each, 1, from_mm=1_990), "stand among others"),
        (lambda each: with_block(each, 1, to_mm=10_002), "do not stand in compartment 1"),
        (lambda each: with_block(each, 0, compartment=2), "do not stand in compartment 2"),
        (lambda each: with_block(each, 0, load_number=2), "the waybill 0"),
        (swapped, "stand behind those for delivery 1"),
        (lambda each: replace(each, moved_aside=(1,)), "does not name rightly"),
        (lambda each: replace(each, over_kg=50), "the list says 50 kg"),
        (lambda each: replace(each, axle_loads=each.axle_loads[:1]), "each time the truck drives"),
        (
            lambda each: replace(
                each, axle_loads=(replace(each.axle_loads[0], front_kg=900), each.axle_loads[1])
            ),
            "is said to bear 900 kg, but bears 1250 kg",
        ),
    ],
)
def test_a_list_that_is_not_true_is_refused(
    change: Callable[[LoadingList], LoadingList], word: str
) -> None:
    assert damaged(two_stops(), lambda each: each) == []
    assert any(word in sentence for sentence in damaged(two_stops(), change))


def test_each_trip_has_one_list() -> None:
    situation = with_body()
    route = one_stop()
    each = listed(situation, route)
    other = replace(each, waybill=f"{A}-DB-9999")
    for lists, found in (((), [0]), ((each, each), [2]), ((each, other), [1])):
        tally = Tally()
        plan = replace(good_plan(), vehicle_routes=(route,), loading_lists=lists)
        check_loading(plan, Ground.of(situation), tally)
        assert [one.found for one in tally.violations] == found


@settings(derandomize=True, deadline=None, max_examples=20)
@given(
    st.integers(min_value=0, max_value=10**6),
    st.integers(min_value=1, max_value=3),
    st.sampled_from([1, 6, 20]),
    st.sampled_from([1_100_000, 1_600_000, 4_000_000]),
)
def test_lists_of_drawn_plans_are_true(
    seed: int, num_compartments: int, pack_pieces: int, most_g: int
) -> None:
    body = replace(
        BODY,
        num_compartments=num_compartments,
        most_front_g=most_g,
        most_rear_g=most_g,
        wheelbase_mm=7_000,
        box_begins_mm=-500,
    )
    situation = with_body(body=body, pack_pieces=pack_pieces, base=small_situation(seed))
    allocation = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    assert verify(plan, situation).violations == ()
    assert len(plan.loading_lists) == sum(len(route.trips) for route in plan.vehicle_routes)
