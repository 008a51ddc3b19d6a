"""Allocates and routes, with goods that change vehicles at hubs where that serves people better."""

import time
from collections.abc import Sequence
from dataclasses import replace

from relief.plan.allocation import Allocation
from relief.plan.measures import score, served_needs, serves_better
from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits, Termination, silent
from relief.plan.policy import FOR_PEOPLE
from relief.plan.reach import unavoidable_milli_person_h
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from solvers.agreement import Agreement, router_of
from solvers.allocation.allocator import WindowAllocator
from solvers.routing.engine_router import EngineRouter
from solvers.transshipment.bringing import bringing, brought, to_hubs
from solvers.transshipment.onward import going_on, together, without_trucks
from solvers.transshipment.ways import HubWays, may_hand_over
from solvers.transshipment.wishes import Wish, granted, thought_of, with_wishes

DIRECT_SHARE, WISH_SHARE, BRINGING_SHARE, ONWARD_SHARE = 0.5, 0.15, 0.1, 0.1
"""Shares of the seconds: the plan without hubs, an allocation that may wish for goods at hubs, the
trips that bring these, and the allocation of what goes on from there. The rest is for its trips."""

HUB_NOTE = (
    "Weighted person-hours of deprivation of what goes on once goods lie at hubs, as far as "
    "truck-hours are accounted for; the trips to the hubs were planned before. The bound of the "
    "plan is that of the least times by any vehicles, with hubs."
)
DIRECT_NOTE = (
    "Weighted person-hours of deprivation as far as truck-hours are accounted for. Goods could "
    "have changed vehicles at hubs, but that serves people no better. The bound of the plan is "
    "that of the least times by any vehicles, with hubs."
)


class ByHubs:
    """Allocates and routes together; serves as allocator and as router of one plan.

    Where the situation has no hubs, or all trucks reach all places with needs, everything is as
    with `Agreement`. Elsewhere the plan by hubs counts only if it serves people better than that
    without.

    Parameters
    ----------
    limits
        Seconds for all together, seed, and iterations of the routing search.
    engine
        ``pyvrp`` or ``ortools``.
    progress
        Hears of the progress; may raise `relief.errors.Stopped`.
    clock
        Measures the time.
    """

    def __init__(
        self,
        limits: SolveLimits,
        engine: str = "pyvrp",
        progress: Progress = silent,
        clock: Clock = time.monotonic,
    ) -> None:
        self._limits = limits
        self._engine = engine
        self._progress = progress
        self._clock = clock
        self._made: tuple[Allocation, Routes] | None = None
        self._direct = Agreement(limits, engine, progress, clock)

    def allocate(self, situation: Situation) -> Allocation:
        """Return the allocation that the trucks can carry; its bound covers every plan."""
        ways = HubWays(situation) if may_hand_over(situation) else None
        if ways is None or not ways.restricted:
            return self._direct.allocate(situation)
        until_s = self._clock() + self._limits.seconds
        limits = replace(self._limits, seconds=DIRECT_SHARE * self._limits.seconds)
        self._direct = Agreement(limits, self._engine, self._progress, self._clock)
        allocation = self._direct.allocate(situation)
        made, note = (allocation, self._direct.route(situation, allocation)), DIRECT_NOTE
        thought = thought_of(
            situation, ways, _short(situation, ways, made[1]), allocation.consignments
        )
        if not thought:
            return allocation
        by_hubs = self._by_hubs(situation, ways, thought, until_s)
        if by_hubs is not None and _is_better(situation, by_hubs, made):
            made, note = by_hubs, HUB_NOTE
        allocation = replace(
            made[0],
            deprivation_bound_milli_person_h=unavoidable_milli_person_h(situation),
            report=replace(
                made[0].report,
                bound=None,
                termination=_unproven(made[0].report.termination),
                note=note,
            ),
        )
        self._made = (allocation, made[1])
        return allocation

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return the routes that go with an allocation, anew if it is not the one made here."""
        if self._made is None or self._made[0] is not allocation:
            return self._direct.route(situation, allocation)
        return self._made[1]

    def _by_hubs(
        self,
        situation: Situation,
        ways: HubWays,
        thought: Sequence[Wish],
        until_s: float,
    ) -> tuple[Allocation, Routes] | None:
        """Return a plan in which goods change vehicles, None if none should."""
        self._tell(0.1)
        wished = self._allocator(WISH_SHARE).allocate(with_wishes(situation, ways, thought))
        wishes = granted(thought, wished)
        if not wishes:
            return None
        self._tell(0.3)
        to_bring = bringing(situation, wishes)
        seconds = BRINGING_SHARE * self._limits.seconds
        trips = self._router(seconds).route(to_bring, to_hubs(wishes, wished.report))
        there = brought(situation, ways, to_bring.lots, trips)
        if not there.batches:
            return None
        self._tell(0.5)
        later = going_on(situation, there)
        allocation = self._allocator(ONWARD_SHARE).allocate(without_trucks(later))
        self._tell(0.7)
        routes = self._router(max(until_s - self._clock(), 1.0)).route(later, allocation)
        return together(situation, ways, there, allocation, routes)

    def _allocator(self, share: float) -> WindowAllocator:
        limits = replace(self._limits, seconds=share * self._limits.seconds)
        return WindowAllocator(limits, progress=self._muffled, clock=self._clock)

    def _router(self, seconds: float) -> EngineRouter:
        limits = replace(self._limits, seconds=seconds)
        return router_of(self._engine)(limits, progress=self._muffled, clock=self._clock)

    def _muffled(self, step: ProgressStep) -> None:
        """Pass on that there is life, not the values of what is only thought of."""
        self._progress(ProgressStep(stage="allocation", done_share=0.0, detail=step.detail))

    def _tell(self, done_share: float) -> None:
        self._progress(
            ProgressStep(stage="allocation", done_share=done_share, detail="goods by hubs")
        )


def _short(situation: Situation, ways: HubWays, routes: Routes) -> set[tuple[str, str]]:
    """Return the places that some trucks cannot reach, with the items that are short there."""
    return {
        (one.need.place_code, one.need.item_code)
        for one in served_needs(situation, routes.vehicle_routes)
        if one.need.place_code in ways.restricted
        and one.missing_pieces + one.late_pieces(situation)
    }


def _is_better(
    situation: Situation, one: tuple[Allocation, Routes], other: tuple[Allocation, Routes]
) -> bool:
    """Return whether people are served better; what is no better for them is left as it is."""
    stages = tuple(one for one in situation.policy.stages if one.objective in FOR_PEOPLE)
    scores = [
        score(situation, routes.vehicle_routes, allocation.consignments)
        for allocation, routes in (one, other)
    ]
    policy = replace(situation.policy, stages=stages)
    return serves_better(scores[0], scores[1], policy)


def _unproven(termination: Termination) -> Termination:
    """Return how a search ended whose proof leaves out hubs."""
    return Termination.FEASIBLE if termination is Termination.OPTIMAL else termination
