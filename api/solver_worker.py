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

from api.solve_request import SolveAnswer, SolveRequest
from relief.plan.dispatch import PlanRejected, plan_dispatch
from relief.plan.outcome import ProgressStep
from solvers.transshipment.by_hubs import ByHubs


def solve(request: SolveRequest, tell: "Tell") -> SolveAnswer:
    """Solve a request, whatever happens."""
    by_hubs = ByHubs(request.limits, request.engine, progress=tell)
    try:
        plan = plan_dispatch(request.situation, by_hubs, by_hubs)
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
