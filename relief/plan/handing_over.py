"""What changes vehicles at hubs in a plan, and why: who brings it, who fetches it, for whom."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class HubUse:
    """How a plan uses a hub.

    Parameters
    ----------
    hub_code
        The hub.
    brought_pieces, brought_g
        What is handed over there.
    fetched_pieces
        What of it is loaded there by others.
    num_trips
        Trips that hand something over.
    first_at, last_at
        When the first and the last of them have unloaded.
    place_codes
        For whom the goods are, in the order of the places.
    bringing_codes, onward_codes
        Classes of the vehicles that bring goods there, and of those that load them.
    shut_out_codes
        Of the classes that bring goods those that get to none of the places from there.
    """

    hub_code: str
    brought_pieces: int
    brought_g: int
    fetched_pieces: int
    num_trips: int
    first_at: datetime
    last_at: datetime
    place_codes: tuple[str, ...]
    bringing_codes: tuple[str, ...]
    onward_codes: tuple[str, ...]
    shut_out_codes: tuple[str, ...]


def hub_uses(situation: Situation, plan: DispatchPlan) -> tuple[HubUse, ...]:
    """Return how a plan uses hubs, in order of their codes; nothing where it uses none."""
    items = situation.catalogue.by_code()
    lies_in = {lot.code: lot.depot_code for lot in situation.lots}
    pieces: Counter[str] = Counter()
    mass_g: Counter[str] = Counter()
    fetched: Counter[str] = Counter()
    trips: dict[str, set[str]] = defaultdict(set)
    ends: dict[str, list[datetime]] = defaultdict(list)
    bringing: dict[str, set[str]] = defaultdict(set)
    onward: dict[str, set[str]] = defaultdict(set)
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                hub = stop.location_code
                if stop.kind is StopKind.HAND_OVER:
                    pieces[hub] += sum(line.pieces for line in stop.lines)
                    mass_g[hub] += sum(
                        line.pieces * items[line.item_code].mass_g for line in stop.lines
                    )
                    trips[hub].add(trip.number)
                    ends[hub].append(stop.end_at)
                    bringing[hub].add(route.class_code)
                if stop.kind is StopKind.LOAD:
                    moved = [
                        line.pieces for line in stop.lines if lies_in.get(line.lot_code, hub) != hub
                    ]
                    if moved:
                        fetched[hub] += sum(moved)
                        onward[hub].add(route.class_code)
    return tuple(
        HubUse(
            hub_code=hub,
            brought_pieces=pieces[hub],
            brought_g=mass_g[hub],
            fetched_pieces=fetched[hub],
            num_trips=len(trips[hub]),
            first_at=min(ends[hub]),
            last_at=max(ends[hub]),
            place_codes=(places := _places(situation, plan, hub)),
            bringing_codes=tuple(sorted(bringing[hub])),
            onward_codes=tuple(sorted(onward[hub])),
            shut_out_codes=_shut_out(situation, hub, places, sorted(bringing[hub])),
        )
        for hub in sorted(pieces)
    )


def hands_over(plan: DispatchPlan) -> bool:
    """Return whether goods change vehicles at a hub in a plan."""
    return any(
        stop.kind is StopKind.HAND_OVER
        for route in plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
    )


def _places(situation: Situation, plan: DispatchPlan, hub_code: str) -> tuple[str, ...]:
    codes = {each.place_code for each in plan.consignments if each.hub_code == hub_code}
    return tuple(place.code for place in situation.places if place.code in codes)


def _shut_out(
    situation: Situation, hub_code: str, place_codes: Sequence[str], class_codes: Sequence[str]
) -> tuple[str, ...]:
    row = situation.travel.index()
    layers = dict(zip(situation.travel.speed_classes, situation.travel.seconds(), strict=True))
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    ends = [row[code] for code in place_codes]
    return tuple(
        code
        for code in class_codes
        if ends and int(layers[kinds[code].speed_class][row[hub_code], ends].min()) >= UNREACHABLE_S
    )
