"""A plan with calls goes on: worked out by hand.

Of 100 tents under the agreement of `test_verify_offers.py` 30 are called: 40 were ready at once.
Ten hours later 12 of the 30 are loaded.
"""

from dataclasses import replace
from datetime import timedelta

from relief.plan.calls_made import with_calls_made
from relief.plan.certificate import Rule
from relief.plan.execution import progress
from relief.plan.going_on import situation_going_on
from relief.plan.situation import Situation
from relief.plan.verify_replan import verify_replan
from relief.supply.offers import PriceStep
from tests.relief.plan.test_verify_donations import GIFT, given, given_plan
from tests.relief.plan.test_verify_money import paying
from tests.relief.plan.test_verify_offers import TERMS, called_plan, under

TEN_H = timedelta(hours=10)


def loaded(situation: Situation, lot_code: str, pieces: int) -> Situation:
    return replace(
        situation,
        lots=tuple(
            replace(lot, pieces=lot.pieces - pieces) if lot.code == lot_code else lot
            for lot in situation.lots
        ),
    )


def test_what_is_called_is_stock_and_what_is_left_can_be_called_later() -> None:
    before = under(TERMS)
    plan = called_plan(before)
    now = with_calls_made(loaded(before, "AGR/1", 12), plan, before, TEN_H)
    lots = {lot.code: lot for lot in now.lots}
    first, second = lots["AGR/1"], lots["AGR/2"]
    # 30 were called of the first batch, 12 are gone; nothing was called of the second.
    assert (first.pieces, first.offer_code, first.ready_after) == (18, "", timedelta(0))
    assert second.pieces == 0
    (later,) = now.offers
    assert (later.code, later.reserved_pieces, later.least_call_pieces) == ("AGR.later", 70, 0)
    # Called now, ten hours after the start; the first ten at 5 yuan have been taken.
    assert later.notice == TEN_H
    assert later.prices == (PriceStep(from_pieces=0, piece_fen=400),)
    assert [lots[f"AGR.later/{n}"].pieces for n in (1, 2)] == [40, 30]
    assert lots["AGR.later/1"].ready_after == TEN_H


def test_who_has_called_nothing_keeps_the_least_call_and_the_price_steps() -> None:
    before = under(TERMS)
    nothing = replace(called_plan(before), consignments=())
    (later,) = with_calls_made(before, nothing, before, TEN_H).offers
    assert (later.reserved_pieces, later.least_call_pieces) == (100, 20)
    assert later.prices == TERMS.prices


def test_the_pots_have_paid() -> None:
    before = paying(20_000, 10_000)
    now = with_calls_made(before, called_plan(before), before, TEN_H)
    assert [pot.most_fen for pot in now.pots] == [20_000 - 14_220, 10_000 - 9_480]


def test_a_donation_that_nobody_accepted_in_time_is_gone() -> None:
    # It had to be accepted within two hours.
    before = given(GIFT)
    accepted = given_plan(before)
    ignored = replace(accepted, consignments=())
    assert with_calls_made(before, accepted, before, TEN_H).donations == (GIFT,)
    late = with_calls_made(before, ignored, before, TEN_H)
    assert (late.donations, [lot.code for lot in late.lots]) == ((), ["A-tent"])
    in_time = with_calls_made(before, ignored, before, timedelta(hours=2))
    assert in_time.donations == (GIFT,)


def test_without_agreements_nothing_changes() -> None:
    before = replace(under(TERMS), offers=(), lots=under(TERMS).lots[:1])
    plan = replace(called_plan(under(TERMS)), payments=())
    assert with_calls_made(before, plan, before, TEN_H) is before


def test_uncalled_goods_may_be_gone_but_none_may_appear() -> None:
    before = under(TERMS)
    plan = called_plan(before)
    at = before.start_at + timedelta(hours=1)
    done = progress(plan, before, (), at)
    now = with_calls_made(situation_going_on(before, done), plan, before, timedelta(hours=1))
    settled = replace(plan, vehicle_routes=())

    def objected(situation: Situation) -> list[tuple[Rule, str]]:
        found = verify_replan(before, done, situation, settled, max_drivers=None, max_waybills=None)
        return [(one.rule, one.subject) for one in found if one.subject.startswith("lot ")]

    assert objected(now) == []
    more = tuple(
        replace(lot, pieces=lot.pieces + 11) if lot.code == "AGR/1" else lot for lot in now.lots
    )
    # All 30 called of the batch of 40 are on the road; ten more may stay away, eleven may not come.
    assert objected(replace(now, lots=more)) == [(Rule.CARGO, "lot AGR/1")]
