"""A proven lower bound on what it costs to drive what a plan drives from one depot alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from relief.plan.outcome import Clock, SolveLimits
from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_search import DepotSearch

SAFETY, ROUNDING_FEN = 1e-6, 1e-3
"""By this share, and by so much, a bound is lowered for the rounding of its arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotBound:
    """What is proven of the routing of a depot.

    Parameters
    ----------
    depot_code
        The depot.
    num_places, num_trips
        Places and trips of the plan's own trips from it.
    cost_fen
        What they cost.
    bound_fen
        No set of trips from this depot alone that brings the same by the same windows, with the
        trucks lent to it, costs less; None where nothing could be proven.
    closed
        Whether the programme behind the bound was solved to its end.
    settled
        Whether branching came to its end, too: nothing is cheaper with what must be whole.
    rounds
        How often trips were priced.
    """

    depot_code: str
    num_places: int
    num_trips: int
    cost_fen: int
    bound_fen: int | None
    closed: bool
    settled: bool
    rounds: int

    @property
    def gap_share(self) -> float | None:
        """By what share of the bound the plan costs more; None without a bound above zero."""
        if not self.bound_fen:
            return None
        return self.cost_fen / self.bound_fen - 1


def depot_bound(
    work: DepotWork,
    limits: SolveLimits,
    *,
    clock: Clock = time.monotonic,
    pause: Callable[[], None] = lambda: None,
) -> DepotBound:
    """Return the bound of a depot.

    Parameters
    ----------
    work
        What is driven from it.
    limits
        Seconds, and rounds at the most. A bound that closes is the same on every machine.
    clock
        Measures the time.
    pause
        Called in each round; may raise to stop.
    """
    search = DepotSearch(work, limits, clock=clock, pause=pause)
    search.run()
    bound_fen = None
    if search.bound > 0:
        bound_fen = ceil(search.bound * (1 - SAFETY) - ROUNDING_FEN)
    return DepotBound(
        depot_code=work.depot_code,
        num_places=len(work.place_codes),
        num_trips=len(work.trips),
        cost_fen=work.cost_fen,
        bound_fen=bound_fen,
        closed=search.closed,
        settled=search.settled,
        rounds=search.rounds,
    )
