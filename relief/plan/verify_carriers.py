"""Verifying what moves without a road: flights, landings of boats, walks of porters.

Distances are great circles here, worked out anew from the points of the situation; those of the
travel times are geodesics, which differ by up to `CIRCLE_ERROR_PPM`.

References
----------
R. W. Sinnott, Virtues of the haversine, Sky and Telescope 68(2), 1984.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from relief.places import Depot, Place, Point
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Leg, VehicleRoute
from relief.plan.travel import RoadPath
from relief.plan.verify_ground import NO_TIME, Ground, Tally, clock_time
from relief.plan.verify_trucks import stops_of
from relief.sentences import say
from relief.supply.fleet import Mode, VehicleClass
from relief.units import SHANGHAI

CIRCLE_ERROR_PPM = 6_000
"""The sphere of mean radius against the ellipsoid: at most 0.56 % on any line."""

_MEAN_RADIUS_M = 6_371_008.8
_MILLION = 1_000_000
_LEAST_POINTS_OF_A_VOYAGE = 4

Ways = Mapping[tuple[str, str, str], RoadPath]
"""Ways under (from, to, speed class)."""


def check_carriers(
    plan: DispatchPlan, ground: Ground, paths: Sequence[RoadPath], tally: Tally
) -> None:
    """Check all flights, and the voyages and walks whose ways are given.

    Closed roads concern none of these but the part of porters' ways that is driven, see
    `relief.plan.verify_closures`.
    """
    ways = {(path.from_code, path.to_code, path.speed_class): path for path in paths}
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        if kind is None:
            continue  # Objected to as fleet.
        match kind.mode:
            case Mode.AIR:
                _check_flights(route, kind, ground, tally)
                _check_lines(route, kind, ground, ways, tally)
            case Mode.WATER:
                _check_voyages(route, kind, ground, ways, tally)
            case Mode.FOOT:
                _check_walks(route, kind, ground, ways, tally)
            case Mode.ROAD:
                pass


def _legs(route: VehicleRoute) -> list[Leg]:
    """Return the legs on which a vehicle moves."""
    return [stop.leg for _, stop in stops_of(route) if stop.leg.from_code != stop.leg.to_code]


def _subject(route: VehicleRoute, leg: Leg) -> str:
    return f"vehicle {route.vehicle_code}, {leg.from_code} to {leg.to_code}"


def _check_flights(route: VehicleRoute, kind: VehicleClass, ground: Ground, tally: Tally) -> None:
    """Check that fuel lasts from depot to depot, and that a helicopter flies by day and at once."""
    flown_m = 0
    for leg in _legs(route):
        subject = _subject(route, leg)
        leg_m = ground.leg_m(kind, leg.from_code, leg.to_code)
        straight_m = _straight_m(ground, leg)
        tally.at_least(
            Rule.FLIGHT,
            subject,
            say(
                "The flight from {start} to {end} is said to be {found} m long; the straight line "
                "has {least} m.",
                start=leg.from_code,
                end=leg.to_code,
                found=leg_m,
                least=straight_m,
            ),
            found=leg_m,
            limit=straight_m * (_MILLION - CIRCLE_ERROR_PPM) // _MILLION,
            unit="m",
        )
        flown_m += leg_m
        tally.at_most(
            Rule.FLIGHT,
            subject,
            say(
                "Helicopter {vehicle} has flown {found} m at {end} since it was filled up; one "
                "filling lasts for {limit} m.",
                vehicle=route.vehicle_code,
                end=leg.to_code,
                found=flown_m,
                limit=kind.range_m,
            ),
            found=flown_m,
            limit=kind.range_m,
            unit="m",
        )
        if leg.to_code in ground.depots:
            flown_m = 0
        tally.equal(
            Rule.FLIGHT,
            subject,
            say("Helicopter {vehicle} rests in the air.", vehicle=route.vehicle_code),
            found=len(leg.rests),
            limit=0,
            unit="rests",
        )
        tally.true(
            Rule.FLIGHT,
            subject,
            say(
                "Helicopter {vehicle} flies from {departure} to {arrival}, which is not by day.",
                vehicle=route.vehicle_code,
                departure=clock_time(leg.depart_at),
                arrival=clock_time(leg.arrive_at),
            ),
            # Between two depots on one ground nothing takes off.
            fact=leg.drive == NO_TIME or _is_by_day(leg.depart_at, leg.arrive_at, ground),
        )


def _is_by_day(begin_at: datetime, end_at: datetime, ground: Ground) -> bool:
    limits = ground.situation.policy.carriers
    if limits.flies_at_night:
        return True
    begin = begin_at.astimezone(SHANGHAI)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    return limits.day_begins <= begin - midnight and end_at - midnight <= limits.day_ends


def _check_lines(
    route: VehicleRoute, kind: VehicleClass, ground: Ground, ways: Ways, tally: Tally
) -> None:
    """Check that the lines given for flights lead straight from point to point."""
    for leg in _legs(route):
        way = ways.get((leg.from_code, leg.to_code, kind.speed_class))
        if way is not None:
            ends = _ends(ground, leg)
            tally.true(
                Rule.FLIGHT,
                _subject(route, leg),
                say(
                    "The line of the flight from {start} to {end} is not straight.",
                    start=leg.from_code,
                    end=leg.to_code,
                ),
                fact=way.line == ends and not way.node_ids,
            )


def _check_voyages(
    route: VehicleRoute, kind: VehicleClass, ground: Ground, ways: Ways, tally: Tally
) -> None:
    """Check that a boat stays on one named water and lands near the places."""
    limit_m = ground.situation.policy.carriers.landing_m
    waters: set[str] = set()
    for leg in _legs(route):
        way = ways.get((leg.from_code, leg.to_code, kind.speed_class))
        if way is None:
            continue
        subject = _subject(route, leg)
        waters.add(way.along)
        start, end = _ends(ground, leg)
        is_voyage = tally.true(
            Rule.LANDING,
            subject,
            say(
                "The way by boat from {start} to {end} names no water or leads over land.",
                start=leg.from_code,
                end=leg.to_code,
            ),
            fact=bool(way.along)
            and not way.node_ids
            and len(way.line) >= _LEAST_POINTS_OF_A_VOYAGE
            and (way.line[0], way.line[-1]) == (start, end),
        )
        if is_voyage:
            carried_m = max(_circle_m(*way.line[:2]), _circle_m(*way.line[-2:]))
            tally.at_most(
                Rule.LANDING,
                subject,
                say(
                    "Boat {vehicle} lands {found} m from {start} or {end}; goods may be carried "
                    "{limit} m.",
                    vehicle=route.vehicle_code,
                    found=carried_m,
                    start=leg.from_code,
                    end=leg.to_code,
                    limit=limit_m,
                ),
                found=carried_m,
                limit=_with_error(limit_m),
                unit="m",
            )
    if waters:
        tally.equal(
            Rule.LANDING,
            f"vehicle {route.vehicle_code}",
            say(
                "Boat {vehicle} goes on {found} waters: {names}.",
                vehicle=route.vehicle_code,
                found=len(waters),
                names=", ".join(sorted(waters)),
            ),
            found=len(waters),
            limit=1,
            unit="waters",
        )


def _check_walks(
    route: VehicleRoute, kind: VehicleClass, ground: Ground, ways: Ways, tally: Tally
) -> None:
    """Check that porters walk no farther than they may, and through no closed area."""
    limit_m = ground.situation.policy.carriers.walk_m
    for leg in _legs(route):
        way = ways.get((leg.from_code, leg.to_code, kind.speed_class))
        if way is None:
            continue
        subject = _subject(route, leg)
        for code, walk in ((leg.from_code, way.line[:2]), (leg.to_code, way.line[-2:])):
            if code not in ground.places:
                continue  # At a depot they ride.
            walk_m = _circle_m(walk[0], walk[-1])
            tally.at_most(
                Rule.WALK,
                subject,
                say(
                    "Porters {vehicle} walk {found} m from or to {place}; they may walk {limit} m.",
                    vehicle=route.vehicle_code,
                    found=walk_m,
                    place=code,
                    limit=limit_m,
                ),
                found=walk_m,
                limit=_with_error(limit_m),
                unit="m",
            )
            barring = [
                closure.name
                for closure in ground.situation.travel.closures
                if closure.is_total
                and closure.holds_between(leg.depart_at, leg.arrive_at)
                and _touches((walk[0], walk[-1]), closure.polygon)
            ]
            tally.true(
                Rule.WALK,
                subject,
                say(
                    "Porters {vehicle} walk through an area that is closed: {closure}.",
                    vehicle=route.vehicle_code,
                    closure=", ".join(barring),
                ),
                fact=not barring,
            )


def _ends(ground: Ground, leg: Leg) -> tuple[Point, Point]:
    spots: dict[str, Depot | Place] = {**ground.depots, **ground.places}
    return spots[leg.from_code].point, spots[leg.to_code].point


def _straight_m(ground: Ground, leg: Leg) -> int:
    known = ground.depots.keys() | ground.places.keys()
    if not {leg.from_code, leg.to_code} <= known:
        return 0  # Objected to as road: nothing leads to a place that is not there.
    return _circle_m(*_ends(ground, leg))


def _circle_m(one: Point, other: Point) -> int:
    """Return the great-circle distance in whole metres."""
    lat, other_lat = radians(one.lat_deg), radians(other.lat_deg)
    across = sin((other_lat - lat) / 2) ** 2
    along = sin(radians(other.lon_deg - one.lon_deg) / 2) ** 2
    chord = across + cos(lat) * cos(other_lat) * along
    return int(2 * _MEAN_RADIUS_M * asin(sqrt(min(chord, 1.0))))


def _with_error(limit_m: int) -> int:
    return limit_m * (_MILLION + CIRCLE_ERROR_PPM) // _MILLION


def _touches(walk: tuple[Point, Point], ring: Sequence[Point]) -> bool:
    """Return whether a straight walk meets an area."""
    if not ring:
        return False
    closed = (*ring, ring[0])
    if any(_cross(walk, side) for side in pairwise(closed)):
        return True
    return _is_inside(walk[0], closed)


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    return (
        _turn(*one, other[0]) * _turn(*one, other[1]) <= 0
        and _turn(*other, one[0]) * _turn(*other, one[1]) <= 0
    )


def _turn(start: Point, end: Point, point: Point) -> float:
    """Return on which side of a line a point lies; 0 on it."""
    return (end.lon_deg - start.lon_deg) * (point.lat_deg - start.lat_deg) - (
        end.lat_deg - start.lat_deg
    ) * (point.lon_deg - start.lon_deg)


def _is_inside(point: Point, closed: Sequence[Point]) -> bool:
    """Return whether a ray from a point to the east meets a ring an odd number of times."""
    inside = False
    for one, other in pairwise(closed):
        if (one.lat_deg > point.lat_deg) != (other.lat_deg > point.lat_deg):
            share = (point.lat_deg - one.lat_deg) / (other.lat_deg - one.lat_deg)
            if point.lon_deg < one.lon_deg + share * (other.lon_deg - one.lon_deg):
                inside = not inside
    return inside
