"""Running a study of uncertain reports for a person: from an event to what to send now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.assessing import event_footprint, make_assessment
from api.planning import PlanRequest, Sources, open_sources
from geodata.gazetteer import load_gazetteer
from relief.damage.assessment import Assessment, Figure, assess
from relief.damage.deadlines import stated_scheme
from relief.damage.needs import Need
from relief.damage.planning import needs_of
from relief.damage.reports import DamageReport
from relief.damage.worlds import draw_worlds
from relief.errors import Fault, InvalidInput
from relief.plan.outcome import Progress, SolveLimits, silent
from relief.plan.situation import Situation
from relief.sentences import say
from scenarios.doubt import Regret, largest_counts, regret, two_worlds
from scenarios.hearing import hear
from scenarios.prepare import prepare
from scenarios.robust import RobustStudy, robust_study

AHEAD = timedelta(hours=24)
"""Counts are estimated for the end of the windows that are decided at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustRequest:
    """What is to be studied.

    Parameters
    ----------
    plan
        The event and what a plan for it would be made from; its seconds are for all linear models
        of the study that are no judgements.
    use_footprint
        Whether silent places inside the event's own footprint are expected to be hit.
    num_known, num_unseen
        Worlds to plan with, and worlds to judge on.
    """

    plan: PlanRequest
    use_footprint: bool = True
    num_known: int = 10
    num_unseen: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A report, and what the wrong belief about it costs."""

    report: DamageReport
    regret: Regret


def study_worlds(
    request: RobustRequest, progress: Progress = silent
) -> tuple[RobustStudy, Situation]:
    """Return the study of an event and the situation with the largest needs drawn.

    Raises
    ------
    InvalidInput
        If the event, the network or the reports have faults; all are listed.
    relief.errors.SolverFailed
        If the seconds do not suffice.
    """
    sources = open_sources(request.plan)
    footprint = event_footprint(sources.event) if request.use_footprint else None
    found = make_assessment(
        sources.event,
        at=sources.at,
        target_at=sources.at + AHEAD,
        scheme=stated_scheme(),
        table=None,
        footprint=footprint,
    )
    gazetteer = load_gazetteer()
    worlds = draw_worlds(
        found.assessment,
        found.estimates,
        level=sources.event.level,
        places=(*gazetteer.counties, *gazetteer.townships),
        num_worlds=request.num_known + request.num_unseen,
        seed=request.plan.seed,
    )
    situation = _situation(sources, request.plan, largest_counts(worlds), progress)
    study = robust_study(
        situation,
        worlds,
        num_known=request.num_known,
        limits=SolveLimits(seconds=request.plan.seconds),
        progress=progress,
    )
    return study, situation


def study_doubt(
    request: PlanRequest, card: str, sequence: int, progress: Progress = silent
) -> Doubt:
    """Return what the wrong belief about one report costs.

    Parameters
    ----------
    request
        The event and what a plan for it would be made from.
    card, sequence
        Sender and running number of the report.
    progress
        Hears of the preparation.

    Raises
    ------
    InvalidInput
        If there is no such report, or whatever is wrong with the event and the network.
    relief.errors.SolverFailed
        If the seconds do not suffice.
    """
    sources = open_sources(request)
    gazetteer = load_gazetteer()
    reports = hear(sources.event, gazetteer).by(sources.at).reports
    doubted = [each for each in reports if (each.sender_card, each.sequence) == (card, sequence)]
    if not doubted:
        raise InvalidInput(
            Fault(
                where="--doubt",
                value=f"{card}:{sequence}",
                what=say("No such report had come in by then."),
                allowed=_some_of(reports),
                remedy=say("`relief assess EVENT --place PLACE` names the reports behind a count."),
            )
        )
    places = (*gazetteer.counties, *gazetteer.townships)
    with_it, without = (
        assess(some, at=sources.at, places=places).figures_for(sources.event.level)
        for some in (reports, [each for each in reports if each not in doubted])
    )
    worlds = two_worlds(with_it, without)
    situation = _situation(sources, request, largest_counts(worlds), progress)
    limits = SolveLimits(seconds=request.seconds)
    return Doubt(report=doubted[0], regret=regret(situation, worlds, limits=limits))


def needs_for(study: RobustStudy) -> Callable[[Assessment], tuple[Need, ...]]:
    """Return the needs of the robust answer, for `api.planning.make_plan`."""
    return lambda _: study.needs


def _situation(
    sources: Sources, request: PlanRequest, figures: Sequence[Figure], progress: Progress
) -> Situation:
    """Return the situation of an event with the needs of given figures."""

    def needs_from(assessment: Assessment) -> tuple[Need, ...]:
        del assessment
        return needs_of(
            figures,
            sources.profile,
            catalogue=sources.network.catalogue,
            start_at=sources.at,
            window_ends=request.policy.window_ends,
        )

    return prepare(
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
        needs_from=needs_from,
        progress=progress,
    ).situation


def _some_of(reports: Sequence[DamageReport]) -> str:
    last = sorted(reports, key=lambda each: each.received_at)[-6:]
    return ", ".join(f"{each.sender_card}:{each.sequence}" for each in last)
