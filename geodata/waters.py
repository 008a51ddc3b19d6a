"""Boats on named waters: where they land, how far it is along the water, with or against it.

Rivers of the map are drawn in parts; parts of one name whose ends lie close together are one
river here. Every named river of the map that passes Hubei runs from west to east as a whole, so
downstream is towards the end farther east. That waters are open to boats throughout, locks and
dams included, is modelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, substring

from geodata.boundaries import lakes, rivers
from geodata.crs import geodesic_km, geodesics_m
from geodata.modes import Carrier, ModeRules
from relief.places import Point

JOIN_KM = 2.0
"""Ends of river parts within this distance are one point: the map is true to as much."""

_METRES_PER_KM = 1000
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Water:
    """A named water.

    Parameters
    ----------
    name_zh, name_en
        Its names.
    geometry
        A line in the direction of the flow, or the area of a lake.
    """

    name_zh: str
    name_en: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where a place comes to a water.

    Parameters
    ----------
    water
        Number of the water among `named_waters`.
    place
        The place itself.
    bank
        The nearest point of the water.
    off_km
        Straight from the bank to the place.
    """

    water: int
    place: Point
    bank: Point
    off_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoatWay:
    """A way by boat.

    Parameters
    ----------
    water_km, carried_km
        On the water, and by hand between banks and places.
    metres, seconds
        Of both together, one way, rounded up.
    line
        From place to place.
    """

    water_km: float
    carried_km: float
    metres: int
    seconds: int
    line: tuple[Point, ...]


@lru_cache(maxsize=1)
def named_waters() -> tuple[Water, ...]:
    """Return the named rivers and lakes of the map, a name again for each separate part."""
    found: list[Water] = []
    table = rivers()
    names = dict(zip(table["name_zh"], table["name_en"], strict=True))
    for name_zh in sorted(name for name in names if name):
        whole = linemerge(
            [
                part
                for shape in table.geometry[table["name_zh"] == name_zh]
                for part in shapely.get_parts(shape)
            ]
        )
        found += [
            Water(name_zh=name_zh, name_en=names[name_zh], geometry=_downstream(line))
            for line in _chained([np.asarray(line.coords) for line in shapely.get_parts(whole)])
        ]
    areas = lakes()
    for name_zh, name_en, shape in zip(
        areas["name_zh"], areas["name_en"], areas.geometry, strict=True
    ):
        if name_zh:
            found += [
                Water(name_zh=name_zh, name_en=name_en, geometry=part)
                for part in shapely.get_parts(shape)
            ]
    return tuple(found)


def _chained(lines: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return lines joined where their ends lie close together, the longest first."""
    left = sorted(lines, key=lambda line: (-len(line), line[0].tolist()))
    chained = []
    while left:
        chain = left.pop(0)
        grown = True
        while grown:
            grown = False
            for number, other in enumerate(left):
                joined = _joined(chain, other)
                if joined is not None:
                    chain = joined
                    left.pop(number)
                    grown = True
                    break
        chained.append(chain)
    return chained


def _joined(chain: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64] | None:
    for part in (other, other[::-1]):
        if _apart_km(chain[-1], part[0]) <= JOIN_KM:
            return np.vstack((chain, part))
        if _apart_km(part[-1], chain[0]) <= JOIN_KM:
            return np.vstack((part, chain))
    return None


def _apart_km(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return geodesic_km(
        Point(lon_deg=float(one[0]), lat_deg=float(one[1])),
        Point(lon_deg=float(other[0]), lat_deg=float(other[1])),
    )


def _downstream(line: NDArray[np.float64]) -> shapely.LineString:
    return shapely.LineString(line if line[0, 0] <= line[-1, 0] else line[::-1])


def landings(point: Point, rules: ModeRules) -> Iterator[Landing]:
    """Yield a place's landing on each named water that is near enough."""
    spot = shapely.Point(point.lon_deg, point.lat_deg)
    for number, water in enumerate(named_waters()):
        lon_deg, lat_deg = shapely.shortest_line(water.geometry, spot).coords[0]
        bank = Point(lon_deg=lon_deg, lat_deg=lat_deg)
        off_km = geodesic_km(bank, point)
        if off_km <= rules.landing_km:
            yield Landing(water=number, place=point, bank=bank, off_km=off_km)


def nearest_landing(point: Point, rules: ModeRules) -> Landing | None:
    """Return the landing of a place on the nearest named water, None if all are too far."""
    return min(landings(point, rules), key=lambda one: (one.off_km, one.water), default=None)


def boat_way(start: Landing, end: Landing, boat: Carrier, rules: ModeRules) -> BoatWay:
    """Return the way from one landing to another on the same water.

    Raises
    ------
    ValueError
        If they lie on different waters.
    """
    if start.water != end.water:
        msg = f"Landings on two waters, {start.water} and {end.water}."
        raise ValueError(msg)
    line = named_waters()[start.water].geometry
    if isinstance(line, shapely.LineString):
        begin_deg, end_deg = (
            line.project(shapely.Point(one.bank.lon_deg, one.bank.lat_deg)) for one in (start, end)
        )
        corners = shapely.get_coordinates(substring(line, begin_deg, end_deg))
        if len(corners) == 1:
            # Between two places at one bank the way has no length, and is a line all the same.
            corners = np.repeat(corners, 2, axis=0)
        km_h = boat.km_h + (rules.current_km_h if begin_deg <= end_deg else -rules.current_km_h)
        detour = 1.0
    else:
        corners = np.array([(one.bank.lon_deg, one.bank.lat_deg) for one in (start, end)])
        km_h, detour = boat.km_h, rules.lake_detour_factor
    legs_m = geodesics_m(corners[:-1, 0], corners[:-1, 1], corners[1:, 0], corners[1:, 1])
    water_km = float(legs_m.sum()) / _METRES_PER_KM * detour
    carried_km = (start.off_km + end.off_km) * rules.foot_detour_factor
    hours = water_km / km_h + carried_km / rules.porters.km_h
    return BoatWay(
        water_km=water_km,
        carried_km=carried_km,
        metres=ceil(round((water_km + carried_km) * _METRES_PER_KM, 6)),
        seconds=ceil(round(hours * _SECONDS_PER_HOUR, 6)),
        line=(
            start.place,
            *(Point(lon_deg=lon, lat_deg=lat) for lon, lat in corners.tolist()),
            end.place,
        ),
    )
