"""What is proven: the worst-served group, the optimum's prices, the plain model again."""

import math
from dataclasses import replace

import numpy as np
import pytest

from relief.items import Priority
from relief.plan.outcome import SolveLimits
from relief.plan.policy import Objective, PolicyStage
from relief.plan.situation import Situation
from solvers.allocation import generation, inside_rows, proof
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.columns import Columns, first_columns
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.generation import Generated, least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.pricing import bound_terms, priced
from solvers.allocation.stages import fairest
from solvers.allocation.trucks import planned_trucks, relaxed_trucks
from solvers.stop import Deadline
from tests.situations import need, two_depots_three_places
from tests.solvers.allocation.coupling_checks import every_column
from tests.solvers.allocation.plain_model import plain_optimum
from tests.solvers.allocation.small_cases import small_situation

FAIR = PolicyStage(objective=Objective.FAIRNESS, levels=5)


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=60))


def solved(model: AllocationModel, columns: Columns) -> tuple[RestrictedMaster, Generated]:
    master = RestrictedMaster(model, columns)
    return master, least_deprivation(master, soon(), enough_gap=0.0)


def test_the_worst_group_cannot_be_served_better_and_that_is_proven() -> None:
    # Place 3 has no road: all of its need stays open, whatever is sent elsewhere.
    answer = WindowAllocator(SolveLimits(seconds=60)).allocate(two_depots_three_places())
    fairness = answer.fairness
    assert fairness is not None
    assert (fairness.county_code, fairness.priority) == ("420003", Priority.LIFE_SAVING)
    assert fairness.unserved_ppm == 1_000_000
    assert fairness.proven_ppm == pytest.approx(1_000_000, abs=200)


def test_a_shared_shortage_is_proven_at_its_level() -> None:
    # 45 tents for the 90 in reach of depot A, 10 out of reach: place 3 first, then half each.
    whole = two_depots_three_places()
    short = replace(whole, needs=whole.needs[:2], lots=(replace(whole.lots[0], pieces=45),))
    fairness = WindowAllocator(SolveLimits(seconds=60)).allocate(short).fairness
    assert fairness is not None
    assert fairness.unserved_ppm == pytest.approx(500_000, abs=1_000)
    assert fairness.proven_ppm <= 500_000
    assert fairness.proven_ppm == pytest.approx(500_000, abs=1_000)


def test_nobody_unserved_needs_no_proof() -> None:
    whole = two_depots_three_places()
    served = replace(whole, needs=whole.needs[:2])
    assert WindowAllocator(SolveLimits(seconds=60)).allocate(served).fairness is None


@pytest.mark.parametrize("seed", range(25))
def test_no_column_serves_the_worst_group_better_than_proven(seed: int) -> None:
    # By a second solution over every column there is, at the same deprivation.
    case = case_of(small_situation(seed))
    if not case.num_demands:
        return
    terms = relaxed_trucks(case)
    model = model_of(case, terms)
    values, proofs = [], []
    for columns in (first_columns(case, terms), every_column(case, terms)):
        master, found = solved(model, columns)
        master.limit_deprivation(found.answer.deprivation_milli_h * 1.01 + 1.0)
        _, levels = fairest(master, FAIR, soon())
        assert len(levels) <= 5
        values.append([level.unserved_share for level in levels])
        proofs.append(levels[0].proven_share)
    assert values[0][0] == pytest.approx(values[1][0], abs=2e-4)
    for proven in proofs:
        assert proven <= min(values[0][0], values[1][0]) + 1e-6
        assert proven >= values[0][0] - 1e-3


def test_levels_go_on_to_the_next_worst() -> None:
    # One depot with 60 tents. County 3 has no road; of what is left 1 and 2 get the same share,
    # as sharing costs no deprivation.
    whole = two_depots_three_places()
    case = case_of(replace(whole, lots=(replace(whole.lots[0], pieces=45),)))
    master, found = solved(
        model_of(case, relaxed_trucks(case)), first_columns(case, relaxed_trucks(case))
    )
    master.limit_deprivation(found.answer.deprivation_milli_h + 1.0)
    _, levels = fairest(master, FAIR, soon())
    assert [level.unserved_share for level in levels[:2]] == pytest.approx([1.0, 0.5], abs=2e-3)
    named = [case.county_codes[master.groups.county[group]] for group in levels[0].groups]
    assert named == ["420003"]


@pytest.mark.parametrize("seed", range(6))
def test_where_the_simplex_stands_still_levels_and_proofs_hold(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    situation = small_situation(seed, num_places=4, num_depots=4)
    case = case_of(situation)
    terms = relaxed_trucks(case)

    def levels() -> list[tuple[float, float]]:
        master, found = solved(model_of(case, terms), first_columns(case, terms))
        master.limit_deprivation(found.answer.deprivation_milli_h * (1 + 1e-6) + 1.0)
        return [
            (each.unserved_share, each.proven_share) for each in fairest(master, FAIR, soon())[1]
        ]

    walked = levels()
    monkeypatch.setattr(generation, "MOST_STEPS", 0)
    halted = levels()
    # The first level may end higher, for want of columns; what is proven of it holds for both.
    assert halted[0][1] <= walked[0][0] + 1e-6
    assert walked[0][0] <= halted[0][0] + 1e-6


def test_groups_that_are_as_badly_off_are_one_level() -> None:
    # No road leads to places 2 and 3, and of 60 tents for place 1 there are 45: 1, then a quarter.
    whole = two_depots_three_places()
    duration_h = whole.travel.duration_h.copy()
    row = whole.travel.index()["420002"]
    duration_h[:, row], duration_h[:, :, row] = np.inf, np.inf
    duration_h[:, row, row] = 0.0
    situation = replace(
        whole,
        needs=(*(need(f"42000{k}", "tent", 20) for k in (2, 3)), need("420001", "tent", 60)),
        lots=(replace(whole.lots[0], pieces=45),),
        travel=replace(whole.travel, duration_h=duration_h),
    )
    case = case_of(situation)
    terms = relaxed_trucks(case)
    master, found = solved(model_of(case, terms), first_columns(case, terms))
    master.limit_deprivation(found.answer.deprivation_milli_h + 1.0)
    _, levels = fairest(master, FAIR, soon())
    assert [level.unserved_share for level in levels] == pytest.approx([1.0, 0.25, 0.0], abs=2e-3)
    named = {case.county_codes[master.groups.county[group]] for group in levels[0].groups}
    assert named == {"420002", "420003"}


def test_priorities_of_a_county_are_compared_apart() -> None:
    # 10 tents of a county are life-saving, 20 a comfort; 15 tents: all of the first come, a
    # quarter of the second, and that is the worst group.
    whole = two_depots_three_places()
    case = case_of(
        replace(
            whole,
            needs=(
                need("420001", "tent", 10),
                replace(need("420002", "tent", 20), priority=Priority.COMFORT),
            ),
            lots=(replace(whole.lots[0], pieces=15),),
        )
    )
    terms = relaxed_trucks(case)
    master, found = solved(model_of(case, terms), first_columns(case, terms))
    master.limit_deprivation(found.answer.deprivation_milli_h + 1.0)
    assert master.groups.priority.tolist() == [1, 3]
    _, levels = fairest(master, FAIR, soon())
    assert levels[0].unserved_share == pytest.approx(0.75, abs=1e-3)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("is_planned", [False, True])
def test_prices_of_an_optimum_are_as_good_as_the_optimum(seed: int, *, is_planned: bool) -> None:
    # Dual objective = primal objective, signs and complementary slackness (invariant C12).
    case = case_of(small_situation(seed))
    if not case.num_demands:
        return
    model = model_of(case, planned_trucks(case) if is_planned else relaxed_trucks(case))
    _, found = solved(model, first_columns(case, model.terms))
    answer = found.answer
    prices = answer.prices.in_units(answer.prices.weights.per_milli_h)
    offer = priced(model, prices, 0.0)
    dual = math.fsum(
        np.concatenate([t.ravel() for t in bound_terms(model, prices, offer.cheapest)])
    )
    least = answer.deprivation_milli_h
    assert dual == pytest.approx(least, abs=max(2.0, 2e-5 * least))
    for coupling, of_rows in zip(model.couplings, prices.couplings, strict=True):
        assert np.all(of_rows >= 0)
        touched = coupling.touched(answer.columns)
        used = np.bincount(
            touched.row,
            weights=touched.amount * answer.flow_pieces[touched.column],
            minlength=len(coupling.limits),
        )
        assert np.all(used <= coupling.limits + 1e-5 * (1 + coupling.limits))
        slack = (coupling.limits - used) * of_rows
        assert np.all(slack <= max(2.0, 2e-5 * least))


def test_more_stock_is_worth_its_price_and_no_more() -> None:
    # 60 tents for 90 in reach: one tent more saves 3 people x weight 10 x 132 h.
    whole = two_depots_three_places()
    short = replace(whole, lots=whole.lots[:1])

    def least(situation: Situation) -> Generated:
        case = case_of(situation)
        model = model_of(case, relaxed_trucks(case))
        return solved(model, first_columns(case, model.terms))[1]

    found = least(short)
    price = found.answer.prices.in_units(found.answer.prices.weights.per_milli_h).couplings[0][0]
    assert price == pytest.approx(3 * 10 * 132 * 1000)
    more = least(replace(short, lots=(replace(short.lots[0], pieces=61),)))
    saved = found.answer.deprivation_milli_h - more.answer.deprivation_milli_h
    assert saved == pytest.approx(price)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_two_hundred_cases_with_scarce_trucks_equal_the_plain_model(first: int) -> None:
    for seed in range(first + 10_000, first + 10_020):
        situation = small_situation(seed, num_places=3, num_depots=2)
        # One truck in each pool, and half of them gone: trucks decide.
        pools = tuple(replace(pool, num_vehicles=1) for pool in situation.pools[::2])
        scarce = replace(situation, pools=pools)
        if not scarce.needs:
            continue
        case = case_of(scarce)
        model = model_of(case, relaxed_trucks(case))
        _, found = solved(model, first_columns(case, model.terms))
        plain = plain_optimum(scarce)
        tolerance = max(1.0, 1e-6 * plain)
        assert found.answer.deprivation_milli_h == pytest.approx(plain, abs=tolerance)
        assert found.bound is not None
        assert plain - tolerance <= found.bound <= plain + 1.0 + 1e-9 * plain


@pytest.mark.parametrize("seed", range(6))
def test_from_the_inside_as_much_is_proven(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    situation = small_situation(seed, num_places=4, num_depots=4)
    by_simplex = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    monkeypatch.setattr(proof, "INSIDE_FROM", 0)
    pool = ColumnPool()
    for _ in range(2):  # from nothing, and from the pool
        answer = WindowAllocator(SolveLimits(seconds=60), pool=pool).allocate(situation)
        bound = by_simplex.deprivation_bound_milli_person_h
        # Both are proven bounds within 0.2 % of what can be avoided.
        assert answer.deprivation_bound_milli_person_h == pytest.approx(bound, rel=4e-3, abs=100)
        assert (answer.fairness is None) == (by_simplex.fairness is None)
        if answer.fairness is not None and by_simplex.fairness is not None:
            assert answer.fairness.proven_ppm == pytest.approx(
                by_simplex.fairness.proven_ppm, abs=2_000
            )


def test_where_the_inside_fails_the_simplex_proves(monkeypatch: pytest.MonkeyPatch) -> None:
    situation = small_situation(2, num_places=4, num_depots=4)
    by_simplex = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    monkeypatch.setattr(proof, "INSIDE_FROM", 0)
    monkeypatch.setattr(inside_rows, "MOST_BORDER", 0)
    answer = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    assert answer.deprivation_bound_milli_person_h == by_simplex.deprivation_bound_milli_person_h
    assert answer.fairness == by_simplex.fairness
