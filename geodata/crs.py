"""Coordinates: the only place where a point changes its reference system.

Everything inside the program is EPSG:4490 (CGCS2000) in degrees, longitude first. WGS 84 is taken
as equal, because the two differ by less than a metre in Hubei. GCJ-02, the shifted system of
Chinese web maps, lies some 550-620 m off and cannot be told from the numbers alone: it is
converted only where it is declared.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.sentences import say
from relief.supply.declaration import Datum

MEAN_RADIUS_KM = 6371.0088
"""The mean radius of the earth (2a + b) / 3, for quick searches on the sphere."""

_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257222101
_GEOD = Geod(a=_SEMI_MAJOR_M, f=_FLATTENING)

# GCJ-02 is computed on the ellipsoid of Krassowsky 1940, whatever the datum of the input.
_GCJ_SEMI_MAJOR_M = 6_378_245.0
_GCJ_ECCENTRICITY_SQUARED = 0.00669342162296594323
_GCJ_ORIGIN_LON_DEG = 105.0
_GCJ_ORIGIN_LAT_DEG = 35.0
_GCJ_BOX_DEG = (72.004, 0.8293, 137.8347, 55.8271)

_ZONES = (
    (106.5, 109.5, 4545),
    (109.5, 112.5, 4546),
    (112.5, 115.5, 4547),
    (115.5, 118.5, 4548),
)


def declared_datum(text: str | None, *, where: str) -> Datum:
    """Return the datum that a source declares.

    Parameters
    ----------
    text
        What the source says, for example ``CGCS2000``, ``EPSG:4490``, ``WGS84`` or ``GCJ-02``;
        None or empty when it says nothing.
    where
        The file or the object, for the message.

    Raises
    ------
    InvalidInput
        If nothing is declared or the name is unknown. A datum is never guessed.

    Examples
    --------
    >>> declared_datum("EPSG:4490", where="network.toml")
    <Datum.CGCS2000: 'CGCS2000'>
    """
    names = {
        "cgcs2000": Datum.CGCS2000,
        "epsg4490": Datum.CGCS2000,
        "wgs84": Datum.WGS84,
        "epsg4326": Datum.WGS84,
        "crs84": Datum.WGS84,
        "gcj02": Datum.GCJ02,
    }
    key = "".join(letter for letter in (text or "").lower() if letter.isalnum())
    if key not in names:
        raise InvalidInput(
            Fault(
                where=where,
                field="datum",
                value=text or "",
                what=say("The reference system of the points is not declared or not known."),
                allowed=", ".join(datum.value for datum in Datum),
                remedy=say(
                    "Declare the datum of the source. Points taken from a Chinese web map are "
                    "GCJ-02; they are converted once they are declared."
                ),
            )
        )
    return names[key]


def declared_points(points: Sequence[Point], datum: Datum) -> tuple[Point, ...]:
    """Return points in EPSG:4490, converting those that are declared as GCJ-02.

    Parameters
    ----------
    points
        The points as the source states them, longitude first.
    datum
        The declared datum, see `declared_datum`.
    """
    if datum is Datum.GCJ02:
        return tuple(gcj02_to_cgcs2000(point) for point in points)
    return tuple(points)


def cgcs2000_to_gcj02(point: Point) -> Point:
    """Return the point as Chinese web maps show it.

    The formula is not published officially; this is the one that circulates in open source, as
    found identically in ten independent programs. Outside its box points are left alone.
    """
    west, south, east, north = _GCJ_BOX_DEG
    if not (west <= point.lon_deg <= east and south <= point.lat_deg <= north):
        return point
    x = point.lon_deg - _GCJ_ORIGIN_LON_DEG
    y = point.lat_deg - _GCJ_ORIGIN_LAT_DEG
    waves = 20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east_m += 2 / 3 * waves
    east_m += 2 / 3 * (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi))
    east_m += 2 / 3 * (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north_m += 2 / 3 * waves
    north_m += 2 / 3 * (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi))
    north_m += 2 / 3 * (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30))
    lat_rad = math.radians(point.lat_deg)
    root = 1 - _GCJ_ECCENTRICITY_SQUARED * math.sin(lat_rad) ** 2
    meridian_m = _GCJ_SEMI_MAJOR_M * (1 - _GCJ_ECCENTRICITY_SQUARED) / root**1.5
    parallel_m = _GCJ_SEMI_MAJOR_M / math.sqrt(root) * math.cos(lat_rad)
    return Point(
        lon_deg=point.lon_deg + math.degrees(east_m / parallel_m),
        lat_deg=point.lat_deg + math.degrees(north_m / meridian_m),
    )


def gcj02_to_cgcs2000(point: Point) -> Point:
    """Return the EPSG:4490 point of a GCJ-02 point, to better than a millimetre.

    The shift changes by less than a thousandth over its own length, so that subtracting the
    shift found at the last guess converges at once; six rounds leave nothing to see.
    """
    guess = point
    for _ in range(6):
        shifted = cgcs2000_to_gcj02(guess)
        guess = Point(
            lon_deg=guess.lon_deg + point.lon_deg - shifted.lon_deg,
            lat_deg=guess.lat_deg + point.lat_deg - shifted.lat_deg,
        )
    return guess


def geodesic_km(one: Point, other: Point) -> float:
    """Return the length of the shortest line on the CGCS2000 ellipsoid.

    References
    ----------
    C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87 (2013), doi:10.1007/s00190-012-0578-z.
    """
    return float(_GEOD.inv(one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg)[2]) / 1000


def geodesics_m(
    lon_deg: NDArray[np.float64],
    lat_deg: NDArray[np.float64],
    to_lon_deg: NDArray[np.float64],
    to_lat_deg: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return `geodesic_km` in metres for many pairs of points, all of shape (pairs,)."""
    return np.asarray(_GEOD.inv(lon_deg, lat_deg, to_lon_deg, to_lat_deg)[2], dtype=np.float64)


def great_circles_km(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], other: Point
) -> NDArray[np.float64]:
    """Return distances on the mean sphere, true to 0.6 %, for choosing among many points.

    Parameters
    ----------
    lon_deg, lat_deg
        Shape (points,); so is the answer.
    other
        The point from which they are measured.
    """
    along = on_unit_sphere(np.array([other.lon_deg]), np.array([other.lat_deg]))[0]
    chord = np.linalg.norm(on_unit_sphere(lon_deg, lat_deg) - along, axis=1)
    distances: NDArray[np.float64] = 2 * MEAN_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return distances


def on_unit_sphere(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return points on the unit sphere as rows of x, y, z, shape (points, 3)."""
    lon_rad, lat_rad = np.radians(lon_deg), np.radians(lat_deg)
    return np.column_stack(
        (np.cos(lat_rad) * np.cos(lon_rad), np.cos(lat_rad) * np.sin(lon_rad), np.sin(lat_rad))
    )


def gauss_kruger_zone(point: Point) -> int:
    """Return the EPSG code of the 3-degree Gauss-Kruger zone in which a point of Hubei lies.

    A point on the line between two zones belongs to the eastern one.

    Raises
    ------
    InvalidInput
        If the point lies outside the four zones of Hubei (106.5 to 118.5 degrees east).

    Examples
    --------
    >>> gauss_kruger_zone(Point(lon_deg=114.3, lat_deg=30.6))
    4547
    """
    for west, east, code in _ZONES:
        if west <= point.lon_deg < east:
            return code
    raise InvalidInput(
        Fault(
            where=f"point {point.lon_deg}, {point.lat_deg}",
            field="lon_deg",
            value=str(point.lon_deg),
            what=say("The point lies outside the Gauss-Kruger zones of Hubei."),
            allowed="106.5 to 118.5",
            remedy=say("Correct the longitude; it is written before the latitude."),
        )
    )


@lru_cache(maxsize=8)
def _transformer(epsg: int) -> Transformer:
    return Transformer.from_crs(4490, epsg, always_xy=True)


def to_plane(point: Point, epsg: int) -> tuple[float, float]:
    """Return easting and northing in metres in a Gauss-Kruger zone (EPSG:4545 to 4548)."""
    east_m, north_m = _transformer(epsg).transform(point.lon_deg, point.lat_deg)
    return float(east_m), float(north_m)


def from_plane(east_m: float, north_m: float, epsg: int) -> Point:
    """Return the EPSG:4490 point of an easting and a northing in metres."""
    lon_deg, lat_deg = _transformer(epsg).transform(east_m, north_m, direction="INVERSE")
    return Point(lon_deg=float(lon_deg), lat_deg=float(lat_deg))
