"""The tables of items, kits and substitutes in a network folder."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from relief.errors import InvalidInput
from relief.items import Catalogue, Confidence, Item, Kit, KitPart, Priority, Substitute
from relief.sentences import say
from relief.supply.apart import GROUPS_DIVIDED_BY, read_apart
from relief.supply.reading import FolderReading, is_small_code, small_code
from relief.supply.records import YES_NO, Record, refuse_repeated
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
ITEM_OPTIONAL_COLUMNS = ("least_life_days", "cargo_groups", "needs_cooling")
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
_MOST_LIFE_DAYS = 3_650


def read_items(reading: FolderReading) -> tuple[Item, ...]:
    """Read ``items.csv``."""
    records = reading.records("items.csv", ITEM_COLUMNS, optional=ITEM_OPTIONAL_COLUMNS)
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
            least_life_days=0
            if record.is_blank("least_life_days")
            else record.whole("least_life_days", most=_MOST_LIFE_DAYS),
            cargo_groups=_cargo_groups(record),
            needs_cooling=not record.is_blank("needs_cooling")
            and record.choice("needs_cooling", YES_NO),
        )
        items.append(item)
    return tuple(items)


def _cargo_groups(record: Record) -> tuple[str, ...]:
    """Return the groups of a cell, divided by semicolons."""
    if record.is_blank("cargo_groups"):
        return ()
    groups = [group.strip() for group in record.cells["cargo_groups"].split(GROUPS_DIVIDED_BY)]
    if not all(is_small_code(group) for group in groups) or len(set(groups)) < len(groups):
        record.refuse(
            "cargo_groups",
            say("Not a list of groups, each once."),
            allowed="food; medicine: small letters, digits, points and hyphens",
        )
        return ()
    return tuple(sorted(groups))


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
    """Read ``kits.csv``, ``substitutes.csv`` and ``apart.csv`` and join them with the items."""
    codes = reading.codes_in("items.csv", (item.code for item in items))
    return Catalogue(
        items=items,
        kits=_read_kits(reading, codes, items),
        substitutes=_read_substitutes(reading, codes),
        apart=read_apart(reading, items),
    )


def _read_kits(
    reading: FolderReading, item_codes: Collection[str] | None, items: Sequence[Item]
) -> tuple[Kit, ...]:
    """Read ``kits.csv``, in which each line is one part of a kit.

    A kit that is an item as well must weigh and fill what its parts do: a truck cannot tell one
    that was packed long ago from one that was made up today.
    """
    records = reading.records("kits.csv", KIT_COLUMNS)
    refuse_repeated(
        records, "item_code", lambda record: (record.cells["code"], record.cells["item_code"])
    )
    kits: dict[str, Kit] = {}
    last_lines: dict[str, Record] = {}
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
        last_lines[code] = record
        if part.item_code == code:
            record.refuse("item_code", say("A kit is no part of itself."))
    by_code = {item.code: item for item in items}
    for code, kit in kits.items():
        if code not in by_code or any(part.item_code not in by_code for part in kit.parts):
            continue
        mass_g = sum(by_code[part.item_code].mass_g * part.pieces for part in kit.parts)
        volume_cm3 = sum(by_code[part.item_code].volume_cm3 * part.pieces for part in kit.parts)
        whole = by_code[code]
        if last_lines[code].is_sound and (whole.mass_g, whole.volume_cm3) != (mass_g, volume_cm3):
            last_lines[code].refuse(
                "code",
                say("The item of this name weighs or fills something else than the kit's parts."),
                allowed=f"{mass_g / GRAMS_PER_KG:g} kg, {volume_cm3 / CM3_PER_M3:g} m3",
                remedy=say("Correct the item or the parts, or give the kit a name of its own."),
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
