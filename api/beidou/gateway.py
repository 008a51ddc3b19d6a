"""The gateway: bytes from the lines to the disk, then to the desk; letters to the terminals.

One thread a line only reads. The gateway's own thread writes what was read to the journal, waits
until it is on the disk, tells so, and only then looks at it. If the program ends anywhere, the next
one reads the journal on from where the database says that it was understood.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.beidou.desk import BeidouDesk, Taken
from api.beidou.lines import Line, LineLost, OpenLine
from api.beidou.radio import Radio
from relief.beidou.line_reading import Chunk, ChunkKind, Located, Readers
from relief.store.journal import Journal, journal_name, read_journal

MOST_AT_ONCE_BYTES = 1 << 18
"""So many bytes are written, made sure of, and understood in one go."""
MOST_PIECES = 2_000
SILENCE = timedelta(seconds=3)
"""After so long a sentence that is unfinished stays so."""
RETRY_S = 1.0
_IDLE_S = 0.25
_MOST_QUEUED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a line told: bytes, or that it was opened or is gone."""

    line: str
    kind: ChunkKind
    octets: bytes = b""
    note: str = ""
    is_over: bool = False


class Watcher:
    """Hears what the gateway does; by default it says nothing."""

    def kept(self, line: str, num_bytes: int) -> None:
        """Hear that so many bytes of a line are on the disk, since it was opened."""

    def opened(self, line: str) -> None:
        """Hear that a line is open."""

    def lost(self, line: str, why: str) -> None:
        """Hear that a line is gone."""

    def taken(self, taken: Taken) -> None:
        """Hear what was understood."""

    def sent(self, line: str, sentence: bytes) -> None:
        """Hear what went out."""


class Gateway:
    """Listens to lines until they are over or it is told to stop.

    Parameters
    ----------
    desk
        What the lines told is judged and kept there.
    journal_path
        The journal.
    lines
        The lines.
    now
        The clock.
    watcher
        Hears what is done.
    """

    def __init__(
        self,
        desk: BeidouDesk,
        journal_path: Path,
        lines: Sequence[Line],
        now: Callable[[], datetime],
        watcher: Watcher,
    ) -> None:
        self._desk = desk
        self._lines = lines
        self._now = now
        self._watcher = watcher
        self._events: queue.Queue[Event] = queue.Queue(_MOST_QUEUED)
        self._stopping = threading.Event()
        self._open: dict[str, OpenLine] = {}
        self._num_kept: dict[str, int] = {}
        self._heard_at: dict[str, datetime] = {}
        self._radio = Radio(desk.letters)
        sure_to = 0
        if journal_path.exists() and journal_path.stat().st_size > 0:
            sure_to = desk.mark(journal_name(journal_path)).record_at
        self._journal = Journal(journal_path, made_at=now(), sure_to=sure_to)
        self._readers = Readers()

    def stop(self) -> None:
        """Let `run` end soon; it may be called from another thread."""
        self._stopping.set()

    def catch_up(self) -> int:
        """Understand what is in the journal and was not understood; return how many pieces.

        It is what the last program kept before it ended.
        """
        mark = self._desk.mark(self._journal.name)
        self._readers = Readers.resume(mark)
        pieces: list[Located] = []
        num_pieces = 0
        for chunk in read_journal(self._journal.path, start_at=mark.record_at):
            pieces += self._readers.feed(chunk)
            if len(pieces) >= MOST_PIECES:
                num_pieces += len(pieces)
                self._settle(pieces)
                pieces = []
        self._settle(pieces)
        return num_pieces + len(pieces)

    def run(self) -> None:
        """Listen until all lines are over or `stop` is called."""
        readers = [
            threading.Thread(target=self._read, args=(line,), daemon=True) for line in self._lines
        ]
        for reader in readers:
            reader.start()
        left = len(readers)
        try:
            while left and not self._stopping.is_set():
                left -= self._step()
        finally:
            self._stopping.set()
            self._end(readers)

    def _step(self) -> int:
        """Take what has come; return how many lines are over."""
        events = self._come()
        self._keep(events)
        self._note_silence()
        self._send()
        return sum(event.is_over for event in events)

    def _come(self) -> list[Event]:
        try:
            events = [self._events.get(timeout=_IDLE_S)]
        except queue.Empty:
            return []
        num_bytes = len(events[0].octets)
        while num_bytes < MOST_AT_ONCE_BYTES:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                break
            events.append(event)
            num_bytes += len(event.octets)
        return events

    def _keep(self, events: Iterable[Event]) -> None:
        chunks: list[Chunk] = []
        for event in events:
            at = self._now()
            chunks += self._journal.append(event.line, event.kind, at, event.octets)
            self._heard_at[event.line] = at
        if not chunks:
            return
        self._journal.sync()
        for event in events:
            self._tell(event)
        self._feed(chunks)

    def _tell(self, event: Event) -> None:
        """Tell what is on the disk now."""
        if event.kind is ChunkKind.OPENED:
            self._num_kept[event.line] = 0
            self._watcher.opened(event.line)
        elif event.kind is ChunkKind.CLOSED:
            self._radio.lose(event.line)
            self._watcher.lost(event.line, event.note)
        else:
            self._num_kept[event.line] = self._num_kept.get(event.line, 0) + len(event.octets)
            self._watcher.kept(event.line, self._num_kept[event.line])

    def _feed(self, chunks: Iterable[Chunk]) -> None:
        self._settle([piece for chunk in chunks for piece in self._readers.feed(chunk)])

    def _settle(self, pieces: Sequence[Located]) -> None:
        now = self._now()
        taken = self._desk.take(self._journal.name, pieces, self._readers.mark, now)
        for line, heard in taken.heard:
            self._radio.hear(line, heard, now)
        if taken.verdicts:
            self._watcher.taken(taken)

    def _note_silence(self) -> None:
        """Let what is unfinished on a line that has been silent for long stay unfinished."""
        held = self._readers.mark.held
        now = self._now()
        quiet = [
            line
            for line in held
            if line in self._open and now - self._heard_at.get(line, now) > SILENCE
        ]
        if quiet:
            chunks = [
                chunk
                for line in quiet
                for chunk in self._journal.append(line, ChunkKind.SILENT, now)
            ]
            self._journal.sync()
            self._feed(chunks)

    def _send(self) -> None:
        """Send what may go out now."""
        for name, line in list(self._open.items()):
            for sentence in self._radio.due(name, self._now()):
                chunks = self._journal.append(name, ChunkKind.SENT, self._now(), sentence)
                self._journal.sync()
                try:
                    line.write(sentence + b"\r\n")
                except LineLost:
                    break  # the reader of the line will tell
                self._feed(chunks)
                self._watcher.sent(name, sentence)

    def _read(self, line: Line) -> None:
        """Read a line, opening it again whenever it is lost (a thread of its own)."""
        while not self._stopping.is_set():
            try:
                opened = line.open()
            except LineLost:
                time.sleep(RETRY_S)
                continue
            self._put(Event(line=line.name, kind=ChunkKind.OPENED))
            if line.is_duplex:
                self._radio.gain(line.name)
                self._open[line.name] = opened
            why, is_over = self._pour(line, opened)
            self._open.pop(line.name, None)
            opened.close()
            self._put(Event(line=line.name, kind=ChunkKind.CLOSED, note=why, is_over=is_over))
            if is_over:
                return
            time.sleep(RETRY_S)

    def _pour(self, line: Line, opened: OpenLine) -> tuple[str, bool]:
        """Hand on bytes until the line is lost; return why, and whether it is over for good."""
        while not self._stopping.is_set():
            try:
                octets = opened.read()
            except LineLost as loss:
                return str(loss), False
            except EOFError:
                return "", True
            if octets:
                self._put(Event(line=line.name, kind=line.kind, octets=octets))
        return "", True

    def _put(self, event: Event) -> None:
        while True:
            try:
                self._events.put(event, timeout=_IDLE_S)
            except queue.Full:
                if self._stopping.is_set() and event.kind is ChunkKind.CLOSED:
                    return  # nobody takes it any more; the next program closes the line
                continue
            return

    def _end(self, readers: Iterable[threading.Thread]) -> None:
        """Keep what was read to the last byte, and give everything up."""
        waiting = list(readers)
        try:
            while any(reader.is_alive() for reader in waiting) or not self._events.empty():
                self._keep(self._come())
        finally:
            self._journal.close()
