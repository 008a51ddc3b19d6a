"""Importing roads and planning on them, as people do."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.cli import main
from api.planning import PlanRequest, make_plan
from geodata.osm import ImportedRoads, import_extract
from geodata.road_details import E7, ROAD_CLASSES, RoadDetails
from geodata.roads import load_roads
from geodata.stored_network import FILES, network_files, open_roads
from relief.errors import InvalidInput, UnreachablePlace
from scenarios.events import load_event
from tests.geodata.osm_files import TOWN, helsinki, write_osm


def relief(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["relief", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_an_import_leaves_a_network_and_tells_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "roads" / "helsinki"
    arguments = ("roads", "import", str(helsinki()), "--out", str(folder), "--anywhere")
    assert relief(monkeypatch, *arguments, "--lang", "en") == 0
    out, err = capsys.readouterr()
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert "© OpenStreetMap contributors, ODbL 1.0" in out
    assert "341 junctions, 423 stretches (196 one-way), 25.6 km" in out
    assert "Only 0.0% of the junctions lie in Hubei" in out
    assert "reading roads" in err
    assert "storing the network" in err
    # Again, for machines and in place of the first.
    assert relief(monkeypatch, *arguments, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["num_junctions"], record["num_parts"]) == (341, 38)
    assert record["places"]["counties"] == {"near": 0, "far": 0, "beyond": 103}
    assert record["fingerprint"] == open_roads(folder)[0].fingerprint


def test_a_town_of_hubei_is_imported_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = write_osm(tmp_path, TOWN), tmp_path / "town"
    assert relief(monkeypatch, "roads", "import", str(file), "--out", str(folder), "--lang=zh") == 0
    out = capsys.readouterr().out
    assert "保留路口 5 个、路段 6 个（单行 1 个）" in out
    assert "只有" not in out


@pytest.mark.parametrize("content", [b"", b"hello", helsinki().read_bytes()[:300_000]])
def test_nothing_is_left_behind_by_a_file_with_faults(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
) -> None:
    file = tmp_path / "cut.osm.pbf"
    file.write_bytes(content)
    earlier = tmp_path / "earlier"
    for name, kept in network_files(import_extract(write_osm(tmp_path, TOWN))).items():
        earlier.mkdir(exist_ok=True)
        (earlier / name).write_bytes(kept)
    for folder in (earlier, tmp_path / "new"):
        arguments = ("roads", "import", str(file), "--out", str(folder), "--lang=en")
        assert relief(monkeypatch, *arguments) == 2
        assert "cut short, damaged or no OpenStreetMap file" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cut.osm.pbf",
        "earlier",
        "town.osm",
    ]
    # The earlier import is as it was.
    assert open_roads(earlier)[1].num_stretches == 6


def test_all_faults_of_an_import_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")
    missing = tmp_path / "hubei.osm.pbf"
    arguments = ("roads", "import", str(missing), "--out", str(tmp_path / "full"), "--lang=en")
    assert relief(monkeypatch, *arguments) == 2
    err = capsys.readouterr().err
    assert "letter.txt" in err
    assert "There is no such file" in err


def test_every_way_of_reaching_a_place_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("roads", "reach", "宜昌市", "巴东县")
    assert relief(monkeypatch, *asked, "--lang=en") == 0
    out = capsys.readouterr().out
    assert "on 长江 (Yangtze)" in out
    assert "know neither rivers nor cliffs" in out
    cut = "polygon 110.2,31.0 110.5,31.0 110.5,31.1 110.2,31.1"
    assert relief(monkeypatch, *asked, "--close", cut, "--json") == 0
    found = {one["name_en"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["heavy trucks"]["distance_km"] is None
    assert found["Mi-171 helicopter"]["payload_kg"] == 4_000


def test_all_faults_of_a_question_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("roads", "reach", "宜昌市", "亚特兰蒂斯", "--close", "edge 1-2", "--lang=en")
    assert relief(monkeypatch, *asked) == 2
    err = capsys.readouterr().err
    assert "亚特兰蒂斯" in err
    assert "1-2" in err


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped network stored as if it had been imported, all of it trunk roads."""
    layout = load_roads().layout
    size = len(layout.tails)
    none, no_limit = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int32)
    details = RoadDetails(
        road_classes=np.full(size, ROAD_CLASSES.index("trunk"), dtype=np.uint8),
        names=("",),
        refs=("",),
        name_rows=no_limit.copy(),
        ref_rows=no_limit.copy(),
        length_m=(layout.length_hm * 100).astype(np.float64),
        speed_limit_km_h=np.zeros(size, dtype=np.int16),
        max_weight_kg=no_limit.copy(),
        max_height_cm=no_limit.copy(),
        max_width_cm=no_limit.copy(),
        bridge=none.copy(),
        tunnel=none.copy(),
        trucks=np.ones(size, dtype=np.bool_),
        ferry_s=no_limit.copy(),
        way_ids=np.arange(size),
        first_bends=np.zeros(size + 1, dtype=np.int64),
        bends_lon_e7=np.empty(0, dtype=np.int32),
        bends_lat_e7=np.empty(0, dtype=np.int32),
    )
    record = replace(import_extract(helsinki(), anywhere=True).record, file="province.osm.pbf")
    whole = ImportedRoads(layout=replace(layout, details=details), details=details, record=record)
    folder = tmp_path_factory.mktemp("province")
    for name, content in network_files(whole).items():
        (folder / name).write_bytes(content)
    return folder


def test_a_plan_on_imported_roads(province: Path) -> None:
    request = PlanRequest(event="2021-liulin", roads=province, seconds=10, max_iterations=10)
    result = make_plan(request)
    assert result.plan.certificate is not None
    assert result.plan.certificate.holds
    travel = result.situation.travel
    assert travel.network_name.startswith("province.osm.pbf (© OpenStreetMap contributors")
    assert travel.network_fingerprint != load_roads().fingerprint
    # What the event says by junctions of the shipped network it also says by points; these roads
    # have no bridge that could be found.
    stated = {one.name: one.elsewhere for one in load_event("2021-liulin").closures}
    closed = {closure.name: closure.kind.value for closure in travel.closures}
    assert {name: closed.get(name) for name in stated} == {
        name: "buffer" if text.startswith("buffer") else None for name, text in stated.items()
    }
    notes = [str(note) for note in result.origin.notes if "stays open in the plan" in str(note)]
    assert len(notes) == 1
    assert "三里岗镇东桥" in notes[0]
    layout = load_roads().layout
    corners = {
        (round(lon * E7), round(lat * E7))
        for lon, lat in zip(layout.lon_deg.tolist(), layout.lat_deg.tolist(), strict=True)
    }
    for path in result.paths:
        inner = {(round(p.lon_deg * E7), round(p.lat_deg * E7)) for p in path.line[1:-1]}
        assert inner <= corners


def test_a_plan_on_roads_that_do_not_reach_it_is_refused(tmp_path: Path) -> None:
    for name, content in network_files(import_extract(helsinki(), anywhere=True)).items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreachablePlace, match="does not reach all places"):
        make_plan(PlanRequest(event="2021-liulin", roads=tmp_path))


def test_a_question_on_roads_that_do_not_reach_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in network_files(import_extract(helsinki(), anywhere=True)).items():
        (tmp_path / name).write_bytes(content)
    asked = ("whatif", "2021-liulin", "--scale-needs", "1.1", "--roads", str(tmp_path), "--lang=en")
    assert relief(monkeypatch, *asked) == 2
    assert "does not reach all places" in capsys.readouterr().err


def test_a_plan_on_what_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no stored road network"):
        make_plan(PlanRequest(event="2021-liulin", roads=tmp_path))
