"""The fleet: classes of trucks, and where how many of them stand."""

from dataclasses import dataclass
from datetime import timedelta

from relief.places import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleClass:
    """A class of truck, named by its box length.

    Parameters
    ----------
    code
        For example ``truck-9.6``.
    name_zh, name_en
        The names.
    payload_g, volume_cm3
        What it may carry.
    speed_class
        The class under which the travel times know it.
    load_s, unload_s
        Planning times at a depot for one loading, and at a stop for one unloading.
    cost_fen_per_km, cost_fen_per_trip
        Planning costs, empty and loaded kilometres alike.
    source
        Where the figures come from.
    """

    code: str
    name_zh: str
    name_en: str
    payload_g: int
    volume_cm3: int
    speed_class: str
    load_s: int
    unload_s: int
    cost_fen_per_km: int
    cost_fen_per_trip: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VehiclePool:
    """Trucks of one class that stand at one base.

    Parameters
    ----------
    base_code
        The depot at which they stand; they may load at others.
    class_code
        Their class.
    num_vehicles
        How many.
    num_drivers
        Drivers in each truck, 1 or 2.
    carrier_zh, carrier_en
        Who runs them.
    ready_after
        From the order to the moment when the trucks can leave their base.
    evidence, source
        Whether the pool is published or modelled, and by which rule.
    """

    base_code: str
    class_code: str
    num_vehicles: int
    num_drivers: int
    carrier_zh: str
    carrier_en: str
    ready_after: timedelta
    evidence: Evidence
    source: str

    def vehicle_codes(self) -> tuple[str, ...]:
        """Return the code of each truck: base, class and a running number.

        The number of drivers is part of the code, because one base may have the same class with
        one driver and with two.
        """
        stem = f"{self.base_code}/{self.class_code}/{self.num_drivers}"
        return tuple(f"{stem}/{i:03d}" for i in range(1, self.num_vehicles + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRules:
    """How long drivers may drive.

    Parameters
    ----------
    continuous_drive
        The longest driving without a rest (实施条例 article 62: four hours).
    rest
        The shortest stop that counts as a rest (article 62: twenty minutes). Loading and
        unloading do not count as rest.
    drive_per_day_per_driver
        Driving allowed to one driver in any 24 hours; a crew may drive this times its number of
        drivers, changing at the wheel, the truck resting as above all the same (modelled).
    """

    continuous_drive: timedelta = timedelta(hours=4)
    rest: timedelta = timedelta(minutes=20)
    drive_per_day_per_driver: timedelta = timedelta(hours=8)
