"""Options by which an officer lays down policy and orders, the same for several commands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from relief.errors import Fault, Gathering, InvalidInput
from relief.plan.order_reading import WrittenOrder, read_order_file, read_order_line
from relief.plan.policy import PlanningPolicy
from relief.plan.presets import DEFAULT_PRESET, load_preset, read_preset
from relief.sentences import say

Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        help="Policy that comes with the program: standard, fastest, fairest, cheapest, reserve; "
        "see `relief policy list`. / 调运策略预设。",
        metavar="NAME",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        help="Policy of your own, a TOML file as `relief policy show` prints one. / 自定策略。",
        metavar="FILE",
    ),
]
Pins = Annotated[
    list[str] | None,
    typer.Option(
        "--pin",
        help="At least so many pieces to a place by a window's end, from a depot if one is named: "
        "'420112-01 quilt 421125 500 by 24h'. Codes or names. May be repeated. / 指定调运量。",
        metavar="ORDER",
    ),
]
Forces = Annotated[
    list[str] | None,
    typer.Option(
        "--force",
        help="All that a place needs by a window's end, of one item or of every item: "
        "'罗田县 by 24h'. May be repeated. / 强制保障某地。",
        metavar="ORDER",
    ),
]
Forbids = Annotated[
    list[str] | None,
    typer.Option(
        "--forbid",
        help="Nothing from a depot or lot to a place or to all: '420112-01 -> 421125', "
        "'420112-01 -> all quilt'. May be repeated. / 禁止调运。",
        metavar="ORDER",
    ),
]
Holds = Annotated[
    list[str] | None,
    typer.Option(
        "--hold",
        help="So many pieces stay in a depot: '420112-01 quilt 2000'. May be repeated. / 留存。",
        metavar="ORDER",
    ),
]
OrderFile = Annotated[
    Path | None,
    typer.Option(
        "--orders",
        help='Orders as JSON: [{"kind": "pin", "depot": "420112-01", "item": "quilt", "place": '
        '"421125", "pieces": 500, "by_h": 24}, ...]. / 命令文件。',
        metavar="FILE",
    ),
]


NumCures = Annotated[
    int,
    typer.Option(
        "--cures",
        min=0,
        help="Look for so many cures of what is short: stock, trucks, roads, orders. Each is "
        "confirmed by solving again before it is named. / 查找补救办法，逐项重新求解核实。",
        metavar="N",
    ),
]


def asked_policy(preset: str | None, file: Path | None) -> PlanningPolicy:
    """Return the policy that is asked for, the standard one by default.

    Raises
    ------
    InvalidInput
        If both are given, or the one that is given has faults.
    """
    if preset is not None and file is not None:
        raise InvalidInput(
            Fault(
                where="--preset, --policy",
                value=f"{preset}, {file}",
                what=say("A plan has one policy."),
                allowed="one of the two",
                remedy=say("Leave one of them out."),
            )
        )
    if file is not None:
        return read_preset(file).policy
    return load_preset(preset or DEFAULT_PRESET).policy


def asked_orders(
    *,
    pins: Sequence[str] | None,
    forces: Sequence[str] | None,
    forbids: Sequence[str] | None,
    holds: Sequence[str] | None,
    file: Path | None,
) -> tuple[WrittenOrder, ...]:
    """Return the orders that are asked for, those of the file first.

    Raises
    ------
    InvalidInput
        With every order that cannot be read.
    """
    gathering = Gathering()
    orders: list[WrittenOrder] = []
    if file is not None:
        with gathering.part():
            orders.extend(read_order_file(_content(file), file.name))
    lines = (("pin", pins), ("force", forces), ("forbid", forbids), ("hold", holds))
    for kind, texts in lines:
        for text in texts or ():
            with gathering.part():
                orders.append(read_order_line(kind, text))
    gathering.settle()
    return tuple(orders)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        what = say("The file cannot be read: {why}.", why=error.strerror or str(error))
        raise InvalidInput(Fault(where=str(file), what=what)) from error
