"""Trucks that do not all get to the same places, as behind a weak bridge (`tests.by_hub`)."""

from dataclasses import replace

import numpy as np

from relief.plan.outcome import SolveLimits
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.trucks import planned_trucks
from tests.by_hub import over_the_bridge
from tests.situations import pool

BASE = over_the_bridge(hubs=())
# A heavy truck and a light one in one prefecture.
ONE_REGION = replace(
    BASE,
    pools=(pool("420112-01", 1, class_code="heavy"), pool("420112-01", 1, class_code="light")),
)


def test_light_trucks_of_a_prefecture_count_by_themselves_where_heavy_ones_are_shut_out() -> None:
    terms = planned_trucks(case_of(ONE_REGION))
    assert terms.num_groups == 2
    # The light truck at the store: 0:30 + 4 h + 0:15.
    assert terms.earliest_s().tolist() == [[4.75 * 3600]]
    # Over an open bridge they share an account, and drive as one.
    times = BASE.travel.duration_h.copy()
    times[1] = times[0]
    opened = replace(ONE_REGION, travel=replace(BASE.travel, duration_h=times))
    shared = planned_trucks(case_of(opened))
    assert shared.num_groups == 1
    assert np.isfinite(shared.earliest_s()).all()


def test_what_the_light_truck_can_bring_is_allocated_for_when_it_can() -> None:
    # 20 pieces a round of 8:45, and two hours of the second day's driving are left after one.
    allocation = WindowAllocator(SolveLimits(seconds=5)).allocate(ONE_REGION)
    windows = {each.window for each in allocation.consignments}
    assert sum(each.pieces for each in allocation.consignments) == 40
    assert min(windows) == 0
    assert max(windows) > 0
