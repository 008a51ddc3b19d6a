"""The table of pots in a network folder, which may lack it."""

from relief.sentences import say
from relief.supply.money import PPM, Pot
from relief.supply.reading import FolderReading, small_code
from relief.supply.records import refuse_repeated
from relief.units import FEN_PER_YUAN

POTS = "pots.csv"
POT_COLUMNS = ("code", "name_zh", "name_en", "most_yuan", "share", "evidence", "source")


def read_pots(reading: FolderReading) -> tuple[Pot, ...]:
    """Read ``pots.csv``; a folder without it sets money no limit."""
    if not (reading.folder / POTS).exists():
        return ()
    records = reading.records(POTS, POT_COLUMNS)
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
    return tuple(pots)
