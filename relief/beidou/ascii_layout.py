"""ASCII sentences as tables: a message type states its fields in order, and this reads and writes.

A message is a frozen dataclass whose fields bear their notation. The fields as they came in are
kept beside the values, and written again wherever they still mean the value of the message: so a
sentence that was read is written with the same bytes, whatever width its sender gives to numbers,
and a message that was changed or made here has the usual widths.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar, cast, dataclass_transform

from relief.beidou.frames import ascii_frame
from relief.beidou.notation import Notation
from relief.beidou.refusals import RefusedSentence, Unreadable
from relief.errors import Fault
from relief.sentences import say

T = TypeVar("T")
_NOTATION: Final = "notation"
_ROLE: Final = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsciiMessage:
    """What all ASCII messages have.

    Parameters
    ----------
    talker
        ``CC`` from host to terminal, ``BD`` from terminal to host, ``GN`` and ``GB`` for positions.
    as_written
        The fields as they came in; empty for a message made here. Not part of equality.
    """

    talker: str = "BD"
    as_written: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @staticmethod
    def tidied(parts: list[str]) -> list[str]:
        """Return the fields without a known mistake of real senders."""
        return parts

    def contradictions(self) -> tuple[Fault, ...]:
        """Return what is wrong between fields that are right by themselves."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMessage(AsciiMessage):
    """A message from the host to its terminal."""

    talker: str = "CC"


M = TypeVar("M", bound=AsciiMessage)


def wire(notation: Notation[T]) -> Any:  # noqa: ANN401 - a dataclass field stands for its value
    """Declare a field of a message and how it is written."""
    return field(metadata={_NOTATION: notation, _ROLE: "one"})


def last_wire(notation: Notation[T]) -> Any:  # noqa: ANN401 - as above
    """Declare a last field that older devices leave out; its value is then None."""
    return field(default=None, metadata={_NOTATION: notation, _ROLE: "last"})


def rest_wire(notation: Notation[T]) -> Any:  # noqa: ANN401 - as above
    """Declare that all remaining fields are one tuple of values of the same kind."""
    return field(default=(), metadata={_NOTATION: notation, _ROLE: "rest"})


def text_wire(notation: Notation[T]) -> Any:  # noqa: ANN401 - as above
    """Declare a text as the last field: a comma in it is the sender's mistake and kept."""
    return field(metadata={_NOTATION: notation, _ROLE: "text"})


@dataclass(frozen=True, slots=True)
class _Wire:
    name: str
    role: str
    notation: Notation[Any]


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    message: type[AsciiMessage]
    single: tuple[_Wire, ...]
    num_required: int
    tail: _Wire | None


_LAYOUT_OF: dict[type[AsciiMessage], _Layout] = {}


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(wire, last_wire, rest_wire, text_wire, field),
)
def ascii_message(name: str) -> Callable[[type[M]], type[M]]:
    """Make a class the message of sentences with this name, less the talker."""

    def declare(plain: type[M]) -> type[M]:
        message = dataclass(frozen=True, slots=True, kw_only=True)(plain)
        wires = [
            _Wire(each.name, each.metadata[_ROLE], each.metadata[_NOTATION])
            for each in fields(message)
            if _NOTATION in each.metadata
        ]
        tail = wires[-1] if wires and wires[-1].role in {"rest", "text"} else None
        single = tuple(wires[:-1] if tail else wires)
        _LAYOUT_OF[message] = _Layout(
            name=name,
            message=message,
            single=single,
            num_required=sum(1 for each in single if each.role == "one")
            + (tail is not None and tail.role == "text"),
            tail=tail,
        )
        return message

    return declare


def name_of(message: type[AsciiMessage]) -> str:
    """Return the three letters of a message type."""
    return _LAYOUT_OF[message].name


def read_fields(message: type[M], talker: str, parts: list[str]) -> M:
    """Return the message that the fields of a sentence make.

    Parameters
    ----------
    message
        The type of the message.
    talker
        The two letters before the name.
    parts
        The fields behind the name, as Latin-1 text.

    Raises
    ------
    RefusedSentence
        With every field that cannot be read, or when there are too few or too many fields.
    """
    layout = _LAYOUT_OF[message]
    where = f"${talker}{layout.name}"
    parts = message.tidied(parts)
    single, tail = layout.single, layout.tail
    if len(parts) < layout.num_required or (tail is None and len(parts) > len(single)):
        raise RefusedSentence(
            Fault(
                where=where,
                field="fields",
                value=str(len(parts)),
                what=say("The sentence has the wrong number of fields."),
                allowed=_allowed_count(layout),
            )
        )
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for each, part in zip(single, parts, strict=False):
        try:
            values[each.name] = each.notation.read(part)
        except Unreadable as failure:
            faults.append(_fault(where, each, part, failure))
    if tail is not None:
        rest = parts[len(single) :]
        try:
            values[tail.name] = (
                tail.notation.read(",".join(rest))
                if tail.role == "text"
                else tuple(tail.notation.read(part) for part in rest)
            )
        except Unreadable as failure:
            faults.append(_fault(where, tail, ",".join(rest), failure))
    if faults:
        raise RefusedSentence(*faults)
    read = message(talker=talker, as_written=tuple(parts), **cast("dict[str, Any]", values))
    if contradictions := read.contradictions():
        raise RefusedSentence(*contradictions)
    return read


def write_fields(message: AsciiMessage) -> list[str]:
    """Return the fields of a message, as they came in where they still mean the same."""
    layout = _LAYOUT_OF[type(message)]
    values = [(each, getattr(message, each.name)) for each in layout.single]
    tail = layout.tail
    if tail is not None:
        rest = getattr(message, tail.name)
        values += [(tail, value) for value in ((rest,) if tail.role == "text" else rest)]
    written = list(message.as_written)
    if tail is not None and tail.role == "text" and written:
        written[len(layout.single) :] = [",".join(written[len(layout.single) :])]
    while len(values) > len(written) and values[-1][0].role == "last" and values[-1][1] is None:
        values.pop()
    return [
        written[place]
        if place < len(written) and _means(each.notation, written[place], value)
        else each.notation.write(value)
        for place, (each, value) in enumerate(values)
    ]


def write_ascii(message: AsciiMessage) -> bytes:
    """Return the sentence of a message from ``$`` to its checksum, without line end."""
    name = message.talker + _LAYOUT_OF[type(message)].name
    return ascii_frame(name, ",".join(write_fields(message)).encode("latin-1"))


def _means(notation: Notation[Any], written: str, value: object) -> bool:
    try:
        return bool(notation.read(written) == value)
    except Unreadable:
        return False


def _fault(where: str, each: _Wire, part: str, failure: Unreadable) -> Fault:
    return Fault(
        where=where,
        field=each.name,
        value=part,
        what=failure.what,
        allowed=each.notation.allowed,
    )


def _allowed_count(layout: _Layout) -> str:
    least, most = layout.num_required, len(layout.single)
    if layout.tail is not None:
        return f"{least} or more"
    return str(most) if least == most else f"{least} to {most}"
