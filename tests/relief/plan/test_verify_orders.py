"""Damage done to orders and to the policy's reserve."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.orders import Forbid, Force, Hold, Order, OrderSlack, Pin
from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from relief.sentences import say
from tests.relief.plan.plans import P1, P2, P3, A, B, good_plan, objections, reclaimed
from tests.situations import two_depots_three_places

BASE = two_depots_three_places()
HOUR = timedelta(hours=1)


def pin(place: str, pieces: int, *, by_h: int = 12, depot: str = "") -> Pin:
    return Pin(item_code="tent", place_code=place, pieces=pieces, by=by_h * HOUR, depot_code=depot)


def hold(depot: str, pieces: int) -> Hold:
    return Hold(depot_code=depot, item_code="tent", held_pieces=pieces)


def lacking(*slacks: tuple[int, int]) -> tuple[OrderSlack, ...]:
    return tuple(
        OrderSlack(number=number, missing_pieces=pieces, because=say("Given {num} times.", num=1))
        for number, pieces in slacks
    )


def under(*orders: Order) -> Situation:
    return replace(BASE, orders=orders)


def claimed(it: Situation, *slacks: tuple[int, int]) -> DispatchPlan:
    return replace(reclaimed(good_plan(), it), order_slacks=lacking(*slacks))


# By the head of tests.relief.plan.plans: 50 tents of A come to P1, 10 of A and 30 of B to P2 within
# 12 h, none to P3. A keeps 0 of 60 tents, B 70 of 100.
@pytest.mark.parametrize(
    ("order", "lacks"),
    [
        (pin(P1, 50), 0),
        (pin(P1, 51), 1),
        (pin(P2, 40), 0),
        (pin(P2, 40, depot=B), 10),
        (pin(P2, 40, depot=A), 30),
        (pin(P3, 10, by_h=72), 10),
        (Force(place_code=P2, by=12 * HOUR), 0),
        (Force(place_code=P3, by=72 * HOUR), 10),
        (Force(place_code=P3, by=72 * HOUR, force_item_code="tent"), 10),
        (hold(B, 70), 0),
        (Forbid(source_code=B, place_code=P1), 0),
        (Forbid(source_code="A-tent", place_code=P3), 0),
    ],
)
def test_what_an_order_lacks_is_told_to_the_piece(order: Order, lacks: int) -> None:
    it = under(order)
    honest = claimed(it, (1, lacks)) if lacks else claimed(it)
    assert objections(honest, it) == []
    more = claimed(it, (1, lacks + 1))
    assert [(rule, found, limit) for rule, _, found, limit in objections(more, it)] == [
        (Rule.ORDER, lacks + 1, lacks)
    ]
    if lacks:
        silent = claimed(it)
        assert [(rule, found, limit) for rule, _, found, limit in objections(silent, it)] == [
            (Rule.ORDER, 0, lacks)
        ]


@pytest.mark.parametrize(
    ("order", "found", "limit"),
    [
        (hold(B, 71), 30, 29),
        (hold(A, 1), 60, 59),
        (Forbid(source_code=B, place_code=P2), 30, 0),
        (Forbid(source_code="A-tent"), 60, 0),
        (Forbid(source_code=A, place_code=P2, item_code="tent"), 10, 0),
    ],
)
def test_what_is_kept_back_must_stay(order: Order, found: int, limit: int) -> None:
    it = under(order)
    assert [(rule, *numbers) for rule, _, *numbers in objections(claimed(it), it)] == [
        (Rule.ORDER, found, limit)
    ]


def test_a_hold_of_more_than_there_is_lacks_the_rest_and_keeps_all() -> None:
    it = under(hold(A, 65))
    assert [(rule, *numbers) for rule, _, *numbers in objections(claimed(it, (1, 5)), it)] == [
        (Rule.ORDER, 60, 0)
    ]


def test_a_slack_belongs_to_an_order_and_is_told_once() -> None:
    it = under(pin(P3, 10))
    assert objections(claimed(it, (1, 10)), it) == []
    for slacks in (((1, 10), (2, 3)), ((1, 10), (0, 3)), ((1, 4), (1, 6))):
        found = objections(claimed(it, *slacks), it)
        assert [rule for rule, *_ in found] == [Rule.ORDER]


@pytest.mark.parametrize(
    ("reserve", "found"),
    [
        # 70 of B's 100 tents may stay; A is a county's depot.
        (ReserveRule(stock_ppm=700_000), []),
        (ReserveRule(stock_ppm=700_001), [(Rule.RESERVE, 30, 29)]),
        # B's only truck is used; half of it, rounded down, is none.
        (ReserveRule(trucks_ppm=500_000), []),
    ],
)
def test_the_reserve_stays(reserve: ReserveRule, found: list[tuple[Rule, int, int]]) -> None:
    it = replace(BASE, policy=replace(BASE.policy, reserve=reserve))
    assert [(rule, *numbers) for rule, _, *numbers in objections(claimed(it), it)] == found


def test_vehicles_of_the_reserve_stay() -> None:
    # Both trucks of A are used; half of the pool is one, once county depots hold a reserve, too.
    reserve = ReserveRule(trucks_ppm=500_000, least_tier=BASE.depots[0].tier)
    it = replace(BASE, policy=replace(BASE.policy, reserve=reserve))
    assert [(rule, *numbers) for rule, _, *numbers in objections(claimed(it), it)] == [
        (Rule.RESERVE, 2, 1)
    ]
