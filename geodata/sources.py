"""Where each shipped table comes from, and the only way to open one."""

import csv
import gzip
import hashlib
import io
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from relief.errors import Fault, InvalidInput
from relief.sentences import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A shipped table and its origin.

    Parameters
    ----------
    file
        The file's name in ``geodata/data``.
    holds
        What is in it.
    origin
        Where its figures come from, part by part.
    vintage
        Of which time they are.
    licence
        Under which terms they are shared.
    attribution
        The words to print wherever the table is shown; empty where none are asked for.
    datum
        The reference system of its points; empty where it holds none.
    sha256
        The checksum of the file.
    """

    file: str
    holds: str
    origin: str
    vintage: str
    licence: str
    attribution: str
    datum: str
    sha256: str


def data_file(name: str) -> Traversable:
    """Return a file of ``geodata/data``."""
    return files("geodata") / "data" / name


@lru_cache(maxsize=1)
def load_sources() -> tuple[Source, ...]:
    """Return the origin of every shipped table."""
    document = tomllib.loads(data_file("sources.toml").read_text(encoding="utf-8"))
    return tuple(Source(**entry) for entry in document["source"])


def attributions() -> tuple[str, ...]:
    """Return the words that maps and tables made from the shipped data must carry, each once."""
    return tuple(dict.fromkeys(s.attribution for s in load_sources() if s.attribution))


def verify_sources() -> None:
    """Compare every shipped table with its recorded checksum.

    Raises
    ------
    InvalidInput
        If files were changed; each is named with both checksums.
    """
    faults = []
    for source in load_sources():
        found = hashlib.sha256(data_file(source.file).read_bytes()).hexdigest()
        if found != source.sha256:
            faults.append(
                Fault(
                    where=f"geodata/data/{source.file}",
                    field="sha256",
                    value=found,
                    what=say("The table is not the one whose origin is recorded."),
                    allowed=source.sha256,
                    remedy=say("Restore the file, or record its origin and checksum anew."),
                )
            )
    if faults:
        raise InvalidInput(*faults)


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped CSV table, gzip-compressed or not."""
    content = data_file(name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
