"""Damage done to limits of places: too many trucks at once, closed depots, full places.

In the good plan trucks A1 and A2 load in depot A from 0:00 to 0:30 after the start, which is 8:00
to 8:30 in Hubei; truck B1 alone in depot B. In the first window, of 12 h, place 1 gets 50 tents of
10 kg and place 2 gets 40.
"""

from dataclasses import replace

import pytest

from relief.errors import InconsistentSituation
from relief.places import Evidence
from relief.plan.certificate import Rule
from relief.plan.situation import Situation
from relief.supply.limits import DepotLimit, ReceivingLimit
from tests.relief.plan.plans import P1, P2, A, B, Objection, good_plan, objections, reclaimed
from tests.situations import two_depots_three_places

BASE = two_depots_three_places()


def dock(
    depot_code: str, most_trucks: int = 1, opens_min: int = 0, closes_min: int = 1_440
) -> DepotLimit:
    return DepotLimit(
        depot_code=depot_code,
        most_trucks=most_trucks,
        opens_min=opens_min,
        closes_min=closes_min,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def room(place_code: str, most_kg_per_day: int) -> ReceivingLimit:
    return ReceivingLimit(
        place_code=place_code,
        most_g_per_day=most_kg_per_day * 1_000,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def judged(situation: Situation) -> list[Objection]:
    return objections(reclaimed(good_plan(), situation), situation)


def test_no_more_trucks_than_there_is_room_for_load_at_once() -> None:
    assert judged(replace(BASE, depot_limits=(dock(A, 2), dock(B, 1)))) == []
    assert judged(replace(BASE, depot_limits=(dock(A, 1), dock(B, 1)))) == [
        (Rule.LOADING_LIMIT, f"depot {A}", 2, 1)
    ]


@pytest.mark.parametrize(
    ("opens_min", "closes_min", "objections_in_a"),
    [(480, 510, 0), (481, 540, 2), (0, 509, 2), (480, 1_440, 0)],
)
def test_trucks_load_within_the_hours_of_the_depot(
    opens_min: int, closes_min: int, objections_in_a: int
) -> None:
    limited = replace(BASE, depot_limits=(dock(A, 2, opens_min, closes_min),))
    assert judged(limited) == [(Rule.LOADING_LIMIT, f"depot {A}", 0, 1)] * objections_in_a


@pytest.mark.parametrize(("kg_per_h", "holds"), [(1_200, True), (1_199, False)])
def test_a_depot_brings_no_more_to_its_trucks_than_it_can(kg_per_h: int, *, holds: bool) -> None:
    # 500 kg and 100 kg are loaded in depot A by 0:30: 600 kg in half an hour are 1,200 kg/h.
    rated = replace(dock(A, 2), most_g_per_h=kg_per_h * 1_000)
    expected = [] if holds else [(Rule.LOADING_LIMIT, f"depot {A}", 600_000, 599_500)]
    assert judged(replace(BASE, depot_limits=(rated,))) == expected


def test_a_closed_depot_brings_nothing() -> None:
    # Open from 8:15: a quarter of an hour by 8:30, so that 2,400 kg/h would do. It is 2,399.
    rated = replace(dock(A, 2, 495), most_g_per_h=2_399_000)
    assert judged(replace(BASE, depot_limits=(rated,))) == [
        (Rule.LOADING_LIMIT, f"depot {A}", 0, 1),
        (Rule.LOADING_LIMIT, f"depot {A}", 0, 1),
        (Rule.LOADING_LIMIT, f"depot {A}", 600_000, 599_750),
    ]


def test_a_place_takes_in_its_share_of_a_day_and_no_gram_more() -> None:
    # 1,000 kg a day are 500 kg in 12 h, 999 kg are 499.5 kg.
    assert judged(replace(BASE, receiving_limits=(room(P1, 1_000), room(P2, 800)))) == []
    assert judged(replace(BASE, receiving_limits=(room(P1, 999), room(P2, 799)))) == [
        (Rule.RECEIVING, f"{P1}, window 1", 500_000, 499_500),
        (Rule.RECEIVING, f"{P2}, window 1", 400_000, 399_500),
    ]


def test_limits_that_contradict_themselves_are_told_all_at_once() -> None:
    with pytest.raises(InconsistentSituation) as caught:
        replace(
            BASE,
            depot_limits=(dock("nowhere", 0), dock(A, 1, 600, 629), dock(B, 1, 700, 600), dock(A)),
            receiving_limits=(room(P1, -1), room(P1, 5)),
        )
    assert [(fault.where, fault.field) for fault in caught.value.faults] == [
        (f"limit of {A}", "depot_limits"),
        (f"limit of {P1}", "receiving_limits"),
        ("limit of depot nowhere", "depot_code"),
        ("limit of depot nowhere", "most_trucks"),
        # Loading takes 30 minutes.
        (f"limit of depot {A}", "opens_min, closes_min"),
        (f"limit of depot {B}", "opens_min, closes_min"),
        (f"limit of place {P1}", "most_g_per_day"),
    ]
