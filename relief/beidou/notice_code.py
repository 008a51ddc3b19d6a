"""Acknowledgements and positions: bodies of compact codes of kinds 4 and 6.

Acknowledgement (应答): outcome (1 byte), number of sequence numbers (1), the numbers (2 each);
behind a refusal the reason as a text, behind missing parts their number and numbers (1 byte each).

Position (位置): instant (4), point (6), state (1; with its top bit a sequence number of an order of
2 bytes follows), speed in km/h (1; 255 where it is not known).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from relief.beidou.code_fields import (
    NO_INSTANT,
    NO_POINT,
    NO_SEQUENCE,
    WHERE,
    is_name,
    is_on_earth,
    is_whole_second,
    read_instant,
    read_point,
    write_instant,
    write_point,
)
from relief.beidou.compact_code import MAX_SEQUENCE, BodyReader, Envelope, write_text
from relief.beidou.refusals import refused
from relief.places import Point
from relief.sentences import say

ACKNOWLEDGEMENT: Final = 4
POSITION_NOTICE: Final = 6
MAX_ACKNOWLEDGED: Final = 0xFF
MAX_SPEED_KM_H: Final = 254
_UNKNOWN_SPEED = 255
_ORDER_FLAG = 0x80


class Outcome(IntEnum):
    """What became of messages."""

    RECEIVED = 0
    """They came in whole; nothing is said about their content."""
    ACCEPTED = 1
    """They will be done, or are done."""
    REFUSED = 2
    PARTS_MISSING = 3
    """Some parts of a long message have not come; they are to be sent again."""


class Movement(IntEnum):
    """What a truck or team says of its way."""

    UNDER_WAY = 0
    ARRIVED = 1
    HALTED = 2
    IN_DISTRESS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What became of messages of the card to which this is sent.

    Parameters
    ----------
    sequence
        The sender's own running number.
    outcome
        What became of them.
    sequences
        Their running numbers, at least one; exactly one for missing parts.
    reason
        Why they were refused; empty otherwise.
    missing_parts
        The numbers of the parts, counted from 1; empty for other outcomes.
    """

    sequence: int
    outcome: Outcome
    sequences: tuple[int, ...]
    reason: str = ""
    missing_parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionNotice:
    """Where a truck or team is.

    Parameters
    ----------
    sequence
        Its running number.
    taken_at
        When it was there.
    point
        Where.
    movement
        What it says of its way.
    speed_km_h
        How fast it goes, in whole km/h; None where it does not say.
    order_sequence
        The order that it carries out; None where it does not say.
    """

    sequence: int
    taken_at: datetime
    point: Point
    movement: Movement = Movement.UNDER_WAY
    speed_km_h: int | None = None
    order_sequence: int | None = None


_NO_REASON = say("The reason cannot be written.")
_NO_NUMBERS = say("An acknowledgement names at least one message.")
_NO_PARTS = say("Missing parts are those of one message, and at least one.")
_NO_OUTCOME = say("There is no such outcome.")
_NO_MOVEMENT = say("There is no such state of a journey.")
_NO_SPEED = say("The speed is out of range.")


def acknowledgement_envelope(acknowledgement: Acknowledgement) -> Envelope:
    """Return an acknowledgement as envelope.

    Raises
    ------
    RefusedSentence
        If the code cannot hold it.
    """
    sequences, parts = acknowledgement.sequences, acknowledgement.missing_parts
    outcome = acknowledgement.outcome
    _check_acknowledged(outcome, len(sequences), len(parts))
    for number in (acknowledgement.sequence, *sequences):
        if not 0 <= number <= MAX_SEQUENCE:
            raise refused(WHERE, "sequence", number, NO_SEQUENCE, f"0 to {MAX_SEQUENCE}")
    if not is_name(acknowledgement.reason) or (
        acknowledgement.reason and outcome is not Outcome.REFUSED
    ):
        raise refused(WHERE, "reason", acknowledgement.reason, _NO_REASON)
    body = bytes((outcome, len(sequences)))
    body += b"".join(number.to_bytes(2, "big") for number in sequences)
    if outcome is Outcome.REFUSED:
        body += write_text(acknowledgement.reason)
    if outcome is Outcome.PARTS_MISSING:
        body += bytes((len(parts), *parts))
    return Envelope(kind=ACKNOWLEDGEMENT, sequence=acknowledgement.sequence, body=body)


def read_acknowledgement(envelope: Envelope) -> Acknowledgement:
    """Return the acknowledgement in an envelope.

    Raises
    ------
    RefusedSentence
        If a field cannot be read.
    """
    reader = BodyReader(envelope.body)
    number = reader.number(1, "outcome")
    if number >= len(Outcome):
        raise refused(WHERE, "outcome", number, _NO_OUTCOME, f"0 to {len(Outcome) - 1}")
    outcome = Outcome(number)
    num_sequences = reader.number(1, "sequences")
    sequences = tuple(reader.number(2, "sequences") for _ in range(num_sequences))
    reason = reader.text("reason") if outcome is Outcome.REFUSED else ""
    num_parts = reader.number(1, "missing_parts") if outcome is Outcome.PARTS_MISSING else 0
    parts = tuple(reader.octets(num_parts, "missing_parts"))
    reader.end()
    _check_acknowledged(outcome, num_sequences, num_parts)
    return Acknowledgement(
        sequence=envelope.sequence,
        outcome=outcome,
        sequences=sequences,
        reason=reason,
        missing_parts=parts,
    )


def _check_acknowledged(outcome: Outcome, num_sequences: int, num_parts: int) -> None:
    if not 1 <= num_sequences <= MAX_ACKNOWLEDGED:
        raise refused(WHERE, "sequences", num_sequences, _NO_NUMBERS, f"1 to {MAX_ACKNOWLEDGED}")
    is_missing = outcome is Outcome.PARTS_MISSING
    if bool(num_parts) is not is_missing or (is_missing and num_sequences > 1):
        raise refused(WHERE, "missing_parts", num_parts, _NO_PARTS)


def position_envelope(notice: PositionNotice) -> Envelope:
    """Return a position as envelope.

    Raises
    ------
    RefusedSentence
        If the code cannot hold it.
    """
    order, speed = notice.order_sequence, notice.speed_km_h
    if not is_whole_second(notice.taken_at):
        raise refused(WHERE, "taken_at", notice.taken_at.isoformat(), NO_INSTANT)
    if not is_on_earth(notice.point):
        raise refused(WHERE, "point", notice.point, NO_POINT)
    if speed is not None and not 0 <= speed <= MAX_SPEED_KM_H:
        raise refused(WHERE, "speed_km_h", speed, _NO_SPEED, f"0 to {MAX_SPEED_KM_H}")
    for number in (notice.sequence, *(() if order is None else (order,))):
        if not 0 <= number <= MAX_SEQUENCE:
            raise refused(WHERE, "sequence", number, NO_SEQUENCE, f"0 to {MAX_SEQUENCE}")
    body = write_instant(notice.taken_at) + write_point(notice.point)
    body += bytes((notice.movement | _ORDER_FLAG * (order is not None),))
    body += b"" if order is None else order.to_bytes(2, "big")
    body += bytes((_UNKNOWN_SPEED if speed is None else speed,))
    return Envelope(kind=POSITION_NOTICE, sequence=notice.sequence, body=body)


def read_position(envelope: Envelope) -> PositionNotice:
    """Return the position in an envelope.

    Raises
    ------
    RefusedSentence
        If a field cannot be read.
    """
    reader = BodyReader(envelope.body)
    taken_at = read_instant(reader, "taken_at")
    point = read_point(reader)
    state = reader.number(1, "movement")
    number = state & ~_ORDER_FLAG
    if number >= len(Movement):
        raise refused(WHERE, "movement", number, _NO_MOVEMENT, f"0 to {len(Movement) - 1}")
    order = reader.number(2, "order_sequence") if state & _ORDER_FLAG else None
    speed = reader.number(1, "speed_km_h")
    reader.end()
    return PositionNotice(
        sequence=envelope.sequence,
        taken_at=taken_at,
        point=point,
        movement=Movement(number),
        speed_km_h=None if speed == _UNKNOWN_SPEED else speed,
        order_sequence=order,
    )
