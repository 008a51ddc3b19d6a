"""How single fields of ASCII sentences are written: each notation reads and writes one value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

from relief.beidou.refusals import Unreadable
from relief.sentences import Sentence, say

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

CENTURY_PIVOT = 80
"""Two-digit years from here on are of the 1900s; BeiDou and NMEA sentences have only two."""
CARD_DIGITS = 7
"""Digits of a card number in its usual form; BDS-3 cards can have eight."""
_MAX_DIGITS = 12
_NOT_A_NUMBER = say("This is not a whole number.")
_NOT_OFFERED = say("This is none of the values that the field can have.")


@dataclass(frozen=True, slots=True)
class Notation(Generic[T]):
    """How a value is written in a field.

    Parameters
    ----------
    read
        Returns the value of a field; raises `Unreadable` where it has none.
    write
        Returns the field for a value, in the usual width.
    allowed
        What the field can hold, for the reader of a refusal.
    """

    read: Callable[[str], T]
    write: Callable[[T], str]
    allowed: str


def matching(pattern: str, what: Sentence, allowed: str) -> Notation[str]:
    """Return a notation of text that must match a pattern."""
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise Unreadable(what)
        return text

    return Notation(read, str, allowed)


def anything() -> Notation[str]:
    """Return the notation that takes every text."""
    return Notation(str, str, "")


def card_number() -> Notation[str]:
    """Return the notation of a card number.

    The value is text of at least seven digits, whatever number of leading zeros the sender writes,
    so that a card is the same card in every sentence.
    """
    digits = matching(r"[0-9]{1,8}", say("This is not a card number."), "1 to 8 digits")

    def read(text: str) -> str:
        return digits.read(text).lstrip("0").zfill(CARD_DIGITS)

    return Notation(read, str, digits.allowed)


def number(low: int, high: int, *, width: int = 1) -> Notation[int]:
    """Return the notation of a whole number between two bounds, with leading zeros to a width."""
    out_of_range = say("The number is out of range.")

    def read(text: str) -> int:
        if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > _MAX_DIGITS:
            raise Unreadable(_NOT_A_NUMBER)
        value = int(text)
        if not low <= value <= high:
            raise Unreadable(out_of_range)
        return value

    return Notation(read, lambda value: f"{value:0{width}d}", f"{low} to {high}")


def decimal(*, whole_digits: int = 1) -> Notation[Decimal]:
    """Return the notation of a decimal number with at least so many digits before the point."""
    pattern = re.compile(r"-?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")

    def read(text: str) -> Decimal:
        if pattern.fullmatch(text) is None:
            raise Unreadable(say("This is not a decimal number."))
        return Decimal(text)

    def write(value: Decimal) -> str:
        whole, point, fraction = f"{abs(value):f}".partition(".")
        return "-" * value.is_signed() + whole.zfill(whole_digits) + point + fraction

    return Notation(read, write, "digits with a decimal point")


def one_of(values: Mapping[str, T]) -> Notation[T]:
    """Return the notation of a value that is written as one of several texts."""
    texts: dict[T, str] = {}
    for text, value in values.items():
        texts.setdefault(value, text)

    def read(text: str) -> T:
        if text not in values:
            raise Unreadable(_NOT_OFFERED)
        return values[text]

    return Notation(read, texts.__getitem__, ", ".join(values))


def named(kind: type[E]) -> Notation[E]:
    """Return the notation of an enumeration whose values are what is written."""
    return one_of({str(member.value): member for member in kind})


def flag(yes: str, no: str) -> Notation[bool]:
    """Return the notation of a yes or no."""
    return one_of({yes: True, no: False})


def optional(notation: Notation[T]) -> Notation[T | None]:
    """Return the notation that takes an empty field as no value."""

    def read(text: str) -> T | None:
        return notation.read(text) if text else None

    def write(value: T | None) -> str:
        return "" if value is None else notation.write(value)

    return Notation(read, write, f"{notation.allowed} or empty")


def hour_minute() -> Notation[time]:
    """Return the notation hhmm."""
    pattern = re.compile(r"([0-9]{2})([0-9]{2})")

    def read(text: str) -> time:
        match = pattern.fullmatch(text)
        if match is None:
            raise Unreadable(_NO_TIME)
        return _time(int(match[1]), int(match[2]), 0, 0)

    return Notation(read, lambda value: f"{value:%H%M}", "hhmm")


def clock_time(*, decimals: int) -> Notation[time]:
    """Return the notation hhmmss with so many decimals; any number of them is read."""
    pattern = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{0,6}))?")

    def read(text: str) -> time:
        match = pattern.fullmatch(text)
        if match is None:
            raise Unreadable(_NO_TIME)
        return _time(
            int(match[1]), int(match[2]), int(match[3]), int((match[4] or "").ljust(6, "0"))
        )

    def write(value: time) -> str:
        fraction = f".{value.microsecond:06d}"[: decimals + 1] if decimals else ""
        return f"{value:%H%M%S}{fraction}"

    return Notation(read, write, "hhmmss or hhmmss.ss")


def day() -> Notation[date]:
    """Return the notation ddmmyy."""
    pattern = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")

    def read(text: str) -> date:
        match = pattern.fullmatch(text)
        if match is None:
            raise Unreadable(_NO_DAY)
        year = int(match[3])
        try:
            return date(
                year + (1900 if year >= CENTURY_PIVOT else 2000), int(match[2]), int(match[1])
            )
        except ValueError as failure:
            raise Unreadable(_NO_DAY) from failure

    return Notation(read, lambda value: f"{value:%d%m%y}", "ddmmyy")


def angle(*, degree_digits: int, limit: int) -> Notation[Decimal]:
    """Return the notation of degrees and minutes run together, (d)ddmm.mmmm.

    The value keeps that form, because the conversion to degrees is not exact in decimals.
    """
    pattern = re.compile(rf"([0-9]{{{degree_digits}}})([0-9]{{2}})(\.[0-9]{{0,9}})?")

    def read(text: str) -> Decimal:
        match = pattern.fullmatch(text)
        if match is None:
            raise Unreadable(say("This is no angle in degrees and minutes."))
        value = Decimal(text)
        if int(match[2]) >= MINUTES_PER_DEGREE or value > limit * 100:
            raise Unreadable(say("There is no such angle on the earth."))
        return value

    write = decimal(whole_digits=degree_digits + 2).write
    return Notation(read, write, f"{'d' * degree_digits}mm.mmmm up to {limit} degrees")


MINUTES_PER_DEGREE = 60
_NO_TIME = say("This is no time of day.")
_NO_DAY = say("This is no day of the calendar.")


def _time(hour: int, minute: int, second: int, microsecond: int) -> time:
    try:
        return time(hour, minute, second, microsecond)
    except ValueError as failure:
        raise Unreadable(_NO_TIME) from failure
