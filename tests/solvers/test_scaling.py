import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.scaling import apportioned, units_down, units_up


def test_times_go_up_and_capacities_down() -> None:
    # 61 s in ten-second units: a drive takes 7, a window of 61 s holds 6.
    assert units_up(np.array([61.0]), 10.0).tolist() == [7]
    assert units_down(np.array([61.0]), 10.0).tolist() == [6]


def test_noise_does_not_move_a_whole_number() -> None:
    values = np.array([3.0000000001, 2.9999999999])
    assert units_up(values).tolist() == [3, 3]
    assert units_down(values).tolist() == [3, 3]


def test_shares_go_to_the_largest_remainders() -> None:
    # 10 in the ratio 1:2:4 is 1.43, 2.86, 5.71: two units go to the remainders .86 and .71.
    assert apportioned(np.array([1.0, 2.0, 4.0]), 10).tolist() == [1, 3, 6]


def test_nothing_can_be_shared_among_parts_of_nothing() -> None:
    assert apportioned(np.zeros(2), 0).tolist() == [0, 0]
    with pytest.raises(ValueError, match="Cannot share 3 among parts that are all zero"):
        apportioned(np.zeros(2), 3)


@settings(derandomize=True, deadline=None)
@given(
    parts=st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=12),
    total=st.integers(min_value=0, max_value=10**6),
)
def test_shares_sum_up_and_are_near(parts: list[float], total: int) -> None:
    values = np.array([*parts, 1.0])
    shares = apportioned(values, total)
    assert shares.sum() == total
    assert (np.abs(shares - values * total / values.sum()) < 1 + 1e-6).all()
    assert (shares >= 0).all()
