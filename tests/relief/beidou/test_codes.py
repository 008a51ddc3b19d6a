"""Changes, orders, answers, receipts, positions and parts, worked out by hand and by property."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.change_code import ReportChange, change_between, changed
from relief.beidou.code_fields import ITEMS, POINT_STEPS
from relief.beidou.codes import Code, envelope_of, read_code, write_code
from relief.beidou.compact_code import CAPACITY_BYTES, MAX_COUNT, crc16
from relief.beidou.goods_code import DispatchOrder, GoodsReceipt, OrderLine, ReceiptLine
from relief.beidou.notice_code import Acknowledgement, Movement, Outcome, PositionNotice
from relief.beidou.part_code import MAX_PARTS, Part, joined, missing, payloads
from relief.beidou.refusals import RefusedSentence
from relief.beidou.report_code import INDICATORS
from relief.beidou.route_code import RouteChange, RouteOrder, RouteStep
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.places import Point
from relief.supply.network import default_folder

AT = datetime(2016, 7, 6, 0, tzinfo=UTC)  # 577C4A00h
BASE = DamageReport(
    sender_card="0312194",
    sequence=7,
    source=ReportSource.TOWNSHIP,
    stage=ReportStage.FIRST,
    unit_code="421122101",  # 1919D035h
    observed_at=AT,
    received_at=AT,
    counts=((Indicator.AFFECTED, 3200), (Indicator.DEAD, 2)),
    blocked_roads=("G106",),
)
CHANGE = ReportChange(
    sequence=8,
    base_sequence=7,
    stage=ReportStage.CONTINUED,
    observed_at=AT,
    changes=((Indicator.AFFECTED, 100), (Indicator.DEAD, -1)),
)
ORDER = DispatchOrder(
    sequence=1,
    depot_code="421100-01",  # 42110001 = 0282 8C31h
    unit_code="421122101",
    due_at=AT,
    lines=(OrderLine(item="tent-12-single", pieces=200), OrderLine(item="猪", pieces=1)),
)
RECEIPT = GoodsReceipt(
    sequence=2,
    order_sequence=1,
    unit_code="421122101",
    received_at=AT,
    lines=(ReceiptLine(item="quilt", good=100, damaged=3, lost=0),),
)
POSITION = PositionNotice(
    sequence=3,
    taken_at=AT,
    point=Point(lon_deg=112.5, lat_deg=45.0),
    movement=Movement.ARRIVED,
    speed_km_h=40,
    order_sequence=1,
)
ACKNOWLEDGEMENT = Acknowledgement(sequence=4, outcome=Outcome.RECEIVED, sequences=(7, 258))
ROUTE = RouteOrder(
    sequence=9, waybill="A-1", decided_at=AT, steps=(RouteStep(change=RouteChange.VOID),)
)
TEN_TENTS = (OrderLine(item="tent-12-single", pieces=10),)
STEPS = (
    RouteStep(change=RouteChange.DROP, at_code="421122101", lines=TEN_TENTS),
    RouteStep(
        change=RouteChange.REDIRECT, at_code="421122101", to_code="421300", at=AT, lines=TEN_TENTS
    ),
    RouteStep(change=RouteChange.HOLD, at_code="421100-01", at=AT),
)
BODIES = [
    # Version 1 and kind 2, sequence 8; stage 1 x 8; base 7; indicators 0 and 1 = 3;
    # +100 = 200 = C8 01, -1 = 1.
    (CHANGE, "FF 12 0008 08 0007 577C4A00 03 C801 01"),
    # Two lines: item 1, 200 = C8 01; a spelled item: 0, two bytes of GBK, one piece.
    (ORDER, "FF 13 0001 02828C31 1919D035 577C4A00 02 01 C801 00 02 D6ED 01"),
    # Received, two numbers.
    (ACKNOWLEDGEMENT, "FF 14 0004 00 02 0007 0102"),
    (replace(ACKNOWLEDGEMENT, outcome=Outcome.REFUSED, sequences=(7,), reason="no"),
     "FF 14 0004 02 01 0007 02 6E6F"),
    (replace(ACKNOWLEDGEMENT, outcome=Outcome.PARTS_MISSING, sequences=(7,), missing_parts=(2, 3)),
     "FF 14 0004 03 01 0007 02 02 03"),
    # Item 4 (quilt), 100 = 64h, 3, 0.
    (RECEIPT, "FF 15 0002 0001 1919D035 577C4A00 01 04 64 03 00"),
    # 45 = 2^22 steps = 400000h, 112.5 = 500000h; arrived 1 with an order 81h; 40 = 28h.
    (POSITION, "FF 16 0003 577C4A00 400000 500000 81 0001 28"),
    (replace(POSITION, order_sequence=None, speed_km_h=None),
     "FF 16 0003 577C4A00 400000 500000 01 FF"),
    (Part(sequence=5, number=1, num_parts=2, chunk=b"ab"), "FF 17 0005 01 02 6162"),
    # Waybill "A-1"; void 0.
    (ROUTE, "FF 18 0009 03 412D31 577C4A00 01 00"),
    # Drop 1, ten of item 1; redirect 3, ten to 421300 (421300000 = 191C8720h); hold 4 at
    # depot 42110001, 84h.
    (replace(ROUTE, steps=STEPS),
     ("FF 18 0009 03 412D31 577C4A00 03 01 1919D035 01 01 0A"
      " 03 1919D035 191C8720 577C4A00 01 01 0A 84 02828C31 577C4A00")),
]  # fmt: skip


def checked(digits: str) -> bytes:
    octets = bytes.fromhex(digits)
    return octets + crc16(octets).to_bytes(2, "big")


def read(payload: bytes) -> Code:
    return read_code(payload, sender_card="0312194", received_at=AT)


@pytest.mark.parametrize(("code", "digits"), BODIES, ids=[digits[3:5] for _, digits in BODIES])
def test_layouts_worked_out_by_hand(code: Code, digits: str) -> None:
    assert int.from_bytes(bytes.fromhex("02828C31"), "big") == 42_110_001
    assert write_code(code) == checked(digits)
    assert read(checked(digits)) == code


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        ("FF 19 0001", "kind = '9': This kind of message is not known.*Allowed: 1 to 8"),
        ("FF 12 0008 18 0007 577C4A00 00", "stage = '3': There is no such stage"),
        ("FF 13 0001 00000001 1919D035 577C4A00 01 01 01", "depot_code = '1'"),
        ("FF 13 0001 02828C31 00000001 577C4A00 01 01 01", "unit_code = '1'"),
        ("FF 13 0001 02828C31 1919D035 577C4A00 00", "lines = '0'"),
        ("FF 13 0001 02828C31 1919D035 577C4A00 01 7F 01", "item = '127': No item has this"),
        ("FF 13 0001 02828C31 1919D035 577C4A00 01 00 05 7175696C74 01", "item = 'quilt'"),
        ("FF 13 0001 02828C31 1919D035 577C4A00 01 01 01 01", "end = '01'"),
        ("FF 14 0004 04 01 0007", "outcome = '4': There is no such outcome"),
        ("FF 14 0004 00 00", "sequences = '0'"),
        ("FF 14 0004 03 01 0007 00", "missing_parts = '0'"),
        ("FF 14 0004 03 02 0007 0008 01 01", "missing_parts = '1'"),
        ("FF 16 0003 577C4A00 400000 500000 04 FF", "movement = '4': There is no such state"),
        ("FF 17 0005 03 02 61", "number = '3 of 2': There is no such part"),
        ("FF 17 0005 01 FF 61", "number = '1 of 255'"),
        ("FF 17 0005 01 02", "chunk: The part carries nothing"),
    ],
)
def test_wrong_fields_are_refused_with_name_and_value(digits: str, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        read(checked(digits))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (replace(ORDER, depot_code="421122101"), "depot_code = '421122101'"),
        (replace(ORDER, lines=()), "lines = '0'"),
        (replace(ORDER, lines=(OrderLine(item="quilt", pieces=-1),)), "quilt = '-1'"),
        (replace(ORDER, due_at=AT + timedelta(microseconds=1)), "due_at = '2016"),
        (replace(RECEIPT, order_sequence=65_536), "order_sequence = '65536'"),
        (replace(RECEIPT, unit_code="42"), "unit_code = '42'"),
        (replace(ACKNOWLEDGEMENT, sequences=()), "sequences = '0'"),
        (replace(ACKNOWLEDGEMENT, reason="no"), "reason = 'no'"),
        (replace(ACKNOWLEDGEMENT, sequences=(65_536,)), "sequence = '65536'"),
        (replace(POSITION, speed_km_h=255), "speed_km_h = '255'"),
        (replace(POSITION, point=Point(lon_deg=0.0, lat_deg=90.1)), "point = "),
        (replace(POSITION, sequence=-1), "sequence = '-1'"),
        (replace(POSITION, taken_at=AT + timedelta(microseconds=1)), "taken_at = '2016"),
    ],
)
def test_what_the_code_cannot_hold_is_refused(code: Code, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        write_code(code)


def test_every_item_of_the_catalogue_has_a_number() -> None:
    with (default_folder() / "items.csv").open(encoding="utf-8") as file:
        assert {row["code"] for row in csv.DictReader(file)} <= set(ITEMS)
    assert len(set(ITEMS)) == len(ITEMS)


def test_a_change_makes_the_whole_report_again() -> None:
    now = changed(BASE, CHANGE, received_at=AT)
    assert now.counts == ((Indicator.AFFECTED, 3300), (Indicator.DEAD, 1))
    assert (now.sequence, now.stage, now.blocked_roads) == (8, ReportStage.CONTINUED, ("G106",))
    assert change_between(BASE, now) == CHANGE


def test_a_change_can_open_all_roads() -> None:
    opened = replace(CHANGE, blocked_roads=())
    code = read(write_code(opened))
    assert isinstance(code, ReportChange)
    assert changed(BASE, code, received_at=AT).blocked_roads == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (((Indicator.DEAD, -3),), r"dead = '-3': The earlier report does not allow.*-2 or more"),
        (((Indicator.MISSING, 1),), r"missing = '\+1': The earlier report does not allow"),
    ],
)
def test_impossible_changes_are_refused(
    changes: tuple[tuple[Indicator, int], ...], reason: str
) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        changed(BASE, replace(CHANGE, changes=changes), received_at=AT)


def test_reports_about_different_things_have_no_change_between_them() -> None:
    for other in (
        replace(BASE, unit_code="421122"),
        replace(BASE, source=ReportSource.FIELD),
        replace(BASE, counts=((Indicator.AFFECTED, 1),)),
    ):
        with pytest.raises(RefusedSentence, match="send the whole report"):
            change_between(BASE, other)


def test_a_long_order_goes_in_parts_and_comes_back() -> None:
    long = replace(ORDER, lines=tuple(OrderLine(item=item, pieces=300) for item in ITEMS[:24]))
    # 24 lines of 3 bytes, 13 of head, 6 of envelope = 91; chunks of 77 - 8 = 69: two parts.
    contents = payloads(envelope_of(long), 77)
    assert [len(each) for each in contents] == [77, 30]
    parts: dict[int, Part] = {}
    for content in reversed(contents):
        part = read(content)
        assert isinstance(part, Part)
        assert joined(parts) is None
        parts[part.number] = part
        assert part.sequence == long.sequence
    whole = joined(parts)
    assert whole is not None
    assert read(whole) == long
    assert missing({2: parts[2]}) == (1,)


def test_what_fits_is_not_cut() -> None:
    assert payloads(envelope_of(ORDER), 77) == (write_code(ORDER),)


@pytest.mark.parametrize("capacity_bytes", [8, 12])
def test_what_is_too_long_in_parts_is_refused(capacity_bytes: int) -> None:
    long = replace(ORDER, lines=tuple(OrderLine(item=item, pieces=300) for item in ITEMS) * 2)
    with pytest.raises(RefusedSentence, match="too long, even in parts"):
        payloads(envelope_of(long), capacity_bytes)


sequences = st.integers(0, 65_535)
instants = st.integers(0, 0xFFFF_FFFF).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
units = st.sampled_from(["421122101", "421122", "420000"])
pieces = st.integers(0, MAX_COUNT)
items = st.sampled_from([*ITEMS, "猪", ""])
steps = st.integers(-POINT_STEPS, POINT_STEPS - 1)
points = st.builds(
    lambda lat, lon: Point(lon_deg=lon * 180 / POINT_STEPS, lat_deg=lat * 90 / POINT_STEPS),
    steps,
    steps,
)
changes = st.builds(
    lambda sequence, base, at, some, roads, point, percent: ReportChange(
        sequence=sequence,
        base_sequence=base,
        stage=ReportStage.VERIFIED,
        observed_at=at,
        changes=tuple((each, some[each]) for each in Indicator if each in some),
        blocked_roads=roads,
        point=point,
        confidence_percent=percent,
    ),
    sequences,
    sequences,
    instants,
    st.dictionaries(st.sampled_from(INDICATORS), st.integers(-(10**9), 10**9)),
    st.none() | st.lists(st.text(st.characters(codec="gbk"), max_size=4), max_size=3).map(tuple),
    st.none() | points,
    st.none() | st.integers(0, 100),
)
orders = st.builds(
    DispatchOrder,
    sequence=sequences,
    depot_code=st.just("420112-01"),
    unit_code=units,
    due_at=instants,
    lines=st.lists(st.builds(OrderLine, item=items, pieces=pieces), min_size=1, max_size=9).map(
        tuple
    ),
)
receipts = st.builds(
    GoodsReceipt,
    sequence=sequences,
    order_sequence=sequences,
    unit_code=units,
    received_at=instants,
    lines=st.lists(
        st.builds(ReceiptLine, item=items, good=pieces, damaged=pieces, lost=pieces),
        min_size=1,
        max_size=9,
    ).map(tuple),
)
notices = st.builds(
    PositionNotice,
    sequence=sequences,
    taken_at=instants,
    point=points,
    movement=st.sampled_from(Movement),
    speed_km_h=st.none() | st.integers(0, 254),
    order_sequence=st.none() | sequences,
)
answers = st.builds(
    Acknowledgement,
    sequence=sequences,
    outcome=st.sampled_from([Outcome.RECEIVED, Outcome.ACCEPTED]),
    sequences=st.lists(sequences, min_size=1, max_size=30).map(tuple),
)
order_lines = st.lists(st.builds(OrderLine, item=items, pieces=pieces), min_size=1, max_size=4).map(
    tuple
)
depots = st.integers(42_000_001, 42_999_999).map(lambda n: f"{str(n)[:6]}-{str(n)[6:]}")
stops = st.one_of(units, depots)
steps = st.one_of(
    st.just(RouteStep(change=RouteChange.VOID)),
    st.builds(RouteStep, change=st.just(RouteChange.DROP), at_code=stops, lines=order_lines),
    st.builds(
        RouteStep, change=st.just(RouteChange.ADD), at_code=stops, at=instants, lines=order_lines
    ),
    st.builds(
        RouteStep,
        change=st.just(RouteChange.REDIRECT),
        at_code=units,
        to_code=units,
        at=instants,
        lines=order_lines,
    ),
    st.builds(RouteStep, change=st.just(RouteChange.HOLD), at_code=stops, at=instants),
)
routes = st.builds(
    RouteOrder,
    sequence=sequences,
    waybill=st.text("ABDR-0123456789", min_size=1, max_size=24),
    decided_at=instants,
    steps=st.lists(steps, min_size=1, max_size=4).map(tuple),
)
codes = st.one_of(changes, orders, receipts, notices, answers, routes)


@pytest.mark.parametrize(
    "order",
    [
        replace(ROUTE, steps=()),
        replace(ROUTE, waybill=""),
        replace(ROUTE, sequence=70_000),
        replace(ROUTE, steps=(RouteStep(change=RouteChange.VOID, at_code="421300"),)),
        replace(ROUTE, steps=(RouteStep(change=RouteChange.DROP, at_code="421300"),)),
        replace(ROUTE, steps=(RouteStep(change=RouteChange.HOLD, at_code="421300"),)),
        replace(ROUTE, steps=(replace(STEPS[1], to_code=""),)),
        replace(ROUTE, steps=(replace(STEPS[1], to_code="xyz"),)),
        replace(ROUTE, steps=(replace(STEPS[0], lines=(OrderLine(item="a", pieces=-1),)),)),
    ],
)
def test_orders_on_waybills_that_make_no_sense_are_refused(order: RouteOrder) -> None:
    with pytest.raises(RefusedSentence):
        write_code(order)


def test_a_usual_change_fits_one_message() -> None:
    order = replace(ROUTE, waybill="420112-01-DB-010900-001-R1", steps=STEPS)
    assert len(write_code(order)) <= CAPACITY_BYTES


@given(codes)
def test_every_code_comes_back(code: Code) -> None:
    assert read(write_code(code)) == code


@given(codes, st.integers(20, 120))
def test_every_code_comes_back_from_its_parts(code: Code, capacity_bytes: int) -> None:
    whole = write_code(code)
    if len(whole) > (capacity_bytes - 8) * MAX_PARTS:
        return
    contents = payloads(envelope_of(code), capacity_bytes)
    assert max(len(each) for each in contents) <= capacity_bytes
    if len(contents) == 1:
        assert contents == (whole,)
        return
    parts = {each.number: each for each in map(read, contents) if isinstance(each, Part)}
    assert joined(parts) == whole


@given(st.integers(1, 8), st.binary(max_size=60))
def test_any_bytes_are_read_to_the_same_bytes_or_refused(kind: int, body: bytes) -> None:
    payload = checked(f"FF 1{kind} 0001 {body.hex()}")
    try:
        code = read(payload)
    except RefusedSentence:
        return
    assert write_code(code) == payload
