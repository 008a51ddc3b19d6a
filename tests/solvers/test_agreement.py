"""Allocation and routing together: what the trucks cannot carry is sourced anew."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.errors import Stopped
from relief.plan.allocation import Allocation
from relief.plan.dispatch import plan_dispatch
from relief.plan.outcome import ProgressStep, SolveLimits
from relief.plan.policy import Objective, PolicyStage
from relief.plan.situation import Situation
from relief.supply.fleet import DutyRules
from solvers.agreement import Agreement, may_be_spared, may_source_anew
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.demand import Load
from solvers.routing.open_search import (
    OpenProcess,
    driven,
    search_open,
    trips_of,
    untouched,
)
from solvers.routing.pyvrp_router import PyvrpRouter
from solvers.routing.timeline import PlannedTrip
from solvers.routing.worth import Service
from tests.situations import depot, item, lot, need, place, pool, situation
from tests.solvers.routing.cases import allocation, consignment, drawn_case, out_of_reach

LIMITS = SolveLimits(seconds=60.0, seed=3, max_iterations=10)
A, B, P, Q = "420001-01", "420002-01", "420001", "420002"


class Fixed:
    """An allocator that always says the same."""

    def __init__(self, answer: Allocation) -> None:
        self._answer = answer

    def allocate(self, case: Situation) -> Allocation:
        del case
        return self._answer


def near_and_far(*, far_h: float = 100.0) -> Situation:
    """Return depot A an hour from place P, B far off, ten tents in each, and a truck at A."""
    return situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", 10)],
        depots=[depot(A), depot(B)],
        lots=[lot("LA", A, "tent", 10), lot("LB", B, "tent", 10)],
        pools=[pool(A, 1)],
        hours_between={
            (A, P): 1.0,
            (P, A): 1.0,
            (A, B): far_h,
            (B, A): far_h,
            (B, P): far_h,
            (P, B): far_h,
        },
    )


def test_what_no_truck_can_fetch_comes_from_elsewhere() -> None:
    case = near_and_far()
    asked = allocation(consignment("LB", "tent", P, 10, depot_code=B))
    agreement = Agreement(LIMITS, allocator=Fixed(asked))
    plan = plan_dispatch(case, agreement, agreement)
    assert plan.score.deprivation_milli_person_h == 0
    assert [(one.lot_code, one.pieces, one.window) for one in plan.consignments] == [("LA", 10, 0)]


def test_a_process_beside_finds_the_same() -> None:
    case = near_and_far()
    asked = allocation(consignment("LB", "tent", P, 10, depot_code=B))
    agreement = Agreement(LIMITS, allocator=Fixed(asked), large_needs=1)
    plan = plan_dispatch(case, agreement, agreement)
    assert plan.score.deprivation_milli_person_h == 0
    assert [(one.lot_code, one.pieces, one.window) for one in plan.consignments] == [("LA", 10, 0)]


def test_without_the_process_beside_the_trips_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenProcess, "trips", lambda *_: None)
    case, _ = drawn_case(11)
    agreement = Agreement(LIMITS, allocator=NearestAllocator(), large_needs=0)
    alone = plan_dispatch(case, agreement, agreement)
    in_turn = plan_dispatch(case, NearestAllocator(), PyvrpRouter(LIMITS))
    assert alone.score.deprivation_milli_person_h <= in_turn.score.deprivation_milli_person_h


def two_waves(*, slack_share: float = 0.0) -> Situation:
    """Return tents due after 12 h and after 24 h at a place an hour away, and two trucks."""
    case = situation(
        items=[item("tent", volume_dm3=400)],
        places=[place(P)],
        needs=[need(P, "tent", 20, due_h=12), need(P, "tent", 10, due_h=24)],
        depots=[depot(A)],
        lots=[lot("LA", A, "tent", 30)],
        pools=[pool(A, 2)],
        hours_between={(A, P): 1.0, (P, A): 1.0},
    )
    stages = (
        PolicyStage(objective=Objective.DEPRIVATION, slack_share=slack_share),
        PolicyStage(objective=Objective.COST, slack_share=0.0),
    )
    return replace(case, policy=replace(case.policy, stages=stages))


def test_what_a_policy_lets_go_of_deprivation_is_spared() -> None:
    # Thirty tents of 400 dm3 fill a truck of 10 m3 once and a fifth: two trips either way.
    strict, easy = two_waves(), two_waves(slack_share=0.5)
    plans = []
    for case in (strict, easy):
        agreement = Agreement(LIMITS, allocator=NearestAllocator(), large_needs=0)
        plans.append(plan_dispatch(case, agreement, agreement))
    assert plans[0].score.deprivation_milli_person_h == 0
    assert plans[1].score.cost_fen == plans[0].score.cost_fen
    assert not plans[0].shortfalls
    assert not plans[1].shortfalls


def test_no_more_than_is_asked_for_is_paid_for() -> None:
    # If nobody need be served, one of the two trips is not made. (Each side of the map is given a
    # part of what may be spared, too little for the other trip.)
    case = two_waves()
    nothing = untouched(case).service()
    limits = replace(LIMITS, max_iterations=100)
    agreement = Agreement(limits, allocator=NearestAllocator(), large_needs=0, enough=nothing)
    plan = plan_dispatch(case, agreement, agreement)
    every = Agreement(limits, allocator=NearestAllocator(), large_needs=0)
    assert plan.score.cost_fen * 2 <= plan_dispatch(case, every, every).score.cost_fen
    assert 0 < plan.score.deprivation_milli_person_h <= nothing.lost_milli_person_h


@given(seed=st.integers(0, 10_000), share=st.floats(0.0, 0.5))
@settings(max_examples=5, deadline=None)
def test_a_plan_for_less_is_as_good_as_asked_for(seed: int, share: float) -> None:
    case, _ = drawn_case(seed)
    plain = Agreement(LIMITS, allocator=NearestAllocator())
    best = plan_dispatch(case, plain, plain)
    lost = best.score.deprivation_milli_person_h
    never = untouched(case).service()
    enough = Service(
        lost_milli_person_h=lost + int(share * (never.lost_milli_person_h - lost)),
        waiting=never.waiting,
    )
    agreement = Agreement(LIMITS, allocator=NearestAllocator(), large_needs=0, enough=enough)
    plan = plan_dispatch(case, agreement, agreement)
    least = max(lost, enough.lost_milli_person_h)
    assert plan.score.deprivation_milli_person_h <= least


def test_rules_that_the_compiled_search_does_not_know_keep_it_from_being_started() -> None:
    case = near_and_far()
    assert may_be_spared(case)
    night = DutyRules(night_begins=timedelta(hours=2), night_ends=timedelta(hours=5))
    assert not may_be_spared(replace(case, policy=replace(case.policy, duty=night)))


def test_what_the_process_beside_finds_is_driven_again() -> None:
    case, _ = drawn_case(2)
    limits = SolveLimits(seconds=60.0, seed=1, max_iterations=5)
    work = untouched(case)
    search_open(work, limits)
    with OpenProcess(case, limits) as beside:
        trips = beside.trips(60.0)
    assert trips == trips_of(work.timelines)
    assert driven(case, trips).worth() == work.worth()


def test_the_process_beside_ends_with_what_it_has_when_it_is_asked() -> None:
    # It may work for an hour; asked at once, it has either served some needs or none.
    case, _ = drawn_case(2)
    nothing = untouched(case).worth()
    with OpenProcess(case, SolveLimits(seconds=3_600.0, seed=1)) as beside:
        trips = beside.trips(60.0)
    assert trips is not None
    found = driven(case, trips)
    assert found.worth().lost_milli_person_h <= nothing.lost_milli_person_h
    assert found.is_in_time()


def test_what_would_come_after_the_last_window_is_left_behind() -> None:
    # From A an hour to P and on to Q, which lies 100 h away: within 72 h only P is served, and the
    # truck, freed of the way to Q, goes on with its second trip to P.
    case = out_of_reach()
    idle = untouched(case)
    depot_at = int(idle.stock.depots[0])
    to_p, to_q = (one.place for one in idle.demand.portions)

    def drop(at: int, number: int, pieces: int) -> tuple[Load, ...]:
        return (idle.demand.load(depot_at, at, ((number, pieces),)),)

    round_trip = PlannedTrip(depots=(depot_at,), drops=(drop(to_p, 0, 5), drop(to_q, 1, 8)))
    second = PlannedTrip(depots=(depot_at,), drops=(drop(to_p, 0, 3),))
    work = driven(case, ((round_trip, second),))
    assert not work.is_in_time()
    work.leave_late()
    assert work.is_in_time()
    assert [trip.drops for trip in work.timelines[0].trips] == [round_trip.drops[:1], second.drops]
    assert work.backlog.left_at(to_q) == ((1, 8),)
    assert work.backlog.left_at(to_p) == ()


def test_stock_that_several_places_want_is_given_out_once() -> None:
    # Ten tents, two places that need eight each: six of the sixteen pieces stay short.
    ways = {(A, P): 1.0, (P, A): 1.0, (A, Q): 1.0, (Q, A): 1.0, (P, Q): 0.5, (Q, P): 0.5}
    case = situation(
        items=[item("tent")],
        places=[place(P), place(Q)],
        needs=[need(P, "tent", 8), need(Q, "tent", 8)],
        depots=[depot(A)],
        lots=[lot("LA", A, "tent", 10)],
        pools=[pool(A, 2)],
        hours_between=ways,
    )
    agreement = Agreement(LIMITS, allocator=Fixed(allocation()))
    plan = plan_dispatch(case, agreement, agreement)
    assert sum(one.pieces for one in plan.consignments) == 10
    assert sum(short.missing_pieces for short in plan.shortfalls) == 6


def test_where_orders_bind_the_sourcing_stands() -> None:
    case = near_and_far()
    asked = allocation(consignment("LB", "tent", P, 10, depot_code=B))
    late = replace(case, as_of=case.start_at)
    assert may_source_anew(case)
    assert not may_source_anew(late)
    agreement = Agreement(LIMITS, allocator=Fixed(asked))
    assert agreement.allocate(late) is asked
    assert agreement.route(late, asked).vehicle_routes == ()


def test_another_allocation_is_routed_anew() -> None:
    case = near_and_far()
    agreement = Agreement(LIMITS, allocator=NearestAllocator())
    agreement.allocate(case)
    other = allocation(consignment("LA", "tent", P, 4))
    routes = agreement.route(case, other)
    (route,) = routes.vehicle_routes
    assert [line.pieces for stop in route.trips[0].stops for line in stop.lines] == [4, 4]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_a_drawn_plan_holds_and_is_no_worse_than_one_stage_after_the_other(seed: int) -> None:
    case, _ = drawn_case(seed)
    agreement = Agreement(LIMITS, allocator=NearestAllocator())
    plan = plan_dispatch(case, agreement, agreement)
    in_turn = plan_dispatch(case, NearestAllocator(), PyvrpRouter(LIMITS))
    assert plan.score.deprivation_milli_person_h <= in_turn.score.deprivation_milli_person_h


def test_the_bound_of_the_allocation_holds_for_the_agreed_plan() -> None:
    case, _ = drawn_case(5)
    agreement = Agreement(LIMITS)
    plan = plan_dispatch(case, agreement, agreement)
    bound = plan.deprivation_bound_milli_person_h
    assert bound == WindowAllocator(LIMITS).allocate(case).deprivation_bound_milli_person_h
    assert bound is not None
    assert bound <= plan.score.deprivation_milli_person_h


def test_a_person_can_stop_the_sourcing() -> None:
    case = near_and_far()
    asked = allocation(consignment("LB", "tent", P, 10, depot_code=B))

    def stop(step: ProgressStep) -> None:
        if step.detail == "sourced anew":
            raise Stopped

    agreement = Agreement(LIMITS, progress=stop, allocator=Fixed(asked))
    with pytest.raises(Stopped):
        agreement.allocate(case)
