"""What the duty rules make of driving time: two bounds that hold for every crew.

Both functions bound every timetable that keeps the rules, so that they may stand in a relaxation:
the first never overstates how long a drive takes, the second never understates how much a crew
can drive.
"""

import numpy as np
from numpy.typing import NDArray

from relief.supply.fleet import DutyRules

_DAY_S = 24 * 3600.0


def least_elapsed_s(
    drive_s: NDArray[np.float64],
    num_drivers: int,
    duty: DutyRules,
) -> NDArray[np.float64]:
    """Return the least time in which so much can be driven by a rested crew.

    Parameters
    ----------
    drive_s
        Pure driving time of any shape; ``inf`` stays ``inf``.
    num_drivers
        Drivers in the crew.
    duty
        The rules.

    Returns
    -------
    NDArray[np.float64]
        Seconds from the first metre to the last, of the shape of `drive_s`.

    Notes
    -----
    Within *k* whole days a crew drives at most *k* daily allowances, so the driving after the
    last whole allowance begins *k* days after the start at the earliest; in it, each further
    `DutyRules.continuous_drive` begun costs one rest.

    Examples
    --------
    >>> hours = np.array([4.0, 5.0, 8.0, 9.0])
    >>> (least_elapsed_s(hours * 3600, 1, DutyRules()) / 60).tolist()
    [240.0, 320.0, 500.0, 1500.0]
    """
    per_day_s = num_drivers * duty.drive_per_day_per_driver.total_seconds()
    continuous_s = duty.continuous_drive.total_seconds()
    rest_s = duty.rest.total_seconds()
    finite = np.isfinite(drive_s)
    drive = np.where(finite, drive_s, 0.0)

    def with_rests(driven_s: NDArray[np.float64]) -> NDArray[np.float64]:
        rests = np.maximum(np.ceil(driven_s / continuous_s) - 1, 0)
        elapsed_s: NDArray[np.float64] = driven_s + rests * rest_s
        return elapsed_s

    days = np.maximum(np.ceil(drive / per_day_s) - 1, 0)
    elapsed = np.maximum(
        with_rests(drive),
        days * _DAY_S + with_rests(drive - days * per_day_s),
    )
    least: NDArray[np.float64] = np.where(finite, elapsed, np.inf)
    return least


def most_driven_s(
    span_s: NDArray[np.float64],
    num_drivers: int,
    duty: DutyRules,
) -> NDArray[np.float64]:
    """Return the most that a rested crew can drive within a span, rests of the day left out.

    Examples
    --------
    >>> (most_driven_s(np.array([6.0, 12.0, 30.0]) * 3600, 1, DutyRules()) / 3600).tolist()
    [6.0, 8.0, 14.0]
    """
    per_day_s = num_drivers * duty.drive_per_day_per_driver.total_seconds()
    span = np.maximum(span_s, 0.0)
    days = np.floor(span / _DAY_S)
    driven: NDArray[np.float64] = days * per_day_s + np.minimum(span - days * _DAY_S, per_day_s)
    return driven


def stretch_for_rests(duty: DutyRules) -> float:
    """Return the hours that an hour of driving takes on a long run, rests included.

    Driving *D* needs at least ``D / continuous_drive - 1`` rests, so elapsed time is at least this
    stretch times *D*, less one rest.
    """
    return 1 + duty.rest / duty.continuous_drive
