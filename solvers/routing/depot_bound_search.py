"""The least that the stints of a depot's trucks cost: column generation, and branching.

The master (`solvers.routing.depot_bound_master`) chooses among the stints found so far, and pricing
(`solvers.routing.depot_bound_pricing`) finds the stint that would better it most, or proves that
there is none: then the programme has closed. Where it has not by the end of its time, the value of
the prices less what all stints that there could be might still gain is a bound as well, if a weaker
one. What must be whole is branched on, the least open branch first.

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
from solvers.routing.depot_bound_master import Key, Master
from solvers.routing.depot_bound_pricing import NUM_BITS, StintPrices, cheapest_stints
from solvers.routing.depot_bound_sizes import binding_mass_share, sizes
from solvers.routing.depot_bound_stints import Stint
from solvers.stop import Deadline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL_NEAR = 14
"""With so many deliveries or fewer no trip goes to one twice."""
NEIGHBOURHOODS = (8, 5, 3, 1)
"""Sizes of neighbourhoods that are tried where there are more, the next if labels get too many."""
MOST_LABELS = 200_000
GAIN_FEN = 1.0
"""A stint that would gain less than this is none."""
ENOUGH_SHARE = 1e-3
"""A bound so near to the cost is not bettered."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    """What column generation came to: a bound, whether it is the optimum, and how often stints."""

    bound: float
    closed: bool
    times: Floats


class DepotSearch:
    """Column generation for one depot, and branching on what must be whole.

    Parameters
    ----------
    work
        The depot.
    limits
        Seconds, and rounds at the most.
    clock
        Measures the time.
    pause
        Called in each round; may raise to stop.
    most_labels
        Of one pricing; the deadline is looked at only between two.

    Attributes
    ----------
    master
        The programme, with all stints found.
    bound
        No set of stints costs less.
    closed
        Whether the programme was solved to its end.
    settled
        Whether branching came to its end, too: with what is whole nothing is cheaper.
    rounds
        How often stints were priced.
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
        compile_pricing()
        self._work = work
        self._deadline = Deadline.starting_now(limits, clock)
        self._most_rounds = limits.max_iterations
        self._pause = pause
        self._most_labels = most_labels
        by_size = sizes(work, binding_mass_share(work))
        self.master = Master(work, by_size)
        self.master.add(_planned(work, by_size.of_trip))
        nears = [nearest(work, size) for size in NEIGHBOURHOODS]
        if work.num_nodes <= ALL_NEAR:
            nears.insert(0, nearest(work, work.num_nodes))
        self._masks = [
            np.where(near < NUM_BITS, 1 << np.minimum(near, NUM_BITS), 0).sum(axis=1)
            for near in nears
        ]
        self.bound = 0.0
        self.closed = False
        self.settled = False
        self.rounds = 0

    def generate(self) -> Floats:
        """Solve the programme; return how often its answer drives each stint."""
        root = self._generated({}, 0.0)
        self.bound = root.bound
        self.closed = root.closed
        return root.times

    def run(self) -> None:
        """Solve the programme, then branch until the bound meets the cost or the time is up."""
        times = self.generate()
        if not self.closed:
            return
        leaves: list[tuple[float, int, dict[Key, tuple[float, float]], Floats]] = []
        heappush(leaves, (self.bound, 0, {}, times))
        number = 0
        while leaves and not self._is_over():
            bound, _, limits, times = heappop(leaves)
            self.bound = max(self.bound, bound)
            branch = self.master.branches(times)
            if bound >= self._work.cost_fen * (1 - ENOUGH_SHARE) or branch is None:
                self.settled = True
                return
            key, count = branch
            for lower, upper in ((ceil(count), np.inf), (-np.inf, floor(count))):
                before = limits.get(key, (-np.inf, np.inf))
                child = {**limits, key: (max(lower, before[0]), min(upper, before[1]))}
                answer = self._generated(child, bound)
                if not answer.closed:
                    return
                number += 1
                heappush(leaves, (max(bound, answer.bound), number, child, answer.times))

    def _generated(self, limits: Mapping[Key, tuple[float, float]], bound: float) -> _Answer:
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
                gain = float(-np.minimum(least, 0.0) @ self.master.most_times)
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

    def _price(self, row_price: Floats, *, loose: bool) -> tuple[list[Stint], Floats] | None:
        """Return the best stints and the least reduced cost of each slot.

        None if there are too many labels for every neighbourhood.
        """
        new: list[Stint] = []
        least = np.zeros(len(self._work.slots))
        for slot in range(len(self._work.slots)):
            while True:
                prices = self.master.stint_prices(slot, row_price, self._masks[0])
                found = cheapest_stints(prices, self._most_labels, loose=loose)
                if loose or found.complete:
                    break
                if self._deadline.has_passed() or len(self._masks) == 1:
                    return None
                self._masks.pop(0)
            least[slot] = found.least
            new += [
                Stint(slot=slot, trips=trips, amounts=amounts)
                for trips, amounts in zip(found.trips, found.amounts, strict=True)
            ]
        return new, least


def nearest(work: DepotWork, size: int) -> Ints:
    """Return the deliveries near each, itself first, by the seconds between their places."""
    seconds = work.drive_s.min(axis=0)
    among = seconds[np.ix_(work.node_place, work.node_place)].astype(np.float64)
    among += among.T
    np.fill_diagonal(among, -1.0)
    order = np.argsort(among, axis=1, kind="stable")[:, :size]
    return np.ascontiguousarray(order.astype(np.int64))


def _planned(work: DepotWork, of_trip: tuple[tuple[float, ...], ...]) -> list[Stint]:
    """Return what the plan does, stint by stint."""
    stints = []
    for row in range(len(work.slots)):
        own = [
            (trip.nodes, amounts)
            for trip, amounts in zip(work.trips, of_trip, strict=True)
            if trip.slot == row and trip.nodes
        ]
        if own:
            trips, amounts = zip(*own, strict=True)
            stints.append(Stint(slot=row, trips=tuple(trips), amounts=tuple(amounts)))
    return stints


@cache
def compile_pricing() -> None:
    """Compile the pricing, so that the seconds of a bound are its own."""
    one, none = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    prices = StintPrices(
        place=one,
        deadline_s=one,
        amount=np.ones(1),
        room=1.0,
        price=np.ones(1),
        visit_price=np.zeros(2),
        drive_s=np.zeros((2, 2), dtype=np.int64),
        leg_fen=np.zeros((2, 2)),
        unload_s=0,
        load_s=0,
        rest_after_s=1,
        rest_s=0,
        from_s=0,
        since_rest_s=0,
        day_s=none,
        begin_fen=0.0,
        trip_fen=0.0,
        exit_fen=np.zeros(2),
        exit_s=np.zeros(2, dtype=np.int64),
        until_s=1,
        most_drive_s=1,
        passing=np.zeros((2, 2), dtype=np.bool_),
        near=one,
    )
    cheapest_stints(prices, 8)
