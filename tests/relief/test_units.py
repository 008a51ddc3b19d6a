"""Units, instants and small arithmetic."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.units import SHANGHAI, ceil_div, hours, in_utc


def test_hubei_has_no_summer_time_in_our_years() -> None:
    # Eight hours ahead in winter and summer of the events that we replay.
    for instant in (datetime(2016, 7, 6, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)):
        assert instant.astimezone(SHANGHAI).utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize("zone", [SHANGHAI, timezone(timedelta(hours=8))])
def test_an_instant_is_the_same_in_utc(zone: timezone) -> None:
    local = datetime(2016, 7, 6, 8, tzinfo=zone)
    assert in_utc(local) == local
    assert in_utc(local).isoformat() == "2016-07-06T00:00:00+00:00"


def test_a_bare_clock_time_is_refused() -> None:
    bare = datetime(2016, 7, 6, 8)  # noqa: DTZ001 - a bare time is the point
    with pytest.raises(
        ValueError,
        match=(
            r"^Instant 2016-07-06T08:00:00 has no offset; write it with one, for example "
            r"2016-07-06T08:00:00\+08:00\.$"
        ),
    ):
        in_utc(bare)


def test_durations_in_hours() -> None:
    assert hours(timedelta(minutes=45)) == 0.75
    assert hours(timedelta(days=-1)) == -24


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_division_rounds_up_exactly(numerator: int, denominator: int) -> None:
    quotient = ceil_div(numerator, denominator)
    assert quotient - 1 < Fraction(numerator, denominator) <= quotient
