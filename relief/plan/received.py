"""What places have got already, or will get from trucks on the road: it is not needed again.

A table says it line by line: ``place_code, item_code, pieces, arrives_at, source``. With an empty
``arrives_at`` the goods are there.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from relief.damage.needs import Need
from relief.errors import Fault, InvalidInput
from relief.sentences import say
from relief.supply.records import Record, read_records

RECEIVED_COLUMNS = ("place_code", "item_code", "pieces", "arrives_at", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Pieces that a place has got, or is about to get from elsewhere.

    Parameters
    ----------
    place_code, item_code, pieces
        What is where.
    arrives_at
        When it gets there if it is still on the road; None if it is there.
    source
        Who says so, for example a waybill's number.
    """

    place_code: str
    item_code: str
    pieces: int
    arrives_at: datetime | None
    source: str


def read_received(
    path: Path, place_codes: Collection[str], item_codes: Collection[str]
) -> tuple[Received, ...]:
    """Read a table of goods that are there or on the road.

    Parameters
    ----------
    path
        The CSV file.
    place_codes, item_codes
        What it may name.

    Raises
    ------
    InvalidInput
        With every fault of the table: columns, codes that nobody knows, pieces below one, times
        without an offset.
    """
    faults: list[Fault] = []
    records, _ = read_records(path.parent, path.name, columns=RECEIVED_COLUMNS, faults=faults)
    found = tuple(
        Received(
            place_code=record.known("place_code", place_codes, "the gazetteer"),
            item_code=record.known("item_code", item_codes, "items.csv"),
            pieces=record.whole("pieces", least=1),
            arrives_at=_instant(record),
            source=record.text("source"),
        )
        for record in records
    )
    if faults:
        raise InvalidInput(*faults)
    return found


def _instant(record: Record) -> datetime | None:
    if record.is_blank("arrives_at"):
        return None
    try:
        instant = datetime.fromisoformat(record.cells["arrives_at"])
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        record.refuse(
            "arrives_at",
            say("Not an instant with its offset."),
            allowed="2016-07-02T16:00+08:00, or empty",
        )
        return None
    return instant


def still_needed(needs: Sequence[Need], received: Iterable[Received]) -> tuple[Need, ...]:
    """Return the needs without what is there or on the road, in their order; filled ones are gone.

    What is there fills the needs of its place in order of due time. What is still on the road fills
    those first that are due when it has arrived, in the same order, then earlier ones, the last due
    first: whoever waits until then can still be helped sooner by others.
    """
    left = [need.pieces for need in needs]
    by_due = sorted(range(len(needs)), key=lambda number: needs[number].due_at)
    for one in sorted(received, key=lambda one: (one.arrives_at is not None, str(one.arrives_at))):
        here = [
            number
            for number in by_due
            if (needs[number].place_code, needs[number].item_code)
            == (one.place_code, one.item_code)
        ]
        arrives_at = one.arrives_at
        in_time = [n for n in here if arrives_at is None or needs[n].due_at >= arrives_at]
        too_late = [n for n in reversed(here) if n not in in_time]
        pieces = one.pieces
        for number in (*in_time, *too_late):
            filled = min(pieces, left[number])
            left[number] -= filled
            pieces -= filled
    return tuple(
        replace(need, pieces=pieces) for need, pieces in zip(needs, left, strict=True) if pieces
    )
