"""Trucks' plans with open sourcing as arrays: what the compiled search works on.

A truck's plan is a row of nodes: a load at the depot of row *r* is ``-(r + 1)``, a visit is its
number. A trip is a run of loads and the visits after it. A visit is never changed while something
refers to it: a fuller visit is a new one, so that a round is taken back by putting the old rows
back. References are counted, and what nothing refers to is free.
"""

from typing import NamedTuple

import numpy as np

from solvers.routing.string_tours import Array, compiled

MANTISSA = 9007199254740992.0
"""2 to the power of 53: so many different random numbers there are."""

MOST_NODES = 96
"""Loads and visits of one truck."""
MOST_LINES = 48
"""Needs that one visit serves, counted for each depot."""
MOST_SERVING = 32
"""Trucks that are remembered at a place."""

# Columns of `Land.kind`.
PROFILE, PAYLOAD_G, VOLUME_CM3, LOAD_S, UNLOAD_S, FEN_PER_KM, FEN_PER_TRIP = range(7)
# Columns of `Land.truck`.
KIND, BASE, READY_S, DRIVERS, IS_OWN = range(5)
# Columns of `Land.need`.
PLACE, ITEM, PACK, PIECE_G, PIECE_CM3, RATE = range(6)
# Columns of `Plans.visit`.
LOCATION, NUM_LINES, GRAMS, CM3, REFERENCES = range(5)
# Columns of `Plans.line`.
NEED, ROW, PIECES = range(3)
# Columns of `Plans.sums`, and of its last row that adds up all trucks. What the best answer is
# worth has three more: who waits in vain, and both as they are where less is worth nothing more.
LATE, FEN, LEFT, TRULY_LATE, TRULY_LEFT = range(5)
# Places in `Plans.clock`.
NOW, CONTINUOUS, FIRST, LAST = range(4)
# Places in `Plans.counts`.
(
    NUM_FREE, NUM_TOUCHED, NUM_OUT, LEFT_COST, LEFT_RATE, STAMP, ASKED, NUM_DIRTY, NUM_PLACES,
) = range(9)  # fmt: skip
NUM_COUNTS = 9


@compiled
def chance(state: Array) -> float:
    """Return a random number from 0 to 1, by George Marsaglia's xorshift.

    Marsaglia (2003), doi:10.18637/jss.v008.i14.
    """
    number = state[0]
    number ^= number << np.uint64(13)
    number ^= number >> np.uint64(7)
    number ^= number << np.uint64(17)
    state[0] = number
    return float(number >> np.uint64(11)) / MANTISSA


@compiled
def below(state: Array, limit: int) -> int:
    """Return a random whole number below a limit."""
    return int(chance(state) * limit)


class Land(NamedTuple):
    """What does not change.

    Attributes
    ----------
    seconds, metres
        By speed class, origin and destination; `NO_WAY` and more without a road.
    kind, truck, need
        Rows of vehicle classes, trucks and needs.
    late
        What a piece of each need costs by window of arrival, never last.
    order, first
        Needs by place, the most urgent first; `first` tells where those of a location begin.
    depots, sources
        Location of each depot's row; rows of depots for each location, nearest first, -1 after.
    near, near_pools
        Locations that need something, and pools by base, in order of the way from a location.
    pool
        First truck and number of trucks of each pool of one class at one base.
    solo_fen
        About what a direct trip of the largest truck to a location costs.
    windows, duty
        Ends of windows; continuous drive, rest, drive a day for each driver, in seconds.
    fen_per_late
        What a unit of lateness weighs against cost.
    fen_per_rate
        What it weighs besides that a piece never comes, for each unit of its rate.
    enough
        By columns of `Plans.sums`: what less than this of lateness and of people who wait in vain
        is worth nothing more.
    """

    seconds: Array
    metres: Array
    kind: Array
    truck: Array
    need: Array
    late: Array
    order: Array
    first: Array
    depots: Array
    sources: Array
    near: Array
    near_pools: Array
    pool: Array
    solo_fen: Array
    windows: Array
    duty: Array
    fen_per_late: float
    fen_per_rate: float
    enough: Array
    full_g: float
    full_cm3: float


class Plans(NamedTuple):
    """What the trucks do, what is left, and room to work.

    Attributes
    ----------
    seq, size, ends, sums
        Nodes of each truck, how many, when each ends, and what is late and costs; one row more to
        try things out.
    visit, line, late
        Of each visit: its columns, its lines, what it costs by window.
    free
        Stack of visits that are not used.
    left, stock, held
        Pieces of each need that nobody brings, of each depot's row and item, and of each item.
    serving, num_serving
        Trucks that stop at a location.
    saved, saved_size, saved_sums, touched, stamp
        Trucks' nodes before this round, which trucks changed, and when.
    best, best_size, dirty, is_dirty
        Nodes of the best answer, and the trucks in which the present one differs.
    out, option, offered, places, asked, clock, drives, counts
        Working space: needs of a place that are left, ways to serve it, what depots could send,
        the places of this round with when they were noted, and the trucks that were asked;
        `random` holds the state of the random numbers.
    """

    seq: Array
    size: Array
    ends: Array
    sums: Array
    visit: Array
    line: Array
    late: Array
    free: Array
    left: Array
    stock: Array
    held: Array
    serving: Array
    num_serving: Array
    saved: Array
    saved_size: Array
    saved_sums: Array
    touched: Array
    stamp: Array
    best: Array
    best_size: Array
    dirty: Array
    is_dirty: Array
    out: Array
    option: Array
    offered: Array
    places: Array
    asked: Array
    random: Array
    clock: Array
    drives: Array
    counts: Array
