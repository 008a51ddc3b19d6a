"""Closures: from what people write to the stretches of road that are closed.

Three ways of writing a closure, see `parse_closure`:

``利川市-恩施市``
    The road between two places. Between two county-level units that roads join directly, every
    stretch with one end in each of them is closed: whoever wants to drive from one into the other
    must go round through a third. Otherwise the shortest road between the two seats is closed,
    without the stretches inside the two counties themselves (a township or a city is just its
    point, so its road is closed from end to end). A road longer than `LONGEST_ROAD_KM` is
    refused: name two places nearer to the cut.

``polygon FILE`` or ``polygon 114.1,30.5 114.2,30.5 114.2,30.6``
    An area: every stretch that touches it is closed, and no access leg may cross it.

``edge U-V`` or ``edge U-V W-X``
    Stretches by their two junctions, both directions.

What is closed does not depend on what is closed already.
"""

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.area_files import read_area
from geodata.boundaries import counties_at
from geodata.engine import DijkstraEngine, StretchCosts
from geodata.gazetteer import Gazetteer
from geodata.layout import RoadLayout, stretch_ends, stretch_rows, stretches_touching
from geodata.roads import RoadNetwork, build_network
from relief.errors import Fault, InvalidInput
from relief.places import Place, PlaceKind, Point
from relief.plan.travel import Closure, ClosureKind
from relief.sentences import Sentence, say

LONGEST_ROAD_KM = 150.0
"""The longest road that two place names may close."""

_LEAST_CORNERS = 3
_BETWEEN = re.compile(r"[-–—－~～至到]")
_EDGE = re.compile(r"^(\d+)-(\d+)$")
_FORMS = "利川市-恩施市; polygon FILE; polygon LON,LAT LON,LAT LON,LAT; edge U-V"


def parse_closure(
    text: str, gazetteer: Gazetteer, roads: RoadNetwork, *, reason: str = "", files: bool = True
) -> Closure:
    """Return the closure that a text describes, resolved to stretches of a network.

    Parameters
    ----------
    text
        The description, in one of the forms of this module's docstring.
    gazetteer
        The places that it may name.
    roads
        The network.
    reason
        Why the road is closed.
    files
        Whether the text may name a file; False for texts from outside this machine.

    Raises
    ------
    InvalidInput
        If the text has none of the forms, an area cannot be read or has an impossible shape, or
        nothing of the network is closed.
    UnknownPlace, AmbiguousPlace
        If a place is not known, or not uniquely; near matches are named.
    """
    written = text.strip()
    word, _, rest = written.partition(" ")
    if word.lower() == "edge" and rest.strip():
        return _parse_edges(written, rest, roads, reason)
    if word.lower() == "polygon" and rest.strip():
        ring = _parse_ring(written, rest.strip(), files=files)
        return close_area(ring, roads, name=written, reason=reason)
    one, other = _two_places(written, gazetteer)
    return close_between(one, other, roads, name=written, reason=reason)


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
        _fault(name, f"{one}-{other}", say("The road network has no such stretch."))
        for one, other in unknown
    ]
    if not edges:
        faults.append(_fault(name, "", say("The closure matches no road.")))
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
        If the ring has fewer than three corners, crosses itself, or touches no road.
    """
    corners = list(ring[:-1]) if len(ring) > 1 and ring[0] == ring[-1] else list(ring)
    if len(corners) < _LEAST_CORNERS:
        what = say("An area needs at least three corners.")
        raise InvalidInput(_fault(name, f"{len(corners)} corners", what))
    area = shapely.Polygon([(corner.lon_deg, corner.lat_deg) for corner in corners])
    if not area.is_valid:
        what = say("The outline of the area crosses itself.")
        raise InvalidInput(_fault(name, shapely.is_valid_reason(area), what))
    rows = stretches_touching(roads.layout, area)
    if not len(rows):
        raise InvalidInput(
            _fault(
                name,
                ", ".join(f"{bound:.3f}" for bound in area.bounds),
                say("The area touches no road of the network."),
                remedy=say("Check that the longitude is written first, and the datum."),
            )
        )
    return Closure(
        name=name,
        kind=ClosureKind.POLYGON,
        reason=reason,
        edges=stretch_ends(roads.layout, rows),
        polygon=tuple(corners),
    )


def close_between(
    one: Place, other: Place, roads: RoadNetwork, *, name: str, reason: str = ""
) -> Closure:
    """Return the closure of the road between two places, by the rule of this module's docstring.

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
        raise InvalidInput(_fault(name, one.code, what))
    layout = roads.layout
    rows = np.empty(0, dtype=np.int64)
    if one.kind is PlaceKind.COUNTY and other.kind is PlaceKind.COUNTY:
        rows = _direct_stretches(layout, one.code, other.code)
    if not len(rows):
        rows = _road_between(one, other, roads, name)
    return Closure(
        name=name, kind=ClosureKind.BETWEEN, reason=reason, edges=stretch_ends(layout, rows)
    )


def stretch_names(
    closure: Closure, roads: RoadNetwork, gazetteer: Gazetteer
) -> tuple[Sentence, ...]:
    """Return a sentence for each closed stretch: its junctions, length and the towns near by."""
    layout = roads.layout
    towns = shapely.STRtree(
        [shapely.Point(town.point.lon_deg, town.point.lat_deg) for town in gazetteer.townships]
    )
    sentences = []
    for one, other in closure.edges:
        rows, _ = stretch_rows(layout, [(one, other)])
        ends = np.searchsorted(layout.node_ids, (one, other))
        spots = shapely.points(np.column_stack((layout.lon_deg[ends], layout.lat_deg[ends])))
        near = [gazetteer.townships[row] for row in np.atleast_1d(towns.nearest(spots)).tolist()]
        sentences.append(
            say(
                "Stretch {one}-{other}, {km} km, from near {start_zh} ({start_en}) to near "
                "{end_zh} ({end_en}).",
                one=one,
                other=other,
                km=float(layout.length_hm[rows].min()) / 10,
                start_zh=near[0].parent_zh + near[0].name_zh,
                start_en=near[0].name_en,
                end_zh=near[1].parent_zh + near[1].name_zh,
                end_en=near[1].name_en,
            )
        )
    return tuple(sentences)


def _parse_edges(text: str, rest: str, roads: RoadNetwork, reason: str) -> Closure:
    words = rest.replace(",", " ").split()
    matches = [_EDGE.match(word) for word in words]
    faults = [
        _fault(text, word, say("A stretch is written as two junctions with a hyphen between."))
        for word, match in zip(words, matches, strict=True)
        if match is None
    ]
    if faults:
        raise InvalidInput(*faults)
    edges = [(int(match[1]), int(match[2])) for match in matches if match is not None]
    return close_stretches(edges, roads, name=text, reason=reason)


def _parse_ring(text: str, rest: str, *, files: bool) -> tuple[Point, ...]:
    words = rest.split()
    try:
        numbers = [tuple(float(number) for number in word.split(",")) for word in words]
    except ValueError:
        numbers = []
    if numbers and all(len(pair) == 2 for pair in numbers):  # noqa: PLR2004 - longitude, latitude
        return tuple(Point(lon_deg=lon_deg, lat_deg=lat_deg) for lon_deg, lat_deg in numbers)
    if not files:
        raise InvalidInput(
            _fault(
                text,
                rest,
                say("The corners of the area cannot be read."),
                remedy=say("Write each corner as longitude, comma, latitude."),
            )
        )
    return read_area(Path(rest))


def _two_places(text: str, gazetteer: Gazetteer) -> tuple[Place, Place]:
    cuts = list(_BETWEEN.finditer(text))
    halves = [(text[: cut.start()].strip(), text[cut.end() :].strip()) for cut in cuts]
    halves = [(left, right) for left, right in halves if left and right]
    if not halves:
        raise InvalidInput(_fault(text, text, say("The closure cannot be read.")))
    # Names may hold a hyphen themselves: every cut is tried.
    for left, right in halves:
        try:
            return gazetteer.find(left), gazetteer.find(right)
        except InvalidInput:
            continue
    refusals: list[InvalidInput] = []
    for half in halves[0]:
        try:
            gazetteer.find(half)
        except InvalidInput as refusal:
            refusals.append(refusal)
    raise type(refusals[0])(*(fault for refusal in refusals for fault in refusal.faults))


def _direct_stretches(layout: RoadLayout, one: str, other: str) -> NDArray[np.int64]:
    counties = _junction_counties(layout)
    tails, heads = counties[layout.tails], counties[layout.heads]
    rows: NDArray[np.int64] = np.flatnonzero(
        ((tails == one) & (heads == other)) | ((tails == other) & (heads == one))
    )
    return rows


def _road_between(one: Place, other: Place, roads: RoadNetwork, name: str) -> NDArray[np.int64]:
    layout = roads.layout
    start, end = roads.snap(one.point).row, roads.snap(other.point).row
    whole = build_network(name=roads.name, layout=layout)
    lengths = StretchCosts(seconds=layout.length_hm, length_hm=layout.length_hm)
    junctions = layout.node_ids[list(DijkstraEngine(whole, lengths).way(start, end))].tolist()
    way, _ = stretch_rows(layout, list(itertools.pairwise(junctions)))
    inside = np.zeros(len(way), dtype=np.bool_)
    for place in (one, other):
        if place.kind is PlaceKind.COUNTY:
            ends = np.concatenate((layout.tails[way], layout.heads[way]))
            held = counties_at(layout.lon_deg[ends], layout.lat_deg[ends]) == place.code
            inside |= held[: len(way)] & held[len(way) :]
    rows: NDArray[np.int64] = way[~inside]
    if not len(rows):
        what = say("The network shows no road between the two places.")
        raise InvalidInput(_fault(name, f"{one.code}-{other.code}", what))
    km = float(layout.length_hm[rows].sum()) / 10
    if km > LONGEST_ROAD_KM:
        raise InvalidInput(
            _fault(
                name,
                f"{km:.0f} km",
                say("The closure matches too much: the road between the two places is long."),
                allowed=f"at most {LONGEST_ROAD_KM:g} km",
                remedy=say("Name the two places on either side of the cut."),
            )
        )
    return rows


@lru_cache(maxsize=2)
def _junction_counties(layout: RoadLayout) -> NDArray[np.str_]:
    return counties_at(layout.lon_deg, layout.lat_deg)


def _fault(
    name: str, value: str, what: Sentence, *, allowed: str = "", remedy: Sentence | None = None
) -> Fault:
    return Fault(
        where=f"closure {name}",
        field="closure",
        value=value,
        what=what,
        allowed=allowed or _FORMS,
        remedy=remedy or say("Correct the closure; one that matches nothing is not ignored."),
    )
