import json
from pathlib import Path

import pytest

from geodata.area_files import read_area
from geodata.crs import cgcs2000_to_gcj02, geodesic_km
from relief.errors import InvalidInput
from relief.places import Point

RING = [[114.0, 30.0], [114.2, 30.0], [114.1, 30.2], [114.0, 30.0]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}
POINTS = tuple(Point(lon_deg=lon, lat_deg=lat) for lon, lat in RING)


def write(folder: Path, document: object) -> Path:
    path = folder / "area.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "document",
    [
        POLYGON,
        {"type": "MultiPolygon", "coordinates": [[RING]]},
        {"type": "Feature", "properties": {}, "geometry": POLYGON},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POLYGON}]},
        {**POLYGON, "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}},
        {**POLYGON, "crs": {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}},
        {**POLYGON, "datum": "CGCS2000"},
        {"type": "Polygon", "coordinates": [[[*corner, 25.0] for corner in RING]]},
    ],
)
def test_one_polygon_in_its_forms(tmp_path: Path, document: object) -> None:
    assert read_area(write(tmp_path, document)) == POINTS


def test_points_of_a_web_map_are_converted_when_declared(tmp_path: Path) -> None:
    shifted = [cgcs2000_to_gcj02(point) for point in POINTS]
    ring = [[point.lon_deg, point.lat_deg] for point in shifted]
    document = {"type": "Polygon", "coordinates": [ring], "datum": "GCJ-02"}
    for found, expected in zip(read_area(write(tmp_path, document)), POINTS, strict=True):
        assert geodesic_km(found, expected) < 1e-6


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ([], "not GeoJSON"),
        ({"type": "Point", "coordinates": [114.0, 30.0]}, "does not hold one polygon"),
        ({"type": "LineString", "coordinates": RING}, "does not hold one polygon"),
        ({"type": "Polygon", "coordinates": []}, "does not hold one polygon"),
        ({"type": "Polygon"}, "does not hold one polygon"),
        ({"type": "Feature", "geometry": None}, "does not hold one polygon"),
        ({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}, "does not hold one polygon"),
        ({"type": "FeatureCollection", "features": []}, "another number of them"),
        ({"type": "FeatureCollection", "features": [{}, {}]}, "another number of them"),
        ({"type": "FeatureCollection"}, "another number of them"),
        ({"type": "Polygon", "coordinates": [RING, RING]}, "has holes"),
        ({**POLYGON, "datum": "BD-09"}, "not declared or not known"),
        ({**POLYGON, "crs": {"properties": {"name": "EPSG:3857"}}}, "not declared or not known"),
        ({**POLYGON, "crs": "here"}, "not declared or not known"),
    ],
)
def test_other_documents_are_refused(tmp_path: Path, document: object, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        read_area(write(tmp_path, document))


def test_every_impossible_corner_is_named(tmp_path: Path) -> None:
    ring = [[114.0, 30.0], [30.0, 114.0], ["a", 30.0], [114.0], 7, [True, 30.0], [200.0, 30.0]]
    path = write(tmp_path, {"type": "Polygon", "coordinates": [ring]})
    with pytest.raises(InvalidInput, match="longitude first, in degrees") as caught:
        read_area(path)
    assert [fault.field for fault in caught.value.faults] == [
        f"coordinates[0][{place}]" for place in (1, 2, 3, 4, 5, 6)
    ]


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.geojson.*cannot be read"):
        read_area(tmp_path / "none.geojson")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_area(tmp_path)
    broken = tmp_path / "broken.geojson"
    broken.write_text('{"type": "Polygon",\n "coordinates": [', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"line 2, column \d+.*not JSON"):
        read_area(broken)
    broken.write_bytes("{'名': 1}".encode("gbk"))
    with pytest.raises(InvalidInput, match="not text in UTF-8"):
        read_area(broken)
    broken.write_bytes(b" " * 5_000_001)
    with pytest.raises(InvalidInput, match="too large"):
        read_area(broken)
