"""Putting visits into trucks' plans and taking them out again, compiled; rounds can be undone."""

from solvers.routing.fleet_arrays import (
    CM3,
    FEN,
    GRAMS,
    ITEM,
    LATE,
    LEFT_COST,
    LEFT_RATE,
    LOCATION,
    MOST_SERVING,
    NEED,
    NUM_DIRTY,
    NUM_FREE,
    NUM_LINES,
    NUM_TOUCHED,
    PIECE_CM3,
    PIECE_G,
    PIECES,
    RATE,
    REFERENCES,
    ROW,
    STAMP,
    Land,
    Plans,
)
from solvers.routing.fleet_clock import IMPOSSIBLE, driven
from solvers.routing.string_tours import Array, compiled


@compiled
def new_visit(plans: Plans, place: int) -> int:
    """Return an empty visit to a place that nothing refers to yet."""
    plans.counts[NUM_FREE] -= 1
    visit = plans.free[plans.counts[NUM_FREE]]
    plans.visit[visit, LOCATION] = place
    for column in range(NUM_LINES, plans.visit.shape[1]):
        plans.visit[visit, column] = 0
    return int(visit)


@compiled
def add_line(  # noqa: PLR0917 - compiled functions take no keywords
    land: Land, plans: Plans, visit: int, need: int, row: int, pieces: int
) -> None:
    """Add pieces for a need from a depot to a visit that is being made."""
    lines = plans.visit[visit, NUM_LINES]
    at = lines
    for number in range(lines):
        if plans.line[visit, number, NEED] == need and plans.line[visit, number, ROW] == row:
            plans.line[visit, number, PIECES] += pieces
            at = number
    if at == lines:
        plans.line[visit, lines, NEED] = need
        plans.line[visit, lines, ROW] = row
        plans.line[visit, lines, PIECES] = pieces
        plans.visit[visit, NUM_LINES] += 1
    plans.visit[visit, GRAMS] += pieces * land.need[need, PIECE_G]
    plans.visit[visit, CM3] += pieces * land.need[need, PIECE_CM3]


@compiled
def weigh(land: Land, plans: Plans, visit: int) -> None:
    """Reckon what a visit costs by window of arrival."""
    for window in range(plans.late.shape[1]):
        late = 0
        for number in range(plans.visit[visit, NUM_LINES]):
            need = plans.line[visit, number, NEED]
            late += plans.line[visit, number, PIECES] * land.late[need, window]
        plans.late[visit, window] = late


@compiled
def _count(land: Land, plans: Plans, truck: int, visit: int, sign: int) -> None:
    """Count a visit as made by a truck, or no more."""
    for number in range(plans.visit[visit, NUM_LINES]):
        need = plans.line[visit, number, NEED]
        pieces = sign * plans.line[visit, number, PIECES]
        item = land.need[need, ITEM]
        plans.left[need] -= pieces
        plans.stock[plans.line[visit, number, ROW], item] -= pieces
        plans.held[item] -= pieces
        plans.counts[LEFT_COST] -= pieces * land.late[need, -1]
        plans.counts[LEFT_RATE] -= pieces * land.need[need, RATE]
    place = plans.visit[visit, LOCATION]
    known = plans.num_serving[place]
    if sign > 0:
        if known < MOST_SERVING:
            plans.serving[place, known] = truck
            plans.num_serving[place] = known + 1
        return
    for number in range(known):
        if plans.serving[place, number] == truck:
            plans.serving[place, number] = plans.serving[place, known - 1]
            plans.num_serving[place] = known - 1
            return


@compiled
def _release(plans: Plans, visit: int) -> None:
    plans.visit[visit, REFERENCES] -= 1
    if plans.visit[visit, REFERENCES] == 0:
        plans.free[plans.counts[NUM_FREE]] = visit
        plans.counts[NUM_FREE] += 1


@compiled
def touch(plans: Plans, truck: int) -> None:
    """Keep a truck's plan as it is, before it changes in this round."""
    if plans.stamp[truck] == plans.counts[STAMP]:
        return
    plans.stamp[truck] = plans.counts[STAMP]
    plans.touched[plans.counts[NUM_TOUCHED]] = truck
    plans.counts[NUM_TOUCHED] += 1
    plans.saved_size[truck] = plans.size[truck]
    plans.saved_sums[truck, LATE] = plans.sums[truck, LATE]
    plans.saved_sums[truck, FEN] = plans.sums[truck, FEN]
    for at in range(plans.size[truck]):
        node = plans.seq[truck, at]
        plans.saved[truck, at] = node
        if node >= 0:
            plans.visit[node, REFERENCES] += 1


@compiled
def put_node(plans: Plans, truck: int, at: int, node: int) -> None:
    """Put a node before another in a truck's row."""
    for moved in range(plans.size[truck], at, -1):
        plans.seq[truck, moved] = plans.seq[truck, moved - 1]
    plans.seq[truck, at] = node
    plans.size[truck] += 1


@compiled
def put_visit(land: Land, plans: Plans, truck: int, at: int, visit: int) -> None:
    """Put a visit before a node; its load must be there."""
    put_node(plans, truck, at, visit)
    plans.visit[visit, REFERENCES] += 1
    _count(land, plans, truck, visit, 1)


@compiled
def take_node(land: Land, plans: Plans, truck: int, at: int) -> None:
    """Take a node out of a truck's row."""
    node = plans.seq[truck, at]
    if node >= 0:
        _count(land, plans, truck, node, -1)
        _release(plans, node)
    plans.size[truck] -= 1
    for moved in range(at, plans.size[truck]):
        plans.seq[truck, moved] = plans.seq[truck, moved + 1]


@compiled
def row_is_used(seq: Array, begin: int, end: int, row: int) -> bool:
    """Return whether one of some nodes loads at a depot."""
    found = False
    for at in range(begin, end):
        found = found or seq[at] == -row - 1
    return found


@compiled
def tidy(land: Land, plans: Plans, truck: int) -> None:
    """Take out the loads from which a trip brings nothing."""
    at = 0
    while at < plans.size[truck]:
        node = plans.seq[truck, at]
        if node >= 0:
            at += 1
            continue
        after = at + 1
        while after < plans.size[truck] and plans.seq[truck, after] < 0:
            after += 1
        # Where all visits of a trip went, its loads now stand before those of the next one.
        is_again = row_is_used(plans.seq[truck], at + 1, after, -node - 1)
        is_used = False
        while after < plans.size[truck] and plans.seq[truck, after] >= 0 and not is_used:
            visit = plans.seq[truck, after]
            for number in range(plans.visit[visit, NUM_LINES]):
                is_used = is_used or plans.line[visit, number, ROW] == -node - 1
            after += 1
        if is_used and not is_again:
            at += 1
        else:
            take_node(land, plans, truck, at)


@compiled
def settle(land: Land, plans: Plans, truck: int) -> bool:
    """Drive a changed plan; return whether it can be driven."""
    late, fen = driven(land, plans, truck, plans.seq[truck], plans.size[truck])
    if late == IMPOSSIBLE:
        return False
    for at in range(plans.size[truck]):
        plans.ends[truck, at] = plans.ends[-1, at]
    plans.sums[-1, LATE] += late - plans.sums[truck, LATE]
    plans.sums[-1, FEN] += fen - plans.sums[truck, FEN]
    plans.sums[truck, LATE], plans.sums[truck, FEN] = late, fen
    return True


@compiled
def accept(plans: Plans) -> None:
    """Let the changes of this round stand."""
    for number in range(plans.counts[NUM_TOUCHED]):
        truck = plans.touched[number]
        for at in range(plans.saved_size[truck]):
            if plans.saved[truck, at] >= 0:
                _release(plans, plans.saved[truck, at])
        if not plans.is_dirty[truck]:
            plans.is_dirty[truck] = 1
            plans.dirty[plans.counts[NUM_DIRTY]] = truck
            plans.counts[NUM_DIRTY] += 1
    plans.counts[NUM_TOUCHED] = 0


@compiled
def take_back(land: Land, plans: Plans) -> None:
    """Undo the changes of this round."""
    for number in range(plans.counts[NUM_TOUCHED]):
        truck = plans.touched[number]
        while plans.size[truck]:
            take_node(land, plans, truck, plans.size[truck] - 1)
        for at in range(plans.saved_size[truck]):
            node = plans.saved[truck, at]
            plans.seq[truck, at] = node
            if node >= 0:
                _count(land, plans, truck, node, 1)
        plans.size[truck] = plans.saved_size[truck]
        settle(land, plans, truck)
    plans.counts[NUM_TOUCHED] = 0


@compiled
def keep_best(plans: Plans) -> None:
    """Remember the present answer as the best."""
    for number in range(plans.counts[NUM_DIRTY]):
        truck = plans.dirty[number]
        plans.is_dirty[truck] = 0
        for at in range(plans.best_size[truck]):
            if plans.best[truck, at] >= 0:
                _release(plans, plans.best[truck, at])
        plans.best_size[truck] = plans.size[truck]
        for at in range(plans.size[truck]):
            node = plans.seq[truck, at]
            plans.best[truck, at] = node
            if node >= 0:
                plans.visit[node, REFERENCES] += 1
    plans.counts[NUM_DIRTY] = 0


@compiled
def copy_lines(land: Land, plans: Plans, source: int, visit: int) -> None:
    """Add all lines of one visit to another."""
    for number in range(plans.visit[source, NUM_LINES]):
        add_line(
            land,
            plans,
            visit,
            plans.line[source, number, NEED],
            plans.line[source, number, ROW],
            plans.line[source, number, PIECES],
        )
