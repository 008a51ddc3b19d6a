from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.crs import geodesic_km
from geodata.osm import ImportedRoads, import_extract, spread_hm
from geodata.road_details import E7, ROAD_CLASSES
from relief.errors import InvalidInput
from relief.places import Point
from tests.geodata.osm_files import POINTS, TOWN, Ways, helsinki, osm_xml, write_osm

if TYPE_CHECKING:
    from relief.plan.outcome import ProgressStep

Drawn = tuple[int, int, tuple[int, ...], bool]


def drawn(roads: ImportedRoads) -> set[Drawn]:
    """Return each stretch as tail, head, the points between them, and whether it is one-way."""
    layout, details = roads.layout, roads.details
    point_at = {(round(lon * E7), round(lat * E7)): point for point, (lon, lat) in POINTS.items()}
    stretches = set()
    for row in range(len(layout.tails)):
        bends = slice(details.first_bends[row], details.first_bends[row + 1])
        between = zip(
            details.bends_lon_e7[bends].tolist(), details.bends_lat_e7[bends].tolist(), strict=True
        )
        ends = layout.node_ids[[layout.tails[row], layout.heads[row]]].tolist()
        line = tuple(point_at[bend] for bend in between)
        stretches.add((ends[0], ends[1], line, bool(layout.one_way[row])))
    return stretches


def town(
    tmp_path: Path, changes: Ways | None = None, point_tags: dict[int, dict[str, str]] | None = None
) -> ImportedRoads:
    return import_extract(write_osm(tmp_path, {**TOWN, **(changes or {})}, point_tags))


def test_the_town_on_paper(tmp_path: Path) -> None:
    roads = town(tmp_path)
    assert drawn(roads) == {
        (1, 2, (), False),
        (2, 3, (), False),
        (2, 5, (), False),
        (3, 4, (), False),
        (4, 5, (), True),
        # Two ways, joined across the end of both at 6.
        (4, 1, (7, 6), False),
    }
    record = roads.record
    assert (record.num_ways, record.num_drivable) == (6, 6)
    assert (record.num_junctions, record.num_stretches, record.num_one_way) == (5, 6, 1)
    assert (record.num_parts, record.num_missing, record.hubei_share) == (1, 0, 1.0)


def test_lengths_run_along_the_bends(tmp_path: Path) -> None:
    roads = town(tmp_path)
    points = {point: Point(lon_deg=lon, lat_deg=lat) for point, (lon, lat) in POINTS.items()}
    for row, (tail, head) in enumerate(
        zip(roads.layout.tails.tolist(), roads.layout.heads.tolist(), strict=True)
    ):
        ids = roads.layout.node_ids.tolist()
        line = {(4, 1): [4, 7, 6, 1]}.get((ids[tail], ids[head]), [ids[tail], ids[head]])
        km = sum(geodesic_km(points[one], points[other]) for one, other in pairwise(line))
        assert roads.details.length_m[row] == pytest.approx(1000 * km, abs=0.051)


def test_attributes_are_kept(tmp_path: Path) -> None:
    roads = town(tmp_path)
    details = roads.details
    by_way: dict[int, list[int]] = {}
    for row, way in enumerate(details.way_ids.tolist()):
        by_way.setdefault(way, []).append(row)
    (bridge,) = by_way[12]
    assert details.bridge[bridge]
    assert details.max_weight_kg[bridge] == 20_000
    assert len(by_way[10]) == 2
    for row in by_way[10]:
        assert ROAD_CLASSES[details.road_classes[row]] == "primary"
        assert details.name_of(row) == "S1 主街"
        assert details.speed_limit_km_h[row] == 36
        assert not details.bridge[row]
    assert details.name_of(bridge) == ""


def test_a_point_where_tags_change_is_a_junction(tmp_path: Path) -> None:
    roads = town(tmp_path, {15: ((6, 1), {"highway": "tertiary", "maxheight": "4"})})
    assert {(4, 6, (7,), False), (6, 1, (), False)} <= drawn(roads)


def test_one_way_ways_are_joined_in_their_direction(tmp_path: Path) -> None:
    one_way = {"highway": "tertiary", "oneway": "yes"}
    roads = town(tmp_path, {14: ((4, 7, 6), one_way), 15: ((6, 1), one_way)})
    assert (4, 1, (7, 6), True) in drawn(roads)
    # The second way comes first in the file: the chain is still told from its begin.
    swapped = town(tmp_path, {14: ((6, 1), one_way), 15: ((4, 7, 6), one_way)})
    assert drawn(swapped) == drawn(roads)
    # Against each other, they meet at a junction, which nobody can leave: it is left out.
    against = town(tmp_path, {14: ((4, 7, 6), one_way), 15: ((1, 6), one_way)})
    assert against.record.num_junctions == 5
    assert 6 not in against.layout.node_ids


def test_what_hangs_together_by_one_way_only_is_left_out(tmp_path: Path) -> None:
    roads = town(tmp_path, {16: ((5, 6), {"highway": "primary", "oneway": "yes"}),
                            14: ((4, 7), {"highway": "tertiary"}),
                            15: ((2, 6), {"highway": "primary", "oneway": "yes"})})  # fmt: skip
    # 6 can be reached but not left, and is a part of its own.
    assert 6 not in roads.layout.node_ids
    assert [part.num_junctions for part in roads.record.largest_parts] == [6, 1]
    # Together all stretches are longer than those that were kept.
    assert roads.record.roads_km > roads.record.largest_parts[0].roads_km


def test_loops_are_left_out_and_double_roads_kept(tmp_path: Path) -> None:
    loop = {"highway": "service"}
    roads = town(tmp_path, {16: ((1, 7, 6, 1), loop), 17: ((2, 3), {"highway": "secondary"})})
    pairs = [(tail, head) for tail, head, _, _ in drawn(roads)]
    assert (1, 1) not in pairs
    assert sorted(roads.details.way_ids.tolist()).count(17) == 1
    twice = (roads.layout.tails == 1) & (roads.layout.heads == 2)
    assert int(twice.sum()) == 2


def test_a_bollard_and_a_missing_point_break_the_road(tmp_path: Path) -> None:
    barred = town(tmp_path, point_tags={7: {"barrier": "bollard"}})
    assert barred.record.num_barriers == 1
    assert (4, 1, (7, 6), False) not in drawn(barred)
    # Without the way over 7 the end at 6 is a dead end, and stays: 6 can be reached and left.
    assert (6, 1, (), False) in drawn(barred)
    points = {point: place for point, place in POINTS.items() if point != 7}
    file = tmp_path / "missing.osm"
    file.write_text(osm_xml(TOWN, points), encoding="utf-8")
    missing = import_extract(file)
    assert missing.record.num_missing == 1
    assert missing.record.num_barriers == 0
    assert drawn(missing) == drawn(barred)


def test_turn_restrictions_are_counted(tmp_path: Path) -> None:
    rule = (
        '<relation id="{}" version="1"><member type="way" ref="10" role="from"/>'
        '<tag k="type" v="{}"/></relation>'
    )
    rules = rule.format(1, "restriction") + rule.format(2, "restriction") + rule.format(3, "route")
    file = tmp_path / "town.osm"
    file.write_text(osm_xml(TOWN).replace("</osm>", rules + "</osm>"), encoding="utf-8")
    assert import_extract(file).record.num_turn_rules == 2


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=60))
def test_spread_lengths_are_right_in_any_run(lengths_dm: list[int]) -> None:
    length_m = np.array(lengths_dm) / 10
    hm = spread_hm(length_m)
    assert bool((hm >= 0).all())
    for first in range(0, len(hm), 7):
        assert abs(hm[first:].sum() - length_m[first:].sum() / 100) <= 1 + 1e-6


def test_signs_of_life(tmp_path: Path) -> None:
    steps: list[ProgressStep] = []
    import_extract(write_osm(tmp_path, TOWN), progress=steps.append)
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages == ["osm-ways", "osm-points", "osm-join", "osm-order"]
    assert all(0 <= step.done_share <= 1 for step in steps)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.osm.pbf", helsinki().read_bytes()[:300_000], "cut short.*Fetch"),
        ("junk.osm.pbf", b"hello", "cut short, damaged or no OpenStreetMap file"),
        ("empty.osm.pbf", b"", "cut short"),
        ("cut.osm", osm_xml(TOWN).encode()[:700], "cut short"),
        ("page.osm", b"<html><body>no such extract</body></html>", "cut short"),
        ("town.txt", osm_xml(TOWN).encode(), "name of the file"),
        ("points.osm", osm_xml({}).encode(), "no road that trucks may use"),
        ("paths.osm", osm_xml({1: ((1, 2), {"highway": "path"})}).encode(), "no road that trucks"),
        ("bare.osm", osm_xml(TOWN, {}).encode(), "have no points"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=words):
        import_extract(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        import_extract(tmp_path / "hubei.osm.pbf")


def test_roads_elsewhere_are_refused_unless_they_are_meant() -> None:
    with pytest.raises(InvalidInput, match=r"24\.94 60\.16.*Hubei.*--anywhere"):
        import_extract(helsinki())
    assert import_extract(helsinki(), anywhere=True).record.hubei_share == 0.0
