import copy
import gzip
import json

import pytest

from geodata import derivation
from geodata.derivation import (
    derive_modelled_townships,
    english_name,
    main,
    share_population,
    table_bytes,
)
from geodata.sources import data_file, read_table


def test_shares_of_a_population_sum_exactly() -> None:
    # Weights 4 + 2 + 1 = 7: 10 people give 5.71, 2.86, 1.43; rounded down 5, 2, 1; two are left
    # and go to the remainders 6/7 and 5/7.
    assert share_population(10, ["甲街道", "乙镇", "丙乡"]) == [6, 3, 1]
    # Equal remainders: the first gets it.
    assert share_population(5, ["甲镇", "乙镇"]) == [3, 2]
    assert share_population(7_000_001, ["甲街道", "乙镇", "丙乡"]) == [
        4_000_001,
        2_000_000,
        1_000_000,
    ]


def test_a_township_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'甲村' is neither"):
        share_population(10, ["甲村"])


@pytest.mark.parametrize(
    ("name_zh", "name_en"),
    [
        ("罗田县", "Luotian"),
        ("房县", "Fangxian"),
        ("红安县", "Hong'an"),
        ("骆驼坳镇", "Luotuo'ao"),
        ("下谷坪土家族乡", "Xiaguping"),
        ("吕王镇", "Lüwang"),
        ("恩施土家族苗族自治州", "Enshi"),
    ],
)
def test_names_in_pinyin(name_zh: str, name_en: str) -> None:
    assert english_name(name_zh, {}) == name_en


def test_a_recorded_reading_goes_before_the_usual_one() -> None:
    assert english_name("还地桥镇", {"还地桥": "Huandiqiao"}) == "Huandiqiao"


def test_names_standins_and_populations_come_out_as_shipped() -> None:
    shipped = read_table("townships.csv")
    rows = copy.deepcopy(shipped)
    for row in rows:
        row["name_en"] = row["population_people"] = ""
        if row["point_source"] != "geonames":
            row["lon_deg"] = row["lat_deg"] = row["point_source"] = ""
    assert derive_modelled_townships(rows) == shipped


@pytest.mark.parametrize("name", ["prefectures.csv", "townships.csv", "readings.csv"])
def test_tables_are_written_as_shipped(name: str) -> None:
    assert table_bytes(name, read_table(name)) == data_file(name).read_bytes()


def test_compressed_tables_are_written_the_same_every_time() -> None:
    rows = [{"from_node_id": "1", "to_node_id": "2", "straight_km": "0.5"}]
    content = table_bytes("roads_edges.csv.gz", rows)
    assert content == table_bytes("roads_edges.csv.gz", rows)
    assert gzip.decompress(content) == b"from_node_id,to_node_id,straight_km\n1,2,0.5\n"


def test_the_highways_are_found_inside_a_compiled_library() -> None:
    nodes = [{"id": 0, "coordinates": [30.0, 114.0], "waypoints": [1]}]
    railways = gzip.compress(json.dumps({"geograph": "railways", "nodes": []}).encode())
    highways = gzip.compress(json.dumps({"geograph": "highways", "nodes": nodes}).encode())
    library = b"\x7fELF" + railways + b"\0\0" + highways + b"end"
    assert derivation._highways(library) == nodes
    with pytest.raises(ValueError, match="no highway graph"):
        derivation._highways(b"\x7fELF" + railways)


def test_the_command_compares_and_says_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = read_table("prefectures.csv")
    monkeypatch.setitem(derivation.TABLES, "prefectures.csv", lambda: shipped)
    assert main(["prefectures.csv"]) == 0
    assert capsys.readouterr().out == (
        "prefectures.csv: 13 rows derived, 0 differ from the shipped\n"
    )
    changed = [*shipped[:-2], {**shipped[-2], "name_en": "X"}]
    monkeypatch.setitem(derivation.TABLES, "prefectures.csv", lambda: changed)
    assert main(["prefectures.csv"]) == 1
    assert "12 rows derived, 2 differ" in capsys.readouterr().out
