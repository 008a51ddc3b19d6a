from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.compact_code import CAPACITY_BYTES, MAX_COUNT, crc16, write_count
from relief.beidou.refusals import RefusedSentence
from relief.beidou.report_code import INDICATORS, decode, encode
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.places import Point

AT = datetime(2016, 7, 6, 0, tzinfo=UTC)
REPORT = DamageReport(
    sender_card="0312194",
    sequence=258,
    source=ReportSource.COUNTY,
    stage=ReportStage.CONTINUED,
    unit_code="421181",
    observed_at=AT,
    received_at=AT,
    counts=((Indicator.AFFECTED, 5), (Indicator.DEAD, 8)),
)
# FF, version and kind, sequence 0102h, 2 x 32 + 1 x 8 = 48h, 421181000 = 191AB648h,
# 1,467,763,200 = 577C4A00h, bits 0 and 1, the counts.
BODY = bytes.fromhex("FF 11 0102 48 191AB648 577C4A00 03 05 08")


def checked(octets: bytes) -> bytes:
    return octets + crc16(octets).to_bytes(2, "big")


def decoded(payload: bytes) -> DamageReport:
    return decode(payload, sender_card="0312194", received_at=AT)


def test_layout_worked_out_by_hand() -> None:
    assert int.from_bytes(BODY[5:9], "big") == 421_181_000
    assert int.from_bytes(BODY[9:13], "big") == 1_467_763_200 == AT.timestamp()
    assert encode(REPORT) == checked(BODY)
    assert decoded(checked(BODY)) == REPORT


def test_township_and_province_have_their_unit_codes() -> None:
    for code in ("421122101", "420000"):
        assert decoded(encode(replace(REPORT, unit_code=code))).unit_code == code


def test_full_first_report_of_the_largest_county_fits_one_message() -> None:
    # Every indicator at 2,097,151 = 7F 7F 7F ... the most that three bytes hold: 17 x 3 counts,
    # 13 of head, 3 of bits, 2 of check = 69. No county of Hubei has so many people.
    full = replace(REPORT, counts=tuple((each, (1 << 21) - 1) for each in Indicator))
    assert len(encode(full)) == 69
    assert decoded(encode(full)) == full
    # Eight bytes are left: the number of roads, one length, six bytes of GBK.
    assert len(encode(replace(full, blocked_roads=("G106红",)))) == 77


def test_full_report_with_position_and_confidence_still_fits() -> None:
    full = replace(
        REPORT,
        counts=tuple((each, (1 << 21) - 1) for each in Indicator),
        point=Point(lon_deg=112.5, lat_deg=-45.0),
        confidence_percent=80,
    )
    # Six bytes of position, one of confidence: 69 + 7. -45 is half of -90: -2^22 = C00000h;
    # 112.5 is 5/8 of 180: 5 x 2^20 = 500000h; 80 = 50h.
    payload = encode(full)
    assert len(payload) == 76
    assert payload[-9:-2].hex(" ") == "c0 00 00 50 00 00 50"
    assert decoded(payload) == full


def test_report_that_does_not_fit_is_refused() -> None:
    full = replace(
        REPORT,
        counts=tuple((each, (1 << 21) - 1) for each in Indicator),
        blocked_roads=("G106红安",),
    )
    with pytest.raises(RefusedSentence, match=r"length = '79'.*Allowed: 77 bytes"):
        encode(full)


def test_counts_come_back_in_the_order_of_the_indicators() -> None:
    mixed_up = replace(REPORT, counts=((Indicator.DEAD, 8), (Indicator.AFFECTED, 5)))
    assert encode(mixed_up) == encode(REPORT)
    assert decoded(encode(mixed_up)).counts == REPORT.counts


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (BODY[1:], r"mark = '11': The payload is no report code"),
        (b"", "mark: The payload is no report code"),
        (b"\xff\x11\x00", "length = '3': The report code is cut off"),
    ],
)
def test_what_is_no_code_is_refused(octets: bytes, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        decoded(octets)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("FF 21 0102 48 191AB648 577C4A00 03 05 08", "version = '2': This version is not known"),
        ("FF 12 0102 48 191AB648 577C4A00 03 05 08", "kind = '2': This kind of message is not"),
        ("FF 11 0102 A8 191AB648 577C4A00 03 05 08", "source = '5': There is no such source"),
        ("FF 11 0102 58 191AB648 577C4A00 03 05 08", "stage = '3': There is no such stage"),
        ("FF 11 0102 4A 191AB648 577C4A00 03 05 08", "point: The report code ends too soon"),
        ("FF 11 0102 4C 191AB648 577C4A00 03 05 08 65", "confidence_percent = '101': The share"),
        ("FF 11 0102 48 00000001 577C4A00 03 05 08", "unit_code = '1': This is not the code"),
        ("FF 11 0102 48 3B9ACA00 577C4A00 03 05 08", "unit_code = '1000000000'"),
        ("FF 11 0102 48 191AB648 577C4A", "observed_at = '57 7c 4a': The report code ends too"),
        ("FF 11 0102 48 191AB648 577C4A00", "indicators: The report code ends too soon"),
        ("FF 11 0102 48 191AB648 577C4A00 03 05", "dead: The report code ends too soon"),
        ("FF 11 0102 48 191AB648 577C4A00 03 05 88", "dead = '88': The report code ends too soon"),
        ("FF 11 0102 48 191AB648 577C4A00 808008 05", r"indicators = '1(0+)': A bit is set"),
        ("FF 11 0102 48 191AB648 577C4A00 03 8500 08", "affected = '5': .* as short as it can be"),
        ("FF 11 0102 48 191AB648 577C4A00 03 FFFFFFFFFFFF01 08", "affected = '34359738367'"),
        ("FF 11 0102 48 191AB648 577C4A00 03 05 08 09", "end = '09': There are bytes left over"),
        ("FF 11 0102 49 191AB648 577C4A00 00 00", "blocked_roads = '0': Blocked roads are flagged"),
        ("FF 11 0102 49 191AB648 577C4A00 00 01 05 47", "blocked_roads = '47': The report code"),
        ("FF 11 0102 49 191AB648 577C4A00 00 01 02 47 FF", "blocked_roads = '47 ff': .* GBK"),
    ],
)
def test_wrong_field_is_refused_with_name_and_value(octets: str, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        decoded(checked(bytes.fromhex(octets)))


def test_all_wrong_fields_of_the_head_are_listed_at_once() -> None:
    with pytest.raises(RefusedSentence) as refusal:
        decoded(checked(bytes.fromhex("FF 11 0102 FE 00000001 577C4A00 00")))
    assert [fault.field for fault in refusal.value.faults] == [
        "source",
        "stage",
        "unit_code",
    ]


@given(st.integers(0, len(BODY) * 8 - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    octets = bytearray(checked(BODY))
    octets[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RefusedSentence, match=r"crc = |mark = "):
        decoded(bytes(octets))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sequence": 65_536}, "sequence = '65536'.*Allowed: 0 to 65535"),
        ({"sequence": -1}, "sequence = '-1'"),
        ({"unit_code": "42118"}, "unit_code = '42118'"),
        ({"unit_code": "021181"}, "unit_code = '021181'"),
        ({"unit_code": "421181000"}, "unit_code = '421181000'.*do not end in 000"),
        ({"unit_code": "红安县红安县"}, "unit_code = '红安县红安县'"),
        ({"unit_code": ""}, "unit_code: This is not the code"),
        ({"observed_at": datetime(2016, 7, 6)}, "observed_at = '2016-07-06T00:00:00'"),  # noqa: DTZ001
        ({"observed_at": AT + timedelta(microseconds=1)}, "observed_at"),
        ({"observed_at": datetime(1969, 12, 31, tzinfo=UTC)}, "observed_at = '1969"),
        ({"observed_at": datetime(2107, 1, 1, tzinfo=UTC)}, "observed_at = '2107"),
        ({"counts": ((Indicator.DEAD, -1),)}, "dead = '-1': The count is out of range"),
        ({"counts": ((Indicator.DEAD, MAX_COUNT + 1),)}, "dead = '34359738368'"),
        ({"counts": ((Indicator.DEAD, 1), (Indicator.DEAD, 2))}, "An indicator is reported twice"),
        ({"blocked_roads": ("G" * 256,)}, "blocked_roads = 'GGG"),
        ({"blocked_roads": ("\ud800",)}, "The name of the road cannot be written"),
        ({"blocked_roads": ("",) * 256}, "There are too many blocked roads"),
        ({"point": Point(lon_deg=181.0, lat_deg=0.0)}, "There is no such point on the earth"),
        ({"confidence_percent": 101}, "confidence_percent = '101'.*Allowed: 0 to 100"),
    ],
)
def test_what_the_code_cannot_hold_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        encode(replace(REPORT, **change))  # type: ignore[arg-type]


def test_all_that_cannot_be_held_is_listed_at_once() -> None:
    with pytest.raises(RefusedSentence) as refusal:
        encode(replace(REPORT, sequence=-1, unit_code="x", counts=((Indicator.DEAD, -1),)))
    assert [fault.field for fault in refusal.value.faults] == ["sequence", "unit_code", "dead"]


@given(st.integers(0, MAX_COUNT))
def test_count_is_as_short_as_it_can_be(value: int) -> None:
    octets = write_count(value)
    assert len(octets) == max(1, -(-value.bit_length() // 7))
    assert sum((octet & 0x7F) << (7 * place) for place, octet in enumerate(octets)) == value


counts = st.dictionaries(st.sampled_from(INDICATORS), st.integers(0, 9_999_999), max_size=12)
reports = st.builds(
    lambda code, sequence, source, stage, seconds, zone, counted, roads: DamageReport(
        sender_card="0312194",
        sequence=sequence,
        source=source,
        stage=stage,
        unit_code=code,
        observed_at=(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(
            timezone(timedelta(hours=zone))
        ),
        received_at=AT,
        counts=tuple((each, counted[each]) for each in Indicator if each in counted),
        blocked_roads=tuple(roads),
    ),
    st.integers(100_000, 999_999).map(str)
    | st.integers(100_000_001, 999_999_999).filter(lambda code: code % 1000).map(str),
    st.integers(0, 65_535),
    st.sampled_from(ReportSource),
    st.sampled_from(ReportStage),
    st.integers(0, 0xFFFF_FFFF),
    st.sampled_from([0, 8]),
    counts,
    st.lists(st.text(st.characters(codec="gbk"), max_size=2), max_size=2),
)


@given(reports)
def test_every_report_comes_back(report: DamageReport) -> None:
    payload = encode(report)
    assert len(payload) <= CAPACITY_BYTES
    assert decoded(payload) == report


@given(st.binary(max_size=80))
def test_any_bytes_are_decoded_to_the_same_bytes_or_refused(body: bytes) -> None:
    payload = checked(b"\xff\x11" + body)
    try:
        report = decoded(payload)
    except RefusedSentence:
        return
    assert encode(report) == payload
