"""What may cure a shortage: looked for by the prices of the first stage, not yet proven."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np

from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import Mode, VehiclePool
from relief.supply.money import most_payable_fen
from relief.units import FEN_PER_YUAN
from scenarios.easing import (
    GRAMS_PER_TONNE,
    Easing,
    MoreLoading,
    MoreMoney,
    MoreRoom,
    OpenRoad,
    ReadySooner,
    SupplierSooner,
    WithoutOrder,
    WithoutReserve,
)
from scenarios.overlay import AddStock, AddTrucks, Change
from solvers.allocation.case import Floats
from solvers.allocation.columns import parcel_pieces
from solvers.allocation.first_stage import FirstStage
from solvers.allocation.margins import Margins

STOCK_PARCELS = 20
"""How much stock a cure brings at most: so many parcels of a tonne or 4.2 m3, two or three large
trucks full."""

NUM_TRUCKS = 6
"""How many trucks a cure brings."""

NUM_ROADS = 6
"""How many closures are tried at most, those first that keep most people waiting."""

NUM_LIMITS = 3
"""How many limits of a kind are tried at most, the dearest first."""

ADDED_ROOM_G_PER_DAY = STOCK_PARCELS * GRAMS_PER_TONNE
"""How much more a cure lets a place take in."""

ADDED_BAYS = 1
"""How many trucks more a cure lets a depot load at the same time."""

ADDED_MONEY_SHARE = 4
"""A cure adds one part in so many to the money there is."""

LEAST_MONEY_FEN = 100_000 * FEN_PER_YUAN
"""And so much at least."""

SOONER_SHARE = 2
"""A cure halves the time of a supplier."""


def candidates(
    situation: Situation, base: FirstStage, *, with_roads: bool
) -> Iterator[Change | Easing]:
    """Yield what may help, by the prices; nothing is proven yet.

    Parameters
    ----------
    situation, base
        The situation and its first stage.
    with_roads
        Whether the roads are at hand, to open one.
    """
    margins = Margins(base)
    yield from _stock(base, margins)
    yield from _trucks(situation, margins)
    yield from _limits(situation, margins)
    if situation.policy.reserve != ReserveRule():
        yield WithoutReserve()
    for number in range(1, len(situation.orders) + 1):
        yield WithoutOrder(number=number)
    if with_roads:
        yield from _roads(situation)


def _stock(base: FirstStage, margins: Margins) -> Iterator[AddStock]:
    case = base.case
    short = margins.short_pieces()
    parcels = dict(zip(case.item_codes, parcel_pieces(case).tolist(), strict=True))
    packs = dict(zip(case.item_codes, case.pack_pieces.tolist(), strict=True))
    for one in margins.stock_worths():
        most = min(short.get(one.item_code, 0), int(STOCK_PARCELS * parcels[one.item_code]))
        pack = packs[one.item_code]
        pieces = -(-most // pack) * pack
        if pieces:
            yield AddStock(depot_code=one.depot_code, item_code=one.item_code, pieces=pieces)


def _trucks(situation: Situation, margins: Margins) -> Iterator[Change | Easing]:
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    for worth in margins.truck_worths():
        on_road = [pool for pool in worth.pools if kinds[pool.class_code].mode is Mode.ROAD]
        if not on_road:
            continue
        yield _more_of(on_road, kinds={code: kind.payload_g for code, kind in kinds.items()})
        late = [pool for pool in on_road if pool.ready_after > timedelta(0)]
        if late:
            yield ReadySooner(
                depot_codes=tuple(sorted({pool.base_code for pool in late})), within=timedelta(0)
            )


def _more_of(pools: Sequence[VehiclePool], kinds: dict[str, int]) -> AddTrucks:
    """Return more of the largest trucks at the base with most of them."""
    largest = max(
        pools, key=lambda pool: (kinds[pool.class_code], pool.num_vehicles, pool.base_code)
    )
    return AddTrucks(
        depot_code=largest.base_code, class_code=largest.class_code, num_vehicles=NUM_TRUCKS
    )


def _limits(situation: Situation, margins: Margins) -> Iterator[Easing]:
    """Yield limits whose rows have a price, and suppliers that deliver only after a while."""
    rooms = situation.receiving_limits
    for number in _dearest(margins.row_prices("receiving"), len(rooms)):
        yield MoreRoom(place_code=rooms[number].place_code, added_g_per_day=ADDED_ROOM_G_PER_DAY)
    bays = situation.depot_limits
    for number in _dearest(margins.row_prices("loading"), len(bays)):
        yield MoreLoading(depot_code=bays[number].depot_code, added_trucks=ADDED_BAYS)
    payable_fen = most_payable_fen(situation.pots)
    if payable_fen is not None and margins.row_prices("money").sum() > 0:
        added_fen = max(LEAST_MONEY_FEN, payable_fen // ADDED_MONEY_SHARE)
        yield MoreMoney(added_fen=added_fen // LEAST_MONEY_FEN * LEAST_MONEY_FEN)
    short = margins.short_pieces()
    late = [one for one in situation.offers if one.lead > timedelta(0) and short.get(one.item_code)]
    late.sort(key=lambda one: (-min(one.reserved_pieces, short[one.item_code]), one.code))
    for offer in late[:NUM_LIMITS]:
        minutes = offer.lead // timedelta(minutes=1) // SOONER_SHARE
        yield SupplierSooner(offer_code=offer.code, within=timedelta(minutes=minutes))


def _dearest(of_rows: Floats, num_limits: int) -> list[int]:
    """Return the numbers of the limits whose rows have the highest prices in all.

    Parameters
    ----------
    of_rows
        Prices; the rows of a limit follow one another. Empty where nothing is limited.
    num_limits
        How many limits there are.
    """
    if not of_rows.size:
        return []
    of_limit = of_rows.reshape(num_limits, -1).sum(axis=1)
    order = np.argsort(-of_limit, kind="stable")[:NUM_LIMITS]
    return [int(number) for number in order if of_limit[number] > 0]


def _roads(situation: Situation) -> Iterator[OpenRoad]:
    """Yield closures, those first that may keep most people waiting."""
    waiting = {place.code: 0 for place in situation.places}
    for need in situation.needs:
        waiting[need.place_code] += need.pieces * need.milli_people_per_piece
    row = situation.travel.index()
    seconds = situation.travel.seconds().min(axis=0)
    depots = [row[depot.code] for depot in situation.depots]
    cut = [
        place
        for place in situation.places
        if depots and seconds[depots, row[place.code]].min() >= UNREACHABLE_S
    ]
    names = dict.fromkeys(closure.name for closure in situation.travel.closures)

    def people(name: str) -> int:
        return sum(waiting[place.code] for place in cut if place.name_zh in name)

    for name in sorted(names, key=lambda name: (-people(name), name))[:NUM_ROADS]:
        yield OpenRoad(name=name)
