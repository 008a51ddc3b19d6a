"""Sourcing and routing together, until the two agree.

The allocation reckons with truck-hours, the routing with trucks. What the trucks cannot carry as
it was allocated is freed again: any depot may serve the need, any truck may fetch it, and trips
near by are taken apart for it. What the trips carry in the end is the allocation.
"""

import time
from contextlib import ExitStack
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
from relief.plan.policy import FOR_PEOPLE, Objective
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from relief.supply.money import transport_tiers
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.shortfalls import deprivation
from solvers.routing.backlog import Backlog
from solvers.routing.best_so_far import BestSoFar
from solvers.routing.cargo import cargo_of
from solvers.routing.demand import Demand
from solvers.routing.engine_router import EngineRouter
from solvers.routing.fleet_crew import FleetCrew
from solvers.routing.open_search import (
    OpenProcess,
    Trips,
    driven,
    search_open,
    trips_of,
    untouched,
)
from solvers.routing.open_stock import OpenWork, opened
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from solvers.routing.worth import Service

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
ASIDE_GRACE_S = 3.0
"""How late the process beside may be with what it has."""
CREW_FIXED_SHARE, CREW_FIXED_S = 0.25, 12.0
"""Share of the routing's seconds, and seconds at most, after which the compiled search goes on."""
RAISING_SHARE = 0.5
"""Share of the compiled search that serves people better; the rest spares money."""
CREW_FINISHING_SHARE, CREW_FINISHING_S = 0.03, 9.0
"""Share of all seconds, and seconds at most, that are kept after the compiled search for what
routing by depot still spares."""
LARGE_WRITING_SHARE, LARGE_WRITING_S = 0.14, 9.0
"""Share of all seconds, and seconds at most, that are kept for writing and verifying the plan of a
large situation."""
ASKED_SHARE = (999, 1000)
"""So much of what people may go without is asked of the compiled search."""
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
        From so many needs on, trips with open sourcing are built in a process beside, and a
        compiled search spares money in two more.
    enough
        As good a service as is wanted, where less than the best will do: what it costs beyond is
        spared. Only heeded from so many needs on. None for what the policy lets go.
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
        enough: Service | None = None,
    ) -> None:
        self._limits = limits
        self._engine = engine
        self._progress = progress
        self._clock = clock
        self._allocator = allocator
        self._large_needs = large_needs
        self._enough = enough
        self._agreed: tuple[Allocation, Routes] | None = None
        self._told = BestSoFar(progress, clock)

    def allocate(self, situation: Situation) -> Allocation:
        """Return the allocation that the trucks can carry; its bound covers every plan."""
        began_s = self._clock()
        aside: OpenProcess | None = None
        crew: FleetCrew | None = None
        with ExitStack() as processes:
            if len(situation.needs) >= self._large_needs and may_source_anew(situation):
                aside = processes.enter_context(OpenProcess(situation, self._limits))
            seconds = max(self._limits.seconds * ALLOCATION_SHARE, LEAST_ALLOCATION_S)
            allocator = self._allocator or WindowAllocator(
                replace(self._limits, seconds=seconds), progress=self._progress, clock=self._clock
            )
            allocation = allocator.allocate(situation)
            end_s = began_s + self._limits.seconds
            if aside is not None:
                end_s -= min(LARGE_WRITING_SHARE * self._limits.seconds, LARGE_WRITING_S)
                if may_be_spared(situation):
                    crew = processes.enter_context(FleetCrew(situation, self._limits))
            least_s = LEAST_ROUTING_SHARE * self._limits.seconds
            until_s = max(end_s, self._clock() + least_s)
            self._agreed = self._routed(situation, allocation, until_s, aside, crew)
        return self._agreed[0]

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return the routes that go with an allocation, anew if it is not the one made here."""
        if self._agreed is None or self._agreed[0] is not allocation:
            until_s = self._clock() + self._limits.seconds
            router = self._router(until_s)
            return router.route(situation, allocation)
        return self._agreed[1]

    def _router(self, until_s: float) -> EngineRouter:
        limits = replace(self._limits, seconds=max(until_s - self._clock(), 0.1))
        return router_of(self._engine)(limits, progress=self._progress, clock=self._clock)

    def _routed(
        self,
        situation: Situation,
        allocation: Allocation,
        until_s: float,
        aside: OpenProcess | None,
        crew: FleetCrew | None,
    ) -> tuple[Allocation, Routes]:
        """Return the better of the allocation as it is routed, and of what it becomes freed."""
        if not may_source_anew(situation):
            return allocation, self._router(until_s).route(situation, allocation)
        began_s = self._clock()
        fixed_s = FIXED_SHARE * (until_s - began_s)
        if crew is not None:
            fixed_s = min(CREW_FIXED_SHARE * (until_s - began_s), CREW_FIXED_S)
        router = self._router(began_s + fixed_s)
        searched = router.search(situation, allocation, is_last=False)
        now_s = self._clock()
        work = opened(situation, searched.demand, searched.timelines)
        before = work.worth()
        bound = allocation.deprivation_bound_milli_person_h or 0
        self._told = BestSoFar(self._progress, self._clock, bound_milli_person_h=bound)
        self._told.watch(work.demand, work.timelines, work.backlog)
        routed = work
        enough = bound if self._enough is None else self._enough.lost_milli_person_h
        if before.lost_milli_person_h > max(bound, enough):
            work = self._freed(situation, work, bound, until_s, aside, is_last=crew is None)
        elif aside is not None:
            aside.end()
        if crew is not None:
            work.leave_late()
            end_s = until_s - min(CREW_FINISHING_SHARE * self._limits.seconds, CREW_FINISHING_S)
            if work.worth().lost_milli_person_h > max(bound, enough):
                work = self._raised(situation, work, crew, end_s)
            work = self._spared(situation, work, bound, crew, end_s)
        if work is not routed or work.worth() < before:
            allocation = agreed(situation, allocation, work)
            fixed = Demand(situation, allocation)
            searched = replace(
                searched,
                demand=fixed,
                timelines=work.on_consignments(situation, fixed),
                backlog=Backlog(fixed, ()),
                told=BestSoFar.of(situation, allocation, self._progress, self._clock),
                seconds=searched.seconds + self._clock() - now_s,
            )
        searched = self._router(until_s).better(searched, until_s)
        return allocation, router.written(situation, allocation, searched)

    def _freed(
        self,
        situation: Situation,
        work: OpenWork,
        bound: int,
        until_s: float,
        aside: OpenProcess | None,
        *,
        is_last: bool,
    ) -> OpenWork:
        """Return the best of the trips freed, and of trips built with all sourcing open."""
        now_s = self._clock()
        lost = work.worth().lost_milli_person_h
        is_small = lost - bound <= SMALL_GAP_SHARE * lost
        share = LITTLE_FREE_SHARE if is_small else FREE_SHARE
        limits = replace(self._limits, seconds=max(share * (until_s - now_s), 0.1))
        if aside is None:
            other = untouched(situation)
            search_open(other, replace(limits, seconds=limits.seconds / 2), self._clock, self._tell)
            limits = replace(limits, seconds=limits.seconds / 2)
            search_open(work, limits, self._clock, self._tell)
        else:
            if is_last:
                search_open(work, limits, self._clock, self._tell)
            most_s = self._limits.seconds if self._limits.max_iterations else ASIDE_GRACE_S
            trips = aside.trips(most_s, lambda: self._tell(1.0))
            if trips is None:
                return work
            other = driven(situation, trips)
        return min(work, other, key=OpenWork.worth)

    def _raised(
        self, situation: Situation, work: OpenWork, crew: FleetCrew, until_s: float
    ) -> OpenWork:
        """Return trips that serve people better, as far as the compiled search finds some."""
        left_s = RAISING_SHARE * (until_s - self._clock())
        found = crew.bettered(trips_of(work.timelines), left_s, self._tell)
        return min(work, _if_sound(situation, found) or work, key=OpenWork.worth)

    def _spared(
        self, situation: Situation, work: OpenWork, bound: int, crew: FleetCrew, until_s: float
    ) -> OpenWork:
        """Return what the compiled search makes of trips: as good a service for less money.

        As good is what the policy lets go of deprivation for later stages, or what was asked for.
        """
        now = work.service()
        spare = _slack(situation, now, bound)
        enough = now + spare
        if self._enough is not None:
            # What both sides of the map leave over is not known before: a little better is asked.
            enough, spare = self._enough, self._enough.share(*ASKED_SHARE) - now
        left_s = until_s - self._clock()
        found = crew.bettered(trips_of(work.timelines), left_s, self._tell, spare=spare)
        other = _if_sound(situation, found)
        if other is None or other.cost_fen() >= work.cost_fen():
            return work
        is_as_good = other.service().is_within(enough) or not now.is_within(enough)
        return other if is_as_good else work

    def _tell(self, done_share: float) -> None:
        self._told(
            ProgressStep(stage="routing", done_share=0.5 + 0.4 * done_share, detail="sourced anew")
        )


def router_of(engine: str) -> type[EngineRouter]:
    """Return the router of an engine, ``pyvrp`` or ``ortools``."""
    return OrtoolsRouter if engine == "ortools" else PyvrpRouter


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
    )


def may_be_spared(situation: Situation) -> bool:
    """Return whether the compiled search knows all rules that matter.

    It knows neither nights without driving, nor convoys, nor hours in which a road is closed, nor
    goods that are kept apart or cool.
    """
    needed = {need.item_code for need in situation.needs}
    return not (
        situation.policy.duty.has_night
        or situation.policy.convoy.place_codes
        or situation.travel.closed_spans
        or needed & cargo_of(situation).keys()
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


def _if_sound(situation: Situation, trips: Trips) -> OpenWork | None:
    """Return the work that trips do, None if it cannot be driven or comes after the horizon."""
    work = driven(situation, trips)
    is_whole = trips_of(work.timelines) == trips
    return work if is_whole and work.is_in_time() else None


def _slack(situation: Situation, service: Service, bound: int) -> Service:
    """Return how much worse people may be served, as a policy says, if that is cheaper.

    Each stage for people lets go of a share of what of its deprivation can be avoided at all. The
    least of them is taken here, since trips serve needs of several kinds at once; and none may wait
    in vain who does not now.
    """
    stages = situation.policy.stages
    objectives = [stage.objective for stage in stages]
    share = 0.0
    if Objective.COST in objectives:
        before = stages[: objectives.index(Objective.COST)]
        share = min((one.slack_share for one in before if one.objective in FOR_PEOPLE), default=0.0)
    avoidable = max(deprivation(situation, ()) - max(bound, 0), 0)
    spare = min(int(share * avoidable), service.lost_milli_person_h)
    return Service(lost_milli_person_h=spare, waiting=0)
