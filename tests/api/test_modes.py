"""A town without a road is served by air, from the command line on."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import main

ROUND_LIULIN = "buffer 113.23,31.54 5 km"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    before = sys.argv
    sys.argv = ["relief", *arguments]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = before
    out, err = capsys.readouterr()
    code = ended.value.code
    return code if isinstance(code, int) else 0, out, err


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("RELIEF_LANG", raising=False)


def plan(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, err = run(
        capsys, "plan", "2021-liulin", "--close", ROUND_LIULIN, "--seconds", "20",
        "--iterations", "5", "--json", *arguments,
    )  # fmt: skip
    assert code == 0, err
    record: dict[str, Any] = json.loads(out)
    return record


def test_a_town_without_a_road_is_flown_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    record = plan(capsys)
    assert record["cut_off"] == ["421321116"]
    assert record["served_people"] == 8000
    (haul,) = record["without_road"]
    assert haul["mode"] == "air"
    assert haul["place_codes"] == ["421321116"]
    summary = (tmp_path / "out" / "2021-liulin" / "summary.md").read_text(encoding="utf-8")
    assert "where no truck gets in time" in summary
    assert "No truck can bring anything to 柳林镇 Liulin within 72 h" in summary
    code, _, err = run(capsys, "verify", "out/2021-liulin")
    assert code == 0, err


def test_with_trucks_alone_the_town_goes_without(capsys: pytest.CaptureFixture[str]) -> None:
    record = plan(capsys, "--modes", "trucks")
    assert record["without_road"] == []
    assert record["served_people"] == 0
    assert record["num_trips"] == 0


def test_unknown_modes_and_closures_are_refused_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, "plan", "2021-liulin", "--modes", "trucks,camels", "--seed", "-1")
    assert code == 2
    assert out == ""
    assert "camels" in err
    assert "trucks,boats,helicopters,foot" in err
    assert "--seed" in err
    code, _, err = run(capsys, "plan", "2021-liulin", "--close", "nowhere-at-all")
    assert code == 2
    assert "nowhere" in err
