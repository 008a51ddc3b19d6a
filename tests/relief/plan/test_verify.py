"""The verifier as a whole: identity, counts, digest, and damage done at random."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.certificate import Rule
from relief.plan.digest import plan_digest
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import Termination
from relief.plan.routes import StopKind
from relief.plan.verify import verify
from relief.units import SHANGHAI
from tests.relief.plan.plans import (
    P1,
    WAYBILL_A1,
    WAYBILL_A2,
    A,
    B,
    good_plan,
    objections,
    reclaimed,
    shortfall,
    solved,
    with_lot,
    with_route,
)
from tests.situations import START_AT, two_depots_three_places

BASE = two_depots_three_places()
GOOD = good_plan()


def test_the_good_plan_is_good() -> None:
    certificate = verify(GOOD, BASE)
    assert certificate.violations == ()
    assert certificate.holds
    assert certificate.situation_fingerprint == BASE.fingerprint()
    assert certificate.plan_digest == plan_digest(GOOD)


def test_every_rule_is_checked() -> None:
    situation = with_lot(BASE, "A-tent", lambda lot: replace(lot, expires_on=date(2030, 1, 1)))
    plan = replace(reclaimed(GOOD, situation), deprivation_bound_milli_person_h=39_600_000)
    checks = verify(plan, situation).checks
    assert [rule for rule, _ in checks] == list(Rule)
    # Only trucks of unknown bodies drive. What is on board at the start is looked at where
    # something is on board, changes where there was a plan before; calls, orders and reserve where
    # there are any; which lot goes first where there are several, what is made up where anything
    # is; hubs where goods change vehicles; what travels with what where anything must be apart or
    # cool; convoys where there are any.
    assert [rule for rule, number in checks if number == 0] == [
        Rule.FIRST_OUT,
        Rule.KIT,
        Rule.SUBSTITUTE,
        Rule.HUB,
        Rule.APART,
        Rule.COOLING,
        Rule.LOADING_LIST,
        Rule.CONVOY,
        Rule.FLIGHT,
        Rule.LANDING,
        Rule.WALK,
        Rule.CARGO,
        Rule.CALL,
        Rule.BUDGET,
        Rule.EARMARK,
        Rule.LOADING_LIMIT,
        Rule.RECEIVING,
        Rule.MONEY,
        Rule.ORDER,
        Rule.RESERVE,
    ]
    # Three trucks, each counted, known and compared; one lot that expires, and its
    # two deliveries; one bound; six
    # numbers of the score; a fingerprint, an event, a start, a name, a mark and three waybills.
    counted = dict(checks)
    assert counted[Rule.EXPIRY] == 3
    assert counted[Rule.BOUND] == 1
    assert counted[Rule.OBJECTIVE] == 6
    assert counted[Rule.FLEET] == 6
    assert counted[Rule.IDENTITY] == 8


def test_a_certificate_that_is_there_already_is_not_believed() -> None:
    bad = replace(GOOD, shortfalls=())
    bad = bad.certified(verify(GOOD, BASE))
    assert [rule for rule, _, _, _ in objections(bad)] == [Rule.SHORTFALL]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("situation_fingerprint", "0" * 64),
        ("event_code", "another"),
        ("start_at", START_AT + timedelta(seconds=1)),
        ("plan_id", "hand-made-20260701T0801-00000000"),
        ("is_baseline", True),
    ],
)
def test_a_plan_is_what_it_says(field: str, value: object) -> None:
    plan = replace(GOOD, **{field: value})  # type: ignore[arg-type]
    assert objections(plan) == [(Rule.IDENTITY, f"plan {plan.plan_id}", 0, 1)]


def test_the_start_is_an_instant_not_a_spelling() -> None:
    assert objections(replace(GOOD, start_at=START_AT.astimezone(SHANGHAI))) == []


def test_a_plan_is_for_one_situation_only() -> None:
    other = with_lot(BASE, "B-tent", lambda lot: replace(lot, pieces=101))
    found = objections(GOOD, other)
    assert [one[0] for one in found] == [Rule.IDENTITY, Rule.IDENTITY]  # fingerprint and name


@pytest.mark.parametrize("field", ["allocation_report", "routing_report"])
def test_a_baseline_is_marked(field: str) -> None:
    baseline = replace(GOOD, **{field: solved(Termination.BASELINE)})  # type: ignore[arg-type]
    assert objections(baseline) == [(Rule.IDENTITY, f"plan {GOOD.plan_id}", 0, 1)]
    assert objections(replace(baseline, is_baseline=True)) == []


def test_a_waybill_number_names_one_trip() -> None:
    plan = with_route(
        GOOD,
        0,
        lambda one: replace(one, trips=(replace(one.trips[0], number=WAYBILL_A2),)),
    )
    assert objections(plan) == [(Rule.IDENTITY, f"waybill {WAYBILL_A2}", 2, 1)]
    plan = with_route(
        GOOD, 0, lambda one: replace(one, trips=(replace(one.trips[0], number="other"),))
    )
    assert objections(plan) == []
    assert WAYBILL_A1 != WAYBILL_A2


def test_the_verifier_shares_nothing_with_what_makes_plans() -> None:
    folder = Path(verify.__code__.co_filename).parent
    makers = {"assembly", "dispatch", "explain", "measures", "reach"}
    modules = sorted(folder.glob("verify*.py"))
    assert len(modules) >= 7
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module is not None
                assert node.module.split(".")[0] != "solvers"
                assert node.module.split(".")[-1] not in makers


def test_all_violations_are_listed() -> None:
    plan = replace(GOOD, event_code="another", shortfalls=(shortfall(P1, missing=1),))
    assert [rule for rule, _, _, _ in objections(plan)] == [
        Rule.IDENTITY,
        Rule.SHORTFALL,
        Rule.SHORTFALL,
    ]


def test_a_violation_speaks() -> None:
    plan = replace(GOOD, deprivation_bound_milli_person_h=39_600_001)
    (violation,) = verify(plan, BASE).violations
    assert violation.unit == "milli-person-h"
    assert str(violation.sentence) == (
        "No plan is said to be better than 39600001 thousandths of a weighted person-hour, but "
        "this one has 39600000."
    )


def test_the_order_of_trucks_does_not_matter() -> None:
    for order in permutations(GOOD.vehicle_routes):
        assert objections(replace(GOOD, vehicle_routes=order)) == []


# Digest


def test_the_digest_survives_a_document() -> None:
    # What a reader of JSON may change: the offset of instants, 39600.0 into 39600, tuples into
    # lists, enumeration members into their texts.
    def reread(value: object) -> object:
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, datetime):
            return value.astimezone(SHANGHAI)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, tuple):
            return [reread(part) for part in value]
        if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{field.name: reread(getattr(value, field.name)) for field in fields(value)}
            )
        return value

    again = reread(GOOD)
    assert isinstance(again, DispatchPlan)
    assert again != GOOD
    assert plan_digest(again) == plan_digest(GOOD)


def test_the_digest_leaves_out_certificate_and_wall_clock() -> None:
    slower = replace(
        GOOD,
        allocation_report=solved(Termination.OPTIMAL, seconds=9.0),
        routing_report=solved(seconds=9.0),
    )
    assert plan_digest(slower) == plan_digest(GOOD)
    assert plan_digest(GOOD.certified(verify(GOOD, BASE))) == plan_digest(GOOD)


def test_the_digest_sees_the_rest() -> None:
    reports = replace(GOOD, routing_report=replace(GOOD.routing_report, seed=2))
    later = replace(GOOD, start_at=START_AT + timedelta(microseconds=1))
    assert len({plan_digest(plan) for plan in (GOOD, reports, later)}) == 3


def test_the_digest_refuses_what_no_plan_holds() -> None:
    odd = replace(GOOD, plan_id={"a set"})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"A plan cannot hold a set: \{'a set'\}\."):
        plan_digest(odd)


def test_digest_and_fingerprint_are_the_same_in_another_process() -> None:
    # Another hash seed and another time zone must not show.
    program = (
        "from tests.relief.plan.plans import good_plan\n"
        "from relief.plan.digest import plan_digest\n"
        "print(good_plan().situation_fingerprint, plan_digest(good_plan()))\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "12345", "TZ": "America/Lima"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [BASE.fingerprint(), plan_digest(GOOD)]


# Damage at random. Every leaf of the routes is a candidate: each number and time may be off by a
# little, each code may become another one, each tuple may lose or double a part.

Spot = tuple[str | int, ...]


def spots(value: object, where: Spot = ()) -> Iterator[Spot]:
    """Yield the way to every leaf and every tuple that has parts."""
    if isinstance(value, tuple):
        if value:
            yield where
        for number, part in enumerate(value):
            yield from spots(part, (*where, number))
    elif is_dataclass(value):
        for field in fields(value):
            yield from spots(getattr(value, field.name), (*where, field.name))
    else:
        yield where


def is_physical(where: Spot) -> bool:
    """Tell whether a change there makes another plan on the road.

    A waybill's number is a name, and the window of a consignment an intention. A truck that is
    home may stand there as long as it likes, and may rest a little earlier at night.
    """
    return not (
        where[-1] in {"number", "window"}
        or where[-2:] == ("home", "end_at")
        or (where[1:4] == (2, "home", "leg") and where[-1] == "after_drive")
    )


SPOTS = [
    spot
    for field in ("vehicle_routes", "consignments")
    for spot in spots(getattr(GOOD, field), (field,))
    if is_physical(spot)
]
CODES = [A, B, P1, "A-tent", "B-tent", "tent", "quilt", "truck-s", "nowhere"]


def damaged(value: object, where: Spot, draw: st.DataObject) -> object:
    """Return the value with one spot changed."""
    if where:
        step, *further = where
        if isinstance(step, int):
            assert isinstance(value, tuple)
            part = damaged(value[step], tuple(further), draw)
            return (*value[:step], part, *value[step + 1 :])
        return replace(  # type: ignore[type-var]
            value, **{step: damaged(getattr(value, step), tuple(further), draw)}
        )
    return _damaged_leaf(value, draw)


def _damaged_leaf(value: object, draw: st.DataObject) -> object:
    if isinstance(value, tuple):
        number = draw.draw(st.integers(0, len(value) - 1))
        copies = draw.draw(st.sampled_from([0, 2]))
        return value[:number] + value[number : number + 1] * copies + value[number + 1 :]
    if isinstance(value, StopKind):
        return draw.draw(st.sampled_from([kind for kind in StopKind if kind is not value]))
    if isinstance(value, str):
        return draw.draw(st.sampled_from([code for code in CODES if code != value]))
    off = draw.draw(st.integers(-7200, 7200).filter(bool))
    if isinstance(value, int):
        return value + off
    assert isinstance(value, datetime | timedelta)
    return value + timedelta(seconds=off)


@settings(max_examples=300)
@given(where=st.sampled_from(SPOTS), data=st.data())
def test_no_damage_passes_in_silence(where: Spot, data: st.DataObject) -> None:
    plan = damaged(GOOD, where, data)
    assert isinstance(plan, DispatchPlan)
    assert objections(plan) != []
    assert plan_digest(plan) != plan_digest(GOOD)
