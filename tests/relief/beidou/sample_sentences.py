"""The sentences of samples.txt: seen in public code and manuals, none made for this project."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    binary: bool
    valid: bool
    raw: bytes


def samples() -> list[Sample]:
    rows = [
        line.split("\t")
        for line in Path(__file__).with_name("samples.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    return [
        Sample(
            binary=kind == "binary",
            valid=checksum == "valid",
            raw=bytes.fromhex(text) if kind == "binary" else text.encode("latin-1"),
        )
        for kind, checksum, text in rows
    ]


VALID = [sample for sample in samples() if sample.valid]
INVALID = [sample for sample in samples() if not sample.valid]
