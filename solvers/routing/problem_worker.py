"""The process in which an array problem is searched: a problem in, better and better answers out.

Started by `solvers.routing.problem_solver`. It reads one pickled request from standard input and
writes one JSON document a line: ``{"ready": true}`` when the search begins, then answers with the
seconds since, the last with ``"last": true``; between them ``{"engine": NAME}`` if another engine
goes on. It ends when its parent does.
"""

import json
import os
import pickle
import signal
import sys
import threading
import warnings
from dataclasses import asdict
from time import monotonic

from solvers.routing.problem import Answer
from solvers.routing.problem_engines import search
from solvers.routing.problem_search import Engine, SearchTime


def main() -> None:
    """Search one problem."""
    # What the libraries warn of is for their own developers.
    warnings.simplefilter("ignore")
    # Our own parent writes this.
    engine, problem, seconds, seed, iterations = pickle.load(sys.stdin.buffer)  # noqa: S301
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _get_ready(engine)
    began_s = monotonic()

    def write(answer: Answer, **more: object) -> None:
        routes = [asdict(route) for route in answer]
        line = {"seconds": monotonic() - began_s, "routes": routes, **more}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def switch(engine: Engine) -> None:
        sys.stdout.write(json.dumps({"engine": engine}) + "\n")
        sys.stdout.flush()

    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    time = SearchTime(
        seconds=seconds, seed=seed, max_iterations=iterations, clock=monotonic, began_s=began_s
    )
    write(search(engine, problem, time, write, switch), last=True)


def _end_with_parent() -> None:
    """Wait until the parent is gone, however it went, and end this process."""
    # Not through `sys.stdin`, whose lock would trouble the end of the program.
    while os.read(0, 1):
        continue
    os.kill(os.getpid(), signal.SIGKILL)


def _get_ready(engine: Engine) -> None:
    """Load what the search needs, and compile what is not compiled yet on this machine."""
    if engine == "strings":
        from solvers.routing.string_search import warm_up  # noqa: PLC0415 - one engine a process

        warm_up()
