"""The other end of a `FleetCrew`: reads a situation and tasks, writes what it finds.

Compiled code is loaded here and not in the parent: it takes a second and a hundred megabytes.
"""

import contextlib
import os
import pickle
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from solvers.routing.fleet_search import FleetSearch

if TYPE_CHECKING:
    from solvers.routing.fleet_crew import Task


def main() -> None:
    """Read a situation and then tasks from standard input; write what is found."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    situation = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    search = FleetSearch(situation)
    with contextlib.suppress(EOFError):
        while True:
            task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
            seconds = max(task.until_s - time.monotonic(), 0.0)
            limits = replace(task.limits, seconds=seconds)
            found = search.search(task.trips, task.share, limits, heat=task.heat, spare=task.spare)
            pickle.dump(found, channel)
            channel.flush()


if __name__ == "__main__":
    main()
