"""The simple allocation that always answers: each need from the nearest stock that is left."""

from time import monotonic

import numpy as np

from relief.plan.allocation import Allocation
from relief.plan.outcome import Clock, SolveReport, Termination
from relief.plan.situation import Situation
from solvers.allocation.case import case_of
from solvers.allocation.consignments import Sending, consigned
from solvers.allocation.shortfalls import Reasons, deprivation, served_by
from solvers.allocation.trucks import relaxed_trucks


class NearestAllocator:
    """Serves the most urgent need first, from the stock that can be there soonest.

    Parameters
    ----------
    clock
        The watch for the report.

    Notes
    -----
    It knows stock, roads and the trucks' first arrival, but not how busy trucks are: what they
    cannot carry comes back from the routing. It proves nothing.
    """

    def __init__(self, clock: Clock = monotonic) -> None:
        self._clock = clock

    def allocate(self, situation: Situation) -> Allocation:
        """Return an allocation without a bound."""
        began_s = self._clock()
        case = case_of(situation)
        arrive_s = relaxed_trucks(case).earliest_s()
        left = case.stock_pieces.copy()
        sendings: Sending = {}
        urgency = sorted(
            (-int(case.weight_milli[demand]), due, demand)
            for demand, due in zip(*np.nonzero(case.demand_pieces), strict=True)
        )
        for _, due, demand in urgency:
            place = int(case.demand_place[demand])
            stocks = case.stocks_of_item(int(case.demand_item[demand]))
            arrive = arrive_s[case.stock_depot[stocks], place]
            wanted = int(case.demand_pieces[demand, due])
            for index in np.lexsort((stocks, arrive)).tolist():
                stock = int(stocks[index])
                window = int(np.searchsorted(case.window_end_s, arrive[index]))
                if not wanted or window == case.num_windows:
                    break
                taken = min(wanted, int(left[stock]))
                if taken:
                    # No hurry for what is due later: trucks are free for others until then.
                    key = (stock, place, max(window, int(due)))
                    sendings[key] = sendings.get(key, 0) + taken
                    left[stock] -= taken
                    wanted -= taken
        consignments = consigned(case, sendings)
        served = served_by(situation, consignments)
        return Allocation(
            consignments=consignments,
            shortfalls=Reasons(case, arrive_s, consignments).shortfalls(served),
            deprivation_bound_milli_person_h=None,
            report=SolveReport(
                solver="nearest stock first",
                termination=Termination.BASELINE,
                objective=deprivation(situation, consignments) / 1000,
                bound=None,
                seconds=self._clock() - began_s,
                seed=0,
                note=(
                    "Weighted person-hours of deprivation if every consignment arrives in its "
                    "window; nothing is proven."
                ),
            ),
        )
