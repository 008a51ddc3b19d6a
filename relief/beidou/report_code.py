"""The compact report code, version 1: a damage report in at most 77 bytes.

The code book is ``docs/beidou-report-code.md``; a terminal maker needs nothing else. All integers
are big-endian. A *count* is written in groups of seven bits, the lowest first, with the top bit
set in every byte but the last, and as short as it can be.

=======  =========================================================================
bytes    meaning
=======  =========================================================================
1        mark FF, which begins no GBK text
1        version (high four bits) and kind of message (low four bits)
2        sequence number of the sender
1        source (three bits), stage (two bits), flags (three bits)
4        unit code: nine digits as a number; a county's six digits are followed by 000
4        instant of the counts in seconds since 1970-01-01T00:00Z
1-5      which indicators follow, as a count whose bit i stands for indicator i
1-5 each the counts, in the order of their bits
...      if flagged: number of blocked roads, then per road a length and its GBK name
2        CRC-16 over all bytes before it (polynomial 1021, start FFFF, not reflected)
=======  =========================================================================
"""

from binascii import crc_hqx
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from relief.beidou.refusals import RefusedSentence, refused
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.errors import Fault
from relief.sentences import Sentence, say

MARK: Final = 0xFF
VERSION: Final = 1
DAMAGE_REPORT: Final = 1
"""The kind of message: totals of a damage report. Other kinds have other numbers."""
CAPACITY_BYTES: Final = 77
"""Mixed content of a civil level-3 card: 628 bits less the A4, in whole bytes."""
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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROADS_FLAG = 0b001
_KNOWN_FLAGS = _ROADS_FLAG
_COUNTY_DIGITS, _UNIT_DIGITS = 6, 9
_MAX_COUNT_BYTES = 5
_MAX_COUNT = (1 << (7 * _MAX_COUNT_BYTES)) - 1
_MAX_U8, _MAX_U16, _MAX_U32 = 0xFF, 0xFFFF, 0xFFFF_FFFF
_ROAD_CODEC = "gb18030"
_WHERE = "report code"
_HEAD_BYTES = 13
_CRC_BYTES = 2
_VALUES_ORDER = {indicator: place for place, indicator in enumerate(Indicator)}


def crc16(octets: bytes) -> int:
    """Return the CRC-16 with polynomial 1021 and start FFFF ("CCITT-FALSE").

    Examples
    --------
    >>> f"{crc16(b'123456789'):04X}"
    '29B1'
    """
    return crc_hqx(octets, 0xFFFF)


def claims_report_code(payload: bytes) -> bool:
    """Return whether a payload says that it is compact code, right or wrong."""
    return payload[:1] == bytes((MARK,))


def encode(report: DamageReport) -> bytes:
    """Return a report as compact code.

    The sender's card, the instant of receipt and the raw sentence are not part of it: the first
    is known from the sentence that carries the code, the others arise on receipt.

    Raises
    ------
    RefusedSentence
        With every value that the code cannot hold, or if the whole is longer than
        `CAPACITY_BYTES`.
    """
    faults = list(_unwritable(report))
    if faults:
        raise RefusedSentence(*faults)
    bits = 0
    for indicator, _ in report.counts:
        bits |= 1 << INDICATORS.index(indicator)
    flags = _ROADS_FLAG if report.blocked_roads else 0
    octets = bytearray((MARK, VERSION << 4 | DAMAGE_REPORT))
    octets += report.sequence.to_bytes(2, "big")
    octets.append(report.source << 5 | STAGES.index(report.stage) << 3 | flags)
    octets += int(report.unit_code.ljust(_UNIT_DIGITS, "0")).to_bytes(4, "big")
    octets += int((report.observed_at - _EPOCH).total_seconds()).to_bytes(4, "big")
    octets += write_count(bits)
    counts = dict(report.counts)
    for indicator in INDICATORS:
        if indicator in counts:
            octets += write_count(counts[indicator])
    if report.blocked_roads:
        octets.append(len(report.blocked_roads))
        for road in report.blocked_roads:
            name = road.encode(_ROAD_CODEC)
            octets.append(len(name))
            octets += name
    octets += crc16(bytes(octets)).to_bytes(_CRC_BYTES, "big")
    if len(octets) > CAPACITY_BYTES:
        raise refused(
            _WHERE,
            "length",
            len(octets),
            say("The report does not fit one message; send the blocked roads in a second one."),
            f"{CAPACITY_BYTES} bytes",
        )
    return bytes(octets)


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
    if not claims_report_code(payload):
        raise refused(
            _WHERE, "mark", payload[:1].hex(), say("The payload is no report code."), "ff"
        )
    if len(payload) <= _HEAD_BYTES + _CRC_BYTES:
        raise refused(_WHERE, "length", len(payload), say("The report code is cut off."))
    given, computed = int.from_bytes(payload[-_CRC_BYTES:], "big"), crc16(payload[:-_CRC_BYTES])
    if given != computed:
        raise refused(
            _WHERE,
            "crc",
            f"{given:04X}",
            say("The check value is wrong; the bytes were changed on the way."),
            f"{computed:04X}",
        )
    version, kind = divmod(payload[1], 16)
    if version != VERSION:
        raise refused(_WHERE, "version", version, say("This version is not known."), str(VERSION))
    if kind != DAMAGE_REPORT:
        raise refused(_WHERE, "kind", kind, say("This kind of message is not known."), "1")
    head = _Head(payload)
    rest = _Rest(payload[_HEAD_BYTES:-_CRC_BYTES])
    counts = tuple(_counts(rest))
    roads = tuple(_roads(rest)) if head.has_roads else ()
    if rest.octets:
        raise refused(_WHERE, "end", rest.octets.hex(" "), say("There are bytes left over."))
    return DamageReport(
        sender_card=sender_card,
        sequence=head.sequence,
        source=head.source,
        stage=head.stage,
        unit_code=head.unit_code,
        observed_at=head.observed_at,
        received_at=received_at,
        counts=counts,
        blocked_roads=roads,
        raw=raw,
    )


class _Head:
    """The fields of fixed size, read at once."""

    def __init__(self, payload: bytes) -> None:
        self.sequence = int.from_bytes(payload[2:4], "big")
        source, stage, flags = payload[4] >> 5, payload[4] >> 3 & 0b11, payload[4] & 0b111
        unit = int.from_bytes(payload[5:9], "big")
        faults = [
            Fault(where=_WHERE, field=field, value=str(value), what=what, allowed=allowed)
            for field, value, wrong, what, allowed in (
                ("source", source, source >= len(ReportSource), _NO_SOURCE, "0 to 4"),
                ("stage", stage, stage >= len(STAGES), _NO_STAGE, "0 to 2"),
                ("flags", flags, flags & ~_KNOWN_FLAGS != 0, _NO_FLAG, "0 or 1"),
                ("unit_code", unit, not _is_unit_number(unit), _NO_UNIT, "nine digits"),
            )
            if wrong
        ]
        if faults:
            raise RefusedSentence(*faults)
        self.source = ReportSource(source)
        self.stage = STAGES[stage]
        self.has_roads = bool(flags & _ROADS_FLAG)
        self.unit_code = str(unit).removesuffix("000")
        self.observed_at = _EPOCH + timedelta(seconds=int.from_bytes(payload[9:13], "big"))


class _Rest:
    """The bytes still to be read; they get fewer."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def take(self, num_bytes: int, field: str) -> bytes:
        if num_bytes > len(self.octets):
            raise refused(
                _WHERE, field, self.octets.hex(" "), say("The report code ends too soon.")
            )
        taken, self.octets = self.octets[:num_bytes], self.octets[num_bytes:]
        return taken

    def count(self, field: str) -> int:
        value = 0
        for place in range(_MAX_COUNT_BYTES):
            octet = self.take(1, field)[0]
            value |= (octet & 0x7F) << (7 * place)
            if octet < 0x80:  # noqa: PLR2004 - the top bit, as in the table above
                if octet == 0 and place > 0:
                    break
                return value
        raise refused(_WHERE, field, value, say("The count is not written as short as it can be."))


def write_count(value: int) -> bytes:
    """Return a count in groups of seven bits, the lowest first.

    Examples
    --------
    >>> write_count(127).hex(), write_count(128).hex(), write_count(3200).hex()
    ('7f', '8001', '8019')
    """
    octets = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits, as in the table above
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def _counts(rest: _Rest) -> Iterator[tuple[Indicator, int]]:
    bits = rest.count("indicators")
    if bits >> len(INDICATORS):
        raise refused(
            _WHERE,
            "indicators",
            f"{bits:b}",
            say("A bit is set that stands for no indicator."),
            f"bits 0 to {len(INDICATORS) - 1}",
        )
    present = [each for place, each in enumerate(INDICATORS) if bits >> place & 1]
    counts = [(each, rest.count(each)) for each in present]
    yield from sorted(counts, key=lambda pair: _VALUES_ORDER[pair[0]])


def _roads(rest: _Rest) -> Iterator[str]:
    num_roads = rest.take(1, "blocked_roads")[0]
    if num_roads == 0:
        raise refused(
            _WHERE, "blocked_roads", 0, say("Blocked roads are flagged but none follows.")
        )
    for _ in range(num_roads):
        name = rest.take(rest.take(1, "blocked_roads")[0], "blocked_roads")
        try:
            yield name.decode(_ROAD_CODEC)
        except UnicodeDecodeError as failure:
            raise refused(
                _WHERE, "blocked_roads", name.hex(" "), say("The name is not written in GBK.")
            ) from failure


def _is_unit_number(unit: int) -> bool:
    return len(str(unit)) == _UNIT_DIGITS


def _unwritable(report: DamageReport) -> Iterator[Fault]:
    """Yield what the code cannot hold."""
    code = report.unit_code
    instant = report.observed_at
    seconds = (instant - _EPOCH).total_seconds() if instant.tzinfo is not None else -1
    indicators = [indicator for indicator, _ in report.counts]
    roads = [road.encode(_ROAD_CODEC, errors="replace") for road in report.blocked_roads]
    checks: list[tuple[str, object, bool, Sentence, str]] = [
        ("sequence", report.sequence, 0 <= report.sequence <= _MAX_U16, _NO_SEQUENCE, "0 to 65535"),
        (
            "unit_code",
            code,
            code.isascii()
            and code.isdigit()
            and code[0] != "0"
            and (
                len(code) == _COUNTY_DIGITS
                or (len(code) == _UNIT_DIGITS and not code.endswith("000"))
            ),
            _NO_UNIT,
            "six digits, or nine that do not end in 000",
        ),
        (
            "observed_at",
            instant.isoformat(),
            0 <= seconds <= _MAX_U32 and seconds == int(seconds),
            _NO_INSTANT,
            "whole seconds with an offset, 1970 to 2106",
        ),
        ("counts", indicators, len(set(indicators)) == len(indicators), _TWICE, ""),
        ("blocked_roads", len(roads), len(roads) <= _MAX_U8, _TOO_MANY_ROADS, "0 to 255"),
    ]
    checks += [
        (indicator, count, 0 <= count <= _MAX_COUNT, _NO_COUNT, f"0 to {_MAX_COUNT}")
        for indicator, count in report.counts
    ]
    checks += [
        ("blocked_roads", road.decode(_ROAD_CODEC), len(road) <= _MAX_U8, _LONG_ROAD, "255 bytes")
        for road in roads
    ]
    for field, value, is_right, what, allowed in checks:
        if not is_right:
            yield Fault(where=_WHERE, field=field, value=str(value), what=what, allowed=allowed)


_NO_SOURCE = say("There is no such source of reports.")
_NO_STAGE = say("There is no such stage of reports.")
_NO_FLAG = say("A flag is set that has no meaning.")
_NO_UNIT = say("This is not the code of a county or township.")
_NO_SEQUENCE = say("The sequence number is out of range.")
_NO_INSTANT = say("The instant cannot be written.")
_NO_COUNT = say("The count is out of range.")
_TWICE = say("An indicator is reported twice.")
_TOO_MANY_ROADS = say("There are too many blocked roads.")
_LONG_ROAD = say("The name of the road is too long.")
