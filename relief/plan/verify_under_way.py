"""Verifying vehicles under way: they go on from where they are, with what they carry.

Where a situation holds `VehicleUnderWay`, their routes begin where and when these are free, not at
a base; what is on board at the start may be delivered without being loaded, and may stay on board;
driving already done counts for the hours of duty. Nothing else about a plan is judged more mildly.
"""

from collections import Counter
from datetime import datetime

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind, VehicleRoute
from relief.plan.under_way import VehicleUnderWay
from relief.plan.verify_ground import NO_TIME, SECOND, Ground, Tally, clock_time
from relief.plan.verify_hubs import is_at_hub
from relief.sentences import say


def state_of(vehicle_code: str, ground: Ground) -> VehicleUnderWay | None:
    """Return how a vehicle under way stands, None for one that stands ready at its base."""
    for vehicle in ground.situation.under_way:
        if vehicle.vehicle_code == vehicle_code:
            return vehicle
    return None


def start_of(route: VehicleRoute, ground: Ground) -> tuple[str, datetime]:
    """Return where a vehicle begins, and when it may leave there at the earliest."""
    state = state_of(route.vehicle_code, ground)
    if state is not None:
        return state.location_code, state.free_at
    pool = ground.pool_of_vehicle.get(route.vehicle_code)
    ready_at = ground.situation.start_at + (pool.ready_after if pool else NO_TIME)
    as_of = ground.situation.as_of
    return route.base_code, ready_at if as_of is None else max(ready_at, as_of)


def pieces_on_board(vehicle_code: str, ground: Ground) -> dict[str, int]:
    """Return the pieces of each lot that a vehicle has on board at the start."""
    state = state_of(vehicle_code, ground)
    pieces: dict[str, int] = {}
    for line in state.load if state is not None else ():
        pieces[line.lot_code] = pieces.get(line.lot_code, 0) + line.pieces
    return pieces


def lots_on_board(ground: Ground) -> Counter[str]:
    """Return the pieces of each lot that are on board of all vehicles at the start."""
    pieces: Counter[str] = Counter()
    for vehicle in ground.situation.under_way:
        for line in vehicle.load:
            pieces[line.lot_code] += line.pieces
    return pieces


def drives_done_s(route: VehicleRoute, ground: Ground) -> tuple[tuple[tuple[int, int], ...], int]:
    """Return the driving before the route as begin and end, and that since the last rest."""
    state = state_of(route.vehicle_code, ground)
    if state is None:
        return (), 0
    drives = tuple(
        (ground.after_start_s(drive.begin_at), ground.after_start_s(drive.end_at))
        for drive in state.drives
    )
    return drives, -(-state.continuous_drive // SECOND)


def check_under_way(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check the start of every vehicle under way, and that its load does not change hands."""
    routes = {route.vehicle_code: route for route in plan.vehicle_routes}
    for vehicle in ground.situation.under_way:
        route = routes.get(vehicle.vehicle_code)
        if route is not None:
            _check_start(vehicle, route, tally)
    _check_nothing_before(plan, ground, tally)
    _check_loaded(plan, ground, tally)


def _check_start(vehicle: VehicleUnderWay, route: VehicleRoute, tally: Tally) -> None:
    subject = f"truck {vehicle.vehicle_code}"
    tally.true(
        Rule.START,
        subject,
        say("Truck {truck} has broken down and cannot drive.", truck=vehicle.vehicle_code),
        fact=not vehicle.is_broken_down,
    )
    first = route.trips[0].stops[0] if route.trips and route.trips[0].stops else route.home
    tally.true(
        Rule.START,
        subject,
        say(
            "Truck {truck} goes on from {start}, but it is free in {here}.",
            truck=vehicle.vehicle_code,
            start=first.leg.from_code,
            here=vehicle.location_code,
        ),
        fact=first.leg.from_code == vehicle.location_code,
    )
    tally.at_least(
        Rule.START,
        subject,
        say(
            "Truck {truck} goes on at {departure}, but is free only at {free}.",
            truck=vehicle.vehicle_code,
            departure=clock_time(first.leg.depart_at),
            free=clock_time(vehicle.free_at),
        ),
        found=(first.leg.depart_at - vehicle.free_at) // SECOND,
        limit=0,
        unit="s",
    )
    _check_waybill(vehicle, route, tally)


def _check_waybill(vehicle: VehicleUnderWay, route: VehicleRoute, tally: Tally) -> None:
    """Check that goods on board come off under the waybill that they were loaded on.

    A waybill that was changed keeps its number with a revision, ``-R1``, at its end.
    """
    if not vehicle.load:
        return
    loaded: Counter[str] = Counter()
    for number, trip in enumerate(route.trips):
        for stop in trip.stops:
            sign = 1 if stop.kind is StopKind.LOAD else -1
            for line in stop.lines:
                loaded[line.lot_code] += sign * line.pieces
        uses_load = any(pieces < 0 for pieces in loaded.values())
        if uses_load:
            tally.true(
                Rule.CARGO,
                f"truck {vehicle.vehicle_code}, waybill {trip.number}",
                say(
                    "What truck {truck} has on board goes by waybill {due}, not by {number}.",
                    truck=vehicle.vehicle_code,
                    due=vehicle.waybill,
                    number=trip.number,
                ),
                fact=number == 0 and trip.number.split("-R")[0] == vehicle.waybill.split("-R")[0],
            )
            return


def _check_nothing_before(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    as_of = ground.situation.as_of or ground.situation.start_at
    for route in plan.vehicle_routes:
        stops = [stop for trip in route.trips for stop in trip.stops]
        first_at = (stops[0] if stops else route.home).leg.depart_at
        tally.at_least(
            Rule.START,
            f"truck {route.vehicle_code}",
            say(
                "Truck {truck} is sent off at {departure}, before {now}, when this is decided.",
                truck=route.vehicle_code,
                departure=clock_time(first_at),
                now=clock_time(as_of),
            ),
            found=(first_at - as_of) // SECOND,
            limit=0,
            unit="s",
        )


def _check_loaded(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check what is loaded against the lots alone: what is on board already is not there."""
    if not ground.situation.under_way:
        return
    loaded: Counter[str] = Counter()
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    for line in stop.lines:
                        if not is_at_hub(stop, line, ground):
                            loaded[line.lot_code] += line.pieces
    for code in sorted(loaded):
        lot = ground.lots.get(code)
        if lot is not None:
            available = lot.pieces - lot.committed_pieces
            tally.at_most(
                Rule.CARGO,
                f"lot {code}",
                say(
                    "{loaded} pieces of lot {lot} are loaded, but {available} are left in it; the "
                    "others are on the road.",
                    loaded=loaded[code],
                    lot=code,
                    available=available,
                ),
                found=loaded[code],
                limit=available,
                unit="pieces",
            )
