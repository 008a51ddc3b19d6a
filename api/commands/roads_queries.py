"""``relief roads route`` and ``matrix``: ask a road network."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, Roads, parse_instant, terminal_for
from api.documents.records import Plain
from api.documents.summary import Section, Table
from api.language import Language
from geodata.boundaries import counties_at
from geodata.closure_files import find_closures
from geodata.closures import closure_effects, stretch_names
from geodata.coverage import refuse_off_network
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.periods import times_by_departure
from geodata.roads import RoadNetwork, load_roads
from geodata.rules import SPEED_CLASSES
from geodata.spread import RAINS, stretch_times
from geodata.stored_network import open_roads
from geodata.travel import RoadTravel
from relief.errors import Fault, Gathering, InvalidInput
from relief.places import Place, Point
from relief.plan.travel import Closure, Location, RoadPath, TravelTimes
from relief.sentences import say
from relief.units import SECONDS_PER_HOUR

Close = Annotated[
    list[str] | None,
    typer.Option(
        "--close",
        help="Close or slow a road: 利川市-恩施市; G50 between A and B; bridge near LON,LAT; "
        "crossings of Yangtze between A and B; buffer LON,LAT 5 km; polygon FILE; edge U-V; before "
        "it speed 0.5, weight 20 t or convoy; after it from and until; or a file of closures, "
        "FILE.geojson. May be repeated. / 封闭或限行道路，可多次给出：利川市-恩施市；"
        "G50 利川至恩施；桥 经度,纬度；长江 过江通道；前加 限重 20 吨、限速 50%、单向；"
        "后加 自…至…；或 GeoJSON 文件。",
        metavar="CLOSURE",
    ),
]
SpeedClass = Annotated[
    str, typer.Option("--class", help="Class of truck: light, medium or heavy. / 车型类别。")
]
_MOST_SHOWN = 12
_MINUTES_PER_HOUR = 60
_SURE_SHARE = 0.9
_DAY = timedelta(hours=24)


def route(
    start: Annotated[
        str, typer.Argument(help="Where from: a name or a code. / 出发地。", metavar="FROM")
    ],
    end: Annotated[
        str, typer.Argument(help="Where to: a name or a code. / 目的地。", metavar="TO")
    ],
    *,
    speed_class: SpeedClass = "medium",
    close: Close = None,
    network: Roads = None,
    rain: Annotated[
        str, typer.Option("--rain", help="dry, light, heavy or storm. / 降雨。")
    ] = "dry",
    night: Annotated[bool, typer.Option("--night", help="It is dark. / 夜间。")] = False,
    depart: Annotated[
        str | None,
        typer.Option(
            "--depart",
            help="Show the hours on the road by departure in the 24 h from this instant, for "
            "closures that begin or end. / 按出发时刻显示其后 24 小时内的行车时间。",
            metavar="INSTANT",
        ),
    ] = None,
    geojson: Annotated[
        bool,
        typer.Option("--geojson", help="Print the road as GeoJSON. / 以 GeoJSON 输出路线。"),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show the fastest road between two places: distance, time, and what it passes.

    显示两地之间最快的道路：里程、时间和途经路段。

    Examples / 示例：

      relief roads route 武汉 恩施 --class heavy

      relief roads route 武汉 恩施 --close 利川市-恩施市 --close "speed 0.5 buffer 110.3,31.0 30 km"
    """
    terminal = terminal_for(lang)
    speed_class = known_class(speed_class)
    if rain not in RAINS:
        what = say("There is no such rain.")
        raise InvalidInput(Fault(where="--rain", value=rain, what=what, allowed=", ".join(RAINS)))
    roads, (one, other), closures = asked(network, (start, end), close or ())
    travel = RoadTravel(roads)
    ends = (location_of(one), location_of(other))
    refuse_off_network(roads.opened(), ends)
    (path,) = travel.paths([(*ends, speed_class)])
    times = travel.travel_times(ends)
    hours = float(times.duration_h[SPEED_CLASSES.index(speed_class), 0, 1])
    passed = _passed(roads, travel, path, load_gazetteer())
    late_h = _late_h(roads, travel, path, hours, rain=rain, night=night)
    if as_json or geojson:
        record = _feature(path, (hours, late_h), roads, passed, closures)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    language = terminal.language
    km = language.number(path.distance_km, 1)
    title = say("{start} to {end}", start=one.name_en, end=other.name_en)
    if language.code == "zh":
        title = say("{start} to {end}", start=one.name_zh, end=other.name_zh)
    terminal.heading(language.tell(title))
    terminal.show(
        (
            *told_closures(closures, roads, language),
            *_departures(roads, ends, speed_class, depart, language),
            Section(
                title=language.tell(say("The road")),
                lines=(
                    language.tell(
                        say(
                            "{km} km, {h} h {min} min for {class_name} trucks, without loading "
                            "and rests.",
                            km=km,
                            h=int(hours),
                            min=int(hours * _MINUTES_PER_HOUR) % _MINUTES_PER_HOUR,
                            class_name=speed_class,
                        )
                    ),
                    language.tell(
                        say(
                            "Nine times in ten within {h} h {min} min (rain: {rain}; night: "
                            "{night}); the spread is modelled.",
                            h=int(late_h),
                            min=int(late_h * _MINUTES_PER_HOUR) % _MINUTES_PER_HOUR,
                            rain=rain,
                            night=language.tell(say("yes") if night else say("no")),
                        )
                    ),
                    *(f"{language.number(on_km, 1):>8} km  {name}" for name, on_km in passed),
                ),
                below=(basis(roads, language),),
            ),
        )
    )


def matrix(
    places: Annotated[
        list[str],
        typer.Argument(help="Places, by name or code; two or more. / 地点，两个以上。"),
    ],
    *,
    speed_class: SpeedClass = "medium",
    close: Close = None,
    network: Roads = None,
    engine: Annotated[
        str,
        typer.Option(
            "--by", help="cch, or scipy for the slower engine with the same answer. / 计算引擎。"
        ),
    ] = "cch",
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print a table of pairs as CSV. / 以 CSV 输出。")
    ] = False,
    lang: Lang = None,
) -> None:
    """Show hours and kilometres between all pairs of places.

    显示各地两两之间的行车小时数与公里数。

    Examples / 示例：

      relief roads matrix 武汉 宜昌 恩施 十堰

      relief roads matrix 武汉 咸宁 黄石 --close "crossings of Yangtze between 武汉 and 黄石" --csv
    """
    terminal = terminal_for(lang)
    speed_class = known_class(speed_class)
    if engine not in {"cch", "scipy"}:
        what = say("There is no such engine.")
        raise InvalidInput(Fault(where="--by", value=engine, what=what, allowed="cch, scipy"))
    roads, found, closures = asked(network, places, close or ())
    locations = [location_of(place) for place in found]
    times = RoadTravel(roads, engine).travel_times(locations)
    layer = SPEED_CLASSES.index(speed_class)
    if as_csv:
        terminal.raw(_pairs(times, layer))
        return
    language = terminal.language
    names = [place.name_zh if language.code == "zh" else place.name_en for place in found]
    rows = []
    for row, name in enumerate(names):
        hours, km = times.duration_h[layer, row], times.distance_km[layer, row]
        cells = [
            "-" if h == float("inf") else f"{language.number(h, 1)} h {language.number(d)} km"
            for h, d in zip(hours.tolist(), km.tolist(), strict=True)
        ]
        cells[row] = ""
        rows.append((name, *cells))
    heading = say("{num} places, {class_name} trucks", num=len(found), class_name=speed_class)
    terminal.heading(language.tell(heading))
    cut = [found[i] for i, one in enumerate(locations) if one.code in times.unreachable]
    terminal.show(
        (
            *told_closures(closures, roads, language),
            Section(
                title=language.tell(say("From row to column")),
                table=Table(
                    heads=("", *names),
                    rows=tuple(rows),
                    right=frozenset(range(1, len(names) + 1)),
                ),
                below=(
                    *(
                        language.tell(
                            say("No road leads to {zh} ({en}).", zh=place.name_zh, en=place.name_en)
                        )
                        for place in cut
                    ),
                    basis(roads, language),
                ),
            ),
        )
    )


def asked(
    folder: Path | None, names: Sequence[str], texts: Sequence[str]
) -> tuple[RoadNetwork, tuple[Place, ...], tuple[Closure, ...]]:
    """Return the network under closures, the places of some names, and the closures.

    Raises
    ------
    InvalidInput
        With every fault of the network, the names and the closures.
    """
    roads = load_roads() if folder is None else open_roads(folder)[0]
    gazetteer = load_gazetteer()
    gathering = Gathering()
    places: list[Place] = []
    found: list[Closure] = []
    for name in names:
        with gathering.part():
            places.append(gazetteer.find(name))
    with gathering.part():
        found += find_closures(texts, gazetteer, roads)
    gathering.settle()
    return (roads.closed(found) if found else roads), tuple(places), tuple(found)


def known_class(text: str) -> str:
    """Return the name of a speed class.

    Raises
    ------
    InvalidInput
        If there is no such class.
    """
    if text not in SPEED_CLASSES:
        raise InvalidInput(
            Fault(
                where="--class",
                value=text,
                what=say("There is no such class of truck."),
                allowed=", ".join(SPEED_CLASSES),
            )
        )
    return text


def location_of(place: Place) -> Location:
    """Return where a place is."""
    return Location(
        code=place.code, name_zh=place.name_zh, name_en=place.name_en, point=place.point
    )


def told_closures(
    found: Sequence[Closure], roads: RoadNetwork, language: Language
) -> tuple[Section, ...]:
    """Return a section for each closure: what it does, and to which stretches."""
    gazetteer = load_gazetteer()
    sections = []
    for closure in found:
        named = stretch_names(closure, roads, gazetteer, most=_MOST_SHOWN)
        lines = [language.tell(one) for one in (*closure_effects(closure, roads), *named)]
        if len(closure.edges) > _MOST_SHOWN:
            more = say("and {more} more stretches", more=len(closure.edges) - _MOST_SHOWN)
            lines.append(language.tell(more))
        sections.append(Section(title=closure.name, lines=tuple(lines)))
    return tuple(sections)


def basis(roads: RoadNetwork, language: Language) -> str:
    """Return what figures of a network rest on."""
    if roads.approximate:
        return language.tell(say("{network}; lengths and speeds are modelled.", network=roads.name))
    return language.tell(say("{network}; speeds are modelled.", network=roads.name))


def _passed(
    roads: RoadNetwork, travel: RoadTravel, path: RoadPath, gazetteer: Gazetteer
) -> list[tuple[str, float]]:
    """Return the roads that a way follows with their lengths, counties where they have no names."""
    layout, rows = roads.layout, travel.driven(path)
    if layout.details is not None:
        named = [(layout.details.name_of(row) or "-", row) for row in rows]
    else:
        heads = layout.heads[list(rows)]
        codes = counties_at(layout.lon_deg[heads], layout.lat_deg[heads]).tolist()
        counties = {place.code: place for place in gazetteer.counties}
        labels = [f"{counties[c].name_zh} {counties[c].name_en}" if c else "-" for c in codes]
        named = list(zip(labels, rows, strict=True))
    return [
        (name, sum(int(layout.length_hm[row]) for _, row in run) / 10)
        for name, run in groupby(named, key=lambda one: one[0])
    ]


def _departures(
    roads: RoadNetwork,
    ends: tuple[Location, Location],
    speed_class: str,
    depart: str | None,
    language: Language,
) -> tuple[Section, ...]:
    """Return a section on the time by departure; none where nobody asks."""
    if depart is None:
        return ()
    begin = parse_instant(depart, "--depart")
    periods = times_by_departure(roads, ends, begin, begin + _DAY)
    layer = SPEED_CLASSES.index(speed_class)
    rows = []
    for hours, alike in groupby(
        periods, key=lambda one: round(float(one.times.duration_h[layer, 0, 1]), 4)
    ):
        run = list(alike)
        shown = "-" if hours == float("inf") else language.number(hours, 1)
        rows.append((language.instant(run[0].begin), language.instant(run[-1].end), shown))
    heads = (say("departure from"), say("until"), say("hours on the road"))
    return (
        Section(
            title=language.tell(say("By departure")),
            table=Table(
                heads=tuple(language.tell(head) for head in heads),
                rows=tuple(rows),
                right=frozenset({2}),
            ),
        ),
    )


def _late_h(
    roads: RoadNetwork, travel: RoadTravel, path: RoadPath, hours: float, *, rain: str, night: bool
) -> float:
    """Return the hours within which a road is driven nine times in ten, access legs as usual."""
    costs = travel.usable_roads(path.speed_class)[1]
    rows = travel.driven(path)
    times = stretch_times(roads, costs.seconds, path.speed_class, rain=rain, night=night)
    usual_s = float(costs.seconds[list(rows)].sum())
    late_s = times.time_kept_with(rows, _SURE_SHARE)
    return hours + (late_s - usual_s) / SECONDS_PER_HOUR


def _feature(
    path: RoadPath,
    hours: tuple[float, float],
    roads: RoadNetwork,
    passed: Sequence[tuple[str, float]],
    found: Sequence[Closure],
) -> Plain:
    return {
        "type": "Feature",
        "geometry": {
            "type": "LineString",
            "coordinates": [_position(point) for point in path.line],
        },
        "properties": {
            "from": path.from_code,
            "to": path.to_code,
            "class": path.speed_class,
            "distance_km": path.distance_km,
            "duration_h": round(hours[0], 4),
            "nine_in_ten_h": round(hours[1], 4),
            "roads": [{"name": name, "km": km} for name, km in passed],
            "network": roads.name,
            "fingerprint": roads.fingerprint,
            "approximate": roads.approximate,
            "closures": [closure_record(closure) for closure in found],
        },
    }


def closure_record(closure: Closure) -> Plain:
    """Return a closure as a record for machines."""
    return {
        "name": closure.name,
        "kind": closure.kind.value,
        "reason": closure.reason,
        "edges": [list(edge) for edge in closure.edges],
        "polygon": [_position(point) for point in closure.polygon],
        "speed_share": closure.speed_share,
        "max_weight_kg": closure.max_weight_kg,
        "speed_classes": list(closure.speed_classes),
        "open_ways": [list(way) for way in closure.open_ways],
        "from": None if closure.from_at is None else closure.from_at.isoformat(),
        "until": None if closure.until_at is None else closure.until_at.isoformat(),
    }


def _position(point: Point) -> list[Plain]:
    return [round(point.lon_deg, 6), round(point.lat_deg, 6)]


def _pairs(times: TravelTimes, layer: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("from_code", "to_code", "duration_h", "distance_km"))
    for row, one in enumerate(times.location_codes):
        for column, other in enumerate(times.location_codes):
            if row != column:
                hours = float(times.duration_h[layer, row, column])
                km = float(times.distance_km[layer, row, column])
                known = hours != float("inf")
                writer.writerow(
                    (one, other, round(hours, 4), km) if known else (one, other, "", "")
                )
    return out.getvalue()
