"""Letters that are to go out over BeiDou, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Row, insert, select, update

from relief.beidou.compact_code import MAX_SEQUENCE
from relief.beidou.outbox import Letter, LetterState
from relief.store.session import Database
from relief.store.tables import BEIDOU_LETTERS

_OPEN = (LetterState.WAITING.value, LetterState.SENT.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeidouLetterStore:
    """The letters of a database."""

    database: Database

    def add(self, letters: Sequence[Letter]) -> tuple[Letter, ...]:
        """Keep new letters; return them with their numbers."""
        kept = []
        with self.database.transaction() as connection:
            for letter in letters:
                result = connection.execute(
                    insert(BEIDOU_LETTERS).values(
                        destination=letter.destination,
                        kind=letter.kind,
                        sequence=letter.sequence,
                        part=letter.part,
                        payload=letter.payload,
                        wants_answer=letter.wants_answer,
                        created_at=letter.created_at,
                        **_changing(letter),
                    )
                )
                (number,) = result.inserted_primary_key or (0,)
                kept.append(replace(letter, number=int(number)))
        return tuple(kept)

    def renew(self, letter: Letter) -> None:
        """Keep how a letter stands now."""
        with self.database.transaction() as connection:
            connection.execute(
                update(BEIDOU_LETTERS)
                .where(BEIDOU_LETTERS.c.id == letter.number)
                .values(**_changing(letter))
            )

    def next_sequence(self) -> int:
        """Return the running number for the next message of this office."""
        query = select(BEIDOU_LETTERS.c.sequence).order_by(BEIDOU_LETTERS.c.id.desc()).limit(1)
        with self.database.transaction() as connection:
            last = connection.execute(query).scalar()
        return 0 if last is None else (int(last) + 1) % (MAX_SEQUENCE + 1)

    def open_letters(self) -> tuple[Letter, ...]:
        """Return the letters that are not over, oldest first."""
        return self._letters(BEIDOU_LETTERS.c.state.in_(_OPEN))

    def letters(self) -> tuple[Letter, ...]:
        """Return all letters, oldest first."""
        return self._letters(BEIDOU_LETTERS.c.id > 0)

    def to_card(self, destination: str, sequence: int) -> tuple[Letter, ...]:
        """Return the letters to a card with a running number: one, or its parts."""
        return self._letters(
            (BEIDOU_LETTERS.c.destination == destination) & (BEIDOU_LETTERS.c.sequence == sequence)
        )

    def _letters(self, condition: ColumnElement[bool]) -> tuple[Letter, ...]:
        query = select(BEIDOU_LETTERS).where(condition).order_by(BEIDOU_LETTERS.c.id)
        with self.database.transaction() as connection:
            return tuple(_letter(row) for row in connection.execute(query))

    def last_sent_at(self) -> datetime | None:
        """Return when anything went out last; None if nothing ever did."""
        query = select(BEIDOU_LETTERS.c.sent_at).where(BEIDOU_LETTERS.c.sent_at.is_not(None))
        query = query.order_by(BEIDOU_LETTERS.c.sent_at.desc()).limit(1)
        with self.database.transaction() as connection:
            at = connection.execute(query).scalar()
        return at if isinstance(at, datetime) else None

    def waiting_answers(self, destination: str) -> tuple[Letter, ...]:
        """Return the acknowledgements to a card that have not gone out."""
        return self._letters(
            (BEIDOU_LETTERS.c.destination == destination)
            & (BEIDOU_LETTERS.c.kind == "acknowledgement")
            & (BEIDOU_LETTERS.c.state == LetterState.WAITING.value)
        )


def _changing(letter: Letter) -> dict[str, object]:
    return {
        "state": letter.state.value,
        "num_tries": letter.num_tries,
        "next_at": letter.next_at,
        "sent_at": letter.sent_at,
        "note": letter.note,
    }


def _letter(row: Row[tuple[object, ...]]) -> Letter:
    return Letter(
        number=row.id,
        destination=row.destination,
        kind=row.kind,
        sequence=row.sequence,
        part=row.part,
        payload=bytes(row.payload),
        wants_answer=row.wants_answer,
        state=LetterState(row.state),
        num_tries=row.num_tries,
        next_at=row.next_at,
        sent_at=row.sent_at,
        note=row.note,
        created_at=row.created_at,
    )
