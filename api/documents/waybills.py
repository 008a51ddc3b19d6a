"""The waybills (调拨单) as a workbook: index, register, load list, and a form for each trip.

Every paper is in both languages, because the depot, the driver and the receiver may not share one.
"""

from collections.abc import Sequence
from io import BytesIO

from openpyxl.workbook import Workbook

from api.documents.sheets import (
    CellValue,
    Column,
    Page,
    add_styles,
    print_wide,
    table_head,
    table_row,
)
from api.documents.waybill import MM_PER_M, Load, Waybill, waybills
from api.documents.waybill_form import FORM_WIDTHS, write_form
from api.language import Language
from api.plan_result import PlanResult
from relief.units import CM3_PER_M3, GRAMS_PER_KG

INDEX = "目录 Index"
REGISTER = "运单登记 Register"
LOADS = "装车清单 Load list"
AXLES = "轴荷 Axle loads"
FORMS = "调拨单 Waybills"

EN = Language(code="en")


def workbook(result: PlanResult) -> bytes:
    """Return the workbook of all waybills of a plan."""
    book = Workbook(write_only=True)
    add_styles(book)
    index, register, loads, axles, forms = (
        Page(book, title) for title in (INDEX, REGISTER, LOADS, AXLES, FORMS)
    )
    bills = waybills(result)
    first_rows = _write_forms(forms, result, bills)
    _write_register(register, bills, first_rows)
    _write_loads(loads, bills)
    _write_axles(axles, bills)
    _write_index(index, result, bills, first_rows)
    for page in (index, register, loads, axles, forms):
        page.write()
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_forms(page: Page, result: PlanResult, bills: Sequence[Waybill]) -> dict[str, int]:
    for letter, width in FORM_WIDTHS.items():
        page.sheet.column_dimensions[letter].width = width
    first_rows = {}
    row = 1
    for bill in bills:
        first_rows[bill.trip.number] = row
        row = write_form(page, row, result, bill)
    print_wide(page)
    page.sheet.sheet_view.showGridLines = False
    return first_rows


_REGISTER_COLUMNS = (
    Column(zh="序号", en="No.", key="no", style="whole", width=6),
    Column(zh="调拨单号", en="Waybill", key="number", style="link", width=20),
    Column(zh="装货库", en="Loads at", key="depot_code", style="text", width=30),
    Column(zh="送达", en="Delivers to", key="place_codes", style="text", width=36),
    Column(zh="车型", en="Class", key="class_code", style="text", width=16),
    Column(zh="计划车辆", en="Planned truck", key="vehicle_code", style="text", width=26),
    Column(zh="承运", en="Carrier", key="carrier", style="text", width=24),
    Column(zh="驾驶员", en="Drivers", key="num_drivers", style="whole", width=8),
    Column(zh="开始装车", en="Loading from", key="load_at", style="text", width=16),
    Column(zh="发车", en="Departs", key="depart_at", style="text", width=16),
    Column(zh="卸毕", en="Last unloaded", key="end_at", style="text", width=16),
    Column(zh="件数", en="Pieces", key="pieces", style="whole", width=9),
    Column(zh="重量", en="kg", key="mass_kg", style="tenth", width=10),
    Column(zh="体积", en="m³", key="volume_m3", style="hundredth", width=9),
    Column(zh="载重率", en="Of payload", key="payload_share", style="share", width=9),
    Column(zh="容积率", en="Of volume", key="volume_share", style="share", width=9),
    Column(zh="约计公里", en="approx. km", key="driven_km", style="whole", width=9),
    Column(zh="车牌", en="Plate", key="plate", style="blank", width=12),
    Column(zh="驾驶员姓名", en="Driver", key="driver", style="blank", width=14),
    Column(zh="电话", en="Phone", key="phone", style="blank", width=14),
)


def _write_register(page: Page, bills: Sequence[Waybill], first_rows: dict[str, int]) -> None:
    table_head(page, 1, _REGISTER_COLUMNS)
    for number, bill in enumerate(bills, start=1):
        stops = bill.trip.stops
        row = number + 2
        values = (
            number,
            bill.trip.number,
            bill.names(bill.depot.code),
            ", ".join(bill.names(stop.location_code) for stop in bill.deliveries),
            f"{bill.kind.name_zh} {bill.kind.name_en}",
            bill.route.vehicle_code,
            f"{bill.pool.carrier_zh} {bill.pool.carrier_en}",
            bill.route.num_drivers,
            EN.instant(stops[0].begin_at),
            EN.instant(bill.deliveries[0].leg.depart_at),
            EN.instant(stops[-1].end_at),
            bill.num_pieces,
            bill.mass_kg,
            bill.volume_m3,
            bill.mass_kg * GRAMS_PER_KG / bill.kind.payload_g,
            bill.volume_m3 * CM3_PER_M3 / bill.kind.volume_cm3,
            bill.driven_km,
            None,
            None,
            None,
        )
        link = f"'{FORMS}'!A{first_rows[bill.trip.number]}"
        table_row(page, row, _REGISTER_COLUMNS, values, {2: link})
    page.sheet.freeze_panes = "C3"
    page.sheet.auto_filter.ref = f"A2:T{len(bills) + 2}"
    print_wide(page, head_row=1)


_LOAD_COLUMNS = (
    Column(zh="调拨单号", en="Waybill", key="number", style="text", width=20),
    Column(zh="装货库", en="Loads at", key="depot_code", style="text", width=30),
    Column(zh="装车顺序", en="Loading order", key="loading_order", style="whole", width=9),
    Column(zh="卸货站", en="Unload at stop", key="stop_number", style="whole", width=9),
    Column(zh="收货地代码", en="Place code", key="place_code", style="text", width=12),
    Column(zh="收货地", en="Place", key="place", style="text", width=28),
    Column(zh="物资", en="Item", key="item_zh", style="text", width=20),
    Column(zh="英文名", en="In English", key="item_en", style="text", width=26),
    Column(zh="批次", en="Lot", key="lot_code", style="text", width=28),
    Column(zh="有效期至", en="Expires on", key="expires_on", style="text", width=12),
    Column(zh="件数", en="Pieces", key="pieces", style="whole", width=9),
    Column(zh="单位", en="Unit", key="unit", style="text", width=12),
    Column(zh="包数", en="Packs", key="packs", style="whole", width=8),
    Column(zh="重量", en="kg", key="mass_kg", style="tenth", width=10),
    Column(zh="体积", en="m³", key="volume_m3", style="hundredth", width=9),
    Column(zh="整包", en="Whole packs", key="whole_packs", style="whole", width=8),
    Column(zh="散件", en="Loose", key="loose_pieces", style="whole", width=8),
    Column(zh="舱", en="Compartment", key="compartment", style="whole", width=8),
    Column(zh="距前壁自", en="From, m", key="from_m", style="hundredth", width=9),
    Column(zh="距前壁至", en="To, m", key="to_m", style="hundredth", width=9),
)


def _write_loads(page: Page, bills: Sequence[Waybill]) -> None:
    table_head(page, 1, _LOAD_COLUMNS)
    row = 3
    for bill in bills:
        for load in bill.loads:
            expires_on = load.lot.expires_on
            values = (
                bill.trip.number,
                bill.names(load.lot.depot_code),
                load.loading_order,
                load.stop_number,
                load.stop.location_code,
                bill.names(load.stop.location_code),
                load.name_zh,
                load.name_en,
                load.lot.code,
                "" if expires_on is None else expires_on.isoformat(),
                load.line.pieces,
                f"{load.item.unit_zh} {load.item.unit_en}",
                load.num_packs,
                load.mass_kg,
                load.volume_m3,
                *_standing(load),
            )
            table_row(page, row, _LOAD_COLUMNS, values)
            row += 1
    page.sheet.freeze_panes = "B3"
    page.sheet.auto_filter.ref = f"A2:T{row - 1}"
    print_wide(page, head_row=1)


def _standing(load: Load) -> tuple[CellValue, ...]:
    """Return packs, compartment and place of a load; nothing where that is not known."""
    block = load.block
    if block is None:
        return (None,) * 5
    return (
        block.packs,
        block.loose_pieces,
        block.compartment,
        block.from_mm / MM_PER_M,
        block.to_mm / MM_PER_M,
    )


_AXLE_COLUMNS = (
    Column(zh="调拨单号", en="Waybill", key="number", style="text", width=20),
    Column(zh="车型", en="Class", key="class_code", style="text", width=16),
    Column(zh="卸完站数", en="Stops done", key="deliveries_done", style="whole", width=9),
    Column(zh="前轴", en="Front kg", key="front_kg", style="whole", width=10),
    Column(zh="前轴限值", en="Limit", key="most_front_kg", style="whole", width=10),
    Column(zh="后轴", en="Rear kg", key="rear_kg", style="whole", width=10),
    Column(zh="后轴限值", en="Limit", key="most_rear_kg", style="whole", width=10),
    Column(zh="前轴占比", en="Front share", key="front_share", style="share", width=9),
    Column(zh="超限", en="Over by kg", key="over_kg", style="whole", width=9),
)


def _write_axles(page: Page, bills: Sequence[Waybill]) -> None:
    table_head(page, 1, _AXLE_COLUMNS)
    row = 3
    for bill in bills:
        loading, body = bill.loading, bill.kind.body
        if loading is None or body is None:
            continue
        for load in loading.axle_loads:
            values = (
                bill.trip.number,
                f"{bill.kind.name_zh} {bill.kind.name_en}",
                load.deliveries_done,
                load.front_kg,
                body.most_front_g // GRAMS_PER_KG,
                load.rear_kg,
                body.most_rear_g // GRAMS_PER_KG,
                load.front_kg / max(1, load.front_kg + load.rear_kg),
                loading.over_kg if load.deliveries_done == 0 else None,
            )
            table_row(page, row, _AXLE_COLUMNS, values)
            row += 1
    page.sheet.freeze_panes = "B3"
    page.sheet.auto_filter.ref = f"A2:I{row - 1}"
    print_wide(page, head_row=1)


_INDEX_COLUMNS = (
    Column(zh="装货库", en="Loads at", key="depot", style="link", width=44),
    Column(zh="代码", en="Code", key="depot_code", style="text", width=14),
    Column(zh="调拨单数", en="Waybills", key="num_waybills", style="whole", width=12),
    Column(zh="最早装车", en="First loading", key="load_at", style="text", width=18),
    Column(zh="件数", en="Pieces", key="pieces", style="whole", width=12),
    Column(zh="吨", en="tonnes", key="mass_t", style="tenth", width=12),
)


_GUIDE = (
    "表页：登记（一车次一行）、装车清单（先装后卸）、轴荷、调拨单（一车次一页，一式三份：库、车、收货方）。",
    "Sheets: register (a row a trip), load list (first in, last out), axle loads, waybills.",
    "Print each waybill three times: for the depot, the truck and the receiver.",
    "黄色格手填。车辆、承运方和公里数为模拟值，以实际为准。",
    "Yellow cells are filled in by hand. Trucks, carriers and kilometres are modelled values.",
)


def _write_index(
    page: Page,
    result: PlanResult,
    bills: Sequence[Waybill],
    first_rows: dict[str, int],
) -> None:
    situation, certificate = result.situation, result.plan.certificate
    digest = certificate.plan_digest if certificate is not None else ""
    page.put(1, 1, f"调拨单 Waybills — {situation.event_zh} {situation.event_en}", "title")
    lines = [
        f"计划 Plan: {result.plan.plan_id}",
        f"开始 Start: {EN.instant(situation.start_at)} （北京时间 Beijing time）",
        f"验证摘要 Certified digest: {digest}",
        *_GUIDE,
    ]
    if result.plan.is_baseline:
        lines.append("本计划由简易方法生成。 This plan was made by the simple method.")
    for offset, line in enumerate(lines, start=2):
        page.put(offset, 1, line, "note")
    row = len(lines) + 3
    table_head(page, row, _INDEX_COLUMNS)
    by_depot: dict[str, list[Waybill]] = {}
    for bill in bills:
        by_depot.setdefault(bill.depot.code, []).append(bill)
    for offset, (code, of_depot) in enumerate(by_depot.items(), start=row + 2):
        values = (
            of_depot[0].names(code),
            code,
            len(of_depot),
            EN.instant(of_depot[0].trip.stops[0].begin_at),
            sum(bill.num_pieces for bill in of_depot),
            sum(bill.mass_kg for bill in of_depot) / 1000,
        )
        link = f"'{FORMS}'!A{first_rows[of_depot[0].trip.number]}"
        table_row(page, offset, _INDEX_COLUMNS, values, {1: link})
    page.sheet.sheet_view.showGridLines = False
    print_wide(page)
