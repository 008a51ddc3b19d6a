"""How near the routing of a plan is to its bounds, depot by depot.

    python -m benchmarks.depot_bounds [EVENT | full-rich | full-scarce] [SECONDS] [PER_DEPOT]

Makes a plan in SECONDS (60) and proves each depot's bound for PER_DEPOT seconds (2), see
docs/routing-bounds.md. Prints a row for each depot that is more than 10 % above its bound or not
proven to the end, and a line for all.
"""

import sys
import time

from benchmarks.full_case import agreed_plan, full_situation
from benchmarks.routing import prepared
from relief.plan.outcome import SolveLimits
from solvers.routing.depot_bound_table import NEAR_SHARE, plan_bounds


def main(case: str = "2016-meiyu", seconds: float = 60.0, per_depot_s: float = 2.0) -> None:
    """Plan, prove, print."""
    if case.startswith("full-"):
        situation = full_situation(scarce=case == "full-scarce", seed=1)
    else:
        situation = prepared(case, 1)
    plan = agreed_plan(situation, seconds)
    began_s = time.perf_counter()
    found = plan_bounds(situation, plan.vehicle_routes, SolveLimits(seconds=per_depot_s))
    spent_s = time.perf_counter() - began_s
    print("| depot | places | trips | cost, yuan | bound, yuan | gap | closed |")
    print("|---|---|---|---|---|---|---|")
    for one in found.depots:
        gap_share = one.gap_share
        if one.closed and (gap_share or 0.0) <= NEAR_SHARE:
            continue
        bound = "-" if one.bound_fen is None else f"{one.bound_fen / 100:,.0f}"
        gap = "-" if gap_share is None else f"{gap_share:.1%}"
        print(
            f"| {one.depot_code} | {one.num_places} | {one.num_trips} | {one.cost_fen / 100:,.0f} "
            f"| {bound} | {gap} | {'yes' if one.closed else 'no'} |"
        )
    print(
        f"{case}, {seconds:g} s: plan {plan.score.cost_fen / 100:,.0f} yuan; "
        f"{len(found.closed)} of {len(found.depots)} depots closed in {spent_s:.0f} s "
        f"({found.num_settled} settled), {found.num_near} of them within {NEAR_SHARE:.0%}, "
        f"median gap {found.median_gap_share:.1%}, together {found.total_gap_share:.1%}; "
        f"{found.joint_trips} trips load at several depots"
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0] if given else "2016-meiyu", *(float(text) for text in given[1:3]))
