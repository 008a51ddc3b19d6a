"""The interior point method against the plain model, the simplex, and itself from kept columns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.errors import SolverFailed
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.allocation import inside_rows
from solvers.allocation.case import case_of
from solvers.allocation.columns import Columns, first_columns
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.inside import Inside, Known, least_from_inside
from solvers.allocation.inside_flows import within_limits
from solvers.allocation.inside_rows import InsideRows
from solvers.allocation.trucks import relaxed_trucks
from solvers.stop import Deadline
from tests.situations import two_depots_three_places
from tests.solvers.allocation.plain_model import plain_optimum
from tests.solvers.allocation.small_cases import small_situation, with_made_up

SEEDS = st.integers(min_value=0, max_value=10**6)
CLOSE = 1e-5


def model_for(situation: Situation) -> AllocationModel:
    case = case_of(situation)
    return model_of(case, relaxed_trucks(case))


def solved(situation: Situation, known: Known | None = None, seconds: float = 60) -> Inside:
    model = model_for(situation)
    return least_from_inside(
        model,
        first_columns(model.case, model.terms) if known is None else Columns.none(),
        Deadline.starting_now(SolveLimits(seconds=seconds)),
        enough_gap=CLOSE,
        known=known,
    )


def assert_near(found: Inside, plain: float) -> None:
    tolerance = max(100.0, 2 * CLOSE * plain)  # tenths of a person-hour are blurred
    # Flows within the limits cannot be better than the best, nor can a bound be above it.
    assert plain - max(1.0, 1e-6 * plain) <= found.deprivation_milli_h <= plain + tolerance
    assert plain - tolerance <= found.bound <= plain + 1.0 + 1e-9 * plain


def test_two_depots_three_places() -> None:
    # As in test_bound: 39,600 weighted person-hours.
    assert_near(solved(two_depots_three_places()), 39_600_000)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(SEEDS)
def test_it_equals_the_plain_model(seed: int) -> None:
    situation = small_situation(seed)
    if situation.needs:
        try:
            found = solved(situation)
        except SolverFailed as failure:
            assert "Nothing can be sent" in str(failure)  # noqa: PT017 - one of two good ends
            return
        assert_near(found, plain_optimum(situation))


@settings(derandomize=True, deadline=None, max_examples=30)
@given(SEEDS)
def test_stock_that_serves_several_items_ties_them(seed: int) -> None:
    situation = with_made_up(small_situation(seed), seed)
    if situation.needs and len(first_columns(*_parts(situation))):
        assert_near(solved(situation), plain_optimum(situation))


def _parts(situation: Situation) -> tuple:  # type: ignore[type-arg]
    model = model_for(situation)
    return model.case, model.terms


@pytest.mark.parametrize("seed", range(8))
def test_what_was_found_once_is_found_again_without_a_round(seed: int) -> None:
    situation = small_situation(seed, num_places=4, num_depots=4)
    found = solved(situation)
    known = Known(
        limits=np.concatenate(found.prices.couplings),
        columns=found.columns,
        flow_pieces=found.flow_pieces,
    )
    again = solved(situation, known)
    assert again.rounds == 0
    assert again.deprivation_milli_h == pytest.approx(found.deprivation_milli_h)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(SEEDS)
def test_the_normal_equations_are_those_of_the_rows(seed: int) -> None:
    model = model_for(small_situation(seed))
    columns = model.allowed(
        first_columns(model.case, model.terms).fresh(
            np.zeros(0, dtype=np.int64), model.case, model.terms
        )
    )
    if not len(columns):
        return
    rows = InsideRows(model, columns)
    draw = np.random.default_rng(seed)
    theta = draw.uniform(0.5, 2.0, len(rows.cost))
    price = draw.normal(size=len(rows.right))
    # A diag(theta) A^T price, by the operators; solving must give the price back.
    found = rows.factored(theta).solve(rows.activity(theta * rows.worth(price)))
    assert found == pytest.approx(price, rel=1e-6, abs=1e-6)


def test_flows_are_lowered_until_they_keep_the_limits() -> None:
    model = model_for(two_depots_three_places())
    rows = InsideRows(
        model,
        model.allowed(
            first_columns(model.case, model.terms).fresh(
                np.zeros(0, dtype=np.int64), model.case, model.terms
            )
        ),
    )
    wild = np.full(rows.num_flows, 1e3)
    lowered = within_limits(rows, wild, rows.cost, wild > 0)
    value = np.zeros(len(rows.cost))
    value[: rows.num_flows] = lowered
    used = rows.activity(value)[rows.due.size :]
    assert (used <= rows.limits * (1 + 1e-9)).all()
    assert lowered.max() > 0


def test_too_many_limits_that_tie_items_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside_rows, "MOST_BORDER", 0)
    with pytest.raises(SolverFailed, match="limits tie items together; allowed is 0"):
        solved(two_depots_three_places())


def test_no_time_is_told() -> None:
    with pytest.raises(SolverFailed, match="No time is left"):
        solved(two_depots_three_places(), seconds=1e-9)
