"""Measures by hand arithmetic, on the good plan of `tests.relief.plan.plans` and its variants."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.items import Priority
from relief.places import PlaceKind, Tier
from relief.plan import measures
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.hauls import TierHaul, hauls_by_depot, hauls_by_owner
from relief.plan.measures import PeopleServed, WindowCoverage
from relief.plan.reach import avoidable_milli_person_h
from relief.plan.routes import VehicleRoute
from relief.plan.situation import Situation
from relief.plan.verify import verify
from tests.relief.plan.plans import (
    P1,
    P2,
    P3,
    TRUCK_A1,
    at,
    deliver,
    good_plan,
    lasting,
    leg,
    load,
    reclaimed,
    route,
    shortfall,
    tents,
    with_stop,
)
from tests.situations import need, place, two_depots_three_places

BASE = two_depots_three_places()
GOOD = good_plan()
ROUTES = GOOD.vehicle_routes
EMPTY = replace(BASE, needs=())


def late_at_p2(*, hours: int) -> tuple[VehicleRoute, ...]:
    """Return the good routes with B's 30 tents for P2 unloaded only then."""
    plan = with_stop(GOOD, 2, 1, lambda one: replace(one, end_at=at(hours)))
    return plan.vehicle_routes


def test_needs_are_served_in_the_order_of_the_situation() -> None:
    first, second, third = measures.served_needs(BASE, ROUTES)
    assert [one.need.place_code for one in (first, second, third)] == [P1, P2, P3]
    assert first.arrived_pieces == (50, 0, 0, 0)
    assert second.arrived_pieces == (40, 0, 0, 0)
    assert third.arrived_pieces == (0, 0, 0, 0)
    assert third.missing_pieces == 10


def test_the_earlier_need_is_filled_first() -> None:
    # 10 tents for P2 in the first window, 30 in the third. Due after 24 h: 5, after 12 h: 35.
    situation = replace(BASE, needs=(need(P2, "tent", 5, due_h=24), need(P2, "tent", 35, due_h=12)))
    second, first = measures.served_needs(situation, late_at_p2(hours=36))
    assert first.arrived_pieces == (10, 0, 25, 0)
    assert first.late_pieces(situation) == 25
    assert second.arrived_pieces == (0, 0, 5, 0)
    assert second.late_pieces(situation) == 5


def test_an_early_piece_may_wait_for_a_later_need() -> None:
    situation = replace(BASE, needs=(need(P1, "tent", 20), need(P1, "tent", 30, due_h=72)))
    first, second = measures.served_needs(situation, ROUTES)
    assert first.arrived_pieces == (20, 0, 0, 0)
    assert second.arrived_pieces == (30, 0, 0, 0)
    assert second.late_pieces(situation) == 0


def test_what_comes_after_the_horizon_serves_nobody() -> None:
    _, second, _ = measures.served_needs(BASE, late_at_p2(hours=73))
    assert second.arrived_pieces == (10, 0, 0, 0)
    assert second.missing_pieces == 30


@pytest.mark.parametrize(
    ("hours", "waiting_h"), [(12, 0), (13, 12), (24, 12), (25, 36), (48, 36), (72, 60), (73, 132)]
)
def test_deprivation_counts_people_weight_and_hours(hours: int, waiting_h: int) -> None:
    # P3: 10 tents x 3,000 x 10 x 132 h; P2's 30 tents wait from 12 h to the window's end.
    assert measures.deprivation_milli_person_h(BASE, late_at_p2(hours=hours)) == (
        39_600_000 + 30 * 3_000 * 10 * waiting_h
    )


@pytest.mark.parametrize(
    ("priority", "weight"),
    [(Priority.LIFE_SAVING, 10), (Priority.ESSENTIAL, 3), (Priority.COMFORT, 1)],
)
def test_deprivation_follows_priority(priority: Priority, weight: int) -> None:
    situation = replace(BASE, needs=(need(P3, "tent", 2, due_h=48, priority=priority),))
    # Two tents for one person each, missing from 48 h until 72 h and 72 h more: 2 x 96 h.
    assert measures.deprivation_milli_person_h(situation, ()) == 2 * 1_000 * weight * 96


def test_the_worst_county() -> None:
    assert measures.worst_county(BASE, ROUTES) == (P3, 1_000_000)
    # Of 60 and 48 tents P1 and P2 both miss a sixth; the first code is named, rounded up.
    tie = replace(BASE, needs=(need(P2, "tent", 48), need(P1, "tent", 60)))
    assert measures.worst_county(tie, ROUTES) == (P1, 166_667)
    # A need that is late within the horizon is served.
    assert measures.worst_county(replace(BASE, needs=BASE.needs[:2]), late_at_p2(hours=72)) == (
        P1,
        0,
    )
    assert measures.worst_county(EMPTY, ()) == ("", 0)
    nobody = replace(BASE, needs=(need(P1, "tent", 60, milli_people_per_piece=0),))
    assert measures.worst_county(nobody, ROUTES) == ("", 0)


def test_townships_count_to_their_county() -> None:
    def township(code: str) -> Situation:
        places = tuple(
            replace(place(one.code), kind=PlaceKind.TOWNSHIP, parent_code=code)
            if one.code != P3
            else one
            for one in BASE.places
        )
        return replace(BASE, places=places, needs=(need(P1, "tent", 50), need(P2, "tent", 50)))

    assert measures.worst_county(township("429999"), ROUTES) == ("429999", 100_000)


def test_far_tiers_weigh_more() -> None:
    # 30 tents of 10 kg from the province (2).
    assert measures.tier_g(BASE, ROUTES) == 600_000
    central = replace(
        BASE,
        lots=tuple(
            replace(lot, owner=Tier.CENTRE) if lot.code == "B-tent" else lot for lot in BASE.lots
        ),
    )
    assert measures.tier_g(central, ROUTES) == 1_200_000


def test_cost_counts_every_leg_and_trip() -> None:
    # A1 50 + 50 km, A2 100 + 150 km, B1 250 + 250 km at 200 fen; three trips of 10,000 fen.
    assert measures.cost_fen(BASE, ROUTES) == 100 * 200 + 250 * 200 + 500 * 200 + 30_000
    assert measures.driven_m(BASE, ROUTES) == 850_000
    assert measures.cost_fen(BASE, ()) == 0


def test_each_leg_costs_whole_fen() -> None:
    # 50,001 m at 200 fen/km are 10,000.2 fen: 10,001 each way.
    km = BASE.travel.distance_km.copy()
    index = BASE.travel.index()
    for start, end in (("420001-01", P1), (P1, "420001-01")):
        km[0, index[start], index[end]] = 50.001
    situation = replace(BASE, travel=replace(BASE.travel, distance_km=km))
    assert measures.cost_fen(situation, ROUTES[:1]) == 2 * 10_001 + 10_000


def test_codes_that_nobody_knows_count_for_nothing() -> None:
    ghost = replace(ROUTES[0], class_code="ghost")
    assert measures.cost_fen(BASE, (ghost,)) == 0
    unknown = with_stop(
        GOOD, 2, 1, lambda one: replace(one, lines=(tents("ghost", 30),))
    ).vehicle_routes
    assert measures.tier_g(BASE, unknown) == 0


def test_hauls_by_owner_and_by_depot() -> None:
    # A belongs to its county, B to the province; let B's tents belong to the centre.
    situation = replace(
        BASE,
        lots=tuple(
            replace(lot, owner=Tier.CENTRE) if lot.code == "B-tent" else lot for lot in BASE.lots
        ),
    )

    def haul(tier: Tier, mass_g: int, trucks: int) -> TierHaul:
        return TierHaul(tier=tier, mass_g=mass_g, num_trips=trucks, num_trucks=trucks)

    assert hauls_by_owner(situation, ROUTES) == (
        haul(Tier.COUNTY, 600_000, 2),
        haul(Tier.CITY, 0, 0),
        haul(Tier.PROVINCE, 0, 0),
        haul(Tier.NEIGHBOUR, 0, 0),
        haul(Tier.CENTRE, 300_000, 1),
    )
    assert hauls_by_depot(situation, ROUTES) == (
        haul(Tier.COUNTY, 600_000, 2),
        haul(Tier.CITY, 0, 0),
        haul(Tier.PROVINCE, 300_000, 1),
        haul(Tier.NEIGHBOUR, 0, 0),
        haul(Tier.CENTRE, 0, 0),
    )


def test_one_truck_on_two_trips_is_one_truck() -> None:
    trip = ROUTES[0].trips[0]
    twice = replace(ROUTES[0], trips=(trip, replace(trip, number="again")))
    county = hauls_by_owner(BASE, (twice,))[0]
    assert (county.num_trips, county.num_trucks, county.mass_g) == (2, 1, 1_000_000)


def test_a_trip_with_goods_of_two_tiers_counts_for_both() -> None:
    trip = replace(
        ROUTES[0].trips[0],
        stops=(
            load(leg("420001-01", "420001-01", at(0), lasting(0)), tents("A-tent", 1)),
            load(leg("420001-01", "420112-01", at(1), lasting(5)), tents("B-tent", 2)),
            deliver(
                leg("420112-01", P1, at(7), lasting(5)), tents("A-tent", 1), tents("B-tent", 2)
            ),
        ),
    )
    home = leg(P1, "420001-01", at(13), lasting(1))
    county, _, province, _, _ = hauls_by_owner(BASE, (route(TRUCK_A1, (trip,), home),))
    assert (county.num_trips, county.mass_g) == (1, 10_000)
    assert (province.num_trips, province.mass_g) == (1, 20_000)


def test_coverage_at_the_end_of_each_window() -> None:
    # Weighted by people: of 300 people's tents 270 are there from the first window on.
    assert measures.coverage(BASE, ROUTES) == tuple(
        WindowCoverage(end_h=end_h, due_share=Fraction(9, 10), all_share=Fraction(9, 10))
        for end_h in (12, 24, 48, 72)
    )
    # B's tents come in the second window: 180 of 300 in the first.
    first, second, _, _ = measures.coverage(BASE, late_at_p2(hours=13))
    assert first.due_share == Fraction(6, 10)
    assert second.due_share == Fraction(9, 10)


def test_coverage_tells_what_is_due_from_what_is_needed_at_all() -> None:
    # P1: 20 tents due after 12 h, 30 after 48 h; the 50 are there at once. P3: 50 after 24 h.
    situation = replace(
        BASE,
        needs=(
            need(P1, "tent", 20),
            need(P1, "tent", 30, due_h=48),
            need(P3, "tent", 50, due_h=24),
        ),
    )
    shares = [(one.due_share, one.all_share) for one in measures.coverage(situation, ROUTES)]
    half = Fraction(1, 2)
    assert shares == [(Fraction(1), half), (Fraction(20, 70), half), (half, half), (half, half)]


def test_nothing_due_is_no_share() -> None:
    situation = replace(BASE, needs=(need(P1, "tent", 50, due_h=48),))
    shares = [(each.due_share, each.all_share) for each in measures.coverage(situation, ROUTES)]
    one = Fraction(1)
    assert shares == [(None, one), (None, one), (one, one), (one, one)]
    assert measures.coverage(EMPTY, ())[0].all_share is None


def test_people_are_counted_once_and_served_by_their_share() -> None:
    # 150 + 120 + 30 people wait for tents; P3's 30 get none.
    assert measures.people_served(BASE, ROUTES) == PeopleServed(
        in_need_people=300, served_people=270, served_share=Fraction(9, 10)
    )
    # The same 150 people of P1 need tents on a second day as well: still 150 people. They get
    # 50 of 100 tents: half of them are served.
    again = replace(
        BASE, needs=(*BASE.needs[:1], need(P1, "tent", 50, due_h=72, milli_people_per_piece=3000))
    )
    assert measures.people_served(again, ROUTES) == PeopleServed(
        in_need_people=150, served_people=75, served_share=Fraction(1, 2)
    )


def test_people_are_rounded_against_the_plan() -> None:
    # 50 tents for 1.001 people each are 50.05 people: 51 in need, and all of them served.
    situation = replace(BASE, needs=(need(P1, "tent", 50, milli_people_per_piece=1001),))
    assert measures.people_served(situation, ROUTES) == PeopleServed(
        in_need_people=51, served_people=51, served_share=Fraction(1)
    )
    # Of 51 such tents one is missing: 51.051 people, 1.001 unserved, so that two count as such.
    situation = replace(BASE, needs=(need(P1, "tent", 51, milli_people_per_piece=1001),))
    assert measures.people_served(situation, ROUTES) == PeopleServed(
        in_need_people=52, served_people=50, served_share=Fraction(50, 51)
    )
    assert measures.people_served(EMPTY, ()) == PeopleServed(
        in_need_people=0, served_people=0, served_share=Fraction(1)
    )


def test_the_worst_shortfalls_come_first() -> None:
    # P2's 30 tents are late by 60 h: 54,000,000; P3's ten missing: 39,600,000.
    plan = reclaimed(replace(GOOD, vehicle_routes=late_at_p2(hours=72)), BASE)
    worst, second = measures.worst_shortfalls(plan, BASE, 10)
    assert (worst.shortfall.place_code, worst.deprivation_milli_person_h) == (P2, 54_000_000)
    assert (second.shortfall.place_code, second.deprivation_milli_person_h) == (P3, 39_600_000)
    assert measures.worst_shortfalls(plan, BASE, 1) == (worst,)
    assert second.shortfall == shortfall(P3, missing=10)


def with_bound(bound: int | None) -> DispatchPlan:
    """Return the good plan, of 39,600,000, with another bound."""
    return replace(GOOD, deprivation_bound_milli_person_h=bound)


def test_the_gap_is_what_lies_above_the_bound() -> None:
    assert measures.gap_milli_person_h(with_bound(None)) is None
    assert measures.gap_share(with_bound(None)) is None
    assert measures.gap_milli_person_h(with_bound(29_700_000)) == 9_900_000
    assert measures.gap_share(with_bound(29_700_000)) == Fraction(1, 4)
    nothing = replace(with_bound(0), score=measures.score(EMPTY, ()))
    assert measures.gap_share(nothing) == 0


def test_nothing_is_avoidable_in_the_good_plan() -> None:
    # Even without the solver's bound: P3 is cut off.
    assert avoidable_milli_person_h(with_bound(None), BASE) == 0
    worse = replace(with_bound(None), vehicle_routes=late_at_p2(hours=13))
    worse = replace(worse, score=measures.score(BASE, worse.vehicle_routes))
    assert avoidable_milli_person_h(worse, BASE) == 30 * 3_000 * 10 * 12
    # The better of both bounds counts.
    bounded = replace(worse, deprivation_bound_milli_person_h=40_000_000)
    assert avoidable_milli_person_h(bounded, BASE) == 50_400_000 - 40_000_000


@given(
    pieces=st.lists(st.integers(1, 60), min_size=3, max_size=3),
    dues=st.lists(st.sampled_from([12, 24, 48, 72]), min_size=3, max_size=3),
    people=st.lists(st.integers(0, 5_000), min_size=3, max_size=3),
    priorities=st.lists(st.sampled_from(list(Priority)), min_size=3, max_size=3),
    hours=st.integers(7, 90),
    same_place=st.booleans(),
)
def test_the_verifier_counts_the_same_on_its_own(
    pieces: list[int],
    dues: list[int],
    people: list[int],
    priorities: list[Priority],
    hours: int,
    *,
    same_place: bool,
) -> None:
    # Any needs at the places, any arrival of B's tents: score and shortfalls that assembly and
    # measures work out are those that the verifier counts. More than needed may come; the
    # verifier says so, and counts all the same.
    codes = (P2, P2, P2) if same_place else (P1, P2, P3)
    if same_place and len(set(dues)) < len(dues):
        dues = [12, 24, 72]
    situation = replace(
        BASE,
        needs=tuple(
            need(code, "tent", num, due_h=due, milli_people_per_piece=each, priority=priority)
            for code, num, due, each, priority in zip(
                codes, pieces, dues, people, priorities, strict=True
            )
        ),
    )
    plan = reclaimed(replace(GOOD, vehicle_routes=late_at_p2(hours=hours)), situation)
    rules = {str(one.rule) for one in verify(plan, situation).violations}
    assert not rules & {"shortfall", "objective"}
