"""``relief beidou cards``: the register of known cards."""

import csv
import json
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from api.commands.beidou_options import DatabaseName, open_desk, read_bytes
from api.commands.options import Json, Lang, terminal_for
from api.documents.summary import Section, Table
from relief.beidou.notation import card_number
from relief.beidou.refusals import Unreadable
from relief.beidou.register import Card, Speech
from relief.damage.reports import ReportSource
from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import Sentence, say

HIGHEST_LEVEL = 5
LONGEST_PERIOD_S = 65_535
COLUMNS = ("number", "owner", "scope", "may", "source", "level", "period_s", "active")
_MAY = ",".join(sorted(frozenset(Speech) - {Speech.ORDER}))
_CODE_DIGITS = (6, 9)

cards = typer.Typer(
    no_args_is_help=True,
    help="The register of known cards: owner, scope, what each may say. / 卡号登记。",
)


@cards.command("list")
def list_cards(*, database: DatabaseName = None, as_json: Json = False, lang: Lang = None) -> None:
    """Show the register.

    列出登记的北斗卡。
    """
    terminal = terminal_for(lang)
    with open_desk(database) as desk:
        known = tuple(desk.cards.cards().values())
    if as_json:
        terminal.raw(json.dumps([_record(card) for card in known], ensure_ascii=False) + "\n")
        return
    tell = terminal.language.tell
    heads = (
        say("Card"),
        say("Owner"),
        say("Scope"),
        say("May say"),
        say("Highest level"),
        say("In use"),
    )
    rows = tuple(
        (
            card.number,
            card.owner,
            card.scope,
            ", ".join(sorted(card.speeches)),
            card.highest_source.name.lower(),
            "✓" if card.active else "✗",
        )
        for card in known
    )
    table = Table(heads=tuple(tell(head) for head in heads), rows=rows)
    terminal.show([Section(title=tell(say("{num} cards", num=len(rows))), table=table)])


@cards.command("add")
def add(
    number: Annotated[str, typer.Argument(help="The card. / 卡号。", metavar="CARD")],
    *,
    owner: Annotated[str, typer.Option("--owner", help="Whose it is. / 持有单位。")],
    scope: Annotated[
        str,
        typer.Option(
            "--scope", help="Code of the place it may speak for. / 管辖范围代码。", metavar="CODE"
        ),
    ],
    may: Annotated[
        str,
        typer.Option("--may", help="What it may say, with commas. / 可发送的报文种类。"),
    ] = _MAY,
    source: Annotated[
        str,
        typer.Option("--source", help="The highest level it may report for. / 最高报送层级。"),
    ] = "county",
    level: Annotated[int, typer.Option("--level", help="Its level, 1 to 5. / 通信等级。")] = 3,
    period_s: Annotated[
        int, typer.Option("--period", help="Seconds between its messages. / 服务频度（秒）。")
    ] = 60,
    active: Annotated[
        bool, typer.Option("--in-use/--out-of-use", help="Whether it is in use. / 是否在用。")
    ] = True,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Add a card to the register, or change it.

    登记或变更一张北斗卡。

    Example / 示例：

      relief beidou cards add 0312194 --owner "七里坪镇应急办" --scope 421122101 --source township
    """
    terminal = terminal_for(lang)
    card = _card(
        "cards add",
        {
            "number": number,
            "owner": owner,
            "scope": scope,
            "may": may,
            "source": source,
            "level": str(level),
            "period_s": str(period_s),
            "active": "yes" if active else "no",
        },
    )
    with open_desk(database) as desk:
        desk.cards.keep((card,))
    terminal.line(terminal.language.tell(say("Card {card} is kept.", card=card.number)))


@cards.command("import")
def import_cards(
    file: Annotated[
        Path,
        typer.Argument(help="A CSV with the columns " + ",".join(COLUMNS) + ".", metavar="FILE"),
    ],
    *,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Add all cards of a table to the register: all or, if any is wrong, none.

    批量登记。The first two columns and the scope are needed; the others may be left out.
    """
    terminal = terminal_for(lang)
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        no_utf8 = say("The file is not written in UTF-8.")
        raise InvalidInput(Fault(where=str(file), what=no_utf8)) from error
    gathering = Gathering()
    found: list[Card] = []
    for place, row in enumerate(csv.DictReader(StringIO(text)), start=2):
        with gathering.part():
            found.append(_card(f"{file.name}:{place}", row))
    gathering.settle()
    with open_desk(database) as desk:
        desk.cards.keep(found)
    terminal.line(terminal.language.tell(say("{num} cards are kept.", num=len(found))))


def _card(where: str, row: Mapping[str, str | None]) -> Card:
    """Return the card of a row.

    Raises
    ------
    InvalidInput
        With everything that is wrong.
    """
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    speeches = [each.strip() for each in (cells["may"] or _MAY).split(",")]
    sources = {source.name.lower(): source for source in ReportSource}
    source = cells["source"] or "county"
    level, period = cells["level"] or "3", cells["period_s"] or "60"
    try:
        number = card_number().read(cells["number"])
    except Unreadable:
        number = ""
    checks: Iterable[tuple[str, str, bool, Sentence, str]] = (
        ("number", cells["number"], bool(number), say("This is not a card number."), "1-8 digits"),
        ("owner", cells["owner"], bool(cells["owner"]), say("Whose card is it?"), ""),
        ("scope", cells["scope"], _is_place(cells["scope"]), say("This is no code of a place."),
         "420000, a city (421100), a county (421122) or a township (421122101)"),
        ("may", cells["may"], set(speeches) <= set(Speech), say("No card can say this."),
         ", ".join(Speech)),
        ("source", source, source in sources, say("There is no such source of reports."),
         ", ".join(sources)),
        ("level", level, level.isdecimal() and 1 <= int(level) <= HIGHEST_LEVEL,
         say("There is no such level."), f"1 to {HIGHEST_LEVEL}"),
        ("period_s", period, period.isdecimal() and 1 <= int(period) <= LONGEST_PERIOD_S,
         say("This is no period."), f"1 to {LONGEST_PERIOD_S}"),
        ("active", cells["active"], cells["active"] in {"", "yes", "no"},
         say("Is the card in use?"), "yes, no"),
    )  # fmt: skip
    faults = [
        Fault(where=where, field=field, value=value, what=what, allowed=allowed)
        for field, value, is_right, what, allowed in checks
        if not is_right
    ]
    if faults:
        raise InvalidInput(*faults)
    return Card(
        number=number,
        owner=cells["owner"],
        scope=cells["scope"],
        speeches=frozenset(Speech(each) for each in speeches),
        highest_source=sources[source],
        level=int(level),
        service_period_s=int(period),
        active=cells["active"] != "no",
    )


def _is_place(code: str) -> bool:
    return code.isascii() and code.isdecimal() and len(code) in _CODE_DIGITS


def _record(card: Card) -> dict[str, object]:
    return {
        "number": card.number,
        "owner": card.owner,
        "scope": card.scope,
        "may": sorted(card.speeches),
        "source": card.highest_source.name.lower(),
        "level": card.level,
        "period_s": card.service_period_s,
        "active": card.active,
    }
