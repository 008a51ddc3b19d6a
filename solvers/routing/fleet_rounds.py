"""Ruin and recreate of trucks' plans with open sourcing, compiled.

Strings of neighbouring visits, whole trips or the last trips of some trucks are taken out near a
place, and the places are served anew, from any depot and by any truck, under simulated annealing.
After Schrimpf et al. (2000), doi:10.1006/jcph.1999.6413, and Christiaens and Vanden Berghe (2020),
doi:10.1287/trsc.2019.0914.
"""

import math

import numpy as np

from solvers.routing.fleet_arrays import (
    FEN,
    ITEM,
    LATE,
    LEFT,
    LEFT_COST,
    LEFT_RATE,
    LOCATION,
    NUM_PLACES,
    NUM_TOUCHED,
    PIECE_CM3,
    PIECE_G,
    PLACE,
    STAMP,
    TRULY_LATE,
    TRULY_LEFT,
    Land,
    Plans,
    below,
    chance,
)
from solvers.routing.fleet_moves import (
    accept,
    keep_best,
    settle,
    take_back,
    take_node,
    tidy,
    touch,
)
from solvers.routing.fleet_places import serve
from solvers.routing.string_tours import Array, compiled

MEAN_REMOVED = 3
LONGEST_STRING = 6
TRIPS_SHARE, TRUCKS_SHARE = 0.5, 0.03
"""How often whole trips are taken out, and the last trips of whole trucks; else strings."""
MOST_TRIPS, MOST_TRUCKS = 2, 1
LOST_SHARE = 0.5
"""How often a place that goes without is the seed, if one is met."""
LOOKS = 12
MOST_LOST = 6
"""Places near the seed that go without and are tried again."""
MOST_TIMES = 60
"""Visits to one place that are made in one round."""
HASTE_SHARE = 0.5
"""How often parts are avoided because what is left over may come late."""
NEAR_PLACES = 40
TINY = 1e-300
BY_CHANCE, BY_WAY, BY_SIZE, BY_VALUE_OF_WAY = range(4)
NUM_ORDERS = 5
"""Ways to put the places of a round in order; the last is by value."""
WHOLE_SHARE = 0.5
"""How often a truck loses all its trips instead of the last ones."""
SKIP_SHARE = 0.2
"""How often a place near the seed is passed over."""


@compiled
def objective(land: Land, plans: Plans) -> float:
    """Return the cost of all trucks in fen, and what is late or left at its weight."""
    late = plans.sums[-1, LATE] + plans.counts[LEFT_COST]
    left = plans.counts[LEFT_RATE]
    return float(plans.sums[-1, FEN] + land.fen_per_late * late + land.fen_per_rate * left)


@compiled
def _note_place(plans: Plans, place: int) -> None:
    if plans.places[place, 1] != plans.counts[STAMP]:
        plans.places[place, 1] = plans.counts[STAMP]
        plans.places[plans.counts[NUM_PLACES], 0] = place
        plans.counts[NUM_PLACES] += 1


@compiled
def _take_out(land: Land, plans: Plans, truck: int, begin: int, end: int) -> int:
    """Take the visits among some nodes of a truck out; return how many."""
    removed = 0
    for at in range(end - 1, begin - 1, -1):
        node = plans.seq[truck, at]
        if node >= 0:
            _note_place(plans, plans.visit[node, LOCATION])
            take_node(land, plans, truck, at)
            removed += 1
    return removed


@compiled
def _position(plans: Plans, truck: int, place: int) -> int:
    """Return where a truck visits a place, -1 if it does not."""
    for at in range(plans.size[truck]):
        node = plans.seq[truck, at]
        if node >= 0 and plans.visit[node, LOCATION] == place:
            return at
    return -1


@compiled
def _ruin(  # noqa: C901, PLR0912 - three ways in one, compiled
    land: Land, plans: Plans, seed: int
) -> None:
    """Take something out near a place."""
    draw = chance(plans.random)
    most = 1 + below(plans.random, 2 * MEAN_REMOVED)
    trips = 1 + below(plans.random, MOST_TRIPS)
    trucks = 1 + below(plans.random, MOST_TRUCKS)
    removed = ruined = 0
    first = plans.counts[STAMP]
    for number in range(-1, min(NEAR_PLACES, land.near.shape[1])):
        place = seed if number < 0 else land.near[seed, number]
        if number >= 0 and chance(plans.random) < SKIP_SHARE:
            continue
        at_place = plans.num_serving[place]
        if at_place == 0:
            continue
        truck = plans.serving[place, below(plans.random, at_place)]
        if plans.stamp[truck] == first and draw >= TRIPS_SHARE:
            continue
        at = _position(plans, truck, place)
        if at < 0:
            continue
        touch(plans, truck)
        if draw < TRIPS_SHARE:
            begin = at
            while begin > 0 and plans.seq[truck, begin - 1] >= 0:
                begin -= 1
            end = at + 1
            while end < plans.size[truck] and plans.seq[truck, end] >= 0:
                end += 1
            removed += _take_out(land, plans, truck, begin, end)
            ruined += 1
            if ruined >= trips:
                break
        elif draw < TRIPS_SHARE + TRUCKS_SHARE:
            begin = 0 if chance(plans.random) < WHOLE_SHARE else below(plans.random, at + 1)
            removed += _take_out(land, plans, truck, begin, plans.size[truck])
            ruined += 1
            if ruined >= trucks:
                break
        else:
            length = 1 + below(plans.random, LONGEST_STRING)
            begin = max(0, at - below(plans.random, length))
            removed += _take_out(land, plans, truck, begin, min(begin + length, plans.size[truck]))
        if removed >= most and draw >= TRIPS_SHARE + TRUCKS_SHARE:
            break
    for number in range(plans.counts[NUM_TOUCHED]):
        tidy(land, plans, plans.touched[number])


@compiled
def _is_lost(land: Land, plans: Plans, place: int) -> bool:
    """Return whether a place goes without something that some depot still has."""
    for number in range(land.first[place], land.first[place + 1]):
        need = land.order[number]
        if plans.left[need] > 0 and plans.held[land.need[need, ITEM]] > 0:
            return True
    return False


@compiled
def _seed(land: Land, plans: Plans) -> int:
    """Draw the place around which this round is."""
    num_needs = len(land.need)
    if chance(plans.random) < LOST_SHARE:
        for _ in range(LOOKS):
            need = below(plans.random, num_needs)
            if plans.left[need] > 0 and plans.held[land.need[need, ITEM]] > 0:
                return int(land.need[need, PLACE])
    return int(land.need[below(plans.random, num_needs), PLACE])


@compiled
def _sort_places(land: Land, plans: Plans) -> None:
    """Put the places of this round in the order in which they are served."""
    num = plans.counts[NUM_PLACES]
    way = below(plans.random, NUM_ORDERS)
    keys = np.zeros(num)
    for number in range(num):
        place = plans.places[number, 0]
        if way == BY_CHANCE:
            keys[number] = chance(plans.random)
            continue
        size = value = 0.0
        for at in range(land.first[place], land.first[place + 1]):
            need = land.order[at]
            grams = plans.left[need] * land.need[need, PIECE_G] / land.full_g
            cm3 = plans.left[need] * land.need[need, PIECE_CM3] / land.full_cm3
            size += max(grams, cm3)
            value += plans.left[need] * float(land.late[need, -1])
        if way == BY_WAY:
            keys[number] = -land.solo_fen[place]
        elif way == BY_SIZE:
            keys[number] = -size
        elif way == BY_VALUE_OF_WAY:
            keys[number] = -value / (1.0 + land.solo_fen[place])
        else:
            keys[number] = -value
    order = np.argsort(keys)
    places = plans.places[:num, 0].copy()
    for number in range(num):
        plans.places[number, 0] = places[order[number]]


@compiled
def _recreate(land: Land, plans: Plans, seed: int) -> None:
    """Serve the places that were taken out, and some near that go without."""
    lost = 0
    for number in range(-1, min(NEAR_PLACES, land.near.shape[1])):
        place = seed if number < 0 else land.near[seed, number]
        if lost < MOST_LOST and _is_lost(land, plans, place):
            _note_place(plans, place)
            lost += 1
    _sort_places(land, plans)
    haste = 1.0 if chance(plans.random) < HASTE_SHARE else 0.0
    for number in range(plans.counts[NUM_PLACES]):
        place = plans.places[number, 0]
        for _ in range(MOST_TIMES):
            if not serve(land, plans, place, haste):
                break


@compiled
def keep_if_better(land: Land, plans: Plans, best: Array) -> None:
    """Keep the present answer if it loses less than the best, or as little for less money.

    Of what it loses, no more counts than what is above `Land.enough`.
    """
    late = max(plans.sums[-1, LATE] + plans.counts[LEFT_COST], land.enough[LATE])
    left = max(plans.counts[LEFT_RATE], land.enough[LEFT])
    fen = plans.sums[-1, FEN]
    is_better = late < best[LATE]
    if late == best[LATE]:
        is_better = left < best[LEFT] or (left == best[LEFT] and fen < best[FEN])
    if is_better:
        best[LATE], best[FEN], best[LEFT] = late, fen, left
        best[TRULY_LATE] = plans.sums[-1, LATE] + plans.counts[LEFT_COST]
        best[TRULY_LEFT] = plans.counts[LEFT_RATE]
        keep_best(plans)


@compiled
def build(land: Land, plans: Plans, number: int, best: Array) -> None:
    """Serve the first so many of `plans.places` one after another."""
    plans.counts[STAMP] += 1
    for at in range(number):
        for _ in range(MOST_TIMES):
            if not serve(land, plans, plans.places[at, 0], 1.0):
                break
    accept(plans)
    keep_if_better(land, plans, best)


@compiled
def rounds(land: Land, plans: Plans, number: int, temperature: float, best: Array) -> None:
    """Ruin and recreate some times at one temperature; `best` is what the best is worth so far."""
    now = objective(land, plans)
    for _ in range(number):
        plans.counts[STAMP] += 1
        plans.counts[NUM_PLACES] = 0
        seed = _seed(land, plans)
        _ruin(land, plans, seed)
        possible = True
        for touched in range(plans.counts[NUM_TOUCHED]):
            possible = settle(land, plans, plans.touched[touched]) and possible
        if possible:
            _recreate(land, plans, seed)
            new = objective(land, plans)
        else:
            new = 1e300
        if new < now - temperature * math.log(max(chance(plans.random), TINY)):
            accept(plans)
            now = new
            keep_if_better(land, plans, best)
        else:
            take_back(land, plans)
