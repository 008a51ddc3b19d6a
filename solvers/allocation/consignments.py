"""From flows to consignments: whole pieces, whole packs where possible, first expired first out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from relief.plan.allocation import Consignment
from relief.plan.orders import Forbid
from relief.supply.stock import Lot
from solvers.allocation.case import AllocationCase, Floats, Ints, use_first
from solvers.allocation.columns import Columns
from solvers.scaling import units_down, units_up

_DUST_PIECES = 1e-7
"""Flows below this are noise of the floating point."""

_NEARLY_PIECES = 0.25
"""What a flow may lack of a whole pack that it is given all the same: the slack of the stages."""

Sending = dict[tuple[int, int, int], int]
"""Pieces under stock, place and arrival window."""


def whole_sendings(
    case: AllocationCase,
    columns: Columns,
    flow_pieces: Floats,
    arrive_s: Floats,
) -> Sending:
    """Round flows to whole pieces.

    No stock gives more than it has and no place gets more of an item than it needs. What all
    places together are to have of an item is rounded down, and what is over after every place has
    been rounded down goes to those that would lose the largest part of their county's need. All
    sources give whole packs, and odd pieces come from those with most to spare.

    Parameters
    ----------
    case
        The case.
    columns, flow_pieces
        The flows.
    arrive_s
        Earliest arrival, to fill up from elsewhere what rounding took away; (depots, places).
    """
    places, items = case.demand_place[columns.demand], case.demand_item[columns.demand]
    flows: dict[tuple[int, int], dict[tuple[int, int], float]] = defaultdict(dict)
    own = case.stock_item[columns.stock] == items
    for column in np.flatnonzero((flow_pieces > _DUST_PIECES) & own).tolist():
        flow = flows[int(places[column]), int(items[column])]
        source = (int(columns.window[column]), int(columns.stock[column]))
        flow[source] = flow.get(source, 0.0) + float(flow_pieces[column])
    spare = case.stock_pieces - np.bincount(
        columns.stock, weights=flow_pieces, minlength=len(case.stock_pieces)
    )
    loss = _loss_share(case)
    totals = _whole_totals(case, flows, loss)
    hand = _Hand(case)
    # First the packs of all, so that nobody's odd pieces break into another's packs. Then the odd
    # pieces: who would suffer most from one less takes first, the last ones find some missing.
    for last in (False, True):
        for place, item in sorted(flows, key=lambda key: (-loss[key], key)):
            flow = flows[place, item]
            wanted = _whole_by_window(case, flow, totals[place, item])
            for window in range(case.num_windows):
                sources = sorted(
                    (stock for a, stock in flow if a == window),
                    key=lambda stock: (-spare[stock], stock),
                )
                open_pieces = int(wanted[window]) - hand.given[place, item, window]
                if open_pieces <= 0:
                    continue
                if last:
                    others = _others(case, item, place, window, arrive_s)
                    for stock in [*sources, *others]:
                        if open_pieces <= 0:
                            break
                        open_pieces -= hand.take(stock, place, window, open_pieces)
                    continue
                for stock in reversed(sources):
                    pack = int(case.pack_pieces[item])
                    packs = int((flow[window, stock] + _NEARLY_PIECES) // pack)
                    most = min(packs * pack, open_pieces)
                    open_pieces -= hand.take(stock, place, window, most)
    _send_stand_ins(case, columns, flow_pieces, hand)
    return hand.sendings


def _send_stand_ins(
    case: AllocationCase, columns: Columns, flow_pieces: Floats, hand: "_Hand"
) -> None:
    """Give out whole sets of substitutes as they flow, none beyond what is left of the need."""
    of_stock, of_demand = case.stock_item[columns.stock], case.demand_item[columns.demand]
    met_pieces = case.met_pieces(columns.stock, columns.demand)
    given: dict[tuple[int, int], int] = defaultdict(int)
    for (place, item, _), pieces in hand.given.items():
        given[place, item] += pieces
    flowing = np.flatnonzero((flow_pieces > _DUST_PIECES) & (of_stock != of_demand))
    for column in sorted(flowing.tolist(), key=lambda c: (-float(flow_pieces[c]), c)):
        place = int(case.demand_place[columns.demand[column]])
        item, met = int(of_demand[column]), round(float(met_pieces[column]))
        whole = int(units_down(flow_pieces[column : column + 1])[0])
        most = min(whole, (_needed(case, place, item) - given[place, item]) // met)
        stock, window = int(columns.stock[column]), int(columns.window[column])
        given[place, item] += met * hand.take(stock, place, window, most)


class Shelves:
    """What is left of each stock; what is made up empties the stocks of its parts."""

    def __init__(self, case: AllocationCase, sendings: Sending | None = None) -> None:
        self.pieces: list[int] = case.stock_pieces.tolist()
        self._parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for stock, part, pieces in zip(
            case.drawn_stock.tolist(),
            case.drawn_part.tolist(),
            case.drawn_pieces.tolist(),
            strict=True,
        ):
            self._parts[stock].append((part, pieces))
        for (stock, _, _), pieces in (sendings or {}).items():
            self.take(stock, pieces)

    def left(self, stock: int) -> int:
        """Return the pieces of a stock that can still be had."""
        left = self.pieces[stock]
        for part, each in self._parts.get(stock, ()):
            left = min(left, self.pieces[part] // each)
        return left

    def take(self, stock: int, pieces: int) -> None:
        """Take pieces of a stock."""
        self.pieces[stock] -= pieces
        for part, each in self._parts.get(stock, ()):
            self.pieces[part] -= pieces * each


class _Hand:
    """Gives out stock and remembers what went where."""

    def __init__(self, case: AllocationCase) -> None:
        self._item = case.stock_item
        self._shelves = Shelves(case)
        self.sendings: Sending = {}
        self.given: dict[tuple[int, int, int], int] = defaultdict(int)

    def take(self, stock: int, place: int, window: int, most: int) -> int:
        """Give up to so many pieces of a stock; return how many there were."""
        taken = min(most, self._shelves.left(stock))
        if taken <= 0:
            return 0
        self._shelves.take(stock, taken)
        key = (stock, place, window)
        self.sendings[key] = self.sendings.get(key, 0) + taken
        self.given[place, int(self._item[stock]), window] += taken
        return taken


def topped_up(case: AllocationCase, sendings: Sending, arrive_s: Floats) -> Sending:
    """Return the sendings and, besides, what is left of stock for what is left of need.

    The truck-hours of the model are an estimate on the cautious side: what they leave is offered
    to the routing all the same, the most urgent need first, from the nearest stock, to arrive when
    it is due or as soon after as a truck can.

    Parameters
    ----------
    case
        The case.
    sendings
        What is sent already; left as it is.
    arrive_s
        Earliest arrival of any truck; shape (depots, places).
    """
    more = dict(sendings)
    shelves = Shelves(case, sendings)
    met_by_item = {
        item: [(use.item, round(use.met_pieces)) for use in case.uses if use.wanted == item]
        for item in range(len(case.item_codes))
    }
    sent = np.zeros((len(case.place_codes), len(case.item_codes)), dtype=np.int64)
    for (stock, place, _), pieces in sendings.items():
        for use in case.uses:
            if use.item == case.stock_item[stock]:
                sent[place, use.wanted] += pieces * round(use.met_pieces)
    urgency = sorted(
        (-int(case.weight_milli[demand]), int(due), int(demand))
        for demand, due in zip(*np.nonzero(case.demand_pieces), strict=True)
    )
    # What is sent counts for what is due first, as it will on arrival.
    open_pieces = case.demand_pieces.copy()
    for _, due, demand in sorted(urgency, key=lambda key: key[1]):
        place, item = int(case.demand_place[demand]), int(case.demand_item[demand])
        covered = min(int(sent[place, item]), int(open_pieces[demand, due]))
        sent[place, item] -= covered
        open_pieces[demand, due] -= covered
    # Substitutes only once everybody has been offered what was asked for.
    for own in (True, False):
        for _, due, demand in urgency:
            place, item = int(case.demand_place[demand]), int(case.demand_item[demand])
            for sent_item, met in met_by_item[item]:
                if (sent_item == item) is own and open_pieces[demand, due] >= met:
                    met_pieces = met * _top_up(
                        case, shelves, more, arrive_s,
                        (place, sent_item, due, int(open_pieces[demand, due]) // met),
                    )  # fmt: skip
                    open_pieces[demand, due] -= met_pieces
    return more


def _top_up(
    case: AllocationCase,
    shelves: Shelves,
    sendings: Sending,
    arrive_s: Floats,
    wish: tuple[int, int, int, int],
) -> int:
    """Send more of an item to a place, by a window if that can be; return the pieces sent.

    Parameters
    ----------
    case, shelves
        The case and what is left of its stocks.
    sendings
        To which is added.
    arrive_s
        Earliest arrival of any truck; shape (depots, places).
    wish
        Place, item, due window and pieces.
    """
    place, item, due, wanted = wish
    sent = 0
    for stock in _others(case, item, place, case.num_windows - 1, arrive_s, keeps=False):
        if sent == wanted:
            break
        taken = min(wanted - sent, shelves.left(stock))
        if taken <= 0:
            continue
        first = int(np.searchsorted(case.window_end_s, arrive_s[case.stock_depot[stock], place]))
        good_s = case.stock_good_s[stock]
        window = next((w for w in (max(first, due), first) if case.window_end_s[w] < good_s), None)
        if window is not None:
            key = (stock, place, window)
            sendings[key] = sendings.get(key, 0) + taken
            shelves.take(stock, taken)
            sent += taken
    return sent


def _loss_share(case: AllocationCase) -> Floats:
    """Return the share of its county's weighted need that a piece is worth; (places, items)."""
    of_county = np.bincount(
        case.county_of_place[case.demand_place],
        weights=case.weight_milli * case.demand_pieces.sum(axis=1),
        minlength=len(case.county_codes),
    )
    heaviest = np.zeros((len(case.place_codes), len(case.item_codes)))
    np.maximum.at(heaviest, (case.demand_place, case.demand_item), case.weight_milli)
    share: Floats = heaviest / np.maximum(of_county, 1.0)[case.county_of_place][:, None]
    return share


def _whole_totals(
    case: AllocationCase,
    flows: dict[tuple[int, int], dict[tuple[int, int], float]],
    loss: Floats,
) -> dict[tuple[int, int], int]:
    """Return what each place is to have of each item, in whole pieces."""
    totals: dict[tuple[int, int], int] = {}
    for item in range(len(case.item_codes)):
        keys = sorted(key for key in flows if key[1] == item)
        exact = np.array([sum(flows[key].values()) for key in keys])
        whole = units_down(exact)
        # What a county would lose of all its need if its fraction were cut off.
        lost = (exact - whole) * np.array([loss[key] for key in keys])
        over = int(units_down(np.array([exact.sum()]))[0] - whole.sum())
        whole[np.argsort(-lost, kind="stable")[:over]] += 1
        for key, pieces in zip(keys, whole.tolist(), strict=True):
            totals[key] = min(pieces, _needed(case, *key))
    return totals


def _whole_by_window(
    case: AllocationCase,
    flow: dict[tuple[int, int], float],
    total: int,
) -> Ints:
    """Return what is to arrive in each window, in whole pieces, the windows' sum being given."""
    arriving = np.zeros(case.num_windows)
    for (window, _), pieces in flow.items():
        arriving[window] += pieces
    by_window = np.minimum(units_up(np.cumsum(arriving)), total)
    by_window[-1] = total
    return np.diff(by_window, prepend=0)


def _others(
    case: AllocationCase,
    item: int,
    place: int,
    window: int,
    arrive_s: Floats,
    *,
    keeps: bool = True,
) -> list[int]:
    """Return the stocks of an item that can arrive within a window, nearest first.

    With `keeps` only those that are still good at its end.
    """
    stocks = case.stocks_of_item(item)
    if keeps:
        stocks = stocks[case.keeps(stocks, np.full(len(stocks), window))]
    arrive = arrive_s[case.stock_depot[stocks], place]
    arrive = np.where(case.barred[stocks, place], np.inf, arrive)
    order = np.argsort(arrive, kind="stable")
    return [int(stocks[i]) for i in order if arrive[i] <= case.window_end_s[window]]


def _needed(case: AllocationCase, place: int, item: int) -> int:
    which = (case.demand_place == place) & (case.demand_item == item)
    return int(case.demand_pieces[which].sum())


def consigned(case: AllocationCase, sendings: Sending) -> tuple[Consignment, ...]:
    """Return the consignments, drawn on the lots of each stock in order of expiry.

    What must arrive first is given the lots that expire first. Where a place takes in only so
    much, nothing is loaded so early that it could arrive before its window.
    """
    begins_s = np.concatenate([[0.0], case.window_end_s[:-1]])
    limited = np.array(
        [
            any(limit.holds_at(code) for limit in case.situation.receiving_limits)
            for code in case.place_codes
        ]
    )
    lots_of = _first_out(case, sendings)
    consignments = []
    for stock, place, window in sorted(sendings, key=lambda key: (key[2], key[1], key[0])):
        for lot, taken in lots_of[stock, place, window]:
            consignments.append(
                Consignment(
                    lot_code=lot.code,
                    depot_code=lot.depot_code,
                    item_code=lot.item_code,
                    place_code=case.place_codes[place],
                    pieces=taken,
                    window=window,
                    ready_after=max(
                        lot.ready_after,
                        _no_sooner(case, stock, place, float(begins_s[window]))
                        if limited[place] and window
                        else lot.ready_after,
                    ),
                ),
            )
    return _joined(consignments)


def _first_out(
    case: AllocationCase, sendings: Sending
) -> dict[tuple[int, int, int], list[tuple[Lot, int]]]:
    """Return the lots of each sending: of the same goods in a depot the first to expire first.

    Stocks of the same goods that are told apart, because a lot is a part of what is made up or not
    good for the last window, are one heap here. Where some lots are not good for every window, what
    arrives last chooses first among those that are good for it; else what arrives first does.
    """
    shelves = Shelves(case, {k: n for k, n in sendings.items() if _is_made_up(case, k[0])})
    left = {lot.code: lot.available_pieces for lots in case.stock_lots for lot in lots}
    for stock, lots in enumerate(case.stock_lots):
        drawn = int(case.stock_pieces[stock] - shelves.pieces[stock])
        for lot in lots if not _is_made_up(case, stock) else ():
            taken = min(drawn, left[lot.code])
            left[lot.code] -= taken
            drawn -= taken
    heap_of = _heaps(case)
    good_s = {
        lot.code: case.stock_good_s[q] for q, lots in enumerate(case.stock_lots) for lot in lots
    }
    found: dict[tuple[int, int, int], list[tuple[Lot, int]]] = {}
    brief = {heap for q, heap in heap_of.items() if np.isfinite(case.stock_good_s[q])}
    lots_in: dict[tuple[object, ...], list[Lot]] = defaultdict(list)
    for stock, heap in heap_of.items():
        lots_in[heap] += case.stock_lots[stock]
    for heaped in lots_in.values():
        heaped.sort(key=use_first)

    def turn(key: tuple[int, int, int]) -> tuple[int, int, int]:
        stock, place, window = key
        return (-window if heap_of[stock] in brief else window, place, stock)

    for key in sorted(sendings, key=turn):
        stock, _, window = key
        pieces = sendings[key]
        found[key] = []
        for lot in lots_in[heap_of[stock]]:
            taken = min(pieces, left[lot.code])
            if taken > 0 and case.window_end_s[window] < good_s[lot.code]:
                left[lot.code] -= taken
                pieces -= taken
                found[key].append((lot, taken))
    return found


def _is_made_up(case: AllocationCase, stock: int) -> bool:
    return bool(case.stock_lots[stock][0].parts)


def _heaps(case: AllocationCase) -> dict[int, tuple[object, ...]]:
    """Return for each stock whose heap it is in; what orders or offers single out is alone."""
    singled = {one.source_code for one in case.situation.orders if isinstance(one, Forbid)}
    heaps: dict[int, tuple[object, ...]] = {}
    for stock, lots in enumerate(case.stock_lots):
        first = lots[0]
        alone = first.parts or first.offer_code or any(lot.code in singled for lot in lots)
        heaps[stock] = (
            (stock,)
            if alone
            else (first.depot_code, first.item_code, first.owner, first.ready_after)
        )
    return heaps


def _joined(consignments: Sequence[Consignment]) -> tuple[Consignment, ...]:
    """Return at most one consignment for each lot, place and window, in the order given."""
    joined: dict[tuple[str, str, int], Consignment] = {}
    for one in consignments:
        key = (one.lot_code, one.place_code, one.window)
        known = joined.get(key)
        joined[key] = (
            one
            if known is None
            else replace(
                known,
                pieces=known.pieces + one.pieces,
                ready_after=max(known.ready_after, one.ready_after),
            )
        )
    return tuple(joined.values())


def _no_sooner(case: AllocationCase, stock: int, place: int, begin_s: float) -> timedelta:
    """Return the earliest loading after which even the quickest truck arrives after an instant."""
    depot_row, place_row = case.depot_rows[case.stock_depot[stock]], case.place_rows[place]
    quickest_s = min(
        (
            kind.load_s
            + float(case.drive_s[case.speed_row[kind.speed_class], depot_row, place_row])
            + kind.unload_s
            for kind in case.situation.vehicle_classes
        ),
        default=0.0,
    )
    return timedelta(seconds=max(0, int(begin_s + 1 - min(quickest_s, begin_s + 1))))
