"""Boats, helicopters and porters for the places that no truck reaches in time.

They are the last resort: where a truck can bring anything that a place needs within the last
window, none of them goes there, and a situation without such a place holds none of them at all.
So their modelled figures never touch a plan that trucks can carry out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geodata.off_road import Errands, OffRoadTravel
from geodata.plan_travel import PlanTravel
from geodata.roads import RoadNetwork
from relief.errors import Fault, InvalidInput
from relief.places import Depot, Place, Tier
from relief.plan.reach import SECOND, earliest_arrivals_s
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S, Location, TravelSource
from relief.sentences import Sentence, say
from relief.supply.fleet import OFF_ROAD, Mode, VehicleClass, VehiclePool
from relief.supply.network import ReserveNetwork
from relief.units import SECONDS_PER_HOUR
from scenarios.moving_up import MovedUp, moved_up

POOLS_PER_PLACE = 6
"""Pools of each class that are kept for a place, the soonest there first: more would only make
the search slower."""

FUEL_TIER = Tier.CITY
"""Depots of this level and above have fuel for helicopters (modelled)."""

_WORDS = {"trucks": None, "boats": Mode.WATER, "helicopters": Mode.AIR, "foot": Mode.FOOT}


def read_modes(text: str) -> frozenset[Mode]:
    """Return the modes that an officer allows beside trucks.

    Parameters
    ----------
    text
        Words with commas between them: ``trucks``, ``boats``, ``helicopters``, ``foot``.

    Raises
    ------
    InvalidInput
        If a word is none of these.

    Examples
    --------
    >>> sorted(read_modes("trucks,boats,foot"))
    [<Mode.FOOT: 'foot'>, <Mode.WATER: 'water'>]
    """
    words = [word.strip() for word in text.split(",")]
    unknown = [word for word in words if word not in _WORDS]
    if unknown:
        raise InvalidInput(
            *(
                Fault(
                    where="--modes",
                    value=word,
                    what=say("There is no such way of carrying goods."),
                    allowed=",".join(_WORDS),
                )
                for word in unknown
            )
        )
    return frozenset(mode for word in words if (mode := _WORDS[word]) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffRoadFleet:
    """What there is beside trucks.

    Parameters
    ----------
    classes, pools
        Boats, helicopters and porters; empty where none are allowed.
    """

    classes: tuple[VehicleClass, ...] = ()
    pools: tuple[VehiclePool, ...] = ()


def off_road_fleet(network: ReserveNetwork, modes: frozenset[Mode]) -> OffRoadFleet:
    """Return the vehicles of a network that need no road and are allowed."""
    classes = tuple(kind for kind in network.vehicle_classes if kind.mode in modes - {Mode.ROAD})
    codes = {kind.code for kind in classes}
    return OffRoadFleet(
        classes=classes,
        pools=tuple(
            pool for pool in network.pools if pool.class_code in codes and pool.num_vehicles > 0
        ),
    )


def trucks_only(situation: Situation) -> Situation:
    """Return a situation without boats, helicopters and porters."""
    classes = tuple(kind for kind in situation.vehicle_classes if kind.mode is Mode.ROAD)
    if len(classes) == len(situation.vehicle_classes):
        return situation
    codes = {kind.code for kind in classes}
    travel = situation.travel
    layers = [i for i, name in enumerate(travel.speed_classes) if name not in OFF_ROAD]
    return replace(
        situation,
        vehicle_classes=classes,
        pools=tuple(pool for pool in situation.pools if pool.class_code in codes),
        travel=replace(
            travel,
            speed_classes=tuple(travel.speed_classes[i] for i in layers),
            duration_h=travel.duration_h[layers],
            distance_km=travel.distance_km[layers],
            span_of=travel.span_of[layers] if travel.span_of.size else travel.span_of,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """A situation with what serves the places that trucks do not.

    Parameters
    ----------
    situation
        The situation; the one that was given where trucks reach all places.
    travel_source
        Its travel.
    notes
        What a reader must know.
    """

    situation: Situation
    travel_source: TravelSource
    notes: tuple[Sentence, ...] = ()


def with_carriers(
    situation: Situation, on_road: TravelSource, roads: RoadNetwork, fleet: OffRoadFleet
) -> Carried:
    """Give places that no truck reaches in time at any hour to boats, helicopters and porters.

    Parameters
    ----------
    situation
        With trucks only, see `trucks_only`.
    on_road
        The travel of its trucks.
    roads
        The network that this stands on, with its closures.
    fleet
        What there is beside trucks; pools that stand at no depot of the situation are left out.
    """
    # Where roads are closed for a time, others bring goods before and after as well.
    at_any_hour = situation
    if situation.travel.closed_spans and isinstance(on_road, PlanTravel):
        times = on_road.at_any_hour.travel_times(_locations(situation))
        at_any_hour = replace(situation, travel=times)
    missed = _missed_by_trucks(at_any_hour)
    depots = {depot.code for depot in situation.depots}
    pools = tuple(pool for pool in fleet.pools if pool.base_code in depots)
    based = {pool.class_code for pool in pools}
    classes = tuple(kind for kind in fleet.classes if kind.code in based)
    if not missed or not classes:
        return Carried(situation=situation, travel_source=on_road)
    source = OffRoadTravel(on_road, roads, _errands(situation, missed, classes))
    all_in = replace(
        situation,
        vehicle_classes=(*situation.vehicle_classes, *classes),
        pools=(*situation.pools, *pools),
        travel=source.travel_times(_locations(situation)),
    )
    moved = moved_up(all_in, missed)
    all_in = replace(all_in, pools=moved.pools)
    useful = _useful_pools(all_in, missed)
    never = {place.code for place in _missed_by_trucks(situation)}
    notes = (*_notes(all_in, missed, useful, never), *_told_moves(all_in, moved, useful))
    used = {pool.class_code for pools in useful.values() for pool in pools}
    if not used:
        return Carried(situation=situation, travel_source=on_road, notes=notes)
    kept = {pool for pools in useful.values() for pool in pools}
    source = OffRoadTravel(
        on_road,
        roads,
        _errands(situation, missed, [kind for kind in classes if kind.code in used]),
    )
    return Carried(
        situation=replace(
            situation,
            vehicle_classes=(
                *situation.vehicle_classes,
                *(kind for kind in classes if kind.code in used),
            ),
            pools=(*situation.pools, *(pool for pool in all_in.pools if pool in kept)),
            travel=source.travel_times(_locations(situation)),
        ),
        travel_source=source,
        notes=notes,
    )


def _missed_by_trucks(situation: Situation) -> tuple[Place, ...]:
    """Return the places to which no truck can bring anything they need by the last window."""
    horizon_s = (situation.horizon_at - situation.start_at) // SECOND
    arrivals_s = earliest_arrivals_s(situation)
    wanted = {(need.place_code, need.item_code) for need in situation.needs}
    reached = {place for place, item in wanted if arrivals_s[place, item] <= horizon_s}
    stocked = {lot.item_code for lot in situation.usable_lots()}
    # Where nothing that is needed lies anywhere, no carrier helps.
    waiting = {place for place, item in wanted if item in stocked}
    return tuple(place for place in situation.places if place.code in waiting - reached)


def _errands(
    situation: Situation, missed: Iterable[Place], classes: Sequence[VehicleClass]
) -> Errands:
    ranges_m = [kind.range_m for kind in classes if kind.mode is Mode.AIR]
    present = {kind.speed_class for kind in classes}
    return Errands(
        speed_classes=tuple(name for name in OFF_ROAD if name in present),
        depot_codes=frozenset(depot.code for depot in situation.depots),
        fuel_codes=frozenset(d.code for d in situation.depots if d.tier >= FUEL_TIER),
        goal_codes=frozenset(place.code for place in missed),
        range_m=min(ranges_m, default=0),
        limits=situation.policy.carriers,
    )


def _useful_pools(
    situation: Situation, missed: Sequence[Place]
) -> dict[str, tuple[VehiclePool, ...]]:
    """Return for each place the pools that can be there in time, the soonest of each class."""
    horizon_s = (situation.horizon_at - situation.start_at) // SECOND
    row = situation.travel.index()
    seconds = dict(zip(situation.travel.speed_classes, situation.travel.seconds(), strict=True))
    stocked = sorted({row[lot.depot_code] for lot in situation.usable_lots()})
    ends = [row[place.code] for place in missed]
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    arrivals_s: dict[str, list[tuple[VehiclePool, list[int]]]] = {}
    for pool in situation.pools:
        kind = kinds[pool.class_code]
        if kind.mode is Mode.ROAD:
            continue
        way_s = seconds[kind.speed_class]
        ready_s = -(-pool.ready_after // SECOND) + kind.load_s + kind.unload_s
        over_s = way_s[row[pool.base_code], stocked][:, np.newaxis] + way_s[np.ix_(stocked, ends)]
        # Nobody is sent from where there is no way home at once.
        home_s = way_s[ends, row[pool.base_code]]
        soonest_s = np.where(home_s < UNREACHABLE_S, (ready_s + over_s).min(axis=0), UNREACHABLE_S)
        arrivals_s.setdefault(kind.code, []).append((pool, soonest_s.tolist()))
    useful: dict[str, tuple[VehiclePool, ...]] = {}
    for column, place in enumerate(missed):
        chosen: list[VehiclePool] = []
        for entries in arrivals_s.values():
            soonest = sorted(
                (soonest_s[column], pool.base_code, pool.num_drivers, number)
                for number, (pool, soonest_s) in enumerate(entries)
                if soonest_s[column] <= horizon_s
            )
            chosen += [entries[number][0] for *_, number in soonest[:POOLS_PER_PLACE]]
        useful[place.code] = tuple(chosen)
    return useful


def _notes(
    situation: Situation,
    missed: Sequence[Place],
    useful: dict[str, tuple[VehiclePool, ...]],
    never: Collection[str],
) -> Iterable[Sentence]:
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    limits = situation.policy.carriers
    hours = int((situation.horizon_at - situation.start_at) // SECOND) // SECONDS_PER_HOUR
    served_by: dict[tuple[str, ...], list[str]] = {}
    for place in missed:
        found = tuple(sorted({pool.class_code for pool in useful[place.code]}))
        if place.code not in never:
            if found:
                yield say(
                    "Trucks reach {place} for a part of the plan only; modelled carriers that "
                    "serve it besides: {carriers}.",
                    place=f"{place.name_zh} {place.name_en}",
                    carriers=", ".join(f"{kinds[c].name_zh} {kinds[c].name_en}" for c in found),
                )
            continue
        served_by.setdefault(found, []).append(f"{place.name_zh} {place.name_en}")
    modes = {kinds[pool.class_code].mode for pools in useful.values() for pool in pools}
    for found, names in served_by.items():
        if found:
            yield say(
                "No truck can bring anything to {place} within {hours} h; modelled carriers that "
                "can: {carriers}.",
                place=", ".join(names),
                hours=hours,
                carriers=", ".join(f"{kinds[c].name_zh} {kinds[c].name_en}" for c in found),
            )
        else:
            yield say(
                "Neither trucks nor boats, helicopters or porters can bring anything to {place} "
                "within {hours} h.",
                place=", ".join(names),
                hours=hours,
            )
    if Mode.AIR in modes:
        yield say(
            "Modelled: helicopters load and are filled up at depots of cities and above, serve one "
            "place a flight, and find a landing spot there."
        )
        if not limits.flies_at_night:
            yield say(
                "Modelled: helicopters fly by day only, from {begins} to {ends}.",
                begins=_clock(limits.day_begins.total_seconds()),
                ends=_clock(limits.day_ends.total_seconds()),
            )
    if Mode.WATER in modes:
        yield say(
            "Modelled: boats go along one named water, faster downstream than upstream; goods are "
            "carried up to {km} km from and to its banks. Depths, locks and dams are not known.",
            km=limits.landing_m / 1000,
        )
    if Mode.FOOT in modes:
        yield say(
            "Modelled: porters ride in a light truck to the end of the road and walk up to {km} "
            "km, straight; rivers and cliffs are not known.",
            km=limits.walk_m / 1000,
        )


def _told_moves(
    situation: Situation, moved: MovedUp, useful: Mapping[str, Sequence[VehiclePool]]
) -> Iterator[Sentence]:
    """Say which helicopters are moved up, of those that are of use."""
    names = {depot.code: f"{depot.name_zh} {depot.name_en}" for depot in situation.depots}
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    stations = {
        pool.base_code
        for pools in useful.values()
        for pool in pools
        if kinds[pool.class_code].mode is Mode.AIR
    }
    for base, station in moved.moves:
        if station in stations:
            yield say(
                "Helicopters from {base} move up to {station} first; the flight counts in time, "
                "but not in cost.",
                base=names[base],
                station=names[station],
            )


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _locations(situation: Situation) -> tuple[Location, ...]:
    spots: list[Depot | Place] = [*situation.depots, *situation.places]
    by_code = {spot.code: spot for spot in spots}
    return tuple(
        Location(
            code=code,
            name_zh=by_code[code].name_zh,
            name_en=by_code[code].name_en,
            point=by_code[code].point,
        )
        for code in situation.travel.location_codes
    )
