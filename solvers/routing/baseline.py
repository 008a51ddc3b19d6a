"""The simple router that always answers."""

import time

from relief.plan.allocation import Allocation
from relief.plan.outcome import Clock, Termination
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from solvers.routing.answer import answer
from solvers.routing.construction import Thrift
from solvers.routing.demand import Demand
from solvers.routing.first_answer import first_answer
from solvers.routing.fleet import Fleet


class SavingsRouter:
    """Builds trips one by one and joins stops where that saves time.

    It needs no limits: it looks at every order a few times and stops. Stops are joined by the
    saving that Clarke and Wright (1964, doi:10.1287/opre.12.4.568) describe, taken as time and
    along one trip at a time.

    Parameters
    ----------
    clock
        Measures the time for the report.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return routes. What cannot be carried is part of the answer, never an error."""
        began_s = self._clock()
        demand = Demand(situation, allocation)
        fleet = Fleet(situation)
        timelines, _ = first_answer(demand, fleet, (Thrift.MONEY, Thrift.NEARNESS))
        return answer(
            situation,
            allocation,
            demand,
            fleet,
            timelines,
            solver="savings 1",
            termination=Termination.BASELINE,
            seconds=self._clock() - began_s,
            seed=0,
        )
