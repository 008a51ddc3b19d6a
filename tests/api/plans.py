"""A plan made by hand, so that every number in its papers can be worked out on paper."""

from datetime import datetime, timedelta

from api.plan_result import Origin, PlanResult, StageTime
from relief.damage.needs import Estimate
from relief.damage.reports import RefusedReport
from relief.places import Point
from relief.plan.allocation import Allocation, Consignment, Shortfall, ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.outcome import SolveReport, Termination
from relief.plan.routes import (
    Leg,
    Rest,
    Routes,
    Stop,
    StopKind,
    StopLine,
    Trip,
    VehicleRoute,
)
from relief.plan.travel import RoadPath
from relief.plan.verify import verify
from relief.sentences import say
from tests.situations import START_AT, two_depots_three_places


def at(hours: float) -> datetime:
    return START_AT + timedelta(hours=hours)


def leg(origin: str, target: str, depart: float, drive: float, rests: tuple[Rest, ...] = ()) -> Leg:
    resting = sum((rest.duration for rest in rests), timedelta(0))
    return Leg(
        from_code=origin,
        to_code=target,
        depart_at=at(depart),
        arrive_at=at(depart + drive) + resting,
        drive=timedelta(hours=drive),
        rests=rests,
    )


def route(
    vehicle: str,
    base: str,
    place: str,
    lot: str,
    pieces: int,
    *,
    out_h: float,
    back_h: float,
    rests: tuple[Rest, ...] = (),
    home_at: float | None = None,
) -> VehicleRoute:
    """Half an hour of loading, the way out, a quarter of unloading, the way home."""
    lines = (StopLine(lot_code=lot, item_code="tent", pieces=pieces),)
    load = Stop(
        kind=StopKind.LOAD,
        location_code=base,
        leg=leg(base, base, 0, 0),
        begin_at=at(0),
        end_at=at(0.5),
        lines=lines,
    )
    way = leg(base, place, 0.5, out_h, rests)
    deliver = Stop(
        kind=StopKind.DELIVER,
        location_code=place,
        leg=way,
        begin_at=way.arrive_at,
        end_at=way.arrive_at + timedelta(minutes=15),
        lines=lines,
    )
    left_h = (deliver.end_at - START_AT) / timedelta(hours=1)
    home = leg(place, base, left_h if home_at is None else home_at, back_h, rests)
    return VehicleRoute(
        vehicle_code=vehicle,
        class_code="truck-s",
        base_code=base,
        num_drivers=1,
        trips=(Trip(number=f"{base}-DB-0{vehicle[-3:]}", stops=(load, deliver)),),
        home=Stop(
            kind=StopKind.RETURN,
            location_code=base,
            leg=home,
            begin_at=home.arrive_at,
            end_at=home.arrive_at,
        ),
    )


def consignment(lot: str, depot: str, place: str, pieces: int) -> Consignment:
    return Consignment(
        lot_code=lot, depot_code=depot, item_code="tent", place_code=place, pieces=pieces, window=0
    )


def hand_made_plan() -> PlanResult:
    """The best plan for `two_depots_three_places`: place 3 gets nothing, the others all in time.

    Truck 1 of A takes 50 tents to place 1, truck 2 of A takes 10 to place 2 (and waits half an
    hour, because 2 h out and 3 h back are more than four), the truck of B 30 to place 2. From B it
    is 5 h, so its driver rests 20 minutes after 4 h and starts home a day later.

    The score: 10 tents never come, 10 x 3,000 milli-people x weight 10 x (60 + 72) h = 39,600,000.
    300 kg from the provincial lot (tier 2) are 600,000 g; (1+1+2+3+5+5) h at 50 km/h and 2 yuan a
    km are 1,700 yuan, and three trips 300 yuan more: 200,000 fen.
    """
    situation = two_depots_three_places()
    rest = (Rest(after_drive=timedelta(hours=4), duration=timedelta(minutes=20)),)
    first, second, far = "420001-01", "420001-01", "420112-01"
    routes = (
        route(
            f"{first}/truck-s/1/001", first, "420001", "A-tent", 50, out_h=1, back_h=1
        ),
        route(
            f"{second}/truck-s/1/002", second, "420002", "A-tent", 10,
            out_h=2, back_h=3, home_at=3.25,
        ),
        route(
            f"{far}/truck-s/1/001", far, "420002", "B-tent", 30,
            out_h=5, back_h=5, rests=rest, home_at=30,
        ),
    )  # fmt: skip
    report = SolveReport(
        solver="hand",
        termination=Termination.OPTIMAL,
        objective=39_600_000.0,
        bound=39_600_000.0,
        seconds=0.5,
        seed=1,
        note="Weighted deprivation.",
    )
    allocation = Allocation(
        consignments=(
            consignment("A-tent", first, "420001", 50),
            consignment("A-tent", second, "420002", 10),
            consignment("B-tent", far, "420002", 30),
        ),
        shortfalls=(
            Shortfall(
                place_code="420003",
                item_code="tent",
                due_at=at(12),
                missing_pieces=10,
                late_pieces=0,
                reason=ShortfallReason.NO_ROAD,
                because=say("No depot has an open road to {place}.", place="Place 420003"),
            ),
        ),
        deprivation_bound_milli_person_h=39_600_000,
        report=report,
    )
    plan = assemble(
        situation, allocation, Routes(vehicle_routes=routes, undelivered=(), report=report)
    )
    spots = {depot.code: depot.point for depot in situation.depots}
    spots |= {place.code: place.point for place in situation.places}
    paths = tuple(
        RoadPath(
            from_code=origin,
            to_code=target,
            speed_class="any",
            node_ids=(1, 2, 3),
            line=(spots[origin], Point(lon_deg=114.25, lat_deg=30.7), spots[target]),
            distance_km=50 * hours,
        )
        for origin, target, hours in (
            (first, "420001", 1.0), ("420001", first, 1.0), (second, "420002", 2.0),
            ("420002", second, 3.0), (far, "420002", 5.0), ("420002", far, 5.0),
        )
    )  # fmt: skip
    certificate = verify(plan, situation, paths)
    return PlanResult(
        plan=plan.certified(certificate),
        situation=situation,
        paths=paths,
        closed=(),
        origin=Origin(
            program="relief test",
            network_zh="手算网络",
            network_en="hand-made network",
            network_fingerprint="ab" * 32,
            profile="hubei",
            engine="pyvrp",
            seconds=10.0,
            seed=1,
            num_reports=3,
            refused=(
                RefusedReport(
                    raw=b"$BDTXR,\xff", line=4, received_at=START_AT, reason="Broken checksum."
                ),
            ),
            affected_people=Estimate(low=900, likely=1000, high=1100),
            notes=(say("Stock is modelled."),),
            sources=("hand-made",),
            fallback="",
            stages=(StageTime(stage="travel", seconds=1.25),),
        ),
    )
