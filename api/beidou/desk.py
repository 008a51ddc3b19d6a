"""The desk of the gateway: what the lines told is judged, kept and answered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from geodata.gazetteer import PROVINCE_CODE, Gazetteer
from relief.beidou import bds3, rdss_ascii, rdss_binary
from relief.beidou.codes import Code, envelope_of, read_code
from relief.beidou.hearing import Heard, hear, hear_again
from relief.beidou.judging import (
    MessageState,
    Rules,
    Verdict,
    judge,
    judge_released,
    kind_name,
    part_taken,
)
from relief.beidou.line_reading import Located, ReadingMark
from relief.beidou.notice_code import Acknowledgement, Outcome
from relief.beidou.outbox import Letter, after_answer, capacity_bytes
from relief.beidou.part_code import Part, payloads
from relief.beidou.register import Card
from relief.damage.reports import DamageReport
from relief.errors import Fault, InvalidInput
from relief.sentences import say
from relief.store.beidou_cards import BeidouCardStore
from relief.store.beidou_letters import BeidouLetterStore
from relief.store.beidou_messages import (
    BeidouBook,
    BeidouMessageStore,
    Settlement,
    StoredMessage,
)
from relief.store.session import Database

_ANSWERED = frozenset({"report", "change", "order", "receipt"})
_ANSWERED_STATES = frozenset({MessageState.TAKEN, MessageState.REPEATED})
_COUNTING = frozenset({MessageState.TAKEN, MessageState.RELEASED})
_MOST_ANSWERED = 30
"""Running numbers in one answer: 68 bytes, which every level-3 card can send."""
_DEFAULT_LEVEL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of some pieces of the lines.

    Parameters
    ----------
    heard
        Every sentence with its line, for whoever talks to the terminals.
    verdicts
        What became of each.
    reports
        The damage reports that are new.
    """

    heard: tuple[tuple[str, Heard], ...]
    verdicts: tuple[Verdict, ...]
    reports: tuple[DamageReport, ...]


class BeidouDesk:
    """Judges, keeps and answers what the lines told.

    Parameters
    ----------
    database
        Where all is kept.
    gazetteer
        The places that can be reported on.
    answers
        Whether senders are told that their messages came in.
    """

    def __init__(self, database: Database, gazetteer: Gazetteer, *, answers: bool = True) -> None:
        self.messages = BeidouMessageStore(database=database)
        self.letters = BeidouLetterStore(database=database)
        self.cards = BeidouCardStore(database=database)
        self._answers = answers
        places = (*gazetteer.counties, *gazetteer.townships, *gazetteer.prefectures)
        self._known_units = frozenset({PROVINCE_CODE, *(place.code for place in places)})
        self._population = {place.code: place.population_people for place in places}
        self._own_cards: dict[str, str] = {}

    def rules(self) -> Rules:
        """Return by what messages are judged now."""
        return Rules(
            cards=self.cards.cards(), known_units=self._known_units, population=self._population
        )

    def own_card(self, line: str) -> str:
        """Return the card of the terminal on a line, empty before it has told it."""
        return self._own_cards.get(line, "")

    def take(
        self, journal: str, pieces: Sequence[Located], mark: ReadingMark, now: datetime
    ) -> Taken:
        """Judge and keep what some pieces say, and how far the journal is understood, at once."""
        rules = self.rules()
        heard = [(piece, each) for piece in pieces if (each := hear(piece)) is not None]
        verdicts = []
        with self.messages.book() as book:
            book.look_up(each for _, each in heard)
            for piece, each in heard:
                self._note_own_card(piece.line, each)
                verdict = judge(each, rules, book, own_card=self.own_card(piece.line))
                address = piece.address
                if isinstance(each.code, Part) and verdict.heard is not each:
                    book.record(journal, piece.line, address, part_taken(each, each.code))
                    address += 1  # still inside the part's own bytes
                book.record(journal, piece.line, address, verdict)
                verdicts.append(verdict)
            book.set_mark(journal, mark)
            reports = _write_all(book, rules, now)
        self._hear_answers(verdicts, now)
        if self._answers:
            self._answer(verdicts, rules.cards, now)
        return Taken(
            heard=tuple((piece.line, each) for piece, each in heard),
            verdicts=tuple(verdicts),
            reports=reports,
        )

    def mark(self, journal: str) -> ReadingMark:
        """Return how far a journal has been understood."""
        with self.messages.book() as book:
            return book.mark(journal)

    def release(self, number: int, settlement: Settlement) -> Verdict:
        """Take a quarantined message on a person's word.

        Raises
        ------
        InvalidInput
            If there is no such message in quarantine, or it cannot be read.
        """
        stored = self._quarantined(number)
        heard = hear_again(stored.raw, stored.received_at)
        rules = self.rules()
        with self.messages.book() as book:
            verdict = judge_released(heard, book)
            book.settle(number, verdict, settlement)
            _write_all(book, rules, settlement.at)
        self._hear_answers((verdict,), settlement.at)
        return verdict

    def dismiss(self, number: int, settlement: Settlement) -> None:
        """Let a quarantined message be.

        Raises
        ------
        InvalidInput
            If there is no such message in quarantine.
        """
        self._quarantined(number)
        with self.messages.book() as book:
            book.dismiss(number, settlement)

    def _quarantined(self, number: int) -> StoredMessage:
        stored = self.messages.message(number)
        if stored is None or stored.state is not MessageState.QUARANTINED:
            raise InvalidInput(
                Fault(
                    where="quarantine",
                    value=str(number),
                    what=say("There is no message of this number in quarantine."),
                    remedy=say("`relief beidou quarantine list` shows the numbers."),
                )
            )
        return stored

    def post(
        self, code: Code, destination: str, now: datetime, *, wants_answer: bool = True
    ) -> tuple[Letter, ...]:
        """Write a letter, or its parts, to be sent when the radio is free.

        Raises
        ------
        RefusedSentence
            If the code cannot hold it.
        """
        card = self.cards.cards().get(destination)
        envelope = envelope_of(code)
        return self.letters.add(
            [
                Letter(
                    destination=destination,
                    kind=kind_name(code),
                    sequence=envelope.sequence,
                    part=part,
                    payload=payload,
                    wants_answer=wants_answer,
                    next_at=now,
                    created_at=now,
                )
                for part, payload in enumerate(
                    payloads(
                        envelope, capacity_bytes(_DEFAULT_LEVEL if card is None else card.level)
                    ),
                    start=1,
                )
            ]
        )

    def _note_own_card(self, line: str, heard: Heard) -> None:
        message = heard.message
        if isinstance(message, rdss_binary.CardInformation):
            self._own_cards[line] = message.user
        elif isinstance(message, rdss_ascii.CardInformation | bds3.CardInformation):
            self._own_cards[line] = message.card

    def _hear_answers(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Let letters know that they were answered."""
        for verdict in verdicts:
            answer = verdict.heard.code
            if not isinstance(answer, Acknowledgement) or verdict.state not in _COUNTING:
                continue
            for sequence in answer.sequences:
                for letter in self.letters.to_card(verdict.heard.sender, sequence):
                    if not answer.missing_parts or letter.part in answer.missing_parts:
                        self.letters.renew(after_answer(letter, answer.outcome, now, answer.reason))

    def _answer(
        self, verdicts: Iterable[Verdict], cards: Mapping[str, Card], now: datetime
    ) -> None:
        """Tell senders that their messages came in, also when they came again."""
        came: defaultdict[str, list[int]] = defaultdict(list)
        for verdict in verdicts:
            sender, sequence = verdict.heard.sender, verdict.sequence
            is_answered = verdict.kind in _ANSWERED and verdict.state in _ANSWERED_STATES
            if is_answered and sender in cards and sequence is not None:
                came[sender].append(sequence)
        for sender, sequences in came.items():
            told = self._already_told(sender)
            new = [each for each in dict.fromkeys(sequences) if each not in told]
            for start in range(0, len(new), _MOST_ANSWERED):
                answer = Acknowledgement(
                    sequence=self.letters.next_sequence(),
                    outcome=Outcome.RECEIVED,
                    sequences=tuple(new[start : start + _MOST_ANSWERED]),
                )
                self.post(answer, sender, now, wants_answer=False)

    def _already_told(self, card: str) -> set[int]:
        """Return what the answers say that wait to be sent to a card."""
        told: set[int] = set()
        for letter in self.letters.waiting_answers(card):
            code = read_code(letter.payload, sender_card=card, received_at=letter.created_at)
            if isinstance(code, Acknowledgement):
                told.update(code.sequences)
        return told


def _write_all(book: BeidouBook, rules: Rules, now: datetime) -> tuple[DamageReport, ...]:
    """Write what was recorded, then the changes that waited for the reports in it."""
    reports: tuple[DamageReport, ...] = ()
    while new := book.write(now):
        reports += new
        for report in new:
            for stored in book.waiting_changes(report.sender_card, report.sequence):
                heard = hear_again(stored.raw, stored.received_at)
                book.settle(stored.number, judge(heard, rules, book), None)
    return reports
