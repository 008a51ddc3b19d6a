"""How well an allocation gets onto trucks: `python -m benchmarks.routing [EVENT] [SECONDS] [CUT]`.

Prints a row for each router: what the trucks lose of the deprivation that the allocation would
avoid, what the trips cost, and the seconds. CUT divides the number of trucks of each pool, rounded
up, to see how the routers do when trucks are short.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime

from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from relief.damage.factors import load_profile
from relief.plan.assembly import assemble
from relief.plan.outcome import SolveLimits
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.units import ceil_div
from scenarios.events import load_event
from scenarios.network import open_network
from scenarios.prepare import prepare
from solvers.allocation.allocator import WindowAllocator
from solvers.routing.baseline import SavingsRouter
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter

INSTANTS = {
    "2016-meiyu": datetime(2016, 7, 6, 0, tzinfo=UTC),
    "2020-meiyu": datetime(2020, 7, 8, 8, tzinfo=UTC),
    "2021-liulin": datetime(2021, 8, 12, 12, tzinfo=UTC),
}


def prepared(event: str, cut: int) -> Situation:
    """Return the situation of an event with a part of the trucks."""
    at = INSTANTS[event]
    situation = prepare(
        load_event(event),
        at=at,
        network=open_network(as_of=at.date()),
        gazetteer=load_gazetteer(),
        roads=load_roads(),
        profile=load_profile("hubei"),
        policy=PlanningPolicy(),
    ).situation
    pools = (
        replace(pool, num_vehicles=ceil_div(pool.num_vehicles, cut)) for pool in situation.pools
    )
    return replace(situation, pools=tuple(pools))


def main(event: str = "2016-meiyu", seconds: float = 20.0, cut: float = 1) -> None:
    """Route one allocation with every router and print a row for each."""
    situation = prepared(event, int(cut))
    limits = SolveLimits(seconds=seconds)
    allocation = WindowAllocator(limits).allocate(situation)
    allocated = allocation.report.objective
    num_trucks = sum(pool.num_vehicles for pool in situation.pools)
    print(
        f"{event}: {len(allocation.consignments)} consignments, {num_trucks} trucks, "
        f"deprivation allocated {allocated:,.0f} weighted person-h"
        if allocated is not None
        else f"{event}: {len(allocation.consignments)} consignments, {num_trucks} trucks",
    )
    print("| router | deprivation, weighted person-h | cost, yuan | trucks | trips | s | holds |")
    print("|---|---|---|---|---|---|---|")
    for router in (SavingsRouter(), PyvrpRouter(limits), OrtoolsRouter(limits)):
        routes = router.route(situation, allocation)
        plan = assemble(situation, allocation, routes)
        holds = verify(plan, situation).holds
        num_trips = sum(len(route.trips) for route in routes.vehicle_routes)
        print(
            f"| {routes.report.solver} | {plan.score.deprivation_milli_person_h / 1000:,.0f} "
            f"| {plan.score.cost_fen / 100:,.0f} | {len(routes.vehicle_routes)} | {num_trips} "
            f"| {routes.report.seconds:.1f} | {holds} |"
        )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0] if given else "2016-meiyu", *(float(text) for text in given[1:3]))
