"""The table of pots in a network folder, which may lack it."""

from collections.abc import Sequence
from types import MappingProxyType

from relief.places import STORE_TIERS, Tier
from relief.sentences import Sentence, say
from relief.supply.money import PPM, Pot, transport_tiers
from relief.supply.reading import FolderReading, small_code
from relief.supply.records import Record, refuse_repeated
from relief.units import FEN_PER_YUAN

POTS = "pots.csv"
POT_COLUMNS = ("code", "name_zh", "name_en", "most_yuan", "share", "evidence", "source")

TRANSPORT_COLUMNS = MappingProxyType(
    {tier: f"transport_{tier.name.lower()}" for tier in (*STORE_TIERS, Tier.SUPPLIER)}
)
"""Shares of the transport of each tier's vehicles; any may be missing."""


def read_pots(reading: FolderReading) -> tuple[Pot, ...]:
    """Read ``pots.csv``; a folder without it sets money no limit."""
    if not (reading.folder / POTS).exists():
        return ()
    records = reading.records(POTS, POT_COLUMNS, optional=tuple(TRANSPORT_COLUMNS.values()))
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    pots = []
    for record in records:
        code = small_code(record, "code")
        evidence, source = reading.sourced(record, code)
        pots.append(
            Pot(
                code=code,
                name_zh=record.text("name_zh"),
                name_en=record.text("name_en"),
                most_fen=record.scaled("most_yuan", FEN_PER_YUAN),
                share_ppm=record.scaled("share", PPM, most=1),
                evidence=evidence,
                source=source,
                transport_shares_ppm=tuple(
                    (tier, record.scaled(column, PPM, most=1))
                    for tier, column in TRANSPORT_COLUMNS.items()
                    if not record.is_blank(column)
                ),
            )
        )
    _check_sum(records, "share", [pot.share_ppm for pot in pots], _NO_WHOLE)
    for tier in transport_tiers(pots):
        shares = [dict(pot.transport_shares_ppm).get(tier, 0) for pot in pots]
        _check_sum(records, TRANSPORT_COLUMNS[tier], shares, _NO_WHOLE_OF_TIER)
    return tuple(pots)


_NO_WHOLE = say("The shares of the pots do not sum to one.")
_NO_WHOLE_OF_TIER = say("The shares of a tier's transport do not sum to one, or one is negative.")


def _check_sum(
    records: Sequence[Record], column: str, shares_ppm: Sequence[int], what: Sentence
) -> None:
    """Refuse the last line if the shares, each readable by itself, make no whole."""
    wheres = {record.where for record in records}
    is_read = all(
        fault.where not in wheres or fault.field != column
        for record in records[:1]
        for fault in record.faults
    )
    if records and is_read and sum(shares_ppm) != PPM:
        records[-1].refuse(
            column,
            what,
            allowed=f"together 1, not {sum(shares_ppm) / PPM:g}",
            remedy=say("Correct the shares: each cost must be paid in full, and once."),
        )
