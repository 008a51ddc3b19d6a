"""The fast model against the plain one, and the bound against plans that trucks drive."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.assembly import assemble
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from solvers.allocation import generation
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.case import case_of
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import Generated, least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.trucks import relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.routing.baseline import SavingsRouter
from solvers.stop import Deadline
from tests.situations import two_depots_three_places
from tests.solvers.allocation.plain_model import plain_optimum
from tests.solvers.allocation.small_cases import (
    reversed_order,
    small_situation,
    with_expiry,
    with_late_lots,
    with_made_up,
    with_more_stock,
    with_more_trucks,
    with_spot,
)

SEEDS = st.integers(min_value=0, max_value=10**6)


def relaxed(situation: Situation) -> Generated:
    case = case_of(situation)
    terms = relaxed_trucks(case)
    master = RestrictedMaster(model_of(case, terms), first_columns(case, terms))
    return least_deprivation(master, Deadline.starting_now(SolveLimits(seconds=60)), enough_gap=0.0)


def assert_optimal(found: Generated, plain: float) -> None:
    tolerance = max(1.0, 1e-6 * plain)
    assert found.answer.deprivation_milli_h == pytest.approx(plain, abs=tolerance)
    assert found.bound is not None
    # Proven: never above the optimum, but for being lifted to a whole number; and near it.
    assert plain - tolerance <= found.bound <= plain + 1.0 + 1e-9 * plain


def test_two_depots_three_places_is_proven_to_the_last_milli_person_hour() -> None:
    assert plain_optimum(two_depots_three_places()) == pytest.approx(39_600_000)
    assert relaxed(two_depots_three_places()).bound == 39_600_000


@settings(derandomize=True, deadline=None, max_examples=60)
@given(SEEDS)
def test_the_fast_model_equals_the_plain_one(seed: int) -> None:
    situation = small_situation(seed)
    if situation.needs:
        assert_optimal(relaxed(situation), plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(SEEDS)
def test_goods_that_lie_ready_late_come_late(seed: int) -> None:
    situation = with_late_lots(small_situation(seed), seed)
    if situation.needs:
        assert_optimal(relaxed(situation), plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(SEEDS)
def test_kits_and_substitutes_share_what_they_are_made_of(seed: int) -> None:
    situation = with_made_up(small_situation(seed), seed)
    if situation.needs:
        assert_optimal(relaxed(situation), plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=25)
@given(SEEDS)
def test_what_is_for_sale_is_there_once_it_lies_ready(seed: int) -> None:
    situation = with_spot(small_situation(seed), seed)
    if situation.needs:
        assert_optimal(relaxed(situation), plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(SEEDS)
def test_goods_must_be_good_when_they_arrive(seed: int) -> None:
    situation = with_expiry(small_situation(seed), seed)
    if situation.needs:
        assert_optimal(relaxed(situation), plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=15)
@given(SEEDS)
def test_detours_are_found_where_roads_are_not_metric(seed: int) -> None:
    situation = small_situation(seed, metric=False)
    if situation.needs:
        assert_optimal(relaxed(situation), plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=15)
@given(SEEDS)
def test_the_way_through_the_inside_leads_to_the_same_optimum(seed: int) -> None:
    situation = small_situation(seed, num_places=6, num_depots=5, num_items=3)
    by_corners = relaxed(situation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "MANY_NEW", 0)
        from_inside = relaxed(situation)
    assert_optimal(from_inside, by_corners.answer.deprivation_milli_h)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(SEEDS)
def test_no_routed_plan_undercuts_the_bound(seed: int) -> None:
    situation = small_situation(seed)
    proven = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    assert proven.deprivation_bound_milli_person_h is not None
    for allocation in (proven, NearestAllocator().allocate(situation)):
        plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
        assert verify(plan, situation).holds
        assert plan.score.deprivation_milli_person_h >= proven.deprivation_bound_milli_person_h


@settings(derandomize=True, deadline=None, max_examples=15)
@given(SEEDS)
def test_more_stock_and_more_trucks_never_worsen_the_optimum(seed: int) -> None:
    situation = small_situation(seed)
    least = relaxed(situation).answer.deprivation_milli_h
    tolerance = 1.0 + 1e-6 * least
    assert relaxed(with_more_stock(situation, 20)).answer.deprivation_milli_h <= least + tolerance
    assert relaxed(with_more_trucks(situation, 1)).answer.deprivation_milli_h <= least + tolerance


@settings(derandomize=True, deadline=None, max_examples=15)
@given(SEEDS)
def test_the_order_of_the_lists_changes_nothing(seed: int) -> None:
    situation = small_situation(seed)
    turned = reversed_order(situation)
    allocator = WindowAllocator(SolveLimits(seconds=60), clock=lambda: 0.0)
    assert allocator.allocate(situation).consignments == allocator.allocate(turned).consignments


@settings(derandomize=True, deadline=None, max_examples=25)
@given(SEEDS)
def test_what_is_unavoidable_is_never_above_the_optimum(seed: int) -> None:
    situation = small_situation(seed)
    case = case_of(situation)
    floor = unavoidable_deprivation(case, relaxed_trucks(case).earliest_s())
    assert floor <= relaxed(situation).answer.deprivation_milli_h * (1 + 1e-9) + 1.0


def test_what_is_unavoidable_is_exact_where_trucks_are_plenty() -> None:
    # The bridge to place 3 is closed: 39,600 weighted person-hours, whatever drives.
    case = case_of(two_depots_three_places())
    assert unavoidable_deprivation(case, relaxed_trucks(case).earliest_s()) == 39_600_000
