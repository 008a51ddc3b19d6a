"""Reasons and findings in sentences."""

from dataclasses import replace

import pytest

from relief.items import Catalogue
from relief.plan.allocation import ShortfallReason
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.explain import (
    Lacks,
    carried_too_late,
    findings,
    local_time,
    name_of,
    shortfall_headline,
    spent_depots,
)
from relief.plan.routes import StopLine
from relief.plan.situation import Situation
from tests.relief.plan.plans import (
    P1,
    P2,
    P3,
    A,
    B,
    at,
    consignment,
    good_plan,
    reclaimed,
    shortfall,
    with_lot,
    with_stop,
)
from tests.situations import item, lot, need, pool, two_depots_three_places

BASE = two_depots_three_places()


def test_names_come_in_both_languages() -> None:
    assert name_of(BASE.places[0]) == "地420001 Place 420001"


def test_times_are_told_in_hubei() -> None:
    assert local_time(at(12, 30)) == "07-01 20:30"


@pytest.mark.parametrize(
    ("undelivered", "text"),
    [
        (
            7,
            (
                "5 of the 9 pieces short were allocated, but no truck could bring them in time; 7 "
                "pieces for this place stay in the depots."
            ),
        ),
        (
            0,
            (
                "5 of the 9 pieces short were allocated, but the trucks bring them only in a later "
                "window."
            ),
        ),
    ],
)
def test_a_loss_on_the_road_is_told_with_its_numbers(undelivered: int, text: str) -> None:
    assert str(carried_too_late(lost=5, short=9, undelivered=undelivered)) == text


@pytest.mark.parametrize(
    ("missing", "late", "text"),
    [
        (
            3,
            0,
            "地420001 Place 420001: 3 pieces of tent tent, due 07-01 20:00, do not come at all.",
        ),
        (0, 3, "地420001 Place 420001: 3 pieces of tent tent, due 07-01 20:00, come late."),
        (
            2,
            3,
            (
                "地420001 Place 420001: of tent tent, due 07-01 20:00, 3 pieces come late and 2 "
                "not at all."
            ),
        ),
    ],
)
def test_a_shortfall_has_a_headline(missing: int, late: int, text: str) -> None:
    assert str(shortfall_headline(BASE, shortfall(P1, missing=missing, late=late))) == text


def test_a_lack_of_stock() -> None:
    # 60 + 100 tents, all given.
    given = (consignment("A-tent", A, P1, 60), consignment("B-tent", B, P1, 100))
    reason, because = Lacks(BASE, given).reason(BASE.needs[0])
    assert reason is ShortfallReason.NO_STOCK
    assert str(because) == "All 160 usable pieces of the item are allocated already."
    # No road is the stronger reason: more stock would not help P3.
    reason, because = Lacks(BASE, given).reason(BASE.needs[2])
    assert reason is ShortfallReason.NO_ROAD
    assert str(because) == (
        "No truck has an open road to the place from any of the 160 usable pieces."
    )


def test_a_lack_of_time() -> None:
    # Trucks are ready after 11 h; P1 is reached after 12:45, P2 after 13:45.
    situation = replace(BASE, pools=(pool(A, 2, ready_min=11 * 60),))
    reason, because = Lacks(situation, ()).reason(situation.needs[0])
    assert reason is ShortfallReason.TOO_FAR
    assert str(because) == ("The nearest stock arrives after 13 h at the earliest; due after 12 h.")
    reason, _ = Lacks(situation, ()).reason(need(P2, "tent", 1, due_h=24))
    assert reason is ShortfallReason.TRUCKS


def test_a_lack_of_trucks() -> None:
    reason, because = Lacks(BASE, (consignment("A-tent", A, P1, 60),)).reason(BASE.needs[1])
    assert reason is ShortfallReason.TRUCKS
    assert str(because) == (
        "100 pieces are left in the depots, but no truck is free to bring them in time."
    )


CUT = (
    f"地{P3} Place {P3} is cut off: no depot has an open road to it, and 10 pieces of relief "
    "goods are needed there."
)


def told(situation: Situation, plan: DispatchPlan, num_depots: int = 5) -> list[str]:
    """Return the findings in English."""
    return [str(one) for one in findings(situation, plan, num_depots=num_depots)]


def test_findings_name_places_cut_off_and_depots_run_out() -> None:
    # A gives its last tents at 0:30 (8:30 in Hubei), ten are missing; B keeps 70.
    assert told(BASE, good_plan()) == [
        CUT,
        f"库{A} Depot {A} has no more tent tent, which is still short, from 07-01 08:30 on.",
    ]
    assert told(BASE, good_plan(), num_depots=0) == [
        CUT,
        "Further depots that run out of goods still short: 1.",
    ]


def test_the_higher_tier_is_named_first() -> None:
    situation = with_lot(BASE, "B-tent", lambda one: replace(one, pieces=30))
    found = spent_depots(situation, reclaimed(good_plan(), situation))
    assert [(one.depot.code, one.last_at) for one in found] == [
        (B, at(0, 30)),
        (A, at(0, 30)),
    ]


def test_a_depot_that_runs_out_of_several_items_is_named_once() -> None:
    # A also loads its only quilt, which P3 lacks most: 12 quilts against 10 tents.
    plan = with_stop(
        good_plan(),
        1,
        0,
        lambda one: replace(
            one, lines=(*one.lines, StopLine(lot_code="A-quilt", item_code="quilt", pieces=1))
        ),
    )
    situation = replace(
        BASE,
        catalogue=Catalogue(items=(item("tent"), item("quilt"))),
        lots=(*BASE.lots, lot("A-quilt", A, "quilt", 1)),
        needs=(*BASE.needs, need(P3, "quilt", 12)),
    )
    assert told(situation, reclaimed(plan, situation))[1:] == [
        (
            f"库{A} Depot {A} has no more quilt quilt, which is still short, from 07-01 08:30 on; "
            "other items of which this is true: 1."
        ),
    ]


def test_a_depot_that_keeps_a_piece_has_not_run_out() -> None:
    situation = with_lot(BASE, "A-tent", lambda one: replace(one, pieces=61))
    assert spent_depots(situation, reclaimed(good_plan(), situation)) == ()


def test_nobody_minds_an_empty_depot_when_nothing_is_short() -> None:
    situation = replace(BASE, needs=BASE.needs[:2])
    assert told(situation, reclaimed(good_plan(), situation)) == []
