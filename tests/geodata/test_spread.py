"""Expected time and spread: by hand, then what must always hold."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.roads import load_roads
from geodata.spread import RAINS, SpreadRules, StretchTimes, load_spread_rules, stretch_times
from relief.plan.travel import Closure, ClosureKind
from tests.geodata.five_junctions import five_junctions

USUAL_S = np.array([1000, 1000, 1000, 500, 400])
RULES = SpreadRules(
    usual_share={"light": 0.1, "heavy": 0.2},
    mountain_share=0.5,
    night_share=0.1,
    detour_share=0.3,
    rain_share=(0.0, 0.1, 0.2, 0.4),
    night_factor=1.1,
    detour_factor=2.0,
    rain_factors=(1.0, 1.25, 1.5, 2.0),
    detour_km=1.0,
    correlation_share=0.5,
)


def test_what_lengthens_a_time_lengthens_its_spread() -> None:
    roads = five_junctions()
    dry = stretch_times(roads, USUAL_S, "light", rules=RULES)
    assert dry.mean_s.tolist() == [1000, 1000, 1000, 500, 400]
    assert dry.deviation_s == pytest.approx([100, 100, 100, 50, 40])
    wet = stretch_times(roads, USUAL_S, "heavy", rain="heavy", night=True, rules=RULES)
    # 1000 s x 1.5 x 1.1; of that 0.2 + 0.2 + 0.1.
    assert wet.mean_s[0] == pytest.approx(1650)
    assert wet.deviation_s[0] == pytest.approx(825)


def test_rain_may_differ_from_stretch_to_stretch() -> None:
    times = stretch_times(
        five_junctions(), USUAL_S, "light", rain=np.array([0, 1, 2, 3, 0]), rules=RULES
    )
    assert times.mean_s.tolist() == [1000, 1250, 1500, 1000, 400]


def test_near_a_closure_roads_are_slower_and_less_sure() -> None:
    # 1-2 is closed: 2-3 and 2-5 begin at its end, 3-4 and 5-4 are 10 km off.
    shut = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((1, 2),))
    times = stretch_times(five_junctions().closed([shut]), USUAL_S, "light", rules=RULES)
    assert times.mean_s.tolist() == [2000, 2000, 1000, 1000, 400]
    assert times.deviation_s == pytest.approx([800, 800, 100, 400, 40])


def test_a_way_by_hand() -> None:
    times = StretchTimes(
        mean_s=np.array([100.0, 200.0]), deviation_s=np.array([30.0, 40.0]), correlation_share=0.5
    )
    # Half of 30^2 + 40^2 = 2500, half of 70^2 = 4900: 3700.
    assert times.on_way([0, 1]) == pytest.approx((300.0, sqrt(3700)))
    assert times.on_way([]) == (0.0, 0.0)
    assert times.time_kept_with([], 0.9) == 0.0
    # Log-normal of mean 300 and variance 3700: sigma^2 = ln(1 + 3700/90000) = 0.040289; median
    # 300 exp(-0.0201445) = 294.017; 90 %: 294.017 exp(1.281552 x 0.200722) = 380.3.
    assert times.time_kept_with([0, 1], 0.5) == pytest.approx(294.02, abs=0.01)
    assert times.time_kept_with([0, 1], 0.9) == pytest.approx(380.3, abs=0.1)


@given(
    parts=st.lists(st.tuples(st.floats(1, 5000), st.floats(0.01, 0.5)), min_size=1, max_size=20),
    probabilities=st.lists(st.floats(0.05, 0.95), min_size=2, max_size=2, unique=True),
)
def test_surer_is_later_and_a_way_scatters_less_than_its_parts_together(
    parts: list[tuple[float, float]], probabilities: list[float]
) -> None:
    mean_s = np.array([mean for mean, _ in parts])
    deviation_s = mean_s * [share for _, share in parts]
    times = StretchTimes(mean_s=mean_s, deviation_s=deviation_s, correlation_share=0.3)
    rows = list(range(len(parts)))
    low, high = sorted(probabilities)
    assert times.time_kept_with(rows, low) <= times.time_kept_with(rows, high)
    _, deviation = times.on_way(rows)
    assert deviation <= deviation_s.sum() * (1 + 1e-9)
    assert deviation >= sqrt(float(deviation_s @ deviation_s)) * (1 - 1e-9)


def test_the_shipped_rules_grow_with_the_rain() -> None:
    rules, roads = load_spread_rules(), load_roads()
    usual_s = roads.layout.length_hm * 5
    runs = [stretch_times(roads, usual_s, "medium", rain=rain) for rain in RAINS]
    for less, more in pairwise(runs):
        assert bool((more.mean_s > less.mean_s).all())
        assert bool((more.deviation_s > less.deviation_s).all())
    west = roads.layout.lon_deg[roads.layout.tails] < 110
    east = roads.layout.lon_deg[roads.layout.tails] > 113
    share = runs[0].deviation_s / runs[0].mean_s
    assert share[west].min() == pytest.approx(share[east].max() + rules.mountain_share)
    with pytest.raises(ValueError, match="not in tuple"):
        stretch_times(roads, usual_s, "medium", rain="fog")
