"""Put a stop back in parts: whole on one route, on two, on several, or on a new one.

Compiled by Numba; used by `solvers.routing.string_removal` where deliveries may be split.
"""

import numpy as np

from solvers.routing.limits import NO_ROAD
from solvers.routing.string_tours import (
    AFTER,
    AMOUNT,
    BROKEN,
    CAPACITY,
    CLOSES,
    DURATION,
    DURATIONS,
    FROM_DURATION,
    FROM_EARLIEST,
    FROM_LATEST,
    KIND,
    LENGTH,
    MAX_DISTANCE,
    MAX_DURATION,
    NUM_ROUTES,
    ON_BOARD,
    OPEN_LIST,
    OPENS,
    OWED,
    PER_DISTANCE,
    PER_DURATION,
    PLACE,
    PROFILE,
    ROUTE,
    SERVICE,
    TO_DURATION,
    TO_EARLIEST,
    TO_LATEST,
    UNTIMED,
    Array,
    Fleet,
    Tours,
    compiled,
    link,
    refresh,
    settle,
)

# Columns of the offers of routes: what a stop adds there, behind which visit, the room left, the
# route, and the visit by which it is there already (else -1).
ADDED, PREVIOUS, LEFT, OFFER_ROUTE, THERE = range(5)
MAX_PARTS = 6
"""A stop is not shared among more routes at once."""


@compiled
def _added(fleet: Fleet, tours: Tours, stop: int, previous: int, most: int) -> int:
    """Return what a stop behind a visit adds to its route, `BROKEN` if it may not stand there."""
    visit, tour, dist, time = tours.visit, tours.tour, fleet.dist, fleet.time
    route, following = visit[previous, ROUTE], visit[previous, AFTER]
    vehicle = fleet.vehicle[tour[route, KIND]]
    profile, here = vehicle[PROFILE], fleet.num_depots + stop
    origin, beyond = visit[previous, PLACE], visit[following, PLACE]
    out, home = dist[profile, origin, here], dist[profile, here, beyond]
    more = np.int64(out) + home - dist[profile, origin, beyond]
    cost = vehicle[PER_DISTANCE] * more
    if cost >= most or out >= NO_ROAD or home >= NO_ROAD:
        return BROKEN
    if tour[route, LENGTH] + more > vehicle[MAX_DISTANCE]:
        return BROKEN
    if fleet.timing != UNTIMED:
        row = fleet.stop[stop]
        way = visit[previous, TO_DURATION] + time[profile, origin, here]
        if visit[previous, TO_EARLIEST] + way > row[CLOSES]:
            return BROKEN
        wait = max(row[OPENS] - way - visit[previous, TO_LATEST], 0)
        earliest = max(row[OPENS] - way, visit[previous, TO_EARLIEST]) - wait
        latest = min(row[CLOSES] - way, visit[previous, TO_LATEST])
        way += wait + row[SERVICE] + time[profile, here, beyond]
        if earliest + way > visit[following, FROM_LATEST]:
            return BROKEN
        if fleet.timing == DURATIONS:
            wait = max(visit[following, FROM_EARLIEST] - way - latest, 0)
            duration = way + wait + visit[following, FROM_DURATION]
            if duration > vehicle[MAX_DURATION]:
                return BROKEN
            cost += vehicle[PER_DURATION] * (duration - tour[route, DURATION])
    return int(cost)


@compiled
def route_offers(  # noqa: PLR0917 - compiled functions take no keywords
    fleet: Fleet, tours: Tours, offers: Array, stop: int, skipped: int, most: int
) -> int:
    """List the best place for a stop on every route with room left; return how many there are.

    `skipped` is a random number; where it is below the number of routes, that route is overlooked.
    Only places that add less than `most` are listed.
    """
    visit, tour = tours.visit, tours.tour
    num_visits = len(visit) - 2 * len(tour)
    num_offers = 0
    for number in range(tours.counts[NUM_ROUTES]):
        route = tour[number, OPEN_LIST]
        kind = tour[route, KIND]
        left = fleet.vehicle[kind, CAPACITY] - tour[route, ON_BOARD]
        if left <= 0 or number == skipped or not fleet.allowed[kind, stop]:
            continue
        best, best_previous, there = np.int64(most), -1, -1
        at = num_visits + 2 * route
        while True:
            if at < num_visits and visit[at, PLACE] == fleet.num_depots + stop:
                best, best_previous, there = np.int64(0), at, at
                break
            cost = _added(fleet, tours, stop, at, int(best))
            if cost < best:
                best, best_previous = np.int64(cost), at
            at = visit[at, AFTER]
            if at == num_visits + 2 * route + 1:
                break
        if best_previous >= 0:
            offers[num_offers, ADDED], offers[num_offers, PREVIOUS] = best, best_previous
            offers[num_offers, LEFT], offers[num_offers, OFFER_ROUTE] = left, route
            offers[num_offers, THERE] = there
            num_offers += 1
    return num_offers


@compiled
def choose_offers(  # noqa: C901, PLR0912 - three ways in one, compiled
    offers: Array, num_offers: int, amount: int, most: int, chosen: Array
) -> tuple[int, int]:
    """Choose the offers that take an amount at the lowest cost below `most`.

    Tried are one route, any two, and as many as it takes by cost for room. Returns how many were
    chosen (0 for none), in `chosen` by number in the order in which they are filled, and the cost.
    """
    best, num_chosen = np.int64(most), 0
    for number in range(num_offers):
        if offers[number, LEFT] >= amount and offers[number, ADDED] < best:
            best, num_chosen, chosen[0] = offers[number, ADDED], 1, number
    for number in range(num_offers):
        if offers[number, ADDED] >= best:
            continue
        for other in range(number):
            cost = offers[number, ADDED] + offers[other, ADDED]
            if cost < best and offers[number, LEFT] + offers[other, LEFT] >= amount:
                best, num_chosen = cost, 2
                chosen[0], chosen[1] = number, other
    # Greedily by cost for room, in a second part of the working space.
    cost, room, count = np.int64(0), np.int64(0), 0
    while room < amount and count < MAX_PARTS:
        pick = -1
        for number in range(num_offers):
            taken = False
            for part in range(count):
                taken = taken or chosen[MAX_PARTS + part] == number
            if taken:
                continue
            # Compared crosswise, so that no division is needed.
            if pick < 0 or (
                offers[number, ADDED] * min(offers[pick, LEFT], amount - room)
                < offers[pick, ADDED] * min(offers[number, LEFT], amount - room)
            ):
                pick = number
        if pick < 0:
            break
        chosen[MAX_PARTS + count] = pick
        cost += offers[pick, ADDED]
        room += offers[pick, LEFT]
        count += 1
    if room >= amount and cost < best:
        best, num_chosen = cost, count
        for part in range(count):
            chosen[part] = chosen[MAX_PARTS + part]
    return num_chosen, int(best)


@compiled
def add_part(  # noqa: PLR0917 - compiled functions take no keywords
    fleet: Fleet, tours: Tours, stop: int, amount: int, previous: int, there: int
) -> bool:
    """Bring a stop a part behind a visit, or by the visit that is there already.

    Returns whether there was a visit left for it.
    """
    visit, tour = tours.visit, tours.tour
    if there >= 0:
        visit[there, AMOUNT] += amount
        tour[visit[there, ROUTE], ON_BOARD] += amount
        settle(tours, stop, amount)
        return True
    for copy in range(fleet.copies):
        number = stop * fleet.copies + copy
        if visit[number, ROUTE] < 0 and tours.due[stop, OWED] >= amount:
            visit[number, AMOUNT] = amount
            link(fleet, tours, number, previous)
            refresh(fleet, tours, visit[number, ROUTE])
            return True
    return False
