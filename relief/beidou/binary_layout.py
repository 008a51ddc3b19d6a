"""Binary frames as tables: a message type states its fields in order, and this reads and writes."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, Generic, TypeVar, cast, dataclass_transform

from relief.beidou.frames import binary_frame
from relief.beidou.notation import CARD_DIGITS
from relief.beidou.refusals import RefusedSentence, Unreadable, refused
from relief.errors import Fault
from relief.sentences import say

T = TypeVar("T")
_OCTETS: Final = "octets"
CARD_BYTES = 3


@dataclass(frozen=True, slots=True)
class Octets(Generic[T]):
    """How a value stands in bytes.

    Parameters
    ----------
    num_bytes
        How many bytes it takes; None for the one field of a frame that takes what is left.
    read, write
        From bytes and to bytes; `read` raises `Unreadable` where the bytes mean nothing.
    """

    num_bytes: int | None
    read: Callable[[bytes], T]
    write: Callable[[T], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryMessage:
    """What all binary messages have: the address of the terminal's user as a card number."""

    user: str

    def contradictions(self) -> tuple[Fault, ...]:
        """Return what is wrong between fields that are right by themselves."""
        return ()


B = TypeVar("B", bound=BinaryMessage)


def octets(notation: Octets[T]) -> Any:  # noqa: ANN401 - a dataclass field stands for its value
    """Declare a field of a message and how it stands in bytes."""
    return field(metadata={_OCTETS: notation})


def unsigned(num_bytes: int) -> Octets[int]:
    """Return the notation of a big-endian unsigned integer."""
    return Octets(
        num_bytes,
        lambda raw: int.from_bytes(raw, "big"),
        lambda value: value.to_bytes(num_bytes, "big"),
    )


def card_octets() -> Octets[str]:
    """Return the notation of a card number in three bytes."""
    return Octets(CARD_BYTES, read_card, write_card)


def raw_octets(num_bytes: int | None = None) -> Octets[bytes]:
    """Return the notation of bytes as they are."""
    return Octets(num_bytes, bytes, bytes)


def series(num_values: int | None, each: Octets[T]) -> Octets[tuple[T, ...]]:
    """Return the notation of several values one after the other."""
    size = cast("int", each.num_bytes)

    def read(raw: bytes) -> tuple[T, ...]:
        if len(raw) % size:
            raise Unreadable(say("The bytes are not a whole number of values."))
        return tuple(each.read(raw[at : at + size]) for at in range(0, len(raw), size))

    return Octets(
        None if num_values is None else num_values * size,
        read,
        lambda values: b"".join(each.write(value) for value in values),
    )


def read_card(raw: bytes) -> str:
    """Return the card number of three bytes, with leading zeros to seven digits."""
    return f"{int.from_bytes(raw, 'big'):0{CARD_DIGITS}d}"


def write_card(card: str) -> bytes:
    """Return the three bytes of a card number."""
    return int(card).to_bytes(CARD_BYTES, "big")


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    notation: Octets[Any]


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    slots: tuple[_Slot, ...]
    num_fixed_bytes: int
    has_rest: bool


_LAYOUT_OF: dict[type[BinaryMessage], _Layout] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(octets, field))
def binary_message(name: str) -> Callable[[type[B]], type[B]]:
    """Make a class the message of frames with this name."""

    def declare(plain: type[B]) -> type[B]:
        message = dataclass(frozen=True, slots=True, kw_only=True)(plain)
        own = [each for each in fields(message) if _OCTETS in each.metadata]
        slots = (
            _Slot("user", card_octets()),
            *(_Slot(each.name, each.metadata[_OCTETS]) for each in own),
        )
        _LAYOUT_OF[message] = _Layout(
            name=name,
            slots=slots,
            num_fixed_bytes=sum(each.notation.num_bytes or 0 for each in slots),
            has_rest=any(each.notation.num_bytes is None for each in slots),
        )
        return message

    return declare


def name_of_frame(message: type[BinaryMessage]) -> str:
    """Return the four letters of a message type."""
    return _LAYOUT_OF[message].name


def read_octets(message: type[B], body: bytes) -> B:
    """Return the message that the body of a frame makes.

    Parameters
    ----------
    message
        The type of the message.
    body
        From the user address up to the checksum.

    Raises
    ------
    RefusedSentence
        With every field that cannot be read, or when the body has the wrong length.
    """
    layout = _LAYOUT_OF[message]
    where = f"${layout.name}"
    num_rest = len(body) - layout.num_fixed_bytes
    if num_rest < 0 or (num_rest > 0 and not layout.has_rest):
        raise RefusedSentence(
            Fault(
                where=where,
                field="length",
                value=str(len(body)),
                what=say("The frame holds the wrong number of bytes."),
                allowed=f"{layout.num_fixed_bytes}{' or more' if layout.has_rest else ''}",
            )
        )
    values: dict[str, object] = {}
    faults: list[Fault] = []
    at = 0
    for slot in layout.slots:
        size = num_rest if slot.notation.num_bytes is None else slot.notation.num_bytes
        raw = body[at : at + size]
        at += size
        try:
            values[slot.name] = slot.notation.read(raw)
        except Unreadable as failure:
            faults.append(
                Fault(where=where, field=slot.name, value=raw.hex(" "), what=failure.what)
            )
    if faults:
        raise RefusedSentence(*faults)
    read = message(**cast("dict[str, Any]", values))
    if contradictions := read.contradictions():
        raise RefusedSentence(*contradictions)
    return read


def write_binary(message: BinaryMessage) -> bytes:
    """Return the frame of a message, from ``$`` to its checksum.

    Raises
    ------
    RefusedSentence
        With every value that its bytes cannot hold, or if the whole is too long for a frame.
    """
    layout = _LAYOUT_OF[type(message)]
    parts = [_written(slot.notation, getattr(message, slot.name)) for slot in layout.slots]
    faults = tuple(
        Fault(
            where=f"${layout.name}",
            field=slot.name,
            value=str(getattr(message, slot.name)),
            what=say("The value cannot be written."),
        )
        for slot, part in zip(layout.slots, parts, strict=True)
        if part is None
    )
    faults += message.contradictions()
    if faults:
        raise RefusedSentence(*faults)
    body = b"".join(part for part in parts if part is not None)
    try:
        return binary_frame(layout.name, body)
    except ValueError as failure:
        raise refused(
            f"${layout.name}", "length", len(body), say("The frame is too long.")
        ) from failure


def _written(notation: Octets[Any], value: object) -> bytes | None:
    """Return the bytes of a value, None where they cannot hold it."""
    try:
        raw = notation.write(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return raw if notation.num_bytes in {None, len(raw)} else None
