from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from geodata.gazetteer import PROVINCE_CODE, load_gazetteer
from relief.beidou.intake import Intake, read_reports
from relief.damage.assessment import Assessment, assess
from relief.damage.reports import Indicator
from relief.errors import InvalidInput
from relief.places import Evidence, PlaceKind, Tier
from scenarios.events import Event, event_codes, load_event
from scenarios.readiness import Readiness, ReadyWhere

OWN = """
code = "own"
name_zh = "自有"
name_en = "own"
hazard = "flood"
default_at = 2026-07-01T08:00:00+08:00
level = "township"
licence = "ours"
[reports]
file = "reports.bds"
[[sources]]
key = "us"
text = "our own count"
[[instants]]
at = 2026-07-01T07:00:00+08:00
source = "us"
[instants.totals]
affected = 10
"transferred+urgent_need" = 5
[instants.named.dead]
421321 = 1
[[closures]]
text = "随县-广水市"
reason = "landslide"
evidence = "published"
source = "us"
"""


def own_event(folder: Path, text: str = OWN) -> Event:
    (folder / "event.toml").write_text(text, encoding="utf-8")
    return load_event(str(folder))


@cache
def intake_of(event: Event) -> Intake:
    gazetteer = load_gazetteer()
    places = (*gazetteer.counties, *gazetteer.townships, *gazetteer.prefectures)
    return read_reports(
        event.capture(),
        received_at=event.default_at,
        known_units={PROVINCE_CODE, *(place.code for place in places)},
    )


def known_at(event: Event, at: datetime) -> Assessment:
    gazetteer = load_gazetteer()
    places = (*gazetteer.counties, *gazetteer.townships)
    return assess(intake_of(event).reports, at=at, places=places)


def likely(known: Assessment, unit_code: str, indicator: Indicator) -> int | None:
    for figure in known.figures:
        if (figure.place_code, figure.indicator) == (unit_code, indicator):
            return figure.estimate.likely
    return None


def test_the_library_holds_three_events() -> None:
    assert event_codes() == ("2016-meiyu", "2020-meiyu", "2021-liulin")
    assert [load_event(code).level for code in event_codes()] == [
        PlaceKind.COUNTY,
        PlaceKind.COUNTY,
        PlaceKind.TOWNSHIP,
    ]


@pytest.mark.parametrize("code", ["2016-meiyu", "2020-meiyu"])
def test_counties_sum_to_every_published_total_as_known_at_its_instant(code: str) -> None:
    event = load_event(code)
    for instant in event.instants:
        known = known_at(event, instant.at)
        for total in instant.totals:
            parts = sum(known.count(indicator) for indicator in total.indicators)
            assert parts == total.count, (instant.at, total)
        hit = [
            figure.place_code
            for figure in known.figures
            if figure.indicator is Indicator.AFFECTED and figure.estimate.likely > 0
        ]
        assert len(hit) == instant.num_units


@pytest.mark.parametrize("code", event_codes())
def test_named_places_have_their_published_counts(code: str) -> None:
    event = load_event(code)
    for instant in event.instants:
        known = known_at(event, instant.at)
        for named in instant.named:
            assert likely(known, named.unit_code, named.indicator) == named.count


@pytest.mark.parametrize("code", event_codes())
def test_the_province_says_what_was_published(code: str) -> None:
    event = load_event(code)
    for instant in event.instants:
        known = known_at(event, instant.at)
        stated = {t.indicators[0]: t.count for t in instant.totals if len(t.indicators) == 1}
        if instant.unit_code == PROVINCE_CODE:
            reported = {t.indicator: t.reported.count for t in known.totals}
        else:
            reported = {i: likely(known, instant.unit_code, i) or 0 for i in stated}
        assert stated.items() <= reported.items()


def test_the_flood_of_2016_as_published() -> None:
    event = load_event("2016-meiyu")
    assert event.default_at == datetime.fromisoformat("2016-07-06T08:00+08:00")
    series = {
        (t.indicators[0], instant.at.isoformat()): t.count
        for instant in event.instants
        for t in instant.totals
        if t.indicators[0] in {Indicator.DEAD, Indicator.MISSING}
    }
    dead = [count for (indicator, _), count in series.items() if indicator is Indicator.DEAD]
    missing = [count for (indicator, _), count in series.items() if indicator is Indicator.MISSING]
    # 2 July 12:00, 14:00, 15:00 and 24:00, 3 July 17:00, 6 July 08:00 and 17:00, 9 July 17:00.
    assert dead == [16, 16, 25, 27, 34, 47, 48, 55]
    assert missing == [6, 6, 6, 12, 11, 10, 7, 8]
    assert [instant.num_units for instant in event.instants] == [63, 63, 63, 67, 69, 80, 80, 82]


def test_the_dead_of_6_july_2016_by_county() -> None:
    known = known_at(load_event("2016-meiyu"), datetime.fromisoformat("2016-07-06T08:00+08:00"))
    dead = {code: likely(known, code, Indicator.DEAD) for code in ("420115", "420117", "421181")}
    assert dead == {"420115": 8, "420117": 6, "421181": 8}  # Jiangxia, Xinzhou, Macheng
    assert likely(known, "421123", Indicator.MISSING) == 4  # Luotian, after a correction
    assert likely(known, "420984", Indicator.DEAD) == 0  # Hanchuan reports that nobody died


def test_the_replay_of_2016_is_imperfect_as_its_readme_says() -> None:
    event = load_event("2016-meiyu")
    intake = intake_of(event)
    assert len(intake.refused) == event.max_refused == 3
    assert intake.num_duplicates == 1
    reasons = " / ".join(refused.reason for refused in intake.refused)
    assert "cut off" in reasons
    assert "checksum is" in reasons
    assert "421199" in reasons
    known = known_at(event, event.default_at)
    falls = [str(flag.sentence) for flag in known.flags]
    assert "Luotian 罗田县: people missing 因灾失踪人口 corrected from 6 down to 4." in falls
    # The field team at Xinzhou counted more missing than the district had known before.
    assert [(c.standing.count, c.standing.report.sender_card) for c in known.conflicts] == [
        (5, "0117031")
    ]


def test_nobody_is_missing_from_the_population() -> None:
    for code in event_codes():
        event = load_event(code)
        flags = known_at(event, event.default_at).flags
        assert {flag.check.value for flag in flags} <= {"fell"}


def test_liulin_at_eight_in_the_evening() -> None:
    event = load_event("2021-liulin")
    known = known_at(event, event.default_at)
    counts = {
        figure.indicator.value: figure.estimate.likely
        for figure in known.figures_for(PlaceKind.TOWNSHIP)
    }
    assert counts == {
        "affected": 8000,
        "dead": 21,
        "missing": 4,
        "concentrated_current": 450,
        "water_need_current": 8000,
        "collapsed_rooms": 221,
    }
    held_back = [c for c in known.conflicts if c.reason.value == "verified-stands"]
    assert [(c.standing.count, c.overruled.count) for c in held_back] == [(450, 430)]
    # 286,100 people in three cities, 8,000 of them in Liulin.
    assert [t.difference for t in known.totals if t.indicator is Indicator.AFFECTED] == [278_100]


def test_published_and_modelled_counts_are_told_apart() -> None:
    event = load_event("2016-meiyu")
    at = event.default_at
    assert event.evidence("420115", Indicator.DEAD, at=at) is Evidence.PUBLISHED
    assert event.evidence(PROVINCE_CODE, Indicator.AFFECTED, at=at) is Evidence.PUBLISHED
    assert event.evidence("420115", Indicator.AFFECTED, at=at) is Evidence.MODELLED
    assert event.evidence("420102", Indicator.DEAD, at=at) is Evidence.PUBLISHED
    liulin = load_event("2021-liulin")
    assert liulin.evidence("421321116", Indicator.COLLAPSED_ROOMS, at=liulin.default_at) is (
        Evidence.PUBLISHED
    )
    assert liulin.evidence("421321116", Indicator.WATER_NEED_CURRENT, at=liulin.default_at) is (
        Evidence.MODELLED
    )


def test_every_figure_names_its_source() -> None:
    for code in event_codes():
        event = load_event(code)
        assert event.licence
        for instant in event.instants:
            assert len(instant.source) > 30  # a text, not a key
        for response in event.responses:
            assert response.source in event.sources
        for closure in event.closures:
            assert closure.source in event.sources


def test_an_unknown_event_is_one_clear_error_with_near_codes() -> None:
    with pytest.raises(InvalidInput, match=r"There is no such event.*Did you mean 2016-meiyu") as e:
        load_event("2016-meyu")
    assert len(e.value.faults) == 1
    assert e.value.faults[0].allowed == "2016-meiyu, 2020-meiyu, 2021-liulin"
    with pytest.raises(InvalidInput, match="path of a folder"):
        load_event("zzz")


def test_a_folder_of_the_user_is_an_event(tmp_path: Path) -> None:
    event = own_event(tmp_path)
    assert event.level is PlaceKind.TOWNSHIP
    assert event.instants[0].source == "our own count"
    assert event.instants[0].totals[1].indicators == (
        Indicator.TRANSFERRED,
        Indicator.URGENT_NEED,
    )
    assert event.closures[0].name == "随县-广水市"
    with pytest.raises(InvalidInput, match="no such file of sentences"):
        event.capture()
    (tmp_path / "reports.bds").write_bytes(b"$CCICI,0,00*73\n")
    assert event.capture() == b"$CCICI,0,00*73\n"


def test_all_faults_of_an_event_are_listed_at_once(tmp_path: Path) -> None:
    broken = (
        OWN.replace('level = "township"', 'level = "village"')
        .replace('licence = "ours"', "")
        .replace("default_at = 2026-07-01T08:00:00+08:00", "default_at = 2026-07-01T08:00:00")
        .replace("affected = 10", "afected = 10")
        .replace("421321 = 1", "421321 = -1")
        .replace('source = "us"\n[instants', 'source = "them"\n[instants')
        .replace('"published"', '"rumoured"')
    )
    with pytest.raises(InvalidInput) as caught:
        own_event(tmp_path, broken)
    found = {(fault.field, fault.value) for fault in caught.value.faults}
    assert {("level", "village"), ("licence", ""), ("closures.evidence", "rumoured")} <= found
    assert ("default_at", "2026-07-01 08:00:00") in found
    assert {value for _, value in found} >= {"afected", "-1", "them"}
    assert len(found) == 7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[instants]]", "[[instants]", "The file is not TOML"),
        ('file = "reports.bds"', 'file = "r"\nmax_refused = -1', "Not a count"),
        ("[[closures]]", "[closures]", "Not a list of tables"),
        ("[instants.totals]", "stage = 'last'\n[instants.totals]", "Not a stage"),
    ],
)
def test_broken_events_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        own_event(tmp_path, OWN.replace(old, new, 1))


READINESS = """
[[readiness]]
tier = "city"
where = "hit"
stock_share = 0.6
evidence = "modelled"
source = "us"
"""


def test_readiness_is_read_exactly_and_its_absence_means_all(tmp_path: Path) -> None:
    assert own_event(tmp_path).readiness == ()
    (readiness,) = own_event(tmp_path, OWN + READINESS).readiness
    assert readiness == Readiness(
        tier=Tier.CITY,
        stock_share=Fraction(3, 5),
        truck_share=Fraction(1),
        where=ReadyWhere.HIT,
        evidence=Evidence.MODELLED,
        source="our own count",
    )


def test_all_faults_of_a_readiness_are_listed_at_once(tmp_path: Path) -> None:
    broken = (
        READINESS.replace('"city"', '"village"')
        .replace('"hit"', '"somewhere"')
        .replace("stock_share = 0.6", "stock_share = 0\ntruck_share = 1.5")
        .replace('"modelled"', '"rumoured"')
        .replace('"us"', '"them"')
    )
    no_shares = READINESS.replace("stock_share = 0.6", "")
    provincial = READINESS.replace('"city"', '"province"').replace("0.6", '"half"')
    with pytest.raises(InvalidInput) as caught:
        own_event(tmp_path, OWN + broken + no_shares + provincial)
    assert [(fault.field, fault.value) for fault in caught.value.faults] == [
        ("readiness tier", "village"),
        ("readiness where", "somewhere"),
        ("readiness stock_share", "0"),
        ("readiness truck_share", "1.5"),
        ("readiness.evidence", "rumoured"),
        ("readiness source", "them"),
        ("readiness", "city"),
        ("readiness where", "hit"),
        ("readiness stock_share", "half"),
    ]
    assert caught.value.faults[0].allowed == "county, city, province, neighbour, centre"


def test_a_closure_may_end(tmp_path: Path) -> None:
    event = own_event(tmp_path, OWN + "until = 2026-07-02T08:00:00+08:00\n")
    assert event.closures[0].until == datetime.fromisoformat("2026-07-02T00:00:00+00:00")
    with pytest.raises(InvalidInput, match=r"closures until.*Not an instant with its offset"):
        own_event(tmp_path, OWN + 'until = "Thursday"\n')


def test_readiness_of_the_library_is_marked_and_sourced() -> None:
    by_event = {code: load_event(code).readiness for code in event_codes()}
    assert {code: len(readiness) for code, readiness in by_event.items()} == {
        "2016-meiyu": 4,
        "2020-meiyu": 2,
        "2021-liulin": 0,
    }
    for readiness in by_event.values():
        for each in readiness:
            assert each.evidence is Evidence.MODELLED
            assert each.source.startswith("Our rule: ")


def test_statements_must_be_in_order_of_time(tmp_path: Path) -> None:
    instant = OWN[OWN.index("[[instants]]") : OWN.index("[[closures]]")]
    with pytest.raises(InvalidInput, match="not in order of time"):
        own_event(tmp_path, OWN + instant)
