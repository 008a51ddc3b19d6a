"""Where a truck turns whose road has just been closed ahead of it.

A leg that is being driven is finished, except where its road is closed between the truck and its
next stop. Then the truck goes on to the next junction before the closure and is free there; if it
is on the closed stretch itself, it goes back to the junction behind it. How far it has come follows
from the time driven, at an even pace along the road of the leg (modelled), unless its position is
known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians

from relief.places import Point
from relief.plan.execution import Progress
from relief.plan.execution_events import LegUnderWay
from relief.plan.situation import Situation
from relief.plan.travel import Closure, RoadPath
from relief.plan.under_way import VehicleUnderWay

NO_TIME = timedelta(0)
KM_PER_DEG = 111.2
_ENDS = 2
"""Points of a road's line that are no junctions: its two locations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningPoint:
    """Where and when a truck is free that must turn."""

    vehicle_code: str
    point: Point
    free_at: datetime


def diverted(
    situation: Situation,
    done: Progress,
    paths: Sequence[RoadPath],
    closures: Sequence[Closure],
) -> Progress:
    """Return the progress with the trucks whose road ahead is closed at their turning points.

    Parameters
    ----------
    situation
        Gives the classes of the trucks.
    done
        Where the plan stands.
    paths
        The roads of its legs.
    closures
        What has just been closed.
    """
    speed_of = {kind.code: kind.speed_class for kind in situation.vehicle_classes}
    class_of = {code: pool.class_code for pool in situation.pools for code in pool.vehicle_codes()}
    roads = {(path.from_code, path.to_code, path.speed_class): path for path in paths}
    turning: dict[str, TurningPoint] = {}
    for leg in done.legs:
        speed = speed_of[class_of[leg.vehicle_code]]
        path = roads.get((leg.leg.from_code, leg.leg.to_code, speed))
        if path is not None:
            found = turning_point(leg, path, closures, done.at)
            if found is not None:
                turning[leg.vehicle_code] = found
    return replace(
        done,
        under_way=tuple(
            _turned(vehicle, turning[vehicle.vehicle_code])
            if vehicle.vehicle_code in turning
            else vehicle
            for vehicle in done.under_way
        ),
        legs=tuple(leg for leg in done.legs if leg.vehicle_code not in turning),
    )


def turning_point(
    leg: LegUnderWay, path: RoadPath, closures: Sequence[Closure], at: datetime
) -> TurningPoint | None:
    """Return where a truck turns, None where its road ahead is open."""
    nodes = path.node_ids
    if len(path.line) != len(nodes) + _ENDS:
        return None
    barred = [
        any(
            (min(pair), max(pair)) in closure.edges and closure.bars(path.speed_class, *pair)
            for closure in closures
        )
        for pair in pairwise(nodes)
    ]
    if not any(barred):
        return None
    # Kilometres from the beginning of the leg to each junction.
    reached_km = along_km(path.line)[1:-1]
    whole_km = along_km(path.line)[-1]
    here_km = whole_km * driven_share(leg, at)
    ahead = next((n for n, km in enumerate(reached_km) if km >= here_km), len(nodes))
    closed = next((n for n, is_barred in enumerate(barred) if is_barred and n + 1 >= ahead), None)
    if closed is None:
        return None
    turn = min(closed, ahead)
    away_km = abs(reached_km[turn] - here_km)
    return TurningPoint(
        vehicle_code=leg.vehicle_code,
        point=path.line[turn + 1],
        free_at=at + _whole(leg.leg.drive * (away_km / whole_km if whole_km else 0.0)),
    )


def driven_share(leg: LegUnderWay, at: datetime) -> float:
    """Return the share of the leg's driving that is done, rests taken as planned."""
    since = at - leg.leg.depart_at - leg.late_by
    driven = NO_TIME
    for rest in leg.leg.rests:
        part = rest.after_drive - driven
        if since <= part:
            break
        driven += part
        since = max(NO_TIME, since - part - rest.duration)
        if since == NO_TIME:
            break
    driven = min(leg.leg.drive, driven + max(NO_TIME, since))
    return driven / leg.leg.drive if leg.leg.drive else 1.0


def along_km(line: Sequence[Point]) -> list[float]:
    """Return the kilometres from the first point to each; a plane is exact enough for shares."""
    along = [0.0]
    for one, other in pairwise(line):
        shrink = cos(radians((one.lat_deg + other.lat_deg) / 2))
        east = (other.lon_deg - one.lon_deg) * shrink
        along.append(along[-1] + KM_PER_DEG * hypot(east, other.lat_deg - one.lat_deg))
    return along


def _whole(duration: timedelta) -> timedelta:
    return timedelta(seconds=-(-duration // timedelta(seconds=1)))


def _turned(vehicle: VehicleUnderWay, turn: TurningPoint) -> VehicleUnderWay:
    """Return the vehicle at its turning point; driving beyond it has not happened."""
    drives = tuple(
        replace(drive, end_at=min(drive.end_at, turn.free_at))
        for drive in vehicle.drives
        if drive.begin_at < turn.free_at
    )
    driven = sum((drive.end_at - drive.begin_at for drive in drives), NO_TIME)
    # The rest that was planned further on has not been taken: all the driving may be at a stretch.
    return replace(
        vehicle,
        location_code=vehicle.vehicle_code,
        point=turn.point,
        free_at=turn.free_at,
        drives=drives,
        continuous_drive=min(driven, max(vehicle.continuous_drive, timedelta(hours=4))),
    )


def positions(vehicles: Sequence[VehicleUnderWay]) -> Mapping[str, Point]:
    """Return the points on the road at which vehicles are, under their codes."""
    return {v.vehicle_code: v.point for v in vehicles if v.point is not None}
