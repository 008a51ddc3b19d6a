"""Goods on board that go elsewhere by choice, worked out on paper.

The good plan at 1:00: A1 is on its way to P1 with 50 tents, there at 1:30. P2, an hour from P1,
needs 20 tents more by 24 h, for nine people each, and no tent is left in stock. P1 counts three
people a tent and 132 h from 12 h to never: 30,000 x 132 = 3.96 m a tent; P2 90,000 x 120 = 10.8 m.
"""

from dataclasses import replace

import pytest

from relief.plan.certificate import Rule
from relief.plan.change import Fate
from relief.plan.verify_replan import verify_replan
from solvers.replanning.budget import ChangeBudget
from tests.relief.plan.plans import P1, P2, TRUCK_A1, WAYBILL_A1, at
from tests.situations import need, travel, two_depots_three_places
from tests.solvers.replanning.test_replanner import ANY, NONE, Case

FULL = two_depots_three_places()
CUT_OFF = 39_600_000
"""What P3 goes without in any case."""
ONE = ChangeBudget(max_drivers=1, max_waybills=1)


def case(budget: ChangeBudget, *, people: int = 9, left: int = 0, due_h: int = 24) -> Case:
    base = replace(FULL, lots=(FULL.lots[0], replace(FULL.lots[1], pieces=30 + left)))
    more = need(P2, "tent", 20, due_h=due_h, milli_people_per_piece=people * 1_000)
    return Case(budget, when=at(1), base=base, now=replace(base, needs=(*base.needs, more)))


def test_goods_go_where_they_save_more() -> None:
    redirected = case(ONE)
    assert redirected.delivered(TRUCK_A1) == [(P1, 30), (P2, 20)]
    assert (redirected.answer.num_drivers, redirected.answer.num_waybills) == (1, 1)
    # 20 tents fewer for P1 instead of 20 fewer for P2.
    assert redirected.plan.score.deprivation_milli_person_h == CUT_OFF + 20 * 3_960_000
    change = next(v for v in redirected.change.vehicles if v.vehicle_code == TRUCK_A1)
    assert [(one.number, one.fate) for one in change.waybills] == [
        (f"{WAYBILL_A1}-R1", Fate.CHANGED)
    ]


@pytest.mark.parametrize(
    "budget",
    [
        NONE,
        ChangeBudget(max_drivers=0),
        ChangeBudget(max_waybills=0),
    ],
)
def test_without_a_budget_goods_go_where_they_were_bound(budget: ChangeBudget) -> None:
    kept = case(budget)
    assert kept.delivered(TRUCK_A1) == [(P1, 50)]
    assert kept.change.called == ()
    assert kept.plan.score.deprivation_milli_person_h == CUT_OFF + 20 * 10_800_000


def test_nothing_is_redirected_for_less() -> None:
    # One person a tent at P2: 10,000 x 120 is less than P1 would lose.
    assert case(ANY, people=1).delivered(TRUCK_A1) == [(P1, 50)]
    # Three: 30,000 x 120 is less, too, because it is due later.
    assert case(ANY, people=3).delivered(TRUCK_A1) == [(P1, 50)]


def test_stock_that_is_left_is_sent_first() -> None:
    # 20 tents in B: they come to P2 within 48 h, and nobody's goods need to go elsewhere.
    served = case(ANY, left=20, due_h=48)
    assert served.delivered(TRUCK_A1)[0] == (P1, 50)
    fates = {one.fate for vehicle in served.change.vehicles for one in vehicle.waybills}
    assert fates == {Fate.KEPT, Fate.NEW}
    assert served.plan.score.deprivation_milli_person_h == CUT_OFF


def test_goods_are_not_sent_where_no_road_leads() -> None:
    base = replace(FULL, lots=(FULL.lots[0], replace(FULL.lots[1], pieces=30)))
    hours = {
        (one, other): 1.0
        for one in base.travel.location_codes
        for other in base.travel.location_codes
        if one != other and "420003" not in (one, other) and (one, other) != (P1, P2)
    }
    cut = replace(
        base,
        travel=travel(hours, base.travel.location_codes),
        needs=(*base.needs, need(P2, "tent", 20, due_h=24, milli_people_per_piece=9_000)),
    )
    assert Case(ANY, when=at(1), base=base, now=cut).delivered(TRUCK_A1)[0] == (P1, 50)


def test_the_verifier_counts_what_is_redirected() -> None:
    redirected = case(ONE)
    before = replace(redirected.situation, under_way=(), as_of=None)
    told = verify_replan(
        replace(before, lots=case(NONE).situation.lots),
        redirected.done,
        redirected.situation,
        redirected.plan,
        max_drivers=0,
        max_waybills=0,
    )
    assert sorted(v.unit for v in told if v.rule is Rule.BUDGET) == ["drivers", "waybills"]
    # Goods that vanish on the way are a broken commitment, budget or not.
    routes = tuple(
        replace(
            route,
            trips=tuple(
                replace(
                    trip,
                    stops=tuple(
                        replace(s, lines=tuple(replace(x, pieces=10) for x in s.lines))
                        for s in trip.stops
                    ),
                )
                for trip in route.trips
            ),
        )
        if route.vehicle_code == TRUCK_A1
        else route
        for route in redirected.plan.vehicle_routes
    )
    told = verify_replan(
        replace(before, lots=case(NONE).situation.lots),
        redirected.done,
        redirected.situation,
        replace(redirected.plan, vehicle_routes=routes),
        max_drivers=None,
        max_waybills=None,
    )
    assert any("has begun and is changed" in str(v.sentence) for v in told)
