"""What is there or on the road is not needed again: worked out by hand, and read from a table."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.errors import InvalidInput
from relief.plan.received import Received, read_received, still_needed
from tests.situations import START_AT, need

PLACE = "420001"


def received(pieces: int, hours: float | None, item_code: str = "tent") -> Received:
    arrives_at = None if hours is None else START_AT + timedelta(hours=hours)
    return Received(
        place_code=PLACE, item_code=item_code, pieces=pieces, arrives_at=arrives_at, source="paper"
    )


NEEDS = (
    need(PLACE, "tent", 40, due_h=24),
    need(PLACE, "tent", 30, due_h=12),
    need(PLACE, "quilt", 10, due_h=12),
    need("420002", "tent", 20, due_h=12),
)


def left(*goods: Received) -> list[int]:
    """Return what is left of the four needs above, 0 where one is gone."""
    found = {
        (one.place_code, one.item_code, one.due_at): one.pieces
        for one in still_needed(NEEDS, goods)
    }
    return [found.get((one.place_code, one.item_code, one.due_at), 0) for one in NEEDS]


def test_what_is_there_fills_what_is_due_first() -> None:
    # 50 tents: all 30 of the first 12 hours and 20 of the 40 due later.
    assert left(received(50, None)) == [20, 0, 10, 20]


def test_what_is_on_the_road_fills_what_is_due_when_it_comes() -> None:
    # After 18 hours it is too late for the first 30, which others may still bring in time: 25 are
    # taken off the later need. 60 fill that and, since nobody needs tents later, 20 of the first.
    assert left(received(25, 18)) == [15, 30, 10, 20]
    assert left(received(60, 18)) == [0, 10, 10, 20]


def test_more_than_is_needed_is_nobodys_else() -> None:
    assert left(received(500, None), received(3, 2, "quilt")) == [0, 0, 7, 20]


@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from([None, 6.0, 18.0, 60.0]))))
def test_no_piece_counts_twice(goods: list[tuple[int, float | None]]) -> None:
    total = sum(pieces for pieces, _ in goods)
    rest = sum(left(*(received(pieces, hours) for pieces, hours in goods))[:2])
    assert rest == max(0, 70 - total)


TABLE = """\
place_code,item_code,pieces,arrives_at,source
420001,tent,50,,waybill 7
420001,quilt,3,2026-07-01T10:00+08:00,waybill 8
"""


def test_the_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "received.csv"
    path.write_text(TABLE, encoding="utf-8")
    first, second = read_received(path, {PLACE}, {"tent", "quilt"})
    assert (first.pieces, first.arrives_at) == (50, None)
    assert second.arrives_at == START_AT + timedelta(hours=2)


def test_all_faults_of_the_table_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "received.csv"
    path.write_text(
        TABLE.replace("420001,tent,50", "429999,boat,0").replace("+08:00", ""), encoding="utf-8"
    )
    with pytest.raises(InvalidInput) as caught:
        read_received(path, {PLACE}, {"tent", "quilt"})
    assert [(fault.where, fault.field) for fault in caught.value.faults] == [
        ("received.csv:2", "place_code"),
        ("received.csv:2", "item_code"),
        ("received.csv:2", "pieces"),
        ("received.csv:3", "arrives_at"),
    ]
