"""Fastest ways over a road network: matrices and paths, by two engines that agree exactly.

Each stretch costs ``seconds * scale + hectometres`` as one whole number, so that the least cost
is the least time and, among equally fast ways, the shortest; both can be read back from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from routingkit_cch import CCH, compute_order_inertial
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geodata.layout import RoadLayout
from geodata.metric import CCH_INFINITE, NO_WAY, shared_metric
from geodata.roads import RoadNetwork


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StretchCosts:
    """What driving each stretch of a network costs.

    Parameters
    ----------
    seconds, length_hm
        Driving time of each stretch, at least 1, and its length, shape (stretches,).
    forward, back
        Whether it may be driven from tail to head, and from head to tail, shape (stretches,);
        None where nothing but the network itself bars it.
    """

    seconds: NDArray[np.int64]
    length_hm: NDArray[np.int64]
    forward: NDArray[np.bool_] | None = None
    back: NDArray[np.bool_] | None = None

    def joint(self, scale: int) -> NDArray[np.int64]:
        """Return time and length of each stretch as one number, time first."""
        return self.seconds * scale + self.length_hm

    def narrow_scale(self) -> int:
        """Return the smallest scale that keeps time and length apart in every sum below 2^31.

        The length of a way must stay below the scale. A way of length L takes at least L / v
        seconds at the top speed v, so one with L >= scale costs at least scale^2 / v, which
        reaches 2^31 when scale = sqrt(2^31 v).
        """
        top_hm_s = float((self.length_hm / self.seconds).max(initial=0.0))
        return int(np.ceil(np.sqrt(2.0**31 * top_hm_s))) + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FastestWays:
    """Time and length of the fastest way of each pair.

    Parameters
    ----------
    seconds, length_hm
        Shape (origins, destinations); `NO_WAY` in both where there is no way. Among equally fast
        ways the length is that of the shortest.
    """

    seconds: NDArray[np.int64]
    length_hm: NDArray[np.int64]


class MatrixEngine(Protocol):
    """Something that finds fastest ways."""

    def table(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> FastestWays:
        """Return the fastest ways of all pairs.

        Parameters
        ----------
        origins, destinations
            Junction rows, shapes (origins,) and (destinations,).
        """
        ...

    def way(self, origin: int, destination: int) -> tuple[int, ...]:
        """Return the junction rows of a fastest way; empty where there is none."""
        ...


class DijkstraEngine:
    """Fastest ways by SciPy's Dijkstra: no preparation, slow queries.

    Parameters
    ----------
    roads, costs
        The network and what its stretches cost.
    """

    # Sums are exact in float64 up to 2^53: lengths up to 100,000 km, times up to 270 years.
    _SCALE = 2**20

    def __init__(self, roads: RoadNetwork, costs: StretchCosts) -> None:
        tails, heads, rows = _arcs(roads.layout)
        weights = costs.joint(self._SCALE)[rows]
        size = len(roads.layout.node_ids)
        order = np.lexsort((weights, heads, tails))
        order = order[_usable_arcs(roads, costs)[order]]
        # Of stretches side by side only the best counts; a sparse matrix would add them up.
        best = np.ones(len(order), dtype=np.bool_)
        best[1:] = (np.diff(tails[order]) != 0) | (np.diff(heads[order]) != 0)
        order = order[best]
        self._matrix = csr_matrix(
            (weights[order].astype(np.float64), (tails[order], heads[order])), shape=(size, size)
        )
        self._turned = self._matrix.T.tocsr()

    def table(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> FastestWays:
        """Return the fastest ways of all pairs, see `MatrixEngine.table`."""
        costs = np.empty((len(origins), len(destinations)))
        if len(origins) <= len(destinations):
            for place, origin in enumerate(origins.tolist()):
                costs[place] = dijkstra(self._matrix, indices=[origin])[0, destinations]
        else:
            for place, destination in enumerate(destinations.tolist()):
                costs[:, place] = dijkstra(self._turned, indices=[destination])[0, origins]
        reached = np.isfinite(costs)
        joint = np.where(reached, costs, 0).astype(np.int64)
        return _apart(np.where(reached, joint, NO_WAY), self._SCALE)

    def way(self, origin: int, destination: int) -> tuple[int, ...]:
        """Return the junction rows of a fastest way, see `MatrixEngine.way`."""
        costs, before = dijkstra(self._matrix, indices=[origin], return_predecessors=True)
        if not np.isfinite(costs[0, destination]):
            return ()
        rows = [destination]
        while rows[-1] != origin:
            rows.append(int(before[0, rows[-1]]))
        return tuple(reversed(rows))


class CchEngine:
    """Fastest ways by a customizable contraction hierarchy: the engine for daily use.

    The hierarchy is built once for a layout, and one metric is kept for each kind of costs; a
    closure only changes the weights of its arcs in it, which takes milliseconds. Ways whose joint
    cost does not fit in RoutingKit's 31 bits (more than a day of driving) are found by
    `DijkstraEngine`, so that both engines give the same answer.

    Parameters
    ----------
    roads, costs
        The network and what its stretches cost.

    References
    ----------
    J. Dibbelt, B. Strasser, D. Wagner, Customizable Contraction Hierarchies, ACM JEA 21 (2016),
    doi:10.1145/2886843.
    """

    def __init__(self, roads: RoadNetwork, costs: StretchCosts) -> None:
        self._scale = costs.narrow_scale()
        weights = np.minimum(costs.joint(self._scale), CCH_INFINITE)[_arcs(roads.layout)[2]]
        self._weights = np.where(_usable_arcs(roads, costs), weights, CCH_INFINITE)
        self._metric = shared_metric(hierarchy(roads.layout), self._scale)
        self._roads = roads
        self._costs = costs
        self._slow: DijkstraEngine | None = None
        self._parts: NDArray[np.int32] | None = None

    def table(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> FastestWays:
        """Return the fastest ways of all pairs, see `MatrixEngine.table`."""
        joint = np.full((len(origins), len(destinations)), NO_WAY, dtype=np.int64)
        if joint.size:
            joint = self._metric.table(self._weights, origins, destinations)
        ways = _apart(joint, self._scale)
        self._add_overflow(ways, origins, destinations)
        return ways

    def seconds_without(
        self, stretch: int, origin: int, destinations: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the times from one junction if one stretch more were closed.

        Parameters
        ----------
        stretch
            The row of the stretch.
        origin
            A junction row.
        destinations
            Junction rows, shape (destinations,).

        Returns
        -------
        NDArray[np.int64]
            Shape (destinations,); `NO_WAY` where no way of less than a day is left.
        """
        weights = self._weights.copy()
        weights[_arcs(self._roads.layout)[2] == stretch] = CCH_INFINITE
        joint = self._metric.table(weights, np.array([origin]), destinations)
        seconds: NDArray[np.int64] = _apart(joint, self._scale).seconds[0]
        return seconds

    def way(self, origin: int, destination: int) -> tuple[int, ...]:
        """Return the junction rows of a fastest way, see `MatrixEngine.way`."""
        if origin == destination:
            return (origin,)
        found = self._metric.way(self._weights, origin, destination)
        if found:
            return found
        if not self._joined(np.array([origin]), np.array([destination])).any():
            return ()
        return self._dijkstra().way(origin, destination)

    def _add_overflow(
        self,
        ways: FastestWays,
        origins: NDArray[np.int64],
        destinations: NDArray[np.int64],
    ) -> None:
        missing = ways.seconds == NO_WAY
        # What hangs together is only worth finding out where something is missing.
        if missing.any():
            missing &= self._joined(origins, destinations)
        while missing.any():
            by_row, by_column = missing.sum(axis=1), missing.sum(axis=0)
            # The row or column with most gaps first: far places are few.
            rows, columns = np.arange(len(origins)), np.arange(len(destinations))
            if by_row.max() >= by_column.max():
                rows = rows[[by_row.argmax()]]
            else:
                columns = columns[[by_column.argmax()]]
            found = self._dijkstra().table(origins[rows], destinations[columns])
            ways.seconds[np.ix_(rows, columns)] = found.seconds
            ways.length_hm[np.ix_(rows, columns)] = found.length_hm
            missing[np.ix_(rows, columns)] = False

    def _joined(
        self, origins: NDArray[np.int64], destinations: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        if self._parts is None:
            tails, heads, _ = _arcs(self._roads.layout)
            usable = _usable_arcs(self._roads, self._costs)
            size = len(self._roads.layout.node_ids)
            links = csr_matrix(
                (np.ones(int(usable.sum())), (tails[usable], heads[usable])), shape=(size, size)
            )
            self._parts = connected_components(links, directed=False)[1]
        joined: NDArray[np.bool_] = (
            self._parts[origins][:, np.newaxis] == self._parts[destinations][np.newaxis, :]
        )
        return joined

    def _dijkstra(self) -> DijkstraEngine:
        if self._slow is None:
            self._slow = DijkstraEngine(self._roads, self._costs)
        return self._slow


def _apart(joint: NDArray[np.int64], scale: int) -> FastestWays:
    reached = joint != NO_WAY
    return FastestWays(
        seconds=np.where(reached, joint // scale, NO_WAY),
        length_hm=np.where(reached, joint % scale, NO_WAY),
    )


ENGINES = ("cch", "scipy")
"""The names of the engines, the default first."""


def make_engine(name: str, roads: RoadNetwork, costs: StretchCosts) -> MatrixEngine:
    """Return an engine by its name in `ENGINES`."""
    engines: dict[str, type[CchEngine | DijkstraEngine]] = {
        "cch": CchEngine,
        "scipy": DijkstraEngine,
    }
    return engines[name](roads, costs)


@lru_cache(maxsize=8)
def _arcs(
    layout: RoadLayout,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return tails, heads and stretch rows of all arcs: every stretch, and back if allowed."""
    rows = np.arange(len(layout.tails))
    back = rows[~layout.one_way]
    return (
        np.concatenate((layout.tails, layout.heads[back])),
        np.concatenate((layout.heads, layout.tails[back])),
        np.concatenate((rows, back)),
    )


def _usable_arcs(roads: RoadNetwork, costs: StretchCosts) -> NDArray[np.bool_]:
    rows = np.arange(len(roads.layout.tails))
    back = rows[~roads.layout.one_way]
    forward = roads.is_open if costs.forward is None else roads.is_open & costs.forward
    return np.concatenate(
        (forward, (roads.is_open if costs.back is None else roads.is_open & costs.back)[back])
    )


@lru_cache(maxsize=8)
def hierarchy(layout: RoadLayout) -> CCH:
    """Return the contraction hierarchy of a layout, the same for all speeds and closures."""
    tails, heads, _ = _arcs(layout)
    tail_list, head_list = tails.tolist(), heads.tolist()
    return CCH(contraction_order(layout), tail_list, head_list, filter_always_inf_arcs=False)


def stretches_along(
    roads: RoadNetwork, costs: StretchCosts, rows: Sequence[int]
) -> tuple[int, ...]:
    """Return the stretches of a way, of several side by side the fastest, then the shortest.

    Parameters
    ----------
    roads, costs
        The open network and what its stretches cost.
    rows
        The junctions of the way, each joined to the next by an open stretch.
    """
    stretches = _arcs(roads.layout)[2]
    keys, order = _arc_keys(roads.layout)
    usable = _usable_arcs(roads, costs)
    size = len(roads.layout.node_ids)
    found = []
    for one, other in pairwise(rows):
        first, last = np.searchsorted(keys, [one * size + other, one * size + other + 1])
        arcs = order[first:last]
        choices = stretches[arcs[usable[arcs]]].tolist()
        best = min(choices, key=lambda row: (costs.seconds[row], costs.length_hm[row], row))
        found.append(int(best))
    return tuple(found)


@lru_cache(maxsize=8)
def _arc_keys(layout: RoadLayout) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    tails, heads, _ = _arcs(layout)
    keys = tails * len(layout.node_ids) + heads
    order = np.argsort(keys, kind="stable")
    return keys[order], order


def contraction_order(layout: RoadLayout) -> list[int]:
    """Return the junction rows in order of contraction, stored or computed."""
    if len(layout.contraction_rank):
        order: list[int] = np.argsort(layout.contraction_rank).tolist()
        return order
    tails, heads, _ = _arcs(layout)
    computed: list[int] = compute_order_inertial(
        len(layout.node_ids),
        tails.tolist(),
        heads.tolist(),
        layout.lat_deg.tolist(),
        layout.lon_deg.tolist(),
    )
    return computed
