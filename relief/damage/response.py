"""Response levels (救灾应急响应等级): which level the counts reach, and by which criterion.

Thresholds differ by plan, edition and province by a factor of three and more, so they are tables
of data with an edition and dates, never code. A criterion's lower bound is inclusive, and any one
criterion is enough. What comes out is a proposal for the people who decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import IntEnum, StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from relief.damage.reports import Indicator
from relief.damage.table_reader import Content, TableReader
from relief.errors import Fault, InvalidInput
from relief.sentences import say

Totals = Mapping[frozenset[Indicator], int]
"""Counts of the whole unit: of one indicator, or of several published in one sum."""


class ResponseLevel(IntEnum):
    """The four levels; a smaller number is graver."""

    I = 1  # noqa: E741 - the level's name
    II = 2
    III = 3
    IV = 4


class Combination(StrEnum):
    """How several indicators meet one threshold."""

    SUM = "sum"
    """Their sum counts (死亡和失踪)."""
    ANY = "any"
    """The greatest of them counts (转移安置或需紧急生活救助)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Where a level begins.

    Parameters
    ----------
    level
        The level.
    at_least
        The smallest count that reaches it.
    is_remembered
        Whether the number is general knowledge that nobody has checked against the document.
    """

    level: ResponseLevel
    at_least: int
    is_remembered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One of the criteria of a table.

    Parameters
    ----------
    code, name_zh, name_en
        Its names; the English one is a message id of the catalogue.
    indicators, combination
        What is counted, and how several counts meet the threshold.
    hazards
        The hazards it holds for; empty for all.
    thresholds
        From the gravest level to the least; levels that are not known are left out.
    """

    code: str
    name_zh: str
    name_en: str
    indicators: tuple[Indicator, ...]
    combination: Combination
    hazards: frozenset[str]
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTable:
    """The thresholds of one edition of one plan.

    Parameters
    ----------
    code, name_zh, name_en
        Its names.
    edition
        Number of the document, or where the table comes from.
    unit_code
        For whose plan it is: ``000000`` the nation, ``420000`` Hubei; empty where not known.
    in_force_from, in_force_until
        First day in force, and first day not any more; None where not known.
    is_sample
        Whether it shows the form only, and belongs to nobody known.
    note, source
        What to know about it, and where it is from.
    criteria
        The criteria.
    """

    code: str
    name_zh: str
    name_en: str
    edition: str
    unit_code: str
    in_force_from: date | None
    in_force_until: date | None
    is_sample: bool
    note: str
    source: str
    criteria: tuple[Criterion, ...]

    def is_in_force(self, on: date) -> bool:
        """Return whether the table was in force on a day."""
        return (
            not self.is_sample
            and self.in_force_from is not None
            and self.in_force_from <= on
            and (self.in_force_until is None or on < self.in_force_until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A criterion that reaches a level.

    Parameters
    ----------
    criterion, threshold
        Which one, and the threshold it reached.
    count
        The count that reached it.
    unreported
        Indicators of a sum that nobody has reported; the true sum can only be greater.
    """

    criterion: Criterion
    threshold: Threshold
    count: int
    unreported: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The level that the counts reach by a table.

    Parameters
    ----------
    table
        The table.
    level
        The gravest level reached; None where none is.
    triggers
        Every criterion that reaches any level, the gravest first.
    not_judged
        Criteria for which nothing has been reported.
    """

    table: ResponseTable
    level: ResponseLevel | None
    triggers: tuple[Trigger, ...]
    not_judged: tuple[Criterion, ...]


def propose(table: ResponseTable, totals: Totals, *, hazard: str) -> Proposal:
    """Propose a level.

    Parameters
    ----------
    table
        The thresholds.
    totals
        The counts of the whole unit.
    hazard
        The hazard of the event, such as ``flood``; criteria for others are passed over.
    """
    triggers: list[Trigger] = []
    not_judged: list[Criterion] = []
    for criterion in table.criteria:
        if criterion.hazards and hazard not in criterion.hazards:
            continue
        counted = _counted(criterion, totals)
        if counted is None:
            not_judged.append(criterion)
            continue
        count, unreported = counted
        threshold = next((t for t in criterion.thresholds if count >= t.at_least), None)
        if threshold is not None:
            triggers.append(
                Trigger(
                    criterion=criterion, threshold=threshold, count=count, unreported=unreported
                )
            )
    triggers.sort(key=lambda trigger: trigger.threshold.level)
    return Proposal(
        table=table,
        level=triggers[0].threshold.level if triggers else None,
        triggers=tuple(triggers),
        not_judged=tuple(not_judged),
    )


def _counted(criterion: Criterion, totals: Totals) -> tuple[int, tuple[Indicator, ...]] | None:
    """Return the count that meets the thresholds, and what of it has not been reported."""
    whole = totals.get(frozenset(criterion.indicators))
    if whole is not None:
        return whole, ()
    known = {i: totals[frozenset({i})] for i in criterion.indicators if frozenset({i}) in totals}
    if not known:
        return None
    if criterion.combination is Combination.ANY:
        return max(known.values()), ()
    missing = tuple(i for i in criterion.indicators if i not in known)
    return sum(known.values()), missing


def table_codes() -> tuple[str, ...]:
    """Return the codes of the tables that come with the program, in order."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in _folder().iterdir()
            if entry.name.endswith(".toml") and entry.name != STARTS_FILE
        )
    )


STARTS_FILE = "observed_starts.toml"


def _folder() -> Traversable:
    return files("relief") / "data" / "response_levels"


def load_table(name: str) -> ResponseTable:
    """Return a table that comes with the program, or one from a file of the user.

    Parameters
    ----------
    name
        A code of `table_codes`, or the path of a TOML file of the same form.

    Raises
    ------
    InvalidInput
        If there is no such table, or its file has faults; all of them are listed.
    """
    if name in table_codes():
        return _shipped(name)
    path = Path(name)
    if path.suffix == ".toml":
        return read_response_table(path)
    near = get_close_matches(name, table_codes(), n=3)
    raise InvalidInput(
        Fault(
            where="response table",
            value=name,
            what=say("There is no such table of response levels."),
            allowed=", ".join(table_codes()),
            remedy=say("Did you mean {near}?", near=" / ".join(near))
            if near
            else say("Name one of these, or give the path of a TOML file."),
        )
    )


@cache
def _shipped(code: str) -> ResponseTable:
    return read_response_table(_folder() / f"{code}.toml")


def table_in_force(on: date) -> ResponseTable | None:
    """Return the shipped table that was in force on a day, None where none is known."""
    tables = (_shipped(code) for code in table_codes())
    return next((table for table in tables if table.is_in_force(on)), None)


def read_response_table(path: Traversable | Path) -> ResponseTable:
    """Read a table from a TOML file.

    Raises
    ------
    InvalidInput
        With every fault of the file.
    """
    reader = TableReader(path)
    content = reader.content
    sample = content.get("sample", False)
    table = ResponseTable(
        code=reader.text(content, "", "code"),
        name_zh=reader.text(content, "", "name_zh"),
        name_en=reader.text(content, "", "name_en"),
        edition=reader.text(content, "", "edition"),
        unit_code=str(content.get("unit", "")),
        in_force_from=reader.day(content, "", "in_force_from"),
        in_force_until=reader.day(content, "", "in_force_until"),
        is_sample=sample is True,
        note=str(content.get("note", "")),
        source=reader.text(content, "", "source"),
        criteria=tuple(
            _criterion(reader, entry, f"criteria {number}")
            for number, entry in enumerate(reader.tables(content, "criteria"), start=1)
        ),
    )
    reader.settle()
    return table


def _criterion(reader: TableReader, entry: Content, where: str) -> Criterion:
    combination = "sum"
    if "combination" in entry:
        combination = reader.choice(entry, where, "combination", tuple(Combination))
    hazards = entry.get("hazards", [])
    if not isinstance(hazards, list):
        reader.fault(where, "hazards", hazards, say("Not a list."), '["drought"]')
        hazards = []
    return Criterion(
        code=reader.text(entry, where, "code"),
        name_zh=reader.text(entry, where, "name_zh"),
        name_en=reader.text(entry, where, "name_en"),
        indicators=reader.indicators(entry.get("indicators"), where, "indicators"),
        combination=Combination(combination),
        hazards=frozenset(str(hazard) for hazard in hazards),
        thresholds=tuple(_thresholds(reader, entry, where)),
    )


def _thresholds(reader: TableReader, entry: Content, where: str) -> Iterator[Threshold]:
    bounds = reader.table(entry, "at_least", where)
    remembered = entry.get("remembered", [])
    remembered = remembered if isinstance(remembered, list) else []
    before: int | None = None
    for word in bounds:
        if word not in ResponseLevel.__members__:
            reader.fault(
                where,
                word,
                "",
                say("There is no such level."),
                ", ".join(ResponseLevel.__members__),
            )
    for level in ResponseLevel:
        if level.name not in bounds:
            continue
        at_least = reader.count(bounds, f"{where} at_least", level.name)
        if before is not None and at_least >= before:
            reader.fault(
                f"{where} at_least",
                level.name,
                at_least,
                say("A milder level must begin at a smaller count."),
                f"< {before}",
            )
        before = at_least
        yield Threshold(level=level, at_least=at_least, is_remembered=level.name in remembered)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedStart:
    """A response that was really started, with the counts published for it.

    Parameters
    ----------
    unit_code
        Who started it: ``420000`` Hubei, ``000000`` the nation.
    at
        When; the hour is approximate where `note` says so.
    level
        The level started.
    hazard
        The hazard.
    totals
        The counts published with it or next to it.
    note, source
        What to know, and where it was published.
    """

    unit_code: str
    at: datetime
    level: ResponseLevel
    hazard: str
    totals: Totals
    note: str
    source: str


class Verdict(StrEnum):
    """How a table's proposal compares with what was started."""

    EXPLAINED = "explained"
    """The same level."""
    GRAVER = "graver"
    """The table proposes a graver level than was started."""
    MILDER = "milder"
    """The table proposes a milder one."""
    NONE = "none"
    """By the published counts the table proposes none."""


def judge(table: ResponseTable, start: ObservedStart) -> tuple[Verdict, Proposal]:
    """Hold a table against a response that was really started."""
    proposal = propose(table, start.totals, hazard=start.hazard)
    if proposal.level is None:
        return Verdict.NONE, proposal
    if proposal.level == start.level:
        return Verdict.EXPLAINED, proposal
    return (Verdict.GRAVER if proposal.level < start.level else Verdict.MILDER), proposal


@cache
def observed_starts() -> tuple[ObservedStart, ...]:
    """Return the responses really started that come with the program, in order of time."""
    reader = TableReader(_folder() / STARTS_FILE)
    starts = tuple(
        _start(reader, entry, f"starts {number}")
        for number, entry in enumerate(reader.tables(reader.content, "starts"), start=1)
    )
    reader.settle()
    return tuple(sorted(starts, key=lambda start: start.at))


def _start(reader: TableReader, entry: Content, where: str) -> ObservedStart:
    counts = reader.table(entry, "counts", where)
    at = entry.get("at")
    if not isinstance(at, datetime):
        reader.fault(where, "at", at, say("This is no instant."))
        at = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return ObservedStart(
        unit_code=reader.text(entry, where, "unit"),
        at=at,
        level=ResponseLevel[reader.choice(entry, where, "level", tuple(ResponseLevel.__members__))],
        hazard=reader.text(entry, where, "hazard"),
        totals={
            frozenset(reader.indicators(key.split("+"), where, "counts")): reader.count(
                counts, where, key
            )
            for key in counts
        },
        note=str(entry.get("note", "")),
        source=reader.text(entry, where, "source"),
    )
