"""Orders that change what a truck on the road is to do: body of a compact code of kind 8.

=======  =========================================================================
bytes    meaning
=======  =========================================================================
1, ...   the waybill: length and text
4        instant of the decision
1        number of steps, at least 1
each     what changes (1 byte, its top bit set where the place is a depot), then by kind
=======  =========================================================================

Behind void nothing follows. All others name a place (4 bytes). A redirection then names the place
to which goods go instead (4), a hold the instant until which to wait (4), an addition and a
redirection the instant at which the goods are expected (4). Drop, addition and redirection end with
the number of lines (1) and per line item and pieces.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from relief.beidou.code_fields import (
    NO_COUNT,
    NO_INSTANT,
    NO_SEQUENCE,
    NO_UNIT,
    WHERE,
    is_depot_code,
    is_name,
    is_unit_code,
    is_whole_second,
    read_depot,
    read_instant,
    read_item,
    read_unit,
    write_depot,
    write_instant,
    write_item,
    write_unit,
)
from relief.beidou.compact_code import (
    MAX_COUNT,
    MAX_SEQUENCE,
    BodyReader,
    Envelope,
    write_count,
    write_text,
)
from relief.beidou.goods_code import OrderLine
from relief.beidou.refusals import refused
from relief.sentences import say

ROUTE_ORDER: Final = 8
MAX_STEPS: Final = 0xFF
MAX_LINES: Final = 0xFF
_DEPOT_FLAG = 0x80


class RouteChange(IntEnum):
    """What changes of a waybill."""

    VOID = 0
    """The waybill is void; nothing is loaded for it."""
    DROP = 1
    """So much less is loaded or unloaded there; a stop with nothing left is not made."""
    ADD = 2
    """So much more is loaded or unloaded there."""
    REDIRECT = 3
    """Goods on board that were meant for one place go to another."""
    HOLD = 4
    """The truck waits there."""


_WITH_LINES = (RouteChange.DROP, RouteChange.ADD, RouteChange.REDIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep:
    """One change.

    Parameters
    ----------
    change
        What.
    at_code
        The depot or place; empty for `RouteChange.VOID`.
    to_code
        Where redirected goods go; empty for all others.
    at
        Until when to wait, or when what is added or redirected is expected there; None for others.
    lines
        The goods; empty where there are none.
    """

    change: RouteChange
    at_code: str = ""
    to_code: str = ""
    at: datetime | None = None
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOrder:
    """What changes of a waybill that is under way.

    Parameters
    ----------
    sequence
        The running number of the office that orders.
    waybill
        Its number as it is from now on.
    decided_at
        When it was decided; of two orders on one waybill the later one holds.
    steps
        What changes, at least one.
    """

    sequence: int
    waybill: str
    decided_at: datetime
    steps: tuple[RouteStep, ...]


_NO_STEPS = say("An order on a waybill holds at least one change and no more than its code can.")
_NO_CHANGE = say("There is no such change of a waybill.")
_NOT_ITS_FIELDS = say("A change has fields that it should not have, or lacks some.")
_NO_WAYBILL = say("The number of the waybill cannot be written.")


def route_envelope(order: RouteOrder) -> Envelope:
    """Return an order on a waybill as envelope.

    Raises
    ------
    RefusedSentence
        If the code cannot hold it.
    """
    if not 0 <= order.sequence <= MAX_SEQUENCE:
        raise refused(WHERE, "sequence", order.sequence, NO_SEQUENCE, f"0 to {MAX_SEQUENCE}")
    if not order.waybill or not is_name(order.waybill):
        raise refused(WHERE, "waybill", order.waybill, _NO_WAYBILL)
    if not is_whole_second(order.decided_at):
        raise refused(WHERE, "decided_at", order.decided_at.isoformat(), NO_INSTANT)
    if not 1 <= len(order.steps) <= MAX_STEPS:
        raise refused(WHERE, "steps", len(order.steps), _NO_STEPS, f"1 to {MAX_STEPS}")
    body = write_text(order.waybill) + write_instant(order.decided_at)
    body += bytes((len(order.steps),)) + b"".join(_written(step) for step in order.steps)
    return Envelope(kind=ROUTE_ORDER, sequence=order.sequence, body=body)


def _written(step: RouteStep) -> bytes:
    change = step.change
    has_place = change is not RouteChange.VOID
    has_instant = change in (RouteChange.ADD, RouteChange.REDIRECT, RouteChange.HOLD)
    is_right = (
        bool(step.at_code) is has_place
        and bool(step.to_code) is (change is RouteChange.REDIRECT)
        and (step.at is not None) is has_instant
        and (1 <= len(step.lines) <= MAX_LINES if change in _WITH_LINES else not step.lines)
    )
    if not is_right:
        raise refused(WHERE, "steps", change.name.lower(), _NOT_ITS_FIELDS)
    is_depot = is_depot_code(step.at_code)
    body = bytes((change | _DEPOT_FLAG * is_depot,))
    if has_place:
        body += write_depot(step.at_code) if is_depot else _unit(step.at_code)
    if step.to_code:
        body += _unit(step.to_code)
    if step.at is not None:
        if not is_whole_second(step.at):
            raise refused(WHERE, "at", step.at.isoformat(), NO_INSTANT)
        body += write_instant(step.at)
    if change in _WITH_LINES:
        body += bytes((len(step.lines),))
        for line in step.lines:
            if not 0 <= line.pieces <= MAX_COUNT or not is_name(line.item):
                raise refused(WHERE, line.item, line.pieces, NO_COUNT, f"0 to {MAX_COUNT}")
            body += write_item(line.item) + write_count(line.pieces)
    return body


def _unit(code: str) -> bytes:
    if not is_unit_code(code):
        raise refused(WHERE, "unit_code", code, NO_UNIT, "six or nine digits")
    return write_unit(code)


def read_route(envelope: Envelope) -> RouteOrder:
    """Return the order on a waybill in an envelope.

    Raises
    ------
    RefusedSentence
        If a field cannot be read.
    """
    reader = BodyReader(envelope.body)
    waybill = reader.text("waybill")
    if not waybill:
        raise refused(WHERE, "waybill", waybill, _NO_WAYBILL)
    decided_at = read_instant(reader, "decided_at")
    num_steps = reader.number(1, "steps")
    if not num_steps:
        raise refused(WHERE, "steps", num_steps, _NO_STEPS, f"1 to {MAX_STEPS}")
    steps = tuple(_read_step(reader) for _ in range(num_steps))
    reader.end()
    return RouteOrder(
        sequence=envelope.sequence, waybill=waybill, decided_at=decided_at, steps=steps
    )


def _read_step(reader: BodyReader) -> RouteStep:
    head = reader.number(1, "change")
    number, is_depot = head & ~_DEPOT_FLAG, bool(head & _DEPOT_FLAG)
    if number >= len(RouteChange) or (is_depot and number == RouteChange.VOID):
        raise refused(WHERE, "change", head, _NO_CHANGE, f"0 to {len(RouteChange) - 1}")
    change = RouteChange(number)
    at_code = to_code = ""
    if change is not RouteChange.VOID:
        at_code = read_depot(reader) if is_depot else read_unit(reader)
    if change is RouteChange.REDIRECT:
        to_code = read_unit(reader)
    at = None
    if change in (RouteChange.ADD, RouteChange.REDIRECT, RouteChange.HOLD):
        at = read_instant(reader, "at")
    lines: tuple[OrderLine, ...] = ()
    if change in _WITH_LINES:
        num_lines = reader.number(1, "lines")
        if not num_lines:
            raise refused(WHERE, "steps", change.name.lower(), _NOT_ITS_FIELDS)
        lines = tuple(
            OrderLine(item=read_item(reader), pieces=reader.count("pieces"))
            for _ in range(num_lines)
        )
    return RouteStep(change=change, at_code=at_code, to_code=to_code, at=at, lines=lines)
