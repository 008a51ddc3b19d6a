"""The position sentences of RDSS terminals (protocol 2.1): request, answer, report."""

from datetime import time
from decimal import Decimal

from relief.beidou.ascii_layout import AsciiMessage, HostMessage, ascii_message, wire
from relief.beidou.notation import anything, card_number, decimal, flag, number, optional
from relief.beidou.positions import CLOCK, EAST, LATITUDE, LONGITUDE, NORTH, point_of
from relief.places import Point

_AMOUNT = optional(decimal())


@ascii_message("DWA")
class PositionRequest(HostMessage):
    """Ask the centre for a position."""

    card: str = wire(card_number())
    urgent: bool = wire(flag("A", "V"))
    height_mode: int = wire(number(0, 3))
    high_altitude: bool = wire(flag("H", "L"))
    height_m: Decimal | None = wire(_AMOUNT)
    antenna_height_m: Decimal | None = wire(_AMOUNT)
    pressure_pa: Decimal | None = wire(_AMOUNT)
    temperature_c: Decimal | None = wire(_AMOUNT)
    period_s: int | None = wire(optional(number(0, 65_535)))


@ascii_message("DWR")
class PositionAnswer(AsciiMessage):
    """A position: 1 the own one, 2 a queried subordinate's, 3 a received report."""

    kind: int = wire(number(1, 3))
    card: str = wire(card_number())
    taken_at: time | None = wire(CLOCK)
    latitude: Decimal | None = wire(LATITUDE)
    north: bool | None = wire(NORTH)
    longitude: Decimal | None = wire(LONGITUDE)
    east: bool | None = wire(EAST)
    height_m: Decimal | None = wire(_AMOUNT)
    height_unit: str = wire(anything())
    geoid_height_m: Decimal | None = wire(_AMOUNT)
    geoid_height_unit: str = wire(anything())
    precision: int | None = wire(optional(number(0, 1)))
    urgent: bool | None = wire(optional(flag("A", "V")))
    ambiguous: bool | None = wire(optional(flag("A", "V")))
    high_altitude: bool | None = wire(optional(flag("H", "L")))

    @property
    def point(self) -> Point | None:
        """Where the terminal was."""
        return point_of(
            latitude=self.latitude, north=self.north, longitude=self.longitude, east=self.east
        )


@ascii_message("WAA")
class PositionReport(AsciiMessage):
    """A position reported to another card or received from one."""

    sent: bool = wire(flag("1", "0"))
    period_s: int | None = wire(optional(number(0, 65_535)))
    card: str = wire(card_number())
    taken_at: time | None = wire(CLOCK)
    latitude: Decimal | None = wire(LATITUDE)
    north: bool | None = wire(NORTH)
    longitude: Decimal | None = wire(LONGITUDE)
    east: bool | None = wire(EAST)
    height_m: Decimal | None = wire(_AMOUNT)
    height_unit: str = wire(anything())

    @property
    def point(self) -> Point | None:
        """Where the terminal was."""
        return point_of(
            latitude=self.latitude, north=self.north, longitude=self.longitude, east=self.east
        )
