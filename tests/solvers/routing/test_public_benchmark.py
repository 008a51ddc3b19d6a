"""A smoke run of the benchmark of public instances, on hand-made ones."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.routing_public import main
from tests.solvers.routing.test_problem_files import CVRP, SPLIT


def test_table_of_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiny.vrp").write_text(CVRP, encoding="utf-8")
    (tmp_path / "tiny.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 21\n", encoding="utf-8")
    (tmp_path / "parts.sd").write_text(SPLIT, encoding="utf-8")
    main(["--instances", str(tmp_path), "--iterations", "40", "--only", "tiny"])
    printed = capsys.readouterr().out
    assert re.search(r"tiny.vrp \| CVRP \| 3 \| 60 \| 0.00 \| 0.00 \| 0.00 \| 1.0000", printed)
    assert "best: median 0.00 %, worst 0.00 %, 1 instances" in printed
    assert "parts" not in printed
    # What stands in the log is not searched again, and shown from there.
    log = tmp_path / "log.jsonl"
    again = [
        "--instances",
        str(tmp_path),
        "--iterations",
        "40",
        "--only",
        "tiny",
        "--engines",
        "best",
    ]
    main([*again, "--log", str(log)])
    written = json.loads(log.read_text(encoding="utf-8"))
    assert (written["file"], written["cost"], written["searched_by"]) == ("tiny.vrp", 21, "strings")
    log.write_text(json.dumps({**written, "cost": 42}) + "\n", encoding="utf-8")
    main([*again, "--log", str(log)])
    assert "| tiny.vrp | CVRP | 3 | 60 | 100.00 | - |" in capsys.readouterr().out
    (tmp_path / "best_known.csv").write_text("parts,32\n", encoding="utf-8")
    main(
        [
            "--instances",
            str(tmp_path),
            "--iterations",
            "900",
            "--only",
            "parts",
            "--engines",
            "best",
        ]
    )
    # A full truck with 10 to the third stop, its other 2 with the 8 of the second, which is 3 away,
    # and one truck with 4 to the first: 10 + (5 + 3 + 5) + 10.
    assert "| parts.sd | SDVRP | 3 | 10 | 3.12 |" in capsys.readouterr().out
