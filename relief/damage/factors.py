"""Planning factors (调拨测算系数): how counts of people and rooms become pieces of items.

A profile is a file of data. Its *bases* say which reported count drives a demand, the first
reported one of a list, with the shares that turn one count into another. Its *rules* say how much
of one item follows a base, by when, and how urgently. Every number has a source and a confidence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from relief.damage.needs import Factor
from relief.damage.reports import Indicator
from relief.errors import Fault, InvalidInput
from relief.items import Confidence, Priority
from relief.sentences import Sentence, say
from relief.toml_file import read_toml

DEFAULT_PROFILE = "hubei"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One factor of a chain, exact.

    Parameters
    ----------
    name
        What is multiplied, in English; a message id of the catalogue.
    value
        The number, exact.
    unit
        Its unit.
    source, confidence
        Where it comes from, and how far to trust it.
    """

    name: str
    value: Fraction
    unit: str
    source: str
    confidence: Confidence

    def factor(self) -> Factor:
        """Return the step as it is printed in the chain of a need."""
        return Factor(
            name=self.name,
            value=float(self.value),
            unit=self.unit,
            source=f"{self.source} [{self.confidence.value}]",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A reported count and the steps that turn it into the base's count."""

    indicator: Indicator
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The people or households that a demand follows.

    Parameters
    ----------
    code
        Its name inside the profile.
    drivers
        Where the count comes from: the first whose indicator has been reported counts.
    """

    code: str
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche:
    """A part of a demand that is due together.

    Parameters
    ----------
    due_after
        After the start of the plan.
    amount
        Share of the whole, or days covered.
    """

    due_after: timedelta
    amount: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRule:
    """How much of one item follows a base.

    Parameters
    ----------
    item_code
        The item.
    base
        What drives it.
    steps
        From people or households of the base to pieces (of one day, where `by_day`).
    by_day
        Whether tranches count days of consumption instead of shares of one issue.
    tranches
        What is due when, in order.
    people_per_piece
        People who wait for a piece: who share it, or whom it serves for one day.
    priority
        How urgent.
    months
        Months of the year (in Hubei) in which the rule holds.
    """

    item_code: str
    base: Base
    steps: tuple[Step, ...]
    by_day: bool
    tranches: tuple[Tranche, ...]
    people_per_piece: Fraction
    priority: Priority
    months: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorProfile:
    """A set of planning factors.

    Parameters
    ----------
    code, name_zh, name_en
        Its names.
    note
        What it is based on, and what it leaves out.
    due_source
        Where the due times come from.
    rules
        The rules, at most one for an item in any month.
    """

    code: str
    name_zh: str
    name_en: str
    note: str
    due_source: str
    rules: tuple[NeedRule, ...]


def profile_codes() -> tuple[str, ...]:
    """Return the codes of the profiles that come with the program."""
    folder = files("relief") / "data" / "factors"
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        )
    )


def load_profile(name: str = DEFAULT_PROFILE) -> FactorProfile:
    """Return a profile that comes with the program, or one from a file of the user.

    Parameters
    ----------
    name
        A code of `profile_codes`, or the path of a TOML file of the same form.

    Raises
    ------
    InvalidInput
        If there is no such profile, or its file has faults; all of them are listed.
    """
    if name in profile_codes():
        return _shipped(name)
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return read_profile(path)
    near = get_close_matches(name, profile_codes(), n=3)
    raise InvalidInput(
        Fault(
            where="factor profile",
            field="profile",
            value=name,
            what=say("There is no such factor profile."),
            allowed=", ".join(profile_codes()),
            remedy=say("Did you mean {near}?", near=" / ".join(near))
            if near
            else say("Name one of these, or give the path of a TOML file."),
        )
    )


@cache
def _shipped(code: str) -> FactorProfile:
    return read_profile(files("relief") / "data" / "factors" / f"{code}.toml")


def read_profile(path: Traversable | Path) -> FactorProfile:
    """Read a profile from a TOML file.

    Raises
    ------
    InvalidInput
        With every fault of the file.
    """
    _, content = read_toml(path)
    reader = _Reader(path.name)
    profile = reader.profile(content)
    if reader.faults:
        raise InvalidInput(*reader.faults)
    return profile


class _Reader:
    """Reads one file and gathers its faults, putting harmless values in their place."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.faults: list[Fault] = []

    def fault(self, where: str, field: str, value: object, what: Sentence, allowed: str) -> None:
        """Note a fault."""
        self.faults.append(
            Fault(
                where=f"{self.file_name} {where}".strip(),
                field=field,
                value=str(value),
                what=what,
                allowed=allowed,
                remedy=say("Correct the entry."),
            )
        )

    def profile(self, content: Mapping[str, object]) -> FactorProfile:
        """Read the whole file."""
        bases = {
            base.code: base
            for number, table in enumerate(self.tables(content, "bases"), start=1)
            for base in (self.base(table, f"bases {number}"),)
        }
        rules = tuple(
            self.rule(table, f"rules {number}", bases)
            for number, table in enumerate(self.tables(content, "rules"), start=1)
        )
        self.no_item_twice(rules)
        return FactorProfile(
            code=self.text(content, "", "code"),
            name_zh=self.text(content, "", "name_zh"),
            name_en=self.text(content, "", "name_en"),
            note=self.text(content, "", "note"),
            due_source=self.text(content, "", "due_source"),
            rules=rules,
        )

    def base(self, table: Mapping[str, object], where: str) -> Base:
        """Read one base."""
        drivers = []
        for number, driver in enumerate(self.tables(table, "drivers", where), start=1):
            place = f"{where} drivers {number}"
            value = self.text(driver, place, "indicator")
            if value and value not in set(Indicator):
                self.fault(
                    place, "indicator", value, say("Nobody reports this."), ", ".join(Indicator)
                )
                continue
            steps = self.steps(driver, place)
            drivers.append(Driver(indicator=Indicator(value or "affected"), steps=steps))
        return Base(code=self.text(table, where, "code"), drivers=tuple(drivers))

    def rule(self, table: Mapping[str, object], where: str, bases: Mapping[str, Base]) -> NeedRule:
        """Read one rule."""
        base_code = self.text(table, where, "base")
        if base_code and base_code not in bases:
            self.fault(
                where, "base", base_code, say("The file defines no such base."), ", ".join(bases)
            )
        priorities = {priority.name.lower().replace("_", "-"): priority for priority in Priority}
        priority = self.text(table, where, "priority")
        if priority and priority not in priorities:
            self.fault(where, "priority", priority, say("Not a priority."), ", ".join(priorities))
        by_day, tranches = self.tranches(table, where)
        months = table.get("months", list(range(1, 13)))
        if not isinstance(months, list) or not set(months) <= set(range(1, 13)):
            self.fault(where, "months", months, say("Not a list of months."), "1 to 12")
            months = []
        return NeedRule(
            item_code=self.text(table, where, "item"),
            base=bases.get(base_code, Base(code=base_code, drivers=())),
            steps=self.steps(table, where),
            by_day=by_day,
            tranches=tranches,
            people_per_piece=self.number(table, where, "people_per_piece"),
            priority=priorities.get(priority, Priority.COMFORT),
            months=frozenset(months),
        )

    def steps(self, table: Mapping[str, object], where: str) -> tuple[Step, ...]:
        """Read the list of steps of a driver or a rule; it may be missing."""
        return tuple(
            self.step(step, f"{where} steps {number}")
            for number, step in enumerate(self.tables(table, "steps", where, needed=False), start=1)
        )

    def step(self, table: Mapping[str, object], where: str) -> Step:
        """Read one step, given by its value or as one in so many."""
        value = (
            1 / self.number(table, where, "one_in")
            if "one_in" in table
            else self.number(table, where, "value")
        )
        confidence = self.text(table, where, "confidence")
        if confidence and confidence not in set(Confidence):
            self.fault(
                where, "confidence", confidence, say("Not a confidence."), ", ".join(Confidence)
            )
            confidence = ""
        return Step(
            name=self.text(table, where, "name"),
            value=value,
            unit=self.text(table, where, "unit"),
            source=self.text(table, where, "source"),
            confidence=Confidence(confidence or "M"),
        )

    def tranches(self, table: Mapping[str, object], where: str) -> tuple[bool, tuple[Tranche, ...]]:
        """Read what is due when, either all in days or all in shares that make one."""
        dues = list(self.tables(table, "due", where))
        by_day = any("days" in due for due in dues)
        unit = "days" if by_day else "share"
        tranches = tuple(
            Tranche(
                due_after=timedelta(hours=float(self.number(due, f"{where} due", "by_h"))),
                amount=self.number(due, f"{where} due", unit),
            )
            for due in dues
        )
        if not by_day and dues and sum(tranche.amount for tranche in tranches) != 1:
            total = float(sum(tranche.amount for tranche in tranches))
            self.fault(where, "due", total, say("The shares do not make one."), "sum 1")
        return by_day, tuple(sorted(tranches, key=lambda tranche: tranche.due_after))

    def no_item_twice(self, rules: tuple[NeedRule, ...]) -> None:
        """Check that no item has two rules in one month, since a need has one chain."""
        seen: set[tuple[str, int]] = set()
        for number, rule in enumerate(rules, start=1):
            keys = {(rule.item_code, month) for month in rule.months}
            if keys & seen:
                self.fault(
                    f"rules {number}",
                    "item",
                    rule.item_code,
                    say("Two rules for one item in the same month."),
                    "one rule for an item in any month",
                )
            seen |= keys

    def tables(
        self, table: Mapping[str, object], field: str, where: str = "", *, needed: bool = True
    ) -> Iterator[Mapping[str, object]]:
        """Yield the tables of a list."""
        value = table.get(field, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fault(where, field, value, say("Not a list of tables."), f"[[{field}]]")
            return
        if needed and not value:
            self.fault(where, field, "", say("Nothing is given."), f"at least one [[{field}]]")
        yield from value

    def text(self, table: Mapping[str, object], where: str, field: str) -> str:
        """Return a text, which must not be empty."""
        value = table.get(field, "")
        if not isinstance(value, str) or not value:
            self.fault(where, field, value, say("A text is missing."), "a text")
            return ""
        return value

    def number(self, table: Mapping[str, object], where: str, field: str) -> Fraction:
        """Return a number above zero, exact."""
        value = table.get(field)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0:
            return Fraction(value)
        self.fault(where, field, value, say("Not a number above zero."), "> 0")
        return Fraction(1)
