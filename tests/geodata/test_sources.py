import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from geodata import sources
from geodata.sources import attributions, data_file, load_sources, read_table, verify_sources
from relief.errors import InvalidInput
from relief.supply.declaration import Datum

ABOUT_THE_FOLDER = {"sources.toml", "SOURCES.md"}


def test_every_shipped_file_has_a_recorded_origin() -> None:
    folder = Path(str(files("geodata") / "data"))
    shipped = {path.name for path in folder.iterdir()} - ABOUT_THE_FOLDER
    assert {source.file for source in load_sources()} == shipped
    for source in load_sources():
        assert source.origin
        assert source.licence
        assert source.vintage
        assert source.datum in {"", Datum.CGCS2000, Datum.WGS84}


def test_checksums_are_those_of_the_files() -> None:
    verify_sources()


def test_a_changed_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for source in load_sources():
        (tmp_path / source.file).write_bytes(data_file(source.file).read_bytes())
    (tmp_path / "travel.toml").write_bytes(b"changed")
    (tmp_path / "readings.csv").write_bytes(b"changed")
    monkeypatch.setattr(sources, "data_file", tmp_path.joinpath)
    changed = hashlib.sha256(b"changed").hexdigest()
    with pytest.raises(InvalidInput, match=f"readings.csv: sha256 = '{changed}'") as caught:
        verify_sources()
    assert [fault.where for fault in caught.value.faults] == [
        "geodata/data/readings.csv",
        "geodata/data/travel.toml",
    ]


def test_what_must_be_printed_is_named_once() -> None:
    words = attributions()
    assert "© OpenStreetMap contributors, ODbL 1.0" in words
    assert "GeoNames, CC BY 4.0" in words
    assert len(words) == len(set(words))


def test_compressed_tables_are_read_like_others() -> None:
    assert len(read_table("roads_edges.csv.gz")) == 89_772
    assert read_table("prefectures.csv")[0]["name_zh"] == "武汉市"
