"""Close stretches of a network: by junctions, area, disc, two places, or bridge.

What is closed does not depend on what is closed already.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.boundaries import counties_at
from geodata.crs import geodesic_km
from geodata.engine import DijkstraEngine, StretchCosts
from geodata.layout import RoadLayout, stretch_ends, stretch_rows, stretches_touching
from geodata.roads import RoadNetwork, build_network
from relief.errors import Fault, InvalidInput
from relief.places import Place, PlaceKind, Point
from relief.plan.travel import Closure, ClosureKind
from relief.sentences import Sentence, say

LONGEST_ROAD_KM = 150.0
"""The longest road that two place names may close."""

MOST_CLOSED_SHARE = 0.2
"""An area over more than this share of all stretches is taken for a mistake."""

WIDEST_RADIUS_KM = 100.0
"""The largest disc that may be closed."""

FORMS = (
    "利川市-恩施市; ROAD between PLACE and PLACE; bridge near LON,LAT; "
    "crossings of Yangtze between PLACE and PLACE; buffer LON,LAT 5 km; polygon FILE; "
    "polygon LON,LAT LON,LAT LON,LAT; edge U-V; before it speed 0.5, weight 20 t or convoy; "
    "after it from and until 2016-07-06T08:00; FILE.geojson; in Chinese G50 利川至恩施; "
    "桥 经度,纬度; 长江 过江通道 武汉至黄石; 周边 经度,纬度 5 公里; "
    "限重 20 吨; 限速 50%; 单向; 自…至…"
)
"""The ways of writing a closure, see `geodata.closures`."""

_LEAST_CORNERS = 3
_DISC_CORNERS = 32
_ROUND_OUT = 1.01
_FEW_STRETCHES = 100


def close_stretches(
    edges: Sequence[tuple[int, int]], roads: RoadNetwork, *, name: str, reason: str = ""
) -> Closure:
    """Return the closure of stretches given by their two junctions.

    Raises
    ------
    InvalidInput
        If the network has no such stretch; all of them are named.
    """
    rows, unknown = stretch_rows(roads.layout, edges)
    faults = [
        closure_fault(name, f"{one}-{other}", say("The road network has no such stretch."))
        for one, other in unknown
    ]
    if not edges:
        faults.append(closure_fault(name, "", say("The closure matches no road.")))
    if faults:
        raise InvalidInput(*faults)
    return Closure(
        name=name, kind=ClosureKind.EDGE, reason=reason, edges=stretch_ends(roads.layout, rows)
    )


def close_area(
    ring: Sequence[Point], roads: RoadNetwork, *, name: str, reason: str = ""
) -> Closure:
    """Return the closure of every stretch that touches an area.

    Parameters
    ----------
    ring
        The corners of the area in EPSG:4490, in order; the last may repeat the first.

    Raises
    ------
    InvalidInput
        If the ring has fewer than three corners, crosses itself, touches no road, or touches
        more than `MOST_CLOSED_SHARE` of all roads.
    """
    corners = list(ring[:-1]) if len(ring) > 1 and ring[0] == ring[-1] else list(ring)
    if len(corners) < _LEAST_CORNERS:
        what = say("An area needs at least three corners.")
        allowed = "polygon LON,LAT LON,LAT LON,LAT"
        raise InvalidInput(closure_fault(name, f"{len(corners)} corners", what, allowed=allowed))
    area = shapely.Polygon([(corner.lon_deg, corner.lat_deg) for corner in corners])
    if not area.is_valid:
        what = say("The outline of the area crosses itself.")
        allowed = "corners in order round the area"
        raise InvalidInput(
            closure_fault(name, shapely.is_valid_reason(area), what, allowed=allowed)
        )
    rows = stretches_touching(roads.layout, area)
    if not len(rows):
        raise InvalidInput(
            closure_fault(
                name,
                ", ".join(f"{bound:.3f}" for bound in area.bounds),
                say("The area touches no road of the network."),
                remedy=say("Check that the longitude is written first, and the datum."),
            )
        )
    _check_share(len(rows), roads, name)
    return Closure(
        name=name,
        kind=ClosureKind.POLYGON,
        reason=reason,
        edges=stretch_ends(roads.layout, rows),
        polygon=tuple(corners),
    )


def close_disc(
    centre: Point, radius_km: float, roads: RoadNetwork, *, name: str, reason: str = ""
) -> Closure:
    """Return the closure of every stretch within a distance of a point.

    The disc is a polygon of 32 corners that holds the circle, so it reaches up to 2 % farther.

    Raises
    ------
    InvalidInput
        If the radius is not above 0 and at most `WIDEST_RADIUS_KM`, or no road lies within it.
    """
    if not 0 < radius_km <= WIDEST_RADIUS_KM:
        raise InvalidInput(
            closure_fault(
                name,
                f"{radius_km:g} km",
                say("The radius of a closed disc is out of bounds."),
                allowed=f"above 0, at most {WIDEST_RADIUS_KM:g} km",
                remedy=say("Give a smaller radius, or draw the area."),
            )
        )
    nudge_deg = 0.01
    east = Point(lon_deg=centre.lon_deg + nudge_deg, lat_deg=centre.lat_deg)
    north = Point(lon_deg=centre.lon_deg, lat_deg=centre.lat_deg + nudge_deg)
    reach_km = radius_km * _ROUND_OUT / math.cos(math.pi / _DISC_CORNERS)
    reach_lon_deg = reach_km * nudge_deg / geodesic_km(centre, east)
    reach_lat_deg = reach_km * nudge_deg / geodesic_km(centre, north)
    ring = []
    for corner in range(_DISC_CORNERS):
        angle = 2 * math.pi * corner / _DISC_CORNERS
        ring.append(
            Point(
                lon_deg=round(centre.lon_deg + reach_lon_deg * math.cos(angle), 6),
                lat_deg=round(centre.lat_deg + reach_lat_deg * math.sin(angle), 6),
            )
        )
    return replace(close_area(ring, roads, name=name, reason=reason), kind=ClosureKind.BUFFER)


def close_between(
    one: Place,
    other: Place,
    roads: RoadNetwork,
    *,
    name: str,
    reason: str = "",
    convoy: bool = False,
) -> Closure:
    """Return the closure of the road between two places, by the rule of `geodata.closures`.

    Parameters
    ----------
    one, other
        The places.
    roads
        The network.
    name, reason
        Of the closure.
    convoy
        Whether the road stays open from the first place to the other.

    Raises
    ------
    InvalidInput
        If the places are the same, no road joins them, they share one road junction, or the road
        is longer than `LONGEST_ROAD_KM`.
    UnreachablePlace
        If a place lies off the network.
    """
    if one.code == other.code:
        what = say("A road leads between two different places.")
        raise InvalidInput(closure_fault(name, one.code, what))
    ways: list[tuple[int, int]] = []
    if one.kind is PlaceKind.COUNTY and other.kind is PlaceKind.COUNTY:
        ways = _direct_ways(roads.layout, one.code, other.code)
    if not ways:
        ways = _ways_between(one, other, roads, name)
    edges = {(min(way), max(way)) for way in ways}
    return Closure(
        name=name,
        kind=ClosureKind.BETWEEN,
        reason=reason,
        edges=tuple(sorted(edges)),
        open_ways=tuple(ways) if convoy else (),
    )


def _direct_ways(layout: RoadLayout, one: str, other: str) -> list[tuple[int, int]]:
    """Return the stretches that join two counties, from the first into the other."""
    counties, ids = _junction_counties(layout), layout.node_ids
    ways: list[tuple[int, int]] = []
    for starts, ends in ((layout.tails, layout.heads), (layout.heads, layout.tails)):
        rows = np.flatnonzero((counties[starts] == one) & (counties[ends] == other))
        ways += zip(ids[starts[rows]].tolist(), ids[ends[rows]].tolist(), strict=True)
    return sorted(set(ways))


def _ways_between(one: Place, other: Place, roads: RoadNetwork, name: str) -> list[tuple[int, int]]:
    """Return the stretches of the shortest road in driving order, without those inside either."""
    layout = roads.layout
    start, end = roads.snap(one.point).row, roads.snap(other.point).row
    whole = build_network(name=roads.name, layout=layout)
    at_least_one = np.maximum(layout.length_hm, 1)
    lengths = StretchCosts(seconds=at_least_one, length_hm=layout.length_hm)
    way = np.array(DijkstraEngine(whole, lengths).way(start, end), dtype=np.int64)
    inside = np.zeros(max(len(way) - 1, 0), dtype=np.bool_)
    for place in (one, other):
        if place.kind is PlaceKind.COUNTY:
            held = counties_at(layout.lon_deg[way], layout.lat_deg[way]) == place.code
            inside |= held[:-1] & held[1:]
    ids = layout.node_ids[way].tolist()
    legs: list[tuple[int, int]] = list(itertools.pairwise(ids))
    ways = [leg for leg, within in zip(legs, inside.tolist(), strict=True) if not within]
    if not ways:
        what = say("The network shows no road between the two places.")
        raise InvalidInput(closure_fault(name, f"{one.code}-{other.code}", what))
    km = float(layout.length_hm[stretch_rows(layout, ways)[0]].sum()) / 10
    if km > LONGEST_ROAD_KM:
        raise InvalidInput(
            closure_fault(
                name,
                f"{km:.0f} km",
                say("The closure matches too much: the road between the two places is long."),
                allowed=f"at most {LONGEST_ROAD_KM:g} km",
                remedy=say("Name the two places on either side of the cut."),
            )
        )
    return ways


@lru_cache(maxsize=2)
def _junction_counties(layout: RoadLayout) -> NDArray[np.str_]:
    return counties_at(layout.lon_deg, layout.lat_deg)


def _check_share(num_stretches: int, roads: RoadNetwork, name: str) -> None:
    share = num_stretches / len(roads.layout.tails)
    # On a handful of stretches a share says nothing.
    if share > MOST_CLOSED_SHARE and num_stretches > _FEW_STRETCHES:
        raise InvalidInput(
            closure_fault(
                name,
                f"{num_stretches} stretches",
                say(
                    "The closure matches too much: {percent} % of all roads.",
                    percent=round(100 * share),
                ),
                allowed=f"at most {MOST_CLOSED_SHARE:.0%} of the stretches of the network",
                remedy=say("Check that the longitude is written first, and the datum."),
            )
        )


def closure_fault(
    name: str, value: str, what: Sentence, *, allowed: str = "", remedy: Sentence | None = None
) -> Fault:
    """Return a fault of a closure; without `allowed` it names the ways of writing one."""
    return Fault(
        where=f"closure {name}",
        field="closure",
        value=value,
        what=what,
        allowed=allowed or FORMS,
        remedy=remedy or say("Correct the closure; one that matches nothing is not ignored."),
    )
