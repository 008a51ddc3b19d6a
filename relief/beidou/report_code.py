"""The compact damage report: a whole report in at most 77 bytes.

It is the body of a compact code (`relief.beidou.compact_code`) of kind 1. All integers are
big-endian. A *count* is written in groups of seven bits, the lowest first, with the top bit set in
every byte but the last, and as short as it can be.

=======  =========================================================================
bytes    meaning
=======  =========================================================================
1        source (three bits), stage (two bits), flags (confidence, position, roads)
4        unit code: nine digits as a number; a county's six digits are followed by 000
4        instant of the counts in seconds since 1970-01-01T00:00Z
1-5      which indicators follow, as a count whose bit i stands for indicator i
1-5 each the counts, in the order of their bits
...      if flagged: number of blocked roads, then per road a length and its GBK name
6        if flagged: where the reporter stood (`relief.beidou.code_fields.write_point`)
1        if flagged: how sure the reporter is, in percent
=======  =========================================================================
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from relief.beidou.code_fields import (
    MAX_ROADS,
    NO_COUNT,
    NO_INSTANT,
    NO_POINT,
    NO_SEQUENCE,
    NO_UNIT,
    WHERE,
    is_name,
    is_on_earth,
    is_unit_code,
    is_unit_number,
    is_whole_second,
    read_instant,
    read_point,
    unit_of,
    write_instant,
    write_point,
    write_roads,
    write_unit,
)
from relief.beidou.compact_code import (
    MAX_COUNT,
    MAX_SEQUENCE,
    MAX_TEXT_BYTES,
    BodyReader,
    Envelope,
    unwrap,
    wrap,
    write_count,
)
from relief.beidou.refusals import RefusedSentence, refused
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.errors import Fault
from relief.sentences import Sentence, say

DAMAGE_REPORT: Final = 1
"""The kind of message: totals of a damage report."""
INDICATORS: Final = (
    Indicator.AFFECTED,
    Indicator.DEAD,
    Indicator.MISSING,
    Indicator.INJURED,
    Indicator.TRANSFERRED,
    Indicator.TRANSFERRED_CURRENT,
    Indicator.CONCENTRATED_CURRENT,
    Indicator.DISPERSED_CURRENT,
    Indicator.URGENT_NEED,
    Indicator.URGENT_NEED_CURRENT,
    Indicator.WATER_NEED_CURRENT,
    Indicator.COLLAPSED_HOUSEHOLDS,
    Indicator.COLLAPSED_ROOMS,
    Indicator.SERIOUS_ROOMS,
    Indicator.SLIGHT_ROOMS,
    Indicator.CROPS_HIT_HA,
    Indicator.LOSS_10K_YUAN,
)
"""Indicator of each bit. New ones are added at the end; none is ever moved or taken out."""
STAGES: Final = (ReportStage.FIRST, ReportStage.CONTINUED, ReportStage.VERIFIED)
"""Stage of each number."""

ROADS_FLAG: Final = 0b001
POINT_FLAG: Final = 0b010
CONFIDENCE_FLAG: Final = 0b100
MAX_PERCENT: Final = 100
_WHERE = WHERE
_ORDER = {indicator: place for place, indicator in enumerate(Indicator)}


def encode(report: DamageReport) -> bytes:
    """Return a report as compact code.

    The sender's card, the instant of receipt and the raw sentence are not part of it: the first
    is known from the sentence that carries the code, the others arise on receipt.

    Raises
    ------
    RefusedSentence
        With every value that the code cannot hold, or if the whole is too long for one message.
    """
    return wrap(report_envelope(report))


def report_envelope(report: DamageReport) -> Envelope:
    """Return a report as envelope, whatever its length; raises as `encode` does."""
    if faults := tuple(_unwritable(report)):
        raise RefusedSentence(*faults)
    counts = dict(report.counts)
    present = [(place, each) for place, each in enumerate(INDICATORS) if each in counts]
    flags = (
        ROADS_FLAG * bool(report.blocked_roads)
        | POINT_FLAG * (report.point is not None)
        | CONFIDENCE_FLAG * (report.confidence_percent is not None)
    )
    body = bytearray((report.source << 5 | STAGES.index(report.stage) << 3 | flags,))
    body += write_unit(report.unit_code) + write_instant(report.observed_at)
    body += write_count(sum(1 << place for place, _ in present))
    for _, each in present:
        body += write_count(counts[each])
    if report.blocked_roads:
        body += write_roads(report.blocked_roads)
    if report.point is not None:
        body += write_point(report.point)
    if report.confidence_percent is not None:
        body.append(report.confidence_percent)
    return Envelope(kind=DAMAGE_REPORT, sequence=report.sequence, body=bytes(body))


def decode(
    payload: bytes, *, sender_card: str, received_at: datetime, raw: bytes = b""
) -> DamageReport:
    """Return the report in a compact code.

    Parameters
    ----------
    payload
        The code, without the A4 of mixed content.
    sender_card, received_at, raw
        From the sentence that carried it.

    Raises
    ------
    RefusedSentence
        If the payload is no damage report of this version, or is damaged.
    """
    envelope = unwrap(payload)
    if envelope.kind != DAMAGE_REPORT:
        unknown = say("This kind of message is not known.")
        raise refused(_WHERE, "kind", envelope.kind, unknown, str(DAMAGE_REPORT))
    reader = BodyReader(envelope.body)
    origin = reader.number(1, "source")
    unit = reader.number(4, "unit_code")
    observed_at = read_instant(reader, "observed_at")
    source, stage, flags = origin >> 5, origin >> 3 & 0b11, origin & 0b111
    _check_head(source, stage, unit)
    counts = _read_counts(reader)
    roads = read_roads(reader, fewest=1) if flags & ROADS_FLAG else ()
    point = read_point(reader) if flags & POINT_FLAG else None
    confidence = read_confidence(reader) if flags & CONFIDENCE_FLAG else None
    reader.end()
    return DamageReport(
        sender_card=sender_card,
        sequence=envelope.sequence,
        source=ReportSource(source),
        stage=STAGES[stage],
        unit_code=unit_of(unit),
        observed_at=observed_at,
        received_at=received_at,
        counts=counts,
        blocked_roads=roads,
        raw=raw,
        point=point,
        confidence_percent=confidence,
    )


def _check_head(source: int, stage: int, unit: int) -> None:
    checks = (
        ("source", source, source < len(ReportSource), _NO_SOURCE, f"0 to {len(ReportSource) - 1}"),
        ("stage", stage, stage < len(STAGES), _NO_STAGE, f"0 to {len(STAGES) - 1}"),
        ("unit_code", unit, is_unit_number(unit), NO_UNIT, "nine digits"),
    )
    if faults := tuple(_faults(checks)):
        raise RefusedSentence(*faults)


def _read_counts(reader: BodyReader) -> tuple[tuple[Indicator, int], ...]:
    return in_order([(each, reader.count(each)) for each in read_indicators(reader)])


def in_order(counts: Iterable[tuple[Indicator, int]]) -> tuple[tuple[Indicator, int], ...]:
    """Return counts in the order of `Indicator`."""
    return tuple(sorted(counts, key=lambda pair: _ORDER[pair[0]]))


def read_indicators(reader: BodyReader) -> list[Indicator]:
    """Return the indicators whose bits are set.

    Raises
    ------
    RefusedSentence
        If a bit stands for none.
    """
    bits = reader.count("indicators")
    if bits >> len(INDICATORS):
        unknown = say("A bit is set that stands for no indicator.")
        allowed = f"bits 0 to {len(INDICATORS) - 1}"
        raise refused(_WHERE, "indicators", f"{bits:b}", unknown, allowed)
    return [each for place, each in enumerate(INDICATORS) if bits >> place & 1]


def read_roads(reader: BodyReader, *, fewest: int) -> tuple[str, ...]:
    """Return the blocked roads.

    Raises
    ------
    RefusedSentence
        If there are fewer than `fewest`.
    """
    num_roads = reader.number(1, "blocked_roads")
    if num_roads < fewest:
        none = say("Blocked roads are flagged but none follows.")
        raise refused(_WHERE, "blocked_roads", num_roads, none)
    return tuple(reader.text("blocked_roads") for _ in range(num_roads))


def read_confidence(reader: BodyReader) -> int:
    """Return how sure the reporter is, in percent.

    Raises
    ------
    RefusedSentence
        If it is over 100.
    """
    percent = reader.number(1, "confidence_percent")
    if percent > MAX_PERCENT:
        raise refused(_WHERE, "confidence_percent", percent, _NO_PERCENT, f"0 to {MAX_PERCENT}")
    return percent


_Check = tuple[str, object, bool, Sentence, str]


def _faults(checks: tuple[_Check, ...]) -> Iterator[Fault]:
    for field, value, is_right, what, allowed in checks:
        if not is_right:
            yield Fault(where=_WHERE, field=field, value=str(value), what=what, allowed=allowed)


def _unwritable(report: DamageReport) -> Iterator[Fault]:
    """Yield what the code cannot hold."""
    indicators = [indicator for indicator, _ in report.counts]
    yield from _faults(
        (
            (
                "sequence",
                report.sequence,
                0 <= report.sequence <= MAX_SEQUENCE,
                NO_SEQUENCE,
                f"0 to {MAX_SEQUENCE}",
            ),
            (
                "unit_code",
                report.unit_code,
                is_unit_code(report.unit_code),
                NO_UNIT,
                "six digits, or nine that do not end in 000",
            ),
            (
                "observed_at",
                report.observed_at.isoformat(),
                is_whole_second(report.observed_at),
                NO_INSTANT,
                "whole seconds with an offset, 1970 to 2106",
            ),
            ("counts", indicators, len(set(indicators)) == len(indicators), _TWICE, ""),
            (
                "blocked_roads",
                len(report.blocked_roads),
                len(report.blocked_roads) <= MAX_ROADS,
                _TOO_MANY_ROADS,
                f"0 to {MAX_ROADS}",
            ),
            (
                "point",
                report.point,
                report.point is None or is_on_earth(report.point),
                NO_POINT,
                "degrees of latitude and longitude",
            ),
            (
                "confidence_percent",
                report.confidence_percent,
                report.confidence_percent is None or 0 <= report.confidence_percent <= MAX_PERCENT,
                _NO_PERCENT,
                f"0 to {MAX_PERCENT}",
            ),
            *(
                (indicator, count, 0 <= count <= MAX_COUNT, NO_COUNT, f"0 to {MAX_COUNT}")
                for indicator, count in report.counts
            ),
            *(
                ("blocked_roads", road, is_name(road), _NO_ROAD, f"{MAX_TEXT_BYTES} bytes of GBK")
                for road in report.blocked_roads
            ),
        )
    )


_NO_SOURCE = say("There is no such source of reports.")
_NO_STAGE = say("There is no such stage of reports.")
_NO_PERCENT = say("The share is no percentage.")
_TWICE = say("An indicator is reported twice.")
_TOO_MANY_ROADS = say("There are too many blocked roads.")
_NO_ROAD = say("The name of the road cannot be written.")
