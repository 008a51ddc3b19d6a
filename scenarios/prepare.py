"""From an event and the state of the world to a situation that can be planned."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from geodata.closure_files import find_closures
from geodata.closures import parse_closure
from geodata.gazetteer import Gazetteer
from geodata.plan_travel import PlanTravel, told_how_timed
from geodata.roads import RoadNetwork
from relief.damage.assessment import Assessment, assess
from relief.damage.factors import FactorProfile
from relief.damage.needs import Need
from relief.damage.planning import derive_needs
from relief.damage.reports import DamageReport, RefusedReport
from relief.errors import Fault, InvalidInput
from relief.places import Depot, Evidence, Place
from relief.plan.outcome import Progress, ProgressStep, silent
from relief.plan.policy import PlanningPolicy
from relief.plan.received import read_received, still_needed
from relief.plan.situation import Situation
from relief.plan.travel import Closure, Location, TravelSource
from relief.sentences import Sentence, say
from relief.supply.fleet import Mode
from relief.supply.made_up import with_kit_items
from relief.supply.network import ReserveNetwork
from relief.units import SHANGHAI, in_utc
from scenarios.agreements import with_agreements
from scenarios.carriers import OffRoadFleet, off_road_fleet, with_carriers
from scenarios.events import Event, StatedClosure
from scenarios.hearing import hear
from scenarios.made_up import with_made_up
from scenarios.readiness import hit_counties, readied, readiness_note
from scenarios.road_limits import Crossings, read_road_limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A situation and what led to it.

    Parameters
    ----------
    situation
        Ready to be planned.
    assessment
        What was known of the damage.
    refused
        Sentences received by then that could not be used, with the reason.
    travel_source
        The roads with their closures.
    notes
        What a reader of the plan must know: what is modelled, which roads are taken as cut.
    off_road
        Boats, helicopters and porters that stand by, those that the situation holds among them.
    """

    situation: Situation
    assessment: Assessment
    refused: tuple[RefusedReport, ...]
    travel_source: TravelSource
    notes: tuple[Sentence, ...]
    off_road: OffRoadFleet = field(default_factory=OffRoadFleet)


def prepare(
    event: Event,
    *,
    at: datetime,
    network: ReserveNetwork,
    gazetteer: Gazetteer,
    roads: RoadNetwork,
    profile: FactorProfile,
    policy: PlanningPolicy,
    also: Sequence[DamageReport] = (),
    readiness: bool = True,
    closed_roads: Sequence[str] = (),
    modes: frozenset[Mode] = frozenset(Mode),
    agreements: bool = False,
    kits: bool = False,
    substitutes: bool = False,
    received: Path | None = None,
    needs_from: Callable[[Assessment], tuple[Need, ...]] | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Prepare the situation of an event as it was known at an instant.

    Parameters
    ----------
    event
        The event.
    at
        The instant: the plan starts then, and nothing received later is known.
    network
        Depots, stock, items and trucks.
    gazetteer
        The places that reports may name.
    roads
        The open road network; the event's closures are made here.
    profile
        The planning factors.
    policy
        Windows and weights.
    also
        Further reports, received in another way.
    readiness
        Whether only the part of the modelled stock and trucks is there that the event states as
        ready; False for all of it.
    closed_roads
        Further roads that are closed, as in `geodata.closures.parse_closure`, or closed but for
        so much a day, as in `scenarios.road_limits`.
    modes
        What may carry goods to places that no truck reaches in time.
    agreements
        Whether modelled agreements with suppliers are counted on; published ones always are.
    kits, substitutes
        Whether depots make up kits of their parts, and send what may stand in for other items.
    received
        A table of goods that places have got already or that are on the road to them; see
        `relief.plan.received`.
    needs_from
        Gives the needs, where they are not to be those of the reported counts.
    progress
        Receives signs of life.

    Returns
    -------
    Prepared
        Depots without usable stock and without trucks are left out, and places without needs.

    Raises
    ------
    InvalidInput
        If more sentences than the event allows are refused, if no report had been received by
        then, or if a closure of the event cannot be found; every fault is listed.
    ValueError
        If `at` has no offset.
    """
    at = in_utc(at)
    progress(ProgressStep(stage="reports", done_share=0.0, detail="reading sentences"))
    reports, refused = _read(event, at, gazetteer)
    reports = tuple(report for report in (*reports, *also) if report.received_at <= at)
    assessment = assess(reports, at=at, places=(*gazetteer.counties, *gazetteer.townships))
    if not assessment.figures:
        raise InvalidInput(_nothing_known(event, at))
    progress(ProgressStep(stage="needs", done_share=0.0, detail="from counts to pieces"))
    needs = (
        derive_needs(
            assessment,
            profile,
            catalogue=with_kit_items(network.catalogue) if kits else network.catalogue,
            start_at=at,
            window_ends=policy.window_ends,
            level=event.level,
        )
        if needs_from is None
        else needs_from(assessment)
    )
    needs, received_notes = _not_received(needs, received, network, gazetteer)
    progress(ProgressStep(stage="travel", done_share=0.0, detail="closing roads"))
    stated = tuple(cut for cut in event.closures if cut.until is None or at < cut.until)
    closures, notes = _closures(stated, assessment, reports, gazetteer, roads)
    closed_roads, road_limits = read_road_limits(closed_roads)
    closures = (*closures, *find_closures(closed_roads, gazetteer, roads))
    horizon_at = at + policy.window_ends[-1]
    left = roads.closed(closures) if closures else roads
    travel_source = PlanTravel(left, at, horizon_at)
    if needs_from is not None:
        notes = (
            *notes,
            say(
                "Needs are raised over the reported counts where that does best over worlds drawn "
                "from the estimates (`relief robust`)."
            ),
        )
    told = (told_how_timed(closure, at, horizon_at) for closure in closures)
    notes = (*notes, *(note for note in told if note is not None))
    network, ready_notes = _made_ready(network, event, assessment, readiness=readiness)
    off_road = off_road_fleet(network, modes)
    network = _with_trucks_only(network)
    depots = tuple(_useful_depots(network, at, policy))
    depot_codes = {depot.code for depot in depots}
    places = tuple(gazetteer.place(code) for code in sorted({n.place_code for n in needs}))
    progress(ProgressStep(stage="travel", done_share=0.3, detail="timing the roads"))
    locations = _locations(depots, places)
    notes = (*notes, *_told_openings(travel_source.cut_off_for_a_time(locations), places))
    situation = Situation(
        event_code=event.code,
        event_zh=event.name_zh,
        event_en=event.name_en,
        start_at=at,
        catalogue=with_kit_items(network.catalogue) if kits else network.catalogue,
        places=places,
        needs=needs,
        depots=depots,
        lots=tuple(lot for lot in network.lots if lot.depot_code in depot_codes),
        vehicle_classes=network.vehicle_classes,
        pools=tuple(
            pool
            for pool in network.pools
            if pool.num_vehicles > 0 and pool.base_code in depot_codes
        ),
        travel=travel_source.travel_times(locations),
        policy=policy,
        depot_limits=tuple(
            limit for limit in network.depot_limits if limit.depot_code in depot_codes
        ),
        receiving_limits=tuple(
            limit
            for limit in network.receiving_limits
            if any(limit.holds_at(place.code) for place in places)
        ),
        pots=network.pots,
        hubs=tuple(hub for hub in network.hubs if hub.depot_code in depot_codes),
    )
    crossings = Crossings(gazetteer=gazetteer, roads=left, begin=at, end=horizon_at)
    rooms, road_notes = crossings.limited(situation, road_limits, locations)
    situation = replace(situation, receiving_limits=(*situation.receiving_limits, *rooms))
    situation, made_up_notes = with_made_up(situation, kits=kits, substitutes=substitutes)
    situation, offer_notes = with_agreements(
        situation, network.offers, network.donations, modelled=agreements
    )
    carried = with_carriers(situation, travel_source, left, off_road)
    progress(ProgressStep(stage="travel", done_share=1.0, detail="done"))
    return Prepared(
        situation=carried.situation,
        assessment=assessment,
        refused=refused,
        travel_source=carried.travel_source,
        notes=(
            *carried.notes,
            *ready_notes,
            *received_notes,
            *road_notes,
            *made_up_notes,
            *offer_notes,
            *notes,
        ),
        off_road=off_road,
    )


def _not_received(
    needs: tuple[Need, ...],
    table: Path | None,
    network: ReserveNetwork,
    gazetteer: Gazetteer,
) -> tuple[tuple[Need, ...], tuple[Sentence, ...]]:
    """Return the needs without what is there or on the road, and what to say of it."""
    if table is None:
        return needs, ()
    places = {place.code for place in (*gazetteer.counties, *gazetteer.townships)}
    items = {*with_kit_items(network.catalogue).by_code()}
    goods = read_received(table, places, items)
    left = still_needed(needs, goods)
    counted = sum(need.pieces for need in needs) - sum(need.pieces for need in left)
    note = say(
        "{counted:,} pieces that are there already or on the road are taken off the needs; "
        "{over:,} more are beyond what is needed there.",
        counted=counted,
        over=sum(one.pieces for one in goods) - counted,
    )
    return left, (note,)


def _read(
    event: Event, at: datetime, gazetteer: Gazetteer
) -> tuple[tuple[DamageReport, ...], tuple[RefusedReport, ...]]:
    """Return the reports of an event's capture, and what was refused of it by `at`."""
    heard = hear(event, gazetteer)
    if len(heard.refused) > event.max_refused:
        raise InvalidInput(
            *(
                Fault(
                    where=f"{event.code}/{event.reports_file}:{refused.line}",
                    field="sentence",
                    value=refused.raw.decode("gb18030", errors="replace"),
                    what=say("The sentence is refused: {reason}", reason=refused.reason),
                    allowed=f"max_refused = {event.max_refused}",
                    remedy=say(
                        "Correct or remove the line, or raise max_refused in event.toml to plan "
                        "without it."
                    ),
                )
                for refused in heard.refused
            )
        )
    return heard.reports, heard.by(at).refused


def _nothing_known(event: Event, at: datetime) -> Fault:
    first = event.instants[0].at if event.instants else event.default_at
    return Fault(
        where=event.code,
        field="at",
        value=_shown(at),
        what=say("No report had been received by then."),
        allowed=f">= {_shown(first)}",
        remedy=say("Plan at a later instant."),
    )


def _shown(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat()


def _made_ready(
    network: ReserveNetwork, event: Event, assessment: Assessment, *, readiness: bool
) -> tuple[ReserveNetwork, tuple[Sentence, ...]]:
    """Return the network with what of it is ready, and what to say about it."""
    if not event.readiness:
        return network, ()
    if not readiness:
        note = say("All stock and trucks are taken as ready, against what the event states.")
        return network, (note,)
    lots, pools = readied(
        network.lots, network.pools, event.readiness, hit_counties(assessment), network.depots
    )
    notes = tuple(readiness_note(each) for each in event.readiness)
    return replace(network, lots=lots, pools=pools), notes


def _closures(
    stated_closures: Sequence[StatedClosure],
    assessment: Assessment,
    reports: Sequence[DamageReport],
    gazetteer: Gazetteer,
    roads: RoadNetwork,
) -> tuple[tuple[Closure, ...], tuple[Sentence, ...]]:
    """Return the roads taken as cut, and what to say about them and about the figures."""
    notes: list[Sentence] = []
    closures: dict[str, Closure] = {}
    faults: list[Fault] = []
    for stated in stated_closures:
        try:
            closure = parse_closure(_text_for(stated, roads), gazetteer, roads)
        except InvalidInput as unusable:
            if roads.layout.details is not None and stated.text.startswith("edge "):
                # Stretches are told by junctions of the shipped network, which others lack.
                notes.append(
                    say(
                        "The road {road} is stated as cut on the network of the program; on these "
                        "roads it cannot be found and stays open in the plan.",
                        road=stated.name,
                    )
                )
                continue
            faults.extend(unusable.faults)
            continue
        closures[stated.name] = replace(closure, name=stated.name, reason=stated.reason)
        if stated.evidence is Evidence.MODELLED:
            notes.append(say("That {road} is cut is modelled.", road=stated.name))
        else:
            notes.append(say("{road} is cut. {source}", road=stated.name, source=stated.source))
    if faults:
        raise InvalidInput(*faults)
    for road, cards in _reported_cut(reports).items():
        try:
            closure = parse_closure(road, gazetteer, roads)
        except InvalidInput:
            notes.append(
                say(
                    "{road}, reported as cut by {cards}, could not be found on the road network "
                    "and stays open in the plan.",
                    road=road,
                    cards=", ".join(cards),
                )
            )
            continue
        closures.setdefault(closure.name, closure)
        notes.append(
            say("{road} is cut, as reported by {cards}.", road=road, cards=", ".join(cards))
        )
    notes.append(
        say(
            "{reports} reports were used; low and high values of the counts are modelled.",
            reports=assessment.num_reports,
        )
    )
    return tuple(closures.values()), tuple(notes)


def _text_for(stated: StatedClosure, roads: RoadNetwork) -> str:
    is_shipped = roads.layout.details is None
    return stated.text if is_shipped or not stated.elsewhere else stated.elsewhere


def _told_openings(cut_off: Collection[str], places: Sequence[Place]) -> Iterator[Sentence]:
    """Yield how places are reached that are cut off for a part of the plan only."""
    for place in places:
        if place.code in cut_off:
            yield say(
                "{zh} ({en}) is cut off for a part of the plan: trucks drive there outside the "
                "hours of the closures.",
                zh=place.name_zh,
                en=place.name_en,
            )


def _with_trucks_only(network: ReserveNetwork) -> ReserveNetwork:
    trucks = tuple(kind for kind in network.vehicle_classes if kind.mode is Mode.ROAD)
    codes = {kind.code for kind in trucks}
    pools = tuple(pool for pool in network.pools if pool.class_code in codes)
    return replace(network, vehicle_classes=trucks, pools=pools)


def _reported_cut(reports: Sequence[DamageReport]) -> dict[str, list[str]]:
    """Return the roads that the last report of a sender on a unit names as cut, and the cards."""
    last: dict[tuple[str, str], DamageReport] = {}
    for report in sorted(reports, key=lambda each: (each.observed_at, each.sequence)):
        last[report.sender_card, report.unit_code] = report
    roads: dict[str, list[str]] = {}
    for (card, _), report in sorted(last.items()):
        for road in report.blocked_roads:
            roads.setdefault(road, []).append(card)
    return roads


def _useful_depots(
    network: ReserveNetwork, at: datetime, policy: PlanningPolicy
) -> Iterator[Depot]:
    """Yield the depots from which something can be sent or a truck can start."""
    first_good_day = (at + policy.min_remaining_life).date()
    stocked = {
        lot.depot_code
        for lot in network.lots
        if lot.available_pieces > 0 and (lot.expires_on is None or lot.expires_on >= first_good_day)
    }
    stocked |= {offer.depot_code for offer in network.offers}
    stocked |= {donation.depot_code for donation in network.donations}
    based = {pool.base_code for pool in network.pools if pool.num_vehicles > 0}
    for depot in network.depots:
        if depot.code in stocked | based:
            yield depot


def _locations(depots: Sequence[Depot], places: Sequence[Place]) -> tuple[Location, ...]:
    spots: list[Depot | Place] = [*depots, *places]
    return tuple(
        Location(code=spot.code, name_zh=spot.name_zh, name_en=spot.name_en, point=spot.point)
        for spot in spots
    )
