"""The digest of a plan: one number for its content, the same on every machine."""

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, cast

from relief.plan.dispatch_plan import DispatchPlan
from relief.units import in_utc

MICROSECOND = timedelta(microseconds=1)

_PLAIN = frozenset({str, int, bool, type(None)})
Canonical = None | bool | int | str | list["Canonical"] | dict[str, "Canonical"]


def plan_digest(plan: DispatchPlan) -> str:
    """Return the SHA-256 digest of a plan's content in hexadecimal.

    Left out are the certificate, which holds the digest, and the wall-clock seconds of the
    solvers, so that the same answer found again has the same digest. Instants count in UTC and to
    the microsecond, so that a plan read back from a document has the digest it was written with.
    """
    content = replace(
        plan,
        certificate=None,
        allocation_report=replace(plan.allocation_report, seconds=0.0),
        routing_report=replace(plan.routing_report, seconds=0.0),
    )
    text = json.dumps(_canonical(content), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _canonical(value: object) -> Canonical:  # noqa: PLR0911 - one return for each kind of value
    """Return a value as plain JSON, the same however the value came to be."""
    if type(value) in _PLAIN:
        return cast("Canonical", value)
    if isinstance(value, Enum):
        return _canonical(value.value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        # 3.0 and 3 are the same number in JSON, so they are one here.
        return int(value) if value.is_integer() else f"{value!r}"
    if isinstance(value, datetime):
        return in_utc(value).isoformat(timespec="microseconds")
    if isinstance(value, timedelta):
        return value // MICROSECOND
    if isinstance(value, (tuple, list)):
        return [_canonical(part) for part in value]
    kind: Any = type(value)
    names = _field_names(kind)
    if names is not None:
        return {name: _canonical(getattr(value, name)) for name in names}
    msg = f"A plan cannot hold a {type(value).__name__}: {value!r}."
    raise TypeError(msg)


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """Return the names of a dataclass's fields, None for what is none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
