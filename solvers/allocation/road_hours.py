"""Arrivals over ways that cannot be driven in some hours.

Only the way from the depot to the place is looked at, which is an estimate: goods may come over
another place. A bound must not use it.
"""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import AllocationCase, Floats

SECOND = timedelta(seconds=1)
Ints = NDArray[np.int64]


def after_closures_s(
    case: AllocationCase,
    speed_class: str,
    arrive_s: Floats,
    unload_s: float,
    depots: Ints | slice = slice(None),
) -> Floats:
    """Return arrivals that wait for roads which are closed for a time.

    Parameters
    ----------
    case
        The case.
    speed_class
        Of the vehicles.
    arrive_s
        Arrivals, unloading included, over ways that are open at any hour; shape (depots, places).
    unload_s
        Time to unload.
    depots
        Which of the case's depots are meant, in order; all by default.

    Returns
    -------
    Floats
        In the same shape; not before what was given.
    """
    travel = case.situation.travel
    if not travel.span_of.size:
        return arrive_s
    layer = case.speed_row[speed_class]
    ways = np.ix_(case.depot_rows[depots], case.place_rows)
    number: Ints = travel.span_of[layer][ways]
    out_s = case.drive_s[layer][ways]
    later_s = arrive_s.copy()
    for one, spans in enumerate(travel.closed_spans, start=1):
        for span in spans:
            begin_s = (span.begin - case.situation.start_at) / SECOND
            end_s = (span.end - case.situation.start_at) / SECOND
            leaves_s = later_s - unload_s - out_s
            is_met = (number == one) & (leaves_s < end_s) & (leaves_s + out_s > begin_s)
            later_s = np.where(is_met, end_s + out_s + unload_s, later_s)
    return later_s
