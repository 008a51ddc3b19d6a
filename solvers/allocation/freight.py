"""What moving consignments costs, by the account of trips that the allocation plans with."""

from collections.abc import Sequence

import numpy as np

from relief.plan.allocation import Consignment
from relief.plan.situation import Situation
from solvers.allocation.case import case_of
from solvers.allocation.pricing import truck_share
from solvers.allocation.trucks import planned_trucks


def freight_fen(situation: Situation, consignments: Sequence[Consignment]) -> int:
    """Return the freight of consignments in fen: each its share of the cheapest trip in time.

    Parameters
    ----------
    situation
        The situation.
    consignments
        What moves. Where no truck comes in time the cheapest trip at all is counted, and nothing
        where no truck can go.

    Notes
    -----
    A trip there and back costs `TruckTerms.trip_fen`; a piece pays for the share of the truck
    that it fills. Routed plans differ: they join places on one trip and drive part loads.
    """
    case = case_of(situation)
    terms = planned_trucks(case)
    if not terms.group_of.size:
        return 0
    stock_of = {lot.code: q for q, lots in enumerate(case.stock_lots) for lot in lots}
    place_of = {code: number for number, code in enumerate(case.place_codes)}
    offered = terms.group_of >= 0
    shares = [truck_share(case, terms, item) for item in range(len(case.item_codes))]
    total_fen = 0.0
    for each in consignments:
        stock = stock_of[each.lot_code]
        depot, place = int(case.stock_depot[stock]), place_of[each.place_code]
        arrive_s = terms.arrive_s[depot, :, place]
        runs = offered[depot] & np.isfinite(arrive_s)
        in_time = runs & (arrive_s <= case.window_end_s[each.window])
        fen = shares[int(case.stock_item[stock])][depot] * terms.trip_fen[depot, :, place]
        for which in (in_time, runs):
            if which.any():
                total_fen += each.pieces * float(fen[which].min())
                break
    return round(total_fen)
