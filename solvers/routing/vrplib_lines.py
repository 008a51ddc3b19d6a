"""Faults of a problem that was read from a VRPLIB file, pointed at the lines they come from."""

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


def _pointed(text: VrplibText, fault: Fault) -> Fault:
    said = dict(fault.what.values)
    location = said.get("stop", said.get("depot", said.get("origin")))
    words = fault.field.split()
    if words[:1] == ["stop"]:
        location = int(words[1])
    for heading in SECTIONS_OF.get(fault.field, PLACES if location is not None else ()):
        if heading not in text.sections:
            continue
        section = text.sections[heading]
        if heading != WEIGHT_SECTION and isinstance(location, int):
            for line, row in section.rows:
                if row[0] == location + 1:
                    return _at(text, fault, line, row)
        if heading == WEIGHT_SECTION and _is_full(text) and isinstance(location, int):
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
