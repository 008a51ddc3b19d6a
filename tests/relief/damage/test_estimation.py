from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.damage.assessment import assess
from relief.damage.estimation import Estimates, Leaf, LeafBasis, estimate
from relief.damage.growth import GrowthModel
from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.damage.vulnerability import (
    ExposedPlace,
    Hazard,
    HazardVulnerability,
    IntensityClass,
    Ratio,
    Vulnerability,
)
from tests.relief.damage.reported import county, hour, report, township

AFFECTED, DEAD, TRANSFERRED = Indicator.AFFECTED, Indicator.DEAD, Indicator.TRANSFERRED
VERIFIED = ReportStage.VERIFIED
Z = 1.2815515655446004
PEOPLE = 1_000_000
PLACES = (
    *(county(code, people=PEOPLE) for code in ("420101", "420102", "420103")),
    *(
        township(f"{code}{n}", people=100_000)
        for code in ("420101", "420102", "420103")
        for n in ("001", "002")
    ),
)
# Half of the exposed are affected and one of 100 of them is transferred; t = s = 1.
VULNERABLE = Vulnerability(
    hazards={
        Hazard.RAIN: HazardVulnerability(
            unit="mm",
            note="",
            classes=(IntensityClass(level=100, affected_share=0.5, severity_factor=1.0),),
            ratios={
                AFFECTED: Ratio(ratio=1.0, event_sigma=1.0, num_events=0),
                TRANSFERRED: Ratio(ratio=0.01, event_sigma=1.0, num_events=1),
            },
        )
    },
    place_sigma=1.0,
    note="",
    source="",
)
STILL = GrowthModel(
    mean_factor=0.0,
    slope_sigma=0.0,
    jump_sigma=0.0,
    least_age_h=1.0,
    source_sigma=dict.fromkeys(ReportSource, 0.5),
    stage_factor=dict.fromkeys(ReportStage, 1.0),
    note="",
)


def exposed(*codes: str, level: float = 100) -> tuple[ExposedPlace, ...]:
    return tuple(ExposedPlace(place_code=code, people=100_000, level=level) for code in codes)


def estimated(
    *reports: DamageReport,
    inside: Iterable[ExposedPlace] = (),
    growth: GrowthModel = STILL,
    at_h: float = 4,
    ahead_h: float = 0,
) -> Estimates:
    inside = tuple(inside)
    return estimate(
        assess(reports, at=hour(at_h), places=PLACES),
        exposed=inside,
        hazard=Hazard.RAIN if inside else None,
        places=PLACES,
        began_at=hour(0),
        target_at=hour(at_h + ahead_h),
        vulnerability=VULNERABLE,
        growth=growth,
    )


def leaf(found: Estimates, code: str, indicator: Indicator = AFFECTED) -> Leaf:
    (one,) = (x for x in found.leaves if (x.place_code, x.indicator) == (code, indicator))
    return one


def test_a_silent_township_is_an_estimate_and_not_a_zero() -> None:
    found = estimated(inside=exposed("420101001"))
    # Nobody has reported: 100,000 x 0.5 = 50,000 is the mean of the place, e^0.5 above its median
    # 30,327; theta and the place together spread sqrt(1 + 1) on the log scale.
    one = leaf(found, "420101001")
    assert one.basis is LeafBasis.FOOTPRINT
    assert one.is_silent
    assert one.estimate == Estimate(
        low=int(50_000 * exp(-0.5 - Z * sqrt(2))),  # 4,950
        likely=30_327,
        high=100_000,  # 185,800, but 100,000 live there
    )
    # 100,000 x 0.5 x 0.01 / e^0.5
    assert leaf(found, "420101001", TRANSFERRED).estimate.likely == 303


def test_below_the_first_class_nothing_is_expected() -> None:
    assert estimated(inside=exposed("420101001", level=99)).leaves == ()


def test_a_report_moves_the_silent_places_too() -> None:
    # A county with 200,000 exposed, of whom 100,000 are expected, reports 20,000; r = 0.5.
    # (4) y = log(20,000.5 / 100,000.5) = -1.6094
    # (5) u^2 = log(1 + (e - 1) + (0.25 x 20,000 + 1) / 20,000.5) = log(2.96833) = 1.08800
    # theta has precision 1 + 1 / 1.08800 = 1.91912 and mean -1.6094 / 1.08800 / 1.91912 = -0.7708
    found = estimated(
        report({AFFECTED: 20_000}, stage=VERIFIED, seen_h=4),
        inside=exposed("420101001", "420101002", "420102001"),
    )
    silent = leaf(found, "420102001")
    assert silent.event_sigma == pytest.approx(1.91912**-0.5, abs=1e-4)
    assert silent.log_mean == pytest.approx(log(50_000) - 0.7708 - 0.5, abs=1e-4)
    assert silent.estimate.likely == pytest.approx(50_000 * exp(-1.2708), rel=1e-3)
    # The reported one: prior share 0.25 / (0.25 + 1) = 0.2 of log 100,000 - 1.2708.
    own = leaf(found, "420101")
    assert own.basis is LeafBasis.BOTH
    assert own.report_weight_share == pytest.approx(0.8)
    assert own.log_mean == pytest.approx(
        0.8 * log(20_000) + 0.2 * (log(100_000) - 1.2708), abs=1e-4
    )
    assert own.own_sigma == pytest.approx(sqrt(0.25 * 0.8))
    assert own.exposed_people == 200_000


def test_zeros_count_as_zeros_for_the_event() -> None:
    # Two counties expect 500 transferred each; one reports none and the other 1,000: on the whole
    # as expected, so that the third is taken for neither more nor less.
    inside = exposed(*(f"{code}001" for code in ("420101", "420102", "420103")))
    zero = report({TRANSFERRED: 0}, stage=VERIFIED, seen_h=4)
    many = report({TRANSFERRED: 1_000}, unit="420102", card="2", stage=VERIFIED, seen_h=4)
    silent = leaf(estimated(zero, many, inside=inside), "420103001", TRANSFERRED)
    # y = log(1,000.5 / 1,000.5) = 0
    assert silent.log_mean == pytest.approx(log(500) - 0.5)


def test_reports_below_what_was_expected_lower_it_and_more_of_them_narrow_it() -> None:
    inside = exposed(*(f"{code}001" for code in ("420101", "420102", "420103")))
    one = report({AFFECTED: 5_000}, stage=VERIFIED, seen_h=4)
    two = report({AFFECTED: 5_000}, unit="420102", card="0420102", stage=VERIFIED, seen_h=4)
    before, after, last = (
        leaf(estimated(*reports, inside=inside), "420103001")
        for reports in ((), (one,), (one, two))
    )
    assert before.estimate.likely > after.estimate.likely > last.estimate.likely > 5_000
    assert before.event_sigma > after.event_sigma > last.event_sigma


def test_without_a_footprint_the_report_stands_with_its_credibility() -> None:
    one = leaf(estimated(report({AFFECTED: 1_000}, stage=VERIFIED)), "420101")
    assert one.basis is LeafBasis.REPORT
    assert one.estimate == Estimate(
        low=int(1_000 * exp(-Z * 0.5)),  # 526
        likely=1_000,
        high=int(1_000 * exp(Z * 0.5)) + 1,  # 1,898
    )


def test_a_conflict_that_nobody_has_judged_widens_the_estimate() -> None:
    calm = report({AFFECTED: 1_000}, stage=VERIFIED, seen_h=1)
    rival = report(
        {AFFECTED: 4_000}, source=ReportSource.TOWNSHIP, card="0000009", seen_h=2, sequence=2
    )
    # Half the log distance: log 2 beside 0.5.
    assert leaf(estimated(calm, rival), "420101").own_sigma == pytest.approx(
        sqrt(0.25 + log(2) ** 2)
    )


def test_a_county_without_a_report_is_the_sum_of_its_townships() -> None:
    found = estimated(
        report({AFFECTED: 900}, unit="420101001", source=ReportSource.TOWNSHIP, stage=VERIFIED),
        inside=exposed("420101001", "420101002"),
    )
    assert {x.place_code for x in found.of([AFFECTED])} == {"420101001", "420101002"}
    assert leaf(found, "420101001").reported == 900
    assert leaf(found, "420101002").is_silent
    total = found.total([AFFECTED], "420101")
    assert total is not None
    assert total.likely > 900
    # Once the county reports, its townships are part of it.
    found = estimated(report({AFFECTED: 900}), inside=exposed("420101001", "420101002"))
    assert {x.place_code for x in found.of([AFFECTED])} == {"420101"}


def test_a_sum_has_the_exact_mean_and_variance_of_its_parts() -> None:
    growth = replace(STILL, source_sigma=dict.fromkeys(ReportSource, 0.1))
    found = estimated(
        report({AFFECTED: 1_000}, stage=VERIFIED),
        report({AFFECTED: 3_000}, unit="420102", card="2", stage=VERIFIED),
        growth=growth,
    )
    # Independent: means 1,005.01 and 3,015.04, variance (e^0.01 - 1) x (1,005.01^2 + 3,015.04^2),
    # so the log variance of the sum is log(1 + 0.01005 x 0.625) = 0.00626.
    total = found.total([AFFECTED])
    log_variance = log(1 + (exp(0.01) - 1) * (1 + 9) / 16)
    median = 4_000 * exp(0.005) / exp(log_variance / 2)
    assert total is not None
    assert total.likely == round(median)
    assert total.low == int(median * exp(-Z * sqrt(log_variance)))
    assert total.high == int(median * exp(Z * sqrt(log_variance))) + 1


def test_a_common_error_does_not_average_out() -> None:
    # The jump to the next statement is the same for all, so the sum is as wide as its parts.
    growth = replace(STILL, jump_sigma=0.4, source_sigma=dict.fromkeys(ReportSource, 1e-9))
    reports = [
        report({AFFECTED: 100_000}, unit=code, card=code) for code in ("420101", "420102", "420103")
    ]
    total = estimated(*reports, growth=growth).total([AFFECTED])
    assert total is not None
    assert total.likely == pytest.approx(300_000, rel=1e-3)
    assert total.high / total.likely == pytest.approx(exp(Z * 0.4), rel=1e-3)


def test_counts_grow_with_the_logarithm_of_time_and_verified_ones_no_more() -> None:
    growth = replace(STILL, mean_factor=1.0)
    # Seen at hour 2, asked for at hour 8: four times as old, four times as many.
    found = estimated(
        report({AFFECTED: 1_000, Indicator.TRANSFERRED_CURRENT: 50}, seen_h=2),
        growth=growth,
        ahead_h=4,
    )
    assert leaf(found, "420101").estimate.likely == 4_000
    assert leaf(found, "420101", Indicator.TRANSFERRED_CURRENT).estimate.likely == 50
    verified = report({AFFECTED: 1_000}, seen_h=2, stage=VERIFIED)
    assert leaf(estimated(verified, growth=growth, ahead_h=4), "420101").estimate.likely == 1_000


def test_a_reported_zero_is_zero_with_a_doubt_while_it_is_open() -> None:
    # An open count varies as a Poisson count of mean 1/2: 1.28 x sqrt(0.5) = 0.9.
    assert leaf(estimated(report({DEAD: 0})), "420101", DEAD).estimate == Estimate(
        low=0, likely=0, high=1
    )
    verified = estimated(report({DEAD: 0}, stage=VERIFIED))
    assert leaf(verified, "420101", DEAD).estimate == Estimate(low=0, likely=0, high=0)
    assert verified.total([DEAD]) == Estimate(low=0, likely=0, high=0)
    assert verified.total([TRANSFERRED]) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["420101", "420101001", "420102", "420103002"]),
                  st.integers(0, 900_000), st.sampled_from(ReportStage)),
        max_size=4, unique_by=lambda each: each[0],
    ),
    st.sets(st.sampled_from([place.code for place in PLACES[3:]])),
    st.floats(0, 48),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_estimates_are_in_order_bounded_and_cover_every_place_once(
    stated: list[tuple[str, int, ReportStage]], inside: set[str], ahead_h: float
) -> None:
    growth = replace(STILL, mean_factor=0.9, slope_sigma=0.4, jump_sigma=0.4)
    reports = [
        report({AFFECTED: count}, unit=code, card=code, stage=stage)
        for code, count, stage in stated
    ]
    found = estimated(*reports, inside=exposed(*inside), growth=growth, ahead_h=ahead_h)
    leaves = found.of([AFFECTED])
    codes = [one.place_code for one in leaves]
    assert len(codes) == len(set(codes))
    counties = {code for code in codes if len(code) == 6}
    assert not {code for code in codes if len(code) == 9 and code[:6] in counties}
    # Every reported or exposed place is there, itself or through its county.
    for code in {code for code, _, _ in stated} | inside:
        assert code in codes or code[:6] in counties
    for one in leaves:
        assert 0 <= one.estimate.low <= one.estimate.likely <= one.estimate.high
        people = PEOPLE if len(one.place_code) == 6 else 100_000
        assert one.estimate.high <= max(people, one.reported or 0)
    total = found.total([AFFECTED], most=57_000_000)
    if leaves:
        assert total is not None
        assert 0 <= total.low <= total.likely <= total.high <= 57_000_000


@given(st.integers(1, 900_000), st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_later_is_wider(count: int, ahead_h: float) -> None:
    growth = replace(STILL, slope_sigma=0.4)
    one = report({AFFECTED: count})
    near, far = (
        leaf(estimated(one, growth=growth, ahead_h=h), "420101").estimate
        for h in (ahead_h, ahead_h * 2)
    )
    assert far.low <= near.low
    assert near.high <= far.high


def test_no_clock_but_the_one_given() -> None:
    one = report({AFFECTED: 1_000}, seen_h=3)
    moved = replace(
        one,
        observed_at=one.observed_at + timedelta(days=1),
        received_at=one.received_at + timedelta(days=1),
    )
    growth = replace(STILL, mean_factor=0.5)
    same = estimated(one, growth=growth, at_h=6)
    later = estimate(
        assess([moved], at=hour(30), places=PLACES),
        exposed=(),
        hazard=None,
        places=PLACES,
        began_at=hour(24),
        target_at=hour(30),
        vulnerability=VULNERABLE,
        growth=growth,
    )
    assert later.leaves == same.leaves
