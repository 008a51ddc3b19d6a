"""Which truck drives when with what: the result of the routing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from relief.plan.allocation import Allocation, Consignment, ShortfallReason
from relief.plan.outcome import SolveReport
from relief.plan.situation import Situation


class StopKind(StrEnum):
    """What happens at a stop."""

    LOAD = "load"
    DELIVER = "deliver"
    HAND_OVER = "hand-over"
    """Goods are unloaded at a hub, where other vehicles load them once they are handled."""
    RETURN = "return"
    """The truck is back at its base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A rest of the driver on a leg.

    Parameters
    ----------
    after_drive
        Driving done on this leg before the rest.
    duration
        How long the truck stands.
    """

    after_drive: timedelta
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A drive from one location to another.

    ``arrive_at - depart_at == drive + sum of rests``; a rest may come before the first metre
    (``after_drive`` zero) or after the last one.

    Parameters
    ----------
    from_code, to_code
        The locations; the same code and no driving where the truck stays.
    depart_at, arrive_at
        Begin and end.
    drive
        Pure driving time, at least the travel time of the speed class in whole seconds.
    rests
        In order of `Rest.after_drive`.
    """

    from_code: str
    to_code: str
    depart_at: datetime
    arrive_at: datetime
    drive: timedelta
    rests: tuple[Rest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLine:
    """Pieces of a lot loaded or unloaded at a stop."""

    lot_code: str
    item_code: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop of a truck, with the leg that brings it there.

    Parameters
    ----------
    kind
        What happens.
    location_code
        The depot or place; for a hand-over the hub.
    leg
        The drive from the stop before, or from the base for the first stop of the first trip.
    begin_at, end_at
        Begin and end of loading or unloading; ``leg.arrive_at <= begin_at``. A delivery counts as
        arrived at `end_at`. The truck may wait between `end_at` and the next leg's departure.
    lines
        What is loaded or unloaded; empty for a return.
    """

    kind: StopKind
    location_code: str
    leg: Leg
    begin_at: datetime
    end_at: datetime
    lines: tuple[StopLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """From loading to the last delivery: one waybill (调拨单).

    Parameters
    ----------
    number
        The waybill number: loading depot, ``DB``, serial.
    stops
        One or more loads, then one or more deliveries or hand-overs, in driving order. What is
        loaded is unloaded within the trip.
    """

    number: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRoute:
    """All trips of one truck, in order, and its way home.

    Parameters
    ----------
    vehicle_code
        One of `VehiclePool.vehicle_codes`.
    class_code, base_code, num_drivers
        As in its pool.
    trips
        In order of time.
    home
        The return to the base after the last trip; the horizon does not bind it.
    """

    vehicle_code: str
    class_code: str
    base_code: str
    num_drivers: int
    trips: tuple[Trip, ...]
    home: Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """Pieces of a consignment that no truck could carry in time."""

    consignment: Consignment
    pieces: int
    reason: ShortfallReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """An answer of a router.

    Every piece of every consignment is either on a trip, unloaded at its place by the end of the
    consignment's window (or later, when the router could do no better within the horizon), or
    listed as undelivered.
    """

    vehicle_routes: tuple[VehicleRoute, ...]
    undelivered: tuple[Undelivered, ...]
    report: SolveReport


class Router(Protocol):
    """Something that puts consignments on trucks. Built with its limits, seed and progress."""

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return routes. What cannot be carried is part of the answer, never an error."""
        ...
