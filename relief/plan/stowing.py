"""Stowing: how the goods of each trip stand on the truck, and what its axles bear.

Goods stand one behind the other from the front wall, those of the last stop first, so that each
stop finds its own at the doors. They are spread over the floor evenly where the axles allow it; if
not, goods of one stop are stacked, the heavy ones below, or stand in another order, higher, and
moved to the back, until the axles bear no more than they may after loading and after every stop (a
truck that has unloaded its tail may be too heavy in front). Where no arrangement is found, the list
says by how much. Boxes are taken to stand on each other to any height of the box (modelled).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product
from math import ceil

from relief.items import Item
from relief.plan.loading import AxleLoad, LoadingBlock, LoadingList
from relief.plan.routes import StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.supply.fleet import TruckBody, VehicleClass
from relief.units import GRAMS_PER_KG

PPM = 1_000_000
STACKINGS = 4
"""Steps between goods spread over the whole floor and goods stacked to the roof."""
PLACINGS = 4
"""Steps between goods at the front wall and goods at the doors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goods:
    """Pieces of a lot for a delivery, before they have a place."""

    load_number: int
    delivery_number: int
    lot_code: str
    item: Item
    pieces: int

    @property
    def mass_g(self) -> int:
        return self.pieces * self.item.mass_g

    @property
    def volume_cm3(self) -> int:
        return self.pieces * self.item.volume_cm3

    @property
    def density(self) -> float:
        return self.item.mass_g / self.item.volume_cm3


def loading_lists(situation: Situation, routes: Iterable[VehicleRoute]) -> tuple[LoadingList, ...]:
    """Return the loading lists of all trips of trucks whose body is known, in their order.

    A trip that goes on with goods on board, or without loading anything, has none: what is on board
    stands as it was loaded.
    """
    classes = {kind.code: kind for kind in situation.vehicle_classes}
    items = situation.catalogue.by_code()
    aboard = {vehicle.vehicle_code: vehicle.pieces_by_lot for vehicle in situation.under_way}
    lists = []
    for route in routes:
        kind = classes.get(route.class_code)
        carried = Counter(aboard.get(route.vehicle_code, Counter()))
        for trip in route.trips:
            if kind is not None and kind.body is not None and not +carried:
                lists.append(_list(trip, kind, kind.body, items))
            for stop in trip.stops:
                sign = 1 if stop.kind is StopKind.LOAD else -1
                for line in stop.lines:
                    carried[line.lot_code] += sign * line.pieces
    return tuple(lists)


def _list(trip: Trip, kind: VehicleClass, body: TruckBody, items: dict[str, Item]) -> LoadingList:
    goods = _goods(trip, items)
    best: LoadingList | None = None
    for blocks in _arrangements(goods, kind, body):
        loads, over_kg = _axle_loads(blocks, body, items)
        if best is None or over_kg < best.over_kg:
            best = LoadingList(
                waybill=trip.number,
                blocks=blocks,
                axle_loads=loads,
                over_kg=over_kg,
                moved_aside=tuple(_moved_aside(blocks)),
            )
        if over_kg == 0:
            break
    if best is None:
        msg = f"Waybill {trip.number} carries nothing."
        raise ValueError(msg)
    return best


def _goods(trip: Trip, items: dict[str, Item]) -> list[_Goods]:
    """Return what is carried in the order of loading: first in what is unloaded last."""
    loads = [stop for stop in trip.stops if stop.kind is StopKind.LOAD]
    deliveries = [stop for stop in trip.stops if stop.kind is not StopKind.LOAD]
    load_of = {
        line.lot_code: number for number, stop in enumerate(loads, start=1) for line in stop.lines
    }
    goods = [
        _Goods(
            load_number=load_of.get(line.lot_code, 0),
            delivery_number=number,
            lot_code=line.lot_code,
            item=items[line.item_code],
            pieces=line.pieces,
        )
        for number, stop in enumerate(deliveries, start=1)
        for line in stop.lines
    ]
    goods.sort(key=lambda one: (one.load_number, -one.delivery_number))
    return goods


def _arrangements(
    goods: Sequence[_Goods], kind: VehicleClass, body: TruckBody
) -> Iterator[tuple[LoadingBlock, ...]]:
    """Yield ways to stand the goods: spread evenly first, each kind by itself first."""
    volume_cm3 = sum(one.volume_cm3 for one in goods)
    share = min(1.0, max(1, volume_cm3) / kind.volume_cm3)
    apart = [(one,) for one in goods]
    heavy_behind = [
        (one,)
        for group in _by_delivery(goods)
        for one in sorted(group, key=lambda one: one.density)
    ]
    heavy_in_front = [
        (one,)
        for group in _by_delivery(goods)
        for one in sorted(group, key=lambda one: -one.density)
    ]
    heavy_below = [
        tuple(sorted(group, key=lambda one: -one.density)) for group in _by_delivery(goods)
    ]
    for stacking, placing in product(range(STACKINGS + 1), range(PLACINGS + 1)):
        if stacking == 0 and placing:
            continue  # The whole floor is taken.
        fill = share + (1.0 - share) * stacking / STACKINGS
        begin_mm = (body.box_mm - body.box_mm * share / fill) * placing / PLACINGS
        for groups in (apart, heavy_below, heavy_in_front, heavy_behind):
            yield tuple(_blocks(groups, kind, body, fill, begin_mm))


def _by_delivery(goods: Sequence[_Goods]) -> Iterator[tuple[_Goods, ...]]:
    for _, group in groupby(goods, key=lambda one: (one.load_number, one.delivery_number)):
        yield tuple(group)


def _blocks(
    groups: Sequence[tuple[_Goods, ...]],
    kind: VehicleClass,
    body: TruckBody,
    fill: float,
    begin_mm: float,
) -> Iterator[LoadingBlock]:
    """Yield the blocks of groups that stand one behind the other; goods of one are layers."""
    mm_per_cm3 = body.box_mm / kind.volume_cm3 / fill
    walls_mm = [
        round(number * body.box_mm / body.num_compartments)
        for number in range(body.num_compartments + 1)
    ]
    for group in groups:
        end_mm = begin_mm + sum(one.volume_cm3 for one in group) * mm_per_cm3
        from_mm, to_mm = round(begin_mm), min(round(end_mm), body.box_mm)
        left = [one.pieces for one in group]
        for number, (wall, next_wall) in enumerate(pairwise(walls_mm), start=1):
            first, last = max(from_mm, wall), min(to_mm, next_wall)
            is_last = to_mm <= next_wall
            if first > last or (first == last and not is_last):
                continue
            for row, one in enumerate(group):
                pieces = left[row]
                if not is_last:
                    # Whole packs stand before the wall, the others behind it.
                    before = one.pieces * (last - from_mm) // (to_mm - from_mm)
                    before -= before % one.item.pack_pieces
                    pieces = max(0, before - (one.pieces - left[row]))
                left[row] -= pieces
                if pieces:
                    yield _block(one, pieces, number, (first, last))
        begin_mm = end_mm


def _block(goods: _Goods, pieces: int, compartment: int, range_mm: tuple[int, int]) -> LoadingBlock:
    packs, loose = divmod(pieces, goods.item.pack_pieces)
    return LoadingBlock(
        load_number=goods.load_number,
        delivery_number=goods.delivery_number,
        compartment=compartment,
        lot_code=goods.lot_code,
        item_code=goods.item.code,
        pieces=pieces,
        packs=packs,
        loose_pieces=loose,
        from_mm=range_mm[0],
        to_mm=range_mm[1],
    )


def _axle_loads(
    blocks: Sequence[LoadingBlock], body: TruckBody, items: dict[str, Item]
) -> tuple[tuple[AxleLoad, ...], int]:
    """Return what rests on the axles whenever the truck drives, and how much too much."""
    rows = [
        (
            block.delivery_number,
            block.pieces * items[block.item_code].mass_g,
            body.box_begins_mm + (block.from_mm + block.to_mm) / 2,
        )
        for block in blocks
    ]
    loads = []
    over_g = 0.0
    for done in range(max(number for number, _, _ in rows)):
        mass_g = sum(mass for number, mass, _ in rows if number > done)
        moment = sum(mass * at_mm for number, mass, at_mm in rows if number > done)
        rear_g = moment / body.wheelbase_mm
        front_g = body.empty_front_g + mass_g - rear_g
        rear_g += body.empty_rear_g
        total_g = front_g + rear_g
        over_g = max(
            over_g,
            front_g - body.most_front_g,
            rear_g - body.most_rear_g,
            total_g - body.most_total_g,
            total_g * body.least_front_ppm / PPM - front_g,
        )
        loads.append(
            AxleLoad(
                deliveries_done=done,
                front_kg=round(front_g / GRAMS_PER_KG),
                rear_kg=round(rear_g / GRAMS_PER_KG),
            )
        )
    return tuple(loads), ceil(over_g / GRAMS_PER_KG)


def _moved_aside(blocks: Sequence[LoadingBlock]) -> Iterator[int]:
    """Yield the deliveries whose goods stand before goods of later ones."""
    for number in sorted({block.delivery_number for block in blocks}):
        own = [place for place, block in enumerate(blocks) if block.delivery_number == number]
        if any(block.delivery_number > number for block in blocks[own[0] :]):
            yield number
