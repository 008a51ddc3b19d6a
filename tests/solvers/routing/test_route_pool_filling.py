"""Pieces on trips: by hand, and against every way to put them there."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.items import Apart
from solvers.routing.demand import Demand
from solvers.routing.route_pool_filling import TripRoom, filled_trips
from tests.situations import depot, item, lot, need, place, pool, situation, truck
from tests.solvers.routing.cases import allocation, consignment

A, P = "420001-01", "420001"
SECONDS = 60.0


def demand_of(
    pieces_kg_pack: Sequence[tuple[int, int, int]], *, groups: Sequence[str] = ()
) -> Demand:
    """Return a demand of so many pieces of some weight, in packs of so many; a group for each."""
    items = [
        replace(
            item(f"item{row}", mass_kg=mass_kg, volume_dm3=1),
            pack_pieces=pack,
            cargo_groups=tuple(groups[row : row + 1]),
        )
        for row, (_, mass_kg, pack) in enumerate(pieces_kg_pack)
    ]
    codes = [one.code for one in items]
    counts = [pieces for pieces, _, _ in pieces_kg_pack]
    case = situation(
        items=items,
        places=[place(P)],
        needs=[need(P, code, count) for code, count in zip(codes, counts, strict=True)],
        depots=[depot(A)],
        lots=[lot(f"L-{code}", A, code, count) for code, count in zip(codes, counts, strict=True)],
        pools=[pool(A, 2)],
        hours_between={(A, P): 1, (P, A): 1},
    )
    if groups:
        apart = (Apart(group=groups[0], other_group=groups[1]),)
        case = replace(case, catalogue=replace(case.catalogue, apart=apart))
    return Demand(
        case,
        allocation(
            *(
                consignment(f"L-{code}", code, P, count)
                for code, count in zip(codes, counts, strict=True)
            )
        ),
    )


def brought_kg(demand: Demand, payloads_kg: Sequence[int]) -> list[int] | None:
    """Return the kilograms on trucks of these payloads, all going to one place."""
    lines = {0: {number: portion.pieces for number, portion in enumerate(demand.portions)}}
    rooms = [
        TripRoom(vehicle_class=truck(payload_kg=payload_kg), nodes=(0,))
        for payload_kg in payloads_kg
    ]
    filled = filled_trips(demand, lines, rooms, SECONDS)
    if filled is None:
        return None
    return [
        sum(pieces * demand.portions[number].piece_g for number, pieces in trip.get(0, ())) // 1000
        for trip in filled
    ]


def test_trucks_are_filled_to_the_brim() -> None:
    # 6 of 300 kg and 4 of 50 kg on trucks of 1 t: three large pieces and two small ones on each.
    # First come first served would put three large ones and two small ones as well; on trucks of
    # 950 and 1,050 kg only the right choice brings all: 3 x 300 + 50, and 3 x 300 + 3 x 50.
    assert brought_kg(demand_of([(6, 300, 1), (4, 50, 1)]), [1000, 1000]) == [1000, 1000]
    assert brought_kg(demand_of([(6, 300, 1), (4, 50, 1)]), [950, 1050]) == [950, 1050]


def test_packs_stay_whole() -> None:
    # 25 pieces of 10 kg in packs of ten: two packs and five pieces. A truck of 190 kg has room for
    # 19 pieces, but takes one pack and the five; one of 100 kg takes the other pack.
    kilograms = brought_kg(demand_of([(25, 10, 10)]), [190, 100])
    assert kilograms == [150, 100]


def test_what_must_be_apart_is_on_two_trucks() -> None:
    demand = demand_of([(5, 100, 1), (5, 100, 1)], groups=("fuel", "food"))
    assert brought_kg(demand, [1000]) == [500]
    assert sorted(brought_kg(demand, [500, 1000]) or []) == [500, 500]


def test_without_anything_to_bring_there_is_no_filling() -> None:
    demand = demand_of([(5, 100, 1)])
    rooms = [TripRoom(vehicle_class=truck(), nodes=(0,))]
    assert filled_trips(demand, {0: {}}, rooms, SECONDS) is None


@settings(max_examples=30, deadline=None)
@given(
    goods=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 9), st.just(1)), min_size=1, max_size=3
    ),
    payloads_kg=st.lists(st.integers(1, 20), min_size=1, max_size=2),
)
def test_no_other_way_brings_more(
    goods: list[tuple[int, int, int]], payloads_kg: list[int]
) -> None:
    demand = demand_of(goods)
    kilograms = brought_kg(demand, payloads_kg)
    assert kilograms is not None
    assert all(kg <= payload for kg, payload in zip(kilograms, payloads_kg, strict=True))
    # Every piece on any truck or on none.
    pieces = [mass_kg for count, mass_kg, _ in goods for _ in range(count)]
    best = 0
    for where in product(range(len(payloads_kg) + 1), repeat=len(pieces)):
        loads = [0] * (len(payloads_kg) + 1)
        for mass_kg, on in zip(pieces, where, strict=True):
            loads[on] += mass_kg
        if all(load <= payload for load, payload in zip(loads[:-1], payloads_kg, strict=True)):
            best = max(best, sum(loads[:-1]))
    assert sum(kilograms) == pytest.approx(best)
