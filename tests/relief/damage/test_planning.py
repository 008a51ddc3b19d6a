from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import ceil, prod
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.damage.assessment import assess
from relief.damage.factors import FactorProfile, load_profile, profile_codes, read_profile
from relief.damage.needs import Estimate, Need
from relief.damage.planning import derive_needs
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.errors import InvalidInput
from relief.items import Catalogue, Priority
from relief.places import PlaceKind
from tests.relief.damage.reported import county, hour, report, township
from tests.relief.damage.test_factors import SOUND, written
from tests.situations import item

WINDOWS = tuple(timedelta(hours=h) for h in (12, 24, 48, 72))
PLACES = (
    county("420101", people=10**6),
    township("420101001", people=10**6),
    township("420101002", people=10**6),
)
ITEMS = sorted({rule.item_code for code in profile_codes() for rule in load_profile(code).rules})
CATALOGUE = Catalogue(items=tuple(item(code) for code in ITEMS))
START = hour(12)  # in July, 20:00 in Hubei


def needs_of(
    *reports: DamageReport,
    profile: FactorProfile | None = None,
    level: PlaceKind = PlaceKind.COUNTY,
    windows: tuple[timedelta, ...] = WINDOWS,
    catalogue: Catalogue = CATALOGUE,
) -> dict[tuple[str, str, int], Need]:
    """Return the needs under place, item and hours until they are due."""
    needs = derive_needs(
        assess(reports, at=START, places=PLACES),
        profile or load_profile("hubei"),
        catalogue=catalogue,
        start_at=START,
        window_ends=windows,
        level=level,
    )
    return {
        (n.place_code, n.item_code, int((n.due_at - START) / timedelta(hours=1))): n for n in needs
    }


def test_water_follows_people_without_water_by_the_day() -> None:
    # 8,000 people x 3 L = 24,000 L a day; / 13.2 L = 1,818.18 cases, so 1,819; each case would
    # do for 4.4 people, but rounding up adds nobody: 8,000 people / 1,819 = 4.398 people.
    needs = needs_of(report({Indicator.WATER_NEED_CURRENT: 8_000}, seen_h=12))
    water = {due: need for (_, code, due), need in needs.items() if code == "water-case"}
    assert {due: need.pieces for due, need in water.items()} == dict.fromkeys(
        (12, 24, 48, 72), 1819
    )
    first = water[12]
    assert first.priority is Priority.LIFE_SAVING
    assert first.milli_people_per_piece == 4398
    assert [(f.name, f.unit) for f in first.chain] == [
        ("people without drinking water now", "people"),
        ("drinking water", "L/person/day"),
        ("cases for each litre (24 x 0.55 L)", "cases/L"),
        ("days covered by this delivery", "days"),
    ]
    assert first.chain[0].source == "county report no. 1 of card 0420101, as of 2026-07-01 20:00"


def test_tents_follow_collapsed_houses_only() -> None:
    # 268 rooms / 2.68 = 100 households x 0.53 = 53 tents: 26.5 within a day, 26.5 within two.
    needs = needs_of(report({Indicator.COLLAPSED_ROOMS: 268, Indicator.AFFECTED: 500_000}))
    tents = {due: need.pieces for (_, code, due), need in needs.items() if code.startswith("tent")}
    assert tents == {24: 27, 48: 27}
    assert {code for _, code, _ in needs} == {"tent-12-single", "family-kit"}
    # Reported households go before rooms: 100 x 0.53 / 2 = 26.5 again.
    needs = needs_of(
        report({Indicator.COLLAPSED_HOUSEHOLDS: 100, Indicator.COLLAPSED_ROOMS: 999_999})
    )
    assert needs["420101", "tent-12-single", 24].pieces == 27


def test_nobody_needs_anything_because_they_are_affected() -> None:
    counts = {Indicator.AFFECTED: 900_000, Indicator.DEAD: 9, Indicator.SLIGHT_ROOMS: 5_000}
    for code in profile_codes():
        assert needs_of(report(counts), profile=load_profile(code)) == {}


def test_people_away_now_go_before_the_total_with_its_share() -> None:
    # Quilts: 0.163 x 0.5 = 0.0815 a person, half within a day: 1,000 people make 40.75.
    now = needs_of(
        report({Indicator.TRANSFERRED: 5_000, Indicator.TRANSFERRED_CURRENT: 1_000}),
    )
    assert now["420101", "quilt", 24].pieces == 41
    # Of 5,000 transferred in all 80 % are taken as away: 4,000 x 0.04075 = 163.
    total = needs_of(report({Indicator.TRANSFERRED: 5_000}))
    assert total["420101", "quilt", 24].pieces == 163
    assert "share of those transferred who are still away" in {
        factor.name for factor in total["420101", "quilt", 24].chain
    }


def test_a_count_of_nothing_makes_no_need() -> None:
    assert needs_of(report({Indicator.TRANSFERRED_CURRENT: 0, Indicator.TRANSFERRED: 5_000})) == {}


def test_winter_brings_cotton_tents_and_coats() -> None:
    winter = hour(12 + 24 * 184)  # 1 January in Hubei
    counts = {Indicator.COLLAPSED_ROOMS: 268, Indicator.TRANSFERRED_CURRENT: 100}
    seen = report(counts)
    known = assess([seen], at=winter, places=PLACES)
    needs = derive_needs(
        known,
        load_profile("hubei"),
        catalogue=CATALOGUE,
        start_at=winter,
        window_ends=WINDOWS,
        level=PlaceKind.COUNTY,
    )
    codes = {need.item_code for need in needs}
    assert {"tent-12-cotton", "coat"} <= codes
    assert not {"tent-12-single", "blanket", "life-vest"} & codes
    summer = {code for _, code, _ in needs_of(seen)}
    assert {"tent-12-single", "blanket", "life-vest"} <= summer
    assert not {"tent-12-cotton", "coat"} & summer


def test_pieces_are_rounded_up_to_whole_packs(tmp_path: Path) -> None:
    # 100 people / 3 quilts: 33.3; three quarters within a day: 25; the rest: 8.3, so 9.
    profile = read_profile(Path(written(tmp_path, SOUND)))
    bales = Catalogue(items=(replace(item("quilt"), pack_pieces=10),))
    needs = needs_of(
        report({Indicator.TRANSFERRED_CURRENT: 100}, stage=ReportStage.VERIFIED, seen_h=12),
        profile=profile,
        catalogue=bales,
    )
    assert [(due, need.pieces, need.estimate.likely) for (_, _, due), need in needs.items()] == [
        (24, 30, 25),
        (48, 10, 9),
    ]
    # 25 people wait for 30 quilts.
    assert needs["420101", "quilt", 24].milli_people_per_piece == 833
    # Verified just now: 2 % below, 3 % above: 98 and 103 people.
    assert needs["420101", "quilt", 24].estimate == Estimate(low=25, likely=25, high=26)


def test_due_times_move_to_the_ends_of_other_windows(tmp_path: Path) -> None:
    profile = read_profile(Path(written(tmp_path, SOUND)))
    seen = report({Indicator.TRANSFERRED_CURRENT: 120})
    # Due after 24 h and 48 h: with windows that end at 6 h and 36 h all of it is due at 36 h.
    needs = needs_of(seen, profile=profile, windows=(timedelta(hours=6), timedelta(hours=36)))
    assert {key: need.pieces for key, need in needs.items()} == {("420101", "quilt", 36): 40}


def test_plans_to_townships_send_the_rest_to_the_county_seat() -> None:
    reports = (
        report({Indicator.TRANSFERRED_CURRENT: 1_000}, unit="420101"),
        report(
            {Indicator.TRANSFERRED_CURRENT: 600},
            unit="420101001",
            card="0000001",
            source=ReportSource.TOWNSHIP,
        ),
    )
    needs = needs_of(*reports, level=PlaceKind.TOWNSHIP)
    # Quilts within a day: 0.04075 a person, 400 and 600 people.
    assert needs["420101", "quilt", 24].pieces == 17
    assert needs["420101001", "quilt", 24].pieces == 25
    assert "less 1 township reports" in needs["420101", "quilt", 24].chain[0].source
    assert needs_of(*reports)["420101", "quilt", 24].pieces == 41


def test_a_silent_county_is_planned_from_its_townships() -> None:
    reports = (
        report({Indicator.TRANSFERRED_CURRENT: 600}, unit="420101001", card="0000001"),
        report({Indicator.TRANSFERRED_CURRENT: 400}, unit="420101002", card="0000002"),
    )
    needs = needs_of(*reports)
    assert needs["420101", "quilt", 24].pieces == 41  # 1,000 x 0.04075
    assert needs["420101", "quilt", 24].chain[0].source == "sum of 2 township reports"


def test_items_that_the_catalogue_lacks_are_all_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        needs_of(
            report({Indicator.TRANSFERRED: 1}),
            catalogue=Catalogue(items=(item("quilt"), item("quilted-coat"))),
            profile=load_profile("bnpb"),
        )
    assert [fault.value for fault in caught.value.faults] == [
        "water-case",
        "rice-25",
        "family-kit",
        "mobile-toilet",
    ]


COUNTS = st.dictionaries(
    st.sampled_from(
        [
            Indicator.TRANSFERRED,
            Indicator.TRANSFERRED_CURRENT,
            Indicator.CONCENTRATED_CURRENT,
            Indicator.URGENT_NEED,
            Indicator.WATER_NEED_CURRENT,
            Indicator.COLLAPSED_ROOMS,
            Indicator.COLLAPSED_HOUSEHOLDS,
        ]
    ),
    st.integers(0, 100_000),
)


@given(COUNTS, st.sampled_from(profile_codes()))
@settings(max_examples=50, deadline=None)
def test_every_need_is_the_product_of_its_chain(counts: Mapping[Indicator, int], code: str) -> None:
    for need in needs_of(report(counts), profile=load_profile(code)).values():
        product = prod(factor.value for factor in need.chain)
        assert need.estimate.likely == ceil(round(product, 6))
        assert need.pieces >= need.estimate.likely >= 1
        assert need.estimate.low <= need.estimate.likely <= need.estimate.high


@given(COUNTS, COUNTS, st.sampled_from(profile_codes()))
@settings(max_examples=50, deadline=None)
def test_more_damage_never_means_fewer_pieces(
    counts: Mapping[Indicator, int], more: Mapping[Indicator, int], code: str
) -> None:
    profile = load_profile(code)
    raised = {each: count + more.get(each, 0) for each, count in counts.items()}
    before, after = (needs_of(report(c), profile=profile) for c in (counts, raised))
    for key, need in before.items():
        assert after[key].pieces >= need.pieces
        assert after[key].estimate.high >= need.estimate.high
