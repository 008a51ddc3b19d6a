"""The plan as GeoJSON (RFC 7946): depots, places, trips on their roads, closures.

Coordinates are longitude, latitude in EPSG:4490, which at this accuracy is WGS 84.
"""

from collections.abc import Iterator
from itertools import groupby

from api.documents.records import Plain
from api.plan_result import PlanResult
from relief.places import Depot, Place, Point
from relief.plan import measures
from relief.plan.measures import ServedNeed
from relief.plan.routes import Stop, StopKind, Trip
from relief.plan.travel import RoadPath
from relief.units import GRAMS_PER_KG

DIGITS = 5
"""Decimals of a degree: about a metre, finer than the network."""

PathKey = tuple[str, str, str]


def plan_geojson(result: PlanResult) -> Plain:
    """Return a plan as a GeoJSON feature collection.

    Each feature tells what it is by its property ``kind``: ``depot``, ``place``, ``trip`` or
    ``closure``.
    """
    situation = result.situation
    return {
        "type": "FeatureCollection",
        "plan_id": result.plan.plan_id,
        "event_zh": situation.event_zh,
        "event_en": situation.event_en,
        "start_at": situation.start_at.isoformat(),
        "network_name": situation.travel.network_name,
        "distances_are_approximate": situation.travel.approximate,
        "features": [
            *_depots(result),
            *_places(result),
            *_trips(result),
            *_closures(result),
        ],
    }


def position(point: Point) -> list[float]:
    """Return a point as GeoJSON writes it."""
    return [round(point.lon_deg, DIGITS), round(point.lat_deg, DIGITS)]


def _feature(geometry: Plain, properties: Plain) -> Plain:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(point: Point) -> Plain:
    return {"type": "Point", "coordinates": position(point)}


def _depots(result: PlanResult) -> Iterator[Plain]:
    items = result.situation.catalogue.by_code()
    sent_g: dict[str, int] = {}
    trips: dict[str, int] = {}
    for route in result.plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    mass_g = sum(line.pieces * items[line.item_code].mass_g for line in stop.lines)
                    sent_g[stop.location_code] = sent_g.get(stop.location_code, 0) + mass_g
                    trips[stop.location_code] = trips.get(stop.location_code, 0) + 1
    for depot in result.situation.depots:
        yield _feature(
            _point(depot.point),
            {
                "kind": "depot",
                "code": depot.code,
                "name_zh": depot.name_zh,
                "name_en": depot.name_en,
                "tier": depot.tier.name.lower(),
                "evidence": depot.evidence.value,
                "source": depot.source,
                "sent_kg": sent_g.get(depot.code, 0) / GRAMS_PER_KG,
                "num_loadings": trips.get(depot.code, 0),
            },
        )


def _places(result: PlanResult) -> Iterator[Plain]:
    served = measures.served_needs(result.situation, result.plan.vehicle_routes)
    by_place: dict[str, list[ServedNeed]] = {}
    for one in served:
        by_place.setdefault(one.need.place_code, []).append(one)
    items = result.situation.catalogue.by_code()
    because = {
        (short.place_code, short.item_code, short.due_at): short for short in result.plan.shortfalls
    }
    for place in result.situation.places:
        needs = by_place.get(place.code, [])
        yield _feature(
            _point(place.point),
            {
                "kind": "place",
                "code": place.code,
                "name_zh": place.name_zh,
                "name_en": place.name_en,
                "parent_zh": place.parent_zh,
                "parent_en": place.parent_en,
                "approximate": place.approximate,
                "population_people": place.population_people,
                "served_share": served_share(needs),
                "needs": [
                    {
                        "item_code": one.need.item_code,
                        "item_zh": items[one.need.item_code].name_zh,
                        "item_en": items[one.need.item_code].name_en,
                        "due_at": one.need.due_at.isoformat(),
                        "needed_pieces": one.need.pieces,
                        "arriving_pieces": sum(one.arrived_pieces),
                        "late_pieces": one.late_pieces(result.situation),
                        "reason": None
                        if (key := (place.code, one.need.item_code, one.need.due_at)) not in because
                        else because[key].reason.value,
                    }
                    for one in needs
                ],
            },
        )


def served_share(needs: list[ServedNeed]) -> float | None:
    """Return the share of a place's needs that arrives within the horizon.

    Pieces are weighted by the people who wait for them. None where nobody waits for anything.
    """
    wanted = sum(one.need.pieces * one.need.milli_people_per_piece for one in needs)
    got = sum(sum(one.arrived_pieces) * one.need.milli_people_per_piece for one in needs)
    return got / wanted if wanted else None


def _trips(result: PlanResult) -> Iterator[Plain]:
    situation = result.situation
    items = situation.catalogue.by_code()
    classes = {kind.code: kind for kind in situation.vehicle_classes}
    pools = {(p.base_code, p.class_code, p.num_drivers): p for p in situation.pools}
    spots: tuple[Depot | Place, ...] = (*situation.depots, *situation.places)
    names = {spot.code: (spot.name_zh, spot.name_en) for spot in spots}
    paths = {(path.from_code, path.to_code, path.speed_class): path for path in result.paths}
    for route in result.plan.vehicle_routes:
        kind = classes[route.class_code]
        pool = pools[route.base_code, route.class_code, route.num_drivers]
        for trip in route.trips:
            delivered = [stop for stop in trip.stops if stop.kind is not StopKind.LOAD]
            lines = [line for stop in delivered for line in stop.lines]
            mass_g = sum(line.pieces * items[line.item_code].mass_g for line in lines)
            volume_cm3 = sum(line.pieces * items[line.item_code].volume_cm3 for line in lines)
            yield _feature(
                {
                    "type": "MultiLineString",
                    "coordinates": trip_lines(trip, kind.speed_class, paths),
                },
                {
                    "kind": "trip",
                    "number": trip.number,
                    "vehicle_code": route.vehicle_code,
                    "class_code": route.class_code,
                    "class_zh": kind.name_zh,
                    "class_en": kind.name_en,
                    "mode": kind.mode.value,
                    "carrier_zh": pool.carrier_zh,
                    "carrier_en": pool.carrier_en,
                    "mass_kg": mass_g / GRAMS_PER_KG,
                    "payload_share": mass_g / kind.payload_g,
                    "volume_share": volume_cm3 / kind.volume_cm3,
                    "stops": [_stop(stop, names) for stop in trip.stops],
                },
            )


def _stop(stop: Stop, names: dict[str, tuple[str, str]]) -> Plain:
    name_zh, name_en = names[stop.location_code]
    return {
        "kind": stop.kind.value,
        "code": stop.location_code,
        "name_zh": name_zh,
        "name_en": name_en,
        "arrive_at": stop.leg.arrive_at.isoformat(),
        "end_at": stop.end_at.isoformat(),
        "lines": [
            {"item_code": line.item_code, "lot_code": line.lot_code, "pieces": line.pieces}
            for line in stop.lines
        ],
    }


def trip_lines(
    trip: Trip, speed_class: str, paths: dict[PathKey, RoadPath]
) -> list[list[list[float]]]:
    """Return the roads of a trip as lines of positions, one for each driven leg.

    A leg within one spot has no line. Positions that rounding makes equal to the one before are
    left out.
    """
    lines = []
    for stop in trip.stops:
        path = paths.get((stop.leg.from_code, stop.leg.to_code, speed_class))
        if path is not None:
            line = [at for at, _ in groupby(position(point) for point in path.line)]
            # RFC 7946, 3.1.4: a line has at least two positions.
            lines.append(line if len(line) > 1 else line * 2)
    return lines


def _closures(result: PlanResult) -> Iterator[Plain]:
    for closure in result.situation.travel.closures:
        ring = [position(point) for point in closure.polygon]
        if ring and ring[0] != ring[-1]:
            ring.append(ring[0])
        stretches = [
            [position(stretch.begin), position(stretch.end)]
            for stretch in result.closed
            if stretch.closure == closure.name
        ]
        yield _feature(
            {"type": "Polygon", "coordinates": [ring]}
            if ring
            else {"type": "MultiLineString", "coordinates": stretches},
            {
                "kind": "closure",
                "name": closure.name,
                "how": closure.kind.value,
                "reason": closure.reason,
                "num_stretches": len(closure.edges),
            },
        )
