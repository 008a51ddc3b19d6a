"""Orders: what stays, and which orders make no sense."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from relief.errors import InconsistentSituation
from relief.places import Tier
from relief.plan.orders import Forbid, Force, Hold, Order, Pin, forbids, order_text
from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from tests.situations import depot, item, lot, need, place, pool, situation

HOUR = timedelta(hours=1)


def depot_with_three_lots(*orders: Order, reserve: ReserveRule | None = None) -> Situation:
    """One provincial depot with 30 tents until 2027, 20 until 2028 and 10 for ever, 11 trucks."""
    base = situation(
        items=[item("tent"), item("quilt")],
        places=[place("420001")],
        needs=[need("420001", "tent", 50)],
        depots=[depot("420112-01", tier=Tier.PROVINCE), depot("420001-01")],
        lots=[
            replace(lot("early", "420112-01", "tent", 30), expires_on=date(2027, 1, 1)),
            replace(lot("late", "420112-01", "tent", 20), expires_on=date(2028, 1, 1)),
            lot("lasting", "420112-01", "tent", 10),
            lot("near", "420001-01", "tent", 10),
            lot("quilts", "420112-01", "quilt", 7),
        ],
        pools=[pool("420112-01", 11), pool("420001-01", 3)],
        hours_between={("420112-01", "420001"): 1, ("420001", "420112-01"): 1},
    )
    policy = base.policy if reserve is None else replace(base.policy, reserve=reserve)
    return replace(base, orders=orders, policy=policy)


def usable(it: Situation) -> dict[str, int]:
    return {each.code: each.available_pieces for each in it.usable_lots()}


def test_what_lasts_longest_is_held_back() -> None:
    # 25 of 60: the 10 that never expire and 15 of the 20 that expire last.
    held = depot_with_three_lots(Hold(depot_code="420112-01", item_code="tent", held_pieces=25))
    assert usable(held) == {"early": 30, "late": 5, "near": 10, "quilts": 7}
    assert held.held_pieces() == {("420112-01", "tent"): 25}


def test_a_hold_of_more_than_there_is_holds_all() -> None:
    held = depot_with_three_lots(Hold(depot_code="420112-01", item_code="tent", held_pieces=99))
    assert usable(held) == {"near": 10, "quilts": 7}


def test_holds_of_the_same_goods_do_not_add_up() -> None:
    held = depot_with_three_lots(
        Hold(depot_code="420112-01", item_code="tent", held_pieces=5),
        Hold(depot_code="420112-01", item_code="tent", held_pieces=8),
        reserve=ReserveRule(stock_ppm=100_000),
    )
    # A tenth is 6 of 60 tents and, rounded up, 1 of 7 quilts; the county's depot keeps nothing.
    assert held.held_pieces() == {("420112-01", "tent"): 8, ("420112-01", "quilt"): 1}


def test_the_reserve_keeps_trucks_of_the_far_tiers() -> None:
    # A fifth of 11 is 2.2, rounded down.
    it = depot_with_three_lots(reserve=ReserveRule(trucks_ppm=200_000))
    assert [each.num_vehicles for each in it.free_pools()] == [9, 3]
    assert [each.num_vehicles for each in it.pools] == [11, 3]


def test_orders_and_policy_are_part_of_the_fingerprint() -> None:
    plain = depot_with_three_lots()
    kept = depot_with_three_lots(Hold(depot_code="420112-01", item_code="tent", held_pieces=5))
    named = replace(plain, policy=replace(plain.policy, name="mine"))
    assert len({each.fingerprint() for each in (plain, kept, named)}) == 3


@pytest.mark.parametrize(
    ("order", "lot_code", "place_code", "is_forbidden"),
    [
        (Forbid(source_code="420112-01"), "early", "420001", True),
        (Forbid(source_code="420112-01"), "near", "420001", False),
        (Forbid(source_code="early"), "early", "420001", True),
        (Forbid(source_code="early"), "late", "420001", False),
        (Forbid(source_code="420112-01", place_code="420002"), "early", "420001", False),
        (Forbid(source_code="420112-01", item_code="quilt"), "early", "420001", False),
        (Forbid(source_code="420112-01", item_code="quilt"), "quilts", "420001", True),
    ],
)
def test_what_a_forbid_means(
    order: Forbid, lot_code: str, place_code: str, *, is_forbidden: bool
) -> None:
    lots = {each.code: each for each in depot_with_three_lots().lots}
    assert forbids(order, lots[lot_code], place_code) is is_forbidden


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (
            Pin(item_code="quilt", place_code="420001", pieces=5, by=24 * HOUR),
            "pin quilt 420001 5 by 24h",
        ),
        (
            Pin(item_code="q", place_code="p", pieces=5, by=12 * HOUR, depot_code="d"),
            "pin d q p 5 by 12h",
        ),
        (Force(place_code="420001", by=24 * HOUR), "force 420001 by 24h"),
        (Force(place_code="p", by=24 * HOUR, force_item_code="q"), "force p q by 24h"),
        (Forbid(source_code="420112-01"), "forbid 420112-01 -> all"),
        (Forbid(source_code="d", place_code="p", item_code="q"), "forbid d -> p q"),
        (Hold(depot_code="d", item_code="q", held_pieces=3), "hold d q 3"),
    ],
)
def test_an_order_is_written_as_on_the_command_line(order: Order, text: str) -> None:
    assert order_text(order) == text


def test_all_faults_of_all_orders_are_told_at_once() -> None:
    twice = Forbid(source_code="nowhere")
    with pytest.raises(InconsistentSituation) as refused:
        depot_with_three_lots(
            Pin(item_code="soap", place_code="1", pieces=0, by=13 * HOUR, depot_code="2"),
            Force(place_code="420001", by=-HOUR),
            Hold(depot_code="420001-01", item_code="tent", held_pieces=0),
            twice,
            twice,
        )
    assert [(fault.field, fault.value) for fault in refused.value.faults] == [
        ("place", "1"),
        ("item", "soap"),
        ("depot", "2"),
        ("by", "13 h"),
        ("pieces", "0"),
        ("by", "-1 h"),
        ("pieces", "0"),
        ("source", "nowhere"),
        ("source", "nowhere"),
        ("", "forbid nowhere -> all"),
    ]
