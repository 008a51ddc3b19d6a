"""Captures: files of what was received, one sentence a line.

A line may begin with the instant at which the sentence came in (ISO 8601 with an offset) and a
tab. A binary frame is written as ``hex:`` and its bytes. Blank lines and lines that begin with
``#`` say nothing.
"""

from datetime import datetime

from relief.beidou.refusals import refused
from relief.beidou.sending import HEX_PREFIX
from relief.sentences import say
from relief.units import in_utc

_COMMENT = b"#"
_DOLLAR = b"$"


def says_nothing(line: bytes) -> bool:
    """Return whether a line is blank or a comment."""
    return not line.strip() or line.startswith(_COMMENT)


def read_capture_line(line: bytes, received_at: datetime) -> tuple[datetime, bytes]:
    r"""Return when the sentence of a line came in, and its bytes as they stood on the wire.

    Parameters
    ----------
    line
        The line, without its end.
    received_at
        When it came in if the line does not say so.

    Raises
    ------
    RefusedSentence
        If the instant or the hexadecimal digits are none.

    Examples
    --------
    >>> read_capture_line(b"2016-07-06T08:00:00+08:00\thex:24 49", datetime.min)[1]
    b'$I'
    """
    sentence = line
    if not line.startswith((_DOLLAR, HEX_PREFIX)):
        stamp, tab, after = line.partition(b"\t")
        if tab:
            received_at, sentence = _instant(stamp), after
    return received_at, _octets(sentence)


def _instant(stamp: bytes) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(stamp.decode("ascii")))
    except ValueError as failure:
        raise refused(
            "line",
            "received_at",
            stamp.decode("latin-1"),
            say("This is no instant."),
            "2016-07-06T08:00:00+08:00",
        ) from failure


def _octets(sentence: bytes) -> bytes:
    if not sentence.startswith(HEX_PREFIX):
        return sentence
    digits = sentence.removeprefix(HEX_PREFIX).decode("latin-1")
    try:
        return bytes.fromhex(digits)
    except ValueError as failure:
        raise refused(
            "line", "hex", digits, say("These are no hexadecimal bytes."), "24 54 58 58 58 ..."
        ) from failure
