"""The road network: junctions and the stretches between them, open or closed."""

import gzip
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.crs import MEAN_RADIUS_KM, geodesic_km, on_unit_sphere
from geodata.layout import RoadLayout, junction_tree, layout_digest, stretch_rows
from geodata.rules import load_rules
from geodata.sources import data_file
from relief.errors import Fault, InvalidInput, UnreachablePlace
from relief.places import Point
from relief.plan.travel import Closure
from relief.sentences import say

SNAP_LIMIT_KM = 15.0
"""A place farther than this from every road junction is off the network. Of the 103 county seats
the farthest is Shennongjia with 13.0 km, the median 1.0 km; 76 townships are off the network."""

ACCESS_LIMIT_KM = 40.0
"""Off the network, a place still has a modelled access leg to a junction within this distance."""

SHIPPED_NETWORK = "Highways of central China (OpenStreetMap via routrs 1.1.0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snap:
    """The junction through which a point reaches the roads.

    Parameters
    ----------
    node_id, row
        The junction and its row in the arrays.
    straight_km
        Its geodesic distance from the point.
    """

    node_id: int
    row: int
    straight_km: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadNetwork:
    """A road network with its closures. It never changes: closing gives a new one.

    Parameters
    ----------
    name
        What it is called where distances are shown.
    layout
        Junctions and stretches.
    is_open
        Whether a stretch can be used by anybody, shape (stretches,), read-only.
    closures
        Why the others cannot; and what slows or bars some on those that can, which
        `geodata.overlay` applies for each speed class.
    fingerprint
        Sixteen hexadecimal digits that differ when any junction, length or closure differs.
    approximate
        Whether lengths are modelled.
    long_haul
        Whether places beyond the edge of the network may be joined to it by modelled long hauls.
    """

    name: str
    layout: RoadLayout
    is_open: NDArray[np.bool_]
    closures: tuple[Closure, ...] = ()
    fingerprint: str
    approximate: bool
    long_haul: bool

    def closed(self, closures: Sequence[Closure]) -> "RoadNetwork":
        """Return a new network under further closures; this one stays as it is.

        The times between which a closure holds are not looked at, see `during`.

        Raises
        ------
        InvalidInput
            If a closure holds no stretch, or one that the network does not know.
        """
        faults = []
        is_open = self.is_open.copy()
        for closure in closures:
            rows, unknown = stretch_rows(self.layout, closure.edges)
            faults += [
                Fault(
                    where=f"closure {closure.name}",
                    field="edges",
                    value=f"{one}-{other}",
                    what=say("The road network has no such stretch."),
                    remedy=say("Name the two junctions of a stretch of this network."),
                )
                for one, other in unknown
            ]
            if not closure.edges:
                faults.append(
                    Fault(
                        where=f"closure {closure.name}",
                        field="edges",
                        what=say("The closure matches no road."),
                        remedy=say("Draw the area over a road, or name two places with a road."),
                    )
                )
            if closure.is_total:
                is_open[rows] = False
        if faults:
            raise InvalidInput(*faults)
        is_open.setflags(write=False)
        return replace(
            self,
            is_open=is_open,
            closures=(*self.closures, *closures),
            fingerprint=_fingerprint(self.layout, is_open, (*self.closures, *closures)),
        )

    def opened(self) -> "RoadNetwork":
        """Return the network without closures."""
        whole = np.ones(len(self.is_open), dtype=np.bool_)
        whole.setflags(write=False)
        return replace(
            self,
            is_open=whole,
            closures=(),
            fingerprint=_fingerprint(self.layout, whole, ()),
        )

    def during(self, begin: datetime, end: datetime) -> "RoadNetwork":
        """Return the network under those of its closures that hold at some moment of a time."""
        holding = [one for one in self.closures if one.holds_between(begin, end)]
        if len(holding) == len(self.closures):
            return self
        return self.opened().closed(holding)

    def snap(self, point: Point) -> Snap:
        """Return the nearest junction of the main network, open or closed.

        Raises
        ------
        UnreachablePlace
            If it lies more than `SNAP_LIMIT_KM` away.
        """
        (nearest,) = self.junctions_near([point], count=1)
        if not nearest or nearest[0].straight_km > SNAP_LIMIT_KM:
            raise UnreachablePlace(
                Fault(
                    where=f"point {point.lon_deg}, {point.lat_deg}",
                    field="point",
                    value=f"{point.lon_deg}, {point.lat_deg}",
                    what=say(
                        "No road junction of the network lies within {limit_km} km.",
                        limit_km=SNAP_LIMIT_KM,
                    ),
                    remedy=say("Give the nearest point that trucks can reach."),
                )
            )
        return nearest[0]

    def junctions_near(self, points: Sequence[Point], *, count: int) -> list[list[Snap]]:
        """Return up to `count` junctions within `ACCESS_LIMIT_KM` of each point, nearest first."""
        if not points:
            return []
        rows, tree = junction_tree(self.layout)
        count = min(count, len(rows))
        chord = 2 * np.sin(1.1 * ACCESS_LIMIT_KM / MEAN_RADIUS_KM / 2)
        lon_deg = np.array([point.lon_deg for point in points])
        lat_deg = np.array([point.lat_deg for point in points])
        found = tree.query(on_unit_sphere(lon_deg, lat_deg), k=count, distance_upper_bound=chord)[1]
        answers = []
        for point, candidates in zip(points, found.reshape(len(points), count), strict=True):
            snaps = [self._snap_to(point, int(rows[i])) for i in candidates if i < len(rows)]
            near = [snap for snap in snaps if snap.straight_km <= ACCESS_LIMIT_KM]
            answers.append(sorted(near, key=lambda snap: (snap.straight_km, snap.row)))
        return answers

    def _snap_to(self, point: Point, row: int) -> Snap:
        return Snap(
            node_id=int(self.layout.node_ids[row]),
            row=row,
            straight_km=geodesic_km(point, self.point_of(row)),
        )

    def point_of(self, row: int) -> Point:
        """Return the point of the junction in this row."""
        return Point(
            lon_deg=float(self.layout.lon_deg[row]), lat_deg=float(self.layout.lat_deg[row])
        )

    def graph(self) -> "nx.DiGraph[int]":
        """Return the open network as a networkx graph, an edge for each direction of driving.

        Nodes carry ``lon_deg`` and ``lat_deg``, edges ``length_km``.
        """
        graph: nx.DiGraph[int] = nx.DiGraph(name=self.name, fingerprint=self.fingerprint)
        layout = self.layout
        graph.add_nodes_from(
            (node, {"lon_deg": lon_deg, "lat_deg": lat_deg})
            for node, lon_deg, lat_deg in zip(
                layout.node_ids.tolist(),
                layout.lon_deg.tolist(),
                layout.lat_deg.tolist(),
                strict=True,
            )
        )
        for both in (False, True):
            rows = np.flatnonzero(self.is_open & ~layout.one_way if both else self.is_open)
            ends = (layout.heads, layout.tails) if both else (layout.tails, layout.heads)
            graph.add_edges_from(
                (one, other, {"length_km": length_hm / 10})
                for one, other, length_hm in zip(
                    layout.node_ids[ends[0][rows]].tolist(),
                    layout.node_ids[ends[1][rows]].tolist(),
                    layout.length_hm[rows].tolist(),
                    strict=True,
                )
            )
        return graph


def build_network(
    *,
    name: str,
    layout: RoadLayout,
    approximate: bool = False,
    long_haul: bool = False,
) -> RoadNetwork:
    """Return an open network on a layout."""
    is_open = np.ones(len(layout.tails), dtype=np.bool_)
    is_open.setflags(write=False)
    return RoadNetwork(
        name=name,
        layout=layout,
        is_open=is_open,
        fingerprint=_fingerprint(layout, is_open, ()),
        approximate=approximate,
        long_haul=long_haul,
    )


@lru_cache(maxsize=1)
def load_roads() -> RoadNetwork:
    """Return the shipped network of central China; it is read once and never changes.

    57,746 junctions and 89,772 stretches between 105-120 E and 24.5-37.5 N. It is approximate:
    stretches are straight between junctions, lengths are modelled (see `geodata.calibration`),
    and neither class, name, direction nor bridges are known.
    """
    nodes = _frame("roads_nodes.csv.gz")
    edges = _frame("roads_edges.csv.gz")
    node_ids = nodes["node_id"].to_numpy(np.int64)
    layout = RoadLayout(
        node_ids=node_ids,
        lon_deg=nodes["lon_deg"].to_numpy(np.float64),
        lat_deg=nodes["lat_deg"].to_numpy(np.float64),
        tails=np.searchsorted(node_ids, edges["from_node_id"].to_numpy(np.int64)),
        heads=np.searchsorted(node_ids, edges["to_node_id"].to_numpy(np.int64)),
        length_hm=load_rules().length_hm(edges["straight_km"].to_numpy(np.float64)),
        one_way=np.zeros(len(edges), dtype=np.bool_),
        contraction_rank=nodes["contraction_rank"].to_numpy(np.int64),
    )
    return build_network(name=SHIPPED_NETWORK, layout=layout, approximate=True, long_haul=True)


def load_straight_km() -> NDArray[np.float64]:
    """Return the straight lengths from which the shipped network's road lengths are modelled."""
    return _frame("roads_edges.csv.gz")["straight_km"].to_numpy(np.float64)


def _frame(name: str) -> pd.DataFrame:
    content = gzip.decompress(data_file(name).read_bytes())
    return pd.read_csv(io.BytesIO(content))


def _fingerprint(
    layout: RoadLayout, is_open: NDArray[np.bool_], closures: Sequence[Closure]
) -> str:
    digest = hashlib.sha256(layout_digest(layout))
    digest.update(np.packbits(is_open).tobytes())
    for closure in closures:
        # An area also bars access legs, which no stretch shows.
        if closure.polygon:
            digest.update(repr((closure.polygon, closure.speed_share)).encode())
        if not closure.is_total:
            effect = (closure.edges, closure.speed_share, closure.speed_classes, closure.open_ways)
            digest.update(repr(effect).encode())
    return digest.hexdigest()[:16]
