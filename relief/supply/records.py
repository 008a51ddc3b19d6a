"""Lines of CSV tables, read strictly: every fault is noted with its file and line."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from relief.errors import Fault
from relief.sentences import Sentence, say

Choice = TypeVar("Choice")

_SAVE_AS_UTF_8 = say('Save it as "CSV UTF-8" with the columns that SOURCES.md lists.')
_CORRECT_THE_CELL = say("Correct the cell.")
_SHOWN_CODES = 8
YES_NO: Mapping[str, bool] = {"yes": True, "no": False}
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One line of a table, whose cells are read as values of a stated kind.

    A cell that cannot be read is noted in `faults` and a neutral value is returned, so that the
    other cells of the line are looked at as well.

    Parameters
    ----------
    where
        File name, colon, line number.
    cells
        The cells under their column names, blanks around them removed.
    faults
        The list that gathers the faults of the whole folder.
    """

    where: str
    cells: Mapping[str, str]
    faults: list[Fault]

    @property
    def is_sound(self) -> bool:
        """Whether no cell of this record has been refused so far."""
        return all(fault.where != self.where for fault in self.faults)

    def refuse(
        self,
        field: str,
        what: Sentence,
        *,
        allowed: str = "",
        remedy: Sentence = _CORRECT_THE_CELL,
    ) -> None:
        """Note a fault of one cell."""
        self.faults.append(
            Fault(
                where=self.where,
                field=field,
                value=self.cells.get(field, ""),
                what=what,
                allowed=allowed,
                remedy=remedy,
            )
        )

    def is_blank(self, field: str) -> bool:
        """Return whether a cell is empty or its column absent."""
        return not self.cells.get(field)

    def text(self, field: str) -> str:
        """Return a cell that must not be empty."""
        if self.is_blank(field):
            self.refuse(field, say("The cell is empty."), allowed="some text")
            return ""
        return self.cells[field]

    def number(self, field: str) -> Decimal:
        """Return a cell as a decimal number of at most 12 digits before the point."""
        text = self.cells.get(field, "")
        if not _NUMBER.fullmatch(text):
            self.refuse(
                field,
                say("Not a number."),
                allowed="digits with at most one decimal point, no thousands separator",
            )
            return Decimal(0)
        return Decimal(text)

    def whole(self, field: str, *, least: int = 0, most: int | None = None) -> int:
        """Return a cell as a whole number between `least` and `most`."""
        return self.scaled(field, 1, least=least, most=most)

    def scaled(
        self, field: str, per_unit: int, *, least: Decimal | int = 0, most: int | None = None
    ) -> int:
        """Return a cell in a smaller unit, of which `per_unit` make one unit of the column.

        The cell must come out whole, so that later sums are exact.
        """
        num_faults = len(self.faults)
        number = self.number(field)
        if len(self.faults) > num_faults:
            return 0
        if number < least or (most is not None and number > most):
            self.refuse(
                field,
                say("Out of range."),
                allowed=f">= {least}" if most is None else f"{least} to {most}",
            )
            return 0
        in_small_units = number * per_unit
        if in_small_units != in_small_units.to_integral_value():
            self.refuse(
                field,
                say("Not a whole number of the smallest unit."),
                allowed=f"steps of 1/{per_unit}" if per_unit > 1 else "whole numbers",
            )
            return 0
        return int(in_small_units)

    def day(self, field: str) -> date | None:
        """Return a cell as a date, None where it cannot be read."""
        try:
            return date.fromisoformat(self.cells.get(field, ""))
        except ValueError:
            self.refuse(field, say("Not a date."), allowed="YYYY-MM-DD")
            return None

    def choice(self, field: str, choices: Mapping[str, Choice]) -> Choice:
        """Return what the word in a cell stands for."""
        word = self.cells.get(field, "")
        if word not in choices:
            self.refuse(field, say("Not one of the words for this column."), allowed=_list(choices))
            return next(iter(choices.values()))
        return choices[word]

    def known(self, field: str, codes: Collection[str] | None, table: str) -> str:
        """Return a code that another table must hold.

        With `codes` None that table could not be read whole, and any code is let pass: its own
        faults come first.
        """
        code = self.text(field)
        if codes is not None and code and code not in codes:
            near = get_close_matches(code, codes, n=3)
            self.refuse(
                field,
                say("{table} holds no such code.", table=table),
                allowed=_list(near or sorted(codes)),
                remedy=say("Add it to {table} or correct the code.", table=table),
            )
        return code


def read_records(
    folder: Path,
    file_name: str,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    faults: list[Fault],
) -> tuple[list[Record], bool]:
    """Read the lines of one CSV table.

    Parameters
    ----------
    folder, file_name
        Where the table lies.
    columns
        The columns it must have, in any order.
    optional
        Columns it may have besides.
    faults
        The list to which the faults found are added: a missing or unreadable file, a wrong
        header, lines with too many or too few cells. With a wrong header no line is read.

    Returns
    -------
    records
        The lines that could be read.
    is_whole
        Whether these are all lines of the table.
    """
    num_faults = len(faults)
    try:
        text = (folder / file_name).read_bytes().decode("utf-8-sig")
    except OSError:
        faults.append(
            Fault(
                where=file_name,
                what=say("The file is missing or cannot be opened."),
                remedy=say("Copy it from the network folder that comes with the program."),
            )
        )
        return [], False
    except UnicodeDecodeError as error:
        num_lines = error.object[: error.start].count(b"\n") + 1
        faults.append(
            Fault(
                where=f"{file_name}:{num_lines}",
                value=error.object[error.start : error.end].hex(),
                what=say("Not UTF-8 text."),
                allowed="UTF-8, with or without a byte order mark",
                remedy=_SAVE_AS_UTF_8,
            )
        )
        return [], False
    rows = list(_rows(text, file_name, faults))
    if not rows:
        faults.append(
            Fault(
                where=f"{file_name}:1",
                what=say("The table has no header line."),
                allowed=_list(columns),
                remedy=_SAVE_AS_UTF_8,
            )
        )
        return [], False
    header = rows[0][1]
    if not _check_header(header, f"{file_name}:{rows[0][0]}", columns, optional, faults):
        return [], False
    records = list(_records(rows[1:], header, file_name, faults))
    return records, len(faults) == num_faults


def refuse_repeated(
    records: Sequence[Record], field: str, key: Callable[[Record], tuple[str, ...]]
) -> None:
    """Refuse every record whose key stood on an earlier line."""
    first_at: dict[tuple[str, ...], str] = {}
    for record in records:
        earlier = first_at.setdefault(key(record), record.where)
        if earlier != record.where:
            record.refuse(
                field,
                say("Already given at {earlier}.", earlier=earlier),
                allowed="each once",
                remedy=say("Merge the lines or give them keys of their own."),
            )


def _rows(text: str, file_name: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        faults.append(
            Fault(
                where=f"{file_name}:{start}",
                value=str(error),
                what=say("Not readable as CSV from this line on."),
                allowed="cells divided by commas, quoted with double quotes",
                remedy=_SAVE_AS_UTF_8,
            )
        )


def _check_header(
    header: Sequence[str],
    where: str,
    columns: Sequence[str],
    optional: Sequence[str],
    faults: list[Fault],
) -> bool:
    num_faults = len(faults)
    known = (*columns, *optional)
    for name, num in Counter(header).items():
        if name not in known:
            faults.append(
                Fault(
                    where=where,
                    field=name,
                    what=say("Unknown column."),
                    allowed=_list(get_close_matches(name, known, n=3) or known),
                    remedy=_SAVE_AS_UTF_8,
                )
            )
        elif num > 1:
            faults.append(
                Fault(
                    where=where,
                    field=name,
                    what=say("The column stands there {num} times.", num=num),
                    allowed="each once",
                    remedy=_SAVE_AS_UTF_8,
                )
            )
    faults.extend(
        Fault(
            where=where,
            field=name,
            what=say("The column is missing."),
            allowed=_list(columns),
            remedy=_SAVE_AS_UTF_8,
        )
        for name in columns
        if name not in header
    )
    return len(faults) == num_faults


def _records(
    rows: Sequence[tuple[int, list[str]]],
    header: Sequence[str],
    file_name: str,
    faults: list[Fault],
) -> Iterator[Record]:
    for line, cells in rows:
        where = f"{file_name}:{line}"
        if len(cells) != len(header):
            faults.append(
                Fault(
                    where=where,
                    value=f"{len(cells)}",
                    what=say("The line has another number of cells than the header."),
                    allowed=f"{len(header)}",
                    remedy=say("Quote cells that hold commas, or add the missing ones."),
                )
            )
            continue
        yield Record(where=where, cells=dict(zip(header, cells, strict=True)), faults=faults)


def _list(words: Collection[str]) -> str:
    """Return the first words as one text."""
    shown = list(words)[:_SHOWN_CODES]
    more = ", ..." if len(words) > _SHOWN_CODES else ""
    return ", ".join(shown) + more
