from pathlib import Path

import numpy as np
import pytest

from geodata.boundaries import county_at
from geodata.closing import close_area, close_between, close_stretches
from geodata.closures import parse_closure, stretch_names
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.layout import stretch_rows
from geodata.roads import RoadNetwork, load_roads
from geodata.sources import read_table
from relief.errors import AmbiguousPlace, InvalidInput, UnknownPlace, UnreachablePlace
from relief.places import Place, PlaceKind, Point
from relief.plan.travel import ClosureKind
from tests.geodata.five_junctions import at, five_junctions

SQUARE = [(114.14, 29.99), (114.16, 29.99), (114.16, 30.04), (114.14, 30.04)]
"""An area over the middle of 2-3; 2-5 runs at 30.05 there and stays free."""


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return load_roads()


def points(corners: list[tuple[float, float]]) -> list[Point]:
    return [Point(lon_deg=lon_deg, lat_deg=lat_deg) for lon_deg, lat_deg in corners]


def town(code: str, junction: int) -> Place:
    return Place(
        code=code,
        name_zh=code,
        name_en=code,
        kind=PlaceKind.TOWNSHIP,
        parent_code=code[:6],
        parent_zh="",
        parent_en="",
        point=at(junction).point,
        population_people=0,
    )


# By hand, on five junctions ------------------------------------------------------------------


def test_stretches_are_closed_either_way_round() -> None:
    closure = close_stretches([(5, 4), (1, 2)], five_junctions(), name="x", reason="flood")
    assert closure.edges == ((1, 2), (4, 5))
    assert (closure.kind, closure.reason, closure.polygon) == (ClosureKind.EDGE, "flood", ())


def test_stretches_that_do_not_exist_are_all_named() -> None:
    with pytest.raises(InvalidInput, match="no such stretch") as caught:
        close_stretches([(1, 3), (1, 2), (8, 9)], five_junctions(), name="x")
    assert [fault.value for fault in caught.value.faults] == ["1-3", "8-9"]
    with pytest.raises(InvalidInput, match="matches no road"):
        close_stretches([], five_junctions(), name="x")


def test_an_area_closes_what_it_touches() -> None:
    closure = close_area(points(SQUARE), five_junctions(), name="flood")
    assert closure.edges == ((2, 3),)
    assert closure.kind is ClosureKind.POLYGON
    assert closure.polygon == tuple(points(SQUARE))


def test_an_area_around_a_junction_closes_all_its_stretches() -> None:
    ring = [(114.19, 29.9), (114.21, 29.9), (114.21, 30.01), (114.19, 30.01)]
    closure = close_area(points(ring), five_junctions(), name="flood")
    assert closure.edges == ((2, 3), (3, 4))


def test_an_area_that_only_touches_a_stretch_closes_it() -> None:
    # The northern edge of this area lies on the line 1-2.
    ring = [(114.02, 29.9), (114.05, 29.9), (114.05, 30.0), (114.02, 30.0)]
    assert close_area(points(ring), five_junctions(), name="x").edges == ((1, 2),)


def test_a_ring_may_repeat_its_first_corner() -> None:
    ring = points(SQUARE)
    closure = close_area([*ring, ring[0]], five_junctions(), name="x")
    assert closure.polygon == tuple(ring)


@pytest.mark.parametrize(
    ("ring", "what"),
    [
        ([(114.1, 30.0), (114.2, 30.0)], "at least three corners"),
        ([(114.1, 30.0), (114.2, 30.0), (114.1, 30.0)], "at least three corners"),
        (
            [(114.0, 29.9), (114.2, 30.1), (114.2, 29.9), (114.0, 30.1)],
            "outline of the area crosses itself",
        ),
        ([(113.0, 29.0), (113.1, 29.0), (113.1, 29.1)], "touches no road"),
    ],
)
def test_an_impossible_area_is_refused(ring: list[tuple[float, float]], what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        close_area(points(ring), five_junctions(), name="x")


def test_the_road_between_two_towns_is_their_shortest() -> None:
    # 1 to 4 is 19 km by way of 5, 30 km by way of 3.
    closure = close_between(town("1", 1), town("4", 4), five_junctions(), name="1-4")
    assert closure.edges == ((1, 2), (2, 5), (4, 5))
    assert closure.kind is ClosureKind.BETWEEN


def test_what_is_closed_does_not_depend_on_what_is_closed_already() -> None:
    roads = five_junctions()
    closed = roads.closed([close_stretches([(2, 5)], roads, name="x")])
    one, other = town("1", 1), town("4", 4)
    assert close_between(one, other, closed, name="x") == close_between(one, other, roads, name="x")


def test_places_without_a_road_between_them_are_refused() -> None:
    with pytest.raises(InvalidInput, match="two different places"):
        close_between(town("1", 1), town("1", 1), five_junctions(), name="x")
    with pytest.raises(InvalidInput, match="no road between the two places"):
        close_between(town("1", 1), town("2", 1), five_junctions(), name="x")


# On the shipped network ----------------------------------------------------------------------


def test_between_two_counties_every_direct_stretch_is_closed(
    roads: RoadNetwork, gazetteer: Gazetteer
) -> None:
    closure = parse_closure("利川市-恩施市", gazetteer, roads, reason="landslide")
    assert (closure.name, closure.reason) == ("利川市-恩施市", "landslide")
    layout = roads.layout
    for edge in closure.edges:
        ends = np.searchsorted(layout.node_ids, edge)
        found = {county_at(roads.point_of(int(row))) for row in ends}
        assert found == {"422801", "422802"}
    # Afterwards no stretch leads from one straight into the other.
    closed = roads.closed([closure])
    rows, _ = stretch_rows(layout, closure.edges)
    assert not closed.is_open[rows].any()
    assert int((~closed.is_open).sum()) == len(rows) == 3


@pytest.mark.parametrize(
    "text",
    [
        "利川市-恩施市",
        "利川—恩施",
        "利川市至恩施市",
        "Lichuan-Enshi",
        "422802 - 422801",
        "恩施~利川",
    ],
)
def test_the_same_road_in_other_words(roads: RoadNetwork, gazetteer: Gazetteer, text: str) -> None:
    expected = parse_closure("利川市-恩施市", gazetteer, roads)
    assert parse_closure(text, gazetteer, roads).edges == expected.edges


def test_counties_without_a_direct_road_lose_the_road_outside_them(
    roads: RoadNetwork, gazetteer: Gazetteer
) -> None:
    # Badong and Yiling (Yichang) do not touch at a road: Zigui lies between them.
    closure = parse_closure("巴东县-夷陵区", gazetteer, roads)
    assert closure.edges
    for edge in closure.edges:
        ends = np.searchsorted(roads.layout.node_ids, edge)
        codes = [county_at(roads.point_of(int(row))) for row in ends]
        assert codes[0] != codes[1] or codes[0] not in {"422823", "420506"}


def test_townships_are_joined_by_the_road_between_their_points(
    roads: RoadNetwork, gazetteer: Gazetteer
) -> None:
    closure = parse_closure("随县柳林镇-随县均川镇", gazetteer, roads)
    assert closure.edges
    km = roads.layout.length_hm[stretch_rows(roads.layout, closure.edges)[0]].sum() / 10
    assert km < 40


def test_stretches_can_be_shown_back_by_name(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    closure = parse_closure("利川市-恩施市", gazetteer, roads)
    names = [str(sentence) for sentence in stretch_names(closure, roads, gazetteer)]
    assert len(names) == len(closure.edges)
    assert all("利川市" in name and "恩施市" in name for name in names)
    assert names[2].startswith("Stretch 443455-443456, 18.4 km, from near 利川市团堡镇 (Tuanbao)")


def test_an_area_is_written_as_corners_or_as_a_file(
    roads: RoadNetwork, gazetteer: Gazetteer, tmp_path: Path
) -> None:
    corners = parse_closure("polygon 113.9,31.2 114.1,31.2 114.1,31.4", gazetteer, roads)
    path = tmp_path / "area of flood.geojson"
    path.write_text(
        '{"type": "Polygon", "coordinates": '
        "[[[113.9, 31.2], [114.1, 31.2], [114.1, 31.4], [113.9, 31.2]]]}",
        encoding="utf-8",
    )
    from_file = parse_closure(f"polygon {path}", gazetteer, roads)
    assert from_file.edges == corners.edges
    assert from_file.polygon == corners.polygon
    assert len(corners.edges) > 5


def test_files_are_not_read_for_texts_from_outside(
    roads: RoadNetwork, gazetteer: Gazetteer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match="corners of the area cannot be read"):
        parse_closure(f"polygon {secret}", gazetteer, roads, files=False)
    ring = "polygon 113.9,31.2 114.1,31.2 114.1,31.4"
    assert parse_closure(ring, gazetteer, roads, files=False).edges


def test_stretches_are_written_by_their_junctions(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    closure = parse_closure("edge 406640-406638 443455-443456", gazetteer, roads)
    assert closure.edges == ((406638, 406640), (443455, 443456))


@pytest.mark.parametrize(
    ("text", "error", "what"),
    [
        ("", InvalidInput, "cannot be read"),
        ("利川市", InvalidInput, "cannot be read"),
        ("利川市-", InvalidInput, "cannot be read"),
        ("edge 12", InvalidInput, "two junctions with a hyphen"),
        ("edge 1-2 3-4", InvalidInput, r"no such stretch.*\n.*'3-4'"),
        ("polygon nowhere.geojson", InvalidInput, "file cannot be read"),
        ("polygon 114,30 115,30", InvalidInput, "at least three corners"),
        ("polygon 30,114 30,115 31,115", InvalidInput, "touches no road.*longitude"),
        ("恩施市-恩施市", InvalidInput, "two different places"),
        ("利川县-恩施市", UnknownPlace, "'利川县'.*利川市"),
        ("利川县-恩施县", UnknownPlace, r"'利川县'(.|\n)*'恩施县'"),
        ("白沙镇-恩施市", AmbiguousPlace, "several places"),
        ("武汉市-恩施市", InvalidInput, r"matches too much.*at most 150 km"),
        ("采花乡-五丰县", UnknownPlace, "'五丰县'"),
        ("采花乡-恩施市", UnreachablePlace, "within 15.0 km"),
    ],
)
def test_a_closure_that_cannot_be_is_refused(
    roads: RoadNetwork, gazetteer: Gazetteer, text: str, error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        parse_closure(text, gazetteer, roads)


def test_every_crossing_in_the_list_is_a_stretch_of_the_network(roads: RoadNetwork) -> None:
    for row in read_table("river_crossings.csv"):
        edges = [tuple(map(int, pair.split("-"))) for pair in row["stretches"].split(";")]
        assert stretch_rows(roads.layout, [(one, other) for one, other in edges])[1] == ()
