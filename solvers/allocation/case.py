"""The situation as arrays: what the models of the allocation are written in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.items import Priority
from relief.places import PlaceKind
from relief.plan.orders import Forbid, forbids
from relief.plan.situation import Situation
from relief.supply.stock import Lot
from relief.units import hours
from solvers.allocation.least_ways import least_ways

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Use:
    """Goods of one item for needs of one item, of the same as a rule.

    Parameters
    ----------
    item, wanted
        Item of the goods and of the need.
    met_pieces
        Pieces of the need that a piece of the goods meets; > 0.
    waived_h
        Hours that somebody who gets these goods in a window goes on being charged, because they
        are worth less than what was asked for; times the weight of the demand; shape (windows,).
    """

    item: int
    wanted: int
    met_pieces: float
    waived_h: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllocationCase:
    """A situation as arrays, with the indices used by every model of the allocation.

    Letters: places *p*, items *k*, needs *j*, demands *i*, depots *s*, stocks *q*, windows *a*.
    Only what can matter is in: items and places with a need, items that can stand in for those or
    are parts of what can be made up, depots with usable stock of such an item. A demand is all
    needs of one item at one place of the same weight and priority: there, first come first served
    is the best order, so deliveries need no need's name on them. Needs of different weight at one
    place and of one item (rare) are told apart, which can only lower a bound.

    Goods that lie ready only some time after the start are as in a depot of their own at the same
    spot, in which no truck can load before then: codes of depots may stand several times. So are
    goods that need cooling: there only vehicles with a cooled body load.

    Parameters
    ----------
    situation
        Where it all comes from.
    item_codes, place_codes, depot_codes, county_codes
        Names of the indices, each in order of code.
    mass_g, volume_cm3, pack_pieces
        Of a piece of each item; shape (items,).
    county_of_place
        Index of the county of each place; shape (places,).
    need_place, need_item, need_due
        Place, item and due window of each need, in that order; shape (needs,).
    need_pieces
        What is needed; shape (needs,).
    demand_place, demand_item
        Place and item of each demand; shape (demands,).
    demand_pieces
        Pieces due at the end of each window; shape (demands, windows).
    demand_priority
        Priority of each demand; shape (demands,).
    weight_milli
        Thousandths of people waiting for a piece, times the weight of the priority; (demands,).
    wait_h
        Hours that a piece missing at the end of a window waits until the next window's end, or,
        after the last one, counts as waiting; shape (windows,).
    depot_ready_s
        Earliest loading at each depot after the start; shape (depots,).
    depot_is_cooled
        In which depots goods lie that need cooling; shape (depots,).
    stock_depot, stock_item, stock_tier
        Stocks are what lies of one item of one owner in one depot, and of one offer; shape
        (stocks,).
    stock_offer
        Index in `Situation.offers` of the offer to which each stock belongs, -1 where to none;
        shape (stocks,).
    stock_pieces
        Usable pieces; shape (stocks,).
    stock_lots
        The lots of each stock, the first to expire first.
    stock_good_s
        How long after the start pieces of each stock may still arrive, what arrives at that second
        not any more; ``inf`` for what is good beyond the last window; shape (stocks,).
    drawn_stock, drawn_part, drawn_pieces
        What is made up draws on other stocks: the stock of what is made up, the stock of a part,
        and the pieces of it in each; shape (parts,).
    window_end_s
        Ends of the windows after the start; shape (windows,).
    speed_row
        Row of each speed class in `drive_s`.
    drive_s
        Least driving time from and to all depots of the situation, detours over third locations
        allowed; ``inf`` where there is no road; between other locations the straight way; shape
        (speed classes, locations, locations).
    distance_km
        Length of the fastest way, of a detour where there is no other; in the same shape.
    location_row
        Row of each location's code in `drive_s`.
    depot_rows, place_rows
        Rows of the depots and places above.
    uses
        What may serve what, each pair of items once.
    barred
        From which stocks orders, and givers, let nothing go to which places; shape (stocks,
        places).
    open_calls
        Indices of offers under which at least the least call must be called.
    """

    situation: Situation
    item_codes: tuple[str, ...]
    place_codes: tuple[str, ...]
    depot_codes: tuple[str, ...]
    county_codes: tuple[str, ...]
    mass_g: Floats
    volume_cm3: Floats
    pack_pieces: Ints
    county_of_place: Ints
    need_place: Ints
    need_item: Ints
    need_due: Ints
    need_pieces: Ints
    demand_place: Ints
    demand_item: Ints
    demand_pieces: Ints
    demand_priority: Ints
    weight_milli: Ints
    wait_h: Ints
    depot_ready_s: Floats
    depot_is_cooled: NDArray[np.bool_]
    stock_depot: Ints
    stock_item: Ints
    stock_tier: Ints
    stock_offer: Ints
    stock_pieces: Ints
    stock_lots: tuple[tuple[Lot, ...], ...]
    stock_good_s: Floats
    drawn_stock: Ints
    drawn_part: Ints
    drawn_pieces: Ints
    window_end_s: Floats
    speed_row: dict[str, int]
    drive_s: Floats
    distance_km: Floats
    location_row: dict[str, int]
    depot_rows: Ints
    place_rows: Ints
    uses: tuple[Use, ...]
    barred: NDArray[np.bool_]
    open_calls: tuple[int, ...] = ()

    @property
    def num_demands(self) -> int:
        """Number of demands."""
        return len(self.demand_place)

    @property
    def life_saving(self) -> NDArray[np.bool_]:
        """Which demands are life-saving; shape (demands,)."""
        saving: NDArray[np.bool_] = self.demand_priority == int(Priority.LIFE_SAVING)
        return saving

    @property
    def num_windows(self) -> int:
        """Number of arrival windows."""
        return len(self.window_end_s)

    def demands_of_item(self, item: int) -> Ints:
        """Return the indices of the demands of an item."""
        return np.flatnonzero(self.demand_item == item)

    def late_h(self) -> Ints:
        """Return the hours waited by what is due at one window's end and comes by another.

        Returns
        -------
        Ints
            Shape (windows, windows + 1): due window, arrival window; the last column is never.
        """
        ends = np.concatenate([[0], np.cumsum(self.wait_h)])
        late: Ints = np.maximum(ends[None, :] - ends[:-1, None], 0)
        return late

    def keeps(self, stock: Ints, window: Ints) -> NDArray[np.bool_]:
        """Return whether pieces of stocks are still good at the end of windows."""
        keeps: NDArray[np.bool_] = self.window_end_s[window] < self.stock_good_s[stock]
        return keeps

    def stocks_of_item(self, item: int) -> Ints:
        """Return the indices of the stocks of an item."""
        return np.flatnonzero(self.stock_item == item)

    def met_pieces(self, stock: Ints, demand: Ints) -> Floats:
        """Return the pieces of demands that a piece of each stock meets."""
        table = np.zeros((len(self.item_codes), len(self.item_codes)))
        for use in self.uses:
            table[use.item, use.wanted] = use.met_pieces
        met: Floats = table[self.stock_item[stock], self.demand_item[demand]]
        return met

    def waived_milli_h(self, stock: Ints, demand: Ints, window: Ints) -> Floats:
        """Return what a piece of each stock leaves to be charged in spite of its coming.

        Returns
        -------
        Floats
            Weighted milli-person-hours of a piece of goods.
        """
        table = np.zeros((len(self.item_codes), len(self.item_codes), self.num_windows))
        for use in self.uses:
            table[use.item, use.wanted] = use.met_pieces * use.waived_h
        waived_h = table[self.stock_item[stock], self.demand_item[demand], window]
        waived: Floats = waived_h * self.weight_milli[demand]
        return waived


def case_of(situation: Situation) -> AllocationCase:
    """Return the arrays of a situation."""
    needs = sorted(situation.needs, key=lambda n: (n.place_code, n.item_code, n.due_at))
    catalogue = situation.catalogue.by_code()
    usable = situation.usable_lots()
    wanted, parts = _wanted_and_parts(situation, usable)
    item_codes = tuple(sorted(wanted | {lot.item_code for lot in usable if lot.code in parts}))
    place_codes = tuple(sorted({need.place_code for need in needs}))
    item_index = {code: i for i, code in enumerate(item_codes)}
    place_index = {code: i for i, code in enumerate(place_codes)}

    # What an order forbids of one lot alone must not be said of others.
    forbidden = {order.source_code for order in situation.orders if isinstance(order, Forbid)}
    # Nor what is drawn on one, or how long one is good.
    brief = situation.brief_lots()
    lots: dict[tuple[str, float, bool, str, int, str, str], list[Lot]] = {}
    for lot in usable:
        if lot.item_code in wanted or lot.code in parts:
            ready_s = lot.ready_after.total_seconds()
            alone = lot.code in forbidden or lot.code in brief or lot.code in parts or lot.parts
            apart = lot.code if alone else ""
            spot = (lot.depot_code, ready_s, catalogue[lot.item_code].needs_cooling)
            key = (*spot, lot.item_code, int(lot.owner), lot.offer_code, apart)
            lots.setdefault(key, []).append(lot)
    stocks = sorted(lots)
    # A depot, and the same depot again for each later instant at which something lies ready, and
    # for what needs cooling.
    depots = sorted({key[:3] for key in stocks})
    depot_codes = tuple(depot for depot, _, _ in depots)
    depot_index = {depot: i for i, depot in enumerate(depots)}
    offer_index = {offer.code: i for i, offer in enumerate(situation.offers)}

    places = {place.code: place for place in situation.places}
    county_of = {
        code: places[code].parent_code
        if places[code].kind is PlaceKind.TOWNSHIP
        else places[code].code
        for code in place_codes
    }
    county_codes = tuple(sorted(set(county_of.values())))
    county_index = {code: i for i, code in enumerate(county_codes)}

    stock_lots = tuple(tuple(sorted(lots[key], key=use_first)) for key in stocks)
    stock_of = {lot.code: q for q, of_stock in enumerate(stock_lots) for lot in of_stock}
    drawn = [
        (q, stock_of[part.lot_code], part.pieces)
        for q, of_stock in enumerate(stock_lots)
        for lot in of_stock
        for part in lot.parts
    ]

    ends_h = [int(hours(end)) for end in situation.policy.window_ends]
    never_at_h = ends_h[-1] + int(hours(situation.policy.never_extra))
    window_of = {situation.window_end_at(a): a for a in range(len(ends_h))}
    weight_of = dict(situation.policy.priority_weights)
    need_due = _ints([window_of[need.due_at] for need in needs])
    keys = [
        (
            place_index[need.place_code],
            item_index[need.item_code],
            weight_of[need.priority] * need.milli_people_per_piece,
            int(need.priority),
        )
        for need in needs
    ]
    demands = sorted(set(keys))
    demand_index = {key: i for i, key in enumerate(demands)}
    demand_pieces = np.zeros((len(demands), len(ends_h)), dtype=np.int64)
    need_demand = _ints([demand_index[key] for key in keys])
    np.add.at(demand_pieces, (need_demand, need_due), _ints([need.pieces for need in needs]))

    rows = situation.travel.index()
    drive_s, distance_km = least_ways(
        situation.travel, tuple(depot.code for depot in situation.depots)
    )
    return AllocationCase(
        situation=situation,
        item_codes=item_codes,
        place_codes=place_codes,
        depot_codes=depot_codes,
        county_codes=county_codes,
        mass_g=np.array([catalogue[code].mass_g for code in item_codes], dtype=np.float64),
        volume_cm3=np.array([catalogue[code].volume_cm3 for code in item_codes], dtype=np.float64),
        pack_pieces=_ints([max(1, catalogue[code].pack_pieces) for code in item_codes]),
        county_of_place=_ints([county_index[county_of[code]] for code in place_codes]),
        need_place=_ints([place_index[need.place_code] for need in needs]),
        need_item=_ints([item_index[need.item_code] for need in needs]),
        need_due=need_due,
        need_pieces=_ints([need.pieces for need in needs]),
        demand_place=_ints([place for place, _, _, _ in demands]),
        demand_item=_ints([item for _, item, _, _ in demands]),
        demand_pieces=demand_pieces,
        demand_priority=_ints([priority for _, _, _, priority in demands]),
        weight_milli=_ints([weight for _, _, weight, _ in demands]),
        wait_h=np.diff(_ints([*ends_h, never_at_h])),
        depot_ready_s=np.array([ready_s for _, ready_s, _ in depots], dtype=np.float64),
        depot_is_cooled=np.array([is_cooled for _, _, is_cooled in depots], dtype=np.bool_),
        stock_depot=_ints([depot_index[key[:3]] for key in stocks]),
        stock_item=_ints([item_index[item] for _, _, _, item, *_ in stocks]),
        stock_tier=_ints([tier for _, _, _, _, tier, *_ in stocks]),
        stock_offer=_ints([offer_index.get(code, -1) for *_, code, _ in stocks]),
        stock_pieces=_ints([sum(lot.available_pieces for lot in lots[key]) for key in stocks]),
        stock_lots=stock_lots,
        stock_good_s=np.array(
            [_good_s(situation, of_stock, brief) for of_stock in stock_lots], dtype=np.float64
        ),
        drawn_stock=_ints([stock for stock, _, _ in drawn]),
        drawn_part=_ints([part for _, part, _ in drawn]),
        drawn_pieces=_ints([pieces for _, _, pieces in drawn]),
        window_end_s=np.array(ends_h, dtype=np.float64) * 3600,
        speed_row={name: row for row, name in enumerate(situation.travel.speed_classes)},
        drive_s=drive_s,
        distance_km=distance_km,
        location_row=rows,
        depot_rows=_ints([rows[code] for code in depot_codes]),
        place_rows=_ints([rows[code] for code in place_codes]),
        uses=_uses(situation, item_index),
        barred=_barred(situation, stock_lots, place_codes),
    )


def _wanted_and_parts(situation: Situation, usable: Sequence[Lot]) -> tuple[set[str], set[str]]:
    """Return the items that meet needs, and the lots on which what is made up for them draws."""
    needed = {need.item_code for need in situation.needs}
    wanted = needed | {
        one.item_code for one in situation.catalogue.stand_ins if one.stands_for_code in needed
    }
    parts = {part.lot_code for lot in usable if lot.item_code in wanted for part in lot.parts}
    return wanted, parts


def _uses(situation: Situation, item_index: dict[str, int]) -> tuple[Use, ...]:
    """Return that each item serves its own needs, and what may stand in for it."""
    num_windows = len(situation.policy.window_ends)
    own = tuple(
        Use(item=item, wanted=item, met_pieces=1.0, waived_h=np.zeros(num_windows))
        for item in item_index.values()
    )
    never_extra_h = hours(situation.policy.never_extra)
    return own + tuple(
        Use(
            item=item_index[one.item_code],
            wanted=item_index[one.stands_for_code],
            met_pieces=float(one.met_pieces),
            waived_h=np.full(num_windows, never_extra_h * (MILLI - one.worth_milli) / MILLI),
        )
        for one in situation.catalogue.stand_ins
        if one.item_code in item_index and one.stands_for_code in item_index
    )


def _good_s(situation: Situation, lots: tuple[Lot, ...], brief: frozenset[str]) -> float:
    """Return how long after the start lots of a stock may arrive; only a single lot is brief."""
    until = situation.good_until(lots[0]) if lots[0].code in brief else None
    return np.inf if until is None else (until - situation.start_at).total_seconds()


def _barred(
    situation: Situation, stock_lots: tuple[tuple[Lot, ...], ...], place_codes: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Return from which stocks nothing may go to which places; lots of a stock are alike."""
    barred = np.zeros((len(stock_lots), len(place_codes)), dtype=bool)
    for order in situation.orders:
        if isinstance(order, Forbid):
            for stock, lots in enumerate(stock_lots):
                barred[stock] |= [forbids(order, lots[0], code) for code in place_codes]
    given = {donation.code: donation for donation in situation.donations}
    for stock, lots in enumerate(stock_lots):
        donation = given.get(lots[0].offer_code)
        if donation is not None:
            barred[stock] |= [not donation.is_for(code) for code in place_codes]
    return barred


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def use_first(lot: Lot) -> tuple[bool, str, str]:
    """Order lots by expiry, those that never expire last, then by code."""
    return (lot.expires_on is None, str(lot.expires_on or ""), lot.code)
