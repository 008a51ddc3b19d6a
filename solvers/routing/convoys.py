"""Convoys: trucks wait at their depot for others, where the policy lets nobody drive alone.

The searches know nothing of convoys. What they have found is driven through once more, and the
trucks that leave a depot for one area (a county or township of the policy) are put together in the
order in which they could leave: until as many make a convoy, each waits for the next one, if that
is not too long. A truck waits once it has loaded. What then would come after the last window stays
behind, unless it is under way or was promised.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from relief.plan.situation import Situation
from relief.supply.fleet import Mode
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet, Truck
from solvers.routing.pacing import Claim, is_new, paced
from solvers.routing.timeline import PlannedTrip, Timeline

MOST_DELAYS = 20
"""How often a convoy is put off because one of its trucks cannot leave when the others could."""
MOST_TURNS = 10
"""How often waits for convoys and for depots and places are put in in turn."""
MOST_ROUNDS = 200
"""How often all convoys are put together anew."""

SECOND = timedelta(seconds=1)
Stream = tuple[int, str]
"""Location index of a depot, and the area to which convoys go from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaving:
    """A truck leaves a depot for an area of convoys."""

    depart_s: int
    truck: int
    trip: int
    stream: Stream


def waiting(
    situation: Situation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    claim_of: Callable[[Truck, PlannedTrip], Claim] = is_new,
) -> list[Timeline]:
    """Return timelines that wait for depots, places and convoys.

    Parameters
    ----------
    situation
        With the limits and the policy; without any, the timelines come back as they are.
    demand, fleet
        What is carried, by which trucks.
    timelines
        What the trucks would do if they had to wait for nothing.
    claim_of
        The claim of each trip, where a plan goes on.
    """
    left = list(timelines)
    for _ in range(MOST_TURNS):
        left = paced(situation, demand, fleet, left, claim_of)
        together = in_convoy(situation, demand, fleet, left, claim_of)
        if [one.drop_ends_s for one in together] == [one.drop_ends_s for one in left]:
            return together
        left = together
    left = _without_convoys(situation, fleet, left, claim_of)
    return paced(situation, demand, fleet, left, claim_of)


def in_convoy(
    situation: Situation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    claim_of: Callable[[Truck, PlannedTrip], Claim] = is_new,
) -> list[Timeline]:
    """Return timelines whose trucks leave together where the policy asks for it.

    Parameters
    ----------
    situation
        With the policy; without areas of convoys, the timelines come back as they are.
    demand, fleet
        What is carried, by which trucks.
    timelines
        What the trucks would do alone.
    claim_of
        The claim of each trip, where a plan goes on.
    """
    if not situation.policy.convoy.place_codes:
        return list(timelines)
    left = list(timelines)
    for _ in range(MOST_ROUNDS):
        gathering = _Gathering(situation, fleet, left)
        gathered = gathering.run()
        kept = [_kept(demand, fleet, timeline, claim_of) for timeline in gathered]
        is_whole = all(
            len(one.trips) == len(other.trips) for one, other in zip(kept, gathered, strict=True)
        )
        if not is_whole:
            left = kept
        elif gathering.wait_longer():
            left = gathering.timelines
        else:
            return gathered
    return _without_convoys(situation, fleet, left, claim_of)


def _without_convoys(
    situation: Situation,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    claim_of: Callable[[Truck, PlannedTrip], Claim],
) -> list[Timeline]:
    """Return timelines without new trips to areas of convoys: better none than some alone."""
    areas = [bool(situation.policy.convoy.area_of(code)) for code in fleet.location_codes]
    left = []
    for timeline in timelines:
        anew = Timeline(fleet, timeline.truck)
        for trip in timeline.trips:
            if not areas[trip.drops[0][0].place] or claim_of(timeline.truck, trip) is not Claim.NEW:
                anew.append(trip)
        left.append(anew)
    return left


def _kept(
    demand: Demand,
    fleet: Fleet,
    timeline: Timeline,
    claim_of: Callable[[Truck, PlannedTrip], Claim],
) -> Timeline:
    """Return a timeline without new trips that come after the last window."""
    anew = Timeline(fleet, timeline.truck)
    for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
        late = any(demand.window_of(end_s) is None for end_s in ends_s)
        if not (late and claim_of(timeline.truck, trip) is Claim.NEW):
            anew.append(trip)
    return anew


class _Gathering:
    """Puts the trucks of timelines together, convoy by convoy in order of time; in place."""

    def __init__(self, situation: Situation, fleet: Fleet, timelines: Sequence[Timeline]) -> None:
        self._fleet = fleet
        rule = situation.policy.convoy
        self._least_trucks = rule.least_trucks
        self._within_s = rule.within // SECOND
        self._wait_s = rule.wait // SECOND
        self._area_of = [situation.policy.convoy.area_of(code) for code in fleet.location_codes]
        depots = {depot.code for depot in situation.depots}
        self._is_depot = [code in depots for code in fleet.location_codes]
        self.timelines = list(timelines)
        self._leavings = [
            list(self._leavings_of(timeline, number))
            for number, timeline in enumerate(self.timelines)
        ]
        self._settled: set[tuple[int, int]] = set()

    def run(self) -> list[Timeline]:
        """Return the timelines with their waits."""
        while (convoy := self._next()) is not None:
            self._settled |= {(one.truck, one.trip) for one in convoy}
            self._put_off(convoy)
        return list(self.timelines)

    def _next(self) -> list[_Leaving] | None:
        """Return the trucks of the convoy that can leave first, None where all have one."""
        streams: dict[Stream, list[_Leaving]] = defaultdict(list)
        for of_truck in self._leavings:
            # Only the first trip that has no convoy yet: what comes after it depends on it.
            first = next((x for x in of_truck if (x.truck, x.trip) not in self._settled), None)
            if first is not None:
                streams[first.stream].append(first)
        convoys = [self._first_convoy(streams[stream]) for stream in sorted(streams)]
        return min(
            convoys, key=lambda convoy: (convoy[-1].depart_s, convoy[0].stream), default=None
        )

    def _first_convoy(self, leavings: Sequence[_Leaving]) -> list[_Leaving]:
        """Return those of a stream that leave together first."""
        ready = sorted(leavings, key=lambda one: (one.depart_s, one.truck))
        convoy = ready[:1]
        for one in ready[1:]:
            is_large = len(convoy) >= self._least_trucks
            patience_s = self._within_s if is_large else self._wait_s
            if one.depart_s - convoy[-1].depart_s > patience_s:
                break
            convoy.append(one)
        return convoy

    def wait_longer(self) -> bool:
        """Put off a convoy that is too small though others leave soon; return whether one was."""
        streams: dict[Stream, list[_Leaving]] = defaultdict(list)
        for of_truck in self._leavings:
            for one in of_truck:
                streams[one.stream].append(one)
        for stream in sorted(streams):
            left = sorted(streams[stream], key=lambda one: (one.depart_s, one.truck))
            while left:
                first_s = left[0].depart_s
                convoy = [one for one in left if one.depart_s - first_s <= self._within_s]
                left = left[len(convoy) :]
                trucks = {one.truck for one in convoy}
                until_s = convoy[-1].depart_s + self._wait_s
                others = [x for x in left if x.depart_s <= until_s and x.truck not in trucks]
                if others and len(trucks) < self._least_trucks:
                    self._wait_for(convoy, others[0].depart_s)
                    return True
        return False

    def _wait_for(self, convoy: Sequence[_Leaving], leave_s: int) -> None:
        for one in convoy:
            self.timelines[one.truck] = self._leaving_at(one, leave_s)

    def _put_off(self, convoy: Sequence[_Leaving]) -> None:
        """Let all trucks of a convoy leave at the first instant at which all can."""
        leave_s = max(one.depart_s for one in convoy)
        for _ in range(MOST_DELAYS):
            departs_s = []
            for one in convoy:
                self.timelines[one.truck] = self._leaving_at(one, leave_s)
                found = list(self._leavings_of(self.timelines[one.truck], one.truck))
                self._leavings[one.truck] = found
                departs_s.append(next(x.depart_s for x in found if x.trip == one.trip))
            if len(set(departs_s)) == 1:
                return
            leave_s = max(departs_s)

    def _leaving_at(self, one: _Leaving, leave_s: int) -> Timeline:
        timeline = self.timelines[one.truck]
        anew = Timeline(self._fleet, timeline.truck)
        for number, trip in enumerate(timeline.trips):
            anew.append(replace(trip, leave_s=leave_s) if number == one.trip else trip)
        return anew

    def _leavings_of(self, timeline: Timeline, truck: int) -> Iterator[_Leaving]:
        """Yield the trips of a truck that begin at a depot and lead into an area of convoys."""
        if self._fleet.classes[timeline.truck.kind].mode is not Mode.ROAD:
            return
        drive = Timeline(self._fleet, timeline.truck)
        for number, trip in enumerate(timeline.trips):
            stops = drive.drive(trip)
            if stops is None:
                return
            first = stops[len(trip.depots)]
            area = self._area_of[first.location]
            if area and self._is_depot[first.origin] and first.drive_s:
                yield _Leaving(
                    depart_s=first.depart_s,
                    truck=truck,
                    trip=number,
                    stream=(first.origin, area),
                )
