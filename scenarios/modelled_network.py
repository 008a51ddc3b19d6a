"""Write the modelled part of the reserve network folder by the stated rules.

``python -m scenarios.modelled_network [FOLDER]`` writes ``network.toml``, ``depots.csv``,
``lots.csv``, ``agreements.csv``, ``spot.csv``, ``vehicle_classes.csv`` and ``vehicles.csv``. The
folder must hold ``items.csv``, which is kept by hand like ``kits.csv``, ``substitutes.csv``,
``apart.csv``, ``hubs.csv`` and ``SOURCES.md``. The same input gives the same bytes.
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from zlib import crc32

from geodata.gazetteer import Gazetteer, load_gazetteer
from relief.errors import InvalidInput
from relief.items import Item
from relief.places import Tier
from relief.supply.agreements import AGREEMENT_COLUMNS, AGREEMENTS, SPOT, SPOT_COLUMNS
from relief.supply.catalogue import items_of
from relief.supply.network import default_folder
from relief.supply.stock import Custody
from relief.supply.tables import CLASS_COLUMNS, DEPOT_COLUMNS, LOT_COLUMNS, POOL_COLUMNS
from relief.units import FEN_PER_YUAN
from scenarios import reserve_rules as rules
from scenarios.agreement_rules import agreement_rows, spot_rows
from scenarios.carrier_rules import carrier_classes, carrier_pools
from scenarios.modelled_depots import ModelledDepot, modelled_depots
from scenarios.reserve_sources import RULES, SOURCES
from scenarios.truck_rules import POOLS, TRUCK_CLASSES, PoolRule

NAME_ZH = "湖北省救灾物资储备网络（公开资料与模型）"
NAME_EN = "Hubei relief reserve network (public facts and model)"
AS_OF = "2024-12-18"
NOTES = (
    "A typical network of the 2020s, replayed on past events as well; not the stock of any day.",
    "Only what is marked published is known from public pages; all else is modelled by a rule.",
    "Points of depots are modelled: no public page gives their coordinates.",
)

_LOT_FIELDS = (*LOT_COLUMNS[:4], "committed_pieces", *LOT_COLUMNS[4:6], "life_months_left")
_LOTS_PER_ITEM = {
    Tier.COUNTY: 1,
    Tier.CITY: 2,
    Tier.PROVINCE: 3,
    Tier.NEIGHBOUR: 2,
    Tier.CENTRE: 2,
}
_MONTHS_IN_STORE_OF_2023_RECEIPTS = 18
_SPREAD = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heap:
    """Pieces of one item in one depot before they are split into lots."""

    item_code: str
    pieces: int
    owner: Tier
    custody: Custody
    evidence: str
    source: str
    months_left: int | None = None


def modelled_files(gazetteer: Gazetteer, items: Sequence[Item]) -> dict[str, str]:
    """Return the text of every modelled file under its name.

    Parameters
    ----------
    gazetteer
        Counties and cities with seats and populations.
    items
        The items, whose packs and shelf lives shape the lots.
    """
    depots = modelled_depots(gazetteer)
    by_code = {item.code: item for item in items}
    return {
        "network.toml": _declaration(),
        AGREEMENTS: _csv(
            AGREEMENT_COLUMNS,
            (tuple(row.values()) for depot in depots for row in agreement_rows(depot, by_code)),
        ),
        SPOT: _csv(
            SPOT_COLUMNS,
            (tuple(row.values()) for depot in depots for row in spot_rows(depot, by_code)),
        ),
        "depots.csv": _csv(DEPOT_COLUMNS, (_depot_row(depot) for depot in depots)),
        "lots.csv": _csv(
            (*_LOT_FIELDS, "evidence", "source"),
            (row for depot in depots for row in _lot_rows(depot, by_code)),
        ),
        "vehicle_classes.csv": _csv(
            (*CLASS_COLUMNS[:-2], "range_km", "cooled", *CLASS_COLUMNS[-2:]), _class_rows()
        ),
        "vehicles.csv": _csv(POOL_COLUMNS, (row for d in depots for row in _pool_rows(d))),
    }


def _depot_row(depot: ModelledDepot) -> tuple[str | int, ...]:
    return (
        depot.code,
        depot.name_zh,
        depot.name_en,
        depot.tier.name.lower(),
        depot.code[:6],
        f"{depot.point.lon_deg:.5f}",
        f"{depot.point.lat_deg:.5f}",
        depot.area_m2,
        depot.evidence.value,
        depot.source,
    )


def _lot_rows(depot: ModelledDepot, items: dict[str, Item]) -> Iterator[tuple[str | int, ...]]:
    running: dict[str, int] = {}
    for heap in _heaps(depot, items):
        item = items[heap.item_code]
        num_lots = 1 if heap.evidence == "published" else _LOTS_PER_ITEM[depot.tier]
        if heap.custody is Custody.SUPPLIER:
            num_lots = 1
        for pieces in _split(heap.pieces, num_lots, item.pack_pieces):
            running[item.code] = running.get(item.code, 0) + 1
            code = f"{depot.code}/{item.code}/{running[item.code]}"
            lent_percent = rules.LENT_PERCENT.get(depot.tier, 100)
            yield (
                code,
                depot.code,
                item.code,
                pieces,
                pieces - pieces * lent_percent // 100,
                heap.owner.name.lower(),
                heap.custody.value,
                _months_left(code, item, heap),
                heap.evidence,
                heap.source + ("; rule:remaining-life" if item.shelf_life_months else ""),
            )


def _heaps(depot: ModelledDepot, items: dict[str, Item]) -> Iterator[_Heap]:
    """Yield what a depot keeps, item by item."""
    if depot.kind == "wuhan":
        yield from _wuhan_heaps(items)
        return
    source = {
        "county": "rule:county-people; rule:depot-mix",
        "city": "rule:city-people; rule:depot-mix",
        "region": "rule:region-people; rule:depot-mix",
        "neighbour": "rule:neighbour-stock; rule:depot-mix",
        "centre": "rule:central-stock; rule:depot-mix",
    }[depot.kind]
    for item_code, number in rules.stored_pieces(depot.served_people, depot.tier).items():
        yield _Heap(
            item_code=item_code,
            pieces=_in_packs(number, items[item_code].pack_pieces),
            owner=depot.tier,
            custody=Custody.DEPOT,
            evidence="modelled",
            source=source,
        )
    if depot.tier not in (Tier.COUNTY, Tier.CITY):
        return
    for item_code, number in rules.supplier_pieces(depot.served_people).items():
        yield _Heap(
            item_code=item_code,
            pieces=_in_packs(number, items[item_code].pack_pieces),
            owner=depot.tier,
            custody=Custody.SUPPLIER,
            evidence="modelled",
            source="rule:supplier-food",
        )


def _wuhan_heaps(items: dict[str, Item]) -> Iterator[_Heap]:
    for item_code, pieces in rules.WUHAN_CENTRAL_PUBLISHED.items():
        yield _Heap(
            item_code=item_code,
            pieces=pieces,
            owner=Tier.CENTRE,
            custody=Custody.DEPOT,
            evidence="published",
            source="source:wuhan-2023",
            months_left=(items[item_code].shelf_life_months or 0)
            - _MONTHS_IN_STORE_OF_2023_RECEIPTS,
        )
    for owner, stock in (
        (Tier.CENTRE, rules.WUHAN_CENTRAL),
        (Tier.PROVINCE, rules.WUHAN_PROVINCE),
    ):
        for item_code, pieces in stock.items():
            yield _Heap(
                item_code=item_code,
                pieces=pieces,
                owner=owner,
                custody=Custody.DEPOT,
                evidence="modelled",
                source="rule:wuhan-mix",
            )


def _in_packs(number: Fraction, pack_pieces: int) -> int:
    """Return a number of pieces rounded half up to whole packs, at least one pack."""
    packs = int(number / pack_pieces + Fraction(1, 2))
    return max(packs, 1) * pack_pieces


def _split(pieces: int, num_lots: int, pack_pieces: int) -> Iterator[int]:
    """Yield nearly equal lots of whole packs that sum to `pieces`, none empty."""
    packs, loose = divmod(pieces, pack_pieces)
    shares = [packs // num_lots + (lot < packs % num_lots) for lot in range(num_lots)]
    for lot, share in enumerate(shares):
        size = share * pack_pieces + (loose if lot == 0 else 0)
        if size:
            yield size


def _months_left(code: str, item: Item, heap: _Heap) -> str:
    if item.shelf_life_months is None:
        return ""
    if heap.months_left is not None:
        return str(heap.months_left)
    spread = crc32(code.encode()) % _SPREAD
    if heap.custody is Custody.SUPPLIER:
        half = item.shelf_life_months // 2
        return str(half + (item.shelf_life_months - half + 1) * spread // _SPREAD)
    return str((item.shelf_life_months + 1) * spread // _SPREAD)


def _class_rows() -> Iterator[tuple[str | int, ...]]:
    for code, truck in TRUCK_CLASSES.items():
        yield (
            code,
            truck.name_zh,
            truck.name_en,
            truck.payload_kg,
            truck.volume_m3,
            truck.speed_class,
            truck.load_minutes,
            truck.unload_minutes,
            truck.cost_yuan_per_km,
            truck.cost_yuan_per_trip,
            "",
            "yes" if truck.is_cooled else "",
            "modelled",
            "rule:truck-classes; rule:truck-handling",
        )
    for kind in carrier_classes():
        yield (
            kind.code,
            kind.carrier.name_zh,
            kind.carrier.name_en,
            kind.carrier.payload_kg,
            f"{kind.carrier.volume_m3:g}",
            kind.speed_class,
            kind.load_minutes,
            kind.unload_minutes,
            kind.cost_yuan_per_km,
            kind.cost_yuan_per_trip,
            kind.range_km or "",
            "",
            "modelled",
            "rule:carrier-classes",
        )


def _pool_rows(depot: ModelledDepot) -> Iterator[tuple[str | int, ...]]:
    for source, pools in (
        ("rule:fleet", POOLS[depot.kind]),
        ("rule:carriers", carrier_pools(depot)),
    ):
        yield from _pool_rows_of(depot, pools, source)


def _pool_rows_of(
    depot: ModelledDepot, pools: Iterable[PoolRule], source: str
) -> Iterator[tuple[str | int, ...]]:
    for pool in pools:
        yield (
            depot.code,
            pool.class_code,
            pool.num_vehicles,
            pool.num_drivers,
            pool.carrier_zh.format(zh=depot.place_zh),
            pool.carrier_en.format(en=depot.place_en),
            pool.ready_after_minutes,
            "modelled",
            source,
        )


def _declaration() -> str:
    """Return ``network.toml``."""
    lines = [
        "# Written by scenarios/modelled_network.py; SOURCES.md explains the folder.",
        f"name_zh = {_toml(NAME_ZH)}",
        f"name_en = {_toml(NAME_EN)}",
        'datum = "CGCS2000"',
        f"as_of = {AS_OF}",
        "notes = [",
        *(f"    {_toml(note)}," for note in NOTES),
        "]",
        "",
        "[sources]",
        *(f"{key} = {_toml(text)}" for key, text in SOURCES.items()),
        "",
        "[rules]",
        *(f"{key} = {_toml(text)}" for key, text in RULES.items()),
    ]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _csv(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def wuhan_value_yuan(items: Sequence[Item]) -> float:
    """Return the value of the Wuhan depot's 280,000 items at planning prices.

    Parameters
    ----------
    items
        The items with their prices.
    """
    prices = {item.code: item.price_fen for item in items}
    stocks = (rules.WUHAN_CENTRAL_PUBLISHED, rules.WUHAN_CENTRAL, rules.WUHAN_PROVINCE)
    fen = sum(prices[code] * pieces for stock in stocks for code, pieces in stock.items())
    return fen / FEN_PER_YUAN


def write_modelled_files(folder: Path) -> None:
    """Write the modelled files into a folder that holds ``items.csv``.

    Raises
    ------
    InvalidInput
        If ``items.csv`` is faulty.
    """
    items = items_of(folder)
    for name, text in modelled_files(load_gazetteer(), items).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def main(arguments: Sequence[str]) -> int:
    """Write into the folder that is named, or into the one that comes with the program."""
    folder = Path(arguments[0]) if arguments else default_folder()
    try:
        write_modelled_files(folder)
    except InvalidInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
