"""From an OpenStreetMap extract to a road network: read, cut into stretches, keep the main part."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geodata.boundaries import province_outline
from geodata.crs import geodesics_m
from geodata.engine import contraction_order
from geodata.layout import RoadLayout
from geodata.osm_extract import Extract, read_extract
from geodata.osm_stretches import Stretches, cut_into_stretches
from geodata.road_details import E7, RoadDetails
from relief.errors import Fault, InvalidInput
from relief.plan.outcome import Progress, ProgressStep, silent
from relief.sentences import say

LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"

_M_PER_HM = 100
_DM_PER_M = 10
_NUM_PARTS_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadPart:
    """A part of the roads whose junctions can all be reached from each other.

    Parameters
    ----------
    num_junctions, roads_km
        Its junctions, and the length of the stretches between them.
    """

    num_junctions: int
    roads_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """Where an imported network comes from, and what became of the extract.

    Parameters
    ----------
    file, sha256
        Name and checksum of the extract.
    written_at
        When it was cut from the database, as it says itself; empty if it does not.
    licence, attribution
        Under which terms it may be shared, and the words to print wherever it is shown.
    num_ways, num_drivable
        Ways with a class of road or a ferry in the file; those that trucks may use.
    num_missing, num_barriers
        Points on the latter that the file lacks, and that bar trucks.
    num_parts, largest_parts
        How many parts there are, each but the first left out, and the largest of them.
    roads_km
        Length of all stretches before the small parts were left out.
    num_junctions, num_stretches, num_one_way, num_bends
        What was kept.
    hubei_share
        The share of the kept junctions that lie in Hubei.
    num_turn_rules
        Turn restrictions in the file, which are not applied; 0 in folders written before they were
        counted.
    """

    file: str
    sha256: str
    written_at: str
    licence: str
    attribution: str
    num_ways: int
    num_drivable: int
    num_missing: int
    num_barriers: int
    num_parts: int
    largest_parts: tuple[RoadPart, ...]
    roads_km: float
    num_junctions: int
    num_stretches: int
    num_one_way: int
    num_bends: int
    hubei_share: float
    num_turn_rules: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImportedRoads:
    """The main part of the roads of an extract, and how it came about."""

    layout: RoadLayout
    details: RoadDetails
    record: ImportRecord


def import_extract(
    file: Path, *, anywhere: bool = False, progress: Progress = silent
) -> ImportedRoads:
    """Make a road network from an extract.

    Only the largest part within which every junction can be reached from every other is kept.

    Parameters
    ----------
    file
        A PBF or XML file of OpenStreetMap.
    anywhere
        Whether the roads may lie outside Hubei altogether.
    progress
        Receives signs of life.

    Raises
    ------
    InvalidInput
        If the file cannot be read, holds no roads for trucks, or none of its roads lies in Hubei.
    """
    extract = read_extract(file, progress)
    progress(ProgressStep(stage="osm-join", done_share=0.0, detail=f"{len(extract.way_ids):,}"))
    stretches = cut_into_stretches(extract)
    if not len(stretches.tags):
        raise InvalidInput(
            Fault(
                where=str(file),
                value=f"{len(extract.way_ids)} roads",
                what=say("The roads of the file have no points: none of them can be drawn."),
                remedy=say("Fetch an extract with complete ways."),
            )
        )
    lengths_m = _lengths_m(extract, stretches)
    keep, parts = _main_part(extract, stretches, lengths_m)
    kept = _kept(stretches, keep)
    layout, details = _laid_out(extract, kept, lengths_m[keep])
    hubei_share = _hubei_share(layout)
    if not hubei_share and not anywhere:
        raise InvalidInput(_elsewhere(file, layout))
    progress(ProgressStep(stage="osm-order", done_share=0.0, detail="order of contraction"))
    rank = np.empty(len(layout.node_ids), dtype=np.int64)
    rank[contraction_order(layout)] = np.arange(len(rank))
    record = ImportRecord(
        file=file.name,
        sha256=extract.sha256,
        written_at=extract.written_at,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        num_ways=extract.num_ways,
        num_drivable=len(extract.way_ids),
        num_missing=extract.num_missing,
        num_barriers=extract.num_barriers,
        num_parts=len(parts),
        largest_parts=parts[:_NUM_PARTS_TOLD],
        roads_km=round(float(lengths_m.sum()) / 1000, 1),
        num_junctions=len(layout.node_ids),
        num_stretches=len(layout.tails),
        num_one_way=int(layout.one_way.sum()),
        num_bends=len(details.bends_lon_e7),
        hubei_share=hubei_share,
        num_turn_rules=extract.num_turn_rules,
    )
    return ImportedRoads(
        layout=replace(layout, contraction_rank=rank), details=details, record=record
    )


def spread_hm(length_m: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return lengths in whole hectometres that are right in sum.

    Streets in towns are shorter than the unit: each rounded for itself, a way through a town would
    come out at twice its length. So the roundings are spread over the stretches in their order,
    which is that of the ways: any run of neighbours is right to one hectometre.

    Parameters
    ----------
    length_m
        Shape (stretches,).

    Examples
    --------
    >>> spread_hm(np.array([40.0, 40.0, 40.0, 250.0])).tolist()
    [0, 0, 1, 2]
    """
    passed: NDArray[np.int64] = np.floor(np.cumsum(length_m) / _M_PER_HM + 1e-9).astype(np.int64)
    return np.diff(passed, prepend=0)


def _lengths_m(extract: Extract, stretches: Stretches) -> NDArray[np.float64]:
    lon_deg = extract.lon_e7[stretches.point_rows] / E7
    lat_deg = extract.lat_e7[stretches.point_rows] / E7
    legs = np.zeros(len(lon_deg))
    legs[:-1] = geodesics_m(lon_deg[:-1], lat_deg[:-1], lon_deg[1:], lat_deg[1:])
    # From the last point of a stretch no leg leads on.
    legs[stretches.first_points[1:] - 1] = 0
    lengths = np.add.reduceat(legs, stretches.first_points[:-1])
    return np.round(lengths * _DM_PER_M) / _DM_PER_M


def _main_part(
    extract: Extract, stretches: Stretches, lengths_m: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], tuple[RoadPart, ...]]:
    """Return which stretches lie in the main part, and all parts, the main part first."""
    ends = stretches.point_rows[stretches.first_points[:-1]]
    others = stretches.point_rows[stretches.first_points[1:] - 1]
    junctions, rows = np.unique(np.concatenate((ends, others)), return_inverse=True)
    tails, heads = rows[: len(ends)], rows[len(ends) :]
    back = ~np.array([kind.one_way for kind in extract.tags])[stretches.tags]
    links = csr_matrix(
        (
            np.ones(len(tails) + int(back.sum())),
            (np.concatenate((tails, heads[back])), np.concatenate((heads, tails[back]))),
        ),
        shape=(len(junctions), len(junctions)),
    )
    labels = connected_components(links, directed=True, connection="strong")[1]
    sizes = np.bincount(labels)
    inside = labels[tails] == labels[heads]
    part_m = np.bincount(labels[tails[inside]], weights=lengths_m[inside], minlength=len(sizes))
    order = np.lexsort((-part_m, -sizes))
    parts = tuple(
        RoadPart(num_junctions=int(sizes[label]), roads_km=round(float(part_m[label]) / 1000, 1))
        for label in order.tolist()
    )
    return inside & (labels[tails] == order[0]), parts


def _kept(stretches: Stretches, keep: NDArray[np.bool_]) -> Stretches:
    counts = np.diff(stretches.first_points)
    return Stretches(
        tags=stretches.tags[keep],
        way_ids=stretches.way_ids[keep],
        first_points=np.concatenate(([0], np.cumsum(counts[keep]))),
        point_rows=stretches.point_rows[np.repeat(keep, counts)],
    )


def _laid_out(
    extract: Extract, stretches: Stretches, lengths_m: NDArray[np.float64]
) -> tuple[RoadLayout, RoadDetails]:
    first, last = stretches.first_points[:-1], stretches.first_points[1:] - 1
    ends, others = stretches.point_rows[first], stretches.point_rows[last]
    junctions = np.unique(np.concatenate((ends, others)))
    is_bend = np.ones(len(stretches.point_rows), dtype=np.bool_)
    is_bend[first], is_bend[last] = False, False
    bends = stretches.point_rows[is_bend]
    names, name_rows = _texts([kind.name for kind in extract.tags])
    refs, ref_rows = _texts([kind.ref for kind in extract.tags])
    tags = stretches.tags

    kinds = extract.tags
    details = RoadDetails(
        road_classes=np.array([kind.road_class for kind in kinds], dtype=np.uint8)[tags],
        names=names,
        refs=refs,
        name_rows=name_rows[tags],
        ref_rows=ref_rows[tags],
        length_m=lengths_m,
        speed_limit_km_h=np.array([kind.speed_limit_km_h for kind in kinds], dtype=np.int16)[tags],
        max_weight_kg=np.array([kind.max_weight_kg for kind in kinds], dtype=np.int32)[tags],
        max_height_cm=np.array([kind.max_height_cm for kind in kinds], dtype=np.int32)[tags],
        max_width_cm=np.array([kind.max_width_cm for kind in kinds], dtype=np.int32)[tags],
        bridge=np.array([kind.bridge for kind in kinds])[tags],
        tunnel=np.array([kind.tunnel for kind in kinds])[tags],
        trucks=np.array([kind.trucks for kind in kinds])[tags],
        ferry_s=np.array([kind.ferry_s for kind in kinds], dtype=np.int32)[tags],
        way_ids=stretches.way_ids,
        first_bends=np.concatenate(([0], np.cumsum(np.diff(stretches.first_points) - 2))),
        bends_lon_e7=extract.lon_e7[bends].astype(np.int32),
        bends_lat_e7=extract.lat_e7[bends].astype(np.int32),
    )
    layout = RoadLayout(
        node_ids=extract.point_ids[junctions],
        lon_deg=extract.lon_e7[junctions] / E7,
        lat_deg=extract.lat_e7[junctions] / E7,
        tails=np.searchsorted(junctions, ends),
        heads=np.searchsorted(junctions, others),
        length_hm=spread_hm(lengths_m),
        one_way=np.array([kind.one_way for kind in kinds])[tags],
        contraction_rank=np.empty(0, dtype=np.int64),
        details=details,
    )
    return layout, details


def _texts(values: list[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the texts that occur, the empty one first, and the row of each value."""
    rows = {text: row for row, text in enumerate(dict.fromkeys(["", *values]))}
    return tuple(rows), np.array([rows[value] for value in values], dtype=np.int32)


def _hubei_share(layout: RoadLayout) -> float:
    outline = province_outline()
    shapely.prepare(outline)
    inside = shapely.contains_xy(outline, layout.lon_deg, layout.lat_deg)
    return float(inside.mean())


def _elsewhere(file: Path, layout: RoadLayout) -> Fault:
    found = (layout.lon_deg.min(), layout.lat_deg.min(), layout.lon_deg.max(), layout.lat_deg.max())
    allowed = province_outline().bounds
    return Fault(
        where=str(file),
        value=" ".join(f"{degrees:.2f}" for degrees in found),
        what=say("None of the roads lies in Hubei (west, south, east, north in degrees)."),
        allowed=" ".join(f"{degrees:.2f}" for degrees in allowed),
        remedy=say("Fetch the extract of Hubei, or say --anywhere if another region is meant."),
    )
