"""The search with sourcing left open: built from nothing or from given trips, then bettered.

For a large situation it runs in a process of its own, beside the allocation and its routing, so
that both cores have work.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import IO, Self

from relief.errors import Stopped
from relief.plan.outcome import Clock, SolveLimits
from relief.plan.situation import Situation
from solvers.routing.construction import Construction, Thrift
from solvers.routing.fleet import Fleet
from solvers.routing.open_ruin import OpenRuin
from solvers.routing.open_stock import OpenBacklog, OpenDemand, OpenStock, OpenWork
from solvers.routing.timeline import PlannedTrip, Timeline

Trips = tuple[tuple[PlannedTrip, ...], ...]
"""The trips of every truck, in order of the fleet."""

POLL_S = 0.1


def untouched(situation: Situation) -> OpenWork:
    """Return all needs and all stock, with idle trucks."""
    fleet = Fleet(situation)
    demand = OpenDemand(situation)
    stock = OpenStock(situation, demand, fleet)
    return OpenWork(
        demand=demand,
        stock=stock,
        fleet=fleet,
        timelines=[Timeline(fleet, truck) for truck in fleet.trucks],
        backlog=OpenBacklog(demand, stock),
    )


def driven(situation: Situation, trips: Trips) -> OpenWork:
    """Return the work that given trips do."""
    work = untouched(situation)
    for timeline, of_truck in zip(work.timelines, trips, strict=True):
        for trip in of_truck:
            timeline.append(trip)
            for load in trip.loads:
                work.backlog.carry(load)
    return work


def search_open(
    work: OpenWork,
    limits: SolveLimits,
    clock: Clock = time.monotonic,
    told: Callable[[float], None] = lambda _: None,
) -> None:
    """Serve what is not served from any depot, and take trips apart for it; in place.

    Parameters
    ----------
    work
        What the trucks do, and what is left.
    limits
        Seconds, seed and tries.
    clock
        Measures the seconds.
    told
        Told the share that is done; may raise to stop.
    """
    began_s = clock()
    Construction(work.demand, work.fleet, work.timelines, work.backlog, thrift=Thrift.NEARNESS).run(
        lambda: told(0.0)
    )
    ruin = OpenRuin(
        work.demand,
        work.fleet,
        work.timelines,
        work.backlog,
        Random(limits.seed),  # noqa: S311 - draws trips, not secrets
    )

    def go_on(tries: int) -> bool:
        if limits.max_iterations is not None:
            done_share = tries / limits.max_iterations
        else:
            done_share = (clock() - began_s) / max(limits.seconds, 1e-3)
        told(min(done_share, 1.0))
        return done_share < 1.0

    ruin.run(go_on)


class OpenProcess:
    """A search from nothing in a process of its own; a context manager.

    Parameters
    ----------
    situation, limits
        What to search, and for how long.
    """

    def __init__(self, situation: Situation, limits: SolveLimits) -> None:
        self._situation = situation
        self._limits = limits

    def __enter__(self) -> Self:
        self._request = tempfile.NamedTemporaryFile()
        pickle.dump((self._situation, self._limits), self._request)
        self._request.flush()
        self._answer: IO[bytes] = tempfile.TemporaryFile()
        # Our own interpreter and module; nothing in the command comes from outside.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "solvers.routing.open_search", self._request.name],
            stdin=subprocess.PIPE,
            stdout=self._answer,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self.end()
        self._request.close()
        self._answer.close()

    def end(self) -> None:
        """Tell the process to end with what it has."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def trips(self, wait_s: float, pause: Callable[[], None] = lambda: None) -> Trips | None:
        """Return what was found, None if the process died or is not ready in time.

        Where it works by the clock, it ends now with what it has.

        Parameters
        ----------
        wait_s
            How long to wait at the most.
        pause
            Called several times a second; may raise to stop.
        """
        if self._limits.max_iterations is None:
            self.end()
        for _ in range(max(1, round(wait_s / POLL_S))):
            try:
                self._process.wait(POLL_S)
                break
            except subprocess.TimeoutExpired:
                pause()
        if self._process.poll() != 0:
            return None
        self._answer.seek(0)
        found: Trips = pickle.load(self._answer)  # noqa: S301 - from our own process
        return found


def trips_of(timelines: Sequence[Timeline]) -> Trips:
    """Return the trips of timelines."""
    return tuple(timeline.trips for timeline in timelines)


def main() -> None:
    """Search what a file holds until standard input ends; write the trips to standard output."""
    situation, limits = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - our parent's
    is_over = threading.Event()

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        is_over.set()

    def told(_: float) -> None:
        if is_over.is_set():
            raise Stopped

    threading.Thread(target=listen, daemon=True).start()
    work = untouched(situation)
    # Between two trips, and between two tries, the work is whole.
    with contextlib.suppress(Stopped):
        search_open(work, limits, told=told)
    pickle.dump(trips_of(work.timelines), sys.stdout.buffer)


if __name__ == "__main__":
    main()
