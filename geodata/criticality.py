"""Which links of a road network are missed most when they are lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.access import find_accesses
from geodata.engine import CchEngine, StretchCosts, stretches_along
from geodata.layout import stretch_ends
from geodata.metric import NO_WAY
from geodata.roads import RoadNetwork
from geodata.rules import TravelRules, load_rules
from geodata.travel import RoadTravel
from relief.places import Place
from relief.plan.travel import Location

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalLink:
    """A link, and what its loss would cost.

    A link is a run of stretches on the ways to the very same places; what is told is the loss of
    that one of its stretches which costs most.

    Parameters
    ----------
    edges
        Its stretches, as pairs of road nodes, the smaller number first.
    worst
        The stretch whose loss costs most.
    length_km
        Its length.
    used_by
        Codes of the places to which the fastest ways lead over it.
    cut_off
        Codes of those that would be cut off.
    people_cut_off
        How many people live there.
    delay_person_h
        By how many hours the others would be farther, times the people there.
    longest_delay_h
        The greatest of these delays.
    is_dead_end
        Whether it is the only way out of the origin, or into the one place that uses it: such a
        place has other streets in truth, which the network or its nearest junction hides.
    """

    edges: tuple[tuple[int, int], ...]
    worst: tuple[int, int]
    length_km: float
    used_by: tuple[str, ...]
    cut_off: tuple[str, ...]
    people_cut_off: int
    delay_person_h: float
    longest_delay_h: float
    is_dead_end: bool


def critical_links(
    roads: RoadNetwork,
    origin: Location,
    destinations: Sequence[Place],
    *,
    num_links: int,
    speed_class: str = "medium",
    rules: TravelRules | None = None,
) -> tuple[CriticalLink, ...]:
    """Return the links whose loss costs most on the ways from one place to others.

    Every stretch on the fastest way to some place is taken away in turn, and the ways that used
    it are sought again; the loss of any other stretch changes no time. People cut off count
    before delays, however long; dead ends come last.

    Parameters
    ----------
    roads
        The network, with its closures.
    origin
        Where the goods come from.
    destinations
        Where they go; people count by their population.
    num_links
        How many links to return at most.
    speed_class
        Of the trucks.
    rules
        As in `geodata.travel.RoadTravel`.

    Notes
    -----
    A place counts as cut off where no way of less than a day of driving is left. Places keep the
    junction through which they reach the roads.
    """
    usable, costs = RoadTravel(roads, rules=rules).usable_roads(speed_class)
    engine = CchEngine(usable, costs)
    places = [origin, *(_location(place) for place in destinations)]
    start, *ends = find_accesses(places, roads, rules or load_rules())
    if start is None:
        return ()
    reached = [(place, end.row) for place, end in zip(destinations, ends, strict=True) if end]
    rows = np.array([row for _, row in reached], dtype=np.int64)
    people = np.array([place.population_people for place, _ in reached], dtype=np.int64)
    before_s = engine.table(np.array([start.row]), rows).seconds[0]
    users = _users(engine, usable, costs, start.row, rows)
    links: dict[tuple[int, ...], list[int]] = {}
    for stretch, places_served in users.items():
        links.setdefault(tuple(places_served), []).append(stretch)
    found = []
    for ways, stretches in links.items():
        using = np.array(ways)
        losses = []
        for stretch in stretches:
            after_s = engine.seconds_without(stretch, start.row, rows[using])
            cut = after_s == NO_WAY
            delay_h = np.where(cut, 0, after_s - before_s[using]) / _SECONDS_PER_HOUR
            person_h = float(delay_h @ people[using])
            losses.append((int(people[using][cut].sum()), person_h, stretch, cut, delay_h))
        lost, person_h, worst, cut, delay_h = max(losses, key=lambda loss: loss[:3])
        (worst_ends,) = stretch_ends(usable.layout, np.array([worst]))
        found.append(
            CriticalLink(
                edges=stretch_ends(usable.layout, np.array(stretches)),
                worst=worst_ends,
                length_km=float(costs.length_hm[stretches].sum()) / 10,
                used_by=tuple(reached[way][0].code for way in ways),
                cut_off=tuple(reached[way][0].code for way in using[cut].tolist()),
                people_cut_off=lost,
                delay_person_h=person_h,
                longest_delay_h=float(delay_h.max()),
                is_dead_end=bool(cut.all()) and len(ways) in {1, len(reached)},
            )
        )
    found.sort(
        key=lambda link: (
            link.is_dead_end,
            -link.people_cut_off,
            -link.delay_person_h,
            link.worst,
        )
    )
    return tuple(found[:num_links])


def _users(
    engine: CchEngine,
    roads: RoadNetwork,
    costs: StretchCosts,
    origin: int,
    destinations: NDArray[np.int64],
) -> dict[int, list[int]]:
    """Return the stretches that are driven, each with the places of the ways over it."""
    users: dict[int, list[int]] = {}
    for place, destination in enumerate(destinations.tolist()):
        for stretch in stretches_along(roads, costs, engine.way(origin, destination)):
            users.setdefault(stretch, []).append(place)
    return users


def _location(place: Place) -> Location:
    return Location(
        code=place.code, name_zh=place.name_zh, name_en=place.name_en, point=place.point
    )
