"""A plan comes back from its folder as it was, and every change to the folder shows."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.records import Plain, from_plain
from api.documents.saved import (
    PlanFile,
    SituationFile,
    certificate_file,
    check_folder,
    plan_files,
    read_plan,
    result_of,
)
from api.plan_result import PlanResult
from relief.errors import InvalidInput
from relief.plan.digest import plan_digest
from relief.plan.orders import Hold
from relief.plan.presets import load_preset
from tests.api.plans import hand_made_plan


def leave(result: PlanResult, folder: Path) -> None:
    papers = plan_files(result) | {"summary.md": b"# Summary\n"}
    papers["certificate.json"] = certificate_file(result.plan, papers)
    folder.mkdir(exist_ok=True)
    for name, content in papers.items():
        (folder / name).write_bytes(content)


def edit(path: Path, change: Callable[[Plain], None]) -> None:
    raw = path.read_bytes()
    plain = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    change(plain)
    text = json.dumps(plain).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    result = hand_made_plan()
    leave(result, tmp_path)
    back = read_plan(tmp_path)
    assert back.plan == result.plan
    assert back.paths == result.paths
    assert back.origin == result.origin
    assert back.situation.fingerprint() == result.situation.fingerprint()


@given(
    seconds=st.floats(min_value=0, max_value=1e6),
    note=st.text(),
    fallback=st.text(),
    bound=st.none() | st.integers(min_value=0),
)
def test_any_plan_comes_back(seconds: float, note: str, fallback: str, bound: int | None) -> None:
    made = hand_made_plan()
    report = replace(made.plan.routing_report, seconds=seconds, note=note)
    plan = replace(made.plan, routing_report=report, deprivation_bound_milli_person_h=bound)
    result = replace(made, plan=plan, origin=replace(made.origin, fallback=fallback))
    files = plan_files(result)
    plan_file = from_plain(PlanFile, json.loads(files["plan.json"]), where="plan.json")
    situation = json.loads(gzip.decompress(files["situation.json.gz"]))
    situation_file = from_plain(SituationFile, situation, where="situation.json.gz")
    back = result_of(plan_file=plan_file, situation_file=situation_file)
    assert back.plan == plan
    assert plan_digest(back.plan) == plan_digest(plan)
    assert back.origin == result.origin


def test_the_same_plan_makes_the_same_bytes() -> None:
    first, second = hand_made_plan(), hand_made_plan()
    assert plan_files(first) == plan_files(second)
    papers = plan_files(first)
    assert certificate_file(first.plan, papers) == certificate_file(second.plan, papers)


def test_an_untouched_folder_holds(tmp_path: Path) -> None:
    leave(hand_made_plan(), tmp_path)
    check = check_folder(tmp_path)
    assert check.holds
    assert check.changed == ()
    assert check.num_files == 4
    assert check.certificate == hand_made_plan().plan.certificate


def _more_tents(plain: Plain) -> None:
    plain["plan"]["vehicle_routes"][0]["trips"][0]["stops"][0]["lines"][0]["pieces"] = 51


def _more_stock(plain: Plain) -> None:
    plain["situation"]["lots"][0]["pieces"] = 1_000


def _holds_anyway(plain: Plain) -> None:
    plain["certificate"]["violations"] = []
    plain["certificate"]["plan_digest"] = "00" * 32


@pytest.mark.parametrize(
    ("name", "change", "named"),
    [
        ("plan.json", _more_tents, {"plan.json", "certificate.json"}),
        ("situation.json.gz", _more_stock, {"situation.json.gz", "plan.json", "certificate.json"}),
        ("certificate.json", _holds_anyway, {"certificate.json"}),
    ],
)
def test_a_changed_file_is_named(
    tmp_path: Path, name: str, change: Callable[[Plain], None], named: set[str]
) -> None:
    leave(hand_made_plan(), tmp_path)
    edit(tmp_path / name, change)
    check = check_folder(tmp_path)
    assert not check.holds
    # The certificates that lie in the folder are not earned any more, so they are named, too.
    assert {Path(fault.where).name for fault in check.changed} <= named
    assert name in {Path(fault.where).name for fault in check.changed}


def test_a_changed_or_lost_paper_is_named(tmp_path: Path) -> None:
    leave(hand_made_plan(), tmp_path)
    (tmp_path / "summary.md").write_bytes(b"# All is well\n")
    (fault,) = check_folder(tmp_path).changed
    assert fault.where == str(tmp_path / "summary.md")
    assert "changed after it was certified" in str(fault)
    (tmp_path / "summary.md").unlink()
    (fault,) = check_folder(tmp_path).changed
    assert "The file is gone" in str(fault)


@pytest.mark.parametrize("name", ["plan.json", "situation.json.gz", "certificate.json"])
def test_a_garbled_file_is_named_and_the_rest_still_checked(tmp_path: Path, name: str) -> None:
    leave(hand_made_plan(), tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    check = check_folder(tmp_path)
    assert not check.holds
    assert str(tmp_path / name) in {fault.where for fault in check.changed}
    assert any("cannot be read" in str(fault) for fault in check.changed)


def test_a_plan_that_breaks_a_rule_does_not_hold_even_with_good_files(tmp_path: Path) -> None:
    result = hand_made_plan()
    more = replace(result.situation.lots[0], pieces=10)
    situation = replace(result.situation, lots=(more, *result.situation.lots[1:]))
    leave(replace(result, situation=situation), tmp_path)
    check = check_folder(tmp_path)
    assert check.certificate is not None
    assert {violation.rule.value for violation in check.certificate.violations} == {
        "identity", "stock",
    }  # fmt: skip


def test_another_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"No plan is kept here: No such file"):
        check_folder(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match=r"certificate.json: No plan|plan.json: No plan"):
        check_folder(tmp_path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    leave(hand_made_plan(), tmp_path)
    edit(tmp_path / "plan.json", lambda plain: plain.update(schema=99))
    with pytest.raises(InvalidInput, match="another version"):
        read_plan(tmp_path)


def test_what_is_not_certified_gets_no_certificate() -> None:
    result = hand_made_plan()
    with pytest.raises(ValueError, match="not certified"):
        certificate_file(replace(result.plan, certificate=None), {})


def test_policy_and_orders_stand_beside_the_plan(liulin: PlanResult) -> None:
    depot, item = liulin.situation.lots[0].depot_code, liulin.situation.lots[0].item_code
    hold = Hold(depot_code=depot, item_code=item, held_pieces=1)
    policy = load_preset("reserve").policy
    situation = replace(liulin.situation, orders=(hold,), policy=policy)
    files = plan_files(replace(liulin, situation=situation))
    plan_file = from_plain(PlanFile, json.loads(files["plan.json"]), where="plan.json")
    assert plan_file.policy == policy
    assert plan_file.orders == (hold,)
    content = json.loads(gzip.decompress(files["situation.json.gz"]))
    again = from_plain(SituationFile, content, where="situation.json.gz").situation
    assert again.fingerprint() == situation.fingerprint() != liulin.situation.fingerprint()
