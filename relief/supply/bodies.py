"""Bodies of trucks: how long the box is, on what it rests, and what the axles may carry.

A truck is taken as a beam on two supports: its front axle and its rear axles, or, of a semitrailer,
the kingpin and the trailer's axles. That is enough to tell whether goods stand too far forward or
too far back.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from relief.sentences import say
from relief.supply.fleet import Mode, TruckBody, VehicleClass
from relief.supply.reading import FolderReading
from relief.supply.records import Record, refuse_repeated
from relief.units import GRAMS_PER_KG

VEHICLE_BODIES = "vehicle_bodies.csv"
BODY_COLUMNS = (
    "class_code",
    "box_m",
    "num_compartments",
    "box_begins_m",
    "wheelbase_m",
    "empty_front_kg",
    "empty_rear_kg",
    "most_front_kg",
    "most_rear_kg",
    "most_total_kg",
    "least_front_percent",
    "evidence",
    "source",
)
_MM_PER_M = 1_000
_LEAST_M = Decimal("0.5")
_MOST_M = 30
_MOST_KG = 100_000
_MOST_COMPARTMENTS = 10
_MOST_PERCENT = 50
_PPM_PER_PERCENT = 10_000


def with_bodies(
    reading: FolderReading, classes: Sequence[VehicleClass]
) -> tuple[VehicleClass, ...]:
    """Return the classes with the bodies of ``vehicle_bodies.csv``, if the folder holds it."""
    if not (reading.folder / VEHICLE_BODIES).exists():
        return tuple(classes)
    records = reading.records(VEHICLE_BODIES, BODY_COLUMNS)
    refuse_repeated(records, "class_code", lambda record: (record.cells["class_code"],))
    trucks = {kind.code: kind for kind in classes if kind.mode is Mode.ROAD}
    known = reading.codes_in("vehicle_classes.csv", trucks)
    bodies = {}
    for record in records:
        code = record.known("class_code", known, "vehicle_classes.csv")
        body = _body(reading, record, code)
        if record.is_sound and code in trucks:
            _check(record, body, trucks[code])
        bodies[code] = body
    return tuple(replace(kind, body=bodies.get(kind.code)) for kind in classes)


def _body(reading: FolderReading, record: Record, code: str) -> TruckBody:
    evidence, source = reading.sourced(record, code)

    def mass_g(field: str) -> int:
        return record.scaled(field, GRAMS_PER_KG, most=_MOST_KG)

    return TruckBody(
        box_mm=record.scaled("box_m", _MM_PER_M, least=_LEAST_M, most=_MOST_M),
        num_compartments=record.whole("num_compartments", least=1, most=_MOST_COMPARTMENTS),
        box_begins_mm=record.scaled("box_begins_m", _MM_PER_M, least=-_MOST_M, most=_MOST_M),
        wheelbase_mm=record.scaled("wheelbase_m", _MM_PER_M, least=_LEAST_M, most=_MOST_M),
        empty_front_g=mass_g("empty_front_kg"),
        empty_rear_g=mass_g("empty_rear_kg"),
        most_front_g=mass_g("most_front_kg"),
        most_rear_g=mass_g("most_rear_kg"),
        most_total_g=mass_g("most_total_kg"),
        least_front_ppm=_PPM_PER_PERCENT * record.whole("least_front_percent", most=_MOST_PERCENT),
        evidence=evidence,
        source=source,
    )


def _check(record: Record, body: TruckBody, kind: VehicleClass) -> None:
    """Refuse a body that its class overloads however the goods stand."""
    empty_g = body.empty_front_g + body.empty_rear_g
    axles_g = min(body.most_front_g + body.most_rear_g, body.most_total_g)
    if empty_g + kind.payload_g > axles_g:
        record.refuse(
            "most_total_kg",
            say("The axles cannot carry the empty truck and its payload."),
            allowed=f">= {(empty_g + kind.payload_g) / GRAMS_PER_KG:g}",
        )
