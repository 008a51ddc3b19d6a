"""Two routes exchange what comes behind a stop of each; one may be new, and one may end empty.

String removal takes at most a few stops from each route, so that it can neither divide a long
route in two nor join two halves. Compiled by Numba.
"""

import math

import numpy as np

from solvers.routing.limits import NO_ROAD
from solvers.routing.string_draws import TINY, draw
from solvers.routing.string_tours import (
    AFTER,
    AMOUNT,
    AVAILABLE,
    BEFORE,
    CAPACITY,
    COST,
    END,
    FIXED,
    FROM_LATEST,
    GROUP,
    KIND,
    NUM_FREE,
    NUM_ROUTES,
    ON_BOARD,
    OPEN_LIST,
    PER_DISTANCE,
    PER_DURATION,
    PLACE,
    PROFILE,
    ROUTE,
    SIZE,
    START,
    TO_DURATION,
    TO_EARLIEST,
    UNTIMED,
    Array,
    Fleet,
    Tours,
    change_kind,
    close_route,
    compiled,
    open_route,
    refresh,
    retype,
)

NEW_ROUTE_SHARE = 0.2
"""How often what comes behind a stop is tried as a route of its own."""
OTHER_TYPE_SHARE = 0.5
"""How often such a route gets a vehicle of a type that chance picks."""


@compiled
def exchange_tails(fleet: Fleet, tours: Tours, state: Array, temperature: float) -> int:
    """Try to exchange the tails of two routes that chance picks; return the change of cost.

    The first stop of one tail is near the stop behind which it comes to stand. Kept is what costs
    less, or not much more at that temperature.
    """
    visit, tour = tours.visit, tours.tour
    head = int(draw(state) * len(tours.due)) * fleet.copies
    if fleet.copies > 1:
        head += int(draw(state) * fleet.copies)
    route = visit[head, ROUTE]
    if route < 0:
        return 0
    allowance = -temperature * math.log(draw(state) + TINY)
    if draw(state) < NEW_ROUTE_SHARE:
        before = _new_start(fleet, tours, state, head, allowance)
    else:
        before = _near_start(fleet, tours, state, head, allowance)
    if before < 0:
        return 0
    other = visit[before, ROUTE]
    cost = _own_cost(tours, route) + _own_cost(tours, other)
    _exchange(fleet, tours, head, before)
    found = _own_cost(tours, route) + _own_cost(tours, other)
    if found - cost >= allowance:
        _exchange(fleet, tours, head, before)
        if tour[other, SIZE] == 0:
            close_route(tours, other)
        return 0
    for changed in (route, other):
        if tour[changed, SIZE] == 0:
            close_route(tours, changed)
        elif len(fleet.vehicle) > 1:
            found -= tour[changed, COST]
            retype(fleet, tours, changed)
            found += tour[changed, COST]
    return int(found - cost)


@compiled
def change_home(fleet: Fleet, tours: Tours, state: Array, temperature: float) -> int:
    """Try a vehicle of another depot or with other rules for a route; return the change of cost."""
    visit, tour, vehicle = tours.visit, tours.tour, fleet.vehicle
    if tours.counts[NUM_ROUTES] == 0:
        return 0
    route = tour[int(draw(state) * tours.counts[NUM_ROUTES]), OPEN_LIST]
    was, kind = tour[route, KIND], int(draw(state) * len(vehicle))
    first = len(visit) - 2 * len(tour) + 2 * route
    if vehicle[kind, GROUP] == vehicle[was, GROUP]:
        return 0
    if not _takes(fleet, tours, visit[first, AFTER], kind):
        return 0
    cost = tour[route, COST]
    _give(fleet, tours, route, kind)
    change = tour[route, COST] - cost
    if change >= -temperature * math.log(draw(state) + TINY):
        _give(fleet, tours, route, was)
        return 0
    return int(change)


@compiled
def _give(fleet: Fleet, tours: Tours, route: int, kind: int) -> None:
    """Give a route a vehicle of another type, wherever it stands."""
    first = len(tours.visit) - 2 * len(tours.tour) + 2 * route
    change_kind(tours, route, kind)
    tours.visit[first, PLACE] = fleet.vehicle[kind, START]
    tours.visit[first + 1, PLACE] = fleet.vehicle[kind, END]
    refresh(fleet, tours, route)


@compiled
def _own_cost(tours: Tours, route: int) -> int:
    """Return the cost of a route, nothing for an empty one."""
    return int(tours.tour[route, COST]) if tours.tour[route, SIZE] else 0


@compiled
def _takes(fleet: Fleet, tours: Tours, tail: int, kind: int) -> bool:
    """Return whether a vehicle of a type is free and takes all stops from a visit on."""
    visit, vehicle = tours.visit, fleet.vehicle
    num_visits = len(visit) - 2 * len(tours.tour)
    if tours.used[kind] >= vehicle[kind, AVAILABLE]:
        return False
    for load in range(fleet.num_loads):
        total, at = np.int64(0), tail
        while at < num_visits:
            total += visit[at, AMOUNT + load]
            at = visit[at, AFTER]
        if total > vehicle[kind, CAPACITY + load]:
            return False
    return _may_all(fleet, tours, tail, kind)


@compiled
def _new_start(fleet: Fleet, tours: Tours, state: Array, head: int, allowance: float) -> int:
    """Open a route for what comes behind a visit; return its beginning, -1 if it cannot pay."""
    visit, vehicle = tours.visit, fleet.vehicle
    num_visits = len(visit) - 2 * len(tours.tour)
    was = tours.tour[visit[head, ROUTE], KIND]
    kind = was
    if len(vehicle) > 1 and draw(state) < OTHER_TYPE_SHARE:
        kind = int(draw(state) * len(vehicle))
    if visit[head, AFTER] >= num_visits or tours.counts[NUM_FREE] == 0:
        return -1
    if not _takes(fleet, tours, visit[head, AFTER], kind):
        return -1
    if kind == was and _way_more(fleet, tours, head, -1) >= allowance:
        return -1
    return int(num_visits + 2 * open_route(fleet, tours, kind))


@compiled
def _near_start(fleet: Fleet, tours: Tours, state: Array, head: int, allowance: float) -> int:
    """Return the visit behind which a tail begins with a stop near another, -1 if it cannot pay."""
    visit, stop = tours.visit, head // fleet.copies
    if fleet.near.shape[1] == 0:
        return -1
    first = fleet.near[stop, int(draw(state) * fleet.near.shape[1])] * fleet.copies
    if fleet.copies > 1:
        first += int(draw(state) * fleet.copies)
    if visit[first, ROUTE] < 0 or visit[first, ROUTE] == visit[head, ROUTE]:
        return -1
    before = visit[first, BEFORE]
    return int(before) if _may_exchange(fleet, tours, head, before, allowance) else -1


@compiled
def _way_more(fleet: Fleet, tours: Tours, head: int, before: int) -> int:
    """Return what exchanging tails adds in distances (and a vehicle), if ends are alike.

    `before` is -1 for a new route.
    """
    visit, vehicle, dist = tours.visit, fleet.vehicle, fleet.dist
    num_visits = len(visit) - 2 * len(tours.tour)
    route = visit[head, ROUTE]
    kind = tours.tour[route, KIND]
    profile = vehicle[kind, PROFILE]
    last = visit[num_visits + 2 * route + 1, PLACE]
    here, beyond = visit[head, PLACE], visit[visit[head, AFTER], PLACE]
    if before < 0:
        start = visit[num_visits + 2 * route, PLACE]
        more = np.int64(dist[profile, here, last]) + dist[profile, start, beyond]
        more -= dist[profile, here, beyond]
        return int(vehicle[kind, PER_DISTANCE] * more + vehicle[kind, FIXED])
    other = visit[before, ROUTE]
    place, first = visit[before, PLACE], visit[visit[before, AFTER], PLACE]
    if visit[head, AFTER] >= num_visits:
        beyond = visit[num_visits + 2 * other + 1, PLACE]
    more = np.int64(dist[profile, here, first]) + dist[profile, place, beyond]
    more -= np.int64(dist[profile, here, visit[visit[head, AFTER], PLACE]])
    more -= dist[profile, place, first]
    cost = vehicle[kind, PER_DISTANCE] * more
    if before >= num_visits and visit[head, AFTER] >= num_visits:
        cost -= vehicle[tours.tour[other, KIND], FIXED]
    return int(cost)


@compiled
def _may_exchange(  # noqa: C901, PLR0911, PLR0912 - one reason after the other, compiled
    fleet: Fleet, tours: Tours, head: int, before: int, allowance: float
) -> bool:
    """Return whether exchanging the tails behind two visits may be worth a closer look."""
    visit, tour, vehicle, time = tours.visit, tours.tour, fleet.vehicle, fleet.time
    route, other = visit[head, ROUTE], visit[before, ROUTE]
    kind, other_kind = tour[route, KIND], tour[other, KIND]
    num_visits = len(visit) - 2 * len(tour)
    behind, first = visit[head, AFTER], visit[before, AFTER]
    here, place = visit[head, PLACE], visit[before, PLACE]
    profile = vehicle[kind, PROFILE]
    if fleet.dist[profile, here, visit[first, PLACE]] >= NO_ROAD:
        return False
    if vehicle[kind, GROUP] == vehicle[other_kind, GROUP]:
        if (
            vehicle[kind, PER_DISTANCE] == vehicle[other_kind, PER_DISTANCE]
            and vehicle[kind, PER_DURATION] == 0
            and _way_more(fleet, tours, head, before) >= allowance
        ):
            return False
        if fleet.timing != UNTIMED:
            way = visit[head, TO_DURATION] + time[profile, here, visit[first, PLACE]]
            if visit[head, TO_EARLIEST] + way > visit[first, FROM_LATEST]:
                return False
            if behind < num_visits:
                way = visit[before, TO_DURATION] + time[profile, place, visit[behind, PLACE]]
                if visit[before, TO_EARLIEST] + way > visit[behind, FROM_LATEST]:
                    return False
    for load in range(fleet.num_loads):
        ahead, other_ahead = np.int64(0), np.int64(0)
        at = head
        while at < num_visits:
            ahead += visit[at, AMOUNT + load]
            at = visit[at, BEFORE]
        at = before
        while at < num_visits:
            other_ahead += visit[at, AMOUNT + load]
            at = visit[at, BEFORE]
        behind_load = tour[route, ON_BOARD + load] - ahead
        other_behind = tour[other, ON_BOARD + load] - other_ahead
        if ahead + other_behind > vehicle[kind, CAPACITY + load]:
            return False
        if other_ahead + behind_load > vehicle[other_kind, CAPACITY + load]:
            return False
    if fleet.split and _meets_itself(tours, head, before):
        return False
    return kind == other_kind or (
        _may_all(fleet, tours, behind, other_kind) and _may_all(fleet, tours, first, kind)
    )


@compiled
def _meets_itself(tours: Tours, head: int, before: int) -> bool:
    """Return whether a stop that two routes serve would stand twice on one."""
    visit = tours.visit
    num_visits = len(visit) - 2 * len(tours.tour)
    for ahead, tail in ((head, visit[before, AFTER]), (before, visit[head, AFTER])):
        at = tail
        while at < num_visits:
            seen = ahead
            while seen < num_visits:
                if visit[seen, PLACE] == visit[at, PLACE]:
                    return True
                seen = visit[seen, BEFORE]
            at = visit[at, AFTER]
    return False


@compiled
def _may_all(fleet: Fleet, tours: Tours, tail: int, kind: int) -> bool:
    """Return whether a vehicle type may serve all stops from a visit on."""
    visit = tours.visit
    num_visits = len(visit) - 2 * len(tours.tour)
    at = tail
    while at < num_visits:
        if not fleet.allowed[kind, visit[at, PLACE] - fleet.num_depots]:
            return False
        at = visit[at, AFTER]
    return True


@compiled
def _exchange(fleet: Fleet, tours: Tours, head: int, before: int) -> None:
    """Exchange what comes behind two visits of two routes; done twice, nothing has changed."""
    visit = tours.visit
    num_visits = len(visit) - 2 * len(tours.tour)
    route, other = visit[head, ROUTE], visit[before, ROUTE]
    behind, first = visit[head, AFTER], visit[before, AFTER]
    _hang(fleet, tours, head, first, num_visits + 2 * route + 1)
    _hang(fleet, tours, before, behind, num_visits + 2 * other + 1)
    refresh(fleet, tours, route)
    refresh(fleet, tours, other)


@compiled
def _hang(fleet: Fleet, tours: Tours, head: int, first: int, end: int) -> None:
    """Let a tail that begins with a visit, or nothing, come between a visit and its route's end."""
    visit, tour = tours.visit, tours.tour
    num_visits = len(visit) - 2 * len(tour)
    route = visit[head, ROUTE]
    at = head
    following = first
    while following < num_visits:
        visit[at, AFTER], visit[following, BEFORE] = following, at
        was = visit[following, ROUTE]
        tour[was, SIZE] -= 1
        tour[route, SIZE] += 1
        for load in range(fleet.num_loads):
            tour[was, ON_BOARD + load] -= visit[following, AMOUNT + load]
            tour[route, ON_BOARD + load] += visit[following, AMOUNT + load]
        visit[following, ROUTE] = route
        at = following
        following = visit[at, AFTER]
    visit[at, AFTER], visit[end, BEFORE] = end, at
