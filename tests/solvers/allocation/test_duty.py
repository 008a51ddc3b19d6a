import numpy as np
import pytest

from relief.supply.fleet import DutyRules
from solvers.allocation.duty import least_elapsed_s, most_driven_s, stretch_for_rests

HOUR_S = 3600.0
DUTY = DutyRules()


@pytest.mark.parametrize(
    ("drive_h", "drivers", "elapsed_min"),
    [
        (0.0, 1, 0),
        (4.0, 1, 240),  # no rest is due at four hours to the minute
        (4.5, 1, 290),  # one rest
        (8.0, 1, 500),  # still one: 4 h, rest, 4 h
        (8.5, 1, 24 * 60 + 30),  # the allowance is used up: the last half hour is tomorrow's
        (8.5, 2, 550),  # two drivers: two rests
        (16.0, 2, 1020),  # 16 h and three rests
        (17.0, 2, 25 * 60),
        (20.0, 1, 2 * 24 * 60 + 240),  # 8 + 8 + 4 h
    ],
)
def test_least_elapsed(drive_h: float, drivers: int, elapsed_min: int) -> None:
    least = least_elapsed_s(np.array([drive_h * HOUR_S]), drivers, DUTY)
    assert least[0] == elapsed_min * 60


def test_no_road_takes_for_ever() -> None:
    assert np.isinf(least_elapsed_s(np.array([np.inf]), 1, DUTY)).all()


def test_driving_within_a_span() -> None:
    span_s = np.array([-1.0, 0.0, 5.0, 12.0, 24.0, 26.0, 48.0]) * HOUR_S
    assert (most_driven_s(span_s, 1, DUTY) / HOUR_S).tolist() == [0, 0, 5, 8, 8, 10, 16]
    assert (most_driven_s(span_s, 2, DUTY) / HOUR_S).tolist() == [0, 0, 5, 12, 16, 18, 32]


def test_the_stretch_never_overstates_a_drive() -> None:
    drive_s = np.linspace(0.0, 16 * HOUR_S, 97)
    rest_s = DUTY.rest.total_seconds()
    told_s = stretch_for_rests(DUTY) * drive_s - rest_s
    assert (told_s <= least_elapsed_s(drive_s, 2, DUTY) + 1e-6).all()
