"""Roads that are closed for a time: by hand, and for drawn cases.

Depot A lies an hour from the place, trucks of 1 t load for 30 minutes and unload for 15. Without a
closure the first tents are there after 1:45.
"""

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.allocation import Allocator, ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Router, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.travel import TimeSpan
from relief.plan.verify import verify
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from tests import situations as hand
from tests.solvers.allocation.small_cases import small_situation
from tests.solvers.routing.replanned import violations_anew

PLACE, DEPOT = "420001", "420001-01"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Hours = list[tuple[float, float]]


def with_hours(situation: Situation, sets: list[Hours], seed: int | None = None) -> Situation:
    """Return the situation with hours in which ways are closed: all ways, or drawn ones."""
    shape = situation.travel.duration_h.shape
    if seed is None:
        span_of = np.ones(shape, dtype=np.int64)
    else:
        span_of = np.random.default_rng(seed).integers(0, len(sets) + 1, shape)
    rows = np.arange(shape[1])
    span_of[:, rows, rows] = 0
    spans = tuple(
        tuple(
            TimeSpan(begin=hand.START_AT + a * HOUR, end=hand.START_AT + b * HOUR) for a, b in one
        )
        for one in sets
    )
    travel = replace(situation.travel, closed_spans=spans, span_of=span_of)
    return replace(situation, travel=travel)


def base(*hours: tuple[float, float], due_h: int = 12) -> Situation:
    case = hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(PLACE)],
        needs=[hand.need(PLACE, "tent", 50, due_h=due_h)],
        depots=[hand.depot(DEPOT)],
        lots=[hand.lot("tents", DEPOT, "tent", 60)],
        pools=[hand.pool(DEPOT, 1)],
        hours_between={(DEPOT, PLACE): 1, (PLACE, DEPOT): 1},
    )
    return with_hours(case, [list(hours)]) if hours else case


def planned(
    situation: Situation, allocator: Allocator | None = None, router: Router | None = None
) -> DispatchPlan:
    """Return the verified plan."""
    sent = (allocator or NearestAllocator()).allocate(situation)
    plan = assemble(situation, sent, (router or SavingsRouter()).route(situation, sent))
    assert verify(plan, situation).violations == ()
    return plan


def legs(route: VehicleRoute) -> list[tuple[float, float]]:
    """Return begin and end of the drives in hours after the start."""
    stops = [*(stop for trip in route.trips for stop in trip.stops), route.home]
    return [
        ((s.leg.depart_at - hand.START_AT) / HOUR, (s.leg.arrive_at - hand.START_AT) / HOUR)
        for s in stops
        if s.leg.drive
    ]


@pytest.mark.parametrize(
    ("hours", "driven"),
    [
        # Closed while the truck would be out: it starts when the road opens.
        ([(0, 5)], [(5, 6), (6.25, 7.25)]),
        # It would be caught by the last half hour of its drive.
        ([(1, 2)], [(2, 3), (3.25, 4.25)]),
        # There and unloaded before; the way home waits.
        ([(1.75, 9)], [(0.5, 1.5), (9, 10)]),
        # Half an hour between two closures is not enough.
        ([(0, 2), (2.5, 3)], [(3, 4), (4.25, 5.25)]),
        # An hour is just enough: a closure that begins on arrival does not catch anybody.
        ([(0, 2), (3, 4)], [(2, 3), (4, 5)]),
    ],
)
def test_a_truck_waits_for_its_road(hours: Hours, driven: list[tuple[float, float]]) -> None:
    (route,) = planned(base(*hours)).vehicle_routes
    assert legs(route) == driven


@pytest.mark.parametrize("allocator", [NearestAllocator(), WindowAllocator(SolveLimits(seconds=9))])
def test_what_comes_late_for_a_road_that_is_closed_is_told_as_late(allocator: Allocator) -> None:
    # The road opens after 20 h: the tents come after 21:15, in the second window.
    situation = base((0, 20))
    plan = planned(situation, allocator)
    (short,) = plan.shortfalls
    assert (short.late_pieces, short.missing_pieces) == (50, 0)
    assert short.reason is ShortfallReason.TOO_FAR
    # 50 people wait for 12 h with weight 10.
    assert plan.score.deprivation_milli_person_h == 50 * 1000 * 10 * 12


def test_who_drives_on_a_road_that_is_closed_is_objected_to() -> None:
    early = planned(base())
    # The drives are 0:30-1:30 and 1:45-2:45.
    for hours, num in (((1.5, 1.75), 0), ((0, 0.6), 1), ((1.4, 1.8), 2), ((2.74, 3), 1)):
        situation = base(hours)
        plan = replace(early, situation_fingerprint=situation.fingerprint())
        found = [one for one in verify(plan, situation).violations if one.rule is Rule.ROAD]
        assert len(found) == num
        assert all("the way is closed from" in str(one.sentence) for one in found)


def test_hours_of_another_shape_are_refused() -> None:
    travel = base().travel
    with pytest.raises(ValueError, match="span_of has shape"):
        replace(travel, span_of=np.ones((1, 1, 1), dtype=np.int64))
    with pytest.raises(ValueError, match="names none of the 0 sets"):
        replace(travel, span_of=np.ones(travel.duration_h.shape, dtype=np.int64))


SEEDS = st.integers(min_value=0, max_value=10**6)


def drawn(seed: int) -> Situation:
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    sets: list[Hours] = []
    for _ in range(draw.randint(1, 3)):
        begin = draw.choice([-5.0, 0.0, 3.0, 10.0])
        end = begin + draw.choice([1.0, 6.0, 20.0])
        sets.append([(begin, end), (end + 2.5, end + 8.0)][: draw.randint(1, 2)])
    return with_hours(small_situation(seed), sets, seed)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_plans_keep_to_the_hours_of_roads(seed: int) -> None:
    planned(drawn(seed))


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_searched_plans_keep_to_the_hours_of_roads_and_to_their_bound(seed: int) -> None:
    situation = drawn(seed)
    router = PyvrpRouter(SolveLimits(seconds=30.0, max_iterations=3))
    plan = planned(situation, WindowAllocator(SolveLimits(seconds=20.0)), router)
    assert plan.deprivation_bound_milli_person_h is not None
    assert plan.deprivation_bound_milli_person_h <= plan.score.deprivation_milli_person_h


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_replans_keep_to_the_hours_of_roads(seed: int) -> None:
    situation = drawn(seed)
    plan = planned(situation)
    if not plan.vehicle_routes:
        return
    assert violations_anew(situation, plan, seed) == ((), ())
