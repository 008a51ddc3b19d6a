"""Footprints of hazards: polygons of rain, water, shaking or snow with their intensity.

A footprint is a GeoJSON FeatureCollection (RFC 7946). Beside ``type`` and ``features`` it has
``hazard`` (rain in mm, water in m, shaking in degrees of intensity, snow in cm), ``began_at`` (an
instant with its offset), ``source`` and, if drawn on a Chinese web map, ``"datum": "GCJ-02"``.
Each feature is a Polygon or MultiPolygon with a number ``intensity`` in its properties. Where
areas overlap the greatest intensity holds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.crs import declared_datum, declared_points
from relief.damage.vulnerability import Hazard
from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.sentences import Sentence, say
from relief.supply.declaration import Datum

FILE_NAME = "footprint.geojson"
"""The footprint of an event, beside its ``event.toml``."""

_LARGEST_BYTES = 20_000_000
_LEAST_CORNERS = 4
"""A closed ring of three corners repeats the first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """An area of one intensity.

    Parameters
    ----------
    level
        In the hazard's unit.
    area
        Polygon or MultiPolygon in EPSG:4490.
    """

    level: float
    area: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footprint:
    """Where a hazard struck, and how hard.

    Parameters
    ----------
    hazard
        Which.
    began_at
        When it began.
    source
        Who drew or modelled it.
    zones
        The areas, in order of the file.
    """

    hazard: Hazard
    began_at: datetime
    source: str
    zones: tuple[Zone, ...]


def read_footprint(path: Traversable | Path) -> Footprint:
    """Read a footprint.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or with every fault in it.
    """
    document = _document(path)
    where = str(path)
    faults: list[Fault] = []
    hazard = document.get("hazard")
    if hazard not in set(Hazard):
        faults.append(_fault(where, "hazard", hazard, say("Not a hazard."), ", ".join(Hazard)))
    began_at = _instant(document.get("began_at"))
    if began_at is None:
        faults.append(
            _fault(
                where,
                "began_at",
                document.get("began_at"),
                say("Not an instant with its offset."),
                "2016-07-06T08:00:00+08:00",
            )
        )
    source = document.get("source")
    if not isinstance(source, str) or not source:
        faults.append(_fault(where, "source", source, say("A text is missing."), "a text"))
    datum = Datum.WGS84
    try:
        datum = declared_datum(str(document.get("datum", "WGS84")), where=where)
    except InvalidInput as unknown:
        faults.extend(unknown.faults)
    zones: list[Zone] = []
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        faults.append(
            _fault(where, "type", document.get("type"), say("Not areas."), "FeatureCollection")
        )
        features = []
    elif not features:
        faults.append(_fault(where, "features", "", say("Nothing is given."), "at least one"))
    for number, feature in enumerate(features, start=1):
        read = _zone(feature, f"{where}: features {number}", datum)
        if isinstance(read, Zone):
            zones.append(read)
        else:
            faults.append(read)
    if faults or began_at is None:
        raise InvalidInput(*faults)
    return Footprint(
        hazard=Hazard(str(hazard)), began_at=began_at, source=str(source), zones=tuple(zones)
    )


def _document(path: Traversable | Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        if len(raw) > _LARGEST_BYTES:
            what = say("The file is too large.")
            raise InvalidInput(
                _fault(str(path), "", f"{len(raw)} bytes", what, f"<= {_LARGEST_BYTES} bytes")
            )
        document = json.loads(raw.decode("utf-8"))
    except (OSError, ValueError) as error:
        what = say("The file cannot be read as JSON.")
        raise InvalidInput(_fault(str(path), "", error, what)) from error
    if not isinstance(document, dict):
        raise InvalidInput(_fault(str(path), "", type(document).__name__, say("Not areas.")))
    return document


def _zone(feature: object, where: str, datum: Datum) -> Zone | Fault:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    level = properties.get("intensity") if isinstance(properties, dict) else None
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < np.inf:
        return _fault(where, "intensity", level, say("Not a number above zero."), "> 0")
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    parts = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "Polygon":
        parts = [parts]
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(parts, list) or not parts:
        return _fault(where, "geometry", kind, say("Not an area."), "Polygon, MultiPolygon")
    try:
        polygons = [_polygon(rings, datum) for rings in parts]
    except (TypeError, ValueError) as error:
        return _fault(where, "coordinates", error, say("The outline cannot be read."))
    for polygon in polygons:
        if not polygon.is_valid:
            why = shapely.is_valid_reason(polygon)
            return _fault(where, "coordinates", why, say("The outline crosses itself."))
    return Zone(level=float(level), area=shapely.union_all(polygons))


def _polygon(rings: object, datum: Datum) -> BaseGeometry:
    if not isinstance(rings, list) or not rings:
        msg = "no ring"
        raise ValueError(msg)
    shell, *holes = [list(_ring(ring, datum)) for ring in rings]
    return shapely.Polygon(shell, holes)


def _ring(ring: object, datum: Datum) -> Iterator[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) < _LEAST_CORNERS:
        msg = f"a ring of fewer than {_LEAST_CORNERS} points"
        raise ValueError(msg)
    if ring[0] != ring[-1]:
        msg = "a ring that is not closed"
        raise ValueError(msg)
    points = []
    for corner in ring:
        lon_deg, lat_deg = float(corner[0]), float(corner[1])
        if not (abs(lon_deg) <= 180 and abs(lat_deg) <= 90):  # noqa: PLR2004 - degrees
            msg = f"no point on earth: {lon_deg}, {lat_deg}"
            raise ValueError(msg)
        points.append(Point(lon_deg=lon_deg, lat_deg=lat_deg))
    for point in declared_points(points, datum):
        yield point.lon_deg, point.lat_deg


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return instant if instant.utcoffset() is not None else None


def intensity_at(
    footprint: Footprint, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the greatest intensity at some points, 0 outside; on an outline counts as inside.

    Parameters
    ----------
    footprint
        The footprint.
    lon_deg, lat_deg
        Shape (points,); so is the answer.
    """
    levels = np.zeros(len(lon_deg))
    points = shapely.points(lon_deg, lat_deg)
    for zone in footprint.zones:
        shapely.prepare(zone.area)
        inside = shapely.covers(zone.area, points)
        levels[inside] = np.maximum(levels[inside], zone.level)
    return levels


def _fault(where: str, field: str, value: object, what: Sentence, allowed: str = "") -> Fault:
    return Fault(
        where=where,
        field=field,
        value="" if value is None else str(value),
        what=what,
        allowed=allowed,
        remedy=say("Correct the entry."),
    )
