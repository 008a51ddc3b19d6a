"""The rules by which trucks are modelled: classes, loading times and where how many stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from types import MappingProxyType

LOADED_T_PER_PERSON_H = Fraction(53, 100)
"""Geometric mean of two loadings that were reported with all numbers: soldiers in Yunnan in 2012
(0.23 t per person and hour) and porters in Zhengzhou in 2013 (6.2 cotton tents of 200 kg)."""
LOAD_OVERHEAD_MINUTES = 20
"""Parking (8) and papers (12) at a dock, as one Chinese freight park plans them."""
UNLOAD_OVERHEAD_MINUTES = 15
UNLOAD_SPEED_UP = 2
"""Goods are set down, not stacked, when they are handed over."""
_STEP_MINUTES = 5
_MINUTES_PER_H = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckClass:
    """A class of truck by the length of its box.

    Parameters
    ----------
    name_zh, name_en
        The names.
    payload_kg, volume_m3
        Middle of the loads that four freight programs plan with, and inner volume of the box.
    speed_class
        The class under which the travel times know it.
    loaders
        People who load it at once.
    cost_yuan_per_km, cost_yuan_per_trip
        Planning costs.
    is_cooled
        Whether its box is cooled. No depot is modelled to have such trucks.
    """

    name_zh: str
    name_en: str
    payload_kg: int
    volume_m3: int
    speed_class: str
    loaders: int
    cost_yuan_per_km: str
    cost_yuan_per_trip: int
    is_cooled: bool = False

    @property
    def load_minutes(self) -> int:
        """Return the time from arrival at a depot to a full truck, in steps of 5 minutes."""
        return _rounded(LOAD_OVERHEAD_MINUTES + self._handling_minutes())

    @property
    def unload_minutes(self) -> int:
        """Return the time for one handing over, in steps of 5 minutes."""
        return _rounded(UNLOAD_OVERHEAD_MINUTES + self._handling_minutes() / UNLOAD_SPEED_UP)

    def _handling_minutes(self) -> Fraction:
        return Fraction(self.payload_kg, 1000) / (self.loaders * LOADED_T_PER_PERSON_H) * 60


def _rounded(minutes: Fraction) -> int:
    return ceil(minutes / _STEP_MINUTES) * _STEP_MINUTES


TRUCK_CLASSES: Mapping[str, TruckClass] = MappingProxyType(
    {
        "truck-4.2": TruckClass(
            name_zh="4.2米厢式货车",
            name_en="4.2 m box truck",
            payload_kg=2_000,
            volume_m3=14,
            speed_class="light",
            loaders=8,
            cost_yuan_per_km="3",
            cost_yuan_per_trip=150,
        ),
        "truck-4.2-cooled": TruckClass(
            name_zh="4.2米冷藏车",
            name_en="4.2 m refrigerated truck",
            payload_kg=1_500,
            volume_m3=12,
            speed_class="light",
            loaders=8,
            cost_yuan_per_km="4",
            cost_yuan_per_trip=250,
            is_cooled=True,
        ),
        "truck-6.8": TruckClass(
            name_zh="6.8米货车",
            name_en="6.8 m truck",
            payload_kg=8_000,
            volume_m3=37,
            speed_class="medium",
            loaders=16,
            cost_yuan_per_km="5",
            cost_yuan_per_trip=300,
        ),
        "truck-7.6": TruckClass(
            name_zh="7.6米货车",
            name_en="7.6 m truck",
            payload_kg=8_000,
            volume_m3=43,
            speed_class="medium",
            loaders=16,
            cost_yuan_per_km="5.5",
            cost_yuan_per_trip=320,
        ),
        "truck-9.6": TruckClass(
            name_zh="9.6米货车",
            name_en="9.6 m truck",
            payload_kg=15_000,
            volume_m3=56,
            speed_class="medium",
            loaders=24,
            cost_yuan_per_km="7",
            cost_yuan_per_trip=450,
        ),
        "truck-13": TruckClass(
            name_zh="13米半挂车",
            name_en="13 m semitrailer",
            payload_kg=30_000,
            volume_m3=86,
            speed_class="heavy",
            loaders=30,
            cost_yuan_per_km="9",
            cost_yuan_per_trip=700,
        ),
        "truck-17.5": TruckClass(
            name_zh="17.5米平板车",
            name_en="17.5 m flatbed",
            payload_kg=30_000,
            volume_m3=120,
            speed_class="heavy",
            loaders=30,
            cost_yuan_per_km="10",
            cost_yuan_per_trip=800,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRule:
    """Trucks that every depot of a kind has.

    Parameters
    ----------
    class_code
        The class of truck.
    num_vehicles, num_drivers
        How many, and how many drivers in each.
    carrier_zh, carrier_en
        Who runs them; ``{zh}`` and ``{en}`` stand for the place or province.
    ready_after_minutes
        From the order until they can leave their base.
    """

    class_code: str
    num_vehicles: int
    num_drivers: int
    carrier_zh: str
    carrier_en: str
    ready_after_minutes: int


def _pool(
    class_code: str, num_vehicles: int, num_drivers: int, carrier: tuple[str, str], ready: int
) -> PoolRule:
    return PoolRule(
        class_code=class_code,
        num_vehicles=num_vehicles,
        num_drivers=num_drivers,
        carrier_zh=carrier[0],
        carrier_en=carrier[1],
        ready_after_minutes=ready,
    )


_OWN = ("{zh}应急车队", "{en} emergency fleet")
_CONTRACT = ("{zh}签约运输企业", "{en} contract carrier")

POOLS: Mapping[str, tuple[PoolRule, ...]] = MappingProxyType(
    {
        "county": (
            _pool("truck-4.2", 2, 1, _OWN, 60),
            _pool("truck-6.8", 1, 1, _OWN, 60),
        ),
        "city": (
            _pool("truck-6.8", 3, 1, _OWN, 90),
            _pool("truck-7.6", 2, 1, _OWN, 90),
            _pool("truck-9.6", 3, 1, _CONTRACT, 120),
            _pool("truck-13", 1, 2, _CONTRACT, 120),
        ),
        "region": (
            _pool("truck-9.6", 4, 1, _CONTRACT, 120),
            _pool("truck-13", 3, 2, _CONTRACT, 120),
        ),
        "wuhan": (
            _pool("truck-7.6", 6, 1, _OWN, 60),
            _pool("truck-9.6", 12, 1, _CONTRACT, 90),
            _pool("truck-13", 12, 2, _CONTRACT, 120),
            _pool("truck-17.5", 4, 2, _CONTRACT, 120),
        ),
        "neighbour": (
            _pool("truck-13", 4, 2, _CONTRACT, 240),
            _pool("truck-17.5", 2, 2, _CONTRACT, 240),
        ),
        "centre": (
            _pool("truck-13", 4, 2, _CONTRACT, 240),
            _pool("truck-17.5", 2, 2, _CONTRACT, 240),
        ),
    }
)
"""Pools by kind of depot. The times follow Chongqing on 16 September 2021: the first truck left
loaded 3 h 06 min after the order, of which loading is counted separately here."""
