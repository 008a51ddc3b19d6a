"""From a capture of sentences to damage reports; what is refused is kept with its reason.

A capture has one sentence a line. A line may begin with the instant at which the sentence came in
(ISO 8601 with an offset) and a tab. A binary frame is written as ``hex:`` and its bytes. Blank
lines and lines that begin with ``#`` say nothing.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from relief.beidou.capture import read_capture_line, says_nothing
from relief.beidou.carried import carried_by
from relief.beidou.codes import read_code
from relief.beidou.customary_text import CustomaryReport, read_customary
from relief.beidou.frames import Frame
from relief.beidou.judging import CLOCK_ERROR_ALLOWED, kind_name
from relief.beidou.messages import read_message
from relief.beidou.refusals import RefusedSentence, refused
from relief.beidou.stream import RefusedBytes, split
from relief.damage.reports import DamageReport, RefusedReport
from relief.sentences import Sentence, say
from relief.units import in_utc

_BEGINNING = re.compile(rb"\$[A-Z][A-Z0-9]+")
_NUM_NEAR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSentence:
    """A whole sentence that is no damage report: a position, an acknowledgement, free text.

    Parameters
    ----------
    raw, line, received_at
        As for `relief.damage.reports.RefusedReport`.
    name
        The name of the sentence, for example ``GNRMC``.
    text
        What it says, where it carries a text; bytes of another code are shown as they can be; of a
        compact code that is no damage report, its kind (the gateway takes those).
    seems_to_say
        What a damage report in plain Chinese seems to say, for a person to confirm.
    """

    raw: bytes
    line: int
    received_at: datetime
    name: str
    text: str = ""
    seems_to_say: CustomaryReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a capture held; every line is in exactly one of the four.

    Parameters
    ----------
    reports
        The damage reports, in the order of the capture.
    refused
        What could not be taken, with the reason.
    others
        Whole sentences that are no damage reports.
    num_duplicates
        Reports that had come before, with the same sender, sequence and content.
    """

    reports: tuple[DamageReport, ...]
    refused: tuple[RefusedReport, ...]
    others: tuple[OtherSentence, ...]
    num_duplicates: int


def read_reports(
    data: bytes,
    *,
    received_at: datetime,
    known_units: Collection[str] | None = None,
    earlier: Iterable[DamageReport] = (),
) -> Intake:
    """Return the damage reports in a capture.

    Parameters
    ----------
    data
        The capture.
    received_at
        When a sentence came in whose line does not say so.
    known_units
        The unit codes of the gazetteer; a report on another unit is refused with near codes.
        Every code is taken where this is None.
    earlier
        Reports taken before: they are recognised as duplicates.

    Raises
    ------
    ValueError
        If `received_at` has no offset. Nothing in `data` raises.

    Examples
    --------
    >>> from datetime import UTC
    >>> intake = read_reports(b"$CCICI,0,00*73", received_at=datetime(2016, 7, 6, tzinfo=UTC))
    >>> len(intake.reports), len(intake.refused), intake.others[0].name
    (0, 0, 'CCICI')
    """
    reading = _Reading(known_units, earlier)
    default_at = in_utc(received_at)
    for line, text in enumerate(data.split(b"\n"), start=1):
        reading.hear(text.removesuffix(b"\r"), line, default_at)
    return Intake(
        reports=tuple(reading.reports),
        refused=tuple(reading.refused),
        others=tuple(reading.others),
        num_duplicates=reading.num_duplicates,
    )


class _Reading:
    """One pass over a capture."""

    def __init__(
        self, known_units: Collection[str] | None, earlier: Iterable[DamageReport]
    ) -> None:
        self.reports: list[DamageReport] = []
        self.refused: list[RefusedReport] = []
        self.others: list[OtherSentence] = []
        self.num_duplicates = 0
        self._known_units = known_units
        self._content_of = {_key(each): _content(each) for each in earlier}

    def hear(self, text: bytes, line: int, received_at: datetime) -> None:
        """Take one line of the capture."""
        if says_nothing(text):
            return
        try:
            received_at, octets = read_capture_line(text, received_at)
        except RefusedSentence as refusal:
            self._refuse(text, line, received_at, refusal)
            return
        for piece in split(octets):
            if isinstance(piece, Frame):
                self._take(piece, line, received_at)
            elif isinstance(piece, RefusedBytes):
                self._refuse_for(piece.raw, line, received_at, piece.reason)
            elif piece.raw.strip():
                self._refuse_for(piece.raw, line, received_at, _NO_SENTENCE)

    def _take(self, frame: Frame, line: int, received_at: datetime) -> None:
        try:
            carried = carried_by(read_message(frame))
            if carried is None or not carried.is_code:
                text = "" if carried is None else carried.content.text
                self.others.append(
                    OtherSentence(
                        raw=frame.raw,
                        line=line,
                        received_at=received_at,
                        name=frame.name,
                        text=text,
                        seems_to_say=read_customary(text),
                    )
                )
                return
            report = read_code(
                carried.content.octets,
                sender_card=carried.sender,
                received_at=received_at,
                raw=frame.raw,
            )
            if not isinstance(report, DamageReport):
                self.others.append(
                    OtherSentence(
                        raw=frame.raw,
                        line=line,
                        received_at=received_at,
                        name=frame.name,
                        text=kind_name(report),
                    )
                )
                return
            self._check(report)
        except RefusedSentence as refusal:
            self._refuse(frame.raw, line, received_at, refusal)
            return
        if _key(report) in self._content_of:
            self.num_duplicates += 1
            return
        self._content_of[_key(report)] = _content(report)
        self.reports.append(report)

    def _check(self, report: DamageReport) -> None:
        """Raise where a readable report must not be taken as it is."""
        if self._known_units is not None and report.unit_code not in self._known_units:
            near = get_close_matches(report.unit_code, self._known_units, n=_NUM_NEAR)
            raise refused(
                "report",
                "unit_code",
                report.unit_code,
                say("There is no place with this code."),
                remedy=say("Near codes: {codes}.", codes=", ".join(near)) if near else None,
            )
        if report.observed_at > report.received_at + CLOCK_ERROR_ALLOWED:
            raise refused(
                "report",
                "observed_at",
                report.observed_at.isoformat(),
                say("The report comes from the future."),
                f"up to {(report.received_at + CLOCK_ERROR_ALLOWED).isoformat()}",
            )
        taken = self._content_of.get(_key(report))
        if taken is not None and taken != _content(report):
            raise refused(
                "report",
                "sequence",
                report.sequence,
                say("This sender has used the sequence number for another content."),
            )

    def _refuse(
        self, raw: bytes, line: int, received_at: datetime, refusal: RefusedSentence
    ) -> None:
        self.refused.append(
            RefusedReport(raw=raw, line=line, received_at=received_at, reason=str(refusal))
        )

    def _refuse_for(self, raw: bytes, line: int, received_at: datetime, what: Sentence) -> None:
        begun = _BEGINNING.match(raw)
        where = "sentence" if begun is None else begun[0].decode("ascii")
        self._refuse(raw, line, received_at, refused(where, "", "", what))


def _key(report: DamageReport) -> tuple[str, int]:
    return report.sender_card, report.sequence


def _content(report: DamageReport) -> DamageReport:
    """Return a report without what differs when it is sent again."""
    return replace(report, received_at=report.observed_at, raw=b"")


_NO_SENTENCE = say("No sentence begins here.")
