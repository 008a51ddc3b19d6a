"""``relief explain``: why a plan is as it is, what would help, and what an order would cost."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, Roads, terminal_for
from api.commands.policy_options import NumCures
from api.documents.explanation import explanation_record, explanation_sections
from api.documents.saved import read_plan
from api.explaining import ExplainRequest
from api.explaining import explain as explain_plan
from geodata.roads import load_roads
from geodata.stored_network import open_roads
from relief.errors import Fault, Gathering, InvalidInput
from relief.plan.order_reading import FORMS, WrittenOrder, read_order_line
from relief.sentences import say


def explain(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder of a plan, as `relief plan` has written it. / 计划目录。",
            metavar="OUT_DIR",
        ),
    ],
    *,
    place: Annotated[
        str,
        typer.Option(
            "--place", help="Only this place, and why its goods come from there. / 指定地点。"
        ),
    ] = "",
    item: Annotated[str, typer.Option("--item", help="Only this item. / 指定物资。")] = "",
    num_cures: NumCures = 0,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--override",
            help="What an order would cost before it is given: 'pin 420112-01 quilt 421125 500 by "
            "24h', 'hold ...', 'forbid ...', 'force ...'. May be repeated. / 命令的代价。",
            metavar="ORDER",
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Time for all solving. / 求解时限（秒）。")
    ] = 120.0,
    roads: Roads = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Explain a plan: what binds each shortage, what would cure it, what an order would cost.

    说明计划：缺口受什么限制，怎样补救，一道命令的代价。

    Examples / 示例：

      relief explain out/2016-meiyu --cures 5

      relief explain out/2016-meiyu --place 罗田县 --item quilt

      relief explain out/2016-meiyu --override "hold 420112-01 quilt 5000"
    """
    terminal = terminal_for(lang)
    gathering = Gathering()
    result = network = None
    asked: tuple[WrittenOrder, ...] = ()
    with gathering.part():
        result = read_plan(folder)
    with gathering.part():
        asked = _orders(override or [])
    with gathering.part():
        _check_seconds(seconds)
    if num_cures:
        with gathering.part():
            network = load_roads() if roads is None else open_roads(roads)[0]
    gathering.settle()
    if result is None:
        msg = "A plan was neither read nor refused."
        raise RuntimeError(msg)
    request = ExplainRequest(
        place=place, item=item, num_cures=num_cures, override=asked, seconds=seconds
    )
    with terminal.progress() as progress:
        explanation = explain_plan(result, request, progress, roads=network)
    if as_json:
        record = explanation_record(explanation, result)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    terminal.show(explanation_sections(explanation, result, terminal.language))


def _orders(lines: list[str]) -> tuple[WrittenOrder, ...]:
    gathering = Gathering()
    orders = []
    for line in lines:
        kind = line.split(maxsplit=1)[0] if line.split() else ""
        with gathering.part():
            if kind not in FORMS:
                raise InvalidInput(
                    Fault(
                        where="--override",
                        value=line,
                        what=say("The order cannot be read."),
                        allowed="; ".join(f"{word} {form}" for word, form in FORMS.items()),
                        remedy=say("Write it in the allowed form."),
                    )
                )
            orders.append(read_order_line(kind, line, "--override"))
    gathering.settle()
    return tuple(orders)


def _check_seconds(seconds: float) -> None:
    if not seconds >= 1:
        raise InvalidInput(
            Fault(
                where="--seconds",
                value=f"{seconds:g}",
                what=say("The solvers cannot be given this time."),
                allowed=">= 1",
            )
        )
