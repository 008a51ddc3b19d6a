"""The radios on the lines: which terminal may send, and what becomes of what it sends."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relief.beidou import bds3, rdss_ascii, rdss_binary
from relief.beidou.hearing import Heard
from relief.beidou.outbox import (
    Letter,
    after_rejection,
    after_sending,
    given_up,
    next_letter,
)
from relief.beidou.sending import Wire, card_queries, sending_sentence
from relief.store.beidou_letters import BeidouLetterStore

ASK_AGAIN_AFTER = timedelta(seconds=30)
"""A terminal that has not told its card is asked again after so long."""
NO_CARD = "0000000"
_DEFAULT_WAIT_S = 60
_SENDING = frozenset({"TXA", "TCQ", "TXSQ"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terminal:
    """What is known of the terminal on a line.

    Parameters
    ----------
    wire, card
        What it speaks, and its card; None and empty before it has told.
    service_period_s
        How many seconds must pass between two messages.
    asked_at, sent_at
        When it was asked for its card, and when it last sent.
    in_flight
        The letter whose feedback has not come.
    """

    wire: Wire | None = None
    card: str = ""
    service_period_s: int = 60
    asked_at: datetime | None = None
    sent_at: datetime | None = None
    in_flight: Letter | None = None


class Radio:
    """Chooses what goes out on each line.

    Parameters
    ----------
    letters
        What is to be sent.
    """

    def __init__(self, letters: BeidouLetterStore) -> None:
        self._letters = letters
        self._terminals: dict[str, _Terminal] = {}
        self._lock = threading.Lock()

    def gain(self, line: str) -> None:
        """Know that a terminal is on a line."""
        with self._lock:
            self._terminals[line] = _Terminal()

    def lose(self, line: str) -> None:
        """Know that it is gone; what it was sending counts as sent, since nobody knows."""
        with self._lock:
            self._terminals.pop(line, None)

    def hear(self, line: str, heard: Heard, now: datetime) -> None:
        """Hear what a terminal says of itself and of what it sent."""
        terminal = self._terminals.get(line)
        if terminal is None:
            return
        told = heard.message
        match told:
            case rdss_ascii.CardInformation():
                known = (Wire.RDSS_2_1, told.card, told.service_period_s)
            case bds3.CardInformation():
                known = (Wire.BDS_3, told.card, told.service_period_s)
            case rdss_binary.CardInformation():
                known = (Wire.RDSS_4_0, told.user, told.service_period_s)
            case rdss_ascii.Feedback() | bds3.Feedback() | rdss_binary.Feedback():
                self._hear_feedback(line, terminal, told, now)
                return
            case _:
                return
        wire, card, period_s = known
        if card != NO_CARD:
            self._renew(
                line, replace(terminal, wire=wire, card=card, service_period_s=max(period_s, 1))
            )

    def due(self, line: str, now: datetime) -> Iterator[bytes]:
        """Yield the sentences that may go out on a line now."""
        terminal = self._terminals.get(line)
        if terminal is None:
            return
        if terminal.wire is None:
            if terminal.asked_at is None or now - terminal.asked_at >= ASK_AGAIN_AFTER:
                self._renew(line, replace(terminal, asked_at=now))
                yield from card_queries()
            return
        letters = self._letters.open_letters()
        for letter in letters:
            if (failed := given_up(letter, now)) is not None:
                self._letters.renew(failed)
        sent_at = terminal.sent_at or self._letters.last_sent_at()
        open_now = [each for each in letters if given_up(each, now) is None]
        chosen = next_letter(open_now, now, sent_at, terminal.service_period_s)
        if chosen is None:
            return
        # It counts as sent before it is: after a crash it waits for its answer and is sent again.
        gone = after_sending(chosen, now)
        self._letters.renew(gone)
        self._renew(line, replace(terminal, sent_at=now, in_flight=gone))
        yield sending_sentence(terminal.wire, terminal.card, chosen.destination, chosen.payload)

    def _hear_feedback(
        self,
        line: str,
        terminal: _Terminal,
        told: rdss_ascii.Feedback | bds3.Feedback | rdss_binary.Feedback,
        now: datetime,
    ) -> None:
        letter = terminal.in_flight
        is_done, wait_s, why = _outcome(told)
        is_ours = isinstance(told, rdss_binary.Feedback) or told.command in _SENDING
        if letter is None or not is_ours:
            return
        if not is_done:
            self._letters.renew(after_rejection(letter, now, wait_s, why))
        self._renew(line, replace(terminal, in_flight=None))

    def _renew(self, line: str, terminal: _Terminal) -> None:
        with self._lock:
            if line in self._terminals:
                self._terminals[line] = terminal


def _outcome(
    told: rdss_ascii.Feedback | bds3.Feedback | rdss_binary.Feedback,
) -> tuple[bool, int, str]:
    """Return whether the terminal did as told, how long to wait otherwise, and why."""
    match told:
        case rdss_ascii.Feedback():
            why = told.suppression.name.lower() if told.period_kept else "too soon"
            return told.executed, max(told.wait_bounds_s) or _DEFAULT_WAIT_S, why
        case bds3.Feedback():
            return told.executed, told.wait_s or _DEFAULT_WAIT_S, f"reason {told.reason}"
        case rdss_binary.Feedback():
            is_done = told.outcome == rdss_binary.Outcome.DONE
            wait_s = told.wait_bounds_s[0] if told.outcome == rdss_binary.Outcome.TOO_SOON else 0
            return is_done, wait_s or _DEFAULT_WAIT_S, f"outcome {told.outcome}"
