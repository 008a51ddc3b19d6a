"""An imported road network as a folder: three files, a version, checksums.

``network.json``
    Format and version, where the roads come from and under which licence, what was kept of them,
    and the checksums of the other two files.
``arrays.npz``
    Junctions, stretches and their attributes as NumPy arrays. Bends are kept as differences, in
    ten-millionths of a degree: of the first bend to the stretch's tail, of each other to the one
    before.
``names.json``
    The names and numbers of roads, each once.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geodata.gazetteer import load_gazetteer
from geodata.layout import RoadLayout
from geodata.osm import ImportedRoads, ImportRecord, RoadPart
from geodata.road_details import DETAIL_ARRAYS, E7, RoadDetails
from geodata.roads import SNAP_LIMIT_KM, RoadNetwork, build_network
from geodata.rules import SPEED_CLASSES
from geodata.vehicle_rules import load_vehicle_rules
from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say

FORMAT = "relief-roads"
VERSION = 1
RECORD_FILE = "network.json"
ARRAYS_FILE = "arrays.npz"
NAMES_FILE = "names.json"
FILES = (RECORD_FILE, ARRAYS_FILE, NAMES_FILE)
"""Every file of a stored network; `RECORD_FILE` is its mark."""

_LAYOUT_ARRAYS = ("node_ids", "tails", "heads", "one_way", "length_hm", "contraction_rank")
_BENDS = ("bends_lon_e7", "bends_lat_e7")
_KINDS = {"tails": np.int32, "heads": np.int32, "length_hm": np.int32, "contraction_rank": np.int32}
_WUHAN_DEPOT = "420112"
"""From the seat of this county unit long hauls are measured, see `geodata.access`."""


def network_files(roads: ImportedRoads) -> Mapping[str, bytes]:
    """Return the content of the files of a stored network."""
    layout, details = roads.layout, roads.details
    arrays: dict[str, NDArray[np.generic]] = {
        name: getattr(layout, name).astype(_KINDS.get(name, getattr(layout, name).dtype))
        for name in _LAYOUT_ARRAYS
    }
    arrays["lon_e7"] = _e7(layout.lon_deg)
    arrays["lat_e7"] = _e7(layout.lat_deg)
    for name in DETAIL_ARRAYS:
        if name not in _BENDS:
            arrays[name] = getattr(details, name)
    starts = np.repeat(layout.tails, np.diff(details.first_bends))
    begins = np.zeros(len(starts), dtype=np.bool_)
    begins[details.first_bends[:-1][np.diff(details.first_bends) > 0]] = True
    for name, ends in zip(_BENDS, (arrays["lon_e7"], arrays["lat_e7"]), strict=True):
        bends = getattr(details, name)
        before = np.where(begins, ends[starts], np.concatenate(([0], bends[:-1])))
        arrays[name] = (bends - before).astype(np.int32)
    written = io.BytesIO()
    np.savez_compressed(written, allow_pickle=False, **arrays)
    names = json.dumps(
        {"names": details.names, "refs": details.refs}, ensure_ascii=False, indent=0
    ).encode()
    record = {
        "format": FORMAT,
        "version": VERSION,
        **asdict(roads.record),
        "sha256_of_files": {
            ARRAYS_FILE: hashlib.sha256(written.getvalue()).hexdigest(),
            NAMES_FILE: hashlib.sha256(names).hexdigest(),
        },
    }
    return {
        RECORD_FILE: json.dumps(record, ensure_ascii=False, indent=1).encode(),
        ARRAYS_FILE: written.getvalue(),
        NAMES_FILE: names,
    }


def open_roads(folder: Path) -> tuple[RoadNetwork, ImportRecord]:
    """Return a stored network, and where it comes from.

    Places are put on the junctions from which, and to which, the largest trucks of every class
    can drive. Places beyond the edge of the network are joined to it by modelled long hauls if it
    holds Wuhan.

    Raises
    ------
    InvalidInput
        If the folder is no stored network, of another version, or was changed.
    """
    record, contents = _read(folder)
    with np.load(io.BytesIO(contents[ARRAYS_FILE]), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    names = json.loads(contents[NAMES_FILE])
    layout = _layout(arrays, tuple(names["names"]), tuple(names["refs"]))
    stamp = f", {record.written_at[:10]}" if record.written_at else ""
    name = f"{record.file}{stamp} ({record.attribution})"
    roads = build_network(name=name, layout=layout)
    holds_wuhan = _holds_wuhan(roads)
    if holds_wuhan:
        roads = replace(roads, long_haul=True, approximate=True)
    return roads, record


def _read(folder: Path) -> tuple[ImportRecord, dict[str, bytes]]:
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise _refused(
            folder,
            ", ".join(missing),
            say("The folder holds no stored road network: files are missing."),
        )
    contents = {name: (folder / name).read_bytes() for name in FILES}
    try:
        written = json.loads(contents[RECORD_FILE])
        version = (written.pop("format"), written.pop("version"))
        sums = written.pop("sha256_of_files")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = say("The record of the road network cannot be read.")
        raise _refused(folder / RECORD_FILE, str(error), what) from error
    if version != (FORMAT, VERSION):
        what = say("The road network is stored in a form that this program does not know.")
        raise _refused(folder / RECORD_FILE, f"{version[0]} {version[1]}", what)
    for name in (ARRAYS_FILE, NAMES_FILE):
        if hashlib.sha256(contents[name]).hexdigest() != sums.get(name):
            what = say("The file was changed or damaged since the import.")
            raise _refused(folder / name, "", what)
    parts = tuple(RoadPart(**part) for part in written.pop("largest_parts"))
    return ImportRecord(**written, largest_parts=parts), contents


def _refused(where: Path, value: str, what: Sentence) -> InvalidInput:
    return InvalidInput(
        Fault(
            where=str(where),
            value=value,
            what=what,
            allowed=f"{FORMAT} {VERSION}: {', '.join(FILES)}",
            remedy=say("Import the extract again with relief roads import."),
        )
    )


def _layout(
    arrays: dict[str, NDArray[np.generic]], names: tuple[str, ...], refs: tuple[str, ...]
) -> RoadLayout:
    numbers = {
        name: array.astype(np.int64)
        for name, array in arrays.items()
        if name in _LAYOUT_ARRAYS or name.endswith("_e7")
    }
    first_bends = arrays["first_bends"].astype(np.int64)
    bends = {
        name: _undone(numbers[name], numbers[ends][numbers["tails"]], first_bends)
        for name, ends in zip(_BENDS, ("lon_e7", "lat_e7"), strict=True)
    }
    kept = {name: arrays[name] for name in DETAIL_ARRAYS if name not in _BENDS}
    details = RoadDetails(**kept, **bends, names=names, refs=refs)  # type: ignore[arg-type]
    return RoadLayout(
        node_ids=numbers["node_ids"],
        lon_deg=numbers["lon_e7"] / E7,
        lat_deg=numbers["lat_e7"] / E7,
        tails=numbers["tails"],
        heads=numbers["heads"],
        length_hm=numbers["length_hm"],
        one_way=numbers["one_way"].astype(np.bool_),
        contraction_rank=numbers["contraction_rank"],
        snap_rows=_snap_rows(numbers, details),
        details=details,
    )


def _undone(
    differences: NDArray[np.int64], tails_e7: NDArray[np.int64], first_bends: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return coordinates from differences that begin anew at the tail of each stretch."""
    counts = np.diff(first_bends)
    passed = np.concatenate(([0], np.cumsum(differences)))
    start = tails_e7 - passed[first_bends[:-1]]
    return (passed[1:] + np.repeat(start, counts)).astype(np.int32)


def _snap_rows(numbers: dict[str, NDArray[np.int64]], details: RoadDetails) -> NDArray[np.int64]:
    """Return the largest part within which the trucks of every class can drive to and fro."""
    rules = load_vehicle_rules()
    usable = np.ones(len(details.road_classes), dtype=np.bool_)
    for name in SPEED_CLASSES:
        usable &= rules.may_use(name, details)
    tails, heads = numbers["tails"], numbers["heads"]
    back = usable & ~numbers["one_way"].astype(np.bool_)
    starts = np.concatenate((tails[usable], heads[back]))
    ends = np.concatenate((heads[usable], tails[back]))
    size = len(numbers["node_ids"])
    links = csr_matrix((np.ones(len(starts)), (starts, ends)), shape=(size, size))
    labels = connected_components(links, directed=True, connection="strong")[1]
    return np.flatnonzero(labels == np.argmax(np.bincount(labels)))


def _holds_wuhan(roads: RoadNetwork) -> bool:
    (near,) = roads.junctions_near([load_gazetteer().place(_WUHAN_DEPOT).point], count=1)
    return bool(near) and near[0].straight_km <= SNAP_LIMIT_KM


def _e7(degrees: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(degrees * E7).astype(np.int32)
