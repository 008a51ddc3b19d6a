"""What a planning run hands to the faces: the plan, its situation, and how it came to be."""

from dataclasses import dataclass

from geodata.roads import RoadNetwork
from relief.damage.needs import Estimate
from relief.damage.reports import RefusedReport
from relief.places import Point
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.promises import OnTimePromise
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.sentences import Sentence

FIRST_PLAN = "first-plan"
"""The stage that ends when there is a plan that could be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """How long a stage of the work took.

    Parameters
    ----------
    stage
        As in `relief.plan.outcome.ProgressStep`; ``first-plan`` is the time from the beginning
        until there was a plan that could be used.
    seconds
        Wall-clock time.
    """

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a plan came to be.

    Parameters
    ----------
    program
        Name and version.
    network_zh, network_en, network_fingerprint
        The reserve network.
    profile
        The planning factors.
    engine
        The routing engine that was asked for.
    seconds, seed
        The limit and the seed that were asked for.
    num_reports
        Reports taken into the assessment.
    refused
        What came in and could not be taken as a report.
    affected_people
        People affected by the event as assessed; None where no report counts them.
    notes
        What a reader must know: what is modelled, which roads are taken as cut.
    sources
        Where the event's figures were published.
    fallback
        Why the simple method's plan is handed out, in English; empty where it is not.
    stages
        How long each stage took, in order.
    """

    program: str
    network_zh: str
    network_en: str
    network_fingerprint: str
    profile: str
    engine: str
    seconds: float
    seed: int
    num_reports: int
    refused: tuple[RefusedReport, ...]
    affected_people: Estimate | None
    notes: tuple[Sentence, ...]
    sources: tuple[str, ...]
    fallback: str
    stages: tuple[StageTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedStretch:
    """A closed stretch of road, for the maps.

    Parameters
    ----------
    closure
        The name of the closure.
    begin, end
        Its two junctions.
    """

    closure: str
    begin: Point
    end: Point


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanResult:
    """A certified plan with everything that its papers are written from.

    Parameters
    ----------
    plan
        With its certificate.
    situation
        What it was made from.
    paths
        The road of each driven leg, once for each (from, to, speed class).
    closed
        The stretches that the closures close.
    origin
        How it came to be.
    promises
        How likely each delivery is on time; empty where the plan was read back from its folder,
        because its papers tell it.
    roads
        The roads on which it was made, for the map; None for those of the program.
    """

    plan: DispatchPlan
    situation: Situation
    paths: tuple[RoadPath, ...]
    closed: tuple[ClosedStretch, ...]
    origin: Origin
    roads: RoadNetwork | None = None
    promises: tuple[OnTimePromise, ...] = ()
