"""Punctuality on paper: the good plan of `tests.relief.plan.plans`, and times that scatter.

Its speed class has no stretches, so the deviation of each leg is 15 % of its time, shared by all of
the truck. Truck A1 is at P1 at 1:45, B1 at P2 at 6:05, both planned for the window of 12 h.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import log1p, sqrt
from statistics import NormalDist

import pytest

from geodata.roads import load_roads
from relief.plan.promises import promised_share
from relief.plan.routes import VehicleRoute
from relief.plan.situation import Situation
from scenarios.leg_spread import LegSpread, Spreads
from scenarios.punctuality import DayAgain, promises
from scenarios.simulate import simulate
from tests.relief.plan.plans import P2, at, good_plan
from tests.situations import two_depots_three_places

PLAN = good_plan()
BASE = two_depots_three_places()


def spreads(situation: Situation) -> Spreads:
    return Spreads(situation, (), load_roads())


def with_first_window(hours: int) -> Situation:
    ends = (timedelta(hours=hours), *BASE.policy.window_ends[1:])
    return replace(
        BASE,
        policy=replace(BASE.policy, window_ends=ends),
        needs=tuple(replace(need, due_at=at(hours)) for need in BASE.needs),
    )


def times_of(route: VehicleRoute, factor: float = 1.0) -> Sequence[float]:
    return [stop.leg.drive.total_seconds() * factor for trip in route.trips for stop in trip.stops]


def test_as_planned_the_day_is_as_planned() -> None:
    for route in PLAN.vehicle_routes:
        day = DayAgain(route, BASE, spreads(BASE))
        planned = [stop.end_at for trip in route.trips for stop in trip.stops]
        assert day.ends(times_of(route)) == planned


def test_a_slower_day_costs_its_rests_too() -> None:
    # B1 drives 5 h with one rest; at twice the time it drives 4 h, rests, 4 h, and has used up its
    # day: from 0:30 + 8 h 20 min on it stands until 24:30, then drives the last 2 h.
    route = PLAN.vehicle_routes[2]
    ends = DayAgain(route, BASE, spreads(BASE)).ends(times_of(route, 2.0))
    assert ends[-1] == at(26, 45)


def test_a_plan_with_time_to_spare_keeps_its_promise() -> None:
    promised = promises(PLAN.vehicle_routes, BASE, spreads(BASE))
    assert [one.on_time_share for one in promised] == [1.0, 1.0, 1.0]
    assert promised_share(promised) == 1.0
    assert promised_share(()) is None


def test_a_promise_is_the_share_of_the_log_normal_that_is_in_time() -> None:
    # The first window ends at 6 h; A1 and A2 are there by 2:45. B1 is planned for 6:05, so for the
    # second window. With a window of 7 h it may drive 5 h 55 min instead of 5 h: a factor of 1.183.
    situation = with_first_window(7)
    last = promises(PLAN.vehicle_routes, situation, spreads(situation))[-1]
    assert (last.place_code, last.planned_at, last.until_at) == (P2, at(6, 5), at(7))
    variance_log = log1p(0.15**2)
    score = (log1p(11 / 60) + variance_log / 2) / sqrt(variance_log)
    # With all legs of a truck sharing one deviation the sum is exactly this log-normal.
    assert abs(last.on_time_share - NormalDist().cdf(score)) <= 1 / 40 + 0.01
    assert promises(PLAN.vehicle_routes, with_first_window(6), spreads(BASE))[-1].until_at == at(24)


@pytest.mark.parametrize("hours", [7, 12])
def test_drawn_days_are_as_punctual_as_promised(hours: int) -> None:
    situation = with_first_window(hours)
    found = simulate(PLAN.vehicle_routes, situation, spreads(situation), num_draws=400, seed=1)
    assert found.num_draws == 400
    assert abs(found.promised_share - found.simulated_share) <= 0.03
    for promise, share in zip(found.promised, found.on_time_shares, strict=True):
        assert abs(promise.on_time_share - share) <= 0.06


def test_the_same_seed_draws_the_same_days() -> None:
    situation = with_first_window(7)
    one, other = (
        simulate(PLAN.vehicle_routes, situation, spreads(situation), num_draws=20, seed=3)
        for _ in range(2)
    )
    assert one == other


def test_waiting_takes_up_a_delay() -> None:
    # A2 waits two hours at P2 before it unloads; being half an hour late then costs nothing.
    route = PLAN.vehicle_routes[1]
    stop = route.trips[0].stops[1]
    late = replace(
        stop, begin_at=stop.begin_at + timedelta(hours=2), end_at=stop.end_at + timedelta(hours=2)
    )
    trip = replace(route.trips[0], stops=(route.trips[0].stops[0], late))
    waiting = replace(route, trips=(trip,))
    day = DayAgain(waiting, BASE, spreads(BASE))
    assert day.ends(times_of(waiting, 1.25))[-1] == at(4, 45)
    assert day.ends(times_of(waiting, 2.5))[-1] == at(5, 45) + timedelta(minutes=20)


def test_a_leg_without_a_road_scatters_by_one_share() -> None:
    route = PLAN.vehicle_routes[0]
    leg = route.trips[0].stops[1].leg
    assert spreads(BASE).of(route, leg) == LegSpread(mean_s=3600.0, own_s=540.0, shared_s=540.0)
