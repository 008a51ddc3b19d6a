"""The best whole trips out of the pool that the bound of a depot was proven with.

Column generation leaves a pool of trips for each depot: those of the plan, and all that were worth
their price on the way to the bound. An integer programme chooses whole trips among them so that
all is brought, trucks and their hours suffice, and the cost is least (a set partitioning over the
pool, with rows for the fleet). What comes out is driven by the exact rules of duty, loaded by
weight and volume, and taken over only if nothing more is lost and it costs less.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise

from relief.plan.outcome import Clock, SolveLimits
from relief.plan.situation import Situation
from solvers.routing.backlog import Backlog
from solvers.routing.cargo import ANYTHING
from solvers.routing.construction import Construction
from solvers.routing.demand import Demand, Lines, Load
from solvers.routing.depot_bound import ENOUGH_SHARE, DepotSearch
from solvers.routing.depot_bound_cases import DepotWork, PlanCutter
from solvers.routing.depot_bound_ends import RETURNS
from solvers.routing.depot_bound_trips import TripColumn
from solvers.routing.fleet import Fleet
from solvers.routing.schedule import vehicle_routes
from solvers.routing.timeline import PlannedTrip, Timeline
from solvers.routing.worth import worth

MOST_LABELS = 8_000
"""So many are priced in a few hundredths of a second; where that is too few, the trips found so
far are the pool."""
MOST_NODES, MOST_COUNTED_NODES = 20, 8
"""A depot with more deliveries than this takes too long for what it saves; with more than the
second where rounds are counted instead of seconds."""
MOST_DEPOT_S = 1.0
CHOOSING_SHARE = 0.5
"""Of a depot's seconds, the programme of whole trips gets this share."""


@dataclass(slots=True)
class _Used:
    """A truck that is used, and the trips chosen for it."""

    slot: int
    kind: int
    timeline: int
    columns: list[TripColumn]
    busy_s: float


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
        self.num_bettered = 0

    def run(
        self,
        until_s: float,
        clock: Clock = time.monotonic,
        pause: Callable[[], None] = lambda: None,
        *,
        most_rounds: int | None = None,
    ) -> None:
        """Better depot after depot, the smallest first.

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
        for first in sorted(works, key=lambda work: (work.num_nodes, work.depot_code)):
            seconds = until_s - clock()
            if seconds <= 0:
                return
            if most_rounds is None:
                seconds = min(MOST_DEPOT_S, seconds)
            pause()
            # What was bettered before may have changed who comes by, and when.
            work = self._work(first.depot_code)
            if work is not None:
                limits = SolveLimits(seconds=seconds, max_iterations=most_rounds)
                self._better(work, limits, clock)

    def _work(self, depot_code: str) -> DepotWork | None:
        depot = self._index[depot_code]
        here = [
            one for one in self._timelines if any(trip.depots == (depot,) for trip in one.trips)
        ]
        busy = {one.truck.code for one in self._timelines if one.trips}
        routes = vehicle_routes(self._situation, self._demand, self._fleet, here)
        return self._cutter.work(depot_code, routes, busy)

    def _better(self, work: DepotWork, limits: SolveLimits, clock: Clock) -> None:
        began_s = clock()
        share = CHOOSING_SHARE if limits.max_iterations is None else 0.0
        seconds = (1 - share) * limits.seconds
        search = DepotSearch(
            work, replace(limits, seconds=seconds), clock=clock, most_labels=MOST_LABELS
        )
        search.generate()
        if search.bound >= work.cost_fen * (1 - ENOUGH_SHARE):
            return
        left_s = limits.seconds - (clock() - began_s)
        chosen = search.master.whole(max(left_s, 0.05))
        if chosen is None or sum(
            number * search.master.cost_fen(column) for column, number in chosen
        ) + search.master.passing_fen >= work.cost_fen * (1 - ENOUGH_SHARE):
            return
        used = self._used(work, chosen)
        if used is None:
            return
        nothing = Backlog(self._demand, ())
        for soonest_first in (False, True):
            for truck in used if soonest_first else ():
                truck.columns.sort(key=lambda column: _due(work, column))
            changed = self._driven(work, used)
            if changed is None:
                continue
            old = worth(self._demand, [self._timelines[row] for row in changed], nothing)
            if worth(self._demand, changed.values(), nothing) < old:
                self.num_bettered += 1
                for row, timeline in changed.items():
                    self._timelines[row] = timeline
                return

    def _used(
        self, work: DepotWork, chosen: Sequence[tuple[TripColumn, int]]
    ) -> list[_Used] | None:
        """Return the trucks with their trips, None if there is none for some trip."""
        used: list[_Used] = []
        taken: set[int] = set()
        for column, number in chosen:
            for _ in range(number if column.slot != RETURNS else 0):
                row = self._timeline_of(work, column.slot, taken)
                if row is None:
                    return None
                taken.add(row)
                busy_s = work.slots[column.slot].from_s + _seconds(work, column)
                used.append(_Used(column.slot, column.kind, row, [column], busy_s))
        for column, number in sorted(chosen, key=lambda one: _due(work, one[0])):
            for _ in range(number if column.slot == RETURNS else 0):
                able = [truck for truck in used if truck.kind == column.kind]
                if not able:
                    return None
                truck = min(able, key=lambda one: one.busy_s)
                truck.busy_s += _seconds(work, column)
                truck.columns.insert(-1, column)
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

    def _driven(self, work: DepotWork, used: Sequence[_Used]) -> dict[int, Timeline] | None:
        """Return the timelines that change, None if not all is brought or a road is missing."""
        left = self._lines(work)
        share = {
            node: sum(node in column.nodes for truck in used for column in truck.columns)
            for node in range(work.num_nodes)
        }
        trips: dict[tuple[int, int], list[PlannedTrip]] = {}
        for truck in used:
            one = work.slots[truck.slot]
            filled = [self._filled(work, column, left, share) for column in truck.columns]
            trips[truck.timeline, one.first_trip] = [trip for trip in filled if trip is not None]
        changed: dict[int, Timeline] = {}
        rows = {self._row_of[slot.vehicle_code] for slot in work.slots if slot.vehicle_code}
        for row in sorted({*rows, *(truck.timeline for truck in used)}):
            timeline = Timeline(self._fleet, self._timelines[row].truck)
            for trip in self._trips(work, row, trips):
                if timeline.append(trip) is None:
                    return None
            changed[row] = timeline
        missing = Backlog(self._demand, [line for lines in left.values() for line in lines.items()])
        if missing.orders:
            timelines = list(changed.values())
            Construction(self._demand, self._fleet, timelines, missing).run()
            changed = dict(zip(changed, timelines, strict=True))
        return None if missing.orders else changed

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

    def _filled(
        self,
        work: DepotWork,
        column: TripColumn,
        left: dict[int, dict[int, int]],
        share: Mapping[int, int],
    ) -> PlannedTrip | None:
        """Return a trip with what it brings, first what no other brings; None if it is empty."""
        demand = self._demand
        kind = next(one for one in self._fleet.classes if one.code == work.class_codes[column.kind])
        depot = self._index[work.depot_code]
        room_g, room_cm3 = kind.payload_g, kind.volume_cm3
        taken: dict[int, Lines] = {}
        on_board = ANYTHING
        for node in sorted(column.nodes, key=lambda node: share[node]):
            waiting = sorted(left[node].items(), key=lambda line: demand.urgency[line[0]])
            lines = demand.fitting(
                waiting, room_g, room_cm3, is_cooled=kind.is_cooled, on_board=on_board
            )
            if not lines:
                continue
            place = self._index[work.place_codes[int(work.node_place[node]) - 1]]
            load = demand.load(depot, place, lines)
            room_g -= load.mass_g
            room_cm3 -= load.volume_cm3
            on_board = on_board.joined(load.cargo)
            taken[node] = lines
            for number, pieces in lines:
                left[node][number] -= pieces
                if not left[node][number]:
                    del left[node][number]
        drops: list[Load] = []
        for node in column.nodes:
            if node not in taken:
                continue
            place = self._index[work.place_codes[int(work.node_place[node]) - 1]]
            lines = taken[node]
            if drops and drops[-1].place == place:
                pieces_of: dict[int, int] = defaultdict(int)
                for number, pieces in (*drops.pop().lines, *lines):
                    pieces_of[number] += pieces
                lines = tuple(pieces_of.items())
            drops.append(demand.load(depot, place, lines))
        if not drops:
            return None
        return PlannedTrip(depots=(depot,), drops=tuple((load,) for load in drops))


def _due(work: DepotWork, column: TripColumn) -> tuple[int, tuple[int, ...]]:
    """Return the first window in which a trip is due, and the trip, for a lasting order."""
    return int(work.node_window[list(column.nodes)].min()), column.nodes


def _seconds(work: DepotWork, column: TripColumn) -> float:
    """Return about how long a trip takes, the way back included."""
    way = [0, *(int(work.node_place[node]) for node in column.nodes), 0]
    drive_s = sum(int(work.drive_s[column.kind, a, b]) for a, b in pairwise(way))
    stops = len(set(way)) - 1
    return drive_s + int(work.load_s[column.kind]) + stops * int(work.unload_s[column.kind])
