"""``relief beidou``: listen to terminals, decode what they said, send, and look after the rest."""

import json
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from api.beidou.desk import Taken
from api.beidou.gateway import Gateway, Watcher
from api.beidou.lines import FileLine, Line, SerialLine, tcp_line
from api.commands.beidou_cards import cards
from api.commands.beidou_options import (
    DatabaseName,
    database_name,
    now,
    open_desk,
    read_bytes,
)
from api.commands.beidou_outbox import outbox
from api.commands.beidou_quarantine import quarantine
from api.commands.beidou_send import send
from api.commands.beidou_tracks import tracks
from api.commands.options import Json, Lang, terminal_for
from api.terminal import Terminal, fault_line
from relief.beidou.hearing import Heard, hear
from relief.beidou.judging import MessageState
from relief.beidou.line_reading import Chunk, ChunkKind, Located, Readers, is_noise
from relief.beidou.telling import told
from relief.errors import Fault, InvalidInput
from relief.sentences import say

DEFAULT_BAUD = 115_200

beidou = typer.Typer(
    no_args_is_help=True,
    help="BeiDou short messages: listen, decode, send, quarantine, cards, outbox, tracks. "
    "/ 北斗短报文：接收、解码、发送、待核、卡号登记、发件箱、轨迹。",
)
beidou.add_typer(send, name="send")
beidou.command("tracks")(tracks)
beidou.add_typer(quarantine, name="quarantine")
beidou.add_typer(cards, name="cards")
beidou.add_typer(outbox, name="outbox")

Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="The file holds bytes as they came off a line, not one sentence a line. "
        "/ 文件为线路原始字节。",
    ),
]


@beidou.command("listen")
def listen(
    *,
    serial: Annotated[
        list[str] | None,
        typer.Option("--serial", help="A serial port. May be repeated. / 串口。", metavar="PORT"),
    ] = None,
    baud: Annotated[
        int, typer.Option("--baud", help="Speed of the serial ports. / 波特率。", min=300)
    ] = DEFAULT_BAUD,
    tcp: Annotated[
        list[str] | None,
        typer.Option(
            "--tcp",
            help="A terminal behind a serial device server. May be repeated. / 网络串口。",
            metavar="HOST:PORT",
        ),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            "--file",
            help="A capture, one sentence a line. May be repeated. / 记录文件。",
            metavar="FILE",
        ),
    ] = None,
    raw: Raw = False,
    database: DatabaseName = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            help="The file in which every byte is kept before it is looked at; by default beside "
            "the database. / 原始字节日志。",
            metavar="FILE",
        ),
    ] = None,
    answer: Annotated[
        bool,
        typer.Option(
            "--answer/--no-answer", help="Tell senders that their messages came in. / 自动回执。"
        ),
    ] = True,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Listen to terminals: keep every byte, take what is good, quarantine what is not.

    监听北斗终端：先落盘，再解读；可疑的报文进入待核清单。

    With --json each line of the answer is a record; {"kept_bytes": N} says that so many bytes of
    the line are on the disk since it was opened.

    Examples / 示例：

      relief beidou listen --serial /dev/ttyUSB0

      relief beidou listen --file capture.bds
    """
    terminal = terminal_for(lang)
    lines: list[Line] = [
        *(SerialLine(port, baud) for port in serial or ()),
        *(tcp_line(address) for address in tcp or ()),
        *(FileLine(path, is_raw=raw) for path in file or ()),
    ]
    if not lines:
        raise InvalidInput(
            Fault(
                where="listen",
                what=say("There is nothing to listen to."),
                allowed="--serial, --tcp, --file",
            )
        )
    name = database_name(database)
    path = _journal_path(name, journal)
    watcher = _MachineWatcher(terminal) if as_json else _PersonWatcher(terminal)
    answers = answer and any(line.is_duplex for line in lines)
    with open_desk(name, answers=answers) as desk:
        gateway = Gateway(desk, path, lines, now, watcher)

        def stop(number: int, frame: FrameType | None) -> None:
            del number, frame
            gateway.stop()

        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            num_late = gateway.catch_up()
            if num_late and not as_json:
                late = say("{num} pieces were kept but not understood last time.", num=num_late)
                terminal.line(terminal.language.tell(late))
            gateway.run()
        finally:
            for number, way in before.items():
                signal.signal(number, way)
        watcher.end(desk.messages.counts())


@beidou.command("decode")
def decode(
    file: Annotated[Path, typer.Argument(help="A capture. / 记录文件。", metavar="FILE")],
    *,
    raw: Raw = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show every sentence of a file field by field; nothing is kept.

    逐条解码文件中的语句，不入库。

    With --json each line of the answer is a record.

    Examples / 示例：

      relief beidou decode capture.bds --json
    """
    terminal = terminal_for(lang)
    data = read_bytes(file)
    kinds: Counter[str] = Counter()
    for piece in _pieces(data, ChunkKind.BYTES if raw else ChunkKind.CAPTURE):
        heard = hear(piece)
        if heard is None:
            record: dict[str, object] = {"noise_hex": piece.piece.raw.hex(" ")}
        else:
            record = dict(told(heard))
            record["faults"] = [fault_line(fault, terminal.language) for fault in heard.faults]
        record = {"at_byte": piece.address, **record}
        if as_json:
            terminal.raw(json.dumps(record, ensure_ascii=False) + "\n")
        elif heard is not None:
            terminal.line(_line_of(heard, terminal))
        kinds["noise" if is_noise(piece) else "refused" if heard and heard.faults else "read"] += 1
    if not as_json:
        summary = say(
            "{read} sentences read, {refused} refused, {noise} pieces of noise.",
            read=kinds["read"],
            refused=kinds["refused"],
            noise=kinds["noise"],
        )
        terminal.line(terminal.language.tell(summary))


def _pieces(data: bytes, kind: ChunkKind) -> list[Located]:
    readers = Readers()
    at = now()
    return [
        piece
        for octets, each in ((data, kind), (b"", ChunkKind.CLOSED))
        for piece in readers.feed(
            Chunk(
                line="file",
                kind=each,
                at=at,
                octets=octets,
                record_at=0,
                address=0,
                end_at=len(data) + (each is ChunkKind.CLOSED) + 1,
            )
        )
    ]


def _line_of(heard: Heard, terminal: Terminal) -> str:
    """Return a sentence as one line for a person."""
    record = told(heard)
    if heard.faults:
        why = " ".join(fault_line(fault, terminal.language) for fault in heard.faults)
        return f"✗ {heard.name or heard.raw[:24]!r} {why}"
    shown = record.get("code") or record.get("text") or record.get("fields") or {}
    said = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    sender = f" {heard.sender}" if heard.sender else ""
    return f"{heard.name}{sender} {record.get('kind', '')} {said}".replace("  ", " ")


def _journal_path(database: str, journal: Path | None) -> Path:
    if journal is not None:
        return journal
    name = database.removeprefix("sqlite:///")
    if "://" in name:
        raise InvalidInput(
            Fault(
                where="--journal",
                what=say("Name a file for the journal, since the database is no file."),
            )
        )
    return Path(name + ".journal")


class _PersonWatcher(Watcher):
    """Shows what happens to a person."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def _say(self, text: str) -> None:
        self._terminal.line(text)

    def opened(self, line: str) -> None:
        """Show that a line is open."""
        self._say(self._terminal.language.tell(say("{line} is open.", line=line)))

    def lost(self, line: str, why: str) -> None:
        """Show that a line is gone."""
        gone = say("{line} is closed: {why}.", line=line, why=why) if why else None
        closed = gone or say("{line} is closed.", line=line)
        self._say(self._terminal.language.tell(closed))

    def taken(self, taken: Taken) -> None:
        """Show what was understood."""
        for verdict in taken.verdicts:
            if verdict.state is MessageState.OTHER:
                continue
            state = self._terminal.language.tell(STATES[verdict.state])
            self._say(f"{state}: {_line_of(verdict.heard, self._terminal)}")
            for fault in () if verdict.heard.faults else verdict.faults:
                self._say(f"    {fault_line(fault, self._terminal.language)}")

    def sent(self, line: str, sentence: bytes) -> None:
        """Show what went out."""
        self._say(f"{line} ← {sentence.decode('latin-1')!r}")

    def end(self, counts: Mapping[MessageState, int]) -> None:
        """Show how many messages there are in each state."""
        tell = self._terminal.language.tell
        self._say(", ".join(f"{tell(STATES[state])} {num}" for state, num in counts.items()))


class _MachineWatcher(Watcher):
    """Writes a record a line for machines."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def _write(self, **record: object) -> None:
        self._terminal.raw(json.dumps(record, ensure_ascii=False) + "\n")

    def kept(self, line: str, num_bytes: int) -> None:
        """Write that so many bytes are on the disk."""
        self._write(line=line, kept_bytes=num_bytes)

    def opened(self, line: str) -> None:
        """Write that a line is open."""
        self._write(line=line, state="open")

    def lost(self, line: str, why: str) -> None:
        """Write that a line is gone."""
        self._write(line=line, state="closed", why=why)

    def taken(self, taken: Taken) -> None:
        """Write how many messages were understood, by what became of them."""
        states = Counter(verdict.state.value for verdict in taken.verdicts)
        self._write(messages=dict(states), reports=len(taken.reports))

    def sent(self, line: str, sentence: bytes) -> None:
        """Write what went out."""
        self._write(line=line, sent_hex=sentence.hex(" "))

    def end(self, counts: Mapping[MessageState, int]) -> None:
        """Write how many messages there are in each state."""
        self._write(total={state.value: num for state, num in counts.items()})


STATES = {
    MessageState.TAKEN: say("taken"),
    MessageState.REPEATED: say("repeated"),
    MessageState.WAITING: say("waiting for the rest"),
    MessageState.OTHER: say("other"),
    MessageState.QUARANTINED: say("quarantined"),
    MessageState.RELEASED: say("released"),
    MessageState.DISMISSED: say("dismissed"),
}
"""What people call what became of a message."""
