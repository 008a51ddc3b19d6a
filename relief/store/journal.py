"""The journal: every byte that comes in, on the disk before anybody looks at it.

The file is only ever appended to. It begins with eight letters and the instant of its making in
microseconds, which names it. A record is

=======  ==============================================
bytes    meaning
=======  ==============================================
4        number of bytes carried
8        instant, in microseconds since 1970-01-01T00:00Z
1        kind (`relief.beidou.line_reading.ChunkKind`)
1        number of bytes of the line's name
...      name of the line in UTF-8, then the bytes carried
4        CRC-32 of everything before it
=======  ==============================================

with big-endian integers. A last record that is cut off was never acknowledged, because the program
or the power ended while it was written: it is cut away when the journal is opened for writing. A
damaged record with whole ones behind it is another matter and is refused.
"""

import os
import struct
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from relief.beidou.line_reading import Chunk, ChunkKind
from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say

_LETTERS: Final = b"RELIEFJ1"
_BEGINNING = struct.Struct(">8sQ")
_HEAD = struct.Struct(">IQBB")
_CRC = struct.Struct(">I")
_KINDS = frozenset(ChunkKind)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_CARRIED_BYTES: Final = 1 << 20
"""Most bytes of one record; what is more is written as several."""


class Journal:
    """A journal open for writing; only one process can have it so at a time.

    Parameters
    ----------
    path
        The file; it is made where there is none.
    made_at
        The instant that names a new journal.
    sure_to
        A place up to which the records are known to be whole: the search for the end begins there.

    Raises
    ------
    InvalidInput
        If the file cannot be opened, is no journal, is damaged, or another process has it.
    """

    def __init__(self, path: Path, *, made_at: datetime, sure_to: int = 0) -> None:
        self.path = path
        try:
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise _refusal(
                path, say("The journal cannot be opened: {why}.", why=_why(error))
            ) from error
        try:
            self._lock()
            if path.stat().st_size < _BEGINNING.size:
                self._file.truncate(0)
                self._file.write(_BEGINNING.pack(_LETTERS, _microseconds(made_at)))
                os.fsync(self._file.fileno())
                _sync_folder(path.parent)
            self.name = journal_name(path)
            self._end = _end_of_whole_records(path, sure_to)
            if self._end < path.stat().st_size:
                self._file.truncate(self._end)
                os.fsync(self._file.fileno())
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file up."""
        self._file.close()

    @property
    def end_at(self) -> int:
        """Where the next record will begin."""
        return self._end

    def append(
        self, line: str, kind: ChunkKind, at: datetime, octets: bytes = b""
    ) -> tuple[Chunk, ...]:
        """Write down what a line told; it is certain to be kept once `sync` has returned."""
        name = line.encode()
        chunks = []
        written = bytearray()
        for start in range(0, max(len(octets), 1), MAX_CARRIED_BYTES):
            part = octets[start : start + MAX_CARRIED_BYTES]
            record = _HEAD.pack(len(part), _microseconds(at), kind, len(name)) + name + part
            record += _CRC.pack(zlib.crc32(record))
            record_at = self._end + len(written)
            written += record
            chunks.append(
                Chunk(
                    line=line,
                    kind=kind,
                    at=at,
                    octets=part,
                    record_at=record_at,
                    address=record_at + _HEAD.size + len(name),
                    end_at=record_at + len(record),
                )
            )
        self._write(bytes(written))
        return tuple(chunks)

    def sync(self) -> None:
        """Wait until everything appended is on the disk."""
        os.fsync(self._file.fileno())

    def _write(self, octets: bytes) -> None:
        left = memoryview(octets)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._end += len(octets)

    def _lock(self) -> None:
        if sys.platform == "win32":
            return
        from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415 - Windows has none

        try:
            flock(self._file.fileno(), LOCK_EX | LOCK_NB)
        except OSError as error:
            raise _refusal(
                self.path,
                say("Another process writes to the journal."),
                say("Stop it, or name another journal with --journal."),
            ) from error


def journal_name(path: Path) -> str:
    """Return the name of a journal: the instant of its making.

    Raises
    ------
    InvalidInput
        If the file is no journal.
    """
    with path.open("rb") as file:
        octets = file.read(_BEGINNING.size)
    if len(octets) < _BEGINNING.size or not octets.startswith(_LETTERS):
        raise _refusal(path, say("The file is no journal."), say("Name another file."))
    return str(_BEGINNING.unpack(octets)[1])


def read_journal(path: Path, *, start_at: int = 0) -> Iterator[Chunk]:
    """Yield the records of a journal from one of them on, up to the first that is not whole.

    Parameters
    ----------
    path
        The file, which may be written to meanwhile.
    start_at
        Where a record begins; 0 for the first.
    """
    at = max(start_at, _BEGINNING.size)
    with path.open("rb") as file:
        file.seek(at)
        while (chunk := _next_chunk(file, at)) is not None:
            yield chunk
            at = chunk.end_at


def _next_chunk(file: BinaryIO, at: int) -> Chunk | None:
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    num_bytes, microseconds, kind, name_bytes = _HEAD.unpack(head)
    if num_bytes > MAX_CARRIED_BYTES or kind not in _KINDS:
        return None
    rest = file.read(name_bytes + num_bytes + _CRC.size)
    if len(rest) < name_bytes + num_bytes + _CRC.size:
        return None
    carried, crc = rest[: -_CRC.size], rest[-_CRC.size :]
    if _CRC.unpack(crc)[0] != zlib.crc32(head + carried):
        return None
    return Chunk(
        line=carried[:name_bytes].decode(),
        kind=ChunkKind(kind),
        at=_EPOCH + timedelta(microseconds=microseconds),
        octets=carried[name_bytes:],
        record_at=at,
        address=at + _HEAD.size + name_bytes,
        end_at=at + _HEAD.size + len(rest),
    )


def _end_of_whole_records(path: Path, sure_to: int) -> int:
    """Return where the whole records end.

    Raises
    ------
    InvalidInput
        If whole records follow behind what is damaged, so that cutting off would lose bytes.
    """
    size = path.stat().st_size
    end = min(max(sure_to, _BEGINNING.size), size)
    for chunk in read_journal(path, start_at=end):
        end = chunk.end_at
    with path.open("rb") as file:
        file.seek(end)
        tail = file.read()
    behind = BytesIO(tail)
    for offset in range(1, len(tail) - _HEAD.size):
        behind.seek(offset)
        if _next_chunk(behind, end + offset) is not None:
            raise _refusal(
                path,
                say("The journal is damaged at byte {offset}.", offset=end),
                say("Keep the file as it is and begin another with --journal."),
            )
    return end


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file is found again after a power cut."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _refusal(path: Path, what: Sentence, remedy: Sentence | None = None) -> InvalidInput:
    return InvalidInput(Fault(where="--journal", value=str(path), what=what, remedy=remedy))
