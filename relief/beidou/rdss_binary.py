"""The binary frames of RDSS terminals (protocol 4.0)."""

from relief.beidou.binary_layout import (
    BinaryMessage,
    binary_message,
    card_octets,
    octets,
    raw_octets,
    unsigned,
)
from relief.beidou.text_modes import (
    MIXED_MARK,
    Content,
    TextMode,
    unmark,
)
from relief.errors import Fault
from relief.sentences import say

MESSAGE = 0x40
"""Bits 7-5 of the type byte: 010, a text."""
NOT_CHINESE_OUT = 0x20
"""In the type byte of TXXX: code or mixed. Real frames have other low bits set; they are kept."""
_BITS_PER_BYTE = 8
_BITS_PER_GBK_BYTE = 7


@binary_message("TXXX")
class ReceivedFrame(BinaryMessage):
    """A text from another card."""

    kind: int = octets(unsigned(1))
    sender: str = octets(card_octets())
    hour: int = octets(unsigned(1))
    minute: int = octets(unsigned(1))
    num_bits: int = octets(unsigned(2))
    text: bytes = octets(raw_octets())
    crc_flag: int = octets(unsigned(1))

    def contradictions(self) -> tuple[Fault, ...]:
        """Return a fault where the text is not as long as the frame says."""
        return length_faults("$TXXX", self.num_bits, self.text)

    @property
    def content(self) -> Content:
        """What the text carries."""
        return content_of(
            self.text, num_bits=self.num_bits, is_chinese=not self.kind & NOT_CHINESE_OUT
        )


def length_faults(where: str, num_bits: int, text: bytes) -> tuple[Fault, ...]:
    """Return a fault where a text does not have the bits that its frame states.

    Chinese is counted by some senders as it goes on air, seven bits to a byte.
    """
    if len(text) == -(-num_bits // _BITS_PER_BYTE) or len(text) * _BITS_PER_GBK_BYTE == num_bits:
        return ()
    return (
        Fault(
            where=where,
            field="num_bits",
            value=str(num_bits),
            what=say("The frame holds {bytes} bytes of text instead.", bytes=len(text)),
        ),
    )


def content_of(text: bytes, *, num_bits: int, is_chinese: bool) -> Content:
    """Return the content of a text; a first byte A4 tells mixed content from a code."""
    if is_chinese:
        return Content(mode=TextMode.CHINESE, octets=text)
    if text[:1] == bytes((MIXED_MARK,)):
        return unmark(text)
    return Content(
        mode=TextMode.CODE,
        octets=text,
        half_byte=bool(text) and num_bits == len(text) * _BITS_PER_BYTE - 4,
    )
