"""Cures: worked out by hand, and each held against a solution from nothing."""

import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from relief.errors import SolverFailed
from relief.items import Priority
from relief.places import Tier
from relief.plan.allocation import Shortfall, ShortfallReason
from relief.plan.orders import Forbid, Hold, Pin
from relief.plan.outcome import SolveLimits
from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from relief.plan.travel import Closure, ClosureKind, TravelTimes
from relief.sentences import say
from scenarios.cures import Cure, changed_by, confirmed_milli_h, cures
from scenarios.easing import (
    Easing,
    OpenRoad,
    ReadySooner,
    WithoutOrder,
    WithoutReserve,
    eased,
    easing_described,
)
from scenarios.explanations import bindings, origins, price_of
from scenarios.overlay import AddStock, AddTrucks, LoseDepot, overlay
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.first_stage import first_stage
from solvers.stop import Deadline
from tests import situations as hand
from tests.solvers.allocation.small_cases import small_situation

HOUR = timedelta(hours=1)
A, B = "420001-01", "420112-01"
P1, P2, P3 = "420001", "420002", "420003"
BASE = hand.two_depots_three_places()


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=60), time.monotonic)


def short_of_stock() -> Situation:
    """One depot with 60 tents an hour from a place that needs 100, with trucks enough.

    40 tents for 1 person each never come: 40 x 10 x (60 + 72) = 52,800 weighted person-hours.
    """
    return hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(P1)],
        needs=[hand.need(P1, "tent", 100)],
        depots=[hand.depot(A)],
        lots=[hand.lot("A-tent", A, "tent", 60)],
        pools=[hand.pool(A, 5)],
        hours_between={(A, P1): 1, (P1, A): 1},
    )


def test_missing_stock_is_cured_by_stock() -> None:
    (cure,) = cures(short_of_stock(), 5, soon())
    assert cure.change == AddStock(depot_code=A, item_code="tent", pieces=40)
    assert cure.saved_milli_person_h == 52_800_000
    assert "40" in str(cure.told)


def test_what_lacks_nothing_has_no_cure() -> None:
    it = short_of_stock()
    assert cures(replace(it, lots=(hand.lot("A-tent", A, "tent", 100),)), 5, soon()) == ()


def short_of_trucks() -> Situation:
    """A thousand cots of 10 kg, one truck of a tonne, five hours there: it comes once in 12 h."""
    return hand.situation(
        items=[hand.item("cot", priority=Priority.ESSENTIAL)],
        places=[hand.place(P1)],
        needs=[hand.need(P1, "cot", 1000, priority=Priority.ESSENTIAL)],
        depots=[hand.depot(A)],
        lots=[hand.lot("A-cot", A, "cot", 1000)],
        pools=[hand.pool(A, 1, ready_min=60)],
        hours_between={(A, P1): 5, (P1, A): 5},
    )


def test_missing_trucks_are_cured_by_trucks() -> None:
    found = cures(short_of_trucks(), 5, soon())
    assert isinstance(found[0].change, AddTrucks)
    assert found[0].change == AddTrucks(depot_code=A, class_code="truck-s", num_vehicles=6)
    kinds = {type(cure.change) for cure in found}
    # More stock would not help: it could not be carried.
    assert AddStock not in kinds


def test_orders_and_reserve_are_taken_back_where_that_helps() -> None:
    it = short_of_stock()
    hold = Hold(depot_code=A, item_code="tent", held_pieces=10)
    idle = Forbid(source_code="A-tent", place_code=P1, item_code="tent")
    held = replace(
        it,
        orders=(hold,),
        policy=replace(it.policy, reserve=ReserveRule(stock_ppm=300_000, least_tier=Tier.COUNTY)),
    )
    # The reserve keeps 18 of 60, more than the order, which adds nothing to it.
    saved = {type(cure.change): cure.saved_milli_person_h for cure in cures(held, 9, soon())}
    assert saved[WithoutReserve] == 8 * 10 * 132 * 1000
    assert WithoutOrder not in saved
    forbidden = replace(it, orders=(idle,))
    saved = {type(cure.change): cure.saved_milli_person_h for cure in cures(forbidden, 9, soon())}
    # A lot of its own, 100 tents, would do even more.
    assert saved == {WithoutOrder: 60 * 10 * 132 * 1000, AddStock: 100 * 10 * 132 * 1000}


def closed_bridge() -> tuple[Situation, TravelTimes]:
    """Return a place behind a closed bridge, and the travel times with the bridge open."""
    it = short_of_stock()
    open_times = it.travel
    shut = hand.travel({}, it.travel.location_codes)
    bridge = Closure(name="the bridge", kind=ClosureKind.EDGE, reason="given", edges=((1, 2),))
    return replace(it, travel=replace(shut, closures=(bridge,))), open_times


def test_a_closed_road_is_cured_by_opening_it() -> None:
    it, open_times = closed_bridge()
    found = cures(it, 5, soon(), retime=lambda _: open_times)
    # 60 of the 100 tents come.
    assert [(cure.change, cure.saved_milli_person_h) for cure in found] == [
        (OpenRoad(name="the bridge"), 60 * 10 * 132 * 1000)
    ]
    assert cures(it, 5, soon()) == ()


def test_what_moves_without_a_road_keeps_its_times() -> None:
    it, open_times = closed_bridge()
    both = replace(
        it.travel,
        speed_classes=("any", "boat"),
        duration_h=np.concatenate([it.travel.duration_h, np.full((1, 2, 2), 7.0)]),
        distance_km=np.concatenate([it.travel.distance_km, np.full((1, 2, 2), 7.0)]),
    )
    after = eased(replace(it, travel=both), OpenRoad(name="the bridge"), open_times).travel
    assert after.duration_h[0, 0, 1] == 1
    assert (after.duration_h[1] == 7).all()
    assert after.closures == ()
    with pytest.raises(ValueError, match="travel times"):
        eased(it, OpenRoad(name="the bridge"))


def test_trucks_can_be_ready_sooner() -> None:
    easing = ReadySooner(depot_codes=(A,), within=timedelta(minutes=30))
    after = eased(short_of_trucks(), easing)
    assert [pool.ready_after for pool in after.pools] == [timedelta(minutes=30)]
    assert [pool.ready_after for pool in eased(short_of_stock(), easing).pools] == [timedelta(0)]


@pytest.mark.parametrize(
    ("easing", "words"),
    [
        (OpenRoad(name="the bridge"), "the bridge"),
        (ReadySooner(depot_codes=(A,), within=timedelta(0)), "0 h"),
        (WithoutOrder(number=1), "hold"),
        (WithoutReserve(), "reserve"),
    ],
)
def test_an_easing_is_told(easing: Easing, words: str) -> None:
    hold = Hold(depot_code=A, item_code="tent", held_pieces=10)
    assert words in str(easing_described(easing, replace(BASE, orders=(hold,))))


def scarce(seed: int) -> Situation:
    it = small_situation(seed, num_places=4, num_depots=3)
    if not it.needs or not it.lots:
        return short_of_stock()
    hold = Hold(depot_code=it.lots[0].depot_code, item_code=it.lots[0].item_code, held_pieces=30)
    return replace(it, orders=(hold,))


@pytest.mark.parametrize("seed", range(25))
def test_every_cure_holds_when_all_is_solved_from_nothing(seed: int) -> None:
    it = scarce(seed)
    before = first_stage(it, soon())
    whole_before = reached(it)
    for cure in cures(it, 8, soon(), base=before):
        changed = changed_by(it, cure.change)
        after = first_stage(changed, soon())
        saved = before.reached_milli_h - after.reached_milli_h
        assert saved >= cure.saved_milli_person_h * (1 - 1e-6) - 1
        # And in whole pieces, but for what rounding costs: a piece of each item and place.
        blur = 4 * 2 * 4 * 10 * 2500 * 144
        assert whole_before - reached(changed) >= cure.saved_milli_person_h - blur


def reached(it: Situation) -> float:
    """Return the deprivation as far as truck-hours are accounted for, in milli-person-hours."""
    report = WindowAllocator(SolveLimits(seconds=30)).allocate(it).report
    assert report.objective is not None
    return report.objective * 1000


def test_a_change_that_hurts_saves_less_than_nothing() -> None:
    it = replace(BASE, needs=BASE.needs[:2])
    base = first_stage(it, soon())
    lost = confirmed_milli_h(it, base, LoseDepot(depot_code=A), soon())
    # Without A place 1 and 2 have B's 100 tents, but one truck that needs 5 h there and 5 h back.
    assert lost < 0


def test_without_time_nothing_is_said() -> None:
    over = Deadline.starting_now(SolveLimits(seconds=1), iter([0.0, *([99.0] * 999)]).__next__)
    with pytest.raises(SolverFailed):
        cures(BASE, 3, over)


def test_a_lost_depot_takes_its_orders_along() -> None:
    orders = (
        Hold(depot_code=A, item_code="tent", held_pieces=1),
        Forbid(source_code="A-tent"),
        Pin(item_code="tent", place_code=P1, pieces=1, by=12 * HOUR, depot_code=A),
        Pin(item_code="tent", place_code=P1, pieces=1, by=12 * HOUR),
        Forbid(source_code=B),
    )
    after = overlay(replace(BASE, orders=orders), [LoseDepot(depot_code=A)])
    assert after.orders == orders[3:]


def short(place: str, missing: int) -> Shortfall:
    return Shortfall(
        place_code=place,
        item_code="tent",
        due_at=BASE.needs[0].due_at,
        missing_pieces=missing,
        late_pieces=0,
        reason=ShortfallReason.NO_STOCK,
        because=say("All {stock} usable pieces of the item are allocated already.", stock=60),
    )


def test_what_binds_is_named_with_its_price() -> None:
    # Two places share 60 tents; place 2 waits with 2 people to a tent. One more for place 1 would
    # be taken from place 1 itself: 10 x 132 h for one person; the worth is the same.
    it = short_of_stock()
    (binding,) = bindings(it, first_stage(it, soon()), [short(P1, 40)])
    assert binding.depot_code == A
    assert [name for name, _ in binding.parts] == ["stock"]
    assert binding.worth == pytest.approx(1_320_000)
    assert dict(binding.parts)["stock"] == pytest.approx(1_320_000)
    assert str(binding.told).startswith("Stock binds")


def test_trucks_bind_where_stock_is_left() -> None:
    it = short_of_trucks()
    shortage = replace(short(P1, 500), item_code="cot")
    (binding,) = bindings(it, first_stage(it, soon()), [shortage])
    assert binding.parts[0][0] == "trucks"
    assert str(binding.told).startswith("Truck-hours bind")


def test_where_no_way_leads_the_plan_s_own_reason_stands() -> None:
    (binding,) = bindings(BASE, first_stage(BASE, soon()), [short(P3, 10)])
    assert binding.told == short(P3, 10).because
    assert binding.depot_code == ""


def test_the_next_best_depot_is_named() -> None:
    consignments = WindowAllocator(SolveLimits(seconds=30)).allocate(BASE).consignments
    told = origins(BASE, first_stage(BASE, soon()), consignments)
    assert {one.other_depot_code for one in told} <= {A, B}
    alone = short_of_stock()
    goods = WindowAllocator(SolveLimits(seconds=30)).allocate(alone).consignments
    (only,) = origins(alone, first_stage(alone, soon()), goods)
    assert only.other_depot_code == ""
    assert "no other depot" in str(only.told)


def test_an_order_has_its_price_and_its_losers() -> None:
    # 60 tents for two counties of 50 each, one person to a tent at place 1, two at place 2: place 2
    # gets 50, place 1 gets 10. Pinned 30 for place 1 takes 20 from place 2: for each tent
    # 10 x 132 x (2 - 1) more.
    it = hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(P1), hand.place(P2)],
        needs=[
            hand.need(P1, "tent", 50),
            hand.need(P2, "tent", 50, milli_people_per_piece=2000),
        ],
        depots=[hand.depot(A)],
        lots=[hand.lot("A-tent", A, "tent", 60)],
        pools=[hand.pool(A, 5)],
        hours_between={(A, P1): 1, (P1, A): 1, (A, P2): 1, (P2, A): 1},
    )
    limits = SolveLimits(seconds=30)
    pin = Pin(item_code="tent", place_code=P1, pieces=30, by=12 * HOUR)
    price = price_of(it, [pin], limits, soon(), base=first_stage(it, soon()))
    assert price.added_milli_person_h == pytest.approx(20 * 10 * 132 * 1000, rel=1e-6)
    assert price.slacks == ()
    # Both lie as far from the depot, and 60 tents move either way.
    assert price.added_fen == 0
    assert [(c.county_code, c.before_ppm, c.after_ppm) for c in price.losing] == [(P2, 0, 400_000)]
    assert [(c.county_code, c.before_ppm, c.after_ppm) for c in price.gaining] == [
        (P1, 800_000, 400_000)
    ]
    impossible = replace(pin, pieces=70)
    lacking = price_of(it, [impossible], limits, soon(), base=first_stage(it, soon())).slacks
    assert [(slack.number, slack.missing_pieces) for slack in lacking] == [(1, 20)]


def test_an_order_from_afar_is_priced_in_yuan() -> None:
    # Ten tents of 10 kg fill a tenth of a truck. From A it drives 50 km there and 50 back, from B
    # 250 each way, at 2 yuan a km: 10 + 20 yuan against 10 + 100.
    it = hand.situation(
        items=[hand.item("tent")],
        places=[hand.place(P1)],
        needs=[hand.need(P1, "tent", 10)],
        depots=[hand.depot(A), hand.depot(B, tier=Tier.PROVINCE)],
        lots=[hand.lot("A-tent", A, "tent", 60), hand.lot("B-tent", B, "tent", 60)],
        pools=[hand.pool(A, 5), hand.pool(B, 5)],
        hours_between={(A, P1): 1, (P1, A): 1, (B, P1): 5, (P1, B): 5},
    )
    near = Pin(item_code="tent", place_code=P1, pieces=10, by=12 * HOUR, depot_code=A)
    far = replace(near, depot_code=B)
    limits, base = SolveLimits(seconds=30), first_stage(it, soon())
    assert price_of(it, [near], limits, soon(), base=base).added_fen == 0
    price = price_of(it, [far], limits, soon(), base=base)
    assert price.added_fen == 8_000
    assert price.added_milli_person_h == 0


def test_cures_are_the_same_each_time() -> None:
    first: tuple[Cure, ...] = cures(scarce(3), 5, soon())
    assert cures(scarce(3), 5, soon()) == first
