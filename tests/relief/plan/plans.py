"""A good plan for `tests.situations.two_depots_three_places`, made by hand, and ways to damage it.

Trucks of 1 t; loading takes 30 min, unloading 15 min; all times are hours and minutes after the
start. Depot A is `A`, depot B is `B`, the places are `P1`, `P2`, `P3`.

* Truck A1: loads 50 tents in A 0:00-0:30, drives 1 h to P1, arrives 1:30, unloads until 1:45, is
  home at 2:45.
* Truck A2: loads 10 tents in A 0:00-0:30, drives 2 h to P2, arrives 2:30, unloads until 2:45,
  waits 20 minutes, which is a rest, because 2 h and 3 h would be too much at a stretch, drives
  3 h home from 3:05 and is there at 6:05.
* Truck B1: loads 30 tents in B 0:00-0:30 and drives 5 h to P2: 4 h until 4:30, the 20 minutes of
  rest until 4:50, 1 h until 5:50. Unloads until 6:05. On its way home it drives 3 h until 9:05:
  that makes 4 h at a stretch (unloading is no rest) and 8 h since 0:30. So it rests until 24:30,
  for 15 h 25 min, and drives the last 2 h until 26:30.

All 90 tents for P1 and P2 come within 12 h. P3 has no road and misses its ten tents:
10 x 3,000 milli-people x weight 10 x (72 - 12 + 72) h = 39,600,000 milli-person-hours.
Counties: P3 gets nothing, 1,000,000 ppm. Tiers: only the 30 tents of 10 kg from B count, for
the province (2): 600,000 g. Cost at 50 km/h, 2 yuan a km, 100 yuan a trip: A1 100 km, A2 250 km,
B1 500 km, three trips: 170,000 + 30,000 = 200,000 fen.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from relief.plan.allocation import Allocation, Consignment, Shortfall, ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveReport, Termination
from relief.plan.routes import (
    Leg,
    Rest,
    Routes,
    Stop,
    StopKind,
    StopLine,
    Trip,
    Undelivered,
    VehicleRoute,
)
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.verify import verify
from relief.sentences import say
from relief.supply.fleet import VehicleClass
from relief.supply.stock import Lot
from tests.situations import START_AT, two_depots_three_places

A, B = "420001-01", "420112-01"
P1, P2, P3 = "420001", "420002", "420003"
TRUCK_A1, TRUCK_A2 = f"{A}/truck-s/1/001", f"{A}/truck-s/1/002"
TRUCK_B1 = f"{B}/truck-s/1/001"
WAYBILL_A1, WAYBILL_A2, WAYBILL_B1 = f"{A}-DB-0001", f"{A}-DB-0002", f"{B}-DB-0001"
CUT_OFF = say("No road leads there.")
HOUR = timedelta(hours=1)


def at(hours: int, minutes: int = 0, seconds: int = 0) -> datetime:
    """Return an instant so long after the start."""
    return START_AT + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def lasting(hours: int = 0, minutes: int = 0, seconds: int = 0) -> timedelta:
    """Return a duration."""
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def solved(termination: Termination = Termination.FEASIBLE, *, seconds: float = 0.5) -> SolveReport:
    """Return what a solver by hand reports."""
    return SolveReport(
        solver="by hand",
        termination=termination,
        objective=39_600.0,
        bound=None,
        seconds=seconds,
        seed=1,
    )


def consignment(
    lot_code: str, depot_code: str, place_code: str, pieces: int, *, window: int = 0
) -> Consignment:
    """Return a consignment of tents."""
    return Consignment(
        lot_code=lot_code,
        depot_code=depot_code,
        item_code="tent",
        place_code=place_code,
        pieces=pieces,
        window=window,
    )


def shortfall(
    place_code: str,
    *,
    missing: int = 0,
    late: int = 0,
    due_h: int = 12,
    reason: ShortfallReason = ShortfallReason.NO_ROAD,
) -> Shortfall:
    """Return a shortfall of tents."""
    return Shortfall(
        place_code=place_code,
        item_code="tent",
        due_at=at(due_h),
        missing_pieces=missing,
        late_pieces=late,
        reason=reason,
        because=CUT_OFF,
    )


def tents(lot_code: str, pieces: int) -> StopLine:
    """Return a line of tents."""
    return StopLine(lot_code=lot_code, item_code="tent", pieces=pieces)


def leg(from_code: str, to_code: str, depart_at: datetime, drive: timedelta, *rests: Rest) -> Leg:
    """Return a leg that arrives when driving and resting are done."""
    return Leg(
        from_code=from_code,
        to_code=to_code,
        depart_at=depart_at,
        arrive_at=depart_at + drive + sum((rest.duration for rest in rests), timedelta(0)),
        drive=drive,
        rests=rests,
    )


def stop(kind: StopKind, arriving: Leg, minutes: int = 0, lines: tuple[StopLine, ...] = ()) -> Stop:
    """Return a stop at the end of a leg where work begins at once."""
    return Stop(
        kind=kind,
        location_code=arriving.to_code,
        leg=arriving,
        begin_at=arriving.arrive_at,
        end_at=arriving.arrive_at + timedelta(minutes=minutes),
        lines=lines,
    )


def load(arriving: Leg, *lines: StopLine) -> Stop:
    """Return a loading of 30 minutes."""
    return stop(StopKind.LOAD, arriving, 30, lines)


def deliver(arriving: Leg, *lines: StopLine) -> Stop:
    """Return an unloading of 15 minutes."""
    return stop(StopKind.DELIVER, arriving, 15, lines)


def route(vehicle_code: str, trips: tuple[Trip, ...], home: Leg) -> VehicleRoute:
    """Return the route of a truck, whose code names base, class and number of drivers."""
    base_code, class_code, drivers, _ = vehicle_code.split("/")
    return VehicleRoute(
        vehicle_code=vehicle_code,
        class_code=class_code,
        base_code=base_code,
        num_drivers=int(drivers),
        trips=trips,
        home=stop(StopKind.RETURN, home),
    )


def good_allocation() -> Allocation:
    """Return the allocation: P3 has no road."""
    return Allocation(
        consignments=(
            consignment("A-tent", A, P1, 50),
            consignment("A-tent", A, P2, 10),
            consignment("B-tent", B, P2, 30),
        ),
        shortfalls=(shortfall(P3, missing=10),),
        deprivation_bound_milli_person_h=39_600_000,
        report=solved(Termination.OPTIMAL),
    )


def good_routes() -> Routes:
    """Return the routes as told at the head of this module."""
    a1 = route(
        TRUCK_A1,
        (
            Trip(
                number=WAYBILL_A1,
                stops=(
                    load(leg(A, A, at(0), lasting(0)), tents("A-tent", 50)),
                    deliver(leg(A, P1, at(0, 30), lasting(1)), tents("A-tent", 50)),
                ),
            ),
        ),
        leg(P1, A, at(1, 45), lasting(1)),
    )
    a2 = route(
        TRUCK_A2,
        (
            Trip(
                number=WAYBILL_A2,
                stops=(
                    load(leg(A, A, at(0), lasting(0)), tents("A-tent", 10)),
                    deliver(leg(A, P2, at(0, 30), lasting(2)), tents("A-tent", 10)),
                ),
            ),
        ),
        leg(P2, A, at(3, 5), lasting(3)),
    )
    lunch = Rest(after_drive=lasting(4), duration=lasting(minutes=20))
    night = Rest(after_drive=lasting(3), duration=lasting(15, 25))
    b1 = route(
        TRUCK_B1,
        (
            Trip(
                number=WAYBILL_B1,
                stops=(
                    load(leg(B, B, at(0), lasting(0)), tents("B-tent", 30)),
                    deliver(leg(B, P2, at(0, 30), lasting(5), lunch), tents("B-tent", 30)),
                ),
            ),
        ),
        leg(P2, B, at(6, 5), lasting(5), night),
    )
    return Routes(vehicle_routes=(a1, a2, b1), undelivered=(), report=solved())


def good_plan() -> DispatchPlan:
    """Return the good plan."""
    return assemble(two_depots_three_places(), good_allocation(), good_routes())


def reclaimed(plan: DispatchPlan, situation: Situation) -> DispatchPlan:
    """Return the plan with the identity, shortfalls and score that its trips earn.

    So a damage to the trips is all that is wrong with it, and not also what the plan says of them.
    """
    allocation = replace(
        good_allocation(),
        consignments=plan.consignments,
        deprivation_bound_milli_person_h=None,
    )
    routes = Routes(vehicle_routes=plan.vehicle_routes, undelivered=(), report=plan.routing_report)
    return assemble(situation, allocation, routes)


def with_route(
    plan: DispatchPlan, truck: int, change: Callable[[VehicleRoute], VehicleRoute]
) -> DispatchPlan:
    """Return the plan with the route of one truck (0 is A1) changed."""
    routes = list(plan.vehicle_routes)
    routes[truck] = change(routes[truck])
    return replace(plan, vehicle_routes=tuple(routes))


def with_stop(
    plan: DispatchPlan, truck: int, number: int, change: Callable[[Stop], Stop]
) -> DispatchPlan:
    """Return the plan with one stop of a truck's first trip changed; stop -1 is the way home."""

    def changed(one: VehicleRoute) -> VehicleRoute:
        if number == -1:
            return replace(one, home=change(one.home))
        stops = list(one.trips[0].stops)
        stops[number] = change(stops[number])
        return replace(one, trips=(replace(one.trips[0], stops=tuple(stops)), *one.trips[1:]))

    return with_route(plan, truck, changed)


def with_leg(
    plan: DispatchPlan, truck: int, number: int, change: Callable[[Leg], Leg]
) -> DispatchPlan:
    """Return the plan with the leg to one stop changed."""
    return with_stop(plan, truck, number, lambda one: replace(one, leg=change(one.leg)))


def undelivered(
    what: Consignment, pieces: int, reason: ShortfallReason = ShortfallReason.ROUTING
) -> Undelivered:
    """Return pieces of a consignment that no truck carries."""
    return Undelivered(consignment=what, pieces=pieces, reason=reason)


Objection = tuple[Rule, str, int, int]


def objections(
    plan: DispatchPlan, situation: Situation | None = None, paths: Sequence[RoadPath] = ()
) -> list[Objection]:
    """Return rule, subject, found and limit of each violation."""
    certificate = verify(plan, situation or two_depots_three_places(), paths)
    return [(v.rule, v.subject, v.found, v.limit) for v in certificate.violations]


def with_line(
    plan: DispatchPlan, truck: int, number: int, change: Callable[[StopLine], StopLine]
) -> DispatchPlan:
    """Return the plan with the first line of a stop changed."""
    return with_stop(
        plan,
        truck,
        number,
        lambda one: replace(one, lines=(change(one.lines[0]), *one.lines[1:])),
    )


def with_lot(situation: Situation, code: str, change: Callable[[Lot], Lot]) -> Situation:
    """Return the situation with one lot changed."""
    return replace(
        situation,
        lots=tuple(change(lot) if lot.code == code else lot for lot in situation.lots),
    )


def with_trucks(situation: Situation, change: Callable[[VehicleClass], VehicleClass]) -> Situation:
    """Return the situation with its class of trucks changed."""
    return replace(
        situation, vehicle_classes=tuple(change(kind) for kind in situation.vehicle_classes)
    )
