"""Positions from BeiDou receivers (talkers BD, GB, GN and others): GGA, RMC, GLL, ZDA.

The fields are those of NMEA 0183, as BD 410004-2015 takes them over. Coordinates are CGCS2000
(EPSG:4490) or WGS 84, which differ by less than a metre; times are UTC.
"""

from datetime import date, time
from decimal import Decimal
from enum import Enum

from relief.beidou.ascii_layout import AsciiMessage, ascii_message, last_wire, wire
from relief.beidou.notation import (
    MINUTES_PER_DEGREE,
    angle,
    anything,
    clock_time,
    day,
    decimal,
    flag,
    named,
    number,
    optional,
)
from relief.places import Point

LATITUDE = optional(angle(degree_digits=2, limit=90))
LONGITUDE = optional(angle(degree_digits=3, limit=180))
NORTH = optional(flag("N", "S"))
EAST = optional(flag("E", "W"))
CLOCK = optional(clock_time(decimals=2))
_AMOUNT = optional(decimal())


class FixStatus(Enum):
    """Whether a fix can be used."""

    VALID = "A"
    WARNING = "V"


def point_of(
    *, latitude: Decimal | None, north: bool | None, longitude: Decimal | None, east: bool | None
) -> Point | None:
    """Return the point of two angles in degrees and minutes, None without a fix.

    Examples
    --------
    >>> point_of(
    ...     latitude=Decimal("3030.0"), north=True, longitude=Decimal("11420.25"), east=True
    ... )
    Point(lon_deg=114.3375, lat_deg=30.5)
    """
    if latitude is None or longitude is None or north is None or east is None:
        return None
    return Point(
        lon_deg=_degrees(longitude) * (1 if east else -1),
        lat_deg=_degrees(latitude) * (1 if north else -1),
    )


def _degrees(run_together: Decimal) -> float:
    degrees, minutes = divmod(run_together, 100)
    return float(degrees + minutes / MINUTES_PER_DEGREE)


@ascii_message("GGA")
class Fix(AsciiMessage):
    """A fix with its quality; a BeiDou receiver may add the vertical dilution of precision."""

    taken_at: time | None = wire(CLOCK)
    latitude: Decimal | None = wire(LATITUDE)
    north: bool | None = wire(NORTH)
    longitude: Decimal | None = wire(LONGITUDE)
    east: bool | None = wire(EAST)
    quality: int | None = wire(optional(number(0, 9)))
    num_satellites: int | None = wire(optional(number(0, 99, width=2)))
    horizontal_dilution: Decimal | None = wire(_AMOUNT)
    height_m: Decimal | None = wire(_AMOUNT)
    height_unit: str = wire(anything())
    geoid_height_m: Decimal | None = wire(_AMOUNT)
    geoid_height_unit: str = wire(anything())
    correction_age_s: Decimal | None = wire(_AMOUNT)
    station: str = wire(anything())
    vertical_dilution: Decimal | None = last_wire(_AMOUNT)

    @property
    def point(self) -> Point | None:
        """Where it was taken."""
        return point_of(
            latitude=self.latitude, north=self.north, longitude=self.longitude, east=self.east
        )


@ascii_message("RMC")
class Movement(AsciiMessage):
    """A fix with day, speed and course."""

    taken_at: time | None = wire(CLOCK)
    status: FixStatus | None = wire(optional(named(FixStatus)))
    latitude: Decimal | None = wire(LATITUDE)
    north: bool | None = wire(NORTH)
    longitude: Decimal | None = wire(LONGITUDE)
    east: bool | None = wire(EAST)
    speed_knots: Decimal | None = wire(_AMOUNT)
    course_deg: Decimal | None = wire(_AMOUNT)
    taken_on: date | None = wire(optional(day()))
    magnetic_variation_deg: Decimal | None = wire(_AMOUNT)
    variation_east: bool | None = wire(EAST)
    mode: str | None = last_wire(anything())
    navigation_status: str | None = last_wire(anything())

    @property
    def point(self) -> Point | None:
        """Where it was taken."""
        return point_of(
            latitude=self.latitude, north=self.north, longitude=self.longitude, east=self.east
        )


@ascii_message("GLL")
class PlainPosition(AsciiMessage):
    """A fix and its time."""

    latitude: Decimal | None = wire(LATITUDE)
    north: bool | None = wire(NORTH)
    longitude: Decimal | None = wire(LONGITUDE)
    east: bool | None = wire(EAST)
    taken_at: time | None = wire(CLOCK)
    status: FixStatus | None = wire(optional(named(FixStatus)))
    mode: str | None = last_wire(anything())

    @property
    def point(self) -> Point | None:
        """Where it was taken."""
        return point_of(
            latitude=self.latitude, north=self.north, longitude=self.longitude, east=self.east
        )


@ascii_message("ZDA")
class TimeAndDay(AsciiMessage):
    """Time and day in UTC, and the local zone."""

    told_at: time | None = wire(CLOCK)
    day: int | None = wire(optional(number(1, 31, width=2)))
    month: int | None = wire(optional(number(1, 12, width=2)))
    year: int | None = wire(optional(number(1980, 2999)))
    zone_h: int | None = wire(optional(number(-13, 13, width=2)))
    zone_min: int | None = wire(optional(number(-59, 59, width=2)))
