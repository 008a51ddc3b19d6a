"""Convoys: by hand, and for drawn cases through both verifiers.

A depot with trucks of 1 t (100 tents) lies four hours from the place, so that no truck goes twice
within the twelve hours of the first window; loading takes 30 minutes, unloading 15.
"""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.fleet import ConvoyRules
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter
from tests import situations as hand
from tests.relief.plan.test_verify_limits import dock, room
from tests.solvers.allocation.small_cases import small_situation
from tests.solvers.routing.replanned import violations_anew

PLACE, DEPOT = "420001", "420001-01"
MINUTE = timedelta(minutes=1)


def base(*ready_min: int, drive_h: int = 4) -> Situation:
    """Return a situation with a truck that is ready after each of these times."""
    tents = 300 if len(ready_min) == 1 else 100 * len(ready_min)
    classes = [hand.truck(f"truck-{number}") for number in range(len(ready_min))]
    return hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(PLACE)],
        needs=[hand.need(PLACE, "tent", tents)],
        depots=[hand.depot(DEPOT)],
        lots=[hand.lot("tents", DEPOT, "tent", tents)],
        pools=[
            hand.pool(DEPOT, 1, class_code=kind.code, ready_min=minutes)
            for kind, minutes in zip(classes, ready_min, strict=True)
        ],
        hours_between={(DEPOT, PLACE): drive_h, (PLACE, DEPOT): drive_h},
        classes=classes,
        policy=PlanningPolicy(convoy=ConvoyRules(place_codes=(PLACE,))),
    )


def planned(situation: Situation) -> DispatchPlan:
    """Return the verified plan."""
    sent = NearestAllocator().allocate(situation)
    plan = assemble(situation, sent, SavingsRouter().route(situation, sent))
    assert verify(plan, situation).violations == ()
    return plan


def leaving(plan: DispatchPlan) -> list[int]:
    """Return when trucks leave their depot, in minutes after the start."""
    return sorted(
        (trip.stops[1].leg.depart_at - hand.START_AT) // MINUTE
        for route in plan.vehicle_routes
        for trip in route.trips
    )


@pytest.mark.parametrize(
    ("ready_min", "leaves_min"),
    [
        # Loaded after 30, 60 and 90 minutes: all leave with the last.
        ((0, 30, 60), [90, 90, 90]),
        # The third one is loaded four hours later: nobody waits so long for it.
        ((0, 30, 270), [60, 60, 300]),
        # Each waits at most two hours for the next one.
        ((0, 110, 220), [250, 250, 250]),
        # Two are left over; the first three make a convoy, the others come hours later.
        ((0, 0, 0, 300, 310), [30, 30, 30, 340, 340]),
        # The fourth one is there when the first three leave, and goes with them.
        ((0, 0, 0, 10), [40, 40, 40, 40]),
    ],
)
def test_trucks_leave_together(ready_min: tuple[int, ...], leaves_min: list[int]) -> None:
    assert leaving(planned(base(*ready_min))) == leaves_min


def test_a_truck_that_nobody_can_join_drives_alone() -> None:
    # One truck goes three times: 30 minutes, then every 2 h 45 min.
    assert leaving(planned(base(0, drive_h=1))) == [30, 195, 360]


def test_only_those_to_the_named_places_wait() -> None:
    situation = base(0, 30, 60)
    elsewhere = replace(situation.policy, convoy=ConvoyRules(place_codes=("420002",)))
    assert leaving(planned(replace(situation, policy=elsewhere))) == [30, 60, 90]


def test_who_leaves_alone_is_objected_to() -> None:
    situation = base(0, 30, 60)
    free = replace(situation, policy=PlanningPolicy())
    alone = replace(planned(free), situation_fingerprint=situation.fingerprint())
    alone = replace(alone, plan_id=planned(situation).plan_id)
    found = [one for one in verify(alone, situation).violations if one.rule is Rule.CONVOY]
    # The last one may: nobody leaves after it.
    assert [(one.found, one.limit) for one in found] == [(1, 3), (1, 3)]
    # Half an hour apart is together where the policy says so.
    convoy = replace(situation.policy.convoy, within=timedelta(minutes=60))
    loose = replace(situation, policy=PlanningPolicy(convoy=convoy))
    alone = replace(alone, situation_fingerprint=loose.fingerprint())
    alone = replace(alone, plan_id=planned(loose).plan_id)
    assert verify(alone, loose).violations == ()


SEEDS = st.integers(min_value=0, max_value=10**6)


def drawn(seed: int) -> Situation:
    """Return a small situation with convoys to some places, limits drawn besides."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    case = small_situation(seed, num_places=3)
    codes = [place.code for place in case.places]
    convoy = ConvoyRules(
        place_codes=tuple(draw.sample(codes, draw.randint(1, 3))),
        least_trucks=draw.randint(2, 4),
        wait=timedelta(minutes=draw.choice([30, 120, 600])),
    )
    pools = tuple(replace(pool, num_vehicles=draw.randint(1, 5)) for pool in case.pools)
    case = replace(case, policy=replace(case.policy, convoy=convoy), pools=pools)
    if draw.random() < 0.4:
        docks = tuple(dock(depot.code, most_trucks=draw.randint(1, 2)) for depot in case.depots)
        case = replace(case, depot_limits=docks)
    if draw.random() < 0.3:
        case = replace(case, receiving_limits=(room(codes[0], draw.choice([1, 4])),))
    return case


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS)
def test_plans_keep_convoys_together(seed: int) -> None:
    planned(drawn(seed))


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
# Goods on board were redirected to where the truck could not go on from, or to where they had been
# bound before.
@example(seed=86_400)
@example(seed=1_044)
@example(seed=1_429)
def test_replans_keep_convoys_together(seed: int) -> None:
    situation = drawn(seed)
    plan = planned(situation)
    if not plan.vehicle_routes:
        return
    assert violations_anew(situation, plan, seed) == ((), ())
