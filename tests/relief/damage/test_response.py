from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.damage.reports import Indicator
from relief.damage.response import (
    ObservedStart,
    ResponseLevel,
    ResponseTable,
    Totals,
    Verdict,
    judge,
    load_table,
    observed_starts,
    propose,
    read_response_table,
    table_codes,
    table_in_force,
)
from relief.errors import InvalidInput

DEAD, MISSING = Indicator.DEAD, Indicator.MISSING
TRANSFERRED, URGENT = Indicator.TRANSFERRED, Indicator.URGENT_NEED
ROOMS = frozenset({Indicator.COLLAPSED_ROOMS, Indicator.SERIOUS_ROOMS})

OWN = """
code = "own"
name_zh = "某县"
name_en = "Some county"
edition = "2024"
source = "its plan"
[[criteria]]
code = "dead-missing"
name_zh = "死亡失踪"
name_en = "dead and missing"
indicators = ["dead", "missing"]
at_least = { II = 5, IV = 2 }
remembered = ["IV"]
"""


def counts(**stated: int) -> Totals:
    return {frozenset({Indicator(name)}): count for name, count in stated.items()}


def level(table: str, totals: Totals, hazard: str = "flood") -> ResponseLevel | None:
    return propose(load_table(table), totals, hazard=hazard).level


def own(folder: Path, text: str = OWN) -> ResponseTable:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return load_table(str(path))


@pytest.mark.parametrize(
    ("transferred", "expected"),
    [
        (99_999, None),
        (100_000, ResponseLevel.IV),
        (499_999, ResponseLevel.IV),
        (500_000, ResponseLevel.III),
        (1_000_000, ResponseLevel.II),
        (1_999_999, ResponseLevel.II),
        (2_000_000, ResponseLevel.I),
    ],
)
def test_lower_bounds_are_inclusive_and_upper_ones_exclusive(
    transferred: int, expected: ResponseLevel | None
) -> None:
    assert level("national-2016", counts(transferred=transferred)) is expected


def test_any_one_criterion_is_enough_and_the_gravest_is_named_first() -> None:
    totals = counts(dead=60, transferred=120_000, affected=9_000_000)
    proposal = propose(load_table("national-2016"), totals, hazard="flood")
    # 60 dead are level III (50-100), 120,000 transferred level IV.
    assert proposal.level is ResponseLevel.III
    assert [(t.criterion.code, t.count, t.threshold.at_least) for t in proposal.triggers] == [
        ("dead", 60, 50),
        ("displaced", 120_000, 100_000),
    ]
    assert [criterion.code for criterion in proposal.not_judged] == ["rooms", "households"]


def test_or_takes_the_greater_count_and_and_takes_the_sum() -> None:
    totals = counts(transferred=1_100_000, urgent_need=950_000)
    assert level("national-2016", totals) is ResponseLevel.II  # 1.1 m, not 2.05 m
    assert level("national-2024", totals) is ResponseLevel.I  # 2.05 m together


def test_a_published_sum_goes_before_its_parts() -> None:
    totals = {**counts(collapsed_rooms=9_000), ROOMS: 10_000}
    assert level("national-2016", totals) is ResponseLevel.IV


def test_a_sum_with_a_part_unreported_says_so(tmp_path: Path) -> None:
    proposal = propose(own(tmp_path), counts(dead=5), hazard="flood")
    (trigger,) = proposal.triggers
    assert (trigger.threshold.level, trigger.unreported) == (ResponseLevel.II, (MISSING,))


def test_levels_that_a_table_does_not_know_are_passed_over(tmp_path: Path) -> None:
    table = own(tmp_path)
    assert propose(table, counts(dead=4, missing=0), hazard="flood").level is ResponseLevel.IV
    assert propose(table, counts(dead=1, missing=0), hazard="flood").level is None
    assert [t.is_remembered for t in table.criteria[0].thresholds] == [False, True]


def test_the_drought_criterion_holds_for_droughts_only() -> None:
    totals = counts(water_need_current=3_202_000)
    assert level("national-2016", totals, "snow") is None
    assert level("national-2016", totals, "drought") is ResponseLevel.II


@given(
    st.sampled_from(table_codes()),
    st.dictionaries(st.sampled_from(Indicator), st.integers(0, 5_000_000)),
    st.sampled_from(Indicator),
    st.integers(0, 1_000_000),
)
def test_more_damage_never_lowers_the_level(
    code: str, reported: dict[Indicator, int], indicator: Indicator, more: int
) -> None:
    before = level(code, {frozenset({key}): count for key, count in reported.items()}, "drought")
    reported[indicator] = reported.get(indicator, 0) + more
    after = level(code, {frozenset({key}): count for key, count in reported.items()}, "drought")
    assert (after or 5) <= (before or 5)


def started(on: str, unit: str) -> ObservedStart:
    (start,) = (
        s
        for s in observed_starts()
        if s.at.date() == date.fromisoformat(on) and s.unit_code == unit
    )
    return start


@pytest.mark.parametrize("on", ["2016-07-02", "2020-07-08", "2021-08-12"])
def test_the_national_table_of_2016_explains_every_national_start(on: str) -> None:
    verdict, proposal = judge(load_table("national-2016"), started(on, "000000"))
    assert (verdict, proposal.level) == (Verdict.EXPLAINED, ResponseLevel.IV)


def test_what_triggered_the_national_starts() -> None:
    # 104,000 and 130,800 transferred (at least 100,000), 21 dead (at least 20).
    assert [
        judge(load_table("national-2016"), started(on, "000000"))[1].triggers[0].criterion.code
        for on in ("2016-07-02", "2020-07-08", "2021-08-12")
    ] == ["displaced", "displaced", "dead"]


@pytest.mark.parametrize(
    ("on", "national", "sample"),
    [
        ("2016-06-19", Verdict.NONE, Verdict.NONE),
        ("2016-07-02", Verdict.MILDER, Verdict.EXPLAINED),
        ("2017-10-12", Verdict.MILDER, Verdict.GRAVER),
        ("2019-08-06", Verdict.MILDER, Verdict.GRAVER),
        ("2020-07-08", Verdict.MILDER, Verdict.GRAVER),
        ("2024-02-05", Verdict.NONE, Verdict.NONE),
    ],
)
def test_no_shipped_table_passes_for_the_one_of_hubei(
    on: str, national: Verdict, sample: Verdict
) -> None:
    start = started(on, "420000")
    assert judge(load_table("national-2016"), start)[0] is national
    assert judge(load_table("sample-province"), start)[0] is sample


def test_tables_are_in_force_by_date_and_samples_never() -> None:
    assert table_in_force(date(2010, 7, 9)) is None
    for on, code in ((date(2016, 7, 2), "national-2016"), (date(2024, 1, 19), "national-2016"),
                     (date(2024, 1, 20), "national-2024")):  # fmt: skip
        table = table_in_force(on)
        assert table is not None
        assert table.code == code
    assert load_table("sample-province").is_sample


def test_a_table_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    wrong = (
        OWN.replace('"missing"]', '"lost"]')
        .replace("II = 5, IV = 2", "II = 5, IV = 5, V = 1")
        .replace('source = "its plan"', "")
    )
    with pytest.raises(InvalidInput, match="A milder level must begin") as refused:
        own(tmp_path, wrong)
    assert {fault.field for fault in refused.value.faults} == {"source", "indicators", "V", "IV"}


def test_an_unknown_table_names_the_near_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Did you mean national-2016"):
        load_table("national-2015")
    with pytest.raises(InvalidInput, match=r"file cannot be read"):
        read_response_table(tmp_path / "missing.toml")
