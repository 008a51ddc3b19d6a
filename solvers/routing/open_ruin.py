"""Ruin and recreate with sourcing left open: what is taken apart may come from other depots.

After Schrimpf et al. as in `solvers.routing.ruin`; a place that goes without is the seed, the
trucks that pass near it are taken apart, and stock and needs decide anew what they carry.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

import numpy as np

from solvers.routing.construction import Construction, Thrift
from solvers.routing.demand import Load
from solvers.routing.fleet import Fleet
from solvers.routing.open_stock import OpenBacklog, OpenDemand
from solvers.routing.timeline import Timeline

LEAST_TRUCKS, MOST_TRUCKS = 1, 4
NEAR_PLACES = 12
"""A truck passes near a place if it serves one of so many that are nearest to it."""
NEAR_TRUCKS = 30
"""Trucks that stand nearest when their work is done, drawn besides."""
LOST_PLACES = 6
"""Further places near the seed that go without and may be served instead."""
KEPT_SHARE = 0.6
"""How often a truck keeps its first trips."""


class OpenRuin:
    """Betters timelines in place.

    Parameters
    ----------
    demand, fleet
        What is needed, and the trucks.
    timelines, backlog
        The answer to better, changed in place.
    rng
        Draws what is ruined.
    """

    def __init__(
        self,
        demand: OpenDemand,
        fleet: Fleet,
        timelines: list[Timeline],
        backlog: OpenBacklog,
        rng: Random,
    ) -> None:
        self._demand = demand
        self._fleet = fleet
        self._timelines = timelines
        self._backlog = backlog
        self._rng = rng
        self._late: Counter[int] = Counter()
        self._serving: dict[int, Counter[int]] = {place: Counter() for place in backlog.places}
        for number, timeline in enumerate(timelines):
            self._count(number, timeline, 1)
        self._losses = self._lost()
        self._places = np.array(sorted(backlog.places), dtype=np.int64)
        self._way_s = fleet.seconds.min(axis=0)

    @property
    def has_losses(self) -> bool:
        """Whether something is late or left behind."""
        return bool(self._losses)

    def run(self, go_on: Callable[[int], bool]) -> int:
        """Ruin and recreate while something is lost and `go_on`, told the tries, says so.

        Returns
        -------
        int
            How many tries were for the better.
        """
        tries = gains = 0
        while self._losses and self._timelines and go_on(tries):
            tries += 1
            gains += self._try()
        return gains

    def _count(self, number: int, timeline: Timeline, sign: int) -> None:
        """Note what a timeline serves and what it brings late, or forget it."""
        demand = self._demand
        for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
            for drop, end_s in zip(trip.drops, ends_s, strict=True):
                place = drop[0].place
                window = demand.window_of(end_s)
                late = sum(demand.cost_of(load.lines, window) for load in drop)
                self._late[place] += sign * late
                self._serving[place][number] += sign

    def _lost(self) -> dict[int, int]:
        return {
            place: loss
            for place in sorted(self._backlog.places)
            if (loss := self._loss_at(place)) > 0
        }

    def _loss_at(self, place: int) -> int:
        left = self._demand.cost_of(self._backlog.left_at(place), None)
        return left + self._late[place]

    def _try(self) -> bool:
        seed = self._rng.choices(list(self._losses), [x**0.5 for x in self._losses.values()])[0]
        numbers = self._drawn(seed)
        old = [self._timelines[number] for number in numbers]
        new, ruined = self._ruined(old)
        places = {seed, *(load.place for load in ruined), *self._lost_near(seed)}
        before = (self._late_of(old) + self._backlog.cost(), _cost_fen(old))
        kept = [len(timeline.trips) for timeline in new]
        for load in ruined:
            self._backlog.drop(load)
        Construction(
            self._demand,
            self._fleet,
            new,
            self._backlog,
            self._rng,
            thrift=self._rng.choice(list(Thrift)),
            orders=lambda: self._backlog.orders_to(sorted(places)),
        ).run()
        after = (self._late_of(new) + self._backlog.cost(), _cost_fen(new))
        if after > before:
            for timeline, first in zip(new, kept, strict=True):
                for trip in timeline.trips[first:]:
                    for load in trip.loads:
                        self._backlog.drop(load)
            for load in ruined:
                self._backlog.carry(load)
            return False
        for number, before_it, timeline in zip(numbers, old, new, strict=True):
            self._count(number, before_it, -1)
            self._count(number, timeline, 1)
            self._timelines[number] = timeline
            places.update(load.place for trip in timeline.trips for load in trip.loads)
        self._note_losses(places)
        return after < before

    def _note_losses(self, places: set[int]) -> None:
        for place in places:
            loss = self._loss_at(place)
            if loss > 0:
                self._losses[place] = loss
            else:
                self._losses.pop(place, None)

    def _ruined(self, old: Sequence[Timeline]) -> tuple[list[Timeline], list[Load]]:
        """Return fresh timelines that keep some first trips, and the loads of the other trips."""
        new: list[Timeline] = []
        ruined: list[Load] = []
        for timeline in old:
            keep = 0
            if self._rng.random() < KEPT_SHARE:
                keep = self._rng.randint(0, len(timeline.trips))
            fresh = Timeline(self._fleet, timeline.truck)
            for trip in timeline.trips[:keep]:
                fresh.append(trip)
            for trip in timeline.trips[keep:]:
                ruined.extend(trip.loads)
            new.append(fresh)
        return new, ruined

    def _drawn(self, seed: int) -> list[int]:
        """Draw trucks that pass near the seed, or stand near it when their work is done."""
        near = self._nearest(seed)[:NEAR_PLACES]
        passing = {
            number for place in near for number, times in self._serving[place].items() if times > 0
        }
        standing = sorted(range(len(self._timelines)), key=lambda n: (self._away_s(n, seed), n))
        pool = sorted(passing | set(standing[:NEAR_TRUCKS]))
        count = min(self._rng.randint(LEAST_TRUCKS, MOST_TRUCKS), len(pool))
        return sorted(self._rng.sample(pool, count))

    def _away_s(self, number: int, place: int) -> int:
        timeline = self._timelines[number]
        return timeline.clock.now_s + self._fleet.drive_s(
            timeline.truck.kind, timeline.location, place
        )

    def _lost_near(self, seed: int) -> list[int]:
        near = [place for place in self._nearest(seed) if place in self._losses]
        return near[:LOST_PLACES]

    def _nearest(self, seed: int) -> list[int]:
        order = np.argsort(self._way_s[seed, self._places], kind="stable")
        found: list[int] = self._places[order].tolist()
        return found

    def _late_of(self, timelines: Sequence[Timeline]) -> int:
        demand = self._demand
        return sum(
            demand.cost_of(load.lines, demand.window_of(end_s))
            for timeline in timelines
            for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True)
            for drop, end_s in zip(trip.drops, ends_s, strict=True)
            for load in drop
        )


def _cost_fen(timelines: Sequence[Timeline]) -> int:
    return sum(timeline.cost_fen for timeline in timelines)
