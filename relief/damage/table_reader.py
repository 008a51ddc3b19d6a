"""Reading tables of numbers that a user may replace: TOML, with every fault gathered."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path

from relief.damage.reports import Indicator
from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say
from relief.toml_file import read_toml

Content = Mapping[str, object]
"""What a table of a TOML file holds."""


class TableReader:
    """Reads one TOML file and gathers its faults, putting harmless values in their place.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InvalidInput
        If the file cannot be read or is not TOML.
    """

    def __init__(self, path: Traversable | Path) -> None:
        self.file_name = path.name
        self.faults: list[Fault] = []
        self.content: Content = read_toml(path)[1]

    def settle(self) -> None:
        """Refuse the file if anything in it is at fault.

        Raises
        ------
        InvalidInput
            With every fault.
        """
        if self.faults:
            raise InvalidInput(*self.faults)

    def fault(
        self, where: str, field: str, value: object, what: Sentence, allowed: str = ""
    ) -> None:
        """Note a fault."""
        self.faults.append(
            Fault(
                where=f"{self.file_name} {where}".strip(),
                field=field,
                value="" if value is None else str(value),
                what=what,
                allowed=allowed,
                remedy=say("Correct the entry."),
            )
        )

    def tables(self, table: Content, field: str, where: str = "") -> Iterator[Content]:
        """Yield the tables of a list that must not be empty."""
        value = table.get(field, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fault(where, field, value, say("Not a list of tables."), f"[[{field}]]")
            return
        if not value:
            self.fault(where, field, "", say("Nothing is given."), f"at least one [[{field}]]")
        yield from value

    def table(self, table: Content, field: str, where: str = "") -> Content:
        """Return a table inside another."""
        value = table.get(field)
        if isinstance(value, dict):
            return value
        self.fault(where, field, value, say("Not a table."), f"[{field}]")
        return {}

    def text(self, table: Content, where: str, field: str) -> str:
        """Return a text, which must not be empty."""
        value = table.get(field, "")
        if isinstance(value, str) and value:
            return value
        self.fault(where, field, value, say("A text is missing."), "a text")
        return ""

    def choice(self, table: Content, where: str, field: str, allowed: tuple[str, ...]) -> str:
        """Return one of several words, the first of them where it is none."""
        value = table.get(field)
        if isinstance(value, str) and value in allowed:
            return value
        self.fault(where, field, value, say("Not one of the words allowed."), ", ".join(allowed))
        return allowed[0]

    def number(self, table: Content, where: str, field: str) -> float:
        """Return a number of at least zero."""
        value = table.get(field)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0:
            return float(value)
        self.fault(where, field, value, say("Not a number of at least zero."), ">= 0")
        return 0.0

    def count(self, table: Content, where: str, field: str) -> int:
        """Return a whole number of at least zero."""
        value = table.get(field)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.fault(where, field, value, say("Not a count."), ">= 0")
        return 0

    def day(self, table: Content, where: str, field: str) -> date | None:
        """Return a date, None where there is none."""
        value = table.get(field)
        if value is None or type(value) is date:
            return value
        self.fault(where, field, value, say("Not a date."), "2016-03-24")
        return None

    def indicators(self, words: object, where: str, field: str) -> tuple[Indicator, ...]:
        """Return the indicators that a list of words names, at least one."""
        if not isinstance(words, list) or not words:
            self.fault(where, field, words, say("Nothing is given."), ", ".join(Indicator))
            return ()
        for word in words:
            if word not in set(Indicator):
                self.fault(where, field, word, say("Nobody reports this."), ", ".join(Indicator))
        return tuple(Indicator(word) for word in words if word in set(Indicator))
