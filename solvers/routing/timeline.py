"""What each truck does when: trips one after another under the rules of duty."""

from dataclasses import dataclass, field
from typing import Self

from relief.plan.travel import UNREACHABLE_S
from solvers.routing.demand import Load
from solvers.routing.duty import DriveRests, DutyClock
from solvers.routing.fleet import Fleet, Truck

MOST_WAITS = 200
"""Waits of a rest's length that are tried before a flight: more than fill a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrip:
    """One trip without its times.

    Parameters
    ----------
    depots
        Where to load, in driving order; each once, at least one unless all is on board already.
    drops
        What to unload where, grouped by stop in driving order: the loads of one stop go to the
        same place.
    not_before_s
        Work at each stop begins no earlier; empty where no limit makes the truck wait. The same
        trip with other waits is the same errand: waits are not compared.
    leave_s
        The truck leaves its last depot, or where it has its goods on board, no earlier: it waits
        for others of its convoy. Not compared either.
    """

    depots: tuple[int, ...]
    drops: tuple[tuple[Load, ...], ...]
    not_before_s: tuple[int, ...] = field(default=(), compare=False)
    leave_s: int = field(default=0, compare=False)

    @property
    def loads(self) -> tuple[Load, ...]:
        """All loads of the trip."""
        return tuple(load for drop in self.drops for load in drop)

    def ready_s(self, depot: int) -> int:
        """Return when the last of what a depot gives to the trip is ready."""
        return max((load.ready_s for load in self.loads if load.depot == depot), default=0)

    @property
    def locations(self) -> tuple[int, ...]:
        """All stops in driving order."""
        return (*self.depots, *(drop[0].place for drop in self.drops))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStop:
    """When a truck gets to a stop, in seconds after the start of the plan.

    Parameters
    ----------
    origin, location
        Where the leg begins and ends.
    depart_s, drive_s, rests
        The leg: departure, pure driving, rests on it.
    arrive_s
        Arrival; before `begin_s` where goods are not ready yet.
    begin_s, end_s
        Begin and end of loading or unloading.
    """

    origin: int
    location: int
    depart_s: int
    drive_s: int
    rests: DriveRests
    arrive_s: int
    begin_s: int
    end_s: int


class Timeline:
    """What one truck does, appended trip by trip.

    Parameters
    ----------
    fleet
        Gives the seconds, classes and duty rules.
    truck
        The truck, which begins at its base when it is ready, or where it is if it is under way.
    """

    __slots__ = ("_fleet", "_legs_fen", "clock", "drop_ends_s", "location", "trips", "truck")

    def __init__(self, fleet: Fleet, truck: Truck) -> None:
        self._fleet = fleet
        self.truck = truck
        self.clock = DutyClock(
            truck.ready_s, truck.num_drivers, fleet.duty, fleet.night_s[truck.kind]
        )
        self.location = truck.base
        if truck.start is not None:
            self.clock.resume(truck.start.drives_s, truck.start.continuous_s)
            self.location = truck.start.location
        self.trips: tuple[PlannedTrip, ...] = ()
        self.drop_ends_s: tuple[tuple[int, ...], ...] = ()
        self._legs_fen = 0

    def copy(self) -> Self:
        """Return a timeline in the same state that goes on by itself."""
        other = self.__class__.__new__(self.__class__)
        other._fleet = self._fleet  # noqa: SLF001 - another timeline of this class
        other.truck = self.truck
        other.clock = self.clock.copy()
        other.location = self.location
        other.trips = self.trips
        other.drop_ends_s = self.drop_ends_s
        other._legs_fen = self._legs_fen  # noqa: SLF001
        return other

    @property
    def cost_fen(self) -> int:
        """What the trips and all legs cost, the way home included; 0 for an idle truck."""
        if not self.trips:
            return 0
        kind, base = self.truck.kind, self.truck.base
        home_fen = self._fleet.leg_cost_fen(kind, self.location, base)
        trips_fen = len(self.trips) * self._fleet.classes[kind].cost_fen_per_trip
        return self._legs_fen + home_fen + trips_fen

    def append(self, trip: PlannedTrip) -> tuple[int, ...] | None:
        """Drive a trip after all others.

        Returns
        -------
        tuple[int, ...] or None
            When each drop is unloaded; None, and the timeline is spoilt, if a road is missing,
            be it the one home from the last stop.
        """
        stops = self.drive(trip)
        kind, base = self.truck.kind, self.truck.base
        if stops is None or self._fleet.drive_s(kind, self.location, base) >= UNREACHABLE_S:
            return None
        ends_s = tuple(stop.end_s for stop in stops[len(trip.depots) :])
        self.trips = (*self.trips, trip)
        self.drop_ends_s = (*self.drop_ends_s, ends_s)
        return ends_s

    def drive(self, trip: PlannedTrip) -> tuple[TimedStop, ...] | None:
        """Drive a trip and return its stops with all times, None if a road is missing."""
        kind = self._fleet.classes[self.truck.kind]
        stops = []
        for number, location in enumerate(trip.locations):
            from_s = trip.not_before_s[number] if trip.not_before_s else 0
            if number < len(trip.depots):
                stop = self._go(location, kind.load_s, max(from_s, trip.ready_s(location)))
            else:
                if number == len(trip.depots):
                    self.clock.wait(trip.leave_s)
                stop = self._go(location, kind.unload_s, from_s, comes_back=True)
            if stop is None:
                return None
            stops.append(stop)
        return tuple(stops)

    def go_home(self) -> TimedStop | None:
        """Drive back to the base; None if there is no road."""
        return self._go(self.truck.base, 0)

    def _go(
        self, location: int, work_s: int, ready_s: int = 0, *, comes_back: bool = False
    ) -> TimedStop | None:
        drive_s = self._fleet.drive_s(self.truck.kind, self.location, location)
        if drive_s >= UNREACHABLE_S:
            return None
        if not self._waits_for_day(drive_s, drive_s + work_s if comes_back else 0):
            return None
        if not self._fleet.hours.is_always_open:
            self._wait_for_road(location, drive_s)
        origin = self.location
        self._legs_fen += self._fleet.leg_cost_fen(self.truck.kind, origin, location)
        depart_s = self.clock.now_s
        rests = self.clock.drive(drive_s)
        arrive_s = self.clock.now_s
        self.clock.wait(ready_s)
        begin_s = self.clock.now_s
        self.clock.work(work_s)
        self.location = location
        return TimedStop(
            origin=origin,
            location=location,
            depart_s=depart_s,
            drive_s=drive_s,
            rests=rests,
            arrive_s=arrive_s,
            begin_s=begin_s,
            end_s=self.clock.now_s,
        )

    def _wait_for_road(self, location: int, drive_s: int) -> None:
        """Stand until a way can be driven whole, rests included, outside the hours of closures."""
        for begin_s, end_s in self._fleet.hours.spans(self.truck.kind, self.location, location):
            trial = self.clock.copy()
            depart_s = trial.now_s
            trial.drive(drive_s)
            if depart_s < end_s and begin_s < trial.now_s:
                self.clock.wait(end_s)

    def _waits_for_day(self, drive_s: int, after_s: int) -> bool:
        """Let a helicopter wait until it can fly a leg by day and without a rest in the air.

        Parameters
        ----------
        drive_s
            The flight.
        after_s
            Daylight that is needed after it: to unload and fly back from a place.

        Returns
        -------
        bool
            Whether there is such a time; always true for what does not fly.
        """
        daylight = self._fleet.flies_by[self.truck.kind]
        if daylight is None or drive_s == 0:
            return True
        rest_s = int(self._fleet.duty.rest.total_seconds())
        for _ in range(MOST_WAITS):
            depart_s = daylight.departure_s(self.clock.now_s, drive_s + after_s)
            if depart_s is None:
                return False
            self.clock.wait(depart_s)
            if not self.clock.copy().drive(drive_s):
                return True
            self.clock.wait(self.clock.now_s + rest_s)
        return False
