"""The other side of `api.solver_process`: solves in a process of its own, told by standard input.

Run as ``python -P -m api.solver_worker``. A request comes in as a pickle; progress steps and the
answer go out as pickles. Both ends are this program, so nothing foreign is ever unpickled.
"""

import os
import pickle
import signal
import sys
import threading
import traceback
from typing import BinaryIO

from solvers.allocation.allocator import WindowAllocator

from api.solve_request import SolveAnswer, SolveRequest
from relief.plan.dispatch import PlanRejected, plan_dispatch
from relief.plan.outcome import ProgressStep, SolveLimits
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter

ALLOCATION_SHARE = 0.4
"""Of the seconds, for the allocation; the routing search takes the rest."""


def solve(request: SolveRequest, tell: "Tell") -> SolveAnswer:
    """Solve a request, whatever happens."""
    limits = request.limits
    first = SolveLimits(
        seconds=limits.seconds * ALLOCATION_SHARE,
        seed=limits.seed,
        max_iterations=limits.max_iterations,
    )
    second = SolveLimits(
        seconds=limits.seconds * (1 - ALLOCATION_SHARE),
        seed=limits.seed,
        max_iterations=limits.max_iterations,
    )
    router = OrtoolsRouter if request.engine == "ortools" else PyvrpRouter
    try:
        plan = plan_dispatch(
            request.situation,
            WindowAllocator(first, progress=tell),
            router(second, progress=tell),
        )
    except PlanRejected as error:
        return SolveAnswer(plan=error.plan.certified(error.certificate), why=str(error))
    except Exception:  # noqa: BLE001 - whatever breaks a solver, the caller offers the baseline
        return SolveAnswer(plan=None, why=traceback.format_exc())
    return SolveAnswer(plan=plan, why="")


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


def main() -> None:
    """Take one request from standard input and answer it."""
    # The terminal's Ctrl-C is for the caller, who ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Native libraries may print: what they print must not get into the channel.
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own caller
    tell = Tell(channel)
    tell(solve(request, tell))


if __name__ == "__main__":
    main()
