"""Travel times in whole numbers, never shorter than they are."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from relief.plan.travel import UNREACHABLE_S, Closure, ClosureKind, TravelTimes
from relief.units import SHANGHAI
from tests.situations import INF


def times(duration_h: float, distance_km: float = 1.0) -> TravelTimes:
    """Return a table of two locations with one time there and no way back."""
    hours = np.array([[[0.0, duration_h], [INF, 0.0]]])
    km = np.array([[[0.0, distance_km], [INF, 0.0]]])
    return TravelTimes(
        location_codes=("a", "b"),
        speed_classes=("any",),
        duration_h=hours,
        distance_km=km,
        network_name="hand-made",
        network_fingerprint="hand-made",
        approximate=True,
    )


@pytest.mark.parametrize(
    ("hours", "seconds"),
    [
        (0.0, 0),
        (1.0, 3600),
        (1 / 3600, 1),
        (1.1 / 3600, 2),  # rounded up
        (0.1 + 0.2, 1080),  # 0.30000000000000004 h is 1,080 s, not 1,081
        (7 / 3, 8400),
        (INF, UNREACHABLE_S),
    ],
)
def test_seconds_are_rounded_up_but_not_for_dust(hours: float, seconds: int) -> None:
    assert times(hours).seconds()[0, 0, 1] == seconds


@pytest.mark.parametrize(
    ("km", "metres"),
    [(0.0, 0), (50.0, 50_000), (0.0011, 2), (0.1 + 0.2, 300), (INF, UNREACHABLE_S)],
)
def test_metres_are_rounded_up_but_not_for_dust(km: float, metres: int) -> None:
    assert times(1.0, km).metres()[0, 0, 1] == metres


@given(st.floats(0, 1000))
def test_no_time_is_shortened_by_more_than_a_microsecond(hours: float) -> None:
    seconds = int(times(hours).seconds()[0, 0, 1])
    assert seconds >= hours * 3600 - 2e-6
    assert seconds <= math.ceil(hours * 3600) + 1e-6


def test_where_no_road_is_the_time_is_unreachable() -> None:
    assert times(1.0).seconds()[0, 1, 0] == UNREACHABLE_S
    assert times(1.0).seconds().dtype == np.int64


def test_rows_are_found_by_code() -> None:
    assert times(1.0).index() == {"a": 0, "b": 1}


def test_tables_cannot_be_changed() -> None:
    table = times(1.0)
    with pytest.raises(ValueError, match="read-only"):
        table.duration_h[0, 0, 1] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        table.distance_km[0, 0, 1] = 2.0


@pytest.mark.parametrize("field", ["duration_h", "distance_km"])
def test_tables_have_a_row_for_each_location(field: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^{field} has shape \(1, 3, 3\), expected \(1, 2, 2\)\.$"
    ):
        with_table(field, np.zeros((1, 3, 3)))


@pytest.mark.parametrize("field", ["duration_h", "distance_km"])
@pytest.mark.parametrize("bad", [-1.0, float("nan"), -INF])
def test_tables_hold_no_negative_and_no_missing_times(field: str, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"^{field} holds NaN or negative entries"):
        with_table(field, np.array([[[0.0, bad], [1.0, 0.0]]]))


def with_table(field: str, table: NDArray[np.float64]) -> TravelTimes:
    """Return travel times with another table."""
    if field == "duration_h":
        return replace(times(1.0), duration_h=table)
    return replace(times(1.0), distance_km=table)


def test_a_closure_holds_from_its_begin_until_just_before_its_end() -> None:
    noon = datetime(2016, 7, 6, 12, tzinfo=SHANGHAI)
    hour = timedelta(hours=1)
    closure = Closure(
        name="x",
        kind=ClosureKind.EDGE,
        reason="",
        edges=((1, 2),),
        from_at=noon,
        until_at=noon + 2 * hour,
    )
    assert closure.holds_between(noon - hour, noon + hour)
    assert closure.holds_between(noon + hour, noon + 5 * hour)
    assert not closure.holds_between(noon - hour, noon)
    assert not closure.holds_between(noon + 2 * hour, noon + 3 * hour)
    lasting = replace(closure, from_at=None, until_at=None)
    assert lasting.holds_between(noon - 999 * hour, noon - 998 * hour)
    assert closure.is_total
    assert not replace(closure, speed_share=0.5).is_total
    assert not replace(closure, speed_classes=("heavy",)).is_total
    assert not replace(closure, open_ways=((1, 2),)).is_total
