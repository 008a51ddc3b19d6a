"""The envelope of compact codes: mark, version, kind, sequence number, body, check.

What kinds of message there are and what stands in their bodies is said by their own modules; the
code book is ``docs/beidou-report-code.md``.
"""

from binascii import crc_hqx
from dataclasses import dataclass
from typing import Final

from relief.beidou.refusals import RefusedSentence, refused
from relief.sentences import Sentence, say

MARK: Final = 0xFF
"""The first byte; no GBK character begins with it."""
VERSION: Final = 1
CAPACITY_BYTES: Final = 77
"""Mixed content of a civil level-3 card: 628 bits less the A4, in whole bytes."""
MAX_COUNT_BYTES: Final = 5
MAX_COUNT: Final = (1 << (7 * MAX_COUNT_BYTES)) - 1
MAX_SEQUENCE: Final = 0xFFFF
MAX_TEXT_BYTES: Final = 0xFF
TEXT_CODEC: Final = "gb18030"
_WHERE = "report code"
_HEAD_BYTES = 4
_CRC_BYTES = 2
_LOW_SEVEN, _TOP = 0x7F, 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A compact code whose check value agrees.

    Parameters
    ----------
    kind
        What kind of message it is, 0 to 15.
    sequence
        The sender's running number.
    body
        The rest, up to the check value.
    """

    kind: int
    sequence: int
    body: bytes


def crc16(octets: bytes) -> int:
    """Return the CRC-16 with polynomial 1021, start FFFF, not reflected (CRC-16/IBM-3740).

    Examples
    --------
    >>> f"{crc16(b'123456789'):04X}"
    '29B1'
    """
    return crc_hqx(octets, 0xFFFF)


def claims_compact_code(payload: bytes) -> bool:
    """Return whether a payload says that it is compact code, right or wrong."""
    return payload[:1] == bytes((MARK,))


def seal(envelope: Envelope) -> bytes:
    """Return a compact code of any length."""
    octets = bytes((MARK, VERSION << 4 | envelope.kind))
    octets += envelope.sequence.to_bytes(2, "big") + envelope.body
    return octets + crc16(octets).to_bytes(_CRC_BYTES, "big")


def wrap(envelope: Envelope) -> bytes:
    """Return a compact code that fits one civil short message.

    Raises
    ------
    RefusedSentence
        If it is longer than `CAPACITY_BYTES`.
    """
    octets = seal(envelope)
    if len(octets) > CAPACITY_BYTES:
        too_long = say("The report does not fit one message; send the blocked roads in a second.")
        raise refused(_WHERE, "length", len(octets), too_long, f"{CAPACITY_BYTES} bytes")
    return octets


def unwrap(payload: bytes) -> Envelope:
    """Return what a compact code holds.

    Raises
    ------
    RefusedSentence
        If the payload is no compact code of this version, or is damaged.
    """
    if not claims_compact_code(payload):
        no_code = say("The payload is no report code.")
        raise refused(_WHERE, "mark", payload[:1].hex(), no_code, f"{MARK:02x}")
    if len(payload) < _HEAD_BYTES + _CRC_BYTES:
        raise refused(_WHERE, "length", len(payload), say("The report code is cut off."))
    given, computed = int.from_bytes(payload[-_CRC_BYTES:], "big"), crc16(payload[:-_CRC_BYTES])
    if given != computed:
        damaged = say("The check value is wrong; the bytes were changed or cut off on the way.")
        raise refused(_WHERE, "crc", f"{given:04X}", damaged, f"{computed:04X}")
    version, kind = payload[1] >> 4, payload[1] & 0xF
    if version != VERSION:
        raise refused(_WHERE, "version", version, say("This version is not known."), str(VERSION))
    return Envelope(
        kind=kind,
        sequence=int.from_bytes(payload[2:_HEAD_BYTES], "big"),
        body=payload[_HEAD_BYTES:-_CRC_BYTES],
    )


def write_count(value: int) -> bytes:
    """Return a count in groups of seven bits, the lowest first.

    Examples
    --------
    >>> write_count(127).hex(), write_count(128).hex(), write_count(3200).hex()
    ('7f', '8001', '8019')
    """
    octets = bytearray()
    while value > _LOW_SEVEN:
        octets.append(value & _LOW_SEVEN | _TOP)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def write_change(value: int) -> bytes:
    """Return a number with a sign as a count: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.

    Examples
    --------
    >>> write_change(-1).hex(), write_change(64).hex()
    ('01', '8001')
    """
    return write_count(2 * value if value >= 0 else -2 * value - 1)


def write_text(text: str) -> bytes:
    """Return a text as its length in bytes and its GBK bytes."""
    octets = text.encode(TEXT_CODEC)
    return bytes((len(octets),)) + octets


class BodyReader:
    """Reads the body of a compact code from front to back.

    Parameters
    ----------
    body
        The body.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def octets(self, num_bytes: int, field: str) -> bytes:
        """Return the next bytes; `field` names them in a refusal.

        Raises
        ------
        RefusedSentence
            If there are not so many.
        """
        end = self._at + num_bytes
        if end > len(self._body):
            raise _refusal(field, self._body[self._at :].hex(" "), _ENDS_TOO_SOON)
        taken = self._body[self._at : end]
        self._at = end
        return taken

    def number(self, num_bytes: int, field: str) -> int:
        """Return the next big-endian integer; raises as `octets` does."""
        return int.from_bytes(self.octets(num_bytes, field), "big")

    def count(self, field: str) -> int:
        """Return the next count.

        Raises
        ------
        RefusedSentence
            If it ends too soon, or is longer than it need be.
        """
        value = 0
        octets = self._body[self._at : self._at + MAX_COUNT_BYTES]
        for place, octet in enumerate(octets):
            value |= (octet & _LOW_SEVEN) << (7 * place)
            if octet & _TOP:
                continue
            if octet == 0 and place > 0:
                raise _refusal(field, value, _NOT_SHORT)
            self._at += place + 1
            return value
        if len(octets) < MAX_COUNT_BYTES:
            raise _refusal(field, octets.hex(" "), _ENDS_TOO_SOON)
        raise _refusal(field, value, _NOT_SHORT)

    def change(self, field: str) -> int:
        """Return the next number with a sign; raises as `count` does."""
        value = self.count(field)
        return -(value + 1) // 2 if value % 2 else value // 2

    def rest(self) -> bytes:
        """Return all that is left."""
        octets = self._body[self._at :]
        self._at = len(self._body)
        return octets

    def text(self, field: str) -> str:
        """Return the next text.

        Raises
        ------
        RefusedSentence
            If it ends too soon or is no GBK.
        """
        octets = self.octets(self.number(1, field), field)
        try:
            return octets.decode(TEXT_CODEC)
        except UnicodeDecodeError as failure:
            raise _refusal(
                field, octets.hex(" "), say("The text is not written in GBK.")
            ) from failure

    def end(self) -> None:
        """Check that nothing is left.

        Raises
        ------
        RefusedSentence
            If something is.
        """
        left = self._body[self._at :]
        if left:
            raise _refusal("end", left.hex(" "), say("There are bytes left over."))


def _refusal(field: str, value: object, what: Sentence) -> RefusedSentence:
    return refused(_WHERE, field, value, what)


_ENDS_TOO_SOON = say("The report code ends too soon.")
_NOT_SHORT = say("The count is not written as short as it can be.")
