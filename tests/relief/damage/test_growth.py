import tomllib
from collections.abc import Iterator
from importlib.resources import files
from math import log

import pytest

from relief.damage.growth import stated_growth
from relief.damage.reports import Indicator, ReportSource, ReportStage
from tests.relief.damage.reported import hour, report


def pairs() -> Iterator[tuple[float, float]]:
    """Yield log of the growth and L of every published pair of the data file."""
    path = files("relief") / "data" / "assessment" / "growth.toml"
    for pair in tomllib.loads(path.read_text(encoding="utf-8"))["pairs"]:
        earlier_h, later_h = pair["hours"]
        for name, counts in pair.items():
            if name in set(Indicator):
                yield log((counts[1] + 0.5) / (counts[0] + 0.5)), log(later_h / earlier_h)


def log_likelihood(mean: float, slope: float, jump: float) -> float:
    return sum(
        -0.5
        * (log(jump**2 + (slope * x) ** 2) + (y - mean * x) ** 2 / (jump**2 + (slope * x) ** 2))
        for y, x in pairs()
    )


def test_the_growth_figures_are_the_most_likely_ones_on_their_grid() -> None:
    model = stated_growth()
    at = (model.mean_factor, model.slope_sigma, model.jump_sigma)
    best = log_likelihood(*at)
    assert len(list(pairs())) == 19
    for axis in range(3):
        for step in (-0.05, 0.05):
            other = tuple(value + step * (axis == n) for n, value in enumerate(at))
            assert log_likelihood(*other) < best


def test_no_pair_comes_from_the_flood_that_tests_the_model() -> None:
    path = files("relief") / "data" / "assessment" / "growth.toml"
    events = [pair["event"] for pair in tomllib.loads(path.read_text(encoding="utf-8"))["pairs"]]
    assert [event for event in events if "2016" in event] == []


def test_age_counts_from_the_start_of_the_event_and_never_backwards() -> None:
    model = stated_growth()
    # From hour 6 to hour 24 of the event: log 4. Younger than two hours counts as two.
    assert model.age_log_factor(hour(6), hour(24), began_at=hour(0)) == pytest.approx(log(4))
    assert model.age_log_factor(hour(0.5), hour(8), began_at=hour(0)) == pytest.approx(log(4))
    assert model.age_log_factor(hour(6), hour(5), began_at=hour(0)) == 0


def test_the_missing_and_counts_of_the_moment_have_no_mean_growth() -> None:
    model = stated_growth()
    assert model.mean_growth(Indicator.DEAD, 1.0) == model.mean_factor
    assert model.mean_growth(Indicator.MISSING, 1.0) == 0
    assert model.mean_growth(Indicator.CONCENTRATED_CURRENT, 1.0) == 0


def test_nearer_sources_and_earlier_stages_are_less_certain() -> None:
    model = stated_growth()
    by_source = [model.report_sigma(report({}, source=source)) for source in ReportSource]
    assert by_source == sorted(by_source, reverse=True)
    # A verified county report: 0.2 x 12 %.
    assert model.report_sigma(report({}, stage=ReportStage.VERIFIED)) == pytest.approx(0.024)
