"""The tables of depot limits and receiving limits in a network folder, which may lack both."""

import re
from collections.abc import Collection
from decimal import Decimal

from relief.sentences import say
from relief.supply.limits import MINUTES_PER_DAY, DepotLimit, ReceivingLimit
from relief.supply.reading import FolderReading
from relief.supply.records import Record, refuse_repeated

DEPOT_LIMITS, RECEIVING_LIMITS = "depot_limits.csv", "receiving_limits.csv"
DEPOT_LIMIT_COLUMNS = ("depot_code", "most_trucks", "opens", "closes", "evidence", "source")
RECEIVING_LIMIT_COLUMNS = ("place_code", "tonnes_per_day", "evidence", "source")
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_PLACE_CODE = re.compile(r"\d{6}(\d{3})?")
_GRAMS_PER_T = 1_000_000
_MOST_TRUCKS = 1_000


def read_depot_limits(
    reading: FolderReading, depot_codes: Collection[str] | None
) -> tuple[DepotLimit, ...]:
    """Read ``depot_limits.csv``."""
    if not (reading.folder / DEPOT_LIMITS).exists():
        return ()
    records = reading.records(DEPOT_LIMITS, DEPOT_LIMIT_COLUMNS, optional=("tonnes_per_hour",))
    refuse_repeated(records, "depot_code", lambda record: (record.cells["depot_code"],))
    limits = []
    for record in records:
        evidence, source = reading.sourced(record, record.cells["depot_code"])
        opens, closes = _minutes(record, "opens", 0), _minutes(record, "closes", MINUTES_PER_DAY)
        if opens >= closes:
            record.refuse(
                "closes",
                say("The depot closes before it opens."),
                allowed="later than it opens, on the same day",
            )
        limits.append(
            DepotLimit(
                depot_code=record.known("depot_code", depot_codes, "depots.csv"),
                most_trucks=record.whole("most_trucks", least=1, most=_MOST_TRUCKS),
                opens_min=opens,
                closes_min=closes,
                evidence=evidence,
                source=source,
                most_g_per_h=None
                if record.is_blank("tonnes_per_hour")
                else record.scaled("tonnes_per_hour", _GRAMS_PER_T, least=Decimal("0.001")),
            )
        )
    return tuple(limits)


def read_receiving_limits(reading: FolderReading) -> tuple[ReceivingLimit, ...]:
    """Read ``receiving_limits.csv``."""
    if not (reading.folder / RECEIVING_LIMITS).exists():
        return ()
    records = reading.records(RECEIVING_LIMITS, RECEIVING_LIMIT_COLUMNS)
    refuse_repeated(records, "place_code", lambda record: (record.cells["place_code"],))
    limits = []
    for record in records:
        code = record.text("place_code")
        if code and not _PLACE_CODE.fullmatch(code):
            record.refuse(
                "place_code",
                say("Not codes of counties or townships."),
                allowed="421123, 421381104, ...",
            )
        evidence, source = reading.sourced(record, code)
        limits.append(
            ReceivingLimit(
                place_code=code,
                most_g_per_day=record.scaled("tonnes_per_day", _GRAMS_PER_T),
                evidence=evidence,
                source=source,
            )
        )
    return tuple(limits)


def _minutes(record: Record, field: str, default: int) -> int:
    """Return a time of day in minutes after midnight; an empty cell means always."""
    if record.is_blank(field):
        return default
    match = _CLOCK.fullmatch(record.cells[field])
    minutes = int(match[1]) * 60 + int(match[2]) if match else MINUTES_PER_DAY + 1
    if minutes > MINUTES_PER_DAY:
        record.refuse(field, say("Not a time of day."), allowed="07:00, 18:30, 24:00, or empty")
        return default
    return minutes
