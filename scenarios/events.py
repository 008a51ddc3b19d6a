"""The event library: real disasters with their published figures, and the sentences to replay them.

An event is a folder. ``event.toml`` holds what was published, with the source of every number;
``reports.bds`` holds BeiDou sentences as they came in. A user's own event is a folder of the same
form; `load_event` takes its path.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path

from relief.damage.reports import Indicator, ReportStage
from relief.errors import Fault, InvalidInput
from relief.places import Evidence, PlaceKind
from relief.sentences import say
from scenarios.event_fields import EventFields
from scenarios.readiness import Readiness, read_readiness

EVENT_FILE = "event.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTotal:
    """A published total; of one indicator, or of several in one sum.

    Parameters
    ----------
    indicators
        What was counted together.
    count
        How many.
    """

    indicators: tuple[Indicator, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCount:
    """A published count of one county or township."""

    unit_code: str
    indicator: Indicator
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInstant:
    """One published statement.

    Parameters
    ----------
    at
        The instant for which its figures hold.
    unit_code
        Of whom the totals are: the province or a part of it.
    num_units
        How many county-level units it says were hit, None where it does not say.
    totals
        The totals.
    named
        The counts of places that it names.
    stage
        Stage of the reports behind it where it is not the usual first or continued one.
    source
        Where it was published.
    note
        What to know about it; may be empty.
    """

    at: datetime
    unit_code: str
    num_units: int | None
    totals: tuple[PublishedTotal, ...]
    named: tuple[NamedCount, ...]
    stage: ReportStage | None
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedResponse:
    """A response level or a dispatch that was published."""

    at: datetime
    text_zh: str
    text_en: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedClosure:
    """A road that was cut, in the words of `geodata.closures.parse_closure`.

    Parameters
    ----------
    text
        The closure.
    name
        What people call it, in both languages where known.
    reason
        Why it is closed.
    until
        When it was opened again, None where that is not known. A plan that starts before does not
        know of it and takes the road as closed throughout.
    elsewhere
        The closure in words that hold on imported roads, too, where `text` names junctions of the
        network of the program; empty where `text` serves.
    evidence, source
        Whether it was published which road, or modelled, and where or how.
    """

    text: str
    name: str
    reason: str
    until: datetime | None
    evidence: Evidence
    source: str
    elsewhere: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A disaster of the library, or of a user's own folder.

    Parameters
    ----------
    code, name_zh, name_en
        Its names.
    hazard
        What kind of disaster.
    began_at
        When it began; None where that is not stated.
    default_at
        The instant at which it is planned unless another is asked for.
    level
        Whether goods go to county receiving points or to townships.
    instants
        The published statements, in order of time.
    responses
        Response levels and dispatches that were published.
    closures
        Roads cut.
    readiness
        What part of the modelled stock and trucks is ready; empty for all.
    sources
        Every source text.
    licence
        On what terms the figures are here.
    notes
        What a reader of any result must know, the modelled parts above all.
    max_refused
        How many sentences of the capture may be refused without stopping the plan.
    folder
        Where the event's files are.
    reports_file
        Name of the capture in it.
    """

    code: str
    name_zh: str
    name_en: str
    hazard: str
    began_at: datetime | None
    default_at: datetime
    level: PlaceKind
    instants: tuple[ReportInstant, ...]
    responses: tuple[StatedResponse, ...]
    closures: tuple[StatedClosure, ...]
    readiness: tuple[Readiness, ...]
    sources: tuple[str, ...]
    licence: str
    notes: tuple[str, ...]
    max_refused: int
    folder: Traversable
    reports_file: str

    def capture(self) -> bytes:
        """Return the sentences as they came in.

        Raises
        ------
        InvalidInput
            If the capture is missing.
        """
        path = self.folder / self.reports_file
        if not path.is_file():
            raise InvalidInput(
                Fault(
                    where=f"{self.code}/{EVENT_FILE}",
                    field="reports.file",
                    value=self.reports_file,
                    what=say("The event has no such file of sentences."),
                    remedy=say("Put the file beside event.toml, or correct its name."),
                )
            )
        return path.read_bytes()

    def evidence(self, unit_code: str, indicator: Indicator, *, at: datetime) -> Evidence:
        """Return whether a count known at an instant was published or modelled.

        A count is published if the last statement up to then is a total of it, names it, or
        names all others that make up the total, so that it must be zero.
        """
        last = next((i for i in reversed(self.instants) if i.at <= at), None)
        if last is None:
            return Evidence.MODELLED
        totals = {total.indicators: total.count for total in last.totals}
        if unit_code == last.unit_code:
            published = (indicator,) in totals
        else:
            named = {n.unit_code: n.count for n in last.named if n.indicator is indicator}
            names_all = bool(named) and sum(named.values()) == totals.get((indicator,))
            published = unit_code in named or names_all
        return Evidence.PUBLISHED if published else Evidence.MODELLED


def event_codes() -> tuple[str, ...]:
    """Return the codes of the events in the library."""
    return tuple(
        sorted(entry.name for entry in _library().iterdir() if (entry / EVENT_FILE).is_file())
    )


def _library() -> Traversable:
    return files("scenarios") / "library"


def load_event(code: str) -> Event:
    """Return an event of the library, or one from a folder of the user.

    Parameters
    ----------
    code
        A code of `event_codes`, or the path of a folder with an ``event.toml``.

    Raises
    ------
    InvalidInput
        If there is no such event, or its file has faults; all of them are listed.
    """
    if code in event_codes():
        return read_event(_library() / code)
    if (Path(code) / EVENT_FILE).is_file():
        return read_event(Path(code))
    near = get_close_matches(code, event_codes(), n=3, cutoff=0.4)
    raise InvalidInput(
        Fault(
            where="event",
            value=code,
            what=say("There is no such event."),
            allowed=", ".join(event_codes()),
            remedy=say("Did you mean {near}?", near=" / ".join(near))
            if near
            else say("Name an event of the library, or the path of a folder with an event.toml."),
        )
    )


def read_event(folder: Traversable | Path) -> Event:
    """Read an event from its folder.

    Raises
    ------
    InvalidInput
        With every fault of its ``event.toml``.
    """
    where = f"{folder.name}/{EVENT_FILE}"
    try:
        content = tomllib.loads((folder / EVENT_FILE).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(
            where=where,
            value=str(error),
            what=say("The file is not TOML."),
            remedy=say("Correct the file at the place named."),
        )
        raise InvalidInput(fault) from error
    reader = _Reader(where)
    event = reader.event(content, folder)
    if reader.faults:
        raise InvalidInput(*reader.faults)
    return event


class _Reader(EventFields):
    """Reads one ``event.toml``."""

    def event(self, content: Mapping[str, object], folder: Traversable | Path) -> Event:
        """Read the whole file."""
        reports = content.get("reports", {})
        reports = reports if isinstance(reports, dict) else {}
        self.sources = {
            self.text(table, "sources", "key"): self.text(table, "sources", "text")
            for table in self.tables(content, "sources")
        }
        instants = tuple(self.instant(table) for table in self.tables(content, "instants"))
        for earlier, later in pairwise(instants):
            if earlier.at >= later.at:
                self.fault("instants", later.at, say("The statements are not in order of time."))
        levels = {PlaceKind.COUNTY.value: PlaceKind.COUNTY, "township": PlaceKind.TOWNSHIP}
        level = self.text(content, "", "level")
        if level not in levels:
            self.fault("level", level, say("Plans go to one of two levels."), ", ".join(levels))
        notes = content.get("notes", [])
        max_refused = reports.get("max_refused", 0)
        if not isinstance(max_refused, int) or max_refused < 0:
            self.fault("reports.max_refused", max_refused, say("Not a count."), ">= 0")
            max_refused = 0
        return Event(
            code=self.text(content, "", "code"),
            name_zh=self.text(content, "", "name_zh"),
            name_en=self.text(content, "", "name_en"),
            hazard=self.text(content, "", "hazard"),
            began_at=self.instant_of(content, "", "began_at") if "began_at" in content else None,
            default_at=self.instant_of(content, "", "default_at"),
            level=levels.get(level, PlaceKind.COUNTY),
            instants=instants,
            responses=tuple(self.response(t) for t in self.tables(content, "responses")),
            closures=tuple(self.closure(t) for t in self.tables(content, "closures")),
            readiness=tuple(
                read_readiness(self, table) for table in self.tables(content, "readiness")
            ),
            sources=tuple(self.sources.values()),
            licence=self.text(content, "", "licence"),
            notes=tuple(str(n) for n in notes) if isinstance(notes, list) else (),
            max_refused=max_refused,
            folder=folder,
            reports_file=self.text(reports, "reports", "file"),
        )

    def instant(self, table: Mapping[str, object]) -> ReportInstant:
        """Read one statement."""
        at = self.instant_of(table, "instants", "at")
        where = f"instants {at.isoformat()}"
        totals = tuple(
            PublishedTotal(indicators=tuple(self.indicators(key, where)), count=count)
            for key, count in self.counts(table.get("totals", {}), f"{where} totals")
        )
        named = tuple(
            NamedCount(unit_code=unit_code, indicator=indicator, count=count)
            for key, by_unit in self.named(table.get("named", {}), where)
            for indicator in self.indicators(key, where)
            for unit_code, count in self.counts(by_unit, f"{where} named {key}")
        )
        num_units = table.get("num_units")
        stage = table.get("stage")
        if stage is not None and stage not in set(ReportStage):
            self.fault(f"{where} stage", stage, say("Not a stage."), ", ".join(ReportStage))
            stage = None
        return ReportInstant(
            at=at,
            unit_code=str(table.get("unit", "420000")),
            num_units=num_units if isinstance(num_units, int) else None,
            totals=totals,
            named=named,
            stage=ReportStage(stage) if isinstance(stage, str) else None,
            source=self.source(table, where),
            note=str(table.get("note", "")),
        )

    def response(self, table: Mapping[str, object]) -> StatedResponse:
        """Read one response."""
        return StatedResponse(
            at=self.instant_of(table, "responses", "at"),
            text_zh=self.text(table, "responses", "text_zh"),
            text_en=self.text(table, "responses", "text_en"),
            source=self.source(table, "responses"),
        )

    def closure(self, table: Mapping[str, object]) -> StatedClosure:
        """Read one closure."""
        has_end = "until" in table
        text = self.text(table, "closures", "text")
        return StatedClosure(
            text=text,
            name=str(table.get("name", text)),
            reason=self.text(table, "closures", "reason"),
            until=self.instant_of(table, "closures", "until") if has_end else None,
            evidence=self.evidence(table, "closures"),
            source=self.source(table, "closures"),
            elsewhere=str(table.get("elsewhere", "")),
        )
