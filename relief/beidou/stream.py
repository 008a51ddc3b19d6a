"""Where BeiDou sentences begin and end in a stream of bytes, and whether they are whole.

A ``$`` that begins a header always begins a new candidate, also inside an unfinished ASCII
sentence, because GBK text never holds the byte ``$`` as half of a character: so a sentence cut
short does not take the next one with it. A refused binary frame gives back everything from the
next header on. One damaged frame in 256 has check bits that agree by chance; so a binary frame in
which another header stands is taken only if its fields can be read.
"""

import re
from dataclasses import dataclass

from relief.beidou.frames import (
    ASCII_END,
    ASCII_HEADER,
    BINARY_HEADER,
    Frame,
    xor_of,
)
from relief.beidou.messages import UnknownMessage, read_message
from relief.beidou.refusals import RefusedSentence
from relief.sentences import Sentence, say

MAX_ASCII_BYTES = 4_096
"""Longest ASCII sentence: 14,000 bits of a BDS-3 message are 3,500 hexadecimal digits."""
MIN_BINARY_BYTES = 11
"""Shortest binary frame: name, length, user address, checksum."""
NOISE_BLOCK_BYTES = 4_096
"""Noise is handed on in blocks of this size, however it came in."""

_MAX_HEADER_BYTES = 12
_HEADER = re.compile(BINARY_HEADER + b"|" + ASCII_HEADER)
_UNFINISHED_HEADER = re.compile(rb"\$(?:[A-Z][A-Z0-9]{0,9})?\Z")
_STAR = ord("*")
_NOT_A_LENGTH = 8
"""The high byte of a binary length is below this, what ends an ASCII header is above."""


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
    frame = Frame(
        offset=offset,
        raw=data[start:end],
        name=data[start + 1 : name_end - 1].decode("ascii"),
        binary=True,
        body=data[length_end : end - 1],
    )
    if _HEADER.search(data, length_end, end - 1) is not None and not _is_readable(frame):
        return _refuse(data, start, end, offset, _TWO_IN_ONE)
    return frame


def _is_readable(frame: Frame) -> bool:
    try:
        return not isinstance(read_message(frame), UnknownMessage)
    except RefusedSentence:
        return False


def _ascii(
    data: bytes, start: int, name_end: int, offset: int, *, final: bool
) -> Frame | RefusedBytes | None:
    """Return the ASCII sentence at `start`, or None where more bytes are needed."""
    longest = start + MAX_ASCII_BYTES
    end = ASCII_END.search(data, name_end - 1, longest)
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


_TWO_IN_ONE = say("The fields of the frame make no sense, and another sentence begins in it.")
_CUT_OFF = say("The sentence is cut off before its checksum.")


def _wrong_checksum(given: int, computed: int) -> Sentence:
    return say(
        "The checksum is {given}, but the bytes give {computed}.",
        given=f"{given:02X}",
        computed=f"{computed:02X}",
    )
