"""What depots could send to a place, and which ways to bring it are kept in mind, compiled."""

from solvers.routing.fleet_arrays import (
    CM3,
    GRAMS,
    ITEM,
    MOST_LINES,
    NEED,
    NUM_LINES,
    NUM_OUT,
    PACK,
    PIECE_CM3,
    PIECE_G,
    PIECES,
    ROW,
    Land,
    Plans,
)
from solvers.routing.string_tours import (
    Array,
    compiled,
)

NUM_SOURCES = 8
"""Depots with what is wanted, nearest first, from which a place may be served."""
NUM_EXACT = 4
"""Ways of which the exact times are looked at."""
REST_SHARE = 0.35
"""What a rest costs of a trip of its own besides its share of a truck."""
NO_FEN = 1e18
"""Stands for what cannot be done."""
# Columns of `Plans.option`.
SCORE, TRUCK, LOAD_AT, DROP_AT, NEW_ROW, MERGES, REST = range(7)
NONE = -1
TINY = 1e-9


@compiled
def note_wanted(land: Land, plans: Plans, place: int) -> int:
    """Note the needs of a place that are left and that some depot has stock for."""
    num_out = 0
    for number in range(land.first[place], land.first[place + 1]):
        need = land.order[number]
        if plans.left[need] > 0 and plans.held[land.need[need, ITEM]] > 0:
            plans.out[num_out] = need
            num_out += 1
    plans.counts[NUM_OUT] = num_out
    return num_out


@compiled
def offer(  # noqa: PLR0917 - compiled functions take no keywords
    land: Land, plans: Plans, visit: int, rows: Array, num_rows: int, room_g: int, room_cm3: int
) -> None:
    """Fill an empty visit with what some depots have of what is wanted."""
    for number in range(plans.counts[NUM_OUT]):
        need = plans.out[number]
        item = land.need[need, ITEM]
        wanted = plans.left[need]
        for at in range(num_rows):
            row = rows[at]
            held = plans.stock[row, item]
            for line in range(plans.visit[visit, NUM_LINES]):
                other = plans.line[visit, line, NEED]
                if plans.line[visit, line, ROW] == row and land.need[other, ITEM] == item:
                    held -= plans.line[visit, line, PIECES]
            held = min(held, wanted)
            if held <= 0 or plans.visit[visit, NUM_LINES] == MOST_LINES:
                continue
            most = held
            if land.need[need, PIECE_G] > 0:
                most = min(most, room_g // land.need[need, PIECE_G])
            if land.need[need, PIECE_CM3] > 0:
                most = min(most, room_cm3 // land.need[need, PIECE_CM3])
            if most < held:
                most -= most % land.need[need, PACK]
            if most <= 0:
                continue
            # Pairs of a need and a depot come up once: no line is looked for.
            line = plans.visit[visit, NUM_LINES]
            plans.line[visit, line, NEED] = need
            plans.line[visit, line, ROW] = row
            plans.line[visit, line, PIECES] = most
            plans.visit[visit, NUM_LINES] += 1
            plans.visit[visit, GRAMS] += most * land.need[need, PIECE_G]
            plans.visit[visit, CM3] += most * land.need[need, PIECE_CM3]
            wanted -= most
            room_g -= most * land.need[need, PIECE_G]
            room_cm3 -= most * land.need[need, PIECE_CM3]


@compiled
def clear(plans: Plans, visit: int) -> None:
    """Empty a visit that nothing refers to."""
    plans.visit[visit, NUM_LINES] = plans.visit[visit, GRAMS] = plans.visit[visit, CM3] = 0


@compiled
def rest_fen(  # noqa: PLR0917
    land: Land, plans: Plans, place: int, wanted: Array, given_g: float, given_cm3: float
) -> float:
    """Return about what it costs to bring the rest another time, and how late that may be."""
    rest_g, rest_cm3 = wanted[0] - given_g, wanted[1] - given_cm3
    size = max(rest_g / land.full_g, rest_cm3 / land.full_cm3)
    if size <= TINY:
        return 0.0
    share = max(rest_g / max(wanted[0], 1.0), rest_cm3 / max(wanted[1], 1.0))
    fen = land.solo_fen[place] * (REST_SHARE + (1.0 - REST_SHARE) * size)
    return float(fen + plans.option[-1, REST] * share)


@compiled
def note(  # noqa: PLR0917
    plans: Plans, score: float, truck: int, load_at: int, drop_at: int, row: int, merges: int,
    rest: float,
) -> None:  # fmt: skip
    """Keep a way to serve among the best."""
    option = plans.option
    last = NUM_EXACT - 1
    if score >= option[last, SCORE]:
        return
    at = last
    while at > 0 and option[at - 1, SCORE] > score:
        for column in range(option.shape[1]):
            option[at, column] = option[at - 1, column]
        at -= 1
    option[at, SCORE], option[at, TRUCK], option[at, LOAD_AT] = score, truck, load_at
    option[at, DROP_AT], option[at, NEW_ROW], option[at, MERGES] = drop_at, row, merges
    option[at, REST] = rest


@compiled
def window_of(land: Land, end_s: int) -> int:
    """Return the window in which an instant falls, one more than the last if in none."""
    window = 0
    while window < len(land.windows) and end_s > land.windows[window]:
        window += 1
    return window


@compiled
def pushed_fen(land: Land, plans: Plans, truck: int, begin: int, added_s: int) -> float:
    """Return about what it costs if all from a node on comes so much later."""
    late = 0
    for at in range(begin, plans.size[truck]):
        node = plans.seq[truck, at]
        if node >= 0:
            end_s = plans.ends[truck, at]
            window = window_of(land, end_s + added_s)
            if window == len(land.windows):
                return NO_FEN
            late += plans.late[node, window] - plans.late[node, window_of(land, end_s)]
    return float(land.fen_per_late * late)
