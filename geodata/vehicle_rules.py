"""What trucks weigh and measure, and how fast they drive on roads of known class."""

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geodata.engine import StretchCosts
from geodata.layout import RoadLayout
from geodata.road_details import FERRY, ROAD_CLASSES, RoadDetails
from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES
from geodata.sources import data_file

_M_S_PER_KM_H = 1000 / 3600
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckRule:
    """The largest truck of a speed class, and how fast the class drives.

    Parameters
    ----------
    gross_weight_kg, height_cm, width_cm
        Weight of the loaded truck, height and width.
    km_h
        Speed on each of `geodata.road_details.ROAD_CLASSES`.
    mountain_factor
        By which speeds are multiplied in the mountains.
    source
        Where the figures come from.
    """

    gross_weight_kg: int
    height_cm: int
    width_cm: int
    km_h: tuple[float, ...]
    mountain_factor: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRules:
    """The rules of all speed classes, see ``data/vehicles.toml``.

    Parameters
    ----------
    trucks
        A rule for each of `geodata.rules.SPEED_CLASSES`.
    ferry_boarding_s
        Waiting for a ferry and driving on.
    mountains_deg
        West, south, east and north end of the mountains.
    """

    trucks: dict[str, TruckRule]
    ferry_boarding_s: int
    mountains_deg: tuple[float, float, float, float]

    def may_use(self, speed_class: str, details: RoadDetails) -> NDArray[np.bool_]:
        """Return which stretches every truck of a class may use, shape (stretches,).

        A truck may pass a limit that it just keeps.
        """
        truck = self.trucks[speed_class]
        may = details.trucks.copy()
        for limits, own in (
            (details.max_weight_kg, truck.gross_weight_kg),
            (details.max_height_cm, truck.height_cm),
            (details.max_width_cm, truck.width_cm),
        ):
            may &= (limits == 0) | (limits >= own)
        return may

    def drive_s(
        self, speed_class: str, layout: RoadLayout, details: RoadDetails
    ) -> NDArray[np.int64]:
        """Return driving times of stretches in whole seconds, rounded up, shape (stretches,)."""
        truck = self.trucks[speed_class]
        km_h = np.array(truck.km_h)[details.road_classes]
        lon_deg = (layout.lon_deg[layout.tails] + layout.lon_deg[layout.heads]) / 2
        lat_deg = (layout.lat_deg[layout.tails] + layout.lat_deg[layout.heads]) / 2
        west, south, east, north = self.mountains_deg
        ferry = details.road_classes == FERRY
        mountainous = (west <= lon_deg) & (lon_deg < east) & (south <= lat_deg) & (lat_deg < north)
        km_h = np.where(mountainous & ~ferry, km_h * truck.mountain_factor, km_h)
        posted = details.speed_limit_km_h > 0
        km_h = np.where(posted & ~ferry, np.minimum(km_h, details.speed_limit_km_h), km_h)
        exact_s = details.length_m / (km_h * _M_S_PER_KM_H)
        exact_s = np.where(details.ferry_s > 0, details.ferry_s, exact_s)
        exact_s += np.where(ferry, self.ferry_boarding_s, 0)
        # Rounding first keeps a time that is whole but for float noise from gaining a second.
        seconds: NDArray[np.int64] = np.ceil(np.round(exact_s, 6)).astype(np.int64)
        at_least_one: NDArray[np.int64] = np.maximum(seconds, 1)
        return at_least_one


@lru_cache(maxsize=1)
def load_vehicle_rules() -> VehicleRules:
    """Return the shipped rules."""
    document = tomllib.loads(data_file("vehicles.toml").read_text(encoding="utf-8"))
    mountains = document["mountains"]
    return VehicleRules(
        trucks={
            name: TruckRule(
                gross_weight_kg=int(entry["gross_weight_kg"]),
                height_cm=int(entry["height_cm"]),
                width_cm=int(entry["width_cm"]),
                km_h=tuple(float(entry["km_h"][kind]) for kind in ROAD_CLASSES),
                mountain_factor=float(entry["mountain_factor"]),
                source=str(entry["source"]),
            )
            for name, entry in document["trucks"].items()
            if name in SPEED_CLASSES
        },
        ferry_boarding_s=round(document["ferries"]["boarding_min"] * _SECONDS_PER_MINUTE),
        mountains_deg=(
            float(mountains["west_deg"]),
            float(mountains["south_deg"]),
            float(mountains["east_deg"]),
            float(mountains["north_deg"]),
        ),
    )


def roads_for(
    roads: RoadNetwork, details: RoadDetails, speed_class: str
) -> tuple[RoadNetwork, StretchCosts]:
    """Return the part of a network that a class may use, and what its stretches cost it.

    Parameters
    ----------
    roads
        The network with its closures.
    details
        Those of its layout.
    speed_class
        One of `geodata.rules.SPEED_CLASSES`.
    """
    rules = load_vehicle_rules()
    is_open = roads.is_open & rules.may_use(speed_class, details)
    is_open.setflags(write=False)
    costs = StretchCosts(
        seconds=rules.drive_s(speed_class, roads.layout, details),
        length_hm=roads.layout.length_hm,
    )
    return replace(roads, is_open=is_open), costs
