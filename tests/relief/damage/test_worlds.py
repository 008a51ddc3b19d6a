"""Worlds agree with the intervals of the estimates that they are drawn from."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from relief.damage.assessment import Basis, assess
from relief.damage.estimation import estimate
from relief.damage.growth import GrowthModel
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.damage.vulnerability import ExposedPlace, Hazard
from relief.damage.worlds import Worlds, draw_worlds
from relief.places import PlaceKind
from tests.relief.damage.reported import hour, report
from tests.relief.damage.test_estimation import PLACES, STILL, VULNERABLE, exposed

AFFECTED, TRANSFERRED = Indicator.AFFECTED, Indicator.TRANSFERRED
GROWING = replace(STILL, mean_factor=0.3, slope_sigma=0.4, jump_sigma=0.2)
MANY = 20_000


def drawn(
    *reports: DamageReport,
    inside: Iterable[ExposedPlace] = (),
    growth: GrowthModel = GROWING,
    level: PlaceKind = PlaceKind.COUNTY,
    num_worlds: int = MANY,
    seed: int = 1,
) -> Worlds:
    assessment = assess(reports, at=hour(4), places=PLACES)
    inside = tuple(inside)
    estimates = estimate(
        assessment,
        exposed=inside,
        hazard=Hazard.RAIN if inside else None,
        places=PLACES,
        began_at=hour(0),
        target_at=hour(8),
        vulnerability=VULNERABLE,
        growth=growth,
    )
    return draw_worlds(
        assessment, estimates, level=level, places=PLACES, num_worlds=num_worlds, seed=seed
    )


def test_a_reported_county_spreads_as_its_interval_says() -> None:
    worlds = drawn(report({AFFECTED: 5_000}))
    (figure,) = worlds.figures
    assert (figure.place_code, figure.basis) == ("420101", Basis.REPORT)
    assessment = assess([report({AFFECTED: 5_000})], at=hour(4), places=PLACES)
    stated = (
        estimate(
            assessment,
            exposed=(),
            hazard=None,
            places=PLACES,
            began_at=hour(0),
            target_at=hour(8),
            vulnerability=VULNERABLE,
            growth=GROWING,
        )
        .leaves[0]
        .estimate
    )
    low, middle, high = np.quantile(worlds.counts[:, 0], [0.1, 0.5, 0.9])
    assert low == pytest.approx(stated.low, rel=0.03)
    assert middle == pytest.approx(stated.likely, rel=0.03)
    assert high == pytest.approx(stated.high, rel=0.03)


def test_a_silent_county_is_in_the_worlds_and_no_more_people_than_live_there() -> None:
    worlds = drawn(
        report({AFFECTED: 900}, unit="420101001", source=ReportSource.TOWNSHIP),
        inside=exposed("420101001", "420101002", "420102001"),
    )
    by_place = {(f.place_code, f.indicator): i for i, f in enumerate(worlds.figures)}
    silent = worlds.figures[by_place["420102", AFFECTED]]
    assert (silent.basis, silent.observations) == (Basis.ESTIMATE, ())
    # 420102 has one exposed township of 100,000 people.
    assert worlds.counts[:, by_place["420102", AFFECTED]].max() == 100_000
    # 420101 is the sum of what its reported and its silent township turn out to be.
    heard = worlds.figures[by_place["420101", AFFECTED]]
    assert heard.basis is Basis.SUM_OF_TOWNSHIPS
    assert np.median(worlds.counts[:, by_place["420101", AFFECTED]]) > 900


def test_the_growth_of_one_world_is_the_same_everywhere() -> None:
    # Reports without an error of their own: all places of a world grow alike.
    growth = replace(GROWING, source_sigma=dict.fromkeys(ReportSource, 1e-9))
    worlds = drawn(
        report({AFFECTED: 500_000}),
        report({AFFECTED: 400_000}, unit="420102", card="0420102"),
        growth=growth,
        num_worlds=200,
    )
    ratio = worlds.counts[:, 0] / worlds.counts[:, 1]
    free = worlds.counts.max(axis=1) < 1_000_000
    assert ratio[free] == pytest.approx(1.25, rel=0.02)
    assert worlds.counts[free, 0].std() > 50_000


def test_verified_counts_stand_still() -> None:
    growth = replace(GROWING, source_sigma=dict.fromkeys(ReportSource, 1e-9))
    worlds = drawn(report({AFFECTED: 700}, stage=ReportStage.VERIFIED), growth=growth)
    assert set(worlds.counts[:, 0].tolist()) == {700}


def test_a_township_follows_its_own_report_and_the_rest_its_county() -> None:
    growth = replace(STILL, source_sigma=dict.fromkeys(ReportSource, 1e-9))
    worlds = drawn(
        report({AFFECTED: 1_000}, stage=ReportStage.VERIFIED),
        report(
            {AFFECTED: 400},
            unit="420101001",
            source=ReportSource.TOWNSHIP,
            card="0421001",
            stage=ReportStage.VERIFIED,
        ),
        growth=growth,
        level=PlaceKind.TOWNSHIP,
        num_worlds=5,
    )
    assert [(f.place_code, c) for f, c in zip(worlds.figures, worlds.counts[0], strict=True)] == [
        ("420101", 600),
        ("420101001", 400),
    ]


def test_the_same_seed_draws_the_same_worlds() -> None:
    one, same, other = (drawn(report({AFFECTED: 5_000}), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.counts, same.counts)
    assert not np.array_equal(one.counts, other.counts)


def test_a_reported_zero_may_be_something_while_it_is_open() -> None:
    worlds = drawn(report({AFFECTED: 0}))
    assert 0 < (worlds.counts > 0).mean() < 0.5
    still = drawn(report({AFFECTED: 0}, stage=ReportStage.VERIFIED))
    assert not still.counts.any()
