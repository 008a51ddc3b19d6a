"""Worlds: counts that may turn out true, drawn from what is believed of every place.

A world draws theta and the growth of `relief.damage.estimation` once, each place's own error once
a place and indicator, and, for a count that is still open, a Poisson count around what comes out.
So the worlds of one seed agree with the intervals of the estimates, place by place and in total.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.damage.assessment import Assessment, Basis, Figure
from relief.damage.estimation import Estimates
from relief.damage.indicators import PEOPLE
from relief.damage.intervals import COUNT_OF_ZERO
from relief.damage.reports import Indicator
from relief.places import Place, PlaceKind

Counts = NDArray[np.int64]
Key = tuple[str, Indicator]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worlds:
    """Counts in drawn worlds, by the figures that plans are made from.

    Parameters
    ----------
    figures
        What is believed, at the level of the plan; one a place and indicator, in that order.
    counts
        Read-only; shape (worlds, figures).
    seed
        Where they come from.
    """

    figures: tuple[Figure, ...]
    counts: Counts
    seed: int

    def __post_init__(self) -> None:
        self.counts.setflags(write=False)


def draw_worlds(
    assessment: Assessment,
    estimates: Estimates,
    *,
    level: PlaceKind,
    places: Sequence[Place],
    num_worlds: int,
    seed: int,
) -> Worlds:
    """Draw worlds from estimates.

    Parameters
    ----------
    assessment
        What was reported.
    estimates
        What is believed of it, silent places included.
    level
        Whether plans go to counties or to townships.
    places
        For their populations, which no count of people exceeds.
    num_worlds
        How many.
    seed
        The same seed draws the same worlds.

    Returns
    -------
    Worlds
        A figure of a silent place has `Basis.ESTIMATE` and no observations.
    """
    counts = _leaf_counts(estimates, places, num_worlds, seed)
    leaf_at = {(leaf.place_code, leaf.indicator): i for i, leaf in enumerate(estimates.leaves)}
    reported = assessment.figures_for(level)
    parent = {place.code: place.parent_code for place in places}
    of_figure: dict[Key, Counts] = {}
    figures: dict[Key, Figure] = {}
    covered: set[Key] = set()
    for figure in reported:
        key = (figure.place_code, figure.indicator)
        figures[key] = figure
        leaf = next(
            (k for k in (key, (parent[key[0]], key[1])) if k in leaf_at),
            None,
        )
        if leaf is None:
            # A silent county known by its townships: those that have reported and those that have
            # not are leaves of their own.
            of_figure[key] = np.zeros(num_worlds, dtype=np.int64)
            continue
        covered.add(leaf)
        drawn = counts[:, leaf_at[leaf]]
        whole = estimates.leaves[leaf_at[leaf]].reported or 0
        if figure.estimate.likely != whole:
            # A township, or what is left of its county, moves with the county's own report.
            drawn = np.rint(drawn * (figure.estimate.likely / max(whole, 1))).astype(np.int64)
        of_figure[key] = drawn
    for key, counted_at in _of_leaves(estimates, level, parent):
        if key in covered:
            continue
        target = (counted_at, key[1])
        of_figure.setdefault(target, np.zeros(num_worlds, dtype=np.int64))
        of_figure[target] = of_figure[target] + counts[:, leaf_at[key]]
        if target not in figures:
            figures[target] = _silent(target, estimates, level)
    keys = sorted(figures)
    return Worlds(
        figures=tuple(figures[key] for key in keys),
        counts=np.stack([of_figure[key] for key in keys], axis=1),
        seed=seed,
    )


def _leaf_counts(
    estimates: Estimates, places: Sequence[Place], num_worlds: int, seed: int
) -> Counts:
    """Return a count for each world and leaf."""
    leaves, growth = estimates.leaves, estimates.growth
    rng = np.random.default_rng(seed)
    indicators = sorted({leaf.indicator for leaf in leaves})
    theta = {each: rng.standard_normal(num_worlds) for each in indicators}
    slope, jump = rng.standard_normal(num_worlds), rng.standard_normal(num_worlds)
    people = {place.code: place.population_people for place in places}
    counts = np.zeros((num_worlds, len(leaves)), dtype=np.int64)
    for index, leaf in enumerate(leaves):
        own = rng.standard_normal(num_worlds)
        if np.isneginf(leaf.log_mean):
            if leaf.is_open:
                counts[:, index] = rng.poisson(COUNT_OF_ZERO / 2, num_worlds)
            continue
        log_count = leaf.log_mean + leaf.own_sigma * own
        log_count += leaf.event_factor * leaf.event_sigma * theta[leaf.indicator]
        if leaf.is_open:
            log_count += growth.slope_sigma * leaf.age_log_factor * slope + growth.jump_sigma * jump
        drawn = np.exp(log_count)
        whole = rng.poisson(drawn) if leaf.is_open else np.rint(drawn)
        most = people.get(leaf.place_code, 0) if leaf.indicator in PEOPLE else 0
        if most:
            whole = np.minimum(whole, max(most, leaf.reported or 0))
        counts[:, index] = whole
    return counts


def _of_leaves(
    estimates: Estimates, level: PlaceKind, parent: Mapping[str, str]
) -> Iterator[tuple[Key, str]]:
    """Yield the key of each leaf and the place at which plans count it."""
    for leaf in estimates.leaves:
        is_township = len(leaf.place_code) > COUNTY_DIGITS
        at = leaf.place_code
        if is_township and level is not PlaceKind.TOWNSHIP:
            at = parent[leaf.place_code]
        yield (leaf.place_code, leaf.indicator), at


COUNTY_DIGITS = 6
"""Digits of a county's code in GB/T 2260; a township has three more (GB/T 10114)."""


def _silent(key: Key, estimates: Estimates, level: PlaceKind) -> Figure:
    """Return the figure of a place that nobody has reported on."""
    place_code, indicator = key
    found = estimates.total([indicator], place_code)
    if found is None:
        msg = f"{place_code} has no estimate of {indicator} at level {level}."
        raise ValueError(msg)
    return Figure(
        place_code=place_code,
        indicator=indicator,
        estimate=found,
        basis=Basis.ESTIMATE,
        observations=(),
    )
