"""Goods that must not travel together: the table of pairs, and kits that would hold both."""

from collections.abc import Collection, Iterable, Iterator

from relief.errors import Fault
from relief.items import Apart, Catalogue, Item
from relief.sentences import say
from relief.supply.reading import FolderReading, small_code
from relief.supply.records import refuse_repeated

APART = "apart.csv"
APART_COLUMNS = ("group", "other_group", "evidence", "source")
GROUPS_DIVIDED_BY = ";"


def read_apart(reading: FolderReading, items: Collection[Item]) -> tuple[Apart, ...]:
    """Read ``apart.csv``, if the folder holds it; each group must be that of some item."""
    if not (reading.folder / APART).exists():
        return ()
    records = reading.records(APART, APART_COLUMNS)
    refuse_repeated(
        records,
        "other_group",
        lambda record: tuple(sorted((record.cells["group"], record.cells["other_group"]))),
    )
    known = reading.codes_in("items.csv", (group for item in items for group in item.cargo_groups))
    found = []
    for record in records:
        group, other = small_code(record, "group"), small_code(record, "other_group")
        reading.sourced(record, f"{group} apart from {other}")
        for field in ("group", "other_group"):
            record.known(field, known, "items.csv")
        if group == other:
            record.refuse("other_group", say("Goods are not kept apart from their like."))
        found.append(Apart(group=group, other_group=other))
    return tuple(found)


def groups_together(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the groups of goods that are made up of items, in order, each once."""
    return tuple(sorted({group for item in items for group in item.cargo_groups}))


def clash(groups: Collection[str], apart: Iterable[Apart]) -> Apart | None:
    """Return the first pair of groups that must not be together, None if all may."""
    for pair in apart:
        if pair.group in groups and pair.other_group in groups:
            return pair
    return None


def apart_faults(catalogue: Catalogue) -> Iterator[Fault]:
    """Yield items and kits that hold what must not travel together."""
    items = catalogue.by_code()
    made = [(item.code, item.cargo_groups) for item in catalogue.items]
    for kit in catalogue.kits:
        parts = [items[part.item_code] for part in kit.parts if part.item_code in items]
        made.append((kit.code, groups_together(parts)))
    for code in dict.fromkeys(code for code, _ in made):
        groups = {group for name, of_it in made if name == code for group in of_it}
        pair = clash(groups, catalogue.apart)
        if pair is not None:
            yield Fault(
                where=f"item {code}",
                field="cargo_groups",
                value=", ".join(sorted(groups)),
                what=say("One thing holds goods that must not travel together."),
                allowed=f"not both {pair.group} and {pair.other_group}",
                remedy=say("Correct the groups, the kit, or the pair in apart.csv."),
            )
