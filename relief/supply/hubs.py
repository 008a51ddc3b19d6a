"""Hubs: depots where goods change vehicles, and how long they are handled there."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from relief.errors import Fault
from relief.places import Evidence
from relief.sentences import say
from relief.supply.reading import FolderReading
from relief.supply.records import refuse_repeated

HUBS = "hubs.csv"
HUB_COLUMNS = ("depot_code", "handling_minutes", "evidence", "source")
_MOST_MINUTES = 1_440
_NO_TIME = timedelta(0)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A depot where one vehicle may hand goods over to another.

    Parameters
    ----------
    depot_code
        The depot; it may hold no stock of its own.
    handling
        From the end of unloading until the goods can be loaded again: they are counted, sorted
        and staged. Whole seconds, >= 0.
    evidence, source
        Whether the figures are published (or the user's own), or modelled, and by which rule.
    """

    depot_code: str
    handling: timedelta
    evidence: Evidence
    source: str


def read_hubs(reading: FolderReading, depot_codes: Collection[str] | None) -> tuple[Hub, ...]:
    """Read ``hubs.csv``, if the folder holds it."""
    if not (reading.folder / HUBS).exists():
        return ()
    records = reading.records(HUBS, HUB_COLUMNS)
    refuse_repeated(records, "depot_code", lambda record: (record.cells["depot_code"],))
    hubs = []
    for record in records:
        evidence, source = reading.sourced(record, record.cells["depot_code"])
        minutes = record.whole("handling_minutes", least=0, most=_MOST_MINUTES)
        hubs.append(
            Hub(
                depot_code=record.known("depot_code", depot_codes, "depots.csv"),
                handling=timedelta(minutes=minutes),
                evidence=evidence,
                source=source,
            )
        )
    return tuple(hubs)


def hub_faults(hubs: Sequence[Hub], depot_codes: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with hubs: unknown depots, repeated ones, impossible times."""
    times = Counter(hub.depot_code for hub in hubs)
    for hub in hubs:
        where = f"hub {hub.depot_code}"
        if hub.depot_code not in depot_codes:
            yield Fault(
                where=where,
                field="depot_code",
                value=hub.depot_code,
                what=say("Named here, but not part of the situation."),
                allowed="a code that the situation holds",
                remedy=say("Add it or correct the code."),
            )
        if hub.handling < _NO_TIME or hub.handling % _SECOND:
            yield Fault(
                where=where,
                field="handling",
                value=str(hub.handling),
                what=say("Handling at a hub takes less than no time, or no whole seconds."),
                allowed="whole seconds, >= 0",
                remedy=say("Correct the time."),
            )
    for code, num in times.items():
        if num > 1:
            yield Fault(
                where=f"hub {code}",
                field="hubs",
                value=code,
                what=say("Given {num} times.", num=num),
                allowed="each once",
                remedy=say("Merge the entries or give them codes of their own."),
            )
