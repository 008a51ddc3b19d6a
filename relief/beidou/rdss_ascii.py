"""The ASCII sentences of BDS-2 short-message terminals (RDSS, protocol 2.1)."""

from datetime import time
from decimal import Decimal
from enum import Enum

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
    decimal,
    flag,
    hour_minute,
    matching,
    named,
    number,
    one_of,
    optional,
)
from relief.beidou.text_modes import Content, TextMode, mixed, read_field, write_field
from relief.errors import Fault
from relief.sentences import say

SECONDS_PER_MINUTE = 60
TEXT_MODES = {"0": TextMode.CHINESE, "1": TextMode.CODE, "2": TextMode.MIXED}
_MODE = one_of(TEXT_MODES)
COMMAND = matching(r"[A-Z]{3,5}", say("This is no command."), "three to five letters")


class Receipt(Enum):
    """How a text came to be received."""

    NORMAL = "1"
    EXPRESS = "2"
    BROADCAST = "3"
    QUERY_LATEST = "4"
    QUERY_SENDER = "5"


class Suppression(Enum):
    """Why a terminal may not send."""

    NONE = "0"
    SYSTEM_ORDER = "1"
    LOW_BATTERY = "2"
    RADIO_SILENCE = "3"


class QueryMethod(Enum):
    """How stored texts are asked for."""

    LATEST = "1"
    BY_SENDER = "2"
    RECEIPT = "3"


class Switch(Enum):
    """How a terminal's own output of a sentence is set."""

    OFF = "1"
    ON = "2"
    ALL_OFF = "3"
    ALL_ON = "4"


@ascii_message("ICA")
class CardQuery(HostMessage):
    """Ask for the card's data, or for its subordinates'."""

    of_subordinates: bool = wire(flag("1", "0"))
    frame_no: int = wire(number(0, 999, width=2))


@ascii_message("ICI")
class CardQueryByIci(HostMessage):
    """The card query under the name of its answer, as some hosts send it."""

    of_subordinates: bool = wire(flag("1", "0"))
    frame_no: int = wire(number(0, 999, width=2))


@ascii_message("ICI")
class CardInformation(AsciiMessage):
    """The card's data; without a card its number is 0000000."""

    card: str = wire(card_number())
    serial: str = wire(matching(r"[0-9]{1,10}", say("This is not a serial number."), "digits"))
    broadcast_card: str = wire(card_number())
    user_type: int = wire(number(0, 9))
    service_period_s: int = wire(number(0, 65_535))
    level: int = wire(number(0, 9))
    encrypted: bool = wire(flag("E", "N"))
    num_subordinates: int = wire(number(0, 99_999))


@ascii_message("TXA")
class SendText(HostMessage):
    """Send a text to another card."""

    destination: str = wire(card_number())
    express: bool = wire(flag("0", "1"))
    mode: TextMode = wire(_MODE)
    text: str = text_wire(anything())

    @staticmethod
    def tidied(parts: list[str]) -> list[str]:
        """Return the fields without an empty one before the text, which some hosts put there."""
        place = 3
        return (
            parts[:place] + parts[place + 1 :]
            if len(parts) > place + 1 and not parts[place]
            else parts
        )

    @property
    def content(self) -> Content:
        """What the text carries; raises `Unreadable` where it does not fit its mode."""
        return read_field(self.mode, self.text)


@ascii_message("TXR")
class ReceivedText(AsciiMessage):
    """A text from another card.

    The hour and minute at which it was sent come with texts that were asked for, and from BDS-3
    units always.
    """

    receipt: Receipt = wire(named(Receipt))
    sender: str = wire(card_number())
    mode: TextMode = wire(_MODE)
    sent_at: time | None = wire(optional(hour_minute()))
    text: str = text_wire(anything())

    @property
    def content(self) -> Content:
        """What the text carries; raises `Unreadable` where it does not fit its mode."""
        return read_field(self.mode, self.text)


@ascii_message("FKI")
class Feedback(AsciiMessage):
    """What became of a command (2.1 order of fields; BDS-3 has another).

    The wait is kept as written: sources read it as seconds or as minutes and seconds.
    """

    command: str = wire(COMMAND)
    executed: bool = wire(flag("Y", "N"))
    period_kept: bool = wire(flag("Y", "N"))
    suppression: Suppression = wire(named(Suppression))
    wait: str = wire(matching(r"[0-9]{1,4}", say("This is no wait."), "4 digits"))

    @property
    def wait_bounds_s(self) -> tuple[int, int]:
        """The wait read as minutes and seconds, and as seconds; equal below a minute."""
        minutes, seconds = divmod(int(self.wait), 100)
        return minutes * SECONDS_PER_MINUTE + seconds, int(self.wait)


@ascii_message("CXA")
class TextQuery(HostMessage):
    """Ask for stored texts, receipts or positions."""

    of_texts: bool = wire(flag("1", "0"))
    method: QueryMethod = wire(named(QueryMethod))
    card: str = wire(optional(card_number()))


@ascii_message("HZR")
class Receipts(AsciiMessage):
    """Receipts of texts: pairs of the time of sending and the time of receipt.

    Empty fields may follow them.
    """

    card: str = wire(card_number())
    num_receipts: int = wire(number(0, 5))
    times: tuple[time | None, ...] = rest_wire(optional(hour_minute()))

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where the pairs are not as many as the sentence says."""
        num_times = 2 * self.num_receipts
        if len(self.times) >= num_times and not any(self.times[num_times:]):
            return ()
        return (
            Fault(
                where=f"${self.talker}HZR",
                field="num_receipts",
                value=str(self.num_receipts),
                what=say("The sentence holds {times} times instead.", times=len(self.times)),
                allowed="two times for each receipt",
            ),
        )


@ascii_message("BSI")
class BeamPowers(AsciiMessage):
    """How well the beams are heard, 0 to 4 each; older units have fewer than ten."""

    response_beam: int = wire(number(0, 99, width=2))
    time_difference_beam: int = wire(number(0, 99, width=2))
    powers: tuple[int | None, ...] = rest_wire(optional(number(0, 9)))


@ascii_message("BSS")
class BeamChoice(HostMessage):
    """Choose the beams, or leave the choice to the terminal."""

    response_beam: int | None = wire(optional(number(0, 99, width=2)))
    time_difference_beam: int | None = wire(optional(number(0, 99, width=2)))


@ascii_message("RMO")
class OutputSwitch(HostMessage):
    """Switch the terminal's own output of a sentence."""

    sentence: str = wire(matching(r"[A-Z]{0,5}", say("This is no sentence."), "up to five letters"))
    switch: Switch = wire(named(Switch))
    period_s: Decimal | None = wire(optional(decimal()))


def received_mixed(sender: str, payload: bytes) -> ReceivedText:
    """Return the message with which a terminal hands on mixed content from another card."""
    return ReceivedText(
        receipt=Receipt.NORMAL,
        sender=sender,
        mode=TextMode.MIXED,
        sent_at=None,
        text=write_field(mixed(payload)),
    )
