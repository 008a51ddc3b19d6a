from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.bounds import relative_gap, whole_lower_bound


def test_a_whole_total_bounds_itself() -> None:
    assert whole_lower_bound([np.array([10.0, 20.0]), np.array([-5.0])]) == 25


def test_a_whole_objective_is_not_below_the_next_whole_number() -> None:
    assert whole_lower_bound([np.array([0.25, 1.0])]) == 2


def test_nothing_bounds_nothing() -> None:
    assert whole_lower_bound([]) == 0


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(min_value=-1e12, max_value=1e12), max_size=30))
def test_rounding_never_lifts_the_bound_past_the_exact_total(values: list[float]) -> None:
    exact = sum((Fraction(value) for value in values), Fraction(0))
    # Ceiling of the exact total is what a whole objective cannot undercut.
    assert whole_lower_bound([np.array(values)]) <= -(-exact // 1)


def test_the_gap_is_told_of_all_and_of_the_avoidable_part() -> None:
    # 120 reached, 100 proven, 80 of it beyond anybody's help: 20 of 120, and 20 of 40.
    assert relative_gap(120, 100) == 20 / 120
    assert relative_gap(120, 100, 80) == 0.5


def test_no_gap_where_the_bound_is_reached() -> None:
    assert relative_gap(100, 100) == 0.0
    assert relative_gap(100, 100, 100) == 0.0
    assert relative_gap(0, 0) == 0.0
