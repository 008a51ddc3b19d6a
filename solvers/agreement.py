"""Sourcing and routing together, until the two agree.

The allocation reckons with truck-hours, the routing with trucks. What the trucks cannot carry as
it was allocated is freed again: any depot may serve the need, any truck may fetch it, and trips
near by are taken apart for it. What the trips carry in the end is the allocation.
"""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

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
from relief.supply.money import transport_tiers
from relief.supply.money import transport_tiers
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.shortfalls import deprivation
from solvers.routing.backlog import Backlog
from solvers.routing.demand import Demand
from solvers.routing.engine_router import EngineRouter, Searched
from solvers.routing.fleet_crew import FleetCrew
from solvers.routing.open_search import Trips, driven, search_open, untouched
from solvers.routing.open_stock import OpenWork, opened
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from solvers.routing.worth import Worth

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
LARGE_NEEDS = 3_000
FINISHING_SHARE = 0.12
"""Share of all seconds that is kept, where needs are many, for writing and verifying the plan."""
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
    large_needs
        From so many needs on, trips with open sourcing are searched in processes beside.
    """

    def __init__(
        self,
        limits: SolveLimits,
        engine: str = "pyvrp",
        progress: Progress = silent,
        clock: Clock = time.monotonic,
        *,
        allocator: Allocator | None = None,
        large_needs: int = LARGE_NEEDS,
    ) -> None:
        self._limits = limits
        self._engine = engine
        self._progress = progress
        self._clock = clock
        self._allocator = allocator
        self._large_needs = large_needs
        self._agreed: tuple[Allocation, Routes] | None = None
        self._heard = "sourced anew"

    def allocate(self, situation: Situation) -> Allocation:
        """Return the allocation that the trucks can carry; its bound covers every plan."""
        began_s = self._clock()
        crew: AbstractContextManager[FleetCrew | None] = nullcontext()
        if len(situation.needs) >= self._large_needs and may_source_anew(situation):
            crew = FleetCrew(situation, self._limits)
        with crew as processes:
            seconds = max(self._limits.seconds * ALLOCATION_SHARE, LEAST_ALLOCATION_S)
            if processes is not None:
                processes.begin(seconds)
            allocator = self._allocator or WindowAllocator(
                replace(self._limits, seconds=seconds), progress=self._progress, clock=self._clock
            )
            allocation = allocator.allocate(situation)
            least_s = LEAST_ROUTING_SHARE * self._limits.seconds
            until_s = max(began_s + self._limits.seconds, self._clock() + least_s)
            trips = None if processes is None else processes.first(self._hear)
            if processes is not None and trips is not None:
                left_s = until_s - FINISHING_SHARE * self._limits.seconds - self._clock()
                trips = processes.bettered(trips, left_s, self._hear)
                self._agreed = self._driven(situation, allocation, trips)
            else:
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

    def _driven(
        self, situation: Situation, allocation: Allocation, trips: Trips
    ) -> tuple[Allocation, Routes]:
        """Return what trips with open sourcing make of an allocation."""
        began_s = self._clock()
        work = driven(situation, trips)
        allocation = agreed(situation, allocation, work)
        fixed = Demand(situation, allocation)
        searched = Searched(
            demand=fixed,
            fleet=work.fleet,
            timelines=work.on_consignments(situation, fixed),
            backlog=Backlog(fixed, ()),
        )
        searched = replace(searched, seconds=self._clock() - began_s)
        return allocation, self._router(began_s).written(situation, allocation, searched)

    def _routed(
        self, situation: Situation, allocation: Allocation, until_s: float
    ) -> tuple[Allocation, Routes]:
        """Return the better of the allocation as it is routed, and of what it becomes freed."""
        if not may_source_anew(situation):
            return allocation, self._router(until_s).route(situation, allocation)
        began_s = self._clock()
        router = self._router(began_s + FIXED_SHARE * (until_s - began_s))
        searched = router.search(situation, allocation)
        now_s = self._clock()
        work = opened(situation, searched.demand, searched.timelines)
        before = work.worth()
        bound = allocation.deprivation_bound_milli_person_h or 0
        if before.lost_milli_person_h > bound:
            work = self._freed(situation, work, bound, until_s)
            if work.worth() < before:
                allocation = agreed(situation, allocation, work)
                fixed = Demand(situation, allocation)
                searched = replace(
                    searched,
                    demand=fixed,
                    timelines=work.on_consignments(situation, fixed),
                    backlog=Backlog(fixed, ()),
                    seconds=searched.seconds + self._clock() - now_s,
                )
        searched = self._router(until_s).better(searched, until_s)
        return allocation, router.written(situation, allocation, searched)

    def _freed(self, situation: Situation, work: OpenWork, bound: int, until_s: float) -> OpenWork:
        """Return the best of the trips freed, and of trips built with all sourcing open."""
        now_s = self._clock()
        lost = work.worth().lost_milli_person_h
        is_small = lost - bound <= SMALL_GAP_SHARE * lost
        share = LITTLE_FREE_SHARE if is_small else FREE_SHARE
        seconds = max(share * (until_s - now_s), 0.1) / 2
        limits = replace(self._limits, seconds=seconds)
        other = untouched(situation)
        search_open(other, limits, self._clock, self._tell)
        search_open(work, limits, self._clock, self._tell)
        return min(work, other, key=OpenWork.worth)

    def _hear(self, worth: Worth | None) -> None:
        """Pass on what better trips are worth; without news it is a chance to stop."""
        if worth is not None:
            self._heard = (
                f"sourced anew: {worth.lost_milli_person_h // 1000:,} weighted person-hours, "
                f"{worth.cost_fen // 100:,} yuan"
            )
        self._progress(ProgressStep(stage="routing", done_share=0.5, detail=self._heard))

    def _tell(self, done_share: float) -> None:
        self._progress(
            ProgressStep(stage="routing", done_share=0.5 + 0.4 * done_share, detail="sourced anew")
        )


def may_source_anew(situation: Situation) -> bool:
    """Return whether any depot may serve any need, for all that the situation rules.

    Officers' orders, suppliers' calls, vehicles under way, parts of what is made up and goods that
    expire within the plan bind pieces to places in ways that only the allocation knows: there its
    sourcing stands.
    """
    return not (
        situation.orders
        or situation.offers
        or situation.donations
        or situation.depot_limits
        or situation.receiving_limits
        or situation.under_way
        or situation.as_of
        or situation.has_made_up()
        or situation.brief_lots()
        or transport_tiers(situation.pots)
        or transport_tiers(situation.pots)
    )


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
