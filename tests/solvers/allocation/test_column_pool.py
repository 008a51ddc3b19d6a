"""Kept columns: they change how fast an answer comes, never which."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.column_pool import ColumnPool, demand_names, stock_names
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import Generated, least_deprivation
from solvers.allocation.stages import RELAXED, begun
from solvers.allocation.trucks import relaxed_trucks
from solvers.stop import Deadline
from tests.situations import two_depots_three_places
from tests.solvers.allocation.plain_model import plain_optimum
from tests.solvers.allocation.small_cases import small_situation, with_more_stock


def solved(situation: Situation, pool: ColumnPool) -> Generated:
    case = case_of(situation)
    master = begun(model_of(case, relaxed_trucks(case)), pool, RELAXED)
    deadline = Deadline.starting_now(SolveLimits(seconds=60))
    found = least_deprivation(master, deadline, enough_gap=0.0)
    pool.keep(RELAXED, master, found.answer)
    return found


def without_depot(situation: Situation) -> Situation:
    gone = situation.depots[0].code
    return replace(
        situation,
        lots=tuple(lot for lot in situation.lots if lot.depot_code != gone),
        pools=tuple(pool for pool in situation.pools if pool.base_code != gone),
    )


def with_closed_road(situation: Situation) -> Situation:
    duration_h = situation.travel.duration_h.copy()
    duration_h[:, 0, -1] = duration_h[:, -1, 0] = np.inf
    return replace(situation, travel=replace(situation.travel, duration_h=duration_h))


def with_other_needs(situation: Situation) -> Situation:
    needs = tuple(replace(need, pieces=need.pieces + 7) for need in situation.needs[1:])
    return replace(situation, needs=needs)


def with_stock(situation: Situation) -> Situation:
    return with_more_stock(situation, 5)


CHANGES = {
    "depot lost": without_depot,
    "road closed": with_closed_road,
    "needs changed": with_other_needs,
    "more stock": with_stock,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("seed", range(10))
def test_a_changed_case_reaches_its_own_optimum_from_kept_columns(name: str, seed: int) -> None:
    situation = small_situation(seed, num_places=4, num_depots=4)
    pool = ColumnPool()
    solved(situation, pool)
    changed = CHANGES[name](situation)
    if not changed.needs:
        return
    found = solved(changed, pickle.loads(pickle.dumps(pool)))  # noqa: S301 - our own
    plain = plain_optimum(changed)
    assert found.answer.deprivation_milli_h == pytest.approx(plain, abs=max(1.0, 1e-6 * plain))
    assert found.bound == pytest.approx(plain, abs=max(1.0, 1e-6 * plain) + 1.0)


def test_the_same_case_needs_no_further_round() -> None:
    situation = small_situation(5, num_places=5, num_depots=5)
    pool = ColumnPool()
    first = solved(situation, pool)
    again = solved(situation, pool)
    assert again.rounds == 1
    assert len(again.answer.columns) <= len(first.answer.columns)
    assert again.answer.deprivation_milli_h == pytest.approx(first.answer.deprivation_milli_h)


def test_an_allocator_fills_the_pool_that_it_is_given() -> None:
    pool = ColumnPool()
    situation = two_depots_three_places()
    limits = SolveLimits(seconds=60)
    first = WindowAllocator(limits, clock=lambda: 0.0, pool=pool).allocate(situation)
    assert set(pool.kept) >= {"planned"}
    again = WindowAllocator(limits, clock=lambda: 0.0, pool=pool).allocate(situation)
    assert again.report.objective == first.report.objective
    assert again.consignments == first.consignments


def test_names_tell_stocks_and_demands_apart() -> None:
    case = case_of(small_situation(1, num_places=5, num_depots=5))
    for names in (stock_names(case), demand_names(case)):
        assert len(set(names)) == len(names)
