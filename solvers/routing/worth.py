"""What an answer is worth: deprivation lost first, then cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from solvers.routing.backlog import AnyBacklog
from solvers.routing.demand import Demand
from solvers.routing.timeline import Timeline


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """What a set of timelines is worth; smaller is better, the first figure decides."""

    lost_milli_person_h: int
    cost_fen: int


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
