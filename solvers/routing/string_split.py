"""Put a stop back in parts: whole on one route, on two, on several, or on a new one.

Compiled by Numba; used by `solvers.routing.string_removal` where deliveries may be split.
"""

import numpy as np

from solvers.routing.limits import NO_ROAD
from solvers.routing.string_tours import (
    AFTER,
    AMOUNT,
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
def route_offers(  # noqa: PLR0915, PLR0917 - calls would cost most of the time
    fleet: Fleet, tours: Tours, offers: Array, stop: int, skipped: int, most: int
) -> int:
    """List the best place for a stop on every route with room left; return how many there are.

    `skipped` is a random number; where it is below the number of routes, that route is overlooked.
    Only places that add less than `most` are listed.
    """
    visit, tour, vehicle = tours.visit, tours.tour, fleet.vehicle
    dist, time = fleet.dist, fleet.time
    num_visits = len(visit) - 2 * len(tour)
    here = fleet.num_depots + stop
    opens, closes = fleet.stop[stop, OPENS], fleet.stop[stop, CLOSES]
    service = fleet.stop[stop, SERVICE]
    num_offers = 0
    for number in range(tours.counts[NUM_ROUTES]):
        route = tour[number, OPEN_LIST]
        kind = tour[route, KIND]
        left = vehicle[kind, CAPACITY] - tour[route, ON_BOARD]
        if left <= 0 or number == skipped or not fleet.allowed[kind, stop]:
            continue
        profile, per_distance = vehicle[kind, PROFILE], vehicle[kind, PER_DISTANCE]
        longest = vehicle[kind, MAX_DISTANCE] - tour[route, LENGTH]
        best, best_previous, there = np.int64(most), -1, -1
        end = num_visits + 2 * route + 1
        at = end - 1
        following = visit[at, AFTER]
        origin = visit[at, PLACE]
        while True:
            if origin == here and at < num_visits:
                best, best_previous, there = np.int64(0), at, at
                break
            beyond = visit[following, PLACE]
            out, home = dist[profile, origin, here], dist[profile, here, beyond]
            more = np.int64(out) + home - dist[profile, origin, beyond]
            cost = per_distance * more
            fits = cost < best and more <= longest and out < NO_ROAD and home < NO_ROAD
            if fits and fleet.timing != UNTIMED:
                way = visit[at, TO_DURATION] + time[profile, origin, here]
                fits = visit[at, TO_EARLIEST] + way <= closes
                wait = max(opens - way - visit[at, TO_LATEST], 0)
                earliest = max(opens - way, visit[at, TO_EARLIEST]) - wait
                latest = min(closes - way, visit[at, TO_LATEST])
                way += wait + service + time[profile, here, beyond]
                fits = fits and earliest + way <= visit[following, FROM_LATEST]
                if fits and fleet.timing == DURATIONS:
                    wait = max(visit[following, FROM_EARLIEST] - way - latest, 0)
                    duration = way + wait + visit[following, FROM_DURATION]
                    cost += vehicle[kind, PER_DURATION] * (duration - tour[route, DURATION])
                    fits = duration <= vehicle[kind, MAX_DURATION] and cost < best
            if fits:
                best, best_previous = cost, at
            if following == end:
                break
            at, origin = following, beyond
            following = visit[at, AFTER]
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
