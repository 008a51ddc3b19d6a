"""Townships taken together: nothing is lost, and the bound holds for every township."""

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from relief.places import PlaceKind
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.allocation import townships
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.generation import Generated, least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.proof import ENOUGH_OF_ALL, least_of_all
from solvers.allocation.townships import Clusters, may_be_clustered
from solvers.allocation.trucks import relaxed_trucks
from solvers.stop import Deadline
from tests.solvers.allocation.plain_model import plain_optimum
from tests.solvers.allocation.small_cases import small_situation

if TYPE_CHECKING:
    from solvers.allocation.coupling import Coupling


def as_townships(situation: Situation) -> Situation:
    """Return the situation with its six places as townships of two counties."""
    places = tuple(
        replace(place, kind=PlaceKind.TOWNSHIP, parent_code=f"42990{index % 2}")
        for index, place in enumerate(situation.places)
    )
    return replace(situation, places=places)


def solved(model: AllocationModel) -> Generated:
    master = RestrictedMaster(model, first_columns(model.case, model.terms))
    return least_deprivation(master, Deadline.starting_now(SolveLimits(seconds=60)), enough_gap=0.0)


@pytest.mark.parametrize("seed", range(12))
def test_what_flows_to_a_county_reaches_its_townships(seed: int) -> None:
    situation = as_townships(small_situation(seed, num_places=6))
    case = case_of(situation)
    terms = relaxed_trucks(case)
    clusters = Clusters.of(case, terms.earliest_s())
    together = model_of(clusters.together, clusters.terms(terms))
    assert clusters.together.demand_pieces.sum() == case.demand_pieces.sum()
    found = solved(together)
    columns, flow = clusters.spread(found.answer.columns, found.answer.flow_pieces)
    # As much of each stock, in the same windows, and nobody gets more than is needed.
    for index in ("stock", "window"):
        before = np.bincount(
            getattr(found.answer.columns, index), weights=found.answer.flow_pieces, minlength=99
        )
        after = np.bincount(getattr(columns, index), weights=flow, minlength=99)
        assert after == pytest.approx(before, abs=1e-5)
    given = np.bincount(columns.demand, weights=flow, minlength=case.num_demands)
    assert np.all(given <= case.demand_pieces.sum(axis=1) + 1e-5)
    # Every way is one that the township itself allows.
    model = model_of(case, terms)
    assert len(model.allowed(columns)) == len(columns)


@pytest.mark.parametrize("seed", range(12))
def test_from_counties_on_the_townships_are_solved_and_bounded(seed: int) -> None:
    situation = as_townships(small_situation(seed, num_places=6))
    case = case_of(situation)
    terms = relaxed_trucks(case)
    clusters, model = Clusters.of(case, terms.earliest_s()), model_of(case, terms)
    pool = ColumnPool()
    deadline = Deadline.starting_now(SolveLimits(seconds=60))
    found = least_of_all(model, clusters, unavoidable=0, deadline=deadline, pool=pool)
    plain = plain_optimum(situation)
    tolerance = ENOUGH_OF_ALL * plain + 100.0  # tenths of a person-hour are blurred
    assert plain - max(1.0, 1e-6 * plain) <= found.deprivation_milli_h <= plain + tolerance
    assert plain - tolerance <= found.bound <= plain + 1.0 + 1e-9 * plain
    again = least_of_all(model, clusters, unavoidable=0, deadline=deadline, pool=pool)
    assert again.rounds == 0
    assert again.bound == pytest.approx(found.bound, rel=1e-6)


def test_the_allocator_takes_townships_together(monkeypatch: pytest.MonkeyPatch) -> None:
    situation = as_townships(small_situation(3, num_places=6))
    alone = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    monkeypatch.setattr(townships, "MANY_DEMANDS", 1)
    together = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    assert alone.deprivation_bound_milli_person_h is not None
    assert together.deprivation_bound_milli_person_h is not None
    assert together.report.objective is not None
    assert alone.report.bound is not None
    assert together.deprivation_bound_milli_person_h / 1000 <= together.report.objective
    assert alone.report.bound <= together.report.objective
    assert together.deprivation_bound_milli_person_h <= alone.report.bound * 1000 * (1 + 1e-6)


def test_few_places_or_unknown_limits_are_not_taken_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = case_of(small_situation(3, num_places=6))
    model = model_of(case, relaxed_trucks(case))
    assert not may_be_clustered(model)
    monkeypatch.setattr(townships, "MANY_DEMANDS", 1)
    assert may_be_clustered(model)
    assert not may_be_clustered(
        replace(model, couplings=(*model.couplings, cast("Coupling", object())))
    )
