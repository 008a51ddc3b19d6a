import numpy as np
import pytest

from geodata.rules import SPEED_CLASSES, load_rules
from tests.geodata.five_junctions import RULES


def test_lengths_are_whole_hectometres_and_at_least_one() -> None:
    # Factor 1.0: 0.02 km would be 0.2 hm; 1.26 km is 12.6 hm.
    lengths = RULES.length_hm(np.array([0.02, 0.5, 1.26, 10.0]))
    assert lengths.tolist() == [1, 5, 13, 100]


def test_times_are_rounded_up_to_whole_seconds() -> None:
    # 36 km/h is 10 s a hectometre; half that speed (mountains, west of 114.15) is 20 s.
    rules = load_rules()
    assert RULES.drive_s("light", np.array([1, 7]), np.array([114.2, 114.2])).tolist() == [10, 70]
    # Light trucks below 1 km: 48 km/h, 7.5 s a hectometre.
    assert rules.drive_s("light", np.array([1, 2]), np.array([114.0, 114.0])).tolist() == [8, 15]


def test_bands_end_below_their_limit() -> None:
    # Medium trucks: 45 km/h below 1 km, 58 from 1 km on. 0.9 km in 72 s; 1.0 km in 62.07 s.
    times = load_rules().drive_s("medium", np.array([9, 10]), np.array([114.0, 114.0]))
    assert times.tolist() == [72, 63]


def test_mountains_lie_west_of_their_meridian() -> None:
    # Heavy trucks, 30 km: 70 km/h is 1542.9 s; times 0.84 is 58.8 km/h, 1836.7 s.
    times = load_rules().drive_s("heavy", np.array([300, 300]), np.array([111.4, 111.3999]))
    assert times.tolist() == [1543, 1837]


def test_heavier_trucks_are_never_faster() -> None:
    length_hm = np.arange(1, 1200)
    for lon_deg in (109.0, 114.0):
        times = [
            load_rules().drive_s(name, length_hm, np.full(len(length_hm), lon_deg))
            for name in SPEED_CLASSES
        ]
        assert (times[0] <= times[1]).all()
        assert (times[1] <= times[2]).all()


def test_every_modelled_figure_says_so() -> None:
    for name in SPEED_CLASSES:
        assert load_rules().speeds[name].source.startswith("modelled")
    with pytest.raises(KeyError, match="tank"):
        load_rules().drive_s("tank", np.array([1]), np.array([114.0]))
