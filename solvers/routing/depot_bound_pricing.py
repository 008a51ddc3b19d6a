"""The cheapest trip from a depot at given prices, found exactly by labels.

Trips are built from their last delivery back to the depot. A label is the tail of a trip: what it
costs at the prices, what it brings, by when it must arrive at its first delivery, the earliest
window in which any of its deliveries is due (driving before it counts against the hours of that
window and of all later ones), the driving up to the last delivery due in that window and by when
it must go on for that one alone (from which the rests of so much driving are taken in the end),
which truck ends its stint with it, and which deliveries near by it may not go to again (an
ng-route; where the neighbourhood holds all deliveries, no trip goes to one twice).

For given prices and stops, the best amounts fill a truck in order of price for a unit: some
deliveries are brought whole, one takes the room that is left, and nothing is brought of the rest.
A stop at which nothing is brought is tried where it may pay by itself.

References
----------
R. Baldacci, A. Mingozzi, R. Roberti, New route relaxation and pricing strategies for the vehicle
routing problem, Operations Research 59, 2011, DOI 10.1287/opre.1110.0975.
G. Desaulniers, Branch-and-price-and-cut for the split-delivery vehicle routing problem with time
windows, Operations Research 58, 2010, DOI 10.1287/opre.1090.0713.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from relief.plan.travel import UNREACHABLE_S
from solvers.routing.limits import NO_LIMIT
from solvers.routing.string_tours import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Array = NDArray[Any]

NO_ROAD_S = int(UNREACHABLE_S)
NO_PART = -1
SLACK = 1e-9
COST, LOAD, PART_PRICE, PART_MOST = 0, 1, 2, 3
NODE, BEFORE, LATEST, DUE, SEEN, PART, NEXT, ALIVE = 0, 1, 2, 3, 4, 5, 6, 7
LATEST_DUE, DRIVE_DUE, END, ROAD = 8, 9, 10, 11
NUM_MARKS = 12
WHOLE, CUT, NOTHING = 0, 1, 2
"""How a delivery is brought."""


class TripPrices(NamedTuple):
    """What trips of one class of trucks are priced with; the arrays are as in `DepotWork`.

    Parameters
    ----------
    place, window
        Location and deadline row of each delivery, those of one place side by side.
    deadline_s
        Of each delivery.
    amount, room
        Size of each delivery and of the truck.
    price
        Of a unit of each delivery, >= 0.
    visit_price
        Of a stop at each location, >= 0.
    drive_s, leg_fen, unload_s, load_s
        The ground, and the work of the class.
    clock_rate, drive_rate
        Price of a second, at work or on the road, before a delivery due in each window.
    rest_after_s, rest_s
        After so much driving a rest is due, and how long it is.
    end_fen
        What each way to end a trip costs at each location, shape (ends, locations).
    end_by_s
        When a trip that ends so must leave each location at the latest, of the same shape.
    from_s
        When a truck that ends so can begin to load, shape (ends,).
    most_drive_s
        Driving that such a truck may have done by the end of each window, shape (ends, windows).
    exit_s, most_road_s
        Driving from each location on to where such a truck is needed, shape (ends, locations), and
        the most that it may drive with it, shape (ends,); `NO_LIMIT` where nobody waits for it.
    begin_fen
        What a trip costs in itself, less what it earns in itself.
    passing
        Whether it may pay to stop at a location on the way to another, even to bring nothing;
        shape (locations, locations).
    ending
        Whether it may pay to end at a location so, even to bring nothing; shape (ends, locations).
    near
        Rows of the deliveries in the neighbourhood of each, itself first, -1 where there are no
        more; shape (nodes, neighbours).
    """

    place: Ints
    window: Ints
    deadline_s: Ints
    amount: Floats
    room: float
    price: Floats
    visit_price: Floats
    drive_s: Ints
    leg_fen: Floats
    unload_s: int
    load_s: int
    clock_rate: Floats
    drive_rate: Floats
    rest_after_s: int
    rest_s: int
    end_fen: Floats
    end_by_s: Ints
    from_s: Ints
    most_drive_s: Ints
    exit_s: Ints
    most_road_s: Ints
    begin_fen: float
    passing: NDArray[np.bool_]
    ending: NDArray[np.bool_]
    near: Ints


class Found(NamedTuple):
    """What pricing found.

    Parameters
    ----------
    complete
        Whether all labels had room: only then is `least` proven.
    least
        The least reduced cost of any trip, infinite if there is none.
    nodes, amounts
        Of the best trips, in driving order.
    ends
        How they end.
    """

    complete: bool
    least: float
    nodes: list[tuple[int, ...]]
    amounts: list[tuple[float, ...]]
    ends: list[int]


@compiled
def _value(cost: float, load: float, part_price: float, part_most: float, room: float) -> float:
    """Return what a label comes to when nothing more is brought."""
    return cost - part_price * min(part_most, room - load)


@compiled
def _beats(  # noqa: PLR0911, PLR0917 - compiled functions take no keywords
    one: int,
    other: int,
    numbers: Array,
    marks: Array,
    room: float,
    loose: bool,  # noqa: FBT001
) -> bool:
    """Return whether no way to go on makes the other label better than the one."""
    if numbers[one, LOAD] > numbers[other, LOAD] + SLACK:
        return False
    cost, other_cost = numbers[one, COST], numbers[other, COST]
    if not loose:
        if marks[one, DUE] < marks[other, DUE] or marks[one, LATEST] < marks[other, LATEST]:
            return False
        if marks[one, SEEN] & ~marks[other, SEEN]:
            return False
        if (
            marks[one, DRIVE_DUE] > marks[other, DRIVE_DUE]
            or marks[one, LATEST_DUE] < marks[other, LATEST_DUE]
            or marks[one, ROAD] > marks[other, ROAD]
        ):
            return False
    if marks[one, PART] == NO_PART:
        if marks[other, PART] == NO_PART:
            return bool(cost <= other_cost + SLACK)
        beaten = SLACK + _value(
            other_cost,
            numbers[other, LOAD],
            numbers[other, PART_PRICE],
            numbers[other, PART_MOST],
            room,
        )
        return bool(cost <= beaten)
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
    room: float,
    loose: bool,  # noqa: FBT001
) -> bool:
    """Put a label into the list of its node and end unless one beats it; drop what it beats."""
    node, end = marks[label, NODE], marks[label, END]
    last = -1
    other = heads[end, node]
    while other >= 0:
        if _beats(other, label, numbers, marks, room, loose):
            return False
        after = marks[other, NEXT]
        if _beats(label, other, numbers, marks, room, loose):
            marks[other, ALIVE] = 0
            if last < 0:
                heads[end, node] = after
            else:
                marks[last, NEXT] = after
        else:
            last = other
        other = after
    marks[label, NEXT] = heads[end, node]
    marks[label, ALIVE] = 1
    heads[end, node] = label
    return True


@compiled
def _seen_at(seen: int, node: int, to: int, near: Array) -> int:
    """Return what a label has seen of the neighbourhood of the delivery to which it goes."""
    found = 1
    for bit in range(near.shape[1]):
        if seen >> bit & 1:
            for other in range(1, near.shape[1]):
                if near[to, other] == near[node, bit]:
                    found |= 1 << other
                    break
    return found


@compiled
def _labels(  # noqa: C901, PLR0912, PLR0915, PLR0917 - compiled: flat, by position
    place: Array,
    window: Array,
    deadline_s: Array,
    amount: Array,
    room: float,
    price: Array,
    visit_price: Array,
    drive_s: Array,
    leg_fen: Array,
    unload_s: int,
    load_s: int,
    clock_rate: Array,
    drive_rate: Array,
    rest_after_s: int,
    rest_s: int,
    end_fen: Array,
    end_by_s: Array,
    from_s: Array,
    most_drive_s: Array,
    exit_s: Array,
    most_road_s: Array,
    begin_fen: float,
    passing: Array,
    ending: Array,
    near: Array,
    most_labels: int,
    loose: bool,  # noqa: FBT001
) -> tuple[bool, Array, Array, Array, Array]:
    """Return completeness, the labels, and label and reduced cost of all trips worth their cost."""
    num_nodes = len(place)
    numbers = np.empty((most_labels, 4))
    marks = np.empty((most_labels, NUM_MARKS), dtype=np.int64)
    num_ends = len(end_fen)
    heads = np.full((num_ends, num_nodes), -1, dtype=np.int64)
    count = 0
    complete = True
    best = np.full((num_ends, num_nodes), np.inf)
    best_label = np.full((num_ends, num_nodes), -1, dtype=np.int64)
    for start in range(num_ends * num_nodes):
        finish, node = start // num_nodes, start % num_nodes
        if not np.isfinite(end_fen[finish, place[node]]):
            continue
        whole = min(amount[node], room)
        for part in range(3):
            if part == NOTHING and not ending[finish, place[node]]:
                continue
            if count + 1 >= most_labels:
                complete = False
                break
            marks[count, NODE] = node
            marks[count, BEFORE] = -1
            marks[count, LATEST] = min(deadline_s[node], end_by_s[finish, place[node]]) - unload_s
            marks[count, DUE] = window[node]
            marks[count, LATEST_DUE] = deadline_s[node] - unload_s
            marks[count, DRIVE_DUE] = 0
            marks[count, END] = finish
            marks[count, ROAD] = 0
            if most_road_s[finish] < NO_LIMIT:
                marks[count, ROAD] = exit_s[finish, place[node]]
            marks[count, SEEN] = 1
            numbers[count, COST] = end_fen[finish, place[node]] - visit_price[place[node]]
            numbers[count, LOAD] = 0.0
            numbers[count, PART_PRICE] = 0.0
            numbers[count, PART_MOST] = 0.0
            marks[count, PART] = NO_PART
            if part == CUT:
                marks[count, PART] = node
                numbers[count, PART_PRICE] = price[node]
                numbers[count, PART_MOST] = whole
            elif part == WHOLE:
                numbers[count, COST] -= price[node] * whole
                numbers[count, LOAD] = whole
            if _keep(count, heads, numbers, marks, room, loose):
                count += 1
    begin = 0
    while begin < count and complete:
        end = count
        for label in range(begin, end):
            if not marks[label, ALIVE]:
                continue
            node = marks[label, NODE]
            here = place[node]
            due = marks[label, DUE]
            finish = marks[label, END]
            seconds = drive_s[0, here]
            driven = seconds + marks[label, DRIVE_DUE]
            rests_s = max(0, driven - 1) // rest_after_s * rest_s
            if (
                seconds < NO_ROAD_S
                and marks[label, LATEST] - seconds - load_s >= from_s[finish]
                and marks[label, LATEST_DUE] - rests_s - seconds - load_s >= from_s[finish]
                and driven <= most_drive_s[finish, due]
                and seconds + marks[label, ROAD] <= most_road_s[finish]
                and np.isfinite(leg_fen[0, here])
            ):
                value = (
                    _value(
                        numbers[label, COST],
                        numbers[label, LOAD],
                        numbers[label, PART_PRICE],
                        numbers[label, PART_MOST],
                        room,
                    )
                    + begin_fen
                    + leg_fen[0, here]
                    + clock_rate[due] * (load_s + seconds + unload_s)
                    + drive_rate[due] * seconds
                )
                if value < best[finish, node]:
                    best[finish, node] = value
                    best_label[finish, node] = label
            left = room - numbers[label, LOAD]
            for to in range(num_nodes):
                there = place[to]
                inside = there == here
                if inside and to >= node:
                    continue
                seconds = 0 if inside else drive_s[there, here]
                if seconds >= NO_ROAD_S:
                    continue
                is_seen = False
                for bit in range(near.shape[1]):
                    if near[node, bit] == to and marks[label, SEEN] >> bit & 1:
                        is_seen = True
                        break
                if is_seen:
                    continue
                latest = min(
                    marks[label, LATEST] - (0 if inside else seconds + unload_s),
                    deadline_s[to] - unload_s,
                )
                if latest < from_s[finish] + load_s:
                    continue
                is_sooner = window[to] < due
                drive_due = 0 if is_sooner else marks[label, DRIVE_DUE] + seconds
                if drive_due > most_drive_s[finish, min(due, window[to])]:
                    continue
                road_s = 0
                if most_road_s[finish] < NO_LIMIT:
                    road_s = marks[label, ROAD] + seconds
                latest_due = deadline_s[to] - unload_s
                if not is_sooner:
                    latest_due = marks[label, LATEST_DUE] - (0 if inside else seconds + unload_s)
                cost = numbers[label, COST]
                if not inside:
                    cost += (
                        leg_fen[there, here]
                        - visit_price[there]
                        + clock_rate[due] * (seconds + unload_s)
                        + drive_rate[due] * seconds
                    )
                for part in range(3):
                    if part == WHOLE and amount[to] > left + SLACK:
                        continue
                    if part == CUT and (left <= SLACK or marks[label, PART] != NO_PART):
                        continue
                    if part == NOTHING and (inside or not passing[there, here]):
                        continue
                    if count + 1 >= most_labels:
                        complete = False
                        break
                    marks[count, NODE] = to
                    marks[count, BEFORE] = label
                    marks[count, LATEST] = latest
                    marks[count, DUE] = min(due, window[to])
                    marks[count, LATEST_DUE] = latest_due
                    marks[count, DRIVE_DUE] = drive_due
                    marks[count, END] = finish
                    marks[count, ROAD] = road_s
                    marks[count, SEEN] = _seen_at(marks[label, SEEN], node, to, near)
                    numbers[count, COST] = cost
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
                    if _keep(count, heads, numbers, marks, room, loose):
                        count += 1
        begin = end
    return complete, numbers[:count], marks[:count], best_label, best


def cheapest_trips(prices: TripPrices, most_labels: int, *, loose: bool = False) -> Found:
    """Return the cheapest trip that begins with each delivery, for each way to end, if it gains.

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
    nodes: list[tuple[int, ...]] = []
    amounts: list[tuple[float, ...]] = []
    ends: list[int] = []
    for place in np.argsort(best, axis=None, kind="stable").tolist():
        label = int(best_label.flat[place])
        if label < 0 or best.flat[place] > -SLACK:
            break
        ends.append(place // best.shape[1])
        part = int(marks[label, PART])
        left = float(min(numbers[label, PART_MOST], prices.room - numbers[label, LOAD]))
        way: list[int] = []
        brought: list[float] = []
        while label >= 0:
            before = int(marks[label, BEFORE])
            way.append(int(marks[label, NODE]))
            part_before = NO_PART if before < 0 else int(marks[before, PART])
            load_before = 0.0 if before < 0 else float(numbers[before, LOAD])
            is_cut = part != NO_PART and marks[label, PART] == part and part_before == NO_PART
            brought.append(left if is_cut else float(numbers[label, LOAD]) - load_before)
            label = before
        nodes.append(tuple(way))
        amounts.append(tuple(brought))
    least = float(best.min()) if best.size else np.inf
    return Found(
        complete=complete and not loose, least=least, nodes=nodes, amounts=amounts, ends=ends
    )


def is_compiled() -> bool:
    """Return whether the search for trips need not be compiled first, by what was kept of it."""
    keeper = getattr(_labels, "_cache", None)
    if getattr(_labels, "signatures", ()) or keeper is None:
        return True
    # Numba has no other way to ask.
    return bool(keeper._cache_file._load_index())  # noqa: SLF001
