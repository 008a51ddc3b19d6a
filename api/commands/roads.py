"""``relief roads``: road networks of one's own."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, terminal_for
from api.commands.roads_closures import closures
from api.commands.roads_critical import critical, lost
from api.commands.roads_queries import matrix, route
from api.commands.roads_reach import reach
from api.documents.folder import check_target, write_folder
from api.documents.summary import Section, Table
from api.language import Language
from geodata.coverage import Coverage, coverage
from geodata.gazetteer import load_gazetteer
from geodata.osm import ImportRecord, import_extract
from geodata.osm_extract import check_file
from geodata.roads import ACCESS_LIMIT_KM, SNAP_LIMIT_KM
from geodata.stored_network import FILES, RECORD_FILE, network_files, open_roads
from relief.errors import Gathering
from relief.plan.outcome import ProgressStep
from relief.sentences import Sentence, say

_MOST_IN_HUBEI_SHARE = 0.5
_NUM_NAMED = 10

roads = typer.Typer(
    no_args_is_help=True,
    help="Import road networks, and ask what reaches a place. / 导入路网，查询道路与到达方式。",
)
roads.command("reach")(reach)
for question in (route, matrix, closures, critical, lost):
    roads.command(question.__name__)(question)


@roads.command("import")
def import_roads(
    file: Annotated[
        Path,
        typer.Argument(
            help="An extract of OpenStreetMap: .osm.pbf or .osm. / OpenStreetMap 数据文件。",
            metavar="FILE",
        ),
    ],
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder for the network; an earlier import there is replaced. / 路网目录。",
            metavar="DIR",
        ),
    ],
    anywhere: Annotated[
        bool,
        typer.Option("--anywhere", help="Accept roads outside Hubei. / 允许导入湖北省以外的道路。"),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Turn an extract of OpenStreetMap into a road network for plans.

    将 OpenStreetMap 数据转换为可用于规划的路网。

    Roads that trucks may use are kept with class, name, number, direction, posted speed, bridges,
    tunnels, weight, height and width limits and ferries; only the part within which every junction
    can be reached from every other. Nothing is left behind if the file has faults.

    Examples / 示例：

      relief roads import hubei-latest.osm.pbf --out roads/hubei

      relief plan 2016-meiyu --roads roads/hubei
    """
    terminal = terminal_for(lang)
    gathering = Gathering()
    with gathering.part():
        check_target(out, FILES, RECORD_FILE)
    with gathering.part():
        check_file(file)
    gathering.settle()
    with terminal.progress() as progress:
        imported = import_extract(file, anywhere=anywhere, progress=progress)
        progress(ProgressStep(stage="osm-write", done_share=0.0, detail=str(out)))
        write_folder(out, network_files(imported), RECORD_FILE, FILES)
        # Read back, so that what is told is what is stored.
        network, record = open_roads(out)
        gazetteer = load_gazetteer()
        seats = coverage(network, gazetteer.counties)
        townships = coverage(network, gazetteer.townships)
        progress(ProgressStep(stage="osm-write", done_share=1.0, detail=str(out)))
    if as_json:
        answer = {
            **asdict(record),
            "fingerprint": network.fingerprint,
            "folder": str(out),
            "places": {"counties": _counts(seats), "townships": _counts(townships)},
        }
        terminal.raw(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
        return
    language = terminal.language
    title = say("{file}: {stretches} stretches", file=record.file, stretches=record.num_stretches)
    next_step = say("plan on these roads")
    terminal.heading(language.tell(title))
    terminal.show(
        (
            _origin(record, language),
            _kept(record, language),
            _places(seats, townships, language),
            Section(
                title=language.tell(say("What to try next")),
                lines=(f"relief plan 2016-meiyu --roads {out}    {language.tell(next_step)}",),
            ),
        )
    )


def _origin(record: ImportRecord, language: Language) -> Section:
    written = record.written_at or language.tell(say("not said in the file"))
    lines = [
        say("Licence: {attribution}.", attribution=record.attribution),
        say("Cut from the database: {written}.", written=written),
        say("{ways} roads and ferries in the file, {drivable} of them for trucks.",
            ways=record.num_ways, drivable=record.num_drivable),
    ]  # fmt: skip
    if record.num_missing:
        lines.append(
            say(
                "{points} points of roads are missing from the file: the roads end there.",
                points=record.num_missing,
            )
        )
    if record.num_turn_rules:
        lines.append(
            say(
                "{rules} turn restrictions of the file are not applied: routes may turn where "
                "that is forbidden.",
                rules=record.num_turn_rules,
            )
        )
    if record.hubei_share < _MOST_IN_HUBEI_SHARE:
        lines.append(
            say(
                "Only {share} of the junctions lie in Hubei.",
                share=language.share(record.hubei_share),
            )
        )
    return Section(title=language.tell(say("Source")), lines=_told(lines, language))


def _kept(record: ImportRecord, language: Language) -> Section:
    main = record.largest_parts[0]
    lines = [
        say(
            "Kept: {junctions} junctions, {stretches} stretches ({one_way} one-way), {km} km.",
            junctions=record.num_junctions,
            stretches=record.num_stretches,
            one_way=record.num_one_way,
            km=main.roads_km,
        ),
        say(
            "Left out: {parts} parts that cannot be reached and left again, and what leads to "
            "them; together {km} km.",
            parts=record.num_parts - 1,
            km=round(record.roads_km - main.roads_km, 1),
        ),
    ]
    heads = (say("part"), say("junctions"), say("km"))
    return Section(
        title=language.tell(say("Road network")),
        lines=_told(lines, language),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(
                (str(place), str(part.num_junctions), language.number(part.roads_km, 1))
                for place, part in enumerate(record.largest_parts, start=1)
            ),
            right=frozenset({0, 1, 2}),
        ),
    )


def _places(seats: Coverage, townships: Coverage, language: Language) -> Section:
    heads = (
        say("places"),
        say("within {km} km of a junction", km=SNAP_LIMIT_KM),
        say("within {km} km, by a modelled way", km=ACCESS_LIMIT_KM),
        say("off the network"),
    )
    rows = tuple(
        (
            language.tell(what),
            *(str(len(part)) for part in (group.near, group.far, group.beyond)),
        )
        for what, group in ((say("county seats"), seats), (say("townships"), townships))
    )
    off = [language.both(seat.name_zh, seat.name_en) for seat in seats.beyond[:_NUM_NAMED]]
    lines = []
    if off and seats.near:
        lines.append(say("County seats off the network, the first of them: {names}.",
                         names=", ".join(off)))  # fmt: skip
    return Section(
        title=language.tell(say("Places of Hubei on these roads")),
        lines=_told(lines, language),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=rows,
            right=frozenset({1, 2, 3}),
        ),
    )


def _told(lines: list[Sentence], language: Language) -> tuple[str, ...]:
    return tuple(language.tell(line) for line in lines)


def _counts(group: Coverage) -> dict[str, int]:
    return {"near": len(group.near), "far": len(group.far), "beyond": len(group.beyond)}
