"""The ASCII sentences of BDS-3 short-message terminals."""

from datetime import time

from relief.beidou.ascii_layout import (
    AsciiMessage,
    ascii_message,
    text_wire,
    wire,
)
from relief.beidou.notation import (
    anything,
    card_number,
    clock_time,
    number,
)
from relief.beidou.refusals import Unreadable
from relief.beidou.text_modes import Content, TextMode, read_field
from relief.sentences import say

CHINESE, CODE, MIXED, COMPRESSED_CHINESE, COMPRESSED_CODE = range(1, 6)
"""How BDS-3 sentences number the ways of coding a text."""
_CODING = number(CHINESE, COMPRESSED_CODE)
_MODES = {CHINESE: TextMode.CHINESE, CODE: TextMode.CODE, MIXED: TextMode.MIXED}
_COUNT = number(0, 99_999_999)


@ascii_message("TCI")
class ReceivedMessage(AsciiMessage):
    """A message from another card."""

    sender: str = wire(card_number())
    receiver: str = wire(card_number())
    frequency_point: int = wire(number(0, 9))
    sent_at: time = wire(clock_time(decimals=0))
    coding: int = wire(_CODING)
    period_s: int = wire(_COUNT)
    text: str = text_wire(anything())

    @property
    def content(self) -> Content:
        """What the text carries; raises `Unreadable` where it does not fit its coding."""
        return content_of(self.coding, self.text)


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
