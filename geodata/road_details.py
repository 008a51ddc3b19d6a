"""What an imported road network knows of each stretch beyond its ends and its length."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

ROAD_CLASSES = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "road",
    "ferry",
)
"""The classes of roads that trucks may use, by the value of OpenStreetMap's key ``highway``;
``ferry`` stands for ``route=ferry``."""

FERRY = ROAD_CLASSES.index("ferry")

E7 = 10_000_000
"""Coordinates are kept in ten-millionths of a degree, as OpenStreetMap does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadDetails:
    """Attributes and shape of each stretch; every array is read-only.

    Parameters
    ----------
    road_classes
        Rows of `ROAD_CLASSES`, shape (stretches,), as all that follow unless they say otherwise.
    names, refs
        The names and the road numbers that occur, each once; the first is empty.
    name_rows, ref_rows
        Rows of `names` and of `refs`.
    length_m
        Length along the shape, to a decimetre.
    speed_limit_km_h
        The posted limit; 0 where none is known.
    max_weight_kg, max_height_cm, max_width_cm
        Posted limits for the vehicle; 0 where none is known.
    bridge, tunnel
        Whether the stretch is, or is part of, one.
    trucks
        Whether goods vehicles over 3.5 t may use it.
    ferry_s
        The time of a crossing where it is stated; 0 elsewhere.
    way_ids
        The OpenStreetMap way of the stretch, the first if it was joined from several.
    first_bends
        Where the bends of each stretch begin, and the end of the last, shape (stretches + 1,).
    bends_lon_e7, bends_lat_e7
        Points between the two junctions, from tail to head, shape (bends,).
    """

    road_classes: NDArray[np.uint8]
    names: tuple[str, ...]
    refs: tuple[str, ...]
    name_rows: NDArray[np.int32]
    ref_rows: NDArray[np.int32]
    length_m: NDArray[np.float64]
    speed_limit_km_h: NDArray[np.int16]
    max_weight_kg: NDArray[np.int32]
    max_height_cm: NDArray[np.int32]
    max_width_cm: NDArray[np.int32]
    bridge: NDArray[np.bool_]
    tunnel: NDArray[np.bool_]
    trucks: NDArray[np.bool_]
    ferry_s: NDArray[np.int32]
    way_ids: NDArray[np.int64]
    first_bends: NDArray[np.int64]
    bends_lon_e7: NDArray[np.int32]
    bends_lat_e7: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name in DETAIL_ARRAYS:
            getattr(self, name).setflags(write=False)

    def name_of(self, row: int) -> str:
        """Return the number and the name of the road to which a stretch belongs."""
        ref, name = self.refs[self.ref_rows[row]], self.names[self.name_rows[row]]
        return f"{ref} {name}".strip()


DETAIL_ARRAYS = tuple(
    field.name for field in fields(RoadDetails) if field.name not in {"names", "refs"}
)
"""The names of the arrays of `RoadDetails`."""
