"""A reserve study: what to keep, and how it would fare against what is kept today."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geodata.closing import close_between
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.roads import RoadNetwork, load_roads
from geodata.travel import RoadTravel
from relief.damage.factors import DEFAULT_PROFILE, load_profile
from relief.errors import Fault, InvalidInput
from relief.places import Depot, Place, Tier
from relief.plan.outcome import Clock, Progress, ProgressStep, silent
from relief.plan.policy import PlanningPolicy
from relief.plan.reserve import (
    ReserveChoice,
    ReserveOutcome,
    ReservePlan,
    ReserveTerms,
    ScenarioEnsemble,
)
from relief.plan.travel import Closure, Location
from relief.sentences import say
from relief.supply.network import ReserveNetwork
from relief.units import SHANGHAI
from scenarios.ensemble import (
    NeedPattern,
    Terrain,
    draw_ensemble,
    need_pattern,
    neighbouring_seats,
)
from scenarios.events import event_codes, load_event
from scenarios.network import open_network
from scenarios.prepare import prepare
from scenarios.reserve_terms import main_items, reserve_terms
from solvers.reserve.extensive import ExtensiveReservePlanner

LEAST_SCENARIOS = 50
MOST_SCENARIOS = 400
MOST_SHORTAGE_FACTOR = 1_000.0
_SPEED_CLASS = "medium"
_HUBEI = "42"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRequest:
    """What is to be studied.

    Parameters
    ----------
    num_scenarios, num_fresh
        Scenarios that the plan is made for, and fresh ones that it is judged on.
    seed
        Seed of the first; the fresh ones take the next seed.
    network
        The folder of the reserve network; None for the one that comes with the program.
    profile
        The planning factors.
    shortage_factor
        On the planner's prices of lacking goods.
    item_codes
        The items; empty for the main ones of the library.
    """

    num_scenarios: int = 60
    num_fresh: int = 60
    seed: int = 1
    network: Path | None = None
    profile: str = DEFAULT_PROFILE
    shortage_factor: float = 1.0
    item_codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = [
            Fault(
                where=option,
                value=str(value),
                what=say("A study needs more scenarios to mean something, or fewer to end."),
                allowed=f"{LEAST_SCENARIOS} to {MOST_SCENARIOS}",
            )
            for option, value in (("--scenarios", self.num_scenarios), ("--fresh", self.num_fresh))
            if not LEAST_SCENARIOS <= value <= MOST_SCENARIOS
        ]
        if not 0 < self.shortage_factor <= MOST_SHORTAGE_FACTOR:
            faults.append(
                Fault(
                    where="--shortage",
                    value=f"{self.shortage_factor:g}",
                    what=say("An impossible number."),
                    allowed=f"> 0, <= {MOST_SHORTAGE_FACTOR:g}",
                )
            )
        if self.seed < 0:
            faults.append(
                Fault(
                    where="--seed",
                    value=str(self.seed),
                    what=say("A seed is not negative."),
                    allowed=">= 0",
                )
            )
        if faults:
            raise InvalidInput(*faults)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReserveStudy:
    """What a study found.

    Parameters
    ----------
    network
        The reserve network of today.
    depots
        The depots of the axes.
    ensemble, fresh
        The scenarios that the plan was made for, and those that it is judged on.
    terms
        The terms of each item.
    plan
        What to keep.
    today
        What is kept today: province, cities and counties; no agreements.
    planned_outcome, today_outcome
        How both fare in the fresh scenarios.
    seconds
        Wall-clock time of the study.
    """

    network: ReserveNetwork
    depots: tuple[Depot, ...]
    ensemble: ScenarioEnsemble
    fresh: ScenarioEnsemble
    terms: tuple[ReserveTerms, ...]
    plan: ReservePlan
    today: ReserveChoice
    planned_outcome: ReserveOutcome
    today_outcome: ReserveOutcome
    seconds: float


def study_reserve(
    request: StudyRequest, progress: Progress = silent, *, clock: Clock = time.monotonic
) -> ReserveStudy:
    """Size a reserve and judge it on scenarios it was not made for.

    Parameters
    ----------
    request
        What is to be studied.
    progress
        Hears of the progress; may raise `relief.errors.Stopped` to give up.
    clock
        Measures the study.

    Raises
    ------
    InvalidInput
        If the network or an item code has faults.
    """
    began_s = clock()
    progress(ProgressStep(stage="network", done_share=0.0, detail="opening the reserve network"))
    gazetteer, roads = load_gazetteer(), load_roads()
    as_of = max(load_event(code).default_at for code in event_codes()).astimezone(SHANGHAI).date()
    network = open_network(request.network, as_of=as_of)
    item_codes = request.item_codes or main_items()
    terms = reserve_terms(network.catalogue, item_codes, shortage_factor=request.shortage_factor)
    depots = tuple(
        depot
        for depot in network.depots
        if depot.tier <= Tier.PROVINCE and depot.county_code.startswith(_HUBEI)
    )
    cuts = _cuttable_roads(gazetteer, roads)
    row = {county.code: i for i, county in enumerate(gazetteer.counties)}
    terrain = Terrain(
        counties=gazetteer.counties,
        depots=depots,
        supplier_codes=tuple(depot.code for depot in depots if depot.tier is Tier.CITY),
        neighbours=tuple((row[one], row[other]) for one, other in cuts),
        drive_hours=_DriveHours(depots, gazetteer.counties, roads, cuts),
    )
    patterns = _patterns(network, roads, request.profile, item_codes, progress)
    ensemble, fresh = (
        draw_ensemble(
            patterns, terrain, item_codes, num_scenarios=num, seed=seed, progress=progress
        )
        for num, seed in (
            (request.num_scenarios, request.seed),
            (request.num_fresh, request.seed + 1),
        )
    )
    planner = ExtensiveReservePlanner(progress=progress, clock=clock)
    plan = planner.plan(ensemble, terms)
    today = _today(network, depots, item_codes, as_of, num_suppliers=len(terrain.supplier_codes))
    return ReserveStudy(
        network=network,
        depots=depots,
        ensemble=ensemble,
        fresh=fresh,
        terms=terms,
        plan=plan,
        today=today,
        planned_outcome=planner.evaluate(plan.choice, fresh, terms),
        today_outcome=planner.evaluate(today, fresh, terms),
        seconds=clock() - began_s,
    )


def _cuttable_roads(gazetteer: Gazetteer, roads: RoadNetwork) -> dict[tuple[str, str], Closure]:
    """Return the closures of the roads between neighbouring counties, under their codes.

    City districts that share one road junction have no road between them that could be cut.
    """
    cuts = {}
    for i, j in neighbouring_seats(gazetteer.counties):
        one, other = gazetteer.counties[i], gazetteer.counties[j]
        try:
            closure = close_between(one, other, roads, name=f"{one.name_zh}-{other.name_zh}")
        except InvalidInput:
            continue
        cuts[one.code, other.code] = closure
    return cuts


class _DriveHours:
    """Drives from depots to county seats when roads between counties are cut.

    Parameters
    ----------
    depots, counties
        Rows and columns.
    roads
        What lies between.
    cuts
        The closures of the roads that may be cut.
    """

    def __init__(
        self,
        depots: tuple[Depot, ...],
        counties: tuple[Place, ...],
        roads: RoadNetwork,
        cuts: Mapping[tuple[str, str], Closure],
    ) -> None:
        spots: list[Depot | Place] = [*depots, *counties]
        self._locations = [
            Location(code=spot.code, name_zh=spot.name_zh, name_en=spot.name_en, point=spot.point)
            for spot in spots
        ]
        self._num_depots = len(depots)
        self._roads = roads
        self._cuts = cuts

    def __call__(self, cuts: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Return the drives, shape (depots, counties), in hours."""
        closures = [self._cuts[pair] for pair in cuts]
        travel = RoadTravel(self._roads.closed(closures) if closures else self._roads)
        times = travel.travel_times(self._locations)
        row = times.speed_classes.index(_SPEED_CLASS)
        return times.duration_h[row, : self._num_depots, self._num_depots :].copy()


def _patterns(
    network: ReserveNetwork,
    roads: RoadNetwork,
    profile: str,
    item_codes: tuple[str, ...],
    progress: Progress,
) -> tuple[NeedPattern, ...]:
    gazetteer = load_gazetteer()
    patterns = []
    for code in event_codes():
        event = load_event(code)
        prepared = prepare(
            event,
            at=event.default_at,
            network=network,
            gazetteer=gazetteer,
            roads=roads,
            profile=load_profile(profile),
            policy=PlanningPolicy(),
            progress=progress,
        )
        patterns.append(need_pattern(prepared.situation, gazetteer.counties, item_codes))
    return tuple(patterns)


def _today(
    network: ReserveNetwork,
    depots: tuple[Depot, ...],
    item_codes: tuple[str, ...],
    as_of: date,
    *,
    num_suppliers: int,
) -> ReserveChoice:
    row = {depot.code: i for i, depot in enumerate(depots)}
    column = {code: i for i, code in enumerate(item_codes)}
    physical = np.zeros((len(depots), len(item_codes)), dtype=np.int64)
    for lot in network.lots:
        usable = lot.expires_on is None or lot.expires_on >= as_of
        ours = lot.owner <= Tier.PROVINCE and lot.depot_code in row
        if usable and ours and lot.item_code in column:
            physical[row[lot.depot_code], column[lot.item_code]] += lot.available_pieces
    return ReserveChoice(
        physical_pieces=physical,
        agreement_pieces=np.zeros((num_suppliers, len(item_codes)), dtype=np.int64),
    )
