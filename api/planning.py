"""Making a plan: the one way by which command line, service and studies come to one."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from api.documents.records import to_plain
from api.plan_result import FIRST_PLAN, ClosedStretch, Origin, PlanResult, StageTime
from api.search_limits import limit_faults
from api.solve_request import Engine, SolveRequest
from api.solver_process import SolverProcess
from geodata.coverage import refuse_off_network
from geodata.gazetteer import load_gazetteer
from geodata.roads import RoadNetwork, load_roads
from geodata.stored_network import open_roads
from relief.damage.assessment import Assessment
from relief.damage.factors import DEFAULT_PROFILE, FactorProfile, load_profile
from relief.damage.needs import Estimate, Need
from relief.damage.reports import DamageReport, Indicator
from relief.errors import Fault, Gathering, InvalidInput, SolverFailed
from relief.places import PlaceKind
from relief.plan.certificate import Certificate
from relief.plan.dispatch import PlanRejected, plan_dispatch
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.measures import serves_better
from relief.plan.order_reading import WrittenOrder, orders_of
from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits, silent
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import Closure, RoadPath, TravelSource
from relief.plan.verify import verify
from relief.sentences import Sentence, say
from relief.supply.fleet import Mode
from relief.supply.network import ReserveNetwork
from relief.units import SHANGHAI, in_utc
from scenarios.events import Event, load_event
from scenarios.leg_spread import Spreads
from scenarios.network import open_network
from scenarios.overlay import locations_of
from scenarios.prepare import Prepared, prepare
from scenarios.punctuality import promises
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter

logger = logging.getLogger(__name__)

LEAST_S = 1.0
"""The shortest time for a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What is to be planned, and how.

    Parameters
    ----------
    event
        A code of the library or the folder of a user's own event.
    at
        The instant as of which the event is known and the plan starts; None for the event's own.
    network, roads
        The folders of the reserve network and of imported roads; None for the program's own.
    profile, engine
        The planning factors and the routing engine.
    seconds, seed, max_iterations
        Of the solvers; the last of each routing search, None for no limit but the seconds.
    readiness
        Whether only that part of modelled stock and trucks counts that the event says stood ready.
    closed_roads
        Further roads that are closed, as in `geodata.closures.parse_closure`.
    modes
        What may carry goods to places that no truck reaches in time; trucks always may.
    agreements, kits, substitutes
        Whether modelled agreements count too, kits are made up, and substitutes stand in.
    hubs
        Whether goods may change vehicles at hubs.
    received
        A table of what places have got already or is on the road to them.
    policy
        What the plan is to achieve, in which order.
    orders
        What the officer lays down, as written.
    """

    event: str
    at: datetime | None = None
    network: Path | None = None
    profile: str = DEFAULT_PROFILE
    engine: Engine = "pyvrp"
    seconds: float = 30.0
    seed: int = 1
    max_iterations: int | None = None
    roads: Path | None = None
    readiness: bool = True
    closed_roads: tuple[str, ...] = ()
    modes: frozenset[Mode] = frozenset(Mode)
    agreements: bool = False
    kits: bool = False
    substitutes: bool = False
    hubs: bool = True
    received: Path | None = None
    policy: PlanningPolicy = field(default_factory=PlanningPolicy)
    orders: tuple[WrittenOrder, ...] = ()

    def __post_init__(self) -> None:
        faults = tuple(_request_faults(self))
        if faults:
            raise InvalidInput(*faults)

    @property
    def limits(self) -> SolveLimits:
        """What the solvers may use."""
        return SolveLimits(seconds=self.seconds, seed=self.seed, max_iterations=self.max_iterations)


def _request_faults(request: PlanRequest) -> Iterable[Fault]:
    yield from limit_faults(request.limits, LEAST_S)
    if request.at is not None and request.at.utcoffset() is None:
        yield Fault(
            where="--at",
            value=request.at.isoformat(),
            what=say("A clock time without an offset names no instant."),
            allowed=f"{request.at.isoformat()}+08:00",
        )


class StageWatch:
    """Passes signs of life on and notes how long each stage takes.

    Parameters
    ----------
    progress
        Who hears of them.
    clock
        The watch.
    """

    def __init__(self, progress: Progress, clock: Clock) -> None:
        self._progress = progress
        self._clock = clock
        self._began_s = clock()
        self._stage_began_s = self._began_s
        self._stage = ""
        self._spent_s: dict[str, float] = {}

    def __call__(self, step: ProgressStep) -> None:
        """Take a sign of life."""
        if step.stage != self._stage:
            self._close()
            self._stage = step.stage
        self._progress(step)

    def begin(self, stage: str, detail: str = "") -> None:
        """Begin a stage."""
        self(ProgressStep(stage=stage, done_share=0.0, detail=detail))

    def note_first_plan(self) -> None:
        """Note that there is now a plan that could be used."""
        seconds = self._clock() - self._began_s
        self._spent_s[FIRST_PLAN] = seconds
        self._progress(
            ProgressStep(
                stage=FIRST_PLAN, done_share=1.0, detail=f"first usable plan after {seconds:.1f} s"
            )
        )

    def stages(self) -> tuple[StageTime, ...]:
        """Return the stages with their times, in the order in which they began."""
        self._close()
        return tuple(StageTime(stage=name, seconds=s) for name, s in self._spent_s.items())

    def _close(self) -> None:
        now_s = self._clock()
        if self._stage:
            spent_s = self._spent_s.get(self._stage, 0.0)
            self._spent_s[self._stage] = spent_s + now_s - self._stage_began_s
        self._stage_began_s = now_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A certified plan for a situation, and why it is the simple method's if it is."""

    plan: DispatchPlan
    fallback: str


def make_plan(
    request: PlanRequest,
    progress: Progress = silent,
    *,
    reports: Sequence[DamageReport] = (),
    needs_from: Callable[[Assessment], tuple[Need, ...]] | None = None,
    clock: Clock = time.monotonic,
) -> PlanResult:
    """Make a plan from an event.

    Parameters
    ----------
    request
        What is to be planned.
    progress
        Hears of the progress; may raise `relief.errors.Stopped` to give up.
    reports
        Further reports, received in another way.
    needs_from
        Gives the needs, where they are not to be those of the reported counts.
    clock
        Measures the stages.

    Returns
    -------
    PlanResult
        With a certificate without violations. Where the solvers die, run out of time or break a
        rule, it is the simple method's plan, marked so.

    Raises
    ------
    InvalidInput
        If the event, the network or the reports have faults; all are listed.
    relief.plan.dispatch.PlanRejected
        If even the simple method's plan breaks a rule, which is a defect of this program.
    """
    watch = StageWatch(progress, clock)
    # The solver gets ready while the situation is prepared.
    with SolverProcess(clock) as solver:
        watch.begin("network", "opening event and reserve network")
        sources = open_sources(request)
        roads = sources.roads
        prepared = prepare(
            sources.event,
            at=sources.at,
            network=sources.network,
            gazetteer=load_gazetteer(),
            roads=roads,
            profile=sources.profile,
            policy=request.policy,
            also=reports,
            readiness=request.readiness,
            closed_roads=request.closed_roads,
            modes=request.modes,
            agreements=request.agreements,
            kits=request.kits,
            substitutes=request.substitutes,
            received=request.received,
            needs_from=needs_from,
            progress=watch,
        )
        if request.roads is not None:
            refuse_off_network(roads, locations_of(prepared.situation))
        situation = with_orders(prepared.situation, request.orders)
        if not request.hubs:
            situation = replace(situation, hubs=())
        prepared = replace(prepared, situation=situation)
        solved = solve_situation(prepared.situation, request, watch, solver)
    plan, paths, fallback = _on_the_road(prepared, solved, watch)
    spreads = Spreads(prepared.situation, paths, roads)
    return PlanResult(
        plan=plan,
        situation=prepared.situation,
        paths=paths,
        closed=closed_stretches(roads, prepared.situation.travel.closures),
        promises=promises(plan.vehicle_routes, prepared.situation, spreads),
        roads=roads,
        origin=Origin(
            program=f"disaster-relief-logistics {version('disaster-relief-logistics')}",
            network_zh=sources.network.name_zh,
            network_en=sources.network.name_en,
            network_fingerprint=sources.network.fingerprint,
            profile=request.profile,
            engine=request.engine,
            seconds=request.seconds,
            seed=request.seed,
            num_reports=prepared.assessment.num_reports,
            refused=prepared.refused,
            affected_people=affected_people(prepared.assessment),
            notes=_notes(sources, prepared),
            sources=sources.event.sources,
            fallback=fallback,
            stages=watch.stages(),
        ),
    )


def with_orders(situation: Situation, written: Sequence[WrittenOrder]) -> Situation:
    """Return the situation with an officer's orders.

    Raises
    ------
    InvalidInput
        If an order names what the situation does not hold, or cannot be given; all are listed.
    """
    if not written:
        return situation
    return replace(situation, orders=orders_of(written, situation))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """What a request names, opened.

    Parameters
    ----------
    event, network, profile, roads
        As opened and checked.
    at
        The instant at which the plan starts, in UTC.
    """

    event: Event
    network: ReserveNetwork
    profile: FactorProfile
    roads: RoadNetwork
    at: datetime


def open_sources(request: PlanRequest) -> Sources:
    """Open everything that a request names.

    Raises
    ------
    InvalidInput
        With the faults of all of them together.
    """
    gathering = Gathering()
    event = network = profile = roads = None
    with gathering.part():
        event = load_event(request.event)
    with gathering.part():
        profile = load_profile(request.profile)
    with gathering.part():
        roads = load_roads() if request.roads is None else open_roads(request.roads)[0]
    # Without an event the network is looked at as of today, so that its faults are heard, too.
    at = request.at or (event.default_at if event is not None else datetime.now(UTC))
    with gathering.part():
        network = open_network(request.network, as_of=at.astimezone(SHANGHAI).date())
    gathering.settle()
    if event is None or network is None or profile is None or roads is None:
        msg = "A source was neither opened nor refused."
        raise RuntimeError(msg)
    return Sources(event=event, network=network, profile=profile, roads=roads, at=in_utc(at))


def solve_situation(
    situation: Situation,
    request: PlanRequest,
    watch: StageWatch,
    solver: SolverProcess,
) -> Solved:
    """Solve a situation: the simple method first, then the solvers; the better plan counts.

    Parameters
    ----------
    situation
        What to plan for.
    request
        Limits, seed and engine.
    watch
        Hears of the progress.
    solver
        A process that has not been asked yet.
    """
    watch.begin("baseline", "the simple method")
    simple = plan_dispatch(situation, NearestAllocator(), SavingsRouter())
    watch.note_first_plan()
    watch.begin("allocation", "the solvers")
    ask = SolveRequest(situation=situation, limits=request.limits, engine=request.engine)
    try:
        answer = solver.solve(ask, watch)
    except SolverFailed as error:
        logger.error("The simple method's plan stands in: %s", error)  # noqa: TRY400 - said whole
        return Solved(plan=simple, fallback=str(error))
    if answer.plan is None or answer.why:
        _log_failure(answer.why, answer.plan)
        why = answer.why.strip().splitlines()[-1]
        return Solved(plan=simple, fallback=why)
    if not serves_better(simple.score, answer.plan.score, situation.policy):
        return Solved(plan=answer.plan, fallback="")
    # The bound is proven for every plan, so the simple one may carry it.
    bound = answer.plan.deprivation_bound_milli_person_h
    bounded = replace(simple, deprivation_bound_milli_person_h=bound, certificate=None)
    certificate = verify(bounded, situation)
    if not certificate.holds:
        return Solved(plan=simple, fallback=_SIMPLE_IS_BETTER)
    return Solved(plan=bounded.certified(certificate), fallback=_SIMPLE_IS_BETTER)


_SIMPLE_IS_BETTER = "The simple method's plan scores better than what the solvers found."


def _log_failure(why: str, plan: DispatchPlan | None) -> None:
    """Log what the solvers did wrong, whole, so that the defect can be found."""
    logger.error("The simple method's plan stands in: %s", why)
    if plan is not None:
        logger.error("Rejected plan: %s", json.dumps(to_plain(plan), ensure_ascii=False))


def _on_the_road(
    prepared: Prepared, solved: Solved, watch: StageWatch
) -> tuple[DispatchPlan, tuple[RoadPath, ...], str]:
    """Return the plan with its roads, verified along with them."""
    situation = prepared.situation
    watch.begin("verify", "every leg on its road")
    paths, certificate = _verified(solved.plan, situation, prepared.travel_source)
    if certificate.holds:
        return solved.plan.certified(certificate), paths, solved.fallback
    rejected = PlanRejected(solved.plan, certificate)
    _log_failure(str(rejected), solved.plan.certified(certificate))
    if solved.plan.is_baseline:
        raise rejected
    simple = plan_dispatch(situation, NearestAllocator(), SavingsRouter())
    paths, certificate = _verified(simple, situation, prepared.travel_source)
    if not certificate.holds:
        raise PlanRejected(simple, certificate) from rejected
    return simple.certified(certificate), paths, str(rejected)


def _verified(
    plan: DispatchPlan, situation: Situation, travel_source: TravelSource
) -> tuple[tuple[RoadPath, ...], Certificate]:
    paths = road_paths(plan, situation, travel_source)
    return paths, verify(plan, situation, paths)


def road_paths(
    plan: DispatchPlan, situation: Situation, travel_source: TravelSource
) -> tuple[RoadPath, ...]:
    """Return the road of every driven leg of a plan, once for each (from, to, speed class)."""
    speed_of = {kind.code: kind.speed_class for kind in situation.vehicle_classes}
    driven = {
        (leg.from_code, leg.to_code, speed_of[route.class_code])
        for route in plan.vehicle_routes
        for stop in (*(stop for trip in route.trips for stop in trip.stops), route.home)
        if (leg := stop.leg).from_code != leg.to_code
    }
    locations = {location.code: location for location in locations_of(situation)}
    return travel_source.paths(
        [(locations[start], locations[end], speed) for start, end, speed in sorted(driven)]
    )


def closed_stretches(roads: RoadNetwork, closures: Sequence[Closure]) -> tuple[ClosedStretch, ...]:
    """Return the stretches of closures with their points."""
    stretches = []
    for closure in closures:
        rows = np.searchsorted(roads.layout.node_ids, np.array(closure.edges, dtype=np.int64))
        stretches += [
            ClosedStretch(
                closure=closure.name, begin=roads.point_of(begin), end=roads.point_of(end)
            )
            for begin, end in rows.reshape(-1, 2).tolist()
        ]
    return tuple(stretches)


def affected_people(assessment: Assessment) -> Estimate | None:
    """Return the people affected over all counties, None where no report counts them."""
    figures = [
        figure.estimate
        for figure in assessment.figures_for(PlaceKind.COUNTY)
        if figure.indicator is Indicator.AFFECTED
    ]
    if not figures:
        return None
    return Estimate(
        low=sum(figure.low for figure in figures),
        likely=sum(figure.likely for figure in figures),
        high=sum(figure.high for figure in figures),
    )


def _notes(sources: Sources, prepared: Prepared) -> tuple[Sentence, ...]:
    stated = (*sources.event.notes, *sources.network.notes)
    return (*(Sentence(_literal(note)) for note in stated), *prepared.notes)


def _literal(text: str) -> str:
    # A note of an event is no template: its braces are to be shown.
    return text.replace("{", "{{").replace("}", "}}")
