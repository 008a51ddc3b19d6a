"""Least driving times over third locations: found, exact, and worked out once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import floyd_warshall

from relief.plan.travel import TravelTimes
from solvers.allocation.least_ways import NEVER_S, Floats, closed_over, least_ways
from tests.situations import two_depots_three_places


def with_durations(duration_h: Floats) -> TravelTimes:
    travel = two_depots_three_places().travel
    codes = tuple(f"L{row}" for row in range(duration_h.shape[1]))
    return replace(
        travel,
        location_codes=codes,
        speed_classes=("light",),
        duration_h=duration_h,
        distance_km=np.where(np.isfinite(duration_h), 50 * duration_h, np.inf),
        unreachable=(),
    )


def test_a_detour_over_a_third_location_counts() -> None:
    # 0 to 2 takes 5 h at once, 1 + 2 h over 1; there is no way at once from 2 to 0, one over 1.
    duration_h = np.array([[[0.0, 1.0, 5.0], [1.0, 0.0, 2.0], [np.inf, 3.0, 0.0]]])
    drive_s, distance_km = least_ways(with_durations(duration_h), ("L0",))
    assert drive_s[0, 0].tolist() == [0, 3600, 3 * 3600]
    assert drive_s[0, :, 0].tolist() == [0, 3600, 4 * 3600]
    # The fastest way at once is 5 h long; only where there is none, the detour's length counts.
    assert distance_km[0, 0, 2] == 250.0
    assert distance_km[0, 2, 0] == 200.0


def test_the_same_travel_times_are_closed_once() -> None:
    travel = two_depots_three_places().travel
    codes = tuple(travel.location_codes[:2])
    assert least_ways(travel, codes)[0] is least_ways(travel, codes)[0]
    other = replace(travel, duration_h=travel.duration_h * 2)
    assert least_ways(other, codes)[0][0, 0, 1] == 2 * least_ways(travel, codes)[0][0, 0, 1]
    with pytest.raises(ValueError, match="read-only"):
        least_ways(travel, codes)[0][0, 0, 0] = 1.0


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(min_value=0, max_value=10**6))
def test_it_equals_all_shortest_paths_in_either_width(seed: int) -> None:
    draw = np.random.default_rng(seed)
    size = int(draw.integers(2, 40))
    times = draw.integers(1, 10_000, (size, size)).astype(np.float64)
    times[draw.random((size, size)) < 0.4] = np.inf
    np.fill_diagonal(times, 0.0)
    if seed % 2:
        times = np.minimum(times, times.T)
    hubs = np.arange(int(draw.integers(1, size + 1)))
    expected = floyd_warshall(np.where(np.isfinite(times), times, 0.0))
    closed = closed_over(times[None], hubs)[0]
    assert np.array_equal(closed[hubs], expected[hubs])
    assert np.array_equal(closed[:, hubs], expected[:, hubs])
    narrow = np.where(np.isfinite(times), times, NEVER_S).astype(np.int32)
    same = closed_over(narrow[None], hubs)[0].astype(np.float64)
    assert np.array_equal(np.where(same >= NEVER_S, np.inf, same)[hubs], expected[hubs])
