"""``relief roads critical`` and ``lost``: what hangs on which roads."""

import json
from typing import Annotated

import numpy as np
import typer

from api.commands.options import Json, Lang, Roads, terminal_for
from api.commands.roads_queries import (
    Close,
    SpeedClass,
    asked,
    basis,
    known_class,
    location_of,
    told_closures,
)
from api.documents.summary import Section, Table
from api.language import Language
from geodata.closing import close_stretches
from geodata.closures import stretch_names
from geodata.criticality import CriticalLink, critical_links
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES
from geodata.travel import RoadTravel
from relief.places import Place
from relief.sentences import say

_DEPOT_MARK = "-"
_MUCH_FARTHER_H = 2.0

From = Annotated[
    str,
    typer.Option(
        "--from",
        help="A place or a depot by its code (420112-01 is a depot in 420112). / 出发地或储备库。",
        metavar="PLACE",
    ),
]


def critical(
    *,
    start: From,
    top: Annotated[
        int, typer.Option("--top", min=1, max=500, help="How many links. / 条数。")
    ] = 20,
    speed_class: SpeedClass = "medium",
    close: Close = None,
    network: Roads = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Name the links whose loss would cost the counties of Hubei most, on the ways from one place.

    找出从某地出发，一旦中断对全省各县影响最大的路段。

    Each link on a fastest way is taken away in turn and the ways over it are sought again. People
    cut off count first, then hours of delay times people.

    Example / 示例：

      relief roads critical --from 420112-01 --top 20
    """
    terminal = terminal_for(lang)
    speed_class = known_class(speed_class)
    roads, (origin,), closures = asked(network, (_county_of(start),), close or ())
    gazetteer = load_gazetteer()
    links = critical_links(
        roads,
        location_of(origin),
        gazetteer.counties,
        num_links=top,
        speed_class=speed_class,
    )
    if as_json:
        answer = [_record(link) for link in links]
        terminal.raw(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
        return
    language = terminal.language
    name = language.both(origin.name_zh, origin.name_en)
    heading = say("What hangs on single links: the ways from {place} to all counties", place=name)
    terminal.heading(language.tell(heading))
    heads = (
        say("link"),
        say("km"),
        say("counties behind it"),
        say("cut off"),
        say("people cut off"),
        say("person-hours later"),
        say("longest delay, h"),
    )
    table = Table(
        heads=tuple(language.tell(head) for head in heads),
        rows=tuple(_row(link, roads, gazetteer, language) for link in links),
        right=frozenset(range(1, len(heads))),
    )
    note = say(
        "Links that are the only way into one seat, or out of the place itself, come last: streets "
        "that the network does not show may lead round them."
    )
    terminal.show(
        (
            *told_closures(closures, roads, language),
            Section(
                title=language.tell(say("Links")),
                table=table,
                below=(language.tell(note), basis(roads, language)),
            ),
        )
    )


def lost(
    *,
    start: From = "武汉市",
    close: Close = None,
    speed_class: SpeedClass = "medium",
    network: Roads = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Name the counties that closures cut off from a place, and those much farther from it.

    列出因道路封闭而与某地断绝、或绕行过远的县（市、区）。

    Example / 示例：

      relief roads lost --from 武汉 --close "crossings of Yangtze"
    """
    terminal = terminal_for(lang)
    layer = SPEED_CLASSES.index(known_class(speed_class))
    roads, (origin,), closures = asked(network, (_county_of(start),), close or ())
    before, _, _ = asked(network, (), ())
    counties = load_gazetteer().counties
    # A county may be the place itself; a location is known by its code.
    others = [county for county in counties if county.code != origin.code]
    places = [location_of(place) for place in (origin, *others)]
    usual_h, now_h = (
        RoadTravel(one).travel_times(places).duration_h[layer, 0, 1:] for one in (before, roads)
    )
    cut = np.isinf(now_h) & np.isfinite(usual_h)
    farther = np.isfinite(now_h) & (now_h - np.where(cut, 0, usual_h) > _MUCH_FARTHER_H)
    gone = [county for county, is_cut in zip(others, cut.tolist(), strict=True) if is_cut]
    late = [
        (county, hours)
        for county, is_far, hours in zip(
            others, farther.tolist(), (now_h - usual_h).tolist(), strict=True
        )
        if is_far
    ]
    if as_json:
        answer = {
            "from": origin.code,
            "lost": [county.code for county in gone],
            "people_lost": sum(county.population_people for county in gone),
            "farther_h": {county.code: round(hours, 2) for county, hours in late},
        }
        terminal.raw(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
        return
    language = terminal.language
    terminal.show((*told_closures(closures, roads, language), *_lost(origin, gone, late, language)))
    terminal.line(basis(roads, language))


def _lost(
    origin: Place, gone: list[Place], late: list[tuple[Place, float]], language: Language
) -> tuple[Section, ...]:
    place = language.both(origin.name_zh, origin.name_en)
    people = language.number(sum(county.population_people for county in gone))
    return (
        Section(
            title=language.tell(
                say(
                    "{num} counties with {people} people lose {place}",
                    num=len(gone),
                    people=people,
                    place=place,
                )
            ),
            lines=tuple(
                f"{county.code} {language.both(county.name_zh, county.name_en)}" for county in gone
            ),
        ),
        Section(
            title=language.tell(
                say(
                    "{num} counties are more than {hours} h farther from {place}",
                    num=len(late),
                    hours=int(_MUCH_FARTHER_H),
                    place=place,
                )
            ),
            lines=tuple(
                f"{county.code} {language.both(county.name_zh, county.name_en)} "
                f"+{language.number(hours, 1)} h"
                for county, hours in late
            ),
        ),
    )


def _county_of(text: str) -> str:
    """Return the county code of a depot's code, and any other text as it is."""
    county, mark, number = text.partition(_DEPOT_MARK)
    return county if mark and county.isdigit() and number.isdigit() else text


def _row(
    link: CriticalLink, roads: RoadNetwork, gazetteer: Gazetteer, language: Language
) -> tuple[str, ...]:
    worst = close_stretches([link.worst], roads, name="link")
    (name,) = stretch_names(worst, roads, gazetteer)
    return (
        language.tell(name),
        language.number(link.length_km, 1),
        language.number(len(link.used_by)),
        language.number(len(link.cut_off)),
        language.number(link.people_cut_off),
        language.number(link.delay_person_h),
        language.number(link.longest_delay_h, 1),
    )


def _record(link: CriticalLink) -> dict[str, object]:
    return {
        "worst": list(link.worst),
        "edges": [list(edge) for edge in link.edges],
        "length_km": link.length_km,
        "used_by": list(link.used_by),
        "cut_off": list(link.cut_off),
        "people_cut_off": link.people_cut_off,
        "delay_person_h": round(link.delay_person_h, 1),
        "longest_delay_h": round(link.longest_delay_h, 3),
        "is_dead_end": link.is_dead_end,
    }
