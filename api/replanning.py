"""Planning anew from a plan's folder while its trucks are on the road."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from api.plan_result import PlanResult
from api.planning import StageWatch, closed_stretches, road_paths
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from geodata.stored_network import open_roads
from relief.beidou.intake import read_reports
from relief.damage.reports import DamageReport
from relief.errors import Fault, Gathering, InvalidInput
from relief.places import Point
from relief.plan.assembly import assemble
from relief.plan.change import PlanDifference, difference
from relief.plan.dispatch import PlanRejected
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.outcome import SolveLimits
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from relief.sentences import Sentence, say
from relief.units import SHANGHAI
from scenarios.leg_spread import Spreads
from scenarios.punctuality import promises
from scenarios.replanning import GoingOn, Happenings, going_on, travel_of
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanned, Replanner

CHANGES = "changes.md"
"""The paper that tells what a plan made anew changes."""
RANGES = {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0), "delay_minutes": (0.0, 14_400.0)}
"""Columns of numbers, each with what can be."""
EVENT_COLUMNS = ("at", "vehicle", "kind", "location", "delay_minutes", "lon", "lat", "source")
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+)(?:min|m))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanRequest:
    """What is to be planned anew.

    Parameters
    ----------
    at
        The instant of deciding.
    happened
        What has happened.
    budget
        How much may be changed.
    seconds, seed, max_iterations
        Of the search.
    roads
        The folder of an imported road network; None for the one that comes with the program.
    """

    at: datetime
    happened: Happenings
    budget: ChangeBudget
    seconds: float = 2.0
    seed: int = 1
    max_iterations: int | None = None
    roads: Path | None = None

    @property
    def limits(self) -> SolveLimits:
        """What the search may use."""
        return SolveLimits(seconds=self.seconds, seed=self.seed, max_iterations=self.max_iterations)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplanAnswer:
    """A plan made anew, and what it changes.

    Parameters
    ----------
    result
        The new plan.
    difference
        What it changes, truck by truck.
    going_on
        The situation that it was made from.
    replanned
        What the search did; the curve of benefit against calls among it.
    """

    result: PlanResult
    difference: PlanDifference
    going_on: GoingOn
    replanned: Replanned


def replan(old: PlanResult, request: ReplanRequest, watch: StageWatch) -> ReplanAnswer:
    """Plan anew.

    Parameters
    ----------
    old
        The plan that is under way, as it was read back.
    request
        What is to be planned anew.
    watch
        Hears of the progress.

    Raises
    ------
    InvalidInput
        If what is said to have happened cannot be.
    relief.plan.dispatch.PlanRejected
        If the new plan breaks a rule, which is a defect of this program.
    """
    watch.begin("network", "opening the roads")
    roads = load_roads() if request.roads is None else open_roads(request.roads)[0]
    watch.begin("reports", "what has happened")
    now = going_on(
        old.plan,
        old.situation,
        old.paths,
        request.happened,
        request.at,
        roads=roads,
        gazetteer=load_gazetteer(),
    )
    watch.begin("routing", "planning anew")
    replanned = Replanner(request.limits).replan(
        now.situation, now.done.remaining, old.plan.consignments, request.budget
    )
    watch.note_first_plan()
    watch.begin("verify", "the plan and what it changes")
    plan = assemble(now.situation, replanned.allocation, replanned.routes)
    travel = now.travel_source or travel_of(
        now.situation,
        roads.closed((*now.situation.travel.closures, *now.situation.travel.later_closures)),
        request.at,
    )
    paths = road_paths(plan, now.situation, travel)
    certificate = verify(plan, now.situation, paths)
    broken = verify_replan(
        now.before,
        now.done,
        now.situation,
        plan,
        max_drivers=request.budget.max_drivers,
        max_waybills=request.budget.max_waybills,
        lost_depots=request.happened.lost_depots,
    )
    if not certificate.holds or broken:
        found = replace(certificate, violations=(*certificate.violations, *broken))
        raise PlanRejected(plan, found)
    certified = plan.certified(certificate)
    return ReplanAnswer(
        result=replace(
            old,
            plan=certified,
            situation=now.situation,
            paths=paths,
            closed=closed_stretches(roads, now.situation.travel.closures),
            roads=roads,
            promises=promises(
                certified.vehicle_routes, now.situation, Spreads(now.situation, paths, roads)
            ),
            origin=replace(
                old.origin,
                seconds=request.seconds,
                seed=request.seed,
                notes=(*old.origin.notes, *now.told),
                fallback="",
                stages=watch.stages(),
            ),
        ),
        difference=difference(now.done.remaining, certified.vehicle_routes),
        going_on=now,
        replanned=replanned,
    )


def read_events(path: Path) -> tuple[ExecutionEvent, ...]:
    """Read what has been told of vehicles from a CSV file with the columns `EVENT_COLUMNS`.

    Raises
    ------
    InvalidInput
        With every line that cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            Fault(where=str(path), what=say("The file cannot be read: {why}.", why=str(error)))
        ) from error
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in ("at", "vehicle", "kind") if name not in (rows.fieldnames or ())]
    if missing:
        raise InvalidInput(
            Fault(
                where=str(path),
                field=", ".join(missing),
                what=say("Missing field."),
                allowed=", ".join(EVENT_COLUMNS),
            )
        )
    gathering = Gathering()
    events = []
    for number, row in enumerate(rows, start=2):
        with gathering.part():
            events.append(_event(row, f"{path}:{number}"))
    gathering.settle()
    return tuple(events)


def _event(row: dict[str, str | None], where: str) -> ExecutionEvent:
    gathering = Gathering()
    kind, at = EventKind.DEPARTED, datetime.min.replace(tzinfo=SHANGHAI)
    with gathering.part():
        kind = _kind(row.get("kind") or "", where)
    with gathering.part():
        at = _instant(row.get("at") or "", where)
    numbers: dict[str, float | None] = {}
    for column, (low, high) in RANGES.items():
        with gathering.part():
            numbers[column] = _number(row.get(column) or "", where, column, low, high)
    lon, lat, delay = (numbers.get(column) for column in RANGES)
    with gathering.part():
        if kind is EventKind.DELAYED and not row.get("delay_minutes"):
            raise _refused(where, "delay_minutes", "", say("It is not said by how much."), "30")
        if kind is EventKind.POSITION and not (row.get("lon") and row.get("lat")):
            raise _refused(
                where,
                "lon, lat",
                "",
                say("A vehicle on the road without a position."),
                "longitude and latitude",
            )
    gathering.settle()
    return ExecutionEvent(
        kind=kind,
        vehicle_code=row.get("vehicle") or "",
        at=at,
        location_code=row.get("location") or "",
        delay=timedelta(minutes=delay or 0),
        point=None if lon is None or lat is None else Point(lon_deg=lon, lat_deg=lat),
        source=row.get("source") or "",
    )


def _kind(text: str, where: str) -> EventKind:
    try:
        return EventKind(text)
    except ValueError as error:
        allowed = ", ".join(EventKind)
        raise _refused(
            where, "kind", text, say("There is no such kind of event."), allowed
        ) from error


def _instant(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        allowed = "YYYY-MM-DDTHH:MM, with +08:00 or another offset after it if need be"
        raise _refused(where, "at", text, say("This is no instant."), allowed) from error
    return at if at.utcoffset() is not None else at.replace(tzinfo=SHANGHAI)


def _number(text: str, where: str, column: str, low: float, high: float) -> float | None:
    """Return a number, None where nothing is written."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise _refused(where, column, text, say("An impossible number."), f"{low:g} to {high:g}")
    return value


def _refused(where: str, field: str, value: str, what: Sentence, allowed: str) -> InvalidInput:
    return InvalidInput(Fault(where=where, field=field, value=value, what=what, allowed=allowed))


def events_of(late: list[str], broken: list[str], at: datetime) -> Iterator[ExecutionEvent]:
    """Yield what an officer says of vehicles: ``VEHICLE=2h`` is late, the others broken down.

    Raises
    ------
    InvalidInput
        With every text that cannot be read.
    """
    faults = []
    for text in late:
        code, mark, duration = text.rpartition("=")
        found = _DURATION.fullmatch(duration)
        if not mark or not duration or found is None:
            faults.append(
                Fault(
                    where="--late",
                    value=text,
                    what=say("Not what is kept here: {expected} is expected.", expected="2h"),
                    allowed="VEHICLE=2h, VEHICLE=90min, VEHICLE=1h30min",
                )
            )
            continue
        yield ExecutionEvent(
            kind=EventKind.DELAYED,
            vehicle_code=code,
            at=at,
            delay=timedelta(hours=float(found[1] or 0), minutes=int(found[2] or 0)),
            source="officer",
        )
    if faults:
        raise InvalidInput(*faults)
    for code in broken:
        yield ExecutionEvent(kind=EventKind.BROKEN_DOWN, vehicle_code=code, at=at, source="officer")


def reports_in(files: list[Path], at: datetime) -> tuple[DamageReport, ...]:
    """Return the damage reports in captures.

    Raises
    ------
    InvalidInput
        If a file cannot be read, or holds no report.
    """
    gathering = Gathering()
    reports: list[DamageReport] = []
    for path in files:
        with gathering.part():
            try:
                data = path.read_bytes()
            except OSError as error:
                why = error.strerror or str(error)
                raise InvalidInput(
                    Fault(where=str(path), what=say("The file cannot be read: {why}.", why=why))
                ) from error
            found = read_reports(data, received_at=at).reports
            if not found:
                raise InvalidInput(
                    Fault(
                        where=str(path),
                        what=say("No damage report is in this capture."),
                        allowed="BeiDou sentences, one a line",
                    )
                )
            reports += found
    gathering.settle()
    return tuple(reports)


def scaled_needs(texts: list[str]) -> tuple[tuple[str, float], ...]:
    """Return factors under the code of a place: ``CODE=FACTOR`` for one, ``FACTOR`` for all.

    Raises
    ------
    InvalidInput
        For every text that cannot be read.
    """
    faults = []
    scaled = []
    for text in texts:
        code, _, factor = text.rpartition("=")
        try:
            scaled.append((code, float(factor)))
        except ValueError:
            faults.append(
                Fault(
                    where="--scale-needs",
                    value=text,
                    what=say("An impossible number."),
                    allowed="FACTOR, CODE=FACTOR",
                    remedy=say("Correct the number."),
                )
            )
    if faults:
        raise InvalidInput(*faults)
    return tuple(scaled)
