"""Deadlines of the statistics scheme, and who is late (灾情报送时限).

A first report (初报) is due within hours of the start in a unit, then a continued one (续报) every
day by an hour that depends on the level, until the situation is stable, then a verified one (核报)
within working days. The hours are data that a plan may set otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from relief.damage.reports import DamageReport, ReportSource, ReportStage
from relief.damage.table_reader import Content, TableReader
from relief.sentences import say
from relief.units import SHANGHAI

_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelDeadlines:
    """When one level must report.

    Parameters
    ----------
    first_within
        After the start of the event in the unit.
    daily_at
        Time of day in Hubei by which the continued report is due.
    verified_within_days
        Working days after the situation is stable; None where the level verifies nothing.
    """

    first_within: timedelta
    daily_at: time
    verified_within_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingScheme:
    """The deadlines of all levels.

    Parameters
    ----------
    code, name_zh, name_en
        Its names.
    source
        Where the hours come from.
    levels
        By the level that reports; levels without deadlines are left out.
    holidays, working_weekends
        Days off besides Saturdays and Sundays, and those of them that are worked.
    """

    code: str
    name_zh: str
    name_en: str
    source: str
    levels: Mapping[ReportSource, LevelDeadlines]
    holidays: frozenset[date]
    working_weekends: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Return whether offices work on a day."""
        if day in self.working_weekends:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after_working_days(self, instant: datetime, num_days: int) -> datetime:
        """Return the end, at midnight in Hubei, of the n-th working day after that of `instant`."""
        day = instant.astimezone(SHANGHAI).date()
        left = num_days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working_day(day)
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReport:
    """A report that was due and was not there in time.

    Parameters
    ----------
    unit_code, level
        Who is late.
    stage
        Which report.
    due_at
        When it was due.
    received_at
        When it came after all; None while it is still out.
    """

    unit_code: str
    level: ReportSource
    stage: ReportStage
    due_at: datetime
    received_at: datetime | None

    def late_by(self, at: datetime) -> timedelta:
        """Return how late it came, or is by the instant `at`."""
        return (self.received_at or at) - self.due_at


def late_reports(
    reports: Iterable[DamageReport],
    *,
    at: datetime,
    began_at: Mapping[str, datetime],
    levels: Mapping[str, ReportSource],
    scheme: ReportingScheme,
    stable_at: datetime | None = None,
) -> tuple[LateReport, ...]:
    """Return who is late at an instant.

    Of the daily reports only the one that was due last is looked at: the ones before it are
    overtaken. A report serves the deadline of a day if it is received after the deadline of the
    day before.

    Parameters
    ----------
    reports
        All reports; those received after `at` are left out.
    at
        The instant.
    began_at
        When the event began, for each unit that must report.
    levels
        The level of each of these units.
    scheme
        The deadlines.
    stable_at
        When the situation was declared stable; None while it goes on.

    Returns
    -------
    tuple of LateReport
        Those still out first, the longest overdue first, then those that came late.
    """
    received: defaultdict[str, list[DamageReport]] = defaultdict(list)
    for report in reports:
        if report.received_at <= at and report.source is levels.get(report.unit_code):
            received[report.unit_code].append(report)
    late: list[LateReport] = []
    for unit_code, began in began_at.items():
        deadlines = scheme.levels.get(levels[unit_code])
        if deadlines is None:
            continue
        for stage, opens_at, due_at in _due(deadlines, began, at, stable_at, scheme):
            came_at = min(
                (
                    report.received_at
                    for report in received[unit_code]
                    if report.received_at > opens_at
                    and (stage is not ReportStage.VERIFIED or report.stage is stage)
                ),
                default=None,
            )
            if due_at < at and (came_at is None or came_at > due_at):
                late.append(
                    LateReport(
                        unit_code=unit_code,
                        level=levels[unit_code],
                        stage=stage,
                        due_at=due_at,
                        received_at=came_at,
                    )
                )
    return tuple(
        sorted(late, key=lambda each: (each.received_at is not None, each.due_at, each.unit_code))
    )


_ALWAYS = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _due(
    deadlines: LevelDeadlines,
    began_at: datetime,
    at: datetime,
    stable_at: datetime | None,
    scheme: ReportingScheme,
) -> Iterator[tuple[ReportStage, datetime, datetime]]:
    """Yield stage, the instant after which a report serves it, and the deadline."""
    first_due_at = began_at + deadlines.first_within
    yield ReportStage.FIRST, _ALWAYS, first_due_at
    until = at if stable_at is None else min(at, stable_at)
    day = until.astimezone(SHANGHAI).date()
    due_at = datetime.combine(day, deadlines.daily_at, tzinfo=SHANGHAI)
    if due_at > until:
        due_at -= timedelta(days=1)
    if due_at > first_due_at:
        yield ReportStage.CONTINUED, due_at - timedelta(days=1), due_at
    if stable_at is not None and deadlines.verified_within_days is not None:
        verified_due_at = scheme.after_working_days(stable_at, deadlines.verified_within_days)
        yield ReportStage.VERIFIED, _ALWAYS, verified_due_at


@cache
def stated_scheme() -> ReportingScheme:
    """Return the deadlines shipped with the program (``relief/data/assessment/deadlines.toml``)."""
    return read_scheme(files("relief") / "data" / "assessment" / "deadlines.toml")


def read_scheme(path: Traversable | Path) -> ReportingScheme:
    """Read deadlines from a TOML file.

    Raises
    ------
    InvalidInput
        With every fault of the file.
    """
    reader = TableReader(path)
    content = reader.content
    words = {source.name.lower(): source for source in ReportSource}
    stated = reader.table(content, "levels")
    levels = {
        words[reader.choice({"level": word}, "levels", "level", tuple(words))]: _level(
            reader, reader.table(stated, word, "levels"), f"levels.{word}"
        )
        for word in stated
    }
    scheme = ReportingScheme(
        code=reader.text(content, "", "code"),
        name_zh=reader.text(content, "", "name_zh"),
        name_en=reader.text(content, "", "name_en"),
        source=reader.text(content, "", "source"),
        levels=levels,
        holidays=_days(reader, content, "holidays"),
        working_weekends=_days(reader, content, "working_weekends"),
    )
    reader.settle()
    return scheme


def _level(reader: TableReader, entry: Content, where: str) -> LevelDeadlines:
    text = reader.text(entry, where, "daily_at")
    try:
        daily_at = time.fromisoformat(text or "00:00")
    except ValueError:
        reader.fault(where, "daily_at", text, say("This is no time of day."), "09:00")
        daily_at = time()
    return LevelDeadlines(
        first_within=timedelta(hours=reader.number(entry, where, "first_within_h")),
        daily_at=daily_at,
        verified_within_days=reader.count(entry, where, "verified_within_days")
        if "verified_within_days" in entry
        else None,
    )


def _days(reader: TableReader, content: Content, field: str) -> frozenset[date]:
    days = content.get(field, [])
    if isinstance(days, list) and all(type(day) is date for day in days):
        return frozenset(days)
    reader.fault("", field, days, say("Not a list of dates."), "[2016-10-03]")
    return frozenset()
