"""Changes on a plan under way: closures, breakdowns, delays, reports, a lost depot, one by one.

python -m benchmarks.replanning [--plan DIR] [--changes 50] [--seed 1] [--seconds 1.5] [--smoke]

Each change is replanned under a budget (0, 2, 5, 10 drivers and as many waybills, or any number, in
turn) on the plan that the change before left. Timed is everything from what has happened to the
verified plan: state, travel times, search, assembly, both verifiers. Beside it the same change
planned afresh: what has been loaded stays on its trucks, all other trips are made anew.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from api.documents.saved import read_plan
from api.plan_result import PlanResult
from api.planning import PlanRequest, make_plan, road_paths
from geodata.gazetteer import load_gazetteer
from geodata.roads import RoadNetwork, load_roads
from relief.damage.indicators import NAMES
from relief.damage.needs import Need
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.plan.assembly import assemble
from relief.plan.change import difference
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution import RemainingRoute
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from scenarios.replanning import GoingOn, Happenings, going_on, travel_of
from solvers.allocation.allocator import WindowAllocator
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanner

KINDS = ("closure", "breakdown", "late", "report", "closure", "breakdown", "report", "late")
BUDGETS = (
    ChangeBudget(max_drivers=0, max_waybills=0),
    ChangeBudget(max_drivers=2, max_waybills=2),
    ChangeBudget(max_drivers=5, max_waybills=5),
    ChangeBudget(max_drivers=10, max_waybills=10),
    ChangeBudget(),
)
STEP = timedelta(minutes=40)
LOST_DEPOT_AT = 10
"""The change (counted from 0) at which the depot with most left to load is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    number: int
    kind: str
    at: datetime
    seconds: float
    cpu_s: float
    budget: ChangeBudget
    num_drivers: int
    num_waybills: int
    forced_waybills: int
    called: int
    broken: int
    deprivation: int
    stops_moved: int
    afresh_deprivation: int | None
    afresh_stops_moved: int | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    plan: DispatchPlan
    situation: Situation
    paths: tuple[RoadPath, ...]


def happenings(
    standing: Standing, number: int, at: datetime, rng: Random
) -> tuple[str, Happenings]:
    """Draw what happens next."""
    if number == LOST_DEPOT_AT:
        return "lost depot", Happenings(lost_depots=(_busiest_depot(standing, at),))
    kind = KINDS[number % len(KINDS)]
    driving = [
        route.vehicle_code
        for route in standing.plan.vehicle_routes
        if route.trips and route.trips[-1].stops[-1].end_at > at
    ]
    if kind == "closure":
        ahead = [
            path
            for path in standing.paths
            if len(path.node_ids) > 2
            and any(
                (stop.leg.from_code, stop.leg.to_code) == (path.from_code, path.to_code)
                and stop.leg.arrive_at > at
                for route in standing.plan.vehicle_routes
                for trip in route.trips
                for stop in trip.stops
            )
        ]
        if ahead:
            nodes = rng.choice(ahead).node_ids
            place = rng.randrange(len(nodes) - 1)
            return kind, Happenings(closed_roads=(f"edge {nodes[place]}-{nodes[place + 1]}",))
    if kind == "report":
        needs = [need for need in standing.situation.needs if need.chain[0].unit == "people"]
        return kind, Happenings(reports=(_report(rng.choice(needs), number, at, rng),))
    if not driving:
        return "nothing", Happenings()
    event = ExecutionEvent(
        kind=EventKind.BROKEN_DOWN if kind == "breakdown" else EventKind.DELAYED,
        vehicle_code=rng.choice(driving),
        at=at,
        delay=timedelta(0)
        if kind == "breakdown"
        else timedelta(minutes=rng.choice((60, 120, 240))),
    )
    return kind, Happenings(events=(event,))


def _report(need: Need, number: int, at: datetime, rng: Random) -> DamageReport:
    indicator = next(one for one in Indicator if NAMES[one].en == need.chain[0].name)
    return DamageReport(
        sender_card="0420000",
        sequence=number,
        source=ReportSource.COUNTY,
        stage=ReportStage.CONTINUED,
        unit_code=need.place_code,
        observed_at=at,
        received_at=at,
        counts=((indicator, round(need.chain[0].value * rng.choice((0.5, 0.8, 1.3, 1.8)))),),
        blocked_roads=(),
        raw=b"",
    )


def _busiest_depot(standing: Standing, at: datetime) -> str:
    loads: dict[str, int] = {}
    for route in standing.plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind.value == "load" and stop.begin_at > at:
                    loads[stop.location_code] = loads.get(stop.location_code, 0) + 1
    return max(sorted(loads), key=lambda code: loads[code])


def changes(first: PlanResult, options: argparse.Namespace, roads: RoadNetwork) -> Iterator[Row]:
    num, seed, seconds = options.changes, options.seed, options.seconds
    afresh_every = options.afresh_every
    rng = Random(seed)  # noqa: S311 - draws changes, no secrets
    gazetteer = load_gazetteer()
    standing = Standing(plan=first.plan, situation=first.situation, paths=first.paths)
    for number in range(num):
        at = first.situation.start_at + timedelta(hours=1) + STEP * number
        budget = BUDGETS[number % len(BUDGETS)]
        kind, happened = happenings(standing, number, at, rng)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        now = going_on(
            standing.plan, standing.situation, standing.paths, happened, at,
            roads=roads, gazetteer=gazetteer,
        )  # fmt: skip
        answer = Replanner(SolveLimits(seconds=seconds, seed=seed)).replan(
            now.situation, now.done.remaining, standing.plan.consignments, budget
        )
        plan = assemble(now.situation, answer.allocation, answer.routes)
        certificate = verify(plan, now.situation)
        held = verify_replan(
            now.before, now.done, now.situation, plan,
            max_drivers=budget.max_drivers, max_waybills=budget.max_waybills,
            lost_depots=happened.lost_depots,
        )  # fmt: skip
        spent_s = time.perf_counter() - began_s
        cpu_s = time.process_time() - began_cpu_s
        violations = (*certificate.violations, *held)
        for one in violations[:5]:
            print("  broken:", one.rule.value, one.subject, one.found, one.limit, one.sentence)
        change = difference(now.done.remaining, plan.vehicle_routes)
        other = None
        if afresh_every and number % afresh_every == 0:
            other = _afresh(now, standing, seed)
        yield Row(
            number=number,
            kind=kind,
            at=at,
            seconds=spent_s,
            cpu_s=cpu_s,
            budget=budget,
            num_drivers=answer.num_drivers,
            num_waybills=answer.num_waybills,
            forced_waybills=len(answer.settled.forced_waybills),
            called=len(change.called),
            broken=len(violations),
            deprivation=plan.score.deprivation_milli_person_h,
            stops_moved=change.num_stops_moved,
            afresh_deprivation=None if other is None else other[0],
            afresh_stops_moved=None if other is None else other[1],
        )
        standing = _driven(plan, now, standing, roads, at)


def _driven(
    plan: DispatchPlan, now: GoingOn, before: Standing, roads: RoadNetwork, at: datetime
) -> Standing:
    """Return the plan with its roads, which the next closure needs."""
    source = now.travel_source or travel_of(
        now.situation, roads.closed(now.situation.travel.closures), at
    )
    known = () if now.travel_source is not None else before.paths
    have = {(path.from_code, path.to_code, path.speed_class) for path in known}
    speed_of = {kind.code: kind.speed_class for kind in now.situation.vehicle_classes}
    wanted = any(
        (stop.leg.from_code, stop.leg.to_code, speed_of[route.class_code]) not in have
        for route in plan.vehicle_routes
        for stop in (*(stop for trip in route.trips for stop in trip.stops), route.home)
        if stop.leg.from_code != stop.leg.to_code
    )
    paths = road_paths(plan, now.situation, source) if wanted else known
    return Standing(plan=plan, situation=now.situation, paths=tuple(paths))


def _afresh(now: GoingOn, standing: Standing, seed: int) -> tuple[int, int]:
    """Return deprivation and stops moved of a plan that keeps only what is on board."""
    loaded = {vehicle.vehicle_code for vehicle in now.situation.under_way if vehicle.load}
    begun = tuple(
        RemainingRoute(vehicle_code=one.vehicle_code, trips=one.trips[:1])
        for one in now.done.remaining
        if one.vehicle_code in loaded
    )
    limits = SolveLimits(seconds=20.0, seed=seed)
    answer = Replanner(limits, allocator=WindowAllocator(replace(limits, seconds=10.0))).replan(
        now.situation, begun, standing.plan.consignments, ChangeBudget(), with_curve=False
    )
    plan = assemble(now.situation, answer.allocation, answer.routes)
    change = difference(now.done.remaining, plan.vehicle_routes)
    return plan.score.deprivation_milli_person_h, change.num_stops_moved


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plan", type=Path, help="folder of a plan; by default one is made")
    parser.add_argument("--event", default="2016-meiyu")
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--afresh-every", type=int, default=5)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.event, options.changes, options.seconds = "2021-liulin", 6, 0.2
        options.afresh_every = 0
    roads = load_roads()
    if options.plan is not None:
        first = read_plan(options.plan)
    else:
        iterations = 20 if options.smoke else None
        first = make_plan(PlanRequest(event=options.event, seconds=30.0, max_iterations=iterations))
    print(f"{options.event}: {len(first.plan.vehicle_routes)} trucks, {options.changes} changes")
    print("  n  change      at         s  cpu s  budget  used d/w  forced w  called  broken"
          "  depr. m  moved  afresh m  moved")  # fmt: skip
    rows = []
    for row in changes(first, options, roads):
        rows.append(row)
        print(_line(row), flush=True)
    compared = [row for row in rows if row.afresh_deprivation is not None]
    print(f"slowest {max(row.seconds for row in rows):.2f} s, "
          f"median {statistics.median(row.seconds for row in rows):.2f} s "
          f"(processor time at most {max(row.cpu_s for row in rows):.2f} s); "
          f"{sum(row.broken for row in rows)} broken rules or commitments; "
          f"{sum(row.stops_moved for row in rows)} stops moved")  # fmt: skip
    if compared:
        ours = sum(row.deprivation for row in compared)
        theirs = sum(row.afresh_deprivation or 0 for row in compared)
        print(f"against planning afresh on {len(compared)} changes: deprivation "
              f"{100 * (ours - theirs) / theirs:+.2f} %, stops moved "
              f"{sum(row.stops_moved for row in compared)} instead of "
              f"{sum(row.afresh_stops_moved or 0 for row in compared)}")  # fmt: skip
    over = [row for row in rows if not row.budget.allows(row.num_drivers, row.num_waybills)]
    print(f"{len(over)} replans over their budget")
    if over or any(row.broken for row in rows):
        raise SystemExit(1)


def _line(row: Row) -> str:
    most = "any" if row.budget.max_drivers is None else str(row.budget.max_drivers)
    text = (
        f"{row.number + 1:3d}  {row.kind:10s}  {row.at:%d %H:%M}  {row.seconds:5.2f}"
        f"  {row.cpu_s:5.2f}  {most:>6s}"
        f"  {row.num_drivers:3d}/{row.num_waybills:<3d}  {row.forced_waybills:7d}"
        f"  {row.called:6d}  {row.broken:6d}  {row.deprivation / 1e9:7.2f}  {row.stops_moved:5d}"
    )
    if row.afresh_deprivation is not None:
        text += f"  {row.afresh_deprivation / 1e9:7.2f}  {row.afresh_stops_moved:6d}"
    return text


if __name__ == "__main__":
    main()
