"""Reports, plans and jobs are kept as they were, once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from relief.damage.reports import (
    DamageReport,
    Indicator,
    RefusedReport,
    ReportSource,
    ReportStage,
)
from relief.store.jobs import Job, JobState, JobStore
from relief.store.plans import PlanRecord, PlanStore
from relief.store.reports import ReportStore, content_digest
from relief.store.session import Database, open_database
from tests.situations import START_AT

REPORT = DamageReport(
    sender_card="0967760",
    sequence=7,
    source=ReportSource.COUNTY,
    stage=ReportStage.CONTINUED,
    unit_code="421123",
    observed_at=START_AT,
    received_at=START_AT + timedelta(minutes=5),
    counts=((Indicator.AFFECTED, 3200), (Indicator.TRANSFERRED, 450)),
    blocked_roads=("罗田县-英山县",),
    raw=b"$BDTXR,\xa4\x00*00",
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(str(tmp_path / "kept.sqlite3"))
    yield opened
    opened.close()


def test_bytes_are_kept_before_they_are_understood(database: Database, tmp_path: Path) -> None:
    store = ReportStore(database=database)
    received = store.keep(b"\x00\xff$BD", START_AT)
    # Another process sees them already.
    other = open_database(str(tmp_path / "kept.sqlite3"))
    assert ReportStore(database=other).unread() == (received,)
    other.close()


def test_what_was_understood_comes_back_as_it_was(database: Database) -> None:
    store = ReportStore(database=database)
    refusal = RefusedReport(raw=b"\xff", line=2, received_at=START_AT, reason="No $ in it.")
    received = store.keep(REPORT.raw, START_AT)
    assert store.settle(received, [REPORT], [refusal], START_AT) == (REPORT,)
    assert store.reports() == (REPORT,)
    assert store.refused() == (refusal,)
    assert store.unread() == ()


def test_the_same_report_is_kept_once_however_often_it_comes(database: Database) -> None:
    store = ReportStore(database=database)
    again = replace(REPORT, received_at=START_AT + timedelta(hours=1), raw=b"another way")
    corrected = replace(REPORT, counts=((Indicator.AFFECTED, 3000),))
    store.settle(store.keep(b"1", START_AT), [REPORT], [], START_AT)
    new = store.settle(store.keep(b"2", START_AT), [again, corrected], [], START_AT)
    assert new == (corrected,)
    assert store.reports() == (REPORT, corrected)


def test_bytes_are_settled_once(database: Database) -> None:
    store = ReportStore(database=database)
    received = store.keep(b"1", START_AT)
    store.settle(received, [REPORT], [], START_AT)
    other = replace(REPORT, sequence=8)
    assert store.settle(received, [other], [], START_AT) == ()
    assert store.reports() == (REPORT,)


@pytest.mark.parametrize(
    "changed",
    [
        replace(REPORT, source=ReportSource.CITY),
        replace(REPORT, stage=ReportStage.VERIFIED),
        replace(REPORT, unit_code="421124"),
        replace(REPORT, observed_at=START_AT + timedelta(seconds=1)),
        replace(REPORT, counts=((Indicator.AFFECTED, 3200),)),
        replace(REPORT, blocked_roads=()),
    ],
)
def test_everything_that_a_report_says_is_in_its_digest(changed: DamageReport) -> None:
    assert content_digest(changed) != content_digest(REPORT)


RECORD = PlanRecord(
    code="2016-meiyu-20160706T0000Z-abc",
    event_code="2016-meiyu",
    start_at=START_AT,
    saved_at=START_AT + timedelta(minutes=1),
    plan_digest="ab" * 32,
    is_baseline=False,
)


def test_a_plan_keeps_its_papers_byte_for_byte(database: Database) -> None:
    store = PlanStore(database=database)
    papers = {"plan.json": b"{}", "map.png": bytes(range(256))}
    store.keep(RECORD, papers)
    assert store.plans() == (RECORD,)
    assert store.paper_names(RECORD.code) == ("map.png", "plan.json")
    assert {name: store.paper(RECORD.code, name) for name in papers} == papers
    assert store.paper(RECORD.code, "waybills.xlsx") is None
    assert store.paper("other", "plan.json") is None


def test_a_kept_plan_is_never_overwritten(database: Database) -> None:
    store = PlanStore(database=database)
    store.keep(RECORD, {"plan.json": b"first"})
    store.keep(replace(RECORD, saved_at=START_AT + timedelta(days=1)), {"plan.json": b"second"})
    assert store.plans() == (RECORD,)
    assert store.paper(RECORD.code, "plan.json") == b"first"


JOB = Job(
    code="j1",
    request={"event": "2016-meiyu", "seed": 1},
    state=JobState.WAITING,
    created_at=START_AT,
    updated_at=START_AT,
)


def test_a_job_tells_how_far_it_is(database: Database) -> None:
    store = JobStore(database=database)
    store.add(JOB)
    running = replace(JOB, state=JobState.RUNNING, stage="travel", done_share=0.25, detail="x")
    assert store.renew(running)
    assert store.job("j1") == running
    assert store.unfinished() == (running,)
    assert store.job("j2") is None


def test_a_job_that_is_over_stays_over(database: Database) -> None:
    store = JobStore(database=database)
    store.add(JOB)
    assert store.renew(replace(JOB, state=JobState.CANCELLED))
    assert not store.renew(replace(JOB, state=JobState.RUNNING))
    job = store.job("j1")
    assert job is not None
    assert job.state is JobState.CANCELLED
    assert job.state.is_over
    assert store.unfinished() == ()


def test_a_job_keeps_its_faults(database: Database) -> None:
    store = JobStore(database=database)
    failed = replace(JOB, state=JobState.REFUSED, faults=({"where": "--at", "value": "x"},))
    store.add(failed)
    assert store.job("j1") == failed
