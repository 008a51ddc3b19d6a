"""Search an array problem in a process of its own, and check every answer that comes back."""

import json
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from relief.errors import SolverFailed
from relief.plan.outcome import Clock, SolveLimits
from relief.sentences import Sentence
from solvers.routing.problem import Answer, RoutingProblem, VehicleRoute
from solvers.routing.problem_bound import lower_bound
from solvers.routing.problem_check import AnswerCheck, check_answer
from solvers.routing.problem_engines import engine_for
from solvers.routing.problem_search import Engine

GRACE_S = 15.0
"""Past its limit a search may write its last answer for so long before its process is killed."""
PREPARATION_S = 300.0
"""A process that has not begun to search by then is killed: the first run compiles."""
LOOK_EVERY_S = 0.2
BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from solvers.routing.problem_worker import main; main()"
)
"""The worker finds modules where we do, without touching the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """A better answer: when it came, and its cost."""

    seconds: float
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What a search found.

    Parameters
    ----------
    engine
        The engine that searched.
    answer
        The best answer that keeps every rule; where there is none, one that breaks fewest beside
        stops that are not served, and leaves out fewest of these.
    check
        What the check says of it.
    trace
        Every better feasible answer.
    search_s
        Seconds from the beginning of the search to its last word.
    was_stopped
        Whether somebody stopped it, or it had to be killed.
    bound
        A cost that no answer can undercut; cheap, and far below the best where routes are long.
    """

    engine: Engine
    answer: Answer
    check: AnswerCheck
    trace: tuple[TraceStep, ...]
    search_s: float
    was_stopped: bool
    bound: int

    @property
    def violations(self) -> tuple[Sentence, ...]:
        """What the answer breaks."""
        return self.check.violations


def solve_problem(
    problem: RoutingProblem,
    limits: SolveLimits,
    engine: Engine = "best",
    *,
    progress: Callable[[TraceStep], None] = lambda _: None,
    clock: Clock = monotonic,
) -> Solved:
    """Search a problem with one engine, one thread, in a process that can be stopped.

    Parameters
    ----------
    problem
        The problem.
    limits
        Seconds of search, seed, and a limit on iterations where the same answer is wanted on
        every machine. Loading and compiling before the search do not count.
    engine
        Which engine.
    progress
        Is told of every better answer; Ctrl-C ends the search and keeps the best so far.
    clock
        The watch.

    Raises
    ------
    InvalidInput
        If the engine cannot search this problem.
    SolverFailed
        If the process died before it gave any answer.
    KeyboardInterrupt
        If somebody stopped it before it gave any.
    """
    chosen = engine_for(problem, engine)
    search = _Search(problem, limits, chosen, clock)
    try:
        search.run(progress)
    except KeyboardInterrupt:
        search.was_stopped = True
        if search.best is None:
            raise
    finally:
        search.stop()
    if search.best is None:
        raise SolverFailed(
            f"The search by {chosen} ended without any answer. {search.last_words()}"
        )
    answer, check = search.best
    return Solved(
        engine=search.engine,
        answer=answer,
        check=check,
        trace=tuple(search.trace),
        search_s=search.seconds,
        was_stopped=search.was_stopped,
        bound=lower_bound(problem),
    )


class _Search:
    def __init__(
        self, problem: RoutingProblem, limits: SolveLimits, engine: Engine, clock: Clock
    ) -> None:
        self._problem, self._limits, self._clock = problem, limits, clock
        self.engine = engine
        self.best: tuple[Answer, AnswerCheck] | None = None
        self.trace: list[TraceStep] = []
        self.seconds = 0.0
        self.was_stopped = False
        # Our own interpreter and module; nothing in the command comes from outside. A session of
        # its own keeps Ctrl-C for us, so that we can end it in order.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", BEGIN, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._complaints: list[bytes] = []
        request = (engine, problem, limits.seconds, limits.seed, limits.max_iterations)
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (lambda: self._write(pickle.dumps(request)), self._read, self._listen)
        ]
        for thread in self._threads:
            thread.start()

    def _write(self, request: bytes) -> None:
        if self._process.stdin is not None:
            try:
                self._process.stdin.write(request)
                # It stays open: its end tells the process that we are gone.
                self._process.stdin.flush()
            except BrokenPipeError:
                return

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(b"")

    def _listen(self) -> None:
        self._complaints.extend(self._process.stderr or ())

    def run(self, progress: Callable[[TraceStep], None]) -> None:
        """Take answers until the search is over or runs past its time."""
        deadline_s = self._clock() + PREPARATION_S
        while True:
            try:
                line = self._lines.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                if self._clock() > deadline_s:
                    self.was_stopped = True
                    return
                continue
            # A line without its end was cut off.
            if not line.endswith(b"\n"):
                return
            said: dict[str, Any] = json.loads(line)
            if "ready" in said:
                deadline_s = self._clock() + self._limits.seconds + GRACE_S
                continue
            if "engine" in said:
                self.engine = said["engine"]
                continue
            self.seconds = said["seconds"]
            self._take(tuple(_route(one) for one in said["routes"]), progress)
            if said.get("last"):
                return

    def _take(self, answer: Answer, progress: Callable[[TraceStep], None]) -> None:
        check = check_answer(self._problem, answer)
        if self.best is not None and _rank(check) >= _rank(self.best[1]):
            return
        self.best = (answer, check)
        if check.holds:
            step = TraceStep(seconds=self.seconds, cost=check.cost)
            self.trace.append(step)
            progress(step)

    def last_words(self) -> str:
        """Return the last line that the process complained with."""
        return b"".join(self._complaints[-1:]).decode(errors="replace").strip()

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _rank(check: AnswerCheck) -> tuple[int, int, int]:
    """Return what orders answers: first those that can be driven, then those that serve most."""
    return len(check.violations) - len(check.unserved), len(check.unserved), check.cost


def _route(said: dict[str, Any]) -> VehicleRoute:
    amounts = said["amounts"]
    return VehicleRoute(
        vehicle_type=said["vehicle_type"],
        trips=tuple(tuple(trip) for trip in said["trips"]),
        reloads=tuple(said["reloads"]),
        amounts=None if amounts is None else tuple(tuple(one) for one in amounts),
    )
