"""Which places a road network reaches, and how far from its junctions they lie."""

from collections.abc import Sequence
from dataclasses import dataclass

from geodata.access import find_accesses
from geodata.roads import ACCESS_LIMIT_KM, SNAP_LIMIT_KM, RoadNetwork
from geodata.rules import load_rules
from relief.errors import Fault, UnreachablePlace
from relief.places import Place
from relief.plan.travel import Location
from relief.sentences import say

_NUM_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How the places of a list lie to a network.

    Parameters
    ----------
    near
        Places within `geodata.roads.SNAP_LIMIT_KM` of a junction.
    far
        Places farther off, up to `geodata.roads.ACCESS_LIMIT_KM`: they have a modelled way to it.
    beyond
        Places beyond both limits.
    """

    near: tuple[Place, ...]
    far: tuple[Place, ...]
    beyond: tuple[Place, ...]


def coverage(roads: RoadNetwork, places: Sequence[Place]) -> Coverage:
    """Return how places lie to a network, in their order."""
    found = roads.junctions_near([place.point for place in places], count=1)
    km = [snaps[0].straight_km if snaps else float("inf") for snaps in found]
    ordered = tuple(zip(places, km, strict=True))
    return Coverage(
        near=tuple(place for place, off_km in ordered if off_km <= SNAP_LIMIT_KM),
        far=tuple(place for place, off_km in ordered if SNAP_LIMIT_KM < off_km <= ACCESS_LIMIT_KM),
        beyond=tuple(place for place, off_km in ordered if off_km > ACCESS_LIMIT_KM),
    )


def refuse_off_network(roads: RoadNetwork, locations: Sequence[Location]) -> None:
    """Refuse locations that the network does not reach, open as it is.

    Raises
    ------
    UnreachablePlace
        If a location lies beyond the limit of access and no long haul joins it to the network;
        the first ten are named, and how many there are.
    """
    accesses = find_accesses(locations, roads, load_rules())
    off = [place for place, access in zip(locations, accesses, strict=True) if access is None]
    if not off:
        return
    faults = [
        Fault(
            where=location.code,
            field="point",
            value=f"{location.point.lon_deg:.4f}, {location.point.lat_deg:.4f}",
            what=say(
                "{name_zh} ({name_en}) lies more than {limit_km} km from every road junction of "
                "the network.",
                name_zh=location.name_zh,
                name_en=location.name_en,
                limit_km=ACCESS_LIMIT_KM,
            ),
        )
        for location in off[:_NUM_NAMED]
    ]
    summary = Fault(
        where=roads.name,
        value=f"{len(off)} / {len(locations)}",
        what=say("The road network does not reach all places that are asked for."),
        remedy=say("Import an extract that covers them, or use the network of the program."),
    )
    raise UnreachablePlace(*faults, summary)
