"""``relief roads``: ask the shipped network from the command line."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import main
from geodata.gazetteer import load_gazetteer

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def roads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Call ``relief roads`` in this process: status, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["relief", "roads", *arguments])
        monkeypatch.setenv("LANG", "C.UTF-8")
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return call


def test_a_route_tells_distance_time_and_what_it_passes(roads: Call) -> None:
    code, out, _ = roads("route", "武汉", "恩施", "--class", "heavy")
    assert code == 0
    assert "519.1 km, 8 h 52 min for heavy trucks" in out
    assert "仙桃市 Xiantao" in out
    assert "Nine times in ten within 10 h" in out
    assert "lengths and speeds are modelled" in out


def test_a_route_as_geojson_goes_round_what_is_closed(roads: Call) -> None:
    plain = json.loads(roads("route", "利川", "恩施", "--geojson")[1])
    closed = json.loads(roads("route", "利川", "恩施", "--geojson", "--close", "利川市-恩施市")[1])
    assert plain["geometry"]["type"] == "LineString"
    assert plain["geometry"]["coordinates"][0] != plain["geometry"]["coordinates"][-1]
    properties = plain["properties"]
    assert sum(road["km"] for road in properties["roads"]) < properties["distance_km"]
    assert closed["properties"]["duration_h"] > properties["duration_h"] + 0.5
    assert closed["properties"]["closures"][0]["edges"][0] == [433536, 433573]
    assert closed["properties"]["fingerprint"] != properties["fingerprint"]


def test_a_route_by_departure(roads: Call) -> None:
    closure = "利川市-恩施市 from 2016-07-06T12:00 until 2016-07-06T18:00"
    _, out, _ = roads("route", "利川", "恩施", "--close", closure, "--depart", "2016-07-06T08:00")
    assert "By departure" in out
    rows = [line.split() for line in out.splitlines() if line.strip().startswith("2016-07-0")]
    # Open until nobody would be caught, closed until 18:00, open again.
    assert rows[0][:2] == ["2016-07-06", "08:00"]
    assert rows[-1][:2] == ["2016-07-06", "18:00"]
    hours = [float(row[4]) for row in rows]
    assert hours[0] == hours[-1] < max(hours)


def test_a_matrix_is_the_same_by_both_engines(roads: Call) -> None:
    asked = (
        "matrix",
        "武汉",
        "咸宁",
        "黄石",
        "--csv",
        "--close",
        "speed 0.5 buffer 114.3,30.6 9 km",
    )
    fast, slow = (roads(*asked, "--by", name)[1] for name in ("cch", "scipy"))
    assert fast == slow
    assert len(fast.splitlines()) == 1 + 6
    assert fast.splitlines()[0] == "from_code,to_code,duration_h,distance_km"
    _, shown, _ = roads("matrix", "武汉", "咸宁")
    assert "Wuhan" in shown
    assert "1.6 h 100 km" in shown


def test_what_cannot_be_reached_is_said(roads: Call) -> None:
    _, out, _ = roads("matrix", "武汉", "咸安区", "--close", "crossings of Yangtze")
    assert "No road leads to 咸安区 (Xian'an)." in out
    _, table, _ = roads("matrix", "武汉", "咸安区", "--close", "crossings of Yangtze", "--csv")
    assert "420100,421202,," in table


def test_closures_are_shown_back(roads: Call) -> None:
    code, out, _ = roads("closures", "利川市-恩施市", "buffer 114.3,30.6 5 km until 2016-07-08")
    assert code == 0
    assert "Closed: 3 stretches, 77 km." in out
    assert "Stretch 433536-433573, 33.3 km, from near 利川市团堡镇" in out
    assert "Until 2016-07-08 00:00+08:00." in out
    assert "and 221 more stretches" in out
    record = json.loads(roads("closures", "speed 0.5 利川市-恩施市", "--json")[1])
    assert record[0]["speed_share"] == 0.5
    assert len(record[0]["edges"]) == 3


def test_closures_are_written_and_used_again(roads: Call, tmp_path: Path) -> None:
    texts = ("限重 20 吨 利川市至恩施市 自 2016-07-06", "周边 114.3,30.6 5 公里")
    code, first, _ = roads("closures", *texts, "--out", "closed.geojson")
    assert code == 0
    document = json.loads((tmp_path / "closed.geojson").read_text(encoding="utf-8"))
    assert [one["properties"]["text"] for one in document["features"]] == list(texts)
    assert roads("closures", "closed.geojson")[1] == first
    _, out, _ = roads("route", "利川", "恩施", "--close", "closed.geojson", "--json")
    named = [closure["name"] for closure in json.loads(out)["properties"]["closures"]]
    assert named == list(texts)
    assert list(tmp_path.iterdir()) == [tmp_path / "closed.geojson"]


def test_a_file_of_closures_that_cannot_be_written_or_read(roads: Call, tmp_path: Path) -> None:
    assert "ends in .geojson" in roads("closures", "利川市-恩施市", "--out", "closed.txt")[2]
    assert "No file can be written" in roads("closures", "利川市-恩施市", "--out", "no/x.json")[2]
    assert "cannot be read" in roads("closures", "gone.geojson")[2]
    assert list(tmp_path.iterdir()) == []


def test_all_faults_are_told_at_once(roads: Call) -> None:
    code, _, err = roads("route", "武汗", "恩施", "--close", "G50 between Lichuan and Enshi")
    assert code == 2
    assert "'武汗'" in err
    assert "knows no names of roads" in err
    assert roads("route", "武汉", "恩施", "--class", "giant")[0] == 2
    assert roads("matrix", "武汉", "恩施", "--by", "osrm")[0] == 2
    assert "dry, light, heavy, storm" in roads("route", "武汉", "恩施", "--rain", "fog")[2]
    assert "within 15.0 km" in roads("route", "武汉", "采花乡", "--close", "采花乡-恩施市")[2]
    off_network = roads("route", "武汉", "采花乡", "--close", "利川市-恩施市")[2]
    assert "采花乡 (Caihua) lies more than 40.0 km from every road junction" in off_network


def test_the_counties_that_lose_wuhan_are_named(roads: Call) -> None:
    answer = json.loads(roads("lost", "--close", "crossings of Yangtze", "--json")[1])
    assert len(answer["lost"]) == 35
    people = {county.code: county.population_people for county in load_gazetteer().counties}
    assert answer["people_lost"] == sum(people[code] for code in answer["lost"])
    _, out, _ = roads("lost", "--from", "420112-01", "--close", "利川市-恩施市")
    assert "0 counties with 0 people lose Dongxihu" in out


def test_the_most_critical_links(roads: Call) -> None:
    record = json.loads(roads("critical", "--from", "420112-01", "--top", "3", "--json")[1])
    assert len(record) == 3
    assert not any(link["is_dead_end"] for link in record)
    people = [link["people_cut_off"] for link in record]
    assert people == sorted(people, reverse=True)
    _, out, _ = roads("critical", "--from", "420112-01", "--top", "2")
    assert "What hangs on single links: the ways from Dongxihu 东西湖区 to all counties" in out
