"""A real event behind weak bridges: light trucks of one prefecture fetch at a hub.

After the flood of Liulin only trucks under 6 t get within 10 km of the town. The network is the
one that comes with the program, but only Wuhan's stores hold stock, and light trucks stand in
Suizhou alone. The heavy ones bring the goods to a hub of Suizhou.
"""

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.documents.folder import write_folder
from api.documents.hub_lines import hub_records, hub_sentences
from api.documents.papers import papers
from api.documents.saved import read_plan
from api.documents.waybill import waybills
from api.language import language
from api.plan_result import PlanResult
from api.planning import PlanRequest, make_plan
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from relief.errors import InvalidInput
from relief.plan.certificate import Rule
from relief.plan.handing_over import hands_over, hub_uses
from relief.plan.routes import StopKind
from relief.supply.network import default_folder
from scenarios.replanning import Happenings, going_on

REQUEST = PlanRequest(
    event="2021-liulin",
    seconds=60,
    max_iterations=20,
    closed_roads=("weight 6 t buffer 113.23,31.54 10 km",),
)


def kept(path: Path, keeps: Callable[[dict[str, str]], bool]) -> None:
    """Keep some lines of a table only."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, heads = [row for row in reader if keeps(row)], reader.fieldnames or ()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "network"
    shutil.copytree(default_folder(), folder)
    kept(folder / "lots.csv", lambda row: row["depot_code"].startswith("4201"))
    kept(
        folder / "vehicles.csv",
        lambda row: row["class_code"] != "truck-4.2" or row["base_code"].startswith("4213"),
    )
    return folder


@pytest.fixture(scope="module")
def result(network: Path) -> PlanResult:
    return make_plan(replace(REQUEST, network=network))


def test_heavy_trucks_bring_goods_to_a_hub_and_light_ones_fetch_them(result: PlanResult) -> None:
    uses = hub_uses(result.situation, result.plan)
    assert uses
    for use in uses:
        assert use.hub_code.startswith("4213")
        assert use.onward_codes == ("truck-4.2",)
        assert set(use.bringing_codes) == set(use.shut_out_codes)
        assert 0 < use.fetched_pieces <= use.brought_pieces
    certificate = result.plan.certificate
    assert certificate is not None
    assert certificate.holds
    assert dict(certificate.checks)[Rule.HUB] > 0


def test_without_hubs_the_town_waits_much_longer(result: PlanResult, network: Path) -> None:
    without = make_plan(replace(REQUEST, network=network, hubs=False))
    assert not hands_over(without.plan)
    ours, theirs = (one.plan.score.deprivation_milli_person_h for one in (result, without))
    assert 5 * ours < theirs


def test_papers_tell_of_the_hub_and_are_read_back(result: PlanResult, tmp_path: Path) -> None:
    write_folder(tmp_path / "out", papers(result, language("zh")))
    saved = read_plan(tmp_path / "out")
    assert saved.plan == result.plan
    assert (tmp_path / "out" / "map.png").stat().st_size > 10_000
    handed = [
        bill
        for bill in waybills(result)
        if any(stop.kind is StopKind.HAND_OVER for stop in bill.trip.stops)
    ]
    assert handed
    assert all(bill.deliveries and bill.loads for bill in handed)
    chinese = language("zh")
    told = " ".join(chinese.tell(one) for one in hub_sentences(result, chinese))
    assert "中转" in told
    assert "到不了" in told
    assert [one["hub_code"] for one in hub_records(result)] == [
        use.hub_code for use in hub_uses(result.situation, result.plan)
    ]


def test_such_a_plan_is_not_made_anew_on_the_way(result: PlanResult) -> None:
    at = result.plan.start_at + timedelta(hours=3)
    with pytest.raises(InvalidInput, match="change vehicles at hubs"):
        going_on(
            result.plan,
            result.situation,
            result.paths,
            Happenings(),
            at,
            roads=load_roads(),
            gazetteer=load_gazetteer(),
        )
