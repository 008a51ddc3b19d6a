"""The ASCII sentences of BDS-3 short-message terminals."""

from datetime import time
from decimal import Decimal

from relief.beidou.ascii_layout import (
    AsciiMessage,
    HostMessage,
    ascii_message,
    rest_wire,
    text_wire,
    wire,
)
from relief.beidou.notation import (
    anything,
    card_number,
    clock_time,
    decimal,
    flag,
    matching,
    number,
    optional,
)
from relief.beidou.positions import CLOCK, EAST, LATITUDE, LONGITUDE, NORTH, point_of
from relief.beidou.rdss_ascii import COMMAND
from relief.beidou.refusals import Unreadable
from relief.beidou.text_modes import Content, TextMode, read_field
from relief.errors import Fault
from relief.places import Point
from relief.sentences import say

CHINESE, CODE, MIXED, COMPRESSED_CHINESE, COMPRESSED_CODE = range(1, 6)
"""How BDS-3 sentences number the ways of coding a text."""
_CODING = number(CHINESE, COMPRESSED_CODE)
_MODES = {CHINESE: TextMode.CHINESE, CODE: TextMode.CODE, MIXED: TextMode.MIXED}
_SMALL = number(0, 99)
_COUNT = number(0, 99_999_999)
_VALUES_OF_A_BEAM = 3


def content_of(coding: int, text: str) -> Content:
    """Return the content of a text in one of the codings that are open.

    Raises
    ------
    Unreadable
        If the text does not fit its coding, or the coding is one of the compressed ones, whose
        tables are not public.
    """
    if coding not in _MODES:
        raise Unreadable(say("Compressed text cannot be read: its tables are not public."))
    return read_field(_MODES[coding], text)


@ascii_message("ICR")
class CardQuery(HostMessage):
    """Ask for the card's data."""

    of_subordinates: bool = wire(flag("1", "0"))
    frame_no: int = wire(number(0, 999, width=2))


@ascii_message("ICP")
class CardInformation(AsciiMessage):
    """The card's data and rights; a level of 0 means 5."""

    card: str = wire(card_number())
    broadcast_card: str = wire(card_number())
    authorisation: int = wire(_SMALL)
    user_flag: int = wire(_SMALL)
    service_flag: int = wire(_SMALL)
    secret: bool = wire(flag("Y", "N"))
    device_type: int = wire(_SMALL)
    rescue: bool = wire(flag("Y", "N"))
    military: int = wire(_SMALL)
    civil_or_military: int = wire(_SMALL)
    allied: int = wire(_SMALL)
    priority: int = wire(_SMALL)
    service_capability: int = wire(_SMALL)
    service_period_s: int = wire(_COUNT)
    level: int = wire(_SMALL)
    global_flag: int = wire(_SMALL)
    global_permission: int = wire(_SMALL)
    global_period_s: int = wire(_COUNT)
    global_level: int = wire(_SMALL)
    num_subordinates: int = wire(_COUNT)
    group_permission: int = wire(_COUNT)
    num_own_groups: int = wire(_COUNT)
    num_joined_groups: int = wire(_COUNT)


@ascii_message("TCQ")
class SendMessage(HostMessage):
    """Send a message to a card or a group; a period of 0 sends it once."""

    destination: str = wire(card_number())
    frequency_point: int = wire(number(0, 9))
    confirm_inbound: bool = wire(flag("2", "1"))
    coding: int = wire(_CODING)
    text: str = text_wire(anything())
    period_s: int = wire(_COUNT)

    @property
    def content(self) -> Content:
        """What the text carries; raises `Unreadable` where it does not fit its coding."""
        return content_of(self.coding, self.text)


@ascii_message("TCI")
class ReceivedMessage(AsciiMessage):
    """A message from another card."""

    sender: str = wire(card_number())
    receiver: str = wire(card_number())
    frequency_point: int = wire(number(0, 9))
    sent_at: time | None = wire(optional(clock_time(decimals=0)))
    coding: int = wire(_CODING)
    period_s: int = wire(_COUNT)
    text: str = text_wire(anything())

    @property
    def content(self) -> Content:
        """What the text carries; raises `Unreadable` where it does not fit its coding."""
        return content_of(self.coding, self.text)


@ascii_message("TCI")
class ReceivedWithoutPoint(AsciiMessage):
    """A message from another card, as one source lays it out: without a frequency point.

    It is told from the usual one by its third field, a time. What the second number is, the
    source does not say.
    """

    sender: str = wire(card_number())
    receiver: str = wire(card_number())
    sent_at: time | None = wire(optional(clock_time(decimals=0)))
    coding: int = wire(_CODING)
    unexplained: int = wire(_COUNT)
    period_s: Decimal = wire(decimal())
    text: str = text_wire(anything())

    @property
    def content(self) -> Content:
        """What the text carries; raises `Unreadable` where it does not fit its coding."""
        return content_of(self.coding, self.text)


@ascii_message("FKI")
class Feedback(AsciiMessage):
    """What became of a command; told from the 2.1 sentence by its first field, a time.

    Reasons: 1 frequency, 2 suppressed, 3 silent, 4 power not locked, 5 no card, 6 no permission.
    """

    told_at: time = wire(clock_time(decimals=0))
    command: str = wire(COMMAND)
    executed: bool = wire(flag("Y", "N"))
    reason: int = wire(number(0, 9))
    wait_s: int = wire(_COUNT)


@ascii_message("PWI")
class BeamPowers(AsciiMessage):
    """How well the beams are heard.

    The values are three for each BDS-2 beam, then the number of BDS-3 beams, then a channel and
    two or three values for each of those. They stay text, because devices leave some empty.
    """

    told_at: time | None = wire(CLOCK)
    num_bds2_beams: int = wire(number(0, 99, width=2))
    values: tuple[str, ...] = rest_wire(
        matching(r"-?[0-9.]{0,8}", say("This is no beam value."), "a number or empty")
    )

    @property
    def bds2_beams(self) -> tuple[tuple[str, ...], ...]:
        """The three values of each BDS-2 beam."""
        return _grouped(self.values[: self._split], _VALUES_OF_A_BEAM)

    @property
    def bds3_beams(self) -> tuple[tuple[str, ...], ...]:
        """Channel and values of each BDS-3 beam.

        Empty where some beams have two values and some three, which cannot be told apart.
        """
        values = self.values[self._split + 1 :]
        size, left_over = divmod(len(values), max(self._num_bds3_beams, 1))
        return () if left_over or not values else _grouped(values, size)

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where the values are not as many as the beams need."""
        num_values = len(self.values) - self._split - 1
        num_beams = self._num_bds3_beams if num_values >= 0 else -1
        least, most = _VALUES_OF_A_BEAM * num_beams, (_VALUES_OF_A_BEAM + 1) * num_beams
        if num_beams >= 0 and least <= num_values <= most:
            return ()
        return (
            Fault(
                where=f"${self.talker}PWI",
                field="values",
                value=",".join(self.values),
                what=say("The number of values does not fit the number of beams."),
            ),
        )

    @property
    def _split(self) -> int:
        return _VALUES_OF_A_BEAM * self.num_bds2_beams

    @property
    def _num_bds3_beams(self) -> int:
        told = self.values[self._split]
        return int(told) if told.isdigit() else -1


@ascii_message("SNR")
class SignalToNoise(AsciiMessage):
    """Signal to noise of each beam, usually 21 of them."""

    ratios: tuple[int | None, ...] = rest_wire(optional(_SMALL))


@ascii_message("CNO")
class CarrierToNoise(AsciiMessage):
    """Carrier to noise of satellites on one signal: pairs of satellite and ratio.

    Laid out here after one sentence seen: the count in it is the number of pairs.
    """

    signal: str = wire(anything())
    num_satellites: int = wire(_SMALL)
    pairs: tuple[int, ...] = rest_wire(_SMALL)

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where the pairs are not as many as the sentence says."""
        if len(self.pairs) == 2 * self.num_satellites:
            return ()
        return (
            Fault(
                where=f"${self.talker}CNO",
                field="num_satellites",
                value=str(self.num_satellites),
                what=say("The sentence holds {values} values instead.", values=len(self.pairs)),
                allowed="two values for each satellite",
            ),
        )


@ascii_message("COV")
class WeekTime(AsciiMessage):
    """Week and second of the week, laid out here after one sentence seen."""

    week: int = wire(number(0, 9_999))
    second_of_week_s: Decimal = wire(decimal())
    state: int = wire(number(0, 99, width=2))


@ascii_message("EPI")
class PositionReport(AsciiMessage):
    """A position, longitude first; what follows the position is kept as text."""

    card: str = wire(card_number())
    other_card: str = wire(card_number())
    kind: str = wire(anything())
    taken_at: time | None = wire(CLOCK)
    longitude: Decimal | None = wire(LONGITUDE)
    east: bool | None = wire(EAST)
    latitude: Decimal | None = wire(LATITUDE)
    north: bool | None = wire(NORTH)
    remainder: tuple[str, ...] = rest_wire(anything())

    @property
    def point(self) -> Point | None:
        """Where the terminal was."""
        return point_of(
            latitude=self.latitude, north=self.north, longitude=self.longitude, east=self.east
        )


def _grouped(values: tuple[str, ...], size: int) -> tuple[tuple[str, ...], ...]:
    return tuple(values[at : at + size] for at in range(0, len(values), size))
