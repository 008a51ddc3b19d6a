from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relief.beidou.frames import Frame
from relief.beidou.messages import read_message
from relief.beidou.notice_code import Outcome
from relief.beidou.outbox import (
    ANSWER_AFTER,
    MOST_TRIES,
    Letter,
    LetterState,
    after_answer,
    after_rejection,
    after_sending,
    capacity_bytes,
    given_up,
    next_letter,
)
from relief.beidou.sending import Wire, card_queries, sending_sentence
from relief.beidou.stream import split

AT = datetime(2016, 7, 6, tzinfo=UTC)
LETTER = Letter(
    number=1,
    destination="0312194",
    kind="order",
    sequence=3,
    payload=b"\xff\x13",
    next_at=AT,
    created_at=AT,
)


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("level", "encrypted", "capacity"),
    # Bits less the eight of A4, in whole bytes: (628 - 8) / 8 = 77.5.
    [
        (1, False, 12),
        (2, False, 50),
        (3, False, 77),
        (4, False, 105),
        (3, True, 71),
        (9, False, 77),
    ],
)
def test_capacity_of_a_card(level: int, encrypted: bool, capacity: int) -> None:  # noqa: FBT001
    assert capacity_bytes(level, encrypted=encrypted) == capacity


def test_the_card_rests_for_its_service_period() -> None:
    assert next_letter([LETTER], AT, AT - seconds(59), 60) is None
    assert next_letter([LETTER], AT, AT - seconds(60), 60) == LETTER
    assert next_letter([LETTER], AT, None, 60) == LETTER


def test_the_letter_that_has_waited_longest_goes_first() -> None:
    older = replace(LETTER, number=2, next_at=AT - seconds(1))
    over = replace(LETTER, number=3, state=LetterState.DONE, next_at=AT - seconds(9))
    later = replace(LETTER, number=4, next_at=AT + seconds(1))
    assert next_letter([LETTER, older, over, later], AT, None, 60) == older


def test_a_letter_is_sent_again_ever_later_until_it_is_given_up() -> None:
    letter, now = LETTER, AT
    waits = []
    while (failed := given_up(letter, now)) is None:
        letter = after_sending(letter, now)
        waits.append(letter.next_at - now)
        now = letter.next_at
    assert waits == [ANSWER_AFTER * 2**tries for tries in range(MOST_TRIES)]
    assert (failed.state, failed.num_tries) == (LetterState.FAILED, MOST_TRIES)


def test_a_letter_that_wants_no_answer_is_done_when_it_is_sent() -> None:
    assert after_sending(replace(LETTER, wants_answer=False), AT).state is LetterState.DONE


def test_what_the_terminal_would_not_send_is_no_try() -> None:
    back = after_rejection(after_sending(LETTER, AT), AT, 40, "too soon")
    assert (back.state, back.num_tries, back.next_at) == (LetterState.WAITING, 0, AT + seconds(40))


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.RECEIVED, LetterState.DONE),
        (Outcome.ACCEPTED, LetterState.DONE),
        (Outcome.REFUSED, LetterState.REFUSED),
        (Outcome.PARTS_MISSING, LetterState.WAITING),
    ],
)
def test_answers_settle_a_letter(outcome: Outcome, state: LetterState) -> None:
    assert after_answer(after_sending(LETTER, AT), outcome, AT, "why").state is state


def test_a_late_answer_mends_a_failure_but_not_a_cancellation() -> None:
    failed = replace(LETTER, state=LetterState.FAILED)
    assert after_answer(failed, Outcome.RECEIVED, AT).state is LetterState.DONE
    cancelled = replace(LETTER, state=LetterState.CANCELLED)
    assert after_answer(cancelled, Outcome.RECEIVED, AT) == cancelled


@pytest.mark.parametrize("wire", Wire)
def test_every_kind_of_terminal_is_told_to_send(wire: Wire) -> None:
    (frame,) = split(sending_sentence(wire, "0967760", "0312194", b"\xff\x13"))
    assert isinstance(frame, Frame)
    message = read_message(frame)
    assert getattr(message, "destination") == "0312194"  # noqa: B009 - three types have it
    assert getattr(message, "content").octets == b"\xff\x13"  # noqa: B009


def test_a_terminal_is_asked_for_its_card_in_three_ways() -> None:
    assert card_queries() == (
        b"$CCICA,0,00*7B",
        b"$CCICR,0,00*68",
        bytes.fromhex("24 49 43 4A 43 00 0C 00 00 00 00 2B"),
    )
