"""A truck's whole plan driven under the rules of duty, compiled: the twin of `Timeline`.

The rules are those of `solvers.routing.duty`, second by second; tests hold the two together. What
must wait for daylight is left to `Timeline`.
"""

from solvers.routing.fleet_arrays import (
    BASE,
    CONTINUOUS,
    DRIVERS,
    FEN_PER_KM,
    FEN_PER_TRIP,
    FIRST,
    KIND,
    LAST,
    LOAD_S,
    LOCATION,
    NOW,
    PROFILE,
    READY_S,
    UNLOAD_S,
    Land,
    Plans,
)
from solvers.routing.string_tours import Array, compiled

DAY_S = 24 * 3_600
SHORTEST_DRIVE_S = 1_800
NO_WAY = 1 << 28
IMPOSSIBLE = -1


@compiled
def _allowance_s(clock: Array, drives: Array, free_s: int, at_s: int, wanted_s: int) -> int:
    """Return how long may be driven from an instant on, see `DutyClock._allowance_s`."""
    tail = at_s - DAY_S
    for number in range(clock[FIRST], clock[LAST]):
        if drives[number, 1] > tail:
            free_s -= drives[number, 1] - max(drives[number, 0], tail)
    if free_s >= wanted_s:
        return wanted_s
    allowed_s = 0
    for number in range(clock[FIRST], clock[LAST]):
        if drives[number, 1] <= tail:
            continue
        gap_s = drives[number, 0] - (tail + allowed_s)
        if gap_s > free_s:
            break
        free_s -= max(gap_s, 0)
        allowed_s = drives[number, 1] - tail
        if allowed_s >= wanted_s:
            return wanted_s
    return min(wanted_s, allowed_s + max(free_s, 0))


@compiled
def _resume_s(clock: Array, drives: Array, budget_s: int, earliest_s: int, left_s: int) -> int:
    """Return when driving can go on, see `DutyClock._resume_s`."""
    wanted_s = min(left_s, SHORTEST_DRIVE_S)
    if _allowance_s(clock, drives, budget_s, earliest_s, wanted_s) >= wanted_s:
        return earliest_s
    for number in range(clock[FIRST], clock[LAST]):
        for side in range(2):
            instant = drives[number, side] + DAY_S
            if (
                instant > earliest_s
                and _allowance_s(clock, drives, budget_s, instant, wanted_s) >= wanted_s
            ):
                return int(instant)
    return earliest_s + DAY_S


@compiled
def drive(clock: Array, drives: Array, rules: Array, num_drivers: int, drive_s: int) -> None:
    """Drive with rests and move the clock to the arrival, see `DutyClock.drive`."""
    budget_s = rules[2] * num_drivers
    done_s = 0
    while done_s < drive_s:
        left_s = drive_s - done_s
        stretch_s = min(left_s, rules[0] - clock[CONTINUOUS])
        if stretch_s > 0:
            allowed_s = _allowance_s(clock, drives, budget_s, clock[NOW], stretch_s)
            if allowed_s >= min(left_s, SHORTEST_DRIVE_S) or allowed_s == stretch_s:
                stretch_s = allowed_s
            else:
                stretch_s = 0
        if stretch_s > 0:
            begin = clock[NOW]
            clock[NOW] += stretch_s
            clock[CONTINUOUS] += stretch_s
            while clock[FIRST] < clock[LAST] and drives[clock[FIRST], 1] < begin - DAY_S:
                clock[FIRST] += 1
            if clock[FIRST] < clock[LAST] and drives[clock[LAST] - 1, 1] == begin:
                drives[clock[LAST] - 1, 1] = clock[NOW]
            else:
                drives[clock[LAST], 0], drives[clock[LAST], 1] = begin, clock[NOW]
                clock[LAST] += 1
            done_s += stretch_s
        else:
            clock[NOW] = _resume_s(clock, drives, budget_s, clock[NOW] + rules[1], left_s)
            clock[CONTINUOUS] = 0


@compiled
def leg_fen(land: Land, kind: int, origin: int, destination: int) -> int:
    """Return what a leg costs, rounded up to a whole fen."""
    metres = land.metres[land.kind[kind, PROFILE], origin, destination]
    return int((metres * land.kind[kind, FEN_PER_KM] + 999) // 1000)


@compiled
def driven(land: Land, plans: Plans, truck: int, seq: Array, size: int) -> tuple[int, int]:
    """Drive a whole plan; return what comes late and what it costs in fen.

    The ends of all stops are left in `plans.ends`' last row. Lateness is `IMPOSSIBLE` where a road
    is missing or something would arrive after the last window.
    """
    if size == 0:
        return 0, 0
    kind = land.truck[truck, KIND]
    profile = land.kind[kind, PROFILE]
    clock, drives, ends = plans.clock, plans.drives, plans.ends[-1]
    clock[NOW] = land.truck[truck, READY_S]
    clock[CONTINUOUS] = clock[FIRST] = clock[LAST] = 0
    here = land.truck[truck, BASE]
    fen = late = 0
    num_windows = len(land.windows)
    loads = False
    for at in range(size):
        node = seq[at]
        there = land.depots[-node - 1] if node < 0 else plans.visit[node, LOCATION]
        drive_s = land.seconds[profile, here, there]
        if drive_s >= NO_WAY:
            return IMPOSSIBLE, 0
        drive(clock, drives, land.duty, land.truck[truck, DRIVERS], drive_s)
        fen += leg_fen(land, kind, here, there)
        if node < 0:
            if not loads:
                fen += land.kind[kind, FEN_PER_TRIP]
            loads = True
            clock[NOW] += land.kind[kind, LOAD_S]
        else:
            loads = False
            clock[NOW] += land.kind[kind, UNLOAD_S]
            window = 0
            while window < num_windows and clock[NOW] > land.windows[window]:
                window += 1
            if window == num_windows:
                return IMPOSSIBLE, 0
            late += plans.late[node, window]
        ends[at] = clock[NOW]
        here = there
    if land.seconds[profile, here, land.truck[truck, BASE]] >= NO_WAY:
        return IMPOSSIBLE, 0
    return late, fen + leg_fen(land, kind, here, land.truck[truck, BASE])
