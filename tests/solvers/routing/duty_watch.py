"""A second, stupid look at driver duty: second by second, or minute by minute on whole minutes."""

from collections.abc import Iterable
from datetime import timedelta

import numpy as np

from relief.plan.routes import Leg, VehicleRoute
from tests.situations import START_AT

Drives = list[tuple[int, int]]
"""Begin and end of each drive, in seconds after the start."""


def drives_of_leg(depart_s: int, drive_s: int, rests: Iterable[tuple[int, int]]) -> Drives:
    """Return the drives of a leg between its rests."""
    drives: Drives = []
    now_s = depart_s
    done_s = 0
    for after_s, rest_s in rests:
        drives.append((now_s, now_s + after_s - done_s))
        now_s += after_s - done_s + rest_s
        done_s = after_s
    drives.append((now_s, now_s + drive_s - done_s))
    return [(begin, end) for begin, end in drives if end > begin]


def drives_of_route(route: VehicleRoute) -> Drives:
    """Return all drives of a truck, the way home included."""
    legs = [stop.leg for trip in route.trips for stop in trip.stops] + [route.home.leg]
    return [drive for leg in legs for drive in _drives(leg)]


def _drives(leg: Leg) -> Drives:
    second = timedelta(seconds=1)
    return drives_of_leg(
        (leg.depart_at - START_AT) // second,
        leg.drive // second,
        [(rest.after_drive // second, rest.duration // second) for rest in leg.rests],
    )


def most_in_a_day_s(drives: Drives) -> int:
    """Return the most driving in any 24 hours, by looking at every second."""
    if not drives:
        return 0
    day_s = 24 * 3_600
    at_wheel = np.zeros(max(end for _, end in drives) + day_s, dtype=np.int64)
    for begin, end in drives:
        at_wheel[begin:end] = 1
    total = np.concatenate([[0], np.cumsum(at_wheel)])
    return int((total[day_s:] - total[:-day_s]).max())


def longest_stretch_s(drives: Drives, rests: Iterable[tuple[int, int]]) -> int:
    """Return the longest driving between rests of twenty minutes, given as begin and end."""
    breaks = sorted(end for begin, end in rests if end - begin >= 1_200)
    longest = stretch = 0
    previous_end = 0
    for begin, end in sorted(drives):
        if any(previous_end <= stop <= begin for stop in breaks):
            stretch = 0
        stretch += end - begin
        longest = max(longest, stretch)
        previous_end = end
    return longest


def rests_of_leg(depart_s: int, rests: Iterable[tuple[int, int]]) -> Drives:
    """Return begin and end of each rest on a leg."""
    spans: Drives = []
    stood_s = 0
    for after_s, rest_s in rests:
        begin_s = depart_s + after_s + stood_s
        spans.append((begin_s, begin_s + rest_s))
        stood_s += rest_s
    return spans


def rests_of_route(route: VehicleRoute) -> Drives:
    """Return begin and end of every rest on a leg of a truck, and of every wait at a stop."""
    second = timedelta(seconds=1)
    stops = [stop for trip in route.trips for stop in trip.stops]
    legs = [*(stop.leg for stop in stops), route.home.leg]
    waits = [
        ((stop.leg.arrive_at - START_AT) // second, (stop.begin_at - START_AT) // second)
        for stop in stops
    ]
    return waits + [
        span
        for leg in legs
        for span in rests_of_leg(
            (leg.depart_at - START_AT) // second,
            [(rest.after_drive // second, rest.duration // second) for rest in leg.rests],
        )
    ]
