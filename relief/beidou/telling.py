"""Messages and codes as plain values, for machines: names, numbers and texts."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum

from relief.beidou.customary_text import read_customary
from relief.beidou.hearing import Heard
from relief.damage.reports import DamageReport

_HIDDEN = frozenset({"as_written", "raw", "received_at", "sender_card"})


def plain(value: object) -> object:
    """Return a message, or a value in one, as plain values.

    Examples
    --------
    >>> from relief.beidou.goods_code import OrderLine
    >>> plain(OrderLine(item="quilt", pieces=200))
    {'item': 'quilt', 'pieces': 200}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value, IntEnum) else plain(value.value)
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, Decimal | date | time | datetime):
        return str(value) if isinstance(value, Decimal) else value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def told(heard: Heard) -> Mapping[str, object]:
    """Return all that was heard of a sentence, field by field."""
    record: dict[str, object] = {"name": heard.name, "raw_hex": heard.raw.hex(" ")}
    if heard.message is not None:
        record["message"] = type(heard.message).__name__
        record["fields"] = {
            each.name: plain(getattr(heard.message, each.name))
            for each in fields(heard.message)
            if each.name not in _HIDDEN
        }
        point = getattr(heard.message, "point", None)
        if point is not None:
            record["point"] = plain(point)
    if heard.sender:
        record["sender"] = heard.sender
    if heard.text:
        record["text"] = heard.text
        customary = read_customary(heard.text)
        if customary is not None:
            record["seems_to_say"] = plain(customary)
    if heard.code is not None:
        record["kind"] = type(heard.code).__name__
        record["code"] = _code_values(heard)
    return record


def _code_values(heard: Heard) -> dict[str, object]:
    code = heard.code
    if isinstance(code, DamageReport):
        return {
            each.name: dict(code.counts)
            if each.name == "counts"
            else plain(getattr(code, each.name))
            for each in fields(code)
            if each.name not in _HIDDEN
        }
    values = plain(code)
    return values if isinstance(values, dict) else {}
