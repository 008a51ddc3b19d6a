"""Cures that raise a limit or hurry a supplier: worked out by hand, and held against a solution."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.places import Evidence
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.supply.limits import DepotLimit, ReceivingLimit
from relief.supply.money import Pot
from scenarios.cures import changed_by, cures
from scenarios.easing import (
    Easing,
    MoreLoading,
    MoreMoney,
    MoreRoom,
    SupplierSooner,
    eased,
    easing_described,
)
from scenarios.overlay import Change
from solvers.allocation.first_stage import first_stage
from solvers.stop import Deadline
from tests import situations as hand

A, P1 = "420001-01", "420001"
HOUR = timedelta(hours=1)


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=60), time.monotonic)


def one_road(needed: int, held: int, *, load_min: int = 30) -> Situation:
    """Tents of 10 kg for one person each, one hour away, trucks enough; due within 12 h.

    A tent that comes 12 h late costs 10 x 12 weighted person-hours, one that never comes
    10 x (60 + 72).
    """
    return hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(P1)],
        needs=[hand.need(P1, "tent", needed)],
        depots=[hand.depot(A)],
        lots=[hand.lot("A-tent", A, "tent", held)],
        pools=[hand.pool(A, 9)],
        classes=[hand.truck(load_min=load_min)],
        hours_between={(A, P1): 1, (P1, A): 1},
    )


def narrow_place() -> Situation:
    """A place that takes in 500 kg a day: 25 tents in 12 h, 25 by 24 h, the last 50 by 48 h."""
    room = ReceivingLimit(
        place_code=P1, most_g_per_day=500_000, evidence=Evidence.MODELLED, source="hand-made"
    )
    return replace(one_road(100, 100), receiving_limits=(room,))


def one_bay() -> Situation:
    """A depot that loads a truck of 100 tents in 4 h, one at a time: 300 of 500 within 12 h."""
    bay = DepotLimit(depot_code=A, most_trucks=1, evidence=Evidence.MODELLED, source="hand-made")
    return replace(one_road(500, 500, load_min=240), depot_limits=(bay,))


def empty_purse() -> Situation:
    """40 tents too few, and 10,000 yuan where each costs 1,000 from the supplier."""
    supplier = hand.agreement("AGR", A, "tent", 100, piece_fen=100_000)
    pots = [
        Pot(
            code=code,
            name_zh=code,
            name_en=code,
            most_fen=share_ppm,
            share_ppm=share_ppm,
            evidence=Evidence.MODELLED,
            source="hand-made",
        )
        for code, share_ppm in (("province", 600_000), ("city", 400_000))
    ]
    return replace(hand.offering(one_road(100, 60), supplier), pots=tuple(pots))


def slow_supplier() -> Situation:
    """40 tents too few, and a supplier who delivers after 80 h, beyond the last window."""
    supplier = hand.agreement("AGR", A, "tent", 100, lead_h=80)
    return hand.offering(one_road(100, 60), supplier)


EXPECTED: Mapping[str, tuple[Situation, Change | Easing, int]] = {
    # 25 tents 12 h late and 50 tents 36 h late are all in time.
    "room": (
        narrow_place(),
        MoreRoom(place_code=P1, added_g_per_day=20_000_000),
        25 * 10 * 12 + 50 * 10 * 36,
    ),
    # The 200 tents that come by 24 h come by 12 h.
    "bay": (one_bay(), MoreLoading(depot_code=A, added_trucks=1), 200 * 10 * 12),
    # Ten tents were paid already; the other 30 now are.
    "money": (empty_purse(), MoreMoney(added_fen=10_000_000), 30 * 10 * 132),
    # Ready after 40 h, there by 48 h: 36 h late instead of never.
    "supplier": (
        slow_supplier(),
        SupplierSooner(offer_code="AGR", within=40 * HOUR),
        40 * 10 * (132 - 36),
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_limit_that_binds_is_raised(name: str) -> None:
    situation, change, saved = EXPECTED[name]
    found = {cure.change: cure.saved_milli_person_h for cure in cures(situation, 9, soon())}
    assert found[change] == pytest.approx(saved * 1_000, rel=1e-6)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_said_holds_when_all_is_solved_from_nothing(name: str) -> None:
    situation, _, _ = EXPECTED[name]
    before = first_stage(situation, soon())
    found = cures(situation, 9, soon(), base=before)
    assert found
    for cure in found:
        after = first_stage(changed_by(situation, cure.change), soon())
        saved = before.reached_milli_h - after.reached_milli_h
        assert saved >= cure.saved_milli_person_h * (1 - 1e-6)


def test_a_limit_that_does_not_bind_is_left_alone() -> None:
    wide = replace(
        narrow_place().receiving_limits[0], most_g_per_day=narrow_place().needs[0].pieces * 20_000
    )
    situation = replace(one_road(100, 60), receiving_limits=(wide,))
    assert {type(cure.change).__name__ for cure in cures(situation, 9, soon())} == {"AddStock"}


def test_money_is_raised_by_the_shares_of_the_pots() -> None:
    after = eased(empty_purse(), MoreMoney(added_fen=101))
    # 61 and 40 of 101 fen: shares of 0.6 and 0.4, the fen that is left to who lost most.
    assert [pot.most_fen for pot in after.pots] == [600_061, 400_040]


def test_a_sooner_supplier_brings_its_batches_along() -> None:
    after = eased(slow_supplier(), SupplierSooner(offer_code="AGR", within=40 * HOUR))
    assert [(lot.code, lot.pieces, lot.ready_after) for lot in after.lots] == [
        ("A-tent", 60, 0 * HOUR),
        ("AGR/1", 100, 40 * HOUR),
    ]
    assert after.fingerprint() != slow_supplier().fingerprint()
    later = eased(after, SupplierSooner(offer_code="AGR", within=70 * HOUR))
    assert later.fingerprint() == after.fingerprint()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("room", f"地{P1} Place {P1} takes in 20.0 t a day more."),
        ("bay", f"Trucks that 库{A} Depot {A} loads at the same time: 1 more."),
        ("money", "The pots pay 100,000 yuan more, each its share."),
        (
            "supplier",
            (
                "供应商AGR Supplier AGR delivers the call (AGR) 40 h after its notice instead of "
                "after 80 h."
            ),
        ),
    ],
)
def test_a_raised_limit_is_told(name: str, told: str) -> None:
    situation, change, _ = EXPECTED[name]
    assert isinstance(change, Easing)
    assert str(easing_described(change, situation)) == told
