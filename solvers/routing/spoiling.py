"""Leaving behind what would not be good any more when it arrives."""

from collections.abc import Sequence

from solvers.routing.demand import Demand, Load
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip, Timeline


def unspoilt(demand: Demand, fleet: Fleet, timelines: Sequence[Timeline]) -> list[Timeline]:
    """Return timelines without the pieces that arrive after their last good window.

    A truck that unloads less is at its later stops no later than before, so what is left behind
    spoils nothing else.
    """
    if all(portion.last_window is None for portion in demand.portions):
        return list(timelines)
    return [_unspoilt(demand, fleet, timeline) for timeline in timelines]


def _unspoilt(demand: Demand, fleet: Fleet, timeline: Timeline) -> Timeline:
    trips = tuple(
        _kept(demand, trip, ends_s)
        for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True)
    )
    if trips == timeline.trips:
        return timeline
    anew = Timeline(fleet, timeline.truck)
    for trip in trips:
        if trip.drops:
            anew.append(trip)
    return _unspoilt(demand, fleet, anew)


def _kept(demand: Demand, trip: PlannedTrip, ends_s: Sequence[int]) -> PlannedTrip:
    """Return a trip with the pieces that are good when they arrive."""
    drops: list[tuple[Load, ...]] = []
    for drop, end_s in zip(trip.drops, ends_s, strict=True):
        window = demand.window_of(end_s)
        loads = []
        for load in drop:
            lines = tuple(
                (number, pieces)
                for number, pieces in load.lines
                if _is_good(demand.portions[number].last_window, window)
            )
            if lines == load.lines:
                loads.append(load)
            elif lines:
                loads.append(demand.load(load.depot, load.place, lines))
        if loads:
            drops.append(tuple(loads))
    if tuple(drops) == trip.drops:
        return trip
    used = {load.depot for drop in drops for load in drop}
    return PlannedTrip(
        depots=tuple(depot for depot in trip.depots if depot in used), drops=tuple(drops)
    )


def _is_good(last_window: int | None, window: int | None) -> bool:
    return last_window is None or (window is not None and window <= last_window)
