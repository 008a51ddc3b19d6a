"""``relief route bounds`` on a plan made by hand."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import build_app
from api.documents.saved import certificate_file, plan_files
from relief.errors import InvalidInput
from tests.api.plans import hand_made_plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = hand_made_plan()
    papers = plan_files(made)
    papers["certificate.json"] = certificate_file(made.plan, papers)
    for name, content in papers.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(("route",)), ["route", "bounds", *arguments])


def test_record_tells_what_each_depot_could_save(folder: Path) -> None:
    result = run(str(folder), "--seconds", "30", "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    near, far = record["depots"]
    # Two trucks of A, 100 km and 250 km at 2 yuan and two trips at 100 yuan; one truck by way of
    # place 2 and place 1 would drive 200 km, 500 yuan in all.
    assert (near["cost_fen"], near["closed"]) == (90_000, True)
    assert near["bound_fen"] == pytest.approx(50_000, abs=2)
    # B's truck has no choice: 500 km and a trip.
    assert far["bound_fen"] == pytest.approx(110_000, abs=2)
    assert (record["closed"], record["within_10_percent"], record["joint_trips"]) == (2, 1, 0)
    assert record["total_gap_share"] == pytest.approx(200 / 160 - 1, abs=1e-3)


def test_table_in_both_languages_and_for_one_depot(folder: Path) -> None:
    english = run(str(folder), "--lang", "en", "--depot", "420112-01").stdout
    assert "1 of 1 depots are proven to the end; 1 of them cost at most 10%" in " ".join(
        english.split()
    )
    assert "420001-01" not in english
    chinese = run(str(folder), "--lang", "zh").stdout
    assert "各储备库的运输路径及已证明的下界" in chinese
    assert "80.0%" in chinese


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--depot", "nowhere"), "nowhere"),
        (("--seconds", "0"), "must be above zero"),
    ],
)
def test_bad_options_are_refused(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    result = run(str(folder), *arguments)
    assert isinstance(result.exception, InvalidInput)
    assert words in str(result.exception)
