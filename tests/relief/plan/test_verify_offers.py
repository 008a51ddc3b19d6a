"""Damage done to calls on suppliers: too little, too much, too soon, wrongly paid.

The good plan of `plans.py` with its 30 tents from depot B called under an agreement instead: 100
are reserved there, at least 20 must be called, and 40 lie ready at once, the others after 24 h.
The first 10 cost 5 yuan each, the others 4, a call 100 yuan, and each tent left 10 fen: 30 tents
cost 5,000 + 20 x 400 + 10,000 + 70 x 10 = 23,700 fen besides the 200,000 fen of the trips.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.situation import Situation
from relief.supply.offers import Agreement, PriceStep
from tests.relief.plan.plans import P2, B, good_plan, objections, reclaimed, with_line
from tests.situations import agreement, offering, two_depots_three_places

TERMS = replace(
    agreement("AGR", B, "tent", 100, least_call_pieces=20, batch_pieces=40, period_h=24),
    prices=(PriceStep(from_pieces=0, piece_fen=500), PriceStep(from_pieces=10, piece_fen=400)),
    call_fen=10_000,
    uncalled_fen=10,
)


def under(terms: Agreement) -> Situation:
    """Return the situation with an agreement instead of the lot in depot B."""
    base = two_depots_three_places()
    return offering(replace(base, lots=base.lots[:1]), terms)


def called_plan(situation: Situation) -> DispatchPlan:
    """Return the good plan with its tents from B called."""
    plan = good_plan()
    *others, last = plan.consignments
    plan = replace(plan, consignments=(*others, replace(last, lot_code="AGR/1")))
    for number in (0, 1):
        plan = with_line(plan, 2, number, lambda line: replace(line, lot_code="AGR/1"))
    return reclaimed(plan, situation)


def test_a_call_within_its_terms_is_good_and_costs_what_they_say() -> None:
    plan = called_plan(under(TERMS))
    assert objections(plan, under(TERMS)) == []
    assert plan.score.cost_fen == 200_000 + 23_700
    # Tents from a supplier are the last tier: 30 x 10 kg x 5.
    assert plan.score.tier_g == 1_500_000


@pytest.mark.parametrize(("least", "objects"), [(30, False), (31, True)])
def test_less_than_the_least_call_is_objected_to(least: int, objects: bool) -> None:  # noqa: FBT001
    situation = under(replace(TERMS, least_call_pieces=least))
    expected = [(Rule.CALL, "agreement AGR", 30, 31)] if objects else []
    assert objections(called_plan(situation), situation) == expected


def test_more_than_is_reserved_is_objected_to() -> None:
    situation = under(replace(TERMS, reserved_pieces=29, batch_pieces=40))
    assert objections(called_plan(situation), situation) == [
        (Rule.STOCK, "lot AGR/1", 30, 29),
        (Rule.CALL, "agreement AGR", 30, 29),
        (Rule.CALL, "agreement AGR", 30, 29),
    ]


def test_a_supplier_is_not_asked_to_work_faster_than_agreed() -> None:
    # 25 of the 30 tents are in the first batch; the other 5 lie ready after 24 h only.
    situation = under(replace(TERMS, batch_pieces=25))
    assert objections(called_plan(situation), situation) == [
        (Rule.STOCK, "lot AGR/1", 30, 25),
        (Rule.CALL, "agreement AGR", 30, 25),
    ]


def test_goods_cannot_be_loaded_before_the_lead_time_is_over() -> None:
    # A lead time of a minute: truck B1 loads at the start.
    late = replace(TERMS, lead=timedelta(minutes=1))
    assert objections(called_plan(under(late)), under(late)) == [
        (Rule.READY, f"consignment AGR/1 to {P2}", 0, 60),
        (Rule.CALL, "agreement AGR", 30, 0),
    ]


def test_a_call_that_is_not_paid_for_is_objected_to() -> None:
    situation = under(TERMS)
    plan = called_plan(situation)
    unpaid = replace(plan, score=replace(plan.score, cost_fen=200_000))
    assert objections(unpaid, situation) == [
        (Rule.OBJECTIVE, f"plan {plan.plan_id}, cost", 200_000, 223_700)
    ]


def test_what_is_said_of_a_call_must_be_what_is_called() -> None:
    situation = under(TERMS)
    plan = called_plan(situation)
    (told,) = plan.calls
    subject = f"plan {plan.plan_id}"
    for wrong in (
        (replace(told, called_pieces=29),),
        (replace(told, cost_fen=0),),
        (),
        (told, told),
    ):
        assert objections(replace(plan, calls=wrong), situation) == [(Rule.CALL, subject, 0, 1)]
