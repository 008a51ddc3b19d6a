"""The reserve network: depots, stock, items and trucks, read from a folder of tables.

The folder is made to be copied and edited: ``network.toml`` says what it is, ``SOURCES.md``
explains every column, and each line of each table says whether it is published or modelled.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

from relief.errors import Fault, InvalidInput
from relief.items import Catalogue
from relief.places import Depot
from relief.sentences import say
from relief.supply.agreements import (
    AGREEMENTS,
    DONATIONS,
    SPOT,
    read_agreements,
    read_donations,
    read_spot,
)
from relief.supply.apart import APART
from relief.supply.bodies import VEHICLE_BODIES, with_bodies
from relief.supply.catalogue import read_catalogue, read_items
from relief.supply.declaration import FILE_NAME, Datum, StatedSource, read_declaration
from relief.supply.donations import Donation
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.hubs import HUBS, Hub, read_hubs
from relief.supply.limit_tables import (
    DEPOT_LIMITS,
    RECEIVING_LIMITS,
    read_depot_limits,
    read_receiving_limits,
)
from relief.supply.limits import DepotLimit, ReceivingLimit
from relief.supply.money import Pot
from relief.supply.offers import Agreement
from relief.supply.pot_table import POTS, read_pots
from relief.supply.reading import FolderReading, Provenance, key_of
from relief.supply.stock import Lot
from relief.supply.tables import read_depots, read_lots, read_pools, read_vehicle_classes

TABLE_NAMES = (
    "items.csv",
    "kits.csv",
    "substitutes.csv",
    "depots.csv",
    "lots.csv",
    "vehicle_classes.csv",
    "vehicles.csv",
)
"""The tables of a network folder. Besides, it may have those of `OPTIONAL_TABLE_NAMES`."""

OPTIONAL_TABLE_NAMES = (
    AGREEMENTS,
    SPOT,
    DONATIONS,
    DEPOT_LIMITS,
    RECEIVING_LIMITS,
    POTS,
    VEHICLE_BODIES,
    APART,
    HUBS,
)
"""Tables that a network folder may lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveNetwork:
    """What there is and where it stands.

    Parameters
    ----------
    name_zh, name_en
        What the network is called.
    datum
        The datum of the points.
    as_of_on
        The date of the newest facts in the folder.
    notes
        What a reader of any result must know.
    catalogue
        Items, kits and substitutes.
    depots, lots
        The stores and what lies in them.
    vehicle_classes, pools
        The fleet.
    sources
        The sources and rules to which records refer by key.
    provenance
        Evidence and source of every line of every table.
    fingerprint
        SHA-256 of the folder's files and of the day from which remaining life was counted.
    offers
        What suppliers have agreed to deliver when called, and what is for sale.
    donations
        What is given on conditions.
    depot_limits, receiving_limits
        How many trucks depots load at once and when, and what places can take in.
    pots
        Who pays for what is called from suppliers; empty where money is no limit.
    hubs
        Where goods may change vehicles; empty where they never do.
    """

    name_zh: str
    name_en: str
    datum: Datum
    as_of_on: date
    notes: tuple[str, ...]
    catalogue: Catalogue
    depots: tuple[Depot, ...]
    lots: tuple[Lot, ...]
    vehicle_classes: tuple[VehicleClass, ...]
    pools: tuple[VehiclePool, ...]
    sources: tuple[StatedSource, ...]
    provenance: tuple[Provenance, ...]
    fingerprint: str
    offers: tuple[Agreement, ...] = ()
    donations: tuple[Donation, ...] = ()
    depot_limits: tuple[DepotLimit, ...] = ()
    receiving_limits: tuple[ReceivingLimit, ...] = ()
    pots: tuple[Pot, ...] = ()
    hubs: tuple[Hub, ...] = ()

    def source_texts(self, source: str) -> tuple[str, ...]:
        """Return a record's source in full: stated keys are replaced by what they stand for."""
        stated = {entry.key: entry.text for entry in self.sources}
        texts = []
        for part in source.split(";"):
            key = key_of(part)
            texts.append(part.strip().replace(key, stated.get(key, key), 1))
        return tuple(texts)


def default_folder() -> Path:
    """Return the network folder that comes with the program."""
    with as_file(files("relief") / "data" / "reserve_network") as folder:
        return folder


DepotSurvey = Callable[[Mapping[str, Depot], Datum | None], Iterable[Fault]]
"""Further checks of the depots, for example on a map: takes the depots whose lines are sound, under
file and line, and the datum of their points (None when it is not declared)."""


def load_network(folder: Path, *, as_of: date, survey: DepotSurvey | None = None) -> ReserveNetwork:
    """Read a network folder.

    Parameters
    ----------
    folder
        The folder; see its ``SOURCES.md`` for the tables.
    as_of
        The day from which ``life_months_left`` is counted: the day on which the plan starts.
    survey
        Further checks of the depots, whose faults are listed with the others.

    Returns
    -------
    ReserveNetwork
        The network, its points in the datum that the folder declares.

    Raises
    ------
    InvalidInput
        With every fault of every file: files missing, columns unknown, numbers that are none,
        codes that no table holds, lines given twice, more committed than on hand.
    """
    if not folder.is_dir():
        raise InvalidInput(
            Fault(
                where=str(folder),
                what=say("There is no such network folder."),
                allowed=f"a folder with {FILE_NAME}, {', '.join(TABLE_NAMES)}",
                remedy=say("Copy the network folder that comes with the program and edit it."),
            )
        )
    faults: list[Fault] = []
    declaration = read_declaration(folder, faults)
    reading = FolderReading(
        folder=folder,
        as_of=as_of,
        stated_keys=None if declaration is None else {s.key for s in declaration.sources},
        faults=faults,
        provenance=[],
        torn=[],
    )
    catalogue = read_catalogue(reading, read_items(reading))
    depots = read_depots(reading)
    depot_codes = reading.codes_in("depots.csv", (depot.code for depot in depots))
    lots = read_lots(reading, depot_codes, catalogue.by_code())
    vehicle_classes = with_bodies(reading, read_vehicle_classes(reading))
    class_codes = reading.codes_in("vehicle_classes.csv", (kind.code for kind in vehicle_classes))
    pools = read_pools(reading, depot_codes, class_codes)
    item_codes = reading.codes_in("items.csv", catalogue.by_code())
    offers = read_agreements(reading, depot_codes, item_codes)
    offers += read_spot(reading, depot_codes, item_codes, {offer.code for offer in offers})
    donations = read_donations(reading, depot_codes, item_codes)
    depot_limits = read_depot_limits(reading, depot_codes)
    receiving_limits = read_receiving_limits(reading)
    pots = read_pots(reading)
    hubs = read_hubs(reading, depot_codes)
    if survey is not None:
        datum = None if declaration is None else declaration.datum
        faults.extend(survey(_sound_depots(reading, depots), datum))
    if declaration is None or faults:
        raise InvalidInput(*faults)
    return ReserveNetwork(
        name_zh=declaration.name_zh,
        name_en=declaration.name_en,
        datum=declaration.datum,
        as_of_on=declaration.as_of_on,
        notes=declaration.notes,
        catalogue=catalogue,
        depots=depots,
        lots=lots,
        vehicle_classes=vehicle_classes,
        pools=pools,
        sources=declaration.sources,
        provenance=tuple(reading.provenance),
        fingerprint=_fingerprint(folder, as_of),
        offers=offers,
        donations=donations,
        depot_limits=depot_limits,
        receiving_limits=receiving_limits,
        pots=pots,
        hubs=hubs,
    )


def _sound_depots(reading: FolderReading, depots: Iterable[Depot]) -> dict[str, Depot]:
    """Return the depots without a fault under file and line; of repeated codes the first."""
    refused = {fault.where for fault in reading.faults}
    where_of: dict[str, str] = {}
    for record in reading.provenance:
        if record.where.startswith("depots.csv:"):
            where_of.setdefault(record.code, record.where)
    sound: dict[str, Depot] = {}
    for depot in depots:
        where = where_of[depot.code]
        if where not in refused:
            sound.setdefault(where, depot)
    return sound


def _fingerprint(folder: Path, as_of: date) -> str:
    digest = hashlib.sha256(as_of.isoformat().encode())
    optional = [name for name in OPTIONAL_TABLE_NAMES if (folder / name).exists()]
    for name in (FILE_NAME, *TABLE_NAMES, *optional):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()
