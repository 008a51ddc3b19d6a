"""What-if overlays: a list of small changes over a situation that itself never changes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from geodata.closure_files import is_closure_file
from relief.damage.needs import Need
from relief.errors import Fault, InvalidInput
from relief.places import Depot, Evidence, Place, Tier
from relief.plan.orders import Forbid, Force, Hold, Order, Pin
from relief.plan.situation import Situation
from relief.plan.travel import Closure, Location, TravelTimes
from relief.sentences import Sentence, say
from relief.supply.fleet import VehiclePool
from relief.supply.stock import Lot

_SOURCE = "what-if"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRoad:
    """A road is closed; `spec` is as in `geodata.closures.parse_closure`."""

    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseDepot:
    """A depot is flooded: its stock and the trucks that stand there are lost."""

    depot_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleNeeds:
    """Needs grow or shrink by a factor, at one place or, with an empty code, everywhere."""

    place_code: str
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStock:
    """More pieces of an item lie in a depot, owned by the level that keeps it."""

    depot_code: str
    item_code: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTrucks:
    """More trucks stand at a depot, ready at once, with one driver each."""

    depot_code: str
    class_code: str
    num_vehicles: int


Change = CloseRoad | LoseDepot | ScaleNeeds | AddStock | AddTrucks


def locations_of(situation: Situation) -> tuple[Location, ...]:
    """Return depots and receiving places of a situation, then points of vehicles on the road."""
    spots: list[Depot | Place] = [*situation.depots, *situation.places]
    return (
        *(
            Location(code=spot.code, name_zh=spot.name_zh, name_en=spot.name_en, point=spot.point)
            for spot in spots
        ),
        *(
            Location(
                code=vehicle.location_code,
                name_zh=vehicle.vehicle_code,
                name_en=vehicle.vehicle_code,
                point=vehicle.point,
            )
            for vehicle in situation.under_way
            if vehicle.point is not None
        ),
    )


def overlay(
    base: Situation, changes: Sequence[Change], *, travel: TravelTimes | None = None
) -> Situation:
    """Return the situation as it would be with the changes.

    Parameters
    ----------
    base
        The situation as it is; it is left untouched.
    changes
        Applied in order. The closures among them act through `travel`.
    travel
        Travel times with the closures in them; needed if and only if a change closes a road.

    Raises
    ------
    InvalidInput
        With every change that names an unknown depot, item, place or class, or an impossible
        number.
    """
    faults = tuple(_faults(base, changes))
    if faults:
        raise InvalidInput(*faults)
    closes = any(isinstance(change, CloseRoad) for change in changes)
    if closes != (travel is not None):
        msg = "Travel times must be given if and only if a change closes a road."
        raise ValueError(msg)
    result = replace(base, travel=travel) if travel is not None else base
    for number, change in enumerate(changes, start=1):
        result = _changed(result, change, number)
    return result


def _changed(situation: Situation, change: Change, number: int) -> Situation:
    match change:
        case CloseRoad():
            return situation
        case LoseDepot(depot_code=code):
            return replace(
                situation,
                depots=tuple(depot for depot in situation.depots if depot.code != code),
                lots=tuple(lot for lot in situation.lots if lot.depot_code != code),
                pools=tuple(pool for pool in situation.pools if pool.base_code != code),
                offers=tuple(offer for offer in situation.offers if offer.depot_code != code),
                donations=tuple(one for one in situation.donations if one.depot_code != code),
                depot_limits=tuple(
                    limit for limit in situation.depot_limits if limit.depot_code != code
                ),
                hubs=tuple(hub for hub in situation.hubs if hub.depot_code != code),
                orders=tuple(_orders_without(situation, code)),
            )
        case ScaleNeeds(place_code=code, factor=factor):
            scaled = (
                _scaled(need, factor) if code in ("", need.place_code) else need
                for need in situation.needs
            )
            return replace(situation, needs=tuple(need for need in scaled if need is not None))
        case AddStock():
            return replace(situation, lots=(*situation.lots, _lot(situation, change, number)))
        case AddTrucks():
            return replace(situation, pools=_more_trucks(situation, change))


def _orders_without(situation: Situation, depot_code: str) -> Iterator[Order]:
    """Yield the orders that do not speak of a depot or of what lies in it."""
    gone = {lot.code for lot in situation.lots if lot.depot_code == depot_code} | {depot_code}
    for order in situation.orders:
        match order:
            case Pin() | Hold():
                kept = order.depot_code not in gone
            case Forbid():
                kept = order.source_code not in gone
            case Force():
                kept = True
        if kept:
            yield order


def _scaled(need: Need, factor: float) -> Need | None:
    pieces = math.ceil(round(need.pieces * factor, 6))
    if pieces == 0:
        return None
    spread = need.estimate
    return replace(
        need,
        pieces=pieces,
        estimate=replace(
            spread,
            low=math.floor(spread.low * factor),
            likely=math.ceil(round(spread.likely * factor, 6)),
            high=math.ceil(round(spread.high * factor, 6)),
        ),
    )


def _lot(situation: Situation, change: AddStock, number: int) -> Lot:
    owner = next(d.tier for d in situation.depots if d.code == change.depot_code)
    return Lot(
        code=f"{_SOURCE}-{number}-{change.depot_code}-{change.item_code}",
        depot_code=change.depot_code,
        item_code=change.item_code,
        pieces=change.pieces,
        owner=Tier(owner),
        evidence=Evidence.MODELLED,
        source=_SOURCE,
    )


def _more_trucks(situation: Situation, change: AddTrucks) -> tuple[VehiclePool, ...]:
    """Return the pools with more trucks in the one they belong to.

    A pool has one time of readiness for all its trucks, so trucks that join a pool are ready
    when it is.
    """
    for number, old in enumerate(situation.pools):
        if (old.base_code, old.class_code, old.num_drivers) == (
            change.depot_code,
            change.class_code,
            1,
        ):
            more = replace(old, num_vehicles=old.num_vehicles + change.num_vehicles)
            return (*situation.pools[:number], more, *situation.pools[number + 1 :])
    new = VehiclePool(
        base_code=change.depot_code,
        class_code=change.class_code,
        num_vehicles=change.num_vehicles,
        num_drivers=1,
        carrier_zh="假设增加的车辆",
        carrier_en="trucks added by a what-if",
        ready_after=timedelta(0),
        evidence=Evidence.MODELLED,
        source=_SOURCE,
    )
    return (*situation.pools, new)


def _faults(base: Situation, changes: Sequence[Change]) -> Iterator[Fault]:
    depots = {depot.code for depot in base.depots}
    lost: set[str] = set()
    for number, change in enumerate(changes, start=1):
        where = f"change {number}"
        match change:
            case CloseRoad():
                pass
            case LoseDepot(depot_code=code):
                yield from _must_know(where, "depot", code, depots - lost)
                lost.add(code)
            case ScaleNeeds(place_code=code, factor=factor):
                if code:
                    yield from _must_know(where, "place", code, {p.code for p in base.places})
                if not (math.isfinite(factor) and factor >= 0):
                    yield _bad_number(where, "factor", factor, ">= 0")
            case AddStock(depot_code=code, item_code=item, pieces=pieces):
                yield from _must_know(where, "depot", code, depots - lost)
                yield from _must_know(where, "item", item, set(base.catalogue.by_code()))
                if pieces < 1:
                    yield _bad_number(where, "pieces", pieces, ">= 1")
            case AddTrucks(depot_code=code, class_code=kind, num_vehicles=num):
                yield from _must_know(where, "depot", code, depots - lost)
                yield from _must_know(where, "class", kind, {c.code for c in base.vehicle_classes})
                if num < 1:
                    yield _bad_number(where, "trucks", num, ">= 1")


def _must_know(where: str, field: str, code: str, known: set[str]) -> Iterator[Fault]:
    if code not in known:
        near = [other for other in sorted(known) if other[:4] == code[:4]] or sorted(known)
        yield Fault(
            where=where,
            field=field,
            value=code,
            what=say("Not part of the situation, or lost by an earlier change."),
            allowed=", ".join(near[:8]) + (", ..." if len(near) > len(near[:8]) else ""),
            remedy=say("Name one that the situation holds."),
        )


def _bad_number(where: str, field: str, value: float, allowed: str) -> Fault:
    return Fault(
        where=where,
        field=field,
        value=str(value),
        what=say("An impossible number."),
        allowed=allowed,
        remedy=say("Correct the number."),
    )


def described(change: Change, base: Situation, closures: Sequence[Closure] = ()) -> Sentence:
    """Return a change as a sentence.

    Parameters
    ----------
    change
        The change.
    base
        The situation it is applied to.
    closures
        The resolved closures, to tell how many stretches a closed road has.
    """
    names = {d.code: f"{d.name_zh} {d.name_en}" for d in base.depots}
    names |= {p.code: f"{p.name_zh} {p.name_en}" for p in base.places}
    match change:
        case CloseRoad(spec=spec):
            return _road_closed(spec, closures)
        case LoseDepot(depot_code=code):
            return say("{depot} loses its stock and its trucks.", depot=names[code])
        case ScaleNeeds(place_code="", factor=factor):
            return say("All needs are multiplied by {factor}.", factor=factor)
        case ScaleNeeds(place_code=code, factor=factor):
            return say(
                "The needs of {place} are multiplied by {factor}.", place=names[code], factor=factor
            )
        case AddStock(depot_code=code, item_code=item, pieces=pieces):
            kind = base.catalogue.by_code()[item]
            return say(
                "{depot} holds {pieces} more of {item}.",
                depot=names[code],
                pieces=pieces,
                item=f"{kind.name_zh} {kind.name_en}",
            )
        case AddTrucks(depot_code=code, class_code=kind_code, num_vehicles=num):
            truck = next(c for c in base.vehicle_classes if c.code == kind_code)
            return say(
                "{num} more trucks ({truck}) stand at {depot}.",
                num=num,
                truck=f"{truck.name_zh} {truck.name_en}",
                depot=names[code],
            )


def _road_closed(spec: str, closures: Sequence[Closure]) -> Sentence:
    if is_closure_file(spec):
        return say("The closures in {file} hold.", file=spec)
    num = sum(len(closure.edges) for closure in closures if closure.name == spec)
    return say("The road {road} is closed ({num} stretches).", road=spec, num=num)
