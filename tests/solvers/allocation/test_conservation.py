"""What must hold for every allocation, whoever made it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.allocation import Allocation, Allocator
from relief.plan.outcome import SolveLimits, Termination
from relief.plan.situation import Situation
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.shortfalls import served_by
from tests.situations import two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation

ALLOCATORS = [WindowAllocator(SolveLimits(seconds=60)), NearestAllocator()]
SEEDS = st.integers(min_value=0, max_value=10**6)


@pytest.mark.parametrize("allocator", ALLOCATORS, ids=lambda a: type(a).__name__)
@settings(derandomize=True, deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_goods_are_conserved(allocator: Allocator, seed: int) -> None:
    situation = small_situation(seed)
    answer = allocator.allocate(situation)
    assert_stock_is_kept(situation, answer)
    assert_needs_are_kept(situation, answer)
    assert_shortfalls_add_up(situation, answer)


def assert_stock_is_kept(situation: Situation, answer: Allocation) -> None:
    lots = {lot.code: lot for lot in situation.usable_lots()}
    drawn: Counter[str] = Counter()
    for one in answer.consignments:
        lot = lots[one.lot_code]
        assert (one.depot_code, one.item_code) == (lot.depot_code, lot.item_code)
        # Plain numbers: they end up in documents.
        assert type(one.pieces) is int
        assert type(one.window) is int
        assert one.pieces >= 1
        drawn[one.lot_code] += one.pieces
    assert all(pieces <= lots[code].available_pieces for code, pieces in drawn.items())
    keys = [(one.lot_code, one.place_code, one.window) for one in answer.consignments]
    assert len(keys) == len(set(keys))


def assert_needs_are_kept(situation: Situation, answer: Allocation) -> None:
    wanted: Counter[tuple[str, str]] = Counter()
    for need in situation.needs:
        wanted[need.place_code, need.item_code] += need.pieces
    for one in answer.consignments:
        wanted[one.place_code, one.item_code] -= one.pieces
    assert all(left >= 0 for left in wanted.values())


def assert_shortfalls_add_up(situation: Situation, answer: Allocation) -> None:
    shortfalls = {(s.place_code, s.item_code, s.due_at): s for s in answer.shortfalls}
    assert len(shortfalls) == len(answer.shortfalls)
    for served in served_by(situation, answer.consignments):
        need = served.need
        short = shortfalls.pop((need.place_code, need.item_code, need.due_at), None)
        late = served.late_pieces(situation)
        if short is None:
            assert (served.missing_pieces, late) == (0, 0)
        else:
            assert (short.missing_pieces, short.late_pieces) == (served.missing_pieces, late)
            assert str(short.because)
    assert not shortfalls


def test_the_baseline_serves_the_nearest_first_and_proves_nothing() -> None:
    answer = NearestAllocator(clock=lambda: 0.0).allocate(two_depots_three_places())
    assert answer.report.termination is Termination.BASELINE
    assert answer.deprivation_bound_milli_person_h is None
    # Place 1 takes its 50 from A, an hour away; place 2 A's last ten and 30 from B.
    assert [(one.lot_code, one.place_code, one.pieces) for one in answer.consignments] == [
        ("A-tent", "420001", 50),
        ("A-tent", "420002", 10),
        ("B-tent", "420002", 30),
    ]


def test_the_baseline_has_nothing_to_do_without_needs_stock_or_trucks() -> None:
    whole = two_depots_three_places()
    for case in (replace(whole, needs=()), replace(whole, lots=()), replace(whole, pools=())):
        assert NearestAllocator().allocate(case).consignments == ()
