"""The form of one waybill: reference, dispatch and receipt blocks on one printed page."""

from collections.abc import Iterator

from openpyxl.worksheet.pagebreak import Break

from api.documents.sheets import Page
from api.documents.waybill import Waybill
from api.language import Language
from api.plan_result import PlanResult
from relief.plan.routes import Stop, StopKind
from relief.units import GRAMS_PER_KG, SHANGHAI

FORM_WIDTHS = {
    "A": 9, "B": 9, "C": 30, "D": 26, "E": 11, "F": 9, "G": 11, "H": 10, "I": 10, "J": 10, "K": 14,
    "L": 13,
}  # fmt: skip
DIGEST_DIGITS = 16
_STOP_HEADS = (
    "站\nStop", "事项\nWhat", "地点\nWhere", "代码\nCode", "计划到\nArrive", "计划毕\nDone",
    "途中休息\nRest, min", "实到\nActual", "实毕\nDone", "准点概率\nOn time", "签名\nSignature",
)  # fmt: skip
_LOAD_HEADS = (
    "装车序\nOrder", "卸货站\nStop", "物资\nItem", "批次\nLot", "件数\nPieces", "包数\nPacks",
    "重量 kg", "体积 m³", "完好\nGood", "损坏\nDamaged", "短少/备注\nShort, remarks",
    "距前壁\nFrom front, m",
)  # fmt: skip
_WORDS = {
    StopKind.LOAD: "装 Load",
    StopKind.DELIVER: "卸 Unload",
    StopKind.HAND_OVER: "转运 Hand over",
}
_SIGNATURES = (
    "发货 Sent", "批准 Approved", "承运 Carried", "收货 Received (1)", "收货 Received (2)",
    "核对 Checked",
)  # fmt: skip
EN = Language(code="en")


def write_form(page: Page, row: int, result: PlanResult, bill: Waybill) -> int:
    """Write the form of a waybill and return the row after it.

    Parameters
    ----------
    page
        Where to.
    row
        Its first row.
    result
        The plan, for the reference block.
    bill
        The waybill. Its load list is in loading order: what is unloaded last is loaded first.
    """
    row = _reference(page, row, result, bill)
    row = _dispatch(page, row, bill)
    row = _stops(page, row, bill)
    row = _loads(page, row, bill)
    row = _receipt(page, row)
    page.sheet.row_breaks.append(Break(id=row - 1))
    return row


def _pair(page: Page, row: int, column: int, label: str, value: str) -> None:
    page.put(row, column, label, "label")
    page.put(row, column + 1, value, "value")


def _reference(page: Page, row: int, result: PlanResult, bill: Waybill) -> int:
    situation, certificate = result.situation, result.plan.certificate
    page.put(row, 1, "救灾物资调拨单 Relief goods waybill", "title")
    page.put(row, 8, bill.trip.number, "title")
    _pair(page, row + 1, 1, "灾害 Event", f"   {situation.event_zh} {situation.event_en}")
    _pair(page, row + 1, 7, "计划 Plan", result.plan.plan_id)
    _pair(page, row + 2, 1, "发货库 From", f"   {bill.names(bill.depot.code)}")
    digest = certificate.plan_digest[:DIGEST_DIGITS] if certificate is not None else ""
    _pair(page, row + 2, 7, "验证 Check", digest)
    return row + 3


def _dispatch(page: Page, row: int, bill: Waybill) -> int:
    kind = bill.kind
    truck = f"{kind.name_zh} {kind.name_en}, {kind.payload_g / GRAMS_PER_KG / 1000:g} t"
    if bill.way:
        truck = f"{truck}; {bill.way}"
    carrier = f"{bill.pool.carrier_zh} {bill.pool.carrier_en}"
    _pair(page, row, 1, "车型 Class", f"   {truck}")
    _pair(page, row, 7, "车辆 Truck", bill.route.vehicle_code)
    _pair(page, row + 1, 1, "承运 Carrier", f"   {carrier}")
    _pair(page, row + 1, 7, "驾驶员 Drivers", f"   {bill.route.num_drivers}")
    row += 2
    # Two cells a blank: the label and the line to write on.
    for column, label in ((1, "车牌 Plate"), (4, "驾驶员 Driver"), (7, "电话 Phone")):
        page.put(row, column, label, "label")
    for column in (2, 3, 5, 6, 8, 9):
        page.put(row, column, None, "line")
    page.put(row, 10, "封签 Seal", "label")
    page.put(row, 11, None, "line")
    return row + 2


def _stops(page: Page, row: int, bill: Waybill) -> int:
    for column, head in enumerate(_STOP_HEADS, start=1):
        page.put(row, column, head, "header")
    page.sheet.row_dimensions[row].height = 28
    number = 0
    for stop in bill.trip.stops:
        row += 1
        number += stop.kind is not StopKind.LOAD
        what = _WORDS[stop.kind]
        rests_min = sum(int(rest.duration.total_seconds() // 60) for rest in stop.leg.rests)
        page.put(row, 1, number if stop.kind is not StopKind.LOAD else None, "whole")
        page.put(row, 2, what, "text")
        page.put(row, 3, bill.names(stop.location_code), "text")
        page.put(row, 4, stop.location_code, "text")
        page.put(row, 5, _clock(stop, at_end=False), "text")
        page.put(row, 6, _clock(stop, at_end=True), "text")
        page.put(row, 7, rests_min or None, "whole")
        for column in range(8, 12):
            page.put(row, column, None, "blank")
        if stop.kind is StopKind.DELIVER and len(bill.on_time_shares) >= number:
            page.put(row, 10, f"{bill.on_time_shares[number - 1]:.0%}", "text")
    return row + 2


def _clock(stop: Stop, *, at_end: bool) -> str:
    instant = stop.end_at if at_end else stop.leg.arrive_at
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def _loads(page: Page, row: int, bill: Waybill) -> int:
    for column, head in enumerate(_LOAD_HEADS, start=1):
        page.put(row, column, head, "header")
    page.sheet.row_dimensions[row].height = 28
    for load in bill.loads:
        row += 1
        page.put(row, 1, load.loading_order, "whole")
        page.put(row, 2, load.stop_number, "whole")
        item = load.item
        unit = f"({item.unit_zh} {item.unit_en})"
        page.put(row, 3, f"{item.name_zh} {item.name_en} {unit}", "text")
        page.put(row, 4, load.lot_words, "text")
        page.put(row, 5, load.line.pieces, "whole")
        page.put(row, 6, load.num_packs, "whole")
        page.put(row, 7, load.mass_kg, "tenth")
        page.put(row, 8, load.volume_m3, "hundredth")
        for column in range(9, 12):
            page.put(row, column, None, "blank")
        page.put(row, 12, load.place_on_truck, "text")
    row += 1
    page.put(row, 3, "合计 Total", "value")
    page.put(row, 5, bill.num_pieces, "whole")
    page.put(row, 7, bill.mass_kg, "total")
    page.put(row, 8, bill.volume_m3, "total")
    for line in loading_words(bill):
        row += 1
        page.put(row, 1, line, "note")
    return row + 1


def loading_words(bill: Waybill) -> Iterator[str]:
    """Yield what the axles bear with all on board, and what is wrong with it."""
    loading, body = bill.loading, bill.kind.body
    if loading is None or body is None:
        return
    full = loading.axle_loads[0]
    yield (
        f"轴荷 Axles: 前 front {full.front_kg:,} / {body.most_front_g // GRAMS_PER_KG:,} kg, "
        f"后 rear {full.rear_kg:,} / {body.most_rear_g // GRAMS_PER_KG:,} kg "
        "(模拟值 modelled; loading.html)"
    )
    if loading.over_kg:
        yield (
            f"超轴荷 {loading.over_kg:,} kg，请改装或减载。 An axle bears {loading.over_kg:,} kg "
            "too much, or the front too little: rearrange or load less."
        )
    for number in loading.moved_aside:
        yield (
            f"第 {number} 站卸货时须先挪开后装的货。 At stop {number} goods that were loaded later "
            "stand in the way."
        )


def _receipt(page: Page, row: int) -> int:
    note = (
        "签收前先写明损坏和短少；收货须两名保管员签名。  "
        "Write damage and shortage before signing; two keepers sign for receipt."
    )
    page.put(row, 1, note, "note")
    for offset, label in enumerate(_SIGNATURES):
        line, column = row + 1 + offset // 3, (1, 4, 8)[offset % 3]
        page.put(line, column, label, "label")
        page.put(line, column + 2 if column == 1 else column + 1, None, "line")
        page.sheet.row_dimensions[line].height = 24
    return row + 4
