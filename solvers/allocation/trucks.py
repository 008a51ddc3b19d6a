r"""What trucks can carry in time: the coupling of all flows through truck-hours.

A *service* is a way to load at a depot: a group of trucks that comes there. Pieces from depot *s*
to place *p* that arrive in window *a* on service *m* take up, in the account of each window
*a2 >= a* of the group, the share of a truck that they fill times

.. math::  at_{smpa} \;(a2 = a), \qquad own_{smp} + \min(back_{smp}, E_{a2} - E_a) \;(a2 > a)

*Where* E is the end of a window. Each account is kept four times, by weight and by volume, in
hours at work and in hours at the wheel, and none may exceed what its group has until then.

Two sets of terms are made:

`relaxed_trucks`
    Groups are all trucks of a speed class, wherever they stand; boats, helicopters and porters
    are speed classes of their own. Every plan that keeps the rules keeps these accounts, so an
    optimum under them bounds all plans. Why: see the function.
`planned_trucks`
    Groups are the trucks of a region (a prefecture), and each pool of boats, helicopters or
    porters; every trip starts at their bases and goes home, trucks are not always full. What is
    allocated under these can as a rule be driven.

A group is counted in trucks of its mean size, so that trucks of several lengths share an account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from relief.supply.fleet import Mode, VehicleClass, VehiclePool
from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.duty import least_elapsed_s, most_driven_s, stretch_for_rests
from solvers.allocation.road_hours import after_closures_s
from solvers.daylight import Daylight

WORK, WHEEL = 0, 1
"""Accounts of a group: hours at work, and hours at the wheel (first axis of the arrays)."""

PLANNED_USE = 1.0
"""Share of the fleet's time that `planned_trucks` counts on. Its rounds are cautious already: on
drawn cases with scarce trucks, routed plans were no better with 0.6 or 0.8. Modelled."""

SERVICES_PER_DEPOT = 4
"""Regions whose trucks `planned_trucks` offers to each depot, nearest first; as many pools of
boats, of helicopters and of porters."""

REGION_DIGITS = 4
"""Leading digits of a depot's code that name its prefecture (GB/T 2260)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TruckTerms:
    """Services, what they charge, and what there is; see the module for the letters.

    Parameters
    ----------
    group_of
        Group of each service, -1 where a depot has fewer; shape (depots, services).
    payload_g, volume_cm3
        Of the mean truck of each group; shape (groups,).
    arrive_s
        Earliest arrival, unloading included; ``inf`` if never; shape (depots, services, places).
    at_h, own_h, back_h
        Hours charged; `at_h` of shape (2, depots, services, places, windows), the others without
        the windows. First axis: `WORK`, `WHEEL`.
    trip_fen
        Planning cost of a trip there and back; shape (depots, services, places).
    available_h
        Hours of mean trucks that each group has until the end of each window; shape (2 measures,
        2 accounts, groups, windows), the measures being weight and volume.
    """

    group_of: Ints
    payload_g: Floats
    volume_cm3: Floats
    arrive_s: Floats
    at_h: Floats
    own_h: Floats
    back_h: Floats
    trip_fen: Floats
    available_h: Floats

    @property
    def num_groups(self) -> int:
        """Number of groups."""
        return len(self.payload_g)

    def in_time(self, window_end_s: Floats) -> NDArray[np.bool_]:
        """Return which services arrive within which windows.

        Returns
        -------
        NDArray[np.bool_]
            Shape (depots, services, places, windows).
        """
        offered = (self.group_of >= 0)[:, :, None, None]
        return offered & (self.arrive_s[..., None] <= window_end_s)

    def earliest_s(self) -> Floats:
        """Return the earliest arrival by any service, shape (depots, places)."""
        offered = np.where((self.group_of >= 0)[:, :, None], self.arrive_s, np.inf)
        earliest: Floats = offered.min(axis=1, initial=np.inf)
        return earliest


def relaxed_trucks(case: AllocationCase) -> TruckTerms:
    """Return accounts that every plan within the rules keeps.

    Notes
    -----
    Take a truck and a window's end *E*. Each of its trips carries at most one truckload, so it
    is enough to show that the charge of one whole truckload made of any single piece of each trip
    fits. A trip lasts at least loading, the least drive from the piece's depot to its place and
    unloading. Before the next loading the truck must get from that place to some depot with
    stock: ``back``. If there is no next loading by *E*, the piece arrived by its own window's end
    *E'*, and ``min(back, E - E')`` fits into what is left. Rests: by `duty.stretch_for_rests`,
    against one rest more per truck. The wheel's account takes the loaded way only. Accounts of
    classes with one speed are added up, each times its truck's size, with the shortest handling.

    None of this asks how a vehicle moves: a boat's, a helicopter's or a porter's trip consists of
    the same parts, its legs last at least what the closed travel times of its own speed class
    say, and no vehicle is in two groups. Daylight, range and landings only forbid plans.
    """
    duty = case.situation.policy.duty
    groups = _by_speed(case)
    num_depots, num_places = len(case.depot_codes), len(case.place_codes)
    shape = (num_depots, len(groups), num_places)
    arrive_s, trip_fen = np.full(shape, np.inf), np.zeros(shape)
    own_h, back_h = np.zeros((2, *shape)), np.zeros((2, *shape))
    available_h = np.zeros((2, 2, len(groups), case.num_windows))
    stretch = stretch_for_rests(duty)
    for index, group in enumerate(groups):
        speed = case.speed_row[group.pools[0][1].speed_class]
        drive_s = case.drive_s[speed]
        out_s = _between(drive_s, case.depot_rows, case.place_rows)
        # From each place to the nearest depot with stock, whichever it is.
        to_depots_s = _between(drive_s, case.place_rows, case.depot_rows)
        back_s = _finite(to_depots_s.min(axis=1, initial=np.inf))
        handling_s = min(kind.load_s + kind.unload_s for _, kind in group.pools)
        own_h[WORK, :, index] = (handling_s + stretch * _finite(out_s)) / 3600
        own_h[WHEEL, :, index] = _finite(out_s) / 3600
        back_h[WORK, :, index] = stretch * back_s / 3600
        trip_fen[:, index] = _round_km(case, speed, None, case.depot_rows) * group.mean(
            lambda _, kind: kind.cost_fen_per_km,
        ) + group.mean(lambda _, kind: kind.cost_fen_per_trip)
        nearest_s: dict[tuple[int, float, int], Floats] = {}
        for pool, kind in group.pools:
            base = np.array([case.location_row[pool.base_code]])
            approach_s = _between(drive_s, base, case.depot_rows)[0]
            ready_s = pool.ready_after.total_seconds()
            alike = (pool.num_drivers, ready_s, kind.load_s + kind.unload_s)
            nearest_s[alike] = np.minimum(nearest_s.get(alike, np.inf), approach_s)
            span_s = case.window_end_s - ready_s - approach_s.min(initial=np.inf)
            work_s = np.where(span_s > 0, span_s + duty.rest.total_seconds(), 0.0)
            wheel_s = most_driven_s(case.window_end_s - ready_s, pool.num_drivers, duty)
            hours = np.stack([work_s, np.where(span_s > 0, wheel_s, 0.0)]) / 3600
            available_h[:, :, index] += group.trucks_of(pool, kind)[:, None, None] * hours
        # Of crews that are alike, the nearest arrives first.
        for (drivers, ready_s, handled_s), approach_s in nearest_s.items():
            there_s = least_elapsed_s(approach_s[:, None] + out_s, drivers, duty)
            # Where goods lie ready late, the truck waits for them, rested, and drives then.
            rested_s = case.depot_ready_s[:, None] + least_elapsed_s(out_s, drivers, duty)
            arrive_s[:, index] = np.minimum(
                arrive_s[:, index], handled_s + np.maximum(ready_s + there_s, rested_s)
            )
        if not group.is_cooled:
            arrive_s[case.depot_is_cooled, index] = np.inf
    return TruckTerms(
        group_of=np.tile(np.arange(len(groups)), (num_depots, 1)),
        payload_g=np.array([group.payload_g for group in groups]),
        volume_cm3=np.array([group.volume_cm3 for group in groups]),
        arrive_s=arrive_s,
        at_h=np.repeat(own_h[..., None], case.num_windows, axis=-1),
        own_h=own_h,
        back_h=back_h,
        trip_fen=trip_fen,
        available_h=available_h,
    )


def planned_trucks(case: AllocationCase, use_share: float = PLANNED_USE) -> TruckTerms:
    """Return accounts that are cautious enough for real trucks.

    Each trip starts from the base and ends there. In the window of its arrival it is charged the
    truck's whole time divided by the number of such trips that fit, later the round itself.

    Parameters
    ----------
    case
        The case.
    use_share
        Share of the fleet's time that is counted on, above 0, at most 1.
    """
    groups = _by_region(case)
    approaches_s = np.zeros((len(groups), len(case.depot_codes)))
    for index, group in enumerate(groups):
        approaches_s[index] = _ready_s(group) + _approach_s(case, group)
    # Each mode has slots of its own, so that a helicopter takes no truck's place, and so have
    # cooled bodies, and trucks that do not get everywhere beside those that do.
    of_mode: dict[tuple[Mode, bool, str], list[int]] = {}
    for index, group in enumerate(groups):
        speed_class = group.pools[0][1].speed_class if _part_ways(case) else ""
        of_mode.setdefault((group.mode, group.is_cooled, speed_class), []).append(index)
    ranks = {mode: rank for rank, mode in enumerate(Mode)}
    in_order = sorted(of_mode.items(), key=lambda one: (ranks[one[0][0]], *one[0][1:]))
    slots = {key: min(len(members), SERVICES_PER_DEPOT) for key, members in of_mode.items()}
    num_depots, num_services = len(case.depot_codes), sum(slots.values())
    shape = (num_depots, num_services, len(case.place_codes))
    group_of = np.full((num_depots, num_services), -1, dtype=np.int64)
    arrive_s, trip_fen = np.full(shape, np.inf), np.zeros(shape)
    own_h, at_h = np.zeros((2, *shape)), np.zeros((2, *shape, case.num_windows))
    for depot in range(num_depots):
        chosen = [
            members[at]
            for key, members in in_order
            if key[1] or not case.depot_is_cooled[depot]
            for at in np.argsort(approaches_s[members, depot], kind="stable")[: slots[key]]
        ]
        offered = [index for index in chosen if np.isfinite(approaches_s[index, depot])]
        group_of[depot, : len(offered)] = offered
    available_h = np.zeros((2, 2, len(groups), case.num_windows))
    for index, group in enumerate(groups):
        depots, services = np.nonzero(group_of == index)
        rounds = _rounds(case, group, depots)
        arrive_s[depots, services] = rounds.arrive_s
        trip_fen[depots, services] = rounds.trip_fen
        own_h[:, depots, services] = rounds.own_h
        at_h[:, depots, services] = rounds.at_h
        available_h[:, :, index] = use_share * group.num_vehicles * rounds.span_h
    return TruckTerms(
        group_of=group_of,
        payload_g=np.array([group.payload_g for group in groups]),
        volume_cm3=np.array([group.volume_cm3 for group in groups]),
        arrive_s=arrive_s,
        at_h=at_h,
        own_h=own_h,
        back_h=np.zeros_like(own_h),
        trip_fen=trip_fen,
        available_h=available_h,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """Pools that share an account, with their classes."""

    pools: tuple[tuple[VehiclePool, VehicleClass], ...]

    @property
    def num_vehicles(self) -> int:
        return sum(pool.num_vehicles for pool, _ in self.pools)

    @property
    def mode(self) -> Mode:
        return self.pools[0][1].mode

    @property
    def is_cooled(self) -> bool:
        return all(kind.is_cooled for _, kind in self.pools)

    @property
    def payload_g(self) -> float:
        return self.mean(lambda _, kind: kind.payload_g)

    @property
    def volume_cm3(self) -> float:
        return self.mean(lambda _, kind: kind.volume_cm3)

    def mean(self, value: Callable[[VehiclePool, VehicleClass], float]) -> float:
        """Return the mean of a value over the trucks."""
        total = sum(pool.num_vehicles * value(pool, kind) for pool, kind in self.pools)
        return total / self.num_vehicles

    def trucks_of(self, pool: VehiclePool, kind: VehicleClass) -> Floats:
        """Return a pool in mean trucks of the group, by weight and by volume."""
        sizes = np.array(
            [kind.payload_g / self.payload_g, kind.volume_cm3 / self.volume_cm3],
        )
        return pool.num_vehicles * sizes


def pools_of_groups(case: AllocationCase) -> tuple[tuple[VehiclePool, ...], ...]:
    """Return the pools that make up each group of `planned_trucks`, in order of the groups."""
    return tuple(tuple(pool for pool, _ in group.pools) for group in _by_region(case))


def speed_class_of_groups(case: AllocationCase) -> tuple[str, ...]:
    """Return the speed class of each group of `relaxed_trucks`, in order of the groups."""
    return tuple(group.pools[0][1].speed_class for group in _by_speed(case))


def _by_speed(case: AllocationCase) -> list[_Group]:
    """Return the pools in groups of one speed class, cooled ones apart."""
    return _grouped(case, lambda _, kind: kind.speed_class)


def _by_region(case: AllocationCase) -> list[_Group]:
    """Return the trucks in groups of one prefecture, and every other pool by itself.

    Cooled ones are apart where goods need cooling, and those of each speed class where not all
    trucks get to the same places: a mean truck of theirs would get to few.

    Which places a boat or a helicopter reaches depends on its base and its class, so a mean over
    several pools would mean nothing.
    """
    by_speed = _part_ways(case)

    def key(pool: VehiclePool, kind: VehicleClass) -> str:
        if kind.mode is Mode.ROAD:
            region = pool.base_code[:REGION_DIGITS]
            return f"{region}/{kind.speed_class}" if by_speed else region
        return f"{pool.base_code}/{pool.class_code}/{pool.num_drivers}"

    return _grouped(case, key)


def _part_ways(case: AllocationCase) -> bool:
    """Return whether trucks of some class get from a depot to a place where others do not."""
    kinds = {kind.code: kind for kind in case.situation.vehicle_classes}
    present = {kinds[pool.class_code] for pool in case.situation.free_pools() if pool.num_vehicles}
    speeds = sorted(
        {case.speed_row[kind.speed_class] for kind in present if kind.mode is Mode.ROAD}
    )
    reached = [
        np.isfinite(_between(case.drive_s[speed], case.depot_rows, case.place_rows))
        for speed in speeds
    ]
    return any(not np.array_equal(reached[0], one) for one in reached[1:])


def _grouped(
    case: AllocationCase,
    key: Callable[[VehiclePool, VehicleClass], str],
) -> list[_Group]:
    """Return groups in order of their key; pools without trucks are left out.

    Where goods need cooling, no group holds both cooled and other vehicles.
    """
    kinds = {kind.code: kind for kind in case.situation.vehicle_classes}
    tells_cooled = bool(case.depot_is_cooled.any())
    members: dict[tuple[str, bool], list[tuple[VehiclePool, VehicleClass]]] = {}
    for pool in sorted(
        case.situation.free_pools(),
        key=lambda pool: (pool.base_code, pool.class_code, pool.num_drivers),
    ):
        kind = kinds[pool.class_code]
        if pool.num_vehicles > 0:
            name = (key(pool, kind), tells_cooled and kind.is_cooled)
            members.setdefault(name, []).append((pool, kind))
    return [_Group(pools=tuple(members[name])) for name in sorted(members)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rounds:
    """Rounds of a group over some depots; as in `TruckTerms`, shape (depots, places) inside.

    `span_h`, what one truck has until the end of each window, has shape (2, windows).
    """

    arrive_s: Floats
    own_h: Floats
    at_h: Floats
    span_h: Floats
    trip_fen: Floats


def _ready_s(group: _Group) -> float:
    """Return when the last of a group's trucks is ready."""
    return max(pool.ready_after.total_seconds() for pool, _ in group.pools)


def _approach_s(case: AllocationCase, group: _Group) -> Floats:
    """Return how long a group's mean truck drives to each depot; shape (depots,)."""
    drive_s = np.zeros(len(case.depot_rows))
    for pool, kind in group.pools:
        share = pool.num_vehicles / group.num_vehicles
        base = np.array([case.location_row[pool.base_code]])
        drive_s += share * _between(_at_once_s(case, kind), base, case.depot_rows)[0]
    return drive_s


def _at_once_s(case: AllocationCase, kind: VehicleClass) -> Floats:
    """Return the driving times of a class.

    But for trucks, no leg of a plan leads over a third location, where a helicopter could be
    filled up.
    """
    speed = case.speed_row[kind.speed_class]
    if kind.mode is Mode.ROAD:
        road_s: Floats = case.drive_s[speed]
        return road_s
    is_a_leg = np.isfinite(case.situation.travel.duration_h[speed])
    leg_s: Floats = np.where(is_a_leg, case.drive_s[speed], np.inf)
    return leg_s


def _rounds(case: AllocationCase, group: _Group, depots: Ints) -> _Rounds:
    """Return what rounds of a group's mean truck take, the slowest handling and crew assumed.

    Parameters
    ----------
    case, group
        The case and the group.
    depots
        Depots over which the rounds lead.
    """
    depot_rows = case.depot_rows[depots]
    duty = case.situation.policy.duty
    out_s = np.zeros((len(depots), len(case.place_rows)))
    home_s = np.zeros(len(case.place_rows))
    fen = np.zeros(out_s.shape)
    for pool, kind in group.pools:
        share = pool.num_vehicles / group.num_vehicles
        speed = case.speed_row[kind.speed_class]
        base = np.array([case.location_row[pool.base_code]])
        km = _round_km(case, speed, base, depot_rows)
        drive_s = _at_once_s(case, kind)
        out_s += share * _between(drive_s, depot_rows, case.place_rows)
        home_s += share * _between(drive_s, case.place_rows, base)[:, 0]
        fen += share * (km * kind.cost_fen_per_km + kind.cost_fen_per_trip)
    handling_s = max(kind.load_s + kind.unload_s for _, kind in group.pools)
    ready_s = _ready_s(group)
    approach_s = _approach_s(case, group)[depots]
    drivers = min(pool.num_drivers for pool, _ in group.pools)
    # A truck that cannot come home from a place is not sent there.
    there_s = approach_s[:, None] + np.where(np.isfinite(home_s), out_s, np.inf)
    day = _daylight(case, group)
    leaves_s = ready_s if day is None else float(day.departure_s(ceil(ready_s), 0) or 0)
    soonest_s = leaves_s + handling_s + least_elapsed_s(there_s, drivers, duty)
    wheel_s = _finite(there_s + home_s)
    round_s = handling_s + least_elapsed_s(wheel_s, drivers, duty)
    span_s = _workable_s(np.array(ready_s), case.window_end_s, day)
    wheel_span_s = most_driven_s(np.maximum(case.window_end_s - ready_s, 0.0), drivers, duty)
    # Before goods that lie ready late the truck does other trips.
    spare_s = _workable_s(_finite(soonest_s)[..., None], case.window_end_s, day)
    trips = 1 + np.floor(spare_s / round_s[..., None])
    wheel_at_s = np.minimum(wheel_s[..., None], wheel_span_s / trips)
    loaded_s = np.where(np.isfinite(there_s), out_s, np.inf)
    rested_s = case.depot_ready_s[depots, None] + least_elapsed_s(loaded_s, drivers, duty)
    arrive_s = np.maximum(soonest_s, handling_s + rested_s)
    for speed_class, unload_s in sorted({(k.speed_class, k.unload_s) for _, k in group.pools}):
        arrive_s = after_closures_s(case, speed_class, arrive_s, unload_s, depots)
    return _Rounds(
        arrive_s=arrive_s,
        own_h=np.stack([round_s, wheel_s]) / 3600,
        at_h=np.stack([span_s / trips, wheel_at_s]) / 3600,
        span_h=np.stack([span_s, wheel_span_s]) / 3600,
        trip_fen=fen,
    )


def _daylight(case: AllocationCase, group: _Group) -> Daylight | None:
    """Return the daylight that a group flies by, None if it goes at any hour."""
    if group.mode is not Mode.AIR:
        return None
    return Daylight(case.situation.start_at, case.situation.policy.carriers)


def _workable_s(begin_s: Floats, end_s: Floats, day: Daylight | None) -> Floats:
    """Return the seconds between instants in which a group can work, at least 0."""
    if day is not None:
        begin_s, end_s = day.light_s(begin_s), day.light_s(end_s)
    work_s: Floats = np.maximum(end_s - begin_s, 0.0)
    return work_s


def _round_km(case: AllocationCase, speed: int, base: Ints | None, depot_rows: Ints) -> Floats:
    """Return the way over each depot and place, from a base or the depot, and back there."""
    km = case.distance_km[speed]
    out = _between(km, depot_rows, case.place_rows)
    if base is None:
        return _finite(out + _between(km, case.place_rows, depot_rows).T)
    home = _between(km, case.place_rows, base).T
    return _finite(_between(km, base, depot_rows).T + out + home)


def _between(times: Floats, origins: Ints, ends: Ints) -> Floats:
    """Return times or distances; shape (origins, ends)."""
    chosen: Floats = times[np.ix_(origins, ends)]
    return chosen


def _finite(values: Floats) -> Floats:
    """Return the values with 0 for ``inf``: such a service never arrives and is never used."""
    return np.where(np.isfinite(values), values, 0.0)
