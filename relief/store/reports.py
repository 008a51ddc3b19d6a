"""Reports: first kept as they came, then as they were understood."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select, update

from relief.damage.reports import (
    DamageReport,
    Indicator,
    RefusedReport,
    ReportSource,
    ReportStage,
)
from relief.places import Point
from relief.store.session import Database
from relief.store.tables import RECEIVED, REFUSED_REPORTS, REPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Bytes as they came in.

    Parameters
    ----------
    number
        Under which they are kept.
    received_at
        When they came.
    content
        The bytes.
    """

    number: int
    received_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStore:
    """The reports of a database."""

    database: Database

    def keep(self, content: bytes, received_at: datetime) -> Received:
        """Keep bytes before anybody looks at them; they are on the disk when this returns."""
        with self.database.transaction() as connection:
            result = connection.execute(
                insert(RECEIVED).values(received_at=received_at, content=content)
            )
            (number,) = result.inserted_primary_key or (0,)
        return Received(number=int(number), received_at=received_at, content=content)

    def unread(self) -> tuple[Received, ...]:
        """Return what was kept but not understood yet, because the program ended in between."""
        query = select(RECEIVED).where(RECEIVED.c.read_at.is_(None)).order_by(RECEIVED.c.id)
        with self.database.transaction() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Received(number=row.id, received_at=row.received_at, content=row.content)
            for row in rows
        )

    def settle(
        self,
        received: Received,
        reports: Sequence[DamageReport],
        refused: Sequence[RefusedReport],
        read_at: datetime,
    ) -> tuple[DamageReport, ...]:
        """Keep what was understood of some bytes, once.

        Returns
        -------
        tuple[DamageReport, ...]
            Those that are new; a report already kept is not kept again.
        """
        new = []
        with self.database.transaction() as connection:
            first_time = connection.execute(
                update(RECEIVED)
                .where(RECEIVED.c.id == received.number, RECEIVED.c.read_at.is_(None))
                .values(read_at=read_at)
            )
            if first_time.rowcount == 0:
                return ()
            for report in reports:
                values = report_values(report)
                same = select(REPORTS.c.id).where(
                    REPORTS.c.sender_card == values["sender_card"],
                    REPORTS.c.sequence == values["sequence"],
                    REPORTS.c.content_digest == values["content_digest"],
                )
                if connection.execute(same).first() is None:
                    connection.execute(
                        insert(REPORTS).values(received_id=received.number, **values)
                    )
                    new.append(report)
            for refusal in refused:
                connection.execute(
                    insert(REFUSED_REPORTS).values(
                        received_id=received.number,
                        line=refusal.line,
                        received_at=refusal.received_at,
                        reason=refusal.reason,
                        raw=refusal.raw,
                    )
                )
        return tuple(new)

    def reports(self) -> tuple[DamageReport, ...]:
        """Return all reports, in the order in which they came."""
        query = select(REPORTS).order_by(REPORTS.c.id)
        with self.database.transaction() as connection:
            return tuple(report_of(row) for row in connection.execute(query))

    def refused(self) -> tuple[RefusedReport, ...]:
        """Return all that was refused, in the order in which it came."""
        query = select(REFUSED_REPORTS).order_by(REFUSED_REPORTS.c.id)
        with self.database.transaction() as connection:
            return tuple(
                RefusedReport(
                    raw=row.raw, line=row.line, received_at=row.received_at, reason=row.reason
                )
                for row in connection.execute(query)
            )


def content_digest(report: DamageReport) -> str:
    """Return a SHA-256 digest of what a report says, however and whenever it came."""
    said = (
        report.source.value,
        report.stage.value,
        report.unit_code,
        report.observed_at.timestamp(),
        tuple((indicator.value, count) for indicator, count in report.counts),
        report.blocked_roads,
        *((report.point, report.confidence_percent) if _says_more(report) else ()),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _says_more(report: DamageReport) -> bool:
    """Return whether a report says what the first kind of report could not say."""
    return report.point is not None or report.confidence_percent is not None


def report_values(report: DamageReport) -> dict[str, object]:
    """Return the columns of a report, less the bytes from which it was understood."""
    point = report.point
    return {
        "sender_card": report.sender_card,
        "sequence": report.sequence,
        "content_digest": content_digest(report),
        "source": report.source.value,
        "stage": report.stage.value,
        "unit_code": report.unit_code,
        "observed_at": report.observed_at,
        "received_at": report.received_at,
        "counts": [[indicator.value, count] for indicator, count in report.counts],
        "blocked_roads": list(report.blocked_roads),
        "raw": report.raw,
        "reporter_lon_deg": None if point is None else point.lon_deg,
        "reporter_lat_deg": None if point is None else point.lat_deg,
        "confidence_percent": report.confidence_percent,
    }


def report_of(row: Row[tuple[object, ...]]) -> DamageReport:
    """Return the report of a row."""
    lon, lat = row.reporter_lon_deg, row.reporter_lat_deg
    return DamageReport(
        sender_card=row.sender_card,
        sequence=row.sequence,
        source=ReportSource(row.source),
        stage=ReportStage(row.stage),
        unit_code=row.unit_code,
        observed_at=row.observed_at,
        received_at=row.received_at,
        counts=tuple((Indicator(name), int(count)) for name, count in row.counts),
        blocked_roads=tuple(row.blocked_roads),
        raw=row.raw,
        point=None if lon is None or lat is None else Point(lon_deg=lon, lat_deg=lat),
        confidence_percent=row.confidence_percent,
    )
