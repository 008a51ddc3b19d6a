"""``relief assess``: what is known of the damage, what is believed, and what needs a person."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.assessing import event_footprint, find_unit, make_assessment
from api.commands.options import Json, Lang, parse_instant, terminal_for
from api.documents.assessment import lineage, overview
from api.documents.assessment_record import assessment_record
from api.documents.backtest import backtest_sections
from geodata.gazetteer import PROVINCE_CODE, load_gazetteer
from geodata.hazard import Footprint, read_footprint
from relief.damage.deadlines import read_scheme, stated_scheme
from relief.damage.reports import Indicator
from relief.damage.response import load_table, table_in_force
from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import say
from relief.units import SHANGHAI
from scenarios.events import Event, load_event

OWN_FOOTPRINT = "event"


def assess(
    event: Annotated[
        str,
        typer.Argument(
            help="An event of the library (see `relief events`), or a folder with an event.toml. "
            "/ 灾害代码或目录。",
            metavar="EVENT",
        ),
    ],
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            help="As known at this instant; without an offset it is Beijing time. / 截至时刻。",
            metavar="INSTANT",
        ),
    ] = None,
    ahead: Annotated[
        float,
        typer.Option(
            "--ahead",
            help="Estimate what the counts will be so many hours later. / 预估若干小时后的数字。",
            metavar="HOURS",
            min=0.0,
            max=24.0 * 60,
        ),
    ] = 0.0,
    place: Annotated[
        str | None,
        typer.Option(
            "--place",
            help="Show what stands behind every number of the province, a city, a county or a "
            "township, by code or name. / 查看某地每个数字的来源。",
            metavar="PLACE",
        ),
    ] = None,
    indicator: Annotated[
        list[str] | None,
        typer.Option(
            "--indicator",
            help="With --place, only this indicator, for example dead. May be repeated. / 指标。",
        ),
    ] = None,
    footprint: Annotated[
        str | None,
        typer.Option(
            "--footprint",
            help="GeoJSON of the hazard with intensities, or `event` for the one in the event's "
            "own folder: silent places in it are estimated. / 致灾范围,无报告乡镇据此估计。",
            metavar="FILE",
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            help="Thresholds of response levels: a code of `relief levels`, or a TOML file of that "
            "form; by default the national table in force at the time. / 响应等级标准。",
            metavar="TABLE",
        ),
    ] = None,
    deadlines: Annotated[
        Path | None,
        typer.Option(
            "--deadlines",
            help="Deadlines of reports, a TOML file; by default those of 2020. / 报送时限。",
            metavar="FILE",
        ),
    ] = None,
    stable_at: Annotated[
        str | None,
        typer.Option(
            "--stable-at",
            help="When the situation was declared stable; verified reports are due from then. "
            "/ 灾情稳定时刻。",
            metavar="INSTANT",
        ),
    ] = None,
    backtest: Annotated[
        bool,
        typer.Option(
            "--backtest",
            help="Hold estimates from every statement's instant against the totals published "
            "later. / 用后来公布的数字回测。",
        ),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Assess the damage of an event from its reports.

    评估灾情:合计与区间、响应等级建议、迟报、冲突、疑点和每个数字的来源。

    Examples / 示例:

      relief assess 2016-meiyu --lang zh

      relief assess 2016-meiyu --place 罗田县 --indicator missing

      relief assess 2021-liulin --at 2021-08-12T09:00 --footprint event

      relief assess 2016-meiyu --table sample-province --ahead 24

      relief assess 2016-meiyu --backtest
    """
    terminal = terminal_for(lang)
    own = load_event(event)
    gathering = Gathering()
    known_at = own.default_at
    target_stable_at = None
    scheme = stated_scheme()
    unit_code = PROVINCE_CODE
    wanted = frozenset(Indicator)
    struck: Footprint | None = None
    thresholds = None
    with gathering.part():
        known_at = own.default_at if at is None else parse_instant(at)
    with gathering.part():
        thresholds = (
            table_in_force(known_at.astimezone(SHANGHAI).date())
            if table is None
            else load_table(table)
        )
    with gathering.part():
        struck = _footprint(own, footprint)
    with gathering.part():
        scheme = stated_scheme() if deadlines is None else read_scheme(deadlines)
    with gathering.part():
        target_stable_at = None if stable_at is None else parse_instant(stable_at, "--stable-at")
    with gathering.part():
        unit_code = PROVINCE_CODE if place is None else find_unit(place, load_gazetteer())
    with gathering.part():
        wanted = _indicators(indicator)
    gathering.settle()
    if backtest:
        terminal.show(backtest_sections(own, struck, terminal.language))
        return
    result = make_assessment(
        own,
        at=known_at,
        target_at=known_at + timedelta(hours=ahead),
        scheme=scheme,
        table=thresholds,
        footprint=struck,
        stable_at=target_stable_at,
    )
    if as_json:
        record = assessment_record(result, unit_code)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    elif place is None and indicator is None:
        terminal.show(overview(result, terminal.language))
    else:
        terminal.show(lineage(result, unit_code, wanted, terminal.language))


def _footprint(event: Event, text: str | None) -> Footprint | None:
    if text is None:
        return None
    return event_footprint(event) if text == OWN_FOOTPRINT else read_footprint(Path(text))


def _indicators(words: list[str] | None) -> frozenset[Indicator]:
    if not words:
        return frozenset(Indicator)
    unknown = [word for word in words if word not in set(Indicator)]
    if unknown:
        raise InvalidInput(
            *(
                Fault(
                    where="--indicator",
                    value=word,
                    what=say("Nobody reports this."),
                    allowed=", ".join(Indicator),
                )
                for word in unknown
            )
        )
    return frozenset(Indicator(word) for word in words)
