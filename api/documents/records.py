"""Typed records as plain JSON values and back, without loss.

A record is one of the domain's frozen dataclasses. What cannot be read back is refused with every
fault in it, each named by its path inside the file.
"""

import base64
import types
import zlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.sentences import Sentence, say

T = TypeVar("T")
Plain = Any
"""None, a bool, an int, a float, a str, a list of these, or a dict from str to these."""
_Read = Callable[[Plain], Any]
_SHORT = 60
"""Characters of a misfit value that a fault shows."""


def to_plain(value: object) -> Plain:  # noqa: PLR0911 - one line for each kind of value
    """Return a record as a plain value.

    Parameters
    ----------
    value
        A dataclass whose fields are records, tuples of records, enums, instants, days, durations,
        bytes, arrays, texts, numbers, truth values or None.

    Returns
    -------
    Plain
        Durations become whole microseconds, arrays the base64 text of their compressed bytes, and
        points ``[lon, lat]``.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Point):
        return [value.lon_deg, value.lat_deg]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_plain(part) for part in value]
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, np.ndarray):
        # The bytes of an array compress well, and base64 would hide that from the file's gzip.
        packed = zlib.compress(np.ascontiguousarray(value).tobytes(), 6)
        return {
            "dtype": value.dtype.str,
            "shape": list(value.shape),
            "zlib": base64.b64encode(packed).decode("ascii"),
        }
    msg = f"{type(value).__name__} {value!r} is no part of a record."
    raise TypeError(msg)


def from_plain(kind: type[T], plain: Plain, *, where: str) -> T:
    """Read a record back.

    Parameters
    ----------
    kind
        The dataclass.
    plain
        What `to_plain` returned, perhaps after a way through JSON.
    where
        The name of the file, for the faults.

    Raises
    ------
    InvalidInput
        If `plain` does not fit; every misfit is listed with its path.
    """
    try:
        return cast("T", _reader(cast("Any", kind))(plain))
    except _MisfitError as error:
        raise InvalidInput(
            *(
                Fault(where=where, field=path, value=_short(value), what=what)
                for path, value, what in error.found
            ),
        ) from error


class _MisfitError(Exception):
    """Values that do not fit their type: path, value, and what is wrong."""

    def __init__(self, *found: tuple[str, Plain, Sentence]) -> None:
        super().__init__(f"{len(found)} misfits")
        self.found = found

    def under(self, step: str) -> tuple[tuple[str, Plain, Sentence], ...]:
        """Return the misfits seen from one level further out."""
        return tuple((f"{step}{path}", value, what) for path, value, what in self.found)


def _short(value: Plain) -> str:
    text = repr(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


def _misfit(plain: Plain, expected: str) -> _MisfitError:
    what = say("Not what is kept here: {expected} is expected.", expected=expected)
    return _MisfitError(("", plain, what))


@cache
def _reader(kind: Any) -> _Read:  # noqa: ANN401, PLR0911 - one line for each form of a type
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union_reader(get_args(kind))
    if origin is tuple:
        return _tuple_reader(get_args(kind))
    if kind is np.ndarray or origin is np.ndarray:
        return _read_array
    if kind is Point:
        return _read_point
    if is_dataclass(kind):
        return _dataclass_reader(cast("type[Any]", kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _converter(kind, (str, int), f"one of {[member.value for member in kind]}")
    return _LEAVES[kind]


def _exactly(*allowed: type) -> _Read:
    expected = " or ".join(kind.__name__ for kind in allowed)

    def read(plain: Plain) -> Any:  # noqa: ANN401 - the reader of any leaf
        # A truth value is an int to Python, but never a count.
        if type(plain) not in allowed:
            raise _misfit(plain, expected)
        return plain

    return read


def _converter(convert: Callable[[Any], Any], allowed: tuple[type, ...], expected: str) -> _Read:
    def read(plain: Plain) -> Any:  # noqa: ANN401 - the reader of any leaf
        if type(plain) not in allowed:
            raise _misfit(plain, expected)
        try:
            return convert(plain)
        except ValueError as error:
            raise _misfit(plain, expected) from error

    return read


def _read_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.utcoffset() is None:
        msg = "an instant without an offset"
        raise ValueError(msg)
    return instant


_LEAVES: dict[Any, _Read] = {
    type(None): _exactly(type(None)),
    bool: _exactly(bool),
    int: _exactly(int),
    # A whole number in a float's place stays one, or the fingerprint of the record would change.
    float: _exactly(float, int),
    str: _exactly(str),
    bytes: _converter(lambda text: base64.b64decode(text, validate=True), (str,), "base64"),
    date: _converter(date.fromisoformat, (str,), "a day, YYYY-MM-DD"),
    datetime: _converter(_read_instant, (str,), "an ISO 8601 instant with its offset"),
    timedelta: _converter(lambda us: timedelta(microseconds=us), (int,), "whole microseconds"),
}


def _read_point(plain: Plain) -> Point:
    match plain:
        case [int() | float() as lon_deg, int() | float() as lat_deg]:
            return Point(lon_deg=float(lon_deg), lat_deg=float(lat_deg))
    raise _misfit(plain, "[lon, lat]")


def _read_array(plain: Plain) -> Any:  # noqa: ANN401 - an array of any type
    try:
        raw = zlib.decompress(base64.b64decode(plain["zlib"], validate=True))
        return np.frombuffer(raw, dtype=np.dtype(plain["dtype"])).reshape(plain["shape"]).copy()
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise _misfit(plain, "an array") from error


def _union_reader(kinds: tuple[Any, ...]) -> _Read:
    readers = [_reader(kind) for kind in kinds]

    def read(plain: Plain) -> Any:  # noqa: ANN401 - whatever the union holds
        misfits = []
        for reader in readers:
            try:
                return reader(plain)
            except _MisfitError as error:
                misfits.append(error)
        # The misfit that got furthest says most.
        raise max(misfits, key=lambda error: len(error.found[0][0]))

    return read


def _tuple_reader(kinds: tuple[Any, ...]) -> _Read:
    repeated = _reader(kinds[0]) if kinds[1:] == (...,) else None
    each = [] if repeated else [_reader(kind) for kind in kinds]

    def read(plain: Plain) -> tuple[Any, ...]:
        if type(plain) is not list or (repeated is None and len(plain) != len(each)):
            raise _misfit(plain, "a list" if repeated else f"a list of {len(each)}")
        readers = [repeated] * len(plain) if repeated else each
        parts: list[Any] = []
        found: list[tuple[str, Plain, Sentence]] = []
        for index, (reader, part) in enumerate(zip(readers, plain, strict=True)):
            try:
                parts.append(reader(part))
            except _MisfitError as error:
                found.extend(error.under(f"[{index}]"))
        if found:
            raise _MisfitError(*found)
        return tuple(parts)

    return read


def _dataclass_reader(kind: type[Any]) -> _Read:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}

    def read(plain: Plain) -> Any:  # noqa: ANN401 - an instance of `kind`
        if type(plain) is not dict:
            raise _misfit(plain, kind.__name__)
        values: dict[str, Any] = {}
        found: list[tuple[str, Plain, Sentence]] = []
        for name in (*readers, *(key for key in plain if key not in readers)):
            if name not in readers:
                found.append((f".{name}", plain[name], say("Unknown field.")))
            elif name not in plain:
                found.append((f".{name}", None, say("Missing field.")))
            else:
                try:
                    values[name] = readers[name](plain[name])
                except _MisfitError as error:
                    found.extend(error.under(f".{name}"))
        if found:
            raise _MisfitError(*found)
        try:
            return kind(**values)
        except InvalidInput as error:
            # The record reads, but contradicts itself: its own faults say how.
            raise _MisfitError(
                *(
                    (f" {fault.where} {fault.field}", fault.value, fault.what)
                    for fault in error.faults
                ),
            ) from error
        except ValueError as error:
            raise _misfit(str(error), kind.__name__) from error

    return read
