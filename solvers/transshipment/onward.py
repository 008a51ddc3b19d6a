"""Going on from hubs: the plan of all that is left, and both parts of it put together."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from relief.plan.allocation import Allocation, Consignment
from relief.plan.routes import Routes, Stop, StopKind, StopLine, Trip, Undelivered, VehicleRoute
from relief.plan.situation import Situation
from relief.supply.fleet import VehiclePool
from relief.supply.stock import Lot
from solvers.transshipment.bringing import (
    Brought,
    batch_code,
    bays_taken,
    ready_at_s,
    under_way,
)
from solvers.transshipment.ways import HubWays
from solvers.transshipment.wishes import without


def going_on(situation: Situation, brought: Brought) -> Situation:
    """Return the situation after all is brought: trucks go on from hubs, goods lie there later."""
    gone: Counter[str] = Counter()
    for code, lot in brought.batches.items():
        gone[brought.origins[code].code] += lot.pieces
    return replace(
        situation,
        lots=(*without(situation.lots, gone), *brought.batches.values()),
        under_way=under_way(situation, brought.routes),
        bays_taken=(*situation.bays_taken, *bays_taken(situation, brought.routes)),
        hubs=(),
    )


def without_trucks(going_on: Situation) -> Situation:
    """Return the situation for an allocation: the trucks that bring goods are counted out.

    The routing may send them on all the same.
    """
    away = {vehicle.vehicle_code for vehicle in going_on.under_way}

    def left(pool: VehiclePool) -> VehiclePool:
        num = sum(code in away for code in pool.vehicle_codes())
        return replace(pool, num_vehicles=pool.num_vehicles - num)

    return replace(going_on, pools=tuple(left(pool) for pool in going_on.pools), under_way=())


def together(
    situation: Situation,
    ways: HubWays,
    brought: Brought,
    allocation: Allocation,
    routes: Routes,
) -> tuple[Allocation, Routes] | None:
    """Return what is brought to hubs and what goes on as one allocation and one set of routes.

    What nobody fetches at a hub is not brought there, unless its truck goes on afterwards. None
    where nothing is fetched, where a truck loads goods of one lot in two places on one trip, of
    which no loading list could be made, or where older goods would stay in a store while newer
    ones go.
    """
    fetched: Counter[str] = Counter()
    for route in routes.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    for line in stop.lines:
                        if line.lot_code in brought.batches:
                            fetched[line.lot_code] += line.pieces
    onward = {route.vehicle_code: route for route in routes.vehicle_routes}
    joined: dict[str, VehicleRoute] = {}
    left = {code: lot.pieces - fetched[code] for code, lot in brought.batches.items()}
    for first in brought.routes:
        later = onward.pop(first.vehicle_code, None)
        trimmed = _trimmed(situation, ways, first, left, goes_on=later is not None)
        if trimmed is None:
            continue
        joined[first.vehicle_code] = (
            trimmed
            if later is None
            else replace(trimmed, trips=(*trimmed.trips, *_named(later, brought)), home=later.home)
        )
    for code, route in onward.items():
        joined[code] = replace(route, trips=_named(route, brought))
    everything = [joined[code] for code in sorted(joined)]
    consignments = _consignments(allocation.consignments, brought)
    if (
        not fetched
        or any(_loads_twice(trip) for route in everything for trip in route.trips)
        or not _takes_oldest_first(situation, consignments)
    ):
        return None
    return (
        replace(allocation, consignments=consignments, fairness=None),
        replace(
            routes,
            vehicle_routes=_numbered(everything),
            undelivered=tuple(
                Undelivered(
                    consignment=_by_hub(one.consignment, brought.origins, brought.batches),
                    pieces=one.pieces,
                    reason=one.reason,
                )
                for one in routes.undelivered
            ),
        ),
    )


def _trimmed(
    situation: Situation,
    ways: HubWays,
    route: VehicleRoute,
    left: dict[str, int],
    *,
    goes_on: bool,
) -> VehicleRoute | None:
    """Return a route to hubs without what nobody fetches there; None if nothing is left of it.

    `left` is changed in place. Stops and trips stay where the times of others hang on them: only
    the last trips of a truck that does not go on can be left out.
    """
    trips = list(route.trips)
    while trips and not goes_on:
        carried = _carried(situation, ways, trips[-1])
        if any(left[code] < pieces for code, pieces in carried.items()):
            break
        for code, pieces in carried.items():
            left[code] -= pieces
        trips.pop()
    if not trips:
        return None
    if len(trips) == len(route.trips):
        return route
    return None if not trips else _ending_after(route, trips)


def _ending_after(route: VehicleRoute, trips: Sequence[Trip]) -> VehicleRoute:
    """Return a route that ends after some of its trips: the empty way to the next load is cut.

    The next trip began with the way to its first depot. Only where that is the base is the way
    home known; otherwise the route stays as it was.
    """
    follower = route.trips[len(trips)].stops[0]
    if follower.location_code != route.base_code:
        return route
    home = replace(
        route.home,
        leg=follower.leg,
        begin_at=follower.leg.arrive_at,
        end_at=follower.leg.arrive_at,
    )
    return replace(route, trips=tuple(trips), home=home)


def _carried(situation: Situation, ways: HubWays, trip: Trip) -> Counter[str]:
    carried: Counter[str] = Counter()
    for stop in trip.stops:
        if stop.kind is StopKind.HAND_OVER:
            ready_s = ready_at_s(situation, ways, stop)
            for line in stop.lines:
                carried[batch_code(line.lot_code, stop.location_code, ready_s)] += line.pieces
    return carried


def _named(route: VehicleRoute, brought: Brought) -> tuple[Trip, ...]:
    """Return the trips of a route with the lots called as they were in the store."""
    return tuple(
        replace(trip, stops=tuple(_stop_named(stop, brought.origins) for stop in trip.stops))
        for trip in route.trips
    )


def _stop_named(stop: Stop, origins: Mapping[str, Lot]) -> Stop:
    pieces: dict[tuple[str, str], int] = defaultdict(int)
    for line in stop.lines:
        lot_code = origins[line.lot_code].code if line.lot_code in origins else line.lot_code
        pieces[lot_code, line.item_code] += line.pieces
    lines = tuple(
        StopLine(lot_code=lot_code, item_code=item_code, pieces=num)
        for (lot_code, item_code), num in pieces.items()
    )
    return replace(stop, lines=lines)


def _by_hub(
    one: Consignment, origins: Mapping[str, Lot], batches: Mapping[str, Lot]
) -> Consignment:
    if one.lot_code not in origins:
        return one
    origin = origins[one.lot_code]
    return replace(
        one,
        lot_code=origin.code,
        depot_code=origin.depot_code,
        hub_code=batches[one.lot_code].depot_code,
    )


def _consignments(consignments: Sequence[Consignment], brought: Brought) -> tuple[Consignment, ...]:
    """Return consignments by their lots, those of a lot to a place by a hub in a window as one."""
    found: dict[tuple[str, str, int, str], Consignment] = {}
    for each in consignments:
        one = _by_hub(each, brought.origins, brought.batches)
        key = (one.lot_code, one.place_code, one.window, one.hub_code)
        known = found.get(key)
        found[key] = (
            one
            if known is None
            else replace(
                known,
                pieces=known.pieces + one.pieces,
                ready_after=min(known.ready_after, one.ready_after),
            )
        )
    return tuple(found.values())


def _takes_oldest_first(situation: Situation, consignments: Sequence[Consignment]) -> bool:
    """Return whether of equal goods in a store those go first that expire first, if still good."""
    left = {lot.code: lot.available_pieces for lot in situation.lots}
    for each in consignments:
        left[each.lot_code] -= each.pieces
    heaps: dict[tuple[object, ...], list[Lot]] = defaultdict(list)
    for lot in situation.lots:
        if not lot.parts and not lot.offer_code:
            heaps[_heap(lot)].append(lot)
    lots = {lot.code: lot for lot in situation.lots}
    for each in consignments:
        sent = lots[each.lot_code]
        last = sent.expires_on or date.max
        arrival_at = situation.start_at + situation.policy.window_ends[each.window]
        for older in heaps[_heap(sent)]:
            until = situation.good_until(older)
            is_older = older.expires_on is not None and older.expires_on < last
            if is_older and left[older.code] > 0 and (until is None or arrival_at < until):
                return False
    return True


def _heap(lot: Lot) -> tuple[object, ...]:
    return (lot.depot_code, lot.item_code, lot.owner, lot.ready_after)


def _loads_twice(trip: Trip) -> bool:
    times = Counter(
        line.lot_code for stop in trip.stops if stop.kind is StopKind.LOAD for line in stop.lines
    )
    return any(num > 1 for num in times.values())


def _numbered(routes: Sequence[VehicleRoute]) -> tuple[VehicleRoute, ...]:
    """Return routes with new waybill numbers: for each loading depot in order of loading."""
    order = sorted(
        (trip.stops[0].begin_at, route.vehicle_code, number, trip.stops[0].location_code)
        for route in routes
        for number, trip in enumerate(route.trips)
    )
    serials: Counter[str] = Counter()
    numbers: dict[tuple[str, int], str] = {}
    for _, vehicle_code, number, depot_code in order:
        serials[depot_code] += 1
        numbers[vehicle_code, number] = f"{depot_code}-DB-{serials[depot_code]:04d}"
    return tuple(
        replace(
            route,
            trips=tuple(
                replace(trip, number=numbers[route.vehicle_code, number])
                for number, trip in enumerate(route.trips)
            ),
        )
        for route in routes
    )
