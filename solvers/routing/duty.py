"""Driver duty: where rests fall on a drive that is to end as early as possible."""

from datetime import datetime, timedelta
from typing import Self

from relief.supply.fleet import DutyRules
from relief.units import SHANGHAI

DAY_S = 24 * 3_600
SECOND = timedelta(seconds=1)
SHORTEST_DRIVE_S = 1_800
"""A driver is not sent off for less than this when the rest of the leg must wait anyway."""

DriveRests = tuple[tuple[int, int], ...]
"""Rests on one leg: seconds driven on it before the rest, and seconds of rest."""


class DutyClock:
    """The clock of one truck and what its drivers have driven.

    Driving is put as early as the rules allow: a rest is taken only when the next second of
    driving would break one. Since cumulative driving is then the largest possible at every
    instant, no other placing of rests arrives earlier (up to the rounding of very short drives,
    see `SHORTEST_DRIVE_S`, and of waits to the shortest rest).

    Parameters
    ----------
    now_s
        Seconds after the start of the plan at which the truck is ready.
    num_drivers
        Drivers in the truck.
    rules
        How long drivers may drive. Standing to load or unload is no rest; before `now_s` the
        drivers have rested.
    night_s
        Begin of a night in which nobody drives, in seconds after the start of the plan, and how
        long it is; that of every other day follows. None where it does not matter.
    """

    __slots__ = ("_driven_s", "_drives", "_night_s", "_rules", "continuous_s", "now_s")

    def __init__(
        self,
        now_s: int,
        num_drivers: int,
        rules: DutyRules,
        night_s: tuple[int, int] | None = None,
    ) -> None:
        self._night_s = night_s
        self.now_s = now_s
        self.continuous_s = 0
        self._rules = (
            int(rules.continuous_drive.total_seconds()),
            int(rules.rest.total_seconds()),
            int(rules.drive_per_day_per_driver.total_seconds()) * num_drivers,
        )
        self._drives: list[tuple[int, int]] = []
        self._driven_s = 0
        """Of all drives that are kept: at least what was driven in the last day."""

    def resume(self, drives_s: tuple[tuple[int, int], ...], continuous_s: int) -> None:
        """Count driving that was done before.

        Parameters
        ----------
        drives_s
            Begin and end of it, in seconds after the start of the plan, in order, all before now.
        continuous_s
            Driving since the last rest.
        """
        self._drives = list(drives_s)
        self._driven_s = sum(end - begin for begin, end in drives_s)
        self.continuous_s = continuous_s

    def copy(self) -> Self:
        """Return a clock in the same state that runs on its own."""
        other = self.__class__.__new__(self.__class__)
        other.now_s = self.now_s
        other.continuous_s = self.continuous_s
        other._rules = self._rules  # noqa: SLF001 - another clock of this class
        other._night_s = self._night_s  # noqa: SLF001
        other._drives = self._drives.copy()  # noqa: SLF001
        other._driven_s = self._driven_s  # noqa: SLF001
        return other

    @property
    def driven_last_day_s(self) -> int:
        """Driving in the 24 hours up to now."""
        since = self.now_s - DAY_S
        return sum(end - max(begin, since) for begin, end in self._drives if end > since)

    def work(self, seconds: int) -> None:
        """Let the crew load or unload, which is neither driving nor rest."""
        self.now_s += seconds

    def wait(self, until_s: int) -> None:
        """Let the truck stand idle until an instant; standing for a whole rest is a rest."""
        if until_s - self.now_s >= self._rules[1]:
            self.continuous_s = 0
        self.now_s = max(self.now_s, until_s)

    def drive(self, drive_s: int) -> DriveRests:
        """Drive, resting where the rules ask for it, and move the clock to the arrival.

        Parameters
        ----------
        drive_s
            Pure driving, >= 0.

        Returns
        -------
        DriveRests
            The rests, in order; the arrival is `now_s` afterwards.
        """
        continuous_limit_s, rest_s, _ = self._rules
        rests: list[tuple[int, int]] = []
        done_s = 0
        while done_s < drive_s:
            left_s = drive_s - done_s
            until_night_s, stand_s = self._night()
            if stand_s:
                rests.append((done_s, stand_s))
                self.wait(self.now_s + stand_s)
                continue
            stretch_s = min(left_s, continuous_limit_s - self.continuous_s)
            if stretch_s > 0:
                stretch_s = min(stretch_s, until_night_s)
                allowed_s = self._allowance_s(self.now_s, stretch_s)
                worth_it = allowed_s >= min(left_s, SHORTEST_DRIVE_S)
                stretch_s = allowed_s if worth_it or allowed_s == stretch_s else 0
            if stretch_s > 0:
                self._append(stretch_s)
                done_s += stretch_s
            else:
                stand_s = self._resume_s(self.now_s + rest_s, left_s) - self.now_s
                rests.append((done_s, stand_s))
                self.now_s += stand_s
                self.continuous_s = 0
        return tuple(rests)

    def _night(self) -> tuple[int, int]:
        """Return the seconds until the next night, and how long this one lasts, 0 by day."""
        if self._night_s is None:
            return DAY_S, 0
        since_s = (self.now_s - self._night_s[0]) % DAY_S
        return DAY_S - since_s, max(0, self._night_s[1] - since_s)

    def _append(self, stretch_s: int) -> None:
        begin = self.now_s
        self.now_s += stretch_s
        self.continuous_s += stretch_s
        # Driving that ended more than a day ago can be in no window that is still open.
        horizon = begin - DAY_S
        if self._drives and self._drives[0][1] < horizon:
            self._drives = [drive for drive in self._drives if drive[1] >= horizon]
            self._driven_s = sum(end - start for start, end in self._drives)
        self._driven_s += stretch_s
        if self._drives and self._drives[-1][1] == begin:
            self._drives[-1] = (self._drives[-1][0], self.now_s)
        else:
            self._drives.append((begin, self.now_s))

    def _allowance_s(self, at_s: int, wanted_s: int) -> int:
        """Return how long of `wanted_s` may be driven without a break from `at_s` on.

        The window of 24 hours moves along: where its tail leaves driving behind, driving at its
        head costs nothing; elsewhere it uses up what is free.
        """
        if self._rules[2] - self._driven_s >= wanted_s:
            return wanted_s
        tail = at_s - DAY_S
        free_s = self._rules[2]
        for begin, end in self._drives:
            if end > tail:
                free_s -= end - max(begin, tail)
        if free_s >= wanted_s:
            return wanted_s
        allowed_s = 0
        for begin, end in self._drives:
            if end <= tail:
                continue
            gap_s = begin - (tail + allowed_s)
            if gap_s > free_s:
                break
            free_s -= max(gap_s, 0)
            allowed_s = end - tail
            if allowed_s >= wanted_s:
                return wanted_s
        return min(wanted_s, allowed_s + max(free_s, 0))

    def _resume_s(self, earliest_s: int, left_s: int) -> int:
        """Return when driving can go on, not before `earliest_s`, for a worthwhile stretch."""
        wanted_s = min(left_s, SHORTEST_DRIVE_S)
        if self._allowance_s(earliest_s, wanted_s) >= wanted_s:
            return earliest_s
        # Room comes back when the tail of the day's window meets driving again.
        for begin, end in self._drives:
            for instant in (begin + DAY_S, end + DAY_S):
                if instant > earliest_s and self._allowance_s(instant, wanted_s) >= wanted_s:
                    return instant
        return earliest_s + DAY_S


def night_of(start_at: datetime, rules: DutyRules) -> tuple[int, int] | None:
    """Return when a night begins in which no truck drives, and how long it is.

    Parameters
    ----------
    start_at
        Start of the plan.
    rules
        The rules of duty.

    Returns
    -------
    tuple[int, int] or None
        Seconds after the start, rounded down, and seconds; None where trucks drive at any hour.
    """
    if not rules.has_night:
        return None
    local = start_at.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    begins_s = (midnight + rules.night_begins - local) // SECOND
    ends_s = -((local - midnight - rules.night_ends) // SECOND)
    return begins_s, ends_s - begins_s
