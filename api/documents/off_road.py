"""What a plan carries without a road: by boat, by helicopter, on foot from the end of the road."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.documents.records import Plain
from api.language import Language
from api.plan_result import PlanResult
from geodata.crs import geodesic_km
from relief.places import Place
from relief.plan.routes import StopKind, Trip
from relief.plan.travel import RoadPath
from relief.sentences import Sentence, say
from relief.supply.fleet import Mode, VehicleClass
from relief.units import GRAMS_PER_KG

GRAMS_PER_T = 1_000_000

PathKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffRoadHaul:
    """What one class of carriers brings.

    Parameters
    ----------
    kind
        The class.
    places
        Where it goes, in order of code.
    mass_g, num_trips, num_vehicles
        What is unloaded, on how many trips of how many vehicles.
    """

    kind: VehicleClass
    places: tuple[Place, ...]
    mass_g: int
    num_trips: int
    num_vehicles: int


def off_road_hauls(result: PlanResult) -> tuple[OffRoadHaul, ...]:
    """Return what each class of carriers that needs no road brings, idle ones left out."""
    items = result.situation.catalogue.by_code()
    places = {place.code: place for place in result.situation.places}
    hauls = []
    for kind in result.situation.vehicle_classes:
        routes = [
            route
            for route in result.plan.vehicle_routes
            if route.class_code == kind.code and kind.mode is not Mode.ROAD
        ]
        stops = [
            stop
            for route in routes
            for trip in route.trips
            for stop in trip.stops
            if stop.kind is StopKind.DELIVER
        ]
        if stops:
            codes = sorted({stop.location_code for stop in stops})
            lines = [line for stop in stops for line in stop.lines]
            hauls.append(
                OffRoadHaul(
                    kind=kind,
                    places=tuple(places[code] for code in codes),
                    mass_g=sum(line.pieces * items[line.item_code].mass_g for line in lines),
                    num_trips=sum(len(route.trips) for route in routes),
                    num_vehicles=len(routes),
                )
            )
    return tuple(hauls)


def off_road_sentences(result: PlanResult, language: Language) -> Iterator[Sentence]:
    """Yield a sentence for each class of carriers that needs no road."""
    for haul in off_road_hauls(result):
        yield say(
            "By {carrier}: {tonnes} t on {trips} trips of {vehicles} vehicles to {places}, where "
            "no truck gets in time.",
            carrier=language.both(haul.kind.name_zh, haul.kind.name_en),
            tonnes=language.number(haul.mass_g / GRAMS_PER_T, 1),
            trips=language.number(haul.num_trips),
            vehicles=language.number(haul.num_vehicles),
            places=", ".join(language.both(p.name_zh, p.name_en) for p in haul.places),
        )


def off_road_record(result: PlanResult) -> list[Plain]:
    """Return the hauls for machines."""
    return [
        {
            "class_code": haul.kind.code,
            "mode": haul.kind.mode.value,
            "place_codes": [place.code for place in haul.places],
            "mass_kg": haul.mass_g / GRAMS_PER_KG,
            "num_trips": haul.num_trips,
            "num_vehicles": haul.num_vehicles,
        }
        for haul in off_road_hauls(result)
    ]


def way_words(trip: Trip, kind: VehicleClass, paths: Mapping[PathKey, RoadPath]) -> str:
    """Return how a trip gets there, in Chinese and English; empty for trucks."""
    found = [
        (stop.kind, path)
        for stop in trip.stops
        if (path := paths.get((stop.leg.from_code, stop.leg.to_code, kind.speed_class)))
    ]
    match kind.mode:
        case Mode.AIR:
            return "直飞，按白天起降 straight, by day"
        case Mode.WATER:
            waters = sorted({path.along for _, path in found})
            return "水路 by water: " + ", ".join(waters)
        case Mode.FOOT:
            walks_km = [
                geodesic_km(*path.line[-2:]) for done, path in found if done is StopKind.DELIVER
            ]
            km = max(walks_km, default=0.0)
            return f"末段步行 on foot at the end: {km:.1f} km"
        case Mode.ROAD:
            return ""
