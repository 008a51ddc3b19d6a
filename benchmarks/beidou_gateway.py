"""Whether the gateway loses anything when it is killed, and how fast it takes messages in.

A feeder plays a terminal behind a device server: it sends reports over TCP to a real
``relief beidou listen``, which is killed (SIGKILL) at random moments and started again. What the
gateway said to be on the disk must be there, and every report must be taken exactly once.

Run with ``python -m benchmarks.beidou_gateway [--messages 100000] [--kills 200] [--seed 1]`` from
the root of the repository.
"""

import argparse
import json
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relief.beidou.line_reading import ChunkKind
from relief.beidou.register import Card
from relief.beidou.sending import report_sentence
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.store.beidou_cards import BeidouCardStore
from relief.store.journal import read_journal
from relief.store.session import open_database

AT = datetime(2016, 7, 6, tzinfo=UTC)
NUM_CARDS = 40
SEND_BYTES = 2_048
REPORT = DamageReport(
    sender_card="0312000",
    sequence=0,
    source=ReportSource.TOWNSHIP,
    stage=ReportStage.FIRST,
    unit_code="421122101",
    observed_at=AT,
    received_at=AT,
    counts=((Indicator.AFFECTED, 3200), (Indicator.DEAD, 0), (Indicator.TRANSFERRED, 450)),
    blocked_roads=("G106",),
)


@dataclass(slots=True)
class _Connection:
    """What one connection was sent, and how many bytes of it the gateway said to be kept."""

    first: int
    sent: bytearray = field(default_factory=bytearray)
    num_kept: int = 0


class Feeder:
    """Sends messages to whoever connects, after a kill again from the last acknowledged byte."""

    def __init__(self, stream: bytes, pace_bytes_s: float) -> None:
        self.stream = stream
        self.connections: list[_Connection] = []
        self._pace_bytes_s = pace_bytes_s
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def num_safe(self) -> int:
        """Bytes of the stream that are known to be kept."""
        return max((each.first + each.num_kept for each in self.connections), default=0)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed
            with connection:
                self._pour(connection)

    def close(self) -> None:
        """Listen no longer."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _pour(self, connection: socket.socket) -> None:
        # A terminal would send again from the beginning of the message that was not acknowledged.
        begin = self.stream.rfind(b"\n", 0, self.num_safe) + 1
        current = _Connection(first=begin)
        self.connections.append(current)
        at = begin
        try:
            while at < len(self.stream):
                part = self.stream[at : at + SEND_BYTES]
                current.sent += part
                connection.sendall(part)
                at += len(part)
                time.sleep(len(part) / self._pace_bytes_s)
            while connection.recv(4_096):
                pass
        except OSError:
            return


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    """Start a gateway."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [
            sys.executable, "-c", "from api.cli import main; main()", "beidou", "listen",
            "--tcp", f"127.0.0.1:{port}", "--database", str(folder / "r.sqlite3"),
            "--no-answer", "--json",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def follow(process: subprocess.Popen[str], feeder: Feeder, number: int) -> None:
    """Note what a gateway says until it ends; its first connection has a number."""
    assert process.stdout is not None
    current: _Connection | None = None
    for line in process.stdout:
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            return  # cut off by the kill
        if record.get("state") == "open":
            while len(feeder.connections) <= number:
                time.sleep(0.01)  # it is connected before the feeder knows
            current = feeder.connections[number]
            number += 1
        if "kept_bytes" in record and current is not None:
            current.num_kept = record["kept_bytes"]


def run(num_messages: int, num_kills: int, seed: int, pace_bytes_s: float, folder: Path) -> bool:
    """Feed, kill, check; return whether nothing was lost or doubled."""
    dice = random.Random(seed)  # noqa: S311 - no secrets
    cards = [f"0312{each:03d}" for each in range(NUM_CARDS)]
    reports = [
        replace(
            REPORT,
            sender_card=cards[each % NUM_CARDS],
            sequence=each // NUM_CARDS % 65_536,
            observed_at=AT + timedelta(seconds=each // NUM_CARDS),
        )
        for each in range(num_messages)
    ]
    stream = b"".join(report_sentence(report) + b"\r\n" for report in reports)
    database = open_database(str(folder / "r.sqlite3"))
    BeidouCardStore(database=database).keep(
        Card(number=card, owner="benchmark", scope="421122") for card in cards
    )
    feeder = Feeder(stream, pace_bytes_s)
    num_done = 0
    began = time.perf_counter()
    while feeder.num_safe < len(stream) or num_done < num_kills:
        process = start(folder, feeder.port)
        num_before = len(feeder.connections)
        follower = threading.Thread(target=follow, args=(process, feeder, num_before))
        follower.start()
        while len(feeder.connections) == num_before and process.poll() is None:
            time.sleep(0.01)
        if num_done < num_kills:
            time.sleep(dice.uniform(0.0, 1.0))
            process.kill()
            num_done += 1
        else:
            while feeder.num_safe < len(stream) and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
        process.wait()
        follower.join()
        if process.stdout is not None:
            process.stdout.close()
        if num_done and num_done % 20 == 0:
            print(
                f"{num_done} kills, {feeder.num_safe:,} of {len(stream):,} bytes safe", flush=True
            )
    elapsed_s = time.perf_counter() - began
    database.close()
    feeder.close()
    return check(folder, feeder, num_messages, num_done, elapsed_s)


def check(
    folder: Path, feeder: Feeder, num_messages: int, num_kills: int, elapsed_s: float
) -> bool:
    """Compare the journal with what was acknowledged, and the reports with what was sent."""
    kept: list[bytearray] = []
    for chunk in read_journal(folder / "r.sqlite3.journal"):
        if chunk.kind is ChunkKind.OPENED:
            kept.append(bytearray())
        elif chunk.kind is ChunkKind.BYTES:
            kept[-1] += chunk.octets
    acknowledged = [each for each in feeder.connections if each.num_kept]
    # Connections of which nothing came to the disk may be missing in the journal.
    num_lost = 0
    left = kept[:]
    for each in acknowledged:
        promised = bytes(each.sent[: each.num_kept])
        place = next((n for n, octets in enumerate(left) if octets.startswith(promised)), None)
        num_lost += each.num_kept if place is None or len(promised) < each.num_kept else 0
        left = left if place is None else left[place + 1 :]
    with sqlite3.connect(folder / "r.sqlite3") as connection:
        rows = connection.execute("SELECT sender_card, sequence FROM reports").fetchall()
        states = dict(
            connection.execute("SELECT state, count(*) FROM beidou_messages GROUP BY state")
        )
    connection.close()
    times: defaultdict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        times[row] += 1
    num_double = sum(num > 1 for num in times.values())
    num_missing = num_messages - len(times)
    num_acknowledged = sum(each.num_kept for each in acknowledged)
    print(
        f"{num_messages:,} messages, {num_kills} kills in {elapsed_s:.0f} s: "
        f"{num_acknowledged:,} bytes acknowledged over {len(acknowledged)} connections, "
        f"{num_lost} of them lost; {len(rows):,} reports, {num_missing} missing, "
        f"{num_double} doubled; messages by state: {states}"
    )
    return num_lost == num_double == num_missing == 0


def main(arguments: list[str]) -> int:
    """Print the result; 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes-per-s", type=float, default=100_000.0)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="relief-gateway-"))
    try:
        is_good = run(options.messages, options.kills, options.seed, options.bytes_per_s, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
