"""The layout of a road network: junctions and stretches, and how to find them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from geodata.crs import on_unit_sphere
from geodata.road_details import DETAIL_ARRAYS, E7, RoadDetails


def _no_rows() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadLayout:
    """Junctions and stretches: what a network and all its closed variants share.

    Parameters
    ----------
    node_ids, lon_deg, lat_deg
        Identity and point of each junction, in increasing order of identity, shape (junctions,).
    tails, heads
        Rows of the two junctions of each stretch, shape (stretches,).
    length_hm
        Road length in whole hectometres, shape (stretches,). An imported network spreads the
        rounding over neighbouring stretches, so that short ones may have none.
    one_way
        Whether a stretch is driven only from tail to head, shape (stretches,).
    contraction_rank
        The place of each junction in the order of contraction, shape (junctions,); empty if it
        has to be computed.
    snap_rows
        Rows of the junctions on which places are put; empty for all that hang together in the
        largest part.
    details
        What else is known of the stretches; None if nothing is, and they are straight.

    Notes
    -----
    All arrays are read-only.
    """

    node_ids: NDArray[np.int64]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    tails: NDArray[np.int64]
    heads: NDArray[np.int64]
    length_hm: NDArray[np.int64]
    one_way: NDArray[np.bool_]
    contraction_rank: NDArray[np.int64]
    snap_rows: NDArray[np.int64] = field(default_factory=_no_rows)
    details: RoadDetails | None = None

    def __post_init__(self) -> None:
        for entry in fields(self):
            if entry.name != "details":
                getattr(self, entry.name).setflags(write=False)


def stretch_rows(
    layout: RoadLayout, edges: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.int64], tuple[tuple[int, int], ...]]:
    """Return the rows of the stretches between pairs of junctions, and the pairs without any.

    A pair means the stretch in both directions, and every stretch if two run side by side.
    """
    if not edges:
        return np.empty(0, dtype=np.int64), ()
    keys, order = _stretch_keys(layout)
    pairs = np.array(edges, dtype=np.int64)
    rows = np.searchsorted(layout.node_ids, pairs)
    known = layout.node_ids[np.minimum(rows, len(layout.node_ids) - 1)] == pairs
    wanted = np.where(known.all(axis=1), _key(rows.min(axis=1), rows.max(axis=1)), _NO_STRETCH)
    first = np.searchsorted(keys, wanted, side="left")
    last = np.searchsorted(keys, wanted, side="right")
    found = [order[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    unknown = tuple(edges[i] for i in np.flatnonzero(first == last).tolist())
    return np.concatenate(found), unknown


def stretch_ends(layout: RoadLayout, rows: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """Return the junctions of the stretches, the smaller number first, sorted, each pair once."""
    one, other = layout.node_ids[layout.tails[rows]], layout.node_ids[layout.heads[rows]]
    pairs = zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), strict=True)
    return tuple(sorted(set(pairs)))


def main_junctions(layout: RoadLayout) -> NDArray[np.int64]:
    """Return the rows of the junctions on which places are put, see `RoadLayout.snap_rows`."""
    return junction_tree(layout)[0]


def stretches_touching(layout: RoadLayout, area: BaseGeometry) -> NDArray[np.int64]:
    """Return the rows of the stretches that touch an area or a line, in increasing order."""
    west, south, east, north = area.bounds
    left, low, right, high = _stretch_bounds(layout)
    near = np.flatnonzero((right >= west) & (left <= east) & (high >= south) & (low <= north))
    shapely.prepare(area)
    corners, places = _corners(layout, near)
    lines = shapely.linestrings(corners, indices=places)
    touching: NDArray[np.int64] = near[shapely.intersects(area, lines)]
    return touching


def stretch_line(layout: RoadLayout, row: int) -> NDArray[np.float64]:
    """Return the points of a stretch from tail to head, shape (points, 2), longitude first."""
    return _corners(layout, np.array([row]))[0]


def stretch_lines(layout: RoadLayout, rows: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """Return the points of stretches in degrees, longitude first, each of shape (points, 2)."""
    corners, places = _corners(layout, rows)
    return np.split(corners, np.flatnonzero(np.diff(places)) + 1) if len(rows) else []


def way_line(
    layout: RoadLayout, stretches: Sequence[int], start: int
) -> tuple[tuple[float, float], ...]:
    """Return the points of a way, longitude first, each once.

    Parameters
    ----------
    stretches
        The rows of its stretches in driving order; each may be driven against its direction.
    start
        The row of the junction where it begins.
    """
    rows = np.array(stretches, dtype=np.int64)
    corners, places = _corners(layout, rows)
    bounds = np.searchsorted(places, np.arange(len(rows) + 1)).tolist()
    points = [(float(layout.lon_deg[start]), float(layout.lat_deg[start]))]
    here = start
    for place, (tail, head) in enumerate(
        zip(layout.tails[rows].tolist(), layout.heads[rows].tolist(), strict=True)
    ):
        line = corners[bounds[place] : bounds[place + 1]]
        points += [(lon, lat) for lon, lat in (line if here == tail else line[::-1])[1:].tolist()]
        here = head if here == tail else tail
    return tuple(points)


def _corners(
    layout: RoadLayout, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the points of stretches one after the other, and the place of its stretch for each."""
    num_bends = np.zeros(len(rows), dtype=np.int64)
    details = layout.details
    if details is not None:
        num_bends = details.first_bends[rows + 1] - details.first_bends[rows]
    counts = num_bends + 2
    last = np.cumsum(counts) - 1
    corners = np.empty((int(counts.sum()), 2))
    between = np.ones(len(corners), dtype=np.bool_)
    for ends, at in ((layout.tails, last - counts + 1), (layout.heads, last)):
        corners[at, 0], corners[at, 1] = layout.lon_deg[ends[rows]], layout.lat_deg[ends[rows]]
        between[at] = False
    if details is not None:
        within = np.arange(int(num_bends.sum())) - np.repeat(
            np.cumsum(num_bends) - num_bends, num_bends
        )
        bends = np.repeat(details.first_bends[rows], num_bends) + within
        corners[between, 0] = details.bends_lon_e7[bends] / E7
        corners[between, 1] = details.bends_lat_e7[bends] / E7
    return corners, np.repeat(np.arange(len(rows)), counts)


@lru_cache(maxsize=8)
def _stretch_bounds(
    layout: RoadLayout,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the west, south, east and north end of each stretch."""
    if not len(layout.tails):
        none = np.empty(0)
        return none, none, none, none
    corners, stretches = _corners(layout, np.arange(len(layout.tails)))
    first = np.flatnonzero(np.diff(stretches, prepend=-1))
    low, high = np.minimum.reduceat(corners, first), np.maximum.reduceat(corners, first)
    return low[:, 0], low[:, 1], high[:, 0], high[:, 1]


_NO_STRETCH = -1


def _key(small: NDArray[np.int64], large: NDArray[np.int64]) -> NDArray[np.int64]:
    return (small << 32) | large


@lru_cache(maxsize=8)
def _stretch_keys(layout: RoadLayout) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    one, other = layout.tails, layout.heads
    # Rows fit in 32 bits, which the identities of OpenStreetMap do not.
    keys = _key(np.minimum(one, other), np.maximum(one, other))
    order = np.argsort(keys, kind="stable")
    return keys[order], order


@lru_cache(maxsize=8)
def junction_tree(layout: RoadLayout) -> tuple[NDArray[np.int64], cKDTree]:
    """Return the rows of the main junctions and a search tree of their unit vectors."""
    if len(layout.snap_rows):
        rows = layout.snap_rows
        return rows, cKDTree(on_unit_sphere(layout.lon_deg[rows], layout.lat_deg[rows]))
    links = csr_matrix(
        (np.ones(len(layout.tails)), (layout.tails, layout.heads)),
        shape=(len(layout.node_ids), len(layout.node_ids)),
    )
    labels = connected_components(links, directed=False)[1]
    rows = np.flatnonzero(labels == np.argmax(np.bincount(labels)))
    return rows, cKDTree(on_unit_sphere(layout.lon_deg[rows], layout.lat_deg[rows]))


@lru_cache(maxsize=8)
def layout_digest(layout: RoadLayout) -> bytes:
    """Return a checksum of everything in a layout but its order of contraction."""
    digest = hashlib.sha256()
    for name in ("node_ids", "lon_deg", "lat_deg", "tails", "heads", "length_hm", "one_way"):
        digest.update(np.ascontiguousarray(getattr(layout, name)).tobytes())
    if layout.details is not None:
        for name in DETAIL_ARRAYS:
            digest.update(np.ascontiguousarray(getattr(layout.details, name)).tobytes())
        digest.update(repr((layout.details.names, layout.details.refs)).encode())
    return digest.digest()
