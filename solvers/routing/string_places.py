"""Where a whole stop adds least: on a route that is there, or on one of its own.

Compiled by Numba; these are the loops in which the search by string removal spends its time.
"""

import numpy as np

from solvers.routing.limits import NO_ROAD
from solvers.routing.string_tours import (
    AFTER,
    AVAILABLE,
    BEFORE,
    BROKEN,
    CAPACITY,
    CLOSES,
    DAY_OPENS,
    DURATION,
    DURATIONS,
    END,
    END_CLOSES,
    FIXED,
    FROM_DURATION,
    FROM_EARLIEST,
    FROM_LATEST,
    GROUP,
    KIND,
    LENGTH,
    LOAD,
    MAX_DISTANCE,
    MAX_DURATION,
    NUM_FREE,
    NUM_ROUTES,
    ON_BOARD,
    OPEN_LIST,
    OPENS,
    PER_DISTANCE,
    PER_DURATION,
    PLACE,
    PROFILE,
    ROUTE,
    SERVICE,
    START,
    TO_DURATION,
    TO_EARLIEST,
    TO_LATEST,
    UNTIMED,
    Array,
    Fleet,
    Tours,
    compiled,
)

BLINK = int(0.01 * 0x7FFFFFFF)
"""Of so many numbers that may be drawn, these make a place be overlooked."""
ENDS = int(0.1 * 0x7FFFFFFF)
"""Where a place beside a near stop was found, these make the ends of all routes be tried too."""


@compiled
def best_place(  # noqa: C901, PLR0912, PLR0915 - calls would cost most of the time
    fleet: Fleet, tours: Tours, spot: Array, stop: int, most: int
) -> tuple[int, int, int]:
    """Return the place where a whole stop adds least: previous visit, vehicle type, added cost.

    Parameters
    ----------
    fleet, tours
        The problem and the routes.
    spot
        Working space, one row a route: last stop asked for, and the type that could take it.
    stop
        The stop.
    most
        Only what costs less is looked for; the previous visit is -1 where there is none.
    """
    visit, tour, vehicle, dist, time = (
        tours.visit,
        tours.tour,
        fleet.vehicle,
        fleet.dist,
        fleet.time,
    )
    near, row = fleet.near, fleet.stop[stop]
    here = fleet.num_depots + stop
    opens, closes, service = row[OPENS], row[CLOSES], row[SERVICE]
    best, best_previous, best_kind = np.int64(most), -1, -1
    first_end = len(visit) - 2 * len(tour)
    num_near = near.shape[1]
    num_routes = tours.counts[NUM_ROUTES]
    state = spot[-1, 0]
    for number in range(2 * (num_near + num_routes)):
        # Behind and before each near stop, then at both ends of each route.
        if number == 2 * num_near and best_previous >= 0 and state > ENDS:
            break
        if number < 2 * num_near:
            other = near[stop, number >> 1]
            route = visit[other, ROUTE]
            if route < 0:
                continue
            previous = other if number & 1 else visit[other, BEFORE]
        else:
            route = tour[(number - 2 * num_near) >> 1, OPEN_LIST]
            first = first_end + 2 * route
            previous = first if number & 1 else visit[first + 1, BEFORE]
        if spot[route, 0] != spot[-1, 1]:
            spot[route, 0], spot[route, 1] = spot[-1, 1], room(fleet, tours, stop, route)
        kind = spot[route, 1]
        if kind < 0:
            continue
        # Now and then a place is overlooked; a plain congruential generator decides.
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        if state < BLINK:
            continue
        was, following = tour[route, KIND], visit[previous, AFTER]
        profile = vehicle[kind, PROFILE]
        origin, beyond = visit[previous, PLACE], visit[following, PLACE]
        out, home = dist[profile, origin, here], dist[profile, here, beyond]
        more = np.int64(out) + home - dist[profile, origin, beyond]
        cost = vehicle[kind, PER_DISTANCE] * more
        if kind != was:
            dearer = vehicle[kind, PER_DISTANCE] - vehicle[was, PER_DISTANCE]
            cost += dearer * tour[route, LENGTH] + vehicle[kind, FIXED] - vehicle[was, FIXED]
        if cost >= best or out >= NO_ROAD or home >= NO_ROAD:
            continue
        if tour[route, LENGTH] + more > vehicle[kind, MAX_DISTANCE]:
            continue
        if fleet.timing != UNTIMED:
            way = visit[previous, TO_DURATION] + time[profile, origin, here]
            if visit[previous, TO_EARLIEST] + way > closes:
                continue
            wait = max(opens - way - visit[previous, TO_LATEST], 0)
            earliest = max(opens - way, visit[previous, TO_EARLIEST]) - wait
            latest = min(closes - way, visit[previous, TO_LATEST])
            way += wait + service + time[profile, here, beyond]
            if earliest + way > visit[following, FROM_LATEST]:
                continue
            if fleet.timing == DURATIONS:
                wait = max(visit[following, FROM_EARLIEST] - way - latest, 0)
                duration = way + wait + visit[following, FROM_DURATION]
                if duration > vehicle[kind, MAX_DURATION]:
                    continue
                cost += vehicle[kind, PER_DURATION] * duration
                cost -= vehicle[was, PER_DURATION] * tour[route, DURATION]
                if cost >= best:
                    continue
        best, best_previous, best_kind = cost, previous, kind
    spot[-1, 0] = state
    return best_previous, best_kind, int(best)


@compiled
def room(fleet: Fleet, tours: Tours, stop: int, route: int) -> int:
    """Return the vehicle type with which a route could take a stop too, -1 for none."""
    tour, vehicle = tours.tour, fleet.vehicle
    kind = tour[route, KIND]
    if not fleet.allowed[kind, stop]:
        return -1
    best, best_cost = -1, np.int64(BROKEN)
    for number in range(-1, len(vehicle)):
        # Its own type first: if that holds the load, no other is asked.
        other = kind if number < 0 else number
        if number >= 0 and (
            other == kind
            or vehicle[other, GROUP] != vehicle[kind, GROUP]
            or tours.used[other] >= vehicle[other, AVAILABLE]
        ):
            continue
        fits = True
        for load in range(fleet.num_loads):
            total = tour[route, ON_BOARD + load] + fleet.stop[stop, LOAD + load]
            fits = fits and total <= vehicle[other, CAPACITY + load]
        if not fits:
            continue
        if number < 0:
            return int(kind)
        cost = vehicle[other, FIXED] + vehicle[other, PER_DISTANCE] * tour[route, LENGTH]
        if cost < best_cost:
            best, best_cost = other, cost
    return best


@compiled
def new_route_kind(
    fleet: Fleet, tours: Tours, stop: int, amount: int, most: int
) -> tuple[int, int]:
    """Return the vehicle type whose new route to one stop costs least, and that cost.

    `amount` is what must be held of the first load; the type is -1 if none costs less than
    `most`.
    """
    vehicle, row = fleet.vehicle, fleet.stop[stop]
    here = fleet.num_depots + stop
    best, best_kind = np.int64(most), -1
    if tours.counts[NUM_FREE] == 0:
        return best_kind, int(best)
    for kind in range(len(vehicle)):
        if tours.used[kind] >= vehicle[kind, AVAILABLE] or not fleet.allowed[kind, stop]:
            continue
        fits = amount <= vehicle[kind, CAPACITY]
        for load in range(1, fleet.num_loads):
            fits = fits and row[LOAD + load] <= vehicle[kind, CAPACITY + load]
        profile, start, end = vehicle[kind, PROFILE], vehicle[kind, START], vehicle[kind, END]
        length = np.int64(fleet.dist[profile, start, here]) + fleet.dist[profile, here, end]
        out = np.int64(fleet.time[profile, start, here])
        home = np.int64(fleet.time[profile, here, end])
        begins = max(vehicle[kind, DAY_OPENS] + out, row[OPENS])
        duration = out + row[SERVICE] + home
        if not fits or length >= NO_ROAD or length > vehicle[kind, MAX_DISTANCE]:
            continue
        if fleet.timing != UNTIMED and (
            begins > row[CLOSES]
            or begins + row[SERVICE] + home > vehicle[kind, END_CLOSES]
            or duration > vehicle[kind, MAX_DURATION]
        ):
            continue
        cost = (
            vehicle[kind, FIXED]
            + vehicle[kind, PER_DISTANCE] * length
            + vehicle[kind, PER_DURATION] * duration
        )
        if cost < best:
            best, best_kind = cost, kind
    return best_kind, int(best)
