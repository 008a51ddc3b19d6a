"""From the ways of an extract to stretches between junctions.

A point where exactly two pieces of road meet, with the same tags and in a direction that goes on,
is a bend; every other point is a junction. First each way is cut at its junctions and its ends,
then pieces are joined across the ends of ways that are but bends. What lies along a bridge or
under a weight limit thus stays a stretch of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.osm_extract import Extract

_NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretches:
    """Stretches, each a line of points from junction to junction.

    Parameters
    ----------
    tags, way_ids
        Row of `Extract.tags` and the first way of each, shape (stretches,).
    first_points
        Where the points of each begin, and the end of the last, shape (stretches + 1,).
    point_rows
        Rows of the extract's points, both junctions included, shape (points of all,).
    """

    tags: NDArray[np.int64]
    way_ids: NDArray[np.int64]
    first_points: NDArray[np.int64]
    point_rows: NDArray[np.int64]


def cut_into_stretches(extract: Extract) -> Stretches:
    """Return the stretches of an extract, in order of their first way.

    Stretches that end where they begin are left out: they lead nowhere. A way is broken where a
    point is missing from the file or bars trucks.
    """
    points = extract.point_rows
    way_of = np.repeat(np.arange(len(extract.way_ids)), np.diff(extract.first_points))
    usable = extract.usable[points]
    # A leg goes from one position on a way to the next.
    leg = (way_of[:-1] == way_of[1:]) & usable[:-1] & usable[1:] & (points[:-1] != points[1:])
    bend = _bends(extract, way_of, leg)
    before = np.concatenate(([False], leg))
    after = np.concatenate((leg, [False]))
    begins = after & ~(before & bend[points])
    ends = before & ~(after & bend[points])
    first, last = np.flatnonzero(begins), np.flatnonzero(ends)
    pieces = _Pieces(first=first, last=last, way_rows=way_of[first])
    return _laid_out(extract, pieces, *_join(extract, pieces, bend))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pieces:
    """Pieces of ways: positions of their first and last point, rows of their ways."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    way_rows: NDArray[np.int64]


def _bends(
    extract: Extract, way_of: NDArray[np.int64], leg: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which points are bends, shape (points,)."""
    start = np.flatnonzero(leg)
    size = len(extract.point_ids)
    tails, heads = extract.point_rows[start], extract.point_rows[start + 1]
    tags = extract.way_tags[way_of[start]].astype(np.float64)
    one_way = np.array([kind.one_way for kind in extract.tags])[extract.way_tags[way_of[start]]]
    ends = np.concatenate((tails, heads))
    both = np.concatenate((tags, tags))
    total = np.bincount(ends, weights=both, minlength=size)
    squares = np.bincount(ends, weights=both * both, minlength=size)
    # Two numbers are equal just if twice the sum of squares is the square of the sum.
    same = 2 * squares == total * total
    leaving = np.bincount(tails[one_way], minlength=size)
    coming = np.bincount(heads[one_way], minlength=size)
    bend: NDArray[np.bool_] = (
        (np.bincount(ends, minlength=size) == 2)  # noqa: PLR2004 - two pieces meet
        & same
        & (leaving == coming)
    )
    return bend


def _join(
    extract: Extract, pieces: _Pieces, bend: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ends of pieces, one chain after the other, and how many belong to each chain.

    End 2p enters piece p at its first point, 2p + 1 at its last. Only pieces with an end that is
    a bend are looked at one by one.
    """
    points = extract.point_rows
    ends = np.empty(2 * len(pieces.first), dtype=np.int64)
    ends[0::2], ends[1::2] = points[pieces.first], points[pieces.last]
    open_ends = np.flatnonzero(bend[ends])
    order = open_ends[np.argsort(ends[open_ends], kind="stable")]
    mates = np.full(len(ends), _NONE, dtype=np.int64)
    # A bend has two pieces, so its two ends stand side by side.
    mates[order[0::2]], mates[order[1::2]] = order[1::2], order[0::2]
    one_way = np.array([kind.one_way for kind in extract.tags])[extract.way_tags[pieces.way_rows]]
    alone = (mates[0::2] == _NONE) & (mates[1::2] == _NONE)
    mate = mates.tolist()
    is_one_way = one_way.tolist()
    singles = 2 * np.flatnonzero(alone)
    joined: list[list[int]] = []
    seen = alone.copy()
    for begin in np.flatnonzero(mates == _NONE).tolist():
        if seen[begin >> 1]:
            continue
        chain = [begin]
        while mate[chain[-1] ^ 1] != _NONE:
            chain.append(mate[chain[-1] ^ 1])
        seen[[end >> 1 for end in chain]] = True
        if is_one_way[begin >> 1] and begin & 1:
            chain = [end ^ 1 for end in reversed(chain)]
        joined.append(chain)
    joined_sizes = np.array([len(chain) for chain in joined], dtype=np.int64)
    joined_ends = np.array([end for chain in joined for end in chain], dtype=np.int64)
    sizes = np.concatenate((np.ones(len(singles), dtype=np.int64), joined_sizes))
    entered = np.concatenate((singles, joined_ends))
    # In order of the first piece of each chain, so that neighbours in the file stay neighbours.
    starts = np.cumsum(sizes) - sizes
    first = np.minimum.reduceat(entered, starts) if len(starts) else starts
    turned = np.argsort(first >> 1, kind="stable")
    sizes = sizes[turned]
    within = np.arange(len(entered)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return entered[np.repeat(starts[turned], sizes) + within], sizes


def _laid_out(
    extract: Extract, pieces: _Pieces, entered: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Stretches:
    points, first, last = extract.point_rows, pieces.first, pieces.last
    piece, backwards = entered >> 1, (entered & 1).astype(np.bool_)
    chain_ends = np.cumsum(sizes) - 1
    # Every piece gives its points but the last, which the next piece begins with.
    counts = last[piece] - first[piece]
    counts[chain_ends] += 1
    starts = np.cumsum(counts) - counts
    within = np.arange(int(counts.sum())) - np.repeat(starts, counts)
    from_position = np.where(backwards, last[piece], first[piece])
    step = np.where(backwards, -1, 1)
    rows = points[np.repeat(from_position, counts) + np.repeat(step, counts) * within]
    bounds = np.concatenate((starts[chain_ends - sizes + 1], [len(rows)]))
    lead = pieces.way_rows[piece[chain_ends - sizes + 1]]
    loop = rows[bounds[:-1]] == rows[bounds[1:] - 1]
    keep = np.repeat(~loop, np.diff(bounds))
    lengths = np.diff(bounds)[~loop]
    return Stretches(
        tags=extract.way_tags[lead][~loop],
        way_ids=extract.way_ids[lead][~loop],
        first_points=np.concatenate(([0], np.cumsum(lengths))),
        point_rows=rows[keep],
    )
