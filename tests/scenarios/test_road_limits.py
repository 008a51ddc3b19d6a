"""Roads that carry only so much a day: read, found, and held by allocation and verifier."""

from dataclasses import replace

import pytest

from relief.errors import InvalidInput
from relief.plan.certificate import Rule
from relief.plan.outcome import SolveLimits
from relief.supply.limits import ReceivingLimit
from scenarios.events import load_event
from scenarios.road_limits import RoadLimit, read_road_limits
from solvers.allocation.allocator import WindowAllocator
from tests.relief.plan.plans import P1, P2
from tests.relief.plan.test_verify_limits import judged, room
from tests.scenarios.test_prepare import liulin, prepared
from tests.situations import two_depots_three_places

BASE = two_depots_three_places()
AROUND_LIULIN = "buffer 113.23,31.54 5 km"


def over(*places: str, most_kg_per_day: int) -> ReceivingLimit:
    return replace(room("over the ferry", most_kg_per_day), beyond=places)


def test_limits_are_told_from_closures() -> None:
    closed, limits = read_road_limits(["利川市-恩施市", "巴东县-建始县 but 1.5 t/day"])
    assert closed == ("利川市-恩施市",)
    assert limits == (RoadLimit(text="巴东县-建始县", most_g_per_day=1_500_000),)


def test_every_limit_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_road_limits(["A-B but some", "A-B", "C-D but 5 kg/day"])
    assert [fault.value for fault in caught.value.faults] == ["A-B but some", "C-D but 5 kg/day"]


def test_places_over_a_road_share_what_it_carries() -> None:
    # In 12 h, half of what crosses in a day: 500 kg to place 1 and 400 kg to place 2.
    assert judged(replace(BASE, receiving_limits=(over(P1, P2, most_kg_per_day=1_800),))) == []
    found = judged(replace(BASE, receiving_limits=(over(P1, P2, most_kg_per_day=1_798),)))
    assert found == [(Rule.RECEIVING, "over the ferry, window 1", 900_000, 899_000)]
    assert judged(replace(BASE, receiving_limits=(over(P2, most_kg_per_day=800),))) == []


def test_the_allocation_shares_a_road_out() -> None:
    # 30 tents of 10 kg cross in each window of 12 h, of 90 that two places need at once.
    tight = replace(BASE, receiving_limits=(over(P1, P2, most_kg_per_day=600),))
    goods = WindowAllocator(SolveLimits(seconds=30)).allocate(tight).consignments
    by_window = [sum(one.pieces for one in goods if one.window == w) for w in range(4)]
    # 12 h, 12 h, then a day; what is left of 90 comes in the third window.
    assert by_window == [30, 30, 30, 0]


def test_liulin_behind_a_ring_of_cut_roads_is_found() -> None:
    it = prepared(load_event("2021-liulin"), closed_roads=(f"{AROUND_LIULIN} but 20 t/day",))
    (limit,) = it.situation.receiving_limits
    assert (limit.beyond, limit.most_g_per_day) == (("421321116",), 20_000_000)
    assert any("20 t a day" in str(note) for note in it.notes)
    # The road itself stays open.
    assert it.situation.travel.seconds().min() == liulin().situation.travel.seconds().min()


def test_a_road_with_a_way_around_limits_nothing() -> None:
    it = prepared(load_event("2021-liulin"), closed_roads=("利川市-恩施市 but 20 t/day",))
    assert it.situation.receiving_limits == ()
    assert any("another way" in str(note) for note in it.notes)


def test_roads_that_cannot_be_found_are_all_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        prepared(
            load_event("2021-liulin"),
            closed_roads=("甲-乙 but 20 t/day", "丙-丁 but 20 t/day"),
        )
    assert {"甲", "丙"} <= {fault.value[:1] for fault in caught.value.faults}
