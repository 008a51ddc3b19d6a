"""Closures as an overlay: which stretches a speed class may use each way, and how fast."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geodata.engine import StretchCosts
from geodata.layout import stretch_rows
from geodata.roads import RoadNetwork
from relief.plan.travel import Closure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """What the closures of a network make of its stretches for one speed class.

    Parameters
    ----------
    forward, back
        Whether a stretch may be driven from tail to head, and from head to tail, as far as
        closures go; shape (stretches,).
    speed_share
        What is left of the usual speed, the least where closures lie over each other; shape
        (stretches,).
    """

    forward: NDArray[np.bool_]
    back: NDArray[np.bool_]
    speed_share: NDArray[np.float64]


def overlay_of(roads: RoadNetwork, speed_class: str) -> Overlay:
    """Return what the closures of a network that do not bar everybody make of its stretches."""
    num_stretches = len(roads.layout.tails)
    forward = np.ones(num_stretches, dtype=np.bool_)
    back = np.ones(num_stretches, dtype=np.bool_)
    speed_share = np.ones(num_stretches)
    for closure in roads.closures:
        if closure.is_total or not closure.concerns(speed_class):
            continue
        rows, _ = stretch_rows(roads.layout, closure.edges)
        if closure.speed_share:
            speed_share[rows] = np.minimum(speed_share[rows], closure.speed_share)
            continue
        along = _along(roads, rows, closure)
        forward[rows] &= along
        back[rows] &= _along(roads, rows, closure, turned=True)
    return Overlay(forward=forward, back=back, speed_share=speed_share)


def overlaid(roads: RoadNetwork, costs: StretchCosts, speed_class: str) -> StretchCosts:
    """Return the costs of driving under the closures of a network.

    Times are rounded up to whole seconds, so that slowing a stretch down never makes it faster.

    Parameters
    ----------
    roads
        The network with its closures.
    costs
        What its stretches cost without them.
    speed_class
        Who drives.
    """
    if all(closure.is_total for closure in roads.closures):
        return costs
    overlay = overlay_of(roads, speed_class)
    slowed_s = np.ceil(np.round(costs.seconds / overlay.speed_share, 6)).astype(np.int64)
    return replace(costs, seconds=slowed_s, forward=overlay.forward, back=overlay.back)


def _along(
    roads: RoadNetwork, rows: NDArray[np.int64], closure: Closure, *, turned: bool = False
) -> NDArray[np.bool_]:
    """Return whether a convoy may drive each stretch from tail to head, or turned."""
    node_ids, open_ways = roads.layout.node_ids, frozenset(closure.open_ways)
    ends = (roads.layout.tails[rows], roads.layout.heads[rows])
    one, other = (node_ids[end].tolist() for end in (ends[::-1] if turned else ends))
    return np.array([way in open_ways for way in zip(one, other, strict=True)], dtype=np.bool_)
