"""Helicopters go where they serve most, by day, and are ready when they are there."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from relief.places import Place
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.supply.fleet import CarrierRules
from scenarios.moving_up import moved_up
from tests import situations as hand

FAR, NEAR, OTHER, P1, P2 = "420001-01", "420002-01", "420003-01", "420004", "420005"
CODES = (FAR, NEAR, OTHER, P1, P2)


def case(hours: dict[tuple[str, str], float], *, start_h: int = 0, ready_min: int = 0) -> Situation:
    """Return a situation whose helicopters take so long, there and back; it starts at 8:00."""
    table = np.full((1, 5, 5), np.inf)
    table[0, range(5), range(5)] = 0.0
    for (one, other), duration_h in hours.items():
        row, column = CODES.index(one), CODES.index(other)
        table[0, row, column] = table[0, column, row] = duration_h
    base = hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(P1), hand.place(P2)],
        needs=[],
        depots=[hand.depot(code) for code in (FAR, NEAR, OTHER)],
        lots=[hand.lot("N", NEAR, "tent", 9), hand.lot("O", OTHER, "tent", 9)],
        pools=[],
        hours_between={},
    )
    return replace(
        base,
        start_at=base.start_at + timedelta(hours=start_h),
        vehicle_classes=(replace(hand.truck("heli"), speed_class="helicopter", range_m=10**6),),
        pools=(hand.pool(FAR, 1, class_code="heli", ready_min=ready_min),),
        travel=TravelTimes(
            location_codes=CODES,
            speed_classes=("helicopter",),
            duration_h=table,
            distance_km=table * 200,
            network_name="hand-made",
            network_fingerprint="hand-made",
            approximate=True,
        ),
    )


def missed(situation: Situation) -> tuple[Place, ...]:
    return situation.places


def test_it_moves_to_where_it_serves_more() -> None:
    situation = case(
        {(FAR, P1): 1.0, (FAR, NEAR): 1.5, (NEAR, P1): 0.5, (NEAR, P2): 0.5}, ready_min=60
    )
    found = moved_up(situation, missed(situation))
    assert found.moves == ((FAR, NEAR),)
    (pool,) = found.pools
    assert (pool.base_code, pool.ready_after) == (NEAR, timedelta(hours=2.5))
    assert pool.source.endswith(f"moved up from {FAR}")


@pytest.mark.parametrize(
    "hours",
    [
        # As many places from its base, though farther off
        {(FAR, P1): 1.2, (FAR, NEAR): 0.1, (NEAR, P1): 0.1},
        # No way to the better depot
        {(FAR, P1): 1.2, (NEAR, P1): 0.1, (NEAR, P2): 0.1},
        # Nothing anywhere
        {(FAR, NEAR): 0.1},
    ],
    ids=["no more", "too far", "nothing"],
)
def test_it_stays_where_moving_is_of_no_use(hours: dict[tuple[str, str], float]) -> None:
    situation = case(hours)
    found = moved_up(situation, missed(situation))
    assert found.moves == ()
    assert found.pools == situation.pools


def test_of_two_as_good_the_sooner_first_round_counts() -> None:
    # By NEAR 1 + 2 x 0.5 = 2 h, by OTHER 0.4 + 2 x 0.7 = 1.8 h
    hours = {(FAR, NEAR): 1.0, (NEAR, P1): 0.5, (FAR, OTHER): 0.4, (OTHER, P1): 0.7}
    situation = case(hours)
    assert moved_up(situation, missed(situation)).moves == ((FAR, OTHER),)


def test_it_flies_there_by_day() -> None:
    hours = {(FAR, NEAR): 1.0, (NEAR, P1): 0.5}
    # From 20:00 on: it leaves at 6:00 and is there at 7:00.
    evening = case(hours, start_h=12)
    (pool,) = moved_up(evening, missed(evening)).pools
    assert pool.ready_after == timedelta(hours=11)
    night = replace(
        evening, policy=replace(evening.policy, carriers=CarrierRules(flies_at_night=True))
    )
    (pool,) = moved_up(night, missed(night)).pools
    assert pool.ready_after == timedelta(hours=1)


def test_those_that_meet_are_one_pool() -> None:
    situation = case({(FAR, NEAR): 1.0, (NEAR, P1): 0.5})
    there = hand.pool(NEAR, 2, class_code="heli", ready_min=30)
    both = replace(situation, pools=(there, *situation.pools))
    (pool,) = moved_up(both, missed(both)).pools
    assert (pool.base_code, pool.num_vehicles, pool.ready_after) == (NEAR, 3, timedelta(hours=1))


def test_trucks_stay() -> None:
    situation = case({(FAR, NEAR): 1.0, (NEAR, P1): 0.5})
    on_road = replace(situation.vehicle_classes[0], speed_class="light")
    trucks = replace(
        situation,
        vehicle_classes=(on_road,),
        travel=replace(situation.travel, speed_classes=("light",)),
    )
    assert moved_up(trucks, missed(trucks)).pools == trucks.pools
