"""Asking "what if": the base plan, the changed plan, and what lies between them."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from api.documents.saved import read_plan
from api.plan_result import PlanResult
from api.planning import (
    PlanRequest,
    Solved,
    Sources,
    StageWatch,
    open_sources,
    road_paths,
    solve_situation,
    with_orders,
)
from api.solver_process import SolverProcess
from geodata.coverage import refuse_off_network
from geodata.gazetteer import load_gazetteer
from geodata.plan_travel import PlanTravel, told_how_timed
from relief.errors import Gathering, SolverFailed
from relief.plan.dispatch import PlanRejected
from relief.plan.outcome import Clock, Progress, SolveLimits, silent
from relief.plan.situation import Situation
from relief.plan.travel import Closure, TravelSource
from relief.plan.verify import verify
from relief.sentences import Sentence
from scenarios.at_once import AtOnce, at_once
from scenarios.carriers import OffRoadFleet, off_road_fleet
from scenarios.compare import Comparison, compare
from scenarios.overlay import Change, described, locations_of
from scenarios.prepare import prepare
from scenarios.whatif import ChangedWorld, changed_world
from solvers.stop import Deadline

AT_ONCE_S = 30.0
"""Time for the first answer; it takes a few seconds as a rule."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """A what-if whose situations are there, with the first answer.

    Parameters
    ----------
    situation
        As it is.
    known
        The plan for it, with its roads, where it was read from a folder; None if it is still to
        be made.
    base_roads
        The roads of the situation.
    world
        As it would be.
    told
        The changes as sentences.
    at_once
        What the allocation alone says; None if it could not say it in time.
    began_s
        When the question was asked, by the clock that measures it.
    """

    situation: Situation
    known: PlanResult | None
    base_roads: TravelSource
    world: ChangedWorld
    told: tuple[Sentence, ...]
    at_once: AtOnce | None
    began_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhatIfAnswer:
    """What an officer gets for a question.

    Parameters
    ----------
    base, changed
        Each situation with its plan, certified along with its roads.
    told
        The changes as sentences.
    closures
        What the changes closed.
    at_once
        What the allocation alone said before.
    comparison
        What changes from the one plan to the other.
    seconds
        From the question to the answer, wall-clock.
    """

    base: tuple[Situation, Solved]
    changed: tuple[Situation, Solved]
    told: tuple[Sentence, ...]
    closures: tuple[Closure, ...]
    at_once: AtOnce | None
    comparison: Comparison
    seconds: float


def what_if(
    request: PlanRequest,
    changes: Sequence[Change],
    progress: Progress = silent,
    *,
    base: Path | None = None,
    clock: Clock = time.monotonic,
) -> WhatIfAnswer:
    """Plan an event as it is and as it would be, and compare.

    Parameters
    ----------
    request
        The event, and the limits of each of the two plans.
    changes
        The officer's changes.
    progress
        Hears of the progress; may raise `relief.errors.Stopped` to give up.
    base
        Folder of a finished plan of the event: it is the base, and only the change is planned.
    clock
        Measures the answer.

    Raises
    ------
    InvalidInput
        If the event, the network, the folder or a change has faults; all are listed.
    PlanRejected
        If a plan breaks a rule on its roads, which is a defect of this program.
    """
    return answer(ask(request, changes, progress, base=base, clock=clock), request, progress, clock)


def ask(
    request: PlanRequest,
    changes: Sequence[Change],
    progress: Progress = silent,
    *,
    base: Path | None = None,
    clock: Clock = time.monotonic,
) -> Question:
    """Put a question, and hear what the allocation alone says of it; as `what_if`."""
    began_s = clock()
    watch = StageWatch(progress, clock)
    watch.begin("network", "opening event and reserve network")
    gathering = Gathering()
    sources = known = None
    with gathering.part():
        sources = open_sources(request)
    if base is not None:
        with gathering.part():
            known = read_plan(base)
    gathering.settle()
    if sources is None:
        msg = "The sources were neither opened nor refused."
        raise RuntimeError(msg)
    situation, base_roads, off_road = (
        _prepared(request, sources, watch) if known is None else _taken_up(known, request, sources)
    )
    gazetteer = load_gazetteer()
    watch.begin("travel", "timing the roads that are left")
    closed = (*situation.travel.closures, *situation.travel.later_closures)
    world = changed_world(
        situation,
        changes,
        roads=sources.roads.closed(closed),
        travel_source=base_roads,
        gazetteer=gazetteer,
        off_road=off_road,
    )
    watch.begin("allocation", "what the allocation alone says")
    return Question(
        situation=situation,
        known=known,
        base_roads=base_roads,
        world=world,
        told=(
            *(described(change, situation, world.closures) for change in changes),
            *_told_how_timed(world.closures, situation),
            *world.notes,
        ),
        at_once=_at_once(situation, world.situation, clock),
        began_s=began_s,
    )


def _prepared(
    request: PlanRequest, sources: Sources, watch: StageWatch
) -> tuple[Situation, TravelSource, OffRoadFleet]:
    """Return the situation of an event, its roads, and what needs none."""
    prepared = prepare(
        sources.event,
        at=sources.at,
        network=sources.network,
        gazetteer=load_gazetteer(),
        roads=sources.roads,
        profile=sources.profile,
        policy=request.policy,
        readiness=request.readiness,
        closed_roads=request.closed_roads,
        modes=request.modes,
        agreements=request.agreements,
        kits=request.kits,
        substitutes=request.substitutes,
        received=request.received,
        progress=watch,
    )
    if request.roads is not None:
        refuse_off_network(sources.roads, locations_of(prepared.situation))
    situation = with_orders(prepared.situation, request.orders)
    return situation, prepared.travel_source, prepared.off_road


def _taken_up(
    known: PlanResult, request: PlanRequest, sources: Sources
) -> tuple[Situation, TravelSource, OffRoadFleet]:
    """Return the situation of a finished plan, its roads, and what needs none."""
    situation = known.situation
    closed = (*situation.travel.closures, *situation.travel.later_closures)
    left = PlanTravel(
        sources.roads.closed(closed),
        situation.as_of or situation.start_at,
        situation.horizon_at,
    )
    return situation, left, off_road_fleet(sources.network, request.modes)


def _at_once(base: Situation, changed: Situation, clock: Clock) -> AtOnce | None:
    deadline = Deadline.starting_now(SolveLimits(seconds=AT_ONCE_S), clock)
    try:
        return at_once(base, changed, deadline)
    except SolverFailed:
        return None


def answer(
    question: Question,
    request: PlanRequest,
    progress: Progress = silent,
    clock: Clock = time.monotonic,
) -> WhatIfAnswer:
    """Return the whole answer to a question, both plans routed and verified; as `what_if`."""
    watch = StageWatch(progress, clock)
    situation, world, known = question.situation, question.world, question.known
    if known is not None:
        base = Solved(plan=known.plan, fallback=known.origin.fallback)
        _check_known(known)
        with SolverProcess(clock) as solver:
            changed = solve_situation(world.situation, request, watch, solver)
        watch.begin("verify", "every leg on its road")
    else:
        # Two solvers side by side: an officer waits for the difference, not for the plans.
        with (
            SolverProcess(clock) as solver,
            SolverProcess(clock) as other_solver,
            ThreadPoolExecutor(max_workers=1) as aside,
        ):
            unheard = StageWatch(silent, clock)
            other = aside.submit(solve_situation, world.situation, request, unheard, other_solver)
            base = solve_situation(situation, request, watch, solver)
            changed = other.result()
        watch.begin("verify", "every leg on its road")
        _check_roads(base, situation, question.base_roads)
    _check_roads(changed, world.situation, world.travel_source)
    return WhatIfAnswer(
        base=(situation, base),
        changed=(world.situation, changed),
        told=question.told,
        closures=world.closures,
        at_once=question.at_once,
        comparison=compare((situation, base.plan), (world.situation, changed.plan)),
        seconds=clock() - question.began_s,
    )


def _told_how_timed(closures: Sequence[Closure], situation: Situation) -> Iterator[Sentence]:
    for closure in closures:
        note = told_how_timed(closure, situation.start_at, situation.horizon_at)
        if note is not None:
            yield note


def _check_known(known: PlanResult) -> None:
    certificate = verify(known.plan, known.situation, known.paths)
    if not certificate.holds:
        raise PlanRejected(known.plan, certificate)


def _check_roads(solved: Solved, situation: Situation, travel_source: TravelSource) -> None:
    certificate = verify(solved.plan, situation, road_paths(solved.plan, situation, travel_source))
    if not certificate.holds:
        raise PlanRejected(solved.plan, certificate)
