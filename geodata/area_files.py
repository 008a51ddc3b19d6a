"""Areas drawn on a map: read one polygon from a GeoJSON file."""

import json
from pathlib import Path
from typing import Any

from geodata.crs import declared_datum, declared_points
from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.sentences import Sentence, say

ONE_POLYGON = "a GeoJSON file with one Polygon without holes"
_LARGEST_BYTES = 5_000_000
_MOST_LON_DEG, _MOST_LAT_DEG = 180, 90


def read_area(path: Path) -> tuple[Point, ...]:
    """Return the outline of the one polygon in a GeoJSON file, in EPSG:4490.

    RFC 7946 fixes WGS 84, longitude first. A file drawn on a Chinese web map declares
    ``"datum": "GCJ-02"`` beside its ``type``, and is converted. An older ``crs`` member is
    accepted when it names WGS 84 or EPSG:4490.

    Parameters
    ----------
    path
        The file: a Polygon, a Feature with one, or a FeatureCollection with one such Feature.

    Raises
    ------
    InvalidInput
        If the file cannot be read, is not GeoJSON, does not hold exactly one polygon without
        holes, or its points are impossible; all faults of the points are listed.
    """
    document = read_document(path)
    datum = declared_datum(datum_name(document), where=str(path))
    geometry: Any = document
    if geometry.get("type") == "FeatureCollection":
        features = geometry.get("features")
        if not isinstance(features, list) or len(features) != 1:
            number = len(features) if isinstance(features, list) else 0
            what = say("A closure is one area; the file holds another number of them.")
            raise InvalidInput(_fault(path, "features", str(number), what))
        geometry = features[0]
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    return declared_points(outline(str(path), geometry), datum)


def outline(where: str, geometry: object) -> tuple[Point, ...]:
    """Return the corners of a polygon without holes, as they are written.

    Parameters
    ----------
    where
        What to name in faults.
    geometry
        A Polygon of GeoJSON, or a MultiPolygon of one.

    Raises
    ------
    InvalidInput
        If it is none, or its points are impossible; all faults of the points are listed.
    """
    rings = _rings(where, geometry)
    if len(rings) != 1:
        what = say("The area has holes; a closure is one outline without holes.")
        raise InvalidInput(_fault(where, "coordinates", f"{len(rings)} rings", what))
    points, faults = [], []
    for place, corner in enumerate(rings[0]):
        point = _corner(corner)
        if point is None:
            what = say("A corner is a pair of numbers, longitude first, in degrees.")
            faults.append(_fault(where, f"coordinates[0][{place}]", json.dumps(corner), what))
        else:
            points.append(point)
    if faults:
        raise InvalidInput(*faults)
    return tuple(points)


def read_document(path: Path, *, allowed: str = ONE_POLYGON) -> dict[str, Any]:
    """Return the object in a GeoJSON file.

    Parameters
    ----------
    path
        The file.
    allowed
        What it should hold, for the fault.

    Raises
    ------
    InvalidInput
        If the file cannot be read, is too large, or holds none.
    """
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            what = say("The file is too large for one outline.")
            raise InvalidInput(_fault(path, "", f"{size} bytes", what, allowed))
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = say("The file cannot be read.")
        raise InvalidInput(_fault(path, "", error.strerror or "", what, allowed)) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = say("The file is not JSON.")
        raise InvalidInput(_fault(path, where, error.msg, what, allowed)) from error
    except UnicodeDecodeError as error:
        what = say("The file is not text in UTF-8.")
        raise InvalidInput(_fault(path, "", error.reason, what, allowed)) from error
    if not isinstance(document, dict):
        what = say("The file is not GeoJSON.")
        raise InvalidInput(_fault(path, "type", type(document).__name__, what, allowed))
    return document


def datum_name(document: dict[str, Any]) -> str:
    """Return the reference system that a GeoJSON object declares, WGS 84 where it says nothing."""
    if "datum" in document:
        return str(document["datum"])
    crs = document.get("crs")
    if crs is None:
        return "WGS84"
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    # urn:ogc:def:crs:EPSG::4490 and urn:ogc:def:crs:OGC:1.3:CRS84 name the system at the end.
    last = name.rsplit(":", 1)[-1]
    return f"EPSG:{last}" if last.isdigit() else last


def _rings(where: str, geometry: object) -> list[list[Any]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    rings = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "MultiPolygon" and isinstance(rings, list) and len(rings) == 1:
        kind, rings = "Polygon", rings[0]
    if kind != "Polygon" or not isinstance(rings, list) or not rings:
        what = say("The file does not hold one polygon.")
        raise InvalidInput(_fault(where, "type", str(kind), what))
    if not all(isinstance(ring, list) for ring in rings):
        what = say("The file does not hold one polygon.")
        raise InvalidInput(_fault(where, "type", str(kind), what))
    return list(rings)


def _corner(corner: object) -> Point | None:
    if not isinstance(corner, list) or len(corner) < 2:  # noqa: PLR2004 - longitude, latitude
        return None
    lon_deg, lat_deg = corner[0], corner[1]
    for number in (lon_deg, lat_deg):
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
    if not (abs(lon_deg) <= _MOST_LON_DEG and abs(lat_deg) <= _MOST_LAT_DEG):
        return None
    return Point(lon_deg=float(lon_deg), lat_deg=float(lat_deg))


def _fault(
    path: Path | str, field: str, value: str, what: Sentence, allowed: str = ONE_POLYGON
) -> Fault:
    return Fault(
        where=str(path),
        field=field,
        value=value,
        what=what,
        allowed=allowed,
        remedy=say("Draw the area once more and save it as GeoJSON, longitude first."),
    )
