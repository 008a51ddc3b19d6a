"""``relief beidou quarantine``: what is not obeyed until a person says so."""

import json
from typing import Annotated

import typer

from api.commands.beidou_options import DatabaseName, PersonName, Why, now, open_desk
from api.commands.options import Json, Lang, terminal_for
from api.documents.summary import Section, Table
from api.terminal import fault_line
from relief.beidou.hearing import hear_again
from relief.beidou.judging import MessageState
from relief.beidou.refusals import RefusedSentence
from relief.beidou.telling import told
from relief.sentences import say
from relief.store.beidou_messages import Settlement, StoredMessage

quarantine = typer.Typer(
    no_args_is_help=True,
    help="Messages that are not obeyed until a person releases them. / 待核报文。",
)
Number = Annotated[
    int, typer.Argument(help="The number in the list. / 清单中的编号。", metavar="NUMBER")
]


@quarantine.command("list")
def list_messages(
    *,
    settled: Annotated[
        bool,
        typer.Option("--settled", help="Show what was released or dismissed. / 显示已处理的。"),
    ] = False,
    database: DatabaseName = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show the messages in quarantine, each with all reasons.

    列出待核报文及其原因。
    """
    terminal = terminal_for(lang)
    states = (
        (MessageState.RELEASED, MessageState.DISMISSED) if settled else (MessageState.QUARANTINED,)
    )
    with open_desk(database) as desk:
        stored = desk.messages.messages(*states)
    if as_json:
        for each in stored:
            record = {
                "number": each.number,
                "state": each.state.value,
                "line": each.line,
                "received_at": each.received_at.isoformat(),
                "name": each.name,
                "sender": each.sender,
                "kind": each.kind,
                "sequence": each.sequence,
                "faults": [fault_line(fault, terminal.language) for fault in each.faults],
                "settled_by": each.settled_by,
                "settled_why": each.settled_why,
                "raw_hex": each.raw.hex(" "),
                "told": _told(each),
            }
            terminal.raw(json.dumps(record, ensure_ascii=False) + "\n")
        return
    tell = terminal.language.tell
    heads = (say("No."), say("Received"), say("Card"), say("What"), say("Why"), say("Settled"))
    rows = tuple(
        (
            str(each.number),
            terminal.language.instant(each.received_at),
            each.sender,
            f"{each.name} {each.kind}".strip(),
            " ".join(fault_line(fault, terminal.language) for fault in each.faults),
            f"{each.settled_by}: {each.settled_why}" if each.settled_by else "",
        )
        for each in stored
    )
    terminal.show(
        [
            Section(
                title=tell(say("{num} messages", num=len(rows))),
                table=Table(heads=tuple(tell(head) for head in heads), rows=rows),
            )
        ]
    )


@quarantine.command("release")
def release(
    number: Number,
    *,
    by: PersonName,
    because: Why,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Take a message on your word: a damage report counts from now on.

    放行一条待核报文。A wrong checksum is passed over if the sentence can be read without it.

    Example / 示例：

      relief beidou quarantine release 12 --by 王磊 --because "phoned the township"
    """
    terminal = terminal_for(lang)
    with open_desk(database) as desk:
        verdict = desk.release(number, Settlement(at=now(), by=by, why=because))
    done = say("Message {number} is released ({kind}).", number=number, kind=verdict.kind)
    terminal.line(terminal.language.tell(done))


@quarantine.command("dismiss")
def dismiss(
    number: Number,
    *,
    by: PersonName,
    because: Why,
    database: DatabaseName = None,
    lang: Lang = None,
) -> None:
    """Let a message be; it stays on the record.

    不予采纳，留存备查。
    """
    terminal = terminal_for(lang)
    with open_desk(database) as desk:
        desk.dismiss(number, Settlement(at=now(), by=by, why=because))
    terminal.line(terminal.language.tell(say("Message {number} is dismissed.", number=number)))


def _told(stored: StoredMessage) -> object:
    """Return what a message would say if it were released, None where it cannot be read."""
    try:
        return told(hear_again(stored.raw, stored.received_at))
    except RefusedSentence:
        return None
