"""The compact damage report: a whole report in at most 77 bytes.

It is the body of a compact code (`relief.beidou.compact_code`) of kind 1. All integers are
big-endian. A *count* is written in groups of seven bits, the lowest first, with the top bit set in
every byte but the last, and as short as it can be.

=======  =========================================================================
bytes    meaning
=======  =========================================================================
1        source (three bits), stage (two bits), flags (three bits)
4        unit code: nine digits as a number; a county's six digits are followed by 000
4        instant of the counts in seconds since 1970-01-01T00:00Z
1-5      which indicators follow, as a count whose bit i stands for indicator i
1-5 each the counts, in the order of their bits
...      if flagged: number of blocked roads, then per road a length and its GBK name
=======  =========================================================================
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from relief.beidou.compact_code import (
    MAX_COUNT,
    MAX_SEQUENCE,
    MAX_TEXT_BYTES,
    TEXT_CODEC,
    BodyReader,
    Envelope,
    unwrap,
    wrap,
    write_count,
    write_text,
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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROADS_FLAG = 0b001
_COUNTY_DIGITS, _UNIT_DIGITS = 6, 9
_WHOLE_COUNTY = "000"
_MAX_ROADS = 0xFF
_MAX_INSTANT = 0xFFFF_FFFF
_WHERE = "report code"
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
    if faults := tuple(_unwritable(report)):
        raise RefusedSentence(*faults)
    counts = dict(report.counts)
    present = [(place, each) for place, each in enumerate(INDICATORS) if each in counts]
    flags = _ROADS_FLAG if report.blocked_roads else 0
    body = bytearray((report.source << 5 | STAGES.index(report.stage) << 3 | flags,))
    body += int(report.unit_code.ljust(_UNIT_DIGITS, "0")).to_bytes(4, "big")
    body += int((report.observed_at - _EPOCH).total_seconds()).to_bytes(4, "big")
    body += write_count(sum(1 << place for place, _ in present))
    for _, each in present:
        body += write_count(counts[each])
    if report.blocked_roads:
        body.append(len(report.blocked_roads))
        for road in report.blocked_roads:
            body += write_text(road)
    return wrap(Envelope(kind=DAMAGE_REPORT, sequence=report.sequence, body=bytes(body)))


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
    seconds = reader.number(4, "observed_at")
    source, stage, flags = origin >> 5, origin >> 3 & 0b11, origin & 0b111
    _check_head(source, stage, flags, unit)
    counts = _read_counts(reader)
    roads = _read_roads(reader) if flags & _ROADS_FLAG else ()
    reader.end()
    return DamageReport(
        sender_card=sender_card,
        sequence=envelope.sequence,
        source=ReportSource(source),
        stage=STAGES[stage],
        unit_code=str(unit).removesuffix(_WHOLE_COUNTY),
        observed_at=_EPOCH + timedelta(seconds=seconds),
        received_at=received_at,
        counts=counts,
        blocked_roads=roads,
        raw=raw,
    )


def _check_head(source: int, stage: int, flags: int, unit: int) -> None:
    checks = (
        ("source", source, source < len(ReportSource), _NO_SOURCE, f"0 to {len(ReportSource) - 1}"),
        ("stage", stage, stage < len(STAGES), _NO_STAGE, f"0 to {len(STAGES) - 1}"),
        ("flags", flags, flags in {0, _ROADS_FLAG}, _NO_FLAG, f"0 or {_ROADS_FLAG}"),
        ("unit_code", unit, len(str(unit)) == _UNIT_DIGITS, _NO_UNIT, "nine digits"),
    )
    if faults := tuple(_faults(checks)):
        raise RefusedSentence(*faults)


def _read_counts(reader: BodyReader) -> tuple[tuple[Indicator, int], ...]:
    bits = reader.count("indicators")
    if bits >> len(INDICATORS):
        unknown = say("A bit is set that stands for no indicator.")
        allowed = f"bits 0 to {len(INDICATORS) - 1}"
        raise refused(_WHERE, "indicators", f"{bits:b}", unknown, allowed)
    present = [each for place, each in enumerate(INDICATORS) if bits >> place & 1]
    counts = [(each, reader.count(each)) for each in present]
    return tuple(sorted(counts, key=lambda pair: _ORDER[pair[0]]))


def _read_roads(reader: BodyReader) -> tuple[str, ...]:
    num_roads = reader.number(1, "blocked_roads")
    if num_roads == 0:
        none = say("Blocked roads are flagged but none follows.")
        raise refused(_WHERE, "blocked_roads", num_roads, none)
    return tuple(reader.text("blocked_roads") for _ in range(num_roads))


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
                _NO_SEQUENCE,
                f"0 to {MAX_SEQUENCE}",
            ),
            (
                "unit_code",
                report.unit_code,
                _is_unit_code(report.unit_code),
                _NO_UNIT,
                "six digits, or nine that do not end in 000",
            ),
            (
                "observed_at",
                report.observed_at.isoformat(),
                _is_whole_second(report.observed_at),
                _NO_INSTANT,
                "whole seconds with an offset, 1970 to 2106",
            ),
            ("counts", indicators, len(set(indicators)) == len(indicators), _TWICE, ""),
            (
                "blocked_roads",
                len(report.blocked_roads),
                len(report.blocked_roads) <= _MAX_ROADS,
                _TOO_MANY_ROADS,
                f"0 to {_MAX_ROADS}",
            ),
            *(
                (indicator, count, 0 <= count <= MAX_COUNT, _NO_COUNT, f"0 to {MAX_COUNT}")
                for indicator, count in report.counts
            ),
            *(
                ("blocked_roads", road, _is_name(road), _NO_ROAD, f"{MAX_TEXT_BYTES} bytes of GBK")
                for road in report.blocked_roads
            ),
        )
    )


def _is_unit_code(code: str) -> bool:
    if not (code.isascii() and code.isdigit()) or code.startswith("0"):
        return False
    is_township = len(code) == _UNIT_DIGITS and not code.endswith(_WHOLE_COUNTY)
    return is_township or len(code) == _COUNTY_DIGITS


def _is_whole_second(instant: datetime) -> bool:
    if instant.tzinfo is None or instant.microsecond:
        return False
    return 0 <= (instant - _EPOCH).total_seconds() <= _MAX_INSTANT


def _is_name(road: str) -> bool:
    try:
        return len(road.encode(TEXT_CODEC)) <= MAX_TEXT_BYTES
    except UnicodeEncodeError:
        return False


_NO_SOURCE = say("There is no such source of reports.")
_NO_STAGE = say("There is no such stage of reports.")
_NO_FLAG = say("A flag is set that has no meaning.")
_NO_UNIT = say("This is not the code of a county or township.")
_NO_SEQUENCE = say("The sequence number is out of range.")
_NO_INSTANT = say("The instant cannot be written.")
_NO_COUNT = say("The count is out of range.")
_TWICE = say("An indicator is reported twice.")
_TOO_MANY_ROADS = say("There are too many blocked roads.")
_NO_ROAD = say("The name of the road cannot be written.")
