"""Damage done to money: pots that pay too much, too little, or for others.

The plan of `test_verify_offers.py` calls 30 tents for 23,700 fen. Province and city pay 60 and
40 %: 14,220 and 9,480 fen.
"""

from dataclasses import replace

import pytest

from relief.errors import InconsistentSituation
from relief.places import Evidence, Tier
from relief.plan.assembly import transport_fen
from relief.plan.certificate import Rule
from relief.plan.situation import Situation
from relief.supply.money import (
    Payment,
    Pot,
    can_pay,
    most_payable_fen,
    payments,
    pot_faults,
)
from tests.relief.plan.plans import good_plan, objections, reclaimed
from tests.relief.plan.test_verify_offers import TERMS, called_plan, under
from tests.situations import two_depots_three_places


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


def test_pots_pay_for_the_transport_of_each_tier() -> None:
    # The good plan drives for 170,000 fen and 30,000 for its trips: 100 km, 250 km and two trips
    # from county depot A make 70,000 + 20,000; 500 km and a trip from provincial depot B 110,000.
    # The county pays half of its own and a fifth of the province's: 45,000 + 22,000 fen; the
    # province the rest, 45,000 + 88,000. Nothing is called.
    pots = (
        replace(
            pot("county", 67_000, 0),
            transport_shares_ppm=((Tier.COUNTY, 500_000), (Tier.PROVINCE, 200_000)),
        ),
        replace(
            pot("province", 133_000, 1_000_000),
            transport_shares_ppm=((Tier.COUNTY, 500_000), (Tier.PROVINCE, 800_000)),
        ),
    )
    situation = replace(two_depots_three_places(), pots=pots)
    plan = reclaimed(good_plan(), situation)
    paid = payments(pots, 0, transport_fen(situation, plan.vehicle_routes))
    assert [payment.paid_fen for payment in paid] == [67_000, 133_000]
    assert objections(replace(plan, payments=paid), situation) == []
    poor = replace(situation, pots=(replace(pots[0], most_fen=66_999), pots[1]))
    poorer = replace(reclaimed(good_plan(), poor), payments=paid)
    assert objections(poorer, poor) == [(Rule.MONEY, "pot county", 67_000, 66_999)]
    # Who is not to pay for calls alone pays too much by what another pays too little.
    wrong = (replace(paid[0], paid_fen=66_997), replace(paid[1], paid_fen=133_003))
    found = objections(replace(plan, payments=wrong), situation)
    assert [(rule, subject) for rule, subject, *_ in found] == [
        (Rule.MONEY, "pot county"),
        (Rule.MONEY, "pot province"),
        (Rule.MONEY, "pot province"),
    ]


def test_shares_of_transport_that_are_no_whole_are_told_by_tier() -> None:
    short = replace(
        pot("only", 5, 1_000_000),
        transport_shares_ppm=((Tier.COUNTY, 999_999), (Tier.CITY, 1_000_000)),
    )
    assert [fault.field for fault in pot_faults((short,))] == ["transport_shares_ppm county"]


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
