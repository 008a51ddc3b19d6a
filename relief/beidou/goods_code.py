"""Orders for goods and receipts of them: bodies of compact codes of kinds 3 and 5.

Order (调拨令): depot (4 bytes: county code and number), place of delivery (4), due instant (4),
number of lines (1), then per line the item and the pieces as counts.

Receipt (收货回执): sequence number of the order (2), place (4), instant (4), number of lines (1),
then per line the item and the pieces that came good, damaged, and that are missing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from relief.beidou.code_fields import (
    NO_COUNT,
    NO_DEPOT,
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
)
from relief.beidou.refusals import RefusedSentence, refused
from relief.errors import Fault
from relief.sentences import Sentence, say

DISPATCH_ORDER: Final = 3
GOODS_RECEIPT: Final = 5
MAX_LINES: Final = 0xFF


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """So many pieces of an item."""

    item: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchOrder:
    """An order to send goods from a depot to a place.

    Parameters
    ----------
    sequence
        The running number of the office that orders; receipts name it.
    depot_code
        From where, for example ``420112-01``.
    unit_code
        To where.
    due_at
        By when the goods are to be there.
    lines
        What, at least one line.
    """

    sequence: int
    depot_code: str
    unit_code: str
    due_at: datetime
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """How many pieces of an item came good, came damaged, or did not come."""

    item: str
    good: int
    damaged: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceipt:
    """What came of an order.

    Parameters
    ----------
    sequence
        The receiver's running number.
    order_sequence
        That of the order.
    unit_code
        Where it was received.
    received_at
        When it was received, by the receiver's clock.
    lines
        What, at least one line.
    """

    sequence: int
    order_sequence: int
    unit_code: str
    received_at: datetime
    lines: tuple[ReceiptLine, ...]


_Check = tuple[str, object, bool, Sentence, str]
_NO_LINES = say("There must be at least one line and no more than the code can hold.")
_NO_ITEM = say("The item cannot be written.")


def order_envelope(order: DispatchOrder) -> Envelope:
    """Return an order as envelope.

    Raises
    ------
    RefusedSentence
        With every value that the code cannot hold.
    """
    _check(
        (
            *_head_checks(order.sequence, order.unit_code, order.due_at, "due_at"),
            ("depot_code", order.depot_code, is_depot_code(order.depot_code), NO_DEPOT, ""),
            *_line_checks([(line.item, (line.pieces,)) for line in order.lines]),
        )
    )
    body = write_depot(order.depot_code) + write_unit(order.unit_code)
    body += write_instant(order.due_at) + bytes((len(order.lines),))
    for line in order.lines:
        body += write_item(line.item) + write_count(line.pieces)
    return Envelope(kind=DISPATCH_ORDER, sequence=order.sequence, body=body)


def read_order(envelope: Envelope) -> DispatchOrder:
    """Return the order in an envelope.

    Raises
    ------
    RefusedSentence
        If a field cannot be read.
    """
    reader = BodyReader(envelope.body)
    order = DispatchOrder(
        sequence=envelope.sequence,
        depot_code=read_depot(reader),
        unit_code=read_unit(reader),
        due_at=read_instant(reader, "due_at"),
        lines=tuple(
            OrderLine(item=read_item(reader), pieces=reader.count("pieces"))
            for _ in range(_num_lines(reader))
        ),
    )
    reader.end()
    return order


def receipt_envelope(receipt: GoodsReceipt) -> Envelope:
    """Return a receipt as envelope.

    Raises
    ------
    RefusedSentence
        With every value that the code cannot hold.
    """
    is_sequence = 0 <= receipt.order_sequence <= MAX_SEQUENCE
    _check(
        (
            *_head_checks(receipt.sequence, receipt.unit_code, receipt.received_at, "received_at"),
            ("order_sequence", receipt.order_sequence, is_sequence, NO_SEQUENCE, ""),
            *_line_checks(
                [(line.item, (line.good, line.damaged, line.lost)) for line in receipt.lines]
            ),
        )
    )
    body = receipt.order_sequence.to_bytes(2, "big") + write_unit(receipt.unit_code)
    body += write_instant(receipt.received_at) + bytes((len(receipt.lines),))
    for line in receipt.lines:
        body += write_item(line.item)
        for pieces in (line.good, line.damaged, line.lost):
            body += write_count(pieces)
    return Envelope(kind=GOODS_RECEIPT, sequence=receipt.sequence, body=body)


def read_receipt(envelope: Envelope) -> GoodsReceipt:
    """Return the receipt in an envelope.

    Raises
    ------
    RefusedSentence
        If a field cannot be read.
    """
    reader = BodyReader(envelope.body)
    receipt = GoodsReceipt(
        sequence=envelope.sequence,
        order_sequence=reader.number(2, "order_sequence"),
        unit_code=read_unit(reader),
        received_at=read_instant(reader, "received_at"),
        lines=tuple(
            ReceiptLine(
                item=read_item(reader),
                good=reader.count("good"),
                damaged=reader.count("damaged"),
                lost=reader.count("lost"),
            )
            for _ in range(_num_lines(reader))
        ),
    )
    reader.end()
    return receipt


def _num_lines(reader: BodyReader) -> int:
    num_lines = reader.number(1, "lines")
    if num_lines == 0:
        raise refused(WHERE, "lines", num_lines, _NO_LINES, f"1 to {MAX_LINES}")
    return num_lines


def _head_checks(
    sequence: int, unit_code: str, at: datetime, field: str
) -> tuple[_Check, _Check, _Check]:
    return (
        ("sequence", sequence, 0 <= sequence <= MAX_SEQUENCE, NO_SEQUENCE, ""),
        ("unit_code", unit_code, is_unit_code(unit_code), NO_UNIT, "six or nine digits"),
        (field, at.isoformat(), is_whole_second(at), NO_INSTANT, "whole seconds with an offset"),
    )


def _line_checks(lines: list[tuple[str, tuple[int, ...]]]) -> tuple[_Check, ...]:
    num_lines: _Check = (
        "lines",
        len(lines),
        1 <= len(lines) <= MAX_LINES,
        _NO_LINES,
        f"1 to {MAX_LINES}",
    )
    items: list[_Check] = [("item", item, is_name(item), _NO_ITEM, "") for item, _ in lines]
    counts: list[_Check] = [
        (item, count, 0 <= count <= MAX_COUNT, NO_COUNT, f"0 to {MAX_COUNT}")
        for item, pieces in lines
        for count in pieces
    ]
    return num_lines, *items, *counts


def _check(checks: tuple[_Check, ...]) -> None:
    faults = tuple(
        Fault(where=WHERE, field=field, value=str(value), what=what, allowed=allowed)
        for field, value, is_right, what, allowed in checks
        if not is_right
    )
    if faults:
        raise RefusedSentence(*faults)
