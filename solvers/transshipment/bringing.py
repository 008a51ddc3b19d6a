"""Bringing goods to hubs: trips of trucks that end there, and what then lies there from when on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from relief.damage.needs import Need
from relief.places import Depot, Place, PlaceKind
from relief.plan.allocation import Allocation, Consignment
from relief.plan.driving import DrivingRecord
from relief.plan.outcome import SolveReport
from relief.plan.routes import Routes, Stop, StopKind, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.under_way import BayTaken, VehicleUnderWay
from relief.supply.fleet import ConvoyRules
from relief.supply.stock import Lot
from relief.units import ceil_div
from solvers.transshipment.ways import HubWays
from solvers.transshipment.wishes import MARK, Wish, lot_at_hub

TICK = timedelta(hours=1)
"""How closely it is looked at when goods are at a hub: lateness counts from one to the next."""


def bringing(situation: Situation, wishes: Sequence[Wish]) -> Situation:
    """Return the situation in which hubs are the places, and what is wished is needed there.

    It is due when the soonest truck can have brought it, at the next full hour of the plan; only
    trucks go that do not get to where the goods are meant for. The weight of a need at a hub is
    that of the most pressing need behind it.
    """
    hours = ceil_div(int(situation.policy.window_ends[-1].total_seconds()), 3_600)
    depots = {depot.code: depot for depot in situation.depots}
    hubs = sorted({wish.hub_code for wish in wishes})
    classes = {code for wish in wishes for code in wish.classes}
    return replace(
        situation,
        places=tuple(_as_place(depots[code]) for code in hubs),
        needs=tuple(_needs(situation, wishes)),
        lots=tuple({wish.lot.code: wish.lot for wish in wishes}.values()),
        pools=tuple(pool for pool in situation.pools if pool.class_code in classes),
        policy=replace(
            situation.policy,
            window_ends=tuple(number * TICK for number in range(1, hours + 1)),
            convoy=ConvoyRules(),
        ),
        orders=(),
        offers=(),
        donations=(),
        receiving_limits=(),
        pots=(),
        hubs=(),
    )


def _as_place(depot: Depot) -> Place:
    return Place(
        code=depot.code,
        name_zh=depot.name_zh,
        name_en=depot.name_en,
        kind=PlaceKind.COUNTY,
        parent_code="",
        parent_zh="",
        parent_en="",
        point=depot.point,
        population_people=0,
    )


def _needs(situation: Situation, wishes: Sequence[Wish]) -> Iterator[Need]:
    pieces: dict[tuple[str, str, int], int] = defaultdict(int)
    likeliest: dict[tuple[str, str, int], Need] = {}
    weights = dict(situation.policy.priority_weights)
    for wish in wishes:
        key = (wish.hub_code, wish.lot.item_code, _tick(wish))
        pieces[key] += wish.pieces
        known = likeliest.get(key, wish.need)
        likeliest[key] = max(
            known,
            wish.need,
            key=lambda need: need.milli_people_per_piece * weights[need.priority],
        )
    for (hub_code, item_code, tick), num in sorted(pieces.items()):
        yield replace(
            likeliest[hub_code, item_code, tick],
            place_code=hub_code,
            item_code=item_code,
            due_at=situation.start_at + (tick + 1) * TICK,
            pieces=num,
        )


def _tick(wish: Wish) -> int:
    return max(ceil_div(wish.brought_s, int(TICK.total_seconds())) - 1, 0)


def to_hubs(wishes: Sequence[Wish], report: SolveReport) -> Allocation:
    """Return the wishes as an allocation of `bringing`."""
    return Allocation(
        consignments=tuple(
            Consignment(
                lot_code=wish.lot.code,
                depot_code=wish.lot.depot_code,
                item_code=wish.lot.item_code,
                place_code=wish.hub_code,
                pieces=wish.pieces,
                window=_tick(wish),
            )
            for wish in wishes
        ),
        shortfalls=(),
        deprivation_bound_milli_person_h=None,
        report=report,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What trucks bring to hubs.

    Parameters
    ----------
    routes
        Their routes; hand-overs are no deliveries.
    batches
        Under the code of each lot that comes to lie at a hub: the lot.
    origins
        Under the same codes: the lot of which it is a part.
    """

    routes: tuple[VehicleRoute, ...]
    batches: dict[str, Lot]
    origins: dict[str, Lot]


def brought(situation: Situation, ways: HubWays, lots: Sequence[Lot], routes: Routes) -> Brought:
    """Return the trips of `bringing` as hand-overs, and what lies at the hubs from when on.

    What is unloaded at one hub of one lot at one instant is one lot there.
    """
    by_code = {lot.code: lot for lot in lots}
    handed = tuple(
        replace(
            route,
            trips=tuple(
                replace(
                    trip,
                    stops=tuple(
                        replace(stop, kind=StopKind.HAND_OVER)
                        if stop.kind is StopKind.DELIVER
                        else stop
                        for stop in trip.stops
                    ),
                )
                for trip in route.trips
            ),
        )
        for route in routes.vehicle_routes
    )
    pieces: dict[str, int] = defaultdict(int)
    keys: dict[str, tuple[str, str, int]] = {}
    for stop in hand_overs(handed):
        ready_s = ready_at_s(situation, ways, stop)
        for line in stop.lines:
            code = batch_code(line.lot_code, stop.location_code, ready_s)
            pieces[code] += line.pieces
            keys[code] = (line.lot_code, stop.location_code, ready_s)
    return Brought(
        routes=handed,
        batches={
            code: lot_at_hub(
                by_code[lot_code], hub_code, code=code, pieces=pieces[code], ready_s=ready_s
            )
            for code, (lot_code, hub_code, ready_s) in sorted(keys.items())
        },
        origins={code: by_code[lot_code] for code, (lot_code, _, _) in sorted(keys.items())},
    )


def hand_overs(routes: Sequence[VehicleRoute]) -> Iterator[Stop]:
    """Yield the stops at which goods are handed over."""
    for route in routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.HAND_OVER:
                    yield stop


def ready_at_s(situation: Situation, ways: HubWays, stop: Stop) -> int:
    """Return when what is handed over at a stop can be loaded, in seconds after the start."""
    ready_at = stop.end_at + ways.hubs[stop.location_code].handling
    return int((ready_at - situation.start_at).total_seconds())


def batch_code(lot_code: str, hub_code: str, ready_s: int) -> str:
    """Return the code of what lies at a hub of a lot from an instant on."""
    return f"{lot_code}{MARK}{hub_code}{MARK}{ready_s}"


def bays_taken(situation: Situation, routes: Sequence[VehicleRoute]) -> tuple[BayTaken, ...]:
    """Return the loadings of routes, so that others heed them."""
    items = situation.catalogue.by_code()
    return tuple(
        BayTaken(
            depot_code=stop.location_code,
            begin_at=stop.begin_at,
            end_at=stop.end_at,
            mass_g=sum(line.pieces * items[line.item_code].mass_g for line in stop.lines),
        )
        for route in routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.LOAD
    )


def under_way(situation: Situation, routes: Sequence[VehicleRoute]) -> tuple[VehicleUnderWay, ...]:
    """Return the trucks as they are free at the hubs where they have last handed something over."""
    states = []
    for route in routes:
        record = DrivingRecord(situation.policy.duty)
        stops = [stop for trip in route.trips for stop in trip.stops]
        for stop in stops:
            record.drive(stop.leg, timedelta(0))
            record.work(stop.begin_at, stop.end_at)
        last = stops[-1]
        drives, continuous = record.at(last.end_at, stood_from=last.end_at)
        states.append(
            VehicleUnderWay(
                vehicle_code=route.vehicle_code,
                location_code=last.location_code,
                free_at=last.end_at,
                drives=drives,
                continuous_drive=continuous,
            )
        )
    return tuple(states)
