"""Nights in which no truck drives: the clock by hand, plans through the verifier, damage to them.

The good plan starts at 8:00 in Hubei: A1 drives from 0:30 to 1:30 and home from 1:45 to 2:45, A2 to
P2 from 0:30 to 2:30 and home from 3:05 to 6:05.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.fleet import DutyRules
from solvers.allocation.allocator import WindowAllocator
from solvers.routing.baseline import SavingsRouter
from solvers.routing.duty import DutyClock, night_of
from solvers.routing.pyvrp_router import PyvrpRouter
from tests.relief.plan.plans import TRUCK_A1, TRUCK_A2, TRUCK_B1, good_plan, objections, reclaimed
from tests.situations import two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation

HOUR_S = 3_600


def night(begins_h: float, ends_h: float) -> DutyRules:
    return DutyRules(night_begins=timedelta(hours=begins_h), night_ends=timedelta(hours=ends_h))


def at_night(situation: Situation, rules: DutyRules) -> Situation:
    return replace(situation, policy=replace(situation.policy, duty=rules))


def test_a_truck_stands_through_the_night() -> None:
    # From 0:30 on, night from 2:00 to 4:00: an hour and a half before it, the rest after it.
    clock = DutyClock(1_800, 1, DutyRules(), (2 * HOUR_S, 2 * HOUR_S))
    assert clock.drive(2 * HOUR_S) == ((5_400, 7_200),)
    assert clock.now_s == 4 * HOUR_S + 1_800
    # Two hours' standing is a rest.
    assert clock.continuous_s == 1_800


def test_who_is_ready_at_night_sets_out_in_the_morning() -> None:
    clock = DutyClock(3 * HOUR_S, 1, DutyRules(), (2 * HOUR_S, 2 * HOUR_S))
    assert clock.drive(600) == ((0, HOUR_S),)
    # The night comes every day, before the plan begins as well.
    before = DutyClock(3 * HOUR_S, 1, DutyRules(), (2 * HOUR_S - 24 * HOUR_S, 2 * HOUR_S))
    assert before.drive(600) == ((0, HOUR_S),)


@pytest.mark.parametrize(
    ("start", "begins_s"), [((2026, 7, 1, 0), -6 * HOUR_S), ((2026, 7, 1, 16), 2 * HOUR_S)]
)
def test_nights_are_those_of_hubei(start: tuple[int, int, int, int], begins_s: int) -> None:
    # 0:00 UTC is 8:00 in Hubei, six hours after the night from 2:00 began; 16:00 is midnight.
    start_at = datetime(*start, tzinfo=UTC)
    assert night_of(start_at, night(2, 5)) == (begins_s, 3 * HOUR_S)
    assert night_of(start_at, DutyRules()) is None


def test_driving_at_night_is_objected_to() -> None:
    base = two_depots_three_places()
    # From 9:00 to 10:00 in Hubei, 1:00 to 2:00: A1 drives 30 minutes and then 15, A2 and B1 all of
    # it. Of the next day, 25:00 to 26:00, B1 drives all: it is on its way home from 24:30 on.
    situation = at_night(base, night(9, 10))
    assert objections(reclaimed(good_plan(), situation), situation) == [
        (Rule.DUTY, f"truck {TRUCK_A1}", 45 * 60, 0),
        (Rule.DUTY, f"truck {TRUCK_A2}", HOUR_S, 0),
        (Rule.DUTY, f"truck {TRUCK_B1}", 2 * HOUR_S, 0),
    ]
    # From 2:00 to 5:00 nobody does: 18:00 to 21:00 and 42:00 to 45:00 after the start.
    quiet = at_night(base, night(2, 5))
    assert objections(reclaimed(good_plan(), quiet), quiet) == []


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.integers(min_value=0, max_value=10**6), st.sampled_from([(2, 5), (8, 12), (0, 6)]))
def test_plans_keep_the_nights(seed: int, hours: tuple[int, int]) -> None:
    situation = at_night(small_situation(seed), night(*hours))
    allocation = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    for router in (SavingsRouter(), PyvrpRouter(SolveLimits(seconds=60, max_iterations=3))):
        plan = assemble(situation, allocation, router.route(situation, allocation))
        assert verify(plan, situation).violations == ()
        bound = plan.deprivation_bound_milli_person_h
        assert bound is not None
        assert bound <= plan.score.deprivation_milli_person_h
