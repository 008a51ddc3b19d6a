"""The other side of `api.solver_process`: solves in a process of its own, told by standard input.

Run as ``python -P -m api.solver_worker``. A request comes in as a pickle; progress steps and the
answer go out as pickles. Both ends are this program, so nothing foreign is ever unpickled.
"""

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from typing import BinaryIO

from api.solve_request import SolveAnswer, SolveRequest
from relief.plan.allocation import Allocation
from relief.plan.dispatch import PlanRejected, plan_dispatch
from relief.plan.outcome import ProgressStep
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from solvers.allocation.allocator import WindowAllocator
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter

ALLOCATION_SHARE = 0.4
LEAST_ALLOCATION_S = 5.0
"""The allocation gets this share of the seconds, but never less than this many: without it there
is nothing to route, and it is done as soon as it can prove its answer."""
LEAST_ROUTING_SHARE = 0.4
"""The routing search gets what the allocation left, but never less than this share."""


def solve(request: SolveRequest, tell: "Tell") -> SolveAnswer:
    """Solve a request, whatever happens."""
    limits = request.limits
    allocator = WindowAllocator(
        replace(limits, seconds=max(limits.seconds * ALLOCATION_SHARE, LEAST_ALLOCATION_S)),
        progress=tell,
    )
    try:
        plan = plan_dispatch(request.situation, allocator, _RouterForTheRest(request, tell))
    except PlanRejected as error:
        return SolveAnswer(plan=error.plan.certified(error.certificate), why=str(error))
    except Exception:  # noqa: BLE001 - whatever breaks a solver, the caller offers the baseline
        return SolveAnswer(plan=None, why=traceback.format_exc())
    return SolveAnswer(plan=plan, why="")


class _RouterForTheRest:
    """The engine that was asked for, given the time that the allocation left."""

    def __init__(self, request: SolveRequest, tell: "Tell") -> None:
        self._request = request
        self._tell = tell
        self._began_s = time.monotonic()

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        """Return the routes of the engine."""
        limits = self._request.limits
        left_s = limits.seconds - (time.monotonic() - self._began_s)
        engine = OrtoolsRouter if self._request.engine == "ortools" else PyvrpRouter
        router = engine(
            replace(limits, seconds=max(left_s, limits.seconds * LEAST_ROUTING_SHARE)),
            progress=self._tell,
        )
        return router.route(situation, allocation)


class Tell:
    """Sends what there is to tell to the caller.

    Parameters
    ----------
    channel
        Where to write.
    """

    def __init__(self, channel: BinaryIO) -> None:
        self._channel = channel
        # Solvers may tell of their progress from several threads.
        self._lock = threading.Lock()

    def __call__(self, message: ProgressStep | SolveAnswer) -> None:
        """Send a message."""
        with self._lock:
            pickle.dump(message, self._channel)
            self._channel.flush()


def _end_with_caller() -> None:
    """Wait until the caller is gone, however it went, and end this process and its children."""
    # Not through `sys.stdin`, whose lock would trouble the end of the program.
    while os.read(0, 1):
        continue
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Take one request from standard input and answer it."""
    # The terminal's Ctrl-C is for the caller, who ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Native libraries may print: what they print must not get into the channel.
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own caller
    threading.Thread(target=_end_with_caller, daemon=True).start()
    tell = Tell(channel)
    tell(solve(request, tell))


if __name__ == "__main__":
    main()
