"""Long work that is asked for now and done later: one job at a time, stoppable at any moment."""

import logging
import queue
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from api.errors import error_answer, missing
from api.language import Language
from api.progress_words import so_far
from relief.errors import Fault, InvalidInput, ReliefError, SolverFailed, Stopped
from relief.plan.outcome import Progress, ProgressStep
from relief.sentences import say
from relief.store.jobs import Job, JobState, JobStore

logger = logging.getLogger(__name__)

TOLD_EVERY = timedelta(seconds=0.5)
MOST_WAITING = 100
ENGLISH = Language(code="en")

Work = Callable[[Mapping[str, object], Progress], str]
"""Does what a request asks for and returns the code of the plan that came of it."""


class TooManyWaiting(ReliefError):
    """So much is waiting already that nothing more is taken."""


class JobOffice:
    """Does jobs one after the other in a thread of its own.

    Parameters
    ----------
    store
        Where jobs are kept.
    work
        What is done.
    now
        The clock.
    """

    def __init__(self, store: JobStore, work: Work, now: Callable[[], datetime]) -> None:
        self._store = store
        self._work = work
        self._now = now
        self._waiting: queue.Queue[Job | None] = queue.Queue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def open(self) -> None:
        """Begin to work. Jobs that were waiting when the service ended wait again.

        A job that was being done then is not done again by itself: it may be what ended the
        service.
        """
        for job in self._store.unfinished():
            if job.state is JobState.WAITING:
                self._waiting.put(job)
            else:
                self._over(job, JobState.FAILED, SolverFailed("The service ended during the job."))
        self._thread.start()

    def close(self) -> None:
        """Stop the job that is being done and work no more."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join()

    def submit(self, request: Mapping[str, object]) -> Job:
        """Take a request; it is on the disk when this returns.

        Raises
        ------
        TooManyWaiting
            If too much is waiting already.
        """
        if self._waiting.qsize() >= MOST_WAITING:
            msg = f"{MOST_WAITING} jobs are waiting already; ask again later."
            raise TooManyWaiting(msg)
        now = self._now()
        job = Job(
            code=uuid.uuid4().hex,
            request=request,
            state=JobState.WAITING,
            created_at=now,
            updated_at=now,
        )
        self._store.add(job)
        self._waiting.put(job)
        return job

    def job(self, code: str) -> Job:
        """Return how a job stands.

        Raises
        ------
        api.errors.NotKept
            If there is no such job.
        """
        job = self._store.job(code)
        if job is None:
            raise missing("job", code)
        return job

    def cancel(self, code: str) -> Job:
        """Cancel a job that is not over, and return how it stands."""
        job = self.job(code)
        # The job is over in the store from now on: the next sign of life finds that out.
        self._store.renew(replace(job, state=JobState.CANCELLED, updated_at=self._now()))
        return self.job(code)

    def num_unfinished(self) -> int:
        """Return how many jobs are waiting or being done."""
        return len(self._store.unfinished())

    def _run(self) -> None:
        while not self._closing.is_set():
            job = self._waiting.get()
            if job is not None:
                self._do(job)

    def _do(self, job: Job) -> None:
        telling = _Telling(job, self._store, self._now, self._closing)
        try:
            telling.begin()
            plan_code = self._work(job.request, telling)
        except Stopped:
            # Cancelled by a person, or by the end of the service.
            self._over(telling.job, JobState.CANCELLED, Stopped("The job was cancelled."))
        except InvalidInput as error:
            self._over(telling.job, JobState.REFUSED, error)
        except ReliefError as error:
            logger.exception("Job %s failed.", job.code)
            self._over(telling.job, JobState.FAILED, error)
        except Exception as error:
            logger.exception("Job %s broke the program.", job.code)
            fault = Fault(where="job", what=say("{error}", error=repr(error)))
            self._over(telling.job, JobState.FAILED, InvalidInput(fault))
        else:
            done = replace(
                telling.job,
                state=JobState.DONE,
                stage="done",
                done_share=1.0,
                detail="",
                plan_code=plan_code,
                updated_at=self._now(),
            )
            self._store.renew(done)

    def _over(self, job: Job, state: JobState, error: ReliefError) -> None:
        faults = tuple(fault.model_dump() for fault in error_answer(error).faults)
        self._store.renew(replace(job, state=state, faults=faults, updated_at=self._now()))


class _Telling:
    """Keeps the signs of life of a job, and stops it when it is cancelled."""

    def __init__(
        self,
        job: Job,
        store: JobStore,
        now: Callable[[], datetime],
        closing: threading.Event,
    ) -> None:
        self.job = job
        self._store = store
        self._now = now
        self._closing = closing

    def begin(self) -> None:
        """Note that the job is being done."""
        self._keep(replace(self.job, state=JobState.RUNNING, updated_at=self._now()))

    def __call__(self, step: ProgressStep) -> None:
        """Take a sign of life; raise `Stopped` if the job is not wanted any more."""
        if self._closing.is_set():
            msg = "The service ends."
            raise Stopped(msg)
        now = self._now()
        if step.stage == self.job.stage and now - self.job.updated_at < TOLD_EVERY:
            return
        self._keep(
            replace(
                self.job,
                stage=step.stage,
                done_share=step.done_share,
                detail="; ".join(part for part in (step.detail, so_far(step, ENGLISH)) if part),
                updated_at=now,
            )
        )

    def _keep(self, job: Job) -> None:
        if not self._store.renew(job):
            msg = f"Job {job.code} was cancelled."
            raise Stopped(msg)
        self.job = job
