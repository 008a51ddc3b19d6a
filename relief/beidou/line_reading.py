"""From chunks of a journal to located pieces; the journal can be read again from any held byte.

Every byte that came in has one address: its place in the journal. A piece is known by the address
of its first byte, however often the program was stopped and the journal read again: so it is
understood once. What a line holds of an unfinished sentence is not kept anywhere else; a new
reader is given the same bytes again (`Readers.resume`).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from relief.beidou.capture import read_capture_line, says_nothing
from relief.beidou.refusals import RefusedSentence
from relief.beidou.stream import Noise, Piece, RefusedBytes, StreamSplitter, split


class ChunkKind(IntEnum):
    """What a chunk of the journal tells of its line; the numbers stand in the file."""

    OPENED = 0
    """A device was plugged in, a connection made, a file begun."""
    BYTES = 1
    """Bytes as they came from a device."""
    CAPTURE = 2
    """Bytes of a capture file, which is read line by line."""
    SILENT = 3
    """The line said nothing for long: a sentence that is unfinished now stays so."""
    CLOSED = 4
    """The device was unplugged, the connection ended."""
    SENT = 5
    """Bytes that went out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One record of the journal.

    Parameters
    ----------
    line
        The name of the line.
    kind
        What it tells.
    at
        When it came.
    octets
        The bytes; none for most kinds.
    record_at, address, end_at
        Where the record, its bytes, and the next record begin in the journal.
    """

    line: str
    kind: ChunkKind
    at: datetime
    octets: bytes = b""
    record_at: int
    address: int
    end_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A piece of a line, with the address of its first byte and when its last byte came in."""

    piece: Piece
    address: int
    line: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingMark:
    """How far a journal has been understood.

    Parameters
    ----------
    record_at
        The record from which it must be read again.
    done_at
        Where the first record begins that no reader has seen.
    held
        The address of the first byte that each line still holds of an unfinished sentence.
    """

    record_at: int
    done_at: int
    held: Mapping[str, int]


class _Held:
    """The chunks of a line from which bytes are still held, and where each byte of them lies."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._num_consumed = 0  # of the first chunk's bytes

    def add(self, chunk: Chunk) -> None:
        """Put the bytes of a chunk behind those that are there."""
        if chunk.octets:
            self._chunks.append(chunk)

    @property
    def first(self) -> tuple[int, int] | None:
        """The record and the address of the first held byte; None where none is held."""
        if not self._chunks:
            return None
        return self._chunks[0].record_at, self._chunks[0].address + self._num_consumed

    def consume(self, num_bytes: int) -> int:
        """Let go of bytes; return the address of the first of them."""
        first = self.first
        address = first[1] if first is not None else 0
        self._num_consumed += num_bytes
        while self._chunks and self._num_consumed >= len(self._chunks[0].octets):
            self._num_consumed -= len(self._chunks.popleft().octets)
        return address


class _DeviceReader:
    """Reads the bytes of a device."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._splitter = StreamSplitter()
        self.held = _Held()

    def feed(self, chunk: Chunk) -> list[Located]:
        """Return the pieces that a chunk completes."""
        self.held.add(chunk)
        return [self._located(piece, chunk.at) for piece in self._splitter.feed(chunk.octets)]

    def close(self, at: datetime) -> list[Located]:
        """Return what is left."""
        return [self._located(piece, at) for piece in self._splitter.close()]

    def _located(self, piece: Piece, at: datetime) -> Located:
        address = self.held.consume(len(piece.raw))
        return Located(piece=piece, address=address, line=self._line, received_at=at)


class _CaptureReader:
    """Reads the lines of a capture file."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._text = b""
        self.held = _Held()

    def feed(self, chunk: Chunk) -> list[Located]:
        """Return the pieces in the lines that a chunk completes."""
        self.held.add(chunk)
        *lines, self._text = (self._text + chunk.octets).split(b"\n")
        return [each for text in lines for each in self._read(text, len(text) + 1, chunk.at)]

    def close(self, at: datetime) -> list[Located]:
        """Return what a last line without an end holds."""
        text, self._text = self._text, b""
        return self._read(text, len(text), at) if text else []

    def _read(self, text: bytes, num_bytes: int, at: datetime) -> list[Located]:
        address = self.held.consume(num_bytes)
        sentence = text.removesuffix(b"\r")
        if says_nothing(sentence):
            return []
        pieces: list[Piece]
        try:
            received_at, octets = read_capture_line(sentence, at)
            pieces = split(octets)
        except RefusedSentence as refusal:
            received_at = at
            pieces = [RefusedBytes(offset=0, raw=sentence, reason=refusal.faults[0].what)]
        # A hexadecimal line is longer than its bytes: the addresses stay inside the line.
        return [
            Located(
                piece=piece,
                address=address + piece.offset,
                line=self._line,
                received_at=received_at,
            )
            for piece in pieces
        ]


class Readers:
    """The readers of all lines of a journal."""

    def __init__(self) -> None:
        self._readers: dict[str, _DeviceReader | _CaptureReader] = {}
        self._skip_to: dict[str, int] = {}
        self._done_at = 0

    @classmethod
    def resume(cls, mark: ReadingMark) -> "Readers":
        """Return readers that go on after a mark; they are fed from its record onwards."""
        readers = cls()
        readers._skip_to = dict(mark.held)
        readers._done_at = mark.done_at
        return readers

    def feed(self, chunk: Chunk) -> list[Located]:
        """Return the pieces that a chunk completes; of what was understood before, nothing."""
        if chunk.end_at <= self._done_at:
            return self._again(chunk)
        self._done_at = chunk.end_at
        return self._take(chunk)

    @property
    def mark(self) -> ReadingMark:
        """How far the journal has been understood."""
        held = {
            line: first
            for line, reader in self._readers.items()
            if (first := reader.held.first) is not None
        }
        return ReadingMark(
            record_at=min((record for record, _ in held.values()), default=self._done_at),
            done_at=self._done_at,
            held={line: address for line, (_, address) in held.items()},
        )

    def _again(self, chunk: Chunk) -> list[Located]:
        """Take the held bytes of a chunk that was seen before the program ended."""
        first = self._skip_to.get(chunk.line)
        num_done = len(chunk.octets) if first is None else first - chunk.address
        if num_done >= len(chunk.octets) or chunk.kind not in _CARRYING:
            return []
        rest = max(num_done, 0)
        return self._take(
            Chunk(
                line=chunk.line,
                kind=chunk.kind,
                at=chunk.at,
                octets=chunk.octets[rest:],
                record_at=chunk.record_at,
                address=chunk.address + rest,
                end_at=chunk.end_at,
            )
        )

    def _take(self, chunk: Chunk) -> list[Located]:
        reader = self._readers.get(chunk.line)
        if chunk.kind is ChunkKind.SENT:
            return []
        if chunk.kind not in _CARRYING:
            return [] if reader is None else self._readers.pop(chunk.line).close(chunk.at)
        if reader is None:
            kind = _DeviceReader if chunk.kind is ChunkKind.BYTES else _CaptureReader
            reader = self._readers[chunk.line] = kind(chunk.line)
        return reader.feed(chunk)


_CARRYING = frozenset({ChunkKind.BYTES, ChunkKind.CAPTURE})


def is_noise(located: Located) -> bool:
    """Return whether a piece is nothing but disturbance between sentences."""
    return isinstance(located.piece, Noise)
