"""The simple allocation that always answers: each need from the nearest stock that is left."""

from time import monotonic

from relief.plan.allocation import Allocation
from relief.plan.outcome import Clock, SolveReport, Termination
from relief.plan.situation import Situation
from solvers.allocation.call_search import whole_calls
from solvers.allocation.case import case_of
from solvers.allocation.consignments import consigned
from solvers.allocation.shortfalls import Reasons, deprivation, served_by
from solvers.allocation.soonest import soonest_arrivals_s
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
        arrive_s = soonest_arrivals_s(case, relaxed_trucks(case))
        case, sendings = whole_calls(case, {}, arrive_s)
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
