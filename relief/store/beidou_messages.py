"""What the BeiDou gateway heard: every sentence once, with what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from relief.beidou.change_code import ReportChange
from relief.beidou.hearing import Heard, hear_again
from relief.beidou.judging import MessageState, Verdict, digest_of
from relief.beidou.line_reading import ReadingMark
from relief.beidou.part_code import Part
from relief.beidou.sending import captured
from relief.beidou.sequence import Taken
from relief.beidou.telling import plain
from relief.damage.reports import DamageReport
from relief.errors import Fault
from relief.sentences import Sentence, say
from relief.store.beidou_fixes import FixesByKey, write_fixes
from relief.store.reports import report_of, report_values
from relief.store.session import Database
from relief.store.tables import (
    BEIDOU_JOURNALS,
    BEIDOU_MESSAGES,
    BEIDOU_TAKEN,
    RECEIVED,
    REPORTS,
)

_MOST_AT_ONCE = 400
_BEFORE_A_PERSON = (
    MessageState.QUARANTINED.value,
    MessageState.RELEASED.value,
    MessageState.DISMISSED.value,
)

Key = tuple[str, int]
"""A card and the 16 bits of its running number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as it is kept.

    Parameters
    ----------
    number
        Under which a person can name it.
    line, received_at, name, sender, kind, sequence, raw
        Where and when it came in, and what it is.
    state, faults
        What became of it, and why.
    settled_by, settled_why
        Who released or dismissed it, and for what reason; empty where nobody did.
    """

    number: int
    line: str
    received_at: datetime
    name: str
    sender: str
    kind: str
    sequence: int | None
    state: MessageState
    faults: tuple[Fault, ...]
    raw: bytes
    settled_by: str = ""
    settled_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Who settled a quarantined message, when and why."""

    at: datetime
    by: str
    why: str


class BeidouBook:
    """What is done to the messages in one transaction.

    It is the `relief.beidou.judging.Ledger` of the messages that are judged meanwhile: what was
    taken a moment ago counts as taken, though it is written only at the end.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._taken: defaultdict[Key, list[Taken]] = defaultdict(list)
        self._known_keys: set[Key] = set()
        self._highest: dict[str, int | None] = {}
        self._new_messages: list[dict[str, object]] = []
        self._new_taken: list[dict[str, object]] = []
        self._new_reports: dict[Key, DamageReport] = {}
        self._new_parts: defaultdict[Key, list[tuple[Part, dict[str, object]]]] = defaultdict(list)
        self._fixes: FixesByKey = {}
        self._quarantined: set[tuple[str, str]] = set()
        self._waiting_cards: set[tuple[str, str]] | None = None

    # -- what was taken before ------------------------------------------------------------------

    def look_up(self, heard: Iterable[Heard]) -> None:
        """Fetch at once what will be asked about some messages."""
        keys = {
            (each.sender, each.code.sequence) for each in heard if each.code is not None
        } - self._known_keys
        ordered = sorted(keys)
        for start in range(0, len(ordered), _MOST_AT_ONCE):
            some = ordered[start : start + _MOST_AT_ONCE]
            query = select(BEIDOU_TAKEN).where(
                tuple_(BEIDOU_TAKEN.c.card, BEIDOU_TAKEN.c.sequence).in_(some)
            )
            for row in self._connection.execute(query):
                self._taken[row.card, row.sequence].append(
                    Taken(full_sequence=row.full_sequence, digest=row.digest)
                )
        self._known_keys |= keys

    def taken(self, card: str, sequence: int) -> Sequence[Taken]:
        """Return what was taken from a card with these 16 bits."""
        key = (card, sequence)
        if key not in self._known_keys:
            query = select(BEIDOU_TAKEN).where(
                BEIDOU_TAKEN.c.card == card, BEIDOU_TAKEN.c.sequence == sequence
            )
            for row in self._connection.execute(query):
                taken = Taken(full_sequence=row.full_sequence, digest=row.digest)
                self._taken[key].append(taken)
            self._known_keys.add(key)
        return self._taken.get(key, ())

    def highest(self, card: str) -> int | None:
        """Return the highest full number taken from a card."""
        if card not in self._highest:
            query = select(func.max(BEIDOU_TAKEN.c.full_sequence)).where(
                BEIDOU_TAKEN.c.card == card
            )
            self._highest[card] = self._connection.execute(query).scalar()
        return self._highest[card]

    def report(self, card: str, sequence: int) -> DamageReport | None:
        """Return the newest report of a card with these 16 bits."""
        if (new := self._new_reports.get((card, sequence))) is not None:
            return new
        query = (
            select(REPORTS)
            .where(REPORTS.c.sender_card == card, REPORTS.c.sequence == sequence)
            .order_by(REPORTS.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return None if row is None else report_of(row)

    def parts(self, card: str, sequence: int) -> Mapping[int, Part]:
        """Return the parts that wait, under their numbers."""
        waiting = {part.number: part for part, _ in self._new_parts[card, sequence]}
        for stored in self._waiting("part", card, sequence):
            code = hear_again(stored.raw, stored.received_at).code
            if isinstance(code, Part):
                waiting[code.number] = code
        return waiting

    def waiting_changes(self, card: str, base_sequence: int) -> tuple[StoredMessage, ...]:
        """Return the changes that wait for a report."""
        found = []
        for stored in self._waiting("change", card):
            code = hear_again(stored.raw, stored.received_at).code
            if isinstance(code, ReportChange) and code.base_sequence == base_sequence:
                found.append(stored)
        return tuple(found)

    def _waiting(
        self, kind: str, card: str, sequence: int | None = None
    ) -> tuple[StoredMessage, ...]:
        if (card, kind) not in self._who_waits():
            return ()
        query = select(BEIDOU_MESSAGES).where(
            BEIDOU_MESSAGES.c.sender == card,
            BEIDOU_MESSAGES.c.kind == kind,
            BEIDOU_MESSAGES.c.state == MessageState.WAITING.value,
        )
        if sequence is not None:
            query = query.where(BEIDOU_MESSAGES.c.sequence == sequence)
        rows = self._connection.execute(query.order_by(BEIDOU_MESSAGES.c.id))
        return tuple(_stored(row) for row in rows)

    def _who_waits(self) -> set[tuple[str, str]]:
        """Return the cards of which anything waits, with its kind; mostly there are none."""
        if self._waiting_cards is None:
            query = (
                select(BEIDOU_MESSAGES.c.sender, BEIDOU_MESSAGES.c.kind)
                .where(BEIDOU_MESSAGES.c.state == MessageState.WAITING.value)
                .distinct()
            )
            self._waiting_cards = {
                (row.sender, row.kind) for row in self._connection.execute(query)
            }
        return self._waiting_cards

    # -- what is taken now ----------------------------------------------------------------------

    def record(self, journal: str, line: str, address: int, verdict: Verdict) -> None:
        """Keep what becomes of a message that has just come in."""
        heard = verdict.heard
        digest = verdict.digest or digest_of(heard.raw)
        state = verdict.state
        if state is MessageState.QUARANTINED and self._was_quarantined(heard.sender, digest):
            state = MessageState.REPEATED
        row: dict[str, object] = {
            "journal": journal,
            "address": address,
            "line": line,
            "received_at": heard.received_at,
            "name": heard.name,
            "sender": heard.sender,
            "kind": verdict.kind,
            "sequence": verdict.sequence,
            "state": state.value,
            "digest": digest,
            "faults": [_fault_values(fault) for fault in verdict.faults],
            "told": _told(verdict),
            "raw": heard.raw,
        }
        self._new_messages.append(row)
        if state is MessageState.WAITING:
            self._who_waits().add((heard.sender, verdict.kind))
        if verdict.state is MessageState.WAITING and isinstance(heard.code, Part):
            self._new_parts[heard.sender, heard.code.sequence].append((heard.code, row))
            return
        self._take(verdict)

    def _was_quarantined(self, sender: str, digest: str) -> bool:
        """Return whether a person has the same content of the same card before them already."""
        if (sender, digest) in self._quarantined:
            return True
        self._quarantined.add((sender, digest))
        query = select(BEIDOU_MESSAGES.c.id).where(
            BEIDOU_MESSAGES.c.digest == digest,
            BEIDOU_MESSAGES.c.sender == sender,
            BEIDOU_MESSAGES.c.state.in_(_BEFORE_A_PERSON),
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def settle(self, number: int, verdict: Verdict, settlement: Settlement | None) -> None:
        """Keep what becomes of a message that was kept before."""
        values: dict[str, object] = {
            "state": verdict.state.value,
            "kind": verdict.kind,
            "sequence": verdict.sequence,
            "sender": verdict.heard.sender,
            "faults": [_fault_values(fault) for fault in verdict.faults],
            "told": _told(verdict),
        }
        self._update(number, values, settlement)
        self._take(verdict)

    def dismiss(self, number: int, settlement: Settlement) -> None:
        """Keep that a person looked at a message and let it be."""
        self._update(number, {"state": MessageState.DISMISSED.value}, settlement)

    def _update(
        self, number: int, values: dict[str, object], settlement: Settlement | None
    ) -> None:
        if settlement is not None:
            values |= {
                "settled_at": settlement.at,
                "settled_by": settlement.by,
                "settled_why": settlement.why,
            }
        self._connection.execute(
            update(BEIDOU_MESSAGES).where(BEIDOU_MESSAGES.c.id == number).values(**values)
        )

    def _take(self, verdict: Verdict) -> None:
        if verdict.state not in {MessageState.TAKEN, MessageState.RELEASED}:
            return
        card = verdict.heard.sender
        if verdict.sequence is not None and verdict.full_sequence is not None:
            key = (card, verdict.sequence)
            self.taken(*key)  # so that what is on the disk is not forgotten over what is new
            taken = Taken(full_sequence=verdict.full_sequence, digest=verdict.digest)
            self._taken[key].append(taken)
            self._highest[card] = max(self.highest(card) or 0, verdict.full_sequence)
            self._new_taken.append(
                {
                    "card": card,
                    "sequence": verdict.sequence,
                    "full_sequence": verdict.full_sequence,
                    "digest": verdict.digest,
                }
            )
            self._end_parts(key)
            if verdict.report is not None:
                self._new_reports[key] = verdict.report
        if verdict.fix is not None:
            self._fixes[verdict.fix.card, verdict.fix.taken_at] = verdict.fix

    def _end_parts(self, key: Key) -> None:
        """Let the parts of a whole that is taken wait no longer."""
        for _, row in self._new_parts.pop(key, ()):
            row["state"] = MessageState.TAKEN.value
        card, sequence = key
        for stored in self._waiting("part", card, sequence):
            self._update(stored.number, {"state": MessageState.TAKEN.value}, None)

    # -- how far the journals were read -----------------------------------------------------------

    def mark(self, journal: str) -> ReadingMark:
        """Return how far a journal has been understood; its beginning where nothing has."""
        query = select(BEIDOU_JOURNALS).where(BEIDOU_JOURNALS.c.name == journal)
        row = self._connection.execute(query).first()
        if row is None:
            return ReadingMark(record_at=0, done_at=0, held={})
        return ReadingMark(record_at=row.record_at, done_at=row.done_at, held=row.held)

    def set_mark(self, journal: str, mark: ReadingMark) -> None:
        """Keep how far a journal has been understood."""
        values = {
            "record_at": mark.record_at,
            "done_at": mark.done_at,
            "held": dict(mark.held),
        }
        changed = self._connection.execute(
            update(BEIDOU_JOURNALS).where(BEIDOU_JOURNALS.c.name == journal).values(**values)
        )
        if changed.rowcount == 0:
            self._connection.execute(insert(BEIDOU_JOURNALS).values(name=journal, **values))

    def write(self, now: datetime) -> tuple[DamageReport, ...]:
        """Write all that was recorded; return the reports that are new."""
        for table, rows in ((BEIDOU_MESSAGES, self._new_messages), (BEIDOU_TAKEN, self._new_taken)):
            if rows:
                self._connection.execute(insert(table), rows)
        reports = tuple(self._new_reports.values())
        if reports:
            self._write_reports(reports, now)
        write_fixes(self._connection, self._fixes.values())
        for buffer in (self._new_messages, self._new_taken):
            buffer.clear()
        for known in (self._new_reports, self._new_parts, self._fixes):
            known.clear()
        return reports

    def _write_reports(self, reports: tuple[DamageReport, ...], now: datetime) -> None:
        content = b"".join(captured(report.raw, report.received_at) for report in reports)
        received = self._connection.execute(
            insert(RECEIVED).values(
                received_at=max(report.received_at for report in reports),
                content=content,
                read_at=now,
            )
        )
        (received_id,) = received.inserted_primary_key or (0,)
        rows = [{**report_values(report), "received_id": received_id} for report in reports]
        known = self._known_reports(rows)
        fresh = [row for row in rows if _identity(row) not in known]
        if fresh:
            self._connection.execute(insert(REPORTS), fresh)

    def _known_reports(self, rows: Sequence[Mapping[str, object]]) -> set[tuple[object, ...]]:
        """Return which reports came in another way before, for example over HTTP."""
        columns = (REPORTS.c.sender_card, REPORTS.c.sequence, REPORTS.c.content_digest)
        known: set[tuple[object, ...]] = set()
        for start in range(0, len(rows), _MOST_AT_ONCE):
            some = [_identity(row) for row in rows[start : start + _MOST_AT_ONCE]]
            query = select(*columns).where(tuple_(*columns).in_(some))
            known.update(tuple(row) for row in self._connection.execute(query))
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class BeidouMessageStore:
    """The messages of a database."""

    database: Database

    @contextmanager
    def book(self) -> Iterator[BeidouBook]:
        """Do everything to the messages in the block, or nothing."""
        with self.database.transaction() as connection:
            yield BeidouBook(connection)

    def messages(self, *states: MessageState) -> tuple[StoredMessage, ...]:
        """Return the messages in some states, in order of arrival; all where none is named."""
        query = select(BEIDOU_MESSAGES).order_by(BEIDOU_MESSAGES.c.id)
        if states:
            query = query.where(BEIDOU_MESSAGES.c.state.in_([state.value for state in states]))
        with self.database.transaction() as connection:
            return tuple(_stored(row) for row in connection.execute(query))

    def message(self, number: int) -> StoredMessage | None:
        """Return a message, None where there is none of this number."""
        query = select(BEIDOU_MESSAGES).where(BEIDOU_MESSAGES.c.id == number)
        with self.database.transaction() as connection:
            row = connection.execute(query).first()
        return None if row is None else _stored(row)

    def counts(self) -> Mapping[MessageState, int]:
        """Return how many messages are in each state."""
        query = select(BEIDOU_MESSAGES.c.state, func.count()).group_by(BEIDOU_MESSAGES.c.state)
        with self.database.transaction() as connection:
            return {MessageState(state): num for state, num in connection.execute(query)}


def _identity(row: Mapping[str, object]) -> tuple[object, ...]:
    return row["sender_card"], row["sequence"], row["content_digest"]


def _told(verdict: Verdict) -> object:
    """Return what a code says as plain values; a report has a table of its own."""
    code = verdict.heard.code
    if code is None or isinstance(code, DamageReport | Part):
        return None
    return plain(code)


def _stored(row: Row[tuple[object, ...]]) -> StoredMessage:
    return StoredMessage(
        number=row.id,
        line=row.line,
        received_at=row.received_at,
        name=row.name,
        sender=row.sender,
        kind=row.kind,
        sequence=row.sequence,
        state=MessageState(row.state),
        faults=tuple(_fault(values) for values in row.faults),
        raw=row.raw,
        settled_by=row.settled_by or "",
        settled_why=row.settled_why or "",
    )


def _fault_values(fault: Fault) -> dict[str, object]:
    return {
        "where": fault.where,
        "field": fault.field,
        "value": fault.value,
        "what": _sentence_values(fault.what),
        "allowed": fault.allowed,
        "remedy": None if fault.remedy is None else _sentence_values(fault.remedy),
    }


def _sentence_values(sentence: Sentence) -> list[object]:
    return [sentence.text, [list(pair) for pair in sentence.values]]


def _sentence(values: Sequence[object]) -> Sentence:
    text, gaps = values
    if not isinstance(text, str) or not isinstance(gaps, list):
        return say("The reason was not kept.")
    return Sentence(text, tuple((str(name), value) for name, value in gaps))


def _fault(values: Mapping[str, object]) -> Fault:
    what, remedy = values["what"], values["remedy"]
    return Fault(
        where=str(values["where"]),
        field=str(values["field"]),
        value=str(values["value"]),
        what=_sentence(what if isinstance(what, list) else []),
        allowed=str(values["allowed"]),
        remedy=_sentence(remedy) if isinstance(remedy, list) else None,
    )
