"""Money in the model: worked out by hand, said three times, and kept by drawn plans."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.allocation import ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.budget import Budget
from solvers.allocation.case import case_of
from solvers.allocation.trucks import relaxed_trucks
from solvers.routing.baseline import SavingsRouter
from tests.relief.plan.test_verify_money import pot
from tests.situations import agreement, offering, pool, two_depots_three_places
from tests.solvers.allocation.coupling_checks import assert_consistent
from tests.solvers.allocation.small_cases import small_situation, with_agreements

A, B = "420001-01", "420112-01"
CUT_OFF = 39_600_000
MISSING = 30_000 * 132
"""A tent that does not come: 3 people x 10 x 132 h."""
LIMITS = SolveLimits(seconds=60)


def paid(city_fen: int, *, least: int = 0) -> DispatchPlan:
    """Return the plan where a tent costs 5 yuan, of which the city pays 40 %."""
    base = two_depots_three_places()
    offer = agreement("AGR", B, "tent", 100, least_call_pieces=least, piece_fen=500)
    poor = replace(base, lots=base.lots[:1], pools=(pool(A, 2), pool(B, 3)))
    pots = (pot("province", 10**9, 600_000), pot("city", city_fen, 400_000))
    situation = replace(offering(poor, offer), pots=pots)
    allocation = WindowAllocator(LIMITS).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    assert verify(plan, situation).violations == ()
    bound = plan.deprivation_bound_milli_person_h
    assert bound is not None
    assert bound <= plan.score.deprivation_milli_person_h
    return plan


@pytest.mark.parametrize(
    ("city_fen", "called"), [(6_000, 30), (5_999, 29), (4_000, 20), (199, 0), (0, 0)]
)
def test_what_cannot_be_paid_is_not_called(city_fen: int, called: int) -> None:
    # 30 tents are lacking: 30 x 500 x 40 % = 6,000 fen for the city.
    plan = paid(city_fen)
    assert plan.calls[0].called_pieces == called
    assert plan.score.deprivation_milli_person_h == CUT_OFF + (30 - called) * MISSING
    assert [payment.paid_fen for payment in plan.payments] == [called * 300, called * 200]
    reasons = {one.place_code: one.reason for one in plan.shortfalls}
    assert reasons.get("420002", reasons.get("420001")) is (
        ShortfallReason.MONEY if called < 30 else None
    )


def test_a_least_call_that_cannot_be_paid_is_not_made() -> None:
    plan = paid(4_000, least=25)
    assert plan.calls[0].called_pieces == 0
    assert plan.score.deprivation_milli_person_h == CUT_OFF + 30 * MISSING


def drawn(seed: int) -> Situation:
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    situation = with_agreements(small_situation(seed), seed)
    dearer = tuple(
        replace(offer, call_fen=draw.choice([0, 500]), uncalled_fen=draw.choice([0, 3]))
        for offer in situation.offers
    )
    pots = (pot("a", draw.choice([0, 2_000, 50_000]), 700_000), pot("b", 40_000, 300_000))
    return replace(situation, offers=dearer, pots=pots)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(st.integers(min_value=0, max_value=10**6))
def test_plans_can_be_paid_and_the_bound_holds(seed: int) -> None:
    situation = drawn(seed)
    proven = WindowAllocator(LIMITS).allocate(situation)
    assert proven.deprivation_bound_milli_person_h is not None
    for allocation in (proven, NearestAllocator().allocate(situation)):
        plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
        assert verify(plan, situation).violations == ()
        assert plan.score.deprivation_milli_person_h >= proven.deprivation_bound_milli_person_h


def test_the_coupling_says_the_same_thing_three_times() -> None:
    case = case_of(drawn(3))
    terms = relaxed_trucks(case)
    coupling = Budget.of(case, terms)
    assert coupling is not None
    assert_consistent(coupling, case, terms)
    assert Budget.of(case_of(small_situation(3)), terms) is None
