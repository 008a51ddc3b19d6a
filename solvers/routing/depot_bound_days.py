"""What the drivers of a truck have driven before it is at a depot, and may drive from then on."""

import numpy as np
from numpy.typing import NDArray

from solvers.routing.depot_bound_cases import DepotWork, Slot
from solvers.routing.depot_bound_pricing import MINUTE_S
from solvers.routing.limits import NO_LIMIT

Ints = NDArray[np.int64]

DAY_S = 24 * 3_600


def day_limits(work: DepotWork, slot: Slot) -> Ints:
    """Return the earliest instant at which so many whole minutes may have been driven.

    In any 24 hours so much may be driven. Counted in days that begin when the truck has loaded
    first; in the first one, what was driven before it came counts until it is a day old. So the
    instants are no later than the rules would have them.

    Returns
    -------
    Ints
        Seconds after the start of the plan; what is longer than the table cannot be driven by
        the last deadline.
    """
    a_day_s = min(DAY_S, work.drive_per_day_s * slot.num_drivers)
    first_s = slot.from_s + int(work.load_s[slot.kind])
    since_s = np.arange(0, DAY_S, MINUTE_S, dtype=np.int64)
    before_s = np.zeros_like(since_s)
    for begin_s, end_s in slot.driven_s:
        begins_s = np.maximum(begin_s, first_s + since_s - DAY_S)
        before_s += np.maximum(0, min(end_s, slot.from_s) - begins_s)
    free_s = np.maximum.accumulate(np.maximum(0, a_day_s - before_s))
    horizon_s = max(0, max(int(work.deadlines_s[-1]), slot.until_s or 0) - first_s)
    num_days = 1 + horizon_s // DAY_S
    minutes = np.arange(num_days * a_day_s // MINUTE_S + 1, dtype=np.int64) * MINUTE_S
    found = np.full(len(minutes), first_s + num_days * DAY_S, dtype=np.int64)
    for day in reversed(range(num_days)):
        row = np.searchsorted(free_s, minutes - day * a_day_s)
        inside = row < len(since_s)
        # So much is reached within the minute before.
        at_s = first_s + day * DAY_S + (row - 1) * MINUTE_S
        found[inside] = np.maximum(first_s, at_s[inside])
    return found


def driven_since_rest_s(work: DepotWork, slot: Slot) -> int:
    """Return what was driven since the last pause that could have been a rest."""
    since_s, last_s = 0, slot.from_s
    for begin_s, end_s in reversed(slot.driven_s):
        if last_s - min(end_s, slot.from_s) >= work.rest_s:
            break
        since_s += max(0, min(end_s, slot.from_s) - begin_s)
        last_s = begin_s
    return min(since_s, work.rest_after_s)


def between_s(work: DepotWork, slot: Slot) -> int:
    """Return the most seconds of driving until trucks are needed next, by what they drive then.

    Any day that holds all their time here holds some of what they drove before, and of what they
    drive afterwards.
    """
    if slot.until_s is None:
        return NO_LIMIT
    a_day_s = min(DAY_S, work.drive_per_day_s * slot.num_drivers)
    least_s = NO_LIMIT
    begins = [slot.from_s, *(begin for begin, _ in slot.driven_s)]
    begins += [end - DAY_S for _, end in slot.drives_on_s]
    for begin in begins:
        until_s = begin + DAY_S
        if begin > slot.from_s or until_s < slot.until_s:
            continue
        other_s = sum(
            max(0, min(end, slot.from_s) - max(start, begin)) for start, end in slot.driven_s
        )
        other_s += sum(max(0, min(end, until_s) - start) for start, end in slot.drives_on_s)
        least_s = min(least_s, max(0, a_day_s - other_s))
    return least_s
