"""What had been heard of an event by an instant."""

from dataclasses import dataclass
from datetime import datetime

from geodata.gazetteer import PROVINCE_CODE, Gazetteer
from relief.beidou.intake import read_reports
from relief.damage.reports import DamageReport, RefusedReport
from scenarios.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The reports of a capture, and what was refused of it.

    Parameters
    ----------
    reports, refused
        In order of the capture.
    """

    reports: tuple[DamageReport, ...]
    refused: tuple[RefusedReport, ...]

    def by(self, at: datetime) -> "Heard":
        """Return what had been received by an instant."""
        return Heard(
            reports=tuple(report for report in self.reports if report.received_at <= at),
            refused=tuple(refused for refused in self.refused if refused.received_at <= at),
        )


def hear(event: Event, gazetteer: Gazetteer) -> Heard:
    """Read the capture of an event.

    Parameters
    ----------
    event
        The event.
    gazetteer
        The places that reports may name.

    Raises
    ------
    InvalidInput
        If the capture is missing.
    """
    places = (*gazetteer.counties, *gazetteer.townships, *gazetteer.prefectures)
    intake = read_reports(
        event.capture(),
        received_at=event.default_at,
        known_units={PROVINCE_CODE, *(place.code for place in places)},
    )
    return Heard(reports=intake.reports, refused=intake.refused)
