"""Policies and orders on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import build_app
from api.commands.policy_options import asked_orders, asked_policy
from api.documents.folder import check_target
from api.documents.policy_words import order_lines, policy_lines, stage_words
from api.language import language
from api.planning import with_orders
from relief.errors import InvalidInput
from relief.plan.order_reading import read_order_line
from relief.plan.policy import PlanningPolicy
from relief.plan.presets import load_preset, preset_names, read_preset
from relief.supply.fleet import ConvoyRules
from tests.relief.plan.plans import good_plan
from tests.situations import two_depots_three_places

BASE = two_depots_three_places()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(build_app(("policy", "plan")), list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_policies_are_listed() -> None:
    listed = json.loads(run("policy", "list", "--json"))
    assert tuple(record["name"] for record in listed) == preset_names()
    assert [stage["objective"] for stage in listed[2]["policy"]["stages"]][:2] == [
        "life-saving",
        "fairness",
    ]
    told = run("policy", "list", "--lang", "zh")
    assert all(load_preset(name).name_zh in told for name in preset_names())


def test_a_policy_shown_as_a_file_can_be_changed_and_used(tmp_path: Path) -> None:
    text = run("policy", "show", "reserve", "--toml")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("0.15", "0.25").replace('"reserve"', '"mine"'), encoding="utf-8")
    mine = asked_policy(None, path)
    assert (mine.name, mine.reserve.stock_ppm) == ("mine", 250_000)
    assert read_preset(path).policy == mine
    assert "25" in run("policy", "show", str(path), "--lang", "en")


def test_a_plan_has_one_policy(tmp_path: Path) -> None:
    assert asked_policy(None, None) == PlanningPolicy()
    assert asked_policy("fairest", None).name == "fairest"
    with pytest.raises(InvalidInput, match="one policy"):
        asked_policy("fairest", tmp_path / "mine.toml")


def test_orders_come_from_options_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text('[{"kind": "hold", "depot": "420001-01", "item": "tent", "pieces": 3}]')
    asked = asked_orders(
        pins=["tent 420001 5 by 12h"],
        forces=["420002"],
        forbids=["B-tent -> all"],
        holds=["420112-01 tent 4"],
        file=path,
    )
    assert [each.kind for each in asked] == ["hold", "pin", "force", "forbid", "hold"]
    assert len(with_orders(BASE, asked).orders) == 5
    assert with_orders(BASE, ()) is BASE


def test_all_orders_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked_orders(
            pins=["tent"], forces=None, forbids=["x"], holds=["1"], file=tmp_path / "none.json"
        )
    assert len(refused.value.faults) == 4


def test_orders_that_make_no_sense_are_refused_before_planning() -> None:
    with pytest.raises(InvalidInput, match="No arrival window ends then"):
        with_orders(BASE, [read_order_line("pin", "tent 420001 5 by 13h")])


def test_faults_of_policy_and_orders_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del capsys
    result = CliRunner().invoke(
        build_app(("plan",)),
        ["plan", "2021-liulin", "--preset", "fairst", "--pin", "tent", "--hold", "x", "--engine",
         "none", "--out", str(tmp_path / "out")],
    )  # fmt: skip
    assert isinstance(result.exception, InvalidInput)
    assert {fault.where for fault in result.exception.faults} == {
        "--engine", "policy", "--pin", "--hold",
    }  # fmt: skip
    check_target(tmp_path / "out")


@pytest.mark.parametrize("code", ["zh", "en"])
def test_policy_and_orders_are_told_in_words(code: str) -> None:
    told = language("zh" if code == "zh" else "en")
    policy = load_preset("reserve").policy
    assert stage_words(policy, told).count(" > ") == 3
    lines = [told.tell(line) for line in policy_lines(policy, told)]
    assert len(lines) == 3
    assert "15.0%" in lines[2]
    written = [
        read_order_line("pin", "420112-01 tent 420001 99"),
        read_order_line("pin", "tent 420002 1"),
        read_order_line("force", "420003"),
        read_order_line("forbid", "B-tent -> all"),
        read_order_line("hold", "420001-01 tent 3"),
    ]
    it = with_orders(BASE, written)
    lines = list(order_lines(it, good_plan(), told))
    assert len(lines) == 5
    assert all(("Kept" in line or "已遵守" in line) for line in lines)


def test_convoys_are_told() -> None:
    told = language("en")
    convoy = ConvoyRules(place_codes=("422802",), least_trucks=4)
    lines = [told.tell(line) for line in policy_lines(PlanningPolicy(convoy=convoy), told)]
    assert (
        "Trucks drive to 422802 in convoys of at least 4; each waits up to 120 min for the next "
        "one." in lines
    )
