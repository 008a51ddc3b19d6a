"""Situations that contradict themselves, and how a situation is known again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta, timezone

import numpy as np
import pytest

from relief.errors import InconsistentSituation
from relief.items import Catalogue, Priority
from relief.places import Tier
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import Closure, ClosureKind
from tests.situations import (
    START_AT,
    depot,
    item,
    lot,
    need,
    place,
    pool,
    travel,
    truck,
    two_depots_three_places,
)

BASE = two_depots_three_places()
A, P1 = "420001-01", "420001"
Change = Callable[[Situation], Situation]
HOUR = timedelta(hours=1)


def faults_of(change: Change) -> list[tuple[str, str, str]]:
    """Return where, field and value of each fault of a changed situation."""
    with pytest.raises(InconsistentSituation, match=r".") as caught:
        change(BASE)
    return [(fault.where, fault.field, fault.value) for fault in caught.value.faults]


def with_ends(*ends: timedelta) -> Change:
    """Return what gives a situation without needs other windows."""
    return lambda one: replace(one, needs=(), policy=PlanningPolicy(window_ends=ends))


CONTRADICTIONS: list[tuple[str, Change, tuple[str, str, str]]] = [
    (
        "item given twice",
        lambda one: replace(one, catalogue=Catalogue(items=(item("tent"), item("tent")))),
        ("hand-made", "items", "tent"),
    ),
    (
        "place given twice",
        lambda one: replace(one, places=(*one.places, place(P1))),
        ("hand-made", "places", P1),
    ),
    (
        "depot given twice",
        lambda one: replace(one, depots=(*one.depots, depot(A))),
        ("hand-made", "depots", A),
    ),
    (
        "lot given twice",
        lambda one: replace(one, lots=(*one.lots, lot("A-tent", A, "tent", 1))),
        ("hand-made", "lots", "A-tent"),
    ),
    (
        "vehicle class given twice",
        lambda one: replace(one, vehicle_classes=(truck(), truck())),
        ("hand-made", "vehicle_classes", "truck-s"),
    ),
    (
        "pool given twice",
        lambda one: replace(one, pools=(*one.pools, pool(A, 3))),
        ("hand-made", "pools", f"('{A}', 'truck-s', 1)"),
    ),
    (
        "need given twice",
        lambda one: replace(one, needs=(*one.needs, need(P1, "tent", 7))),
        ("hand-made", "needs", f"('{P1}', 'tent', '2026-07-01T12:00:00+00:00')"),
    ),
    ("no window", with_ends(), ("policy", "window_ends", "[]")),
    (
        "window that ends at the start",
        with_ends(timedelta(0), 12 * HOUR),
        ("policy", "window_ends", "['0:00:00', '12:00:00']"),
    ),
    (
        "windows out of order",
        with_ends(12 * HOUR, 12 * HOUR),
        ("policy", "window_ends", "['12:00:00', '12:00:00']"),
    ),
    (
        "window of half an hour",
        with_ends(HOUR / 2),
        ("policy", "window_ends, never_extra", "0:30:00"),
    ),
    (
        "punishment of half an hour",
        lambda one: replace(one, policy=PlanningPolicy(never_extra=HOUR / 2)),
        ("policy", "window_ends, never_extra", "0:30:00"),
    ),
    (
        "need at an unknown place",
        lambda one: replace(one, needs=(need("429999", "tent", 1),)),
        ("need 429999 tent", "place_code", "429999"),
    ),
    (
        "need of an unknown item",
        lambda one: replace(one, needs=(need(P1, "boat", 1),)),
        (f"need {P1} boat", "item_code", "boat"),
    ),
    (
        "need due at no window's end",
        lambda one: replace(one, needs=(need(P1, "tent", 1, due_h=13),)),
        (f"need {P1} tent", "due_at", "2026-07-01T13:00:00+00:00"),
    ),
    (
        "need of nothing",
        lambda one: replace(one, needs=(need(P1, "tent", 0),)),
        (f"need {P1} tent", "pieces", "0, 1000 milli-people each"),
    ),
    (
        "need of less than nobody",
        lambda one: replace(one, needs=(need(P1, "tent", 1, milli_people_per_piece=-1),)),
        (f"need {P1} tent", "pieces", "1, -1 milli-people each"),
    ),
    (
        "lot in an unknown depot",
        lambda one: replace(one, lots=(lot("x", "429999-01", "tent", 1),)),
        ("lot x", "depot_code", "429999-01"),
    ),
    (
        "lot of an unknown item",
        lambda one: replace(one, lots=(lot("x", A, "boat", 1),)),
        ("lot x", "item_code", "boat"),
    ),
    (
        "negative stock",
        lambda one: replace(one, lots=(lot("x", A, "tent", -1),)),
        ("lot x", "pieces", "-1 on hand, 0 committed"),
    ),
    (
        "more committed than on hand",
        lambda one: replace(one, lots=(replace(lot("x", A, "tent", 80), committed_pieces=120),)),
        ("lot x", "pieces", "80 on hand, 120 committed"),
    ),
    (
        "less than nothing committed",
        lambda one: replace(one, lots=(replace(lot("x", A, "tent", 8), committed_pieces=-1),)),
        ("lot x", "pieces", "8 on hand, -1 committed"),
    ),
    (
        "trucks at an unknown base",
        lambda one: replace(one, pools=(pool("429999-01", 1),)),
        ("vehicles at 429999-01", "base_code", "429999-01"),
    ),
    (
        "trucks of an unknown class",
        lambda one: replace(one, pools=(pool(A, 1, class_code="truck-x"),)),
        (f"vehicles at {A}", "class_code", "truck-x"),
    ),
    (
        "less than no trucks",
        lambda one: replace(one, pools=(pool(A, -1),)),
        (f"vehicles at {A}", "num_vehicles", "-1 with 1 drivers"),
    ),
    (
        "trucks without drivers",
        lambda one: replace(one, pools=(pool(A, 1, num_drivers=0),)),
        (f"vehicles at {A}", "num_vehicles", "1 with 0 drivers"),
    ),
    (
        "class that carries nothing",
        lambda one: replace(one, vehicle_classes=(truck(payload_kg=0),)),
        ("vehicle class truck-s", "payload_g", "0 g, 10000000 cm3"),
    ),
    (
        "class without a box",
        lambda one: replace(one, vehicle_classes=(truck(volume_dm3=0),)),
        ("vehicle class truck-s", "payload_g", "1000000 g, 0 cm3"),
    ),
    (
        "class without travel times",
        lambda one: replace(one, vehicle_classes=(replace(truck(), speed_class="heavy"),)),
        ("vehicle class truck-s", "speed_class", "heavy"),
    ),
    (
        "place without travel times",
        lambda one: replace(one, places=(*one.places, place("429999"))),
        ("travel times", "location_codes", "429999"),
    ),
    (
        "depot without travel times",
        lambda one: replace(one, depots=(*one.depots, depot("429999-01"))),
        ("travel times", "location_codes", "429999-01"),
    ),
]


@pytest.mark.parametrize(
    ("change", "fault"),
    [case[1:] for case in CONTRADICTIONS],
    ids=[case[0] for case in CONTRADICTIONS],
)
def test_each_contradiction_is_named(change: Change, fault: tuple[str, str, str]) -> None:
    assert faults_of(change) == [fault]


def test_all_contradictions_are_listed_at_once() -> None:
    found = faults_of(
        lambda one: replace(
            one,
            needs=(need("429999", "boat", 0, due_h=13), *one.needs),
            lots=(*one.lots, lot("x", "429999-01", "tent", -1)),
            pools=(pool("429999-01", 1), pool(A, 1, num_drivers=3)),
        )
    )
    assert [field for _, field, _ in found] == [
        "place_code",
        "item_code",
        "due_at",
        "pieces",
        "depot_code",
        "pieces",
        "base_code",
        "num_vehicles",
    ]


def test_a_fault_says_what_is_allowed_and_what_to_do() -> None:
    with pytest.raises(
        InconsistentSituation,
        match=(
            r"^lot x: pieces = '80 on hand, 120 committed': More is committed than on hand, or a "
            r"count is negative\. Allowed: 0 <= committed <= on hand\. Record a movement or lower "
            r"the commitment\.$"
        ),
    ):
        replace(BASE, lots=(replace(lot("x", A, "tent", 80), committed_pieces=120),))


def test_nothing_at_all_is_no_contradiction() -> None:
    empty = replace(BASE, places=(), needs=(), depots=(), lots=(), pools=(), vehicle_classes=())
    assert empty.usable_lots() == ()


# Windows


@pytest.mark.parametrize(
    ("after", "window"),
    [
        (timedelta(0), 0),
        (12 * HOUR, 0),
        (12 * HOUR + timedelta(seconds=1), 1),
        (24 * HOUR, 1),
        (72 * HOUR, 3),
        (72 * HOUR + timedelta(microseconds=1), None),
    ],
)
def test_the_end_of_a_window_belongs_to_it(after: timedelta, window: int | None) -> None:
    assert BASE.window_of(START_AT + after) == window


def test_windows_end_after_the_start() -> None:
    assert BASE.window_end_at(2) == START_AT + 48 * HOUR
    assert BASE.horizon_at == START_AT + 72 * HOUR


# Stock


@pytest.mark.parametrize(
    ("expires_on", "usable"),
    [(None, True), (date(2026, 7, 8), True), (date(2026, 7, 7), False)],
)
def test_lots_need_a_week_of_life(expires_on: date | None, *, usable: bool) -> None:
    # The plan starts on 1 July.
    aged = replace(BASE, lots=(lot("x", A, "tent", 1, expires_on=expires_on),))
    assert len(aged.usable_lots()) == usable


@pytest.mark.parametrize(("start_hour", "usable"), [(15, True), (16, False)])
def test_a_day_of_expiry_is_a_day_in_hubei(start_hour: int, *, usable: bool) -> None:
    # From 16:00 UTC on it is 2 July in Hubei, a week before 9 July.
    start_at = START_AT.replace(hour=start_hour)
    aged = replace(
        BASE,
        start_at=start_at,
        needs=(),
        lots=(lot("x", A, "tent", 1, expires_on=date(2026, 7, 8)),),
    )
    assert len(aged.usable_lots()) == usable


def test_committed_pieces_are_not_usable() -> None:
    promised = replace(lot("x", A, "tent", 5), committed_pieces=5)
    assert promised.available_pieces == 0
    assert replace(BASE, lots=(promised,)).usable_lots() == ()


# Fingerprint


def test_the_fingerprint_is_that_of_the_content() -> None:
    assert two_depots_three_places().fingerprint() == BASE.fingerprint()
    assert len(BASE.fingerprint()) == 64
    assert int(BASE.fingerprint(), 16) > 0


def test_the_fingerprint_knows_instants_not_their_spelling() -> None:
    peking = timezone(timedelta(hours=8))
    spelled = replace(BASE, start_at=START_AT.astimezone(peking))
    assert spelled.fingerprint() == BASE.fingerprint()
    assert START_AT.tzinfo is UTC


CHANGES: list[Change] = [
    lambda one: replace(one, event_code="another"),
    lambda one: replace(one, event_zh="另一例"),
    lambda one: replace(one, start_at=START_AT + timedelta(seconds=1), needs=()),
    lambda one: replace(one, needs=()),
    lambda one: replace(one, needs=one.needs[::-1]),
    lambda one: replace(one, needs=(need(P1, "tent", 51), *one.needs[1:])),
    lambda one: replace(
        one, needs=(replace(one.needs[0], priority=Priority.COMFORT), *one.needs[1:])
    ),
    lambda one: replace(one, catalogue=Catalogue(items=(item("tent", mass_kg=11),))),
    lambda one: replace(one, places=(place(P1, people=1001), *one.places[1:])),
    lambda one: replace(one, depots=(depot(A, tier=Tier.CITY), *one.depots[1:])),
    lambda one: replace(one, lots=(lot("A-tent", A, "tent", 61), *one.lots[1:])),
    lambda one: replace(
        one, lots=(replace(one.lots[0], expires_on=date(2030, 1, 1)), *one.lots[1:])
    ),
    lambda one: replace(one, vehicle_classes=(truck(load_min=31),)),
    lambda one: replace(one, pools=(pool(A, 2, ready_min=1), *one.pools[1:])),
    lambda one: replace(one, policy=PlanningPolicy(never_extra=73 * HOUR)),
    lambda one: replace(one, travel=replace(one.travel, network_fingerprint="another")),
    lambda one: replace(
        one,
        travel=replace(
            one.travel,
            closures=(Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((1, 2),)),),
        ),
    ),
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_fingerprint_sees_every_change(change: Change) -> None:
    assert change(BASE).fingerprint() != BASE.fingerprint()


def test_the_fingerprint_sees_a_second_of_travel() -> None:
    hours = BASE.travel.duration_h.copy()
    hours[0, 0, 2] += 1 / 3600
    slower = replace(BASE, travel=replace(BASE.travel, duration_h=hours))
    assert slower.fingerprint() != BASE.fingerprint()


def test_the_fingerprint_does_not_depend_on_how_arrays_lie_in_memory() -> None:
    turned = np.asfortranarray(BASE.travel.duration_h)
    assert not turned.flags.c_contiguous
    same = replace(BASE, travel=replace(BASE.travel, duration_h=turned))
    assert same.fingerprint() == BASE.fingerprint()


def test_neighbouring_fields_do_not_run_together() -> None:
    # "a" and "bc" are not "ab" and "c".
    first = replace(BASE, event_code="a", event_zh="bc")
    second = replace(BASE, event_code="ab", event_zh="c")
    assert first.fingerprint() != second.fingerprint()


def test_travel_from_parts_is_as_given() -> None:
    table = travel({("x", "y"): 1.5}, ["x", "y"])
    assert table.seconds().tolist() == [[[0, 5400], [2**40, 0]]]
