"""``relief source``: a location problem solved from its file."""

import json
import subprocess
import sys
from pathlib import Path

CASE = {
    "demand_pieces": [30, 20],
    "unit_cost_yuan": [[1, 4], [3, 2]],
    "capacity": [40, 25],
    "opening_cost_yuan": [5, 5],
}


def relief(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a user does."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "api.cli", "source", *arguments, "--lang", "en"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).resolve().parents[2],
    )


def test_sites_flows_and_proof_are_told(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    told = relief(str(path))
    # 30 x 1 from site 1, 20 x 2 from site 2, and both opened at 5.
    assert told.stdout.splitlines()[:3] == [
        "Cost 80.000, proven not to be below 80.000.",
        "2 of 2 sites are open: 1, 2.",
        "1 -> 1: 30",
    ]
    record = json.loads(relief(str(path), "--json").stdout)
    assert (record["cost_yuan"], record["report"]["termination"]) == (80.0, "optimal")


def test_what_is_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**CASE, "capacity": [30, 0]}), encoding="utf-8")
    told = relief(str(path))
    assert told.returncode == 0
    assert "2 lacks 20: The sites that may send it have no more left" in told.stdout


def test_a_broken_file_ends_with_status_2(tmp_path: Path) -> None:
    path = tmp_path / "case.txt"
    path.write_text("2 2\n 40 0\n capacity 0\n", encoding="utf-8")
    told = relief(str(path))
    assert told.returncode == 2
    assert "case.txt:3" in told.stderr
    assert "Give it with --capacity." in told.stderr
