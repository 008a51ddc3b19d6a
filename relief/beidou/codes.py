"""Every kind of compact code: from the content of a message to what it says, and back."""

from collections.abc import Callable
from datetime import datetime

from relief.beidou.change_code import (
    REPORT_CHANGE,
    ReportChange,
    change_envelope,
    read_change,
)
from relief.beidou.code_fields import WHERE
from relief.beidou.compact_code import Envelope, seal, unwrap
from relief.beidou.goods_code import (
    DISPATCH_ORDER,
    GOODS_RECEIPT,
    DispatchOrder,
    GoodsReceipt,
    order_envelope,
    read_order,
    read_receipt,
    receipt_envelope,
)
from relief.beidou.notice_code import (
    ACKNOWLEDGEMENT,
    POSITION_NOTICE,
    Acknowledgement,
    PositionNotice,
    acknowledgement_envelope,
    position_envelope,
    read_acknowledgement,
    read_position,
)
from relief.beidou.part_code import PART, Part, read_part
from relief.beidou.refusals import refused
from relief.beidou.report_code import DAMAGE_REPORT, decode, report_envelope
from relief.beidou.route_code import ROUTE_ORDER, RouteOrder, read_route, route_envelope
from relief.damage.reports import DamageReport
from relief.sentences import say

Code = (
    DamageReport
    | ReportChange
    | DispatchOrder
    | Acknowledgement
    | GoodsReceipt
    | PositionNotice
    | Part
    | RouteOrder
)
"""What a compact code says."""
KINDS = (
    DAMAGE_REPORT,
    REPORT_CHANGE,
    DISPATCH_ORDER,
    ACKNOWLEDGEMENT,
    GOODS_RECEIPT,
    POSITION_NOTICE,
    PART,
    ROUTE_ORDER,
)
_READERS: dict[int, Callable[[Envelope], Code]] = {
    REPORT_CHANGE: read_change,
    DISPATCH_ORDER: read_order,
    ACKNOWLEDGEMENT: read_acknowledgement,
    GOODS_RECEIPT: read_receipt,
    POSITION_NOTICE: read_position,
    PART: read_part,
    ROUTE_ORDER: read_route,
}


def read_code(payload: bytes, *, sender_card: str, received_at: datetime, raw: bytes = b"") -> Code:
    """Return what a compact code says.

    Parameters
    ----------
    payload
        The code, without the A4 of mixed content.
    sender_card, received_at, raw
        From the sentence that carried it; they become part of a damage report.

    Raises
    ------
    RefusedSentence
        If the payload is no code of this version, or a field of it cannot be read.
    """
    envelope = unwrap(payload)
    if envelope.kind == DAMAGE_REPORT:
        return decode(payload, sender_card=sender_card, received_at=received_at, raw=raw)
    reader = _READERS.get(envelope.kind)
    if reader is None:
        unknown = say("This kind of message is not known.")
        allowed = f"{min(KINDS)} to {max(KINDS)}"
        raise refused(WHERE, "kind", envelope.kind, unknown, allowed)
    return reader(envelope)


def envelope_of(code: Code) -> Envelope:
    """Return what is said as envelope, whatever its length.

    Raises
    ------
    RefusedSentence
        If the code cannot hold a value.
    """
    match code:
        case DamageReport():
            envelope = report_envelope(code)
        case ReportChange():
            envelope = change_envelope(code)
        case DispatchOrder():
            envelope = order_envelope(code)
        case Acknowledgement():
            envelope = acknowledgement_envelope(code)
        case GoodsReceipt():
            envelope = receipt_envelope(code)
        case PositionNotice():
            envelope = position_envelope(code)
        case RouteOrder():
            envelope = route_envelope(code)
        case Part():
            body = bytes((code.number, code.num_parts)) + code.chunk
            envelope = Envelope(kind=PART, sequence=code.sequence, body=body)
    return envelope


def write_code(code: Code) -> bytes:
    """Return what is said as compact code of any length; raises as `envelope_of` does."""
    return seal(envelope_of(code))
