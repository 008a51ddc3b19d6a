"""What changed since an earlier report: body of a compact code of kind 2.

=======  =========================================================================
bytes    meaning
=======  =========================================================================
1        0 (three bits), stage (two bits), flags (confidence, position, roads)
2        sequence number of the earlier report, of the same sender
4        instant of the counts
1-5      which indicators changed, bit i for indicator i
1-5 each the changes, as numbers with a sign
...      if flagged: all blocked roads as they are now, possibly none; position; confidence
=======  =========================================================================
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from relief.beidou.code_fields import (
    WHERE,
    read_instant,
    read_point,
    write_instant,
    write_point,
    write_roads,
)
from relief.beidou.compact_code import BodyReader, Envelope, write_change, write_count
from relief.beidou.refusals import RefusedSentence, refused
from relief.beidou.report_code import (
    CONFIDENCE_FLAG,
    INDICATORS,
    POINT_FLAG,
    ROADS_FLAG,
    STAGES,
    in_order,
    read_confidence,
    read_indicators,
    read_roads,
)
from relief.damage.reports import DamageReport, Indicator, ReportStage
from relief.errors import Fault
from relief.places import Point
from relief.sentences import say

REPORT_CHANGE: Final = 2
"""The kind of message: changes against an earlier report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportChange:
    """What changed since an earlier report of the same sender on the same place.

    Parameters
    ----------
    sequence
        The sender's running number.
    base_sequence
        That of the earlier report.
    stage
        The stage of the whole as it is now.
    observed_at
        The instant for which the counts hold.
    changes
        Pairs of indicator and what is to be added to its count, in the order of `Indicator`.
    blocked_roads
        All roads that are cut now; None where nothing changed.
    point, confidence_percent
        As for a report.
    """

    sequence: int
    base_sequence: int
    stage: ReportStage
    observed_at: datetime
    changes: tuple[tuple[Indicator, int], ...]
    blocked_roads: tuple[str, ...] | None = None
    point: Point | None = None
    confidence_percent: int | None = None


def change_between(base: DamageReport, now: DamageReport) -> ReportChange:
    """Return what changed from one report to the next.

    Raises
    ------
    RefusedSentence
        If the two are not about the same place and source, or the earlier one has an indicator
        more or less: then a whole report must be sent.
    """
    before, after = dict(base.counts), dict(now.counts)
    same_head = (base.unit_code, base.source, set(before)) == (
        now.unit_code,
        now.source,
        set(after),
    )
    if not same_head:
        whole = say("The reports are not about the same things; send the whole report.")
        raise refused(WHERE, "base_sequence", base.sequence, whole)
    return ReportChange(
        sequence=now.sequence,
        base_sequence=base.sequence,
        stage=now.stage,
        observed_at=now.observed_at,
        changes=in_order(
            (each, count - before[each]) for each, count in after.items() if count != before[each]
        ),
        blocked_roads=None if now.blocked_roads == base.blocked_roads else now.blocked_roads,
        point=now.point,
        confidence_percent=now.confidence_percent,
    )


def changed(
    base: DamageReport, change: ReportChange, *, received_at: datetime, raw: bytes = b""
) -> DamageReport:
    """Return the whole report that a change makes of an earlier one.

    Raises
    ------
    RefusedSentence
        If an indicator changes that the earlier report does not have, or a count falls below 0.
    """
    counts = dict(base.counts)
    faults = []
    for indicator, difference in change.changes:
        before = counts.get(indicator)
        if before is None or before + difference < 0:
            faults.append(
                Fault(
                    where=WHERE,
                    field=indicator.value,
                    value=f"{difference:+d}",
                    what=say("The earlier report does not allow this change."),
                    allowed="" if before is None else f"-{before} or more",
                )
            )
            continue
        counts[indicator] = before + difference
    if faults:
        raise RefusedSentence(*faults)
    return replace(
        base,
        sequence=change.sequence,
        stage=change.stage,
        observed_at=change.observed_at,
        received_at=received_at,
        counts=in_order(counts.items()),
        blocked_roads=(
            base.blocked_roads if change.blocked_roads is None else change.blocked_roads
        ),
        raw=raw,
        point=change.point,
        confidence_percent=change.confidence_percent,
    )


def change_envelope(change: ReportChange) -> Envelope:
    """Return a change as envelope."""
    changes = dict(change.changes)
    present = [(place, each) for place, each in enumerate(INDICATORS) if each in changes]
    flags = (
        ROADS_FLAG * (change.blocked_roads is not None)
        | POINT_FLAG * (change.point is not None)
        | CONFIDENCE_FLAG * (change.confidence_percent is not None)
    )
    body = bytearray((STAGES.index(change.stage) << 3 | flags,))
    body += change.base_sequence.to_bytes(2, "big") + write_instant(change.observed_at)
    body += write_count(sum(1 << place for place, _ in present))
    for _, each in present:
        body += write_change(changes[each])
    if change.blocked_roads is not None:
        body += write_roads(change.blocked_roads)
    if change.point is not None:
        body += write_point(change.point)
    if change.confidence_percent is not None:
        body.append(change.confidence_percent)
    return Envelope(kind=REPORT_CHANGE, sequence=change.sequence, body=bytes(body))


def read_change(envelope: Envelope) -> ReportChange:
    """Return the change in an envelope.

    Raises
    ------
    RefusedSentence
        If a field cannot be read.
    """
    reader = BodyReader(envelope.body)
    head = reader.number(1, "stage")
    stage, flags = head >> 3, head & 0b111
    if stage >= len(STAGES):
        raise refused(
            WHERE,
            "stage",
            stage,
            say("There is no such stage of reports."),
            f"0 to {len(STAGES) - 1}",
        )
    base_sequence = reader.number(2, "base_sequence")
    observed_at = read_instant(reader, "observed_at")
    changes = in_order([(each, reader.change(each)) for each in read_indicators(reader)])
    change = ReportChange(
        sequence=envelope.sequence,
        base_sequence=base_sequence,
        stage=STAGES[stage],
        observed_at=observed_at,
        changes=changes,
        blocked_roads=read_roads(reader, fewest=0) if flags & ROADS_FLAG else None,
        point=read_point(reader) if flags & POINT_FLAG else None,
        confidence_percent=read_confidence(reader) if flags & CONFIDENCE_FLAG else None,
    )
    reader.end()
    return change
