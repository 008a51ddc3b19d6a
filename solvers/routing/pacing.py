"""Pacing: trucks wait for a free place at a depot, and for a place to be able to take goods in.

The searches know nothing of these limits; what they have found is driven through once more, trip
by trip in the order in which loading begins, and waits are put in where a limit asks for them.
What would come after the last window, or to a place that can take in no more at all, stays behind.

Where a plan goes on, trips that have begun come before trips that were promised, and these before
new ones; of begun and promised trips nothing stays behind, however late it comes. Trucks that load
already take room, and what places have taken in is counted.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum
from heapq import heapify, heappop, heappush

from relief.plan.situation import Situation
from relief.supply.limits import DepotLimit
from relief.units import SHANGHAI
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet, Truck
from solvers.routing.timeline import PlannedTrip, TimedStop, Timeline

DAY_S = 86_400
HOUR_S = 3_600
MINUTE_S = 60
MOST_WAIT_S = 30 * DAY_S
"""Whoever would have to wait longer stays behind: no plan looks further."""
MOST_ADJUSTMENTS = 500
"""Waits that are put into one trip at most; each moves one stop on, so that few are needed."""


class Claim(IntEnum):
    """How strong the claim of a trip on bays and on room is; a smaller number goes first."""

    BEGUN = 0
    """Goods are on board."""
    PROMISED = 1
    """It is a waybill of the plan that goes on."""
    NEW = 2


class _Dock:
    """When the trucks load in one depot."""

    def __init__(self, limit: DepotLimit, midnight_s: int, since_s: int = 0) -> None:
        self._limit = limit
        self._midnight_s = midnight_s
        self._since_s = since_s
        self._taken: list[tuple[int, int]] = []
        self._loaded: list[tuple[int, int]] = []

    def free_from(self, begin_s: int, work_s: int, mass_g: int = 0) -> int:
        """Return the first instant from `begin_s` on at which a truck can load so much."""
        while True:
            free_s = self._room_from(begin_s, work_s)
            begin_s = self._staged_from(free_s, work_s, mass_g)
            if begin_s == free_s:
                return begin_s

    def _staged_from(self, begin_s: int, work_s: int, mass_g: int) -> int:
        """Return the first begin from which on the rate suffices for all that is loaded by then."""
        rate_g = self._limit.most_g_per_h
        if rate_g is None:
            return begin_s
        while True:
            end_s = begin_s + work_s
            wait_s = 0
            # What ends later than this one must still fit in as well.
            for instant_s in (end_s, *(e for e, _ in self._loaded if e > end_s)):
                total_g = mass_g + sum(grams for e, grams in self._loaded if e <= instant_s)
                over_g = total_g - rate_g * self._open_s(instant_s) // HOUR_S
                if over_g > 0:
                    short_s = -(-over_g * HOUR_S // rate_g)
                    wait_s = max(wait_s, short_s if instant_s == end_s else instant_s - end_s + 1)
            if not wait_s:
                return begin_s
            begin_s += wait_s
            if begin_s > MOST_WAIT_S:
                return begin_s

    def _open_s(self, until_s: int) -> int:
        """Return the seconds in which the depot is open until an instant."""
        total_s, midnight_s = 0, self._midnight_s
        while midnight_s < until_s:
            opens_s = midnight_s + self._limit.opens_min * MINUTE_S
            closes_s = midnight_s + self._limit.closes_min * MINUTE_S
            total_s += max(0, min(closes_s, until_s) - max(opens_s, self._since_s))
            midnight_s += DAY_S
        return total_s

    def _room_from(self, begin_s: int, work_s: int) -> int:
        """Return the first instant from `begin_s` on at which a bay is free in the hours."""
        begin_s = self._open_from(begin_s, work_s)
        while True:
            among = [(b, e) for b, e in self._taken if b < begin_s + work_s and e > begin_s]
            starts = [begin_s, *(b for b, _ in among if b > begin_s)]
            full = any(
                sum(b <= instant < e for b, e in among) >= self._limit.most_trucks
                for instant in starts
            )
            if not full:
                return begin_s
            # No earlier begin is possible before one of those in the way has left.
            begin_s = self._open_from(min(e for _, e in among), work_s)

    def take(self, begin_s: int, end_s: int, mass_g: int = 0) -> None:
        """Note that a truck loads so much; of one that loads already it is not known."""
        self._taken.append((begin_s, end_s))
        if mass_g:
            self._loaded.append((end_s, mass_g))

    def _open_from(self, begin_s: int, work_s: int) -> int:
        """Return the first instant from which a truck can load within the hours of one day."""
        if self._limit.is_always_open:
            return begin_s
        day, since_s = divmod(begin_s - self._midnight_s, DAY_S)
        opens_s = self._limit.opens_min * MINUTE_S
        if since_s < opens_s:
            since_s = opens_s
        elif since_s + work_s > self._limit.closes_min * MINUTE_S:
            day, since_s = day + 1, opens_s
        return self._midnight_s + day * DAY_S + since_s


class _Pace:
    """What is left of all limits while trips are driven through."""

    def __init__(self, situation: Situation, demand: Demand, fleet: Fleet) -> None:
        local = situation.start_at.astimezone(SHANGHAI)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        # Local midnight before the start, in seconds after the start: not above 0.
        midnight_s = -((local - midnight) // timedelta(seconds=1))
        index = {code: number for number, code in enumerate(fleet.location_codes)}
        self._fleet, self._window_end_s = fleet, demand.window_end_s
        self._docks = {
            index[limit.depot_code]: _Dock(
                limit,
                midnight_s,
                0 if situation.as_of is None else _after_s(situation, situation.as_of),
            )
            for limit in situation.depot_limits
        }
        for vehicle in situation.under_way:
            dock = self._docks.get(index.get(vehicle.location_code, -1))
            if vehicle.loading_since is not None and dock is not None:
                dock.take(
                    _after_s(situation, vehicle.loading_since),
                    _after_s(situation, vehicle.free_at),
                )
        for bay in situation.bays_taken:
            dock = self._docks.get(index.get(bay.depot_code, -1))
            if dock is not None:
                begin_s, end_s = (_after_s(situation, at) for at in (bay.begin_at, bay.end_at))
                dock.take(begin_s, end_s, bay.mass_g)
        begins_s = [0, *self._window_end_s[:-1]]
        spans_s = [end - begin for begin, end in zip(begins_s, self._window_end_s, strict=True)]
        self._left_g = [
            [limit.most_g(span_s) for span_s in spans_s] for limit in situation.receiving_limits
        ]
        for taken in situation.taken_in:
            for number, limit in enumerate(situation.receiving_limits):
                if limit.holds_at(taken.place_code):
                    left_g = self._left_g[number]
                    left_g[taken.window] = max(0, left_g[taken.window] - taken.mass_g)
        self._limits_of: dict[int, list[int]] = defaultdict(list)
        for place in situation.places:
            for number, limit in enumerate(situation.receiving_limits):
                if limit.holds_at(place.code):
                    self._limits_of[index[place.code]].append(number)

    def fitted(self, timeline: Timeline, trip: PlannedTrip, claim: Claim) -> PlannedTrip | None:
        """Return a trip with waits, and without what cannot be brought; None if nothing is left.

        Of a trip that is not new nothing is left out: it comes when the last window is over.
        """
        fit = replace(trip, not_before_s=(0,) * len(trip.locations))
        for _ in range(MOST_ADJUSTMENTS):
            stops = timeline.copy().drive(fit)
            if stops is None or not fit.drops:
                return None
            number, begin_s = self._first_conflict(fit, stops, claim)
            if number is None:
                return fit
            if begin_s is None and claim is Claim.NEW:
                fit = _without_drop(fit, number)
            else:
                waits = list(fit.not_before_s)
                waits[number] = self._window_end_s[-1] + 1 if begin_s is None else begin_s
                fit = replace(fit, not_before_s=tuple(waits))
        return None

    def book(self, trip: PlannedTrip, stops: Sequence[TimedStop]) -> None:
        """Take what a trip uses."""
        num_depots = len(trip.depots)
        for stop in stops[:num_depots]:
            if stop.location in self._docks:
                mass_g = _loaded_g(trip, stop.location)
                self._docks[stop.location].take(stop.begin_s, stop.end_s, mass_g)
        for drop, stop in zip(trip.drops, stops[num_depots:], strict=True):
            window = self._window_of(stop.end_s)
            if window is not None:
                for limit in self._limits_of[stop.location]:
                    self._left_g[limit][window] -= sum(load.mass_g for load in drop)

    def _first_conflict(
        self, trip: PlannedTrip, stops: Sequence[TimedStop], claim: Claim
    ) -> tuple[int | None, int | None]:
        """Return the first stop against a limit, and from when on it is not; None for never."""
        num_depots = len(trip.depots)
        left_g = [list(left) for left in self._left_g]
        for number, stop in enumerate(stops):
            work_s = stop.end_s - stop.begin_s
            if number < num_depots:
                dock = self._docks.get(stop.location)
                mass_g = _loaded_g(trip, stop.location)
                free_s = dock.free_from(stop.begin_s, work_s, mass_g) if dock else stop.begin_s
                if free_s > stop.begin_s:
                    return number, free_s
                continue
            mass_g = sum(load.mass_g for load in trip.drops[number - num_depots])
            limits = self._limits_of[stop.location]
            window = self._window_of(stop.end_s)
            if window is None:
                if claim is Claim.NEW:
                    return number, None
                continue
            if all(left_g[limit][window] >= mass_g for limit in limits):
                for limit in limits:
                    left_g[limit][window] -= mass_g
                continue
            later = [
                w
                for w in range(window + 1, len(self._window_end_s))
                if all(left_g[limit][w] >= mass_g for limit in limits)
            ]
            if not later:
                return number, None
            # Unloading ends one second into the window.
            return number, self._window_end_s[later[0] - 1] + 1 - work_s
        return None, None

    def _window_of(self, instant_s: int) -> int | None:
        return next((w for w, end_s in enumerate(self._window_end_s) if instant_s <= end_s), None)


def _loaded_g(trip: PlannedTrip, depot: int) -> int:
    """Return what a trip loads in a depot."""
    return sum(load.mass_g for load in trip.loads if load.depot == depot)


def _after_s(situation: Situation, instant: datetime) -> int:
    """Return the whole seconds from the start to an instant."""
    return (instant - situation.start_at) // timedelta(seconds=1)


def is_new(_: Truck, __: PlannedTrip) -> Claim:
    """Return the claim of a trip where no plan goes on."""
    return Claim.NEW


def paced(
    situation: Situation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    claim_of: Callable[[Truck, PlannedTrip], Claim] = is_new,
) -> list[Timeline]:
    """Return timelines that keep the limits of depots and places.

    Parameters
    ----------
    situation
        With the limits; without any, the timelines come back as they are.
    demand, fleet
        What is carried, by which trucks.
    timelines
        What the trucks would do if there were no limits.
    claim_of
        The claim of each trip, where a plan goes on.
    """
    if not situation.depot_limits and not situation.receiving_limits:
        return list(timelines)
    pace = _Pace(situation, demand, fleet)
    done = [Timeline(fleet, timeline.truck) for timeline in timelines]
    todo = [list(timeline.trips) for timeline in timelines]

    def turn(number: int) -> tuple[Claim, int, int]:
        trip = todo[number][0]
        return claim_of(done[number].truck, trip), _begin_s(done[number], trip), number

    queue = [turn(number) for number, trips in enumerate(todo) if trips]
    heapify(queue)
    while queue:
        claim, _, number = heappop(queue)
        timeline, trips = done[number], todo[number]
        trip = pace.fitted(timeline, trips.pop(0), claim)
        if trip is not None:
            stops = timeline.copy().drive(trip)
            if stops is not None and timeline.append(trip) is not None:
                pace.book(trip, stops)
        if trips:
            heappush(queue, turn(number))
    return done


def _begin_s(timeline: Timeline, trip: PlannedTrip) -> int:
    """Return when a trip would begin to load, were there no limits."""
    stops = timeline.copy().drive(trip)
    return stops[0].begin_s if stops else 0


def _without_drop(trip: PlannedTrip, stop: int) -> PlannedTrip:
    """Return a trip without one of its deliveries, and without depots that nothing is left from."""
    number = stop - len(trip.depots)
    drops = (*trip.drops[:number], *trip.drops[number + 1 :])
    used = {load.depot for drop in drops for load in drop}
    depots = tuple(depot for depot in trip.depots if depot in used)
    return PlannedTrip(depots=depots, drops=drops, not_before_s=(0,) * (len(depots) + len(drops)))
