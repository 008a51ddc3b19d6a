"""What an answer is worth: deprivation lost first, then cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from solvers.routing.backlog import AnyBacklog
from solvers.routing.demand import Demand
from solvers.routing.timeline import Timeline


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """What a set of timelines is worth; smaller is better, the first figure decides."""

    lost_milli_person_h: int
    cost_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What people go without.

    Parameters
    ----------
    lost_milli_person_h
        Weighted thousandths of person-hours of deprivation.
    waiting
        Weighted thousandths of people who are not served within the horizon, added over needs.
    """

    lost_milli_person_h: int
    waiting: int

    def __add__(self, other: Self) -> "Service":
        """Return what both go without together."""
        return Service(
            lost_milli_person_h=self.lost_milli_person_h + other.lost_milli_person_h,
            waiting=self.waiting + other.waiting,
        )

    def __sub__(self, other: Self) -> "Service":
        """Return how much more this is."""
        return Service(
            lost_milli_person_h=self.lost_milli_person_h - other.lost_milli_person_h,
            waiting=self.waiting - other.waiting,
        )

    def share(self, part: int, whole: int) -> "Service":
        """Return so many parts of so many, rounded down."""
        return Service(
            lost_milli_person_h=self.lost_milli_person_h * part // whole,
            waiting=self.waiting * part // whole,
        )

    def is_within(self, enough: Self) -> bool:
        """Return whether nothing of it is worse."""
        return (
            self.lost_milli_person_h <= enough.lost_milli_person_h
            and self.waiting <= enough.waiting
        )


def worth(demand: Demand, timelines: Iterable[Timeline], unserved: AnyBacklog) -> Worth:
    """Return what timelines and what they leave are worth."""
    lost = unserved.cost()
    cost_fen = 0
    for timeline in timelines:
        cost_fen += timeline.cost_fen
        for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
            for drop, end_s in zip(trip.drops, ends_s, strict=True):
                window = demand.window_of(end_s)
                lost += sum(demand.cost_of(load.lines, window) for load in drop)
    return Worth(lost, cost_fen)
