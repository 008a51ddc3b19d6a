"""Daylight by a clock in Hubei, in seconds after the start of a plan: when helicopters may fly."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from relief.supply.fleet import CarrierRules
from relief.units import SHANGHAI

_DAY_S = 24 * 3_600
_SECOND = timedelta(seconds=1)


class Daylight:
    """The days of a plan.

    Parameters
    ----------
    start_at
        Start of the plan, to which all seconds refer.
    rules
        When the day begins and ends, and whether that matters.
    """

    __slots__ = ("_begins_s", "_length_s")

    def __init__(self, start_at: datetime, rules: CarrierRules) -> None:
        local = start_at.astimezone(SHANGHAI)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if rules.flies_at_night:
            self._begins_s, self._length_s = 0, _DAY_S
        else:
            # Rounded inwards, for a plan may start between two seconds.
            self._begins_s = -((local - midnight - rules.day_begins) // _SECOND)
            ends_s = (rules.day_ends - (local - midnight)) // _SECOND
            self._length_s = ends_s - self._begins_s

    @property
    def is_endless(self) -> bool:
        """Whether every hour may be flown in."""
        return self._length_s >= _DAY_S

    def departure_s(self, from_s: int, needed_s: int) -> int | None:
        """Return the first instant, not before `from_s`, with so much daylight after it.

        Parameters
        ----------
        from_s
            Seconds after the start.
        needed_s
            Daylight that is needed without a break.

        Returns
        -------
        int or None
            Seconds after the start; None if no day is so long.

        Examples
        --------
        >>> day = Daylight(datetime(2021, 8, 12, 20, tzinfo=SHANGHAI), CarrierRules())
        >>> day.departure_s(0, 3_600), day.departure_s(22 * 3_600, 3_600)
        (36000, 122400)
        """
        if self.is_endless:
            return from_s
        if needed_s > self._length_s:
            return None
        into_s = (from_s - self._begins_s) % _DAY_S
        if into_s + needed_s <= self._length_s:
            return from_s
        return from_s - into_s + _DAY_S

    def light_s(self, until_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the daylight from the first dawn before the start until instants.

        Differences of it are the daylight between two instants. Any shape; finite.
        """
        if self.is_endless:
            return until_s
        since_dawn_s = until_s - (self._begins_s % _DAY_S - _DAY_S)
        days = np.floor(since_dawn_s / _DAY_S)
        light: NDArray[np.float64] = days * self._length_s + np.minimum(
            since_dawn_s - days * _DAY_S, self._length_s
        )
        return light
