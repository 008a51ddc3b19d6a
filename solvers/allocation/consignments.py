"""From flows to consignments: whole pieces, whole packs where possible, first expired first out."""

from collections import defaultdict
from datetime import timedelta

import numpy as np

from relief.plan.allocation import Consignment
from solvers.allocation.case import AllocationCase, Floats, Ints
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
    for column in np.flatnonzero(flow_pieces > _DUST_PIECES).tolist():
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
    return hand.sendings


class _Hand:
    """Gives out stock and remembers what went where."""

    def __init__(self, case: AllocationCase) -> None:
        self._item = case.stock_item
        self._left = case.stock_pieces.copy()
        self.sendings: Sending = {}
        self.given: dict[tuple[int, int, int], int] = defaultdict(int)

    def take(self, stock: int, place: int, window: int, most: int) -> int:
        """Give up to so many pieces of a stock; return how many there were."""
        taken = min(most, int(self._left[stock]))
        if taken <= 0:
            return 0
        self._left[stock] -= taken
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
    left = case.stock_pieces.copy()
    sent = np.zeros((len(case.place_codes), len(case.item_codes)), dtype=np.int64)
    for (stock, place, _), pieces in sendings.items():
        left[stock] -= pieces
        sent[place, case.stock_item[stock]] += pieces
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
    for _, due, demand in urgency:
        place, item = int(case.demand_place[demand]), int(case.demand_item[demand])
        wanted = int(open_pieces[demand, due])
        if not wanted:
            continue
        for stock in _others(case, item, place, case.num_windows - 1, arrive_s):
            taken = min(wanted, int(left[stock]))
            if taken:
                first = np.searchsorted(case.window_end_s, arrive_s[case.stock_depot[stock], place])
                key = (stock, place, max(int(first), due))
                more[key] = more.get(key, 0) + taken
                left[stock] -= taken
                wanted -= taken
    return more


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
) -> list[int]:
    """Return the stocks of an item that can arrive within a window, nearest first."""
    stocks = case.stocks_of_item(item)
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
    left = {
        lot.code: lot.available_pieces
        for stock in {stock for stock, _, _ in sendings}
        for lot in case.stock_lots[stock]
    }
    consignments = []
    for stock, place, window in sorted(sendings, key=lambda key: (key[2], key[1], key[0])):
        pieces = sendings[stock, place, window]
        for lot in case.stock_lots[stock]:
            taken = min(pieces, left[lot.code])
            if taken > 0:
                left[lot.code] -= taken
                pieces -= taken
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
    return tuple(consignments)


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
