"""The workbook, opened again, holds what the plan says, and nothing that runs."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from api.documents.waybill import waybills
from api.documents.waybills import AXLES, FORMS, INDEX, LOADS, REGISTER, workbook
from api.plan_result import PlanResult
from relief.plan.routes import Stop, StopKind, StopLine, Trip
from relief.supply.stock import LotPart
from tests.api.plans import hand_made_plan, leg


def opened(result: PlanResult) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(BytesIO(workbook(result)))
    assert book.sheetnames == [INDEX, REGISTER, LOADS, AXLES, FORMS]
    return {name: book[name] for name in book.sheetnames}


def rows(sheet: Worksheet, first: int) -> list[list[object]]:
    return [list(row) for row in sheet.iter_rows(min_row=first, values_only=True)]


def texts(sheet: Worksheet) -> list[str]:
    return [str(value) for row in rows(sheet, 1) for value in row if value is not None]


def test_the_register_has_a_row_for_each_trip() -> None:
    register = opened(hand_made_plan())[REGISTER]
    keys = rows(register, 2)[0]
    table = [dict(zip(keys, row, strict=True)) for row in rows(register, 3)]
    assert [row["number"] for row in table] == [
        "420001-01-DB-0001", "420001-01-DB-0002", "420112-01-DB-0001",
    ]  # fmt: skip
    first = table[0]
    assert (first["pieces"], first["mass_kg"], first["volume_m3"]) == (50, 500, 2.5)
    assert (first["payload_share"], first["volume_share"]) == (0.5, 0.25)
    assert first["depot_code"] == "库420001-01 Depot 420001-01"
    # Loading from the start (08:00 in Hubei) for half an hour, one hour on the road, a quarter.
    assert (first["load_at"], first["end_at"]) == ("2026-07-01 08:00", "2026-07-01 09:45")
    assert first["driven_km"] == 50
    assert (first["plate"], first["driver"], first["phone"]) == (None, None, None)
    assert register.auto_filter.ref == "A2:T5"
    assert register.print_title_rows == "$1:$1"


def test_every_waybill_can_be_found_from_the_register_and_has_its_page() -> None:
    sheets = opened(hand_made_plan())
    forms = sheets[FORMS]
    for row, number in enumerate(
        ("420001-01-DB-0001", "420001-01-DB-0002", "420112-01-DB-0001"), start=3
    ):
        link = sheets[REGISTER].cell(row=row, column=2).hyperlink
        assert link is not None
        target = str(link.location or link.target)
        form_row = int(target.rsplit("!A", 1)[1])
        assert forms.cell(row=form_row, column=8).value == number
    assert len(forms.row_breaks.brk) == 3


def test_a_form_has_reference_dispatch_and_receipt_blocks() -> None:
    written = " ".join(texts(opened(hand_made_plan())[FORMS]))
    for words in (
        "救灾物资调拨单 Relief goods waybill", "发货库 From", "车牌 Plate", "驾驶员 Driver",
        "电话 Phone", "封签 Seal", "完好\nGood", "损坏\nDamaged", "短少/备注", "发货 Sent",
        "批准 Approved", "承运 Carried", "收货 Received (1)", "收货 Received (2)", "核对 Checked",
        "地420002 Place 420002", "hand-made-20260701T0800",
    ):  # fmt: skip
        assert words in written


def test_what_is_unloaded_last_is_loaded_first() -> None:
    bill = waybills(_two_stops())[0]
    assert [(load.loading_order, load.stop_number) for load in bill.loads] == [(1, 2), (2, 1)]
    loads = opened(_two_stops())[LOADS]
    keys = rows(loads, 2)[0]
    table = [dict(zip(keys, row, strict=True)) for row in rows(loads, 3)]
    first_trip = [row for row in table if row["number"] == "420001-01-DB-0001"]
    assert [(row["place_code"], row["pieces"]) for row in first_trip] == [
        ("420002", 10), ("420001", 40),
    ]  # fmt: skip


def _two_stops() -> PlanResult:
    """The first truck takes ten of its fifty tents on to place 2."""
    made = hand_made_plan()
    route = made.plan.vehicle_routes[0]
    load, deliver = route.trips[0].stops
    line = deliver.lines[0]
    here = replace(deliver, lines=(replace(line, pieces=40),))
    way = leg("420001", "420002", 1.75, 1)
    there = Stop(
        kind=StopKind.DELIVER, location_code="420002", leg=way, begin_at=way.arrive_at,
        end_at=way.arrive_at + timedelta(minutes=15),
        lines=(StopLine(lot_code=line.lot_code, item_code=line.item_code, pieces=10),),
    )  # fmt: skip
    trip = Trip(number=route.trips[0].number, stops=(load, here, there))
    changed = replace(route, trips=(trip,))
    routes = (changed, *made.plan.vehicle_routes[1:])
    return replace(made, plan=replace(made.plan, vehicle_routes=routes))


@pytest.mark.parametrize("name", ["=1+1", '=HYPERLINK("http://x")', "+cmd", "@SUM(1)", "a\x07b"])
def test_a_name_never_becomes_a_formula(name: str) -> None:
    made = hand_made_plan()
    depots = tuple(replace(depot, name_zh=name, name_en=name) for depot in made.situation.depots)
    result = replace(made, situation=replace(made.situation, depots=depots))
    book = openpyxl.load_workbook(BytesIO(workbook(result)))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert name.replace("\x07", "") in texts(book[REGISTER])


def test_the_index_counts_by_depot() -> None:
    index = opened(hand_made_plan())[INDEX]
    table = [row[:6] for row in rows(index, 1) if row[1] in {"420001-01", "420112-01"}]
    assert table == [
        ["库420001-01 Depot 420001-01", "420001-01", 2, "2026-07-01 08:00", 60, 0.6],
        ["库420112-01 Depot 420112-01", "420112-01", 1, "2026-07-01 08:00", 30, 0.3],
    ]
    baseline = replace(hand_made_plan().plan, is_baseline=True)
    marked = opened(replace(hand_made_plan(), plan=baseline))[INDEX]
    assert any("简易方法" in text for text in texts(marked))


def test_the_form_says_what_goes_into_what_is_made_up() -> None:
    load = waybills(hand_made_plan())[0].loads[0]
    assert load.lot_words == load.lot.code
    parts = (LotPart(lot_code="tents", pieces=1), LotPart(lot_code="lamps", pieces=2))
    kit = replace(load, lot=replace(load.lot, code="kits+1", parts=parts))
    assert kit.lot_words == "kits+1 = 1 × tents + 2 × lamps"


def test_papers_say_what_must_be_kept_cool() -> None:
    load = waybills(hand_made_plan())[0].loads[0]
    assert (load.name_zh, load.name_en) == (load.item.name_zh, load.item.name_en)
    cool = replace(load, item=replace(load.item, needs_cooling=True))
    assert cool.name_zh == f"{load.item.name_zh}（须冷藏）"
    assert cool.name_en == f"{load.item.name_en} (keep cool)"
