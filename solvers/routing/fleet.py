"""The trucks one by one, and the ground they drive on in whole seconds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

import numpy as np

from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import Mode
from relief.units import ceil_div
from solvers.daylight import Daylight
from solvers.routing.duty import night_of
from solvers.routing.road_hours import RoadHours

METRES_PER_KM = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckStart:
    """Where a truck under way is free, and what its drivers have driven by then.

    Parameters
    ----------
    location
        Location index.
    drives_s
        Begin and end of their driving in the 24 hours before, in seconds after the start.
    continuous_s
        Driving since the last rest.
    """

    location: int
    drives_s: tuple[tuple[int, int], ...]
    continuous_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Truck:
    """One truck.

    Parameters
    ----------
    code
        As in `VehiclePool.vehicle_codes`.
    kind
        Index of its class in `Fleet.classes`.
    base
        Location index of its base.
    num_drivers
        Drivers in it.
    ready_s
        Seconds after the start of the plan at which it can leave its base, or wherever it is.
    start
        Where it is if it is under way; None if it stands at its base.
    """

    code: str
    kind: int
    base: int
    num_drivers: int
    ready_s: int
    start: TruckStart | None = None


def _trucks(
    situation: Situation, kinds: Mapping[str, int], index: Mapping[str, int]
) -> Iterator[Truck]:
    """Yield every truck that can drive: from its base, or from where it is if it is under way."""
    under_way = {vehicle.vehicle_code: vehicle for vehicle in situation.under_way}

    def after_start_s(instant: datetime) -> int:
        return ceil((instant - situation.start_at).total_seconds())

    now_s = 0 if situation.as_of is None else after_start_s(situation.as_of)
    for pool in situation.free_pools():
        for code in pool.vehicle_codes():
            vehicle = under_way.get(code)
            if vehicle is not None and vehicle.is_broken_down:
                continue
            truck = Truck(
                code=code,
                kind=kinds[pool.class_code],
                base=index[pool.base_code],
                num_drivers=pool.num_drivers,
                ready_s=max(0, now_s, ceil(pool.ready_after.total_seconds())),
            )
            if vehicle is not None:
                start = TruckStart(
                    location=index[vehicle.location_code],
                    drives_s=tuple(
                        (after_start_s(drive.begin_at), after_start_s(drive.end_at))
                        for drive in vehicle.drives
                    ),
                    continuous_s=ceil(vehicle.continuous_drive.total_seconds()),
                )
                truck = replace(truck, ready_s=after_start_s(vehicle.free_at), start=start)
            yield truck


class Fleet:
    """All trucks of a situation with their classes and the seconds between locations.

    Parameters
    ----------
    situation
        Gives pools, classes, travel times and duty rules.

    Attributes
    ----------
    classes
        The vehicle classes.
    trucks
        In order of code; those that have broken down are left out.
    seconds
        For each class, the whole seconds from location to location, shape (classes, locations,
        locations), `UNREACHABLE_S` where there is no road.
    cost_fen
        For each class, what the way from location to location costs, of the same shape; infinite
        where there is no road. Rounded for comparing only: `leg_cost_fen` is exact.
    duty
        How long drivers may drive.
    night_s
        For each class, the nights in which it does not drive, see `solvers.routing.duty.night_of`.
    flies_by
        For each class, the daylight that it needs; None for what goes at any hour.
    hours
        When which ways cannot be driven.
    """

    def __init__(self, situation: Situation) -> None:
        self.classes = situation.vehicle_classes
        self.location_codes = situation.travel.location_codes
        self.duty = situation.policy.duty
        night_s = night_of(situation.start_at, self.duty)
        self.night_s = tuple(night_s if kind.mode is Mode.ROAD else None for kind in self.classes)
        daylight = Daylight(situation.start_at, situation.policy.carriers)
        self.flies_by = tuple(daylight if kind.mode is Mode.AIR else None for kind in self.classes)
        self.hours = RoadHours(situation)
        kinds = {kind.code: number for number, kind in enumerate(self.classes)}
        index = situation.travel.index()
        self.trucks: tuple[Truck, ...] = tuple(
            sorted(_trucks(situation, kinds, index), key=lambda truck: truck.code)
        )
        by_speed = dict(
            zip(situation.travel.speed_classes, situation.travel.seconds(), strict=True)
        )
        self.seconds = np.stack([by_speed[kind.speed_class] for kind in self.classes])
        tables = {speed: table.tolist() for speed, table in by_speed.items()}
        self._tables: list[list[list[int]]] = [tables[kind.speed_class] for kind in self.classes]
        metres = dict(zip(situation.travel.speed_classes, situation.travel.metres(), strict=True))
        self.cost_fen = np.stack(
            [
                np.where(
                    metres[kind.speed_class] < UNREACHABLE_S,
                    metres[kind.speed_class] * (kind.cost_fen_per_km / METRES_PER_KM),
                    np.inf,
                )
                for kind in self.classes
            ]
        )
        metre_tables = {speed: table.tolist() for speed, table in metres.items()}
        self._metres: list[list[list[int]]] = [
            metre_tables[kind.speed_class] for kind in self.classes
        ]

    def drive_s(self, kind: int, origin: int, destination: int) -> int:
        """Return the seconds a class of truck drives, `UNREACHABLE_S` without a road."""
        return self._tables[kind][origin][destination]

    def leg_cost_fen(self, kind: int, origin: int, destination: int) -> int:
        """Return what a leg costs, rounded up to a whole fen."""
        metres = self._metres[kind][origin][destination]
        return ceil_div(metres * self.classes[kind].cost_fen_per_km, METRES_PER_KM)

    def has_road(self, origin: int, destination: int) -> bool:
        """Return whether a truck of any class can get from one location to another."""
        return any(
            self.drive_s(kind, origin, destination) < UNREACHABLE_S
            for kind in range(len(self.classes))
        )
