"""Travel for a plan: roads that are closed for a time are driven outside it, or gone round.

A plan has one way and one time for each pair of locations. A closure that holds at some moment at
which trucks of the plan may be on the road is in the figures throughout; one that ended before the
start is left out, and so is one that begins only when all are home. But where the way round takes
more than `WORTH_A_WAIT` longer than the way itself, or there is none, and the closure ends within
the plan, the pair keeps its way, with the hours in which no truck may be on it
(`TravelTimes.closed_spans`). The verifier looks at the hours of every single leg, see
`relief.plan.verify_closures`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES, TravelRules
from geodata.travel import RoadTravel
from relief.plan.travel import Closure, Location, RoadPath, TimeSpan, TravelTimes
from relief.sentences import Sentence, say
from relief.units import SHANGHAI

WAY_HOME = timedelta(days=5)
"""How long after the last window trucks may still be on their way home: at 8 h a day and 50 km/h
that is 2,000 km, farther than any depot lies."""


WORTH_A_WAIT = timedelta(hours=1)
"""A way round that takes no longer than this more is taken at any hour. Modelled."""


class PlanTravel:
    """Travel over a road network for a plan between two instants.

    Parameters
    ----------
    roads
        The network with its closures, timed and lasting.
    begin, end
        Start of the plan and end of its last window.
    rules
        As in `geodata.travel.RoadTravel`.
    """

    def __init__(
        self,
        roads: RoadNetwork,
        begin: datetime,
        end: datetime,
        *,
        rules: TravelRules | None = None,
    ) -> None:
        self._roads = roads
        self._rules = rules
        holding = roads.during(begin, end + WAY_HOME)
        self._travel = RoadTravel(holding, rules=rules)
        self._later = tuple(one for one in roads.closures if _is_later(one, end))
        self._timed = tuple(one for one in holding.closures if _ends_within(one, begin, end))
        self._lasting = tuple(one for one in holding.closures if one not in self._timed)
        self._without: dict[int, RoadTravel] = {0: self._travel}

    @property
    def at_any_hour(self) -> RoadTravel:
        """The travel over what is open throughout."""
        return self._travel

    def travel_times(self, locations: Sequence[Location]) -> TravelTimes:
        """Return times that hold whenever a truck departs that keeps off in the stated hours."""
        times = replace(self._travel.travel_times(locations), later_closures=self._later)
        opened = self._opened(locations)
        if not opened.any():
            return times
        duration_h, distance_km = times.duration_h.copy(), times.distance_km.copy()
        span_of = np.zeros(duration_h.shape, dtype=np.int64)
        spans = []
        for choice in np.unique(opened[opened > 0]).tolist():
            chosen = opened == choice
            other = self._less(choice).travel_times(locations)
            duration_h[chosen] = other.duration_h[chosen]
            distance_km[chosen] = other.distance_km[chosen]
            spans.append(_merged(one for k, one in enumerate(self._timed) if choice >> k & 1))
            span_of[chosen] = len(spans)
        others = duration_h + np.diag(np.full(len(locations), np.inf))
        alone = ~np.isfinite(others).any(axis=(0, 1))
        return replace(
            times,
            duration_h=duration_h,
            distance_km=distance_km,
            unreachable=tuple(locations[row].code for row in np.flatnonzero(alone).tolist()),
            closed_spans=tuple(spans),
            span_of=span_of,
        )

    def _opened(self, locations: Sequence[Location]) -> NDArray[np.int64]:
        """Return which timed closures the way of each pair leads through, a bit for each.

        0 where it is gone round at any hour. A closure is on the way if the pair takes longer with
        it alone; where several only together make a difference, all are taken to be.
        """
        closed_h = self._travel.travel_times(locations).duration_h
        opened = np.zeros(closed_h.shape, dtype=np.int64)
        if not self._timed:
            return opened
        everything = (1 << len(self._timed)) - 1
        open_h = self._less(everything).travel_times(locations).duration_h
        pays = closed_h > open_h + WORTH_A_WAIT / timedelta(hours=1)
        if not pays.any():
            return opened
        for number in range(len(self._timed)):
            alone = self._less(everything & ~(1 << number)).travel_times(locations)
            opened += np.where(alone.duration_h > open_h, 1 << number, 0)
        return np.where(pays, np.where(opened > 0, opened, everything), 0)

    def _less(self, choice: int) -> RoadTravel:
        """Return the travel without some of the timed closures, a bit for each."""
        if choice not in self._without:
            left = [one for k, one in enumerate(self._timed) if not choice >> k & 1]
            roads = self._roads.opened().closed([*self._lasting, *left])
            self._without[choice] = RoadTravel(roads, rules=self._rules)
        return self._without[choice]

    def paths(self, legs: Sequence[tuple[Location, Location, str]]) -> tuple[RoadPath, ...]:
        """Return roads of legs, open whenever a truck drives them that keeps off in their hours.

        Raises
        ------
        UnreachablePlace
            If a leg has no such road; all such legs are named.
        """
        if not self._timed:
            return self._travel.paths(legs)
        locations = tuple({one.code: one for leg in legs for one in leg[:2]}.values())
        row = {location.code: number for number, location in enumerate(locations)}
        opened = self._opened(locations)
        layer = {name: number for number, name in enumerate(SPEED_CLASSES)}
        by_choice: dict[int, list[int]] = {}
        for number, (start, end, speed) in enumerate(legs):
            choice = int(opened[layer[speed], row[start.code], row[end.code]])
            by_choice.setdefault(choice, []).append(number)
        found: dict[int, RoadPath] = {}
        for choice, numbers in sorted(by_choice.items()):
            paths = self._less(choice).paths([legs[number] for number in numbers])
            found |= dict(zip(numbers, paths, strict=True))
        return tuple(found[number] for number in range(len(legs)))

    def cut_off_for_a_time(self, locations: Sequence[Location]) -> frozenset[str]:
        """Return the codes of locations that nobody reaches but outside the hours of closures."""
        throughout = self._travel.travel_times(locations).unreachable
        return frozenset(throughout) - frozenset(self.travel_times(locations).unreachable)


def _is_later(closure: Closure, end: datetime) -> bool:
    return closure.from_at is not None and closure.from_at >= end + WAY_HOME


def _ends_within(closure: Closure, begin: datetime, end: datetime) -> bool:
    """Return whether a closed road opens again, and can be driven for a part of the plan."""
    return (
        closure.speed_share == 0.0
        and closure.until_at is not None
        and (closure.until_at < end or (closure.from_at is not None and closure.from_at > begin))
    )


def _merged(closures: Iterable[Closure]) -> tuple[TimeSpan, ...]:
    """Return when one of some closures holds, in order and without overlap."""
    spans: list[TimeSpan] = []
    ever = datetime.min.replace(tzinfo=UTC)
    for begin, end in sorted((one.from_at or ever, one.until_at or ever) for one in closures):
        if spans and begin <= spans[-1].end:
            spans[-1] = TimeSpan(begin=spans[-1].begin, end=max(spans[-1].end, end))
        else:
            spans.append(TimeSpan(begin=begin, end=end))
    return tuple(spans)


def told_how_timed(closure: Closure, begin: datetime, end: datetime) -> Sentence | None:
    """Return how a plan takes a closure that holds only for a time, None for a lasting one.

    Parameters
    ----------
    closure
        The closure.
    begin, end
        Start of the plan and end of its last window.
    """
    gaps = {"road": closure.name, "times": closure_hours(closure)}
    if closure.until_at is not None and closure.until_at <= begin:
        return say("{road} ({times}) had ended before the plan starts: not in the plan.", **gaps)
    if _is_later(closure, end):
        return say("{road} ({times}) begins when all trucks are home: not in the plan.", **gaps)
    if closure.until_at is None and (closure.from_at is None or closure.from_at <= begin):
        return None
    if _ends_within(closure, begin, end):
        return say(
            "{road} holds only for a time ({times}): trucks drive there outside it, or go round "
            "where that takes no more than {most} h longer.",
            most=f"{WORTH_A_WAIT / timedelta(hours=1):g}",
            **gaps,
        )
    return say(
        "{road} holds only for a time ({times}); the plan counts it from beginning to end, so that "
        "no truck is caught by it.",
        **gaps,
    )


def closure_hours(closure: Closure) -> str:
    """Return when a closure holds, by a clock in Hubei; empty for always.

    Examples
    --------
    >>> from datetime import UTC
    >>> from relief.plan.travel import ClosureKind
    >>> closure = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((1, 2),),
    ...                   until_at=datetime(2016, 7, 6, 0, 0, tzinfo=UTC))
    >>> closure_hours(closure)
    '... - 2016-07-06 08:00'
    """
    ends = (closure.from_at, closure.until_at)
    if ends == (None, None):
        return ""
    begin, end = (
        "..." if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for at in ends
    )
    return f"{begin} - {end}"
