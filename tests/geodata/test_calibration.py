import pytest

from geodata.calibration import (
    OBSERVED_KM,
    TOLERANCE_SHARE,
    calibration_fit,
    fit_length_factors,
    main,
)
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from geodata.rules import load_rules
from geodata.travel import RoadTravel
from relief.plan.travel import Location


def test_modelled_lengths_fit_the_published_ones() -> None:
    rows = calibration_fit()
    assert {row.to_code: row.observed_km for row in rows} == OBSERVED_KM
    assert [row.to_en for row in rows] == ["Yichang", "Enshi", "Shiyan", "Huanggang"]
    for row in rows:
        assert abs(row.error_share) <= TOLERANCE_SHARE
        assert row.error_share == pytest.approx(row.modelled_km / row.observed_km - 1)


def test_the_shipped_factors_are_the_fitted_ones() -> None:
    trials = [1.02, 1.03, 1.04]
    short, long, worst_share = fit_length_factors(trials, trials)
    assert (short, long) == load_rules().length_factors
    assert worst_share < 0.02


def test_the_fit_is_of_the_distances_that_plans_use() -> None:
    places = [load_gazetteer().place(code) for code in ("420100", *OBSERVED_KM)]
    locations = [
        Location(code=p.code, name_zh=p.name_zh, name_en=p.name_en, point=p.point) for p in places
    ]
    used_km = RoadTravel(load_roads()).travel_times(locations).distance_km[1, 0, 1:]
    fitted_km = [row.modelled_km for row in calibration_fit()]
    # Access legs are whole metres there.
    assert used_km.tolist() == pytest.approx(fitted_km, abs=0.003)


def test_the_command_shows_the_fit(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(OBSERVED_KM)
    assert lines[2].split()[:3] == ["Wuhan", "Enshi", "520"]
