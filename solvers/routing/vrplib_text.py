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
REMARKS = {"NAME", "COMMENT", "AUTHOR", "SOURCE", "DATE"}
"""Keys that may come again, since they lay nothing down."""
MAX_VALUE = 60
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
    faults
        Rows that could not be read.
    """

    line: int
    rows: tuple[tuple[int, tuple[float, ...]], ...]
    faults: tuple[Fault, ...] = ()


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
    faults
        Lines that are nothing known.
    """

    where: str
    specifications: dict[str, tuple[str, int]]
    sections: dict[str, TextSection]
    faults: tuple[Fault, ...] = ()

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
        rows = self.numbered_rows(heading, num_rows)
        width = max(1, len(rows[0][1]) - 1) if num_columns is None else num_columns
        values = np.full((num_rows, width), np.nan)
        faults: list[Fault] = []
        for line, row in rows:
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
            If a row could not be read, or they are not numbered 1 to `num_rows`, each once.
        """
        section = self.sections[heading]
        if section.faults:
            raise InvalidInput(*section.faults)
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
            If there is no such section, or one of its rows could not be read.
        """
        section = self.sections.get(heading)
        if section is None:
            raise self.fault(1, heading, say("The file lacks this section."))
        if section.faults:
            raise InvalidInput(*section.faults)
        return (
            np.array([value for _, row in section.rows for value in row], float),
            section.line,
        )


def read_vrplib_text(text: str, where: str) -> VrplibText:
    """Split a VRPLIB file into specifications and sections; ``#`` begins a comment.

    What cannot be read is kept with the section that it stands in, so that whoever uses the rest
    can tell all faults at once.
    """
    reader = _Lines(where)
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.upper().partition(":")[0].strip() == "EOF":
            break
        if line and not line.startswith("#"):
            reader.take(number, line)
    return reader.read()


class _Lines:
    """What was read so far."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._specifications: dict[str, tuple[str, int]] = {}
        self._sections: dict[str, TextSection] = {}
        self._faults: list[Fault] = []
        # The open section.
        self._heading, self._line = "", 0
        self._rows: list[tuple[int, tuple[float, ...]]] = []
        self._broken_rows: list[Fault] = []

    def take(self, number: int, line: str) -> None:
        """Take a line that says something."""
        word = line.partition(":")[0].strip().upper()
        if word.endswith("_SECTION"):
            self._open(number, word)
        elif self._heading and (line[0].isdigit() or line[0] in "+-."):
            values = _numbers(line.partition("#")[0])
            if values is None:
                what = say("Every entry of a section must be a finite number.")
                self._broken_rows.append(self._fault(number, what, line))
            else:
                self._rows.append((number, values))
        elif self._heading and ":" not in line and _key_and_value(line)[0] not in SPECIFICATIONS:
            what = say("A row of numbers is wanted here.")
            self._broken_rows.append(self._fault(number, what, line))
        else:
            self._specify(number, line)

    def read(self) -> VrplibText:
        """Return everything."""
        self._close()
        return VrplibText(
            where=self._where,
            specifications=self._specifications,
            sections=self._sections,
            faults=tuple(self._faults),
        )

    def _open(self, number: int, heading: str) -> None:
        self._close()
        if heading not in SECTIONS:
            what = say("This program does not know such a section.")
            self._faults.append(self._fault(number, what, heading))
        if heading in self._sections:
            what = say("This section stands in the file twice.")
            self._faults.append(self._fault(number, what, heading))
        self._heading, self._line = heading, number

    def _close(self) -> None:
        if self._heading:
            section = TextSection(
                line=self._line, rows=tuple(self._rows), faults=tuple(self._broken_rows)
            )
            self._sections.setdefault(self._heading, section)
        self._heading, self._rows, self._broken_rows = "", [], []

    def _specify(self, number: int, line: str) -> None:
        key, value = _key_and_value(line)
        if key in SPECIFICATIONS:
            self._close()
            known, _ = self._specifications.setdefault(key, (value, number))
            if known != value and key not in REMARKS:
                what = say("This key stands in the file twice.")
                self._faults.append(self._fault(number, what, line))
        elif ":" in line:
            self._faults.append(
                self._fault(
                    number,
                    say("This program does not know such a key."),
                    line,
                    say("Take the line out if it lays nothing down for the routes."),
                )
            )
        else:
            what = say("A line of the form KEY : VALUE is wanted here.")
            self._faults.append(self._fault(number, what, line))

    def _fault(
        self, number: int, what: Sentence, value: str, remedy: Sentence | None = None
    ) -> Fault:
        return Fault(
            where=f"{self._where}:{number}", value=value[:MAX_VALUE], what=what, remedy=remedy
        )


def _key_and_value(line: str) -> tuple[str, str]:
    """Return a key and its value, with or without a colon between them."""
    first, *rest = line.split(None, 1)
    if first.upper() in SPECIFICATIONS and not (rest and rest[0].startswith(":")):
        return first.upper(), (rest[0] if rest else "").strip().strip('"')
    key, _, value = line.partition(":")
    return key.strip().upper(), value.strip().strip('"')


def _numbers(line: str) -> tuple[float, ...] | None:
    """Return the numbers of a row, None if something in it is no finite number."""
    try:
        values = tuple(float(word) for word in line.split())
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
