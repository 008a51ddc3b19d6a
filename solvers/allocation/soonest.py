"""When goods can be at a place at the soonest, as far as it is worth trying."""

import numpy as np

from relief.supply.fleet import Mode, mode_of
from solvers.allocation.case import AllocationCase, Floats
from solvers.allocation.road_hours import after_closures_s
from solvers.allocation.trucks import TruckTerms, speed_class_of_groups
from solvers.daylight import Daylight


def soonest_arrivals_s(case: AllocationCase, relaxed: TruckTerms) -> Floats:
    """Return the earliest arrivals that are worth sending goods for.

    For trucks these are the bound's, but that they wait for roads that are closed for a time. A
    helicopter, though, might bring goods from a depot from which it does not get to a place at once
    by loading further goods where it is filled up on its way; a bound must allow for that, but
    nobody should count on it. And it lands by day.

    Parameters
    ----------
    case
        The case.
    relaxed
        Its terms of `solvers.allocation.trucks.relaxed_trucks`.

    Returns
    -------
    Floats
        Seconds after the start, ``inf`` if never; shape (depots, places).
    """
    situation = case.situation
    arrive_s = relaxed.arrive_s.copy()
    daylight = Daylight(situation.start_at, situation.policy.carriers)
    for group, name in enumerate(speed_class_of_groups(case)):
        if mode_of(name) is Mode.ROAD:
            unload_s = min(k.unload_s for k in situation.vehicle_classes if k.speed_class == name)
            arrive_s[:, group] = after_closures_s(case, name, arrive_s[:, group], unload_s)
            continue
        layer = situation.travel.duration_h[case.speed_row[name]]
        at_once = np.isfinite(layer[np.ix_(case.depot_rows, case.place_rows)])
        group_s = np.where(at_once, arrive_s[:, group], np.inf)
        if mode_of(name) is Mode.AIR:
            for depot, place in np.argwhere(np.isfinite(group_s)).tolist():
                lands_s = daylight.departure_s(int(group_s[depot, place]), 0)
                group_s[depot, place] = max(group_s[depot, place], lands_s or 0)
        arrive_s[:, group] = group_s
    soonest: Floats = arrive_s.min(axis=1, initial=np.inf)
    return soonest
