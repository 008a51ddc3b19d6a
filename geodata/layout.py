"""The layout of a road network: junctions and stretches, and how to find them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geodata.crs import on_unit_sphere


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
        Modelled road length in whole hectometres, shape (stretches,).
    one_way
        Whether a stretch is driven only from tail to head, shape (stretches,).
    contraction_rank
        The place of each junction in the order of contraction, shape (junctions,); empty if it
        has to be computed.

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

    def __post_init__(self) -> None:
        for name in self.__slots__:
            getattr(self, name).setflags(write=False)


def stretch_rows(
    layout: RoadLayout, edges: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.int64], tuple[tuple[int, int], ...]]:
    """Return the rows of the stretches between pairs of junctions, and the pairs without any.

    A pair means the stretch in both directions, and every stretch if two run side by side.
    """
    if not edges:
        return np.empty(0, dtype=np.int64), ()
    keys, order = _stretch_keys(layout)
    pairs = np.sort(np.array(edges, dtype=np.int64), axis=1)
    wanted = _key(pairs[:, 0], pairs[:, 1])
    first = np.searchsorted(keys, wanted, side="left")
    last = np.searchsorted(keys, wanted, side="right")
    rows = [order[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    unknown = tuple(edges[i] for i in np.flatnonzero(first == last).tolist())
    return np.concatenate(rows), unknown


def stretch_ends(layout: RoadLayout, rows: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """Return the junctions of the stretches, the smaller number first, sorted, each pair once."""
    one, other = layout.node_ids[layout.tails[rows]], layout.node_ids[layout.heads[rows]]
    pairs = zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), strict=True)
    return tuple(sorted(set(pairs)))


def main_junctions(layout: RoadLayout) -> NDArray[np.int64]:
    """Return the rows of the junctions that hang together in the largest part of the network."""
    return junction_tree(layout)[0]


def stretches_touching(layout: RoadLayout, area: shapely.Polygon) -> NDArray[np.int64]:
    """Return the rows of the stretches that touch an area, in increasing order."""
    west, south, east, north = area.bounds
    lon_deg, lat_deg = layout.lon_deg, layout.lat_deg
    tails, heads = layout.tails, layout.heads
    near = np.flatnonzero(
        (np.maximum(lon_deg[tails], lon_deg[heads]) >= west)
        & (np.minimum(lon_deg[tails], lon_deg[heads]) <= east)
        & (np.maximum(lat_deg[tails], lat_deg[heads]) >= south)
        & (np.minimum(lat_deg[tails], lat_deg[heads]) <= north)
    )
    corners = np.stack(
        (
            np.column_stack((lon_deg[tails[near]], lat_deg[tails[near]])),
            np.column_stack((lon_deg[heads[near]], lat_deg[heads[near]])),
        ),
        axis=1,
    )
    shapely.prepare(area)
    touching: NDArray[np.int64] = near[shapely.intersects(area, shapely.linestrings(corners))]
    return touching


def _key(small: NDArray[np.int64], large: NDArray[np.int64]) -> NDArray[np.int64]:
    return (small << 32) | large


@lru_cache(maxsize=8)
def _stretch_keys(layout: RoadLayout) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    one, other = layout.node_ids[layout.tails], layout.node_ids[layout.heads]
    keys = _key(np.minimum(one, other), np.maximum(one, other))
    order = np.argsort(keys, kind="stable")
    return keys[order], order


@lru_cache(maxsize=8)
def junction_tree(layout: RoadLayout) -> tuple[NDArray[np.int64], cKDTree]:
    """Return the rows of the main junctions and a search tree of their unit vectors."""
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
    return digest.digest()
