"""Agreements: batches, what a call costs, and terms that contradict themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.errors import InconsistentSituation
from relief.places import Tier
from relief.supply.offers import Agreement, PriceStep, agreement_faults
from tests.situations import agreement, offering, two_depots_three_places

A = "420001-01"
HOUR = timedelta(hours=1)
RAMP = agreement(
    "AGR", A, "tent", 100, notice_h=2, lead_h=10, batch_pieces=40, period_h=6, piece_fen=500
)
"""100 tents: 40 after 12 h, 40 more after 18 h, the last 20 after 24 h."""


def test_a_ramp_is_released_batch_by_batch() -> None:
    batches = RAMP.batches(until=72 * HOUR)
    assert [(lot.code, lot.pieces, lot.ready_after // HOUR) for lot in batches] == [
        ("AGR/1", 40, 12),
        ("AGR/2", 40, 18),
        ("AGR/3", 20, 24),
    ]
    assert {(lot.owner, lot.depot_code, lot.offer_code) for lot in batches} == {
        (Tier.SUPPLIER, A, "AGR")
    }


def test_what_lies_ready_at_the_end_or_later_is_no_batch() -> None:
    assert [lot.pieces for lot in RAMP.batches(until=18 * HOUR)] == [40]
    assert RAMP.batches(until=12 * HOUR) == ()


@pytest.mark.parametrize(
    ("after_h", "pieces"), [(0, 0), (11.9, 0), (12, 40), (17.9, 40), (18, 80), (24, 100), (99, 100)]
)
def test_ready_pieces_add_up(after_h: float, pieces: int) -> None:
    assert RAMP.ready_pieces(timedelta(hours=after_h)) == pieces


@given(
    reserved=st.integers(1, 500),
    batch=st.integers(1, 500),
    notice_h=st.integers(0, 30),
    period_h=st.integers(1, 12),
    until_h=st.integers(0, 100),
)
def test_batches_and_ready_pieces_tell_the_same(
    reserved: int, batch: int, notice_h: int, period_h: int, until_h: int
) -> None:
    one = agreement(
        "AGR", A, "tent", reserved, notice_h=notice_h, batch_pieces=batch, period_h=period_h
    )
    until = until_h * HOUR
    released = sum(lot.pieces for lot in one.batches(until))
    assert released == one.ready_pieces(until - timedelta(seconds=1))


def test_a_call_costs_its_steps_its_fee_and_what_it_leaves() -> None:
    # 10 at 5 yuan, 15 at 4 yuan: 50 + 60 yuan; 100 yuan a call; 75 left at 1 yuan each.
    priced = replace(
        RAMP,
        prices=(PriceStep(from_pieces=0, piece_fen=500), PriceStep(from_pieces=10, piece_fen=400)),
        call_fen=10_000,
        uncalled_fen=100,
    )
    assert priced.cost_fen(25) == 5_000 + 6_000 + 10_000 + 7_500
    assert priced.cost_fen(5) == 2_500 + 10_000 + 9_500
    assert priced.cost_fen(0) == 0


@pytest.mark.parametrize(
    ("field", "damaged"),
    [
        ("least_call_pieces", replace(RAMP, least_call_pieces=101)),
        ("least_call_pieces", replace(RAMP, least_call_pieces=-1)),
        ("reserved_pieces, batch_pieces", replace(RAMP, batch_pieces=0)),
        ("batch_pieces", replace(RAMP, reserved_pieces=1001, batch_pieces=1)),
        ("notice, lead, batch_period", replace(RAMP, lead=timedelta(seconds=-1))),
        ("notice, lead, batch_period", replace(RAMP, notice=timedelta(milliseconds=1))),
        ("notice, lead, batch_period", replace(RAMP, batch_period=timedelta(0))),
        ("prices", replace(RAMP, prices=())),
        ("prices", replace(RAMP, prices=(PriceStep(from_pieces=5, piece_fen=1),))),
        ("prices", replace(RAMP, call_fen=-1)),
    ],
)
def test_terms_that_contradict_themselves_are_named(field: str, damaged: Agreement) -> None:
    assert [fault.field for fault in agreement_faults(damaged)] == [field]


def test_a_situation_tells_every_fault_of_its_offers_at_once() -> None:
    base = two_depots_three_places()
    ghost = agreement("G", "999999-01", "boat", 10, least_call_pieces=11)
    with pytest.raises(InconsistentSituation) as caught:
        replace(base, offers=(ghost, RAMP, RAMP))
    assert [(fault.where, fault.field) for fault in caught.value.faults] == [
        ("hand-made", "offers"),
        ("agreement G", "least_call_pieces"),
        ("agreement G", "depot_code"),
        ("agreement G", "item_code"),
    ]


def test_a_batch_may_shrink_but_not_grow_or_come_sooner() -> None:
    good = offering(two_depots_three_places(), RAMP)
    *others, last = good.lots
    assert replace(good, lots=(*others, replace(last, pieces=1))).lots[-1].pieces == 1
    for wrong in (
        replace(last, pieces=21),
        replace(last, ready_after=23 * HOUR),
        replace(last, offer_code="nobody"),
        replace(last, owner=Tier.COUNTY),
    ):
        with pytest.raises(InconsistentSituation, match="Not a batch"):
            replace(good, lots=(*others, wrong))
