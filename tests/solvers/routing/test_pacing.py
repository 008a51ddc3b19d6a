"""Trucks that wait for depots and places: by hand, and for drawn cases through the verifier."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.assembly import assemble
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveLimits
from relief.plan.policy import PlanningPolicy
from relief.plan.routes import StopKind
from relief.plan.situation import Situation
from relief.plan.verify import verify
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from tests.relief.plan.test_verify_limits import dock, room
from tests.situations import pool, truck, two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation

A, B = "420001-01", "420112-01"
BASE = two_depots_three_places()
CUT_OFF = 39_600_000
SEEDS = st.integers(min_value=0, max_value=10**6)


def planned(situation: Situation) -> DispatchPlan:
    """Return a plan that keeps every rule."""
    allocation = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    assert verify(plan, situation).violations == ()
    bound = plan.deprivation_bound_milli_person_h
    assert bound is not None
    assert bound <= plan.score.deprivation_milli_person_h
    return plan


def loadings(plan: DispatchPlan, depot: str) -> list[tuple[float, float]]:
    """Return begin and end of loading in a depot, in hours after the start, in order."""
    hour = timedelta(hours=1)
    return sorted(
        ((stop.begin_at - plan.start_at) / hour, (stop.end_at - plan.start_at) / hour)
        for route in plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.LOAD and stop.location_code == depot
    )


def test_trucks_wait_for_what_the_depot_brings_them() -> None:
    # Depot A sends 60 tents of 10 kg. At 400 kg an hour the last of these 600 kg are on a truck
    # after an hour and a half at the earliest, and no truck is without its load before.
    slow = replace(dock(A, 9), most_g_per_h=400_000)
    soon = replace(BASE, depot_limits=(slow,), lots=BASE.lots[:1])
    assert loadings(planned(soon), A)[-1] == pytest.approx((1.0, 1.5))


@settings(derandomize=True, deadline=None, max_examples=12)
@given(SEEDS)
def test_drawn_plans_keep_the_rates_of_their_depots(seed: int) -> None:
    situation = small_situation(seed)
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    limits = tuple(
        replace(
            dock(
                depot.code, draw.randint(1, 3), draw.choice([0, 420]), draw.choice([1_140, 1_440])
            ),
            most_g_per_h=draw.choice([40_000, 200_000, 2_000_000]),
        )
        for depot in situation.depots
    )
    planned(replace(situation, depot_limits=limits))


def test_two_trucks_load_one_after_the_other_where_there_is_room_for_one() -> None:
    # Everything is due after 3 h, and 50 tents for place 1 fill a truck of 500 kg: place 1, 1 h
    # away, and place 2, 2 h away, need a truck each.
    soon = replace(
        BASE,
        vehicle_classes=(truck(payload_kg=500),),
        policy=PlanningPolicy(window_ends=tuple(timedelta(hours=h) for h in (3, 24, 48, 72))),
        needs=tuple(replace(n, due_at=BASE.start_at + timedelta(hours=3)) for n in BASE.needs),
    )
    assert loadings(planned(soon), A) == [(0.0, 0.5), (0.0, 0.5)]
    limited_soon = replace(soon, depot_limits=(dock(A, 1),))
    assert loadings(planned(limited_soon), A) == [(0.0, 0.5), (0.5, 1.0)]


def test_a_depot_that_opens_later_loads_later() -> None:
    # The plan starts at 8:00 in Hubei; depot B opens at 16:00, 8 h later: its 30 tents come after
    # 8 h + 30 min + 5 h 20 min + 15 min, 12 h late: 30 x 30,000 x 12.
    plan = planned(replace(BASE, depot_limits=(dock(B, 1, 16 * 60, 18 * 60),)))
    assert loadings(plan, B)[0][0] == 8.0
    assert plan.score.deprivation_milli_person_h == CUT_OFF + 10_800_000


def test_a_depot_that_has_just_closed_opens_the_next_day() -> None:
    # Open from 7:00 to 8:20: a loading of 30 minutes from 8:00 on does not fit in any more.
    plan = planned(replace(BASE, depot_limits=(dock(B, 1, 7 * 60, 8 * 60 + 20),)))
    assert loadings(plan, B)[0][0] == 23.0


def test_a_place_that_takes_little_is_served_over_several_windows() -> None:
    # Place 2 needs 40 tents of 10 kg by 12 h and takes 100 kg in 12 h: 10 in the first window and
    # 10 in the second, 20 in each of the others. 10 come 12 h late and 20 come 36 h late.
    # Five trucks and 100 tents stand in A, so that no truck has to drive there twice a day.
    richer = replace(BASE, pools=(pool(A, 5),), lots=(replace(BASE.lots[0], pieces=100),))
    plan = planned(replace(richer, receiving_limits=(room("420002", 200),)))
    late = 10 * 30_000 * 12 + 20 * 30_000 * 36
    assert plan.score.deprivation_milli_person_h == CUT_OFF + late


def test_a_place_that_takes_nothing_gets_nothing() -> None:
    plan = planned(replace(BASE, receiving_limits=(room("420002", 0),)))
    assert plan.score.deprivation_milli_person_h == CUT_OFF + 40 * 30_000 * 132


def limited(situation: Situation, seed: int) -> Situation:
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    docks = (
        (dock(depot.code, draw.randint(1, 2)), dock(depot.code, 1, 7 * 60, 19 * 60))
        for depot in situation.depots
    )
    return replace(
        situation,
        depot_limits=tuple(draw.choice(pair) for pair in docks),
        receiving_limits=tuple(
            room(place.code, draw.choice([0, 200, 2_000])) for place in situation.places[:2]
        ),
    )


@settings(derandomize=True, deadline=None, max_examples=20)
@given(SEEDS)
def test_limits_are_kept_and_the_bound_holds(seed: int) -> None:
    situation = limited(small_situation(seed), seed)
    plan = planned(situation)
    nearest = NearestAllocator().allocate(situation)
    other = assemble(situation, nearest, SavingsRouter().route(situation, nearest))
    assert verify(other, situation).violations == ()
    bound = plan.deprivation_bound_milli_person_h
    assert bound is not None
    assert bound <= other.score.deprivation_milli_person_h


@pytest.mark.parametrize("seed", [3, 11])
def test_the_search_keeps_limits_too(seed: int) -> None:
    situation = limited(small_situation(seed), seed)
    allocation = NearestAllocator().allocate(situation)
    router = PyvrpRouter(SolveLimits(seconds=2, max_iterations=50))
    plan = assemble(situation, allocation, router.route(situation, allocation))
    assert verify(plan, situation).violations == ()
