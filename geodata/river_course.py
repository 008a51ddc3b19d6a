"""The courses of rivers: lines from west to east, and the Yangtze between its banks.

The shipped lines are true to 1-2 km, so a town on a bank can come out on the wrong side. For the
Yangtze, whose crossings decide who is cut off, it is known on which bank each county seat near it
lies (``data/river_banks.csv``), and its course is led round the seats that the line misses.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import numpy as np
import shapely
import shapely.ops
from shapely.geometry.base import BaseGeometry

from geodata.boundaries import rivers
from geodata.gazetteer import load_gazetteer
from geodata.sources import read_table

YANGTZE = "Yangtze"

_BEYOND_THE_LINE = {
    YANGTZE: (
        ((105.0, 28.6), (105.44, 28.87), (106.58, 29.57)),
        ((117.8, 30.95), (118.37, 31.33), (118.48, 31.7), (118.72, 32.07), (119.45, 32.22),
         (120.0, 31.95)),
    )
}  # fmt: skip
"""Where a river goes on beyond the west and the east end of its line, to the ends of the shipped
network: through Luzhou and Chongqing, and through Tongling, Wuhu, Ma'anshan, Nanjing, Zhenjiang
and Jiangyin. Straight between the cities, so which roads cross there is modelled; that nothing
slips round the ends is sure."""

_LEAST_PIECE_DEG = 0.1
_FAR_SOUTH_DEG = 20.0
_PAST_A_SEAT_DEG = 0.016
"""By how much, some 1.7 km, the course passes a seat that the line misses: as much as the line
may be wrong, so that the roads of the town lie on its bank, too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiverLine:
    """A river as a row of pieces from west to east.

    Parameters
    ----------
    name_en
        Its English name.
    pieces
        The pieces, each with whether it is drawn in the source or filled in beyond its ends.
    """

    name_en: str
    pieces: tuple[tuple[shapely.LineString, bool], ...]

    @property
    def whole(self) -> shapely.LineString:
        """The pieces as one line."""
        return shapely.LineString([corner for piece, _ in self.pieces for corner in piece.coords])


def find_river(text: str) -> RiverLine | None:
    """Return a river by its Chinese or English name, None if it is not known."""
    wanted = text.strip().casefold().removesuffix(" river")
    for river in rivers().itertuples():
        if wanted in {river.name_zh, river.name_en.casefold()}:
            return RiverLine(name_en=river.name_en, pieces=_pieces(river.name_en, river.geometry))
    return None


def river_names_like(text: str) -> tuple[str, ...]:
    """Return the names of rivers that resemble a text, all names where none does."""
    table = rivers()
    names = {label for river in table.itertuples() for label in (river.name_zh, river.name_en)}
    near = get_close_matches(text.strip(), sorted(names), n=3, cutoff=0.5)
    return tuple(near or sorted(filter(None, names)))


@lru_cache(maxsize=1)
def yangtze_course() -> BaseGeometry:
    """Return the course of the Yangtze from 105 to 120 E, with every county seat on its bank.

    It is prepared for asking what crosses it.
    """
    line = find_river(YANGTZE)
    if line is None:
        msg = "The shipped rivers lack the Yangtze."
        raise RuntimeError(msg)
    corners = [*line.whole.coords]
    frame = [(corners[-1][0], _FAR_SOUTH_DEG), (corners[0][0], _FAR_SOUTH_DEG)]
    right: BaseGeometry = shapely.Polygon([*corners, *frame])
    for row in read_table("river_banks.csv"):
        seat = load_gazetteer().place(row["county_code"]).point
        spot = shapely.Point(seat.lon_deg, seat.lat_deg)
        way = shapely.shortest_line(spot, line.whole)
        is_right = row["bank"] == "right"
        if shapely.contains(right, spot) == is_right:
            continue
        # A strip from the seat over to its own bank changes sides.
        end = np.array(way.coords[1]) * 2 - np.array(way.coords[0])
        strip = shapely.LineString([way.coords[0], end]).buffer(_PAST_A_SEAT_DEG)
        right = right.union(strip) if is_right else right.difference(strip)
    course = right.boundary.difference(shapely.LineString([corners[-1], *frame, corners[0]]))
    shapely.prepare(course)
    return course


def _pieces(river_en: str, geometry: BaseGeometry) -> tuple[tuple[shapely.LineString, bool], ...]:
    merged = shapely.line_merge(geometry)
    # Short pieces are arms round islands; every long one is turned to run from west to east.
    drawn = sorted(
        piece.coords[:] if piece.coords[0] <= piece.coords[-1] else piece.coords[::-1]
        for piece in getattr(merged, "geoms", [merged])
        if piece.length > _LEAST_PIECE_DEG
    )
    west, east = _BEYOND_THE_LINE.get(river_en, ((), ()))
    return tuple(
        (shapely.LineString(piece), is_drawn)
        for piece, is_drawn in (
            ([*west, drawn[0][0]], False),
            *((piece, True) for piece in drawn),
            ([drawn[-1][-1], *east], False),
        )
        if len(piece) > 1
    )
