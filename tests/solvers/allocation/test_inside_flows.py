"""Flows of an interior point within the limits: what is cut first, and what is given out again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.situation import Situation
from solvers.allocation.case import Floats, case_of
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import model_of
from solvers.allocation.inside_flows import within_limits
from solvers.allocation.inside_rows import InsideRows
from solvers.allocation.trucks import relaxed_trucks
from tests.situations import depot, item, lot, need, place, pool, situation
from tests.solvers.allocation.small_cases import small_situation

SEEDS = st.integers(min_value=0, max_value=10**6)
NEAR, FAR, DEPOT = "420001", "420002", "420001-01"


def rows_of(given: Situation, *, without_trucks: bool = False) -> InsideRows | None:
    case = case_of(given)
    model = model_of(case, relaxed_trucks(case))
    none = np.zeros(0, dtype=np.int64)
    columns = model.allowed(first_columns(case, model.terms).fresh(none, case, model.terms))
    num_stocks, num_limits = len(case.stock_pieces), sum(len(c.limits) for c in model.couplings)
    idle = np.arange(num_limits) >= num_stocks if without_trucks else None
    return InsideRows(model, columns, idle) if len(columns) else None


def sixty_tents_for_ninety() -> InsideRows:
    """Return rows of 60 tents 1 h from both places: 50 are wanted for 3 each, 40 for 1 each."""
    rows = rows_of(
        situation(
            items=[item("tent")],
            places=[place(NEAR), place(FAR)],
            needs=[
                need(NEAR, "tent", 50, milli_people_per_piece=3000),
                need(FAR, "tent", 40, milli_people_per_piece=1000),
            ],
            depots=[depot(DEPOT)],
            lots=[lot("A-tent", DEPOT, "tent", 60)],
            pools=[pool(DEPOT, 9)],
            hours_between={pair: 1 for one in (NEAR, FAR) for pair in ((DEPOT, one), (one, DEPOT))},
        )
    )
    assert rows is not None
    return rows


def by_place(rows: InsideRows, flows: Floats) -> list[float]:
    """Return the pieces that each place gets."""
    case = rows.model.case
    of_places = np.bincount(
        case.demand_place[rows.columns.demand], weights=flows * rows.parcel, minlength=2
    )
    return [float(pieces) for pieces in of_places]


def test_what_is_least_worth_the_stock_is_cut() -> None:
    rows = sixty_tents_for_ninety()
    wanted = np.array([50.0, 40.0])[rows.model.case.demand_place[rows.columns.demand]]
    many = np.bincount(rows.columns.demand)[rows.columns.demand]
    flows = wanted / rows.parcel / many
    # Without prices a tent less for the first place costs thrice as much, so 30 of the second go.
    kept = within_limits(rows, flows, rows.cost, flows > 0)
    assert by_place(rows, kept) == pytest.approx([50, 10])


def test_what_is_free_is_given_to_those_who_go_without() -> None:
    rows = sixty_tents_for_ninety()
    nothing = np.zeros(rows.num_flows)
    given = within_limits(rows, nothing, rows.cost, np.ones(rows.num_flows, dtype=bool))
    # All 60 are given, to each as much as it asks for: 50 of 90 to the one, 40 of 90 to the other.
    assert by_place(rows, given) == pytest.approx([60 * 50 / 90, 60 * 40 / 90])
    # Nobody may be given more: nothing is raised.
    kept = within_limits(rows, nothing, rows.cost, np.zeros(rows.num_flows, dtype=bool))
    assert by_place(rows, kept) == [0, 0]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(SEEDS)
def test_all_limits_are_kept_with_or_without_a_row(seed: int) -> None:
    given = small_situation(seed)
    rows, idle = rows_of(given), rows_of(given, without_trucks=True)
    if rows is None or idle is None:
        return
    assert rows.border.shape[1] >= idle.border.shape[1] == 0
    draw = np.random.default_rng(seed)
    flows = draw.exponential(size=rows.num_flows) * draw.choice([0.01, 0.3, 10.0])
    for some in (rows, idle):
        kept = within_limits(some, flows, some.cost, np.ones(len(flows), dtype=bool))
        assert (kept >= 0).all()
        assert (some.uses(kept) <= some.every_limit * (1 + 1e-6) + 1e-9)[some.hard].all()


@settings(derandomize=True, deadline=None, max_examples=30)
@given(SEEDS)
def test_flows_within_the_limits_are_not_worsened(seed: int) -> None:
    rows = rows_of(small_situation(seed))
    if rows is None:
        return
    near = np.ones(rows.num_flows, dtype=bool)
    kept = within_limits(rows, np.zeros(rows.num_flows), rows.cost, near)
    again = within_limits(rows, kept, rows.cost, near)
    assert rows.objective_of(again) <= rows.objective_of(kept) * (1 + 1e-6) + 1e-6
