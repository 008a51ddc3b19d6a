from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.damage.supersession import (
    Observation,
    OverruleReason,
    SetAsideReason,
    standing_of,
    without_repeats,
)
from tests.relief.damage.reported import report

DEAD = Indicator.DEAD


def seen(count: int, **fields: object) -> Observation:
    made = report({DEAD: count}, **fields)  # type: ignore[arg-type]
    return Observation(report=made, indicator=DEAD, count=count)


def test_the_later_count_stands_even_if_it_came_in_first() -> None:
    late_news = seen(3, seen_h=1, received_h=9, sequence=1)
    early_news = seen(2, seen_h=2, received_h=2, sequence=2)
    standing, overruled = standing_of([late_news, early_news])
    assert standing == early_news
    assert [(o.overruled, o.reason, o.conflict) for o in overruled] == [
        (late_news, OverruleReason.NEWER, False)
    ]


def test_at_one_instant_the_level_that_has_checked_more_stands() -> None:
    county = seen(5, source=ReportSource.COUNTY, card="0000001")
    city = seen(4, source=ReportSource.CITY, card="0000002")
    standing, (lost,) = standing_of([city, county])
    assert standing == city
    assert lost.reason is OverruleReason.MORE_CREDIBLE
    assert lost.conflict  # two senders differ on one instant


def test_at_one_instant_the_same_sender_corrects_itself_without_conflict() -> None:
    # The correction has the greater number but overtook the first message on the air.
    first = seen(5, sequence=7, received_h=3)
    correction = seen(4, sequence=8, received_h=2)
    standing, (lost,) = standing_of([first, correction])
    assert standing == correction
    assert (lost.reason, lost.conflict) == (OverruleReason.LAST_WORD, False)


def test_a_newer_township_report_does_not_overrule_a_verified_county_one() -> None:
    verified = seen(4, stage=ReportStage.VERIFIED, seen_h=1)
    township = seen(9, source=ReportSource.TOWNSHIP, seen_h=2, card="0000002")
    standing, (lost,) = standing_of([township, verified])
    assert standing == verified
    assert lost.overruled == township
    assert (lost.reason, lost.conflict) == (OverruleReason.VERIFIED_STANDS, True)


def test_the_county_itself_may_overrule_what_it_has_verified() -> None:
    verified = seen(4, stage=ReportStage.VERIFIED, seen_h=1)
    county = seen(6, seen_h=2, sequence=2)
    standing, (lost,) = standing_of([verified, county])
    assert standing == county
    assert (lost.reason, lost.conflict) == (OverruleReason.NEWER, False)


def test_what_a_township_has_verified_itself_is_not_protected() -> None:
    own = seen(4, source=ReportSource.TOWNSHIP, stage=ReportStage.VERIFIED, seen_h=1)
    field = seen(6, source=ReportSource.FIELD, seen_h=2, card="0000002")
    standing, _ = standing_of([own, field])
    assert standing == field


def test_a_newer_field_report_overrules_an_unverified_county_one_as_a_conflict() -> None:
    county = seen(4, seen_h=1)
    field = seen(6, source=ReportSource.FIELD, seen_h=2, card="0000002")
    standing, (lost,) = standing_of([county, field])
    assert standing == field
    assert (lost.reason, lost.conflict) == (OverruleReason.NEWER, True)


def test_equal_counts_are_never_a_conflict() -> None:
    verified = seen(4, stage=ReportStage.VERIFIED, seen_h=1)
    field = seen(4, source=ReportSource.FIELD, seen_h=2, card="0000002")
    _, (lost,) = standing_of([verified, field])
    assert not lost.conflict


def test_a_report_received_twice_counts_once_as_first_received() -> None:
    first = report({DEAD: 1}, received_h=2)
    again = report({DEAD: 1}, received_h=3)
    kept, aside = without_repeats([again, first])
    assert kept == [first]
    assert aside == []


def test_the_same_number_with_other_content_is_set_aside() -> None:
    first = report({DEAD: 1}, received_h=2)
    other = report({DEAD: 2}, received_h=3)
    kept, (aside,) = without_repeats([other, first])
    assert kept == [first]
    assert aside.report == other
    assert aside.reason is SetAsideReason.SEQUENCE_REUSED
    assert "no. 1" in str(aside.because)


def test_a_number_may_come_again_a_day_later() -> None:
    reports: list[DamageReport] = [report({DEAD: 1}, seen_h=1), report({DEAD: 2}, seen_h=25)]
    kept, aside = without_repeats(reports)
    assert kept == reports
    assert aside == []
