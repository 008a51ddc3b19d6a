"""Depots on the map: what is refused, and how a declared GCJ-02 folder is converted."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import shapely

from geodata.boundaries import county_polygon, lakes
from geodata.crs import cgcs2000_to_gcj02, geodesic_km
from geodata.gazetteer import load_gazetteer
from relief.errors import InvalidInput
from relief.places import Point
from relief.supply.declaration import Datum
from relief.supply.network import default_folder, load_network
from scenarios.network import open_network, survey_depots
from tests.relief.supply.tiny_network import TINY, edited, write_folder

AS_OF = date(2016, 7, 6)


def depots_csv(rows: Sequence[tuple[str, str, float, float]]) -> dict[str, str]:
    """Return a depots table after the two of the tiny folder."""
    lines = [
        f"{code},库,Depot,{tier},{code[:6]},{lon_deg:.5f},{lat_deg:.5f},,modelled,rule:guess"
        for code, tier, lon_deg, lat_deg in rows
    ]
    return {"depots.csv": TINY["depots.csv"] + "\n".join(lines) + "\n"}


def test_default_network_passes_every_check() -> None:
    network = open_network(as_of=AS_OF)

    assert network == load_network(default_folder(), as_of=AS_OF)
    assert network.datum is Datum.CGCS2000


def test_tiny_folder_passes_and_keeps_its_points(tmp_path: Path) -> None:
    network = open_network(write_folder(tmp_path), as_of=AS_OF)

    assert network.depots[0].point == Point(lon_deg=114.13142, lat_deg=30.62221)


def test_every_fault_on_the_map_is_listed_with_those_of_the_tables(tmp_path: Path) -> None:
    changes = {
        **edited("lots.csv", "lamp,30", "lamp,-30"),
        **depots_csv(
            [
                # in the East China Sea
                ("420102-01", "city", 125.0, 30.0),
                # the seat of Luotian given for a depot of Hong'an
                ("421122-01", "county", 115.39365, 30.78646),
                # 429999 exists in no list
                ("429999-01", "county", 113.0, 30.0),
                # a county depot of Henan
                ("410100-01", "county", 113.61929, 34.7478),
                # the central depot of Hefei placed at Nanjing
                ("340100-01", "centre", 118.79, 32.06),
                ("999999-01", "centre", 113.0, 30.0),
            ]
        ),
    }

    with pytest.raises(InvalidInput, match=r"in no county of Hubei") as caught:
        open_network(write_folder(tmp_path, changes), as_of=AS_OF)

    faults = {(f.where, f.field): f for f in caught.value.faults}
    assert set(faults) == {
        ("lots.csv:3", "pieces"),
        ("depots.csv:4", "lon_deg, lat_deg"),
        ("depots.csv:5", "lon_deg, lat_deg"),
        ("depots.csv:6", "county_code"),
        ("depots.csv:7", "tier"),
        ("depots.csv:8", "lon_deg, lat_deg"),
        ("depots.csv:9", "county_code"),
    }
    assert len(faults) == len(caught.value.faults)
    at_sea = faults["depots.csv:4", "lon_deg, lat_deg"]
    # Jiang'an reaches to about 114.4 E; 10.6 degrees further at 96.4 km are 1,022 km
    assert dict(at_sea.what.values)["km"] == pytest.approx(1_022, abs=5)
    assert "江岸区" in at_sea.allowed
    assert "罗田县 (Luotian)" in str(faults["depots.csv:5", "lon_deg, lat_deg"].what)
    assert "from its city" in str(faults["depots.csv:8", "lon_deg, lat_deg"].what)


@pytest.mark.parametrize(("km", "num_faults"), [(1.5, 0), (3.0, 1)])
def test_two_kilometres_outside_the_county_are_borne(
    tmp_path: Path, km: float, num_faults: int
) -> None:
    # due north of the northernmost point of Yunxi; a degree of latitude is 110.9 km there
    corners = shapely.get_coordinates(county_polygon("420322"))
    lon_deg, lat_deg = max(corners.tolist(), key=lambda corner: corner[1])
    lat_deg += km / 110.9
    changes = depots_csv([("420322-01", "county", lon_deg, lat_deg)])
    depots = load_network(write_folder(tmp_path, changes), as_of=AS_OF).depots
    on_lines = {f"depots.csv:{line}": depot for line, depot in enumerate(depots, start=2)}

    faults = list(survey_depots(on_lines, Datum.CGCS2000, load_gazetteer()))

    assert [fault.where for fault in faults] == ["depots.csv:4"] * num_faults


def shifted_folder(tmp_path: Path, datum: str, num: int) -> Path:
    """Return a folder with depots at the first seats of Huanggang as GCJ-02 shows them."""
    seats = [c for c in load_gazetteer().counties if c.parent_code == "421100"][:num]
    rows = []
    for seat in seats:
        point = cgcs2000_to_gcj02(seat.point)
        rows.append((f"{seat.code}-05", "county", point.lon_deg, point.lat_deg))
    changes = {
        **depots_csv(rows),
        **edited("network.toml", '"CGCS2000"', f'"{datum}"'),
    }
    return write_folder(tmp_path, changes)


def test_a_depot_in_a_lake_is_refused_and_one_by_the_shore_is_not(tmp_path: Path) -> None:
    # The middle of Honghu, and the place of its shore nearest to it; Honghu is in 421083.
    lake = lakes().set_index("name_zh").geometry["洪湖"]
    middle = shapely.maximum_inscribed_circle(lake).coords[0]
    shore = shapely.shortest_line(lake.boundary, shapely.Point(middle)).coords[0]
    changes = depots_csv(
        [
            ("421083-01", "county", middle[0], middle[1]),
            ("421083-02", "county", shore[0], shore[1]),
        ]
    )

    with pytest.raises(InvalidInput, match=r"lies in a lake: 洪湖 \(Honghu\)") as caught:
        open_network(write_folder(tmp_path, changes), as_of=AS_OF)

    (fault,) = caught.value.faults
    assert (fault.field, fault.where.endswith("depots.csv:4")) == ("lon_deg, lat_deg", True)


def test_declared_gcj02_is_converted_once(tmp_path: Path) -> None:
    network = open_network(shifted_folder(tmp_path, "GCJ-02", 3), as_of=AS_OF)

    assert network.datum is Datum.CGCS2000
    gazetteer = load_gazetteer()
    converted = [d for d in network.depots if d.code.endswith("-05")]
    assert len(converted) == 3
    for depot in converted:
        # points are written to 5 decimals, about a metre
        assert geodesic_km(depot.point, gazetteer.place(depot.county_code).point) < 0.002
    # the depots of the tiny folder were CGCS2000 in truth and are moved by the conversion
    assert 0.4 < geodesic_km(network.depots[0].point, gazetteer.place("420112").point) < 0.7


@pytest.mark.parametrize("datum", ["CGCS2000", "WGS84"])
def test_undeclared_gcj02_is_refused_with_its_reason(tmp_path: Path, datum: str) -> None:
    # 3 shifted of 5 depots near a seat
    with pytest.raises(InvalidInput, match=r"3 of 5 depots near a seat .* GCJ-02") as caught:
        open_network(shifted_folder(tmp_path, datum, 3), as_of=AS_OF)

    (fault,) = caught.value.faults
    assert (fault.where, fault.field, fault.value) == ("network.toml", "datum", datum)


def test_two_shifted_depots_prove_nothing(tmp_path: Path) -> None:
    network = open_network(shifted_folder(tmp_path, "CGCS2000", 2), as_of=AS_OF)

    assert len(network.depots) == 4


def test_undeclared_datum_is_refused_and_points_are_left_alone(tmp_path: Path) -> None:
    changes = {
        **depots_csv([("420102-01", "city", 125.0, 30.0)]),
        **edited("network.toml", 'datum = "CGCS2000"\n', ""),
    }

    with pytest.raises(InvalidInput, match=r"not declared") as caught:
        open_network(write_folder(tmp_path, changes), as_of=AS_OF)

    assert [fault.field for fault in caught.value.faults] == ["datum"]


def test_whole_default_network_shifted_is_found_out(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in default_folder().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    lines = (folder / "depots.csv").read_text(encoding="utf-8").splitlines()
    moved = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        point = cgcs2000_to_gcj02(Point(lon_deg=float(cells[5]), lat_deg=float(cells[6])))
        cells[5:7] = [f"{point.lon_deg:.5f}", f"{point.lat_deg:.5f}"]
        moved.append(",".join(cells))
    (folder / "depots.csv").write_text("\n".join(moved) + "\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match=r"look like GCJ-02 points") as caught:
        open_network(folder, as_of=AS_OF)

    assert len(caught.value.faults) == 1
