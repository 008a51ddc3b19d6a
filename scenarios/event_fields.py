"""Reads fields of an ``event.toml`` and gathers what is wrong with them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from relief.damage.reports import Indicator
from relief.errors import Fault
from relief.places import Evidence
from relief.sentences import Sentence, say
from relief.units import in_utc


class EventFields:
    """The fields of one file, its sources, and the faults found so far.

    Parameters
    ----------
    where
        The file, as it is to be named in a fault.

    Attributes
    ----------
    faults
        In the order of the file.
    sources
        The texts of the sources, under their keys.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.faults: list[Fault] = []
        self.sources: dict[str, str] = {}

    def fault(self, field: str, value: object, what: Sentence, allowed: str = "") -> None:
        """Note a fault."""
        self.faults.append(
            Fault(
                where=self.where,
                field=field,
                value=str(value),
                what=what,
                allowed=allowed,
                remedy=say("Correct the entry."),
            )
        )

    def tables(self, content: Mapping[str, object], field: str) -> Iterator[Mapping[str, object]]:
        """Yield the tables of a list, which may be missing."""
        value = content.get(field, [])
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            yield from value
        else:
            self.fault(field, value, say("Not a list of tables."), f"[[{field}]]")

    def text(self, table: Mapping[str, object], where: str, field: str) -> str:
        """Return a text, which must not be empty."""
        value = table.get(field, "")
        if isinstance(value, str) and value:
            return value
        self.fault(f"{where} {field}".strip(), value, say("A text is missing."), "a text")
        return ""

    def instant_of(self, table: Mapping[str, object], where: str, field: str) -> datetime:
        """Return an instant with its offset, in UTC."""
        value = table.get(field)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return in_utc(value)
        self.fault(
            f"{where} {field}".strip(),
            value,
            say("Not an instant with its offset."),
            "2016-07-06T08:00:00+08:00",
        )
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00")

    def share(self, table: Mapping[str, object], where: str, field: str) -> Fraction:
        """Return a share over 0 up to 1, exactly as written; 1 where it is not given."""
        value = table.get(field, 1)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
            return Fraction(str(value))
        self.fault(f"{where} {field}", value, say("Not a share."), "over 0, up to 1")
        return Fraction(1)

    def evidence(self, table: Mapping[str, object], where: str) -> Evidence:
        """Return whether an entry was published or modelled."""
        value = self.text(table, where, "evidence")
        if value and value not in set(Evidence):
            self.fault(f"{where}.evidence", value, say("Not evidence."), ", ".join(Evidence))
            value = ""
        return Evidence(value or Evidence.MODELLED)

    def source(self, table: Mapping[str, object], where: str) -> str:
        """Return the text of the source that an entry names."""
        key = self.text(table, where, "source")
        if key and key not in self.sources:
            self.fault(
                f"{where} source", key, say("No such source is given."), ", ".join(self.sources)
            )
        return self.sources.get(key, key)

    def indicators(self, key: str, where: str) -> Iterator[Indicator]:
        """Yield the indicators that a key such as ``transferred+urgent_need`` names."""
        for part in key.split("+"):
            if part in set(Indicator):
                yield Indicator(part)
            else:
                self.fault(where, part, say("Nobody reports this."), ", ".join(Indicator))

    def counts(self, table: object, where: str) -> Iterator[tuple[str, int]]:
        """Yield the entries of a table of counts."""
        if not isinstance(table, dict):
            self.fault(where, table, say("Not a table of counts."))
            return
        for key, count in table.items():
            if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
                yield key, count
            else:
                self.fault(f"{where} {key}", count, say("Not a count."), ">= 0")

    def named(self, table: object, where: str) -> Iterator[tuple[str, object]]:
        """Yield the tables of named places, by indicator."""
        if isinstance(table, dict):
            yield from table.items()
        else:
            self.fault(where, table, say("Not a table of counts."))
