"""Framing: where a BeiDou sentence begins and ends in a stream of bytes, and whether it is whole.

Two families share one line. ASCII sentences (2.1 and BDS-3) run from ``$`` to ``*hh``, where hh is
the exclusive or of the bytes between them. Binary frames (4.0) are ``$XXXX``, a big-endian u16
length of the whole frame, and a last byte that is the exclusive or of all bytes before it.

A ``$`` that begins a header always begins a new candidate, also inside an unfinished ASCII
sentence, because GBK text never holds the byte ``$`` as half of a character: so a sentence cut
short does not take the next one with it. A refused binary frame gives back everything from the
next header on. A damaged frame whose eight check bits agree by chance cannot be told from a good
one; what it carries is checked again by its reader.
"""

import re
from dataclasses import dataclass

from relief.sentences import Sentence, say

MAX_ASCII_BYTES = 4_096
"""Longest ASCII sentence: 14,000 bits of a BDS-3 message are 3,500 hexadecimal digits."""
MAX_BINARY_BYTES = 2_047
"""Longest binary frame: 1,750 bytes of text and its fields."""
MIN_BINARY_BYTES = 11
"""Shortest binary frame: name, length, user address, checksum."""
NOISE_BLOCK_BYTES = 4_096
"""Noise is handed on in blocks of this size, however it came in."""

_BINARY_HEADER = rb"\$[A-Z]{4}[\x00-\x07]"
_ASCII_HEADER = rb"\$[A-Z][A-Z0-9]{2,9}[,*]"
_MAX_HEADER_BYTES = 12
_HEADER = re.compile(_BINARY_HEADER + b"|" + _ASCII_HEADER)
_ASCII_END = re.compile(rb"\*[0-9A-Fa-f]{2}|[\r\n]|" + _BINARY_HEADER + b"|" + _ASCII_HEADER)
_UNFINISHED_HEADER = re.compile(rb"\$(?:[A-Z][A-Z0-9]{0,9})?\Z")
_STAR = ord("*")
_NOT_A_LENGTH = 8
"""The high byte of a binary length is below this, what ends an ASCII header is above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One whole sentence whose checksum agrees.

    Parameters
    ----------
    offset
        Where it begins in the stream, in bytes.
    raw
        All its bytes, from ``$`` to the checksum; line ends are not part of it.
    name
        Talker and name of an ASCII sentence (``BDTXR``), or the four letters of a binary frame.
    binary
        Whether it is a binary frame.
    body
        What stands between name (and comma, or length) and checksum.
    """

    offset: int
    raw: bytes
    name: str
    binary: bool
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedBytes:
    """Bytes that begin like a sentence and are none, with the reason."""

    offset: int
    raw: bytes
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Bytes between sentences: line ends, boot messages of a device, disturbance."""

    offset: int
    raw: bytes


Piece = Frame | RefusedBytes | Noise


def xor_of(octets: bytes) -> int:
    """Return the exclusive or of all bytes.

    The bytes are folded as one long integer, which is several times faster than a loop.

    Examples
    --------
    >>> f"{xor_of(b'CCICI,0,00'):02X}"
    '73'
    """
    value = int.from_bytes(octets, "big")
    width = 1 << max(len(octets) - 1, 0).bit_length()
    while width > 1:
        width >>= 1
        value = (value >> (width << 3)) ^ (value & ((1 << (width << 3)) - 1))
    return value


def ascii_frame(name: str, body: bytes) -> bytes:
    r"""Return an ASCII sentence from ``$`` to its checksum, without line end.

    Examples
    --------
    >>> ascii_frame("CCICI", b"0,00")
    b'$CCICI,0,00*73'
    """
    inner = name.encode("ascii") + b"," + body
    return b"$%b*%02X" % (inner, xor_of(inner))


def binary_frame(name: str, body: bytes) -> bytes:
    """Return a binary frame around user address and fields.

    Examples
    --------
    >>> binary_frame("ICJC", bytes(4)).hex(" ")
    '24 49 43 4a 43 00 0c 00 00 00 00 2b'
    """
    head = b"$" + name.encode("ascii")
    num_bytes = len(head) + 2 + len(body) + 1
    if num_bytes > MAX_BINARY_BYTES:
        msg = f"A binary frame holds {MAX_BINARY_BYTES} bytes, not {num_bytes}."
        raise ValueError(msg)
    inner = head + num_bytes.to_bytes(2, "big") + body
    return inner + bytes((xor_of(inner),))


class StreamSplitter:
    """Cuts a stream into frames, refused bytes and noise; any chunking gives the same pieces.

    Every byte fed is in exactly one piece once `close` has been called, and the pieces are in the
    order of the stream.
    """

    def __init__(self) -> None:
        self._held = b""
        self._offset = 0  # of the first held byte in the stream
        self._noise = bytearray()  # not yet handed on; ends where the held bytes begin

    def feed(self, chunk: bytes) -> list[Piece]:
        """Return the pieces that `chunk` completes."""
        self._held += chunk
        return self._cut(final=False)

    def close(self) -> list[Piece]:
        """Return what is left: the stream ends here, or the line has been silent for long.

        The splitter can be fed again afterwards.
        """
        return self._cut(final=True)

    def _cut(self, *, final: bool) -> list[Piece]:
        data = self._held
        pieces: list[Piece] = []
        at = 0
        while at < len(data):
            header = _HEADER.search(data, at)
            if header is None:
                silent = len(data) if final else _undecided_from(data, at)
                self._noise += data[at:silent]
                at = silent
                pieces.extend(self._noise_blocks(at))
                break
            start = header.start()
            self._noise += data[at:start]
            pieces.extend(self._noise_blocks(start))
            pieces.extend(self._rest_of_noise(start))
            at = start
            candidate = _binary if data[header.end() - 1] < _NOT_A_LENGTH else _ascii
            piece = candidate(data, start, header.end(), self._offset + start, final=final)
            if piece is None:
                break
            pieces.append(piece)
            at += len(piece.raw)
        if final:
            pieces.extend(self._rest_of_noise(at))
        self._held = data[at:]
        self._offset += at
        return pieces

    def _noise_blocks(self, end: int) -> list[Piece]:
        """Return full blocks of the noise that ends at `end` of the held bytes."""
        blocks: list[Piece] = []
        while len(self._noise) >= NOISE_BLOCK_BYTES:
            offset = self._offset + end - len(self._noise)
            blocks.append(Noise(offset=offset, raw=bytes(self._noise[:NOISE_BLOCK_BYTES])))
            del self._noise[:NOISE_BLOCK_BYTES]
        return blocks

    def _rest_of_noise(self, end: int) -> list[Piece]:
        if not self._noise:
            return []
        rest = Noise(offset=self._offset + end - len(self._noise), raw=bytes(self._noise))
        self._noise.clear()
        return [rest]


def split(data: bytes) -> list[Piece]:
    """Return the pieces of bytes that are all there.

    Examples
    --------
    >>> [type(piece).__name__ for piece in split(b"boot$CCICI,0,00*73$CCICI,0,01*73")]
    ['Noise', 'Frame', 'RefusedBytes']
    """
    splitter = StreamSplitter()
    return splitter.feed(data) + splitter.close()


def _undecided_from(data: bytes, at: int) -> int:
    """Return where a header may still be unfinished at the end of the data."""
    unfinished = _UNFINISHED_HEADER.search(data, max(at, len(data) - _MAX_HEADER_BYTES))
    return len(data) if unfinished is None else unfinished.start()


def _refuse(data: bytes, start: int, end: int, offset: int, reason: Sentence) -> RefusedBytes:
    """Refuse the bytes to `end`, or to the next header in them, where something good may begin."""
    header = _HEADER.search(data, start + 1, end) or _UNFINISHED_HEADER.search(
        data, max(start + 1, end - _MAX_HEADER_BYTES), end
    )
    return RefusedBytes(
        offset=offset, raw=data[start : end if header is None else header.start()], reason=reason
    )


def _binary(
    data: bytes, start: int, name_end: int, offset: int, *, final: bool
) -> Frame | RefusedBytes | None:
    """Return the binary frame at `start`, or None where more bytes are needed."""
    length_end = name_end + 1
    if len(data) < length_end:
        return _refuse(data, start, len(data), offset, _CUT_OFF) if final else None
    num_bytes = int.from_bytes(data[name_end - 1 : length_end], "big")
    if num_bytes < MIN_BINARY_BYTES:
        return _refuse(
            data,
            start,
            length_end,
            offset,
            say(
                "The length field says {length} bytes; the shortest frame has {shortest}.",
                length=num_bytes,
                shortest=MIN_BINARY_BYTES,
            ),
        )
    end = start + num_bytes
    if len(data) < end:
        return _refuse(data, start, len(data), offset, _CUT_OFF) if final else None
    computed = xor_of(data[start : end - 1])
    if computed != data[end - 1]:
        return _refuse(data, start, end, offset, _wrong_checksum(data[end - 1], computed))
    return Frame(
        offset=offset,
        raw=data[start:end],
        name=data[start + 1 : name_end - 1].decode("ascii"),
        binary=True,
        body=data[length_end : end - 1],
    )


def _ascii(
    data: bytes, start: int, name_end: int, offset: int, *, final: bool
) -> Frame | RefusedBytes | None:
    """Return the ASCII sentence at `start`, or None where more bytes are needed."""
    longest = start + MAX_ASCII_BYTES
    end = _ASCII_END.search(data, name_end - 1, longest)
    if end is None:
        if len(data) >= longest:
            too_long = say("No checksum within {longest} bytes.", longest=MAX_ASCII_BYTES)
            return _refuse(data, start, longest, offset, too_long)
        return _refuse(data, start, len(data), offset, _CUT_OFF) if final else None
    if data[end.start()] != _STAR:
        unfinished = say("The sentence ends without a checksum (* and two hexadecimal digits).")
        return RefusedBytes(offset=offset, raw=data[start : end.start()], reason=unfinished)
    inner = data[start + 1 : end.start()]
    given = int(data[end.start() + 1 : end.end()], 16)
    computed = xor_of(inner)
    raw = data[start : end.end()]
    if computed != given:
        return RefusedBytes(offset=offset, raw=raw, reason=_wrong_checksum(given, computed))
    return Frame(
        offset=offset,
        raw=raw,
        name=data[start + 1 : name_end - 1].decode("ascii"),
        binary=False,
        body=data[name_end : end.start()],
    )


_CUT_OFF = say("The sentence is cut off before its checksum.")


def _wrong_checksum(given: int, computed: int) -> Sentence:
    return say(
        "The checksum is {given}, but the bytes give {computed}.",
        given=f"{given:02X}",
        computed=f"{computed:02X}",
    )
