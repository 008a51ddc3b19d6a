"""The modelled rules of travel: length factors, speeds, access legs, long hauls."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.sources import data_file

SPEED_CLASSES = ("light", "medium", "heavy")
"""Speed classes: boxes of 4.2 m are light, 6.8 to 9.6 m medium, 13 to 17.5 m heavy."""

_HM_PER_KM = 10
_KM_H_TO_HM_S = _HM_PER_KM / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRule:
    """How fast one speed class drives.

    Parameters
    ----------
    below_km, km_h
        Speeds by length of the stretch: the first band whose limit lies above the length holds.
    mountain_factor
        By which speeds are multiplied in the mountains.
    long_haul_km_h
        The speed beyond the edge of the network.
    source
        Where the figures come from.
    """

    below_km: tuple[float, ...]
    km_h: tuple[float, ...]
    mountain_factor: float
    long_haul_km_h: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelRules:
    """All modelled rules of travel, see ``data/travel.toml``.

    Parameters
    ----------
    length_below_km, length_factors
        Road length over straight length, by straight length of the stretch.
    mountains_west_of_deg
        The meridian west of which stretches count as mountain roads.
    speeds
        A rule for each of the speed classes.
    access_detour_factor, access_km_h
        Road over straight distance, and speed, between a location and its road junction.
    off_network_detour_factor, off_network_km_h
        The same for places off the network.
    shortest_leg_km, shortest_leg_min
        The least distance and time between two different locations.
    long_haul_detour_factor, long_haul_limit_km
        Road over straight distance beyond the edge of the network, and how far it may reach.
    """

    length_below_km: tuple[float, ...]
    length_factors: tuple[float, ...]
    mountains_west_of_deg: float
    speeds: dict[str, SpeedRule]
    access_detour_factor: float
    access_km_h: float
    off_network_detour_factor: float
    off_network_km_h: float
    shortest_leg_km: float
    shortest_leg_min: float
    long_haul_detour_factor: float
    long_haul_limit_km: float

    def length_hm(self, straight_km: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return road lengths in whole hectometres, at least one, of straight stretches.

        Parameters
        ----------
        straight_km
            Any shape; the answer has the same.
        """
        band = np.searchsorted(np.array(self.length_below_km), straight_km, side="right")
        factor = np.array(self.length_factors)[np.minimum(band, len(self.length_factors) - 1)]
        lengths = np.rint(straight_km * factor * _HM_PER_KM).astype(np.int64)
        at_least_one: NDArray[np.int64] = np.maximum(lengths, 1)
        return at_least_one

    def drive_s(
        self, speed_class: str, length_hm: NDArray[np.int64], middle_lon_deg: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return driving times of stretches in whole seconds, rounded up.

        Parameters
        ----------
        speed_class
            One of `speeds`.
        length_hm, middle_lon_deg
            Length and longitude of the middle of each stretch, shape (stretches,).
        """
        rule = self.speeds[speed_class]
        band = np.searchsorted(np.array(rule.below_km), length_hm / _HM_PER_KM, side="right")
        km_h = np.array(rule.km_h)[np.minimum(band, len(rule.km_h) - 1)]
        mountainous = middle_lon_deg < self.mountains_west_of_deg
        km_h = np.where(mountainous, km_h * rule.mountain_factor, km_h)
        # Rounding first keeps a time that is whole but for float noise from gaining a second.
        exact_s = np.round(length_hm / (km_h * _KM_H_TO_HM_S), 6)
        seconds: NDArray[np.int64] = np.ceil(exact_s).astype(np.int64)
        return seconds


@lru_cache(maxsize=1)
def load_rules() -> TravelRules:
    """Return the shipped rules."""
    document = tomllib.loads(data_file("travel.toml").read_text(encoding="utf-8"))
    factors, access, far = document["length"]["factors"], document["access"], document["long_haul"]
    return TravelRules(
        length_below_km=tuple(float(band["below_km"]) for band in factors),
        length_factors=tuple(float(band["factor"]) for band in factors),
        mountains_west_of_deg=float(document["mountains"]["west_of_deg"]),
        speeds={name: _speed(document["speed"][name]) for name in SPEED_CLASSES},
        access_detour_factor=float(access["detour_factor"]),
        access_km_h=float(access["km_h"]),
        off_network_detour_factor=float(access["off_network_detour_factor"]),
        off_network_km_h=float(access["off_network_km_h"]),
        shortest_leg_km=float(access["shortest_leg_km"]),
        shortest_leg_min=float(access["shortest_leg_min"]),
        long_haul_detour_factor=float(far["detour_factor"]),
        long_haul_limit_km=float(far["limit_km"]),
    )


def _speed(entry: dict[str, Any]) -> SpeedRule:
    return SpeedRule(
        below_km=tuple(float(band["below_km"]) for band in entry["bands"]),
        km_h=tuple(float(band["km_h"]) for band in entry["bands"]),
        mountain_factor=float(entry["mountain_factor"]),
        long_haul_km_h=float(entry["long_haul_km_h"]),
        source=str(entry["source"]),
    )
