"""``relief beidou send``: write a message to a card; a listening gateway sends it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from api.beidou.desk import BeidouDesk
from api.commands.beidou_options import DatabaseName, now, open_desk, parse_point
from api.commands.options import Lang, parse_instant, terminal_for
from relief.beidou.change_code import change_between
from relief.beidou.codes import Code, read_code
from relief.beidou.goods_code import DispatchOrder, GoodsReceipt, OrderLine, ReceiptLine
from relief.beidou.notation import card_number
from relief.beidou.notice_code import Movement, PositionNotice
from relief.beidou.refusals import Unreadable
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import say

T = TypeVar("T")
_NUM_RECEIPT_CELLS = 4
_NUM_ORDER_CELLS = 2

send = typer.Typer(
    no_args_is_help=True,
    help="Write a message to a card; `relief beidou listen` sends it when the radio is free, and "
    "again until it is answered. / 编发短报文。",
)
Destination = Annotated[
    str, typer.Argument(help="The card it goes to. / 收信卡号。", metavar="CARD")
]
Unit = Annotated[
    str, typer.Option("--unit", help="The place: county or township. / 地点代码。", metavar="CODE")
]
AtInstant = Annotated[
    str | None,
    typer.Option("--at", help="The instant; now by default. / 时刻，默认现在。", metavar="INSTANT"),
]
PointText = Annotated[
    str | None,
    typer.Option("--point", help="Longitude and latitude. / 经纬度。", metavar="LON,LAT"),
]


@send.command("order")
def order(
    destination: Destination,
    *,
    depot: Annotated[
        str, typer.Option("--depot", help="From which depot. / 调出库。", metavar="CODE")
    ],
    unit: Unit,
    due: Annotated[
        str,
        typer.Option("--due", help="By when it is to be there. / 到达时限。", metavar="INSTANT"),
    ],
    line: Annotated[
        list[str],
        typer.Option("--line", help="What. May be repeated. / 物资。", metavar="ITEM:PIECES"),
    ],
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Order goods to be sent from a depot to a place.

    发送调拨令。

    Example / 示例：

      relief beidou send order 0312194 --depot 421100-01 --unit 421122101
      --due 2016-07-06T20:00 --line tent-12-single:200 --line quilt:800
    """
    due_at = parse_instant(due, "--due").replace(microsecond=0)
    lines = tuple(
        OrderLine(item=item, pieces=pieces)
        for item, (pieces,) in _goods(line, _NUM_ORDER_CELLS, "ITEM:PIECES")
    )

    def write(desk: BeidouDesk) -> Code:
        return DispatchOrder(
            sequence=desk.letters.next_sequence(),
            depot_code=depot,
            unit_code=unit,
            due_at=due_at,
            lines=lines,
        )

    _post(destination, write, database, lang)


@send.command("receipt")
def receipt(
    destination: Destination,
    *,
    order_no: Annotated[
        int, typer.Option("--order", help="Running number of the order. / 调拨令序号。")
    ],
    unit: Unit,
    line: Annotated[
        list[str],
        typer.Option(
            "--line",
            help="What came. May be repeated. / 收货情况：完好、损坏、短少。",
            metavar="ITEM:GOOD:DAMAGED:LOST",
        ),
    ],
    at: AtInstant = None,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Tell what came of an order: good, damaged, lost.

    发送收货回执。
    """
    received_at = _instant(at)
    lines = tuple(
        ReceiptLine(item=item, good=good, damaged=damaged, lost=lost)
        for item, (good, damaged, lost) in _goods(
            line, _NUM_RECEIPT_CELLS, "ITEM:GOOD:DAMAGED:LOST"
        )
    )

    def write(desk: BeidouDesk) -> Code:
        return GoodsReceipt(
            sequence=desk.letters.next_sequence(),
            order_sequence=order_no,
            unit_code=unit,
            received_at=received_at,
            lines=lines,
        )

    _post(destination, write, database, lang)


@send.command("position")
def position(
    destination: Destination,
    *,
    point: Annotated[
        str, typer.Option("--point", help="Longitude and latitude. / 经纬度。", metavar="LON,LAT")
    ],
    state: Annotated[
        str,
        typer.Option("--state", help="under_way, arrived, halted, in_distress. / 状态。"),
    ] = "under_way",
    speed: Annotated[int | None, typer.Option("--speed", help="Speed in km/h. / 速度。")] = None,
    order_no: Annotated[
        int | None, typer.Option("--order", help="The order it carries out. / 调拨令序号。")
    ] = None,
    at: AtInstant = None,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Tell where a truck or team is.

    发送位置。
    """
    taken_at, place = _instant(at), parse_point(point, "--point")
    movement = _choice("--state", state, {each.name.lower(): each for each in Movement})

    def write(desk: BeidouDesk) -> Code:
        return PositionNotice(
            sequence=desk.letters.next_sequence(),
            taken_at=taken_at,
            point=place,
            movement=movement,
            speed_km_h=speed,
            order_sequence=order_no,
        )

    _post(destination, write, database, lang, wants_answer=False)


@send.command("report")
def report(
    destination: Destination,
    *,
    unit: Unit,
    count: Annotated[
        list[str],
        typer.Option(
            "--count", help="A count. May be repeated. / 指标数值。", metavar="INDICATOR=COUNT"
        ),
    ],
    source: Annotated[
        str, typer.Option("--source", help="field, township, county, city, province. / 层级。")
    ] = "township",
    stage: Annotated[
        str, typer.Option("--stage", help="first, continued, verified. / 初报、续报、核报。")
    ] = "first",
    road: Annotated[
        list[str] | None,
        typer.Option("--road", help="A blocked road. May be repeated. / 中断道路。"),
    ] = None,
    point: PointText = None,
    confidence: Annotated[
        int | None,
        typer.Option("--confidence", help="How sure you are, in percent. / 把握程度（%）。"),
    ] = None,
    changes_of: Annotated[
        int | None,
        typer.Option(
            "--changes-of",
            help="Send only what changed since your report of this running number. "
            "/ 仅报与该序号相比的增减。",
        ),
    ] = None,
    at: AtInstant = None,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Report damage.

    发送灾情报告。

    Example / 示例：

      relief beidou send report 0967760 --unit 421122101 --count affected=3200 --count dead=0
    """
    gathering = Gathering()
    counts: dict[Indicator, int] = {}
    for text in count:
        with gathering.part():
            indicator, number = _count(text)
            counts[indicator] = number
    gathering.settle()
    observed_at = _instant(at)
    told = DamageReport(
        sender_card="",
        sequence=0,
        source=_choice("--source", source, {each.name.lower(): each for each in ReportSource}),
        stage=_choice("--stage", stage, {each.value: each for each in ReportStage}),
        unit_code=unit,
        observed_at=observed_at,
        received_at=observed_at,
        counts=tuple((each, counts[each]) for each in Indicator if each in counts),
        blocked_roads=tuple(road or ()),
        point=None if point is None else parse_point(point, "--point"),
        confidence_percent=confidence,
    )

    def write(desk: BeidouDesk) -> Code:
        from_now = replace(told, sequence=desk.letters.next_sequence())
        if changes_of is None:
            return from_now
        return change_between(_sent_report(desk, _card(destination), changes_of), from_now)

    _post(destination, write, database, lang)


def _post(
    destination: str,
    write: Callable[[BeidouDesk], Code],
    database: str | None,
    lang: str | None,
    *,
    wants_answer: bool = True,
) -> None:
    terminal = terminal_for(lang)
    card = _card(destination)
    with open_desk(database) as desk:
        letters = desk.post(write(desk), card, now(), wants_answer=wants_answer)
    told = say(
        "Message {sequence} to {card} waits in {parts} part(s) of at most {octets} bytes for "
        "`relief beidou listen`.",
        sequence=letters[0].sequence,
        card=card,
        parts=len(letters),
        octets=max(len(letter.payload) for letter in letters),
    )
    terminal.line(terminal.language.tell(told))


def _card(text: str) -> str:
    try:
        return card_number().read(text)
    except Unreadable as failure:
        raise InvalidInput(
            Fault(where="CARD", value=text, what=failure.what, allowed="1 to 8 digits")
        ) from failure


def _instant(at: str | None) -> datetime:
    return (now() if at is None else parse_instant(at)).replace(microsecond=0)


def _goods(lines: Sequence[str], num_cells: int, form: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return items and numbers of pieces; raises `InvalidInput` with every line that is wrong."""
    gathering = Gathering()
    goods = []
    for text in lines:
        with gathering.part():
            item, *pieces = text.split(":")
            if len(pieces) != num_cells - 1 or not all(each.isdecimal() for each in pieces):
                no_line = say("This is no line of goods.")
                raise InvalidInput(Fault(where="--line", value=text, what=no_line, allowed=form))
            goods.append((item, tuple(int(each) for each in pieces)))
    gathering.settle()
    return goods


def _count(text: str) -> tuple[Indicator, int]:
    name, _, number = text.partition("=")
    if name not in set(Indicator) or not number.isdecimal():
        raise InvalidInput(
            Fault(
                where="--count",
                value=text,
                what=say("This is no count of an indicator."),
                allowed=", ".join(Indicator),
            )
        )
    return Indicator(name), int(number)


def _choice(option: str, text: str, choices: Mapping[str, T]) -> T:
    if text not in choices:
        raise InvalidInput(
            Fault(
                where=option,
                value=text,
                what=say("This is none of the choices."),
                allowed=", ".join(choices),
            )
        )
    return choices[text]


def _sent_report(desk: BeidouDesk, destination: str, sequence: int) -> DamageReport:
    """Return a whole report that was sent; raises `InvalidInput` where there is none."""
    for letter in desk.letters.to_card(destination, sequence):
        code = read_code(letter.payload, sender_card="", received_at=letter.created_at)
        if isinstance(code, DamageReport):
            return code
    raise InvalidInput(
        Fault(
            where="--changes-of",
            value=str(sequence),
            what=say("No whole report of this running number went to that card."),
        )
    )
