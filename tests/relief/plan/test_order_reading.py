"""Orders as officers write them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.errors import InvalidInput
from relief.plan.order_reading import orders_of, read_order_file, read_order_line
from relief.plan.orders import Forbid, Force, Hold, Order, Pin, order_text
from tests.situations import item, two_depots_three_places

HOUR = timedelta(hours=1)
BASE = two_depots_three_places()
NAMED = replace(
    BASE,
    places=(
        replace(BASE.places[0], name_zh="罗田县", name_en="Luotian County"),
        replace(BASE.places[1], name_zh="英山县", name_en="Yingshan"),
        replace(BASE.places[2], name_zh="英山县", name_en="Third"),
    ),
    depots=(replace(BASE.depots[0], name_zh="罗田库", name_en="Luotian Depot"), BASE.depots[1]),
    catalogue=replace(
        BASE.catalogue, items=(replace(item("tent"), name_zh="帐篷", name_en="Tent"),)
    ),
)


@pytest.mark.parametrize(
    ("kind", "line", "order"),
    [
        (
            "pin",
            "420112-01 tent 420001 500 by 24h",
            Pin(
                item_code="tent", place_code="420001", pieces=500, by=24 * HOUR,
                depot_code="420112-01",
            ),
        ),
        (
            "pin",
            "帐篷 罗田县 5 24小时",
            None,
        ),
        (
            "pin",
            "罗田库 帐篷 罗田县 5 内 24 小时",
            Pin(
                item_code="tent", place_code="420001", pieces=5, by=24 * HOUR,
                depot_code="420001-01",
            ),
        ),
        (
            "pin",
            "pin Tent 'luotian county' 7",
            Pin(item_code="tent", place_code="420001", pieces=7, by=72 * HOUR),
        ),
        ("force", "罗田县", Force(place_code="420001", by=72 * HOUR)),
        (
            "force",
            "420001 tent within 12h",
            Force(place_code="420001", by=12 * HOUR, force_item_code="tent"),
        ),
        ("forbid", "420112-01 -> all", Forbid(source_code="420112-01")),
        ("forbid", "罗田库→罗田县", Forbid(source_code="420001-01", place_code="420001")),
        (
            "forbid",
            "B-tent to 全部 tent",
            Forbid(source_code="B-tent", item_code="tent"),
        ),
        ("hold", "罗田库 tent 30", Hold(depot_code="420001-01", item_code="tent", held_pieces=30)),
    ],
)  # fmt: skip
def test_a_line_is_an_order(kind: str, line: str, order: Order | None) -> None:
    if order is None:
        with pytest.raises(InvalidInput, match="cannot be read"):
            read_order_line(kind, line)
        return
    assert orders_of([read_order_line(kind, line)], NAMED) == (order,)
    again = order_text(order)
    assert orders_of([read_order_line(again.split()[0], again)], NAMED) == (order,)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("pin", ""),
        ("pin", "tent 420001"),
        ("pin", "tent 420001 -5"),
        ("pin", "a b c d 5"),
        ("force", "a b c"),
        ("hold", "420112-01 tent some"),
        ("forbid", "420112-01"),
        ("forbid", "420112-01 ->"),
        ("forbid", "a b -> c"),
        ("forbid", "a -> b c d"),
        ("pin", "'tent 420001 5"),
    ],
)
def test_what_has_not_the_form_is_refused_with_the_form(kind: str, line: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_order_line(kind, line)
    assert [fault.where for fault in refused.value.faults] == [f"--{kind}"]


def test_names_that_are_unknown_or_shared_are_told_together() -> None:
    written = [
        read_order_line("pin", "Tnt 英山县 5"),
        read_order_line("hold", "420112 tent 5"),
        read_order_line("forbid", "C-tent -> 罗田"),
    ]
    with pytest.raises(InvalidInput) as refused:
        orders_of(written, NAMED)
    faults = refused.value.faults
    assert [(fault.where, fault.field, fault.value) for fault in faults] == [
        ("--pin", "item", "Tnt"),
        ("--pin", "place", "英山县"),
        ("--hold", "depot", "420112"),
        ("--forbid", "source", "C-tent"),
        ("--forbid", "place", "罗田"),
    ]
    allowed = [fault.allowed for fault in faults]
    assert allowed[1] == "420002, 420003"
    assert "420112-01 (420112-01)" in allowed[2]
    assert "罗田县 (420001)" in allowed[4]


def test_a_file_holds_orders() -> None:
    content = json.dumps(
        [
            {"kind": "pin", "item": "帐篷", "place": "罗田县", "pieces": 5, "by_h": 12},
            {"kind": "forbid", "source": "420112-01", "place": "all"},
            {"kind": "force", "place": "420001"},
            {"kind": "hold", "depot": "罗田库", "item": "tent", "pieces": 2},
        ]
    ).encode()
    assert orders_of(read_order_file(content, "orders.json"), NAMED) == (
        Pin(item_code="tent", place_code="420001", pieces=5, by=12 * HOUR),
        Forbid(source_code="420112-01"),
        Force(place_code="420001", by=72 * HOUR),
        Hold(depot_code="420001-01", item_code="tent", held_pieces=2),
    )


def test_all_faults_of_a_file_are_told_at_once() -> None:
    content = json.dumps(
        [
            {"kind": "pinn"},
            {"kind": "pin", "item": "tent", "place": 420001, "pieces": "5", "to": "x"},
            {"kind": "hold", "depot": "a"},
            7,
        ]
    ).encode()
    with pytest.raises(InvalidInput) as refused:
        read_order_file(content, "o.json")
    assert [(fault.where, fault.field) for fault in refused.value.faults] == [
        ("o.json 1", ""),
        ("o.json 2", "to"),
        ("o.json 2 place", ""),
        ("o.json 2 pieces", ""),
        ("o.json 3", "item"),
        ("o.json 3", "pieces"),
        ("o.json 4", ""),
    ]


@pytest.mark.parametrize("content", [b"{", b'{"kind": "pin"}', b"\xff"])
def test_what_is_no_list_of_orders_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"o\.json"):
        read_order_file(content, "o.json")


def test_a_wrong_hour_is_told_with_a_wrong_name() -> None:
    written = (read_order_line("pin", "boat 420001 5 by 13h"),)
    with pytest.raises(InvalidInput) as caught:
        orders_of(written, two_depots_three_places())
    assert {fault.field for fault in caught.value.faults} == {"item", "by"}
