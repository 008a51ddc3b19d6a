"""``relief beidou outbox``: what is to go out, and what became of it."""

import json
from dataclasses import replace
from typing import Annotated

import typer

from api.commands.beidou_options import DatabaseName, open_desk
from api.commands.options import Json, Lang, terminal_for
from api.documents.summary import Section, Table
from relief.beidou.outbox import LetterState
from relief.errors import Fault, InvalidInput
from relief.sentences import say

outbox = typer.Typer(
    no_args_is_help=True, help="Messages that are to go out, and what became of them. / 发件箱。"
)
LETTER_STATES = {
    LetterState.WAITING: say("waiting"),
    LetterState.SENT: say("sent, no answer yet"),
    LetterState.DONE: say("done"),
    LetterState.REFUSED: say("refused"),
    LetterState.FAILED: say("failed"),
    LetterState.CANCELLED: say("cancelled"),
}


@outbox.command("list")
def list_letters(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is over. / 含已办结的。")
    ] = False,
    database: DatabaseName = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show the outbox.

    列出发件箱。
    """
    terminal = terminal_for(lang)
    with open_desk(database) as desk:
        letters = desk.letters.letters() if everything else desk.letters.open_letters()
    if as_json:
        for each in letters:
            record = {
                "number": each.number,
                "to": each.destination,
                "kind": each.kind,
                "sequence": each.sequence,
                "part": each.part,
                "state": each.state.value,
                "tries": each.num_tries,
                "next_at": each.next_at.isoformat(),
                "sent_at": None if each.sent_at is None else each.sent_at.isoformat(),
                "note": each.note,
                "payload_hex": each.payload.hex(" "),
            }
            terminal.raw(json.dumps(record, ensure_ascii=False) + "\n")
        return
    tell = terminal.language.tell
    heads = (say("No."), say("To"), say("What"), say("State"), say("Tries"), say("Next at"))
    rows = tuple(
        (
            str(each.number),
            each.destination,
            f"{each.kind} {each.sequence}/{each.part}",
            f"{tell(LETTER_STATES[each.state])} {each.note}".strip(),
            str(each.num_tries),
            "" if each.state.is_over else terminal.language.instant(each.next_at),
        )
        for each in letters
    )
    table = Table(heads=tuple(tell(head) for head in heads), rows=rows)
    terminal.show([Section(title=tell(say("{num} messages", num=len(rows))), table=table)])


@outbox.command("cancel")
def cancel(
    number: Annotated[
        int, typer.Argument(help="The number in the list. / 清单中的编号。", metavar="NUMBER")
    ],
    *,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Take a message back; what has gone out cannot be called back, but is not sent again.

    撤回未发送的报文。
    """
    terminal = terminal_for(lang)
    with open_desk(database) as desk:
        found = [each for each in desk.letters.open_letters() if each.number == number]
        if not found:
            raise InvalidInput(
                Fault(
                    where="outbox",
                    value=str(number),
                    what=say("No message of this number waits in the outbox."),
                    remedy=say("`relief beidou outbox list` shows the numbers."),
                )
            )
        desk.letters.renew(replace(found[0], state=LetterState.CANCELLED))
    terminal.line(terminal.language.tell(say("Message {number} is cancelled.", number=number)))
