"""Reading an OpenStreetMap extract: the ways that trucks may use, and the points they go through.

The file is read as a stream several times: for the ways that carry rare tags, for all ways, for the
points of those that trucks may use, for barriers on them, and for turn restrictions, which are
counted only. What is not asked for is passed over inside `osmium`, which is quick; what is kept are
numbers of drivable ways in flat arrays, so that memory grows with the roads in the file and not
with its houses.
"""

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from geodata.osm_tags import COMMON_KEYS, RARE_KEYS, RoadTags, bars_trucks, read_way
from relief.errors import Fault, InvalidInput
from relief.plan.outcome import Progress, ProgressStep
from relief.sentences import say

ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
"""The endings of the files that can be read."""

_AskedWay = tuple[osmium.osm.Way, tuple[str, ...], tuple[str | None, ...]]
_BARRED = -1
_EVERY = 50_000
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extract:
    """The drivable ways of an extract.

    Parameters
    ----------
    tags
        What the tags of ways say, each combination once.
    way_ids, way_tags
        Identity of each way and its row in `tags`, shape (ways,).
    first_points
        Where the points of each way begin, and the end of the last, shape (ways + 1,).
    point_rows
        The points of the ways, one way after the other, as rows of the arrays that follow, in the
        order in which the way may be driven, shape (points on ways,).
    point_ids, lon_e7, lat_e7
        Identity and coordinates of each point in ten-millionths of a degree, in increasing order
        of identity, shape (points,).
    usable
        Whether the file holds the point and nothing there bars trucks, shape (points,).
    num_ways, num_missing, num_barriers
        Ways with a class of road in the file, points of drivable ways that it lacks, and points
        on them that bar trucks.
    num_turn_rules
        Turn restrictions in the file; they are not applied.
    written_at
        When the extract was cut from the database, as its header says; empty if it does not.
    sha256
        The checksum of the file.
    """

    tags: tuple[RoadTags, ...]
    way_ids: NDArray[np.int64]
    way_tags: NDArray[np.int64]
    first_points: NDArray[np.int64]
    point_rows: NDArray[np.int64]
    point_ids: NDArray[np.int64]
    lon_e7: NDArray[np.int64]
    lat_e7: NDArray[np.int64]
    usable: NDArray[np.bool_]
    num_ways: int
    num_missing: int
    num_barriers: int
    num_turn_rules: int
    written_at: str
    sha256: str


def read_extract(file: Path, progress: Progress) -> Extract:
    """Read the drivable ways of an extract.

    Parameters
    ----------
    file
        A PBF or XML file.
    progress
        Receives signs of life.

    Raises
    ------
    InvalidInput
        If there is no such file, it is cut short, is no OpenStreetMap file, or holds no way that
        trucks may use.
    """
    check_file(file)
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
    try:
        return _read(file, digest.hexdigest(), progress)
    except RuntimeError as broken:
        # The reader knows no finer error: its text says what is wrong with the file.
        raise InvalidInput(
            Fault(
                where=str(file),
                value=str(broken),
                what=say("The file is cut short, damaged or no OpenStreetMap file."),
                allowed=", ".join(ENDINGS),
                remedy=say("Fetch the extract again and compare its checksum."),
            )
        ) from broken


def check_file(file: Path) -> None:
    """Make sure that a file is there and named like an extract.

    Raises
    ------
    InvalidInput
        If it is not.
    """
    if not file.is_file():
        raise InvalidInput(
            Fault(where=str(file), what=say("There is no such file."), allowed=", ".join(ENDINGS))
        )
    if not file.name.endswith(ENDINGS):
        raise InvalidInput(
            Fault(
                where=str(file),
                what=say("The name of the file does not tell that it is an OpenStreetMap extract."),
                allowed=", ".join(ENDINGS),
                remedy=say("Give the file as it was fetched, with its ending."),
            )
        )


def _read(file: Path, sha256: str, progress: Progress) -> Extract:
    with osmium.io.Reader(str(file), osmium.osm.NOTHING) as reader:
        written_at = reader.header().get("osmosis_replication_timestamp")
    kinds: dict[RoadTags, int] = {}
    way_ids, way_tags = array("q"), array("q")
    first, refs = array("q", [0]), array("q")
    num_ways = 0
    # Ways have few combinations of tags: each is read once.
    rows: dict[tuple[str | None, ...], int] = {}
    turned: list[bool] = []
    for way, keys, values in _ways(file):
        num_ways += 1
        if num_ways % _EVERY == 1:
            progress(ProgressStep(stage="osm-ways", done_share=0.0, detail=f"{num_ways:,} ways"))
        row = rows.get(values)
        if row is None:
            tags = {key: text for key, text in zip(keys, values, strict=True) if text is not None}
            read = read_way(tags)
            row = _BARRED if read is None else kinds.setdefault(read, len(kinds))
            if read is not None and row == len(turned):
                turned.append(read.backward)
            rows[values] = row
        points = [point.ref for point in way.nodes] if row != _BARRED else []
        if len(points) < 2:  # noqa: PLR2004 - a road has two ends
            continue
        way_ids.append(way.id)
        way_tags.append(row)
        refs.extend(reversed(points) if turned[row] else points)
        first.append(len(refs))
    progress(ProgressStep(stage="osm-ways", done_share=1.0, detail=f"{num_ways:,} ways"))
    if not way_ids:
        raise InvalidInput(
            Fault(
                where=str(file),
                value=f"{num_ways} roads and ferries",
                what=say("The file holds no road that trucks may use."),
                remedy=say("Fetch an extract with its roads, not one of points or buildings."),
            )
        )
    point_ids, point_rows = np.unique(_numbers(refs), return_inverse=True)
    lon_e7, lat_e7, is_there, barred = _read_points(file, point_ids, progress)
    return Extract(
        tags=tuple(kinds),
        way_ids=_numbers(way_ids),
        way_tags=_numbers(way_tags),
        first_points=_numbers(first),
        point_rows=point_rows.astype(np.int64),
        point_ids=point_ids,
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        usable=is_there & ~barred,
        num_ways=num_ways,
        num_missing=int((~is_there).sum()),
        num_barriers=int(barred.sum()),
        num_turn_rules=_num_turn_rules(file),
        written_at=written_at,
        sha256=sha256,
    )


def _ways(file: Path) -> Iterator[_AskedWay]:
    """Yield the ways with a class of road or a route, the keys that count, and their values."""
    # Asking for the few keys that count is quicker than taking all tags over, and most ways need
    # not be asked for most keys.
    rare = osmium.FileProcessor(str(file), osmium.osm.WAY)
    special = {way.id for way in rare.with_filter(osmium.filter.KeyFilter(*RARE_KEYS))}
    every_key = (*COMMON_KEYS, *RARE_KEYS)
    stream = osmium.FileProcessor(str(file), osmium.osm.WAY)
    for way in stream.with_filter(osmium.filter.KeyFilter("highway", "route")):
        if isinstance(way, osmium.osm.Way):
            keys = every_key if way.id in special else COMMON_KEYS
            yield way, keys, tuple(map(way.tags.get, keys))


def _read_points(
    file: Path, point_ids: NDArray[np.int64], progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    size = len(point_ids)
    progress(ProgressStep(stage="osm-points", done_share=0.0, detail=f"{size:,} points"))
    # A flat array hands out one number at a time; a list would take five times its memory.
    wanted = array("q", point_ids.tobytes())
    places = osmium.index.create_map("flex_mem")
    keeper = osmium.NodeLocationsForWays(places)
    reader = osmium.io.Reader(str(file), osmium.osm.NODE)
    osmium.apply(reader, osmium.filter.IdFilter(wanted), keeper)
    lon_e7, lat_e7 = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    is_there, is_barred = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for row, point in enumerate(wanted):
        if row % _EVERY == 0:
            detail = f"{row:,} of {size:,} points"
            progress(ProgressStep(stage="osm-points", done_share=row / size, detail=detail))
        try:
            place = places.get(point)
        except KeyError:
            continue
        if place.valid():
            lon_e7[row], lat_e7[row], is_there[row] = place.x, place.y, True
    stream = osmium.FileProcessor(str(file), osmium.osm.NODE)
    barriers = stream.with_filter(osmium.filter.KeyFilter("barrier"))
    for node in barriers.with_filter(osmium.filter.IdFilter(wanted)):
        if bars_trucks({tag.k: tag.v for tag in node.tags}):
            is_barred[np.searchsorted(point_ids, node.id)] = True
    progress(ProgressStep(stage="osm-points", done_share=1.0, detail=f"{is_there.sum():,} points"))
    return lon_e7, lat_e7, is_there, is_barred & is_there


def _num_turn_rules(file: Path) -> int:
    stream = osmium.FileProcessor(str(file), osmium.osm.RELATION)
    rules = stream.with_filter(osmium.filter.TagFilter(("type", "restriction")))
    return sum(1 for _ in rules)


def _numbers(values: "array[int]") -> NDArray[np.int64]:
    return np.frombuffer(values, dtype=np.int64) if len(values) else np.empty(0, dtype=np.int64)
