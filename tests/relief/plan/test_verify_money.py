"""Damage done to money: pots that pay too much, too little, or for others.

The plan of `test_verify_offers.py` calls 30 tents for 23,700 fen. Province and city pay 60 and
40 %: 14,220 and 9,480 fen.
"""

from dataclasses import replace

import pytest

from relief.errors import InconsistentSituation
from relief.places import Evidence
from relief.plan.certificate import Rule
from relief.plan.situation import Situation
from relief.supply.money import Payment, Pot, can_pay, most_payable_fen, payments
from tests.relief.plan.plans import objections
from tests.relief.plan.test_verify_offers import TERMS, called_plan, under


def pot(code: str, most_fen: int, share_ppm: int) -> Pot:
    return Pot(
        code=code,
        name_zh=code,
        name_en=code,
        most_fen=most_fen,
        share_ppm=share_ppm,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def paying(province_fen: int = 14_220, city_fen: int = 9_480) -> Situation:
    pots = (pot("province", province_fen, 600_000), pot("city", city_fen, 400_000))
    return replace(under(TERMS), pots=pots)


def test_pots_pay_their_shares_to_the_fen() -> None:
    plan = called_plan(paying())
    assert [payment.paid_fen for payment in plan.payments] == [14_220, 9_480]
    assert objections(plan, paying()) == []


def test_a_pot_that_holds_a_fen_too_little_is_named() -> None:
    poor = paying(city_fen=9_479)
    assert objections(called_plan(poor), poor) == [(Rule.MONEY, "pot city", 9_480, 9_479)]


def test_payments_that_are_no_shares_or_no_sum_are_objected_to() -> None:
    rich = paying(20_000, 20_000)
    plan = called_plan(rich)

    def found(*paid: tuple[str, int]) -> list[tuple[Rule, str, int, int]]:
        wrong = tuple(Payment(pot_code=code, paid_fen=fen) for code, fen in paid)
        return objections(replace(plan, payments=wrong), rich)

    whole_fen = 1_000_000
    assert found(("province", 14_219), ("city", 9_481)) == [
        (Rule.MONEY, "pot province", whole_fen, 999_999),
        (Rule.MONEY, "pot city", whole_fen, 999_999),
    ]
    assert (Rule.MONEY, "pots", 23_699, 23_700) in found(("province", 14_219), ("city", 9_480))
    assert (Rule.MONEY, "pots", 0, 1) in found(("city", 9_480), ("province", 14_220))


def test_odd_fen_go_where_most_was_cut_off() -> None:
    thirds = (pot("a", 9, 333_333), pot("b", 9, 333_333), pot("c", 9, 333_334))
    # A third of 10 fen is 3.33: the last pot's share is a little larger, it pays the odd fen.
    assert [payment.paid_fen for payment in payments(thirds, 10)] == [3, 3, 4]
    assert can_pay(thirds, 26)
    assert not can_pay(thirds, 28)
    assert can_pay((), 10**12)
    assert most_payable_fen(()) is None


def test_shares_that_do_not_sum_to_one_are_told_with_all_else() -> None:
    wrong = (pot("a", -1, 500_000), pot("a", 5, 400_000))
    with pytest.raises(InconsistentSituation) as caught:
        replace(under(TERMS), pots=wrong)
    assert [(fault.where, fault.field, fault.value) for fault in caught.value.faults] == [
        ("pot a", "code", "a"),
        ("pot a", "most_fen, share_ppm", "-1, 500000"),
        ("pots", "share_ppm", "900000"),
    ]
