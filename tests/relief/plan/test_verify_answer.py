"""Damage done to what a good plan says of itself: shortfalls, score and bound."""

from dataclasses import replace

import pytest

from relief.items import Priority
from relief.places import PlaceKind
from relief.plan.allocation import Shortfall
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan, Score
from relief.plan.routes import Rest, StopKind
from relief.plan.situation import Situation
from tests.relief.plan.plans import (
    P1,
    P2,
    P3,
    B,
    Objection,
    at,
    good_plan,
    lasting,
    leg,
    objections,
    reclaimed,
    shortfall,
    stop,
    with_stop,
)
from tests.situations import need, place, two_depots_three_places

BASE = two_depots_three_places()
P3_NEED = f"need of tent at {P3} by 2026-07-01 20:00:00+08:00"
P1_NEED = f"need of tent at {P1} by 2026-07-01 20:00:00+08:00"


def saying(*shortfalls: Shortfall) -> list[Objection]:
    """Return the objections to the good plan with other shortfalls than P3's ten tents."""
    return objections(replace(good_plan(), shortfalls=shortfalls))


def test_every_shortfall_is_reported() -> None:
    assert saying(shortfall(P3, missing=10)) == []
    assert saying() == [(Rule.SHORTFALL, P3_NEED, 0, 10)]


@pytest.mark.parametrize("missing", [9, 11])
def test_missing_pieces_are_counted_right(missing: int) -> None:
    assert saying(shortfall(P3, missing=missing)) == [(Rule.SHORTFALL, P3_NEED, missing, 10)]


def test_missing_is_not_late() -> None:
    assert saying(shortfall(P3, late=10)) == [
        (Rule.SHORTFALL, P3_NEED, 0, 10),
        (Rule.SHORTFALL, P3_NEED, 10, 0),
    ]


def test_nothing_is_reported_short_that_is_there() -> None:
    assert saying(shortfall(P3, missing=10), shortfall(P1, missing=1)) == [
        (Rule.SHORTFALL, P1_NEED, 1, 0)
    ]
    assert saying(shortfall(P3, missing=10), shortfall(P1)) == [(Rule.SHORTFALL, P1_NEED, 0, 1)]


def test_a_shortfall_is_reported_once() -> None:
    assert saying(shortfall(P3, missing=10), shortfall(P3, missing=10)) == [
        (Rule.SHORTFALL, P3_NEED, 2, 1)
    ]


def test_a_shortfall_belongs_to_a_need() -> None:
    found = saying(shortfall(P3, missing=10), shortfall(P3, missing=10, due_h=24))
    assert found == [(Rule.SHORTFALL, f"need of tent at {P3} by 2026-07-02 08:00:00+08:00", 0, 1)]


def arriving(hours: int, minutes: int = 0, seconds: int = 0) -> DispatchPlan:
    """Return the good plan, but B's 30 tents for P2 are unloaded only at the given time.

    The truck waits in P2 until then, and goes home a day later, when it may drive 5 h again.
    """
    end_at = at(hours, minutes, seconds)
    plan = with_stop(
        good_plan(),
        2,
        1,
        lambda one: replace(one, begin_at=end_at - lasting(minutes=15), end_at=end_at),
    )
    lunch = Rest(after_drive=lasting(4), duration=lasting(minutes=20))
    home = leg(P2, B, end_at + lasting(24), lasting(5), lunch)
    return with_stop(plan, 2, -1, lambda _: stop(StopKind.RETURN, home))


@pytest.mark.parametrize(
    ("moment", "late", "missing", "wait_h"),
    [
        ((12, 0, 0), 0, 0, 0),  # the end of a window belongs to it
        ((12, 0, 1), 30, 0, 12),  # counts as at 24 h, due at 12 h
        ((24, 0, 1), 30, 0, 36),
        ((72, 0, 0), 30, 0, 60),
        ((72, 0, 1), 0, 30, 60 + 72),  # after the horizon is never
    ],
)
def test_what_comes_late_is_late_by_windows(
    moment: tuple[int, int, int], late: int, missing: int, wait_h: int
) -> None:
    # 30 tents for 3 people each, weight 10, wait for so many hours; P3's 39,600,000 besides.
    plan = arriving(*moment)
    claims = [shortfall(P3, missing=10)]
    if late or missing:
        claims.insert(0, shortfall(P2, missing=missing, late=late))
    deprivation = 39_600_000 + 30 * 3_000 * 10 * wait_h
    score = replace(
        good_plan().score,
        deprivation_milli_person_h=deprivation,
        life_saving_milli_person_h=deprivation,
    )
    honest = replace(plan, shortfalls=tuple(claims), score=score)
    assert objections(honest) == []


def staged() -> Situation:
    """Return the situation with P2's need in two parts: 35 in 12 h, 5 comforts in 24 h."""
    first, _, third = BASE.needs
    return replace(
        BASE,
        needs=(
            first,
            need(P2, "tent", 5, due_h=24, milli_people_per_piece=500, priority=Priority.COMFORT),
            need(P2, "tent", 35, milli_people_per_piece=3000),
            third,
        ),
    )


def test_needs_are_filled_in_order_of_due_time() -> None:
    # 10 tents come to P2 in the first window, 30 in the third. The need due after 12 h takes the
    # 10 and 25 of the 30: 25 late by 48 - 12 = 36 h. The need due after 24 h takes the other 5:
    # late by 24 h, half a person each, weight 1.
    situation = staged()
    plan = reclaimed(arriving(36), situation)
    shortfalls = (
        replace(shortfall(P2, late=5), due_at=at(24)),
        shortfall(P2, late=25),
        shortfall(P3, missing=10),
    )
    score = Score(
        deprivation_milli_person_h=39_600_000 + 25 * 3_000 * 10 * 36 + 5 * 500 * 24,
        worst_county_code=P3,
        worst_unserved_ppm=1_000_000,
        tier_g=600_000,
        cost_fen=200_000,
        life_saving_milli_person_h=39_600_000 + 25 * 3_000 * 10 * 36,
    )
    plan = replace(plan, shortfalls=shortfalls, score=score)
    assert objections(plan, situation) == []
    swapped = (
        replace(shortfall(P2, late=0), due_at=at(24)),
        shortfall(P2, late=30),
        shortfall(P3, missing=10),
    )
    assert objections(replace(plan, shortfalls=swapped), situation) == [
        (Rule.SHORTFALL, f"need of tent at {P2} by 2026-07-01 20:00:00+08:00", 30, 25),
        (Rule.SHORTFALL, f"need of tent at {P2} by 2026-07-02 08:00:00+08:00", 0, 5),
    ]


@pytest.mark.parametrize(
    ("field", "stage"),
    [
        ("deprivation_milli_person_h", "deprivation"),
        ("worst_unserved_ppm", "worst county"),
        ("tier_g", "tiers"),
        ("cost_fen", "cost"),
    ],
)
@pytest.mark.parametrize("off", [-1, 1])
def test_each_stage_of_the_score_is_earned(field: str, stage: str, off: int) -> None:
    plan = good_plan()
    earned = getattr(plan.score, field)
    claimed = replace(plan.score, **{field: earned + off})
    assert objections(replace(plan, score=claimed)) == [
        (Rule.OBJECTIVE, f"plan {plan.plan_id}, {stage}", earned + off, earned)
    ]


def test_the_worst_county_is_the_worst() -> None:
    plan = good_plan()
    claimed = replace(plan.score, worst_county_code=P1)
    assert objections(replace(plan, score=claimed)) == [
        (Rule.OBJECTIVE, f"plan {plan.plan_id}", 0, 1)
    ]


def worst(situation: Situation, code: str, unserved_ppm: int) -> list[Objection]:
    """Return what is objected to when the good plan claims this worst county."""
    plan = reclaimed(good_plan(), situation)
    claimed = replace(plan.score, worst_county_code=code, worst_unserved_ppm=unserved_ppm)
    found = objections(replace(plan, score=claimed), situation)
    assert {rule for rule, _, _, _ in found} <= {Rule.OBJECTIVE}
    return found


def test_shares_are_rounded_up_and_the_smallest_code_wins_a_tie() -> None:
    # P1 gets 50 tents and P2 gets 40. Of 60 and 50 each misses ten: P2 the larger share, a fifth.
    situation = replace(BASE, needs=(need(P1, "tent", 60), need(P2, "tent", 50)))
    assert worst(situation, P2, 200_000) == []
    # Of 60 and 48 both miss a sixth: 166,666.67 ppm, rounded up, and P1 is the first of both.
    tie = replace(BASE, needs=(need(P2, "tent", 48), need(P1, "tent", 60)))
    assert worst(tie, P1, 166_667) == []
    assert [one[2:] for one in worst(tie, P2, 166_667)] == [(0, 1)]
    assert [one[2:] for one in worst(tie, P1, 166_666)] == [(166_666, 166_667)]


def test_weights_count_in_a_county() -> None:
    # P1 has all its 50 tents. P2 needs 40 life-saving and has them; of 60 more for comfort
    # nothing is there: 60 x 1 of 40 x 10 + 60 x 1 is 130,434.78 ppm.
    situation = replace(
        BASE,
        needs=(
            need(P1, "tent", 50),
            need(P2, "tent", 40),
            need(P2, "tent", 60, due_h=24, priority=Priority.COMFORT),
        ),
    )
    assert worst(situation, P2, 130_435) == []


def test_townships_count_to_their_county() -> None:
    # P1 and P2 are townships of one county: 10 of their 100 tents are missing. P3 is not asked.
    townships = tuple(
        replace(place(code), kind=PlaceKind.TOWNSHIP, parent_code="429999") for code in (P1, P2)
    )
    situation = replace(
        BASE,
        places=(*townships, place(P3)),
        needs=(need(P1, "tent", 50), need(P2, "tent", 50)),
    )
    assert worst(situation, "429999", 100_000) == []


def test_without_needs_nobody_is_worst() -> None:
    situation = replace(BASE, needs=())
    plan = replace(good_plan(), vehicle_routes=(), consignments=(), shortfalls=())
    plan = reclaimed(plan, situation)
    assert plan.score == Score(
        deprivation_milli_person_h=0,
        worst_county_code="",
        worst_unserved_ppm=0,
        tier_g=0,
        cost_fen=0,
    )
    assert objections(plan, situation) == []


@pytest.mark.parametrize(
    ("bound", "holds"), [(None, True), (0, True), (39_600_000, True), (39_600_001, False)]
)
def test_the_bound_is_not_above_the_objective(bound: int | None, *, holds: bool) -> None:
    plan = replace(good_plan(), deprivation_bound_milli_person_h=bound)
    assert objections(plan) == (
        [] if holds else [(Rule.BOUND, f"plan {plan.plan_id}", 39_600_001, 39_600_000)]
    )


def test_the_bound_is_held_against_what_is_earned_not_against_what_is_claimed() -> None:
    plan = good_plan()
    plan = replace(
        plan,
        score=replace(plan.score, deprivation_milli_person_h=39_700_000),
        deprivation_bound_milli_person_h=39_700_000,
    )
    assert {rule for rule, _, _, _ in objections(plan)} == {Rule.OBJECTIVE, Rule.BOUND}
