"""Ruin and recreate: the trips of some trucks are taken apart and built anew, again and again.

After Schrimpf, Schneider, Stamm-Wilbrandt and Dueck (2000), Record breaking optimization results
using the ruin and recreate principle, doi:10.1006/jcph.1999.6413. All times are exact here,
duty included, and trucks may change their loading depots, which the search of one depot cannot
do.
"""

from collections import defaultdict
from collections.abc import Callable
from random import Random

from solvers.routing.backlog import Backlog, Order
from solvers.routing.construction import Construction, Thrift
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import Timeline
from solvers.routing.worth import worth

MOST_TRUCKS = 8
LEAST_TRUCKS = 2
NEAR_TRUCKS = 40
"""Trucks are drawn from so many that are nearest to a depot at which something is lost."""
PATIENCE_TRIES = 100
"""Tries without a gain after which saving cost alone is given up."""
PATIENCE_LOST_TRIES = 400
"""The same while something is lost; it may be that no truck can help it."""
KEPT_SHARE = 0.5
"""How often a truck keeps its first trips."""


class Ruin:
    """Betters timelines in place.

    Parameters
    ----------
    demand, fleet
        What is to be carried, and by which trucks.
    timelines, backlog
        The answer to better, changed in place.
    rng
        Draws what is ruined.
    """

    def __init__(
        self,
        demand: Demand,
        fleet: Fleet,
        timelines: list[Timeline],
        backlog: Backlog,
        rng: Random,
    ) -> None:
        self._demand = demand
        self._fleet = fleet
        self._timelines = timelines
        self._backlog = backlog
        self._rng = rng
        self._near: dict[int, list[int]] = {}
        self._losses = self._lost_orders()

    def run(self, go_on: Callable[[int], bool]) -> int:
        """Ruin and recreate while `go_on`, told the number of tries so far, says so.

        Patience ends after many tries in vain, earlier where only cost could be saved.

        Returns
        -------
        int
            How many tries were for the better.
        """
        tries = gains = in_vain = 0
        if not self._timelines or not self._demand.portions:
            return 0
        while go_on(tries) and in_vain < (PATIENCE_LOST_TRIES if self._losses else PATIENCE_TRIES):
            tries += 1
            in_vain += 1
            if self._try():
                gains += 1
                in_vain = 0
                self._losses = self._lost_orders()
        return gains

    def _lost_orders(self) -> list[tuple[Order, int]]:
        """Return the orders of which something is late or left, with what that costs."""
        demand = self._demand
        losses: dict[Order, int] = defaultdict(int)
        for order in self._backlog.orders:
            losses[order] += demand.cost_of(self._backlog.lines(order), None)
        for timeline in self._timelines:
            for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
                for drop, end_s in zip(trip.drops, ends_s, strict=True):
                    window = demand.window_of(end_s)
                    for load in drop:
                        losses[load.depot, load.place] += demand.cost_of(load.lines, window)
        return sorted((order, loss) for order, loss in losses.items() if loss > 0)

    def _try(self) -> bool:
        numbers = self._drawn()
        old = [self._timelines[number] for number in numbers]
        new = []
        ruined: list[tuple[int, int]] = []
        depots = set()
        for timeline in old:
            keep = 0
            if self._rng.random() < KEPT_SHARE:
                keep = self._rng.randint(0, len(timeline.trips))
            fresh = Timeline(self._fleet, timeline.truck)
            for trip in timeline.trips[:keep]:
                fresh.append(trip)
            for trip in timeline.trips[keep:]:
                for load in trip.loads:
                    ruined.extend(load.lines)
                    depots.add(load.depot)
            new.append(fresh)
        left = [
            line
            for order in self._backlog.orders
            if order[0] in depots
            for line in self._backlog.lines(order)
        ]
        before = worth(self._demand, old, Backlog(self._demand, left))
        pieces = Backlog(self._demand, [*ruined, *left])
        Construction(
            self._demand,
            self._fleet,
            new,
            pieces,
            self._rng,
            thrift=self._rng.choice(list(Thrift)) if self._losses else Thrift.MONEY,
        ).run()
        after = worth(self._demand, new, pieces)
        if after > before:
            return False
        for number, timeline in zip(numbers, new, strict=True):
            self._timelines[number] = timeline
        self._backlog.take(left)
        self._backlog.give_back(pieces.all_lines())
        return after < before

    def _drawn(self) -> list[int]:
        """Draw trucks near a depot at which something is lost, or near any where nothing is."""
        if self._losses:
            orders = [order for order, _ in self._losses]
            weights = [loss**0.5 for _, loss in self._losses]
            depot, place = self._rng.choices(orders, weights)[0]
        else:
            truck = self._rng.choice(self._timelines)
            depot = place = truck.truck.base
        near = self._nearest(depot)
        count = min(self._rng.randint(LEAST_TRUCKS, MOST_TRUCKS), len(near))
        drawn = set(self._rng.sample(near, count))
        serving = [
            number
            for number, timeline in enumerate(self._timelines)
            if any(load.place == place for trip in timeline.trips for load in trip.loads)
        ]
        if serving:
            drawn.update(self._rng.sample(serving, min(len(serving), LEAST_TRUCKS)))
        return sorted(drawn)

    def _nearest(self, depot: int) -> list[int]:
        if depot not in self._near:
            self._near[depot] = sorted(
                range(len(self._timelines)),
                key=lambda number: (self._away_s(number, depot), number),
            )[:NEAR_TRUCKS]
        return self._near[depot]

    def _away_s(self, number: int, depot: int) -> int:
        truck = self._timelines[number].truck
        return self._fleet.drive_s(truck.kind, truck.base, depot)
