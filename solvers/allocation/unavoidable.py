"""Deprivation that nothing on wheels can help: stock that is not there, roads that are too long."""

import numpy as np

from solvers.allocation.case import AllocationCase, Floats


def unavoidable_deprivation(case: AllocationCase, arrive_s: Floats) -> int:
    """Return the deprivation that is left with as many trucks as anybody could wish.

    Each piece of need is helped by at most the earliest arrival of its item that its place can
    see at all, and an item helps at most as many pieces as are in stock anywhere, the ones that
    are helped most. What stands in for it counts as much as the item itself.

    Parameters
    ----------
    case
        The case.
    arrive_s
        Earliest arrival that any truck can reach; shape (depots, places).

    Returns
    -------
    int
        A lower bound on the deprivation of every plan, in weighted milli-person-hours; exact.
    """
    late_h = case.late_h()
    total = 0
    for item in range(len(case.item_codes)):
        uses = [use for use in case.uses if use.wanted == item]
        stocks = np.concatenate([case.stocks_of_item(use.item) for use in uses])
        demands = case.demands_of_item(item)
        pieces, weight = case.demand_pieces[demands], case.weight_milli[demands]
        never = weight[:, None] * late_h[None, :, -1]
        arrive = arrive_s[case.stock_depot[stocks]][:, case.demand_place[demands]]
        window = np.searchsorted(case.window_end_s, arrive.min(axis=0, initial=np.inf))
        # Past the last window stands never, so that what cannot come is not helped.
        helped = (never - weight[:, None] * late_h[:, window].T).ravel()
        total += int((pieces * never).sum())
        left = sum(
            round(use.met_pieces) * int(case.stock_pieces[case.stocks_of_item(use.item)].sum())
            for use in uses
        )
        for index in np.argsort(-helped, kind="stable").tolist():
            served = min(left, int(pieces.ravel()[index]))
            total -= served * int(helped[index])
            left -= served
            if left <= 0:
                break
    return total
