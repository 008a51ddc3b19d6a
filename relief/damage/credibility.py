"""How far a report can be trusted: whose word stands, and how wide a count may be off."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import ceil, floor

from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport, ReportSource, ReportStage
from relief.units import hours


def rank(report: DamageReport) -> tuple[int, int]:
    """Return the credibility of a report, the greater the better.

    The order is small and fixed: a verified report (核报) before the others, and among those
    the level that has checked more before the one nearer to the damage (province, city, county,
    township, field), because every level checks before it passes on.
    """
    return (int(report.stage is ReportStage.VERIFIED), int(report.source))


def is_verified_officially(report: DamageReport) -> bool:
    """Return whether a county-level unit or a higher one has verified the report."""
    return report.stage is ReportStage.VERIFIED and report.source >= ReportSource.COUNTY


def is_near(report: DamageReport) -> bool:
    """Return whether the report comes from below the county, which is the reporting level."""
    return report.source < ReportSource.COUNTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How far a count of one kind of report may be off.

    Parameters
    ----------
    low, high
        Shares of the count by which the truth may lie below and above it when it is counted.
    low_per_h, high_per_h
        What each hour since then adds to those shares.
    """

    low: Fraction
    high: Fraction
    low_per_h: Fraction
    high_per_h: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """The margins of all kinds of reports. All of them are modelled; `note` says how.

    Parameters
    ----------
    by_kind
        A margin for each source and stage.
    greatest_low, greatest_high
        Where the growth with age ends.
    note, source
        How the figures were chosen, and from what.
    """

    by_kind: Mapping[tuple[ReportSource, ReportStage], Margin]
    greatest_low: Fraction
    greatest_high: Fraction
    note: str
    source: str

    def around(self, count: int, report: DamageReport, *, at: datetime) -> Estimate:
        """Return the estimate around a reported count, seen from the instant `at`."""
        margin = self.by_kind[report.source, report.stage]
        age_h = Fraction(max(hours(at - report.observed_at), 0.0))
        low = min(margin.low + margin.low_per_h * age_h, max(self.greatest_low, margin.low))
        high = min(margin.high + margin.high_per_h * age_h, max(self.greatest_high, margin.high))
        return Estimate(low=floor(count * (1 - low)), likely=count, high=ceil(count * (1 + high)))


@cache
def stated_margins() -> Margins:
    """Return the margins shipped with the program (``relief/data/assessment/margins.toml``)."""
    text = (files("relief") / "data" / "assessment" / "margins.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text, parse_float=Decimal)
    sources = {source: content["sources"][source.name.lower()] for source in ReportSource}
    stages = {stage: content["stages"][stage.value] for stage in ReportStage}
    by_kind = {
        (source, stage): Margin(
            low=Fraction(own["low"]) * Fraction(stages[stage]["times"]),
            high=Fraction(own["high"]) * Fraction(stages[stage]["times"]),
            low_per_h=Fraction(stages[stage]["low_per_h"]),
            high_per_h=Fraction(stages[stage]["high_per_h"]),
        )
        for source, own in sources.items()
        for stage in stages
    }
    return Margins(
        by_kind=by_kind,
        greatest_low=Fraction(content["greatest"]["low"]),
        greatest_high=Fraction(content["greatest"]["high"]),
        note=content["note"],
        source=content["source"],
    )
