"""Close a road by its number or name between two places; only imported networks know names."""

from difflib import get_close_matches
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geodata.closing import closure_fault
from geodata.engine import DijkstraEngine, StretchCosts, stretches_along
from geodata.road_details import RoadDetails
from geodata.roads import RoadNetwork, build_network
from relief.errors import InvalidInput
from relief.places import Place
from relief.plan.travel import Closure, ClosureKind
from relief.sentences import say

_OFF_ROAD_FACTOR = 50
"""By how much other roads are made longer, so that a way keeps to the named one where it can."""


def close_named_road(
    road: str,
    between: tuple[Place, Place],
    roads: RoadNetwork,
    *,
    name: str,
    reason: str = "",
    convoy: bool = False,
) -> Closure:
    """Return the closure of a named road between two places, with both its carriageways.

    The section is found by driving from one place to the other and back, keeping to the road
    wherever that is possible; what is driven on it is closed.

    Parameters
    ----------
    road
        Its number (``G50``) or its name.
    between
        The two places.
    roads
        The network.
    name, reason
        Of the closure.
    convoy
        Whether the road stays open from the first place to the other.

    Raises
    ------
    InvalidInput
        If the network knows no names, or not this one (near names are given), or the road does
        not run between the places.
    UnreachablePlace
        If a place lies off the network.
    """
    layout, details = roads.layout, roads.layout.details
    one, other = between
    if details is None:
        raise InvalidInput(
            closure_fault(
                name,
                road,
                say("This network knows no names of roads; only imported ones do."),
                allowed=f"{one.name_zh}-{other.name_zh}",
                remedy=say("Name two places with a hyphen between, or import a network."),
            )
        )
    named = _stretches_named(road, details, name)
    ends = roads.snap(one.point).row, roads.snap(other.point).row
    whole = build_network(name=roads.name, layout=layout)
    cost = np.maximum(layout.length_hm, 1) * np.where(named, 1, _OFF_ROAD_FACTOR)
    costs = StretchCosts(seconds=cost, length_hm=layout.length_hm)
    engine = DijkstraEngine(whole, costs)
    driven: list[tuple[int, int]] = []
    there: list[tuple[int, int]] = []
    for start, end in (ends, ends[::-1]):
        way = engine.way(start, end)
        rows = stretches_along(whole, costs, way)
        ids = layout.node_ids[list(way)].tolist()
        legs = [leg for leg, row in zip(pairwise(ids), rows, strict=True) if named[row]]
        driven += legs
        there = there or legs
    if not driven:
        what = say("The road does not run between the two places.")
        raise InvalidInput(closure_fault(name, road, what))
    return Closure(
        name=name,
        kind=ClosureKind.ROAD,
        reason=reason,
        edges=tuple(sorted({(min(leg), max(leg)) for leg in driven})),
        open_ways=tuple(there) if convoy else (),
    )


def _stretches_named(road: str, details: RoadDetails, name: str) -> NDArray[np.bool_]:
    wanted = _folded(road)
    # A stretch of two roads carries both numbers: G50;G318.
    refs = [wanted in {_folded(ref) for ref in refs.split(";")} for refs in details.refs]
    names = [wanted == _folded(text) for text in details.names]
    named: NDArray[np.bool_] = np.array(refs)[details.ref_rows] | np.array(names)[details.name_rows]
    if not named.any():
        known = {label for label in (*details.refs, *details.names) if label}
        near = get_close_matches(road.strip(), sorted(known), n=5, cutoff=0.6)
        raise InvalidInput(
            closure_fault(
                name,
                road,
                say("The network has no road of that name or number."),
                allowed=f"perhaps {', '.join(near)}" if near else "a name or number of its roads",
                remedy=say("Check the name of the road."),
            )
        )
    return named


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()
