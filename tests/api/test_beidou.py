"""The gateway on real files, sockets, terminals and databases; killed, unplugged, and misled."""

import json
import os
import pty
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.beidou.desk import BeidouDesk
from api.beidou.gateway import Gateway, Watcher
from api.beidou.lines import FileLine, Line, SerialLine, TcpLine
from api.cli import build_app
from benchmarks.beidou_gateway import run as feed_and_kill
from geodata.gazetteer import load_gazetteer
from relief.beidou.ascii_layout import write_ascii
from relief.beidou.change_code import ReportChange
from relief.beidou.codes import Code, envelope_of, read_code, write_code
from relief.beidou.frames import Frame, ascii_frame
from relief.beidou.goods_code import DispatchOrder
from relief.beidou.judging import MessageState
from relief.beidou.messages import read_message
from relief.beidou.notice_code import Acknowledgement, Outcome, PositionNotice
from relief.beidou.outbox import LetterState
from relief.beidou.part_code import payloads
from relief.beidou.rdss_ascii import SendText, received_mixed
from relief.beidou.register import Card
from relief.beidou.sending import captured
from relief.beidou.stream import split
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.errors import InvalidInput
from relief.places import Point
from relief.store.beidou_fixes import BeidouFixStore
from relief.store.beidou_messages import Settlement
from relief.store.journal import read_journal
from relief.store.reports import ReportStore
from relief.store.session import Database, open_database

AT = datetime(2016, 7, 6, tzinfo=UTC)
CARD, OWN = "0312194", "0967760"
REPORT = DamageReport(
    sender_card=CARD,
    sequence=7,
    source=ReportSource.TOWNSHIP,
    stage=ReportStage.FIRST,
    unit_code="421122101",
    observed_at=AT,
    received_at=AT,
    counts=((Indicator.AFFECTED, 3200), (Indicator.DEAD, 0)),
)
SETTLED = Settlement(at=AT, by="王磊", why="phoned")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(str(tmp_path / "r.sqlite3"))
    yield opened
    opened.close()


@pytest.fixture
def desk(database: Database) -> BeidouDesk:
    made = BeidouDesk(database, load_gazetteer())
    made.cards.keep([Card(number=CARD, owner="Qiliping", scope="421122")])
    return made


def sentence(code: Code, sender: str = CARD) -> bytes:
    return write_ascii(received_mixed(sender, write_code(code)))


def listen(
    desk: BeidouDesk, folder: Path, *lines: Line, now: Callable[[], datetime] = lambda: AT
) -> None:
    gateway = Gateway(desk, folder / "r.journal", lines, now, Watcher())
    gateway.catch_up()
    gateway.run()


def listen_to(desk: BeidouDesk, folder: Path, *sentences: bytes) -> None:
    """Let the gateway read a capture of some sentences."""
    path = folder / f"{len(list(folder.iterdir()))}.bds"
    path.write_bytes(b"".join(captured(each, AT) for each in sentences))
    listen(desk, folder, FileLine(path, is_raw=False))


def states(desk: BeidouDesk) -> dict[str, int]:
    return {state.value: num for state, num in desk.messages.counts().items()}


def reports(desk: BeidouDesk) -> tuple[DamageReport, ...]:
    return ReportStore(database=desk.messages.database).reports()


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("nothing came of it within ten seconds")


def test_a_capture_is_kept_taken_and_taken_once(desk: BeidouDesk, tmp_path: Path) -> None:
    for _ in range(2):
        listen_to(desk, tmp_path, sentence(REPORT), b"$CCICI,0,00*73", b"$CCICI,0,00*74")
    assert reports(desk) == (replace(REPORT, raw=sentence(REPORT)),)
    assert states(desk) == {"taken": 1, "repeated": 2, "other": 2, "quarantined": 1}
    kept = b"".join(chunk.octets for chunk in read_journal(tmp_path / "r.journal"))
    assert kept.count(b"$CCICI,0,00*74") == 2


def test_a_change_and_a_long_report_in_parts_become_reports(
    desk: BeidouDesk, tmp_path: Path
) -> None:
    change = ReportChange(
        sequence=8,
        base_sequence=7,
        stage=ReportStage.CONTINUED,
        observed_at=AT,
        changes=((Indicator.DEAD, 2),),
    )
    roads = tuple(f"{number}国道红安县七里坪镇段" for number in range(6))
    long = replace(REPORT, sequence=9, blocked_roads=roads)
    parts = [write_ascii(received_mixed(CARD, each)) for each in payloads(envelope_of(long), 77)]
    # The change comes before its report, in the same capture and in one before.
    listen_to(desk, tmp_path, sentence(replace(change, sequence=10)), parts[2])
    listen_to(desk, tmp_path, sentence(change), parts[0], sentence(REPORT), parts[1])
    found = {each.sequence: each for each in reports(desk)}
    assert found[9].blocked_roads == roads
    assert found[8].counts == ((Indicator.AFFECTED, 3200), (Indicator.DEAD, 2))
    assert found[10].counts == found[8].counts
    assert MessageState.WAITING not in desk.messages.counts()


def test_what_is_quarantined_can_be_released_or_dismissed_once(
    desk: BeidouDesk, tmp_path: Path
) -> None:
    outside = replace(REPORT, unit_code="421181")
    listen_to(desk, tmp_path, sentence(REPORT, "0999999"), sentence(outside))
    listen_to(desk, tmp_path, sentence(REPORT, "0999999"))
    unknown, beyond = desk.messages.messages(MessageState.QUARANTINED)
    assert "not in the register" in str(unknown.faults[0])
    assert "may not speak" in str(beyond.faults[0])
    assert reports(desk) == ()
    assert desk.release(unknown.number, SETTLED).kind == "report"
    desk.dismiss(beyond.number, SETTLED)
    assert [each.sender_card for each in reports(desk)] == ["0999999"]
    settled = desk.messages.message(beyond.number)
    assert settled is not None
    assert (settled.state, settled.settled_by, settled.settled_why) == (
        MessageState.DISMISSED, "王磊", "phoned",
    )  # fmt: skip
    for number in (unknown.number, beyond.number, 99):
        with pytest.raises(InvalidInput, match="no message of this number in quarantine"):
            desk.release(number, SETTLED)


def test_released_after_it_came_again_it_counts_once(desk: BeidouDesk, tmp_path: Path) -> None:
    listen_to(desk, tmp_path, sentence(REPORT, "0999999"))
    desk.cards.keep([Card(number="0999999", owner="new", scope="421122")])
    listen_to(desk, tmp_path, sentence(REPORT, "0999999"))
    (stored,) = desk.messages.messages(MessageState.QUARANTINED)
    assert desk.release(stored.number, SETTLED).state is MessageState.REPEATED
    assert len(reports(desk)) == 1


def test_positions_become_fixes_once(desk: BeidouDesk, tmp_path: Path) -> None:
    notice = PositionNotice(sequence=1, taken_at=AT, point=Point(lon_deg=112.5, lat_deg=22.5))
    again = replace(notice, sequence=2)
    listen_to(desk, tmp_path, sentence(notice), sentence(again))
    listen_to(desk, tmp_path, sentence(replace(notice, sequence=3)))
    (fix,) = BeidouFixStore(database=desk.messages.database).fixes()
    assert (fix.card, fix.point, fix.taken_at) == (CARD, notice.point, AT)


class Terminal:
    """A terminal behind a TCP port or a pty: it answers for its card and tells what it was told."""

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
        self.told: list[SendText] = []
        self._read = read
        self.write = write
        self.executes = True
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # it is unplugged
            self._talk()

    def _talk(self) -> None:
        held = b""
        while octets := self._read():
            held += octets
            for piece in split(held):
                if not isinstance(piece, Frame):
                    continue
                if piece.name == "CCICA":
                    self.write(ascii_frame("BDICI", f"{OWN},1,{OWN},3,1,3,N,0".encode()) + b"\r\n")
                if piece.name == "CCTXA":
                    message = read_message(piece)
                    assert isinstance(message, SendText)
                    self.told.append(message)
                    done = b"TXA,Y,Y,0,0000" if self.executes else b"TXA,N,N,0,0030"
                    self.write(ascii_frame("BDFKI", done) + b"\r\n")
            held = b""


def code_in(message: SendText) -> Code:
    return read_code(message.content.octets, sender_card=OWN, received_at=AT)


def test_an_order_goes_out_and_its_answer_settles_it(desk: BeidouDesk, tmp_path: Path) -> None:
    order = DispatchOrder(
        sequence=0,
        depot_code="421100-01",
        unit_code="421122101",
        due_at=AT,
        lines=(),
    )
    with pytest.raises(InvalidInput, match="at least one line"):
        desk.post(order, CARD, AT)
    notice = PositionNotice(sequence=0, taken_at=AT, point=Point(lon_deg=0.0, lat_deg=0.0))
    desk.post(notice, CARD, AT)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(10.0)
        line = TcpLine("127.0.0.1", server.getsockname()[1])
        gateway = Gateway(desk, tmp_path / "r.journal", [line], clock(), Watcher())
        running = threading.Thread(target=gateway.run)
        running.start()
        connection, _ = server.accept()
        terminal = Terminal(lambda: connection.recv(4096), connection.sendall)
        until(lambda: len(terminal.told) == 1)
        assert terminal.told[0].destination == CARD
        assert code_in(terminal.told[0]) == notice
        answer = Acknowledgement(sequence=1, outcome=Outcome.RECEIVED, sequences=(0,))
        connection.sendall(sentence(answer) + b"\r\n" + sentence(REPORT)[:20])
        until(lambda: desk.letters.letters()[0].state is LetterState.DONE)
        # Half a sentence, unplugged, plugged in again: the whole one is taken.
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        connection, _ = server.accept()
        terminal = Terminal(lambda: connection.recv(4096), connection.sendall)
        connection.sendall(sentence(REPORT) + b"\r\n")
        # The sender is told that the report came in.
        until(lambda: len(terminal.told) == 1)
        told = code_in(terminal.told[0])
        assert isinstance(told, Acknowledgement)
        assert told.sequences == (7,)
        gateway.stop()
        running.join(10.0)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
    assert len(reports(desk)) == 1
    assert states(desk)["quarantined"] == 1


def clock() -> Callable[[], datetime]:
    """Return a clock that runs from AT."""
    began_s = time.monotonic()
    return lambda: AT + timedelta(seconds=time.monotonic() - began_s)


def test_a_serial_terminal_that_is_busy_gets_the_letter_again(
    desk: BeidouDesk, tmp_path: Path
) -> None:
    notice = PositionNotice(sequence=0, taken_at=AT, point=Point(lon_deg=0.0, lat_deg=0.0))
    desk.post(notice, CARD, AT)
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    terminal = Terminal(lambda: os.read(master, 4096), lambda octets: os.write(master, octets))
    terminal.executes = False
    line = SerialLine(os.ttyname(slave), 115_200)
    gateway = Gateway(desk, tmp_path / "r.journal", [line], clock(), Watcher())
    running = threading.Thread(target=gateway.run)
    running.start()
    until(lambda: len(terminal.told) == 1)  # a port forgets what came before it was opened
    os.write(master, sentence(REPORT) + b"\r\n")
    until(lambda: len(reports(desk)) == 1)
    until(lambda: desk.letters.letters()[0].note == "too soon")
    letter = desk.letters.letters()[0]
    assert (letter.state, letter.num_tries) == (LetterState.WAITING, 0)
    assert letter.next_at - AT > timedelta(seconds=29)
    gateway.stop()
    running.join(10.0)
    os.close(slave)
    os.close(master)


def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    assert feed_and_kill(3_000, 6, 1, 60_000.0, tmp_path)


def test_what_was_kept_but_not_understood_is_understood_next_time(
    desk: BeidouDesk, tmp_path: Path
) -> None:
    class Died(Exception):
        """The program ends between the disk and the desk."""

    class Dying(BeidouDesk):
        def take(self, *_: object) -> None:  # type: ignore[override]
            raise Died

    path = tmp_path / "c.bds"
    path.write_bytes(captured(sentence(REPORT), AT))
    dying = Dying(desk.messages.database, load_gazetteer())
    gateway = Gateway(
        dying, tmp_path / "r.journal", [FileLine(path, is_raw=False)], lambda: AT, Watcher()
    )
    with pytest.raises(Died):
        gateway.run()
    assert reports(desk) == ()
    again = Gateway(desk, tmp_path / "r.journal", [], lambda: AT, Watcher())
    assert again.catch_up() == 1
    again.run()
    assert len(reports(desk)) == 1


def relief(*arguments: str) -> str:
    result = CliRunner().invoke(build_app(("beidou",)), ["beidou", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_commands_from_register_to_outbox(tmp_path: Path) -> None:
    kept = ("--database", str(tmp_path / "r.sqlite3"))
    capture = tmp_path / "c.bds"
    notice = PositionNotice(sequence=9, taken_at=AT, point=Point(lon_deg=114.6, lat_deg=31.5))
    capture.write_bytes(
        captured(sentence(REPORT), AT)
        + captured(sentence(REPORT, "0999999"), AT)
        + captured(sentence(notice), AT)
    )
    table = tmp_path / "cards.csv"
    table.write_text("number,owner,scope\n312194,七里坪镇,421122101\n", encoding="utf-8")
    assert "1 cards are kept" in relief("cards", "import", str(table), *kept, "--lang", "en")
    relief("cards", "add", "0999999", "--owner", "x", "--scope", "421181", "--period", "40", *kept)
    (cards,) = json.loads("[" + relief("cards", "list", "--json", *kept) + "]")
    assert [(each["number"], each["scope"]) for each in cards] == [
        (CARD, "421122101"), ("0999999", "421181"),
    ]  # fmt: skip
    heard = records(relief("listen", "--file", str(capture), "--json", *kept))
    assert heard[-1] == {"total": {"quarantined": 1, "taken": 2}}
    assert {"line": "file:c.bds", "kept_bytes": capture.stat().st_size} in heard
    (waiting,) = records(relief("quarantine", "list", "--json", *kept))
    assert waiting["sender"] == "0999999"
    assert "may not speak for this place" in relief("quarantine", "list", "--lang", "en", *kept)
    number = str(waiting["number"])
    said = ("--by", "王磊", "--because", "电话核实", *kept, "--lang", "zh")
    assert f"报文 {number} 已放行" in relief("quarantine", "release", number, *said)
    assert "王磊: 电话核实" in relief("quarantine", "list", "--settled", *kept, "--lang", "zh")
    (track,) = records(relief("tracks", "--at", "2016-07-06T09:00", "--json", *kept))
    assert (track["card"], track["owner"], track["is_silent"]) == (CARD, "七里坪镇", True)
    assert "silent for 60 minutes" in relief(
        "tracks", "--at", "2016-07-06T09:00", "--lang", "en", *kept
    )
    relief("send", "order", CARD, "--depot", "421100-01", "--unit", "421122101",
           "--due", "2016-07-06T20:00", "--line", "quilt:800", *kept)  # fmt: skip
    relief("send", "receipt", CARD, "--order", "3", "--unit", "421122101",
           "--line", "quilt:790:6:4", *kept)  # fmt: skip
    relief("send", "position", CARD, "--point", "114.3,30.6", "--state", "arrived", *kept)
    relief("send", "report", CARD, "--unit", "421122101", "--count", "dead=1", *kept)
    relief("send", "report", CARD, "--unit", "421122101", "--count", "dead=3",
           "--changes-of", "3", "--confidence", "80", *kept)  # fmt: skip
    letters = records(relief("outbox", "list", "--json", *kept))
    assert [(each["kind"], each["sequence"]) for each in letters] == [
        ("order", 0), ("receipt", 1), ("position", 2), ("report", 3), ("change", 4),
    ]  # fmt: skip
    relief("outbox", "cancel", "1", *kept)
    assert "cancelled" in relief("outbox", "list", "--all", *kept, "--lang", "en")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("listen",), "There is nothing to listen to"),
        (("listen", "--tcp", "host"), "This is no host and port"),
        (("listen", "--file", "nowhere"), "The file cannot be read: No such file"),
        (("decode", "nowhere"), "The file cannot be read: No such file"),
        (("cards", "add", "x", "--owner", "", "--scope", "4"), "(?s)card number.*Whose.*no code"),
        (("send", "position", "1", "--point", "200,0"), "no such point"),
        (("send", "position", "1", "--point", "0,0", "--state", "lost"), "none of the choices"),
        (("send", "report", "1", "--unit", "421122", "--count", "x=1"), "no count of an indicator"),
        (("send", "report", "x", "--unit", "421122", "--count", "dead=1"), "not a card number"),
        (
            ("send", "report", "1", "--unit", "421122", "--count", "dead=1", "--changes-of", "5"),
            "No whole report",
        ),
        (
            ("send", "order", "1", "--depot", "421100-01", "--unit", "421122", "--due",
             "2016-07-06", "--line", "quilt"),
            "no line of goods",
        ),
        (("outbox", "cancel", "5"), "waits in the outbox"),
        (("quarantine", "dismiss", "5", "--by", "x", "--because", "y"), "in quarantine"),
        (("tracks", "--route", "nowhere"), "The file cannot be read"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_words(
    arguments: tuple[str, ...], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match=reason):
        relief(*arguments)


def test_a_route_is_read_from_geojson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = {"type": "LineString", "coordinates": [[114, 30], [114, 31, 5]]}
    features = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": line}]}
    Path("r.json").write_text(json.dumps(features))
    assert relief("tracks", "--route", "r.json", "--json") == ""
    for bad in ("{}", "[", '{"type": "LineString", "coordinates": [[1, 2]]}'):
        Path("r.json").write_text(bad)
        with pytest.raises(InvalidInput, match="no line of at least two points"):
            relief("tracks", "--route", "r.json")


def test_decode_shows_every_field(tmp_path: Path) -> None:
    capture = tmp_path / "c.bds"
    text = ascii_frame("BDTXR", f"1,{CARD},0,,红安县七里坪镇受灾3200人".encode("gbk"))
    capture.write_bytes(captured(sentence(REPORT), AT) + b"boot\n" + captured(text, AT))
    report, noise, plain = records(relief("decode", str(capture), "--json"))
    code = report["code"]
    assert isinstance(code, dict)
    assert (code["unit_code"], code["counts"]) == ("421122101", {"affected": 3200, "dead": 0})
    assert noise["noise_hex"] == "62 6f 6f 74"
    said = plain["seems_to_say"]
    assert isinstance(said, dict)
    assert said["place_zh"] == "红安县七里坪镇"
    shown = relief("decode", str(capture), "--lang", "en")
    assert "2 sentences read, 0 refused, 1 pieces of noise." in shown
    raw = tmp_path / "raw"
    raw.write_bytes(b"xx" + sentence(REPORT) + b"\r\n$ICJC\x00\x0c\x00\x00\x00\x00\x2b")
    named = [each.get("name") for each in records(relief("decode", str(raw), "--raw", "--json"))]
    assert named == [None, "BDTXR", None, "ICJC"]
