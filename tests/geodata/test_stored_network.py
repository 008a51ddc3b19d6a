import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import shapely

from geodata.coverage import coverage, refuse_off_network
from geodata.gazetteer import load_gazetteer
from geodata.layout import RoadLayout, stretch_line, stretches_touching
from geodata.osm import ImportedRoads, import_extract
from geodata.road_details import RoadDetails
from geodata.roads import load_roads
from geodata.stored_network import FILES, network_files, open_roads
from geodata.travel import RoadTravel
from relief.errors import InvalidInput, UnreachablePlace
from relief.places import Point
from relief.plan.travel import Location
from tests.geodata.osm_files import POINTS, TOWN, helsinki, write_osm


@pytest.fixture(scope="module")
def imported() -> ImportedRoads:
    return import_extract(helsinki(), anywhere=True)


def stored(folder: Path, roads: ImportedRoads) -> Path:
    for name, content in network_files(roads).items():
        (folder / name).write_bytes(content)
    return folder


def test_what_is_stored_is_what_was_imported(tmp_path: Path, imported: ImportedRoads) -> None:
    roads, record = open_roads(stored(tmp_path, imported))
    assert record == imported.record
    for field in fields(RoadLayout):
        if field.name not in {"details", "snap_rows"}:
            found, was = getattr(roads.layout, field.name), getattr(imported.layout, field.name)
            assert np.array_equal(found, was), field.name
            assert found.dtype == was.dtype, field.name
    assert roads.layout.details is not None
    for entry in fields(RoadDetails):
        found = getattr(roads.layout.details, entry.name)
        assert np.array_equal(found, getattr(imported.details, entry.name)), entry.name
    assert roads.name == "Helsinki.osm.pbf (© OpenStreetMap contributors, ODbL 1.0)"
    assert not roads.long_haul
    assert not roads.approximate


def test_the_same_extract_gives_the_same_files(imported: ImportedRoads) -> None:
    again = import_extract(helsinki(), anywhere=True)
    assert network_files(again) == network_files(imported)


def test_places_are_put_where_every_truck_can_come_and_go(
    tmp_path: Path, imported: ImportedRoads
) -> None:
    roads, _ = open_roads(stored(tmp_path, imported))
    rows = roads.layout.snap_rows
    assert 250 < len(rows) < len(roads.layout.node_ids)
    locations = tuple(
        Location(code=str(row), name_zh="", name_en="", point=roads.point_of(row))
        for row in rows[::10].tolist()
    )
    times = RoadTravel(roads).travel_times(locations)
    assert bool(np.isfinite(times.duration_h).all())
    assert times.unreachable == ()


def test_a_stored_town_shows_the_shape_of_its_roads(tmp_path: Path) -> None:
    roads, _ = open_roads(stored(tmp_path, import_extract(write_osm(tmp_path, TOWN))))
    lines = {
        tuple(map(tuple, stretch_line(roads.layout, row).round(4).tolist()))
        for row in range(len(roads.layout.tails))
    }
    assert tuple(POINTS[point] for point in (4, 7, 6, 1)) in lines
    # The bend at 7 lies far from the straight line between 4 and 1.
    around_7 = shapely.Point(POINTS[7]).buffer(0.001)
    (touched,) = stretches_touching(roads.layout, around_7).tolist()
    assert roads.layout.node_ids[roads.layout.tails[touched]] == 4
    assert len(stretches_touching(roads.layout, shapely.Point(113.9, 30.0).buffer(0.001))) == 0


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, imported: ImportedRoads, name: str) -> None:
    (stored(tmp_path, imported) / name).unlink()
    with pytest.raises(InvalidInput, match=f"{name}.*files are missing"):
        open_roads(tmp_path)


@pytest.mark.parametrize("name", ["arrays.npz", "names.json"])
def test_a_changed_file_is_refused(tmp_path: Path, imported: ImportedRoads, name: str) -> None:
    file = stored(tmp_path, imported) / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InvalidInput, match=f"{name}.*changed or damaged"):
        open_roads(tmp_path)


def test_another_version_is_refused(tmp_path: Path, imported: ImportedRoads) -> None:
    file = stored(tmp_path, imported) / "network.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**record, "version": 2}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"does not know.*relief-roads 1"):
        open_roads(tmp_path)
    for text in ("{", "[]", "{}"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput, match="cannot be read"):
            open_roads(tmp_path)


def test_places_beyond_the_limit_are_told(tmp_path: Path, imported: ImportedRoads) -> None:
    roads, _ = open_roads(stored(tmp_path, imported))
    counties = load_gazetteer().counties
    lie = coverage(roads, counties)
    assert (lie.near, lie.far, lie.beyond) == ((), (), counties)
    with pytest.raises(UnreachablePlace, match=r"15\.0 km"):
        roads.snap(counties[0].point)
    locations = tuple(
        Location(code=seat.code, name_zh=seat.name_zh, name_en=seat.name_en, point=seat.point)
        for seat in counties
    )
    with pytest.raises(UnreachablePlace, match=r"40\.0 km") as caught:
        refuse_off_network(roads, locations)
    # The first ten, and one line about all.
    assert len(caught.value.faults) == 11
    assert caught.value.faults[-1].value == "103 / 103"
    here = Location(code="x", name_zh="", name_en="", point=Point(lon_deg=24.94, lat_deg=60.17))
    refuse_off_network(roads, (here,))


def test_the_shipped_network_reaches_every_seat() -> None:
    lie = coverage(load_roads(), load_gazetteer().counties)
    assert (len(lie.near), len(lie.far), len(lie.beyond)) == (103, 0, 0)
