"""From flows to consignments: whole pieces, whole packs where possible, first expired first out."""

from collections import defaultdict

import numpy as np

from relief.plan.allocation import Consignment
from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns
from solvers.scaling import units_up

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

    No stock gives more than it has and no place gets more of an item than it needs. What a place
    is to have by the end of each window is rounded up to whole pieces; all sources of a delivery
    but the one with most to spare give whole packs.

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
    drawn = np.bincount(columns.stock, weights=flow_pieces, minlength=len(case.stock_pieces))
    spare = case.stock_pieces - drawn
    left = case.stock_pieces.copy()
    sendings: Sending = {}
    for place, item in sorted(flows, key=lambda key: -_weight(case, *key)):
        flow = flows[place, item]
        wanted = _whole_by_window(case, flow, _needed(case, place, item))
        for window in range(case.num_windows):
            sources = sorted(
                (stock for a, stock in flow if a == window),
                key=lambda stock: (spare[stock], stock),
            )
            _send(
                case,
                sendings,
                left,
                place=place,
                window=window,
                pieces=int(wanted[window]),
                sources={stock: flow[window, stock] for stock in sources},
                others=_others(case, item, place, window, arrive_s),
            )
    return sendings


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


def _send(
    case: AllocationCase,
    sendings: Sending,
    left: Ints,
    *,
    place: int,
    window: int,
    pieces: int,
    sources: dict[int, float],
    others: list[int],
) -> None:
    """Take pieces from sources, whole packs from all but the last, and the rest from others."""

    def take(stock: int, most: int) -> int:
        taken = min(most, int(left[stock]))
        if taken > 0:
            left[stock] -= taken
            key = (stock, place, window)
            sendings[key] = sendings.get(key, 0) + taken
        return max(taken, 0)

    ordered = list(sources)
    for stock in ordered[:-1]:
        pack = int(case.pack_pieces[case.stock_item[stock]])
        packs = int((sources[stock] + _NEARLY_PIECES) // pack)
        pieces -= take(stock, min(pieces, packs * pack))
    for stock in [*reversed(ordered), *others]:
        if pieces <= 0:
            break
        pieces -= take(stock, pieces)


def _whole_by_window(
    case: AllocationCase,
    flow: dict[tuple[int, int], float],
    needed: int,
) -> Ints:
    """Return what is to arrive in each window, in whole pieces."""
    arriving = np.zeros(case.num_windows)
    for (window, _), pieces in flow.items():
        arriving[window] += pieces
    by_window = np.minimum(units_up(np.cumsum(arriving)), needed)
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
    order = np.argsort(arrive, kind="stable")
    return [int(stocks[i]) for i in order if arrive[i] <= case.window_end_s[window]]


def _needed(case: AllocationCase, place: int, item: int) -> int:
    which = (case.demand_place == place) & (case.demand_item == item)
    return int(case.demand_pieces[which].sum())


def _weight(case: AllocationCase, place: int, item: int) -> int:
    which = (case.demand_place == place) & (case.demand_item == item)
    return int(case.weight_milli[which].max())


def consigned(case: AllocationCase, sendings: Sending) -> tuple[Consignment, ...]:
    """Return the consignments, drawn on the lots of each stock in order of expiry.

    What must arrive first is given the lots that expire first.
    """
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
                    ),
                )
    return tuple(consignments)
