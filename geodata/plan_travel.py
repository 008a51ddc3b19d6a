"""Travel for a plan: closures that hold only for a time are taken on the safe side.

A plan has one time for each pair of locations, whenever a truck departs. So a closure that holds
at some moment at which trucks of the plan may be on the road is in the figures throughout; one
that ended before the start is left out, and so is one that begins only when all are home. The
verifier looks at the hours of every single leg, see `relief.plan.verify_closures`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from geodata.roads import RoadNetwork
from geodata.rules import TravelRules
from geodata.travel import RoadTravel
from relief.plan.travel import Closure, Location, RoadPath, TravelTimes
from relief.sentences import Sentence, say
from relief.units import SHANGHAI

WAY_HOME = timedelta(days=5)
"""How long after the last window trucks may still be on their way home: at 8 h a day and 50 km/h
that is 2,000 km, farther than any depot lies."""


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
        self._begin, self._end = begin, end
        self._travel = RoadTravel(roads.during(begin, end + WAY_HOME), rules=rules)
        self._later = tuple(one for one in roads.closures if _is_later(one, end))

    def travel_times(self, locations: Sequence[Location]) -> TravelTimes:
        """Return times that hold whenever a truck of the plan departs."""
        return replace(self._travel.travel_times(locations), later_closures=self._later)

    def paths(self, legs: Sequence[tuple[Location, Location, str]]) -> tuple[RoadPath, ...]:
        """Return roads of legs, open whenever a truck of the plan drives them.

        Raises
        ------
        UnreachablePlace
            If a leg has no such road; all such legs are named.
        """
        return self._travel.paths(legs)

    def opening_times(self, locations: Sequence[Location]) -> dict[str, datetime]:
        """Return when locations that nobody reaches throughout can be reached from then on.

        Parameters
        ----------
        locations
            All of the plan.

        Returns
        -------
        dict[str, datetime]
            Under the codes of those that a closure's end within the plan joins to another location.
        """
        cut_off = set(self._travel.travel_times(locations).unreachable)
        ends = {one.until_at for one in self._roads.closures if one.until_at is not None}
        opening: dict[str, datetime] = {}
        for at in sorted(end for end in ends if self._begin < end < self._end):
            if len(opening) == len(cut_off):
                break
            left = self._roads.during(at, self._end + WAY_HOME)
            times = RoadTravel(left, rules=self._rules).travel_times(locations)
            for code in cut_off - set(times.unreachable):
                opening.setdefault(code, at)
        return opening


def _is_later(closure: Closure, end: datetime) -> bool:
    return closure.from_at is not None and closure.from_at >= end + WAY_HOME


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
