"""Closures as GeoJSON: many at once, each with reason, hours and effect; written and read back.

A file is a FeatureCollection (or one Feature). What each Feature closes is told, in this order, by

* ``edges``, pairs of junctions, if ``network`` names the layout of the network at hand;
* ``text``, in the forms of `geodata.closures`;
* its geometry: a Polygon, or a Point with ``radius_km``.

Further properties, all optional: ``name``, ``kind``, ``reason``, ``from_at`` and ``until_at`` (ISO
8601, without an offset by a clock in Hubei), ``speed_share``, ``max_weight_kg``, ``classes`` and
``one_way``, pairs of junctions in the direction that a convoy may drive. What else a map program
adds is passed over, but a misspelt property is refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from geodata.area_files import datum_name, outline, read_document
from geodata.closing import close_area, close_disc, close_stretches, closure_fault
from geodata.closures import classes_heavier_than, parse_closure
from geodata.crs import declared_datum, declared_points
from geodata.gazetteer import Gazetteer
from geodata.layout import layout_digest, stretch_line, stretch_rows
from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES
from relief.errors import Fault, InvalidInput
from relief.plan.travel import Closure, ClosureKind
from relief.sentences import Sentence, say
from relief.supply.declaration import Datum
from relief.units import SHANGHAI

ENDINGS = (".geojson", ".json")
PROPERTIES = (
    *("name", "kind", "reason", "text", "radius_km", "network", "edges"),
    *("from_at", "until_at", "speed_share", "max_weight_kg", "classes", "one_way"),
)
_ALLOWED = "a GeoJSON FeatureCollection, a Feature for each closure"
_LIKE = 0.8
_NUM_DIGITS = 16


def find_closures(
    texts: Sequence[str], gazetteer: Gazetteer, roads: RoadNetwork, *, files: bool = True
) -> tuple[Closure, ...]:
    """Return the closures that texts describe; a text that names a GeoJSON file gives all of its.

    Parameters
    ----------
    texts
        In the forms of `geodata.closures.parse_closure`, or files.
    gazetteer, roads
        The places that they may name, and the network.
    files
        Whether files may be named; False for texts from outside this machine.

    Raises
    ------
    InvalidInput
        With every fault of every text.
    """
    found: list[Closure] = []
    refusals: list[InvalidInput] = []
    for text in texts:
        try:
            if files and is_closure_file(text):
                found += read_closures(Path(text.strip()), gazetteer, roads)
            else:
                found.append(parse_closure(text, gazetteer, roads, files=files))
        except InvalidInput as refusal:
            refusals.append(refusal)
    _raise(refusals)
    return tuple(found)


def is_closure_file(text: str) -> bool:
    """Return whether a text names a file of closures, as against an area drawn in a file."""
    written = text.strip()
    return written.lower().endswith(ENDINGS) and " " not in written.removeprefix("./")


def read_closures(path: Path, gazetteer: Gazetteer, roads: RoadNetwork) -> tuple[Closure, ...]:
    """Return the closures of a GeoJSON file.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a Feature of it is no closure of this network; every fault
        of every Feature is listed.
    """
    document = read_document(path, allowed=_ALLOWED)
    features = document.get("features")
    if document.get("type") == "Feature":
        features = [document]
    if not isinstance(features, list) or not features:
        what = say("The file holds no closures.")
        raise InvalidInput(Fault(where=str(path), field="features", what=what, allowed=_ALLOWED))
    datum = declared_datum(datum_name(document), where=str(path))
    found: list[Closure] = []
    refusals: list[InvalidInput] = []
    for number, feature in enumerate(features, start=1):
        reader = _FeatureReader(f"{path}:{number}", feature, datum)
        try:
            found.append(reader.read(gazetteer, roads))
        except InvalidInput as refusal:
            refusals.append(refusal)
    _raise(refusals)
    return tuple(found)


def closures_as_geojson(closures: Sequence[Closure], roads: RoadNetwork) -> dict[str, Any]:
    """Return closures as a FeatureCollection from which `read_closures` gives the same closures.

    On another network they are found again by their text where their name is one.
    """
    return {
        "type": "FeatureCollection",
        "features": [_feature(closure, roads) for closure in closures],
    }


def network_key(roads: RoadNetwork) -> str:
    """Return what tells the layout of a network from others, whatever is closed on it."""
    return layout_digest(roads.layout).hex()[:_NUM_DIGITS]


def _feature(closure: Closure, roads: RoadNetwork) -> dict[str, Any]:
    rows, _ = stretch_rows(roads.layout, closure.edges)
    geometry: dict[str, Any] = {
        "type": "MultiLineString",
        "coordinates": [stretch_line(roads.layout, row).tolist() for row in rows.tolist()],
    }
    if closure.polygon:
        ring = [[point.lon_deg, point.lat_deg] for point in closure.polygon]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    properties: dict[str, Any] = {
        "name": closure.name,
        "kind": closure.kind.value,
        "reason": closure.reason,
        "text": closure.name,
        "network": network_key(roads),
        "edges": [list(edge) for edge in closure.edges],
    }
    if closure.from_at is not None:
        properties["from_at"] = closure.from_at.isoformat()
    if closure.until_at is not None:
        properties["until_at"] = closure.until_at.isoformat()
    if closure.speed_share:
        properties["speed_share"] = closure.speed_share
    if closure.max_weight_kg:
        properties["max_weight_kg"] = closure.max_weight_kg
    if closure.speed_classes:
        properties["classes"] = list(closure.speed_classes)
    if closure.open_ways:
        properties["one_way"] = [list(way) for way in closure.open_ways]
    return {"type": "Feature", "geometry": geometry, "properties": properties}


class _FeatureReader:
    """Reads one Feature, gathering what is wrong with its properties."""

    def __init__(self, where: str, feature: object, datum: Datum) -> None:
        self._where = where
        self._datum = datum
        self._faults: list[Fault] = []
        held = feature if isinstance(feature, dict) else {}
        self._geometry = held.get("geometry")
        properties = held.get("properties")
        self._properties: Mapping[str, Any] = properties if isinstance(properties, dict) else {}
        if held.get("type") != "Feature":
            self._fault("type", held.get("type"), say("Not a Feature."), '"Feature"')

    def read(self, gazetteer: Gazetteer, roads: RoadNetwork) -> Closure:
        for name in self._properties:
            near = get_close_matches(name, PROPERTIES, n=1, cutoff=_LIKE)
            if near and name not in PROPERTIES:
                what = say("There is no such property.")
                self._fault(name, self._properties[name], what, f"perhaps {near[0]}")
        name, reason = self._text("name"), self._text("reason")
        from_at, until_at = self._instant("from_at"), self._instant("until_at")
        if from_at is not None and until_at is not None and not from_at < until_at:
            what = say("The closure ends before it begins.")
            self._fault("until_at", until_at.isoformat(), what, f"after {from_at.isoformat()}")
        effect = self._effect()
        if self._faults:
            raise InvalidInput(*self._faults)
        place = self._place(name or self._text("text") or self._where, gazetteer, roads)
        changes: dict[str, Any] = {"reason": reason or place.reason, **effect}
        if name:
            changes["name"] = name
        if from_at is not None or until_at is not None:
            changes |= {"from_at": from_at, "until_at": until_at}
        closure = replace(place, **changes)
        self._check_ways(closure)
        return closure

    def _place(self, name: str, gazetteer: Gazetteer, roads: RoadNetwork) -> Closure:
        """Return what is closed, by junctions, by words or by geometry."""
        has_edges = "edges" in self._properties
        if has_edges and self._properties.get("network") == network_key(roads):
            return self._by_edges(name, roads)
        text, drawn = self._text("text"), self._outline_type() in {"Polygon", "Point"}
        if text:
            try:
                return parse_closure(text, gazetteer, roads, files=False)
            except InvalidInput:
                if not drawn:
                    raise
        if has_edges and not drawn:
            what = say("The stretches are those of another network, and no text names the place.")
            raise InvalidInput(closure_fault(f"{self._where} {name}", text, what))
        if self._outline_type() == "Point":
            return self._by_disc(name, roads)
        corners = outline(self._where, self._geometry)
        return close_area(declared_points(corners, self._datum), roads, name=name)

    def _by_edges(self, name: str, roads: RoadNetwork) -> Closure:
        edges = self._pairs("edges")
        kind = self._text("kind") or ClosureKind.EDGE.value
        if kind not in set(ClosureKind):
            allowed = ", ".join(one.value for one in ClosureKind)
            self._fault("kind", kind, say("There is no such kind of closure."), allowed)
        if self._faults:
            raise InvalidInput(*self._faults)
        closure = close_stretches(edges, roads, name=name)
        polygon = closure.polygon
        if self._outline_type() == "Polygon":
            # A closed ring repeats its first corner.
            polygon = declared_points(outline(self._where, self._geometry), self._datum)[:-1]
        return replace(closure, kind=ClosureKind(kind), polygon=polygon)

    def _by_disc(self, name: str, roads: RoadNetwork) -> Closure:
        radius_km = self._number("radius_km")
        spot = self._geometry.get("coordinates") if isinstance(self._geometry, dict) else None
        ring = {"type": "Polygon", "coordinates": [[spot]]}
        (centre,) = declared_points(outline(self._where, ring), self._datum)
        if self._faults:
            raise InvalidInput(*self._faults)
        return close_disc(centre, radius_km, roads, name=name)

    def _effect(self) -> dict[str, Any]:
        effect: dict[str, Any] = {}
        if "speed_share" in self._properties:
            share = self._number("speed_share")
            if not 0 <= share < 1:
                what = say("The share of the usual speed that is left lies between 0 and 1.")
                self._fault("speed_share", share, what, "0 (closed) up to below 1")
            effect["speed_share"] = share
        if "max_weight_kg" in self._properties:
            weight = self._number("max_weight_kg")
            effect["max_weight_kg"] = round(weight) if weight < float("inf") else 0
            effect["speed_classes"] = classes_heavier_than(effect["max_weight_kg"])
            if not effect["speed_classes"]:
                what = say("The weight limit bars no class of truck.")
                self._fault("max_weight_kg", self._properties["max_weight_kg"], what, "0 to 49000")
        if "classes" in self._properties:
            classes = self._properties["classes"]
            known = isinstance(classes, list) and set(map(str, classes)) <= set(SPEED_CLASSES)
            if not known:
                what = say("There is no such class of truck.")
                self._fault("classes", classes, what, ", ".join(SPEED_CLASSES))
            else:
                effect["speed_classes"] = tuple(classes)
        if "one_way" in self._properties:
            effect["open_ways"] = self._pairs("one_way")
        return effect

    def _check_ways(self, closure: Closure) -> None:
        closed = set(closure.edges)
        odd = [way for way in closure.open_ways if (min(way), max(way)) not in closed]
        if odd:
            what = say("A convoy drives on a stretch that is not closed.")
            raise InvalidInput(closure_fault(f"{self._where} {closure.name}", str(odd[0]), what))

    def _outline_type(self) -> str:
        kind = self._geometry.get("type") if isinstance(self._geometry, dict) else None
        return str(kind)

    def _text(self, name: str) -> str:
        value = self._properties.get(name)
        if value is None or isinstance(value, str):
            return (value or "").strip()
        self._fault(name, value, say("Not a text."), "a text")
        return ""

    def _number(self, name: str) -> float:
        value = self._properties.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        self._fault(name, value, say("Not a number."), "a number")
        return float("inf")

    def _instant(self, name: str) -> datetime | None:
        text = self._text(name)
        if not text:
            return None
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            self._fault(name, text, say("This is no instant."), "2016-07-06T08:00:00+08:00")
            return None
        return instant if instant.utcoffset() is not None else instant.replace(tzinfo=SHANGHAI)

    def _pairs(self, name: str) -> tuple[tuple[int, int], ...]:
        value = self._properties.get(name)
        pairs = value if isinstance(value, list) else [None]
        found = [
            (pair[0], pair[1])
            for pair in pairs
            if isinstance(pair, list)
            and len(pair) == 2  # noqa: PLR2004 - from, to
            and all(isinstance(node, int) and not isinstance(node, bool) for node in pair)
        ]
        if len(found) != len(pairs):
            what = say("A stretch is a pair of junctions.")
            self._fault(name, value, what, "[[446002, 446006]]")
        return tuple(found)

    def _fault(self, field: str, value: object, what: Sentence, allowed: str) -> None:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self._faults.append(
            Fault(
                where=self._where,
                field=field,
                value=shown,
                what=what,
                allowed=allowed,
                remedy=say("Correct the entry."),
            )
        )


def _raise(refusals: Sequence[InvalidInput]) -> None:
    """Raise all refusals as one, of their own kind where they are of one kind."""
    if refusals:
        kinds = {type(refusal) for refusal in refusals}
        kind = kinds.pop() if len(kinds) == 1 else InvalidInput
        raise kind(*(fault for refusal in refusals for fault in refusal.faults))
