"""How trips from a depot may end: back at the depot, or where one of its trucks is needed next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.routing.depot_bound_cases import DepotWork, Slot
from solvers.routing.limits import NO_LIMIT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Marks = NDArray[np.bool_]

DAY_S = 24 * 3_600
RETURNS = -1
"""Stands for the slot of a trip that comes back to its depot."""
LEAST_GAIN_FEN = 1e-3
APART_NODES = 14
"""With more deliveries than this, trucks of a class are priced as if each could go on for any."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hours:
    """The time that the trucks of each slot have until the end of each window.

    Parameters
    ----------
    clock_s, road_s
        Seconds in all, and of driving, shape (slots, windows).
    trips
        Trips that a truck can make at the most, shape (slots,).
    """

    clock_s: Floats
    road_s: Floats
    trips: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ends:
    """The ways to end a trip of one class of trucks.

    Parameters
    ----------
    slots
        `RETURNS`, and the rows of the slots of the class.
    apart
        Whether they are told apart in pricing.
    from_s, by_s, most_drive_s, exit_s, most_road_s
        As in `TripPrices`.
    """

    slots: tuple[int, ...]
    apart: bool
    from_s: Ints
    by_s: Ints
    most_drive_s: Ints
    exit_s: Ints
    most_road_s: Ints

    def priced(self, end_fen: Floats) -> tuple[Floats, Ints]:
        """Return costs for pricing, and the slot that goes with each end at each location.

        Parameters
        ----------
        end_fen
            What each end costs at each location, shape (slots, locations).
        """
        if self.apart:
            return end_fen, np.repeat(np.array(self.slots)[:, None], end_fen.shape[1], axis=1)
        which = end_fen.argmin(axis=0)
        return end_fen.min(axis=0)[None], np.array(self.slots)[which][None]


def hours(work: DepotWork) -> Hours:
    """Return the time that trucks have, duty and what they drove before being heeded."""
    clock_s = np.zeros((len(work.slots), len(work.deadlines_s)))
    for row, slot in enumerate(work.slots):
        clock_s[row] = np.maximum(0, work.deadlines_s - slot.from_s)
        if slot.until_s is not None:
            clock_s[row] = np.minimum(clock_s[row], max(0, slot.until_s - slot.from_s))
    road_s = [
        [min(_road_s(work, slot, int(span)), _between_s(work, slot)) for span in spans]
        for slot, spans in zip(work.slots, clock_s, strict=True)
    ]
    trips = np.zeros(len(work.slots), dtype=np.int64)
    for row, slot in enumerate(work.slots):
        work_s = int(work.load_s[slot.kind] + work.unload_s[slot.kind])
        out_s, back_s = work.drive_s[slot.kind, 0, 1:], work.drive_s[slot.kind, 1:, 0]
        round_s = max(1, work_s + int((out_s + back_s).min()))
        last_s = work_s + int(out_s.min())
        trips[row] = 1 + max(0, int(clock_s[row, -1]) - last_s) // round_s
    return Hours(clock_s=clock_s, road_s=np.array(road_s, dtype=np.float64), trips=trips)


def _road_s(work: DepotWork, slot: Slot, span_s: int) -> int:
    """Return the most seconds of driving within a span after a truck is at the depot.

    In days counted back from the end of the span; what was driven before counts in the first.
    """
    a_day_s = min(DAY_S, work.drive_per_day_s * slot.num_drivers)
    rest_s = span_s % DAY_S
    since_s = slot.from_s + rest_s - DAY_S
    before_s = sum(
        max(0, min(end, slot.from_s) - max(begin, since_s)) for begin, end in slot.driven_s
    )
    return span_s // DAY_S * a_day_s + min(rest_s, max(0, a_day_s - before_s))


def _between_s(work: DepotWork, slot: Slot) -> int:
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


def ends_of(work: DepotWork, kind: int, time: Hours) -> Ends:
    """Return the ways in which trips of a class of trucks may end."""
    rows = [row for row, slot in enumerate(work.slots) if slot.kind == kind]
    num_locations = 1 + len(work.place_codes)
    from_s = np.array([work.slots[row].from_s for row in rows], dtype=np.int64)
    road_s = time.road_s[rows].astype(np.int64)
    if work.num_nodes > APART_NODES:
        return Ends(
            slots=(RETURNS, *rows),
            apart=False,
            from_s=from_s.min(keepdims=True),
            by_s=np.full((1, num_locations), NO_LIMIT, dtype=np.int64),
            most_drive_s=road_s.max(axis=0, keepdims=True),
            exit_s=np.zeros((1, num_locations), dtype=np.int64),
            most_road_s=np.full(1, NO_LIMIT, dtype=np.int64),
        )
    by_s = np.full((1 + len(rows), num_locations), NO_LIMIT, dtype=np.int64)
    exit_s = np.zeros((1 + len(rows), num_locations), dtype=np.int64)
    most_road_s = np.full(1 + len(rows), NO_LIMIT, dtype=np.int64)
    for number, row in enumerate(rows, 1):
        until_s = work.slots[row].until_s
        if until_s is not None:
            by_s[number] = until_s - work.exit_s[row]
            exit_s[number] = work.exit_s[row]
            most_road_s[number] = int(time.road_s[row, -1])
    return Ends(
        slots=(RETURNS, *rows),
        apart=True,
        from_s=np.concatenate([from_s.min(keepdims=True), from_s]),
        by_s=by_s,
        most_drive_s=np.concatenate([road_s.max(axis=0, keepdims=True), road_s]),
        exit_s=exit_s,
        most_road_s=most_road_s,
    )


def stops_that_pay(
    leg_fen: Floats, leg_s: Ints, visit_price: Floats, end_fen: Floats, by_s: Ints
) -> tuple[Marks, Marks]:
    """Return where a trip may gain by a stop at which it brings nothing.

    It does where the stop is priced for itself, or the way through it is cheaper or shorter than
    the straight one. Everywhere else a trip without the stop is as good, whatever comes before.

    Parameters
    ----------
    leg_fen, leg_s
        What a leg costs, and its seconds with a stop's work, shape (locations, locations).
    visit_price
        Of a stop at each location.
    end_fen, by_s
        As in `TripPrices`.

    Returns
    -------
    tuple[Marks, Marks]
        `TripPrices.passing` and `TripPrices.ending`.
    """
    size = len(visit_price)
    passing = np.zeros((size, size), dtype=np.bool_)
    ending = np.zeros(end_fen.shape, dtype=np.bool_)
    for stop in range(1, size):
        # From any location (rows) through the stop to any other (columns).
        costs = leg_fen[:, stop, None] + leg_fen[None, stop, :] - visit_price[stop]
        seconds = leg_s[:, stop, None] + leg_s[None, stop, :]
        pays = (costs < leg_fen - LEAST_GAIN_FEN) | (seconds < leg_s)
        pays[stop] = False
        passing[stop] = pays.any(axis=0)
        costs = leg_fen[:, stop] + end_fen[:, stop, None] - visit_price[stop]
        by = by_s[:, stop, None] - leg_s[:, stop]
        pays = (costs < end_fen - LEAST_GAIN_FEN) | (by > by_s)
        pays[:, stop] = False
        # A trip may also go from the depot to the stop and nowhere else.
        ending[:, stop] = pays.any(axis=1) | (visit_price[stop] > 0)
    return passing, ending
