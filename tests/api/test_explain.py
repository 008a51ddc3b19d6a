"""Explanations of a real plan, from its folder alone."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import build_app
from api.documents.explanation import explanation_record, explanation_sections
from api.documents.saved import CERTIFICATE, certificate_file, plan_files
from api.explaining import ExplainRequest, explain
from api.language import language
from api.plan_result import PlanResult
from benchmarks.cures import main as check_cures
from geodata.roads import load_roads
from relief.errors import InvalidInput
from relief.plan.order_reading import read_order_line


@pytest.fixture(scope="module")
def folder(liulin: PlanResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("plan")
    papers = plan_files(liulin)
    for name, content in papers.items():
        (where / name).write_bytes(content)
    (where / CERTIFICATE).write_bytes(certificate_file(liulin.plan, papers))
    return where


def test_a_plan_is_explained_from_its_folder(folder: Path, liulin: PlanResult) -> None:
    lot = next(lot for lot in liulin.situation.lots if lot.available_pieces > 10)
    result = CliRunner().invoke(
        build_app(("explain",)),
        ["explain", str(folder), "--json", "--cures", "3",
         "--override", f"hold {lot.depot_code} {lot.item_code} 5"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["plan_id"] == liulin.plan.plan_id
    assert len(record["shortfalls"]) == min(10, len(liulin.plan.shortfalls))
    assert len(record["cures"]) <= 3
    assert all(cure["saved_person_h"] >= 1 for cure in record["cures"])
    assert record["override"]["orders"] == [f"hold {lot.depot_code} {lot.item_code} 5"]
    assert record["override"]["added_person_h"] >= 0


@pytest.mark.parametrize("code", ["zh", "en"])
def test_an_explanation_is_told_in_words(code: str, liulin: PlanResult) -> None:
    told = language("zh" if code == "zh" else "en")
    place = liulin.plan.consignments[0].place_code
    order = read_order_line("force", place)
    explanation = explain(
        liulin, ExplainRequest(place=place, num_cures=2, override=(order,)), roads=load_roads()
    )
    sections = explanation_sections(explanation, liulin, told)
    assert len(sections) == 4
    assert len(sections[1].lines) == len(explanation.origins) > 0
    assert len(explanation_record(explanation, liulin)["origins"]) == len(explanation.origins)
    without = replace(explanation, cures=None, price=None, origins=())
    assert len(explanation_sections(without, liulin, told)) == 1
    nothing = replace(explanation, cures=())
    assert len(explanation_sections(nothing, liulin, told)[2].lines) == 1


def test_what_the_plan_does_not_know_is_refused_at_once(liulin: PlanResult) -> None:
    order = read_order_line("hold", "nowhere tent-36 5")
    with pytest.raises(InvalidInput) as refused:
        explain(liulin, ExplainRequest(place="Paris", item="soap", override=(order,)))
    assert [fault.where for fault in refused.value.faults] == ["--place", "--item", "--hold"]


def test_options_that_cannot_be_read_are_told_together(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        build_app(("explain",)),
        ["explain", str(tmp_path), "--override", "pinn a b 5", "--override", "hold x",
         "--seconds", "0"],
    )  # fmt: skip
    assert isinstance(result.exception, InvalidInput)
    where = [fault.where for fault in result.exception.faults]
    assert where == [str(tmp_path), "--override", "--override", "--seconds"]


def test_every_printed_cure_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_cures([str(folder), "--draws", "12"])
    assert "(100.0%)" in capsys.readouterr().out
