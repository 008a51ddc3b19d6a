"""What could reach whom at best, by hand."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from relief.items import Priority
from relief.plan.measures import deprivation_milli_person_h
from relief.plan.reach import earliest_arrivals_s, unavoidable_milli_person_h
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from tests.relief.plan.plans import P1, P2, P3, A, B, good_plan
from tests.situations import lot, need, pool, two_depots_three_places

BASE = two_depots_three_places()
MINUTE = 60


def test_the_fastest_truck_over_the_nearest_stock() -> None:
    # Loading 30 min, 1 h or 2 h from A, unloading 15 min. No road to P3.
    assert earliest_arrivals_s(BASE) == {
        (P1, "tent"): 105 * MINUTE,
        (P2, "tent"): 165 * MINUTE,
        (P3, "tent"): UNREACHABLE_S,
    }


def test_trucks_come_from_their_base_when_they_are_ready() -> None:
    # Only B has a truck, ready after 10 min, with 5 h to A; rests are left out: 10 + 300 + 30 +
    # 60 + 15 min over A, against 10 + 30 + 300 + 15 min from B's own stock.
    situation = replace(BASE, pools=(pool(A, 0), pool(B, 1, ready_min=10)))
    assert earliest_arrivals_s(situation)[P1, "tent"] == 355 * MINUTE
    only_a = replace(situation, lots=(lot("A-tent", A, "tent", 60),))
    assert earliest_arrivals_s(only_a)[P1, "tent"] == 415 * MINUTE


def test_without_stock_or_trucks_nothing_arrives() -> None:
    no_trucks = replace(BASE, pools=())
    assert set(earliest_arrivals_s(no_trucks).values()) == {UNREACHABLE_S}
    old = tuple(replace(one, expires_on=date(2026, 7, 2)) for one in BASE.lots)
    assert set(earliest_arrivals_s(replace(BASE, lots=old)).values()) == {UNREACHABLE_S}


def test_a_cut_off_place_cannot_be_helped() -> None:
    assert unavoidable_milli_person_h(BASE) == 39_600_000


def test_what_is_not_there_cannot_be_given() -> None:
    # 160 tents for 100 + 40 + 30: ten are missing, best where they help least: at P2, for one
    # person of weight 1 each, 132 h.
    situation = replace(
        BASE,
        needs=(
            need(P1, "tent", 100),
            need(P2, "tent", 40, priority=Priority.COMFORT),
            need(P1, "tent", 30, due_h=72, milli_people_per_piece=5000),
        ),
    )
    assert unavoidable_milli_person_h(situation) == 10 * 1_000 * 132


def test_what_is_too_far_is_late() -> None:
    # The only truck gets ready after 22 h; the first tents come after 22 h 45 min + 1 h to P1,
    # in the second window, and to P2 after 24 h 45 min, in the third: 12 h and 36 h late.
    situation = replace(BASE, needs=BASE.needs[:2], pools=(pool(A, 1, ready_min=22 * 60),))
    assert unavoidable_milli_person_h(situation) == 50 * 30_000 * 12 + 40 * 30_000 * 36


def test_without_needs_nobody_waits() -> None:
    assert unavoidable_milli_person_h(replace(BASE, needs=())) == 0


@given(
    pieces=st.tuples(st.integers(1, 120), st.integers(1, 120)),
    stock=st.tuples(st.integers(0, 100), st.integers(0, 100)),
)
def test_no_plan_does_better_than_the_bound(
    pieces: tuple[int, int], stock: tuple[int, int]
) -> None:
    # The good routes, with what stock there is of what they carry, are never below the bound.
    def stocked(situation: Situation) -> Situation:
        lots = tuple(
            replace(one, pieces=num) for one, num in zip(situation.lots, stock, strict=True)
        )
        return replace(situation, lots=lots)

    first, second = pieces
    situation = stocked(replace(BASE, needs=(need(P1, "tent", first), need(P2, "tent", second))))
    routes = [
        one
        for one in good_plan().vehicle_routes
        if sum(line.pieces for line in one.trips[0].stops[0].lines)
        <= (stock[0] - 10 if one.base_code == A else stock[1])
    ]
    assert unavoidable_milli_person_h(situation) <= deprivation_milli_person_h(situation, routes)
