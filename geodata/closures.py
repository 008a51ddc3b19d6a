"""Closures as officers write them, resolved to the stretches of road that they concern.

The place of a closure, see `parse_closure`:

``利川市-恩施市``
    The road between two places. Between two county-level units that roads join directly, every
    stretch with one end in each of them is closed: whoever wants to drive from one into the other
    must go round through a third. Otherwise the shortest road between the two seats is closed,
    without the stretches inside the two counties themselves (a township or a city is just its
    point, so its road is closed from end to end). A road longer than
    `geodata.closing.LONGEST_ROAD_KM` is refused: name two places nearer to the cut.

``G50 between Lichuan and Enshi``
    A road by its number or name, between two places along it. Only imported networks know names.

``bridge near 114.29,30.55``
    The nearest bridge, with all its carriageways. A network that does not know its bridges has
    the nearest derived crossing of the Yangtze or the Han instead, which is approximate.

``crossings of Yangtze between Wuhan and Huangshi``
    Every crossing of the river between the points of the river nearest to two places; without
    places every crossing. Approximate in the same way.

``buffer 114.3,30.6 5 km``
    Every stretch within a distance of a point.

``polygon FILE`` or ``polygon 114.1,30.5 114.2,30.5 114.2,30.6``
    An area: every stretch that touches it is closed, and no access leg may cross it.

``edge U-V`` or ``edge U-V W-X``
    Stretches by their two junctions, both directions.

What it does, written before the place; without it the road is closed:

``speed 0.5 PLACE``
    Half the usual speed is left, for example in snow or fog.

``weight 20 t PLACE``
    Vehicles above a gross weight are barred, by speed class: the largest truck of each counts.

``convoy 利川市-恩施市`` or ``convoy edge U-V``
    The road is open from the first to the second only.

When it holds, written after the place: ``from 2016-07-06T08:00 until 2016-07-07T20:00`` or one of
the two; without an offset from UTC the instant is read off a clock in Hubei.

All of it can be written in Chinese, see `geodata.closure_words`: ``G50 利川至恩施``,
``长江 过江通道``, ``限重 20 吨 桥 114.29,30.55 自 2016-07-06 至 2016-07-08``.

Many closures, each with its reason and hours, are read from a GeoJSON file, see
`geodata.closure_files`.

What is closed does not depend on what is closed already.
"""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import shapely

from geodata.area_files import read_area
from geodata.closing import (
    close_area,
    close_between,
    close_disc,
    close_stretches,
    closure_fault,
)
from geodata.closure_words import INSTANT, in_english
from geodata.crossings import close_bridge, close_crossings
from geodata.gazetteer import Gazetteer
from geodata.layout import stretch_rows
from geodata.named_roads import close_named_road
from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES
from geodata.vehicle_rules import load_vehicle_rules
from relief.errors import InvalidInput
from relief.places import Place, Point
from relief.plan.travel import Closure, ClosureKind
from relief.sentences import Sentence, say
from relief.units import SHANGHAI

_BETWEEN = re.compile(r"[-–—－~～至到]")
_EDGE = re.compile(r"^(\d+)-(\d+)$")
_TIMES = re.compile(
    rf"^(?P<place>.*?)(?:\s+from\s+(?P<begin>{INSTANT}))?(?:\s+until\s+(?P<end>{INSTANT}))?$",
    re.IGNORECASE | re.DOTALL,
)
_SPEED = re.compile(r"^speed\s+(?P<share>[\d.]+)\s+(?P<place>.+)$", re.IGNORECASE)
_WEIGHT = re.compile(r"^weight\s+(?P<weight_t>[\d.]+)\s*t\s+(?P<place>.+)$", re.IGNORECASE)
_CONVOY = re.compile(r"^convoy\s+(?P<place>.+)$", re.IGNORECASE)
_BUFFER = re.compile(r"^buffer\s+(?P<at>\S+)\s+(?P<radius_km>[\d.]+)\s*km$", re.IGNORECASE)
_BRIDGE = re.compile(r"^bridge\s+near\s+(?P<at>\S+)$", re.IGNORECASE)
_CROSSINGS = re.compile(
    r"^crossings\s+of\s+(?P<river>.+?)(?:\s+between\s+(?P<one>.+?)\s+and\s+(?P<other>.+))?$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"^(?P<road>.+?)\s+between\s+(?P<one>.+?)\s+and\s+(?P<other>.+)$", re.IGNORECASE
)
_MOST_KG = 1_000_000


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
        If the text has none of the forms, an area cannot be read or has an impossible shape, a
        road or river is not known, nothing of the network is closed, or too much of it.
    UnknownPlace, AmbiguousPlace
        If a place is not known, or not uniquely; near matches are named.
    """
    written = text.strip()
    plain = in_english(written)
    times = _TIMES.match(plain)
    place = plain if times is None else times["place"].strip()
    begin, end = (None, None) if times is None else (times["begin"], times["end"])
    from_at, until_at = _instant(written, begin), _instant(written, end)
    if from_at is not None and until_at is not None and not from_at < until_at:
        what = say("The closure ends before it begins.")
        allowed = f"until an instant after {begin}"
        raise InvalidInput(closure_fault(written, f"{begin} {end}", what, allowed=allowed))
    reader = _PlaceReader(written, gazetteer, roads, reason, files=files)
    closure = _with_effect(written, place, reader)
    return replace(closure, from_at=from_at, until_at=until_at)


def _with_effect(written: str, place: str, reader: "_PlaceReader") -> Closure:
    """Return the closure of a place with what is written before it."""
    if (match := _SPEED.match(place)) is not None:
        share = _number(match["share"])
        if not 0 < share < 1:
            what = say("The share of the usual speed that is left lies between 0 and 1.")
            allowed = "above 0, below 1, or 1 % to 99 %"
            raise InvalidInput(closure_fault(written, match["share"], what, allowed=allowed))
        return replace(reader.read(match["place"]), speed_share=share)
    if (match := _WEIGHT.match(place)) is not None:
        max_weight_kg = round(min(_number(match["weight_t"]) * 1000, _MOST_KG))
        barred = classes_heavier_than(max_weight_kg)
        if not barred:
            what = say("The weight limit bars no class of truck.")
            heaviest_t = (
                max(one.gross_weight_kg for one in load_vehicle_rules().trucks.values()) / 1000
            )
            allowed = f"below {heaviest_t:g} t"
            raise InvalidInput(closure_fault(written, match["weight_t"], what, allowed=allowed))
        found = reader.read(match["place"])
        return replace(found, max_weight_kg=max_weight_kg, speed_classes=barred)
    if (match := _CONVOY.match(place)) is not None:
        return reader.read(match["place"], convoy=True)
    return reader.read(place)


def classes_heavier_than(max_weight_kg: int) -> tuple[str, ...]:
    """Return the speed classes whose largest truck, loaded, weighs more than a limit."""
    trucks = load_vehicle_rules().trucks
    return tuple(name for name in SPEED_CLASSES if trucks[name].gross_weight_kg > max_weight_kg)


class _PlaceReader:
    """Reads the place of a closure."""

    def __init__(
        self, written: str, gazetteer: Gazetteer, roads: RoadNetwork, reason: str, *, files: bool
    ) -> None:
        self._written = written
        self._gazetteer = gazetteer
        self._roads = roads
        self._reason = reason
        self._files = files

    def read(self, place: str, *, convoy: bool = False) -> Closure:
        """Return the closure of a place, open in the direction in which it is written or not."""
        word, _, rest = place.partition(" ")
        if word.lower() == "edge" and rest.strip():
            return self._edges(rest, convoy=convoy)
        if not convoy and (closure := self._spot(place, word, rest.strip())) is not None:
            return closure
        if (match := _NAMED.match(place)) is not None:
            return close_named_road(
                match["road"],
                self._places(match["one"], match["other"]),
                self._roads,
                name=self._written,
                reason=self._reason,
                convoy=convoy,
            )
        one, other = _two_places(place, self._gazetteer)
        return close_between(
            one, other, self._roads, name=self._written, reason=self._reason, convoy=convoy
        )

    def _spot(self, place: str, word: str, rest: str) -> Closure | None:
        """Return the closure of a place that has no direction, None if it is written otherwise."""
        if word.lower() == "polygon" and rest:
            ring = _parse_ring(self._written, rest, files=self._files)
            return close_area(ring, self._roads, name=self._written, reason=self._reason)
        if (match := _BUFFER.match(place)) is not None:
            return self._buffer(match)
        if (match := _BRIDGE.match(place)) is not None:
            return self._bridge(match)
        if (match := _CROSSINGS.match(place)) is not None:
            return self._crossings(match)
        return None

    def _edges(self, rest: str, *, convoy: bool) -> Closure:
        words = rest.replace(",", " ").split()
        matches = [_EDGE.match(word) for word in words]
        faults = [
            closure_fault(
                self._written,
                word,
                say("A stretch is written as two junctions with a hyphen between."),
            )
            for word, match in zip(words, matches, strict=True)
            if match is None
        ]
        if faults:
            raise InvalidInput(*faults)
        edges = [(int(match[1]), int(match[2])) for match in matches if match is not None]
        closure = close_stretches(edges, self._roads, name=self._written, reason=self._reason)
        return replace(closure, open_ways=tuple(edges)) if convoy else closure

    def _buffer(self, match: re.Match[str]) -> Closure:
        return close_disc(
            self._point(match["at"]),
            _number(match["radius_km"]),
            self._roads,
            name=self._written,
            reason=self._reason,
        )

    def _bridge(self, match: re.Match[str]) -> Closure:
        at = self._point(match["at"])
        return close_bridge(at, self._roads, name=self._written, reason=self._reason)

    def _crossings(self, match: re.Match[str]) -> Closure:
        between = None
        if match["one"] is not None:
            between = self._places(match["one"], match["other"])
        return close_crossings(
            match["river"], between, self._roads, name=self._written, reason=self._reason
        )

    def _places(self, *names: str) -> tuple[Place, Place]:
        found, faults = [], []
        for name in names:
            try:
                found.append(self._gazetteer.find(name))
            except InvalidInput as refusal:
                faults.append(refusal)
        if faults:
            raise type(faults[0])(*(fault for refusal in faults for fault in refusal.faults))
        one, other = found
        return one, other

    def _point(self, text: str) -> Point:
        lon, _, lat = text.partition(",")
        lon_deg, lat_deg = _number(lon), _number(lat)
        if not (abs(lon_deg) <= 180 and abs(lat_deg) <= 90):  # noqa: PLR2004 - degrees
            what = say("A point is written as longitude, comma, latitude, in degrees.")
            raise InvalidInput(closure_fault(self._written, text, what, allowed="114.29,30.55"))
        return Point(lon_deg=lon_deg, lat_deg=lat_deg)


def _number(text: str) -> float:
    """Return a number, infinite where there is none, so that every bound refuses it."""
    try:
        return float(text)
    except ValueError:
        return float("inf")


def _instant(written: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        what = say("This is no instant.")
        allowed = "2016-07-06, 2016-07-06T08:00, 2016-07-06T08:00+08:00"
        raise InvalidInput(closure_fault(written, text, what, allowed=allowed)) from error
    return instant if instant.utcoffset() is not None else instant.replace(tzinfo=SHANGHAI)


def closure_effects(closure: Closure, roads: RoadNetwork) -> tuple[Sentence, ...]:
    """Return what a closure does, over how much road, when, and how sure it is of the place."""
    layout = roads.layout
    rows, _ = stretch_rows(layout, closure.edges)
    gaps = {"stretches": len(closure.edges), "km": round(float(layout.length_hm[rows].sum()) / 10)}
    told = []
    if closure.open_ways:
        told.append(say("One way only: {stretches} stretches, {km} km.", **gaps))
    elif closure.max_weight_kg:
        told.append(
            say(
                "Closed above {tonnes} t, that is to {classes} trucks: {stretches} stretches, "
                "{km} km.",
                tonnes=f"{closure.max_weight_kg / 1000:g}",
                classes=", ".join(closure.speed_classes),
                **gaps,
            )
        )
    elif closure.speed_share:
        told.append(
            say(
                "Slowed to {percent} % of the usual speed: {stretches} stretches, {km} km.",
                percent=round(100 * closure.speed_share),
                **gaps,
            )
        )
    else:
        told.append(say("Closed: {stretches} stretches, {km} km.", **gaps))
    if closure.from_at is not None:
        told.append(say("From {instant}.", instant=closure.from_at.isoformat(" ", "minutes")))
    if closure.until_at is not None:
        told.append(say("Until {instant}.", instant=closure.until_at.isoformat(" ", "minutes")))
    if closure.kind in {ClosureKind.BRIDGE, ClosureKind.CROSSINGS} and (
        layout.details is None or closure.kind is ClosureKind.CROSSINGS
    ):
        told.append(
            say(
                "Approximate: the crossings are derived from a generalised river line, with false "
                "ones and gaps."
            )
        )
    return tuple(told)


def stretch_names(
    closure: Closure, roads: RoadNetwork, gazetteer: Gazetteer, *, most: int | None = None
) -> tuple[Sentence, ...]:
    """Return a sentence for each stretch of a closure: its junctions, length and towns near by.

    Parameters
    ----------
    closure, roads, gazetteer
        The closure, its network and the towns.
    most
        How many stretches to name; None for all.
    """
    layout = roads.layout
    towns = shapely.STRtree(
        [shapely.Point(town.point.lon_deg, town.point.lat_deg) for town in gazetteer.townships]
    )
    sentences = []
    for one, other in closure.edges[:most]:
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
            closure_fault(
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
        raise InvalidInput(closure_fault(text, text, say("The closure cannot be read.")))
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
