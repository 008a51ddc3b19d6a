"""The binary position frames of RDSS terminals (protocol 4.0): request and answer.

The layouts are those of public driver source; no valid DWXX frame has been seen.
"""

from dataclasses import dataclass

from relief.beidou.binary_layout import (
    BinaryMessage,
    Octets,
    binary_message,
    card_octets,
    octets,
    unsigned,
)
from relief.errors import Fault
from relief.places import Point
from relief.sentences import say

URGENT_REQUEST = 0x20
"""In the type byte of a request; bits 3 and 2 are the height mode, bit 0 high altitude."""
PRECISE, URGENT, AMBIGUOUS = 0x08, 0x04, 0x02
"""In the type byte of an answer; bit 0 is the kind of height."""
_SIGN = 0x4000
_MAGNITUDE = 0x3FFF
_TEMPERATURE_SIGN = 0x800
_TEMPERATURE_BITS = 12
_MAX_TEMPERATURE = 0x7FF
_ANGLE_BYTES = 4
_TENTHS_PER_DEGREE = 36_000
_TENTHS_PER_MINUTE = 600
_TENTHS_PER_SECOND = 10
_MINUTES_OR_SECONDS = 60
_MAX_LAT_DEG, _MAX_LON_DEG = 90, 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Air at the antenna: pressure of 20 bits and temperature of a sign and 11 bits.

    The units are the terminal's.
    """

    pressure: int
    temperature: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTime:
    """Hour, minute, second and hundredths, as they stand in the frame."""

    hour: int
    minute: int
    second: int
    hundredths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """Degrees, minutes, seconds and tenths of a second."""

    degrees: int
    minutes: int
    seconds: int
    tenths: int

    @property
    def in_degrees(self) -> float:
        """The same as degrees."""
        tenths = (
            self.degrees * _TENTHS_PER_DEGREE
            + self.minutes * _TENTHS_PER_MINUTE
            + self.seconds * _TENTHS_PER_SECOND
            + self.tenths
        )
        return tenths / _TENTHS_PER_DEGREE


def _read_weather(raw: bytes) -> Weather:
    pressure, temperature = divmod(int.from_bytes(raw, "big"), 1 << _TEMPERATURE_BITS)
    magnitude = temperature & _MAX_TEMPERATURE
    return Weather(
        pressure=pressure,
        temperature=-magnitude if temperature & _TEMPERATURE_SIGN else magnitude,
    )


def _write_weather(weather: Weather) -> bytes:
    sign = _TEMPERATURE_SIGN if weather.temperature < 0 else 0
    value = weather.pressure << _TEMPERATURE_BITS | sign | abs(weather.temperature)
    return value.to_bytes(4, "big")


def _read_metres(raw: bytes) -> int:
    value = int.from_bytes(raw, "big")
    return -(value & _MAGNITUDE) if value & _SIGN else value & _MAGNITUDE


def _write_metres(height_m: int) -> bytes:
    return ((_SIGN if height_m < 0 else 0) | abs(height_m)).to_bytes(2, "big")


_METRES = Octets(2, _read_metres, _write_metres)
_ARC = Octets(
    _ANGLE_BYTES,
    lambda raw: Arc(degrees=raw[0], minutes=raw[1], seconds=raw[2], tenths=raw[3]),
    lambda arc: bytes((arc.degrees, arc.minutes, arc.seconds, arc.tenths)),
)
_CLOCK = Octets(
    4,
    lambda raw: ClockTime(hour=raw[0], minute=raw[1], second=raw[2], hundredths=raw[3]),
    lambda clock: bytes((clock.hour, clock.minute, clock.second, clock.hundredths)),
)


@binary_message("DWSQ")
class PositionRequest(BinaryMessage):
    """Ask the centre for a position."""

    kind: int = octets(unsigned(1))
    height_m: int = octets(unsigned(2))
    antenna_height_m: int = octets(unsigned(2))
    weather: Weather = octets(Octets(4, _read_weather, _write_weather))
    period_s: int = octets(unsigned(2))

    @property
    def is_urgent(self) -> bool:
        """Whether the terminal is in need."""
        return bool(self.kind & URGENT_REQUEST)


@binary_message("DWXX")
class PositionAnswer(BinaryMessage):
    """A position; north and east, which is where the system serves."""

    kind: int = octets(unsigned(1))
    card: str = octets(card_octets())
    taken_at: ClockTime = octets(_CLOCK)
    longitude: Arc = octets(_ARC)
    latitude: Arc = octets(_ARC)
    height_m: int = octets(_METRES)
    geoid_height_m: int = octets(_METRES)

    @property
    def is_precise(self) -> bool:
        """Whether the position is of the better precision."""
        return bool(self.kind & PRECISE)

    @property
    def is_urgent(self) -> bool:
        """Whether the terminal is in need."""
        return bool(self.kind & URGENT)

    @property
    def is_ambiguous(self) -> bool:
        """Whether there is a second position that fits as well."""
        return bool(self.kind & AMBIGUOUS)

    @property
    def point(self) -> Point:
        """Where the terminal was."""
        return Point(lon_deg=self.longitude.in_degrees, lat_deg=self.latitude.in_degrees)

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault for an angle that is not on the earth."""
        return tuple(
            Fault(
                where="$DWXX",
                field=field,
                value=f"{arc.degrees} {arc.minutes} {arc.seconds}.{arc.tenths}",
                what=say("There is no such angle on the earth."),
                allowed=f"up to {limit} degrees",
            )
            for field, arc, limit in (
                ("longitude", self.longitude, _MAX_LON_DEG),
                ("latitude", self.latitude, _MAX_LAT_DEG),
            )
            if arc.in_degrees > limit
            or max(arc.minutes, arc.seconds) >= _MINUTES_OR_SECONDS
            or arc.tenths >= _TENTHS_PER_SECOND
        )
