"""Damage done to donations: given to the wrong place, accepted too late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.errors import InconsistentSituation
from relief.places import Evidence, Tier
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.situation import Situation
from relief.supply.donations import Donation
from tests.relief.plan.plans import P1, P2, B, good_plan, objections, reclaimed, with_line
from tests.situations import two_depots_three_places

GIFT = Donation(
    code="GIFT",
    donor_zh="善人",
    donor_en="A kind soul",
    depot_code=B,
    item_code="tent",
    pieces=40,
    place_codes=(P2,),
    accept_by=timedelta(hours=2),
    evidence=Evidence.MODELLED,
    source="hand-made",
)


def given(gift: Donation) -> Situation:
    """Return the situation with a donation instead of the lot in depot B."""
    base = two_depots_three_places()
    lots = gift.lots(base.policy.window_ends[-1])
    return replace(base, lots=(*base.lots[:1], *lots), donations=(gift,))


def given_plan(situation: Situation) -> DispatchPlan:
    """Return the good plan with the 30 tents from B to place 2 donated."""
    plan = good_plan()
    *others, last = plan.consignments
    plan = replace(plan, consignments=(*others, replace(last, lot_code="GIFT/1")))
    for number in (0, 1):
        plan = with_line(plan, 2, number, lambda line: replace(line, lot_code="GIFT/1"))
    return reclaimed(plan, situation)


@pytest.mark.parametrize("places", [(), (P2,), (P1, P2)])
def test_a_donation_may_go_to_whom_it_is_meant_for(places: tuple[str, ...]) -> None:
    situation = given(replace(GIFT, place_codes=places))
    plan = given_plan(situation)
    assert objections(plan, situation) == []
    # Given goods are the last tier: 30 x 10 kg x 6; nothing is paid for them.
    assert (plan.score.tier_g, plan.score.cost_fen) == (1_800_000, 200_000)


def test_a_donation_for_others_is_objected_to() -> None:
    situation = given(replace(GIFT, place_codes=(P1,)))
    assert objections(given_plan(situation), situation) == [
        (Rule.EARMARK, f"lot GIFT/1 to {P2}", 0, 1)
    ]


def test_a_county_stands_for_its_townships() -> None:
    assert GIFT.is_for(f"{P2}101")
    assert not replace(GIFT, place_codes=(f"{P2}101",)).is_for(P2)
    assert not GIFT.is_for(P1)


def test_an_offer_that_has_lapsed_or_comes_too_late_is_no_stock() -> None:
    assert replace(GIFT, accept_by=timedelta(seconds=-1)).lots(timedelta(hours=72)) == ()
    assert replace(GIFT, ready_after=timedelta(hours=72)).lots(timedelta(hours=72)) == ()
    (lot,) = GIFT.lots(timedelta(hours=72))
    assert (lot.code, lot.pieces, lot.owner, lot.offer_code) == ("GIFT/1", 40, Tier.DONOR, "GIFT")


def test_a_lapsed_donation_cannot_be_in_stock() -> None:
    good = given(GIFT)
    lapsed = replace(GIFT, accept_by=timedelta(hours=-1))
    with pytest.raises(InconsistentSituation, match="Not a batch"):
        replace(good, donations=(lapsed,))


def test_every_fault_of_a_donation_is_told_at_once() -> None:
    wrong = replace(GIFT, depot_code="nowhere", item_code="gold", pieces=0)
    with pytest.raises(InconsistentSituation) as caught:
        replace(two_depots_three_places(), donations=(wrong, wrong))
    assert [fault.field for fault in caught.value.faults][:4] == [
        "offers",
        "depot_code",
        "item_code",
        "pieces, ready_after",
    ]
