"""Estimates: what reports and the hazard's footprint together let one believe, with intervals.

Every place is estimated once, as a *leaf*: a county that has reported; else its townships, those
that have reported and those that are silent inside the footprint. On the log scale, for one
indicator,

    theta         ~ Normal(0, t^2)                          (1) the event against the table
    log N_p       ~ Normal(log a_p + theta - s^2/2, s^2)    (2) a place; a_p exp(theta) its mean
    log c_p       ~ Normal(log N_p, r_p^2)                  (3) what it reports

*Where*

======  ==================================================================================
a_p     expected count: exposed people x share affected x ratio x severity
t, s    spread of the event and of the place (`relief.damage.vulnerability`)
c_p     the standing count
r_p     spread of the report by source and stage, with half the log distance of an unresolved
        conflict added in quadrature
======  ==================================================================================

Over the places that are exposed and have reported, C = sum c_p and A = sum a_p. Their ratio says
where theta lies, zeros and small counts included,

    y = log((C + 1/2) / (A + 1/2))                                                      (4)
    u^2 = log(1 + (e^(s^2) - 1) sum a_p^2 / A^2 + (sum r_p^2 c_p^2 / C + 1) / (C + 1/2))  (5)

and by precision weights theta has precision 1/t^2 + 1/u^2 and mean (y/u^2) / precision. A silent
place follows (2); in a reported one (2) and (3) are weighted by 1/s^2 and 1/r_p^2. So every report
also moves what is believed of the silent places. Then the counts are carried to the instant asked
for with `relief.damage.growth`, except verified ones, which grow no more. A count that is still
open varies as a Poisson count besides; a reported zero is carried as zero with that doubt.

A total is the sum of its leaves. theta and the growth are the same for all of them, their other
errors are independent; the sum is taken as lognormal with its exact mean and variance.

References
----------
Precision weights, the normal model with known variance: Gelman et al. (2013), Bayesian Data
Analysis, 3rd ed., section 2.5, ISBN 978-1-4398-4095-5. Ratio of sums: Cochran (1977), Sampling
Techniques, 3rd ed., chapter 6, ISBN 0-471-16240-X. Sums of lognormals by their moments: Fenton
(1960), IRE Transactions on Communications Systems 8, 57-67, doi:10.1109/TCOM.1960.1097606.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, hypot, inf, log, sqrt

import numpy as np

from relief.damage.assessment import Assessment, Figure
from relief.damage.growth import GrowthModel
from relief.damage.indicators import PEOPLE
from relief.damage.intervals import COUNT_OF_ZERO, interval, interval_of_sum
from relief.damage.needs import Estimate
from relief.damage.reports import Indicator, ReportStage
from relief.damage.vulnerability import (
    ExposedPlace,
    Hazard,
    HazardVulnerability,
    Vulnerability,
)
from relief.places import Place, PlaceKind


class LeafBasis(StrEnum):
    """What the estimate of a place rests on."""

    REPORT = "report"
    """Its report; nothing is expected there from the footprint."""
    BOTH = "report-and-footprint"
    """Its report, and what the footprint lets one expect."""
    FOOTPRINT = "footprint"
    """It is silent inside the footprint; nothing but the prior and the reports of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The estimate of one indicator at one place.

    Parameters
    ----------
    place_code, indicator
        Where, and what is counted.
    estimate
        The interval at the stated share around the median.
    basis
        What it rests on.
    reported
        The standing count; None where the place is silent.
    exposed_people
        People inside the footprint.
    report_weight_share
        How much of the posterior mean is the place's own report.
    log_mean, own_sigma
        Of the count at the instant asked for: mean on the log scale, and the error that is the
        place's own; a mean of minus infinity is a count of zero.
    event_factor, event_sigma
        How far the place goes with theta, and what is not known of theta.
    age_log_factor, is_open
        L of `relief.damage.growth`, and whether the count may still change.
    """

    place_code: str
    indicator: Indicator
    estimate: Estimate
    basis: LeafBasis
    reported: int | None
    exposed_people: int
    report_weight_share: float
    log_mean: float
    own_sigma: float
    event_factor: float
    event_sigma: float
    age_log_factor: float
    is_open: bool

    @property
    def is_silent(self) -> bool:
        """Whether nobody has reported for the place."""
        return self.reported is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """All estimates of one instant.

    Parameters
    ----------
    at, target_at
        What was known when, and for which instant it is estimated.
    leaves
        In order of place and indicator.
    growth
        The model with which they were carried to `target_at`.
    """

    at: datetime
    target_at: datetime
    leaves: tuple[Leaf, ...]
    growth: GrowthModel

    def of(self, indicators: Iterable[Indicator], within: str = "") -> tuple[Leaf, ...]:
        """Return the leaves of some indicators whose place code begins with `within`."""
        wanted = frozenset(indicators)
        return tuple(
            leaf
            for leaf in self.leaves
            if leaf.indicator in wanted and leaf.place_code.startswith(within)
        )

    def total(
        self, indicators: Iterable[Indicator], within: str = "", *, most: float = inf
    ) -> Estimate | None:
        """Return the estimate of a sum over places and indicators.

        Parameters
        ----------
        indicators
            What is added up.
        within
            The beginning of the codes of the places: ``42`` the province, ``4211`` a city,
            ``421181`` a county.
        most
            No estimate is greater, such as the population.

        Returns
        -------
        Estimate or None
            None where nothing is known or expected.
        """
        leaves = self.of(indicators, within)
        if not leaves:
            return None
        if len(leaves) == 1:
            return leaves[0].estimate
        return _summed(leaves, self.growth, most)


def estimate(
    assessment: Assessment,
    *,
    exposed: Sequence[ExposedPlace],
    hazard: Hazard | None,
    places: Iterable[Place],
    began_at: datetime,
    target_at: datetime,
    vulnerability: Vulnerability,
    growth: GrowthModel,
) -> Estimates:
    """Estimate every indicator at every place that has reported or is exposed.

    Parameters
    ----------
    assessment
        What was reported.
    exposed
        The townships inside the footprint; empty without one.
    hazard
        Of the footprint; None without one.
    places
        Counties and townships, for their populations.
    began_at
        When the event began.
    target_at
        The instant for which counts are estimated, not before that of the assessment.
    vulnerability, growth
        The models.
    """
    by_code = {place.code: place for place in places}
    grounds: defaultdict[Indicator, list[_Ground]] = defaultdict(list)
    known = None if hazard is None else vulnerability.hazards[hazard]
    for ground in _grounds(assessment, exposed, known, by_code):
        grounds[ground.indicator].append(ground)
    leaves: list[Leaf] = []
    for indicator, own in grounds.items():
        event_sigma = 0.0
        if known is not None and indicator in known.ratios:
            event_sigma = known.ratios[indicator].event_sigma
        leaves.extend(
            _posterior(
                own,
                event_sigma=event_sigma,
                place_sigma=vulnerability.place_sigma,
                growth=growth,
                began_at=began_at,
                target_at=target_at,
            )
        )
    return Estimates(
        at=assessment.at,
        target_at=target_at,
        leaves=tuple(sorted(leaves, key=lambda leaf: (leaf.place_code, leaf.indicator))),
        growth=growth,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What is known of one indicator at one place before it is put together.

    Parameters
    ----------
    rivals
        Counts in an unresolved conflict with the standing one.
    expected_mean
        What the footprint lets one expect; 0 for nothing.
    """

    place: Place
    indicator: Indicator
    figure: Figure | None
    rivals: tuple[int, ...]
    expected_mean: float
    exposed_people: int


def _grounds(
    assessment: Assessment,
    exposed: Sequence[ExposedPlace],
    known: HazardVulnerability | None,
    by_code: Mapping[str, Place],
) -> Iterator[_Ground]:
    """Yield the leaves with what was reported and what is expected."""
    figures = {(f.place_code, f.indicator): f for f in assessment.figures}
    by_township = {each.place_code: each for each in exposed}
    townships: defaultdict[str, set[str]] = defaultdict(set)
    for code in {code for code, _ in figures} | by_township.keys():
        if by_code[code].kind is PlaceKind.TOWNSHIP:
            townships[by_code[code].parent_code].add(code)
    rivals = _rivals(assessment, figures)
    indicators = {indicator for _, indicator in figures} | set(known.ratios if known else ())
    counties = {code for code, _ in figures if by_code[code].kind is PlaceKind.COUNTY}
    for county in sorted(counties | townships.keys()):
        for indicator in sorted(indicators):
            whole = (county, indicator) in figures
            for code in (county,) if whole else sorted(townships[county]):
                inside = sorted(townships[county] & by_township.keys()) if whole else [code]
                here = [by_township[each] for each in inside if each in by_township]
                figure = figures.get((code, indicator))
                expected_mean = known.expected(indicator, here) if known else 0.0
                if figure is not None or expected_mean > 0:
                    yield _Ground(
                        place=by_code[code],
                        indicator=indicator,
                        figure=figure,
                        rivals=tuple(rivals[code, indicator]),
                        expected_mean=expected_mean,
                        exposed_people=sum(each.people for each in here),
                    )


def _rivals(
    assessment: Assessment, figures: Mapping[tuple[str, Indicator], Figure]
) -> Mapping[tuple[str, Indicator], list[int]]:
    rivals: defaultdict[tuple[str, Indicator], list[int]] = defaultdict(list)
    for conflict in assessment.conflicts:
        key = (conflict.standing.report.unit_code, conflict.standing.indicator)
        if key in figures and conflict.standing in figures[key].observations:
            rivals[key].append(conflict.overruled.count)
    return rivals


def _logarithm(count: int) -> float:
    return log(max(count, COUNT_OF_ZERO))


def _report_variance(ground: _Ground, figure: Figure, growth: GrowthModel) -> float:
    """Return r_p^2, the conflicts in it."""
    standing = _logarithm(figure.estimate.likely)
    apart = max((abs(_logarithm(rival) - standing) for rival in ground.rivals), default=0.0)
    return growth.report_sigma(figure.observations[0].report) ** 2 + (apart / 2) ** 2


def _posterior(
    grounds: Sequence[_Ground],
    *,
    event_sigma: float,
    place_sigma: float,
    growth: GrowthModel,
    began_at: datetime,
    target_at: datetime,
) -> Iterator[Leaf]:
    """Yield the leaves of one indicator, see equations (1) to (3) of the module."""
    theta, theta_sigma, heard_age = _event(
        grounds, event_sigma, place_sigma, growth, began_at=began_at, target_at=target_at
    )
    for ground in grounds:
        if ground.figure is None:
            # Without any report the table speaks of the counts of a whole event: no growth.
            yield _leaf(
                ground,
                growth,
                log_mean=log(ground.expected_mean) + theta - place_sigma**2 / 2,
                own_sigma=place_sigma,
                event_factor=1.0,
                event_sigma=theta_sigma,
                age_log_factor=heard_age or 0.0,
                is_open=heard_age is not None,
            )
            continue
        report = ground.figure.observations[0].report
        count = ground.figure.estimate.likely
        variance = _report_variance(ground, ground.figure, growth)
        prior_share = 0.0
        log_mean = log(count) if count else -inf
        if count and ground.expected_mean > 0:
            prior_share = variance / (variance + place_sigma**2)
            prior_mean = log(ground.expected_mean) + theta - place_sigma**2 / 2
            log_mean = prior_share * prior_mean + (1 - prior_share) * log_mean
        is_open = report.stage is not ReportStage.VERIFIED
        yield _leaf(
            ground,
            growth,
            log_mean=log_mean,
            own_sigma=sqrt(variance * (1 - prior_share)),
            event_factor=prior_share,
            event_sigma=theta_sigma,
            age_log_factor=growth.age_log_factor(report.observed_at, target_at, began_at=began_at)
            if is_open
            else 0.0,
            is_open=is_open,
        )


def _event(
    grounds: Sequence[_Ground],
    event_sigma: float,
    place_sigma: float,
    growth: GrowthModel,
    *,
    began_at: datetime,
    target_at: datetime,
) -> tuple[float, float, float | None]:
    """Return mean and spread of theta, and L of the reports behind it, None without any."""
    heard = [
        (ground, ground.figure)
        for ground in grounds
        if ground.figure is not None and ground.expected_mean > 0
    ]
    if not heard:
        return 0.0, event_sigma, None
    counts = np.array([figure.estimate.likely for _, figure in heard], dtype=np.float64)
    expected = np.array([ground.expected_mean for ground, _ in heard])
    doubts = np.array([_report_variance(ground, figure, growth) for ground, figure in heard])
    ages = np.array(
        [
            growth.age_log_factor(
                figure.observations[0].report.observed_at, target_at, began_at=began_at
            )
            for _, figure in heard
        ]
    )
    whole = float(counts.sum())
    found = log((whole + COUNT_OF_ZERO) / (float(expected.sum()) + COUNT_OF_ZERO))
    uneven = (exp(place_sigma**2) - 1) * float((expected**2).sum()) / float(expected.sum()) ** 2
    misread = float((doubts * counts**2).sum()) / max(whole, 1.0)
    found_variance = log(1 + uneven + (misread + 1) / (whole + COUNT_OF_ZERO))
    precision = event_sigma**-2 + 1 / found_variance
    age = float(np.average(ages, weights=counts + COUNT_OF_ZERO))
    return found / found_variance / precision, precision**-0.5, age


def _leaf(
    ground: _Ground,
    growth: GrowthModel,
    *,
    log_mean: float,
    own_sigma: float,
    event_factor: float,
    event_sigma: float,
    age_log_factor: float,
    is_open: bool,
) -> Leaf:
    """Return a leaf carried to the instant asked for."""
    grown = log_mean + growth.mean_growth(ground.indicator, age_log_factor)
    sigma = hypot(own_sigma, event_factor * event_sigma)
    if is_open:
        sigma = hypot(sigma, growth.jump_sigma, growth.slope_sigma * age_log_factor)
    figure = ground.figure
    is_people = ground.indicator in PEOPLE and ground.place.population_people > 0
    most = float(ground.place.population_people) if is_people else inf
    if figure is not None:
        most = max(most, figure.estimate.likely)
    mean = exp(grown + sigma**2 / 2)
    spread = mean**2 * (exp(sigma**2) - 1) + (max(mean, COUNT_OF_ZERO) if is_open else 0.0)
    return Leaf(
        place_code=ground.place.code,
        indicator=ground.indicator,
        estimate=interval(mean, spread, exp(grown), most),
        basis=LeafBasis.FOOTPRINT
        if figure is None
        else LeafBasis.BOTH
        if ground.expected_mean > 0
        else LeafBasis.REPORT,
        reported=None if figure is None else figure.estimate.likely,
        exposed_people=ground.exposed_people,
        report_weight_share=0.0 if figure is None else 1.0 - event_factor,
        log_mean=grown,
        own_sigma=own_sigma,
        event_factor=event_factor,
        event_sigma=event_sigma,
        age_log_factor=age_log_factor,
        is_open=is_open,
    )


def _summed(leaves: Sequence[Leaf], growth: GrowthModel, most: float) -> Estimate:
    """Return the estimate of a sum of leaves."""
    log_mean = np.array([leaf.log_mean for leaf in leaves])
    own_sigma = np.array([leaf.own_sigma for leaf in leaves])
    # theta of different indicators is not the same; taken as the same it can only widen the sum.
    theta = np.array([leaf.event_factor * leaf.event_sigma for leaf in leaves])
    slope = np.array([growth.slope_sigma * leaf.age_log_factor for leaf in leaves])
    is_open = np.array([leaf.is_open for leaf in leaves])
    jump = growth.jump_sigma * is_open
    covariance = np.outer(theta, theta) + np.outer(slope, slope) + np.outer(jump, jump)
    covariance[np.diag_indices(len(leaves))] += own_sigma**2
    return interval_of_sum(log_mean, covariance, is_open, most=most)
