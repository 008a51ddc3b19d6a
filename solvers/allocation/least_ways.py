"""Least driving times over any chain of locations, kept as long as the travel times are the same.

A situation and what-ifs of it mostly share their travel times, and closing them is the larger part
of reading a situation with a thousand places.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relief.plan.travel import UNREACHABLE_S, TravelTimes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER_S = 2**30 - 1
"""Stands for no road, so that two of them still fit into 32 bits."""

_ROWS = 64
"""Rows taken together, so that they stay in the processor's cache."""


@lru_cache(maxsize=2)
def least_ways(travel: TravelTimes, depot_codes: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return driving times with detours from and to depots, and the lengths of the ways.

    Parameters
    ----------
    travel
        The times and distances of a situation.
    depot_codes
        From and to which detours are looked for.

    Returns
    -------
    tuple[Floats, Floats]
        Seconds, ``inf`` where there is no road, and kilometres: of a detour where there is no other
        way, elsewhere of the fastest one; read-only, shape (speed classes, locations, locations).
    """
    rows = travel.index()
    hubs = np.array([rows[code] for code in depot_codes], dtype=np.int64)
    seconds = travel.seconds()
    never = seconds >= UNREACHABLE_S
    if int(np.where(never, 0, seconds).max(initial=0)) < NEVER_S:
        # Half the width takes half the time, and is as exact.
        narrow = np.where(never, NEVER_S, seconds).astype(np.int32)
        closed = closed_over(narrow, hubs)
        drive_s = np.where(closed >= NEVER_S, np.inf, closed.astype(np.float64))
    else:
        drive_s = closed_over(np.where(never, np.inf, seconds.astype(np.float64)), hubs)
    distance_km = travel.distance_km
    if np.any(np.isfinite(drive_s) & never):
        straight = np.isfinite(distance_km)
        distance_km = np.where(straight, distance_km, closed_over(distance_km, hubs))
    drive_s.setflags(write=False)
    distance_km.setflags(write=False)
    return drive_s, distance_km


def closed_over(way: NDArray[Any], hubs: Ints) -> NDArray[Any]:
    """Return the least times from and to some locations over any chain of locations.

    Parameters
    ----------
    way
        Shape (speed classes, locations, locations); where there is no road ``inf``, or in whole
        numbers what is more than any sum of times.
    hubs
        The locations whose rows and columns are wanted; the others stay as they are.

    References
    ----------
    R. Bellman, On a routing problem, Quarterly of Applied Mathematics 16(1), 1958,
    DOI 10.1090/qam/102435 (improve by one location at a time until nothing changes).
    """
    closed = way.copy()
    for ways, least in zip(way, closed, strict=True):
        back = np.ascontiguousarray(ways.T)
        least[hubs] = there = _least_from(ways, hubs)
        # Where every way is as long back, so is every chain of them.
        least[:, hubs] = (there if np.array_equal(ways, back) else _least_from(back, hubs)).T
    return closed


def _least_from(ways: NDArray[Any], hubs: Ints) -> NDArray[Any]:
    """Return the least times from hubs to all locations."""
    least = ways[hubs]
    over = np.empty((_ROWS, ways.shape[1]), dtype=ways.dtype)
    for begin in range(0, len(hubs), _ROWS):
        rows = least[begin : begin + _ROWS]
        trial = over[: len(rows)]
        changed = np.arange(len(ways))
        while len(changed):
            before = rows.copy()
            for via in changed.tolist():
                np.add(rows[:, via, None], ways[via], out=trial)
                np.minimum(rows, trial, out=rows)
            # Only over what is nearer than it was can anything else be nearer, too.
            changed = np.flatnonzero((rows != before).any(axis=0))
    return least
