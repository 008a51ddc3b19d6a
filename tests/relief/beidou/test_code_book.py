"""The code book is what a terminal maker has: it must say what the program does."""

import re
from datetime import UTC, datetime
from pathlib import Path

from relief.beidou.code_fields import ITEMS, POINT_STEPS
from relief.beidou.codes import KINDS
from relief.beidou.compact_code import CAPACITY_BYTES, VERSION, crc16, write_count
from relief.beidou.part_code import MAX_PARTS
from relief.beidou.report_code import DAMAGE_REPORT, INDICATORS, decode, encode
from relief.beidou.sending import report_sentence
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage

BOOK = Path(__file__).parents[3].joinpath("docs/beidou-report-code.md").read_text(encoding="utf-8")
EIGHT_IN_BEIJING = datetime(2016, 7, 6, 0, tzinfo=UTC)
EXAMPLE = DamageReport(
    sender_card="0312194",
    sequence=7,
    source=ReportSource.TOWNSHIP,
    stage=ReportStage.FIRST,
    unit_code="421122101",
    observed_at=EIGHT_IN_BEIJING,
    received_at=EIGHT_IN_BEIJING,
    counts=(
        (Indicator.AFFECTED, 3200),
        (Indicator.DEAD, 0),
        (Indicator.TRANSFERRED, 450),
        (Indicator.COLLAPSED_ROOMS, 12),
    ),
    blocked_roads=("G106",),
)


def section(title: str) -> str:
    return BOOK.split(f"## {title}\n")[1].split("\n## ")[0]


def test_worked_example_is_what_the_program_writes_and_reads() -> None:
    cells = re.findall(r"^\| `([0-9A-F ]+)` \|", section("Worked example"), flags=re.MULTILINE)
    octets = bytes.fromhex(" ".join(cells))
    assert len(cells) == 14
    assert f"{len(octets)} bytes, and the sentence" in BOOK
    assert encode(EXAMPLE) == octets
    assert decode(octets, sender_card="0312194", received_at=EIGHT_IN_BEIJING) == EXAMPLE


def test_worked_sentence_is_what_the_program_writes() -> None:
    (sentence,) = re.findall(r"^\$BDTXR.*$", BOOK, flags=re.MULTILINE)
    assert report_sentence(EXAMPLE) == sentence.encode()


def test_indicators_of_the_book_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", BOOK, flags=re.MULTILINE)
    named = [(int(bit), name) for bit, name in rows if name in set(Indicator)]
    assert named == [(bit, str(each)) for bit, each in enumerate(INDICATORS)]


def test_every_indicator_has_a_bit() -> None:
    assert set(INDICATORS) == set(Indicator)
    assert len(INDICATORS) == len(Indicator)


def test_items_of_the_book_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| (\d+) \| ([a-z0-9-]+) \| .*\|$", section("Items"), flags=re.MULTILINE)
    assert [(int(number), code) for number, code in rows] == list(enumerate(ITEMS, start=1))


def test_kinds_of_the_book_are_those_of_the_program() -> None:
    kinds = re.findall(r"^\*\*Kind (\d)", section("Bodies of the other kinds"), flags=re.MULTILINE)
    assert [1, *map(int, kinds)] == sorted(KINDS)
    assert f"at most {MAX_PARTS}; then a chunk" in BOOK
    assert f"{POINT_STEPS:,} steps are 90 degrees" in BOOK


def test_numbers_of_the_book_are_those_of_the_program() -> None:
    assert (VERSION, DAMAGE_REPORT, CAPACITY_BYTES) == (1, 1, 77)
    assert "of `123456789` it is `29B1`" in BOOK
    assert crc16(b"123456789") == 0x29B1
    for value, octets in re.findall(r"(\d+) is `([0-9A-F ]+)`", section("Numbers")):
        assert write_count(int(value)) == bytes.fromhex(octets)
