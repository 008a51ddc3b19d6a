"""Allocations worked out on paper."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from relief.errors import Stopped
from relief.places import Place, PlaceKind, Tier
from relief.plan.allocation import Allocation, ShortfallReason
from relief.plan.outcome import ProgressStep, SolveLimits, Termination
from relief.plan.policy import Objective, PlanningPolicy, PolicyStage
from relief.plan.situation import Situation
from solvers.allocation import stages
from solvers.allocation.allocator import WindowAllocator
from tests.situations import (
    depot,
    item,
    lot,
    need,
    place,
    pool,
    situation,
    truck,
    two_depots_three_places,
)


def allocated(case: Situation) -> Allocation:
    return WindowAllocator(SolveLimits(seconds=60), clock=lambda: 0.0).allocate(case)


def pieces_by_lot(allocation: Allocation) -> dict[str, int]:
    pieces: Counter[str] = Counter()
    for one in allocation.consignments:
        pieces[one.lot_code] += one.pieces
    return dict(pieces)


def pieces_by_place(allocation: Allocation) -> dict[str, int]:
    pieces: Counter[str] = Counter()
    for one in allocation.consignments:
        pieces[one.place_code] += one.pieces
    return dict(pieces)


def one_road(
    hours: float,
    *,
    wanted: int = 10,
    stock: int = 10,
    trucks: int = 1,
    drivers: int = 1,
    due_h: int = 12,
) -> Situation:
    """One depot, one place, so many hours apart, trucks of 100 tents."""
    return situation(
        items=[item("tent")],
        places=[place("420001")],
        needs=[need("420001", "tent", wanted, due_h=due_h)],
        depots=[depot("420009-01")],
        lots=[lot("L", "420009-01", "tent", stock)],
        pools=[pool("420009-01", trucks, num_drivers=drivers)],
        hours_between={("420009-01", "420001"): hours, ("420001", "420009-01"): hours},
    )


def two_places(
    wanted: tuple[int, int],
    stock: int,
    *,
    places: tuple[Place, Place] | None = None,
) -> Situation:
    """One depot an hour from two places, with trucks to spare."""
    codes = ("420001", "420002") if places is None else (places[0].code, places[1].code)
    hours = {("420009-01", code): 1.0 for code in codes}
    hours |= {(code, "420009-01"): 1.0 for code in codes}
    return situation(
        items=[item("tent")],
        places=[place(code) for code in codes] if places is None else places,
        needs=[need(code, "tent", n) for code, n in zip(codes, wanted, strict=True)],
        depots=[depot("420009-01")],
        lots=[lot("L", "420009-01", "tent", stock)],
        pools=[pool("420009-01", 9)],
        hours_between=hours,
    )


def test_two_depots_three_places() -> None:
    answer = allocated(two_depots_three_places())
    # Near stock first: all 60 tents of the county, 30 of the province; place 3 has no road.
    assert pieces_by_lot(answer) == {"A-tent": 60, "B-tent": 30}
    assert pieces_by_place(answer) == {"420001": 50, "420002": 40}
    assert {one.window for one in answer.consignments} == {0}
    assert answer.deprivation_bound_milli_person_h == 39_600_000
    assert answer.report.objective == 39_600.0
    assert answer.report.termination is Termination.OPTIMAL
    (short,) = answer.shortfalls
    assert (short.place_code, short.missing_pieces, short.late_pieces) == ("420003", 10, 0)
    assert short.reason is ShortfallReason.NO_ROAD
    assert str(short.because) == (
        "No depot has an open road to the place; 160 usable pieces lie elsewhere."
    )


@pytest.mark.parametrize(
    ("hours", "drivers", "window", "late_h"),
    [
        # 30 min loading, 11 h driving with two rests, 15 min unloading: 12 h 25 min is too late.
        (11.0, 2, 1, 12),
        # 10 h with two rests: 11 h 25 min.
        (10.0, 2, 0, 0),
        # One driver may drive 8 h a day: the last six hours of 14 are tomorrow's.
        (14.0, 1, 2, 36),
        # Two drivers: 14 h and three rests.
        (14.0, 2, 1, 12),
    ],
)
def test_late_by_the_window_of_arrival(
    hours: float, drivers: int, window: int, late_h: int
) -> None:
    answer = allocated(one_road(hours, drivers=drivers))
    assert [one.window for one in answer.consignments] == [window]
    # Ten pieces, a person each, weight 10.
    assert answer.deprivation_bound_milli_person_h == 10 * 1000 * 10 * late_h
    if late_h:
        (short,) = answer.shortfalls
        assert (short.late_pieces, short.missing_pieces) == (10, 0)


def test_stock_that_is_too_far_is_named_with_its_arrival() -> None:
    # 60 h of driving at 8 h a day: seven days and more.
    answer = allocated(one_road(60.0))
    assert answer.consignments == ()
    (short,) = answer.shortfalls
    assert (short.missing_pieces, short.reason) == (10, ShortfallReason.TOO_FAR)
    # Seven whole days, the last four hours, loading and unloading.
    assert str(short.because) == (
        "10 usable pieces are left, the nearest in 库420009-01 Depot 420009-01, but a truck from "
        "there arrives after 172.8 h at the earliest; needed within 72 h."
    )


def test_late_pieces_name_what_kept_them() -> None:
    answer = allocated(one_road(11.0, drivers=2, stock=25))
    (short,) = answer.shortfalls
    assert (short.late_pieces, short.reason) == (10, ShortfallReason.TOO_FAR)
    assert "after 12.4 h at the earliest; needed within 12 h" in str(short.because)


def test_a_shortage_is_an_answer() -> None:
    answer = allocated(one_road(1.0, wanted=30, stock=12))
    assert pieces_by_lot(answer) == {"L": 12}
    # 18 people without, 60 h to the horizon and 72 h more, weight 10.
    assert answer.deprivation_bound_milli_person_h == 18 * 1000 * 10 * 132
    (short,) = answer.shortfalls
    assert (short.missing_pieces, short.reason) == (18, ShortfallReason.NO_STOCK)
    assert str(short.because) == (
        "All 12 usable pieces with an open road to the place are allocated; 18 pieces are short."
    )


def test_scarce_trucks_bind_by_hours_at_the_wheel() -> None:
    # One truck of 100 tents, 5 h each way. Of 300 tents due at 12 h, the wheel's account lets
    # 8 h / 5 h = 1.6 truckloads arrive within 12 and 24 h, 3.2 within 48 h: 160 in time, and the
    # other 140 wait 36 h. The account at work is wider: 12 h 20 min at 6 h 10 min a load.
    answer = allocated(one_road(5.0, wanted=300, stock=300))
    assert answer.deprivation_bound_milli_person_h == 140 * 36 * 1000 * 10
    assert pieces_by_lot(answer) == {"L": 300}


def test_no_truck_at_all() -> None:
    answer = allocated(one_road(1.0, trucks=0))
    assert answer.consignments == ()
    assert answer.deprivation_bound_milli_person_h == 10 * 1000 * 10 * 132
    (short,) = answer.shortfalls
    assert short.reason is ShortfallReason.TRUCKS
    assert str(short.because) == (
        "10 usable pieces are left, but no truck can reach them and the place."
    )


def test_no_stock_at_all() -> None:
    answer = allocated(replace(one_road(1.0), lots=()))
    assert answer.consignments == ()
    (short,) = answer.shortfalls
    assert (short.missing_pieces, short.reason) == (10, ShortfallReason.NO_STOCK)


def test_nothing_needed() -> None:
    answer = allocated(replace(one_road(1.0), needs=()))
    assert answer.consignments == ()
    assert answer.shortfalls == ()
    assert answer.deprivation_bound_milli_person_h == 0


@pytest.mark.parametrize(
    ("wanted", "stock", "given"),
    [
        ((60, 60), 60, {"420001": 30, "420002": 30}),
        ((90, 30), 60, {"420001": 45, "420002": 15}),
    ],
)
def test_a_shortage_is_shared_by_counties(
    wanted: tuple[int, int], stock: int, given: dict[str, int]
) -> None:
    # Every split has the same deprivation; the fair one leaves the same share everywhere.
    answer = allocated(two_places(wanted, stock))
    assert pieces_by_place(answer) == pytest.approx(given, abs=1)
    assert sum(pieces_by_place(answer).values()) == stock


def test_what_fairness_costs_is_told_where_it_comes_second() -> None:
    # Every split has the same deprivation, so the fair one costs nobody anything.
    case = two_places((60, 60), 60)
    told = "Serving them better costs the others 0 weighted person-hours."
    assert told in allocated(case).report.note
    first, second, *others = case.policy.stages
    assert second.objective is Objective.FAIRNESS
    life = PolicyStage(objective=Objective.LIFE_SAVING)
    fairest = replace(case.policy, stages=(life, second, first, *others))
    assert "costs the others" not in allocated(replace(case, policy=fairest)).report.note


def test_townships_count_to_their_county() -> None:
    # Townships 1 and 2 of one county may be served unevenly; the other county gets its half.
    towns = [
        replace(place(code), kind=PlaceKind.TOWNSHIP, parent_code=code[:6])
        for code in ("420001101", "420001102", "420002101")
    ]
    codes = [town.code for town in towns]
    case = situation(
        items=[item("tent")],
        places=towns,
        needs=[need(codes[0], "tent", 20), need(codes[1], "tent", 20), need(codes[2], "tent", 40)],
        depots=[depot("420009-01")],
        lots=[lot("L", "420009-01", "tent", 40)],
        pools=[pool("420009-01", 9)],
        hours_between={("420009-01", code): 1 for code in codes}
        | {(code, "420009-01"): 1 for code in codes},
    )
    given = pieces_by_place(allocated(case))
    assert given[codes[2]] == pytest.approx(20, abs=1)
    assert given.get(codes[0], 0) + given.get(codes[1], 0) == pytest.approx(20, abs=1)


def test_the_county_that_cannot_be_helped_does_not_hold_back_the_others() -> None:
    # Place 3 is cut off and stays at nothing. The next level is shared: 30 of 40 for 1 and 2.
    answer = allocated(
        replace(
            two_depots_three_places(),
            lots=(lot("A-tent", "420001-01", "tent", 45),),
        )
    )
    given = pieces_by_place(answer)
    # 45 of 90: half each.
    assert given == pytest.approx({"420001": 25, "420002": 20}, abs=1)


def stocked_by_tiers(near: Tier, far: Tier, *, far_h: float = 3.0) -> Situation:
    return situation(
        items=[item("tent")],
        places=[place("420001")],
        needs=[need("420001", "tent", 10)],
        depots=[depot("420001-01"), depot("420112-01")],
        lots=[
            lot("near", "420001-01", "tent", 10, owner=near),
            lot("far", "420112-01", "tent", 10, owner=far),
        ],
        pools=[pool("420001-01", 2), pool("420112-01", 2)],
        hours_between={
            ("420001-01", "420001"): 1,
            ("420001", "420001-01"): 1,
            ("420112-01", "420001"): far_h,
            ("420001", "420112-01"): far_h,
        },
    )


def test_the_nearer_tier_is_drawn_on_before_the_nearer_road() -> None:
    assert pieces_by_lot(allocated(stocked_by_tiers(Tier.PROVINCE, Tier.COUNTY))) == {"far": 10}


def test_the_nearer_road_is_taken_within_a_tier() -> None:
    assert pieces_by_lot(allocated(stocked_by_tiers(Tier.CITY, Tier.CITY))) == {"near": 10}


def test_people_who_wait_count_more_than_tiers() -> None:
    # From 13 h away the county's own tents would be late; the province's are not.
    case = stocked_by_tiers(Tier.CENTRE, Tier.COUNTY, far_h=13.0)
    assert pieces_by_lot(allocated(case)) == {"near": 10}


def test_the_first_to_expire_goes_first() -> None:
    case = replace(
        one_road(1.0, wanted=15),
        lots=(
            lot("never", "420009-01", "tent", 10),
            lot("december", "420009-01", "tent", 10, expires_on=date(2026, 12, 1)),
            lot("august", "420009-01", "tent", 10, expires_on=date(2026, 8, 1)),
            # A week of life is asked for from 1 July on: 7 July is a day short.
            lot("july", "420009-01", "tent", 10, expires_on=date(2026, 7, 7)),
        ),
    )
    assert pieces_by_lot(allocated(case)) == {"august": 10, "december": 5}


def test_committed_pieces_stay() -> None:
    case = one_road(1.0)
    held = replace(case.lots[0], committed_pieces=7)
    assert pieces_by_lot(allocated(replace(case, lots=(held,)))) == {"L": 3}


def test_packs_stay_whole_where_they_can() -> None:
    # 50 quilts in packs of 20 from two depots: 20 + 20 in packs and ten loose ones.
    quilt = replace(item("quilt"), pack_pieces=20)
    tiers = stocked_by_tiers(Tier.COUNTY, Tier.COUNTY)
    case = replace(
        tiers,
        catalogue=replace(tiers.catalogue, items=(quilt,)),
        needs=(need("420001", "quilt", 50),),
        lots=(
            lot("near", "420001-01", "quilt", 35),
            lot("far", "420112-01", "quilt", 35),
        ),
    )
    pieces = pieces_by_lot(allocated(case))
    assert sum(pieces.values()) == 50
    assert min(n % 20 for n in pieces.values()) == 0


def test_needs_of_two_weights_at_one_place_are_told_apart() -> None:
    # Ten tents for thirty needed: the heavier need is due later, yet the bound may serve it.
    case = replace(
        one_road(1.0, wanted=10),
        needs=(
            need("420001", "tent", 10, milli_people_per_piece=1000),
            need("420001", "tent", 20, due_h=24, milli_people_per_piece=3000),
        ),
    )
    answer = allocated(case)
    assert pieces_by_lot(answer) == {"L": 10}
    # At best: 10 of the 20 heavy ones unserved (120 h) and the 10 light ones (132 h).
    assert answer.deprivation_bound_milli_person_h == (10 * 3000 * 120 + 10 * 1000 * 132) * 10
    # In truth deliveries fill the earlier need first: 20 heavy ones stay unserved, and the light
    # ones wait 12 h at most.
    assert answer.report.objective is not None
    assert 20 * 3 * 120 * 10 <= answer.report.objective <= (20 * 3 * 120 + 10 * 12) * 10


def test_the_same_twice() -> None:
    assert allocated(two_depots_three_places()) == allocated(two_depots_three_places())


class Watch:
    """A watch that the progress moves."""

    def __init__(self) -> None:
        self.reading_s = 0.0

    def __call__(self) -> float:
        return self.reading_s


def test_out_of_time_after_the_first_stage_is_still_an_answer() -> None:
    watch = Watch()

    def late_after_the_first_stage(step: ProgressStep) -> None:
        if step.detail == "deprivation settled":
            watch.reading_s = 1000.0

    answer = WindowAllocator(
        SolveLimits(seconds=60), progress=late_after_the_first_stage, clock=watch
    ).allocate(two_places((60, 60), 60))
    assert "1 of 4 stages settled" in answer.report.note
    assert pieces_by_lot(answer) == {"L": 60}


def test_a_first_optimum_that_takes_long_is_waited_for() -> None:
    # Three quarters of the time are gone when the first model is written: no round is begun
    # any more, but its optimum still is the answer.
    watch = Watch()

    def late_once_it_begins(step: ProgressStep) -> None:
        if step.detail == "writing the model":
            watch.reading_s = 45.0

    answer = WindowAllocator(
        SolveLimits(seconds=60), progress=late_once_it_begins, clock=watch
    ).allocate(two_depots_three_places())
    assert "stages settled" in answer.report.note
    assert pieces_by_place(answer) == {"420001": 50, "420002": 40}


def test_what_is_proven_of_fairness_does_not_wait_for_the_cost() -> None:
    watch = Watch()
    details: list[str] = []

    def late_after_the_tiers(step: ProgressStep) -> None:
        details.append(step.detail)
        if step.detail == "tiers settled":
            watch.reading_s = 1000.0

    answer = WindowAllocator(
        SolveLimits(seconds=60), progress=late_after_the_tiers, clock=watch
    ).allocate(two_depots_three_places())
    assert "3 of 4 stages settled" in answer.report.note
    order = [details.index(told) for told in ("fairness settled", "proving a bound")]
    assert order == sorted(order)
    assert order[-1] < details.index("tiers settled")
    # Place 3 has no road, so no plan serves it any better.
    assert answer.fairness is not None
    assert answer.fairness.unserved_ppm == 1_000_000
    assert answer.deprivation_bound_milli_person_h == 39_600_000


def test_the_gap_is_told_of_what_could_be_avoided_too() -> None:
    # No truck could avoid anything of what the closed bridge causes.
    answer = WindowAllocator(SolveLimits(seconds=60)).allocate(two_depots_three_places())
    assert "gap 0.00% of all. No number of trucks could avoid any of it." in answer.report.note


def test_out_of_time_before_any_optimum_is_still_an_answer() -> None:
    watch = Watch()

    def late_at_once(step: ProgressStep) -> None:
        del step
        watch.reading_s += 1000.0

    allocator = WindowAllocator(SolveLimits(seconds=60), progress=late_at_once, clock=watch)
    answer = allocator.allocate(two_depots_three_places())
    assert answer.report.termination is Termination.FEASIBLE
    assert "before the model had an answer" in answer.report.note
    assert pieces_by_place(answer) == {"420001": 50, "420002": 40}
    # The bound that needs no model: place 3 has no road.
    assert answer.deprivation_bound_milli_person_h == 39_600_000


def test_whoever_asked_may_stop_it() -> None:
    def stop(step: ProgressStep) -> None:
        raise Stopped(step.stage)

    with pytest.raises(Stopped, match="allocation"):
        WindowAllocator(SolveLimits(), progress=stop).allocate(two_depots_three_places())


def test_progress_rises_to_one() -> None:
    steps: list[ProgressStep] = []
    WindowAllocator(SolveLimits(seconds=60), progress=steps.append).allocate(
        two_depots_three_places()
    )
    shares = [step.done_share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {step.stage for step in steps} == {"allocation"}


def test_part_loads_are_bundled() -> None:
    # A full truck of 100 tents. The nearer depot, six minutes nearer, has only ten of them: by the
    # kilometre it would send those, by the trip the other depot sends them all.
    ways = {("420001-01", "420001"): 1.0, ("420112-01", "420001"): 1.1}
    case = situation(
        items=[item("tent")],
        places=[place("420001")],
        needs=[need("420001", "tent", 100)],
        depots=[depot("420001-01"), depot("420112-01")],
        lots=[lot("near", "420001-01", "tent", 10), lot("far", "420112-01", "tent", 100)],
        pools=[pool("420001-01", 1), pool("420112-01", 1)],
        hours_between=ways | {(b, a): hours for (a, b), hours in ways.items()},
    )
    assert pieces_by_lot(allocated(case)) == {"far": 100}


def test_a_speed_that_no_truck_has_is_of_no_use() -> None:
    case = one_road(1.0)
    fast = replace(truck("truck-x"), speed_class="any")
    with_idle = replace(case, vehicle_classes=(*case.vehicle_classes, fast))
    assert allocated(with_idle).consignments == allocated(case).consignments


def test_slack_is_small() -> None:
    # The stages may not give away what the stages before have won.
    assert stages.FAIR_SLACK <= 0.001
    assert all(stage.slack_share <= 0.05 for stage in PlanningPolicy().stages)
    assert timedelta(hours=12) in two_depots_three_places().policy.window_ends
