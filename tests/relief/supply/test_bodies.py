"""The table of truck bodies: read, and refused with every fault."""

from datetime import date
from pathlib import Path

import pytest

from relief.errors import InvalidInput
from relief.places import Evidence
from relief.supply.fleet import Mode, TruckBody
from relief.supply.network import default_folder, load_network
from tests.relief.supply.tiny_network import write_folder

HEAD = (
    "class_code,box_m,num_compartments,box_begins_m,wheelbase_m,empty_front_kg,empty_rear_kg,"
    "most_front_kg,most_rear_kg,most_total_kg,least_front_percent,evidence,source\n"
)
LINE = "truck-4.2,4.2,2,-0.65,3.36,1350,1145,1900,3000,4500,20,modelled,hand-made\n"
TODAY = date(2026, 7, 1)


def test_a_body_is_read_in_whole_millimetres_and_grams(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "net", {"vehicle_bodies.csv": HEAD + LINE})
    kinds = {kind.code: kind for kind in load_network(folder, as_of=TODAY).vehicle_classes}
    assert kinds["truck-4.2"].body == TruckBody(
        box_mm=4_200,
        num_compartments=2,
        box_begins_mm=-650,
        wheelbase_mm=3_360,
        empty_front_g=1_350_000,
        empty_rear_g=1_145_000,
        most_front_g=1_900_000,
        most_rear_g=3_000_000,
        most_total_g=4_500_000,
        least_front_ppm=200_000,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def test_a_folder_without_the_table_knows_no_bodies(tmp_path: Path) -> None:
    network = load_network(write_folder(tmp_path / "net", {}), as_of=TODAY)
    assert [kind.body for kind in network.vehicle_classes if kind.body] == []


def test_all_trucks_of_ours_have_a_body() -> None:
    kinds = load_network(default_folder(), as_of=TODAY).vehicle_classes
    assert {k.code for k in kinds if k.body} == {k.code for k in kinds if k.mode is Mode.ROAD}


def test_all_faults_of_bodies_are_told(tmp_path: Path) -> None:
    lines = (
        LINE.replace("truck-4.2", "truck-99"),
        LINE.replace("4500", "4000"),  # 2,495 kg and 2 t of goods are more.
        LINE.replace(",2,-0.65", ",0,-0.65"),
    )
    folder = write_folder(tmp_path / "net", {"vehicle_bodies.csv": HEAD + "".join(lines)})
    with pytest.raises(InvalidInput) as caught:
        load_network(folder, as_of=TODAY)
    found = [(fault.where, fault.field) for fault in caught.value.faults]
    assert ("vehicle_bodies.csv:2", "class_code") in found
    assert ("vehicle_bodies.csv:3", "most_total_kg") in found
    assert ("vehicle_bodies.csv:4", "num_compartments") in found
