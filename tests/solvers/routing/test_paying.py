"""Trips that no pot can pay for are not made: by hand, and for drawn cases through the verifier."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from relief.places import STORE_TIERS, Evidence, Tier
from relief.plan.allocation import ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.money import Pot
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.couplings import model_of
from solvers.allocation.transport_money import TransportMoney, with_transport_money
from solvers.allocation.trucks import planned_trucks
from solvers.routing.baseline import SavingsRouter
from tests.situations import two_depots_three_places
from tests.solvers.allocation.coupling_checks import assert_consistent
from tests.solvers.allocation.small_cases import small_situation

SEEDS = st.integers(min_value=0, max_value=10**6)


def pot(code: str, most_fen: int, shares: dict[Tier, int], *, calls_ppm: int) -> Pot:
    return Pot(
        code=code,
        name_zh=code,
        name_en=code,
        most_fen=most_fen,
        share_ppm=calls_ppm,
        evidence=Evidence.MODELLED,
        source="hand-made",
        transport_shares_ppm=tuple(shares.items()),
    )


def planned(situation: Situation) -> DispatchPlan:
    allocation = WindowAllocator(SolveLimits(seconds=60)).allocate(situation)
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    assert verify(plan, situation).violations == ()
    bound = plan.deprivation_bound_milli_person_h
    assert bound is not None
    assert bound <= plan.score.deprivation_milli_person_h
    return plan


def test_without_money_for_a_tier_its_trucks_stay() -> None:
    # County depot A's trips to places 1 and 2 cost 90,000 fen, as in `tests.relief.plan.plans`;
    # those of the province's depot B more than it has. The 30 tents from there never come.
    base = two_depots_three_places()
    everyone = {Tier.COUNTY: 1_000_000, Tier.PROVINCE: 1_000_000}
    rich = replace(base, pots=(pot("rich", 10**9, everyone, calls_ppm=1_000_000),))
    assert planned(rich).payments[0].paid_fen == planned(base).score.cost_fen
    pots = (
        pot("county", 10**9, {Tier.COUNTY: 1_000_000}, calls_ppm=1_000_000),
        pot("province", 100, {Tier.PROVINCE: 1_000_000}, calls_ppm=0),
    )
    plan = planned(replace(base, pots=pots))
    assert {route.base_code for route in plan.vehicle_routes if route.trips} == {"420001-01"}
    assert plan.payments[1].paid_fen == 0
    assert sum(one.missing_pieces for one in plan.shortfalls) == 10 + 30


def test_money_is_told_as_the_reason_where_the_routing_gives_trips_up() -> None:
    # Half of what the trips cost is there. Whoever is given up hears that it is the money.
    base = two_depots_three_places()
    shares = {Tier.COUNTY: 1_000_000, Tier.PROVINCE: 1_000_000}
    half = planned(base).score.cost_fen // 2
    situation = replace(base, pots=(pot("only", half, shares, calls_ppm=1_000_000),))
    allocation = WindowAllocator(SolveLimits(seconds=60)).allocate(base)
    routes = SavingsRouter().route(situation, allocation)
    assert {one.reason for one in routes.undelivered} == {ShortfallReason.MONEY}
    plan = assemble(situation, allocation, routes)
    assert plan.payments[0].paid_fen <= half
    told = {str(one.because) for one in plan.shortfalls if one.reason is ShortfallReason.MONEY}
    assert told
    assert all("the money for their transport is spent" in because for because in told)


def drawn(seed: int) -> Situation:
    situation = small_situation(seed)
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    first = {tier: draw.choice([0, 300_000, 1_000_000]) for tier in STORE_TIERS[:3]}
    second = {tier: 1_000_000 - share for tier, share in first.items()}
    return replace(
        situation,
        pots=(
            pot("a", draw.choice([0, 30_000, 10**6]), first, calls_ppm=400_000),
            pot("b", draw.choice([0, 30_000, 10**6]), second, calls_ppm=600_000),
        ),
    )


@settings(derandomize=True, deadline=None, max_examples=15)
@given(SEEDS)
def test_drawn_plans_can_be_paid(seed: int) -> None:
    planned(drawn(seed))


def test_the_coupling_says_the_same_thing_three_times() -> None:
    for seed in (1, 2, 5):
        case = case_of(drawn(seed))
        terms = planned_trucks(case)
        model = with_transport_money(model_of(case, terms))
        (money,) = (each for each in model.couplings if isinstance(each, TransportMoney))
        assert_consistent(money, case, terms)
