import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from geodata.crs import cgcs2000_to_gcj02
from geodata.exposure import exposed_places
from geodata.gazetteer import load_gazetteer
from geodata.hazard import Footprint, intensity_at, read_footprint
from relief.damage.vulnerability import ExposedPlace, Hazard
from relief.errors import InvalidInput
from relief.places import Point
from tests.relief.damage.reported import township


def box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(intensity: object, *rings: list[list[float]]) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"intensity": intensity},
        "geometry": {"type": "Polygon", "coordinates": list(rings)},
    }


def written(folder: Path, *features: object, **other: object) -> Path:
    path = folder / "footprint.geojson"
    document = {
        "type": "FeatureCollection",
        "hazard": "rain",
        "began_at": "2026-07-01T08:00:00+08:00",
        "source": "drawn by hand",
        "features": list(features),
        **other,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def at(footprint: Footprint, *points: tuple[float, float]) -> list[float]:
    lon, lat = np.array(points, dtype=np.float64).T
    return [float(level) for level in intensity_at(footprint, lon, lat)]


def test_the_greatest_intensity_holds_and_outlines_count_as_inside(tmp_path: Path) -> None:
    path = written(
        tmp_path, feature(250, box(113, 30, 114, 31)), feature(100, box(112, 29, 115, 32))
    )
    footprint = read_footprint(path)
    assert footprint.hazard is Hazard.RAIN
    assert footprint.began_at == datetime.fromisoformat("2026-07-01T08:00:00+08:00")
    # Inside both, inside the outer only, on the inner outline, on the outer one, outside.
    points = ((113.5, 30.5), (112.5, 30.5), (113, 30.5), (112, 29), (111.9, 30))
    assert at(footprint, *points) == [250, 100, 250, 100, 0]


def test_a_hole_is_outside(tmp_path: Path) -> None:
    path = written(tmp_path, feature(60, box(112, 29, 115, 32), box(113, 30, 114, 31)))
    assert at(read_footprint(path), (113.5, 30.5), (112.5, 30.5)) == [0, 60]


def test_several_polygons_may_be_one_feature(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "type": "Feature",
            "properties": {"intensity": 7},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[box(112, 29, 113, 30)], [box(114, 31, 115, 32)]],
            },
        },
        hazard="shaking",
    )
    assert at(read_footprint(path), (112.5, 29.5), (114.5, 31.5), (113.5, 30.5)) == [7, 7, 0]


def test_a_footprint_drawn_on_a_web_map_is_converted_once(tmp_path: Path) -> None:
    # A box of 200 m around the true point, drawn where the web map shows it, some 550 m off.
    true = Point(lon_deg=114.3, lat_deg=30.6)
    shown = cgcs2000_to_gcj02(true)
    side = 0.001
    ring = box(
        shown.lon_deg - side, shown.lat_deg - side, shown.lon_deg + side, shown.lat_deg + side
    )
    undeclared = read_footprint(written(tmp_path, feature(50, ring)))
    assert at(undeclared, (true.lon_deg, true.lat_deg)) == [0]
    declared = read_footprint(written(tmp_path, feature(50, ring), datum="GCJ-02"))
    assert at(declared, (true.lon_deg, true.lat_deg)) == [50]


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    crossed = [[112.0, 29.0], [113.0, 30.0], [113.0, 29.0], [112.0, 30.0], [112.0, 29.0]]
    path = written(
        tmp_path,
        feature(0, box(112, 29, 113, 30)),
        feature(100, [[112, 29], [113, 29], [113, 30]]),
        feature(100, box(112, 29, 213, 30)),
        feature(100, crossed),
        {"type": "Feature", "properties": {"intensity": 5}, "geometry": {"type": "Point"}},
        7,
        hazard="drought",
        began_at="2026-07-01T08:00:00",
        source="",
        datum="Beijing 54",
    )
    with pytest.raises(InvalidInput, match="crosses itself") as refused:
        read_footprint(path)
    assert [
        (fault.where.rsplit(" ", 1)[-1], fault.field) for fault in refused.value.faults[4:]
    ] == [
        ("1", "intensity"),
        ("2", "coordinates"),
        ("3", "coordinates"),
        ("4", "coordinates"),
        ("5", "geometry"),
        ("6", "intensity"),
    ]
    assert [fault.field for fault in refused.value.faults[:4]] == [
        "hazard",
        "began_at",
        "source",
        "datum",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "cannot be read as JSON"), ("[]", "Not areas"), ('{"type": "Feature"}', "Not areas")],
)
def test_a_file_that_is_no_footprint_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "footprint.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=words):
        read_footprint(path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_footprint(tmp_path / "none.geojson")


def test_a_township_is_exposed_by_its_point(tmp_path: Path) -> None:
    # Both stand at 114 E 30 N.
    places = (township("420101002", people=500), township("420101001", people=700))
    inside = read_footprint(written(tmp_path, feature(120, box(113, 29, 115, 31))))
    assert exposed_places(inside, places) == (
        ExposedPlace(place_code="420101001", people=700, level=120),
        ExposedPlace(place_code="420101002", people=500, level=120),
    )
    outside = read_footprint(written(tmp_path, feature(120, box(112, 29, 113, 31))))
    assert exposed_places(outside, places) == ()


def test_a_footprint_over_the_province_exposes_everybody(tmp_path: Path) -> None:
    gazetteer = load_gazetteer()
    path = written(tmp_path, feature(50, box(108, 28.5, 117, 34)))
    exposed = exposed_places(read_footprint(path), gazetteer.townships)
    assert sum(place.people for place in exposed) == 57_752_557
