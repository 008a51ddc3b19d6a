from fractions import Fraction

import pytest

from relief.damage.credibility import rank, stated_margins
from relief.damage.needs import Estimate
from relief.damage.reports import Indicator, ReportSource, ReportStage
from tests.relief.damage.reported import hour, report


def test_verified_goes_before_level_and_level_before_nearness() -> None:
    verified = report({}, stage=ReportStage.VERIFIED, source=ReportSource.FIELD)
    province = report({}, source=ReportSource.PROVINCE)
    county = report({}, source=ReportSource.COUNTY)
    assert rank(verified) > rank(province) > rank(county)


def test_margins_of_a_first_county_report_ten_hours_old() -> None:
    # low 10 % + 10 x 0.5 % = 15 %: 850; high 15 % + 10 x 7 % = 85 %: 1,850.
    first = report({Indicator.AFFECTED: 1000}, stage=ReportStage.FIRST, seen_h=1)
    assert stated_margins().around(1000, first, at=hour(11)) == Estimate(
        low=850, likely=1000, high=1850
    )


def test_margins_stop_growing() -> None:
    first = report({}, stage=ReportStage.FIRST, seen_h=0)
    estimate = stated_margins().around(1000, first, at=hour(1000))
    assert estimate == Estimate(low=500, likely=1000, high=2000)


def test_a_report_from_ahead_of_our_clock_is_taken_as_fresh() -> None:
    # 0.2 x 10 % below and 0.2 x 15 % above.
    verified = report({}, stage=ReportStage.VERIFIED, seen_h=2)
    assert stated_margins().around(100, verified, at=hour(1)) == Estimate(
        low=98, likely=100, high=103
    )


@pytest.mark.parametrize("source", ReportSource)
@pytest.mark.parametrize("stage", ReportStage)
def test_every_kind_of_report_has_margins_below_the_greatest(
    source: ReportSource, stage: ReportStage
) -> None:
    margins = stated_margins()
    margin = margins.by_kind[source, stage]
    assert Fraction(0) < margin.low <= margins.greatest_low
    assert Fraction(0) < margin.high <= margins.greatest_high


def test_margins_say_that_they_are_modelled() -> None:
    assert "odelled" in stated_margins().note
    assert "2016" in stated_margins().source
