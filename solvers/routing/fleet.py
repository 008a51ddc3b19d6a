"""The trucks one by one, and the ground they drive on in whole seconds."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.units import ceil_div

METRES_PER_KM = 1_000


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
        Seconds after the start of the plan at which it can leave its base.
    """

    code: str
    kind: int
    base: int
    num_drivers: int
    ready_s: int


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
        In order of code.
    seconds
        For each class, the whole seconds from location to location, shape (classes, locations,
        locations), `UNREACHABLE_S` where there is no road.
    cost_fen
        For each class, what the way from location to location costs, of the same shape; infinite
        where there is no road. Rounded for comparing only: `leg_cost_fen` is exact.
    duty
        How long drivers may drive.
    """

    def __init__(self, situation: Situation) -> None:
        self.classes = situation.vehicle_classes
        self.location_codes = situation.travel.location_codes
        self.duty = situation.policy.duty
        kinds = {kind.code: number for number, kind in enumerate(self.classes)}
        index = situation.travel.index()
        self.trucks: tuple[Truck, ...] = tuple(
            sorted(
                (
                    Truck(
                        code=code,
                        kind=kinds[pool.class_code],
                        base=index[pool.base_code],
                        num_drivers=pool.num_drivers,
                        ready_s=max(0, ceil(pool.ready_after.total_seconds())),
                    )
                    for pool in situation.pools
                    for code in pool.vehicle_codes()
                ),
                key=lambda truck: truck.code,
            )
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
