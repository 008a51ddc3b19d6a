"""Taking reports in: first the disk, then the eyes."""

import threading
from datetime import datetime

from api.reports.schemas import IntakeAnswer, RefusedAnswer, ReportAnswer, ReportsAnswer
from geodata.gazetteer import PROVINCE_CODE, Gazetteer
from relief.beidou.intake import Intake, read_reports
from relief.damage.reports import DamageReport, RefusedReport
from relief.errors import UnknownPlace
from relief.store.reports import Received, ReportStore


class ReportDesk:
    """Keeps what comes in and reads it.

    Parameters
    ----------
    store
        Where it is kept.
    gazetteer
        The places that can be reported on.
    """

    def __init__(self, store: ReportStore, gazetteer: Gazetteer) -> None:
        self._store = store
        self._gazetteer = gazetteer
        places = (*gazetteer.counties, *gazetteer.townships, *gazetteer.prefectures)
        self._known_units = {PROVINCE_CODE, *(place.code for place in places)}
        # One reader at a time, so that the same report coming twice at once is taken once.
        self._reading = threading.Lock()

    def take(self, content: bytes, received_at: datetime) -> IntakeAnswer:
        """Keep bytes, then read them; what is told is on the disk.

        Parameters
        ----------
        content
            Sentences, one a line, as `relief.beidou.intake` reads them.
        received_at
            When they came.
        """
        received = self._store.keep(content, received_at)
        intake, new = self._read(received, received_at)
        return IntakeAnswer(
            received=received.number,
            accepted=[self._report(report) for report in new],
            refused=[_refused(one) for one in intake.refused],
            num_repeated=intake.num_duplicates + len(intake.reports) - len(new),
            num_other=len(intake.others),
        )

    def catch_up(self, read_at: datetime) -> int:
        """Read what was kept but never read, because the program ended in between.

        Returns
        -------
        int
            How many times bytes had come in.
        """
        unread = self._store.unread()
        for received in unread:
            self._read(received, read_at)
        return len(unread)

    def _read(
        self, received: Received, read_at: datetime
    ) -> tuple[Intake, tuple[DamageReport, ...]]:
        with self._reading:
            intake = read_reports(
                received.content,
                received_at=received.received_at,
                known_units=self._known_units,
                earlier=self._store.reports(),
            )
            return intake, self._store.settle(received, intake.reports, intake.refused, read_at)

    def kept(self) -> tuple[DamageReport, ...]:
        """Return all reports taken so far."""
        return self._store.reports()

    def all(self) -> ReportsAnswer:
        """Return all that was taken and all that was refused."""
        return ReportsAnswer(
            reports=[self._report(report) for report in self._store.reports()],
            refused=[_refused(one) for one in self._store.refused()],
        )

    def _report(self, report: DamageReport) -> ReportAnswer:
        try:
            place = self._gazetteer.place(report.unit_code)
            unit_zh, unit_en = place.name_zh, place.name_en
        except UnknownPlace:
            unit_zh, unit_en = (
                ("湖北省", "Hubei") if report.unit_code == PROVINCE_CODE else ("", "")
            )
        return ReportAnswer(
            sender_card=report.sender_card,
            sequence=report.sequence,
            source=report.source.name.lower(),
            stage=report.stage.value,
            unit_code=report.unit_code,
            unit_zh=unit_zh,
            unit_en=unit_en,
            observed_at=report.observed_at,
            received_at=report.received_at,
            counts={indicator.value: count for indicator, count in report.counts},
            blocked_roads=list(report.blocked_roads),
        )


def _refused(refused: RefusedReport) -> RefusedAnswer:
    return RefusedAnswer(
        line=refused.line,
        received_at=refused.received_at,
        reason=refused.reason,
        raw_hex=refused.raw.hex(" "),
    )
