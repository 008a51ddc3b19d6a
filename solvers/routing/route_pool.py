"""The best whole stints out of the pool that the bound of a depot is proven with.

Column generation leaves a pool of stints for each depot: those of the plan, and all that were worth
their price on the way to the bound. Each is driven by the exact rules; of those that bring nothing
later than the plan, an integer programme chooses some so that all is brought, by weight and by
volume, and the cost is least. A second one puts pieces on the trips, in whole packs. What comes out
is taken over only if nothing more is lost and it costs less.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import islice, permutations

import numpy as np

from relief.plan.outcome import Clock, SolveLimits
from relief.plan.situation import Situation
from solvers.routing.backlog import Backlog
from solvers.routing.construction import Construction
from solvers.routing.demand import Demand, Lines, Load
from solvers.routing.depot_bound_cases import DepotWork, PlanCutter
from solvers.routing.depot_bound_search import ENOUGH_SHARE, DepotSearch
from solvers.routing.fleet import Fleet
from solvers.routing.route_pool_choice import Pattern, cheapest_patterns, patterns_of
from solvers.routing.route_pool_filling import TripRoom, filled_trips
from solvers.routing.schedule import vehicle_routes
from solvers.routing.timeline import PlannedTrip, Timeline
from solvers.routing.worth import worth

MOST_LABELS = 20_000
"""So many are priced in a tenth of a second; where that is too few, the stints found so far are
the pool."""
MOST_NODES, MOST_COUNTED_NODES = 30, 8
"""A depot with more deliveries than this takes too long for what it saves; with more than the
second where rounds are counted instead of seconds."""
DEPOT_SECONDS = (0.3, 0.3, 1.0, 0.3, 3.0, 0.3)
"""Most seconds for a depot, time after time: those in vain before only come again where others have
changed what trucks come by, or with more seconds where these were too few."""
IN_TIME_SHARE = 0.8
"""A depot that took less of its seconds than this has had enough of them."""
CHOOSING_SHARE = 0.5
"""Of a depot's seconds, the integer programmes get this share."""
LEAST_CHOOSING_S = 0.05
SPARE_SHARES = (0.0, 0.01, 0.04)
"""Shares of each truck that are left free, tried in turn where whole packs do not fill them."""
MOST_ORDERS = 24
"""Orders of the trips of a stint that are driven to find one that is in time."""


@dataclass(frozen=True, slots=True)
class _Used:
    """A truck that is used, and its trips."""

    slot: int
    timeline: int
    trips: tuple[tuple[int, ...], ...]


class RoutePool:
    """Betters the trips of single depots, all else staying as it is.

    Parameters
    ----------
    situation, demand, fleet
        What is to be carried, and by which trucks.
    timelines
        What the trucks do; changed in place.
    """

    def __init__(
        self, situation: Situation, demand: Demand, fleet: Fleet, timelines: list[Timeline]
    ) -> None:
        self._situation = situation
        self._demand = demand
        self._fleet = fleet
        self._timelines = timelines
        self._cutter = PlanCutter(situation)
        self._index = situation.travel.index()
        self._row_of = {one.truck.code: row for row, one in enumerate(timelines)}
        self._tried: dict[str, tuple[object, float]] = {}
        self.num_bettered = 0

    def run(
        self,
        until_s: float,
        clock: Clock = time.monotonic,
        pause: Callable[[], None] = lambda: None,
        *,
        most_rounds: int | None = None,
    ) -> None:
        """Better depot after depot, the smallest first, time after time.

        Parameters
        ----------
        until_s
            What the clock shows at the end.
        clock
            Measures the time.
        pause
            Called before each depot; may raise to stop.
        most_rounds
            Rounds of pricing for a depot; with it the clock only ends what hangs, so that the
            answer is the same on every machine.
        """
        routes = vehicle_routes(self._situation, self._demand, self._fleet, self._timelines)
        most_nodes = MOST_NODES if most_rounds is None else MOST_COUNTED_NODES
        works = [work for work in self._cutter.shares(routes).works if work.num_nodes <= most_nodes]
        works.sort(key=lambda work: (work.num_nodes, work.depot_code))
        for most_s in DEPOT_SECONDS if most_rounds is None else (np.inf,):
            for work in works:
                seconds = min(most_s, until_s - clock())
                if seconds <= 0:
                    return
                pause()
                limits = SolveLimits(seconds=seconds, max_iterations=most_rounds)
                self.better(work.depot_code, limits, clock)

    def better(self, depot_code: str, limits: SolveLimits, clock: Clock = time.monotonic) -> bool:
        """Better the trips of one depot, if anything is driven from it alone.

        Parameters
        ----------
        depot_code
            The depot.
        limits
            Seconds, or rounds of pricing.
        clock
            Measures the time.

        Returns
        -------
        bool
            Whether they are better now.
        """
        # What was bettered before may have changed who comes by, and when.
        work = self._work(depot_code)
        if work is None:
            return False
        state = (work.slots, work.trips, work.cost_fen)
        tried_state, tried_s = self._tried.get(depot_code, (None, 0.0))
        if tried_state == state and tried_s >= limits.seconds:
            return False
        began_s = clock()
        if self._better(work, limits, clock):
            return True
        is_cut_short = clock() - began_s > IN_TIME_SHARE * limits.seconds
        self._tried[depot_code] = (state, limits.seconds if is_cut_short else np.inf)
        return False

    def _work(self, depot_code: str) -> DepotWork | None:
        depot = self._index[depot_code]
        here = [
            one for one in self._timelines if any(trip.depots == (depot,) for trip in one.trips)
        ]
        busy = {one.truck.code for one in self._timelines if one.trips}
        routes = vehicle_routes(self._situation, self._demand, self._fleet, here)
        return self._cutter.work(depot_code, routes, busy)

    def _better(self, work: DepotWork, limits: SolveLimits, clock: Clock) -> bool:
        began_s = clock()
        share = CHOOSING_SHARE if limits.max_iterations is None else 0.0
        seconds = (1 - share) * limits.seconds
        search = DepotSearch(
            work, replace(limits, seconds=seconds), clock=clock, most_labels=MOST_LABELS
        )
        search.run()
        if search.bound >= work.cost_fen * (1 - ENOUGH_SHARE):
            return False
        master = search.master
        num_planned = len({trip.slot for trip in work.trips if trip.nodes})
        patterns = patterns_of(master.columns, master.reduced_fen, num_planned)
        patterns = self._in_time(work, patterns)
        for spare_share in SPARE_SHARES:
            left_s = limits.seconds - (clock() - began_s)
            if left_s <= 0 and spare_share:
                break
            left_s = max(left_s, LEAST_CHOOSING_S)
            chosen = cheapest_patterns(work, master, patterns, left_s, spare_share=spare_share)
            if chosen is None:
                break
            if self._takes_over(work, chosen, left_s):
                return True
        return False

    def _takes_over(self, work: DepotWork, chosen: Sequence[Pattern], seconds: float) -> bool:
        """Drive patterns if that is better; return whether it is."""
        used = self._used(work, chosen)
        changed = None if used is None else self._driven(work, used, seconds)
        if changed is None:
            return False
        nothing = Backlog(self._demand, ())
        old = worth(self._demand, [self._timelines[row] for row in changed], nothing)
        if worth(self._demand, changed.values(), nothing) >= old:
            return False
        self.num_bettered += 1
        for row, timeline in changed.items():
            self._timelines[row] = timeline
        return True

    def _in_time(self, work: DepotWork, patterns: Sequence[Pattern]) -> list[Pattern]:
        """Return patterns that bring nothing later than it is due, trips in another order if so."""
        found: dict[Pattern, None] = {}
        for pattern in patterns:
            for trips in islice(permutations(pattern.trips), MOST_ORDERS):
                ordered = replace(pattern, trips=trips)
                if ordered in found or self._is_in_time(work, ordered):
                    found[ordered] = None
                    break
        return list(found)

    def _is_in_time(self, work: DepotWork, pattern: Pattern) -> bool:
        row = self._timeline_of(work, pattern.slot, set())
        if row is None:
            return False
        slot = work.slots[pattern.slot]
        old = self._timelines[row]
        timeline = Timeline(self._fleet, old.truck)
        for trip in old.trips[: slot.first_trip]:
            timeline.append(trip)
        depot = self._index[work.depot_code]
        for way in pattern.trips:
            drops: list[Load] = []
            due_s: list[int] = []
            for node in way:
                place = self._place(work, node)
                deadline_s = int(work.deadlines_s[work.node_window[node]])
                if drops and drops[-1].place == place:
                    due_s[-1] = min(due_s[-1], deadline_s)
                else:
                    drops.append(self._demand.load(depot, place, ()))
                    due_s.append(deadline_s)
            trip = PlannedTrip(depots=(depot,), drops=tuple((load,) for load in drops))
            ends_s = timeline.append(trip)
            if ends_s is None or any(end > due for end, due in zip(ends_s, due_s, strict=True)):
                return False
        first = slot.first_trip + slot.num_trips
        for trip, before_s in zip(old.trips[first:], old.drop_ends_s[first:], strict=True):
            ends_s = timeline.append(trip)
            if ends_s is None or any(
                self._window(end) > self._window(before)
                for end, before in zip(ends_s, before_s, strict=True)
            ):
                return False
        return True

    def _window(self, end_s: int) -> int:
        window = self._demand.window_of(end_s)
        return len(self._demand.window_end_s) if window is None else window

    def _place(self, work: DepotWork, node: int) -> int:
        return self._index[work.place_codes[int(work.node_place[node]) - 1]]

    def _used(self, work: DepotWork, chosen: Sequence[Pattern]) -> list[_Used] | None:
        """Return the trucks with their trips, None if there is none for some stint."""
        used: list[_Used] = []
        taken: set[int] = set()
        for pattern in chosen:
            row = self._timeline_of(work, pattern.slot, taken)
            if row is None:
                return None
            taken.add(row)
            used.append(_Used(pattern.slot, row, pattern.trips))
        return used

    def _timeline_of(self, work: DepotWork, slot: int, taken: AbstractSet[int]) -> int | None:
        """Return the timeline of a slot's truck, for idle ones of one that is still free."""
        one = work.slots[slot]
        if one.vehicle_code:
            return self._row_of[one.vehicle_code]
        depot = self._index[work.depot_code]
        for row, timeline in enumerate(self._timelines):
            truck = timeline.truck
            if (
                not timeline.trips
                and row not in taken
                and truck.base == depot
                and truck.start is None
                and truck.num_drivers == one.num_drivers
                and truck.ready_s == one.from_s
                and self._fleet.classes[truck.kind].code == work.class_codes[one.kind]
            ):
                return row
        return None

    def _driven(
        self, work: DepotWork, used: Sequence[_Used], seconds: float
    ) -> dict[int, Timeline] | None:
        """Return the timelines that change, None if not all is brought or a road is missing."""
        lines = self._lines(work)
        classes = {one.code: one for one in self._fleet.classes}
        rooms = [
            TripRoom(
                vehicle_class=classes[work.class_codes[work.slots[truck.slot].kind]], nodes=way
            )
            for truck in used
            for way in truck.trips
        ]
        filled = filled_trips(self._demand, lines, rooms, seconds)
        if filled is None:
            return None
        left = {node: dict(of_node) for node, of_node in lines.items()}
        fillings = iter(filled)
        trips: dict[tuple[int, int], list[PlannedTrip]] = {}
        for truck in used:
            own = []
            for way in truck.trips:
                taken = next(fillings)
                if taken:
                    own.append(self._loaded(work, way, taken))
                for node, taken_lines in taken.items():
                    for number, pieces in taken_lines:
                        left[node][number] -= pieces
            trips[truck.timeline, work.slots[truck.slot].first_trip] = own
        changed: dict[int, Timeline] = {}
        rows = {self._row_of[slot.vehicle_code] for slot in work.slots if slot.vehicle_code}
        for row in sorted({*rows, *(truck.timeline for truck in used)}):
            timeline = Timeline(self._fleet, self._timelines[row].truck)
            for trip in self._trips(work, row, trips):
                if timeline.append(trip) is None:
                    return None
            changed[row] = timeline
        missing = Backlog(self._demand, [line for rest in left.values() for line in rest.items()])
        if missing.orders:
            timelines = list(changed.values())
            Construction(self._demand, self._fleet, timelines, missing).run()
            changed = dict(zip(changed, timelines, strict=True))
        return None if missing.orders else changed

    def _loaded(
        self, work: DepotWork, way: Sequence[int], taken: Mapping[int, Lines]
    ) -> PlannedTrip:
        """Return a trip with what it brings."""
        depot = self._index[work.depot_code]
        drops: list[Load] = []
        for node in way:
            if node not in taken:
                continue
            place, lines = self._place(work, node), taken[node]
            if drops and drops[-1].place == place:
                pieces_of: dict[int, int] = defaultdict(int)
                for number, pieces in (*drops.pop().lines, *lines):
                    pieces_of[number] += pieces
                lines = tuple(pieces_of.items())
            drops.append(self._demand.load(depot, place, lines))
        return PlannedTrip(depots=(depot,), drops=tuple((load,) for load in drops))

    def _trips(
        self, work: DepotWork, row: int, new: Mapping[tuple[int, int], list[PlannedTrip]]
    ) -> list[PlannedTrip]:
        """Return all trips of a truck, those of its stints at the depot being the new ones."""
        old = self._timelines[row]
        stints = {
            slot.first_trip: slot.num_trips
            for slot in work.slots
            if slot.vehicle_code == old.truck.code
        }
        if not stints:
            return list(new[row, 0])
        found: list[PlannedTrip] = []
        number = 0
        while number < len(old.trips):
            if number in stints:
                found += new.get((row, number), [])
                number += stints[number]
            else:
                found.append(old.trips[number])
                number += 1
        return found

    def _lines(self, work: DepotWork) -> dict[int, dict[int, int]]:
        """Return the portions and pieces of each delivery."""
        node_of = {
            (self._index[work.place_codes[place - 1]], window): node
            for node, (place, window) in enumerate(
                zip(work.node_place.tolist(), work.node_window.tolist(), strict=True)
            )
        }
        lines: dict[int, dict[int, int]] = {node: {} for node in range(work.num_nodes)}
        for slot in work.slots:
            if not slot.vehicle_code:
                continue
            timeline = self._timelines[self._row_of[slot.vehicle_code]]
            stint = slice(slot.first_trip, slot.first_trip + slot.num_trips)
            for trip, ends_s in zip(
                timeline.trips[stint], timeline.drop_ends_s[stint], strict=True
            ):
                for drop, end_s in zip(trip.drops, ends_s, strict=True):
                    window = self._demand.window_of(end_s)
                    late = len(self._demand.window_end_s)
                    of_node = lines[node_of[drop[0].place, late if window is None else window]]
                    for load in drop:
                        for number, pieces in load.lines:
                            of_node[number] = of_node.get(number, 0) + pieces
        return lines
