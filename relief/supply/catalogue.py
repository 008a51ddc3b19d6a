"""The tables of items, kits and substitutes in a network folder."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from relief.errors import InvalidInput
from relief.items import Catalogue, Confidence, Item, Kit, KitPart, Priority, Substitute
from relief.sentences import say
from relief.supply.reading import FolderReading, small_code
from relief.supply.records import Record, refuse_repeated
from relief.units import CM3_PER_M3, FEN_PER_YUAN, GRAMS_PER_KG

PRIORITIES: Mapping[str, Priority] = {priority.name.lower(): priority for priority in Priority}
CONFIDENCES: Mapping[str, Confidence] = {confidence.value: confidence for confidence in Confidence}

ITEM_COLUMNS = (
    "code",
    "name_zh",
    "name_en",
    "unit_zh",
    "unit_en",
    "mass_kg",
    "volume_m3",
    "pack_pieces",
    "shelf_life_months",
    "price_yuan",
    "priority",
    "confidence",
    "evidence",
    "source",
)
KIT_COLUMNS = ("code", "name_zh", "name_en", "item_code", "pieces", "evidence", "source")
SUBSTITUTE_COLUMNS = (
    "item_code",
    "stands_for_code",
    "pieces_per_piece",
    "worth_share",
    "evidence",
    "source",
)

_MILLI = 1_000


def read_items(reading: FolderReading) -> tuple[Item, ...]:
    """Read ``items.csv``."""
    records = reading.records("items.csv", ITEM_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    items = []
    for record in records:
        code = small_code(record, "code")
        _, source = reading.sourced(record, code)
        item = Item(
            code=code,
            name_zh=record.text("name_zh"),
            name_en=record.text("name_en"),
            unit_zh=record.text("unit_zh"),
            unit_en=record.text("unit_en"),
            mass_g=record.scaled("mass_kg", GRAMS_PER_KG, least=Decimal("0.001")),
            volume_cm3=record.scaled("volume_m3", CM3_PER_M3, least=Decimal("0.000001")),
            pack_pieces=record.whole("pack_pieces", least=1),
            shelf_life_months=None
            if record.is_blank("shelf_life_months")
            else record.whole("shelf_life_months", least=1),
            price_fen=record.scaled("price_yuan", FEN_PER_YUAN),
            priority=record.choice("priority", PRIORITIES),
            source=source,
            confidence=record.choice("confidence", CONFIDENCES),
        )
        items.append(item)
    return tuple(items)


def items_of(folder: Path) -> tuple[Item, ...]:
    """Return the items of a folder whose other tables are not looked at.

    Raises
    ------
    InvalidInput
        With every fault of ``items.csv``.
    """
    reading = FolderReading(
        folder=folder, as_of=date.min, stated_keys=None, faults=[], provenance=[], torn=[]
    )
    items = read_items(reading)
    if reading.faults:
        raise InvalidInput(*reading.faults)
    return items


def read_catalogue(reading: FolderReading, items: tuple[Item, ...]) -> Catalogue:
    """Read ``kits.csv`` and ``substitutes.csv`` and join them with the items."""
    codes = reading.codes_in("items.csv", (item.code for item in items))
    return Catalogue(
        items=items, kits=_read_kits(reading, codes), substitutes=_read_substitutes(reading, codes)
    )


def _read_kits(reading: FolderReading, item_codes: Collection[str] | None) -> tuple[Kit, ...]:
    """Read ``kits.csv``, in which each line is one part of a kit."""
    records = reading.records("kits.csv", KIT_COLUMNS)
    refuse_repeated(
        records, "item_code", lambda record: (record.cells["code"], record.cells["item_code"])
    )
    kits: dict[str, Kit] = {}
    for record in records:
        code = small_code(record, "code")
        reading.sourced(record, f"{code} {record.cells['item_code']}")
        part = KitPart(
            item_code=record.known("item_code", item_codes, "items.csv"),
            pieces=record.whole("pieces", least=1),
        )
        name_zh, name_en = record.text("name_zh"), record.text("name_en")
        earlier = kits.get(code)
        if earlier is not None and (earlier.name_zh, earlier.name_en) != (name_zh, name_en):
            record.refuse(
                "name_en",
                say("The lines of one kit give it different names."),
                allowed=f"{earlier.name_zh}, {earlier.name_en}",
            )
        kits[code] = Kit(
            code=code,
            name_zh=name_zh,
            name_en=name_en,
            parts=(*(earlier.parts if earlier else ()), part),
        )
    return tuple(kits.values())


def _read_substitutes(
    reading: FolderReading, item_codes: Collection[str] | None
) -> tuple[Substitute, ...]:
    """Read ``substitutes.csv``."""
    records = reading.records("substitutes.csv", SUBSTITUTE_COLUMNS)

    def key(record: Record) -> tuple[str, ...]:
        return record.cells["item_code"], record.cells["stands_for_code"]

    refuse_repeated(records, "item_code", key)
    substitutes = []
    for record in records:
        reading.sourced(record, " for ".join(key(record)))
        substitute = Substitute(
            item_code=record.known("item_code", item_codes, "items.csv"),
            stands_for_code=record.known("stands_for_code", item_codes, "items.csv"),
            pieces_per_piece_milli=record.scaled(
                "pieces_per_piece", _MILLI, least=Decimal("0.001")
            ),
            worth_share=record.scaled("worth_share", _MILLI, least=Decimal("0.001"), most=1)
            / _MILLI,
        )
        if substitute.item_code == substitute.stands_for_code:
            record.refuse("stands_for_code", say("An item does not stand in for itself."))
        substitutes.append(substitute)
    return tuple(substitutes)
