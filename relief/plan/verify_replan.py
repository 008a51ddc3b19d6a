"""Verifying a replanning against the plan before it: goods conserved, and the change budget kept.

Plain loops, sharing nothing with the search. A change counts as forced only if one of the causes
that `_has_cause` names is found in the situation; whatever else is changed is held against the
budget, and what has begun must not be changed without a cause at all.
"""

from collections import Counter
from collections.abc import Collection
from math import asin, cos, radians, sin, sqrt

from relief.places import Depot, Point
from relief.plan.certificate import Rule, Violation
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution import Progress
from relief.plan.routes import StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.plan.under_way import VehicleUnderWay
from relief.plan.verify_ground import SECOND, Ground, Tally
from relief.sentences import say

EARTH_RADIUS_KM = 6_371.0
POSITION_TOLERANCE_KM = 5.0
"""How far a depot or place may lie from where its road begins: the network is approximate."""


def verify_replan(
    before: Situation,
    done: Progress,
    situation: Situation,
    plan: DispatchPlan,
    *,
    max_drivers: int | None,
    max_waybills: int | None,
    lost_depots: Collection[str] = (),
) -> tuple[Violation, ...]:
    """Hold a new plan against the old one that it replaces.

    Parameters
    ----------
    before
        The situation of the old plan.
    done
        Where the old plan stands.
    situation, plan
        The new situation and its plan.
    max_drivers, max_waybills
        The change budget; None for no limit.
    lost_depots
        Depots whose stock is gone.

    Returns
    -------
    tuple[Violation, ...]
        Empty for a good plan; `relief.plan.verify.verify` must hold as well.
    """
    ground = Ground.of(situation)
    tally = Tally()
    _check_goods(before, done, situation, set(lost_depots), tally)
    _check_by_road(before, done, situation, tally)
    _check_taken_in(before, done, situation, tally)
    _check_changes(done, ground, plan, (max_drivers, max_waybills), tally)
    return tuple(tally.violations)


def _check_goods(
    before: Situation, done: Progress, situation: Situation, lost: set[str], tally: Tally
) -> None:
    """Check lot by lot: in store, on board and delivered make what there was.

    Of what is only offered, what nobody has called or accepted may be gone.
    """
    offered = {lot.code for lot in before.lots if lot.offer_code}
    was = {lot.code: lot.pieces for lot in before.lots}
    for vehicle in before.under_way:
        for line in vehicle.load:
            was[line.lot_code] = was.get(line.lot_code, 0) + line.pieces
    # What stands by the road at a broken truck is of the lot that it was loaded from.
    known = {lot.code for lot in before.lots}
    found: Counter[str] = Counter()
    for lot in situation.lots:
        found[lot.code if lot.code in known else lot.code.rpartition("@")[0]] += lot.pieces
    for vehicle in situation.under_way:
        for line in vehicle.load:
            found[line.lot_code] += line.pieces
    for one in done.delivered:
        found[one.lot_code] += one.pieces
    stored = {lot.code: lot.pieces for lot in before.lots}
    loaded = dict(done.loaded_pieces)
    depot_of = {lot.code: lot.depot_code for lot in before.lots}
    drawn: Counter[str] = Counter()
    for lot in before.lots:
        for part in lot.parts:
            drawn[part.lot_code] += part.pieces * loaded.get(lot.code, 0)
    for code in sorted(was):
        # What was made up of a lot is found under the name of what was made.
        gone = drawn[code]
        if depot_of.get(code) in lost:
            gone = stored.get(code, 0) - loaded.get(code, 0)
        compared = tally.at_most if code in offered else tally.equal
        compared(
            Rule.CARGO,
            f"lot {code}",
            say(
                "Of lot {lot} there were {was} pieces; in store, on board and delivered are now "
                "{found}.",
                lot=code,
                was=was[code] - gone,
                found=found[code],
            ),
            found=found[code],
            limit=was[code] - gone,
            unit="pieces",
        )


def _check_by_road(before: Situation, done: Progress, situation: Situation, tally: Tally) -> None:
    """Check that goods stand by the road only where a truck that carried them has broken down.

    That it stands where they are said to stand is held against the ends of its leg, or its stop:
    no point of a road is farther from either end than the road is long.
    """
    known = {depot.code for depot in before.depots}
    new = [depot for depot in situation.depots if depot.code not in known]
    if not new:
        return
    broken = {v.vehicle_code: v for v in done.under_way if v.is_broken_down}
    left = {v.vehicle_code: v.pieces_by_lot for v in situation.under_way}
    ground = Ground.of(before)
    for depot in new:
        truck = depot.source.removeprefix("broken down: ")
        vehicle = broken.get(truck)
        tally.true(
            Rule.CARGO,
            f"depot {depot.code}",
            say("Goods stand in {depot}, where no truck has broken down.", depot=depot.code),
            fact=vehicle is not None and _may_stand(vehicle, depot, done, ground),
        )
        stands = {
            lot.code.rpartition("@")[0]: lot
            for lot in situation.lots
            if lot.depot_code == depot.code
        }
        for code, lot in sorted(stands.items()):
            carried = vehicle.pieces_by_lot[code] if vehicle is not None else 0
            found = lot.pieces + left.get(truck, Counter())[code]
            tally.equal(
                Rule.CARGO,
                f"lot {lot.code}",
                say(
                    "{found} pieces of lot {lot} are on the broken truck {truck} and beside it; it "
                    "carried {carried}.",
                    found=found,
                    lot=code,
                    truck=truck,
                    carried=carried,
                ),
                found=found,
                limit=carried,
                unit="pieces",
            )
            tally.at_least(
                Rule.READY,
                f"lot {lot.code}",
                say("Goods of the broken truck {truck} can be fetched too early.", truck=truck),
                found=lot.ready_after // SECOND,
                limit=(vehicle.free_at - before.start_at) // SECOND if vehicle is not None else 0,
                unit="s",
            )


def _may_stand(vehicle: VehicleUnderWay, depot: Depot, done: Progress, ground: Ground) -> bool:
    """Return whether a broken truck may stand where the depot by the road is."""
    if vehicle.point is not None:
        return vehicle.point == depot.point
    spots = {place.code: place.point for place in ground.places.values()}
    spots |= {one.code: one.point for one in ground.depots.values()}
    halted = [leg.leg for leg in done.halted if leg.vehicle_code == vehicle.vehicle_code]
    if not halted:
        return spots.get(vehicle.location_code) == depot.point
    pool = ground.pool_of_vehicle.get(vehicle.vehicle_code)
    if pool is None:
        return False
    kind = ground.vehicle_classes[pool.class_code]
    leg = halted[0]
    limit_km = ground.leg_m(kind, leg.from_code, leg.to_code) / 1_000 + POSITION_TOLERANCE_KM
    return all(
        _straight_km(spots[code], depot.point) <= limit_km
        for code in (leg.from_code, leg.to_code)
        if code in spots
    )


def _straight_km(one: Point, other: Point) -> float:
    """Return the distance on a sphere (haversine; earth radius 6,371 km)."""
    lat, other_lat = radians(one.lat_deg), radians(other.lat_deg)
    half_lat, half_lon = (other_lat - lat) / 2, radians(other.lon_deg - one.lon_deg) / 2
    chord = sin(half_lat) ** 2 + cos(lat) * cos(other_lat) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))


def _check_taken_in(before: Situation, done: Progress, situation: Situation, tally: Tally) -> None:
    """Check that what places have taken in counts against their limits, and nothing else."""
    if not before.receiving_limits:
        return
    due: Counter[tuple[str, int]] = Counter()
    for known in before.taken_in:
        due[known.place_code, known.window] += known.mass_g
    items = {item.code: item for item in before.catalogue.items}
    for one in done.delivered:
        after = one.at - before.start_at
        windows = [w for w, end in enumerate(before.policy.window_ends) if after <= end]
        if windows:
            due[one.place_code, windows[0]] += one.pieces * items[one.item_code].mass_g
    found: Counter[tuple[str, int]] = Counter()
    for each in situation.taken_in:
        found[each.place_code, each.window] += each.mass_g
    for place_code, window in sorted(due.keys() | found.keys()):
        tally.equal(
            Rule.RECEIVING,
            f"{place_code}, window {window + 1}",
            say(
                "{place} has taken in {due} g in arrival window {window}; counted are {found} g.",
                place=place_code,
                due=due[place_code, window],
                window=window + 1,
                found=found[place_code, window],
            ),
            found=found[place_code, window],
            limit=due[place_code, window],
            unit="g",
        )


def _check_changes(
    done: Progress,
    ground: Ground,
    plan: DispatchPlan,
    limits: tuple[int | None, int | None],
    tally: Tally,
) -> None:
    routes = {route.vehicle_code: route for route in plan.vehicle_routes}
    old = {one.vehicle_code: one.trips for one in done.remaining}
    loaded_on = {vehicle.vehicle_code: vehicle.waybill for vehicle in ground.situation.under_way}
    overdrawn, overfilled = _overdrawn(done, ground), _overfilled(done, ground)
    drivers: set[str] = set()
    waybills = 0
    for code in sorted(old.keys() | routes.keys()):
        broken = code not in ground.pool_of_vehicle or any(
            vehicle.vehicle_code == code and vehicle.is_broken_down
            for vehicle in ground.situation.under_way
        )
        left = {_root(trip.number): trip for trip in old.get(code, ())}
        is_told = False
        is_excused = broken
        for trip in routes[code].trips if code in routes else ():
            was = left.pop(_root(trip.number), None)
            if was is None:
                is_told = True
                # Goods that were bound for nowhere go somewhere after all.
                is_excused = is_excused or _is_adrift(code, trip, ground)
            elif _sense(was) != _sense(trip):
                is_told = True
                cause = broken or _has_cause(code, was, ground, overdrawn, overfilled)
                is_excused = is_excused or cause
                waybills += not cause
                tally.true(
                    Rule.CARGO,
                    f"waybill {was.number}",
                    say("Waybill {number} has begun and is changed.", number=was.number),
                    fact=cause or loaded_on.get(code, "") != was.number or _same_goods(was, trip),
                )
        for trip in left.values():
            is_told = True
            cause = broken or _has_cause(code, trip, ground, overdrawn, overfilled)
            has_begun = loaded_on.get(code, "") == trip.number
            cause = cause or (not has_begun and _is_crowded_out(code, routes.get(code), ground))
            is_excused = is_excused or cause
            waybills += not cause
            tally.true(
                Rule.CARGO,
                f"waybill {trip.number}",
                say("Waybill {number} has begun and is voided.", number=trip.number),
                fact=cause or not has_begun,
            )
        if is_told and not is_excused:
            drivers.add(code)
    for what, found, limit in (
        ("drivers", len(drivers), limits[0]),
        ("waybills", waybills, limits[1]),
    ):
        if limit is not None:
            tally.at_most(
                Rule.BUDGET,
                f"plan {plan.plan_id}",
                say(
                    "{found} {what} are changed without a cause that forces it; allowed are "
                    "{limit}.",
                    found=found,
                    what=what,
                    limit=limit,
                ),
                found=found,
                limit=limit,
                unit=what,
            )


def _root(number: str) -> str:
    head, mark, tail = number.rpartition("-R")
    return head if mark and tail.isdigit() else number


def _sense(trip: Trip) -> list[tuple[str, str, dict[str, int]]]:
    """Return what a trip does, without its times."""
    sense = []
    for stop in trip.stops:
        pieces: dict[str, int] = {}
        for line in stop.lines:
            pieces[line.lot_code] = pieces.get(line.lot_code, 0) + line.pieces
        sense.append((stop.kind.value, stop.location_code, pieces))
    return sense


def _same_goods(was: Trip, trip: Trip) -> bool:
    """Return whether a trip loads the same and unloads the same goods, though elsewhere.

    So goods on board may be redirected by choice; that counts against the budget.
    """
    loads = [sense for sense in _sense(was) if sense[0] == StopKind.LOAD]
    goods: list[Counter[str]] = []
    for one in (was, trip):
        pieces: Counter[str] = Counter()
        for stop in one.stops:
            if stop.kind is StopKind.DELIVER:
                for line in stop.lines:
                    pieces[line.lot_code] += line.pieces
        goods.append(pieces)
    return goods[0] == goods[1] and loads == [s for s in _sense(trip) if s[0] == StopKind.LOAD]


def _overdrawn(done: Progress, ground: Ground) -> set[str]:
    """Return the lots of which the old plan would load more than is left."""
    wanted: Counter[str] = Counter()
    for route in done.remaining:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    for line in stop.lines:
                        wanted[line.lot_code] += line.pieces
    left = {code: lot.pieces - lot.committed_pieces for code, lot in ground.lots.items()}
    return {code for code, pieces in wanted.items() if pieces > left.get(code, 0)}


def _overfilled(done: Progress, ground: Ground) -> set[tuple[str, str]]:
    """Return the (place, item) to which the old plan would bring more than is needed."""
    wanted: Counter[tuple[str, str]] = Counter()
    for route in done.remaining:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.DELIVER:
                    for line in stop.lines:
                        wanted[stop.location_code, line.item_code] += line.pieces
    needed: Counter[tuple[str, str]] = Counter()
    for need in ground.situation.needs:
        needed[need.place_code, need.item_code] += need.pieces
    return {key for key, pieces in wanted.items() if pieces > needed[key]}


def _has_cause(
    code: str,
    trip: Trip,
    ground: Ground,
    overdrawn: Collection[str],
    overfilled: Collection[tuple[str, str]],
) -> bool:
    """Return whether a trip cannot be done as it was.

    Causes: a lot that has too little left for all that was to be loaded; a place that needs less
    than was to be brought; a stop to which no road leads from the one before, or none from there
    home; goods on board that were bound for nowhere.
    """
    for stop in trip.stops:
        for line in stop.lines:
            if stop.kind is StopKind.LOAD and line.lot_code in overdrawn:
                return True
            bound = (stop.location_code, line.item_code)
            if stop.kind is StopKind.DELIVER and bound in overfilled:
                return True
    pool = ground.pool_of_vehicle.get(code)
    if pool is None:
        return True
    kind = ground.vehicle_classes[pool.class_code]
    home = pool.base_code
    here = next(
        (v.location_code for v in ground.situation.under_way if v.vehicle_code == code), home
    )
    for place in [stop.location_code for stop in trip.stops]:
        if UNREACHABLE_S in (
            ground.leg_s(kind, here, place) if here else UNREACHABLE_S,
            ground.leg_s(kind, place, home),
        ):
            return True
        here = place
    return any(
        vehicle.vehicle_code == code and any(not line.place_code for line in vehicle.load)
        for vehicle in ground.situation.under_way
    )


def _is_adrift(code: str, trip: Trip, ground: Ground) -> bool:
    """Return whether a trip goes on with goods on board that had no place to go to."""
    return any(
        vehicle.vehicle_code == code
        and _root(vehicle.waybill) == _root(trip.number)
        and any(not line.place_code for line in vehicle.load)
        for vehicle in ground.situation.under_way
    )


def _is_crowded_out(code: str, route: VehicleRoute | None, ground: Ground) -> bool:
    """Return whether goods that stay on board leave no room for what was to be loaded."""
    delivered: Counter[str] = Counter()
    for trip in route.trips if route is not None else ():
        loads = any(stop.kind is StopKind.LOAD for stop in trip.stops)
        for stop in trip.stops:
            if stop.kind is StopKind.DELIVER and not loads:
                for line in stop.lines:
                    delivered[line.lot_code] += line.pieces
    for vehicle in ground.situation.under_way:
        if vehicle.vehicle_code == code:
            return bool(vehicle.pieces_by_lot - delivered)
    return False
