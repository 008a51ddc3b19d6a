"""What has happened to a plan under way, put together as the situation in which it goes on."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from geodata.closures import parse_closure
from geodata.gazetteer import Gazetteer
from geodata.off_road import Errands, OffRoadTravel
from geodata.plan_travel import PlanTravel
from geodata.roads import RoadNetwork
from relief.damage.indicators import NAMES
from relief.damage.needs import Factor, Need
from relief.damage.reports import DamageReport
from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.plan.calls_made import with_calls_made
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution import Progress, progress
from relief.plan.execution_events import ExecutionEvent
from relief.plan.going_on import situation_going_on
from relief.plan.handing_over import hands_over
from relief.plan.situation import Situation
from relief.plan.travel import Closure, Location, RoadPath, TravelSource, TravelTimes
from relief.plan.under_way import VehicleUnderWay
from relief.plan.wrecks import Wreck
from relief.sentences import Sentence, say
from relief.supply.fleet import OFF_ROAD, Mode
from relief.units import SHANGHAI
from scenarios.carriers import FUEL_TIER
from scenarios.diversion import diverted, positions
from scenarios.overlay import locations_of
from scenarios.wrecks import wrecks


@dataclass(frozen=True, slots=True, kw_only=True)
class Happenings:
    """What has happened since a plan was made.

    Parameters
    ----------
    events
        What has been told of vehicles.
    closed_roads
        As in `geodata.closures.parse_closure`.
    lost_depots
        Codes of depots whose stock, and the trucks that still stand there, are lost.
    scaled_needs
        Factors under the code of a place; an empty code stands for all places.
    reports
        Damage reports that revise what is needed.
    may_name_files
        Whether `closed_roads` may name files; False for words from outside this machine.
    """

    events: tuple[ExecutionEvent, ...] = ()
    closed_roads: tuple[str, ...] = ()
    lost_depots: tuple[str, ...] = ()
    scaled_needs: tuple[tuple[str, float], ...] = ()
    reports: tuple[DamageReport, ...] = ()
    may_name_files: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoingOn:
    """A plan under way at an instant, with all that has happened.

    Parameters
    ----------
    before
        What the plan was made for, its needs as they are now known.
    situation
        In which it goes on.
    done
        Where it stands.
    travel_source
        The roads that are left; None where nothing has been closed, no truck has turned, and no
        road is closed only for a time.
    closures
        What has just been closed.
    told
        What has happened, as sentences.
    """

    before: Situation
    situation: Situation
    done: Progress
    travel_source: TravelSource | None
    closures: tuple[Closure, ...]
    told: tuple[Sentence, ...]


def going_on(
    plan: DispatchPlan,
    before: Situation,
    paths: Sequence[RoadPath],
    happened: Happenings,
    at: datetime,
    *,
    roads: RoadNetwork,
    gazetteer: Gazetteer,
) -> GoingOn:
    """Return the situation in which a plan goes on.

    Parameters
    ----------
    plan, before, paths
        The plan, what it was made for, and the roads of its legs.
    happened
        What has happened.
    at
        The instant of deciding.
    roads
        The road network without closures.
    gazetteer
        The places that a closure may name.

    Raises
    ------
    InvalidInput
        With all faults of what is said to have happened; or if goods change vehicles at hubs in the
        plan.
    """
    faults = [*_hub_faults(plan), *_faults(before, happened, at)]
    closures: list[Closure] = []
    left = roads.closed((*before.travel.closures, *before.travel.later_closures))
    for spec in happened.closed_roads:
        try:
            closures.append(parse_closure(spec, gazetteer, left, files=happened.may_name_files))
        except InvalidInput as error:
            faults.extend(error.faults)
    done = None
    try:
        done = progress(plan, before, happened.events, at)
    except InvalidInput as error:
        faults.extend(error.faults)
    if faults or done is None:
        raise InvalidInput(*faults)
    revised, notes = _revised(before, happened)
    before = replace(before, needs=revised)
    done = diverted(before, done, paths, closures)
    done = _with_losses(before, done, happened.lost_depots)
    travel, source = before.travel, None
    stranded = wrecks(before, done, paths)
    spots = positions(done.under_way)
    # Roads that were closed for a time may be open now, and the way of a leg is that of its time.
    is_timed = any(one.is_timed for one in (*before.travel.closures, *before.travel.later_closures))
    if closures or spots or stranded or is_timed:
        source = travel_of(before, left.closed(closures), at)
        travel = _timed(before, source, spots, stranded)
    situation = situation_going_on(before, done, travel=travel, wrecks=stranded)
    situation = with_calls_made(situation, plan, before, done.at - before.start_at)
    if happened.lost_depots:
        situation = replace(
            situation,
            lots=tuple(
                replace(lot, pieces=0, committed_pieces=0)
                if lot.depot_code in happened.lost_depots
                else lot
                for lot in situation.lots
            ),
        )
    return GoingOn(
        before=before,
        situation=situation,
        done=done,
        travel_source=source,
        closures=tuple(closures),
        told=(*_told(before, happened, closures), *notes),
    )


def travel_of(situation: Situation, roads: RoadNetwork, at: datetime) -> TravelSource:
    """Return the travel of a situation from an instant on.

    Parameters
    ----------
    situation
        Says who carries goods where without a road; its closures are those of `roads`.
    roads
        The network with all closures.
    at
        The instant.
    """
    on_road = PlanTravel(roads, at, situation.horizon_at)
    travel = situation.travel
    layers = [row for row, speed in enumerate(travel.speed_classes) if speed in OFF_ROAD]
    if not layers:
        return on_road
    columns = travel.index()
    depots = [columns[depot.code] for depot in situation.depots]
    ranges_m = [kind.range_m for kind in situation.vehicle_classes if kind.mode is Mode.AIR]
    return OffRoadTravel(
        on_road,
        roads,
        Errands(
            speed_classes=tuple(travel.speed_classes[row] for row in layers),
            depot_codes=frozenset(depot.code for depot in situation.depots),
            fuel_codes=frozenset(d.code for d in situation.depots if d.tier >= FUEL_TIER),
            goal_codes=frozenset(
                place.code
                for place in situation.places
                if np.isfinite(
                    travel.duration_h[np.ix_(layers, depots, [columns[place.code]])]
                ).any()
            ),
            range_m=min(ranges_m, default=0),
            limits=situation.policy.carriers,
        ),
    )


def _timed(
    before: Situation,
    source: TravelSource,
    spots: Mapping[str, Point],
    stranded: Sequence[Wreck],
) -> TravelTimes:
    """Return travel times with the points on the road, and those of broken trucks."""
    by_road = {wreck.depot.code: wreck.depot.point for wreck in stranded}
    on_road = [
        Location(code=code, name_zh=code, name_en=code, point=point)
        for code, point in (*sorted(by_road.items()), *sorted(spots.items()))
    ]
    return source.travel_times([*locations_of(replace(before, under_way=())), *on_road])


def _with_losses(before: Situation, done: Progress, lost: Collection[str]) -> Progress:
    """Return the progress with the trucks that stand in lost depots out of service."""
    if not lost:
        return done
    gone = {vehicle.vehicle_code for vehicle in done.under_way}
    standing = [
        VehicleUnderWay(
            vehicle_code=code,
            location_code=pool.base_code,
            free_at=done.at,
            is_broken_down=True,
        )
        for pool in before.pools
        if pool.base_code in lost
        for code in pool.vehicle_codes()
        if code not in gone
    ]
    vehicles = sorted([*done.under_way, *standing], key=lambda one: one.vehicle_code)
    return replace(done, under_way=tuple(vehicles))


def _revised(
    before: Situation, happened: Happenings
) -> tuple[tuple[Need, ...], tuple[Sentence, ...]]:
    """Return the needs by factors and reports, and what that was, as sentences."""
    needs = list(before.needs)
    notes: list[Sentence] = []
    for code, factor in happened.scaled_needs:
        needs = [
            _scaled(need, factor, "what-if") if code in ("", need.place_code) else need
            for need in needs
        ]
    for report in happened.reports:
        for indicator, count in report.counts:
            name = NAMES[indicator].en
            hit = [
                number
                for number, need in enumerate(needs)
                if need.place_code.startswith(report.unit_code) and need.chain[0].name == name
            ]
            if not hit:
                continue
            # Of one place all needs start from the same count; over a county they add up.
            counts = {needs[number].place_code: needs[number].chain[0].value for number in hit}
            known = sum(counts.values())
            source = f"report no. {report.sequence} of card {report.sender_card}"
            for number in hit:
                needs[number] = _scaled(needs[number], count / known, source, name=name)
            notes.append(
                say(
                    "{place}: {indicator} now {count} instead of {known}.",
                    place=report.unit_code,
                    indicator=name,
                    count=count,
                    known=round(known),
                )
            )
    return tuple(need for need in needs if need.pieces > 0), tuple(notes)


def _scaled(need: Need, factor: float, source: str, *, name: str = "") -> Need:
    """Return the need after its count has changed; what was delivered before stays delivered."""
    likely = math.ceil(round(need.estimate.likely * factor, 6))
    chain = need.chain
    if name:
        chain = (replace(chain[0], value=chain[0].value * factor, source=source), *chain[1:])
    else:
        chain = (*chain, Factor(name="revised", value=factor, unit="share", source=source))
    return replace(
        need,
        pieces=max(0, need.pieces + likely - need.estimate.likely),
        estimate=replace(
            need.estimate,
            low=math.floor(need.estimate.low * factor),
            likely=likely,
            high=math.ceil(round(need.estimate.high * factor, 6)),
        ),
        chain=chain,
    )


def _clock(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(timespec="minutes")


def _hub_faults(plan: DispatchPlan) -> Iterator[Fault]:
    """Yield that a plan cannot go on in which vehicles wait for what others bring."""
    if hands_over(plan):
        yield Fault(
            where=f"plan {plan.plan_id}",
            field="hubs",
            what=say(
                "Goods change vehicles at hubs in this plan; it cannot be made anew while it is "
                "carried out, because what lies there and what waits for it is not followed."
            ),
            allowed="a plan without hand-overs",
            remedy=say(
                "Plan afresh with --at and --received, or make the plan with --no-hubs from the "
                "start."
            ),
        )


def _faults(before: Situation, happened: Happenings, at: datetime) -> list[Fault]:
    faults: list[Fault] = []
    earliest = before.as_of or before.start_at
    if not earliest <= at < before.horizon_at:
        faults.append(
            Fault(
                where="--at",
                value=at.isoformat(),
                what=say("The plan is not under way at this instant."),
                allowed=f"{_clock(earliest)} to {_clock(before.horizon_at)}",
            )
        )
    if before.policy.reserve.stock_ppm or before.policy.reserve.trucks_ppm:
        faults.append(
            Fault(
                where="policy",
                field="reserve",
                what=say("A plan that keeps a share in reserve cannot be made anew on the move."),
                allowed="holds of so many pieces, which stay as they are",
                remedy=say("Plan with orders to hold stock instead of a share."),
            )
        )
    depots = {depot.code for depot in before.depots}
    places = {place.code for place in before.places} | {""}
    units = {need.place_code for need in before.needs}
    faults += [
        _unknown("--lose-depot", code, depots)
        for code in happened.lost_depots
        if code not in depots
    ]
    for code, factor in happened.scaled_needs:
        if code not in places:
            faults.append(_unknown("--scale-needs", code, places - {""}))
        if not (math.isfinite(factor) and factor >= 0):
            faults.append(
                Fault(
                    where="--scale-needs",
                    value=str(factor),
                    what=say("An impossible number."),
                    allowed=">= 0",
                    remedy=say("Correct the number."),
                )
            )
    faults += [
        _unknown("--report", report.unit_code, units)
        for report in happened.reports
        if not any(unit.startswith(report.unit_code) for unit in units)
    ]
    return faults


def _unknown(where: str, code: str, known: Collection[str]) -> Fault:
    near = [other for other in sorted(known) if other[:4] == code[:4]] or sorted(known)
    return Fault(
        where=where,
        value=code,
        what=say("Named here, but not part of the situation."),
        allowed=", ".join(near[:8]),
        remedy=say("Add it or correct the code."),
    )


def _told(
    before: Situation, happened: Happenings, closures: Sequence[Closure]
) -> tuple[Sentence, ...]:
    names = {d.code: f"{d.name_zh} {d.name_en}" for d in before.depots}
    names |= {p.code: f"{p.name_zh} {p.name_en}" for p in before.places}
    told = [
        say(
            "The road {road} is closed ({num} stretches).",
            road=closure.name,
            num=len(closure.edges),
        )
        for closure in closures
    ]
    told += [
        say("{depot} loses its stock and its trucks.", depot=names[code])
        for code in happened.lost_depots
    ]
    told += [
        event.told(names.get(event.location_code, event.location_code)) for event in happened.events
    ]
    for code, factor in happened.scaled_needs:
        if code:
            told.append(
                say(
                    "The needs of {place} are multiplied by {factor}.",
                    place=names[code],
                    factor=factor,
                )
            )
        else:
            told.append(say("All needs are multiplied by {factor}.", factor=factor))
    return tuple(told)
