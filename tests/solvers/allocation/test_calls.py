"""Calls on suppliers: worked out by hand, tried out in full, and carried through to trucks."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.places import Evidence
from relief.plan.allocation import ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.calls import CallChoice, call_decisions, calls_fen
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.donations import Donation
from relief.supply.money import Pot
from relief.supply.offers import agreement_faults
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.call_search import calls_decided
from solvers.allocation.case import case_of
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import least_deprivation
from solvers.allocation.least_calls import LeastCalls
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.trucks import relaxed_trucks
from solvers.routing.baseline import SavingsRouter
from solvers.stop import Deadline
from tests.situations import agreement, offering, pool, spot, two_depots_three_places
from tests.solvers.allocation.coupling_checks import assert_consistent
from tests.solvers.allocation.plain_model import plain_optimum_with_calls
from tests.solvers.allocation.small_cases import small_situation, with_agreements

A, B = "420001-01", "420112-01"
CUT_OFF = 39_600_000
"""What the ten tents for the place without a road cost in any plan."""
SEEDS = st.integers(min_value=0, max_value=10**6)
LIMITS = SolveLimits(seconds=60)


def under(**terms: float) -> Situation:
    """Return the two depots with an agreement on 100 tents instead of depot B's stock.

    Depot B has three trucks: one alone could not drive there twice in a day.
    """
    base = two_depots_three_places()
    offer = agreement("AGR", B, "tent", 100, **terms)  # type: ignore[arg-type]
    return offering(replace(base, lots=base.lots[:1], pools=(pool(A, 2), pool(B, 3))), offer)


def test_on_the_market_only_what_is_short_is_bought() -> None:
    # Depot A holds 60 tents, places 1 and 2 need 90: 30 are bought at 120 yuan, of 100 for sale.
    # They lie ready in depot B after 2 h, five hours from place 2, and come within 12 h, so that
    # only the place without a road lacks anything. Money for 20 buys 20: ten never come, for
    # 72 - 12 + 72 h, 3 people each, weight 10.
    base = two_depots_three_places()
    offer = spot("MARKET", B, "tent", 100, lead_h=2, piece_fen=12_000)
    situation = offering(replace(base, lots=base.lots[:1], pools=(pool(A, 2), pool(B, 3))), offer)
    assert called(situation) == (30, CUT_OFF)
    plan = NearestAllocator().allocate(situation)
    assert calls_fen(situation, plan.consignments) == 30 * 12_000
    (decision,) = call_decisions(situation, plan.consignments)
    assert "buy 30 of 100 pieces" in str(decision.because)
    pot = Pot(
        code="pot", name_zh="专款", name_en="fund", most_fen=20 * 12_000, share_ppm=1_000_000,
        evidence=Evidence.MODELLED, source="hand-made",
    )  # fmt: skip
    assert called(replace(situation, pots=(pot,))) == (20, CUT_OFF + 10 * 3_000 * 10 * 132)


def test_a_spot_purchase_has_no_terms_of_a_contract() -> None:
    offer = spot("MARKET", B, "tent", 100, lead_h=2, piece_fen=12_000)
    wrong = replace(offer, least_call_pieces=5, batch_pieces=50)
    assert [fault.field for fault in agreement_faults(wrong)] == ["kind"]


def called(situation: Situation) -> tuple[int, int]:
    """Return the pieces called and the deprivation that a plan carries out, both verified."""
    allocation = WindowAllocator(LIMITS).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    certificate = verify(plan, situation)
    assert certificate.violations == ()
    bound = plan.deprivation_bound_milli_person_h
    assert bound is not None
    assert bound <= plan.score.deprivation_milli_person_h
    return plan.calls[0].called_pieces, plan.score.deprivation_milli_person_h


def test_what_stock_lacks_is_called() -> None:
    # Places 1 and 2 need 90; depot A holds 60 and is nearer in tiers: 30 are called.
    assert called(under(least_call_pieces=20)) == (30, CUT_OFF)


def test_a_least_call_above_what_is_lacking_spares_stock() -> None:
    # At least 31: so 31 are called and 59 of A's 60 go.
    assert called(under(least_call_pieces=31)) == (31, CUT_OFF)


def test_a_least_call_above_all_that_can_be_sent_is_not_made() -> None:
    # Roads lead to places that need 90. 30 tents are missing: 30 x 3,000 x 10 x 132 h.
    assert called(under(least_call_pieces=91)) == (0, CUT_OFF + 118_800_000)


def test_lead_time_makes_goods_late() -> None:
    # Ready after 10 h, 30 min loading, 5 h 20 min with a rest, 15 min: after 16 h, in the window
    # that ends after 24 h. 30 tents x 3,000 x 10 x 12 h late.
    assert called(under(notice_h=1, lead_h=9)) == (30, CUT_OFF + 10_800_000)


def test_a_ramp_feeds_window_by_window() -> None:
    # 10 at once, 10 after 12 h and 10 after 24 h: on time, 12 h late and 36 h late.
    late = 10 * 30_000 * 12 + 10 * 30_000 * 36
    assert called(under(batch_pieces=10, period_h=12)) == (30, CUT_OFF + late)


def test_the_baseline_keeps_least_calls_too() -> None:
    for least, pieces in ((20, 30), (31, 31), (91, 0)):
        situation = under(least_call_pieces=least)
        allocation = NearestAllocator().allocate(situation)
        plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
        assert verify(plan, situation).violations == ()
        assert plan.calls[0].called_pieces == pieces
        assert plan.calls[0].choice is (CallChoice.PART if pieces else CallChoice.WAIT)


def test_free_stock_comes_before_a_call() -> None:
    base = two_depots_three_places()
    situation = offering(base, agreement("AGR", A, "tent", 100, piece_fen=1_000))
    assert called(situation) == (0, CUT_OFF)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(SEEDS)
def test_the_search_finds_what_trying_everything_finds(seed: int) -> None:
    situation = with_agreements(small_situation(seed), seed)
    if not situation.needs:
        return
    case = case_of(situation)
    terms = relaxed_trucks(case)
    deadline = Deadline.starting_now(LIMITS)
    decided = calls_decided(case, terms, deadline)
    master = RestrictedMaster(model_of(decided, terms), first_columns(decided, terms))
    found = least_deprivation(master, deadline).answer.deprivation_milli_h
    best = plain_optimum_with_calls(situation)
    assert found == pytest.approx(best, rel=1e-5, abs=2.0)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(SEEDS)
def test_plans_keep_the_terms_and_never_undercut_the_bound(seed: int) -> None:
    situation = with_agreements(small_situation(seed), seed)
    proven = WindowAllocator(LIMITS).allocate(situation)
    assert proven.deprivation_bound_milli_person_h is not None
    for allocation in (proven, NearestAllocator().allocate(situation)):
        plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
        assert verify(plan, situation).violations == ()
        assert plan.score.deprivation_milli_person_h >= proven.deprivation_bound_milli_person_h


def test_the_coupling_says_the_same_thing_three_times() -> None:
    case = case_of(with_agreements(small_situation(7), 7))
    terms = relaxed_trucks(case)
    coupling = LeastCalls.of(replace(case, open_calls=(0, 1)), terms)
    assert coupling is not None
    assert coupling.limits.tolist() == [
        -float(offer.least_call_pieces) for offer in case.situation.offers
    ]
    assert_consistent(coupling, case, terms)
    assert LeastCalls.of(case, terms) is None


def test_donations_go_only_to_whom_they_are_meant_for() -> None:
    # 60 tents lie in depot A, 40 in depot B are given; places 1 and 2 need 50 and 40. Meant for
    # either of them the gift helps with the 30 that A lacks; meant for the place without a road
    # it helps nobody.
    base = two_depots_three_places()
    for place, missing in (("420002", 0), ("420001", 0), ("420003", 30)):
        gift = Donation(
            code="GIFT",
            donor_zh="善人",
            donor_en="A kind soul",
            depot_code=B,
            item_code="tent",
            pieces=40,
            place_codes=(place,),
            evidence=Evidence.MODELLED,
            source="hand-made",
        )
        lots = (*base.lots[:1], *gift.lots(base.policy.window_ends[-1]))
        situation = replace(base, lots=lots, donations=(gift,))
        for allocator in (WindowAllocator(LIMITS), NearestAllocator()):
            allocation = allocator.allocate(situation)
            plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
            assert verify(plan, situation).violations == ()
            lost = CUT_OFF + missing * 30_000 * 132
            if isinstance(allocator, WindowAllocator):
                assert plan.score.deprivation_milli_person_h == lost


def test_a_late_supplier_is_the_reason_where_it_is() -> None:
    # A's 60 tents go to places 1 and 2; the tents called come 12 h late for the others.
    situation = under(notice_h=1, lead_h=9)
    shortfalls = NearestAllocator().allocate(situation).shortfalls
    late = [one for one in shortfalls if one.late_pieces]
    assert [(one.late_pieces, one.reason) for one in late] == [(30, ShortfallReason.LEAD_TIME)]
    gaps = dict(late[0].because.values)
    # Loading after 10 h; 30 min, 5 h 20 min with a rest, 15 min.
    assert (gaps["ready"], gaps["arrival"], gaps["until"]) == (10.0, 16.1, 12)
