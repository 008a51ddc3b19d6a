"""The router that both search engines share: first answer, search, gaps filled."""

import logging
import time
from collections.abc import Iterator

from relief.plan.allocation import Allocation
from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits, Termination, silent
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from solvers.routing.answer import answer
from solvers.routing.construction import Thrift
from solvers.routing.demand import Demand
from solvers.routing.first_answer import first_answer
from solvers.routing.fleet import Fleet
from solvers.routing.improvement import Improvement

logger = logging.getLogger(__name__)

FIRST_SHARE = 0.2
"""Share of the seconds after which no other first answer is begun."""
FINISHING_SHARE = 0.1
"""Share of the seconds that is kept for filling gaps and writing the routes."""


class EngineRouter:
    """Puts an allocation on trucks: a first answer, bettered depot by depot.

    Parameters
    ----------
    limits
        Seconds, seed and iterations.
    progress
        Hears of the progress; may raise `relief.errors.Stopped`.
    clock
        Measures the time.
    """

    engine = "pyvrp"
    solver = ""

    def __init__(
        self,
        limits: SolveLimits,
        progress: Progress = silent,
        clock: Clock = time.monotonic,
    ) -> None:
        self._limits = limits
        self._progress = progress
        self._clock = clock

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return routes. What cannot be carried is part of the answer, never an error."""
        began_s = self._clock()
        demand = Demand(situation, allocation)
        fleet = Fleet(situation)

        def pause() -> None:
            self._progress(ProgressStep(stage="routing", done_share=0.0, detail="first trips"))

        timelines, backlog = first_answer(demand, fleet, self._thrifts(began_s), pause)
        self._progress(ProgressStep(stage="routing", done_share=0.1, detail="part loads"))
        improvement = Improvement(
            demand,
            fleet,
            engine=self.engine,
            limits=self._limits,
            clock=self._clock,
            progress=self._progress,
        )
        improvement.run(
            timelines,
            backlog,
            began_s + self._limits.seconds * (1 - FINISHING_SHARE),
        )
        seconds = self._clock() - began_s
        if improvement.num_failed:
            logger.warning(
                "%d of %d depot searches died or were killed; their first trips stand.",
                improvement.num_failed,
                improvement.num_searched,
            )
        all_failed = improvement.num_searched > 0 and (
            improvement.num_failed == improvement.num_searched
        )
        self._progress(ProgressStep(stage="routing", done_share=1.0))
        return answer(
            situation,
            allocation,
            demand,
            fleet,
            timelines,
            solver=self.solver,
            termination=Termination.BASELINE if all_failed else Termination.FEASIBLE,
            seconds=seconds,
            seed=self._limits.seed,
        )

    def _thrifts(self, began_s: float) -> Iterator[Thrift]:
        """Yield the ways to build first trips, as long as there is time for another."""
        for number, thrift in enumerate(Thrift):
            spent_s = self._clock() - began_s
            is_late = spent_s > FIRST_SHARE * self._limits.seconds
            if number > 0 and is_late and self._limits.max_iterations is None:
                return
            yield thrift
