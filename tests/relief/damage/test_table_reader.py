from collections.abc import Callable
from pathlib import Path

import pytest

from relief.damage.reports import Indicator
from relief.damage.table_reader import TableReader
from relief.errors import InvalidInput


def reading(folder: Path, text: str) -> TableReader:
    path = folder / "table.toml"
    path.write_text(text, encoding="utf-8")
    return TableReader(path)


@pytest.mark.parametrize(
    ("text", "read", "allowed"),
    [
        ("a = 3", lambda r: list(r.tables(r.content, "a")), "[[a]]"),
        ("a = []", lambda r: list(r.tables(r.content, "a")), "at least one [[a]]"),
        ("a = 3", lambda r: r.table(r.content, "a"), "[a]"),
        ("a = 3", lambda r: r.text(r.content, "x", "a"), "a text"),
        ('a = "z"', lambda r: r.choice(r.content, "x", "a", ("b", "c")), "b, c"),
        ("a = -0.5", lambda r: r.number(r.content, "x", "a"), ">= 0"),
        ("a = true", lambda r: r.number(r.content, "x", "a"), ">= 0"),
        ("a = 1.5", lambda r: r.count(r.content, "x", "a"), ">= 0"),
        ('a = "May"', lambda r: r.day(r.content, "x", "a"), "2016-03-24"),
        ("a = []", lambda r: r.indicators(r.content["a"], "x", "a"), ", ".join(Indicator)),
        ('a = ["cows"]', lambda r: r.indicators(r.content["a"], "x", "a"), ", ".join(Indicator)),
    ],
)
def test_each_kind_of_entry_is_checked(
    tmp_path: Path, text: str, read: Callable[[TableReader], object], allowed: str
) -> None:
    reader = reading(tmp_path, text)
    reader.settle()
    read(reader)
    with pytest.raises(InvalidInput, match=r"table\.toml.*a") as refused:
        reader.settle()
    assert [fault.allowed for fault in refused.value.faults] == [allowed]


def test_right_entries_come_out_exact(tmp_path: Path) -> None:
    reader = reading(tmp_path, 'a = 0.1\nb = 3\nc = "x"\nd = ["dead"]')
    assert reader.number(reader.content, "", "a") == pytest.approx(0.1)
    assert reader.count(reader.content, "", "b") == 3
    assert reader.choice(reader.content, "", "c", ("w", "x")) == "x"
    assert reader.day(reader.content, "", "none") is None
    assert reader.indicators(reader.content["d"], "", "d") == (Indicator.DEAD,)
    reader.settle()
    assert reader.faults == []
