"""From an officer's question to a changed situation: "what if that bridge goes?"."""

from collections.abc import Sequence
from dataclasses import dataclass

from geodata.closure_files import find_closures
from geodata.gazetteer import Gazetteer
from geodata.off_road import OffRoadTravel
from geodata.plan_travel import PlanTravel
from geodata.roads import RoadNetwork
from relief.errors import Fault, InvalidInput
from relief.plan.situation import Situation
from relief.plan.travel import Closure, TravelSource
from relief.sentences import Sentence, say
from scenarios.carriers import OffRoadFleet, trucks_only, with_carriers
from scenarios.overlay import (
    AddStock,
    AddTrucks,
    Change,
    CloseRoad,
    LoseDepot,
    ScaleNeeds,
    locations_of,
    overlay,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangedWorld:
    """A situation with changes, and its roads.

    Parameters
    ----------
    situation
        The base with the changes over it.
    travel_source
        The roads that are left.
    closures
        What the changes closed, resolved to stretches.
    notes
        What a reader must know of boats, helicopters and porters.
    """

    situation: Situation
    travel_source: TravelSource
    closures: tuple[Closure, ...]
    notes: tuple[Sentence, ...] = ()


def changed_world(
    base: Situation,
    changes: Sequence[Change],
    *,
    roads: RoadNetwork,
    travel_source: TravelSource,
    gazetteer: Gazetteer,
    off_road: OffRoadFleet | None = None,
) -> ChangedWorld:
    """Return the world as it would be with the changes.

    Parameters
    ----------
    base
        The situation as it is; it is left untouched.
    changes
        The officer's changes.
    roads
        The network of the base, with the closures it has already.
    travel_source
        The travel over it; kept where no road is closed.
    gazetteer
        The places that a closure may name.
    off_road
        What may serve places that no truck reaches in time; None for nothing.

    Raises
    ------
    InvalidInput
        If a change names something unknown, or a closure matches nothing.
    """
    base = trucks_only(base)
    on_road = travel_source.on_road if isinstance(travel_source, OffRoadTravel) else travel_source
    specs = [change.spec for change in changes if isinstance(change, CloseRoad)]
    if not specs:
        return _carried(overlay(base, changes), on_road, roads, off_road)
    closures = find_closures(specs, gazetteer, roads)
    closed = roads.closed(closures)
    left = PlanTravel(closed, base.as_of or base.start_at, base.horizon_at)
    situation = overlay(base, changes, travel=left.travel_times(locations_of(base)))
    return _carried(situation, left, closed, off_road, closures)


def _carried(
    situation: Situation,
    on_road: TravelSource,
    roads: RoadNetwork,
    off_road: OffRoadFleet | None,
    closures: tuple[Closure, ...] = (),
) -> ChangedWorld:
    """Return the world with what serves the places that trucks do not reach in it."""
    carried = with_carriers(situation, on_road, roads, off_road or OffRoadFleet())
    return ChangedWorld(
        situation=carried.situation,
        travel_source=carried.travel_source,
        closures=closures,
        notes=carried.notes,
    )


def read_changes(
    *,
    closed_roads: Sequence[str],
    lost_depots: Sequence[str],
    scaled_needs: Sequence[str],
    added_stock: Sequence[str],
    added_trucks: Sequence[str],
) -> tuple[Change, ...]:
    """Return the changes that an officer wrote, roads first.

    Parameters
    ----------
    closed_roads
        As in `geodata.closures.parse_closure`.
    lost_depots
        Depot codes.
    scaled_needs
        ``CODE=FACTOR`` for one place, ``FACTOR`` for all.
    added_stock
        ``DEPOT:ITEM:PIECES``.
    added_trucks
        ``DEPOT:CLASS:NUMBER``.

    Raises
    ------
    InvalidInput
        For every text that cannot be read.

    Examples
    --------
    >>> read_changes(closed_roads=(), lost_depots=("420112-01",), scaled_needs=("1.5",),
    ...              added_stock=(), added_trucks=("420500-01:truck-9.6:6",))
    ... # doctest: +NORMALIZE_WHITESPACE
    (LoseDepot(depot_code='420112-01'),
     ScaleNeeds(place_code='', factor=1.5),
     AddTrucks(depot_code='420500-01', class_code='truck-9.6', num_vehicles=6))
    """
    changes: list[Change] = [CloseRoad(spec=text) for text in closed_roads]
    changes += [LoseDepot(depot_code=text) for text in lost_depots]
    faults: list[Fault] = []
    for text in scaled_needs:
        place_code, _, factor = text.rpartition("=")
        try:
            changes.append(ScaleNeeds(place_code=place_code, factor=float(factor)))
        except ValueError:
            faults.append(_unreadable("--scale-needs", text, "FACTOR, CODE=FACTOR"))
    for text in added_stock:
        match text.split(":"):
            case [depot, item, pieces] if pieces.isdecimal():
                changes.append(AddStock(depot_code=depot, item_code=item, pieces=int(pieces)))
            case _:
                faults.append(_unreadable("--add-stock", text, "DEPOT:ITEM:PIECES"))
    for text in added_trucks:
        match text.split(":"):
            case [depot, kind, num] if num.isdecimal():
                changes.append(AddTrucks(depot_code=depot, class_code=kind, num_vehicles=int(num)))
            case _:
                faults.append(_unreadable("--add-trucks", text, "DEPOT:CLASS:NUMBER"))
    if faults:
        raise InvalidInput(*faults)
    return tuple(changes)


def _unreadable(option: str, text: str, allowed: str) -> Fault:
    return Fault(
        where=option,
        value=text,
        what=say("The change cannot be read."),
        allowed=allowed,
        remedy=say("Write it in the allowed form."),
    )
