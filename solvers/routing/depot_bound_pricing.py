"""The cheapest stint of a truck at given prices, found exactly by labels that keep the time.

A stint is all that a truck does from one depot: it comes, drives one trip after another, and goes
on. Labels are built from its beginning: where the truck is and since when, what it has driven and
how much of it since its last rest, what it has brought on the trip it is on, and what all that
comes to at the prices. A truck drives as early as it may: it rests when it must, and stands where
it has driven all that a day allows. So of two labels at one delivery that bring the same, the one
that is there earlier, with less driving behind it, for less, can do all that the other can.

For given prices and stops, the best amounts fill a truck on a trip in order of price for a unit:
some deliveries are brought whole, one takes the room that is left, and nothing is brought of the
rest. A stop at which nothing is brought is tried where it may pay by itself.

What makes stints cheaper, and none dearer: two trips of a stint may bring the same goods twice;
where there are many deliveries, a trip remembers only those nearby to which it has been (an
ng-route); and what may be driven in a day is counted from the first drive on.

References
----------
R. Baldacci, A. Mingozzi, R. Roberti, New route relaxation and pricing strategies for the vehicle
routing problem, Operations Research 59, 2011, DOI 10.1287/opre.1110.0975.
G. Desaulniers, Branch-and-price-and-cut for the split-delivery vehicle routing problem with time
windows, Operations Research 58, 2010, DOI 10.1287/opre.1090.0713.
D. Feillet, P. Dejax, M. Gendreau, C. Gueguen, An exact algorithm for the elementary shortest path
problem with resource constraints, Networks 44, 2004, DOI 10.1002/net.20033.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from relief.plan.travel import UNREACHABLE_S
from solvers.routing.depot_bound_stints import Way
from solvers.routing.limits import NO_LIMIT
from solvers.routing.string_tours import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Array = NDArray[Any]

NO_ROAD_S = int(UNREACHABLE_S)
NO_PART = -1
MINUTE_S = 60
SLACK = 1e-9
COST, LOAD, PART_PRICE, PART_MOST, VALUE = 0, 1, 2, 3, 4
NUM_NUMBERS = 5
NODE, BEFORE, NOW, DRIVEN, SINCE_REST, SEEN, PART, NEXT, ALIVE = range(9)
NUM_MARKS = 9
NUM_BITS = 62
"""So many deliveries can be remembered; if there are more, the others never are."""
WHOLE, CUT, NOTHING = 0, 1, 2
"""How a delivery is brought."""


class StintPrices(NamedTuple):
    """What the stints of one slot are priced with.

    Parameters
    ----------
    place, deadline_s
        Location of each delivery, and by when it must be unloaded.
    amount, room
        Size of each delivery and of the truck.
    price
        Of a unit of each delivery, >= 0.
    visit_price
        Of a stop at each location.
    drive_s, leg_fen, unload_s, load_s
        The ground, and the work of the class.
    rest_after_s, rest_s
        After so much driving a rest is due, and how long it is.
    from_s, since_rest_s
        When the truck can begin to load, and what it has driven since its last rest.
    day_s
        The earliest instant at which so many whole minutes may have been driven from then on.
    begin_fen
        What using the truck costs at the prices.
    trip_fen
        What a trip costs in itself at the prices.
    exit_fen, exit_s
        What going on from each location costs, and its seconds.
    until_s, most_drive_s
        When the truck is needed where it goes on, and what it may have driven by then; `NO_LIMIT`
        where nobody waits for it.
    passing
        Whether it may pay to stop at a location on the way to another, even to bring nothing.
    near
        Bits of the deliveries in the neighbourhood of each: only those it remembers.
    """

    place: Ints
    deadline_s: Ints
    amount: Floats
    room: float
    price: Floats
    visit_price: Floats
    drive_s: Ints
    leg_fen: Floats
    unload_s: int
    load_s: int
    rest_after_s: int
    rest_s: int
    from_s: int
    since_rest_s: int
    day_s: Ints
    begin_fen: float
    trip_fen: float
    exit_fen: Floats
    exit_s: Ints
    until_s: int
    most_drive_s: int
    passing: NDArray[np.bool_]
    near: Ints


class FoundStints(NamedTuple):
    """What pricing found.

    Parameters
    ----------
    complete
        Whether all labels had room: only then is `least` proven.
    least
        The least reduced cost of any stint, infinite if there is none.
    trips, amounts
        Of the best stints.
    """

    complete: bool
    least: float
    trips: list[Way]
    amounts: list[tuple[tuple[float, ...], ...]]


@compiled
def drive(  # noqa: PLR0917 - compiled functions take no keywords
    now_s: int,
    driven_s: int,
    since_rest_s: int,
    leg_s: int,
    rest_after_s: int,
    rest_s: int,
    day_s: Array,
) -> tuple[int, int]:
    """Return when a leg is driven at the earliest, and the driving since the last rest.

    It is `NO_LIMIT` for never; `day_s` is as in `StintPrices`.
    """
    if leg_s == 0:
        return now_s, since_rest_s
    total_s = since_rest_s + leg_s
    num_rests = max(0, (total_s - 1) // rest_after_s)
    now_s += leg_s + num_rests * rest_s
    since_rest_s = total_s - num_rests * rest_after_s
    minute = (driven_s + leg_s) // MINUTE_S
    if minute >= len(day_s):
        return NO_LIMIT, 0
    wait_s = day_s[minute] - now_s
    if wait_s > 0:
        # `day_s` tells least times: what is a short wait here may be a whole rest on the road.
        now_s += wait_s
        since_rest_s = 0
    return now_s, since_rest_s


@compiled
def _value(cost: float, load: float, part_price: float, part_most: float, room: float) -> float:
    """Return what a label comes to when nothing more is brought on its trip."""
    return cost - part_price * min(part_most, room - load)


@compiled
def _beats(  # noqa: PLR0911, PLR0917 - compiled functions take no keywords
    one: int,
    other: int,
    numbers: Array,
    marks: Array,
    rest_s: int,
    loose: bool,  # noqa: FBT001
) -> bool:
    """Return whether no way to go on makes the other label better than the one."""
    if numbers[one, LOAD] > numbers[other, LOAD] + SLACK:
        return False
    if marks[one, NOW] > marks[other, NOW]:
        return False
    if not loose:
        if marks[one, DRIVEN] > marks[other, DRIVEN]:
            return False
        if (
            marks[one, SINCE_REST] > marks[other, SINCE_REST]
            and marks[one, NOW] + rest_s > marks[other, NOW]
        ):
            return False
        if marks[one, SEEN] & ~marks[other, SEEN]:
            return False
    cost, other_cost = numbers[one, COST], numbers[other, COST]
    if marks[one, PART] == NO_PART:
        if marks[other, PART] == NO_PART:
            return bool(cost <= other_cost + SLACK)
        return bool(cost <= numbers[other, VALUE] + SLACK)
    if marks[other, PART] == NO_PART:
        return False
    return bool(
        cost <= other_cost + SLACK
        and numbers[one, PART_PRICE] >= numbers[other, PART_PRICE]
        and numbers[one, PART_MOST] >= numbers[other, PART_MOST]
    )


@compiled
def _keep(  # noqa: PLR0917 - compiled functions take no keywords
    label: int,
    heads: Array,
    numbers: Array,
    marks: Array,
    rest_s: int,
    loose: bool,  # noqa: FBT001
) -> bool:
    """Put a label into the list of where it is unless one beats it; drop what it beats."""
    node = marks[label, NODE]
    last = -1
    other = heads[node]
    while other >= 0:
        if _beats(other, label, numbers, marks, rest_s, loose):
            return False
        after = marks[other, NEXT]
        if _beats(label, other, numbers, marks, rest_s, loose):
            marks[other, ALIVE] = 0
            if last < 0:
                heads[node] = after
            else:
                marks[last, NEXT] = after
        else:
            last = other
        other = after
    marks[label, NEXT] = heads[node]
    marks[label, ALIVE] = 1
    heads[node] = label
    return True


@compiled
def _labels(  # noqa: C901, PLR0912, PLR0915, PLR0917 - compiled: flat, by position
    place: Array,
    deadline_s: Array,
    amount: Array,
    room: float,
    price: Array,
    visit_price: Array,
    drive_s: Array,
    leg_fen: Array,
    unload_s: int,
    load_s: int,
    rest_after_s: int,
    rest_s: int,
    from_s: int,
    since_rest_s: int,
    day_s: Array,
    begin_fen: float,
    trip_fen: float,
    exit_fen: Array,
    exit_s: Array,
    until_s: int,
    most_drive_s: int,
    passing: Array,
    near: Array,
    most_labels: int,
    loose: bool,  # noqa: FBT001
) -> tuple[bool, Array, Array, Array, Array]:
    """Return whether all labels had room, the labels, and the best end at each delivery."""
    num_nodes = len(place)
    numbers = np.empty((most_labels, NUM_NUMBERS))
    marks = np.empty((most_labels, NUM_MARKS), dtype=np.int64)
    heads = np.full(num_nodes + 1, -1, dtype=np.int64)
    best = np.full(num_nodes, np.inf)
    best_label = np.full(num_nodes, -1, dtype=np.int64)
    numbers[0] = 0.0
    numbers[0, COST] = begin_fen
    numbers[0, VALUE] = begin_fen
    marks[0] = 0
    marks[0, NODE] = num_nodes
    marks[0, BEFORE] = -1
    marks[0, NOW] = from_s
    marks[0, SINCE_REST] = since_rest_s
    marks[0, PART] = NO_PART
    _keep(0, heads, numbers, marks, rest_s, loose)
    count = 1
    complete = True
    label = 0
    while label < count and complete:
        if not marks[label, ALIVE]:
            label += 1
            continue
        node = marks[label, NODE]
        here = 0 if node == num_nodes else place[node]
        now_s = marks[label, NOW]
        if node < num_nodes:
            value = numbers[label, VALUE]
            # The truck goes on from here.
            end_fen = value + exit_fen[here]
            if end_fen < best[node]:
                driven_s = marks[label, DRIVEN] + exit_s[here]
                end_s, _ = drive(
                    now_s,
                    marks[label, DRIVEN],
                    marks[label, SINCE_REST],
                    exit_s[here],
                    rest_after_s,
                    rest_s,
                    day_s,
                )
                if end_s <= until_s and driven_s <= most_drive_s:
                    best[node] = end_fen
                    best_label[node] = label
            # It drives back for another trip.
            if drive_s[here, 0] < NO_ROAD_S:
                back_s, since_s = drive(
                    now_s,
                    marks[label, DRIVEN],
                    marks[label, SINCE_REST],
                    drive_s[here, 0],
                    rest_after_s,
                    rest_s,
                    day_s,
                )
                if back_s + load_s < until_s:
                    if count + 1 >= most_labels:
                        complete = False
                        break
                    numbers[count] = 0.0
                    numbers[count, COST] = value + leg_fen[here, 0]
                    numbers[count, VALUE] = numbers[count, COST]
                    marks[count] = 0
                    marks[count, NODE] = num_nodes
                    marks[count, BEFORE] = label
                    marks[count, NOW] = back_s
                    marks[count, DRIVEN] = marks[label, DRIVEN] + drive_s[here, 0]
                    marks[count, SINCE_REST] = since_s
                    marks[count, PART] = NO_PART
                    if _keep(count, heads, numbers, marks, rest_s, loose):
                        count += 1
        cost = numbers[label, COST]
        if node == num_nodes:
            now_s += load_s
            cost += trip_fen
        left = room - numbers[label, LOAD]
        for to in range(num_nodes):
            if to < NUM_BITS and marks[label, SEEN] >> to & 1:
                continue
            there = place[to]
            inside = there == here
            if inside and to <= node:
                continue
            leg_s = 0 if inside else drive_s[here, there]
            if leg_s >= NO_ROAD_S:
                continue
            then_s, since_s = now_s, marks[label, SINCE_REST]
            cost_there = cost
            if not inside:
                if now_s + leg_s + unload_s > deadline_s[to]:
                    continue
                then_s, since_s = drive(
                    now_s,
                    marks[label, DRIVEN],
                    marks[label, SINCE_REST],
                    leg_s,
                    rest_after_s,
                    rest_s,
                    day_s,
                )
                then_s += unload_s
                cost_there += leg_fen[here, there] - visit_price[there]
            if then_s > deadline_s[to] or then_s > until_s:
                continue
            for part in range(3):
                if part == WHOLE and amount[to] > left + SLACK:
                    continue
                if part == CUT and (left <= SLACK or marks[label, PART] != NO_PART):
                    continue
                if part == NOTHING and (inside or not passing[here, there]):
                    continue
                if count + 1 >= most_labels:
                    complete = False
                    break
                marks[count, NODE] = to
                marks[count, BEFORE] = label
                marks[count, NOW] = then_s
                marks[count, DRIVEN] = marks[label, DRIVEN] + leg_s
                marks[count, SINCE_REST] = since_s
                marks[count, SEEN] = marks[label, SEEN] & near[to]
                if to < NUM_BITS:
                    marks[count, SEEN] |= 1 << to
                numbers[count, COST] = cost_there
                numbers[count, LOAD] = numbers[label, LOAD]
                numbers[count, PART_PRICE] = numbers[label, PART_PRICE]
                numbers[count, PART_MOST] = numbers[label, PART_MOST]
                marks[count, PART] = marks[label, PART]
                if part == CUT:
                    marks[count, PART] = to
                    numbers[count, PART_PRICE] = price[to]
                    numbers[count, PART_MOST] = min(amount[to], room)
                elif part == WHOLE:
                    numbers[count, COST] -= price[to] * amount[to]
                    numbers[count, LOAD] += amount[to]
                numbers[count, VALUE] = _value(
                    numbers[count, COST],
                    numbers[count, LOAD],
                    numbers[count, PART_PRICE],
                    numbers[count, PART_MOST],
                    room,
                )
                if _keep(count, heads, numbers, marks, rest_s, loose):
                    count += 1
        label += 1
    return complete, numbers[:count], marks[:count], best_label, best


def cheapest_stints(prices: StintPrices, most_labels: int, *, loose: bool = False) -> FoundStints:
    """Return the cheapest stint that ends with each delivery, if it gains.

    Parameters
    ----------
    prices
        The ground and the prices.
    most_labels
        So many labels have room.
    loose
        Whether labels are dropped that might still have led somewhere: quicker, proves nothing.
    """
    complete, numbers, marks, best_label, best = _labels(*prices, most_labels, loose)
    trips: list[Way] = []
    amounts: list[tuple[tuple[float, ...], ...]] = []
    for end in np.argsort(best, kind="stable").tolist():
        label = int(best_label[end])
        if label < 0 or best[end] > -SLACK:
            break
        ways, brought = _stint(label, numbers, marks, prices.room)
        trips.append(ways)
        amounts.append(brought)
    return FoundStints(
        complete=complete and not loose,
        least=float(best.min()) if best.size else np.inf,
        trips=trips,
        amounts=amounts,
    )


def _stint(
    label: int, numbers: Floats, marks: Ints, room: float
) -> tuple[Way, tuple[tuple[float, ...], ...]]:
    """Return the trips of a label, and what they bring."""
    num_nodes = int(marks[0, NODE])
    ways: list[tuple[int, ...]] = []
    brought: list[tuple[float, ...]] = []
    way: list[int] = []
    sizes: list[float] = []
    left = 0.0
    while label >= 0:
        node, before = int(marks[label, NODE]), int(marks[label, BEFORE])
        if node == num_nodes:
            if way:
                ways.append(tuple(reversed(way)))
                brought.append(tuple(reversed(sizes)))
            way, sizes = [], []
        else:
            if not way:  # the last delivery of a trip
                left = float(min(numbers[label, PART_MOST], room - numbers[label, LOAD]))
            is_cut = marks[label, PART] != NO_PART and marks[before, PART] == NO_PART
            load = float(numbers[label, LOAD] - numbers[before, LOAD])
            way.append(node)
            sizes.append(left if is_cut else load)
        label = before
    return tuple(reversed(ways)), tuple(reversed(brought))


def is_compiled() -> bool:
    """Return whether the search for trips need not be compiled first, by what was kept of it."""
    keeper = getattr(_labels, "_cache", None)
    if getattr(_labels, "signatures", ()) or keeper is None:
        return True
    # Numba has no other way to ask.
    return bool(keeper._cache_file._load_index())  # noqa: SLF001
