"""Back-test: whether intervals from early reports cover the totals published later.

Every statement of an event is an instant at which estimates could have been made, from nothing but
what had been received by then; every later statement says what came of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from geodata.gazetteer import PROVINCE_CODE, Gazetteer
from relief.damage.assessment import assess
from relief.damage.estimation import estimate
from relief.damage.growth import GrowthModel
from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport, Indicator
from relief.damage.vulnerability import ExposedPlace, Hazard, Vulnerability
from scenarios.events import Event, ReportInstant


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One estimate held against one published total.

    Parameters
    ----------
    known_at, target_at
        When the estimate could be made, and for which statement.
    indicators
        What is counted, in one sum where it was published so.
    estimate
        The interval.
    published
        What was published for `target_at`.
    """

    known_at: datetime
    target_at: datetime
    indicators: tuple[Indicator, ...]
    estimate: Estimate
    published: int

    @property
    def is_covered(self) -> bool:
        """Whether the interval holds the published total."""
        return self.estimate.low <= self.published <= self.estimate.high


def backtest(
    event: Event,
    reports: Sequence[DamageReport],
    gazetteer: Gazetteer,
    *,
    began_at: datetime,
    vulnerability: Vulnerability,
    growth: GrowthModel,
    exposed: Sequence[ExposedPlace] = (),
    hazard: Hazard | None = None,
    with_present: bool = False,
) -> tuple[Trial, ...]:
    """Estimate every provincial total from each earlier statement's instant.

    Only what the earlier statement published, too, is tried, so that no figure that we had to
    model stands in for a total.

    Parameters
    ----------
    event
        The event.
    reports
        The reports of its capture, or a part of them.
    gazetteer
        The places.
    began_at
        When the event began.
    vulnerability, growth
        The models.
    exposed, hazard
        The footprint, if there is one.
    with_present
        Whether the total of the instant itself is tried, too; sensible where `reports` is a part.
    """
    places = (*gazetteer.counties, *gazetteer.townships)
    instants = [each for each in event.instants if each.unit_code == PROVINCE_CODE]
    trials: list[Trial] = []
    for number, known in enumerate(instants):
        assessment = assess(reports, at=known.at, places=places)
        for target in instants[number if with_present else number + 1 :]:
            estimates = estimate(
                assessment,
                exposed=exposed,
                hazard=hazard,
                places=places,
                began_at=began_at,
                target_at=target.at,
                vulnerability=vulnerability,
                growth=growth,
            )
            for indicators, published in _common(known, target):
                total = estimates.total(indicators)
                if total is not None:
                    trials.append(
                        Trial(
                            known_at=known.at,
                            target_at=target.at,
                            indicators=indicators,
                            estimate=total,
                            published=published,
                        )
                    )
    return tuple(trials)


def _common(
    known: ReportInstant, target: ReportInstant
) -> Iterator[tuple[tuple[Indicator, ...], int]]:
    """Yield what both statements publish, the later one perhaps in parts."""
    later = {total.indicators: total.count for total in target.totals}
    for total in known.totals:
        parts = [later.get((indicator,)) for indicator in total.indicators]
        if total.indicators in later:
            yield total.indicators, later[total.indicators]
        elif None not in parts:
            yield total.indicators, sum(part for part in parts if part is not None)


def every_second_county(reports: Sequence[DamageReport]) -> tuple[DamageReport, ...]:
    """Return the reports without those of every second county, city and province, by code."""
    counties = sorted(
        {code for report in reports if not (code := report.unit_code[:6]).endswith("00")}
    )
    kept = set(counties[::2])
    return tuple(report for report in reports if report.unit_code[:6] in kept)
