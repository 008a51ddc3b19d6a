"""Finding the best way to serve a place with what is left of stock and trucks, compiled."""

import numpy as np

from solvers.routing.fleet_arrays import (
    ASKED,
    CM3,
    FEN,
    GRAMS,
    IS_OWN,
    ITEM,
    KIND,
    LATE,
    LOAD_S,
    NEED,
    NUM_FREE,
    NUM_LINES,
    NUM_OUT,
    PAYLOAD_G,
    PIECE_CM3,
    PIECE_G,
    PIECES,
    RATE,
    UNLOAD_S,
    VOLUME_CM3,
    Land,
    Plans,
    below,
    chance,
)
from solvers.routing.fleet_clock import (
    IMPOSSIBLE,
    driven,
)
from solvers.routing.fleet_moves import (
    copy_lines,
    new_visit,
    put_node,
    put_visit,
    settle,
    take_node,
    touch,
    weigh,
)
from solvers.routing.fleet_offers import (
    DROP_AT,
    LOAD_AT,
    MERGES,
    NEW_ROW,
    NO_FEN,
    NONE,
    NUM_EXACT,
    NUM_SOURCES,
    REST,
    SCORE,
    TRUCK,
    clear,
    note_wanted,
    offer,
)
from solvers.routing.fleet_ways import (
    MOST_LOADS,
    note_truck,
)
from solvers.routing.string_tours import (
    Array,
    compiled,
)

COVER = 2
"""Depots are named for a need until they hold so many times what it wants."""
NUM_NEAR_PLACES, NUM_NEAR, NUM_IDLE, NUM_BUSY = 5, 12, 2, 3
"""Trucks that stop at so many nearest places are asked, and of the nearest pools so many idle
trucks and so many others."""
MOST_POOLS = 100
"""Pools that are looked at for an idle truck once there are others enough."""
BLINK_SHARE = 0.03
"""How often a truck is overlooked."""
LEAST_FREE = 100
"""With fewer unused visits nothing is served any more."""
NOT_NOTED = 1e17
"""Score of a way that is none."""


@compiled
def _rows_of_trip(seq: Array, at: int, rows: Array) -> int:
    """Write the depots of the trip that has a visit before a node; return how many."""
    while at > 0 and seq[at - 1] >= 0:
        at -= 1
    number = 0
    while at > 0 and seq[at - 1] < 0:
        at -= 1
        rows[number] = -seq[at] - 1
        number += 1
    return number


@compiled
def _room(land: Land, plans: Plans, truck: int, at: int) -> tuple[int, int]:
    """Return what is free on the trip that has a visit before a node."""
    seq = plans.seq[truck]
    kind = land.truck[truck, KIND]
    room_g, room_cm3 = land.kind[kind, PAYLOAD_G], land.kind[kind, VOLUME_CM3]
    before = at
    while before > 0 and seq[before - 1] >= 0:
        before -= 1
    while before < plans.size[truck] and seq[before] >= 0:
        room_g -= plans.visit[seq[before], GRAMS]
        room_cm3 -= plans.visit[seq[before], CM3]
        before += 1
    return int(room_g), int(room_cm3)


@compiled
def _tried(  # noqa: C901 - calls would cost much of the time
    land: Land, plans: Plans, place: int, number: int
) -> tuple[int, float]:
    """Make the visit of a way to serve and drive it for a try.

    Returns the visit, which nothing refers to yet, and what the way costs in all; `NONE` if it
    cannot be driven or is of no use.
    """
    option = plans.option
    truck, row = int(option[number, TRUCK]), int(option[number, NEW_ROW])
    load_at, drop_at = int(option[number, LOAD_AT]), int(option[number, DROP_AT])
    seq, size = plans.seq[truck], plans.size[truck]
    kind = land.truck[truck, KIND]
    rows = np.zeros(MOST_LOADS + 1, np.int64)
    num_rows = 0
    room_g, room_cm3 = land.kind[kind, PAYLOAD_G], land.kind[kind, VOLUME_CM3]
    opens = row >= 0 and load_at == drop_at and (load_at == size or seq[load_at] < 0)
    opens = opens and (load_at == 0 or seq[load_at - 1] >= 0)
    merges = option[number, MERGES] > 0
    if not opens:
        num_rows = _rows_of_trip(seq, drop_at, rows)
        room_g, room_cm3 = _room(land, plans, truck, drop_at)
    if row >= 0:
        rows[num_rows] = row
        num_rows += 1
    visit = new_visit(plans, place)
    offer(land, plans, visit, rows, num_rows, room_g, room_cm3)
    if plans.visit[visit, NUM_LINES] == 0:
        return visit, NO_FEN
    value = rate = 0
    for line in range(plans.visit[visit, NUM_LINES]):
        need, pieces = plans.line[visit, line, NEED], plans.line[visit, line, PIECES]
        value += pieces * land.late[need, -1]
        rate += pieces * land.need[need, RATE]
    if merges:
        copy_lines(land, plans, seq[drop_at], visit)
    weigh(land, plans, visit)
    trial = plans.seq[-1]
    new = 0
    for at in range(size + 1):
        if at == load_at and row >= 0:
            trial[new] = -row - 1
            new += 1
        if at == drop_at:
            trial[new] = visit
            new += 1
            if merges:
                continue
        if at < size:
            trial[new] = seq[at]
            new += 1
    late, fen = driven(land, plans, truck, trial, new)
    if late == IMPOSSIBLE or late - plans.sums[truck, LATE] >= value:
        return visit, NO_FEN
    # What costs more than it is worth is left behind.
    spared = land.fen_per_late * (value - late + plans.sums[truck, LATE])
    if fen - plans.sums[truck, FEN] > spared + land.fen_per_rate * rate:
        return visit, NO_FEN
    total = (
        fen - plans.sums[truck, FEN] + land.fen_per_late * (late - plans.sums[truck, LATE])
        + option[number, REST]
    )  # fmt: skip
    return visit, float(total)


@compiled
def _free(plans: Plans, visit: int) -> None:
    plans.free[plans.counts[NUM_FREE]] = visit
    plans.counts[NUM_FREE] += 1


@compiled
def serve(  # noqa: C901, PLR0912, PLR0915 - calls would cost most of the time
    land: Land, plans: Plans, place: int, haste: float
) -> bool:
    """Serve some of what is wanted at a place in the best way that is seen.

    Parameters
    ----------
    land, plans, place
        Where to serve, with what.
    haste
        How much it counts that the rest, if not all is served, will come late: 0 where trucks are
        plenty and parts are put wherever there is room, 1 where there may be no second chance.

    Returns
    -------
    bool
        Whether there was a way.
    """
    if plans.counts[NUM_FREE] < LEAST_FREE or note_wanted(land, plans, place) == 0:
        return False
    num_kinds, num_windows = len(land.kind), len(land.windows)
    wanted = np.zeros(2)
    by_window = np.zeros(num_windows)
    uncovered = np.zeros(plans.counts[NUM_OUT], np.int64)
    for number in range(plans.counts[NUM_OUT]):
        need = plans.out[number]
        uncovered[number] = COVER * plans.left[need]
        pieces = min(plans.left[need], plans.held[land.need[need, ITEM]])
        wanted[0] += pieces * land.need[need, PIECE_G]
        wanted[1] += pieces * land.need[need, PIECE_CM3]
        for window in range(num_windows):
            by_window[window] += pieces * land.late[need, window]
    # The last row of options tells what the lateness of all that is wanted may cost.
    plans.option[NUM_EXACT, REST] = haste * land.fen_per_late * by_window[num_windows - 1]
    visit = new_visit(plans, place)
    # What each depot near by could send on an empty truck of each kind.
    rows = np.zeros(1, np.int64)
    found = 0
    for number in range(land.sources.shape[1]):
        row = land.sources[place, number]
        if row < 0 or found == NUM_SOURCES:
            break
        rows[0] = row
        # Nearer depots may already have enough of all that this one could send.
        is_useful = False
        for at in range(plans.counts[NUM_OUT]):
            held = plans.stock[row, land.need[plans.out[at], ITEM]]
            if held > 0 and uncovered[at] > 0:
                is_useful = True
                uncovered[at] -= held
        if not is_useful:
            continue
        has_any = False
        for kind in range(num_kinds):
            clear(plans, visit)
            offer(
                land, plans, visit, rows, 1, land.kind[kind, PAYLOAD_G], land.kind[kind, VOLUME_CM3]
            )
            plans.offered[found, kind, 0] = row
            plans.offered[found, kind, 1] = plans.visit[visit, GRAMS]
            plans.offered[found, kind, 2] = plans.visit[visit, CM3]
            has_any = has_any or plans.visit[visit, NUM_LINES] > 0
        if has_any:
            found += 1
    if found < NUM_SOURCES:
        plans.offered[found, 0, 0] = NONE
    for number in range(NUM_EXACT):
        plans.option[number, SCORE] = NOT_NOTED
    _note_trucks(land, plans, place, visit, wanted, by_window)
    _free(plans, visit)
    best_visit, best_at, best_fen = NONE, NONE, NOT_NOTED
    for number in range(NUM_EXACT):
        if plans.option[number, SCORE] >= NOT_NOTED:
            break
        visit, fen = _tried(land, plans, place, number)
        if fen < best_fen:
            if best_visit != NONE:
                _free(plans, best_visit)
            best_visit, best_at, best_fen = visit, number, fen
        else:
            _free(plans, visit)
    if best_visit == NONE:
        return False
    _carry_out(land, plans, best_visit, best_at)
    return True


@compiled
def _note_trucks(  # noqa: PLR0917 - compiled functions take no keywords
    land: Land, plans: Plans, place: int, visit: int, wanted: Array, by_window: Array
) -> None:
    """Note what the trucks near a place could do."""
    asked = plans.asked
    plans.counts[ASKED] += 1
    mark = plans.counts[ASKED]
    num_near = 0
    for number in range(-1, min(NUM_NEAR_PLACES, land.near.shape[1])):
        near = place if number < 0 else land.near[place, number]
        known = plans.num_serving[near]
        turn = below(plans.random, max(known, 1))
        for at in range(known):
            truck = plans.serving[near, (turn + at) % known]
            if asked[truck] == mark or num_near == NUM_NEAR:
                continue
            asked[truck] = mark
            if chance(plans.random) >= BLINK_SHARE:
                note_truck(land, plans, place, truck, visit, wanted, by_window)
                num_near += 1
    num_idle = num_busy = 0
    for number in range(land.near_pools.shape[1]):
        pool = land.near_pools[place, number]
        begin, size = land.pool[pool, 0], land.pool[pool, 1]
        turn = below(plans.random, size)
        has_idle = False
        for at in range(size):
            truck = begin + (turn + at) % size
            is_idle = plans.size[truck] == 0
            if not land.truck[truck, IS_OWN] or asked[truck] == mark or (is_idle and has_idle):
                continue
            if not is_idle and (num_busy == NUM_BUSY or _is_done(land, plans, truck)):
                continue
            has_idle = has_idle or is_idle
            num_idle += is_idle
            num_busy += not is_idle
            asked[truck] = mark
            if chance(plans.random) >= BLINK_SHARE:
                note_truck(land, plans, place, truck, visit, wanted, by_window)
        if num_idle >= NUM_IDLE or (num_busy >= NUM_BUSY and number > MOST_POOLS):
            break


@compiled
def _is_done(land: Land, plans: Plans, truck: int) -> bool:
    """Return whether a truck has no time for another trip at its end."""
    kind = land.truck[truck, KIND]
    work_s = land.kind[kind, LOAD_S] + land.kind[kind, UNLOAD_S]
    return bool(plans.ends[truck, plans.size[truck] - 1] + work_s > land.windows[-1])


@compiled
def _carry_out(land: Land, plans: Plans, visit: int, number: int) -> None:
    """Put a visit into the plan of its truck."""
    option = plans.option
    truck, row = int(option[number, TRUCK]), int(option[number, NEW_ROW])
    load_at, drop_at = int(option[number, LOAD_AT]), int(option[number, DROP_AT])
    touch(plans, truck)
    if option[number, MERGES] > 0:
        take_node(land, plans, truck, drop_at)
    put_visit(land, plans, truck, drop_at, visit)
    if row >= 0:
        put_node(plans, truck, load_at, -row - 1)
    settle(land, plans, truck)
