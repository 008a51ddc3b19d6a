"""Routes as linked lists of visits, compiled: what string removal works on.

A visit v belongs to stop ``v // copies``; only where deliveries are split has a stop several.
After the visits come two ends for each route: its start ``num_visits + 2 r`` and its end, one
further. Everything about one visit, route, stop or vehicle type stands in one row of one array,
which is what makes the compiled code fast. The functions work on those arrays in place.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from solvers.routing.limits import NO_ROAD

Array = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])
SHARED_SOURCES = ("string_*.py", "limits.py")
"""Files beside this one whose functions and constants every compiled function may use."""


@cache
def _sources_digest(family: str) -> str:
    """Return a fingerprint of the sources that functions of a family are compiled from.

    Constants of one file are compiled into the functions of others.
    """
    here = Path(__file__).parent
    kinds = {*SHARED_SOURCES, f"{family}_*.py"}
    sources = sorted({path for kind in kinds for path in here.glob(kind)})
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def compiled(function: Function) -> Function:
    """Compile a function on its first call, and keep the result for later runs of the program.

    What was kept is used while the sources of its family are the same; Numba by itself looks
    only at the file of the function. Where no folder can be written to, neither beside the code
    nor at home, every run compiles.
    """
    try:
        kept = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return cast("Function", numba.njit(nogil=True)(function))
    keeper = getattr(kept, "_cache", None)
    if keeper is not None:
        family = Path(function.__code__.co_filename).name.split("_")[0]
        # Numba has no other way to say when kept code is out of date.
        keeper._cache_file._source_stamp = _sources_digest(family)  # noqa: SLF001
    return cast("Function", kept)


BROKEN = 1 << 50
"""Added to the cost of a route that a removal has made impossible, so that it is never kept."""
UNTIMED, WINDOWS, DURATIONS = 0, 1, 2
"""What must be known of time: nothing, windows, or the least duration of each route."""

# Columns of `Tours.visit`; from `AMOUNT` on one for each load.
AFTER, BEFORE, ROUTE, PLACE = 0, 1, 2, 3
# Least duration, earliest and latest beginning of what lies up to a visit and from it on.
TO_DURATION, TO_EARLIEST, TO_LATEST = 4, 5, 6
FROM_DURATION, FROM_EARLIEST, FROM_LATEST = 7, 8, 9
AMOUNT = 10
# Columns of `Tours.tour`; the lists of open and free routes stand there too.
KIND, SIZE, LENGTH, DURATION, COST, OPEN_AT, OPEN_LIST, FREE_LIST, ON_BOARD = range(9)
# Columns of `Tours.due`.
OWED, ABSENT_AT, ABSENT_LIST = 0, 1, 2
# Columns of `Fleet.stop`.
SERVICE, OPENS, CLOSES, PENALTY, FAR, LOAD = range(6)
# Columns of `Fleet.vehicle`.
(
    FIXED, PER_DISTANCE, PER_DURATION, MAX_DISTANCE, MAX_DURATION, START, END, PROFILE, DAY_OPENS,
    DAY_CLOSES, END_OPENS, END_CLOSES, AVAILABLE, GROUP, CAPACITY,
) = range(15)  # fmt: skip
# `DAY_OPENS` and `DAY_CLOSES` are for the beginning of a route, the other two for its end.
# Places in `Tours.counts`.
NUM_ABSENT, NUM_ROUTES, NUM_FREE = 0, 1, 2


class Fleet(NamedTuple):
    """The problem in arrays.

    Matrices by profile, stops, vehicle types, which type may serve which stop, for each stop the
    nearest ones in time and space, and all in order of distance.
    """

    dist: Array
    time: Array
    stop: Array
    vehicle: Array
    allowed: Array
    near: Array
    adjacent: Array
    num_depots: int
    num_loads: int
    copies: int
    timing: int
    split: bool


class Tours(NamedTuple):
    """All routes: links, times and sums, kept in step with each other."""

    visit: Array
    tour: Array
    due: Array
    used: Array
    counts: Array


def empty_tours(fleet: Fleet) -> Tours:
    """Return tours in which every stop is absent."""
    num_stops = len(fleet.stop)
    num_visits = num_stops * fleet.copies
    num_routes = num_visits + 1
    visit = np.zeros((num_visits + 2 * num_routes, AMOUNT + fleet.num_loads), np.int64)
    visit[:, ROUTE] = -1
    visit[:num_visits, PLACE] = fleet.num_depots + np.arange(num_visits) // fleet.copies
    if not fleet.split:
        visit[:num_visits, AMOUNT:] = fleet.stop[:, LOAD:]
    tour = np.zeros((num_routes, ON_BOARD + fleet.num_loads), np.int64)
    tour[:, OPEN_AT] = -1
    tour[:, FREE_LIST] = np.arange(num_routes)[::-1]
    due = np.zeros((num_stops, 3), np.int64)
    due[:, OWED] = fleet.stop[:, LOAD] if fleet.split else 1
    # Only where deliveries are split may a stop ask for nothing; it is then never visited.
    absent = np.flatnonzero(due[:, OWED])
    due[: len(absent), ABSENT_LIST] = absent
    due[absent, ABSENT_AT] = np.arange(len(absent))
    return Tours(
        visit=visit,
        tour=tour,
        due=due,
        used=np.zeros(len(fleet.vehicle), np.int64),
        counts=np.array([len(absent), 0, num_routes]),
    )


@compiled
def open_route(fleet: Fleet, tours: Tours, kind: int) -> int:
    """Begin an empty route with a vehicle of a type, and return its number."""
    visit, tour, counts = tours.visit, tours.tour, tours.counts
    counts[NUM_FREE] -= 1
    route = tour[counts[NUM_FREE], FREE_LIST]
    first = len(visit) - 2 * len(tour) + 2 * route
    last = first + 1
    visit[first, AFTER], visit[last, BEFORE] = last, first
    visit[first, ROUTE] = visit[last, ROUTE] = route
    visit[first, PLACE], visit[last, PLACE] = fleet.vehicle[kind, START], fleet.vehicle[kind, END]
    for column in range(tour.shape[1]):
        if column not in (OPEN_AT, OPEN_LIST, FREE_LIST):
            tour[route, column] = 0
    tour[route, KIND] = kind
    tours.used[kind] += 1
    tour[counts[NUM_ROUTES], OPEN_LIST] = route
    tour[route, OPEN_AT] = counts[NUM_ROUTES]
    counts[NUM_ROUTES] += 1
    refresh(fleet, tours, route)
    return int(route)


@compiled
def close_route(tours: Tours, route: int) -> None:
    """Give an empty route's vehicle back."""
    tour, counts = tours.tour, tours.counts
    tours.used[tour[route, KIND]] -= 1
    counts[NUM_ROUTES] -= 1
    moved, at = tour[counts[NUM_ROUTES], OPEN_LIST], tour[route, OPEN_AT]
    tour[at, OPEN_LIST], tour[moved, OPEN_AT] = moved, at
    tour[route, OPEN_AT] = -1
    tour[counts[NUM_FREE], FREE_LIST] = route
    counts[NUM_FREE] += 1


@compiled
def take_number(tours: Tours, route: int) -> None:
    """Open a certain route again that was closed a short while ago; its row is out of date."""
    tour, counts = tours.tour, tours.counts
    at = counts[NUM_FREE] - 1
    while tour[at, FREE_LIST] != route:
        at -= 1
    counts[NUM_FREE] -= 1
    tour[at, FREE_LIST] = tour[counts[NUM_FREE], FREE_LIST]
    tour[counts[NUM_ROUTES], OPEN_LIST] = route
    tour[route, OPEN_AT] = counts[NUM_ROUTES]
    counts[NUM_ROUTES] += 1


@compiled
def owe(tours: Tours, stop: int, amount: int) -> None:
    """Note that a stop still has to get something."""
    due, counts = tours.due, tours.counts
    if due[stop, OWED] == 0:
        due[counts[NUM_ABSENT], ABSENT_LIST], due[stop, ABSENT_AT] = stop, counts[NUM_ABSENT]
        counts[NUM_ABSENT] += 1
    due[stop, OWED] += amount


@compiled
def settle(tours: Tours, stop: int, amount: int) -> None:
    """Note that a stop gets something."""
    due, counts = tours.due, tours.counts
    due[stop, OWED] -= amount
    if due[stop, OWED] == 0:
        counts[NUM_ABSENT] -= 1
        moved, at = due[counts[NUM_ABSENT], ABSENT_LIST], due[stop, ABSENT_AT]
        due[at, ABSENT_LIST], due[moved, ABSENT_AT] = moved, at


@compiled
def link(fleet: Fleet, tours: Tours, number: int, previous: int) -> None:
    """Put a visit behind another; times and sums are then out of date until `refresh`."""
    visit, tour = tours.visit, tours.tour
    following, route = visit[previous, AFTER], visit[previous, ROUTE]
    visit[previous, AFTER], visit[number, BEFORE] = number, previous
    visit[number, AFTER], visit[following, BEFORE] = following, number
    visit[number, ROUTE] = route
    tour[route, SIZE] += 1
    for load in range(fleet.num_loads):
        tour[route, ON_BOARD + load] += visit[number, AMOUNT + load]
    settle(
        tours, visit[number, PLACE] - fleet.num_depots, visit[number, AMOUNT] if fleet.split else 1
    )


@compiled
def unlink(fleet: Fleet, tours: Tours, number: int) -> None:
    """Take a visit out of its route; times and sums are then out of date until `refresh`."""
    visit, tour = tours.visit, tours.tour
    previous, following = visit[number, BEFORE], visit[number, AFTER]
    route = visit[number, ROUTE]
    visit[previous, AFTER], visit[following, BEFORE] = following, previous
    visit[number, ROUTE] = -1
    tour[route, SIZE] -= 1
    for load in range(fleet.num_loads):
        tour[route, ON_BOARD + load] -= visit[number, AMOUNT + load]
    owe(tours, visit[number, PLACE] - fleet.num_depots, visit[number, AMOUNT] if fleet.split else 1)


@compiled
def refresh(fleet: Fleet, tours: Tours, route: int) -> None:
    """Bring length, times and cost of a whole route up to date."""
    visit, tour = tours.visit, tours.tour
    vehicle = fleet.vehicle[tour[route, KIND]]
    first = len(visit) - 2 * len(tour) + 2 * route
    last = first + 1
    profile, dist = vehicle[PROFILE], fleet.dist
    length = np.int64(0)
    at = first
    while at != last:
        following = visit[at, AFTER]
        length += dist[profile, visit[at, PLACE], visit[following, PLACE]]
        at = following
    tour[route, LENGTH], tour[route, DURATION] = length, 0
    for end, opens, closes in ((first, DAY_OPENS, DAY_CLOSES), (last, END_OPENS, END_CLOSES)):
        visit[end, TO_DURATION] = visit[end, FROM_DURATION] = 0
        visit[end, TO_EARLIEST] = visit[end, FROM_EARLIEST] = vehicle[opens]
        visit[end, TO_LATEST] = visit[end, FROM_LATEST] = vehicle[closes]
    late = False
    if fleet.timing != UNTIMED:
        late = _time_forward(fleet, tours, route, first, last)
        _time_backward(fleet, tours, route, last, first)
    _add_up(fleet, tours, route, late)


@compiled
def refresh_around(fleet: Fleet, tours: Tours, route: int, number: int) -> None:
    """Bring a route up to date after one visit was put into it, where it was found to fit."""
    visit, tour, dist = tours.visit, tours.tour, fleet.dist
    profile = fleet.vehicle[tour[route, KIND], PROFILE]
    previous, following = visit[number, BEFORE], visit[number, AFTER]
    origin, here = visit[previous, PLACE], visit[number, PLACE]
    beyond = visit[following, PLACE]
    tour[route, LENGTH] += dist[profile, origin, here]
    tour[route, LENGTH] += np.int64(dist[profile, here, beyond]) - dist[profile, origin, beyond]
    late = False
    if fleet.timing != UNTIMED:
        late = _time_forward(fleet, tours, route, previous, following)
        _time_backward(fleet, tours, route, following, previous)
    _add_up(fleet, tours, route, late)


@compiled
def _add_up(fleet: Fleet, tours: Tours, route: int, late: bool) -> None:  # noqa: FBT001
    """Work out duration and cost of a route from its length and times."""
    visit, tour = tours.visit, tours.tour
    vehicle = fleet.vehicle[tour[route, KIND]]
    last = len(visit) - 2 * len(tour) + 2 * route + 1
    if fleet.timing != UNTIMED:
        tour[route, DURATION] = visit[last, TO_DURATION]
    broken = bool(
        late
        or tour[route, LENGTH] >= NO_ROAD
        or tour[route, LENGTH] > vehicle[MAX_DISTANCE]
        or tour[route, DURATION] > vehicle[MAX_DURATION]
    )
    tour[route, COST] = (
        vehicle[FIXED]
        + vehicle[PER_DISTANCE] * tour[route, LENGTH]
        + vehicle[PER_DURATION] * tour[route, DURATION]
        + (BROKEN if broken else 0)
    )


@compiled
def _time_forward(fleet: Fleet, tours: Tours, route: int, begin: int, least: int) -> bool:
    """Work out what lies up to each visit behind `begin`; return whether anything is late.

    Past `least` it stops where nothing changes any more. Segments are joined as by Vidal, Crainic,
    Gendreau and Prins (2013), doi:10.1016/j.cor.2012.07.018, without lateness, which is never
    allowed here.
    """
    visit, tour, stop, time = tours.visit, tours.tour, fleet.stop, fleet.time
    vehicle = fleet.vehicle[tour[route, KIND]]
    profile = vehicle[PROFILE]
    last = len(visit) - 2 * len(tour) + 2 * route + 1
    late, past = False, False
    at = begin
    while at != last:
        following = visit[at, AFTER]
        place = visit[following, PLACE]
        way = visit[at, TO_DURATION] + time[profile, visit[at, PLACE], place]
        service, opens, closes = np.int64(0), vehicle[END_OPENS], vehicle[END_CLOSES]
        if following != last:
            # Places of stops come in their order.
            row = place - fleet.num_depots
            service, opens, closes = stop[row, SERVICE], stop[row, OPENS], stop[row, CLOSES]
        wait = max(opens - way - visit[at, TO_LATEST], 0)
        late = late or visit[at, TO_EARLIEST] + way > closes
        duration = way + service + wait
        earliest = max(opens - way, visit[at, TO_EARLIEST]) - wait
        latest = min(closes - way, visit[at, TO_LATEST])
        past = past or following == least
        if (
            past
            and visit[following, TO_DURATION] == duration
            and visit[following, TO_EARLIEST] == earliest
            and visit[following, TO_LATEST] == latest
            and last not in (following, least)
        ):
            break
        visit[following, TO_DURATION] = duration
        visit[following, TO_EARLIEST], visit[following, TO_LATEST] = earliest, latest
        at = following
    return bool(late)


@compiled
def _time_backward(fleet: Fleet, tours: Tours, route: int, begin: int, least: int) -> None:
    """Work out what lies from each visit before `begin` on, as far as anything changes."""
    visit, tour, stop, time = tours.visit, tours.tour, fleet.stop, fleet.time
    vehicle = fleet.vehicle[tour[route, KIND]]
    profile = vehicle[PROFILE]
    first = len(visit) - 2 * len(tour) + 2 * route
    past = False
    at = begin
    while at != first:
        previous = visit[at, BEFORE]
        place = visit[previous, PLACE]
        service, opens, closes = np.int64(0), vehicle[DAY_OPENS], vehicle[DAY_CLOSES]
        if previous != first:
            row = place - fleet.num_depots
            service, opens, closes = stop[row, SERVICE], stop[row, OPENS], stop[row, CLOSES]
        way = service + time[profile, place, visit[at, PLACE]]
        wait = max(visit[at, FROM_EARLIEST] - way - closes, 0)
        duration = way + wait + visit[at, FROM_DURATION]
        earliest = max(visit[at, FROM_EARLIEST] - way, opens) - wait
        latest = min(visit[at, FROM_LATEST] - way, closes)
        past = past or previous == least
        if (
            past
            and visit[previous, FROM_DURATION] == duration
            and visit[previous, FROM_EARLIEST] == earliest
            and visit[previous, FROM_LATEST] == latest
            and first not in (previous, least)
        ):
            break
        visit[previous, FROM_DURATION] = duration
        visit[previous, FROM_EARLIEST], visit[previous, FROM_LATEST] = earliest, latest
        at = previous


@compiled
def change_kind(tours: Tours, route: int, kind: int) -> None:
    """Give a route a vehicle of another type of the same group."""
    tours.used[tours.tour[route, KIND]] -= 1
    tours.used[kind] += 1
    tours.tour[route, KIND] = kind


@compiled
def retype(fleet: Fleet, tours: Tours, route: int) -> None:
    """Give a route the cheapest vehicle of its group that holds its load."""
    tour, vehicle = tours.tour, fleet.vehicle
    kind = tour[route, KIND]
    best, best_kind = tour[route, COST], kind
    for other in range(len(vehicle)):
        if other == kind or vehicle[other, GROUP] != vehicle[kind, GROUP]:
            continue
        fits = tours.used[other] < vehicle[other, AVAILABLE]
        for load in range(fleet.num_loads):
            fits = fits and tour[route, ON_BOARD + load] <= vehicle[other, CAPACITY + load]
        cost = (
            vehicle[other, FIXED]
            + vehicle[other, PER_DISTANCE] * tour[route, LENGTH]
            + vehicle[other, PER_DURATION] * tour[route, DURATION]
        )
        if fits and cost < best:
            best, best_kind = cost, other
    if best_kind != kind:
        change_kind(tours, route, best_kind)
        refresh(fleet, tours, route)
