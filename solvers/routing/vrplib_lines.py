"""Faults of a problem that was read from a VRPLIB file, pointed at the lines they come from."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from relief.errors import Fault
from solvers.routing.vrplib_text import DEPOT_SECTION, WEIGHT_SECTION, VrplibText

SECTIONS_OF = {
    "distances": (WEIGHT_SECTION, "NODE_COORD_SECTION"),
    "durations": (WEIGHT_SECTION, "NODE_COORD_SECTION"),
    "delivery": ("DEMAND_SECTION", "LINEHAUL_SECTION"),
    "pickup": ("BACKHAUL_SECTION",),
    "service": ("SERVICE_TIME_SECTION",),
    "opens": ("TIME_WINDOW_SECTION",),
    "closes": ("TIME_WINDOW_SECTION",),
    "depot_closes": ("TIME_WINDOW_SECTION",),
    "release": ("RELEASE_TIME_SECTION",),
    "prize": ("PRIZE_SECTION",),
}
"""Where the fields of a problem stand in a file."""
PLACES = ("DEMAND_SECTION", "LINEHAUL_SECTION", "NODE_COORD_SECTION", DEPOT_SECTION)
"""Where a place is named, whatever is wrong with it."""
MAX_VALUE = 60


def pointed(text: VrplibText, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Return faults with the line of the file that each comes from, and what stands there."""
    return tuple(_pointed(text, fault) for fault in faults)


def pointed_rows(where: str, faults: Iterable[Fault], lines: Sequence[int]) -> tuple[Fault, ...]:
    """Return faults with the line of the place that each names.

    Parameters
    ----------
    where
        Name of the file.
    faults
        Of the problem that the file describes.
    lines
        The line of each location; what names none is pointed at the first line of the file.
    """
    return tuple(
        replace(fault, where=f"{where}:{1 if place is None else lines[place]}")
        for fault in faults
        for place in (_location(fault),)
    )


def _location(fault: Fault) -> int | None:
    """Return the location that a fault names."""
    words = fault.field.split()
    if words[:1] == ["stop"]:
        return int(words[1])
    said = dict(fault.what.values)
    location = said.get("stop", said.get("depot", said.get("origin")))
    return location if isinstance(location, int) else None


def _pointed(text: VrplibText, fault: Fault) -> Fault:
    location = _location(fault)
    for heading in SECTIONS_OF.get(fault.field, PLACES if location is not None else ()):
        if heading not in text.sections:
            continue
        section = text.sections[heading]
        if heading != WEIGHT_SECTION and location is not None:
            for line, row in section.rows:
                if row[0] == location + 1:
                    return _at(text, fault, line, row)
        if heading == WEIGHT_SECTION and _is_full(text) and location is not None:
            line, row = section.rows[location]
            return _at(text, fault, line, row)
        return replace(fault, where=f"{text.where}:{section.line}")
    return replace(fault, where=f"{text.where}:1")


def _is_full(text: VrplibText) -> bool:
    """Return whether each row of the matrix stands in a line of its own."""
    rows = text.sections[WEIGHT_SECTION].rows
    num = text.required_number("DIMENSION")
    return len(rows) == num and all(len(row) == num for _, row in rows)


def _at(text: VrplibText, fault: Fault, line: int, row: tuple[float, ...]) -> Fault:
    written = " ".join(f"{value:g}" for value in row)
    return replace(fault, where=f"{text.where}:{line}", value=written[:MAX_VALUE])
