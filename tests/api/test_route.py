import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import build_app
from relief.errors import InvalidInput
from tests.solvers.routing.test_problem_files import CVRP


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(("route",)), ["route", "solve", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.vrp"
    path.write_text(CVRP, encoding="utf-8")
    return path


def test_record_for_machines_and_solution_file(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.sol"
    result = run(
        str(file), "--json", "--iterations", "300", "--bks", "20", "--out", str(out),
        "--lang", "en",
    )  # fmt: skip
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    # 5 + 4 + 2 for (3, 4) and (0, 1.5), and 10 for (-3, 4); or both of the right with it: 21.
    assert record["cost"] == 21
    assert record["gap_percent"] == pytest.approx(5.0)
    assert record["feasible"]
    assert record["engine"] == "strings"
    assert sorted(stop for one in record["routes"] for trip in one["trips"] for stop in trip) == [
        1, 2, 3,
    ]  # fmt: skip
    assert record["trace"][-1]["cost"] == 21
    assert 0 < record["bound"] == record["trace"][-1]["bound"] <= 21
    assert out.read_text(encoding="utf-8").splitlines()[-1] == "Cost 21"


def test_words_for_people_and_best_known_beside(file: Path) -> None:
    file.with_suffix(".sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 21\n", encoding="utf-8")
    result = run(str(file), "--iterations", "300", "--trace", "--lang", "zh")
    assert result.exit_code == 0
    assert "已知最优 21：高出 0.00 %。" in result.stdout
    assert "取整约定 round" in result.stdout


def test_an_answer_that_breaks_rules_ends_with_status_1(file: Path) -> None:
    file.write_text(CVRP.replace("CAPACITY", "VEHICLES : 1\nCAPACITY"), encoding="utf-8")
    result = run(str(file), "--iterations", "300", "--lang", "en")
    assert result.exit_code == 1
    assert "is not served" in result.stdout
    assert "No answer was found that keeps every rule" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--seconds", "0"), "--seconds = '0.0': This must be a finite number above zero"),
        (("--seconds", "nan"), "finite number above zero"),
        (("--seconds", "inf"), "finite number above zero"),
        (("--bks", "-5"), "--bks = '-5.0'"),
        (("--seed", "-1"), "whole number from 0 to 4294967295"),
        (("--out", "nowhere/x.sol"), "--out = 'nowhere/x.sol': This file cannot be written"),
        (("--out", "."), "This file cannot be written"),
        (("--rounding", "up"), "no such rounding"),
        (("--engine", "magic"), "no such routing engine"),
    ],
)
def test_bad_options_are_refused(file: Path, arguments: tuple[str, ...], what: str) -> None:
    result = run(str(file), *arguments, "--lang", "en")
    assert isinstance(result.exception, InvalidInput)
    assert what in str(result.exception)


def test_all_bad_options_and_a_bad_file_are_told_at_once(file: Path) -> None:
    file.write_text(CVRP.replace("2 6", "2 x").replace("3 0 1.5", "3 0"), encoding="utf-8")
    given = ("--seconds", "0", "--engine", "magic", "--rounding", "up")
    result = run(str(file), *given, "--lang", "en")
    assert isinstance(result.exception, InvalidInput)
    places = [fault.where for fault in result.exception.faults]
    assert places == ["--seconds", "--rounding", "--engine", "tiny.vrp:10", "tiny.vrp:14"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run(str(tmp_path / "none.vrp"), "--lang", "en")
    assert isinstance(result.exception, InvalidInput)
    assert "cannot be read" in str(result.exception)
