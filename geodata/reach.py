"""How one place can be reached from another: by truck, by boat, by air, on foot at the end.

A boat goes along one named river, or over one named lake, between two places near its banks. A
helicopter flies straight. Porters carry goods from the junction, reachable by light truck, from
which truck and walk together are fastest; no walk leads through a closed area.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
import shapely

from geodata.crs import geodesic_km
from geodata.modes import Carrier, ModeRules, load_mode_rules
from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES
from geodata.travel import RoadTravel
from geodata.waters import boat_way, landings, named_waters
from relief.places import Place, Point
from relief.plan.travel import Location
from relief.sentences import Sentence, say

_SECONDS_PER_HOUR = 3600
_NUM_ROAD_ENDS = 64
_ON_ROAD = SPEED_CLASSES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One way of reaching a place.

    Parameters
    ----------
    name_zh, name_en
        Who goes: a speed class of trucks or a carrier.
    distance_km, seconds
        One way, without loading; None where it cannot be done.
    payload_kg
        What one trip carries; 0 for speed classes of trucks, whose classes differ.
    handling_s
        Loading and unloading of one trip; 0 for trucks, likewise.
    cost_fen
        Of one trip there and back, handling included; 0 for trucks, likewise.
    how
        Along what, or why it cannot be done.
    """

    name_zh: str
    name_en: str
    distance_km: float | None
    seconds: int | None
    payload_kg: int
    handling_s: int
    cost_fen: int
    how: Sentence


def find_reach(start: Place, end: Place, roads: RoadNetwork) -> tuple[Reach, ...]:
    """Return every way of reaching a place from another, trucks first.

    Parameters
    ----------
    start, end
        Two places.
    roads
        The network with its closures.
    """
    rules = load_mode_rules()
    legs = _road_legs(start, end, roads)
    found = [*legs.trucks]
    found += [_by_air(start, end, carrier, limit_km) for carrier, limit_km in rules.helicopters]
    found += [_by_water(start.point, end.point, carrier, rules) for carrier in rules.boats]
    found.append(_on_foot(end, legs, roads, rules))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RoadLegs:
    """The trucks' answers, and junctions near the end with the way there by light truck."""

    trucks: tuple[Reach, ...]
    ends: tuple[tuple[Point, float, int], ...]


def _road_legs(start: Place, end: Place, roads: RoadNetwork) -> _RoadLegs:
    (near,) = roads.junctions_near([end.point], count=_NUM_ROAD_ENDS)
    spots = [
        _location("start", start.point),
        _location("end", end.point),
        *(_location(f"junction {snap.row}", roads.point_of(snap.row)) for snap in near),
    ]
    times = RoadTravel(roads).travel_times(spots)
    seconds = times.duration_h[:, 0, :] * _SECONDS_PER_HOUR
    trucks = []
    for layer, (name, name_zh) in enumerate(
        zip(SPEED_CLASSES, ("轻型货车", "中型货车", "重型货车"), strict=True)
    ):
        open_road = bool(np.isfinite(seconds[layer, 1]))
        trucks.append(
            Reach(
                name_zh=name_zh,
                name_en=f"{name} trucks",
                distance_km=float(times.distance_km[layer, 0, 1]) if open_road else None,
                seconds=round(float(seconds[layer, 1])) if open_road else None,
                payload_kg=0,
                handling_s=0,
                cost_fen=0,
                how=say("by road") if open_road else say("No open road leads there."),
            )
        )
    layer = SPEED_CLASSES.index(_ON_ROAD)
    ends = tuple(
        (
            spots[place].point,
            float(times.distance_km[layer, 0, place]),
            round(float(seconds[layer, place])),
        )
        for place in range(2, len(spots))
        if np.isfinite(seconds[layer, place])
    )
    return _RoadLegs(trucks=tuple(trucks), ends=ends)


def _by_air(start: Place, end: Place, carrier: Carrier, limit_km: float) -> Reach:
    km = geodesic_km(start.point, end.point)
    if km > limit_km:
        why = say("Farther than {limit_km} km, out and back with reserve.", limit_km=limit_km)
        return _not_by(carrier, why)
    how = say("straight; by day and with sight")
    return _by(carrier, km, round(km / carrier.km_h * _SECONDS_PER_HOUR), how)


def _by_water(start: Point, end: Point, carrier: Carrier, rules: ModeRules) -> Reach:
    there = {one.water: one for one in landings(end, rules)}
    ways = [
        (way.seconds, one.water, way)
        for one in landings(start, rules)
        if one.water in there
        for way in [boat_way(one, there[one.water], carrier, rules)]
    ]
    if not ways:
        why = say(
            "No named water of the map passes within {landing_km} km of both.",
            landing_km=rules.landing_km,
        )
        return _not_by(carrier, why)
    _, number, way = min(ways, key=lambda entry: entry[:2])
    water = named_waters()[number]
    how = say(
        "on {name_zh} ({name_en}), {water_km} km; carried {carried_km} km from and to its banks",
        name_zh=water.name_zh,
        name_en=water.name_en,
        water_km=round(way.water_km, 1),
        carried_km=round(way.carried_km, 1),
    )
    return _by(carrier, way.water_km + way.carried_km, way.seconds, how)


def _on_foot(end: Place, legs: _RoadLegs, roads: RoadNetwork, rules: ModeRules) -> Reach:
    carrier = rules.porters
    areas = [
        shapely.Polygon([(corner.lon_deg, corner.lat_deg) for corner in closure.polygon])
        for closure in roads.closures
        if closure.polygon and closure.is_total
    ]
    best: tuple[int, float, float] | None = None
    for point, road_km, road_s in legs.ends:
        straight_km = geodesic_km(point, end.point)
        walk = shapely.LineString(
            [(point.lon_deg, point.lat_deg), (end.point.lon_deg, end.point.lat_deg)]
        )
        if straight_km > rules.foot_limit_km or any(area.intersects(walk) for area in areas):
            continue
        walk_km = straight_km * rules.foot_detour_factor
        seconds = road_s + ceil(walk_km / carrier.km_h * _SECONDS_PER_HOUR)
        if best is None or seconds < best[0]:
            best = (seconds, road_km, walk_km)
    if best is None:
        why = say(
            "No road end that trucks reach lies within {limit_km} km.",
            limit_km=rules.foot_limit_km,
        )
        return _not_by(carrier, why)
    seconds, road_km, walk_km = best
    how = say(
        "{road_km} km by light truck, the last {walk_km} km on foot",
        road_km=round(road_km, 1),
        walk_km=round(walk_km, 1),
    )
    return _by(carrier, road_km + walk_km, seconds, how)


def _by(carrier: Carrier, km: float, seconds: int, how: Sentence) -> Reach:
    handling_s = carrier.load_s + carrier.unload_s
    busy_h = (2 * seconds + handling_s) / _SECONDS_PER_HOUR
    return Reach(
        name_zh=carrier.name_zh,
        name_en=carrier.name_en,
        distance_km=km,
        seconds=seconds,
        payload_kg=carrier.payload_kg,
        handling_s=handling_s,
        cost_fen=ceil(busy_h * carrier.cost_fen_per_h),
        how=how,
    )


def _not_by(carrier: Carrier, why: Sentence) -> Reach:
    return Reach(
        name_zh=carrier.name_zh,
        name_en=carrier.name_en,
        distance_km=None,
        seconds=None,
        payload_kg=carrier.payload_kg,
        handling_s=0,
        cost_fen=0,
        how=why,
    )


def _location(code: str, point: Point) -> Location:
    return Location(code=code, name_zh="", name_en="", point=point)
