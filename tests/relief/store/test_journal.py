"""The journal keeps every byte, cuts off only what was never whole, and refuses to lose more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.line_reading import Chunk, ChunkKind
from relief.errors import InvalidInput
from relief.store.journal import MAX_CARRIED_BYTES, Journal, journal_name, read_journal

AT = datetime(2016, 7, 6, 0, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "r.journal"


def filled(path: Path, *parts: bytes) -> list[Chunk]:
    with Journal(path, made_at=AT) as journal:
        return [
            chunk for part in parts for chunk in journal.append("串口", ChunkKind.BYTES, AT, part)
        ]


def test_what_was_appended_comes_back_with_its_places(path: Path) -> None:
    first = filled(path, b"\x00\xff", b"")
    second = filled(path, b"abc")
    assert list(read_journal(path)) == [*first, *second]
    assert list(read_journal(path, start_at=second[0].record_at)) == second
    octets = path.read_bytes()
    for chunk in (*first, *second):
        assert octets[chunk.address : chunk.address + len(chunk.octets)] == chunk.octets
        assert chunk.at == AT


def test_a_journal_keeps_the_name_of_its_making(path: Path) -> None:
    filled(path, b"a")
    with Journal(path, made_at=AT + timedelta(days=1)) as journal:
        assert journal.name == journal_name(path) == "1467763200123456"


@pytest.mark.parametrize("num_bytes", [1, 5, 14, 20, 30])
def test_a_record_cut_off_by_a_power_cut_is_cut_away(path: Path, num_bytes: int) -> None:
    whole, last = filled(path, b"first", b"second, never acknowledged")
    octets = path.read_bytes()
    path.write_bytes(octets[: last.record_at + num_bytes])
    assert filled(path, b"third")[0].record_at == last.record_at
    assert [chunk.octets for chunk in read_journal(path)] == [b"first", b"third"]
    assert whole.end_at == last.record_at


def test_a_tail_of_zeros_is_cut_away(path: Path) -> None:
    filled(path, b"first")
    with path.open("ab") as file:
        file.write(bytes(500))
    filled(path, b"second")
    assert [chunk.octets for chunk in read_journal(path)] == [b"first", b"second"]


def test_damage_with_whole_records_behind_it_is_refused_and_left_alone(path: Path) -> None:
    first, second, _ = filled(path, b"first", b"second", b"third")
    octets = bytearray(path.read_bytes())
    octets[second.address] ^= 1
    path.write_bytes(octets)
    with pytest.raises(InvalidInput, match=f"damaged at byte {first.end_at}"):
        Journal(path, made_at=AT)
    assert path.read_bytes() == octets


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    path.write_bytes(b"Dear depot keeper, " * 3)
    with pytest.raises(InvalidInput, match="The file is no journal"):
        Journal(path, made_at=AT)
    with pytest.raises(InvalidInput, match="The journal cannot be opened: Is a directory"):
        Journal(path.parent, made_at=AT)


def test_one_process_writes_at_a_time(path: Path) -> None:
    with Journal(path, made_at=AT), pytest.raises(InvalidInput, match="Another process writes"):
        Journal(path, made_at=AT)


def test_an_unfinished_beginning_is_begun_again(path: Path) -> None:
    path.write_bytes(b"RELIE")
    filled(path, b"a")
    assert [chunk.octets for chunk in read_journal(path)] == [b"a"]


def test_much_at_once_is_several_records(path: Path) -> None:
    chunks = filled(path, bytes(MAX_CARRIED_BYTES + 1))
    assert [len(chunk.octets) for chunk in chunks] == [MAX_CARRIED_BYTES, 1]
    assert list(read_journal(path)) == chunks


@given(st.lists(st.binary(max_size=50), max_size=6), st.data())
def test_any_cut_loses_at_most_the_records_behind_it(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "j"
    chunks = filled(path, *parts)
    size = path.stat().st_size
    cut = data.draw(st.integers(16, size))
    path.write_bytes(path.read_bytes()[:cut])
    filled(path)
    assert list(read_journal(path)) == [chunk for chunk in chunks if chunk.end_at <= cut]
