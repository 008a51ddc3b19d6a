"""Jobs are done one after the other, can be cancelled, and survive the service."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import NotKept
from api.jobs import JobOffice, Work
from relief.errors import Fault, InvalidInput, SolverFailed
from relief.plan.outcome import Progress, ProgressStep
from relief.sentences import say
from relief.store.jobs import Job, JobState, JobStore
from relief.store.plans import PlanRecord, PlanStore
from relief.store.session import Database, open_database
from tests.situations import START_AT

Start = Callable[[Work], JobOffice]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(str(tmp_path / "kept.sqlite3"))
    yield opened
    opened.close()


@pytest.fixture
def start(database: Database) -> Iterator[Start]:
    offices = []

    def begin(work: Work) -> JobOffice:
        office = JobOffice(JobStore(database=database), work, lambda: datetime.now(UTC))
        offices.append(office)
        office.open()
        return office

    yield begin
    for office in offices:
        office.close()


def wait(office: JobOffice, code: str, state: JobState) -> Job:
    deadline_s = time.monotonic() + 20
    while (job := office.job(code)).state is not state:
        assert time.monotonic() < deadline_s, job
        assert not job.state.is_over, job
        time.sleep(0.01)
    return job


def test_a_job_tells_of_its_stages_and_ends_with_its_plan(start: Start, database: Database) -> None:
    record = PlanRecord(
        code="the-plan", event_code="e", start_at=START_AT, saved_at=START_AT, plan_digest="",
        is_baseline=False,
    )  # fmt: skip
    PlanStore(database=database).keep(record, {})
    seen = threading.Event()

    def work(request: Mapping[str, object], progress: Progress) -> str:
        progress(ProgressStep(stage="travel", done_share=0.5, detail="x"))
        assert seen.wait(20)
        return str(request["plan"])

    office = start(work)
    job = office.submit({"plan": "the-plan"})
    assert job.state is JobState.WAITING
    running = wait(office, job.code, JobState.RUNNING)
    while running.stage != "travel":
        running = office.job(job.code)
    assert (running.done_share, running.detail) == (0.5, "x")
    seen.set()
    assert wait(office, job.code, JobState.DONE).plan_code == "the-plan"


def test_a_running_job_stops_at_its_next_sign_of_life(start: Start) -> None:
    def work(request: Mapping[str, object], progress: Progress) -> str:
        del request
        for stage in range(100_000):
            progress(ProgressStep(stage=str(stage), done_share=0.0))
            time.sleep(0.01)
        return "never"

    office = start(work)
    first, second = office.submit({}), office.submit({})
    wait(office, first.code, JobState.RUNNING)
    assert office.cancel(first.code).state is JobState.CANCELLED
    # The next one can begin only if the first one really stopped.
    wait(office, second.code, JobState.RUNNING)
    assert office.job(first.code).state is JobState.CANCELLED
    office.cancel(second.code)


def test_a_waiting_job_that_is_cancelled_never_begins(start: Start) -> None:
    go = threading.Event()
    begun = []

    def work(request: Mapping[str, object], progress: Progress) -> str:
        del progress
        begun.append(request["n"])
        assert go.wait(20)
        msg = "enough"
        raise SolverFailed(msg)

    office = start(work)
    first, second = office.submit({"n": 1}), office.submit({"n": 2})
    wait(office, first.code, JobState.RUNNING)
    office.cancel(second.code)
    go.set()
    wait(office, first.code, JobState.FAILED)
    third = office.submit({"n": 3})
    wait(office, third.code, JobState.FAILED)
    assert begun == [1, 3]


@pytest.mark.parametrize(
    ("error", "state", "what"),
    [
        (InvalidInput(Fault(where="event", what=say("No such event."))), JobState.REFUSED,
         "No such event."),
        (SolverFailed("It died."), JobState.FAILED, "It died."),
        (ZeroDivisionError("a defect"), JobState.FAILED, "ZeroDivisionError('a defect')"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_and_the_next_job_is_done(
    start: Start, error: Exception, state: JobState, what: str
) -> None:
    def work(request: Mapping[str, object], progress: Progress) -> str:
        del request, progress
        raise error

    office = start(work)
    for _ in range(2):
        job = wait(office, office.submit({}).code, state)
        assert [fault["what_en"] for fault in job.faults] == [what]


def test_waiting_jobs_wait_again_after_a_new_start_and_broken_ones_are_told_of(
    start: Start, database: Database
) -> None:
    store = JobStore(database=database)
    waiting = Job(
        code="w", request={}, state=JobState.WAITING, created_at=START_AT, updated_at=START_AT
    )
    store.add(waiting)
    store.add(replace(waiting, code="r", state=JobState.RUNNING))

    def work(request: Mapping[str, object], progress: Progress) -> str:
        del request, progress
        msg = "done at last"
        raise SolverFailed(msg)

    office = start(work)
    broken = office.job("r")
    assert broken.state is JobState.FAILED
    assert "ended during the job" in str(broken.faults[0]["what_en"])
    wait(office, "w", JobState.FAILED)


def test_an_unknown_job_is_not_kept(start: Start) -> None:
    office = start(lambda _request, _progress: "")
    with pytest.raises(NotKept, match="Nothing is kept under this code"):
        office.job("nobody")
    with pytest.raises(NotKept, match="Nothing is kept under this code"):
        office.cancel("nobody")
