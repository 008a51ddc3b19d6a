"""Loading sheets (装载图): for each truck that is loaded, a picture of what stands where.

Both languages stand side by side, as on the waybills. The page needs nothing but itself: no
script, no font, no picture from elsewhere.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from api.documents.waybill import Load, Waybill, waybills
from api.plan_result import PlanResult
from relief.plan.loading import AxleLoad, LoadingList
from relief.supply.fleet import TruckBody
from relief.units import GRAMS_PER_KG, SHANGHAI

WIDTH_PX, HEIGHT_PX = 1_000, 150
"""Of the box in the picture; the axles stand below."""
_AXLES_PX = 46
_MARGIN_PX = 60
_LEAST_LABEL_PX = 42
_COLOURS = ("#2f6690", "#3a7d44", "#b5651d", "#7d4f9e", "#a63d40", "#4f6d7a", "#8a7a1f")
_STYLE = """
body{font:14px/1.45 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif}
body{color:#102a43;margin:0}
header,section{max-width:1120px;margin:0 auto;padding:12px 16px}
h1{font-size:20px;margin:0 0 4px} h2{font-size:16px;margin:0}
section{page-break-after:always;border-top:1px solid #9aa5b1}
p{margin:4px 0;color:#334e68} .warn{color:#9b1c1c;font-weight:600}
table{border-collapse:collapse;width:100%;margin:6px 0}
th,td{border:1px solid #bcccdc;padding:3px 6px;text-align:left}
th{background:#f0f4f8;font-weight:600}
td.n{text-align:right;font-variant-numeric:tabular-nums} td.c{width:14px;padding:0}
svg{width:100%;height:auto} nav a{margin-right:10px;white-space:nowrap}
@media print{nav{display:none} section{border:0}}
"""
_NOTE_ZH = (
    "自车厢前壁起依次码放，最后一站的货物最先装；同一位置的货物自下而上码放。"
    "车型、轴距和轴荷限值为模拟值，以行驶证和实车为准。"
)
_NOTE_EN = (
    "Goods stand from the front wall on, those of the last stop go in first; goods at the same "
    "place stand on each other. Bodies, wheelbases and axle limits are modelled: what the truck's "
    "own papers say holds."
)
_LEAST_LABEL_HEIGHT_PX = 14


def loading_sheets(result: PlanResult) -> bytes:
    """Return the loading sheets of a plan as one page of HTML."""
    bills = [bill for bill in waybills(result) if bill.loading is not None]
    situation = result.situation
    title = f"装载图 Loading sheets - {situation.event_zh} {situation.event_en}"
    over = [bill for bill in bills if bill.loading is not None and bill.loading.over_kg]
    parts = [
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<header><h1>{escape(title)}</h1>",
        f"<p>{escape(result.plan.plan_id)}: {len(bills)} 车次 trips; ",
        f"{len(over)} 需改装 to be rearranged by hand</p>",
        f"<p>{_NOTE_ZH}<br>{_NOTE_EN}</p><nav>",
        *(
            f'<a class="warn" href="#{escape(bill.trip.number)}">{escape(bill.trip.number)}</a>'
            for bill in over
        ),
        "</nav></header>",
    ]
    for bill in bills:
        parts += _section(bill)
    parts.append("</body></html>")
    return "\n".join(parts).encode()


def _section(bill: Waybill) -> Iterator[str]:
    loading, body = bill.loading, bill.kind.body
    if loading is None or body is None:
        return
    begins = bill.trip.stops[0].begin_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    yield f'<section id="{escape(bill.trip.number)}">'
    yield f"<h2>{escape(bill.trip.number)}</h2>"
    yield (
        f"<p>{escape(f'{bill.kind.name_zh} {bill.kind.name_en}')}, "
        f"{escape(bill.route.vehicle_code)}; 装货 loads {escape(bill.names(bill.depot.code))} "
        f"{begins}; {bill.mass_kg:,.0f} / {bill.kind.payload_g / GRAMS_PER_KG:,.0f} kg, "
        f"{bill.volume_m3:.1f} / {bill.kind.volume_cm3 / 1e6:.0f} m³</p>"
    )
    if loading.over_kg:
        yield (
            f'<p class="warn">超轴荷 {loading.over_kg:,} kg，请改装或减载。 An axle bears '
            f"{loading.over_kg:,} kg too much, or the front too little: rearrange or load "
            "less.</p>"
        )
    if loading.moved_aside:
        numbers = ", ".join(str(number) for number in loading.moved_aside)
        yield (
            f'<p class="warn">第 {numbers} 站卸货时须先挪开后装的货。 At stop {numbers} goods that '
            "were loaded later stand in the way.</p>"
        )
    yield _picture(bill, loading, body)
    yield from _table(bill.loads)
    yield from _axle_table(loading.axle_loads, body)
    yield "</section>"


def _colour(stop_number: int) -> str:
    return _COLOURS[(stop_number - 1) % len(_COLOURS)]


def _picture(bill: Waybill, loading: LoadingList, body: TruckBody) -> str:
    """Return the box from the side, front wall on the left, and its supports."""
    left_mm = min(0, -body.box_begins_mm)
    right_mm = max(body.box_mm, body.wheelbase_mm - body.box_begins_mm)
    scale = (WIDTH_PX - 2 * _MARGIN_PX) / (right_mm - left_mm)

    def x(mm: float) -> float:
        return _MARGIN_PX + (mm - left_mm) * scale

    middle, inner_px = HEIGHT_PX / 2, HEIGHT_PX - 20
    parts = [
        f'<svg viewBox="0 0 {WIDTH_PX} {HEIGHT_PX + _AXLES_PX}" role="img">',
        f"<title>{escape(loading.waybill)}</title>",
        f'<rect x="{x(0):.1f}" y="10" width="{body.box_mm * scale:.1f}" height="{inner_px}" ',
        'fill="#f0f4f8" stroke="#102a43" stroke-width="2"/>',
        f'<text x="{x(0) - 6:.1f}" y="{middle}" text-anchor="end" font-size="12">前 front</text>',
        f'<text x="{x(body.box_mm) + 6:.1f}" y="{middle}" font-size="12">门 door</text>',
    ]
    parts += _shapes(bill.loads, body, bill.kind.volume_cm3, x)
    for number in range(1, body.num_compartments):
        wall = x(number * body.box_mm / body.num_compartments)
        parts.append(
            f'<line x1="{wall:.1f}" x2="{wall:.1f}" y1="10" y2="{HEIGHT_PX - 10}" '
            'stroke="#102a43" stroke-width="2"/>'
        )
    full = loading.axle_loads[0]
    for at_mm, found_kg, most_g in (
        (-body.box_begins_mm, full.front_kg, body.most_front_g),
        (body.wheelbase_mm - body.box_begins_mm, full.rear_kg, body.most_rear_g),
    ):
        at, most_kg = x(at_mm), most_g // GRAMS_PER_KG
        colour = "#9b1c1c" if found_kg > most_kg else "#102a43"
        parts.append(
            f'<circle cx="{at:.1f}" cy="{HEIGHT_PX + 4}" r="11" fill="none" stroke="{colour}" '
            f'stroke-width="4"/><text x="{at:.1f}" y="{HEIGHT_PX + 36}" text-anchor="middle" '
            f'font-size="13" fill="{colour}">{found_kg:,} / {most_kg:,} kg</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def _shapes(
    loads: Sequence[Load], body: TruckBody, volume_cm3: int, x: Callable[[float], float]
) -> Iterator[str]:
    """Yield the blocks, each as high as it must be in its length, layers on each other."""
    heights: dict[tuple[int, int], float] = {}
    inner_px = HEIGHT_PX - 20
    for load in loads:
        block = load.block
        if block is None:
            continue
        place = (block.from_mm, block.to_mm)
        length_mm = max(block.to_mm - block.from_mm, 1)
        share = load.line.pieces * load.item.volume_cm3 * body.box_mm / volume_cm3 / length_mm
        below = heights.get(place, 0.0)
        share = min(share, 1.0 - below)
        heights[place] = below + share
        wide = x(block.to_mm) - x(block.from_mm)
        top = 10 + inner_px * (1 - below - share)
        yield (
            f'<rect x="{x(block.from_mm):.1f}" y="{top:.1f}" width="{wide:.1f}" '
            f'height="{inner_px * share:.1f}" fill="{_colour(load.stop_number)}" '
            'stroke="#fff" stroke-width="1"/>'
        )
        name = load.name_zh[: int((wide - 20) // 14)]
        if wide >= _LEAST_LABEL_PX and inner_px * share >= _LEAST_LABEL_HEIGHT_PX:
            yield (
                f'<text x="{x(block.from_mm) + wide / 2:.1f}" '
                f'y="{top + inner_px * share / 2 + 4:.1f}" text-anchor="middle" font-size="12" '
                f'fill="#fff">{load.stop_number}. {escape(name)}'
                "</text>"
            )


def _table(loads: Sequence[Load]) -> Iterator[str]:
    heads = (
        "", "装车序<br>Order", "卸货站<br>Stop", "收货地<br>Place", "物资<br>Item", "批次<br>Lot",
        "件数<br>Pieces", "整包<br>Packs", "散件<br>Loose", "kg", "m³", "舱<br>Part",
        "距前壁 m<br>From front, m",
    )  # fmt: skip
    yield "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
    for load in loads:
        block = load.block
        if block is None:
            continue
        yield (
            f'<tr><td class="c" style="background:{_colour(load.stop_number)}"></td>'
            f'<td class="n">{load.loading_order}</td><td class="n">{load.stop_number}</td>'
            f"<td>{escape(load.place_names)}</td>"
            f"<td>{escape(f'{load.name_zh} {load.name_en}')}</td>"
            f'<td>{escape(load.lot.code)}</td><td class="n">{load.line.pieces:,}</td>'
            f'<td class="n">{block.packs:,}</td><td class="n">{block.loose_pieces or ""}</td>'
            f'<td class="n">{load.mass_kg:,.1f}</td><td class="n">{load.volume_m3:,.2f}</td>'
            f'<td class="n">{block.compartment}</td><td class="n">{load.place_on_truck}</td></tr>'
        )
    yield "</table>"


def _axle_table(loads: Sequence[AxleLoad], body: TruckBody) -> Iterator[str]:
    yield (
        "<table><tr><th>卸完站数<br>Stops done</th><th>前 Front kg</th><th>限 Limit</th>"
        "<th>后 Rear kg</th><th>限 Limit</th><th>前占 Front share</th></tr>"
    )
    for load in loads:
        share = load.front_kg / max(1, load.front_kg + load.rear_kg)
        yield (
            f'<tr><td class="n">{load.deliveries_done}</td><td class="n">{load.front_kg:,}</td>'
            f'<td class="n">{body.most_front_g // GRAMS_PER_KG:,}</td>'
            f'<td class="n">{load.rear_kg:,}</td>'
            f'<td class="n">{body.most_rear_g // GRAMS_PER_KG:,}</td>'
            f'<td class="n">{share:.0%}</td></tr>'
        )
    yield "</table>"
