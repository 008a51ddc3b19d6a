"""A proven lower bound on what it costs to drive what a plan drives from one depot alone.

By column generation: the master (`solvers.routing.depot_bound_master`) chooses among trips found
so far, and pricing (`solvers.routing.depot_bound_pricing`) finds the trip that would better it
most, or proves that there is none: then the bound has closed. Where it has not by the end of its
time, the value of the prices less what all trips that there could be might still gain is a bound
as well, if a weaker one.

References
----------
M. E. Luebbecke, J. Desrosiers, Selected topics in column generation, Operations Research 53,
2005, DOI 10.1287/opre.1050.0234.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from relief.errors import SolverFailed
from relief.plan.outcome import Clock, SolveLimits
from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_ends import RETURNS
from solvers.routing.depot_bound_master import Master
from solvers.routing.depot_bound_pricing import TripPrices, cheapest_trips
from solvers.routing.depot_bound_trips import TripColumn, binding_mass_share, sizes
from solvers.stop import Deadline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL_NEAR = 14
"""With so many deliveries or fewer no trip goes to one twice."""
NEIGHBOURHOODS = (8, 5, 3, 1)
"""Sizes of neighbourhoods that are tried where there are more, the next if labels get too many."""
MOST_LABELS = 30_000
GAIN_FEN = 1.0
"""A trip that would gain less than this is none."""
ENOUGH_SHARE = 1e-3
"""A bound so near to the cost is not bettered."""
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
    rounds
        How often trips were priced.
    """

    depot_code: str
    num_places: int
    num_trips: int
    cost_fen: int
    bound_fen: int | None
    closed: bool
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
        rounds=search.rounds,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    """What column generation came to: a bound, whether it is the optimum, and how often trips."""

    bound: float
    closed: bool
    times: Floats


class DepotSearch:
    """Column generation for one depot, and branching on what must be whole.

    Parameters
    ----------
    work, limits, clock, pause
        As in `depot_bound`.
    most_labels
        Of one pricing; the deadline is looked at only between two.
    """

    def __init__(
        self,
        work: DepotWork,
        limits: SolveLimits,
        *,
        clock: Clock = time.monotonic,
        pause: Callable[[], None] = lambda: None,
        most_labels: int = MOST_LABELS,
    ) -> None:
        _compile()
        self._most_labels = most_labels
        self._work = work
        self._deadline = Deadline.starting_now(limits, clock)
        self._most_rounds = limits.max_iterations
        self._pause = pause
        by_size = sizes(work, binding_mass_share(work))
        self.master = Master(work, by_size)
        self.master.add(
            [
                TripColumn(
                    kind=work.slots[trip.slot].kind,
                    slot=trip.slot if trip.is_last else RETURNS,
                    nodes=trip.nodes,
                    amounts=amounts,
                )
                for trip, amounts in zip(work.trips, by_size.of_trip, strict=True)
                if trip.nodes
            ]
        )
        most = work.num_nodes if work.num_nodes <= ALL_NEAR else NEIGHBOURHOODS[0]
        self._neighbourhoods = [most, *(size for size in NEIGHBOURHOODS if size < most)]
        self._near = self._nearest(self._neighbourhoods[0])
        self.bound = 0.0
        self.closed = False
        self.rounds = 0

    def generate(self) -> Floats:
        """Solve the programme; return how often its answer drives each trip of the master."""
        root = self._generated({}, 0.0)
        self.bound = root.bound
        self.closed = root.closed
        return root.times

    def run(self) -> None:
        """Solve the programme, then branch until the bound meets the cost or the time is up."""
        times = self.generate()
        if not self.closed:
            return
        leaves: list[tuple[float, int, dict[int, tuple[float, float]], Floats]] = []
        heappush(leaves, (self.bound, 0, {}, times))
        number = 0
        while leaves and not self._is_over():
            bound, _, limits, times = heappop(leaves)
            self.bound = max(self.bound, bound)
            branch = self.master.branches(times)
            if bound >= self._work.cost_fen * (1 - ENOUGH_SHARE) or branch is None:
                return
            row, count = branch
            for lower, upper in ((ceil(count), np.inf), (-np.inf, floor(count))):
                before = limits.get(row, (-np.inf, np.inf))
                child = {**limits, row: (max(lower, before[0]), min(upper, before[1]))}
                answer = self._generated(child, bound)
                if not answer.closed:
                    return
                number += 1
                heappush(leaves, (max(bound, answer.bound), number, child, answer.times))

    def _generated(self, limits: Mapping[int, tuple[float, float]], bound: float) -> _Answer:
        """Price until nothing gains, or the time is up."""
        self.master.limit(limits)
        loose = True
        times = np.zeros(0)
        while not self._is_over():
            self._pause()
            self.rounds += 1
            try:
                times, row_price = self.master.solve(self._deadline)
            except SolverFailed:
                break
            priced = self._price(row_price, loose=loose)
            if priced is None:
                break
            new, least = priced
            if not loose:
                gain = float(-np.minimum(least, 0.0) @ self.master.most_trips)
                bound = max(bound, self.master.value(row_price) - gain)
                if (least > -GAIN_FEN).all():
                    return _Answer(bound=bound, closed=True, times=times)
            is_new = self.master.add(new) > 0
            if not loose and not is_new:
                break
            loose = loose and is_new and bool((least <= -GAIN_FEN).any())
        return _Answer(bound=bound, closed=False, times=times)

    def _is_over(self) -> bool:
        return self._deadline.has_passed() or (
            self._most_rounds is not None and self.rounds >= self._most_rounds
        )

    def _price(self, row_price: Floats, *, loose: bool) -> tuple[list[TripColumn], Floats] | None:
        """Return the best trips and the least reduced cost of each class of trucks.

        None if there are too many labels for every neighbourhood.
        """
        new: list[TripColumn] = []
        least = np.zeros(self._work.num_kinds)
        for kind in range(self._work.num_kinds):
            while True:
                prices, slots = self.master.trip_prices(kind, row_price, self._near)
                found = cheapest_trips(prices, self._most_labels, loose=loose)
                if loose or found.complete:
                    break
                self._neighbourhoods.pop(0)
                if not self._neighbourhoods or self._deadline.has_passed():
                    return None
                self._near = self._nearest(self._neighbourhoods[0])
            least[kind] = found.least
            new += [
                TripColumn(
                    kind=kind,
                    slot=int(slots[end, self._work.node_place[nodes[-1]]]),
                    nodes=nodes,
                    amounts=amounts,
                )
                for nodes, amounts, end in zip(found.nodes, found.amounts, found.ends, strict=True)
            ]
        return new, least

    def _nearest(self, size: int) -> Ints:
        """Return the deliveries near each, itself first, by the seconds between their places."""
        work = self._work
        seconds = work.drive_s.min(axis=0)
        among = seconds[np.ix_(work.node_place, work.node_place)].astype(np.float64)
        among += among.T
        np.fill_diagonal(among, -1.0)
        order = np.argsort(among, axis=1, kind="stable")[:, :size]
        return np.ascontiguousarray(order.astype(np.int64))


@cache
def _compile() -> None:
    """Compile the pricing, so that the seconds of a bound are its own."""
    near = np.zeros((1, 1), dtype=np.int64)
    one, none = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    prices = TripPrices(
        place=one,
        window=none,
        deadline_s=one,
        amount=np.ones(1),
        room=1.0,
        price=np.ones(1),
        visit_price=np.zeros(2),
        drive_s=np.zeros((2, 2), dtype=np.int64),
        leg_fen=np.zeros((2, 2)),
        unload_s=0,
        load_s=0,
        clock_rate=np.zeros(1),
        drive_rate=np.zeros(1),
        rest_after_s=1,
        rest_s=0,
        end_fen=np.zeros((1, 2)),
        end_by_s=np.ones((1, 2), dtype=np.int64),
        from_s=none,
        most_drive_s=np.zeros((1, 1), dtype=np.int64),
        exit_s=np.zeros((1, 2), dtype=np.int64),
        most_road_s=none,
        begin_fen=0.0,
        passing=np.zeros((2, 2), dtype=np.bool_),
        ending=np.zeros((1, 2), dtype=np.bool_),
        near=near,
    )
    cheapest_trips(prices, 8)
