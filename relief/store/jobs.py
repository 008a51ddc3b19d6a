"""Jobs: long work that was asked for, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, insert, select, update

from relief.store.session import Database
from relief.store.tables import JOBS


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    """The request was bad; the faults say how."""
    FAILED = "failed"
    """The program could not do it; the faults say why."""
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job.

    Parameters
    ----------
    code
        Its number.
    request
        What was asked for, as plain values.
    state
        How it stands.
    stage, done_share, detail
        The newest sign of life.
    plan_code
        The plan that came of it, None before there is one.
    faults
        What was wrong, as plain values.
    created_at, updated_at
        When it was asked for, and when something was last heard of it.
    """

    code: str
    request: Mapping[str, object]
    state: JobState
    stage: str = ""
    done_share: float = 0.0
    detail: str = ""
    plan_code: str | None = None
    faults: tuple[Mapping[str, object], ...] = field(default=())
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStore:
    """The jobs of a database."""

    database: Database

    def add(self, job: Job) -> None:
        """Keep a new job."""
        with self.database.transaction() as connection:
            connection.execute(
                insert(JOBS).values(
                    code=job.code, request=dict(job.request), created_at=job.created_at,
                    **_changing(job),
                )
            )  # fmt: skip

    def renew(self, job: Job) -> bool:
        """Keep how a job stands now, unless it is over; return whether it was not."""
        running = (JobState.WAITING.value, JobState.RUNNING.value)
        with self.database.transaction() as connection:
            result = connection.execute(
                update(JOBS)
                .where(JOBS.c.code == job.code, JOBS.c.state.in_(running))
                .values(**_changing(job))
            )
        return result.rowcount > 0

    def job(self, code: str) -> Job | None:
        """Return a job, None where there is no such job."""
        jobs = self._jobs(JOBS.c.code == code)
        return jobs[0] if jobs else None

    def unfinished(self) -> tuple[Job, ...]:
        """Return the jobs that are not over, oldest first."""
        return self._jobs(JOBS.c.state.in_((JobState.WAITING.value, JobState.RUNNING.value)))

    def _jobs(self, condition: ColumnElement[bool]) -> tuple[Job, ...]:
        query = select(JOBS).where(condition).order_by(JOBS.c.created_at, JOBS.c.code)
        with self.database.transaction() as connection:
            return tuple(
                Job(
                    code=row.code,
                    request=row.request,
                    state=JobState(row.state),
                    stage=row.stage,
                    done_share=row.done_share,
                    detail=row.detail,
                    plan_code=row.plan_code,
                    faults=tuple(row.faults),
                    created_at=row.created_at,
                    updated_at=row.updated_at,
                )
                for row in connection.execute(query)
            )


def _changing(job: Job) -> dict[str, object]:
    return {
        "state": job.state.value,
        "stage": job.stage,
        "done_share": job.done_share,
        "detail": job.detail,
        "plan_code": job.plan_code,
        "faults": [dict(fault) for fault in job.faults],
        "updated_at": job.updated_at,
    }
