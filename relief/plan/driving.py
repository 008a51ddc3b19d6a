"""What a crew has driven: kept up leg by leg, so that its duty clock goes on and is never set back.

Driving is taken as planned, moved by the delay of the leg; how a delay was spent (in a jam, or
standing) is not known, so that it counts neither as driving nor as a rest.
"""

from datetime import datetime, timedelta
from typing import Self

from relief.plan.routes import Leg
from relief.plan.under_way import DriveSpan, VehicleUnderWay
from relief.supply.fleet import DutyRules

DAY = timedelta(hours=24)
NO_TIME = timedelta(0)


class DrivingRecord:
    """The driving of one vehicle.

    Parameters
    ----------
    duty
        Says how long a stop must last to be a rest.
    """

    def __init__(self, duty: DutyRules) -> None:
        self._least_rest = duty.rest
        self._drives: list[DriveSpan] = []
        self._continuous = NO_TIME
        self._still_from: datetime | None = None

    @classmethod
    def of(cls, state: VehicleUnderWay | None, duty: DutyRules) -> Self:
        """Return the record of a vehicle as it was last known."""
        record = cls(duty)
        if state is not None:
            record._drives = list(state.drives)
            record._continuous = state.continuous_drive
            record._still_from = state.free_at
        return record

    def drive(self, leg: Leg, late_by: timedelta) -> None:
        """Drive a whole leg."""
        self.drive_until(leg, late_by, leg.arrive_at + late_by)

    def drive_until(self, leg: Leg, late_by: timedelta, until: datetime) -> None:
        """Drive a leg as far as one gets by an instant."""
        clock = leg.depart_at + late_by
        driven = NO_TIME
        for rest in leg.rests:
            clock = self._roll(clock, rest.after_drive - driven, until)
            driven = max(driven, rest.after_drive)
            clock += rest.duration
        clock = self._roll(clock, leg.drive - driven, until)
        self._still_from = self._still_from if leg.drive == NO_TIME else min(clock, until)

    def _roll(self, begin_at: datetime, drive: timedelta, until: datetime) -> datetime:
        end_at = begin_at + drive
        stop_at = min(end_at, until)
        if stop_at > begin_at:
            if self._still_from is not None and begin_at - self._still_from >= self._least_rest:
                self._continuous = NO_TIME
            self._drives.append(DriveSpan(begin_at=begin_at, end_at=stop_at))
            self._continuous += stop_at - begin_at
            self._still_from = stop_at
        return end_at

    def work(self, begin_at: datetime, end_at: datetime) -> None:
        """Load or unload, which is no rest; standing before it may have been one."""
        if self._still_from is not None and begin_at - self._still_from >= self._least_rest:
            self._continuous = NO_TIME
        self._still_from = max(end_at, self._still_from or end_at)

    def at(
        self, free_at: datetime, *, stood_from: datetime
    ) -> tuple[tuple[DriveSpan, ...], timedelta]:
        """Return the driving of the last 24 hours, and that since the last rest.

        Parameters
        ----------
        free_at
            The instant.
        stood_from
            Since when the vehicle has been standing idle; not before `free_at` if it has not.
        """
        rested = free_at - stood_from >= self._least_rest
        drives = tuple(
            DriveSpan(begin_at=drive.begin_at, end_at=min(drive.end_at, free_at))
            for drive in self._drives
            if drive.end_at > free_at - DAY and drive.begin_at < free_at
        )
        driven = sum((drive.end_at - drive.begin_at for drive in drives), NO_TIME)
        return drives, NO_TIME if rested else min(self._continuous, driven)
