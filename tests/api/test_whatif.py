"""What-if questions on a real event, through the command line."""

import json
import sys
from pathlib import Path

import pytest

from api.cli import main
from api.documents.saved import CERTIFICATE, certificate_file, plan_files
from api.plan_result import PlanResult

DEPOT = "421321-01"


def asked(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Return exit status, answer and complaints of the command line."""
    monkeypatch.setattr(sys, "argv", ["relief", "whatif", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_an_officer_loses_the_nearest_depot_and_a_road(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = asked(
        [
            "2021-liulin",
            "--lose-depot",
            DEPOT,
            "--close",
            "随县-曾都区",
            "--seconds",
            "2",
            "--json",
        ],
        monkeypatch,
        capsys,
    )
    assert status == 0
    answer = json.loads(out)
    assert answer["changes"][1] == (
        "随县救灾物资储备库 Suixian county-level relief depot loses its stock and its trucks."
    )
    assert answer["changes"][0].startswith("The road 随县-曾都区 is closed (")
    assert len(answer["closed"]["随县-曾都区"]) > 0
    costs = next(one for one in answer["measures"] if one["name"] == "Transport cost")
    # Without the county's own depot everything comes from farther away.
    assert costs["after"] > costs["before"]
    assert list(tmp_path.iterdir()) == []


def test_the_answer_is_told_in_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = asked(
        ["2021-liulin", "--scale-needs", "2", "--seconds", "2", "--lang", "zh"],
        monkeypatch,
        capsys,
    )
    assert status == 0
    assert "全部需求乘以 2.0。" in out
    assert "运输费用" in out


def test_every_unknown_name_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = asked(
        ["2021-liulin", "--lose-depot", "999999-01", "--add-stock", "421321-01:boat:5"],
        monkeypatch,
        capsys,
    )
    assert status == 2
    assert out == ""
    assert "999999-01" in err
    assert "boat" in err


def test_a_question_without_a_change_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = asked(["2021-liulin"], monkeypatch, capsys)
    assert status == 2
    assert "--lose-depot" in err


def test_a_finished_plan_is_the_base(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    liulin: PlanResult,
) -> None:
    papers = plan_files(liulin)
    for name, content in papers.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / CERTIFICATE).write_bytes(certificate_file(liulin.plan, papers))
    status, out, _ = asked(
        ["2021-liulin", "--base", str(tmp_path), "--lose-depot", DEPOT, "--seconds", "2", "--json"],
        monkeypatch,
        capsys,
    )
    assert status == 0
    answer = json.loads(out)
    assert answer["plans"][0]["plan_id"] == liulin.plan.plan_id
    assert answer["plans"][1]["plan_id"] != liulin.plan.plan_id
    first = answer["at_once"]
    assert first["after_person_h"] >= first["before_person_h"]
    assert first["findings"][0].startswith("By the allocation, ")


def test_all_that_is_wrong_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = asked(
        ["2021-liuling", "--scale-needs", "much", "--at", "noon", "--profile", "none",
         "--preset", "fairst", "--network", str(tmp_path / "none")],
        monkeypatch,
        capsys,
    )  # fmt: skip
    assert status == 2
    assert out == ""
    for wrong in ("2021-liuling", "much", "noon", "fairst", "profile", "none"):
        assert wrong in err


def test_a_base_that_is_no_plan_is_refused_with_the_event(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = asked(
        ["2021-liuling", "--scale-needs", "2", "--base", str(tmp_path)], monkeypatch, capsys
    )
    assert status == 2
    assert "2021-liuling" in err
    assert str(tmp_path) in err
