"""The fleet: classes of vehicles, and where how many of them stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from relief.places import Evidence


class Mode(StrEnum):
    """How a vehicle moves."""

    ROAD = "road"
    """Trucks."""
    WATER = "water"
    """Boats, between landings on one named water."""
    AIR = "air"
    """Helicopters, straight from point to point."""
    FOOT = "foot"
    """Porters: by light truck to the end of the road, then on foot."""


OFF_ROAD: Mapping[str, Mode] = MappingProxyType(
    {"boat": Mode.WATER, "helicopter": Mode.AIR, "foot": Mode.FOOT}
)
"""The speed classes that are not trucks, and how they move."""


def mode_of(speed_class: str) -> Mode:
    """Return how vehicles of a speed class move; all that are not `OFF_ROAD` are trucks."""
    return OFF_ROAD.get(speed_class, Mode.ROAD)


def on_road_as(speed_class: str) -> str:
    """Return the speed class as which roads are driven: porters ride in light trucks."""
    return "light" if mode_of(speed_class) is Mode.FOOT else speed_class


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckBody:
    """The box of a truck, on what it rests, and what the axles may carry.

    The front support is the front axle (the middle of two), the rear one the middle of the rear
    axles; of a semitrailer the kingpin and the middle of the trailer's axles.

    Parameters
    ----------
    box_mm
        Inner length of the box.
    num_compartments
        Equally long compartments, one behind the other, in which it is divided.
    box_begins_mm
        From the front support back to the front wall; below 0 where the wall is before it.
    wheelbase_mm
        From the front support to the rear one.
    empty_front_g, empty_rear_g
        What rests on them without goods.
    most_front_g, most_rear_g, most_total_g
        What may rest on them, and on both together.
    least_front_ppm
        The least share of all that must rest on the front support, so that the truck can be
        steered, in millionths.
    evidence, source
        Where the figures come from.
    """

    box_mm: int
    num_compartments: int
    box_begins_mm: int
    wheelbase_mm: int
    empty_front_g: int
    empty_rear_g: int
    most_front_g: int
    most_rear_g: int
    most_total_g: int
    least_front_ppm: int
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleClass:
    """A class of vehicle: a truck named by its box length, a boat, a helicopter, porters.

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
    range_m
        How far it gets on one filling, the reserve left out; 0 where that is no limit.
    body
        For loading lists; None where it is not known.
    is_cooled
        Whether its body is kept cool, for goods that need it; it carries anything else as well.
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
    range_m: int = 0
    body: TruckBody | None = None
    is_cooled: bool = False

    @property
    def mode(self) -> Mode:
        """How it moves."""
        return mode_of(self.speed_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehiclePool:
    """Vehicles of one class that stand at one base.

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
    night_begins, night_ends
        Between these times of day in Hubei no truck drives, as coaches do not between 2:00 and
        5:00; both 0 where trucks drive at any hour.
    """

    continuous_drive: timedelta = timedelta(hours=4)
    rest: timedelta = timedelta(minutes=20)
    drive_per_day_per_driver: timedelta = timedelta(hours=8)
    night_begins: timedelta = timedelta(0)
    night_ends: timedelta = timedelta(0)

    @property
    def has_night(self) -> bool:
        """Whether trucks stand at night."""
        return self.night_begins < self.night_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvoyRules:
    """Where trucks do not drive alone.

    Parameters
    ----------
    place_codes
        Counties and townships to which trucks drive from a depot in convoy; none where nobody
        has to.
    least_trucks
        So many leave together; where fewer do, nobody else leaves the depot for there within
        `wait` after them.
    within
        Trucks leave together that leave within this time of the first of them.
    wait
        How long trucks wait for the next one that makes the convoy larger.
    """

    place_codes: tuple[str, ...] = ()
    least_trucks: int = 3
    within: timedelta = timedelta(minutes=15)
    wait: timedelta = timedelta(hours=2)

    def area_of(self, place_code: str) -> str:
        """Return the county or township in whose convoys trucks drive to a place, "" for none."""
        found = [code for code in self.place_codes if place_code.startswith(code)]
        return max(found, key=len, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierRules:
    """Limits of what moves without a road: boats, helicopters, porters. All are modelled.

    Parameters
    ----------
    landing_m
        How far from the bank goods are carried, straight; no boat serves what lies farther off.
    walk_m
        How far porters go from the end of the road, straight.
    flies_at_night
        Whether helicopters fly in the dark.
    day_begins, day_ends
        Daylight by a clock in Hubei, as time after midnight; a flight lies within it.
    """

    landing_m: int = 5_000
    walk_m: int = 10_000
    flies_at_night: bool = False
    day_begins: timedelta = timedelta(hours=6)
    day_ends: timedelta = timedelta(hours=18, minutes=30)
