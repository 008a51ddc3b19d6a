"""Searches in processes of their own, which can be killed when they run past their time.

PyVRP and OR-Tools search in native code that a thread cannot interrupt, and PyVRP has been seen
to run past its own limit. A plain subprocess, unlike a forked one, is safe beside the threads of a
service, needs nothing of the main module, and may be started from a daemon process.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict
from types import TracebackType
from typing import Self

from solvers.routing.part_loads import (
    PartLoadProblem,
    SearchLimits,
    TruckTrips,
    truck_trips_from_json,
)

NUM_WORKERS = 2
"""Processes side by side; the service is dimensioned for two cores."""

Job = tuple[PartLoadProblem, SearchLimits, float]
"""A problem, the limits of its search, and the seconds after which the process is killed."""


class _Worker:
    """One process with its pipes; started when first needed."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """Return the running process, a new one if there is none."""
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            # Our own interpreter and module; nothing in the command comes from outside.
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "solvers.routing.search_worker", self._engine],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
        return self._process

    def search(self, job: Job) -> tuple[TruckTrips, ...] | None:
        """Return the answer, None if the process died or had to be killed."""
        problem, limits, kill_after_s = job
        process = self.start()
        if process.stdin is None or process.stdout is None:
            return None
        request = json.dumps({"problem": problem.as_json(), "limits": asdict(limits)})
        alarm = threading.Timer(kill_after_s, process.kill)
        alarm.start()
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except (BrokenPipeError, ValueError):
            line = ""
        finally:
            alarm.cancel()
        # A line without its end was cut off by the kill.
        if not line.endswith("\n"):
            self.stop()
            return None
        return truck_trips_from_json(json.loads(line))

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._process = None


class SearchCrew:
    """Some processes that search part loads side by side; a context manager.

    Parameters
    ----------
    engine
        ``pyvrp`` or ``ortools``.
    """

    def __init__(self, engine: str) -> None:
        self._workers = [_Worker(engine) for _ in range(NUM_WORKERS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.stop()

    def search(
        self,
        jobs: Sequence[Job],
        pause: Callable[[float], None],
    ) -> list[tuple[TruckTrips, ...] | None]:
        """Search all problems and return the answers in their order.

        Parameters
        ----------
        jobs
            Started in their order.
        pause
            Is told the share that is done, several times a second; may raise to stop everything.

        Returns
        -------
        list[tuple[TruckTrips, ...] or None]
            None where the process died or ran past its time.
        """
        answers: list[tuple[TruckTrips, ...] | None] = [None] * len(jobs)
        queue = iter(range(len(jobs)))
        lock = threading.Lock()

        def work(worker: _Worker) -> None:
            while True:
                with lock:
                    number = next(queue, None)
                if number is None:
                    return
                answers[number] = worker.search(jobs[number])

        with ThreadPoolExecutor(max_workers=len(self._workers)) as threads:
            waiting = {threads.submit(work, worker) for worker in self._workers[: len(jobs)]}
            try:
                while waiting:
                    done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                    pause(sum(one is not None for one in answers) / max(len(jobs), 1))
            except BaseException:
                with lock:
                    queue = iter(())
                for worker in self._workers:
                    worker.stop()
                raise
        return answers
