"""Boats, helicopters and porters in the allocation and the routing: the bound stays a bound."""

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.assembly import assemble
from relief.plan.outcome import SolveLimits
from relief.plan.policy import PlanningPolicy
from relief.plan.reach import unavoidable_milli_person_h
from relief.plan.routes import StopKind
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.fleet import OFF_ROAD, CarrierRules, Mode
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.case import case_of
from solvers.allocation.soonest import soonest_arrivals_s
from solvers.allocation.trucks import SERVICES_PER_DEPOT, planned_trucks, relaxed_trucks
from solvers.routing.baseline import SavingsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from tests import situations as hand
from tests.relief.plan.three_ways import P1, P2, P3, three_ways
from tests.solvers.allocation.small_cases import small_situation

SEEDS = st.integers(min_value=0, max_value=10**6)
KM_H = {"helicopter": 200.0, "boat": 20.0, "foot": 10.0}


def with_carriers(base: Situation, seed: int) -> Situation:
    """Return the situation with vehicles that reach what trucks do not, or not at once.

    One of the places is cut off for trucks. Helicopters go from depot to depot within their range
    and from there to places within half of it; boats and porters go between some pairs.
    """
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    travel = base.travel
    depots = {depot.code for depot in base.depots}
    is_depot = np.array([code in depots for code in travel.location_codes])
    size = len(is_depot)
    cut = draw.choice([row for row in range(size) if not is_depot[row]])
    on_road = travel.duration_h.copy()
    on_road[:, cut], on_road[:, :, cut] = np.inf, np.inf
    on_road[:, cut, cut] = 0.0
    spots = np.array([(draw.uniform(0, 400), draw.uniform(0, 400)) for _ in range(size)])
    straight_km = np.hypot(*(spots[:, None] - spots[None, :]).transpose(2, 0, 1))
    layers_km = []
    for mode in OFF_ROAD.values():
        km = straight_km.copy()
        if mode is Mode.AIR:
            range_km = draw.choice([300.0, 600.0])
            both = is_depot[:, None] & is_depot[None, :]
            one = is_depot[:, None] ^ is_depot[None, :]
            km[~(both & (km <= range_km)) & ~(one & (2 * km <= range_km))] = np.inf
        else:
            km[np.array([[draw.random() < 0.5 for _ in range(size)] for _ in range(size)])] = np.inf
        np.fill_diagonal(km, 0.0)
        layers_km.append(km)
    hours = [km / KM_H[name] for name, km in zip(OFF_ROAD, layers_km, strict=True)]
    kinds = [
        replace(
            hand.truck(name, payload_kg=draw.choice([300, 900])),
            speed_class=name,
            # The range of the last draw is the largest that any leg may need.
            range_m=700_000 if mode is Mode.AIR else 0,
        )
        for name, mode in OFF_ROAD.items()
    ]
    return replace(
        base,
        start_at=base.start_at,
        vehicle_classes=(*base.vehicle_classes, *kinds),
        pools=(
            *base.pools,
            *(
                hand.pool(
                    draw.choice(sorted(depots)),
                    draw.randint(1, 2),
                    class_code=kind.code,
                    ready_min=draw.choice([0, 120]),
                )
                for kind in kinds
            ),
        ),
        policy=replace(base.policy, carriers=CarrierRules(flies_at_night=draw.random() < 0.5)),
        travel=replace(
            travel,
            speed_classes=(*travel.speed_classes, *OFF_ROAD),
            duration_h=np.concatenate([on_road, np.array(hours)]),
            distance_km=np.concatenate(
                [np.where(np.isfinite(on_road), travel.distance_km, np.inf), np.array(layers_km)]
            ),
        ),
    )


@settings(derandomize=True, deadline=None, max_examples=25)
@given(SEEDS)
def test_no_routed_plan_undercuts_the_bound(seed: int) -> None:
    # Lines of flight would have to be shorter than the travel says: all points are the same here.
    situation = with_carriers(small_situation(seed), seed)
    proven = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    assert proven.deprivation_bound_milli_person_h is not None
    for allocation in (proven, NearestAllocator().allocate(situation)):
        plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
        assert [str(one.sentence) for one in verify(plan, situation).violations] == []
        assert plan.score.deprivation_milli_person_h >= proven.deprivation_bound_milli_person_h
        assert plan.score.deprivation_milli_person_h >= unavoidable_milli_person_h(situation)


def test_a_helicopter_gets_farther_by_way_of_a_depot() -> None:
    """Two flights of 200 km reach a place that one of 400 km does not: the bound must know."""
    base = hand.situation(
        items=[hand.item("tent")],
        places=[hand.place("420003")],
        needs=[hand.need("420003", "tent", 10)],
        depots=[hand.depot("420001-01"), hand.depot("420002-01")],
        lots=[hand.lot("A", "420001-01", "tent", 10), hand.lot("B", "420002-01", "tent", 4)],
        pools=[],
        hours_between={},
        classes=[replace(hand.truck("heli"), range_m=400_000)],
    )
    hours = np.full((1, 3, 3), np.inf)
    hours[0, range(3), range(3)] = 0.0
    # A - B - place
    for one, other in ((0, 1), (1, 0), (1, 2), (2, 1)):
        hours[0, one, other] = 1.0
    situation = replace(
        base,
        vehicle_classes=(replace(base.vehicle_classes[0], speed_class="helicopter"),),
        pools=(hand.pool("420001-01", 1, class_code="heli"),),
        travel=replace(
            base.travel, speed_classes=("helicopter",), duration_h=hours, distance_km=hours * 200
        ),
    )
    # The four of B fly in time; the ten of A might by way of B, which no bound may deny.
    assert unavoidable_milli_person_h(situation) == 0
    for allocator in (WindowAllocator(SolveLimits(seconds=10)), NearestAllocator()):
        allocation = allocator.allocate(situation)
        assert allocation.deprivation_bound_milli_person_h in (0, None)
        # But nobody counts on it.
        sent = {one.lot_code: one.pieces for one in allocation.consignments}
        assert sent == {"B": 4}


def test_nothing_lands_before_dawn() -> None:
    # From 20:00 in Hubei on helicopters arrive from 6:00 on, boats and porters at any hour.
    base = three_ways()
    evening = base.start_at + timedelta(hours=12)
    needs = tuple(replace(need, due_at=need.due_at + timedelta(hours=12)) for need in base.needs)
    case = case_of(replace(base, start_at=evening, needs=needs))
    arrive_h = soonest_arrivals_s(case, relaxed_trucks(case)) / 3600
    # Loading half an hour, 1 h by boat or 3 h on foot, unloading a quarter
    assert arrive_h.tolist() == [[10.0, 1.75, 3.75]]
    day = case_of(base)
    assert (soonest_arrivals_s(day, relaxed_trucks(day)) / 3600).tolist() == [[1.25, 1.75, 3.75]]


def test_pools_off_the_road_have_services_of_their_own() -> None:
    case = case_of(three_ways())
    terms = planned_trucks(case)
    # The truck's region, and three pools; the truck reaches nothing, the others a place each.
    assert terms.num_groups == 4
    assert terms.group_of.shape == (1, 4)
    assert SERVICES_PER_DEPOT >= 1
    reached = np.isfinite(terms.arrive_s[0])
    assert sorted(reached.sum(axis=1).tolist()) == [0, 1, 1, 1]
    assert reached.any(axis=0).all()


@pytest.mark.parametrize("router", ["savings", "pyvrp"])
def test_all_three_carry(router: str) -> None:
    # 100 tents of 10 kg each: one flight of 1,000 kg, two voyages of 500 kg, three walks of 400.
    situation = three_ways(tents=100)
    limits = SolveLimits(seconds=20, max_iterations=20)
    allocation = WindowAllocator(limits).allocate(situation)
    routing = SavingsRouter() if router == "savings" else PyvrpRouter(limits)
    plan = assemble(situation, allocation, routing.route(situation, allocation))
    assert verify(plan, situation).holds
    trips = {route.class_code: len(route.trips) for route in plan.vehicle_routes}
    assert trips["heli"] == 1
    assert trips["boat"] == 2
    delivered = {
        stop.location_code: route.class_code
        for route in plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.DELIVER
    }
    assert delivered == {P1: "heli", P2: "boat", P3: "team"}


def test_an_evening_plan_flies_in_the_morning() -> None:
    # From 20:00 in Hubei on: ready at once, but the first flight leaves at 6:00.
    base = three_ways()
    evening = base.start_at + timedelta(hours=12)
    needs = tuple(replace(need, due_at=need.due_at + timedelta(hours=12)) for need in base.needs)
    situation = replace(base, start_at=evening, needs=needs)
    allocation = WindowAllocator(SolveLimits(seconds=10)).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    assert verify(plan, situation).holds
    (flight,) = (
        stop
        for route in plan.vehicle_routes
        if route.class_code == "heli"
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.DELIVER
    )
    assert flight.leg.depart_at - evening == timedelta(hours=10)
    # Half an hour there, 15 minutes to unload
    assert flight.end_at - evening == timedelta(hours=10, minutes=45)
    awake = replace(
        situation,
        policy=PlanningPolicy(carriers=CarrierRules(flies_at_night=True)),
    )
    allocation = WindowAllocator(SolveLimits(seconds=10)).allocate(awake)
    plan = assemble(awake, allocation, SavingsRouter().route(awake, allocation))
    assert verify(plan, awake).holds
    ends = [
        trip.stops[-1].end_at - evening
        for route in plan.vehicle_routes
        if route.class_code == "heli"
        for trip in route.trips
    ]
    # Loading takes half an hour
    assert ends == [timedelta(hours=1, minutes=15)]
