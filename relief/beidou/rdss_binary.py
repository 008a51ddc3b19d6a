"""The binary frames of RDSS terminals (protocol 4.0): cards, state, texts."""

from dataclasses import dataclass
from enum import IntEnum

from relief.beidou.binary_layout import (
    BinaryMessage,
    Octets,
    binary_message,
    card_octets,
    octets,
    raw_octets,
    series,
    unsigned,
)
from relief.beidou.text_modes import MIXED_MARK, Content, TextMode, unmark
from relief.errors import Fault
from relief.sentences import say

NOT_EXPRESS = 0x04
"""In the type byte of TXSQ, whose bits 7-5 are 010: a normal text, not an express one."""
NOT_CHINESE_IN = 0x02
"""In the type byte of TXSQ: code or mixed."""
NOT_CHINESE_OUT = 0x20
"""In the type byte of TXXX: code or mixed. Real frames have other low bits set; they are kept."""
_BITS_PER_BYTE = 8
_BITS_PER_GBK_BYTE = 7
_BITS_PER_NIBBLE = 4
_NUM_BEAMS = 6
_RECEIPT_BYTES = 4


class Outcome(IntEnum):
    """What became of a command; values from 0xA1 belong to the makers of terminals."""

    DONE = 0
    FAILED = 1
    NOT_LOCKED = 2
    LOW_BATTERY = 3
    TOO_SOON = 4
    CRYPTO_ERROR = 5
    CRC_ERROR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTimes:
    """When a text was sent and when it was received, hour and minute."""

    sent_hour: int
    sent_minute: int
    received_hour: int
    received_minute: int


@binary_message("ICJC")
class CardCheck(BinaryMessage):
    """Ask for the card's data; frames from 1 on are its subordinates."""

    frame_no: int = octets(unsigned(1))


@binary_message("ICXX")
class CardInformation(BinaryMessage):
    """The card's data (frame 0)."""

    frame_no: int = octets(unsigned(1))
    broadcast_card: str = octets(card_octets())
    user_type: int = octets(unsigned(1))
    service_period_s: int = octets(unsigned(2))
    level: int = octets(unsigned(1))
    encrypted: int = octets(unsigned(1))
    num_subordinates: int = octets(unsigned(2))


@binary_message("ICXX")
class Subordinates(BinaryMessage):
    """The cards under this one (frames from 1 on)."""

    frame_no: int = octets(unsigned(1))
    cards: tuple[str, ...] = octets(series(None, card_octets()))


@binary_message("XTZJ")
class SelfCheckRequest(BinaryMessage):
    """Ask for the terminal's state, once or every so many seconds."""

    period_s: int = octets(unsigned(2))


@binary_message("ZJXX")
class SelfCheck(BinaryMessage):
    """The terminal's state; powers are levels 0 to 4, the battery is in percent."""

    card_state: int = octets(unsigned(1))
    hardware_state: int = octets(unsigned(1))
    battery_percent: int = octets(unsigned(1))
    inbound_state: int = octets(unsigned(1))
    powers: tuple[int, ...] = octets(series(_NUM_BEAMS, unsigned(1)))


@binary_message("GLJC")
class PowerCheck(BinaryMessage):
    """Ask for the powers of the beams."""

    period_s: int = octets(unsigned(1))


@binary_message("GLZK")
class Powers(BinaryMessage):
    """The powers of the six beams, levels 0 to 4."""

    powers: tuple[int, ...] = octets(series(_NUM_BEAMS, unsigned(1)))


@binary_message("TXSQ")
class SendFrame(BinaryMessage):
    """Send a text to another card."""

    kind: int = octets(unsigned(1))
    destination: str = octets(card_octets())
    num_bits: int = octets(unsigned(2))
    reply: int = octets(unsigned(1))
    text: bytes = octets(raw_octets())

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where the text is not as long as the frame says."""
        return _length_faults("$TXSQ", self.num_bits, self.text)

    @property
    def is_express(self) -> bool:
        """Whether it is sent before normal texts (特快)."""
        return not self.kind & NOT_EXPRESS

    @property
    def content(self) -> Content:
        """What the text carries."""
        return _content(self.text, self.num_bits, is_chinese=not self.kind & NOT_CHINESE_IN)


@binary_message("TXXX")
class ReceivedFrame(BinaryMessage):
    """A text from another card; a CRC flag other than 0 says that it came in with errors."""

    kind: int = octets(unsigned(1))
    sender: str = octets(card_octets())
    hour: int = octets(unsigned(1))
    minute: int = octets(unsigned(1))
    num_bits: int = octets(unsigned(2))
    text: bytes = octets(raw_octets())
    crc_flag: int = octets(unsigned(1))

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where the text is not as long as the frame says."""
        return _length_faults("$TXXX", self.num_bits, self.text)

    @property
    def content(self) -> Content:
        """What the text carries."""
        return _content(self.text, self.num_bits, is_chinese=not self.kind & NOT_CHINESE_OUT)


@binary_message("TXHZ")
class Receipts(BinaryMessage):
    """Receipts of texts, at most five."""

    receiver: str = octets(card_octets())
    num_receipts: int = octets(unsigned(1))
    receipts: tuple[ReceiptTimes, ...] = octets(
        series(
            None,
            Octets(
                _RECEIPT_BYTES,
                lambda raw: ReceiptTimes(
                    sent_hour=raw[0],
                    sent_minute=raw[1],
                    received_hour=raw[2],
                    received_minute=raw[3],
                ),
                lambda times: bytes(
                    (
                        times.sent_hour,
                        times.sent_minute,
                        times.received_hour,
                        times.received_minute,
                    )
                ),
            ),
        )
    )

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where there are not as many receipts as the frame says."""
        if len(self.receipts) == self.num_receipts:
            return ()
        return (
            Fault(
                where="$TXHZ",
                field="num_receipts",
                value=str(self.num_receipts),
                what=say("The frame holds {receipts} receipts.", receipts=len(self.receipts)),
            ),
        )


@binary_message("FKXX")
class Feedback(BinaryMessage):
    """What became of a command.

    The four extra bytes are the name of the command that was done, or the seconds to wait, which
    sources read in different orders of bytes; they are kept as they are.
    """

    outcome: int = octets(unsigned(1))
    extra: bytes = octets(raw_octets(4))

    @property
    def command(self) -> str:
        """The command that was done; empty for any other outcome."""
        if self.outcome != Outcome.DONE:
            return ""
        return self.extra.decode("ascii", errors="replace")

    @property
    def wait_bounds_s(self) -> tuple[int, int]:
        """The wait as its first byte alone, and as a little-endian integer of four bytes."""
        return self.extra[0], int.from_bytes(self.extra, "little")


def _length_faults(where: str, num_bits: int, text: bytes) -> tuple[Fault, ...]:
    """Return a fault where a text does not have the bits that its frame states.

    Chinese is counted by some senders as it goes on air, seven bits to a byte.
    """
    if len(text) == -(-num_bits // _BITS_PER_BYTE) or len(text) * _BITS_PER_GBK_BYTE == num_bits:
        return ()
    held = say("The frame holds {octets} bytes of text.", octets=len(text))
    return (Fault(where=where, field="num_bits", value=str(num_bits), what=held),)


def _content(text: bytes, num_bits: int, *, is_chinese: bool) -> Content:
    """Return the content of a text; a first byte A4 tells mixed content from a code."""
    if is_chinese:
        return Content(mode=TextMode.CHINESE, octets=text)
    if text[:1] == bytes((MIXED_MARK,)):
        return unmark(text)
    return Content(
        mode=TextMode.CODE,
        octets=text,
        half_byte=num_bits == len(text) * _BITS_PER_BYTE - _BITS_PER_NIBBLE,
    )
