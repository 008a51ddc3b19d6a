"""Expected time and its spread on each stretch, so that plans can keep a buffer. All modelled.

The usual time of a stretch is lengthened by what slows it down now (night, rain, closures near by),
and so is its spread, which is a share of the time that is larger in the mountains and for heavier
trucks. Times of the stretches of one way are taken as equally correlated, because weather and
traffic do not stop at a junction.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.special import ndtri

from geodata.layout import RoadLayout, stretch_rows
from geodata.roads import RoadNetwork
from geodata.rules import load_rules
from geodata.sources import data_file

_KM_PER_DEG = 111.2
RAINS = ("dry", "light", "heavy", "storm")
"""Rain as people call it, with modelled effects each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRules:
    """How times scatter, see ``data/spread.toml``.

    Parameters
    ----------
    usual_share
        Standard deviation over expected time, by speed class, on a dry day.
    mountain_share, night_share, detour_share
        What is added to it in the mountains, at night, and near a closure.
    rain_share
        What is added to it, in the order of `RAINS`.
    night_factor, detour_factor
        By which times are longer at night and near a closure.
    rain_factors
        By which times are longer, in the order of `RAINS`.
    detour_km
        How near a closure is near.
    correlation_share
        Correlation between the times of any two stretches of a way.
    """

    usual_share: Mapping[str, float]
    mountain_share: float
    night_share: float
    detour_share: float
    rain_share: tuple[float, ...]
    night_factor: float
    detour_factor: float
    rain_factors: tuple[float, ...]
    detour_km: float
    correlation_share: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StretchTimes:
    """Expected time and standard deviation of each stretch, shape (stretches,)."""

    mean_s: NDArray[np.float64]
    deviation_s: NDArray[np.float64]
    correlation_share: float

    def on_way(self, rows: Sequence[int]) -> tuple[float, float]:
        """Return expected time and standard deviation of a way, in seconds.

        With equal correlation r the variance of a sum is (1 - r) sum d^2 + r (sum d)^2.
        """
        chosen = self.deviation_s[list(rows)]
        share = self.correlation_share
        variance = (1 - share) * float(chosen @ chosen) + share * float(chosen.sum()) ** 2
        return float(self.mean_s[list(rows)].sum()), float(np.sqrt(variance))

    def time_kept_with(self, rows: Sequence[int], probability: float) -> float:
        """Return the seconds within which a way is driven with some probability.

        Times are taken as log-normal: never negative, with a longer tail towards late.

        Parameters
        ----------
        rows
            The stretches of the way.
        probability
            Above 0 and below 1.
        """
        mean_s, deviation_s = self.on_way(rows)
        if not mean_s:
            return 0.0
        variance_log = np.log1p((deviation_s / mean_s) ** 2)
        quantile = ndtri(probability) * np.sqrt(variance_log) - variance_log / 2
        return float(mean_s * np.exp(quantile))


def stretch_times(
    roads: RoadNetwork,
    usual_s: NDArray[np.int64],
    speed_class: str,
    *,
    rain: str | NDArray[np.int64] = "dry",
    night: bool = False,
    rules: SpreadRules | None = None,
) -> StretchTimes:
    """Return how long stretches take and how much that scatters.

    Parameters
    ----------
    roads
        The network; the stretches near its closures are slower and less sure.
    usual_s
        The usual time of each stretch, shape (stretches,).
    speed_class
        Who drives.
    rain
        One of `RAINS` for all stretches, or their rows in it, shape (stretches,).
    night
        Whether it is dark.
    rules
        None for the shipped ones.

    Raises
    ------
    KeyError, ValueError
        If the class or the rain is not known.
    """
    rules = rules or load_spread_rules()
    layout = roads.layout
    wet = np.full(len(usual_s), RAINS.index(rain)) if isinstance(rain, str) else rain
    near = _near_closures(roads, rules.detour_km)
    factor = np.array(rules.rain_factors)[wet] * np.where(near, rules.detour_factor, 1.0)
    share = rules.usual_share[speed_class] + np.array(rules.rain_share)[wet]
    share = share + np.where(near, rules.detour_share, 0.0)
    share = share + np.where(_mountainous(layout), rules.mountain_share, 0.0)
    if night:
        factor, share = factor * rules.night_factor, share + rules.night_share
    mean_s = usual_s * factor
    return StretchTimes(
        mean_s=mean_s, deviation_s=mean_s * share, correlation_share=rules.correlation_share
    )


@lru_cache(maxsize=1)
def load_spread_rules() -> SpreadRules:
    """Return the shipped rules."""
    document = tomllib.loads(data_file("spread.toml").read_text(encoding="utf-8"))
    added, slower = document["spread"], document["slower"]
    return SpreadRules(
        usual_share={name: float(share) for name, share in document["usual"]["share"].items()},
        mountain_share=float(added["mountain_share"]),
        night_share=float(added["night_share"]),
        detour_share=float(added["detour_share"]),
        rain_share=tuple(float(added["rain_share"][name]) for name in RAINS),
        night_factor=float(slower["night_factor"]),
        detour_factor=float(slower["detour_factor"]),
        rain_factors=tuple(float(slower["rain_factors"][name]) for name in RAINS),
        detour_km=float(slower["detour_km"]),
        correlation_share=float(document["spread"]["correlation_share"]),
    )


def _mountainous(layout: RoadLayout) -> NDArray[np.bool_]:
    middle_lon_deg = (layout.lon_deg[layout.tails] + layout.lon_deg[layout.heads]) / 2
    mountainous: NDArray[np.bool_] = middle_lon_deg < load_rules().mountains_west_of_deg
    return mountainous


def _near_closures(roads: RoadNetwork, within_km: float) -> NDArray[np.bool_]:
    """Return whether an end of a stretch lies near an end of one that is closed to all."""
    layout = roads.layout
    near = np.zeros(len(layout.tails), dtype=np.bool_)
    edges = [edge for closure in roads.closures if closure.is_total for edge in closure.edges]
    rows, _ = stretch_rows(layout, edges)
    if not len(rows):
        return near
    # Degrees of longitude are shorter; at most a degree or two of latitude apart one factor does.
    shrink = np.cos(np.radians(layout.lat_deg))
    spots = np.asarray(shapely.points(np.column_stack((layout.lon_deg * shrink, layout.lat_deg))))
    ends = np.unique(np.concatenate((layout.tails[rows], layout.heads[rows])))
    tree = shapely.STRtree(spots[ends])
    beside = np.zeros(len(spots), dtype=np.bool_)
    beside[tree.query(spots, predicate="dwithin", distance=within_km / _KM_PER_DEG)[0]] = True
    near[:] = beside[layout.tails] | beside[layout.heads]
    return near
