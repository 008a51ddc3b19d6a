"""The tables of depots, lots and trucks in a network folder."""

import re
from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal

from relief.items import Item
from relief.places import STORE_TIERS, Depot, Point, Tier
from relief.sentences import say
from relief.supply.fleet import OFF_ROAD, Mode, VehicleClass, VehiclePool, mode_of
from relief.supply.reading import FolderReading, small_code
from relief.supply.records import YES_NO, Record, refuse_repeated
from relief.supply.stock import Custody, Lot
from relief.units import CM3_PER_M3, FEN_PER_YUAN, GRAMS_PER_KG

TIERS: Mapping[str, Tier] = {tier.name.lower(): tier for tier in STORE_TIERS}
CUSTODIES: Mapping[str, Custody] = {custody.value: custody for custody in Custody}
SPEED_CLASSES: Mapping[str, str] = {name: name for name in ("light", "medium", "heavy", *OFF_ROAD)}


DEPOT_COLUMNS = (
    "code",
    "name_zh",
    "name_en",
    "tier",
    "county_code",
    "lon_deg",
    "lat_deg",
    "area_m2",
    "evidence",
    "source",
)
LOT_COLUMNS = (
    "code",
    "depot_code",
    "item_code",
    "pieces",
    "owner",
    "custody",
    "evidence",
    "source",
)
LOT_OPTIONAL_COLUMNS = ("committed_pieces", "life_months_left", "expires_on")
CLASS_COLUMNS = (
    "code",
    "name_zh",
    "name_en",
    "payload_kg",
    "volume_m3",
    "speed_class",
    "load_minutes",
    "unload_minutes",
    "cost_yuan_per_km",
    "cost_yuan_per_trip",
    "evidence",
    "source",
)
CLASS_OPTIONAL_COLUMNS = ("range_km", "cooled")
POOL_COLUMNS = (
    "base_code",
    "class_code",
    "num_vehicles",
    "num_drivers",
    "carrier_zh",
    "carrier_en",
    "ready_after_minutes",
    "evidence",
    "source",
)

_DEPOT_CODE = re.compile(r"\d{6}-\d{2}")
_COUNTY_CODE = re.compile(r"\d{6}")
_SECONDS_PER_MINUTE = 60
_MOST_HANDLING_MINUTES = 1_440
_MOST_READY_MINUTES = 14_400
_MOST_VEHICLES = 10_000
_MOST_LIFE_MONTHS = 1_200
_MOST_LON_DEG = 180
_MOST_LAT_DEG = 90

_METRES_PER_KM = 1_000
_MOST_RANGE_KM = 5_000


def read_depots(reading: FolderReading) -> tuple[Depot, ...]:
    """Read ``depots.csv``; points stay in the datum of the folder."""
    records = reading.records("depots.csv", DEPOT_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    depots = []
    for record in records:
        code, county_code = record.text("code"), record.text("county_code")
        if code and not _DEPOT_CODE.fullmatch(code):
            record.refuse("code", say("Not a depot code."), allowed="420112-01, ...")
        elif county_code and not _COUNTY_CODE.fullmatch(county_code):
            record.refuse("county_code", say("Not a county code."), allowed="420112, ...")
        elif code and county_code and not code.startswith(county_code):
            record.refuse(
                "county_code",
                say("Not the county with which the depot's code begins."),
                allowed=code[:6],
            )
        evidence, source = reading.sourced(record, code)
        depots.append(
            Depot(
                code=code,
                name_zh=record.text("name_zh"),
                name_en=record.text("name_en"),
                tier=record.choice("tier", TIERS),
                point=_point(record),
                county_code=county_code,
                area_m2=0 if record.is_blank("area_m2") else record.whole("area_m2"),
                evidence=evidence,
                source=source,
            )
        )
    return tuple(depots)


def read_lots(
    reading: FolderReading, depot_codes: Collection[str] | None, items: Mapping[str, Item]
) -> tuple[Lot, ...]:
    """Read ``lots.csv``."""
    records = reading.records("lots.csv", LOT_COLUMNS, LOT_OPTIONAL_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    item_codes = reading.codes_in("items.csv", items)
    lots = []
    for record in records:
        code = record.text("code")
        item_code = record.known("item_code", item_codes, "items.csv")
        pieces = record.whole("pieces")
        committed = 0 if record.is_blank("committed_pieces") else record.whole("committed_pieces")
        if record.is_sound and committed > pieces:
            record.refuse(
                "committed_pieces",
                say("More is committed than on hand."),
                allowed=f"0 to {pieces}",
                remedy=say("Record a movement or lower the commitment."),
            )
        evidence, source = reading.sourced(record, code)
        lots.append(
            Lot(
                code=code,
                depot_code=record.known("depot_code", depot_codes, "depots.csv"),
                item_code=item_code,
                pieces=pieces,
                committed_pieces=committed,
                owner=record.choice("owner", TIERS),
                expires_on=_expiry(record, items.get(item_code), reading.as_of),
                custody=record.choice("custody", CUSTODIES),
                evidence=evidence,
                source=source,
            )
        )
    return tuple(lots)


def read_vehicle_classes(reading: FolderReading) -> tuple[VehicleClass, ...]:
    """Read ``vehicle_classes.csv``."""
    records = reading.records("vehicle_classes.csv", CLASS_COLUMNS, CLASS_OPTIONAL_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    classes = []
    for record in records:
        code = small_code(record, "code")
        _, source = reading.sourced(record, code)
        speed_class = record.choice("speed_class", SPEED_CLASSES)
        classes.append(
            VehicleClass(
                code=code,
                name_zh=record.text("name_zh"),
                name_en=record.text("name_en"),
                payload_g=record.scaled("payload_kg", GRAMS_PER_KG, least=1),
                volume_cm3=record.scaled("volume_m3", CM3_PER_M3, least=Decimal("0.1")),
                speed_class=speed_class,
                load_s=record.scaled(
                    "load_minutes", _SECONDS_PER_MINUTE, most=_MOST_HANDLING_MINUTES
                ),
                unload_s=record.scaled(
                    "unload_minutes", _SECONDS_PER_MINUTE, most=_MOST_HANDLING_MINUTES
                ),
                cost_fen_per_km=record.scaled("cost_yuan_per_km", FEN_PER_YUAN),
                cost_fen_per_trip=record.scaled("cost_yuan_per_trip", FEN_PER_YUAN),
                source=source,
                range_m=_range_m(record, speed_class),
                is_cooled=not record.is_blank("cooled") and record.choice("cooled", YES_NO),
            )
        )
    return tuple(classes)


def _range_m(record: Record, speed_class: str) -> int:
    """Return the range of a class, which helicopters must have."""
    if mode_of(speed_class) is Mode.AIR or not record.is_blank("range_km"):
        return record.scaled("range_km", _METRES_PER_KM, least=1, most=_MOST_RANGE_KM)
    return 0


def read_pools(
    reading: FolderReading,
    depot_codes: Collection[str] | None,
    class_codes: Collection[str] | None,
) -> tuple[VehiclePool, ...]:
    """Read ``vehicles.csv``."""
    records = reading.records("vehicles.csv", POOL_COLUMNS)

    def key(record: Record) -> tuple[str, ...]:
        return tuple(record.cells[name] for name in ("base_code", "class_code", "num_drivers"))

    refuse_repeated(records, "class_code", key)
    pools = []
    for record in records:
        evidence, source = reading.sourced(record, "/".join(key(record)))
        pools.append(
            VehiclePool(
                base_code=record.known("base_code", depot_codes, "depots.csv"),
                class_code=record.known("class_code", class_codes, "vehicle_classes.csv"),
                num_vehicles=record.whole("num_vehicles", most=_MOST_VEHICLES),
                num_drivers=record.whole("num_drivers", least=1, most=2),
                carrier_zh=record.text("carrier_zh"),
                carrier_en=record.text("carrier_en"),
                ready_after=timedelta(
                    minutes=record.whole("ready_after_minutes", most=_MOST_READY_MINUTES)
                ),
                evidence=evidence,
                source=source,
            )
        )
    return tuple(pools)


def _point(record: Record) -> Point:
    """Return the point of a depot, refusing degrees that no place on earth has."""
    num_faults = len(record.faults)
    lon_deg, lat_deg = record.number("lon_deg"), record.number("lat_deg")
    if len(record.faults) == num_faults:
        if abs(lat_deg) > _MOST_LAT_DEG and abs(lon_deg) <= _MOST_LAT_DEG:
            record.refuse(
                "lat_deg",
                say("Longitude and latitude look swapped."),
                allowed="-90 to 90",
                remedy=say("Put the longitude into lon_deg and the latitude into lat_deg."),
            )
        elif abs(lon_deg) > _MOST_LON_DEG:
            record.refuse("lon_deg", say("Out of range."), allowed="-180 to 180")
        elif abs(lat_deg) > _MOST_LAT_DEG:
            record.refuse("lat_deg", say("Out of range."), allowed="-90 to 90")
    return Point(lon_deg=float(lon_deg), lat_deg=float(lat_deg))


def _expiry(record: Record, item: Item | None, as_of: date) -> date | None:
    """Return the last day of use of a lot: written as a date, or as months left on `as_of`."""
    has_day, has_life = not record.is_blank("expires_on"), not record.is_blank("life_months_left")
    if has_day and has_life:
        record.refuse(
            "expires_on",
            say("Both a last day and months of remaining life are given."),
            allowed="one of the two",
            remedy=say("Empty one of the two cells."),
        )
    elif has_day:
        return record.day("expires_on")
    elif has_life:
        num_faults = len(record.faults)
        shelf_life_months = item.shelf_life_months if item is not None else None
        most = _MOST_LIFE_MONTHS if shelf_life_months is None else shelf_life_months
        months = record.whole("life_months_left", most=most)
        return None if len(record.faults) > num_faults else months_after(as_of, months)
    elif item is not None and item.shelf_life_months is not None:
        record.refuse(
            "life_months_left",
            say("The item has a shelf life, but the lot has no expiry."),
            allowed=f"0 to {item.shelf_life_months} months, or a date in expires_on",
            remedy=say("Fill one of the two cells."),
        )
    return None


def months_after(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the month's last day.

    Examples
    --------
    >>> months_after(date(2020, 1, 31), 1)
    datetime.date(2020, 2, 29)
    >>> months_after(date(2016, 7, 6), 18)
    datetime.date(2018, 1, 6)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
