"""Reading orders: as an officer writes them on a line, or as a JSON file holds them.

Codes and names, Chinese or English, are looked up in the situation, because an order can only be
about what is planned.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from relief.errors import Fault, InvalidInput
from relief.places import Depot, Place
from relief.plan.orders import Forbid, Force, Hold, Order, Pin
from relief.plan.situation import Situation
from relief.sentences import Sentence, say

FORMS: Mapping[str, str] = {
    "pin": "[DEPOT] ITEM PLACE PIECES [by HOURS]",
    "force": "PLACE [ITEM] [by HOURS]",
    "forbid": "DEPOT|LOT -> PLACE|all [ITEM]",
    "hold": "DEPOT ITEM PIECES",
}
"""How each kind of order is written. HOURS, as 24h, is the end of a window, by default the last;
names with blanks in them stand in quotation marks."""

_FIELDS: Mapping[str, frozenset[str]] = {
    "pin": frozenset({"depot", "item", "place", "pieces", "by_h"}),
    "force": frozenset({"place", "item", "by_h"}),
    "forbid": frozenset({"source", "place", "item"}),
    "hold": frozenset({"depot", "item", "pieces"}),
}
_BY = re.compile(r"\s+(?:by|within|前|内)\s*(\d+)\s*(?:h|小时)?\s*$")
_ARROW = re.compile(r"->|→|(?<=\s)to(?=\s)")
_ALL = ("all", "*", "全部", "所有")
_HOUR = timedelta(hours=1)
_NUM_NEAR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOrder:
    """An order as it was written, its names not looked up yet.

    Parameters
    ----------
    where
        The option, or the file and the number of the entry, for the faults.
    kind
        A word of `FORMS`.
    names
        Depot, source, place and item under these words; what is not given is left out.
    pieces, by_h
        As given, None where not.
    """

    where: str
    kind: str
    names: tuple[tuple[str, str], ...]
    pieces: int | None = None
    by_h: int | None = None


def read_order_line(kind: str, text: str, where: str = "") -> WrittenOrder:
    """Read an order from a line.

    Parameters
    ----------
    kind
        A word of `FORMS`; the line may begin with it once more.
    text
        The line.
    where
        What to call it in a fault; by default the option of that name.

    Raises
    ------
    InvalidInput
        If the line has not the form of its kind.

    Examples
    --------
    >>> read_order_line("pin", "420112-01 quilt 421125 500 by 24h").names
    (('depot', '420112-01'), ('item', 'quilt'), ('place', '421125'))
    >>> read_order_line("forbid", "420112-01 -> all quilt").names
    (('source', '420112-01'), ('item', 'quilt'))
    """
    where = where or f"--{kind}"
    rest = text.strip().removeprefix(f"{kind} ")
    found = _BY.search(rest) if kind in ("pin", "force") else None
    by_h = int(found[1]) if found else None
    try:
        words = shlex.split(_ARROW.sub(" -> ", rest[: found.start()] if found else rest))
    except ValueError:  # a quotation that does not end
        words = []
    match kind, words:
        case "pin", [*names, pieces] if pieces.isdecimal() and len(names) in (2, 3):
            fields = ("depot", "item", "place")[-len(names) :]
            return _written(where, kind, zip(fields, names, strict=True), int(pieces), by_h)
        case "force", [_] | [_, _]:
            return _written(where, kind, zip(("place", "item"), words, strict=False), None, by_h)
        case "hold", [depot, item, pieces] if pieces.isdecimal():
            return _written(where, kind, (("depot", depot), ("item", item)), int(pieces))
        case "forbid", [source, "->", place, *items] if len(items) <= 1:
            pairs = [("source", source), ("place", place), *(("item", item) for item in items)]
            return _written(where, kind, pairs)
    raise InvalidInput(_malformed(where, text, FORMS[kind]))


def read_order_file(content: bytes, file_name: str) -> tuple[WrittenOrder, ...]:
    """Read orders from a JSON file: a list of objects, each with its ``kind``.

    Raises
    ------
    InvalidInput
        With every fault of the file.
    """
    try:
        entries = json.loads(content)
    except ValueError as error:
        fault = Fault(
            where=file_name,
            value=str(error),
            what=say("The file cannot be read: {why}.", why="JSON"),
        )
        raise InvalidInput(fault) from error
    if not isinstance(entries, list):
        raise InvalidInput(_malformed(file_name, str(entries)[:60], '[{"kind": "hold", ...}, ...]'))
    orders: list[WrittenOrder] = []
    faults: list[Fault] = []
    for number, entry in enumerate(entries, start=1):
        where = f"{file_name} {number}"
        try:
            orders.append(_entry(entry, where))
        except InvalidInput as error:
            faults.extend(error.faults)
    if faults:
        raise InvalidInput(*faults)
    return tuple(orders)


def _entry(entry: object, where: str) -> WrittenOrder:
    if not isinstance(entry, dict) or entry.get("kind") not in FORMS:
        raise InvalidInput(_malformed(where, str(entry)[:60], f"kind: {', '.join(FORMS)}"))
    kind = str(entry["kind"])
    faults = [
        Fault(
            where=where,
            field=field,
            value=str(value),
            what=say("Unknown field."),
            allowed=", ".join(sorted(_FIELDS[kind])),
        )
        for field, value in entry.items()
        if field not in _FIELDS[kind] | {"kind"}
    ]
    for field, value in entry.items():
        is_count = field in ("pieces", "by_h")
        if field in _FIELDS[kind] and (
            type(value) is not (int if is_count else str) or (not is_count and not value)
        ):
            faults.append(_malformed(f"{where} {field}", str(value), FORMS[kind]))
    needed = {"pin": ("item", "place", "pieces"), "force": ("place",), "forbid": ("source",),
              "hold": ("depot", "item", "pieces")}[kind]  # fmt: skip
    faults += [
        Fault(where=where, field=field, what=say("Missing field."), allowed=FORMS[kind])
        for field in needed
        if field not in entry
    ]
    if faults:
        raise InvalidInput(*faults)
    names = [(f, entry[f]) for f in ("depot", "source", "item", "place") if f in entry]
    return _written(where, kind, names, entry.get("pieces"), entry.get("by_h"))


def orders_of(written: Iterable[WrittenOrder], situation: Situation) -> tuple[Order, ...]:
    """Return orders with their names looked up in the situation.

    Raises
    ------
    InvalidInput
        With every name that nothing, or more than one thing, is called.
    """
    lookup = _Lookup(situation)
    orders = [lookup.order(each) for each in written]
    if lookup.faults:
        raise InvalidInput(*lookup.faults)
    return tuple(orders)


class _Lookup:
    """Finds what names mean, and gathers what cannot be found."""

    def __init__(self, situation: Situation) -> None:
        self.faults: list[Fault] = []
        self._ends = situation.policy.window_ends
        self._last = self._ends[-1]
        depots = _called(situation.depots)
        self._known: dict[str, dict[str, set[str]]] = {
            "depot": depots,
            "source": depots | {lot.code: {lot.code} for lot in situation.lots},
            "place": _called(situation.places),
            "item": {},
        }
        for item in situation.catalogue.items:
            for name in (item.code, item.name_zh, item.name_en.lower()):
                self._known["item"].setdefault(name, set()).add(item.code)

    def order(self, written: WrittenOrder) -> Order:
        """Return an order, with empty codes where a name is at fault."""
        code = {kind: self._code(written, kind, name) for kind, name in written.names}
        by = self._last if written.by_h is None else timedelta(hours=written.by_h)
        if by not in self._ends:
            self.faults.append(
                Fault(
                    where=written.where,
                    field="by",
                    value=f"{written.by_h} h",
                    what=say("No arrival window ends then."),
                    allowed=", ".join(f"{end // _HOUR} h" for end in self._ends),
                    remedy=say("Choose the end of a window, or give the policy another window."),
                )
            )
        pieces = written.pieces or 0
        match written.kind:
            case "pin":
                return Pin(
                    item_code=code["item"],
                    place_code=code["place"],
                    pieces=pieces,
                    by=by,
                    depot_code=code.get("depot", ""),
                )
            case "force":
                return Force(place_code=code["place"], by=by, force_item_code=code.get("item", ""))
            case "hold":
                return Hold(depot_code=code["depot"], item_code=code["item"], held_pieces=pieces)
            case _:
                return Forbid(
                    source_code=code["source"],
                    place_code=code.get("place", ""),
                    item_code=code.get("item", ""),
                )

    def _code(self, written: WrittenOrder, kind: str, name: str) -> str:
        known = self._known[kind]
        found = known.get(name) or known.get(name.lower()) or set()
        if len(found) == 1:
            return next(iter(found))
        if found:
            self._fault(written, kind, name, say("Several things are called so."), sorted(found))
            return ""
        near = get_close_matches(name, known, n=_NUM_NEAR, cutoff=0.5)
        near += [other for other in known if name in other and other not in near][:_NUM_NEAR]
        self._fault(
            written,
            kind,
            name,
            say("Nothing in the situation is called so."),
            [f"{other} ({', '.join(sorted(known[other]))})" for other in near],
        )
        return ""

    def _fault(
        self, written: WrittenOrder, kind: str, name: str, what: Sentence, near: Sequence[str]
    ) -> None:
        self.faults.append(
            Fault(
                where=written.where,
                field=kind,
                value=name,
                what=what,
                allowed=", ".join(near) or "a code or name of the situation",
                remedy=say("Name one that the situation holds."),
            )
        )


def _called(spots: Sequence[Depot] | Sequence[Place]) -> dict[str, set[str]]:
    """Return the codes under everything that a place or a depot is called."""
    names: dict[str, set[str]] = {}
    for spot in spots:
        for name in (spot.code, spot.name_zh, spot.name_en.lower()):
            names.setdefault(name, set()).add(spot.code)
    return names


def _written(
    where: str,
    kind: str,
    names: Iterable[tuple[str, str]],
    pieces: int | None = None,
    by_h: int | None = None,
) -> WrittenOrder:
    return WrittenOrder(
        where=where,
        kind=kind,
        names=tuple((field, name) for field, name in names if name.lower() not in _ALL),
        pieces=pieces,
        by_h=by_h,
    )


def _malformed(where: str, value: str, form: str) -> Fault:
    return Fault(
        where=where,
        value=value,
        what=say("The order cannot be read."),
        allowed=form,
        remedy=say("Write it in the allowed form."),
    )
