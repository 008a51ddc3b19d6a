"""ASCII sentences as tables: a message type states its fields in order, and this reads and writes.

A message is a frozen dataclass whose fields bear their notation. The fields as they came in are
kept beside the values, and written again wherever they still mean the value of the message: so a
sentence that was read is written with the same bytes, whatever width its sender gives to numbers,
and a message that was changed or made here has the usual widths.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar, dataclass_transform

from relief.beidou.frames import ASCII_END, ascii_frame
from relief.beidou.notation import Notation
from relief.beidou.refusals import RefusedSentence, Unreadable, refused
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
    """Declare a text: a comma in it is the sender's mistake and is kept as part of it."""
    return field(metadata={_NOTATION: notation, _ROLE: "text"})


@dataclass(frozen=True, slots=True)
class _Wire:
    name: str
    role: str
    notation: Notation[Any]


@dataclass(frozen=True, slots=True)
class _Layout:
    """The wires of a message; `span` is the one that takes any number of fields, if there is."""

    name: str
    before: tuple[_Wire, ...]
    span: _Wire | None
    after: tuple[_Wire, ...]

    @property
    def num_least(self) -> int:
        """Fields that must be there."""
        must = sum(each.role == "one" for each in self.before + self.after)
        return must + (self.span is not None and self.span.role == "text")

    @property
    def num_most(self) -> int:
        """Fields that can be there, where no span takes any number of them."""
        return len(self.before)

    def assigned(self, parts: list[str]) -> list[tuple[_Wire, str]]:
        """Return each field with its wire; a text takes the commas in it."""
        if self.span is None:
            return list(zip(self.before, parts, strict=False))
        end = len(parts) - len(self.after)
        inner = parts[len(self.before) : end]
        spanned = [",".join(inner)] if self.span.role == "text" else inner
        return [
            *zip(self.before, parts, strict=False),
            *((self.span, part) for part in spanned),
            *zip(self.after, parts[end:], strict=True),
        ]


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
        wires = tuple(
            _Wire(each.name, each.metadata[_ROLE], each.metadata[_NOTATION])
            for each in fields(message)
            if _NOTATION in each.metadata
        )
        spans = [place for place, each in enumerate(wires) if each.role in {"rest", "text"}]
        cut = spans[0] if spans else len(wires)
        _LAYOUT_OF[message] = _Layout(
            name, wires[:cut], wires[cut] if spans else None, wires[cut + 1 :]
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
    if len(parts) < layout.num_least or (layout.span is None and len(parts) > layout.num_most):
        raise RefusedSentence(
            Fault(
                where=where,
                field="fields",
                value=str(len(parts)),
                what=say("The sentence has the wrong number of fields."),
                allowed=_allowed_count(layout),
            )
        )
    values: dict[str, Any] = {}
    rest: list[object] = []
    faults: list[Fault] = []
    assigned = layout.assigned(parts)
    for each, part in assigned:
        try:
            value = each.notation.read(part)
        except Unreadable as failure:
            faults.append(
                Fault(
                    where=where,
                    field=each.name,
                    value=part,
                    what=failure.what,
                    allowed=each.notation.allowed,
                )
            )
            continue
        if each.role == "rest":
            rest.append(value)
        else:
            values[each.name] = value
    if faults:
        raise RefusedSentence(*faults)
    if layout.span is not None and layout.span.role == "rest":
        values[layout.span.name] = tuple(rest)
    read = message(talker=talker, as_written=tuple(part for _, part in assigned), **values)
    if contradictions := read.contradictions():
        raise RefusedSentence(*contradictions)
    return read


def write_fields(message: AsciiMessage) -> list[str]:
    """Return the fields of a message, as they came in where they still mean the same.

    Raises
    ------
    RefusedSentence
        With every value that its field cannot hold.
    """
    layout = _LAYOUT_OF[type(message)]
    values = [(each, getattr(message, each.name)) for each in layout.before]
    if layout.span is not None:
        spanned = getattr(message, layout.span.name)
        values += [
            (layout.span, value)
            for value in ((spanned,) if layout.span.role == "text" else spanned)
        ]
        values += [(each, getattr(message, each.name)) for each in layout.after]
    written = message.as_written
    while len(values) > len(written) and values[-1][0].role == "last" and values[-1][1] is None:
        values.pop()
    parts = [
        written[place]
        if len(written) == len(values) and _means(each.notation, written[place], value)
        else _written(each.notation, value)
        for place, (each, value) in enumerate(values)
    ]
    faults = tuple(
        Fault(
            where=f"${message.talker}{layout.name}",
            field=each.name,
            value=str(value),
            what=say("The value cannot be written."),
            allowed=each.notation.allowed,
        )
        for part, (each, value) in zip(parts, values, strict=True)
        if part is None or not _means(each.notation, part, value)
    )
    if faults:
        raise RefusedSentence(*faults)
    return [part for part in parts if part is not None]


def write_ascii(message: AsciiMessage) -> bytes:
    """Return the sentence of a message from ``$`` to its checksum, without line end.

    Raises
    ------
    RefusedSentence
        If a value cannot be written, or a text holds what would end the sentence.
    """
    name = message.talker + _LAYOUT_OF[type(message)].name
    fields_written = ",".join(write_fields(message))
    raw = ascii_frame(name, fields_written.encode("latin-1"))
    end = ASCII_END.search(raw, 1)
    if end is None or end.end() < len(raw):
        raise refused(
            f"${name}",
            "text",
            fields_written,
            say("The text holds what would end the sentence."),
        )
    return raw


def _written(notation: Notation[Any], value: object) -> str | None:
    """Return the field for a value, None where the value is not of the field's kind."""
    try:
        return notation.write(value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _means(notation: Notation[Any], written: str, value: object) -> bool:
    try:
        return bool(notation.read(written) == value)
    except Unreadable:
        return False


def _allowed_count(layout: _Layout) -> str:
    least, most = layout.num_least, layout.num_most
    if layout.span is not None:
        return f"{least} or more"
    return str(most) if least == most else f"{least} to {most}"
