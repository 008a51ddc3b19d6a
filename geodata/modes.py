"""Helicopters, boats and porters: what they carry, how fast, how far, at what cost."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from geodata.sources import data_file
from relief.supply.fleet import CarrierRules

DEFAULT_LIMITS = CarrierRules()
PLAN_HELICOPTER, PLAN_BOAT = "mi-171", "assault-boat"
"""The carriers whose speeds the speed classes ``helicopter`` and ``boat`` have in plans."""

_METRES_PER_KM = 1000
_SECONDS_PER_MINUTE = 60
_FEN_PER_YUAN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A kind of carrier that needs no road.

    Parameters
    ----------
    code, name_zh, name_en
        Its code in ``data/modes.toml`` and its names.
    payload_kg, volume_m3
        What it carries at once.
    km_h
        Its speed, loaded.
    load_s, unload_s
        Loading at the start and unloading at the end.
    cost_fen_per_h
        Planning cost of an hour under way, the way back included.
    source
        Where the figures come from, and which are modelled.
    """

    code: str
    name_zh: str
    name_en: str
    payload_kg: int
    volume_m3: float
    km_h: float
    load_s: int
    unload_s: int
    cost_fen_per_h: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRules:
    """All carriers that need no road, and their limits.

    Parameters
    ----------
    helicopters
        Each with the distance that it can fly there and back, in km.
    boats, porters
        The others.
    landing_km
        How far from the bank goods are carried.
    current_km_h
        What a river adds to the speed of a boat downstream, and takes from it upstream.
    lake_detour_factor, foot_detour_factor
        Way over straight distance on lakes and on foot.
    foot_limit_km
        The longest straight distance on foot.
    """

    helicopters: tuple[tuple[Carrier, float], ...]
    boats: tuple[Carrier, ...]
    porters: Carrier
    landing_km: float
    current_km_h: float
    lake_detour_factor: float
    foot_detour_factor: float
    foot_limit_km: float

    @property
    def plan_helicopter(self) -> Carrier:
        """The helicopter of plans."""
        return next(one for one, _ in self.helicopters if one.code == PLAN_HELICOPTER)

    @property
    def plan_boat(self) -> Carrier:
        """The boat of plans."""
        return next(one for one in self.boats if one.code == PLAN_BOAT)


@lru_cache(maxsize=4)
def load_mode_rules(limits: CarrierRules = DEFAULT_LIMITS) -> ModeRules:
    """Return the shipped rules.

    Parameters
    ----------
    limits
        How far goods are carried from a bank, and on foot.
    """
    document = tomllib.loads(data_file("modes.toml").read_text(encoding="utf-8"))
    usable_share = 1 - float(document["flight"]["reserve_share"])
    foot, water = document["foot"], document["water"]
    return ModeRules(
        helicopters=tuple(
            (_carrier(code, entry), float(entry["range_km"]) * usable_share / 2)
            for code, entry in document["helicopter"].items()
        ),
        boats=tuple(_carrier(code, entry) for code, entry in document["boat"].items()),
        porters=_carrier("foot", foot),
        landing_km=limits.landing_m / _METRES_PER_KM,
        current_km_h=float(water["current_km_h"]),
        lake_detour_factor=float(water["lake_detour_factor"]),
        foot_detour_factor=float(foot["detour_factor"]),
        foot_limit_km=limits.walk_m / _METRES_PER_KM,
    )


def _carrier(code: str, entry: dict[str, Any]) -> Carrier:
    return Carrier(
        code=code,
        name_zh=str(entry["name_zh"]),
        name_en=str(entry["name_en"]),
        payload_kg=int(entry["payload_kg"]),
        volume_m3=float(entry["volume_m3"]),
        km_h=float(entry["km_h"]),
        load_s=int(entry["load_min"]) * _SECONDS_PER_MINUTE,
        unload_s=int(entry["unload_min"]) * _SECONDS_PER_MINUTE,
        cost_fen_per_h=int(entry["cost_yuan_per_h"]) * _FEN_PER_YUAN,
        source=str(entry["source"]),
    )
