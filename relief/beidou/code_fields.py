"""Fields that several kinds of compact code share: units, instants, points, goods, roads.

An item has a number (`ITEMS`), because a name would cost ten bytes; an item without a number is
written as 0 and its code.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from relief.beidou.compact_code import (
    MAX_TEXT_BYTES,
    TEXT_CODEC,
    BodyReader,
    write_count,
    write_text,
)
from relief.beidou.refusals import refused
from relief.places import Point
from relief.sentences import say

WHERE: Final = "report code"
ITEMS: Final = (
    "tent-12-single",
    "tent-12-cotton",
    "tent-36",
    "quilt",
    "coat",
    "blanket",
    "folding-bed",
    "sleeping-bag",
    "moisture-mat",
    "water-case",
    "instant-food",
    "rice-25",
    "life-vest",
    "lamp",
    "generator",
    "mobile-toilet",
    "family-kit",
    "medicine-kit",
    "tarpaulin",
    "water-jerrycan",
    "kitchen-set",
    "hygiene-parcel",
    "folding-table-set",
    "mattress",
    "petrol-20",
    "bleach-25",
    "vaccine-box",
    "insulin-box",
)
"""The items with numbers, from 1. New ones are added at the end; none is ever moved."""
POINT_STEPS: Final = 1 << 23
"""Steps of a latitude to 90 degrees and of a longitude to 180: 1.2 m and at most 2.4 m."""
MAX_INSTANT: Final = 0xFFFF_FFFF
MAX_ROADS: Final = 0xFF

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTY_DIGITS, _UNIT_DIGITS = 6, 9
_WHOLE_COUNTY = "000"
_ANGLE_BYTES = 3
_MAX_LAT_DEG, _MAX_LON_DEG = 90, 180
_DEPOT_DIGITS = 2


def write_unit(code: str) -> bytes:
    """Return the four bytes of a unit code."""
    return int(code.ljust(_UNIT_DIGITS, "0")).to_bytes(4, "big")


def read_unit(reader: BodyReader) -> str:
    """Return the next unit code.

    Raises
    ------
    RefusedSentence
        If it is none.
    """
    unit = reader.number(4, "unit_code")
    if not is_unit_number(unit):
        raise refused(WHERE, "unit_code", unit, NO_UNIT, "nine digits")
    return unit_of(unit)


def is_unit_number(unit: int) -> bool:
    """Return whether a number can be a unit."""
    return len(str(unit)) == _UNIT_DIGITS


def unit_of(unit: int) -> str:
    """Return the code of a unit's number."""
    return str(unit).removesuffix(_WHOLE_COUNTY)


def is_unit_code(code: str) -> bool:
    """Return whether a text is the code of a county or township."""
    if not (code.isascii() and code.isdigit()) or code.startswith("0"):
        return False
    is_township = len(code) == _UNIT_DIGITS and not code.endswith(_WHOLE_COUNTY)
    return is_township or len(code) == _COUNTY_DIGITS


def write_instant(at: datetime) -> bytes:
    """Return the four bytes of an instant."""
    return int((at - _EPOCH).total_seconds()).to_bytes(4, "big")


def read_instant(reader: BodyReader, field: str) -> datetime:
    """Return the next instant."""
    return _EPOCH + timedelta(seconds=reader.number(4, field))


def is_whole_second(at: datetime) -> bool:
    """Return whether an instant can be written."""
    if at.tzinfo is None or at.microsecond:
        return False
    return 0 <= (at - _EPOCH).total_seconds() <= MAX_INSTANT


def write_point(point: Point) -> bytes:
    """Return the six bytes of a point: latitude, then longitude, each a signed number of steps."""
    return b"".join(
        min(round(angle * POINT_STEPS / limit), POINT_STEPS - 1).to_bytes(
            _ANGLE_BYTES, "big", signed=True
        )
        for angle, limit in ((point.lat_deg, _MAX_LAT_DEG), (point.lon_deg, _MAX_LON_DEG))
    )


def read_point(reader: BodyReader) -> Point:
    """Return the next point."""
    lat, lon = (
        int.from_bytes(reader.octets(_ANGLE_BYTES, "point"), "big", signed=True) for _ in range(2)
    )
    return Point(lon_deg=lon * _MAX_LON_DEG / POINT_STEPS, lat_deg=lat * _MAX_LAT_DEG / POINT_STEPS)


def is_on_earth(point: Point) -> bool:
    """Return whether a point can be written."""
    return abs(point.lat_deg) <= _MAX_LAT_DEG and abs(point.lon_deg) <= _MAX_LON_DEG


def write_item(code: str) -> bytes:
    """Return the number of an item, or 0 and its code."""
    if code in ITEMS:
        return write_count(ITEMS.index(code) + 1)
    return write_count(0) + write_text(code)


def read_item(reader: BodyReader) -> str:
    """Return the code of the next item.

    Raises
    ------
    RefusedSentence
        If its number stands for nothing, or a code is spelled out that has a number.
    """
    number = reader.count("item")
    if number > len(ITEMS):
        raise refused(WHERE, "item", number, say("No item has this number."), f"1 to {len(ITEMS)}")
    if number:
        return ITEMS[number - 1]
    code = reader.text("item")
    if code in ITEMS:
        raise refused(WHERE, "item", code, say("The item has a number and must be written so."))
    return code


def write_depot(code: str) -> bytes:
    """Return the four bytes of a depot code such as 420112-01."""
    return int(code.replace("-", "")).to_bytes(4, "big")


def read_depot(reader: BodyReader) -> str:
    """Return the next depot code.

    Raises
    ------
    RefusedSentence
        If it is none.
    """
    digits = str(reader.number(4, "depot_code"))
    if len(digits) != _COUNTY_DIGITS + _DEPOT_DIGITS:
        raise refused(WHERE, "depot_code", digits, NO_DEPOT, "eight digits")
    return f"{digits[:_COUNTY_DIGITS]}-{digits[_COUNTY_DIGITS:]}"


def is_depot_code(code: str) -> bool:
    """Return whether a text is a depot code: a county code, a hyphen, two digits."""
    county, hyphen, number = code.partition("-")
    return (
        hyphen == "-"
        and is_unit_code(county)
        and len(county) == _COUNTY_DIGITS
        and len(number) == _DEPOT_DIGITS
        and number.isascii()
        and number.isdigit()
    )


def write_roads(roads: tuple[str, ...]) -> bytes:
    """Return the number of roads and their names."""
    return bytes((len(roads),)) + b"".join(write_text(road) for road in roads)


def is_name(text: str) -> bool:
    """Return whether a text can be written."""
    try:
        return len(text.encode(TEXT_CODEC)) <= MAX_TEXT_BYTES
    except UnicodeEncodeError:
        return False


NO_UNIT = say("This is not the code of a county or township.")
NO_DEPOT = say("This is not the code of a depot.")
NO_INSTANT = say("The instant cannot be written.")
NO_COUNT = say("The count is out of range.")
NO_SEQUENCE = say("The sequence number is out of range.")
NO_POINT = say("There is no such point on the earth.")
