"""Pins that cannot all hold: the smallest set, by hand and against every subset."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from relief.errors import SolverFailed
from relief.plan.orders import Forbid, Force, Hold, Order, Pin
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.allocation import allocator, order_conflicts
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.order_conflicts import KeepableOrders, keepable_orders, least_lacking
from solvers.allocation.trucks import planned_trucks
from solvers.stop import Deadline
from tests.situations import pool, two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation, with_more_trucks

HOUR = timedelta(hours=1)
BASE = two_depots_three_places()
A, B = "420001-01", "420112-01"
P1, P2, P3 = "420001", "420002", "420003"


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=60), lambda: 0.0)


def pin(place: str, pieces: int, *, by_h: int = 12, depot: str = "") -> Pin:
    return Pin(item_code="tent", place_code=place, pieces=pieces, by=by_h * HOUR, depot_code=depot)


def slacks(*orders: Order, it: Situation = BASE) -> list[tuple[int, int, str]]:
    found = keepable_orders(replace(it, orders=orders), soon()).slacks
    return [(slack.number, slack.missing_pieces, str(slack.because)) for slack in found]


# A holds 60 tents and B 100; places 1, 2 and 3 need 50, 40 and 10, and no road leads to place 3.
def test_orders_that_can_be_kept_lack_nothing() -> None:
    assert slacks(pin(P1, 50), pin(P2, 40), Force(place_code=P1, by=12 * HOUR)) == []
    assert slacks(Hold(depot_code=A, item_code="tent", held_pieces=60)) == []


def test_more_than_the_need_is_never_sent() -> None:
    ((number, pieces, because),) = slacks(pin(P1, 50), pin(P2, 55))
    assert (number, pieces) == (2, 15)
    assert "beyond the need" in because


def test_what_cannot_be_by_itself_is_told_so() -> None:
    ((number, pieces, because),) = slacks(pin(P2, 5), pin(P3, 7, by_h=72))
    assert (number, pieces) == (2, 7)
    assert because.startswith("Not even without any other order")


def test_of_two_pins_for_the_same_goods_one_is_given_up() -> None:
    # 45 and 35 from A's 60: either lacks 20; the other orders are not in the way.
    found = slacks(pin(P1, 45, depot=A), pin(P1, 5, depot=B), pin(P2, 35, depot=A))
    ((number, pieces, because),) = found
    other = {1: 3, 3: 1}[number]
    assert pieces == 20
    assert because == f"It cannot be kept together with the orders {other}."


def test_a_hold_and_a_forbid_that_stand_in_the_way_are_named() -> None:
    # 15 of A's 60 are free for place 1, and B is forbidden.
    found = slacks(
        Hold(depot_code=A, item_code="tent", held_pieces=45),
        pin(P1, 30),
        Forbid(source_code=B, place_code=P1),
        Forbid(source_code=B, place_code=P3),
    )
    assert found == [(2, 15, "It cannot be kept together with the orders 1, 3.")]


def test_few_orders_are_given_up_rather_than_few_pieces() -> None:
    # From A's 60: giving up the second alone lacks 10 + 11 pieces of it; half and half would not
    # be fewer orders.
    found = slacks(pin(P1, 39, depot=A), pin(P2, 39, depot=A), pin(P1, 20, by_h=24, depot=A))
    assert len(found) == 1
    assert found[0][1] == 18


def test_a_force_asks_for_all_that_is_due() -> None:
    # A alone holds 60; 50 of them are pinned for place 1 and B is forbidden: place 2 lacks 30.
    found = slacks(pin(P1, 50, depot=A), Force(place_code=P2, by=12 * HOUR), Forbid(source_code=B))
    assert [(number, pieces) for number, pieces, _ in found] in ([(2, 30)], [(1, 30)])


def test_an_allocation_comes_back_in_spite_of_impossible_orders() -> None:
    orders = (pin(P3, 10), pin(P1, 50, depot=B), pin(P2, 99))
    allocation = WindowAllocator(SolveLimits(seconds=30)).allocate(replace(BASE, orders=orders))
    lacking = {slack.number: slack.missing_pieces for slack in allocation.order_slacks}
    assert lacking == {1: 10, 3: 59}
    from_b = [each for each in allocation.consignments if each.depot_code == B]
    assert sum(each.pieces for each in from_b if each.place_code == P1) == 50


def test_trucks_that_do_not_suffice_are_seen() -> None:
    # Without trucks but A's two, which may drive 10 h to B and back in a day: nothing of B comes to
    # place 1 within 12 h.
    it = replace(BASE, pools=(pool(A, 2),))
    ((number, pieces, _),) = slacks(pin(P1, 30, depot=B), it=it)
    assert (number, pieces) == (1, 30)


def drawn_pins(it: Situation, seed: int) -> tuple[Order, ...]:
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    orders: list[Order] = []
    for need in draw.sample(it.needs, min(4, len(it.needs))):
        sources = ["", *(lot.depot_code for lot in it.lots if lot.item_code == need.item_code)]
        orders.append(
            Pin(
                item_code=need.item_code,
                place_code=need.place_code,
                pieces=draw.randint(1, 130),
                by=draw.choice(it.policy.window_ends),
                depot_code=draw.choice(sources),
            )
        )
    orders.append(Forbid(source_code=it.depots[0].code, place_code=it.places[0].code))
    return tuple(dict.fromkeys(orders))


def holds(it: Situation, pins: list[Pin]) -> bool:
    """Return by plain loops whether pins can all be kept where trucks are plenty."""
    case = case_of(replace(it, orders=()))
    arrive_s = planned_trucks(case).earliest_s()
    forbidden = [order for order in it.orders if isinstance(order, Forbid)]
    columns = [
        (lot, place, end)
        for lot in it.usable_lots()
        for place in it.places
        for end in it.policy.window_ends
        if place.code in case.place_codes
        and lot.depot_code in case.depot_codes
        and arrive_s[case.depot_codes.index(lot.depot_code), case.place_codes.index(place.code)]
        <= end.total_seconds()
        and not any(
            order.source_code == lot.depot_code and order.place_code == place.code
            for order in forbidden
        )
    ]
    if not columns:
        return not pins
    rows, limits = [], []
    for lot in it.usable_lots():
        rows.append([1.0 if column[0] is lot else 0.0 for column in columns])
        limits.append(float(lot.available_pieces))
    for place in it.places:
        for item in it.catalogue.items:
            rows.append(
                [
                    1.0 if column[1] is place and column[0].item_code == item.code else 0.0
                    for column in columns
                ]
            )
            limits.append(
                float(
                    sum(
                        need.pieces
                        for need in it.needs
                        if (need.place_code, need.item_code) == (place.code, item.code)
                    )
                )
            )
    for each in pins:
        rows.append(
            [
                -1.0
                if lot.item_code == each.item_code
                and place.code == each.place_code
                and end <= each.by
                and each.depot_code in ("", lot.depot_code)
                else 0.0
                for lot, place, end in columns
            ]
        )
        limits.append(-float(each.pieces))
    answer = linprog(np.zeros(len(columns)), A_ub=np.array(rows), b_ub=limits, method="highs")
    return bool(answer.status == 0)


@pytest.mark.parametrize("seed", range(40))
def test_no_smaller_set_of_orders_can_be_given_up(seed: int) -> None:
    it = with_more_trucks(small_situation(seed, num_places=3, num_depots=2, num_items=1), 500)
    if not it.lots or not it.needs:
        it = with_more_trucks(BASE, 500)
    it = replace(it, orders=drawn_pins(it, seed))
    pins = {n: order for n, order in enumerate(it.orders, start=1) if isinstance(order, Pin)}
    lacking = least_lacking(it, tuple(enumerate(it.orders, start=1)), soon())
    kept = [order for number, order in pins.items() if number not in lacking]
    assert holds(it, kept)
    smallest = next(
        size
        for size in range(len(pins) + 1)
        for left in combinations(pins, len(pins) - size)
        if holds(it, [pins[number] for number in left])
    )
    assert len(lacking) == smallest
    # And what is left of those given up can be had besides.
    lowered = [
        replace(order, pieces=order.pieces - lacking.get(number, {}).get(order.item_code, 0))
        for number, order in pins.items()
    ]
    assert holds(it, [each for each in lowered if each.pieces > 0])


def test_without_time_for_the_fewest_orders_little_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solved = order_conflicts._solved

    def only_linear(*arguments: Any) -> Any:  # noqa: ANN401 - handed on as they are
        if arguments[3]:
            raise SolverFailed("no time for whole numbers")
        return solved(*arguments)

    monkeypatch.setattr(order_conflicts, "_solved", only_linear)
    # 45 and 35 from A's 60: 20 pieces lack in all, whichever order lacks them.
    found = slacks(pin(P1, 45, depot=A), pin(P2, 35, depot=A))
    assert sum(pieces for _, pieces, _ in found) == 20


def test_without_time_for_orders_there_is_an_allocation_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*_: Any) -> KeepableOrders:  # noqa: ANN401 - whatever it is asked
        raise SolverFailed("no time")

    monkeypatch.setattr(allocator, "keepable_orders", late)
    orders = (pin(P3, 10), pin(P1, 30, depot=B))
    found = WindowAllocator(SolveLimits(seconds=30)).allocate(replace(BASE, orders=orders))
    assert found.order_slacks == ()
    sent = sum(
        each.pieces for each in found.consignments if (each.depot_code, each.place_code) == (B, P1)
    )
    assert sent >= 30
