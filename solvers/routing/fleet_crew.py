"""The compiled search in processes of its own, region by region, with a merge after each turn.

The compiled code cannot be interrupted, and on a new machine it is compiled first: so it works in
processes that are given up when they are late. In each turn the trucks are parted by a line across
the map; each side has its own trips, the needs near it that nobody serves, and a share of the stock
that is left. Whatever both sides find fits together.
"""

import contextlib
import json
import math
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.routing.fleet_prices import Found
from solvers.routing.fleet_shares import Share, Shares, parted
from solvers.routing.open_search import Trips
from solvers.routing.worth import Service

NUM_PROCESSES = 2
"""Processes side by side; the service is dimensioned for two cores."""
POLL_S = 0.1
STARTING_S = 240.0
"""How long the first answer may take beyond its seconds where nothing is compiled yet and the time
is counted in rounds."""
LATE_S = 2.0
"""How late an answer may be before the process is given up."""
BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from solvers.routing.fleet_worker import main; main()"
)
"""The worker finds modules where we do, without touching the environment."""
TURNS, MOST_TURNS, TURN_S = 2, 12, 10.0
"""Turns at least and at most, and about how long each is: more where there is much time."""
HEAT = 0.02, 0.002
"""First and last temperature, as a share of what a leg costs on average."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """What a process is to search until when, see `FleetSearch.search`."""

    trips: Trips
    share: Share
    limits: SolveLimits
    until_s: float
    heat: tuple[float, float]
    spare: Service | None


class _Process:
    """A process with its pipes, read by a thread."""

    def __init__(self, situation: Situation) -> None:
        # Our own interpreter and module; nothing in the command comes from outside.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", BEGIN, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._asked.put(situation)
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._write, self._read)
        ]
        for thread in self._threads:
            thread.start()

    def _write(self) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):
            while (message := self._asked.get()) is not None and self._process.stdin is not None:
                pickle.dump(message, self._process.stdin)
                self._process.stdin.flush()

    def _read(self) -> None:
        with contextlib.suppress(EOFError, pickle.UnpicklingError, ValueError):
            while self._process.stdout is not None:
                self._heard.put(pickle.load(self._process.stdout))  # noqa: S301 - our own process
        self._heard.put(None)

    def ask(self, task: Task) -> None:
        self._asked.put(task)

    def hear(self) -> Found | None:
        """Return what it says next; None if it is gone. Raises `queue.Empty` if it is silent."""
        return cast("Found | None", self._heard.get(timeout=POLL_S))

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._asked.put(None)
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


class FleetCrew:
    """Processes that search for one situation; a context manager.

    Parameters
    ----------
    situation
        See `solvers.agreement.may_source_anew`.
    limits
        Seed, and rounds if the time is counted in rounds.
    """

    def __init__(self, situation: Situation, limits: SolveLimits) -> None:
        self._situation = situation
        self._limits = limits

    def __enter__(self) -> Self:
        self._processes = [_Process(self._situation) for _ in range(NUM_PROCESSES)]
        self._shares: Shares | None = None
        self._gone = self._has_answered = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.stop()

    def bettered(
        self,
        trips: Trips,
        seconds: float,
        pause: Callable[[float], None],
        *,
        spare: Service | None = None,
    ) -> Trips:
        """Return better trips: both processes search their sides, in some turns.

        What was found stands if a process dies or is late. No answer loses more than the trips
        that are given, but for what is to spare, nor as much for more money.

        Parameters
        ----------
        trips
            What all trucks do.
        seconds
            For all turns.
        pause
            Told the share that is done, several times a second; may raise to stop.
        spare
            How much worse people may be served for less money; None to serve them better, whatever
            it costs.
        """
        if self._shares is None:
            self._shares = Shares(self._situation)
        until_s = time.monotonic() + seconds
        turns = TURNS
        if self._limits.max_iterations is None:
            turns = max(TURNS, min(MOST_TURNS, int(seconds / TURN_S)))
        first, last = HEAT
        for turn in range(turns):
            pause(turn / turns)
            left_s = until_s - time.monotonic()
            if self._gone or (left_s < POLL_S and self._limits.max_iterations is None):
                break
            # The angles of the lines lie as far from each other as can be.
            sides = parted(self._situation, self._shares, trips, math.pi * turn / turns)
            hot, cold = (first * (last / first) ** ((turn + by) / turns) for by in (0, 1))
            turn_until_s = time.monotonic() + left_s / (turns - turn)
            # Who serves more may give away more.
            served = [max(self._shares.served(trips, side), 1) for side in sides]
            for number, (process, share) in enumerate(zip(self._processes, sides, strict=True)):
                process.ask(
                    Task(
                        trips=trips,
                        share=share,
                        limits=replace(self._limits, seed=self._limits.seed + turn),
                        until_s=turn_until_s,
                        heat=(hot, cold),
                        spare=None if spare is None else spare.share(served[number], sum(served)),
                    )
                )
            # Where nothing is compiled yet, the first answer may take all the time there is.
            late_s = turn_until_s if self._has_answered else until_s
            answers = self._answers(late_s, partial(pause, turn / turns))
            if answers is None:
                break
            is_beyond = sides[1].own.tolist()
            both = tuple(
                far if is_far else near
                for near, far, is_far in zip(
                    *(one.trips for one in answers), is_beyond, strict=True
                )
            )
            if self._shares.allow(both):
                trips = both
                if spare is not None:
                    for one in answers:
                        spare -= one.gone_without
        return trips

    def _answers(self, until_s: float, pause: Callable[[], None]) -> list[Found] | None:
        grace_s = LATE_S if self._limits.max_iterations is None else STARTING_S
        answers: list[Found] = []
        while len(answers) < NUM_PROCESSES:
            try:
                answer = self._processes[len(answers)].hear()
            except queue.Empty:
                pause()
                if time.monotonic() <= until_s + grace_s:
                    continue
                answer = None
            if answer is None:
                self._gone = True
                return None
            answers.append(answer)
        self._has_answered = True
        return answers
