"""Slack induction by string removals: ruin neighbouring strings of routes, put stops back greedily.

Christiaens and Vanden Berghe (2020), doi:10.1287/trsc.2019.0914, with a mixed fleet (a route may
change to another vehicle type as it grows), stops that may stay absent at a price, and split
deliveries. Compiled by Numba.
"""

import math
from typing import NamedTuple

import numpy as np

from solvers.routing.string_arrays import bare
from solvers.routing.string_draws import TINY, draw
from solvers.routing.string_places import best_place, new_route_kind
from solvers.routing.string_split import (
    LEFT,
    MAX_PARTS,
    OFFER_ROUTE,
    PREVIOUS,
    THERE,
    add_part,
    choose_offers,
    route_offers,
)
from solvers.routing.string_tails import change_home, exchange_tails
from solvers.routing.string_tours import (
    ABSENT_LIST,
    AFTER,
    AMOUNT,
    BEFORE,
    CAPACITY,
    CLOSES,
    COST,
    FAR,
    FREE_LIST,
    KIND,
    LOAD,
    NUM_ABSENT,
    NUM_ROUTES,
    OPEN_AT,
    OPEN_LIST,
    OPENS,
    OWED,
    PENALTY,
    ROUTE,
    SIZE,
    UNTIMED,
    Array,
    Fleet,
    Tours,
    change_kind,
    close_route,
    compiled,
    link,
    open_route,
    owe,
    refresh,
    refresh_around,
    retype,
    settle,
    take_number,
    unlink,
)

LONGEST_STRING = 10
MEAN_REMOVED = 10
SPLIT_STRING_SHARE = 0.5
"""How often a string keeps some visits in its middle."""
GROW_SHARE = 0.01
"""How often the kept middle stops growing."""
MAX_TRIED = 60
"""Absent stops that are tried in one round."""
BY_LOAD_FROM, BY_FARTHEST_FROM, BY_NEAREST_FROM, BY_WINDOW_FROM = 4.0, 8.0, 10.0, 11.0
BY_OPENING_FROM, BY_CLOSING_FROM, LAST_ORDER = 13.0, 15.0, 17.0
"""How the stops are sorted before they are put back: the weights of the ways, added up."""
FEWEST_TAILS, MOST_TAILS = 4, 30
"""After each round as many exchanges of tails are tried as a route has stops, between these."""
SKIP_ONE_OF = 500.0
"""Where deliveries are split, one route in about so many is overlooked."""


class Memory(NamedTuple):
    """What is needed to take a round back, and working space."""

    touched: Array
    saved: Array
    saved_tour: Array
    bank: Array
    key: Array
    kept: Array
    kept_kind: Array
    numbers: Array
    spot: Array
    offers: Array
    chosen: Array
    random: Array


# Columns of `Memory.touched`; the last says in which round a route was touched last.
TOUCHED_ROUTE, TOUCHED_SIZE, STAMP = 0, 1, 2
# Places in `Memory.numbers`.
ROUND, NUM_TOUCHED, NUM_SAVED, NUM_KEPT, ASKED = 0, 1, 2, 3, 4


def new_memory(tours: Tours, seed: int) -> Memory:
    """Return working space for tours of that size; `seed` begins the random numbers."""
    num_routes, num_stops = len(tours.tour), len(tours.due)
    num_visits = len(tours.visit) - 2 * num_routes
    spot = np.zeros((num_routes + 1, 3), np.int64)
    spot[-1, 0] = seed + 1
    return Memory(
        touched=np.zeros((num_routes, 3), np.int64),
        # Each visit and end with its number in a last column.
        saved=np.zeros((len(tours.visit), tours.visit.shape[1] + 1), np.int64),
        saved_tour=np.zeros(tours.tour.shape, np.int64),
        bank=np.zeros(num_stops, np.int64),
        key=np.zeros(num_stops, np.float64),
        kept=np.zeros((num_visits, 3), np.int64),
        kept_kind=np.zeros(num_routes, np.int64),
        numbers=np.zeros(5, np.int64),
        spot=spot,
        offers=np.zeros((num_routes, THERE + 1), np.int64),
        chosen=np.zeros(2 * MAX_PARTS, np.int64),
        random=np.array([(seed + 1) * 0x9E3779B97F4A7C15 % 2**64], np.uint64),
    )


@compiled
def touch(tours: Tours, memory: Memory, route: int, size: int) -> None:
    """Save a route, so many visits, before it is changed for the first time in a round."""
    numbers, touched, visit, tour = memory.numbers, memory.touched, tours.visit, tours.tour
    if touched[route, STAMP] == numbers[ROUND]:
        return
    touched[route, STAMP] = numbers[ROUND]
    at = numbers[NUM_TOUCHED]
    touched[at, TOUCHED_ROUTE], touched[at, TOUCHED_SIZE] = route, size
    numbers[NUM_TOUCHED] += 1
    if size == 0:
        return
    for column in range(tour.shape[1]):
        memory.saved_tour[at, column] = tour[route, column]
    # Both ends and the visits between them, each as it stands.
    saved, rows = numbers[NUM_SAVED], memory.saved
    number = len(visit) - 2 * len(tour) + 2 * route
    end = number + 1
    for _ in range(size + 2):
        rows[saved, -1] = number
        for column in range(visit.shape[1]):
            rows[saved, column] = visit[number, column]
        saved += 1
        number = visit[number, AFTER] if number != end else end
    numbers[NUM_SAVED] = saved


@compiled
def _undo(  # noqa: C901, PLR0912
    fleet: Fleet, tours: Tours, memory: Memory, num_tried: int
) -> None:
    """Take everything of this round back, without a call for each visit: calls cost most."""
    visit, tour, due, used = tours.visit, tours.tour, tours.due, tours.used
    touched, copies = memory.touched, fleet.copies
    this_round = memory.numbers[ROUND]
    # What was put back in this round leaves the routes that it changed.
    for number in range(num_tried):
        first = memory.bank[number] * copies
        for at in range(first, first + copies):
            if visit[at, ROUTE] >= 0 and touched[visit[at, ROUTE], STAMP] == this_round:
                visit[at, ROUTE] = -1
    for number in range(memory.numbers[NUM_SAVED]):
        at = memory.saved[number, -1]
        for column in range(visit.shape[1]):
            visit[at, column] = memory.saved[number, column]
    for number in range(memory.numbers[NUM_TOUCHED]):
        route = touched[number, TOUCHED_ROUTE]
        is_open, was_open = tour[route, OPEN_AT] >= 0, touched[number, TOUCHED_SIZE] > 0
        if is_open and not was_open:
            close_route(tours, route)
        if not was_open:
            continue
        if is_open:
            used[tour[route, KIND]] -= 1
        else:
            take_number(tours, route)
        for column in range(tour.shape[1]):
            if column not in (OPEN_AT, OPEN_LIST, FREE_LIST):
                tour[route, column] = memory.saved_tour[number, column]
        used[tour[route, KIND]] += 1
    # What is owed follows from the visits that stand in routes again.
    for number in range(num_tried):
        stop = memory.bank[number]
        owed = fleet.stop[stop, LOAD] if fleet.split else np.int64(1)
        for at in range(stop * copies, stop * copies + copies):
            if visit[at, ROUTE] >= 0:
                owed -= visit[at, AMOUNT] if fleet.split else 1
        change = owed - due[stop, OWED]
        if change > 0:
            owe(tours, stop, change)
        elif change < 0:
            settle(tours, stop, -change)


@compiled
def _ruin(fleet: Fleet, tours: Tours, memory: Memory) -> None:
    """Remove strings from neighbouring routes."""
    tour, state = tours.tour, memory.random
    num_routes, num_stops = tours.counts[NUM_ROUTES], len(tours.due)
    num_visits = 0
    for number in range(num_routes):
        num_visits += tour[tour[number, OPEN_LIST], SIZE]
    longest = min(float(LONGEST_STRING), num_visits / max(num_routes, 1))
    most_strings = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    num_strings = int(draw(state) * most_strings + 1.0)
    seed = int(draw(state) * num_stops)
    ruined = 0
    for position in range(-1, fleet.adjacent.shape[1]):
        if ruined >= num_strings:
            break
        stop = seed if position < 0 else fleet.adjacent[seed, position]
        for copy in range(fleet.copies):
            number = stop * fleet.copies + copy
            route = tours.visit[number, ROUTE]
            if route < 0 or memory.touched[route, STAMP] == memory.numbers[ROUND]:
                continue
            size = tour[route, SIZE]
            touch(tours, memory, route, size)
            length = int(draw(state) * min(float(size), longest) + 1.0)
            _remove_string(fleet, tours, number, min(length, size), state)
            if tour[route, SIZE]:
                refresh(fleet, tours, route)
            else:
                close_route(tours, route)
            ruined += 1


@compiled
def _remove_string(fleet: Fleet, tours: Tours, number: int, length: int, state: Array) -> None:
    """Remove a string of visits around one, sometimes sparing some in its middle."""
    visit = tours.visit
    size = tours.tour[visit[number, ROUTE], SIZE]
    spared = 0
    if 1 < length < size and draw(state) < SPLIT_STRING_SHARE:
        spared = 1
        while length + spared < size and draw(state) > GROW_SHARE:
            spared += 1
    whole = length + spared
    num_visits = len(visit) - 2 * len(tours.tour)
    # How many visits of the route stand on both sides, as far as the string may reach.
    ahead = behind = 0
    at = visit[number, BEFORE]
    while at < num_visits and ahead < whole - 1:
        ahead += 1
        at = visit[at, BEFORE]
    at = visit[number, AFTER]
    while at < num_visits and behind < whole - 1:
        behind += 1
        at = visit[at, AFTER]
    lowest = max(0, whole - 1 - behind)
    at = number
    for _ in range(lowest + int(draw(state) * (ahead - lowest + 1))):
        at = visit[at, BEFORE]
    spared_from = int(draw(state) * (length - 1)) + 1 if spared else whole
    for place in range(whole):
        following = visit[at, AFTER]
        if not spared_from <= place < spared_from + spared:
            unlink(fleet, tours, at)
        at = following


@compiled
def _sort_key(  # noqa: PLR0911
    fleet: Fleet, tours: Tours, stop: int, order: float, state: Array
) -> float:
    """Return by what a stop is sorted, low first, where `order` chooses the way."""
    row = fleet.stop[stop]
    if order < BY_LOAD_FROM:
        return draw(state)
    if order < BY_FARTHEST_FROM:
        return -float(tours.due[stop, OWED] if fleet.split else row[LOAD])
    if order < BY_NEAREST_FROM:
        return -float(row[FAR])
    if order < BY_WINDOW_FROM:
        return float(row[FAR])
    if order < BY_OPENING_FROM:
        return float(row[CLOSES] - row[OPENS])
    if order < BY_CLOSING_FROM:
        return float(row[OPENS])
    return -float(row[CLOSES])


@compiled
def _fill_bank(fleet: Fleet, tours: Tours, memory: Memory) -> int:
    """List the absent stops in the order in which they are put back; return how many."""
    bank, key, state = memory.bank, memory.key, memory.random
    num_absent = tours.counts[NUM_ABSENT]
    num_tried = min(num_absent, MAX_TRIED)
    order = draw(state) * (BY_WINDOW_FROM if fleet.timing == UNTIMED else LAST_ORDER)
    for number in range(num_tried):
        # Those removed in this round stand last in the list of absent stops.
        position = num_absent - 1 - number
        if num_absent > MAX_TRIED and number >= MAX_TRIED * 2 // 3:
            # Of many others, some that chance picks; one picked twice is put back once.
            position = int(draw(state) * (num_absent - MAX_TRIED))
        stop = tours.due[position, ABSENT_LIST]
        value = _sort_key(fleet, tours, stop, order, state)
        at = number
        while at > 0 and key[at - 1] > value:
            key[at], bank[at] = key[at - 1], bank[at - 1]
            at -= 1
        key[at], bank[at] = value, stop
    return int(num_tried)


@compiled
def _put(fleet: Fleet, tours: Tours, memory: Memory, stop: int) -> None:
    """Put a whole stop where it adds least, or leave it absent if that is cheaper."""
    memory.numbers[ASKED] += 1
    memory.spot[-1, 1] = memory.numbers[ASKED]
    previous, kind, cost = best_place(fleet, tours, memory.spot, stop, fleet.stop[stop, PENALTY])
    amount = fleet.stop[stop, LOAD]
    new_kind, _ = new_route_kind(fleet, tours, stop, amount, cost)
    if new_kind >= 0:
        route = open_route(fleet, tours, new_kind)
        touch(tours, memory, route, 0)
        previous = len(tours.visit) - 2 * len(tours.tour) + 2 * route
    elif previous >= 0:
        route = tours.visit[previous, ROUTE]
        touch(tours, memory, route, tours.tour[route, SIZE])
        if kind == tours.tour[route, KIND]:
            link(fleet, tours, stop, previous)
            refresh_around(fleet, tours, route, stop)
            return
        change_kind(tours, route, kind)
    else:
        return
    link(fleet, tours, stop, previous)
    refresh(fleet, tours, route)


@compiled
def _put_parts(fleet: Fleet, tours: Tours, memory: Memory, stop: int) -> None:
    """Put a stop back where it adds least, shared among routes if that is cheaper."""
    vehicle, offers, chosen = fleet.vehicle, memory.offers, memory.chosen
    largest = np.int64(0)
    for kind in range(len(vehicle)):
        if fleet.allowed[kind, stop]:
            largest = max(largest, vehicle[kind, CAPACITY])
    while tours.due[stop, OWED] > 0:
        owed = tours.due[stop, OWED]
        skipped = int(draw(memory.random) * SKIP_ONE_OF)
        most = fleet.stop[stop, PENALTY]
        new_kind, new_cost = new_route_kind(fleet, tours, stop, min(owed, largest), most)
        if new_kind >= 0 and owed <= largest:
            # Nothing that costs more than a route of its own need be looked into.
            most = new_cost
        num_offers = route_offers(fleet, tours, offers, stop, skipped, most)
        num_chosen, cost = choose_offers(offers, num_offers, owed, most, chosen)
        if num_chosen > 0 and cost < new_cost:
            new_kind = -1
        if new_kind >= 0:
            route = open_route(fleet, tours, new_kind)
            touch(tours, memory, route, 0)
            first = len(tours.visit) - 2 * len(tours.tour) + 2 * route
            part = min(owed, vehicle[new_kind, CAPACITY])
            if not add_part(fleet, tours, stop, part, first, -1):
                close_route(tours, route)
                return
            continue
        if num_chosen == 0:
            return
        for number in range(num_chosen):
            offer = offers[chosen[number]]
            route = offer[OFFER_ROUTE]
            part = min(tours.due[stop, OWED], offer[LEFT])
            if part == 0:
                break
            touch(tours, memory, route, tours.tour[route, SIZE])
            if not add_part(fleet, tours, stop, part, offer[PREVIOUS], offer[THERE]):
                return


@compiled
def total_cost(fleet: Fleet, tours: Tours) -> int:
    """Return the cost of all routes and of what is absent."""
    tour, total = tours.tour, np.int64(0)
    for number in range(tours.counts[NUM_ROUTES]):
        total += tour[tour[number, OPEN_LIST], COST]
    for number in range(tours.counts[NUM_ABSENT]):
        total += fleet.stop[tours.due[number, ABSENT_LIST], PENALTY]
    return int(total)


@compiled
def keep(tours: Tours, memory: Memory) -> None:
    """Remember the routes as the best so far."""
    visit, tour = tours.visit, tours.tour
    num_visits = len(visit) - 2 * len(tour)
    order = 0
    for number in range(tours.counts[NUM_ROUTES]):
        route = tour[number, OPEN_LIST]
        memory.kept_kind[number] = tour[route, KIND]
        at = visit[num_visits + 2 * route, AFTER]
        while at < num_visits:
            memory.kept[order, 0], memory.kept[order, 1] = number, at
            memory.kept[order, 2] = visit[at, AMOUNT]
            order += 1
            at = visit[at, AFTER]
    memory.numbers[NUM_KEPT] = order


@compiled
def rounds(  # noqa: PLR0917 - compiled functions take no keywords
    fleet: Fleet, tours: Tours, memory: Memory, num_rounds: int, temperature: float, best: int
) -> int:
    """Ruin and put back so many times at a temperature; return the lowest cost so far.

    `best` is the cost of the best answer before; the routes of a better one are left in `memory`.
    """
    return _rounds(bare(fleet), bare(tours), bare(memory), num_rounds, temperature, best)


@compiled
def _rounds(  # noqa: PLR0917 - compiled functions take no keywords
    fleet: Fleet, tours: Tours, memory: Memory, num_rounds: int, temperature: float, best: int
) -> int:
    cost = total_cost(fleet, tours)
    numbers = memory.numbers
    for _ in range(num_rounds):
        numbers[ROUND] += 1
        numbers[NUM_TOUCHED] = numbers[NUM_SAVED] = 0
        _ruin(fleet, tours, memory)
        num_tried = _fill_bank(fleet, tours, memory)
        for number in range(num_tried):
            stop = memory.bank[number]
            if fleet.split:
                _put_parts(fleet, tours, memory, stop)
            elif tours.due[stop, OWED] > 0:
                _put(fleet, tours, memory, stop)
        if len(fleet.vehicle) > 1:
            for at in range(numbers[NUM_TOUCHED]):
                route = memory.touched[at, TOUCHED_ROUTE]
                if tours.tour[route, OPEN_AT] >= 0:
                    retype(fleet, tours, route)
        found = total_cost(fleet, tours)
        if found < cost - temperature * math.log(draw(memory.random) + TINY):
            cost = found
        else:
            _undo(fleet, tours, memory, num_tried)
        num_tails = len(tours.due) // max(tours.counts[NUM_ROUTES], 1)
        for _ in range(min(max(num_tails, FEWEST_TAILS), MOST_TAILS)):
            cost += exchange_tails(fleet, tours, memory.random, temperature)
        if len(fleet.vehicle) > 1:
            cost += change_home(fleet, tours, memory.random, temperature)
        if cost < best:
            best = cost
            keep(tours, memory)
    return best
