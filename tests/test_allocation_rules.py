"""The table of the allocation's rules names only what there is."""

import re
from pathlib import Path

from relief.plan.certificate import Rule

ROOT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs" / "allocation-rules.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "::" in line
]


def test_each_rule_is_worked_out_by_hand_in_a_test_that_exists() -> None:
    assert len(ROWS) > 20
    for rule, *_, where in ROWS:
        path, _, name = where.strip("`").partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {name}(" in text, rule


def test_each_rule_is_checked_by_a_rule_of_the_verifier() -> None:
    known = {rule.value for rule in Rule}
    for rule, _, rules, _ in ROWS:
        assert set(rules.split(", ")) <= known, rule


def test_the_files_of_the_model_exist() -> None:
    for rule, model, *_ in ROWS:
        for name in re.findall(r"`([\w/]+\.py)`", model):
            folder = ROOT if "/" in name else ROOT / "solvers" / "allocation"
            assert (folder / name).is_file(), rule
