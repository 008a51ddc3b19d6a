"""A solver in a process of its own: it can be ended at any moment, and may die without harm."""

import contextlib
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from types import TracebackType
from typing import IO, Self

from api.solve_request import SolveAnswer, SolveRequest
from relief.errors import SolverFailed
from relief.plan.outcome import Clock, Progress, ProgressStep

logger = logging.getLogger(__name__)

GRACE_SHARE = 0.5
GRACE_S = 15.0
"""A solver that has not answered by its limit and this much more is ended."""
POLL_S = 0.2
LAST_WORDS = 2_000


class SolverProcess:
    """A process that is started early, so that it is ready when the situation is.

    A context manager: at the end of the block the process is gone, whatever it was doing.

    Parameters
    ----------
    clock
        Measures the limit.
    command
        What to run instead of our own worker; for tests of what a worker may do wrong.
    """

    def __init__(
        self, clock: Clock = time.monotonic, command: tuple[str, ...] | None = None
    ) -> None:
        self._clock = clock
        # -P: a file of the user's that happens to be called like one of our modules stays out.
        self._command = command or (sys.executable, "-P", "-m", "api.solver_worker")
        self._messages: queue.Queue[ProgressStep | SolveAnswer | None] = queue.Queue()

    def __enter__(self) -> Self:
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        # Our own interpreter and module; nothing in the command comes from outside.
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            # A session of its own: Ctrl-C goes to us alone, and its children end with it.
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The whole session, because the routing search has processes of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._errors.close()

    def solve(self, request: SolveRequest, progress: Progress) -> SolveAnswer:
        """Return the answer to a request.

        Parameters
        ----------
        request
            What to solve.
        progress
            Hears of the progress several times a second; may raise
            `relief.errors.Stopped` to give up.

        Raises
        ------
        SolverFailed
            If the process dies or does not answer in time.
        """
        limit_s = request.limits.seconds * (1 + GRACE_SHARE) + GRACE_S
        end_s = self._clock() + limit_s
        threading.Thread(target=self._send, args=(request,), daemon=True).start()
        threading.Thread(target=self._listen, daemon=True).start()
        last = ProgressStep(stage="allocation", done_share=0.0)
        while True:
            try:
                message = self._messages.get(timeout=POLL_S)
            except queue.Empty:
                # Nothing new, but the caller may want to stop.
                message = last
            if message is None:
                raise SolverFailed(self._death())
            if isinstance(message, SolveAnswer):
                return message
            last = message
            progress(message)
            if self._clock() > end_s:
                msg = f"The solver did not answer within {limit_s:.0f} s and was ended."
                raise SolverFailed(msg)

    def _send(self, request: SolveRequest) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            # A worker that dies while it is told shows by its silence.
            with contextlib.suppress(OSError):
                pickle.dump(request, stdin)
                stdin.flush()

    def _listen(self) -> None:
        stdout = self._process.stdout
        try:
            while stdout is not None:
                self._messages.put(pickle.load(stdout))  # noqa: S301 - from our own worker
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self._messages.put(None)

    def _death(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        last_words = self._errors.read().decode("utf-8", "replace")[-LAST_WORDS:].strip()
        if last_words:
            logger.error("The solver's last words: %s", last_words)
        how = f"by signal {-code}" if code < 0 else f"with exit status {code}"
        return f"The solver's process ended {how} before it answered."
