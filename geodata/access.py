"""How a location reaches the roads: through a junction near by, or by a long haul from afar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, Polygon, prepare
from shapely import Point as ShapelyPoint
from shapely.geometry.base import BaseGeometry

from geodata.crs import geodesic_km, great_circles_km
from geodata.gazetteer import load_gazetteer
from geodata.layout import RoadLayout, main_junctions
from geodata.river_course import yangtze_course
from geodata.roads import SNAP_LIMIT_KM, RoadNetwork, Snap
from geodata.rules import SPEED_CLASSES, TravelRules
from geodata.sources import read_table
from relief.places import Point
from relief.plan.travel import Location

_SECONDS_PER_HOUR = 3600
_CANDIDATES = (16, 256, 4096)
"""Junctions tried, one number after the other, where the nearest lies behind a closed area."""

_SAME_CITY_KM = 60.0
"""Within this distance of a city whose distance from Wuhan is known, that distance is used."""

_WUHAN_DEPOT = "420112"
"""The county unit (Dongxihu) from whose seat the long hauls in cities.csv are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The leg between a location and its junction.

    Parameters
    ----------
    row
        The junction's row.
    metres
        Length of the leg.
    seconds
        Driving time by speed class.
    """

    row: int
    metres: int
    seconds: Mapping[str, int]


def find_accesses(
    locations: Sequence[Location], roads: RoadNetwork, rules: TravelRules
) -> tuple[Access | None, ...]:
    """Return the access of each location, None where it has none.

    The access is the nearest junction within `geodata.roads.ACCESS_LIMIT_KM` on the location's own
    bank of the Yangtze, or, where there is none, on the other. Where areas are closed, it is the
    nearest one whose straight access line touches none of them; a location inside a closed area
    has none. Beyond the edge of a network that allows long hauls it is a
    long haul, see `_long_haul`.
    """
    areas = _closed_areas(roads)
    near = roads.junctions_near([location.point for location in locations], count=1)
    return tuple(
        _find_access(location.point, snaps, areas, roads, rules)
        for location, snaps in zip(locations, near, strict=True)
    )


def _find_access(
    point: Point,
    near: Sequence[Snap],
    areas: Sequence[BaseGeometry],
    roads: RoadNetwork,
    rules: TravelRules,
) -> Access | None:
    if _bars(areas, point, point):
        return None
    banks = (*areas, yangtze_course())
    for snap in near:
        if not _bars(banks, point, roads.point_of(snap.row)):
            return _short_leg(snap, rules)
    if near:
        own_bank = _way_round(point, banks, roads, rules)
        return own_bank or _way_round(point, areas, roads, rules)
    if not (roads.long_haul and _beyond_edge(point, roads.layout)):
        return None
    access = _long_haul(point, roads, rules)
    if access is None or _bars(areas, point, roads.point_of(access.row)):
        return None
    return access


def _way_round(
    point: Point, areas: Sequence[BaseGeometry], roads: RoadNetwork, rules: TravelRules
) -> Access | None:
    """Return the access to the nearest junction that none of the areas or lines hides."""
    for count in _CANDIDATES:
        (snaps,) = roads.junctions_near([point], count=count)
        for snap in snaps:
            if not _bars(areas, point, roads.point_of(snap.row)):
                return _short_leg(snap, rules)
        if len(snaps) < count:
            break
    return None


def _short_leg(snap: Snap, rules: TravelRules) -> Access:
    if snap.straight_km <= SNAP_LIMIT_KM:
        detour, km_h = rules.access_detour_factor, rules.access_km_h
    else:
        detour, km_h = rules.off_network_detour_factor, rules.off_network_km_h
    return _leg(snap.row, snap.straight_km * detour, dict.fromkeys(SPEED_CLASSES, km_h))


def _leg(row: int, km: float, km_h: Mapping[str, float]) -> Access:
    return Access(
        row=row,
        metres=int(np.ceil(round(km * 1000, 6))),
        seconds={
            name: int(np.ceil(round(km / speed * _SECONDS_PER_HOUR, 6)))
            for name, speed in km_h.items()
        },
    )


def _closed_areas(roads: RoadNetwork) -> tuple[Polygon, ...]:
    areas = tuple(
        Polygon([(corner.lon_deg, corner.lat_deg) for corner in closure.polygon])
        for closure in roads.closures
        if closure.polygon and closure.is_total
    )
    for area in areas:
        prepare(area)
    return areas


def _bars(areas: Sequence[BaseGeometry], one: Point, other: Point) -> bool:
    ends = [(one.lon_deg, one.lat_deg), (other.lon_deg, other.lat_deg)]
    # A location on its junction has no line, and a line of no length has no defined answer.
    leg = ShapelyPoint(ends[0]) if one == other else LineString(ends)
    return any(area.intersects(leg) for area in areas)


def _beyond_edge(point: Point, layout: RoadLayout) -> bool:
    return not (
        layout.lon_deg.min() <= point.lon_deg <= layout.lon_deg.max()
        and layout.lat_deg.min() <= point.lat_deg <= layout.lat_deg.max()
    )


def _long_haul(point: Point, roads: RoadNetwork, rules: TravelRules) -> Access | None:
    """Return the modelled long haul of a point beyond the edge of the network.

    The gateway is the junction that makes the way from Wuhan shortest: modelled distance from
    Wuhan to the gateway plus the straight rest times the detour factor. For the cities of
    ``cities.csv`` the distance from Wuhan is known on the graph from which the shipped network
    was cut, so the rest is what that distance, made longer by the same factor as all lengths,
    leaves over; elsewhere it is the straight rest times the detour factor.
    """
    wuhan_km = _km_from_wuhan(roads)
    rows = main_junctions(roads.layout)
    sphere_km = great_circles_km(roads.layout.lon_deg[rows], roads.layout.lat_deg[rows], point)
    best = int(np.argmin(wuhan_km[rows] + rules.long_haul_detour_factor * sphere_km))
    straight_km = geodesic_km(point, roads.point_of(int(rows[best])))
    rest_km = rules.long_haul_detour_factor * straight_km
    for city, graph_km in _known_cities():
        off_km = geodesic_km(point, city)
        if off_km <= _SAME_CITY_KM:
            known_km = graph_km * rules.length_factors[-1] - float(wuhan_km[rows[best]])
            rest_km = max(known_km + rules.access_detour_factor * off_km, straight_km)
            break
    if rest_km > rules.long_haul_limit_km:
        return None
    speeds = {name: rules.speeds[name].long_haul_km_h for name in SPEED_CLASSES}
    return _leg(int(rows[best]), rest_km, speeds)


@lru_cache(maxsize=1)
def _known_cities() -> tuple[tuple[Point, float], ...]:
    return tuple(
        (
            Point(lon_deg=float(row["lon_deg"]), lat_deg=float(row["lat_deg"])),
            float(row["junction_km_from_wuhan"]),
        )
        for row in read_table("cities.csv")
    )


def _km_from_wuhan(roads: RoadNetwork) -> NDArray[np.float64]:
    # Gateways do not depend on closures: a long haul does not know where they are.
    row = roads.snap(load_gazetteer().place(_WUHAN_DEPOT).point).row
    return _km_from(roads.layout, row)


@lru_cache(maxsize=2)
def _km_from(layout: RoadLayout, row: int) -> NDArray[np.float64]:
    size = len(layout.node_ids)
    tails = np.minimum(layout.tails, layout.heads)
    heads = np.maximum(layout.tails, layout.heads)
    order = np.lexsort((layout.length_hm, heads, tails))
    # Of stretches side by side only the shortest counts; a sparse matrix would add them up.
    shortest = np.ones(len(order), dtype=np.bool_)
    shortest[1:] = (np.diff(tails[order]) != 0) | (np.diff(heads[order]) != 0)
    order = order[shortest]
    links = csr_matrix(
        (layout.length_hm[order] / 10, (tails[order], heads[order])), shape=(size, size)
    )
    return np.asarray(dijkstra(links, directed=False, indices=[row])[0], dtype=np.float64)
