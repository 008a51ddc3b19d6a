"""The table of pots in a network folder, which may lack it."""

from types import MappingProxyType

from relief.places import STORE_TIERS, Tier
from relief.sentences import say
from relief.supply.money import PPM, Pot, transport_tiers
from relief.supply.reading import FolderReading, small_code
from relief.supply.records import refuse_repeated
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
    total_ppm = sum(pot.share_ppm for pot in pots)
    if records and all(record.is_sound for record in records) and total_ppm != PPM:
        records[-1].refuse(
            "share",
            say("The shares of the pots do not sum to one."),
            allowed=f"together 1, not {total_ppm / PPM:g}",
            remedy=say("Correct the shares: each cost must be paid in full, and once."),
        )
    if records and all(record.is_sound for record in records):
        for tier in transport_tiers(pots):
            sum_ppm = sum(dict(pot.transport_shares_ppm).get(tier, 0) for pot in pots)
            if sum_ppm != PPM:
                records[-1].refuse(
                    TRANSPORT_COLUMNS[tier],
                    say("The shares of a tier's transport do not sum to one, or one is negative."),
                    allowed=f"together 1, not {sum_ppm / PPM:g}",
                    remedy=say("Correct the shares: each cost must be paid in full, and once."),
                )
    return tuple(pots)
