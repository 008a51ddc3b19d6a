"""The router that both search engines share: first answer, search, gaps filled."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from relief.plan.allocation import Allocation
from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits, Termination, silent
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from solvers.routing.answer import answer
from solvers.routing.backlog import Backlog
from solvers.routing.best_so_far import BestSoFar
from solvers.routing.construction import Thrift
from solvers.routing.demand import Demand
from solvers.routing.depot_bound_pricing import is_compiled
from solvers.routing.first_answer import first_answer
from solvers.routing.fleet import Fleet
from solvers.routing.improvement import Improvement
from solvers.routing.route_pool import RoutePool
from solvers.routing.timeline import Timeline

logger = logging.getLogger(__name__)

FIRST_SHARE = 0.2
"""Share of the seconds after which no other first answer is begun."""
FINISHING_SHARE = 0.1
"""Share of the seconds that is kept for filling gaps and writing the routes."""
POOL_SHARE = 0.7
"""Share of the search that goes to the best whole stints of each depot; what they leave of it goes
to searching on."""
LEAST_COMPILING_S = 8.0
"""With fewer seconds for it the pool waits until its code is compiled, once and for all."""
POOL_ROUNDS = 30
"""Rounds of pricing for each depot where iterations are limited instead of seconds."""


LARGE_PORTIONS = 6_000
LARGE_THRIFTS = (Thrift.NEARNESS, Thrift.HOURS, Thrift.MONEY)
"""Which ways come first where there are so many portions that there is hardly time for two."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searched:
    """What trucks do, and what they leave.

    Parameters
    ----------
    situation, demand, fleet
        What was to be carried, by which trucks.
    timelines, backlog
        What the trucks do, and what is left.
    told
        Who hears of the progress, with what the answer comes to.
    seconds
        Spent so far.
    all_failed
        Whether every search of a depot died.
    """

    situation: Situation
    demand: Demand
    fleet: Fleet
    timelines: list[Timeline]
    backlog: Backlog
    told: BestSoFar
    seconds: float = 0.0
    all_failed: bool = False


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
        return self.written(situation, allocation, self.search(situation, allocation))

    def search(
        self, situation: Situation, allocation: Allocation, *, is_last: bool = True
    ) -> Searched:
        """Return what the trucks do, not written out as routes yet.

        Parameters
        ----------
        situation, allocation
            What is to be carried.
        is_last
            Whether no other search follows: only then whole stints of each depot are chosen.
        """
        began_s = self._clock()
        told = BestSoFar.of(situation, allocation, self._progress, self._clock)
        demand = Demand(situation, allocation)
        fleet = Fleet(situation)

        def pause() -> None:
            told(ProgressStep(stage="routing", done_share=0.0, detail="first trips"))

        def found(lost_milli_person_h: int) -> None:
            told.found(lost_milli_person_h)
            told(ProgressStep(stage="routing", done_share=0.05, detail="a first answer"))

        is_large = len(demand.portions) > LARGE_PORTIONS
        thrifts = self._thrifts(began_s, LARGE_THRIFTS if is_large else tuple(Thrift))
        timelines, backlog = first_answer(demand, fleet, thrifts, pause, found)
        first = Searched(
            situation=situation,
            demand=demand,
            fleet=fleet,
            timelines=timelines,
            backlog=backlog,
            told=told,
            seconds=self._clock() - began_s,
        )
        return self.better(first, began_s + self._limits.seconds, is_last=is_last)

    def better(self, searched: Searched, until_s: float, *, is_last: bool = True) -> Searched:
        """Search on until the clock shows `until_s`, save for the finishing.

        The timelines and the backlog are changed in place.

        Parameters
        ----------
        searched
            What there is.
        until_s
            What the clock shows at the end.
        is_last
            As in `search`.
        """
        began_s = self._clock()
        told = searched.told
        told.watch(searched.demand, searched.timelines, searched.backlog)
        told(ProgressStep(stage="routing", done_share=0.1, detail="part loads"))
        improvement = Improvement(
            searched.demand,
            searched.fleet,
            engine=self.engine,
            limits=self._limits,
            clock=self._clock,
            progress=told,
        )
        end_s = until_s - self._limits.seconds * FINISHING_SHARE
        by_clock = self._limits.max_iterations is None
        pool_s = POOL_SHARE * max(0.0, end_s - began_s) if by_clock and is_last else 0.0
        if pool_s < LEAST_COMPILING_S and not is_compiled():
            pool_s = 0.0
        improvement.run(searched.timelines, searched.backlog, end_s - pool_s)
        if is_last and (pool_s or not by_clock):
            pool = RoutePool(
                searched.situation, searched.demand, searched.fleet, searched.timelines
            )
            pool.run(
                end_s if by_clock else self._clock() + self._limits.seconds,
                self._clock,
                lambda: told(ProgressStep(stage="routing", done_share=0.95, detail="whole stints")),
                most_rounds=None if by_clock else POOL_ROUNDS,
            )
            if by_clock:
                improvement.run(searched.timelines, searched.backlog, end_s)
        if improvement.num_failed:
            logger.warning(
                "%d of %d depot searches died or were killed; their first trips stand.",
                improvement.num_failed,
                improvement.num_searched,
            )
        told.count()
        told(ProgressStep(stage="routing", done_share=1.0))
        return replace(
            searched,
            seconds=searched.seconds + self._clock() - began_s,
            all_failed=0 < improvement.num_searched == improvement.num_failed,
        )

    def written(self, situation: Situation, allocation: Allocation, searched: Searched) -> Routes:
        """Return the routes of a search."""
        return answer(
            situation,
            allocation,
            searched.demand,
            searched.fleet,
            searched.timelines,
            solver=self.solver,
            termination=Termination.BASELINE if searched.all_failed else Termination.FEASIBLE,
            seconds=searched.seconds,
            seed=self._limits.seed,
        )

    def _thrifts(self, began_s: float, thrifts: tuple[Thrift, ...]) -> Iterator[Thrift]:
        """Yield the ways to build first trips, as long as there is time for another."""
        for number, thrift in enumerate(thrifts):
            spent_s = self._clock() - began_s
            is_late = spent_s > FIRST_SHARE * self._limits.seconds
            if number > 0 and is_late and self._limits.max_iterations is None:
                return
            yield thrift
