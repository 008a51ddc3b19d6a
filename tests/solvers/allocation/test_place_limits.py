"""Limits of places in the model: against the plain one, three times alike, and by hand."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.places import Evidence
from relief.plan.allocation import ShortfallReason
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.supply.donations import Donation
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.case import case_of
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import least_deprivation
from solvers.allocation.loading_rate import LoadingRate
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.place_limits import LoadingTime, ReceivingRoom, open_s, within_room
from solvers.allocation.trucks import relaxed_trucks
from solvers.stop import Deadline
from tests.relief.plan.test_verify_limits import dock, room
from tests.situations import two_depots_three_places
from tests.solvers.allocation.coupling_checks import assert_consistent
from tests.solvers.allocation.plain_model import plain_optimum
from tests.solvers.allocation.small_cases import small_situation

BASE = two_depots_three_places()
HOUR_S = 3600.0
SEEDS = st.integers(min_value=0, max_value=10**6)


def limited(seed: int) -> Situation:
    """Return a small situation whose first two places take in little, and all depots load one."""
    situation = small_situation(seed)
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    return replace(
        situation,
        depot_limits=tuple(dock(depot.code, 1, 7 * 60, 19 * 60) for depot in situation.depots),
        receiving_limits=tuple(
            room(place.code, draw.choice([0, 200, 2_000])) for place in situation.places[:2]
        ),
    )


def rated(seed: int) -> Situation:
    """Return a small situation whose depots bring little an hour to their trucks."""
    situation = small_situation(seed)
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    return replace(
        situation,
        depot_limits=tuple(
            replace(dock(depot.code, 9), most_g_per_h=draw.choice([5_000, 20_000, 100_000]))
            for depot in situation.depots
        ),
        # Trucks that load at once leave the rate as the only limit of a depot.
        vehicle_classes=tuple(replace(kind, load_s=0) for kind in situation.vehicle_classes),
    )


@settings(derandomize=True, deadline=None, max_examples=50)
@given(SEEDS, st.booleans())
def test_the_fast_model_takes_in_what_the_plain_one_does(
    seed: int,
    has_rates: bool,  # noqa: FBT001 - drawn
) -> None:
    situation = rated(seed) if has_rates else replace(limited(seed), depot_limits=())
    if not situation.needs:
        return
    case = case_of(situation)
    terms = relaxed_trucks(case)
    master = RestrictedMaster(model_of(case, terms), first_columns(case, terms))
    found = least_deprivation(
        master, Deadline.starting_now(SolveLimits(seconds=60)), enough_gap=0.0
    )
    plain = plain_optimum(situation)
    assert found.answer.deprivation_milli_h == pytest.approx(plain, rel=1e-6, abs=1.0)
    assert found.bound is not None
    assert found.bound <= plain + 1.0 + 1e-6 * plain


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_couplings_say_the_same_thing_three_times(seed: int) -> None:
    case = case_of(limited(seed))
    terms = relaxed_trucks(case)
    rate_case = case_of(rated(seed))
    rate = LoadingRate.of(rate_case, relaxed_trucks(rate_case))
    assert rate is not None
    assert_consistent(rate, rate_case, relaxed_trucks(rate_case))
    for maker in (ReceivingRoom.of, LoadingTime.of):
        coupling = maker(case, terms)
        assert coupling is not None
        assert_consistent(coupling, case, terms)
        assert maker(case_of(small_situation(seed)), terms) is None


def test_loading_hours_are_those_in_which_the_depot_is_open() -> None:
    # The plan starts at 8:00 in Hubei. Open from 7:00 to 19:00: 11 h today, 12 h on each other day.
    case = case_of(BASE)
    limit = dock("420001-01", 2, 7 * 60, 19 * 60)
    assert [open_s(case, limit, hours * HOUR_S) / HOUR_S for hours in (5, 12, 24, 48)] == [
        5.0,
        11.0,
        12.0,
        24.0,
    ]
    assert open_s(case, dock("420001-01"), 30 * HOUR_S) == 30 * HOUR_S


def test_a_truckload_takes_the_loading_time_of_a_truck() -> None:
    # Trucks of 1 t and 10 m3 load in 30 min; a tent of 10 kg and 50 dm3 takes 1/100 and 1/200 of
    # it. Two trucks at once: 24 h of loading in the first window of 12 h.
    case = case_of(replace(BASE, depot_limits=(dock("420001-01", 2),)))
    coupling = LoadingTime.of(case, relaxed_trucks(case))
    assert coupling is not None
    assert coupling.share_of_piece[:, 0].tolist() == pytest.approx([0.005, 0.0025])
    assert coupling.limits.reshape(2, 4)[0].tolist() == [24.0, 48.0, 96.0, 144.0]


def test_whole_pieces_move_to_the_windows_that_have_room() -> None:
    # Place 2 takes 100 kg in 12 h and 200 kg in 24 h: of 60 tents of 10 kg 10, 10, 20 and 20 fit.
    case = case_of(replace(BASE, receiving_limits=(room("420002", 200),)))
    stock, place = 0, case.place_codes.index("420002")
    assert within_room(case, {(stock, place, 0): 60}) == {
        (stock, place, 0): 10,
        (stock, place, 1): 10,
        (stock, place, 2): 20,
        (stock, place, 3): 20,
    }
    assert sum(within_room(case, {(stock, place, 2): 60}).values()) == 40
    assert within_room(case, {(stock, 0, 0): 60}) == {(stock, 0, 0): 60}


def test_a_full_place_is_the_reason_where_it_is() -> None:
    situation = replace(BASE, receiving_limits=(room("420002", 200),))
    for allocator in (NearestAllocator(), WindowAllocator(SolveLimits(seconds=60))):
        (short,) = (
            one for one in allocator.allocate(situation).shortfalls if one.place_code == "420002"
        )
        # 10 tents fit in each of the first windows and 20 in the third: 30 come late.
        assert (short.late_pieces, short.reason) == (30, ShortfallReason.RECEIVING)


def test_what_is_meant_for_others_is_no_reason_to_blame_the_trucks() -> None:
    gift = Donation(
        code="GIFT",
        donor_zh="善人",
        donor_en="A kind soul",
        depot_code="420112-01",
        item_code="tent",
        pieces=90,
        place_codes=("420003",),
        evidence=Evidence.MODELLED,
        source="hand-made",
    )
    lots = (*BASE.lots[:1], *gift.lots(BASE.policy.window_ends[-1]))
    shortfalls = NearestAllocator().allocate(replace(BASE, lots=lots, donations=(gift,))).shortfalls
    reasons = {one.place_code: one.reason for one in shortfalls}
    assert reasons["420002"] is ShortfallReason.NO_STOCK
