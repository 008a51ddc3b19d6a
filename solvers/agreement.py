"""Sourcing and routing together, until the two agree.

The allocation reckons with truck-hours, the routing with trucks. What the trucks cannot carry as
it was allocated is freed again: any depot may serve the need, any truck may fetch it, and trips
near by are taken apart for it. What the trips carry in the end is the allocation.
"""

import time
from dataclasses import replace
from random import Random

from relief.plan.allocation import Allocation, Allocator
from relief.plan.outcome import (
    Clock,
    Progress,
    ProgressStep,
    SolveLimits,
    Termination,
    silent,
)
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.shortfalls import deprivation
from solvers.routing.backlog import Backlog
from solvers.routing.construction import Construction, Thrift
from solvers.routing.demand import Demand
from solvers.routing.engine_router import EngineRouter
from solvers.routing.open_ruin import OpenRuin
from solvers.routing.open_stock import OpenWork, opened
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter

ALLOCATION_SHARE, LEAST_ALLOCATION_S = 0.4, 5.0
"""The allocation gets this share of the seconds, but never less than this many: without it there
is nothing to route, and it is done as soon as it can prove its answer."""
LEAST_ROUTING_SHARE = 0.4
"""The routing gets what the allocation left, but never less than this share."""
FIXED_SHARE = 0.5
"""Share of the routing's seconds after which what is lost is freed."""
FREE_SHARE, LITTLE_FREE_SHARE, SMALL_GAP_SHARE = 0.8, 0.3, 0.01
"""Of what then is left, this share goes to sourcing anew; less where no more than a small share
of the deprivation could be saved at all. The rest saves cost."""
MILLI = 1000.0


class Agreement:
    """Allocates and routes together; serves as allocator and as router of one plan.

    Parameters
    ----------
    limits
        Seconds for both together, seed, and iterations of the routing search.
    engine
        ``pyvrp`` or ``ortools``.
    progress
        Hears of the progress; may raise `relief.errors.Stopped`.
    clock
        Measures the time.
    allocator
        Makes the first allocation; None for `WindowAllocator` with its share of the seconds.
    """

    def __init__(
        self,
        limits: SolveLimits,
        engine: str = "pyvrp",
        progress: Progress = silent,
        clock: Clock = time.monotonic,
        allocator: Allocator | None = None,
    ) -> None:
        self._limits = limits
        self._engine = engine
        self._progress = progress
        self._clock = clock
        self._allocator = allocator
        self._agreed: tuple[Allocation, Routes] | None = None

    def allocate(self, situation: Situation) -> Allocation:
        """Return the allocation that the trucks can carry; its bound covers every plan."""
        began_s = self._clock()
        until_s = began_s + self._limits.seconds
        seconds = max(self._limits.seconds * ALLOCATION_SHARE, LEAST_ALLOCATION_S)
        allocator = self._allocator or WindowAllocator(
            replace(self._limits, seconds=seconds), progress=self._progress, clock=self._clock
        )
        allocation = allocator.allocate(situation)
        least_s = LEAST_ROUTING_SHARE * self._limits.seconds
        until_s = max(until_s, self._clock() + least_s)
        self._agreed = self._routed(situation, allocation, until_s)
        return self._agreed[0]

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return the routes that go with an allocation, anew if it is not the one made here."""
        if self._agreed is None or self._agreed[0] is not allocation:
            until_s = self._clock() + self._limits.seconds
            router = self._router(until_s)
            return router.route(situation, allocation)
        return self._agreed[1]

    def _router(self, until_s: float) -> EngineRouter:
        kind = OrtoolsRouter if self._engine == "ortools" else PyvrpRouter
        seconds = max(until_s - self._clock(), 0.1)
        return kind(
            replace(self._limits, seconds=seconds), progress=self._progress, clock=self._clock
        )

    def _routed(
        self, situation: Situation, allocation: Allocation, until_s: float
    ) -> tuple[Allocation, Routes]:
        """Return the better of the allocation as it is routed, and of what it becomes freed."""
        if not may_source_anew(situation):
            return allocation, self._router(until_s).route(situation, allocation)
        began_s = self._clock()
        router = self._router(began_s + FIXED_SHARE * (until_s - began_s))
        searched = router.search(situation, allocation)
        work = opened(situation, searched.demand, searched.timelines)
        before = work.worth()
        bound = allocation.deprivation_bound_milli_person_h or 0
        gap_share = (before.lost_milli_person_h - bound) / max(before.lost_milli_person_h, 1)
        now_s = self._clock()
        if gap_share > 0:
            share = FREE_SHARE if gap_share > SMALL_GAP_SHARE else LITTLE_FREE_SHARE
            self._free(work, now_s + share * (until_s - now_s))
            if work.worth() < before:
                allocation = agreed(situation, allocation, work)
                fixed = Demand(situation, allocation)
                timelines = work.on_consignments(situation, fixed)
                searched = replace(
                    searched,
                    demand=fixed,
                    timelines=timelines,
                    backlog=Backlog(fixed, ()),
                    seconds=searched.seconds + self._clock() - now_s,
                )
        searched = self._router(until_s).better(searched, until_s)
        return allocation, router.written(situation, allocation, searched)

    def _free(self, work: OpenWork, until_s: float) -> None:
        """Let any depot serve what is lost, and take trips apart for it."""
        most = self._limits.max_iterations

        def told(detail: str, share: float) -> None:
            self._progress(ProgressStep(stage="routing", done_share=share, detail=detail))

        Construction(
            work.demand, work.fleet, work.timelines, work.backlog, thrift=Thrift.NEARNESS
        ).run(lambda: told("other depots", 0.5))
        ruin = OpenRuin(
            work.demand,
            work.fleet,
            work.timelines,
            work.backlog,
            Random(self._limits.seed),  # noqa: S311 - draws trips, not secrets
        )
        began_s = self._clock()

        def go_on(tries: int) -> bool:
            spent = (self._clock() - began_s) / max(until_s - began_s, 1e-3)
            done_share = tries / most if most is not None else spent
            told("sourced anew", 0.5 + 0.4 * min(done_share, 1.0))
            return done_share < 1.0

        ruin.run(go_on)


def may_source_anew(situation: Situation) -> bool:
    """Return whether any depot may serve any need, for all that the situation rules.

    Officers' orders, suppliers' calls and vehicles under way bind pieces to places in ways that
    only the allocation knows: there its sourcing stands.
    """
    return not (situation.orders or situation.offers or situation.under_way or situation.as_of)


def agreed(situation: Situation, allocation: Allocation, work: OpenWork) -> Allocation:
    """Return the allocation that the trips make, under the bound of the first one."""
    consignments = work.consignments(situation)
    return replace(
        allocation,
        consignments=consignments,
        shortfalls=(),
        report=replace(
            allocation.report,
            objective=deprivation(situation, consignments) / MILLI,
            termination=Termination.FEASIBLE,
            note=f"{allocation.report.note} Sourced anew along with the trips.",
        ),
    )
