"""The text of a VRPLIB file: specifications and numbered sections, each with its line."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say

Floats = NDArray[np.float64]
WEIGHT_SECTION = "EDGE_WEIGHT_SECTION"
DEPOT_SECTION = "DEPOT_SECTION"
SPECIFICATIONS = {
    "NAME", "COMMENT", "TYPE", "DIMENSION", "CAPACITY", "DISTANCE", "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "VEHICLES", "SERVICE_TIME",
    "RELEASE_TIME", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE", "VEHICLES_MAX_RELOADS",
    "VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST", "BEST_KNOWN", "AUTHOR", "SOURCE", "DATE",
    "OPTIMAL", "OPTIMAL_VALUE", "OPTIMAL_COST", "BKS",
}  # fmt: skip
SECTIONS = {
    "NODE_COORD_SECTION", "DEMAND_SECTION", "LINEHAUL_SECTION", "BACKHAUL_SECTION",
    "SERVICE_TIME_SECTION", "TIME_WINDOW_SECTION", "RELEASE_TIME_SECTION", "PRIZE_SECTION",
    "CAPACITY_SECTION", "VEHICLES_DEPOT_SECTION", "VEHICLES_RELOAD_DEPOT_SECTION",
    "VEHICLES_ALLOWED_CLIENTS_SECTION", "VEHICLES_MAX_DISTANCE_SECTION",
    "VEHICLES_MAX_DURATION_SECTION", "VEHICLES_MAX_RELOADS_SECTION",
    "VEHICLES_FIXED_COST_SECTION", "VEHICLES_UNIT_DISTANCE_COST_SECTION", "DISPLAY_DATA_SECTION",
    WEIGHT_SECTION, DEPOT_SECTION,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSection:
    """The numbers of a section.

    Parameters
    ----------
    line
        Line of its heading.
    rows
        The numbers of each row, with the line they stand in.
    """

    line: int
    rows: tuple[tuple[int, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VrplibText:
    """A VRPLIB file, read but not yet understood.

    Parameters
    ----------
    where
        Name of the file.
    specifications
        Value and line by key.
    sections
        Sections by heading.
    """

    where: str
    specifications: dict[str, tuple[str, int]]
    sections: dict[str, TextSection]

    def fault(self, line: int, field: str, what: Sentence, value: str = "") -> InvalidInput:
        """Return an error that points to a line."""
        return InvalidInput(
            Fault(where=f"{self.where}:{line}", field=field, value=value, what=what)
        )

    def word(self, key: str, default: str = "") -> str:
        """Return a specification as a word in capitals."""
        return self.specifications[key][0].upper() if key in self.specifications else default

    def number(self, key: str) -> float | None:
        """Return a specification as a number, None where the file does not give it.

        Raises
        ------
        InvalidInput
            If it is no finite number.
        """
        if key not in self.specifications:
            return None
        text, line = self.specifications[key]
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise self.fault(line, key, say("This must be a finite number."), text)
        return value

    def required_number(self, key: str) -> int:
        """Return a specification that the file must give, a whole number above zero.

        Raises
        ------
        InvalidInput
            If it is missing or no such number.
        """
        value = self.number(key)
        if value is None:
            raise self.fault(
                1, key, say("The file does not say this; write a line of the form KEY : NUMBER.")
            )
        if value < 1 or value != int(value):
            text, line = self.specifications[key]
            raise self.fault(line, key, say("This must be a whole number above zero."), text)
        return int(value)

    def table(self, heading: str, num_rows: int, num_columns: int | None) -> Floats | None:
        """Return a section whose rows are numbered from 1, in that order, without the numbers.

        Parameters
        ----------
        heading
            Of the section; None comes back where the file has no such section.
        num_rows
            How many rows there must be.
        num_columns
            How many numbers each row must have; None for as many as the first has.

        Raises
        ------
        InvalidInput
            If a row is missing, doubled, or has the wrong number of numbers.
        """
        section = self.sections.get(heading)
        if section is None:
            return None
        width = num_columns
        if width is None:
            width = len(section.rows[0][1]) - 1 if section.rows else 1
        values = np.full((num_rows, width), np.nan)
        faults: list[Fault] = []
        for line, row in self.numbered_rows(heading, num_rows):
            if len(row) - 1 == width:
                values[int(row[0]) - 1] = row[1:]
                continue
            faults += self.fault(
                line,
                heading,
                say(
                    "A row must hold its number and {wanted} values; this one has {found}.",
                    wanted=width,
                    found=len(row) - 1,
                ),
            ).faults
        if faults:
            raise InvalidInput(*faults)
        return values

    def numbered_rows(
        self, heading: str, num_rows: int
    ) -> tuple[tuple[int, tuple[float, ...]], ...]:
        """Return the rows of a section that must be there, after checking their numbers.

        Raises
        ------
        InvalidInput
            If the rows are not numbered 1 to `num_rows`, each once.
        """
        section = self.sections[heading]
        seen: set[int] = set()
        for line, row in section.rows:
            number = int(row[0]) if row[0] == int(row[0]) else 0
            if not 1 <= number <= num_rows or number in seen:
                raise self.fault(
                    line,
                    heading,
                    say("Rows must be numbered from 1 to {wanted}, each once.", wanted=num_rows),
                    f"{row[0]:g}",
                )
            seen.add(number)
        if len(seen) != num_rows:
            missing = min(set(range(1, num_rows + 1)) - seen)
            raise self.fault(
                section.rows[-1][0] if section.rows else section.line,
                heading,
                say(
                    "The section ends with {found} of {wanted} rows; row {missing} is missing.",
                    found=len(seen),
                    wanted=num_rows,
                    missing=missing,
                ),
            )
        return section.rows

    def flat(self, heading: str) -> tuple[Floats, int]:
        """Return all numbers of a section that must be there, and the line of its heading.

        Raises
        ------
        InvalidInput
            If there is no such section.
        """
        section = self.sections.get(heading)
        if section is None:
            raise self.fault(1, heading, say("The file lacks this section."))
        return (
            np.array([value for _, row in section.rows for value in row], float),
            section.line,
        )


def read_vrplib_text(text: str, where: str) -> VrplibText:  # noqa: C901 - kinds of lines
    """Split a VRPLIB file into specifications and sections.

    Raises
    ------
    InvalidInput
        If a line is neither, or a section holds something that is no number.
    """
    specifications: dict[str, tuple[str, int]] = {}
    sections: dict[str, TextSection] = {}
    rows: list[tuple[int, tuple[float, ...]]] = []
    heading, heading_line = "", 0
    faults: list[Fault] = []

    def refuse(line: int, what: Sentence, value: str) -> None:
        faults.append(Fault(where=f"{where}:{line}", value=value[:60], what=what))

    def close() -> None:
        if heading:
            sections[heading] = TextSection(line=heading_line, rows=tuple(rows))
            rows.clear()

    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        word = line.split(":")[0].strip().upper()
        if word == "EOF":
            break
        if word.endswith("_SECTION"):
            close()
            if word not in SECTIONS:
                refuse(number, say("This program does not know such a section."), word)
            if word in sections:
                refuse(number, say("This section stands in the file twice."), word)
            heading, heading_line = word, number
        elif heading and (line[0].isdigit() or line[0] in "+-."):
            values = _numbers(line)
            if values is None:
                refuse(number, say("Every entry of a section must be a finite number."), line)
            rows.append((number, values or (0.0,)))
        else:
            key, _, value = line.partition(":") if ":" in line else line.partition(" ")
            key = key.strip().upper()
            if key not in SPECIFICATIONS:
                what = (
                    say("A row of numbers is wanted here.")
                    if heading
                    else say("A line of the form KEY : VALUE is wanted here.")
                )
                refuse(number, what, line)
                continue
            close()
            heading = ""
            specifications[key] = (value.strip().strip('"'), number)
    close()
    if faults:
        raise InvalidInput(*faults)
    return VrplibText(where=where, specifications=specifications, sections=sections)


def _numbers(line: str) -> tuple[float, ...] | None:
    """Return the numbers of a row, None if something in it is no finite number."""
    try:
        values = tuple(float(word) for word in line.split())
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
