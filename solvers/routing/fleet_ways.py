"""All ways in which one truck could serve a place, compiled."""

import numpy as np

from solvers.routing.fleet_arrays import (
    BASE,
    CM3,
    FEN_PER_KM,
    FEN_PER_TRIP,
    GRAMS,
    KIND,
    LOAD_S,
    LOCATION,
    MOST_LINES,
    MOST_NODES,
    NUM_LINES,
    PAYLOAD_G,
    PROFILE,
    READY_S,
    ROW,
    UNLOAD_S,
    VOLUME_CM3,
    Land,
    Plans,
)
from solvers.routing.fleet_clock import (
    NO_WAY,
)
from solvers.routing.fleet_moves import (
    row_is_used,
)
from solvers.routing.fleet_offers import (
    NO_FEN,
    NONE,
    NUM_EXACT,
    NUM_SOURCES,
    SCORE,
    clear,
    note,
    offer,
    pushed_fen,
    rest_fen,
    window_of,
)
from solvers.routing.string_tours import (
    Array,
    compiled,
)

NUM_ADDED = 6
"""Depots at which a trip may load besides for a place."""
MOST_LOADS = 3


@compiled
def note_truck(  # noqa: C901, PLR0912, PLR0915, PLR0917 - calls would cost most of the time
    land: Land, plans: Plans, place: int, truck: int, visit: int, wanted: Array, by_window: Array
) -> None:
    """Note all ways in which a truck could serve what is wanted at a place."""
    kind = land.truck[truck, KIND]
    profile = land.kind[kind, PROFILE]
    per_km = land.kind[kind, FEN_PER_KM] / 1000.0
    metres, seconds = land.metres[profile], land.seconds[profile]
    seq, size, ends = plans.seq[truck], plans.size[truck], plans.ends[truck]
    if size + 2 > MOST_NODES:
        return
    base = land.truck[truck, BASE]
    last_end_s = land.windows[-1]
    num_windows = len(land.windows)
    rows = np.zeros(MOST_LOADS + 1, np.int64)
    # Until when each node may be put off without coming a window later.
    slack = np.zeros(MOST_NODES + 1, np.int64)
    slack[size] = 1 << 40
    for at in range(size - 1, -1, -1):
        slack[at] = slack[at + 1]
        if seq[at] >= 0:
            window_end = land.windows[window_of(land, ends[at])]
            slack[at] = min(slack[at], window_end - ends[at])
    here, now_s = base, land.truck[truck, READY_S]
    at = 0
    while True:
        # A trip of its own before the trip that begins here.
        following = base if at == size else land.depots[-seq[at] - 1]
        for number in range(NUM_SOURCES):
            row = int(plans.offered[number, 0, 0])
            if row < 0:
                break
            given_g, given_cm3 = plans.offered[number, kind, 1], plans.offered[number, kind, 2]
            if given_g + given_cm3 <= 0:
                continue
            depot = land.depots[row]
            to_s, out_s = seconds[here, depot], seconds[depot, place]
            if to_s >= NO_WAY or out_s >= NO_WAY or seconds[place, following] >= NO_WAY:
                continue
            end_s = now_s + to_s + out_s + land.kind[kind, LOAD_S] + land.kind[kind, UNLOAD_S]
            if end_s > last_end_s:
                continue
            fen = land.kind[kind, FEN_PER_TRIP] + per_km * (
                metres[here, depot] + metres[depot, place] + metres[place, following]
            )
            if size:
                fen -= per_km * metres[here, following]
            rest = rest_fen(land, plans, place, wanted, given_g, given_cm3)
            if fen + rest >= plans.option[NUM_EXACT - 1, SCORE]:
                continue
            if at < size:
                added_s = end_s - now_s + seconds[place, following] - seconds[here, following]
                if added_s > slack[at]:
                    fen += pushed_fen(land, plans, truck, at, added_s)
            window = min(window_of(land, end_s), num_windows - 1)
            share = max(given_g / max(wanted[0], 1.0), given_cm3 / max(wanted[1], 1.0))
            score = fen + rest + land.fen_per_late * share * by_window[window]
            note(plans, score, truck, at, at, row, 0, rest)
        if at == size:
            return
        # Along with the trip that begins here.
        begin = at
        while seq[at] < 0:
            at += 1
        drops = at
        room_g, room_cm3 = land.kind[kind, PAYLOAD_G], land.kind[kind, VOLUME_CM3]
        merges_at = NONE
        while at < size and seq[at] >= 0:
            room_g -= plans.visit[seq[at], GRAMS]
            room_cm3 -= plans.visit[seq[at], CM3]
            if plans.visit[seq[at], LOCATION] == place:
                merges_at = at
            at += 1
        num_rows = drops - begin
        # However good the way is, what has no room must be brought another time.
        rest_least = rest_fen(
            land, plans, place, wanted, min(room_g, wanted[0]), min(room_cm3, wanted[1])
        )
        if room_g > 0 and room_cm3 > 0 and rest_least < plans.option[NUM_EXACT - 1, SCORE]:
            for number in range(num_rows):
                rows[number] = -seq[begin + number] - 1
            # Where to stop for it.
            drop_at, drop_fen, drop_s = merges_at, 0.0, 0
            if merges_at == NONE:
                drop_fen = NO_FEN
                for before in range(drops, at + 1):
                    previous = (
                        land.depots[-seq[drops - 1] - 1]
                        if before == drops
                        else plans.visit[seq[before - 1], LOCATION]
                    )
                    if before < at:
                        after = plans.visit[seq[before], LOCATION]
                    elif before < size:
                        after = land.depots[-seq[before] - 1]
                    else:
                        after = base
                    if seconds[previous, place] >= NO_WAY or seconds[place, after] >= NO_WAY:
                        continue
                    fen = per_km * (
                        metres[previous, place] + metres[place, after] - metres[previous, after]
                    )
                    if fen < drop_fen:
                        drop_at, drop_fen = before, fen
                        drop_s = (
                            seconds[previous, place] + seconds[place, after]
                            - seconds[previous, after] + land.kind[kind, UNLOAD_S]
                        )  # fmt: skip
            if drop_fen < NO_FEN:
                end_s = ends[drop_at] if merges_at != NONE else ends[drop_at - 1] + drop_s
                for number in range(-1, NUM_ADDED if num_rows < MOST_LOADS else 0):
                    load_at, load_fen, load_s, row = NONE, 0.0, 0, NONE
                    if number >= 0:
                        row = int(plans.offered[number, 0, 0])
                        if row < 0:
                            break
                        if row_is_used(seq, begin, drops, row):
                            continue
                        depot = land.depots[row]
                        load_fen = NO_FEN
                        for before in range(begin, drops + 1):
                            previous = (
                                here if before == begin else land.depots[-seq[before - 1] - 1]
                            )
                            after = (
                                plans.visit[seq[drops], LOCATION]
                                if before == drops
                                else land.depots[-seq[before] - 1]
                            )
                            if (
                                seconds[previous, depot] >= NO_WAY
                                or seconds[depot, after] >= NO_WAY
                            ):
                                continue
                            fen = per_km * (
                                metres[previous, depot] + metres[depot, after]
                                - metres[previous, after]
                            )  # fmt: skip
                            if fen < load_fen:
                                load_at, load_fen = before, fen
                                load_s = (
                                    seconds[previous, depot] + seconds[depot, after]
                                    - seconds[previous, after] + land.kind[kind, LOAD_S]
                                )  # fmt: skip
                        if load_fen >= NO_FEN:
                            continue
                        rows[num_rows] = row
                    if drop_fen + load_fen + rest_least >= plans.option[NUM_EXACT - 1, SCORE]:
                        continue
                    clear(plans, visit)
                    offer(land, plans, visit, rows, num_rows + (row >= 0), room_g, room_cm3)
                    if row >= 0:
                        is_used = False
                        for line in range(plans.visit[visit, NUM_LINES]):
                            is_used = is_used or plans.line[visit, line, ROW] == row
                        if not is_used:
                            continue
                    if plans.visit[visit, NUM_LINES] == 0:
                        continue
                    if (
                        merges_at != NONE
                        and plans.visit[seq[merges_at], NUM_LINES] + plans.visit[visit, NUM_LINES]
                        > MOST_LINES
                    ):
                        continue
                    given_g, given_cm3 = plans.visit[visit, GRAMS], plans.visit[visit, CM3]
                    fen = drop_fen + load_fen
                    if load_s > slack[begin] or load_s + drop_s > slack[drop_at]:
                        fen += pushed_fen(land, plans, truck, drop_at, load_s + drop_s)
                    if end_s + load_s > last_end_s:
                        continue
                    window = min(window_of(land, end_s + load_s), num_windows - 1)
                    share = max(given_g / max(wanted[0], 1.0), given_cm3 / max(wanted[1], 1.0))
                    rest = rest_fen(land, plans, place, wanted, given_g, given_cm3)
                    score = fen + rest + land.fen_per_late * share * by_window[window]
                    note(plans, score, truck, load_at, drop_at, row, int(merges_at != NONE), rest)
                    if given_g >= wanted[0] and given_cm3 >= wanted[1]:
                        break
        here = plans.visit[seq[at - 1], LOCATION]
        now_s = ends[at - 1]
