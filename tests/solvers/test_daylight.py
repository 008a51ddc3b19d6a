from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.supply.fleet import CarrierRules
from relief.units import SHANGHAI
from solvers.daylight import Daylight

HOUR_S = 3_600
EVENING = datetime(2021, 8, 12, 20, tzinfo=SHANGHAI)
MORNING = datetime(2021, 8, 12, 8, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start_at", "from_h", "needed_h", "departure_h"),
    [
        # 20:00: the next day begins at 6:00, ten hours on.
        (EVENING, 0, 1, 10),
        (EVENING, 10, 1, 10),
        # 17:30 leaves an hour until 18:30, 17:31 does not.
        (EVENING, 21.5, 1, 21.5),
        (EVENING, 21.5 + 1 / 60, 1, 34),
        (MORNING, 0, 10.5, 0),
        (MORNING, 0, 11, 22),
    ],
)
def test_flights_wait_for_the_day(
    start_at: datetime, from_h: float, needed_h: float, departure_h: float
) -> None:
    day = Daylight(start_at, CarrierRules())
    found = day.departure_s(round(from_h * HOUR_S), round(needed_h * HOUR_S))
    assert found == round(departure_h * HOUR_S)


def test_no_day_is_long_enough() -> None:
    # From 6:00 to 18:30
    day = Daylight(MORNING, CarrierRules())
    assert day.departure_s(0, round(12.5 * HOUR_S)) == 22 * HOUR_S
    assert day.departure_s(0, round(12.5 * HOUR_S) + 1) is None


def test_who_flies_at_night_waits_for_nothing() -> None:
    day = Daylight(EVENING, CarrierRules(flies_at_night=True))
    assert day.is_endless
    assert day.departure_s(7, 30 * HOUR_S) == 7
    np.testing.assert_array_equal(day.light_s(np.array([1.0, 5.0])), [1.0, 5.0])


def test_daylight_adds_up() -> None:
    day = Daylight(EVENING, CarrierRules())
    light = day.light_s(np.array([0.0, 10, 12, 22.5, 34, 36]) * HOUR_S) / HOUR_S
    np.testing.assert_allclose(light - light[0], [0, 0, 2, 12.5, 12.5, 14.5])


@given(
    from_s=st.integers(min_value=0, max_value=100 * HOUR_S),
    needed_s=st.integers(min_value=0, max_value=12 * HOUR_S),
    start_s=st.integers(min_value=0, max_value=86_399),
)
def test_a_flight_lies_within_a_day_and_no_sooner_one_does(
    from_s: int, needed_s: int, start_s: int
) -> None:
    rules = CarrierRules()
    start_at = datetime(2021, 8, 12, tzinfo=SHANGHAI) + timedelta(seconds=start_s)
    day = Daylight(start_at, rules)
    found = day.departure_s(from_s, needed_s)
    assert found is not None
    assert found >= from_s

    def is_by_day(depart_s: int) -> bool:
        depart = start_at + timedelta(seconds=depart_s)
        midnight = depart.replace(hour=0, minute=0, second=0)
        end = depart + timedelta(seconds=needed_s)
        return rules.day_begins <= depart - midnight and end - midnight <= rules.day_ends

    assert is_by_day(found)
    if found > from_s:
        assert not is_by_day(from_s)
        assert not is_by_day(found - 1)
