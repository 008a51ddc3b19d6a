"""Replans that wait for depots and places: by hand, and for drawn cases through both verifiers.

The good plan: at 0:00 (8:00 in Hubei) A1 and A2 load in A and B1 in B, until 0:30. A1 unloads 50
tents of 10 kg in P1 until 1:45. Depot B, 5 h 20 min from P2, holds 70 more.
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.execution import progress
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.going_on import situation_going_on
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Stop, StopKind
from relief.plan.situation import Situation
from relief.plan.under_way import TakenIn
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from relief.supply.limits import DepotLimit
from solvers.allocation.allocator import WindowAllocator
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanner
from solvers.routing.baseline import SavingsRouter
from tests.relief.plan.plans import P1, P2, TRUCK_B1, A, B, at
from tests.relief.plan.test_verify_limits import dock, room
from tests.situations import need, pool, two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation
from tests.solvers.replanning.test_replanner import ANY, NONE, Case
from tests.solvers.routing.test_pacing import limited

BASE = two_depots_three_places()
TRUCK_B2 = f"{B}/truck-s/1/002"


def with_two_trucks_in_b(*limits: DepotLimit) -> tuple[Situation, Situation]:
    """Return the situation with one truck more, and what it becomes: P2 needs ten tents more."""
    base = replace(BASE, pools=(pool(A, 2), pool(B, 2)), depot_limits=limits)
    more = need(P2, "tent", 50)
    old = [one for one in base.needs if one.place_code != P2]
    return base, replace(base, needs=(*old, more))


def loading(case: Case, vehicle: str) -> Stop:
    return next(
        stop
        for route in case.plan.vehicle_routes
        if route.vehicle_code == vehicle
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.LOAD
    )


@pytest.mark.parametrize(
    ("limits", "begins_at"),
    [
        ((), at(0, 10)),
        ((dock(B, 2),), at(0, 10)),
        # B1 stands in the only bay until 0:30.
        ((dock(B, 1),), at(0, 30)),
        # Closed from 8:50 in Hubei on: 30 minutes from 0:30 on are too long for today.
        ((dock(B, 1, 480, 530),), at(24)),
    ],
)
def test_a_new_truck_waits_for_those_that_load(
    limits: tuple[DepotLimit, ...], begins_at: datetime
) -> None:
    base, now = with_two_trucks_in_b(*limits)
    case = Case(ANY, when=at(0, 10), base=base, now=now)
    assert loading(case, TRUCK_B2).begin_at == begins_at
    states = {one.vehicle_code: one for one in case.situation.under_way}
    assert states[TRUCK_B1].loading_since == at(0)


def test_a_truck_that_has_loaded_leaves_its_bay() -> None:
    base, now = with_two_trucks_in_b(dock(B, 1))
    case = Case(ANY, when=at(1), base=base, now=now)
    assert [one.loading_since for one in case.situation.under_way] == [None, None, None]
    assert loading(case, TRUCK_B2).begin_at == at(1)


def test_two_trucks_in_one_bay_are_objected_to() -> None:
    base, now = with_two_trucks_in_b(dock(B, 2))
    case = Case(ANY, when=at(0, 10), base=base, now=now)
    narrow = replace(case.situation, depot_limits=(dock(B, 1),))
    found = [v for v in verify(case.plan, narrow).violations if v.rule is Rule.LOADING_LIMIT]
    assert [(v.found, v.limit) for v in found] == [(2, 1)]
    # Alone, a truck that was loading already is no fault of the plan.
    still = Case(NONE, when=at(0, 10), base=replace(BASE, depot_limits=(dock(A, 2), dock(B, 1))))
    crowded = replace(still.situation, depot_limits=(dock(A, 1),))
    kept = verify(still.plan, crowded).violations
    assert [v for v in kept if v.rule is Rule.LOADING_LIMIT] == []


def test_what_a_place_has_taken_in_counts() -> None:
    # P1 takes 1,000 kg a day, 500 kg in each half: full until 12 h by the 50 tents of 10 kg. Five
    # more are due then; of all trucks that of B is the only one that can bring any, and waits for
    # the second window in P1, due to end unloading one second into it.
    base = replace(BASE, pools=(pool(A, 2), pool(B, 2)), receiving_limits=(room(P1, 1_000),))
    now = replace(
        base, needs=(*(n for n in base.needs if n.place_code != P1), need(P1, "tent", 55))
    )
    case = Case(ANY, when=at(2), base=base, now=now)
    assert case.situation.taken_in == (TakenIn(place_code=P1, window=0, mass_g=500_000),)
    ends = [
        stop.end_at
        for route in case.plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.location_code == P1
    ]
    assert len(ends) == 1
    assert at(12) < ends[0] <= at(24)
    forgotten = replace(case.situation, taken_in=())
    told = verify_replan(now, case.done, forgotten, case.plan, max_drivers=None, max_waybills=None)
    assert [(v.rule, v.found, v.limit) for v in told] == [(Rule.RECEIVING, 0, 500_000)]


def test_loading_that_begins_after_it_ends_is_refused() -> None:
    case = Case(NONE, when=at(0, 10))
    states = case.situation.under_way
    with pytest.raises(Exception, match="begin to load after it is free"):
        replace(
            case.situation,
            under_way=(replace(states[0], loading_since=at(9)), *states[1:]),
        )


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(min_value=0, max_value=10**6))
def test_replans_keep_limits_and_budgets(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    situation = limited(small_situation(seed), seed)
    allocation = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    when = situation.start_at
    for number in range(3):
        when += timedelta(minutes=draw.choice([5, 20, 45, 120, 600]))
        codes = [route.vehicle_code for route in plan.vehicle_routes]
        events = [
            ExecutionEvent(
                kind=draw.choice([EventKind.BROKEN_DOWN, EventKind.DELAYED]),
                vehicle_code=code,
                at=when,
                delay=timedelta(minutes=draw.choice([0, 30, 400])),
            )
            for code in codes[: draw.randint(0, 2)]
        ]
        most = draw.choice([0, 1, 3, None])
        budget = ChangeBudget(max_drivers=most, max_waybills=most)
        done = progress(plan, situation, events, when)
        now = situation_going_on(situation, done)
        limits = SolveLimits(seconds=60.0, max_iterations=10, seed=number)
        answer = Replanner(limits).replan(now, done.remaining, plan.consignments, budget)
        plan = assemble(now, answer.allocation, answer.routes)
        assert verify(plan, now).violations == ()
        kept = verify_replan(situation, done, now, plan, max_drivers=most, max_waybills=most)
        assert kept == ()
        situation = now
