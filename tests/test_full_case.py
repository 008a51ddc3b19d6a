"""The full case of the benchmark, cut small: what its table says is what it claims to say."""

from pathlib import Path

import pytest

from benchmarks.full_case import at_no_worse_service, delivered_as_needs, full_situation, losses
from benchmarks.full_case_plot import CurvePoint, draw_curves
from relief.plan.dispatch import plan_dispatch
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter


def test_a_cut_case_is_served_and_asks_again_for_what_it_got() -> None:
    situation = full_situation(scarce=False, places=8)
    assert len(situation.places) == 8
    assert sum(pool.num_vehicles for pool in situation.pools) == 8
    plan = plan_dispatch(situation, NearestAllocator(), SavingsRouter())
    lost = losses(situation, plan)
    assert 0.0 < lost.undelivered_share < 1.0
    assert 0.0 < lost.deprivation_share < 1.0
    assert at_no_worse_service(situation, plan, plan).startswith("at no worse service")
    same = delivered_as_needs(situation, plan)
    delivered = sum(
        line.pieces
        for route in plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.location_code in {place.code for place in situation.places}
        for line in stop.lines
    )
    assert sum(need.pieces for need in same.needs) == delivered
    # The greedy plan meets its own deliveries in full and in time: nothing of them is lost.
    again = losses(same, plan)
    assert again.deprivation_share == pytest.approx(0.0)
    assert again.undelivered_share == pytest.approx(0.0)


def test_a_curve_is_drawn(tmp_path: Path) -> None:
    points = [
        CurvePoint(seconds=seconds, deprivation_share=lost, bound_share=0.1, cost_yuan=cost)
        for seconds, lost, cost in ((2.0, 0.4, 5e6), (15.0, 0.3, 4e6), (60.0, 0.2, 3e6))
    ]
    path = tmp_path / "curve.svg"
    draw_curves({"truck-rich": points, "truck-scarce": points}, path)
    drawn = path.read_text(encoding="utf-8")
    assert drawn.count("proven bound") == 2
    assert "truck-scarce" in drawn
