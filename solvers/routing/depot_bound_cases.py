"""What a plan drives from one depot alone: its deliveries, the trucks lent to it, what it costs.

A truck may load at several depots one after another, so that what a depot costs depends on what
the trucks do elsewhere. Here all else stays as it is planned. A stint is a run of trips of one
truck that load at one depot and nowhere else: the truck comes from somewhere at some time, drives
its trips, and goes on to where the plan needs it next, or home. If it were not used here, it would
go straight on. Trips that load at several depots stay as they are, too.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from relief.plan.routes import Stop, StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from solvers.routing.depot_bound_ground import Ground

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Trucks lent to a depot that come from one place, at one time, and go on to one place.

    Parameters
    ----------
    kind
        Row of their class among the classes of the depot.
    entry_fen
        What the way to the depot costs.
    passing_fen
        What the way costs from where they come straight to where they go on, 0 without a road.
    goes_to
        Location code to which they go on.
    from_s
        When they are at the depot, in seconds after the start of the plan.
    until_s
        When they are needed where they go on; None for those that go home.
    num_drivers
        Drivers in each.
    driven_s, drives_on_s
        Begin and end of each stretch that they have driven before, and that they drive as planned
        once they are where they are needed next.
    num_trucks
        How many.
    vehicle_code, first_trip, num_trips
        The truck, and which of its trips they are; empty for trucks that do nothing in the plan.
    """

    kind: int
    entry_fen: int
    passing_fen: int
    goes_to: str
    from_s: int
    until_s: int | None
    num_drivers: int
    driven_s: tuple[tuple[int, int], ...] = ()
    drives_on_s: tuple[tuple[int, int], ...] = ()
    num_trucks: int = 1
    vehicle_code: str = ""
    first_trip: int = 0
    num_trips: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenTrip:
    """A trip of the plan from the depot.

    Parameters
    ----------
    slot
        Row of the truck's slot.
    is_last
        Whether it is the last of its stint.
    nodes
        Deliveries in driving order.
    mass_g, volume_cm3
        What it brings of each.
    """

    slot: int
    is_last: bool
    nodes: tuple[int, ...]
    mass_g: tuple[int, ...]
    volume_cm3: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepotWork:
    """What one depot has to bring where by when, and with which trucks.

    A node is what one place gets by the end of one window. Locations are counted from 1 in
    `place_codes`; 0 is the depot.

    Parameters
    ----------
    depot_code, place_codes
        Where from and where to.
    node_place
        Location of each node, shape (nodes,), in rising order.
    node_window
        Row of its deadline in `deadlines_s`, shape (nodes,).
    node_mass_g, node_volume_cm3
        What is to be brought, shape (nodes,).
    deadlines_s
        Ends of the windows in seconds after the start, in order. Where the plan comes after the
        last window, one more: its last arrival.
    class_codes
        Of the trucks, in order of rows.
    payload_g, volume_cm3, load_s, unload_s, trip_fen
        Of each class, shape (classes,).
    drive_s
        Seconds from location to location, shape (classes, locations, locations),
        `UNREACHABLE_S` where there is no road.
    leg_fen
        What the leg costs, of the same shape, infinite where there is no road.
    slots
        The trucks.
    exit_fen
        What the way from each location to where a slot's trucks go on costs, shape (slots,
        locations), infinite where there is no road.
    exit_s
        The seconds of driving on it; 0 for trucks that go home, which may be as late as they like.
    drive_per_day_s, rest_after_s, rest_s
        Driving allowed to one driver in any 24 hours; after how much of it a rest is due, and how
        long it is.
    trips
        What the plan does.
    cost_fen
        What that costs, with the ways to the depot and on from it.
    """

    depot_code: str
    place_codes: tuple[str, ...]
    node_place: Ints
    node_window: Ints
    node_mass_g: Floats
    node_volume_cm3: Floats
    deadlines_s: Ints
    class_codes: tuple[str, ...]
    payload_g: Floats
    volume_cm3: Floats
    load_s: Ints
    unload_s: Ints
    trip_fen: Ints
    drive_s: Ints
    leg_fen: Floats
    slots: tuple[Slot, ...]
    exit_fen: Floats
    exit_s: Ints
    drive_per_day_s: int
    rest_after_s: int
    rest_s: int
    trips: tuple[DrivenTrip, ...]
    cost_fen: int

    @property
    def num_nodes(self) -> int:
        """Number of deliveries."""
        return len(self.node_place)

    @property
    def num_kinds(self) -> int:
        """Number of classes of trucks."""
        return len(self.class_codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShares:
    """A plan cut into depots.

    Parameters
    ----------
    works
        One for each depot from which trips start that load nowhere else, in order of code.
    joint_trips
        The trips that load at several depots or had their load on board.
    """

    works: tuple[DepotWork, ...]
    joint_trips: int


@dataclass(frozen=True, slots=True)
class _Stint:
    """A run of trips of one truck from one depot."""

    route: VehicleRoute
    first_trip: int
    trips: Sequence[Trip]
    after: Stop
    goes_home: bool


class PlanCutter:
    """Cuts what trucks do into depots.

    Parameters
    ----------
    situation
        What was planned for.
    """

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._ground = Ground(situation)

    def shares(self, vehicle_routes: Sequence[VehicleRoute]) -> PlanShares:
        """Return what is driven from each depot alone.

        Parameters
        ----------
        vehicle_routes
            All trips of a plan that holds.
        """
        stints: dict[str, list[_Stint]] = defaultdict(list)
        for route in vehicle_routes:
            for stint in _stints(route):
                stints[stint.trips[0].stops[0].location_code].append(stint)
        busy = {route.vehicle_code for route in vehicle_routes}
        works = tuple(self._work(depot, stints[depot], busy) for depot in sorted(stints))
        num_trips = sum(len(route.trips) for route in vehicle_routes)
        return PlanShares(
            works=works, joint_trips=num_trips - sum(len(work.trips) for work in works)
        )

    def work(
        self, depot: str, vehicle_routes: Sequence[VehicleRoute], busy: AbstractSet[str]
    ) -> DepotWork | None:
        """Return what is driven from one depot alone, None if nothing is.

        Parameters
        ----------
        depot
            The depot.
        vehicle_routes
            At least the trips of the trucks that load there.
        busy
            The trucks that do anything at all.
        """
        stints = [
            stint
            for route in vehicle_routes
            for stint in _stints(route)
            if stint.trips[0].stops[0].location_code == depot
        ]
        return self._work(depot, stints, busy) if stints else None

    def _work(self, depot: str, stints: Sequence[_Stint], busy: AbstractSet[str]) -> DepotWork:
        return _work(
            self._situation, self._ground, depot, stints, _idle(self._situation, depot, busy)
        )


def _own_depot(trip: Trip) -> str | None:
    """Return the only depot at which a trip loads, None if there are others or none."""
    loads = {stop.location_code for stop in trip.stops if stop.kind is StopKind.LOAD}
    return loads.pop() if len(loads) == 1 else None


def _stints(route: VehicleRoute) -> list[_Stint]:
    found = []
    begin = 0
    while begin < len(route.trips):
        depot = _own_depot(route.trips[begin])
        end = begin + 1
        while end < len(route.trips) and depot and _own_depot(route.trips[end]) == depot:
            end += 1
        if depot:
            goes_home = end == len(route.trips)
            after = route.home if goes_home else route.trips[end].stops[0]
            found.append(_Stint(route, begin, route.trips[begin:end], after, goes_home))
        begin = end
    return found


def _idle(
    situation: Situation, depot: str, busy: AbstractSet[str]
) -> Counter[tuple[str, int, int]]:
    """Return the trucks that stand idle at a depot by class, drivers, and when they are ready."""
    away = {vehicle.vehicle_code for vehicle in situation.under_way}
    idle: Counter[tuple[str, int, int]] = Counter()
    for pool in situation.free_pools():
        if pool.base_code == depot:
            ready_s = ceil(pool.ready_after.total_seconds())
            number = sum(code not in busy and code not in away for code in pool.vehicle_codes())
            if number:
                idle[pool.class_code, pool.num_drivers, ready_s] += number
    return idle


def _work(
    situation: Situation,
    ground: Ground,
    depot: str,
    stints: Sequence[_Stint],
    idle: Counter[tuple[str, int, int]],
) -> DepotWork:
    start = situation.start_at
    ends_s = [int(end.total_seconds()) for end in situation.policy.window_ends]
    arrivals_s = [
        ceil((stop.end_at - start) / SECOND)
        for stint in stints
        for trip in stint.trips
        for stop in trip.stops
    ]
    if max(arrivals_s) > ends_s[-1]:
        ends_s.append(max(arrivals_s))
    items = situation.catalogue.by_code()

    def node_of(stop: Stop) -> tuple[str, int]:
        end_s = ceil((stop.end_at - start) / SECOND)
        return stop.location_code, next(w for w, end in enumerate(ends_s) if end_s <= end)

    def brought(stop: Stop) -> tuple[int, int]:
        return (
            sum(line.pieces * items[line.item_code].mass_g for line in stop.lines),
            sum(line.pieces * items[line.item_code].volume_cm3 for line in stop.lines),
        )

    nodes: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for stint in stints:
        for trip in stint.trips:
            for stop in _drops(trip):
                mass_g, volume_cm3 = brought(stop)
                nodes[node_of(stop)][0] += mass_g
                nodes[node_of(stop)][1] += volume_cm3
    keys = sorted(nodes)
    row_of = {key: row for row, key in enumerate(keys)}
    places = tuple(dict.fromkeys(place for place, _ in keys))
    codes = (depot, *places)
    classes = tuple(
        sorted({stint.route.class_code for stint in stints} | {code for code, _, _ in idle})
    )
    kinds = {code: row for row, code in enumerate(classes)}
    slots: list[Slot] = []
    trips: list[DrivenTrip] = []
    cost_fen = 0
    for stint in stints:
        first = stint.trips[0].stops[0]
        class_code = stint.route.class_code
        comes_from, goes_to = first.leg.from_code, stint.after.location_code
        entry_fen = ground.leg_fen(class_code, comes_from, depot)
        slots.append(
            Slot(
                kind=kinds[class_code],
                entry_fen=entry_fen,
                passing_fen=ground.passing_fen(class_code, comes_from, goes_to),
                goes_to=goes_to,
                from_s=max(0, (first.leg.arrive_at - start) // SECOND),
                until_s=None if stint.goes_home else ceil((stint.after.begin_at - start) / SECOND),
                num_drivers=stint.route.num_drivers,
                driven_s=_driven(situation, stint),
                drives_on_s=_drives_on(situation, stint),
                vehicle_code=stint.route.vehicle_code,
                first_trip=stint.first_trip,
                num_trips=len(stint.trips),
            )
        )
        cost_fen += entry_fen + _trips_fen(ground, class_code, depot, stint)
        for trip in stint.trips:
            drops = [stop for stop in _drops(trip) if any(brought(stop))]
            trips.append(
                DrivenTrip(
                    slot=len(slots) - 1,
                    is_last=trip is stint.trips[-1],
                    nodes=tuple(row_of[node_of(stop)] for stop in drops),
                    mass_g=tuple(brought(stop)[0] for stop in drops),
                    volume_cm3=tuple(brought(stop)[1] for stop in drops),
                )
            )
    slots += [
        Slot(
            kind=kinds[code],
            entry_fen=0,
            passing_fen=0,
            goes_to=depot,
            from_s=ready_s,
            until_s=None,
            num_drivers=num_drivers,
            num_trucks=number,
        )
        for (code, num_drivers, ready_s), number in sorted(idle.items())
    ]
    kind_rows = [ground.classes[code] for code in classes]
    return DepotWork(
        depot_code=depot,
        place_codes=places,
        node_place=np.array([1 + places.index(place) for place, _ in keys], dtype=np.int64),
        node_window=np.array([window for _, window in keys], dtype=np.int64),
        node_mass_g=np.array([nodes[key][0] for key in keys], dtype=np.float64),
        node_volume_cm3=np.array([nodes[key][1] for key in keys], dtype=np.float64),
        deadlines_s=np.array(ends_s, dtype=np.int64),
        class_codes=classes,
        payload_g=np.array([kind.payload_g for kind in kind_rows], dtype=np.float64),
        volume_cm3=np.array([kind.volume_cm3 for kind in kind_rows], dtype=np.float64),
        load_s=np.array([kind.load_s for kind in kind_rows], dtype=np.int64),
        unload_s=np.array([kind.unload_s for kind in kind_rows], dtype=np.int64),
        trip_fen=np.array([kind.cost_fen_per_trip for kind in kind_rows], dtype=np.int64),
        drive_s=np.stack([ground.seconds(code, codes) for code in classes]),
        leg_fen=np.stack([ground.fen(code, codes, codes) for code in classes]),
        slots=tuple(slots),
        exit_fen=np.stack(
            [ground.fen(classes[slot.kind], codes, [slot.goes_to])[:, 0] for slot in slots]
        ),
        exit_s=np.stack(
            [
                np.zeros(len(codes), dtype=np.int64)
                if slot.until_s is None
                else ground.seconds_to(classes[slot.kind], codes, slot.goes_to)
                for slot in slots
            ]
        ),
        drive_per_day_s=int(situation.policy.duty.drive_per_day_per_driver.total_seconds()),
        rest_after_s=int(situation.policy.duty.continuous_drive.total_seconds()),
        rest_s=int(situation.policy.duty.rest.total_seconds()),
        trips=tuple(trips),
        cost_fen=cost_fen,
    )


def _driven(situation: Situation, stint: _Stint) -> tuple[tuple[int, int], ...]:
    """Return the stretches that a truck has driven before it is at the depot."""
    before = [stop for trip in stint.route.trips[: stint.first_trip] for stop in trip.stops]
    found: list[tuple[int, int]] = []
    for vehicle in situation.under_way:
        if vehicle.vehicle_code == stint.route.vehicle_code:
            found += [
                (
                    (drive.begin_at - situation.start_at) // SECOND,
                    (drive.end_at - situation.start_at) // SECOND,
                )
                for drive in vehicle.drives
            ]
    return (*found, *_stretches(situation, [*before, stint.trips[0].stops[0]]))


def _drives_on(situation: Situation, stint: _Stint) -> tuple[tuple[int, int], ...]:
    """Return the stretches that a truck drives after it is where it is needed next."""
    later = [stop for trip in stint.route.trips[stint.first_trip :] for stop in trip.stops]
    later = later[later.index(stint.after) + 1 :] if stint.after in later else []
    return tuple(_stretches(situation, later))


def _stretches(situation: Situation, stops: Sequence[Stop]) -> list[tuple[int, int]]:
    """Return begin and end of driving on the legs to stops, in seconds after the start."""
    found = []
    for stop in stops:
        now, done = stop.leg.depart_at, timedelta(0)
        for rest in (*stop.leg.rests, None):
            stretch = (stop.leg.drive if rest is None else rest.after_drive) - done
            if stretch:
                begin_s = (now - situation.start_at) // SECOND
                found.append((begin_s, begin_s + stretch // SECOND))
            now += stretch + (timedelta(0) if rest is None else rest.duration)
            done += stretch
    return found


def _drops(trip: Trip) -> list[Stop]:
    return [stop for stop in trip.stops if stop.kind is StopKind.DELIVER]


def _trips_fen(ground: Ground, class_code: str, depot: str, stint: _Stint) -> int:
    """Return what the trips of a stint cost, up to where the truck goes next."""
    cost = len(stint.trips) * ground.classes[class_code].cost_fen_per_trip
    for number, trip in enumerate(stint.trips):
        is_last = number + 1 == len(stint.trips)
        way = [stop.location_code for stop in trip.stops]
        way.append(stint.after.location_code if is_last else depot)
        cost += sum(ground.leg_fen(class_code, *leg) for leg in pairwise(way))
    return cost
