"""What a network folder says about itself: name, datum, date, rules and sources."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from relief.errors import Fault
from relief.places import Evidence
from relief.sentences import Sentence, say

FILE_NAME = "network.toml"

_KEYS = ("name_zh", "name_en", "datum", "as_of", "notes", "rules", "sources")


class Datum(StrEnum):
    """The datum in which a folder's points are written."""

    CGCS2000 = "CGCS2000"
    """EPSG:4490, the datum of the program."""
    WGS84 = "WGS84"
    """Taken as equal to CGCS2000, from which it differs by less than a metre."""
    GCJ02 = "GCJ-02"
    """The shifted datum of Chinese street maps, some 550 m off; converted once when declared."""


_DATUM_NAMES = {
    "CGCS2000": Datum.CGCS2000,
    "EPSG:4490": Datum.CGCS2000,
    "WGS84": Datum.WGS84,
    "EPSG:4326": Datum.WGS84,
    "GCJ-02": Datum.GCJ02,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedSource:
    """A source or a rule that records refer to by its key.

    Parameters
    ----------
    key
        The word before the colon, ``source`` or ``rule``, and the name after it.
    evidence
        Published for a source, modelled for a rule.
    text
        The source's title, address and date, or the rule in full.
    """

    key: str
    evidence: Evidence
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The content of ``network.toml``.

    Parameters
    ----------
    name_zh, name_en
        What the network is called.
    datum
        The datum of its points.
    as_of_on
        The date of its newest facts.
    notes
        What a reader of any result must know.
    sources
        The sources and rules to which records refer.
    """

    name_zh: str
    name_en: str
    datum: Datum
    as_of_on: date
    notes: tuple[str, ...]
    sources: tuple[StatedSource, ...]


def read_declaration(folder: Path, faults: list[Fault]) -> Declaration | None:
    """Read ``network.toml``; None when a fault was added that leaves it unusable.

    Parameters
    ----------
    folder
        The network folder.
    faults
        The list to which faults are added.
    """
    try:
        content = tomllib.loads((folder / FILE_NAME).read_bytes().decode("utf-8-sig"))
    except OSError:
        faults.append(
            Fault(
                where=FILE_NAME,
                what=say("The file is missing or cannot be opened."),
                remedy=say("Copy it from the network folder that comes with the program."),
            )
        )
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(
            Fault(
                where=FILE_NAME,
                value=str(error),
                what=say("Not readable as TOML."),
                allowed="TOML 1.0 in UTF-8",
                remedy=say("Correct the line that is named."),
            )
        )
        return None
    num_faults = len(faults)
    for key in sorted(set(content) - set(_KEYS)):
        _refuse(faults, key, "", say("Unknown key."), ", ".join(_KEYS))
    declaration = Declaration(
        name_zh=_text(content, "name_zh", faults),
        name_en=_text(content, "name_en", faults),
        datum=_datum(content, faults),
        as_of_on=_day(content, "as_of", faults),
        notes=_notes(content, faults),
        sources=(
            *_sources(content, "sources", Evidence.PUBLISHED, faults),
            *_sources(content, "rules", Evidence.MODELLED, faults),
        ),
    )
    return declaration if len(faults) == num_faults else None


def _refuse(faults: list[Fault], field: str, value: str, what: Sentence, allowed: str) -> None:
    faults.append(
        Fault(
            where=FILE_NAME,
            field=field,
            value=value,
            what=what,
            allowed=allowed,
            remedy=say("Correct the entry."),
        )
    )


def _text(content: Mapping[str, object], key: str, faults: list[Fault]) -> str:
    value = content.get(key)
    if isinstance(value, str) and value.strip():
        return value.strip()
    _refuse(faults, key, str(value or ""), say("The entry is missing or no text."), "some text")
    return ""


def _datum(content: Mapping[str, object], faults: list[Fault]) -> Datum:
    value = content.get("datum")
    known = {_letters(name): datum for name, datum in _DATUM_NAMES.items()}
    if isinstance(value, str) and _letters(value) in known:
        return known[_letters(value)]
    faults.append(
        Fault(
            where=FILE_NAME,
            field="datum",
            value=str(value or ""),
            what=say("The datum of the points is not declared, or not known."),
            allowed=", ".join(Datum),
            remedy=say(
                "Write the datum of your source: field receivers give CGCS2000 or WGS84, "
                "Chinese street maps and geocoders give GCJ-02."
            ),
        )
    )
    return Datum.CGCS2000


def _letters(text: str) -> str:
    """Return letters and digits only, so that WGS-84 and wgs84 are the same."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _day(content: Mapping[str, object], key: str, faults: list[Fault]) -> date:
    value = content.get(key)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    _refuse(faults, key, str(value or ""), say("Not a date."), "YYYY-MM-DD, without quotes")
    return date.min


def _notes(content: Mapping[str, object], faults: list[Fault]) -> tuple[str, ...]:
    value = content.get("notes", [])
    if isinstance(value, list) and all(isinstance(note, str) for note in value):
        return tuple(str(note) for note in value)
    _refuse(faults, "notes", str(value), say("Not a list of texts."), '["...", "..."]')
    return ()


def _sources(
    content: Mapping[str, object], table: str, evidence: Evidence, faults: list[Fault]
) -> tuple[StatedSource, ...]:
    entries = content.get(table, {})
    if not isinstance(entries, dict):
        _refuse(faults, table, str(entries), say("Not a table of texts."), f"[{table}]")
        return ()
    stated = []
    for name, text in entries.items():
        if isinstance(text, str) and text.strip():
            key = f"{table.removesuffix('s')}:{name}"
            stated.append(StatedSource(key=key, evidence=evidence, text=text.strip()))
        else:
            _refuse(
                faults,
                f"{table}.{name}",
                str(text),
                say("The entry is missing or no text."),
                "some text",
            )
    return tuple(stated)
