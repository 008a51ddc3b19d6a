"""``relief beidou tracks``: where trucks and teams are, and which of them need a look."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.commands.beidou_options import (
    DatabaseName,
    now,
    open_desk,
    parse_point,
    read_bytes,
)
from api.commands.options import Json, Lang, parse_instant, terminal_for
from api.documents.summary import Section, Table
from api.language import Language
from relief.beidou.register import Card
from relief.beidou.tracks import TrackLimits, Whereabouts, whereabouts
from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.sentences import say
from relief.store.beidou_fixes import BeidouFixStore

DEFAULTS = TrackLimits()
_MINUTE = timedelta(minutes=1)
_FEWEST_POINTS = 2


def tracks(
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", help="The instant; now by default. / 时刻。", metavar="INSTANT"),
    ] = None,
    hours: Annotated[
        float, typer.Option("--hours", help="How far back to look. / 回溯小时数。", min=0.1)
    ] = 24.0,
    card: Annotated[
        list[str] | None,
        typer.Option("--card", help="Only this card. May be repeated. / 卡号。", metavar="CARD"),
    ] = None,
    route: Annotated[
        Path | None,
        typer.Option(
            "--route",
            help="GeoJSON with the line that the trucks are to follow. / 预定路线。",
            metavar="FILE",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Where they are to go; else the end of the route. / 目的地。",
            metavar="LON,LAT",
        ),
    ] = None,
    off_route_km: Annotated[
        float, typer.Option("--off-route-km", help="Farther is off the route. / 偏航距离。")
    ] = DEFAULTS.off_route_km,
    arrived_km: Annotated[
        float, typer.Option("--arrived-km", help="Nearer has arrived. / 到达判定距离。")
    ] = DEFAULTS.arrived_km,
    silent_minutes: Annotated[
        float, typer.Option("--silent-minutes", help="Longer is too silent. / 失联时限。")
    ] = DEFAULTS.silent_after / _MINUTE,
    database: DatabaseName = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show where trucks and teams are: speed, off the route, arrived, silent too long.

    车辆和队伍的轨迹：速度、偏航、到达、失联。

    Example / 示例：

      relief beidou tracks --route route.geojson --silent-minutes 45
    """  # fmt: skip
    terminal = terminal_for(lang)
    instant = now() if at is None else parse_instant(at)
    limits = TrackLimits(
        off_route_km=off_route_km,
        arrived_km=arrived_km,
        silent_after=timedelta(minutes=silent_minutes),
    )
    line = () if route is None else _route(route)
    goal = None if to is None else parse_point(to, "--to")
    with open_desk(database) as desk:
        fixes = BeidouFixStore(database=desk.messages.database).fixes(
            instant - timedelta(hours=hours)
        )
        cards = desk.cards.cards()
    wanted = {number.zfill(7) for number in card or ()}
    shown = whereabouts(
        (fix for fix in fixes if not wanted or fix.card in wanted),
        instant,
        route=line,
        destination=goal,
        limits=limits,
    )
    if as_json:
        for each in shown:
            terminal.raw(json.dumps(_record(each, cards), ensure_ascii=False) + "\n")
        return
    tell = terminal.language.tell
    heads = (
        say("Card"),
        say("Owner"),
        say("Last fix"),
        say("Where"),
        say("km/h"),
        say("State"),
    )
    rows = tuple(_row(each, cards, terminal.language) for each in shown)
    table = Table(heads=tuple(tell(head) for head in heads), rows=rows)
    terminal.show([Section(title=tell(say("{num} tracks", num=len(rows))), table=table)])


def _row(each: Whereabouts, cards: Mapping[str, Card], language: Language) -> tuple[str, ...]:
    tell = language.tell
    told = []
    if each.in_distress:
        told.append(say("in distress"))
    if each.arrived_at is not None:
        told.append(say("arrived {at}", at=language.instant(each.arrived_at)))
    if each.is_off_route and each.off_route_km is not None:
        told.append(say("off the route by {km} km", km=language.number(each.off_route_km, 1)))
    if each.is_silent:
        minutes = language.number(each.silent_for / _MINUTE)
        told.append(say("silent for {minutes} minutes", minutes=minutes))
    speed = each.speed_km_h
    point = each.last.point
    owner = cards[each.card].owner if each.card in cards else ""
    return (
        each.card,
        owner,
        language.instant(each.last.taken_at),
        f"{point.lon_deg:.4f}, {point.lat_deg:.4f}",
        "" if speed is None else language.number(speed),
        ", ".join(tell(one) for one in told) or tell(say("under way")),
    )


def _record(each: Whereabouts, cards: Mapping[str, Card]) -> dict[str, object]:
    point = each.last.point
    return {
        "card": each.card,
        "owner": cards[each.card].owner if each.card in cards else "",
        "last_at": each.last.taken_at.isoformat(),
        "lon_deg": point.lon_deg,
        "lat_deg": point.lat_deg,
        "source": each.last.source,
        "num_fixes": each.num_fixes,
        "num_unlikely": each.num_unlikely,
        "travelled_km": round(each.travelled_km, 3),
        "speed_km_h": None if each.speed_km_h is None else round(each.speed_km_h, 1),
        "silent_minutes": round(each.silent_for / _MINUTE, 1),
        "is_silent": each.is_silent,
        "off_route_km": None if each.off_route_km is None else round(each.off_route_km, 3),
        "is_off_route": each.is_off_route,
        "arrived_at": None if each.arrived_at is None else each.arrived_at.isoformat(),
        "in_distress": each.in_distress,
    }


def _route(path: Path) -> tuple[Point, ...]:
    """Return the line of a GeoJSON file: the first LineString in it.

    Raises
    ------
    InvalidInput
        If it holds none.
    """
    no_line = InvalidInput(
        Fault(
            where="--route",
            value=str(path),
            what=say("The file holds no line of at least two points."),
            allowed="GeoJSON with a LineString in degrees, longitude first",
        )
    )
    try:
        line = _first_line(json.loads(read_bytes(path)))
        points = tuple(Point(lon_deg=float(lon), lat_deg=float(lat)) for lon, lat, *_ in line)
    except (ValueError, TypeError, KeyError) as error:
        raise no_line from error
    if len(points) < _FEWEST_POINTS:
        raise no_line
    return points


def _first_line(document: object) -> list[list[float]]:
    """Return the coordinates of the first LineString in a GeoJSON document, or none."""
    if not isinstance(document, dict):
        return []
    if document.get("type") == "LineString":
        coordinates = document["coordinates"]
        return coordinates if isinstance(coordinates, list) else []
    inner = (
        document.get("geometry"),
        *document.get("features", ()),
        *document.get("geometries", ()),
    )
    return next((line for each in inner if (line := _first_line(each))), [])
