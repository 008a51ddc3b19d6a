"""Damage done to the readiness of goods: loaded before they can be had."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from tests.relief.plan.plans import P1, P2, good_plan, lasting, objections


def ready(plan: DispatchPlan, *after: timedelta) -> DispatchPlan:
    """Return the plan with its consignments (A to P1, A to P2, B to P2) ready so late."""
    return replace(
        plan,
        consignments=tuple(
            replace(each, ready_after=late)
            for each, late in zip(plan.consignments, after, strict=True)
        ),
    )


def test_what_is_ready_at_the_start_may_be_loaded_at_the_start() -> None:
    assert objections(ready(good_plan(), lasting(), lasting(), lasting())) == []


def test_what_is_loaded_before_it_is_ready_is_objected_to() -> None:
    # B's 30 tents are loaded at the start, but lie ready one second later.
    late = ready(good_plan(), lasting(), lasting(), lasting(seconds=1))
    assert objections(late) == [(Rule.READY, f"lot B-tent to {P2}", 30, 0)]


def test_readiness_is_counted_place_by_place() -> None:
    # Truck A1 loads A's 50 tents for place 1 at the start; those for place 2 are in time.
    late = ready(good_plan(), lasting(minutes=1), lasting(), lasting())
    assert objections(late) == [(Rule.READY, f"lot A-tent to {P1}", 50, 0)]


def test_parts_of_a_lot_may_be_ready_at_different_times() -> None:
    # Of the 30 tents 20 are ready at once and 10 after an hour; all 30 are loaded at the start.
    plan = good_plan()
    *others, last = plan.consignments
    parts = (
        replace(last, pieces=20),
        replace(last, pieces=10, window=1, ready_after=lasting(1)),
    )
    split = replace(plan, consignments=(*others, *parts))
    assert (Rule.READY, f"lot B-tent to {P2}", 30, 20) in objections(split)


@pytest.mark.parametrize("after", [lasting(seconds=-1), timedelta(milliseconds=-500)])
def test_nothing_is_ready_before_the_start_or_at_half_a_second(after: timedelta) -> None:
    odd = ready(good_plan(), lasting(), lasting(), after)
    assert objections(odd) == [(Rule.READY, f"consignment B-tent to {P2}", 0, 1)]
