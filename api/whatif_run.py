"""Asking "what if": the base plan, the changed plan, and what lies between them."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from api.planning import PlanRequest, Solved, StageWatch, road_paths, solve_situation
from api.solver_process import SolverProcess
from geodata.coverage import refuse_off_network
from geodata.gazetteer import load_gazetteer
from geodata.plan_travel import told_how_timed
from geodata.roads import load_roads
from geodata.stored_network import open_roads
from relief.damage.factors import load_profile
from relief.plan.dispatch import PlanRejected
from relief.plan.outcome import Clock, Progress, silent
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import Closure, TravelSource
from relief.plan.verify import verify
from relief.sentences import Sentence
from relief.units import SHANGHAI, in_utc
from scenarios.compare import Comparison, compare
from scenarios.events import load_event
from scenarios.network import open_network
from scenarios.overlay import Change, described, locations_of
from scenarios.prepare import prepare
from scenarios.whatif import changed_world


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
    comparison
        What changes from the one plan to the other.
    seconds
        From the question to the answer, wall-clock.
    """

    base: tuple[Situation, Solved]
    changed: tuple[Situation, Solved]
    told: tuple[Sentence, ...]
    closures: tuple[Closure, ...]
    comparison: Comparison
    seconds: float


def what_if(
    request: PlanRequest,
    changes: Sequence[Change],
    progress: Progress = silent,
    *,
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
    clock
        Measures the answer.

    Raises
    ------
    InvalidInput
        If the event, the network or a change has faults.
    PlanRejected
        If a plan breaks a rule on its roads, which is a defect of this program.
    """
    began_s = clock()
    watch = StageWatch(progress, clock)
    watch.begin("reports", "opening the event")
    event = load_event(request.event)
    at = in_utc(request.at if request.at is not None else event.default_at)
    gazetteer = load_gazetteer()
    roads = load_roads() if request.roads is None else open_roads(request.roads)[0]
    # Two solvers side by side: an officer waits for the difference, not for the plans.
    with (
        SolverProcess(clock) as solver,
        SolverProcess(clock) as other_solver,
        ThreadPoolExecutor(max_workers=1) as aside,
    ):
        prepared = prepare(
            event,
            at=at,
            network=open_network(request.network, as_of=at.astimezone(SHANGHAI).date()),
            gazetteer=gazetteer,
            roads=roads,
            profile=load_profile(request.profile),
            policy=PlanningPolicy(),
            readiness=request.readiness,
            closed_roads=request.closed_roads,
            modes=request.modes,
            agreements=request.agreements,
            progress=watch,
        )
        if request.roads is not None:
            refuse_off_network(roads, locations_of(prepared.situation))
        base_roads = prepared.travel_source
        world = changed_world(
            prepared.situation,
            changes,
            roads=roads.closed(
                (
                    *prepared.situation.travel.closures,
                    *prepared.situation.travel.later_closures,
                )
            ),
            travel_source=base_roads,
            gazetteer=gazetteer,
            off_road=prepared.off_road,
        )
        unheard = StageWatch(silent, clock)
        other = aside.submit(solve_situation, world.situation, request, unheard, other_solver)
        base = solve_situation(prepared.situation, request, watch, solver)
        changed = other.result()
    watch.begin("verify", "every leg on its road")
    _check_roads(base, prepared.situation, base_roads)
    _check_roads(changed, world.situation, world.travel_source)
    return WhatIfAnswer(
        base=(prepared.situation, base),
        changed=(world.situation, changed),
        told=(
            *(described(change, prepared.situation, world.closures) for change in changes),
            *_told_how_timed(world.closures, prepared.situation),
            *world.notes,
        ),
        closures=world.closures,
        comparison=compare((prepared.situation, base.plan), (world.situation, changed.plan)),
        seconds=clock() - began_s,
    )


def _told_how_timed(closures: Sequence[Closure], situation: Situation) -> Iterator[Sentence]:
    for closure in closures:
        note = told_how_timed(closure, situation.start_at, situation.horizon_at)
        if note is not None:
            yield note


def _check_roads(solved: Solved, situation: Situation, travel_source: TravelSource) -> None:
    certificate = verify(solved.plan, situation, road_paths(solved.plan, situation, travel_source))
    if not certificate.holds:
        raise PlanRejected(solved.plan, certificate)
