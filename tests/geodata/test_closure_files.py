"""Closures as GeoJSON: written and read back the same, and every fault of a file named."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.closing import close_area, close_disc, close_stretches
from geodata.closure_files import (
    closures_as_geojson,
    find_closures,
    is_closure_file,
    network_key,
    read_closures,
)
from geodata.closures import classes_heavier_than
from geodata.crs import cgcs2000_to_gcj02
from geodata.gazetteer import load_gazetteer
from geodata.rules import SPEED_CLASSES
from relief.errors import InvalidInput
from relief.places import Point
from relief.plan.travel import Closure, ClosureKind
from relief.units import SHANGHAI
from tests.geodata.five_junctions import STRETCHES_HM, five_junctions

ROADS = five_junctions()
EDGES = sorted(STRETCHES_HM)
AREA = tuple(
    Point(lon_deg=lon, lat_deg=lat)
    for lon, lat in ((114.13, 29.9), (114.17, 29.9), (114.15, 30.02))
)
GAZETTEER = load_gazetteer()

SINCE_2016 = datetime(2016, 1, 1, tzinfo=UTC)
instants = st.none() | st.integers(0, 10**8).map(lambda s: SINCE_2016 + timedelta(seconds=s))


@st.composite
def closures(draw: st.DrawFn) -> Closure:
    """Draw a closure of any effect on five junctions."""
    name = draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
    place = draw(
        st.sampled_from(
            [
                close_area(AREA, ROADS, name="x"),
                close_disc(AREA[0], 12.0, ROADS, name="x"),
                close_stretches(EDGES[:2], ROADS, name="x"),
                replace(close_stretches(EDGES[1:], ROADS, name="x"), kind=ClosureKind.CROSSINGS),
            ]
        )
    )
    begin, end = draw(instants), draw(instants)
    if begin is not None and end is not None and begin >= end:
        end = begin + timedelta(hours=1)
    effect: dict[str, Any] = draw(
        st.sampled_from([{}, {"speed_share": 0.1}, {"max_weight_kg": 20_000}, {"open_ways": 1}])
    )
    if "max_weight_kg" in effect:
        effect = {**effect, "speed_classes": classes_heavier_than(20_000)}
    elif draw(st.booleans()):
        effect = {**effect, "speed_classes": draw(st.sampled_from([SPEED_CLASSES[:1], ("heavy",)]))}
    if "open_ways" in effect:
        effect = {**effect, "open_ways": place.edges[:1] + tuple(e[::-1] for e in place.edges[1:])}
    return replace(
        place,
        name=name.strip() or "x",
        reason=draw(st.sampled_from(["", "塌方", "snow"])),
        from_at=begin,
        until_at=end,
        **effect,
    )


def write(folder: Path, document: object) -> Path:
    path = folder / "closed.geojson"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(closures(), min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path: Path, given_ones: list[Closure]) -> None:
    path = write(tmp_path, closures_as_geojson(given_ones, ROADS))
    assert read_closures(path, GAZETTEER, ROADS) == tuple(given_ones)


def feature(geometry: object = None, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def ring(points: tuple[Point, ...]) -> dict[str, object]:
    corners = [[point.lon_deg, point.lat_deg] for point in (*points, points[0])]
    return {"type": "Polygon", "coordinates": [corners]}


def test_an_area_drawn_by_hand(tmp_path: Path) -> None:
    drawn = feature(
        ring(AREA),
        name="塌方",
        reason="landslide",
        from_at="2016-07-06T08:00",
        until_at="2016-07-07T00:00:00Z",
        stroke="#ff0000",
    )
    (closure,) = read_closures(
        write(tmp_path, {"type": "FeatureCollection", "features": [drawn]}), GAZETTEER, ROADS
    )
    assert (closure.name, closure.reason, closure.edges) == ("塌方", "landslide", ((2, 3),))
    assert closure.from_at == datetime(2016, 7, 6, 8, tzinfo=SHANGHAI)
    assert closure.until_at == datetime(2016, 7, 7, tzinfo=UTC)
    assert closure.is_total


def test_a_web_map_is_converted_when_it_says_so(tmp_path: Path) -> None:
    shifted = tuple(cgcs2000_to_gcj02(point) for point in AREA)
    document = {
        "type": "FeatureCollection",
        "datum": "GCJ-02",
        "features": [feature(ring(shifted), speed_share=0.5)],
    }
    (closure,) = read_closures(write(tmp_path, document), GAZETTEER, ROADS)
    assert closure.speed_share == 0.5
    assert closure.edges == ((2, 3),)
    assert abs(closure.polygon[0].lon_deg - AREA[0].lon_deg) < 1e-6


def test_a_point_with_a_radius_and_a_text_alone(tmp_path: Path) -> None:
    features = [
        feature({"type": "Point", "coordinates": [114.25, 30.0]}, radius_km=2, max_weight_kg=20000),
        feature(text="路段 1-2 自 2016-07-06", reason="flood"),
    ]
    document = {"type": "FeatureCollection", "features": features}
    disc, stretch = read_closures(write(tmp_path, document), GAZETTEER, ROADS)
    assert (disc.kind, disc.edges) == (ClosureKind.BUFFER, ((3, 4),))
    assert disc.speed_classes == ("medium", "heavy")
    assert (stretch.edges, stretch.reason) == (((1, 2),), "flood")
    assert stretch.from_at == datetime(2016, 7, 6, tzinfo=SHANGHAI)


def test_on_another_network_the_words_or_the_drawing_count(tmp_path: Path) -> None:
    elsewhere = {"network": "0" * 16, "edges": [[7, 8]]}
    lines = {"type": "MultiLineString", "coordinates": [[[114.0, 30.0], [114.1, 30.0]]]}
    features = [
        feature(lines, text="edge 2-5", **elsewhere),
        feature(ring(AREA), text="polygon flood.geojson", **elsewhere),
    ]
    document = {"type": "FeatureCollection", "features": features}
    by_text, by_area = read_closures(write(tmp_path, document), GAZETTEER, ROADS)
    assert by_text.edges == ((2, 5),)
    assert by_area.edges == ((2, 3),)
    lost = {"type": "FeatureCollection", "features": [feature(lines, name="x", **elsewhere)]}
    with pytest.raises(InvalidInput, match="those of another network"):
        read_closures(write(tmp_path, lost), GAZETTEER, ROADS)


def test_every_fault_of_every_feature_is_named(tmp_path: Path) -> None:
    here = {"network": network_key(ROADS)}
    features = [
        feature(ring(AREA), from_at="2016-07-07", until_at="2016-07-06", speed_share=1.5),
        feature(ring(AREA), speedshare=0.5),
        feature(ring(AREA), classes=["huge"], reason=7, max_weight_kg="many"),
        feature(edges=[[1, 2, 3]], **here),
        feature(edges=[[1, 2]], kind="wall", **here),
        feature(edges=[[1, 2]], one_way=[[2, 3]], **here),
        feature({"type": "Point", "coordinates": [114.25, 30.0]}),
        feature(max_weight_kg=60_000, text="edge 1-2", from_at="soon"),
        {"type": "Polygon"},
        feature(None),
    ]
    path = write(tmp_path, {"type": "FeatureCollection", "features": features})
    with pytest.raises(InvalidInput, match="lies between 0 and 1") as caught:
        read_closures(path, GAZETTEER, ROADS)
    named = [
        (fault.where.rsplit(":", 1)[-1].split()[0], fault.field) for fault in caught.value.faults
    ]
    assert named == [
        ("1", "until_at"),
        ("1", "speed_share"),
        ("2", "speedshare"),
        ("3", "reason"),
        ("3", "max_weight_kg"),
        ("3", "classes"),
        ("4", "edges"),
        ("5", "kind"),
        ("6", "closure"),
        ("7", "radius_km"),
        ("8", "from_at"),
        ("8", "max_weight_kg"),
        ("9", "type"),
        ("10", "type"),
    ]


@pytest.mark.parametrize("document", [{"type": "FeatureCollection"}, {"features": []}, {"a": 1}])
def test_a_file_without_closures(tmp_path: Path, document: object) -> None:
    with pytest.raises(InvalidInput, match="holds no closures"):
        read_closures(write(tmp_path, document), GAZETTEER, ROADS)


def test_texts_and_files_side_by_side(tmp_path: Path) -> None:
    path = write(
        tmp_path, closures_as_geojson(find_closures(["edge 1-2"], GAZETTEER, ROADS), ROADS)
    )
    found = find_closures([str(path), "edge 2-5"], GAZETTEER, ROADS)
    assert [closure.edges for closure in found] == [((1, 2),), ((2, 5),)]
    # From outside this machine a file is no place.
    with pytest.raises(InvalidInput, match="no such place"):
        find_closures([str(path)], GAZETTEER, ROADS, files=False)
    with pytest.raises(InvalidInput, match="cannot be read") as caught:
        find_closures(["edge 7-8", "gone.geojson"], GAZETTEER, ROADS)
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("text", "is_file"),
    [
        ("closed.geojson", True),
        ("./out/closed.JSON", True),
        ("polygon flood.geojson", False),
        ("利川市-恩施市", False),
    ],
)
def test_what_is_a_file_of_closures(text: str, *, is_file: bool) -> None:
    assert is_closure_file(text) == is_file
