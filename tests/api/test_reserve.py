"""A reserve study on the real network, through the command line."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from api.cli import main


def studied(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Return exit status, answer and complaints of the command line."""
    monkeypatch.setattr(sys, "argv", ["relief", "reserve", "size", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_study_sizes_an_item_and_leaves_its_papers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = studied(
        ["--scenarios", "50", "--fresh", "50", "--item", "water-case", "--json"],
        monkeypatch,
        capsys,
    )
    assert status == 0
    study = json.loads(out)
    assert study["num_scenarios"] == 50
    assert study["due_h"] == [12.0, 24.0, 72.0]
    (item,) = study["items"]
    # What the plan is made to avoid, it avoids better than today's stock does.
    assert item["timely_share_planned"][-1] > item["timely_share_today"][-1]
    rows = list(
        csv.DictReader(
            io.StringIO(Path("out/reserve/quantities.csv").read_text(encoding="utf-8-sig"))
        )
    )
    planned = dict.fromkeys(("depot", "agreement"), 0)
    for row in rows:
        planned[row["kind"]] += int(row["planned_pieces"])
    assert planned["depot"] == sum(one["pieces"] for one in study["depots"])
    assert planned["agreement"] == sum(one["pieces"] for one in study["agreements"])
    with Image.open("out/reserve/coverage.png") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 10


def test_an_impossible_study_is_refused_with_every_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = studied(
        ["--scenarios", "5", "--fresh", "9999", "--shortage", "-1"], monkeypatch, capsys
    )
    assert status == 2
    assert "--scenarios" in err
    assert "--fresh" in err
    assert "--shortage" in err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_item_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = studied(["--item", "boat"], monkeypatch, capsys)
    assert status == 2
    assert "boat" in err
