"""How fast BeiDou streams are read, and whether ten million damaged bytes do any harm.

Run with ``python -m benchmarks.beidou [--fuzz-bytes 10000000] [--seed 1]`` from the root of the
repository. One core is used.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from relief.beidou.frames import Frame
from relief.beidou.intake import read_reports
from relief.beidou.messages import read_message
from relief.beidou.refusals import RefusedSentence
from relief.beidou.sending import captured, report_sentence
from relief.beidou.stream import StreamSplitter
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from tests.relief.beidou.sample_sentences import VALID

CHUNK_BYTES = 4_096
NUM_SENTENCES = 60_000
REQUIRED_PER_S = 20_000
AT = datetime(2016, 7, 6, tzinfo=UTC)
FIRST = DamageReport(
    sender_card="0312194",
    sequence=0,
    source=ReportSource.COUNTY,
    stage=ReportStage.FIRST,
    unit_code="421122",
    observed_at=AT,
    received_at=AT,
    counts=tuple((each, 12_345) for each in Indicator),
)


def rate(name: str, num_sentences: int, work: Callable[[], object]) -> float:
    """Run `work` and print sentences a second."""
    start = time.perf_counter()
    work()
    elapsed_s = time.perf_counter() - start
    per_s = num_sentences / elapsed_s
    print(f"{name:<58} {per_s:>10,.0f} sentences/s")
    return per_s


def read_stream(stream: bytes, *, with_fields: bool) -> dict[int, bytes]:
    """Feed a stream in chunks; return the frames under their offsets."""
    splitter = StreamSplitter()
    frames: dict[int, bytes] = {}
    num_bytes = 0
    for at in range(0, len(stream) + CHUNK_BYTES, CHUNK_BYTES):
        chunk = stream[at : at + CHUNK_BYTES]
        for piece in splitter.feed(chunk) if chunk else splitter.close():
            num_bytes += len(piece.raw)
            if isinstance(piece, Frame):
                frames[piece.offset] = piece.raw
                if with_fields:
                    try:
                        read_message(piece)
                    except RefusedSentence:
                        continue
    assert num_bytes == len(stream), "bytes were lost"
    return frames


def fuzz(num_bytes: int, seed: int) -> int:
    """Damage one byte in a hundred of samples, read them; return how many whole ones were lost."""
    random = np.random.default_rng(seed)
    order = random.integers(len(VALID), size=num_bytes // 50)
    octets = np.frombuffer(
        b"\r\n".join(VALID[each].raw for each in order)[:num_bytes], dtype=np.uint8
    )
    hit = random.random(octets.size) < 0.01
    damaged = np.where(hit, random.integers(256, size=octets.size), octets).astype(np.uint8)
    start = time.perf_counter()
    frames = read_stream(damaged.tobytes(), with_fields=True)
    elapsed_s = time.perf_counter() - start
    num_whole = num_lost = at = 0
    for each in order:
        raw = VALID[each].raw
        if at + len(raw) > octets.size:
            break
        if not hit[at : at + len(raw)].any():
            num_whole += 1
            num_lost += frames.get(at) != raw
        at += len(raw) + 2
    print(
        f"fuzz: {octets.size:,} bytes, {int(hit.sum()):,} hit; of {num_whole:,} sentences left "
        f"whole {num_lost} lost; no exception, every byte in one piece; {elapsed_s:.1f} s"
    )
    return num_lost


def main(arguments: list[str]) -> int:
    """Print the rates and the result of the fuzzing; 1 if it is too slow or loses a sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fuzz-bytes", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    mix = [VALID[each % len(VALID)].raw for each in range(NUM_SENTENCES)]
    stream = b"\r\n".join(mix)
    rate(
        "framing, all sample sentences in turn",
        NUM_SENTENCES,
        lambda: read_stream(stream, with_fields=False),
    )
    per_s = rate(
        "framing and every field, all sample sentences in turn",
        NUM_SENTENCES,
        lambda: read_stream(stream, with_fields=True),
    )
    capture = b"".join(
        captured(
            report_sentence(
                replace(FIRST, sequence=each, observed_at=AT - timedelta(seconds=each))
            ),
            AT,
        )
        for each in range(NUM_SENTENCES // 3)
    )
    rate(
        "capture to full reports of 17 counts",
        NUM_SENTENCES // 3,
        lambda: read_reports(capture, received_at=AT),
    )
    num_lost = fuzz(options.fuzz_bytes, options.seed)
    return 0 if per_s >= REQUIRED_PER_S and num_lost == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
