"""Reports as the sentences that a terminal hands on, and captures of what was received."""

from datetime import datetime

from relief.beidou.ascii_layout import write_ascii
from relief.beidou.notation import CARD_DIGITS
from relief.beidou.rdss_ascii import received_mixed
from relief.beidou.report_code import encode
from relief.damage.reports import DamageReport
from relief.units import in_utc

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
