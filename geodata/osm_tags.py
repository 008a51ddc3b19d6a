"""Which OpenStreetMap ways trucks may use, and what their tags say.

The tags follow the wiki of the project: https://wiki.openstreetmap.org/wiki/Key:access,
Key:oneway, Key:maxweight, Key:maxheight, Key:maxwidth, Key:maxspeed, Tag:route=ferry. Where a tag
cannot be read, it is taken as absent; conditional tags (``maxweight:conditional``) are not read.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from geodata.road_details import ROAD_CLASSES

_HIGHWAYS = frozenset(ROAD_CLASSES) - {"ferry"}
_ACCESS_KEYS = ("goods", "motor_vehicle", "vehicle", "access")
"""The most specific key decides; ``hgv`` is read apart, because it leaves light trucks alone."""
_LIMIT_KEYS = {
    "max_weight": ("maxweight", "maxweight:hgv", "maxweightrating", "maxweightrating:hgv"),
    "max_height": ("maxheight", "maxheight:physical"),
    "max_width": ("maxwidth", "maxwidth:physical"),
}
COMMON_KEYS = (
    *("highway", "route", "service", "oneway", "junction"),
    *("name", "name:zh", "ref", "maxspeed", "bridge", "tunnel", "access"),
)
RARE_KEYS = (
    *("area", "impassable", "motorcar", "hgv", "duration"),
    *(key for key in _ACCESS_KEYS if key != "access"),
    *(key for keys in _LIMIT_KEYS.values() for key in keys),
)
"""With `COMMON_KEYS` every key that `read_way` looks at."""
_BARRED = frozenset(
    {"no", "private", "agricultural", "forestry", "military", "service", "emergency", "bus", "psv"}
)
_SIDE_SERVICES = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access"})
_ALLOWED = frozenset({"yes", "designated", "permissive", "destination", "delivery", "permit"})
_BARRIERS = frozenset({"bollard", "block", "jersey_barrier", "cycle_barrier", "log", "debris"})
_NUMBER = re.compile(r"^(\d+(?:[.,]\d+)?)\s*([a-z'/\"]*)")
_FEET = re.compile(r"^(\d+)\s*(?:'|ft)\s*(?:(\d+)\s*(?:\"|in)?)?$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_ISO_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")

_CM_PER_FOOT = 30.48
_CM_PER_INCH = 2.54
_CM_PER_M = 100
_KM_H = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_KG = {"": 1000.0, "t": 1000.0, "kg": 1.0, "st": 907.18474, "lbs": 0.45359237}
_WALK_KM_H = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadTags:
    """What the tags of a way say.

    Parameters
    ----------
    road_class
        Row of `geodata.road_details.ROAD_CLASSES`.
    name, ref
        Name and road number; empty where there is none.
    one_way
        Whether it may be driven in one direction only.
    backward
        Whether that direction is against the order of the way's points.
    speed_limit_km_h, max_weight_kg, max_height_cm, max_width_cm
        Posted limits, 0 where none is known. The weight is the least of ``maxweight``,
        ``maxweightrating`` and their values for goods vehicles.
    bridge, tunnel
        Whether it is one; a passage through a building counts as a tunnel.
    trucks
        Whether goods vehicles over 3.5 t may use it.
    ferry_s
        The stated time of a ferry's crossing; 0 where none is.
    """

    road_class: int
    name: str
    ref: str
    one_way: bool
    backward: bool
    speed_limit_km_h: int
    max_weight_kg: int
    max_height_cm: int
    max_width_cm: int
    bridge: bool
    tunnel: bool
    trucks: bool
    ferry_s: int


def read_way(tags: Mapping[str, str]) -> RoadTags | None:
    """Return what the tags of a way say, None if no truck may use it.

    A ferry counts only where a tag says that motor vehicles are carried. Roads that change their
    direction by the hour (``oneway=reversible``) are left out: nobody can rely on them.

    Examples
    --------
    >>> read_way({"highway": "motorway", "ref": "G50"}).one_way
    True
    >>> read_way({"highway": "footway"}) is None
    True
    """
    road_class = _road_class(tags)
    oneway = tags.get("oneway", "")
    if road_class is None or oneway == "reversible":
        return None
    backward = oneway in {"-1", "reverse"}
    forward = oneway in {"yes", "1", "true"} or (
        oneway not in {"no", "0", "false"}
        and (road_class == "motorway" or tags.get("junction") in {"roundabout", "circular"})
    )
    return RoadTags(
        road_class=ROAD_CLASSES.index(road_class),
        name=tags.get("name", tags.get("name:zh", "")),
        ref=tags.get("ref", ""),
        one_way=forward or backward,
        backward=backward,
        speed_limit_km_h=read_speed_km_h(tags.get("maxspeed", "")),
        max_weight_kg=_least(
            read_weight_kg(tags[key]) for key in _LIMIT_KEYS["max_weight"] if key in tags
        ),
        max_height_cm=_least(
            read_size_cm(tags[key]) for key in _LIMIT_KEYS["max_height"] if key in tags
        ),
        max_width_cm=_least(
            read_size_cm(tags[key]) for key in _LIMIT_KEYS["max_width"] if key in tags
        ),
        bridge=tags.get("bridge", "no") != "no",
        tunnel=tags.get("tunnel", "no") != "no",
        trucks=tags.get("hgv", "yes") not in _BARRED,
        ferry_s=read_duration_s(tags.get("duration", "")) if road_class == "ferry" else 0,
    )


def bars_trucks(tags: Mapping[str, str]) -> bool:
    """Tell whether a point on a way keeps trucks from passing it."""
    return tags.get("barrier", "") in _BARRIERS and not any(
        tags.get(key, "") in _ALLOWED for key in ("hgv", *_ACCESS_KEYS)
    )


@lru_cache(maxsize=1024)
def read_speed_km_h(text: str) -> int:
    """Return a speed limit, 0 if there is none or it cannot be read.

    Examples
    --------
    >>> read_speed_km_h("50"), read_speed_km_h("30 mph"), read_speed_km_h("none")
    (50, 48, 0)
    """
    if text == "walk":
        return _WALK_KM_H
    return min(_measure(text, _KM_H), 200)


@lru_cache(maxsize=1024)
def read_weight_kg(text: str) -> int:
    """Return a weight limit, 0 if there is none or it cannot be read; plain numbers are tonnes.

    Examples
    --------
    >>> read_weight_kg("16"), read_weight_kg("3.5 t"), read_weight_kg("7500 kg")
    (16000, 3500, 7500)
    """
    return _measure(text, _KG)


@lru_cache(maxsize=1024)
def read_size_cm(text: str) -> int:
    """Return a height or a width, 0 if there is none or it cannot be read; numbers are metres.

    Examples
    --------
    >>> read_size_cm("3.8"), read_size_cm("4 m"), read_size_cm("12'6"), read_size_cm("default")
    (380, 400, 381, 0)
    """
    feet = _FEET.match(text.strip())
    if feet is not None:
        return math.floor(int(feet[1]) * _CM_PER_FOOT + int(feet[2] or 0) * _CM_PER_INCH)
    return _measure(text, {"": _CM_PER_M, "m": _CM_PER_M, "cm": 1.0})


def read_duration_s(text: str) -> int:
    """Return a duration, 0 if there is none or it cannot be read.

    Examples
    --------
    >>> read_duration_s("00:25"), read_duration_s("PT1H5M"), read_duration_s("15")
    (1500, 3900, 900)
    """
    parts = _CLOCK.match(text) or _ISO_DURATION.match(text)
    if parts is not None:
        hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        return 3600 * hours + 60 * minutes + seconds
    return 60 * int(text) if text.isdigit() else 0


def _road_class(tags: Mapping[str, str]) -> str | None:
    if tags.get("route") == "ferry" and "highway" not in tags:
        carries = any(
            tags.get(key, "") in _ALLOWED for key in ("motor_vehicle", "motorcar", "goods", "hgv")
        )
        return "ferry" if carries and tags.get("access", "yes") not in _BARRED else None
    highway = tags.get("highway", "")
    if highway not in _HIGHWAYS or tags.get("area") == "yes":
        return None
    if tags.get("service", "") in _SIDE_SERVICES or tags.get("impassable") == "yes":
        return None
    decisive = next((tags[key] for key in _ACCESS_KEYS if key in tags), "yes")
    return None if decisive in _BARRED else highway


def _measure(text: str, units: Mapping[str, float]) -> int:
    found = _NUMBER.match(text.strip().lower())
    if found is None or found[2] not in units:
        return 0
    return math.floor(float(found[1].replace(",", ".")) * units[found[2]] + 1e-6)


def _least(limits: Iterable[int]) -> int:
    return min((limit for limit in limits if limit > 0), default=0)
