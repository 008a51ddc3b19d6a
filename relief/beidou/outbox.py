"""Letters that go out: when each may be sent, and what follows from what became of it.

A card may send once in its service period, whatever it sends. Delivery is not guaranteed: a letter
that wants an answer is sent again, unchanged, until the answer comes or the tries are used up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from relief.beidou.notice_code import Outcome
from relief.beidou.text_modes import mixed

ANSWER_AFTER: Final = timedelta(minutes=5)
"""How long the first answer is waited for; then twice as long each time."""
MOST_TRIES: Final = 6
"""After so many tries a letter is given up, and a person is told."""
LEVEL_BITS: Final = {1: 110, 2: 408, 3: 628, 4: 848}
"""Bits of one message of a card, by its level, where nothing is encrypted."""
ENCRYPTED_LEVEL_BITS: Final = {1: 140, 2: 360, 3: 580, 4: 1_680}
REGIONAL_BITS: Final = 14_000
"""The most bits of a BDS-3 regional message; what a card of level 1 to 4 may send is not public."""
_BITS_PER_BYTE = 8
_DEFAULT_LEVEL = 3


class LetterState(StrEnum):
    """How a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    """It went out and wants an answer that has not come."""
    DONE = "done"
    """It went out and wants no answer, or the answer has come."""
    REFUSED = "refused"
    """The receiver answered that it will not."""
    FAILED = "failed"
    """It was given up after the last try."""
    CANCELLED = "cancelled"
    """A person took it back."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent."""
        return self not in {LetterState.WAITING, LetterState.SENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one card.

    Parameters
    ----------
    number
        Under which it is kept; 0 before it is.
    destination
        The card it goes to.
    kind
        What it says, for a person.
    sequence, part
        The running number of the whole, and which part of it this is (1 for a whole).
    payload
        The content behind the A4.
    wants_answer
        Whether it is to be sent again until an answer comes.
    state, num_tries, next_at, sent_at, note
        How it stands, how often it was sent, when it may be sent next, when it was sent last, and
        what became of it.
    created_at
        When it was written.
    """

    number: int = 0
    destination: str
    kind: str
    sequence: int
    part: int = 1
    payload: bytes
    wants_answer: bool = True
    state: LetterState = LetterState.WAITING
    num_tries: int = 0
    next_at: datetime
    sent_at: datetime | None = None
    note: str = ""
    created_at: datetime


def capacity_bytes(level: int, *, encrypted: bool = False, regional: bool = False) -> int:
    """Return how many bytes behind the A4 one message of a card holds.

    Parameters
    ----------
    level
        The card's level; one that is not known counts as 3.
    encrypted
        Whether the card encrypts.
    regional
        Whether it is a BDS-3 card of level 5, the only one whose capacity is public.

    Examples
    --------
    >>> capacity_bytes(3), capacity_bytes(2), capacity_bytes(5, regional=True)
    (77, 50, 1749)
    """
    bits = ENCRYPTED_LEVEL_BITS if encrypted else LEVEL_BITS
    num_bits = bits.get(level, bits[_DEFAULT_LEVEL])
    if regional and level not in bits:
        num_bits = REGIONAL_BITS
    return (num_bits - mixed(b"").num_bits) // _BITS_PER_BYTE


def next_letter(
    letters: Iterable[Letter], now: datetime, last_sent_at: datetime | None, service_period_s: int
) -> Letter | None:
    """Return the letter that may go out now: the one that has waited longest.

    Parameters
    ----------
    letters
        All that are not over.
    now
        The instant.
    last_sent_at
        When the card last sent anything; None if it never did.
    service_period_s
        How many seconds must pass between two messages of the card.
    """
    if last_sent_at is not None and now < last_sent_at + timedelta(seconds=service_period_s):
        return None
    due = [each for each in letters if not each.state.is_over and each.next_at <= now]
    return min(due, key=lambda each: (each.next_at, each.number), default=None)


def given_up(letter: Letter, now: datetime) -> Letter | None:
    """Return a letter whose last answer did not come, as it is then; None for any other."""
    if (
        letter.state is LetterState.SENT
        and letter.num_tries >= MOST_TRIES
        and letter.next_at <= now
    ):
        return replace(letter, state=LetterState.FAILED, note="no answer")
    return None


def after_sending(letter: Letter, now: datetime) -> Letter:
    """Return a letter as it is once it went out."""
    wait = ANSWER_AFTER * 2**letter.num_tries
    return replace(
        letter,
        state=LetterState.SENT if letter.wants_answer else LetterState.DONE,
        num_tries=letter.num_tries + 1,
        next_at=now + wait,
        sent_at=now,
        note="",
    )


def after_rejection(letter: Letter, now: datetime, wait_s: int, why: str) -> Letter:
    """Return a letter that the terminal would not send: it did not go out and is no try."""
    return replace(
        letter,
        state=LetterState.WAITING,
        num_tries=max(letter.num_tries - 1, 0),
        next_at=now + timedelta(seconds=wait_s),
        note=why,
    )


def after_answer(letter: Letter, outcome: Outcome, now: datetime, reason: str = "") -> Letter:
    """Return a letter as it is once its receiver answered; missing parts are sent again."""
    if letter.state.is_over and letter.state is not LetterState.FAILED:
        return letter
    if outcome is Outcome.PARTS_MISSING:
        return replace(letter, state=LetterState.WAITING, next_at=now, note="asked for again")
    refused = outcome is Outcome.REFUSED
    return replace(
        letter,
        state=LetterState.REFUSED if refused else LetterState.DONE,
        note=reason if refused else outcome.name.lower(),
    )
