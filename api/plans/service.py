"""Making plans for the service, and showing those that are kept."""

import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from api.documents.changes import changes_paper
from api.documents.papers import papers
from api.documents.records import from_plain
from api.documents.saved import PLAN, SITUATION, PlanFile, SituationFile, result_of
from api.errors import missing
from api.language import Language
from api.plan_result import PlanResult
from api.plan_summary import summarise, summary_record
from api.planning import PlanRequest, StageWatch, make_plan
from api.plans.schemas import CURRENT, PlanAnswer, PlanAsk, PlanInList, PlansAnswer, ReplanAsk
from api.replanning import CHANGES, ReplanRequest, events_of, replan, scaled_needs
from relief.damage.reports import DamageReport
from relief.errors import Fault, InvalidInput
from relief.plan.outcome import Progress
from relief.sentences import say
from relief.store.plans import PlanRecord, PlanStore
from scenarios.carriers import read_modes
from scenarios.events import event_codes
from scenarios.replanning import Happenings
from solvers.replanning.budget import ChangeBudget

CODE_DIGITS = 12
REPLANNED = "replanned"
"""In the request of a job: the plan that is to be made anew."""
TOWNSHIP_DIGITS = 9
_CURRENT_EVENT = """\
code = "current"
name_zh = "当前灾情"
name_en = "Current reports"
hazard = "flood"
default_at = {at}
level = "{level}"
licence = "Reports received by this service."
notes = []
[reports]
file = "reports.bds"
"""


class PlanDesk:
    """Makes plans and keeps them.

    Parameters
    ----------
    store
        Where plans are kept.
    reports
        Gives the reports taken so far.
    now
        The clock.
    language
        Of the summaries and maps.
    """

    def __init__(
        self,
        store: PlanStore,
        reports: Callable[[], tuple[DamageReport, ...]],
        now: Callable[[], datetime],
        language: Language,
    ) -> None:
        self._store = store
        self._reports = reports
        self._now = now
        self._language = language

    def checked(self, ask: PlanAsk) -> Mapping[str, object]:
        """Return a wish as it goes to the job, or refuse it at once.

        Raises
        ------
        InvalidInput
            If there is no such event, or nothing has been reported.
        """
        if ask.event == CURRENT:
            at = ask.at or self._now()
            if not any(report.received_at <= at for report in self._reports()):
                raise InvalidInput(
                    Fault(
                        where="body",
                        field="event",
                        value=CURRENT,
                        what=say("No report had been received by then."),
                        remedy=say("Send reports to POST /reports first."),
                    )
                )
            return ask.model_copy(update={"at": at}).model_dump(mode="json")
        # A path would let anybody who reaches the service read the machine's folders.
        if ask.event not in event_codes():
            raise InvalidInput(
                Fault(
                    where="body",
                    field="event",
                    value=ask.event,
                    what=say("There is no such event."),
                    allowed=", ".join((CURRENT, *event_codes())),
                )
            )
        return ask.model_dump(mode="json")

    def checked_replan(self, code: str, ask: ReplanAsk) -> Mapping[str, object]:
        """Return a wish to make a plan anew as it goes to the job, or refuse it at once.

        Raises
        ------
        api.errors.NotKept
            If there is no such plan.
        InvalidInput
            If what has happened cannot be read.
        """
        self.paper(code, PLAN)
        _happened(ask)
        return {REPLANNED: code, **ask.model_dump(mode="json")}

    def make(self, request: Mapping[str, object], progress: Progress) -> str:
        """Make a plan, or make one anew, keep it, and return its code."""
        if REPLANNED in request:
            return self._make_anew(dict(request), progress)
        ask = PlanAsk.model_validate(request)
        with TemporaryDirectory() as folder:
            reports: Sequence[DamageReport] = ()
            event = ask.event
            if ask.event == CURRENT:
                reports = self._reports()
                event = _write_current(Path(folder), ask, reports)
            wish = PlanRequest(
                event=event,
                at=ask.at,
                profile=ask.profile,
                engine=ask.engine,
                seconds=ask.seconds,
                seed=ask.seed,
                max_iterations=ask.iterations,
                modes=read_modes(",".join(["trucks", *ask.modes])),
            )
            result = make_plan(wish, progress, reports=reports)
        return self._kept(result, papers(result, self._language, progress))

    def _make_anew(self, request: dict[str, object], progress: Progress) -> str:
        code = str(request.pop(REPLANNED))
        ask = ReplanAsk.model_validate(request)
        answer = replan(
            self._read(code),
            ReplanRequest(
                at=ask.at,
                happened=_happened(ask),
                budget=ChangeBudget(max_drivers=ask.max_drivers, max_waybills=ask.max_waybills),
                seconds=ask.seconds,
                seed=ask.seed,
                max_iterations=ask.iterations,
            ),
            StageWatch(progress, time.monotonic),
        )
        also = {CHANGES: changes_paper(answer, self._language).encode()}
        return self._kept(answer.result, papers(answer.result, self._language, progress, also=also))

    def _kept(self, result: PlanResult, content: Mapping[str, bytes]) -> str:
        digest = result.plan.certificate.plan_digest if result.plan.certificate else ""
        code = f"{result.plan.plan_id}-{digest[:CODE_DIGITS]}"
        record = PlanRecord(
            code=code,
            event_code=result.plan.event_code,
            start_at=result.plan.start_at,
            saved_at=self._now(),
            plan_digest=digest,
            is_baseline=result.plan.is_baseline,
        )
        self._store.keep(record, content)
        return code

    def all(self) -> PlansAnswer:
        """Return the plans that are kept."""
        return PlansAnswer(
            plans=[
                PlanInList(
                    id=record.code,
                    event_code=record.event_code,
                    start_at=record.start_at,
                    saved_at=record.saved_at,
                    plan_digest=record.plan_digest,
                    is_baseline=record.is_baseline,
                )
                for record in self._store.plans()
            ]
        )

    def plan(self, code: str) -> PlanAnswer:
        """Return a plan.

        Raises
        ------
        api.errors.NotKept
            If there is no such plan.
        """
        return PlanAnswer(
            id=code,
            summary=summary_record(summarise(self._read(code))),
            certificate=json.loads(self.paper(code, "certificate.json")),
            plan=json.loads(self.paper(code, PLAN)),
            papers=list(self._store.paper_names(code)),
        )

    def _read(self, code: str) -> PlanResult:
        plan = json.loads(self.paper(code, PLAN))
        situation = json.loads(gzip.decompress(self.paper(code, SITUATION)))
        return result_of(
            plan_file=from_plain(PlanFile, plan, where=PLAN),
            situation_file=from_plain(SituationFile, situation, where=SITUATION),
        )

    def paper(self, code: str, name: str) -> bytes:
        """Return a paper of a plan.

        Raises
        ------
        api.errors.NotKept
            If there is no such plan or paper.
        """
        content = self._store.paper(code, name)
        if content is None:
            raise missing("plan", f"{code}/{name}")
        return content


def _happened(ask: ReplanAsk) -> Happenings:
    return Happenings(
        events=tuple(events_of(ask.late, ask.broken, ask.at)),
        closed_roads=tuple(ask.closed_roads),
        lost_depots=tuple(ask.lost_depots),
        scaled_needs=scaled_needs(ask.scaled_needs),
        may_name_files=False,
    )


def _write_current(folder: Path, ask: PlanAsk, reports: Sequence[DamageReport]) -> str:
    """Write what was reported here as an event of its own, and return its folder.

    Goods go to townships where a township has reported, to counties otherwise.
    """
    townships = any(len(report.unit_code) == TOWNSHIP_DIGITS for report in reports)
    level = "township" if townships else "county"
    at = "" if ask.at is None else ask.at.isoformat()
    (folder / "event.toml").write_text(_CURRENT_EVENT.format(at=at, level=level), encoding="utf-8")
    (folder / "reports.bds").write_bytes(b"")
    return str(folder)
