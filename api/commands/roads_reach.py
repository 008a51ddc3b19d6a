"""``relief roads reach``: every way of reaching one place from another."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Json, Lang, Roads, terminal_for
from api.commands.roads_queries import Close
from api.documents.summary import Section, Table
from api.language import Language
from geodata.closure_files import find_closures
from geodata.gazetteer import load_gazetteer
from geodata.reach import Reach, find_reach
from geodata.roads import RoadNetwork, load_roads
from geodata.stored_network import open_roads
from relief.errors import Gathering
from relief.sentences import say
from relief.units import FEN_PER_YUAN

if TYPE_CHECKING:
    from relief.places import Place
    from relief.plan.travel import Closure

_SECONDS_PER_HOUR = 3600


def reach(
    start: Annotated[
        str, typer.Argument(help="Where from: a name or a code. / 出发地。", metavar="FROM")
    ],
    end: Annotated[
        str, typer.Argument(help="Where to: a name or a code. / 目的地。", metavar="TO")
    ],
    *,
    close: Close = None,
    roads: Roads = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Tell how a place can be reached: by truck, helicopter, boat, or on foot at the end.

    列出到达一地的各种方式：货车、直升机、船艇，以及最后几公里的徒步运送。

    Example / 示例：

      relief roads reach 恩施市 利川市 --close "利川市-恩施市"
    """
    terminal = terminal_for(lang)
    gazetteer = load_gazetteer()
    gathering = Gathering()
    ends: list[Place] = []
    network: RoadNetwork | None = None
    closures: list[Closure] = []
    for text in (start, end):
        with gathering.part():
            ends.append(gazetteer.find(text))
    with gathering.part():
        network = load_roads() if roads is None else open_roads(roads)[0]
        closures += find_closures(close or (), gazetteer, network)
    gathering.settle()
    if network is None:
        msg = "The roads were neither opened nor refused."
        raise RuntimeError(msg)
    found = find_reach(ends[0], ends[1], network.closed(closures) if closures else network)
    if as_json:
        record = [
            {
                "name_zh": one.name_zh,
                "name_en": one.name_en,
                "distance_km": one.distance_km,
                "seconds": one.seconds,
                "payload_kg": one.payload_kg,
                "handling_s": one.handling_s,
                "cost_fen": one.cost_fen,
                "how": str(one.how),
            }
            for one in found
        ]
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    language = terminal.language
    names = [language.both(place.name_zh, place.name_en) for place in ends]
    terminal.heading(f"{names[0]} - {names[1]}")
    terminal.show((_section(found, network, language),))


def _section(found: tuple[Reach, ...], roads: RoadNetwork, language: Language) -> Section:
    heads = (
        say("carrier"),
        say("km"),
        say("hours, one way"),
        say("kg a trip"),
        say("yuan a trip"),
        say("how, or why not"),
    )
    lines = (
        say("Roads: {network}.", network=roads.name),
        say(
            "Hours are without loading; yuan are for there and back with loading, and modelled, as "
            "are speeds and payloads. Ways on foot know neither rivers nor cliffs: ask on the spot."
        ),
    )
    return Section(
        title=language.tell(say("Ways to get there")),
        lines=tuple(language.tell(line) for line in lines),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(_row(one, language) for one in found),
            right=frozenset({1, 2, 3, 4}),
        ),
    )


def _row(one: Reach, language: Language) -> tuple[str, ...]:
    can = one.distance_km is not None and one.seconds is not None
    return (
        language.both(one.name_zh, one.name_en),
        language.number(one.distance_km, 1) if one.distance_km is not None else "-",
        language.number(one.seconds / _SECONDS_PER_HOUR, 1) if one.seconds is not None else "-",
        language.number(one.payload_kg, 0) if can and one.payload_kg else "-",
        language.number(one.cost_fen / FEN_PER_YUAN, 0) if can and one.cost_fen else "-",
        language.tell(one.how),
    )
