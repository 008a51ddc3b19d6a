"""A waybill (调拨单): a trip with everything that its paper tells."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.documents.off_road import way_words
from api.plan_result import PlanResult
from relief.items import Item
from relief.places import Depot, Place
from relief.plan.loading import LoadingBlock, LoadingList
from relief.plan.routes import Stop, StopKind, StopLine, Trip, VehicleRoute
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.stock import Lot
from relief.units import CM3_PER_M3, GRAMS_PER_KG, ceil_div

MM_PER_M = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Pieces of a lot on a trip.

    Parameters
    ----------
    loading_order
        1 for what is loaded first and lies deepest: the goods of the last stop.
    stop_number
        At which delivery of the trip it is unloaded, counted from 1.
    stop
        That stop.
    line, item, lot
        What it is.
    place_names
        Both names of where it is unloaded.
    block
        Where it stands on the truck; None where that is not known.
    """

    loading_order: int
    stop_number: int
    stop: Stop
    line: StopLine
    item: Item
    lot: Lot
    place_names: str = ""
    block: LoadingBlock | None = None

    @property
    def lot_words(self) -> str:
        """The lot, and of what is made up on loading what goes into each piece."""
        parts = " + ".join(f"{part.pieces} × {part.lot_code}" for part in self.lot.parts)
        return f"{self.lot.code} = {parts}" if parts else self.lot.code

    @property
    def name_zh(self) -> str:
        """The item in Chinese, with a word where it must be kept cool."""
        return f"{self.item.name_zh}（须冷藏）" if self.item.needs_cooling else self.item.name_zh

    @property
    def name_en(self) -> str:
        """The same in English."""
        return f"{self.item.name_en} (keep cool)" if self.item.needs_cooling else self.item.name_en

    @property
    def num_packs(self) -> int:
        """Packs to be carried; the last one may be opened."""
        return ceil_div(self.line.pieces, self.item.pack_pieces)

    @property
    def place_on_truck(self) -> str:
        """From where to where it stands, in metres from the front wall; empty if unknown."""
        if self.block is None:
            return ""
        return f"{self.block.from_mm / MM_PER_M:.2f}-{self.block.to_mm / MM_PER_M:.2f}"

    @property
    def mass_kg(self) -> float:
        """Mass of the pieces."""
        return self.line.pieces * self.item.mass_g / GRAMS_PER_KG

    @property
    def volume_m3(self) -> float:
        """Volume of the pieces."""
        return self.line.pieces * self.item.volume_cm3 / CM3_PER_M3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybill:
    """A trip with everything that its paper tells.

    Parameters
    ----------
    trip, route
        The trip and its truck.
    depot
        Where it loads first; where what is on board already was loaded.
    kind, pool
        The truck's class, and whose it is.
    loads
        In loading order: depot by depot, and what is unloaded last is loaded first.
    spots
        Depots and places under their codes.
    driven_km
        From the first loading to the last delivery; the network is approximate.
    way
        How it gets there where it is no truck, in Chinese and English; empty for trucks.
    on_time_shares
        How likely each delivery is on time, in driving order; empty where that is not known.
    loading
        What stands where and what the axles bear; None where that is not known.
    """

    trip: Trip
    route: VehicleRoute
    depot: Depot
    kind: VehicleClass
    pool: VehiclePool
    loads: tuple[Load, ...]
    spots: dict[str, Depot | Place]
    driven_km: float
    way: str = ""
    on_time_shares: tuple[float, ...] = ()
    loading: LoadingList | None = None

    @property
    def deliveries(self) -> tuple[Stop, ...]:
        """The stops at which goods are unloaded or handed over, in driving order."""
        return tuple(stop for stop in self.trip.stops if stop.kind is not StopKind.LOAD)

    @property
    def num_pieces(self) -> int:
        """All pieces on the truck."""
        return sum(load.line.pieces for load in self.loads)

    @property
    def mass_kg(self) -> float:
        """All mass on the truck."""
        return sum(load.mass_kg for load in self.loads)

    @property
    def volume_m3(self) -> float:
        """All volume on the truck."""
        return sum(load.volume_m3 for load in self.loads)

    def names(self, code: str) -> str:
        """Return both names of a depot or place of the trip."""
        return both_names(self.spots[code])


def both_names(spot: Depot | Place) -> str:
    """Return the names of a depot or place, once where they are the same."""
    return spot.name_zh if spot.name_zh == spot.name_en else f"{spot.name_zh} {spot.name_en}"


def waybills(result: PlanResult) -> tuple[Waybill, ...]:
    """Return the waybills of a plan, by loading depot and time of loading."""
    situation = result.situation
    classes = {kind.code: kind for kind in situation.vehicle_classes}
    pools = {(p.base_code, p.class_code, p.num_drivers): p for p in situation.pools}
    depots = {depot.code: depot for depot in situation.depots}
    spots: dict[str, Depot | Place] = {**depots, **{p.code: p for p in situation.places}}
    paths = {(p.from_code, p.to_code, p.speed_class): p for p in result.paths}
    lengths = {key: path.distance_km for key, path in paths.items()}
    lots = {lot.code: lot for lot in situation.lots}
    lists = {each.waybill: each for each in result.plan.loading_lists}
    promised: dict[str, list[float]] = {}
    for promise in result.promises:
        promised.setdefault(promise.waybill, []).append(promise.on_time_share)
    found = [
        Waybill(
            trip=trip,
            route=route,
            depot=depots[_first_depot(trip, lots)],
            kind=(kind := classes[route.class_code]),
            pool=pools[route.base_code, route.class_code, route.num_drivers],
            loads=_loads(result, trip, spots, lists.get(trip.number)),
            spots=spots,
            driven_km=sum(
                lengths.get((stop.leg.from_code, stop.leg.to_code, kind.speed_class), 0.0)
                for stop in trip.stops[1:]
            ),
            way=way_words(trip, kind, paths),
            on_time_shares=tuple(promised.get(trip.number, ())),
            loading=lists.get(trip.number),
        )
        for route in result.plan.vehicle_routes
        for trip in route.trips
    ]
    found.sort(key=lambda one: (one.depot.code, one.trip.stops[0].begin_at, one.trip.number))
    return tuple(found)


def _first_depot(trip: Trip, lots: Mapping[str, Lot]) -> str:
    """Return where a trip loads first; a truck under way may have loaded already."""
    first = trip.stops[0]
    return (
        first.location_code
        if first.kind is StopKind.LOAD
        else (lots[first.lines[0].lot_code].depot_code)
    )


def _loads(
    result: PlanResult,
    trip: Trip,
    spots: Mapping[str, Depot | Place],
    loading: LoadingList | None,
) -> tuple[Load, ...]:
    items = result.situation.catalogue.by_code()
    lots = {lot.code: lot for lot in result.situation.lots}
    deliveries = [stop for stop in trip.stops if stop.kind is not StopKind.LOAD]
    found: list[tuple[int, StopLine, LoadingBlock | None]]
    if loading is None:
        found = [(number, line, None) for number, line in _in_loading_order(trip)]
    else:
        found = [
            (
                block.delivery_number,
                StopLine(lot_code=block.lot_code, item_code=block.item_code, pieces=block.pieces),
                block,
            )
            for block in loading.blocks
        ]
    return tuple(
        Load(
            loading_order=order,
            stop_number=number,
            stop=deliveries[number - 1],
            line=line,
            item=items[line.item_code],
            lot=lots[line.lot_code],
            place_names=both_names(spots[deliveries[number - 1].location_code]),
            block=block,
        )
        for order, (number, line, block) in enumerate(found, start=1)
    )


def _in_loading_order(trip: Trip) -> list[tuple[int, StopLine]]:
    """Return the lines of all deliveries, with their numbers, in the order of loading.

    Depot by depot in driving order; within a depot, what is unloaded last goes in first. What was
    on board before the plan began comes first.
    """
    unloading = [
        (number, line)
        for number, stop in enumerate(
            (stop for stop in trip.stops if stop.kind is not StopKind.LOAD), start=1
        )
        for line in stop.lines
    ]
    loads = [stop for stop in trip.stops if stop.kind is StopKind.LOAD]
    order_of = {
        line.lot_code: number
        for number, stop in reversed(list(enumerate(loads)))
        for line in stop.lines
    }
    places = sorted(
        range(len(unloading)),
        key=lambda place: (order_of.get(unloading[place][1].lot_code, -1), -place),
    )
    return [unloading[place] for place in places]
