"""``relief assess`` and ``relief levels``, run in this process as people run them."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from api.cli import main
from relief.beidou.sending import captured, report_sentence
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from scenarios.events import load_event

Said = tuple[int, str, str]


@pytest.fixture
def relief(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    def call(*arguments: str) -> Said:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["relief", *arguments])
        for name in ("RELIEF_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, out, err

    return call


def record(said: Said) -> dict[str, list[dict[str, object]]]:
    code, out, err = said
    assert (code, err) == (0, "")
    read: dict[str, list[dict[str, object]]] = json.loads(out)
    return read


def test_the_flood_of_2016_at_a_glance(relief: Callable[..., Said]) -> None:
    code, out, err = relief("assess", "2016-meiyu")
    assert (code, err) == (0, "")
    for words in (
        "10,900,600", "Who is late", "13 x city, first report: still out",
        "level IV: 47 people dead", "by the high estimate: level III",
        "Conflicts to be judged by a person: 1", "corrected from 6 down to 4",
        "The checksum is 38", "80% of the time",
    ):  # fmt: skip
        assert words in out


def test_every_number_tells_whose_it_is_and_what_it_overruled(relief: Callable[..., Said]) -> None:
    found = record(
        relief("assess", "2016-meiyu", "--place", "罗田县", "--indicator", "missing", "--json")
    )
    reports = found["reports"]
    (missing,) = (each for each in found["places"] if each["indicator"] == "missing")
    number = missing["report"]
    assert isinstance(number, int)
    assert missing["reported"] == 4
    assert reports[number]["sender_card"] == "0421123"
    assert reports[number]["source"] == "county"
    # Six were missing half an hour before; the sentence itself is there for the record.
    (last,) = (
        each
        for each in found["overruled"]
        if each["by_report"] == number and each["indicator"] == "missing"
    )
    assert (last["count"], last["by_count"], last["reason"]) == (6, 4, "newer")
    overruled = last["report"]
    assert isinstance(overruled, int)
    assert str(reports[overruled]["received_at"]) < str(reports[number]["received_at"])
    assert bytes.fromhex(str(reports[number]["raw_hex"])).startswith(b"$BDTXR")
    code, out, _ = relief("assess", "2016-meiyu", "--place", "421123", "--indicator", "missing")
    assert code == 0
    for words in ("What stands behind each number", "card", "0421123 no. 7", "newer", "100%"):
        assert words in out


def test_a_table_too_long_to_read_says_where_the_rest_is(relief: Callable[..., Said]) -> None:
    code, out, _ = relief("assess", "2016-meiyu", "--place", "湖北")
    assert code == 0
    # 80 counties with ten indicators each, and the eight own totals of the province.
    assert "The first 200 of 808 rows" in out


def test_every_standing_number_has_its_report_in_the_record(relief: Callable[..., Said]) -> None:
    found = record(relief("assess", "2016-meiyu", "--json"))
    assert len(found["places"]) == 80 * 10
    for each in found["places"]:
        number = each["report"]
        assert isinstance(number, int)
        assert found["reports"][number]["unit"] == each["place"]
    affected = next(each for each in found["totals"] if each["indicator"] == "affected")
    assert affected["reported"] == affected["stated"] == 10_900_600


def test_silent_townships_in_the_footprint_are_no_zeros(relief: Callable[..., Said]) -> None:
    found = record(
        relief(
            "assess", "2021-liulin", "--at", "2021-08-12T08:00", "--footprint", "event", "--json"
        )
    )
    silent = [
        each
        for each in found["places"]
        if each["report"] is None and each["indicator"] == "affected"
    ]
    assert len(silent) == 26
    for each in silent:
        likely = each["likely"]
        assert isinstance(likely, int)
        assert likely > 0
    liulin = next(each for each in found["places"] if each["place"] == "421321116")
    assert liulin["basis"] == "report-and-footprint"


def test_silent_units_are_late_at_every_level(relief: Callable[..., Said]) -> None:
    found = record(
        relief(
            "assess", "2021-liulin", "--at", "2021-08-12T08:00", "--footprint", "event", "--json"
        )
    )
    out = {(each["level"], each["stage"]) for each in found["late"] if each["received_at"] is None}
    # Since 04:00: a township has one hour, a county two; a city four, until 08:00, is not late yet.
    assert out == {("township", "first"), ("county", "first")}
    # A field team reported on Liulin at 06:16, the township itself at 07:55 only.
    (liulin,) = (each for each in found["late"] if each["unit"] == "421321116")
    assert liulin["due_at"] == "2021-08-11T21:00:00+00:00"
    assert liulin["received_at"] == "2021-08-11T23:55:00+00:00"


def test_before_any_report_the_footprint_speaks_alone(relief: Callable[..., Said]) -> None:
    code, out, _ = relief(
        "assess", "2021-liulin", "--at", "2021-08-12T05:00", "--footprint", "event"
    )
    assert code == 0
    assert "27 townships inside the footprint are silent" in out
    code, _, err = relief(
        "assess", "2021-liulin", "--at", "2021-08-12T03:00", "--footprint", "event"
    )
    assert code == 2
    assert "begins after the instant" in err
    code, _, err = relief("assess", "2021-liulin", "--at", "2021-08-12T05:00")
    assert code == 2
    assert "No report had been received by then" in err


def test_a_township_counted_by_its_county_keeps_its_own_report(
    relief: Callable[..., Said], tmp_path: Path
) -> None:
    at = datetime.fromisoformat("2021-08-12T20:30:00+08:00")
    whole = DamageReport(
        sender_card="0421321", sequence=9, source=ReportSource.COUNTY, stage=ReportStage.CONTINUED,
        unit_code="421321", observed_at=at, received_at=at,
        counts=((Indicator.AFFECTED, 9_500),),
    )  # fmt: skip
    folder = tmp_path / "own"
    shutil.copytree(Path(str(load_event("2021-liulin").folder)), folder)
    with (folder / "reports.bds").open("ab") as capture:
        capture.write(captured(report_sentence(whole), received_at=at))
    options = ("--at", "2021-08-12T21:00", "--place", "柳林镇", "--indicator", "affected")
    code, out, err = relief("assess", str(folder), *options)
    assert (code, err) == (0, "")
    assert "Nothing is known of this place by itself" in out
    assert "8,000" in out
    found = record(relief("assess", str(folder), *options, "--json"))
    assert [each["reported"] for each in found["counted_in_county"]] == [8_000]
    county = record(relief("assess", str(folder), *options[:2], "--place", "421321", "--json"))
    affected = next(each for each in county["totals"] if each["indicator"] == "affected")
    assert (affected["reported"], affected["num_reported"]) == (9_500, 1)


def test_all_wrong_options_are_named_at_once(relief: Callable[..., Said]) -> None:
    code, out, err = relief(
        "assess", "2020-meiyu", "--at", "yesterday", "--place", "Atlantis", "--table", "hubei",
        "--indicator", "cows", "--footprint", "event", "--deadlines", "none.toml",
    )  # fmt: skip
    assert (code, out) == (2, "")
    for words in (
        "--at", "Atlantis", "hubei", "cows", "no footprint of its own", "none.toml",
    ):  # fmt: skip
        assert words in err


def test_chinese_is_chinese(relief: Callable[..., Said]) -> None:
    code, out, err = relief("assess", "2016-meiyu", "--lang", "zh")
    assert (code, err) == (0, "")
    for words in ("灾情评估", "响应等级建议", "迟报情况", "市级 13 个，初报：至今未报", "受灾人口"):
        assert words in out
    assert "reported" not in out
    assert "因灾死亡 47（标准 20 以上）" in out


def test_intervals_from_early_reports_cover_the_later_totals(relief: Callable[..., Said]) -> None:
    code, out, err = relief("assess", "2016-meiyu", "--backtest")
    assert (code, err) == (0, "")
    (whole,) = (line for line in out.splitlines() if line.strip().startswith("all "))
    # 183 trials, 98 % of them covered at a stated share of 80 %: none too high, four too low.
    assert whole.split() == ["all", "183", "98%", "100%", "97%", "0", "4", "4.3"]


def test_an_event_of_one_statement_cannot_be_tested_back(
    relief: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "event.toml").write_text(
        """code = "own"
name_zh = "自有"
name_en = "own"
hazard = "flood"
default_at = 2026-07-01T08:00:00+08:00
level = "county"
licence = "ours"
[reports]
file = "reports.bds"
[[sources]]
key = "us"
text = "our own count"
[[instants]]
at = 2026-07-01T07:00:00+08:00
source = "us"
""",
        encoding="utf-8",
    )
    (tmp_path / "reports.bds").write_text("", encoding="utf-8")
    code, out, _ = relief("assess", str(tmp_path), "--backtest")
    assert code == 0
    assert "no two statements" in out


def test_tables_are_held_against_the_starts_that_were_observed(
    relief: Callable[..., Said],
) -> None:
    _, out, _ = relief("levels", "--json")
    tables = {table["table"]: table for table in json.loads(out)}
    national = {
        (start["at"][:10], start["verdict"])
        for start in tables["national-2016"]["starts"]
        if start["unit"] == "000000"
    }
    assert national == {(day, "explained") for day in ("2016-07-02", "2020-07-08", "2021-08-12")}
    code, out, _ = relief("levels", "--table", "sample-province")
    assert code == 0
    assert "This table is a sample and no plan of Hubei." in out
