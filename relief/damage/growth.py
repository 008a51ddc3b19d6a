"""How counts grow from one report to the next, and how far one report may be off.

Counts of an event rise fast at first and ever more slowly: in a power of the time since it began.
With L the logarithm of that time at the later instant over that at the earlier one,

    log(later count / earlier count) ~ Normal(g L, j^2 + (s L)^2)

*Where*

====  =================================================================================
g     mean growth, 0 for counts of the moment and for the missing, which may fall
j     what any two statements differ by, however near in time (late and corrected parts)
s     how growth differs from event to event
====  =================================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from math import log

from relief.damage.indicators import CURRENT
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.damage.table_reader import TableReader
from relief.units import hours

MAY_FALL = CURRENT | {Indicator.MISSING}
"""Counts that go both ways, so that growth has no mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthModel:
    """The figures of the model.

    Parameters
    ----------
    mean_factor, slope_sigma, jump_sigma
        g, s and j of the module.
    least_age_h
        An event is taken to be at least so old when it is first counted.
    source_sigma
        Standard deviation of a first report by who reports, on the log scale.
    stage_factor
        What the stage multiplies it by.
    note
        How the figures were found.
    """

    mean_factor: float
    slope_sigma: float
    jump_sigma: float
    least_age_h: float
    source_sigma: Mapping[ReportSource, float]
    stage_factor: Mapping[ReportStage, float]
    note: str

    def age_log_factor(
        self, observed_at: datetime, target_at: datetime, *, began_at: datetime
    ) -> float:
        """Return L, at least 0."""
        younger_h = max(hours(observed_at - began_at), self.least_age_h)
        older_h = max(hours(target_at - began_at), younger_h)
        return log(older_h / younger_h)

    def mean_growth(self, indicator: Indicator, age_log_factor: float) -> float:
        """Return the mean of the logarithm of the growth."""
        return 0.0 if indicator in MAY_FALL else self.mean_factor * age_log_factor

    def report_sigma(self, report: DamageReport) -> float:
        """Return how far a report may be off at its own instant, on the log scale."""
        return self.source_sigma[report.source] * self.stage_factor[report.stage]


@cache
def stated_growth() -> GrowthModel:
    """Return the model shipped with the program (``relief/data/assessment/growth.toml``)."""
    reader = TableReader(files("relief") / "data" / "assessment" / "growth.toml")
    growth = reader.table(reader.content, "growth")
    credibility = reader.table(reader.content, "credibility")
    stages = reader.table(reader.content, "stages")
    model = GrowthModel(
        mean_factor=reader.number(growth, "growth", "mean_factor"),
        slope_sigma=reader.number(growth, "growth", "slope_sigma"),
        jump_sigma=reader.number(growth, "growth", "jump_sigma"),
        least_age_h=reader.number(growth, "growth", "least_age_h"),
        source_sigma={
            source: reader.number(credibility, "credibility", source.name.lower())
            for source in ReportSource
        },
        stage_factor={stage: reader.number(stages, "stages", stage.value) for stage in ReportStage},
        note=reader.text(reader.content, "", "note"),
    )
    reader.settle()
    return model
