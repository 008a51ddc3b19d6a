"""Tracks of trucks and teams: where they were, how fast, off the route, arrived, or silent.

Distances are on a sphere of the mean radius of GRS 80 (haversine), which is within 0.6 % of the
ellipsoid; distances from a line are taken in a plane at the fix, which is exact enough over the few
kilometres that matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby, pairwise
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Final

from relief.beidou.notice_code import Movement
from relief.places import Point
from relief.units import SECONDS_PER_HOUR

EARTH_RADIUS_KM: Final = 6_371.0088
"""Mean radius of GRS 80 (Moritz 2000, J. Geodesy 74, 128-133)."""
MOST_SPEED_KM_H: Final = 160.0
"""What would be faster is taken for a wrong fix, not for a movement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Where a card was.

    Parameters
    ----------
    card
        The card.
    taken_at
        When.
    point
        Where, in EPSG:4490.
    source
        The sentence or code that told it.
    movement
        What it said of its way; None where it said nothing.
    speed_km_h
        How fast it said it was; None where it said nothing.
    """

    card: str
    taken_at: datetime
    point: Point
    source: str
    movement: Movement | None = None
    speed_km_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackLimits:
    """From when on something is worth telling.

    Parameters
    ----------
    off_route_km
        How far from the route a truck may be.
    arrived_km
        How near to its place it has arrived.
    silent_after
        How long it may say nothing.
    """

    off_route_km: float = 3.0
    arrived_km: float = 1.0
    silent_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """How a truck or team stands at an instant.

    Parameters
    ----------
    card
        Its card.
    last
        Its last fix.
    num_fixes, num_unlikely
        How many fixes there are, and how many were left out because nobody is so fast.
    travelled_km
        The length of its track, straight from fix to fix, which is less than by road.
    speed_km_h
        Between its last two fixes, or what it said; None where there is one fix only.
    silent_for
        How long ago the last fix was.
    is_silent
        Whether that is too long; never once it has arrived.
    off_route_km
        How far from the route; None where no route is given.
    is_off_route
        Whether that is too far.
    arrived_at
        The first instant at which it was near its place or said that it had arrived; None before.
    in_distress
        Whether its last word was a call for help.
    """

    card: str
    last: Fix
    num_fixes: int
    num_unlikely: int
    travelled_km: float
    speed_km_h: float | None
    silent_for: timedelta
    is_silent: bool
    off_route_km: float | None
    is_off_route: bool
    arrived_at: datetime | None
    in_distress: bool


def distance_km(one: Point, other: Point) -> float:
    """Return the distance between two points.

    Examples
    --------
    >>> here = Point(lon_deg=114.0, lat_deg=30.0)
    >>> round(distance_km(here, Point(lon_deg=114.0, lat_deg=31.0)), 1)
    111.2
    """
    lat, other_lat = radians(one.lat_deg), radians(other.lat_deg)
    half_lat = sin((other_lat - lat) / 2)
    half_lon = sin(radians(other.lon_deg - one.lon_deg) / 2)
    root = sqrt(half_lat**2 + cos(lat) * cos(other_lat) * half_lon**2)
    return 2 * EARTH_RADIUS_KM * asin(min(root, 1.0))


def distance_from_line_km(point: Point, line: Sequence[Point]) -> float:
    """Return the distance of a point from a line of one or more points.

    Examples
    --------
    >>> road = [Point(lon_deg=114.0, lat_deg=30.0), Point(lon_deg=115.0, lat_deg=30.0)]
    >>> round(distance_from_line_km(Point(lon_deg=114.5, lat_deg=30.1), road), 1)
    11.1
    """
    flat = [_flat(each, point) for each in line]
    if len(flat) == 1:
        return hypot(*flat[0])
    return min(_from_stretch(start, end) for start, end in pairwise(flat))


def instant_near(clock: time, received_at: datetime) -> datetime:
    """Return the instant at which a clock in UTC showed a time, nearest to when it was told.

    Examples
    --------
    >>> from datetime import UTC
    >>> instant_near(time(23, 59, 30), datetime(2016, 7, 6, 0, 1, tzinfo=UTC)).isoformat()
    '2016-07-05T23:59:30+00:00'
    """
    same_day = datetime.combine(received_at.date(), clock, tzinfo=received_at.tzinfo)
    days = (timedelta(days=shift) for shift in (-1, 0, 1))
    return min((same_day + day for day in days), key=lambda at: abs(at - received_at))


def whereabouts(
    fixes: Iterable[Fix],
    at: datetime,
    *,
    route: Sequence[Point] = (),
    destination: Point | None = None,
    limits: TrackLimits | None = None,
) -> tuple[Whereabouts, ...]:
    """Return how each card stands at an instant, in the order of the cards.

    Parameters
    ----------
    fixes
        The fixes of any number of cards, in any order; those after `at` are left out.
    at
        The instant.
    route
        The line that all are to follow; none where it is not known.
    destination
        Where all are to go; the end of the route if this is None.
    limits
        From when on something is worth telling.
    """
    bounds = limits or TrackLimits()
    goal = destination or (route[-1] if route else None)
    known = sorted(
        (fix for fix in fixes if fix.taken_at <= at), key=lambda fix: (fix.card, fix.taken_at)
    )
    return tuple(
        _stand(list(of_card), at, route, goal, bounds)
        for _, of_card in groupby(known, key=lambda fix: fix.card)
    )


def _stand(
    fixes: list[Fix],
    at: datetime,
    route: Sequence[Point],
    goal: Point | None,
    limits: TrackLimits,
) -> Whereabouts:
    likely = _likely(fixes)
    last = likely[-1]
    arrived_at = next((fix.taken_at for fix in likely if _is_there(fix, goal, limits)), None)
    off_route_km = distance_from_line_km(last.point, route) if route else None
    silent_for = at - last.taken_at
    return Whereabouts(
        card=last.card,
        last=last,
        num_fixes=len(fixes),
        num_unlikely=len(fixes) - len(likely),
        travelled_km=sum(distance_km(one.point, other.point) for one, other in pairwise(likely)),
        speed_km_h=_speed_km_h(likely),
        silent_for=silent_for,
        is_silent=arrived_at is None and silent_for > limits.silent_after,
        off_route_km=off_route_km,
        is_off_route=off_route_km is not None and off_route_km > limits.off_route_km,
        arrived_at=arrived_at,
        in_distress=last.movement is Movement.IN_DISTRESS,
    )


def _likely(fixes: list[Fix]) -> list[Fix]:
    """Return the fixes without those that nobody could have reached from the one before.

    The first fix may itself be the wrong one: the longer of the two chains is kept, that from the
    first fix or that from the second.
    """
    chains = [_chain(fixes)]
    if len(fixes) > len(chains[0]):
        chains.append(_chain(fixes[1:]))
    return max(chains, key=len)


def _chain(fixes: list[Fix]) -> list[Fix]:
    chain = fixes[:1]
    for fix in fixes[1:]:
        passed_h = (fix.taken_at - chain[-1].taken_at).total_seconds() / SECONDS_PER_HOUR
        if distance_km(chain[-1].point, fix.point) <= MOST_SPEED_KM_H * passed_h:
            chain.append(fix)
    return chain


def _speed_km_h(fixes: list[Fix]) -> float | None:
    last = fixes[-1]
    if last.speed_km_h is not None:
        return last.speed_km_h
    before = [fix for fix in fixes if fix.taken_at < last.taken_at]
    if not before:
        return None
    passed_h = (last.taken_at - before[-1].taken_at).total_seconds() / SECONDS_PER_HOUR
    return distance_km(before[-1].point, last.point) / passed_h


def _is_there(fix: Fix, goal: Point | None, limits: TrackLimits) -> bool:
    if fix.movement is Movement.ARRIVED:
        return True
    return goal is not None and distance_km(fix.point, goal) <= limits.arrived_km


def _flat(point: Point, origin: Point) -> tuple[float, float]:
    """Return east and north of a point from another, in kilometres."""
    east = radians(point.lon_deg - origin.lon_deg) * cos(radians(origin.lat_deg))
    return east * EARTH_RADIUS_KM, radians(point.lat_deg - origin.lat_deg) * EARTH_RADIUS_KM


def _from_stretch(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the distance of the origin from a stretch in the plane."""
    east, north = end[0] - start[0], end[1] - start[1]
    length_2 = east**2 + north**2
    along = 0.0 if length_2 == 0 else -(start[0] * east + start[1] * north) / length_2
    share = min(max(along, 0.0), 1.0)
    return hypot(start[0] + share * east, start[1] + share * north)
