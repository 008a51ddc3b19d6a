"""Further places, and further depots, along the way of a trip that has room left."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from relief.plan.travel import UNREACHABLE_S
from solvers.routing.backlog import Backlog, Order
from solvers.routing.demand import Demand, Lines, Load
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip

MOST_DEPOTS = 3
"""Depots at which one trip may load."""


class Joining:
    """Finds orders that could join a trip: from its depots, or to its places.

    Parameters
    ----------
    demand, fleet, backlog
        What is to be carried, by which trucks, and what is left of it.
    """

    def __init__(self, demand: Demand, fleet: Fleet, backlog: Backlog) -> None:
        self._demand = demand
        self._fleet = fleet
        self._backlog = backlog
        self._from: dict[int, list[Order]] = defaultdict(list)
        self._to: dict[int, list[Order]] = defaultdict(list)
        for order in sorted(backlog.orders):
            self._from[order[0]].append(order)
            self._to[order[1]].append(order)

    def options(
        self,
        trip: PlannedTrip,
        here: int,
        kind: int,
        wanted: Callable[[Order, Lines, int], float],
    ) -> list[tuple[float, Order, PlannedTrip]]:
        """Return longer trips, the best first.

        Parameters
        ----------
        trip
            The trip so far.
        here
            Location index from which the truck comes.
        kind
            Index of the class of the truck.
        wanted
            Told an order, what of it fits and the seconds that it adds, says how much it is worth
            for each of them; 0 if it should not join.

        Returns
        -------
        list[tuple[float, Order, PlannedTrip]]
            Worth, what joins, and the trip with it.
        """
        vehicle_class = self._fleet.classes[kind]
        room_g = vehicle_class.payload_g - sum(load.mass_g for load in trip.loads)
        room_cm3 = vehicle_class.volume_cm3 - sum(load.volume_cm3 for load in trip.loads)
        if room_g <= 0 or room_cm3 <= 0:
            return []
        found = []
        for order in self._orders_along(trip):
            depot_at, loading_s = self._loading(trip, here, kind, order[0])
            place_at, unloading_s = self._unloading(trip, kind, order[1])
            added_s = loading_s + unloading_s
            if added_s >= UNREACHABLE_S:
                continue
            lines = self._backlog.lines(order)
            if not lines or wanted(order, lines, added_s) <= 0:
                continue
            fitting = self._demand.fitting(lines, room_g, room_cm3)
            worth = wanted(order, fitting, added_s) if fitting else 0.0
            if worth > 0:
                load = self._demand.load(*order, fitting)
                found.append((worth, order, _joined(trip, load, depot_at, place_at)))
        found.sort(key=lambda option: (-option[0], option[1]))
        return found

    def _orders_along(self, trip: PlannedTrip) -> Iterable[Order]:
        places = [drop[0].place for drop in trip.drops]
        on_board = {(load.depot, load.place) for load in trip.loads}
        along = {order for depot in trip.depots for order in self._from.get(depot, ())}
        if len(trip.depots) < MOST_DEPOTS:
            along.update(order for place in places for order in self._to.get(place, ()))
        return sorted(along - on_board)

    def _loading(
        self, trip: PlannedTrip, here: int, kind: int, depot: int
    ) -> tuple[int | None, int]:
        """Return before which depot to load, None where the trip loads there already."""
        if depot in trip.depots:
            return None, 0
        way = [here, *trip.depots, trip.drops[0][0].place]
        position, detour_s = self._detour(kind, way, depot)
        return position, detour_s + self._fleet.classes[kind].load_s

    def _unloading(self, trip: PlannedTrip, kind: int, place: int) -> tuple[int | None, int]:
        """Return before which drop to unload, None where the trip stops there already."""
        places = [drop[0].place for drop in trip.drops]
        if place in places:
            return None, 0
        position, detour_s = self._detour(kind, [trip.depots[-1], *places], place, is_open=True)
        return position, detour_s + self._fleet.classes[kind].unload_s

    def _detour(
        self,
        kind: int,
        way: Sequence[int],
        stop: int,
        *,
        is_open: bool = False,
    ) -> tuple[int, int]:
        """Return after which point of a way a stop adds least, and the seconds that it adds.

        An open way may also be prolonged at its end.
        """
        drive_s = self._fleet.drive_s
        best = (0, UNREACHABLE_S)
        for position in range(len(way) - 1):
            added_s = drive_s(kind, way[position], stop) + drive_s(kind, stop, way[position + 1])
            added_s = max(added_s - drive_s(kind, way[position], way[position + 1]), 0)
            if added_s < best[1]:
                best = (position, added_s)
        if is_open:
            added_s = drive_s(kind, way[-1], stop)
            if added_s < best[1]:
                best = (len(way) - 1, added_s)
        return best


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
