"""Close bridges and river crossings, as well as a network knows them.

An imported network knows which stretches are bridges. The shipped one does not: it has clusters of
stretches that cross a generalised line of the Yangtze or the Han (``data/river_crossings.csv``),
with false crossings and gaps, so what is closed there is approximate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from geodata.closing import closure_fault
from geodata.crs import geodesic_km
from geodata.layout import stretch_ends, stretch_line, stretch_rows, stretches_touching
from geodata.river_course import (
    YANGTZE,
    RiverLine,
    find_river,
    river_names_like,
    yangtze_course,
)
from geodata.road_details import RoadDetails
from geodata.roads import RoadNetwork
from geodata.sources import read_table
from relief.errors import InvalidInput
from relief.places import Place, Point
from relief.plan.travel import Closure, ClosureKind
from relief.sentences import say

BRIDGE_LIMIT_KM = 2.0
"""A bridge farther than this from the point is not meant."""

CROSSING_LIMIT_KM = 5.0
"""The same where only derived crossings are known."""

RIVER_LIMIT_KM = 60.0
"""A place farther than this from a river does not lie on it."""

_CARRIAGEWAY_KM = 0.06
_KM_PER_DEG = 111.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A cluster of stretches that cross a river.

    Parameters
    ----------
    river_zh, river_en
        The river.
    point
        The middle of the cluster.
    edges
        The stretches, as pairs of junctions.
    """

    river_zh: str
    river_en: str
    point: Point
    edges: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1)
def known_crossings() -> tuple[Crossing, ...]:
    """Return the derived crossings of the shipped network, from ``data/river_crossings.csv``."""
    crossings = []
    for row in read_table("river_crossings.csv"):
        pairs = [pair.split("-") for pair in row["stretches"].split(";")]
        crossings.append(
            Crossing(
                river_zh=row["river_zh"],
                river_en=row["river_en"],
                point=Point(lon_deg=float(row["lon_deg"]), lat_deg=float(row["lat_deg"])),
                edges=tuple((int(one), int(other)) for one, other in pairs),
            )
        )
    return tuple(crossings)


def close_bridge(at: Point, roads: RoadNetwork, *, name: str, reason: str = "") -> Closure:
    """Return the closure of the bridge nearest to a point, with all its carriageways.

    Raises
    ------
    InvalidInput
        If no bridge lies within `BRIDGE_LIMIT_KM`, or where bridges are not known no derived
        crossing within `CROSSING_LIMIT_KM`.
    """
    details = roads.layout.details
    if details is None:
        edges = _crossing_near(at, name)
        _check_known(edges, roads, name)
    else:
        rows = _bridge_rows(at, roads, details, name)
        edges = stretch_ends(roads.layout, rows)
    return Closure(name=name, kind=ClosureKind.BRIDGE, reason=reason, edges=edges)


def close_crossings(
    river: str,
    between: tuple[Place, Place] | None,
    roads: RoadNetwork,
    *,
    name: str,
    reason: str = "",
) -> Closure:
    """Return the closure of the crossings of a river.

    Parameters
    ----------
    river
        Its name in English or Chinese.
    between
        Two places: only the crossings between the points of the river nearest to them are closed.
        None for all.
    roads
        The network.
    name, reason
        Of the closure.

    Raises
    ------
    InvalidInput
        If the river is not known (near names are given), a place lies farther than
        `RIVER_LIMIT_KM` from it, or no road crosses it there.
    """
    found_river = _river(river, name)
    line = found_river.whole
    low, high = (0.0, line.length) if between is None else _section(line, between, name)
    if found_river.name_en == YANGTZE:
        found = set(_course_edges(roads, line, (low, high)))
    elif roads.layout.details is not None:
        found = {
            edge
            for piece, _ in found_river.pieces
            for edge in _crossing_edges(roads, piece, line, (low, high))
        }
    else:
        found = {
            (min(edge), max(edge))
            for crossing in known_crossings()
            if crossing.river_en == found_river.name_en
            and low <= _along(line, crossing.point) <= high
            for edge in crossing.edges
        }
    edges = tuple(sorted(found))
    if not edges:
        what = say("No road crosses the river there.")
        raise InvalidInput(closure_fault(name, river, what))
    _check_known(edges, roads, name)
    return Closure(name=name, kind=ClosureKind.CROSSINGS, reason=reason, edges=edges)


def _check_known(edges: Sequence[tuple[int, int]], roads: RoadNetwork, name: str) -> None:
    if stretch_rows(roads.layout, edges)[1]:
        what = say("This network knows neither bridges nor crossings.")
        remedy = say("Draw an area over the bridge, or name the places on both sides.")
        raise InvalidInput(closure_fault(name, name, what, remedy=remedy))


def _crossing_near(at: Point, name: str) -> tuple[tuple[int, int], ...]:
    nearest = min(known_crossings(), key=lambda crossing: geodesic_km(at, crossing.point))
    km = geodesic_km(at, nearest.point)
    if km > CROSSING_LIMIT_KM:
        raise InvalidInput(
            closure_fault(
                name,
                f"{at.lon_deg:g},{at.lat_deg:g}",
                say(
                    "No known crossing of the Yangtze or the Han lies near; the nearest, over the "
                    "{river_en} ({river_zh}), is {km} km off at {lon_deg},{lat_deg}.",
                    river_en=nearest.river_en,
                    river_zh=nearest.river_zh,
                    km=round(km),
                    lon_deg=nearest.point.lon_deg,
                    lat_deg=nearest.point.lat_deg,
                ),
                allowed=f"within {CROSSING_LIMIT_KM:g} km of a crossing",
            )
        )
    return tuple(sorted({(min(edge), max(edge)) for edge in nearest.edges}))


def _bridge_rows(
    at: Point, roads: RoadNetwork, details: RoadDetails, name: str
) -> NDArray[np.int64]:
    """Return the stretches of the nearest bridge: of the same road, each beside or after one."""
    bridges = np.flatnonzero(details.bridge)
    if not len(bridges):
        raise InvalidInput(closure_fault(name, name, say("The network has no bridges.")))
    shrink = float(np.cos(np.radians(at.lat_deg)))
    lines = np.array(
        [
            shapely.LineString(stretch_line(roads.layout, row) * (shrink, 1.0))
            for row in bridges.tolist()
        ]
    )
    off_km = shapely.distance(lines, shapely.Point(at.lon_deg * shrink, at.lat_deg)) * _KM_PER_DEG
    nearest = int(np.argmin(off_km))
    if off_km[nearest] > BRIDGE_LIMIT_KM:
        what = say(
            "No bridge of the network lies near; the nearest is {km} km off.",
            km=round(float(off_km[nearest])),
        )
        allowed = f"within {BRIDGE_LIMIT_KM:g} km of a bridge"
        raise InvalidInput(closure_fault(name, name, what, allowed=allowed))
    labels = np.stack((details.name_rows[bridges], details.ref_rows[bridges]), axis=1)
    same = np.flatnonzero((labels == labels[nearest]).all(axis=1))
    tree = shapely.STRtree(lines[same])
    found = np.zeros(len(same), dtype=np.bool_)
    fresh = np.flatnonzero(same == nearest)
    while len(fresh):
        found[fresh] = True
        beside = tree.query(
            lines[same[fresh]], predicate="dwithin", distance=_CARRIAGEWAY_KM / _KM_PER_DEG
        )[1]
        fresh = np.setdiff1d(beside, np.flatnonzero(found))
    rows: NDArray[np.int64] = bridges[same[found]]
    return rows


def _river(text: str, name: str) -> RiverLine:
    river = find_river(text)
    if river is None:
        what = say("The river is not known.")
        raise InvalidInput(
            closure_fault(name, text, what, allowed=", ".join(river_names_like(text)))
        )
    return river


def _along(line: shapely.LineString, point: Point) -> float:
    return float(shapely.line_locate_point(line, shapely.Point(point.lon_deg, point.lat_deg)))


def _section(
    line: shapely.LineString, between: tuple[Place, Place], name: str
) -> tuple[float, float]:
    measures, faults = [], []
    for place in between:
        measure = _along(line, place.point)
        foot = shapely.line_interpolate_point(line, measure)
        km = geodesic_km(place.point, Point(lon_deg=foot.x, lat_deg=foot.y))
        if km > RIVER_LIMIT_KM:
            faults.append(
                closure_fault(
                    name,
                    place.name_zh,
                    say("The place lies {km} km from the river.", km=round(km)),
                    allowed=f"at most {RIVER_LIMIT_KM:g} km",
                    remedy=say("Name two places on the river."),
                )
            )
        measures.append(measure)
    if faults:
        raise InvalidInput(*faults)
    return min(measures), max(measures)


def _crossing_edges(
    roads: RoadNetwork,
    piece: shapely.LineString,
    line: shapely.LineString,
    section: tuple[float, float],
) -> tuple[tuple[int, int], ...]:
    """Return the stretches that cross a piece of a river within a section of the whole."""
    low, high = section
    start = float(line.project(shapely.Point(piece.coords[0])))
    low, high = max(low - start, 0.0), min(high - start, piece.length)
    part = shapely.ops.substring(piece, low, high) if low < high else None
    if not isinstance(part, shapely.LineString):
        return ()
    rows = stretches_touching(roads.layout, part)
    return stretch_ends(roads.layout, rows)


def _course_edges(
    roads: RoadNetwork, line: shapely.LineString, section: tuple[float, float]
) -> tuple[tuple[int, int], ...]:
    """Return the stretches that cross the course of the Yangtze within a section of its line."""
    course = yangtze_course()
    rows = stretches_touching(roads.layout, course)
    spots = [
        shapely.intersection(course, shapely.LineString(stretch_line(roads.layout, row))).centroid
        for row in rows.tolist()
    ]
    along = shapely.line_locate_point(line, spots) if spots else np.empty(0)
    low, high = section
    return stretch_ends(roads.layout, rows[(along >= low) & (along <= high)])
