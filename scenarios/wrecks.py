"""Where broken trucks stand, so that others can fetch what they carry."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians

from relief.places import Depot, Evidence, Place, Point, Tier
from relief.plan.execution import Progress
from relief.plan.execution_events import LegUnderWay
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.under_way import VehicleUnderWay
from relief.plan.wrecks import Wreck, fetchable, wreck_source
from relief.supply.fleet import Mode
from scenarios.diversion import along_km, driven_share

HIGHEST_NUMBER = 99
"""Depots by the road are numbered downwards from here, so that they meet no others."""


def wrecks(situation: Situation, done: Progress, paths: Sequence[RoadPath]) -> tuple[Wreck, ...]:
    """Return the broken trucks that have goods on board, each with its place by the road.

    A truck that has told no position stands at the stop where it was, or on the road of its leg as
    far as it had driven by then, at an even pace (modelled).

    Parameters
    ----------
    situation
        What the plan was made for.
    done
        Where the plan stands.
    paths
        The roads of its legs. A truck on a leg without a road keeps its goods.
    """
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    class_of = {code: pool.class_code for pool in situation.pools for code in pool.vehicle_codes()}
    roads = {(path.from_code, path.to_code, path.speed_class): path for path in paths}
    halted = {leg.vehicle_code: leg for leg in done.halted}
    spots: dict[str, Depot | Place] = {depot.code: depot for depot in situation.depots}
    spots |= {place.code: place for place in situation.places}
    taken = {depot.code for depot in situation.depots}
    found = []
    for vehicle in done.under_way:
        kind = kinds[class_of[vehicle.vehicle_code]]
        if kind.mode is not Mode.ROAD or not fetchable(vehicle, situation):
            continue
        leg = halted.get(vehicle.vehicle_code)
        point = _point(vehicle, leg, roads, kind.speed_class, spots)
        if point is None:
            continue
        county_code = _nearest_county(point, situation)
        number = HIGHEST_NUMBER
        while f"{county_code}-{number:02d}" in taken:
            number -= 1
        code = f"{county_code}-{number:02d}"
        taken.add(code)
        depot = Depot(
            code=code,
            name_zh=f"故障车{vehicle.vehicle_code}",
            name_en=f"broken truck {vehicle.vehicle_code}",
            tier=Tier.COUNTY,
            point=point,
            county_code=county_code,
            evidence=Evidence.MODELLED,
            source=wreck_source(vehicle.vehicle_code),
        )
        found.append(Wreck(vehicle_code=vehicle.vehicle_code, depot=depot))
    return tuple(found)


def _point(
    vehicle: VehicleUnderWay,
    leg: LegUnderWay | None,
    roads: Mapping[tuple[str, str, str], RoadPath],
    speed_class: str,
    spots: Mapping[str, Depot | Place],
) -> Point | None:
    """Return where a truck stands, None where that is not known."""
    if vehicle.point is not None:
        return vehicle.point
    if leg is None:
        spot = spots.get(vehicle.location_code)
        return None if spot is None else spot.point
    path = roads.get((leg.leg.from_code, leg.leg.to_code, speed_class))
    if path is None or not path.line or leg.until is None:
        return None
    return point_along(path.line, driven_share(leg, leg.until))


def point_along(line: Sequence[Point], share: float) -> Point:
    """Return the point at a share of a line's length."""
    along = along_km(line)
    here_km = along[-1] * share
    for (one, other), (begin_km, end_km) in zip(pairwise(line), pairwise(along), strict=True):
        if here_km <= end_km and end_km > begin_km:
            part = (here_km - begin_km) / (end_km - begin_km)
            return Point(
                lon_deg=one.lon_deg + part * (other.lon_deg - one.lon_deg),
                lat_deg=one.lat_deg + part * (other.lat_deg - one.lat_deg),
            )
    return line[-1]


def _nearest_county(point: Point, situation: Situation) -> str:
    """Return the county of the depot or place that is nearest, straight."""

    def away(other: Point) -> float:
        shrink = cos(radians(point.lat_deg))
        return hypot((other.lon_deg - point.lon_deg) * shrink, other.lat_deg - point.lat_deg)

    seats = [(away(depot.point), depot.county_code) for depot in situation.depots]
    seats += [(away(place.point), place.code[:6]) for place in situation.places]
    return min(seats)[1]
