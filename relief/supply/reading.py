"""A network folder while it is being read: what is known so far, and what is wrong."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from relief.errors import Fault
from relief.places import Evidence
from relief.sentences import say
from relief.supply.records import Record, read_records

EVIDENCES: Mapping[str, Evidence] = {evidence.value: evidence for evidence in Evidence}
_CODE = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where one record of the folder comes from.

    Parameters
    ----------
    where
        File and line.
    code
        The record's code or key.
    evidence, source
        As written; `source` may hold several keys or texts divided by semicolons, each key with
        a note in brackets behind it.
    """

    where: str
    code: str
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FolderReading:
    """A folder while it is being read: what is known so far, and what is wrong.

    Parameters
    ----------
    folder
        The network folder.
    as_of
        The day from which remaining life is counted.
    stated_keys
        Keys of the stated sources and rules; None when they could not be read.
    faults, provenance
        Gathered over all tables.
    torn
        Names of the tables that could not be read whole.
    """

    folder: Path
    as_of: date
    stated_keys: Collection[str] | None
    faults: list[Fault]
    provenance: list[Provenance]
    torn: list[str]

    def records(
        self, file_name: str, columns: Sequence[str], optional: Sequence[str] = ()
    ) -> list[Record]:
        """Read one table of the folder."""
        records, is_whole = read_records(
            self.folder, file_name, columns=columns, optional=optional, faults=self.faults
        )
        if not is_whole:
            self.torn.append(file_name)
        return records

    def codes_in(self, file_name: str, codes: Iterable[str]) -> frozenset[str] | None:
        """Return the codes of a table for looking up, None if it could not be read whole."""
        return None if file_name in self.torn else frozenset(codes)

    def sourced(self, record: Record, code: str) -> tuple[Evidence, str]:
        """Return and keep evidence and source of a record, checking the keys it names."""
        evidence = record.choice("evidence", EVIDENCES)
        source = record.text("source")
        keys = [key_of(part) for part in source.split(";")]
        for key in keys:
            if not key.startswith(("source:", "rule:")):
                continue
            if self.stated_keys is not None and key not in self.stated_keys:
                record.refuse(
                    "source",
                    say("network.toml states no {key}.", key=key),
                    allowed="source:NAME, rule:NAME, or free text",
                    remedy=say("Add it to network.toml or correct the key."),
                )
        if evidence is Evidence.PUBLISHED and all(key.startswith("rule:") for key in keys):
            record.refuse(
                "source",
                say("Marked as published, but only rules are named."),
                allowed="a source beside the rules",
                remedy=say("Name the publication or mark the record as modelled."),
            )
        self.provenance.append(
            Provenance(where=record.where, code=code, evidence=evidence, source=source)
        )
        return evidence, source


def is_small_code(text: str) -> bool:
    """Return whether a text is a code of small letters, digits, points and hyphens."""
    return _CODE.fullmatch(text) is not None


def small_code(record: Record, field: str) -> str:
    """Return a code of small letters, digits, points and hyphens."""
    code = record.text(field)
    if code and not is_small_code(code):
        record.refuse(
            field, say("Not a code."), allowed="small letters, digits, points and hyphens"
        )
    return code


def key_of(part: str) -> str:
    """Return one part of a source without the note in brackets behind it.

    Examples
    --------
    >>> key_of(" source:eic (HSHEBLAN01)")
    'source:eic'
    """
    return part.partition(" (")[0].strip() if ":" in part else part.strip()
