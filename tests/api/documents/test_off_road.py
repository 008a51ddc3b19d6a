"""The papers of a plan tell what goes by boat, by helicopter and on foot."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from api.documents.geojson import plan_geojson
from api.documents.map_layers import flows_t
from api.documents.map_picture import map_picture
from api.documents.off_road import off_road_hauls, off_road_record
from api.documents.saved import certificate_file, plan_files, read_plan
from api.documents.summary import markdown
from api.documents.waybill import waybills
from api.documents.waybills import FORMS, workbook
from api.language import language
from api.plan_result import PlanResult
from api.plan_summary import summarise, summary_record
from relief.plan.verify import verify
from relief.supply.fleet import Mode
from tests.api.plans import hand_made_plan
from tests.relief.plan.three_ways import P1, P2, P3, POINTS, ROAD_END, A, plan_of, three_ways, ways


@pytest.fixture(scope="module")
def result() -> PlanResult:
    situation = three_ways()
    plan = plan_of(situation)
    paths = ways()
    certified = plan.certified(verify(plan, situation, paths))
    return replace(hand_made_plan(), plan=certified, situation=situation, paths=paths, closed=())


def test_each_carrier_has_its_haul(result: PlanResult) -> None:
    # Ten tents of 10 kg to each place
    assert off_road_record(result) == [
        {
            "class_code": code,
            "mode": mode,
            "place_codes": [place],
            "mass_kg": 100.0,
            "num_trips": 1,
            "num_vehicles": 1,
        }
        for code, mode, place in (
            ("heli", "air", P1), ("boat", "water", P2), ("team", "foot", P3),
        )
    ]  # fmt: skip
    assert off_road_hauls(hand_made_plan()) == ()


def test_the_summary_says_who_goes_where_trucks_do_not(result: PlanResult) -> None:
    told = markdown(summarise(result), language("en"))
    assert "0.1 t on 1 trips of 1 vehicles to" in told
    assert "where no truck gets in time" in told
    # Nothing is driven by truck.
    assert "km are driven" not in told
    assert "货车无法及时到达" in markdown(summarise(result), language("zh"))
    assert summary_record(summarise(result))["without_road"] == off_road_record(result)
    assert "km are driven" in markdown(summarise(hand_made_plan()), language("en"))


def test_lines_of_trips_are_those_of_their_mode(result: PlanResult) -> None:
    features = plan_geojson(result)["features"]
    trips = {
        feature["properties"]["mode"]: feature["geometry"]["coordinates"]
        for feature in features
        if feature["properties"]["kind"] == "trip"
    }
    assert trips["air"] == [[[114.0, 30.0], [114.0, 31.0]]]
    assert trips["water"] == [[[114.0, 30.0], [114.01, 30.0], [114.09, 30.0], [114.1, 30.0]]]
    assert trips["foot"] == [[[114.0, 30.0], [113.95, 30.03], [113.9, 30.0]]]
    trucks = [
        feature["properties"]["mode"]
        for feature in plan_geojson(hand_made_plan())["features"]
        if feature["properties"]["kind"] == "trip"
    ]
    assert trucks == ["road"] * 3


def test_the_map_draws_them_apart(result: PlanResult) -> None:
    assert flows_t(result) == {}
    flight = tuple(sorted((POINTS[code].lon_deg, POINTS[code].lat_deg) for code in (A, P1)))
    assert flows_t(result, Mode.AIR) == {flight: pytest.approx(0.1)}
    assert len(flows_t(result, Mode.WATER)) == 3
    assert map_picture(result, language("en")).startswith(b"\x89PNG")


def test_waybills_tell_how_to_get_there(result: PlanResult) -> None:
    said = {bill.kind.code: bill.way for bill in waybills(result)}
    assert said["heli"] == "直飞，按白天起降 straight, by day"
    assert said["boat"] == "水路 by water: 长江 Yangtze"
    # From the end of the road at 113.95 E, 30.03 N: 4.82 km west and 3.33 km south.
    assert ROAD_END.lat_deg == 30.03
    assert said["team"] == "末段步行 on foot at the end: 5.9 km"
    assert {bill.way for bill in waybills(hand_made_plan())} == {""}
    forms = openpyxl.load_workbook(BytesIO(workbook(result)))[FORMS]
    texts = [str(cell) for row in forms.iter_rows(values_only=True) for cell in row if cell]
    assert any("by water: 长江 Yangtze" in text for text in texts)


def test_a_plan_comes_back_with_its_waters(result: PlanResult, tmp_path: Path) -> None:
    papers = plan_files(result) | {"summary.md": b"# Summary\n"}
    papers["certificate.json"] = certificate_file(result.plan, papers)
    for name, content in papers.items():
        (tmp_path / name).write_bytes(content)
    back = read_plan(tmp_path)
    assert back.paths == result.paths
    assert [kind.range_m for kind in back.situation.vehicle_classes] == [0, 300_000, 0, 0]
    assert back.situation.fingerprint() == result.situation.fingerprint()
    assert verify(back.plan, back.situation, back.paths).holds
