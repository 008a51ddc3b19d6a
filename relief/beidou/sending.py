"""Sentences that are made here: what goes to a terminal, what one hands on, and captures."""

from datetime import datetime
from enum import Enum

from relief.beidou.ascii_layout import write_ascii
from relief.beidou.bds3 import MIXED, SendMessage
from relief.beidou.bds3 import CardQuery as Bds3CardQuery
from relief.beidou.binary_layout import write_binary
from relief.beidou.notation import CARD_DIGITS
from relief.beidou.rdss_ascii import CardQuery, SendText, received_mixed
from relief.beidou.rdss_binary import NOT_CHINESE_IN, NOT_EXPRESS, CardCheck, SendFrame
from relief.beidou.report_code import encode
from relief.beidou.text_modes import TextMode, mixed, serial_octets, write_field
from relief.damage.reports import DamageReport
from relief.units import in_utc

_FREQUENCY_POINT = 2
"""Where BDS-3 terminals send if they are not told otherwise."""
_NORMAL_MIXED = 0x40 | NOT_EXPRESS | NOT_CHINESE_IN
HEX_PREFIX = b"hex:"
"""Begins a line of a capture that holds a binary frame in hexadecimal digits."""


def report_sentence(report: DamageReport) -> bytes:
    """Return the ``$BDTXR`` sentence in mixed mode that carries a report, without line end.

    Raises
    ------
    RefusedSentence
        If the report does not fit the compact code.
    """
    return write_ascii(received_mixed(report.sender_card.zfill(CARD_DIGITS), encode(report)))


class Wire(Enum):
    """Which sentences a terminal speaks."""

    RDSS_2_1 = "2.1"
    BDS_3 = "3"
    RDSS_4_0 = "4.0"


def sending_sentence(wire: Wire, own_card: str, destination: str, payload: bytes) -> bytes:
    """Return the sentence that lets a terminal send mixed content to a card.

    Parameters
    ----------
    wire
        What the terminal speaks.
    own_card
        The terminal's own card.
    destination
        The card that is to receive it.
    payload
        The content behind the A4.

    Raises
    ------
    RefusedSentence
        If a card number or the length cannot be written.
    """
    content = mixed(payload)
    match wire:
        case Wire.RDSS_2_1:
            text = SendText(
                destination=destination,
                express=False,
                mode=TextMode.MIXED,
                text=write_field(content),
            )
            return write_ascii(text)
        case Wire.BDS_3:
            message = SendMessage(
                destination=destination,
                frequency_point=_FREQUENCY_POINT,
                confirm_inbound=False,
                coding=MIXED,
                text=write_field(content),
                period_s=0,
            )
            return write_ascii(message)
        case Wire.RDSS_4_0:
            frame = SendFrame(
                user=own_card,
                kind=_NORMAL_MIXED,
                destination=destination,
                num_bits=content.num_bits,
                reply=0,
                text=serial_octets(content),
            )
            return write_binary(frame)


def card_queries() -> tuple[bytes, ...]:
    """Return the questions for the card, in the three ways of asking; a terminal answers one."""
    return (
        write_ascii(CardQuery(of_subordinates=False, frame_no=0)),
        write_ascii(Bds3CardQuery(of_subordinates=False, frame_no=0)),
        write_binary(CardCheck(user="0000000", frame_no=0)),
    )


def captured(sentence: bytes, received_at: datetime) -> bytes:
    r"""Return a line of a capture file: when a sentence came in, and the sentence.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> captured(b"$CCICI,0,00*73", datetime(2016, 7, 6, tzinfo=UTC))
    b'2016-07-06T00:00:00+00:00\t$CCICI,0,00*73\n'
    """
    instant = in_utc(received_at).isoformat().encode("ascii")
    # A binary frame holds any byte, also one below the blank; an ASCII sentence holds none.
    is_binary = any(octet < ord(" ") for octet in sentence)
    line = HEX_PREFIX + sentence.hex(" ").upper().encode("ascii") if is_binary else sentence
    return instant + b"\t" + line + b"\n"
