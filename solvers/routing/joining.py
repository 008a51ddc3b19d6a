"""Further places, and further depots, along the way of a trip that has room left."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.plan.travel import UNREACHABLE_S
from solvers.routing.backlog import AnyBacklog, Order
from solvers.routing.cargo import together
from solvers.routing.demand import Demand, Lines, Load
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip

Ints = NDArray[np.int64]

MOST_ALONG = 40
"""Orders that are looked at from one depot or to one place, the least detours first."""
MOST_DEPOTS = 3
"""Depots at which one trip may load."""


@dataclass(frozen=True, slots=True)
class Option:
    """What could join a trip.

    Parameters
    ----------
    worth
        What it is worth for each second that it adds.
    order, lines
        What joins.
    depot_at, place_at
        Before which depot, and before which drop, the trip stops for it; None where it stops
        there already.
    """

    worth: float
    order: Order
    lines: Lines
    depot_at: int | None
    place_at: int | None


class Joining:
    """Finds orders that could join a trip: from its depots, or to its places.

    Parameters
    ----------
    demand, fleet, backlog
        What is to be carried, by which trucks, and what is left of it.
    orders
        The orders that may join.
    """

    def __init__(
        self,
        demand: Demand,
        fleet: Fleet,
        backlog: AnyBacklog,
        orders: Iterable[Order],
    ) -> None:
        self._demand = demand
        self._fleet = fleet
        self._backlog = backlog
        self._from: dict[int, list[Order]] = defaultdict(list)
        self._to: dict[int, list[Order]] = defaultdict(list)
        for order in sorted(orders):
            self._from[order[0]].append(order)
            self._to[order[1]].append(order)
        self._places_from = {
            depot: np.array([place for _, place in orders]) for depot, orders in self._from.items()
        }
        self._open_from = {depot: np.ones(len(o), dtype=bool) for depot, o in self._from.items()}
        self._open_to = {place: np.ones(len(o), dtype=bool) for place, o in self._to.items()}
        self._depots_to = {
            place: np.array([depot for depot, _ in orders]) for place, orders in self._to.items()
        }

    def options(
        self,
        trip: PlannedTrip,
        here: int,
        kind: int,
        most_added_s: Callable[[Order], float],
        wanted: Callable[[Order, Lines, int], float],
    ) -> list[Option]:
        """Return what could join, the best first.

        Parameters
        ----------
        trip
            The trip so far.
        here
            Location index from which the truck comes.
        kind
            Index of the class of the truck.
        most_added_s
            Told an order, says how many seconds it may add at the most.
        wanted
            Told an order, what of it fits and the seconds that it adds, says how much it is worth
            for each of them; 0 if it should not join.
        """
        vehicle_class = self._fleet.classes[kind]
        room_g = vehicle_class.payload_g - sum(load.mass_g for load in trip.loads)
        room_cm3 = vehicle_class.volume_cm3 - sum(load.volume_cm3 for load in trip.loads)
        if room_g <= 0 or room_cm3 <= 0:
            return []
        on_board = together(load.cargo for load in trip.loads)
        found = []
        for order, added_s, depot_at, place_at in self._along(trip, here, kind):
            if added_s >= UNREACHABLE_S or added_s > most_added_s(order):
                continue
            lines = self._ready(trip, order)
            if not lines:
                self._close(order)
                continue
            if wanted(order, lines, added_s) <= 0:
                continue
            fitting = self._demand.fitting(
                lines,
                room_g,
                room_cm3,
                is_cooled=vehicle_class.is_cooled,
                on_board=on_board,
            )
            worth = wanted(order, fitting, added_s) if fitting else 0.0
            if worth > 0:
                found.append(Option(worth, order, fitting, depot_at, place_at))
        found.sort(key=lambda option: (-option.worth, option.order))
        return found

    def joined(self, trip: PlannedTrip, option: Option) -> PlannedTrip:
        """Return a trip with what joins it."""
        load = self._demand.load(*option.order, option.lines)
        return _joined(trip, load, option.depot_at, option.place_at)

    def _close(self, order: Order) -> None:
        """Look at an order no more if nothing is left: here, what is left only gets less."""
        if not self._backlog.lines(order):
            depot, place = order
            self._open_from[depot][self._from[depot].index(order)] = False
            self._open_to[place][self._to[place].index(order)] = False

    def _ready(self, trip: PlannedTrip, order: Order) -> Lines:
        """Return what is left of an order and can be loaded without a wait of its own."""
        lines = self._backlog.lines(order)
        portions = self._demand.portions
        latest_s = max((portions[number].ready_s for number, _ in lines), default=0)
        if latest_s == 0:
            return lines
        ready_s = max(load.ready_s for load in trip.loads)
        return tuple(line for line in lines if portions[line[0]].ready_s <= ready_s)

    def _along(
        self, trip: PlannedTrip, here: int, kind: int
    ) -> Iterator[tuple[Order, int, int | None, int | None]]:
        """Yield orders from the trip's depots and to its places, with what they add and where."""
        vehicle_class = self._fleet.classes[kind]
        places = [drop[0].place for drop in trip.drops]
        on_board = {(load.depot, load.place) for load in trip.loads}
        for depot in trip.depots:
            if depot not in self._from:
                continue
            index = np.flatnonzero(self._open_from[depot])
            way = [trip.depots[-1], *places]
            added, after = self._detours(kind, way, self._places_from[depot][index], is_open=True)
            added += vehicle_class.unload_s
            orders = self._from[depot]
            for near in np.argsort(added, kind="stable")[:MOST_ALONG].tolist():
                order, added_s, place_at = orders[index[near]], int(added[near]), int(after[near])
                if order in on_board:
                    continue
                if order[1] in places:
                    yield order, 0, None, None
                else:
                    yield order, added_s, None, place_at
        if not trip.depots or len(trip.depots) >= MOST_DEPOTS:
            return
        way = [here, *trip.depots, places[0]]
        for place in dict.fromkeys(places):
            if place not in self._to:
                continue
            index = np.flatnonzero(self._open_to[place])
            added, before = self._detours(kind, way, self._depots_to[place][index])
            added += vehicle_class.load_s
            orders = self._to[place]
            for near in np.argsort(added, kind="stable")[:MOST_ALONG].tolist():
                order = orders[index[near]]
                if order[0] not in trip.depots:
                    yield order, int(added[near]), int(before[near]), None

    def _detours(
        self, kind: int, way: Sequence[int], stops: Ints, *, is_open: bool = False
    ) -> tuple[Ints, Ints]:
        """Return for each stop what it adds at the least, in seconds, and after which point.

        An open way may also be prolonged at its end.
        """
        seconds = self._fleet.seconds[kind]
        points = np.array(way)
        to_stop = seconds[np.ix_(points, stops)]
        added = to_stop[:-1] + seconds[np.ix_(stops, points[1:])].T
        added -= seconds[points[:-1], points[1:]][:, None]
        added = np.maximum(added, 0)
        if is_open:
            added = np.concatenate([added, to_stop[-1:]])
        after = added.argmin(axis=0)
        least: Ints = np.take_along_axis(added, after[None], axis=0)[0]
        return least, after


def _joined(
    trip: PlannedTrip,
    load: Load,
    depot_at: int | None,
    place_at: int | None,
) -> PlannedTrip:
    depots, drops = trip.depots, trip.drops
    if depot_at is not None:
        depots = (*depots[:depot_at], load.depot, *depots[depot_at:])
    if place_at is not None:
        drops = (*drops[:place_at], (load,), *drops[place_at:])
    else:
        drops = tuple((*drop, load) if drop[0].place == load.place else drop for drop in drops)
    return PlannedTrip(depots=depots, drops=drops)
