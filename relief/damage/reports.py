"""Damage reports as they come in: who counted what, where and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from relief.places import Point


class Indicator(StrEnum):
    """What is counted, after the 2020 statistics scheme (自然灾害情况统计调查制度).

    Counts marked *current* are of the moment and may fall; the others are totals since the event
    began, and may still be corrected downwards.
    """

    AFFECTED = "affected"
    DEAD = "dead"
    MISSING = "missing"
    INJURED = "injured"
    TRANSFERRED = "transferred"
    TRANSFERRED_CURRENT = "transferred_current"
    CONCENTRATED_CURRENT = "concentrated_current"
    DISPERSED_CURRENT = "dispersed_current"
    URGENT_NEED = "urgent_need"
    URGENT_NEED_CURRENT = "urgent_need_current"
    WATER_NEED_CURRENT = "water_need_current"
    COLLAPSED_HOUSEHOLDS = "collapsed_households"
    COLLAPSED_ROOMS = "collapsed_rooms"
    SERIOUS_ROOMS = "serious_rooms"
    SLIGHT_ROOMS = "slight_rooms"
    CROPS_HIT_HA = "crops_hit_ha"
    LOSS_10K_YUAN = "loss_10k_yuan"


class ReportSource(IntEnum):
    """Who reports; a smaller number is nearer to the damage."""

    FIELD = 0
    TOWNSHIP = 1
    COUNTY = 2
    CITY = 3
    PROVINCE = 4


class ReportStage(StrEnum):
    """The stage of the statistics scheme: first, continued, verified report."""

    FIRST = "first"
    CONTINUED = "continued"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageReport:
    """One report on one administrative unit.

    Parameters
    ----------
    sender_card
        The BeiDou card (or other sender) that sent it.
    sequence
        The sender's running number; the same sender, sequence and content is the same report.
    source, stage
        Who reports, and at which stage of the scheme.
    unit_code
        Six digits for a county, nine for a township, ``420000`` for the province.
    observed_at
        The instant for which the counts hold.
    received_at
        When it reached us.
    counts
        Pairs of indicator and count, each indicator once, in the order of `Indicator`. An
        indicator that is absent was not reported, which is not zero.
    blocked_roads
        Names of road sections reported as cut.
    raw
        The sentence as received, for the record.
    point
        Where the reporter stood; None where the report does not say.
    confidence_percent
        How sure the reporter is of the counts, 0 to 100; None where the report does not say.
    """

    sender_card: str
    sequence: int
    source: ReportSource
    stage: ReportStage
    unit_code: str
    observed_at: datetime
    received_at: datetime
    counts: tuple[tuple[Indicator, int], ...]
    blocked_roads: tuple[str, ...] = ()
    raw: bytes = b""
    point: Point | None = None
    confidence_percent: int | None = None

    def count(self, indicator: Indicator) -> int | None:
        """Return the reported count, or None where the indicator was not reported."""
        return dict(self.counts).get(indicator)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedReport:
    """Bytes that came in and could not be taken as a report; kept, never dropped.

    Parameters
    ----------
    raw
        The bytes as received.
    line
        The line or frame number in its source, counted from 1.
    received_at
        When it came in.
    reason
        Why it was refused, as an English sentence that names the field and its value.
    """

    raw: bytes
    line: int
    received_at: datetime
    reason: str
