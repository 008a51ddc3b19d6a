"""Hubs in plans: by hand, and for drawn cases through the verifier.

The case by hand is worked out in `tests.by_hub`.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.places import Tier
from relief.plan.certificate import Rule
from relief.plan.digest import plan_digest
from relief.plan.dispatch import plan_dispatch
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.handing_over import hands_over, hub_uses
from relief.plan.measures import serves_better
from relief.plan.outcome import SolveLimits
from relief.plan.reach import earliest_arrivals_s
from relief.plan.routes import Stop, StopKind, Trip
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.plan.verify import verify
from relief.supply.fleet import ConvoyRules
from solvers.agreement import Agreement
from solvers.transshipment.by_hubs import ByHubs
from solvers.transshipment.ways import HubWays, may_hand_over
from tests import situations as hand
from tests.by_hub import HEAVY, LIGHT, H, P, S, hub, over_the_bridge
from tests.relief.plan.test_verify_limits import dock

QUICK = SolveLimits(seconds=4, max_iterations=20)
HOUR = timedelta(hours=1)


def planned(situation: Situation, limits: SolveLimits = QUICK) -> DispatchPlan:
    """Return a plan, which the verifier has found good."""
    solver = ByHubs(limits)
    return plan_dispatch(situation, solver, solver)


def direct(situation: Situation, limits: SolveLimits = QUICK) -> DispatchPlan:
    solver = Agreement(limits)
    return plan_dispatch(situation, solver, solver)


def unloadings(plan: DispatchPlan, vehicle_code: str) -> list[tuple[StopKind, timedelta, int]]:
    """Return kind, end after the start and pieces of a vehicle's stops that load nothing."""
    return [
        (stop.kind, stop.end_at - plan.start_at, sum(line.pieces for line in stop.lines))
        for route in plan.vehicle_routes
        if route.vehicle_code == vehicle_code
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is not StopKind.LOAD
    ]


def test_goods_change_trucks_where_the_heavy_one_gets_no_farther() -> None:
    plan = planned(over_the_bridge())
    minute = timedelta(minutes=1)
    assert unloadings(plan, HEAVY) == [(StopKind.HAND_OVER, 225 * minute, 40)]
    assert unloadings(plan, LIGHT) == [
        (StopKind.DELIVER, 390 * minute, 20),
        (StopKind.DELIVER, 555 * minute, 20),
    ]
    assert plan.shortfalls == ()
    (consignment,) = plan.consignments
    assert (consignment.depot_code, consignment.hub_code, consignment.pieces) == (S, H, 40)
    (use,) = hub_uses(over_the_bridge(), plan)
    assert (use.hub_code, use.brought_pieces, use.fetched_pieces) == (H, 40, 40)
    assert (use.bringing_codes, use.onward_codes) == (("heavy",), ("light",))
    assert (use.shut_out_codes, use.place_codes) == (("heavy",), (P,))


def test_without_the_hub_the_light_truck_fetches_half_of_it_in_time() -> None:
    plan = direct(over_the_bridge(hubs=()))
    (short,) = plan.shortfalls
    assert short.late_pieces + short.missing_pieces == 20
    assert unloadings(plan, LIGHT)[0][1:] == (timedelta(hours=8, minutes=5), 20)


def test_the_bound_takes_account_of_hubs() -> None:
    # Rests left out, by the hub: 4:45 + 0:30 + 1 h + 0:15; directly: 3 h + 0:30 + 4 h + 0:15.
    by_hub, without = over_the_bridge(), over_the_bridge(hubs=())
    assert earliest_arrivals_s(by_hub)[P, "tent"] == 6.5 * 3600
    assert earliest_arrivals_s(without)[P, "tent"] == 7.75 * 3600
    assert planned(by_hub).deprivation_bound_milli_person_h == 0


@pytest.mark.parametrize("minutes", [600, 1_440])
def test_a_hub_that_takes_too_long_changes_nothing(minutes: int) -> None:
    slow = over_the_bridge(hubs=(hub(minutes=minutes),))
    plan = planned(slow)
    assert not hands_over(plan)
    without = direct(slow)
    assert plan.vehicle_routes == without.vehicle_routes
    assert plan.consignments == without.consignments


def test_where_all_trucks_get_everywhere_hubs_change_nothing() -> None:
    base = hand.two_depots_three_places()
    with_hubs = replace(base, hubs=(hub("420001-01"), hub("420112-01")))
    assert HubWays(with_hubs).restricted == frozenset()
    clock = iter(range(10**6)).__next__
    solver = ByHubs(QUICK, clock=lambda: float(clock()) / 1e4)
    plan = plan_dispatch(with_hubs, solver, solver)
    clock = iter(range(10**6)).__next__
    solver_too = Agreement(QUICK, clock=lambda: float(clock()) / 1e4)
    assert plan_digest(plan) == plan_digest(plan_dispatch(with_hubs, solver_too, solver_too))


def test_a_place_behind_the_hub_is_looked_at_only_where_something_comes_to_the_hub() -> None:
    base = over_the_bridge()
    assert HubWays(base).restricted == {P}
    # The heavy truck gets to the hub no more than to the place: nothing could change trucks there.
    times = base.travel.duration_h.copy()
    times[1, 0, 1] = times[1, 1, 0] = hand.INF
    cut = replace(base, travel=replace(base.travel, duration_h=times))
    assert HubWays(cut).restricted == frozenset()


def test_trucks_go_on_after_they_have_handed_over() -> None:
    # 40 more are needed within 48 h, 1 h beyond the hub, where the heavy truck gets, too: it goes
    # on there once it has handed its tents over.
    base = over_the_bridge()
    far, codes = "420002", (S, H, P, "420002")
    times = np.full((2, 4, 4), hand.INF)
    times[:, :3, :3] = base.travel.duration_h
    for layer in range(2):
        times[layer, 3, 3] = 0
        for row, hours in ((0, 4.0), (1, 1.0)):
            times[layer, row, 3] = times[layer, 3, row] = hours
    both = replace(
        base,
        places=(*base.places, hand.place(far)),
        needs=(*base.needs, hand.need(far, "tent", 40, due_h=48, milli_people_per_piece=3000)),
        travel=replace(base.travel, location_codes=codes, duration_h=times, distance_km=times * 50),
    )
    plan = planned(both)
    assert plan.shortfalls == ()
    kinds = [kind for kind, _, _ in unloadings(plan, HEAVY)]
    assert kinds == [StopKind.HAND_OVER, StopKind.DELIVER]


def test_bays_at_the_store_are_shared_by_both_parts_of_a_plan() -> None:
    # One truck at a time loads in the store.
    base = over_the_bridge()
    crowded = replace(
        base,
        pools=(replace(base.pools[0], num_vehicles=3), base.pools[1]),
        depot_limits=(dock(S, 1),),
    )
    plan = planned(crowded)
    assert hands_over(plan)
    assert plan.shortfalls == ()


def test_convoys_and_plans_that_go_on_are_made_without_hubs() -> None:
    base = over_the_bridge()
    assert may_hand_over(base)
    assert not may_hand_over(over_the_bridge(hubs=()))
    convoy = replace(base.policy, convoy=ConvoyRules(place_codes=(P,)))
    assert not may_hand_over(replace(base, policy=convoy))
    assert not may_hand_over(replace(base, as_of=base.start_at + HOUR))


def drawn(seed: int) -> Situation:
    """Return stores, hubs and places on a line of roads, some of which bear no heavy trucks."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    stores, hubs = ("420101-01", "420102-01"), ("420201-01", "420202-01")
    places = tuple(f"42030{number}" for number in range(1, draw.randint(2, 4)))
    codes = (*stores, *hubs, *places)
    num = len(codes)
    # Stores lie together, hubs and places beyond them.
    spots = [(draw.uniform(0, 1) + 4 * (code not in stores), draw.uniform(0, 3)) for code in codes]
    hours = np.array(
        [[round(abs(a[0] - b[0]) + abs(a[1] - b[1]), 2) for b in spots] for a in spots]
    )
    times = np.stack([hours, hours])
    for row in range(4, num):
        if draw.random() < 0.7:
            times[1, row, :] = times[1, :, row] = hand.INF
            times[1, row, row] = 0.0
    items = [hand.item("tent"), hand.item("food", mass_kg=5)]
    base = hand.situation(
        items=items,
        places=[hand.place(code) for code in places],
        needs=[
            hand.need(
                code,
                item.code,
                draw.randint(20, 80),
                due_h=draw.choice([12, 24, 48]),
                milli_people_per_piece=draw.choice([1000, 3000]),
            )
            for code in places
            for item in items
            if draw.random() < 0.8
        ],
        depots=[hand.depot(code, tier=Tier.PROVINCE) for code in stores]
        + [hand.depot(code) for code in hubs],
        lots=[
            hand.lot(f"{code}-{item.code}", code, item.code, draw.randint(0, 150))
            for code in (*stores, *draw.sample(hubs, 1))
            for item in items
        ],
        pools=[hand.pool(code, 1, class_code="any") for code in stores],
        classes=[hand.truck("any")],
        hours_between={},
    )
    base = replace(
        base,
        vehicle_classes=(
            replace(hand.truck("light", payload_kg=200), speed_class="light"),
            replace(hand.truck("heavy", payload_kg=1000), speed_class="heavy"),
        ),
        pools=(
            *(
                hand.pool(
                    code, draw.randint(1, 2), class_code="heavy", num_drivers=draw.choice([1, 2])
                )
                for code in stores
            ),
            *(
                hand.pool(code, draw.randint(1, 2), class_code="light", ready_min=30)
                for code in draw.sample(codes[:4], 2)
            ),
        ),
        travel=TravelTimes(
            location_codes=codes,
            speed_classes=("light", "heavy"),
            duration_h=times,
            distance_km=times * 50,
            network_name="hand-made",
            network_fingerprint="hand-made",
            approximate=True,
        ),
        hubs=tuple(hub(code, minutes=draw.choice([0, 30, 90])) for code in hubs),
    )
    if draw.random() < 0.4:
        docks = tuple(dock(code, draw.randint(1, 2)) for code in codes[:4])
        base = replace(base, depot_limits=docks)
    return base


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10**6))
def test_plans_by_hubs_are_good(seed: int) -> None:
    situation = drawn(seed)
    plan = planned(situation, SolveLimits(seconds=2, max_iterations=5))
    checks = {} if plan.certificate is None else dict(plan.certificate.checks)
    assert (checks[Rule.HUB] > 0) == hands_over(plan)
    assert all(use.fetched_pieces <= use.brought_pieces for use in hub_uses(situation, plan))


@pytest.mark.parametrize("seed", [8, 20, 36])
def test_where_light_trucks_are_busy_hubs_serve_people_better(seed: int) -> None:
    situation = drawn(seed)
    plan, without = planned(situation), direct(situation)
    assert hands_over(plan)
    assert serves_better(plan.score, without.score, situation.policy)
    # Of what is fetched nothing may be missing, and nothing may be fetched sooner.
    assert all(use.fetched_pieces == use.brought_pieces for use in hub_uses(situation, plan))
    for damaged in (less_brought(plan), brought_later(plan)):
        rules = {one.rule for one in verify(damaged, situation).violations}
        assert Rule.HUB in rules


def with_hand_overs(plan: DispatchPlan, change: Callable[[Stop], Stop]) -> DispatchPlan:
    """Return a plan with its hand-overs changed."""

    def changed(trip: Trip) -> Trip:
        return replace(
            trip,
            stops=tuple(
                change(stop) if stop.kind is StopKind.HAND_OVER else stop for stop in trip.stops
            ),
        )

    return replace(
        plan,
        vehicle_routes=tuple(
            replace(route, trips=tuple(changed(trip) for trip in route.trips))
            for route in plan.vehicle_routes
        ),
    )


def less_brought(plan: DispatchPlan) -> DispatchPlan:
    return with_hand_overs(
        plan,
        lambda stop: replace(
            stop, lines=tuple(replace(line, pieces=line.pieces - 1) for line in stop.lines)
        ),
    )


def brought_later(plan: DispatchPlan) -> DispatchPlan:
    return with_hand_overs(plan, lambda stop: replace(stop, end_at=stop.end_at + 24 * HOUR))
