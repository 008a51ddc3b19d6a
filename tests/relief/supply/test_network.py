"""The loader of a network folder: what it reads, and every fault it must name."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relief.errors import Fault, InvalidInput
from relief.items import Apart, Confidence, Item, Kit, KitPart, Priority, Substitute
from relief.places import Depot, Evidence, Point, Tier
from relief.sentences import say
from relief.supply.apart import apart_faults
from relief.supply.declaration import Datum
from relief.supply.network import TABLE_NAMES, load_network
from relief.supply.offers import OfferKind
from relief.supply.stock import Custody, Lot
from tests.relief.supply.tiny_network import TINY, edited, write_folder

AS_OF = date(2026, 7, 1)


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(InvalidInput, match=r".") as caught:
        load_network(folder, as_of=AS_OF)
    return caught.value.faults


def test_tiny_folder_is_read_to_the_last_cell(tmp_path: Path) -> None:
    network = load_network(write_folder(tmp_path), as_of=AS_OF)

    assert (network.name_zh, network.name_en) == ("小网", "tiny network")
    assert network.datum is Datum.CGCS2000
    assert network.as_of_on == date(2026, 7, 1)
    assert network.notes == ("hand-made",)
    tent, lamp = network.catalogue.items
    assert (tent.mass_g, tent.volume_cm3, tent.price_fen) == (70_000, 250_000, 160_000)
    assert (lamp.mass_g, lamp.volume_cm3, lamp.price_fen) == (550, 1_600, 15_050)
    assert (tent.shelf_life_months, lamp.shelf_life_months) == (96, None)
    assert (tent.priority, lamp.priority) == (Priority.LIFE_SAVING, Priority.COMFORT)
    assert (tent.confidence, lamp.confidence) == (Confidence.MEMORY, Confidence.OFFICIAL)
    assert network.catalogue.kits == (
        Kit(
            code="camp",
            name_zh="营",
            name_en="camp",
            parts=(KitPart(item_code="tent", pieces=1), KitPart(item_code="lamp", pieces=2)),
        ),
    )
    assert network.catalogue.substitutes == (
        Substitute(
            item_code="lamp",
            stands_for_code="tent",
            pieces_per_piece_milli=2_500,
            worth_share=0.1,
        ),
    )
    assert network.depots[0] == Depot(
        code="420112-01",
        name_zh="东西湖库",
        name_en="Dongxihu",
        tier=Tier.PROVINCE,
        point=Point(lon_deg=114.13142, lat_deg=30.62221),
        county_code="420112",
        area_m2=30_000,
        evidence=Evidence.PUBLISHED,
        source="source:paper",
    )
    assert network.depots[1].area_m2 == 0
    a, b, c = network.lots
    assert (a.pieces, a.committed_pieces, a.available_pieces) == (100, 20, 80)
    # 18 months after 1 July 2026 is 1 January 2028
    assert (a.expires_on, b.expires_on, c.expires_on) == (
        date(2028, 1, 1),
        None,
        date(2027, 1, 31),
    )
    assert (a.owner, b.owner, c.owner) == (Tier.CENTRE, Tier.PROVINCE, Tier.COUNTY)
    assert (a.custody, b.custody) == (Custody.DEPOT, Custody.SUPPLIER)
    (truck,) = network.vehicle_classes
    assert (truck.payload_g, truck.volume_cm3) == (2_000_000, 14_000_000)
    assert (truck.load_s, truck.unload_s) == (3_000, 1_800)
    assert (truck.cost_fen_per_km, truck.cost_fen_per_trip) == (350, 15_000)
    (pool,) = network.pools
    assert pool.ready_after == timedelta(minutes=90)
    assert pool.vehicle_codes() == tuple(f"420112-01/truck-4.2/2/00{i}" for i in (1, 2, 3))


def test_sources_are_spelled_out_with_their_notes(tmp_path: Path) -> None:
    network = load_network(write_folder(tmp_path), as_of=AS_OF)

    assert network.source_texts(network.catalogue.items[1].source) == (
        "A newspaper, 1 July 2026 (page 2)",
    )
    assert network.source_texts(network.lots[0].source) == (
        "A newspaper, 1 July 2026",
        "Our guess",
    )
    assert network.source_texts("counted by hand") == ("counted by hand",)


def test_every_line_keeps_its_provenance(tmp_path: Path) -> None:
    network = load_network(write_folder(tmp_path), as_of=AS_OF)

    # 2 items, 2 kit parts, 1 substitute, 2 depots, 3 lots, 1 class, 1 pool
    assert len(network.provenance) == 12
    assert [p.where for p in network.provenance if p.code == "421123-01"] == ["depots.csv:3"]


def test_months_left_follow_the_start_of_the_plan(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)

    later = load_network(folder, as_of=date(2030, 8, 31))

    # 18 months after 31 August 2030 is the end of February 2032, a leap year
    assert later.lots[0].expires_on == date(2032, 2, 29)
    assert later.lots[2].expires_on == date(2027, 1, 31)


def test_fingerprint_changes_with_content_and_day_only(tmp_path: Path) -> None:
    one = load_network(write_folder(tmp_path / "one"), as_of=AS_OF)
    same = load_network(write_folder(tmp_path / "same"), as_of=AS_OF)
    changes = edited("lots.csv", "a,420112-01,tent,100", "a,420112-01,tent,101")
    other = load_network(write_folder(tmp_path / "other", changes), as_of=AS_OF)
    later = load_network(tmp_path / "one", as_of=AS_OF + timedelta(days=1))

    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, other.fingerprint, later.fingerprint}) == 3


def test_byte_order_mark_windows_lines_blank_lines_and_column_order_are_accepted(
    tmp_path: Path,
) -> None:
    plain = load_network(write_folder(tmp_path / "plain"), as_of=AS_OF)
    turned = "\n".join(
        ",".join(reversed(line.split(","))) for line in TINY["substitutes.csv"].splitlines()
    )
    folder = write_folder(tmp_path / "excel", {"substitutes.csv": turned})
    for name in TABLE_NAMES:
        text = (folder / name).read_text(encoding="utf-8").replace("\n", "\r\n")
        (folder / name).write_bytes(b"\xef\xbb\xbf" + f"{text}\r\n , \r\n".encode())

    excel = load_network(folder, as_of=AS_OF)

    assert excel.catalogue == plain.catalogue
    assert excel.depots == plain.depots
    assert excel.lots == plain.lots
    assert excel.pools == plain.pools


@pytest.mark.parametrize(
    ("changes", "spot", "value", "what"),
    [
        (
            edited("items.csv", "70,0.25", "seventy,0.25"),
            ("items.csv:2", "mass_kg"),
            "seventy",
            "Not a number",
        ),
        (
            edited("items.csv", "70,0.25", '"1,070",0.25'),
            ("items.csv:2", "mass_kg"),
            "1,070",
            "Not a number",
        ),
        (edited("items.csv", "70,0.25", "NaN,0.25"), ("items.csv:2", "mass_kg"), "NaN", "number"),
        (edited("items.csv", "70,0.25", "7E9,0.25"), ("items.csv:2", "mass_kg"), "7E9", "number"),
        (edited("items.csv", "70,0.25", "0,0.25"), ("items.csv:2", "mass_kg"), "0", "range"),
        (
            edited("items.csv", "70,0.25", "70.00001,0.25"),
            ("items.csv:2", "mass_kg"),
            "70.00001",
            "Not a whole number of the smallest unit",
        ),
        (
            edited("items.csv", "1600,life_saving", "1600,urgent"),
            ("items.csv:2", "priority"),
            "urgent",
            "Not one of the words",
        ),
        (
            edited("items.csv", "comfort,A", "comfort,Z"),
            ("items.csv:3", "confidence"),
            "Z",
            "words",
        ),
        (
            edited("items.csv", "lamp,灯", "Lamp!,灯"),
            ("items.csv:3", "code"),
            "Lamp!",
            "Not a code",
        ),
        (edited("items.csv", "lamp,灯,lamp", "lamp,灯,"), ("items.csv:3", "name_en"), "", "empty"),
        (
            edited("items.csv", "published,source:paper (page 2)", "heard,source:paper"),
            ("items.csv:3", "evidence"),
            "heard",
            "Not one of the words",
        ),
        (
            edited("items.csv", "source:paper (page 2)", "source:book"),
            ("items.csv:3", "source"),
            "source:book",
            "states no source:book",
        ),
        (
            edited("items.csv", "source:paper (page 2)", "rule:guess"),
            ("items.csv:3", "source"),
            "rule:guess",
            "Marked as published, but only rules",
        ),
        (
            edited("kits.csv", "camp,lamp,2", "camp,lump,2"),
            ("kits.csv:3", "item_code"),
            "lump",
            "items.csv holds no such code",
        ),
        (
            edited("kits.csv", "camp,营,camp,lamp", "camp,营,tents,lamp"),
            ("kits.csv:3", "name_en"),
            "tents",
            "different names",
        ),
        (
            edited("kits.csv", "camp,lamp,2", "camp,tent,2"),
            ("kits.csv:3", "item_code"),
            "tent",
            "Already given at kits.csv:2",
        ),
        (
            edited("substitutes.csv", "2.5,0.1", "2.5,1.1"),
            ("substitutes.csv:2", "worth_share"),
            "1.1",
            "Out of range",
        ),
        (
            edited("substitutes.csv", "lamp,tent", "tent,tent"),
            ("substitutes.csv:2", "stands_for_code"),
            "tent",
            "does not stand in for itself",
        ),
        (
            edited("depots.csv", "\n421123-01", "\n421123-1"),
            ("depots.csv:3", "code"),
            "421123-1",
            "Not a depot code",
        ),
        (
            edited("depots.csv", "county,421123", "county,421124"),
            ("depots.csv:3", "county_code"),
            "421124",
            "Not the county with which",
        ),
        (
            edited("depots.csv", "Luotian,county", "Luotian,village"),
            ("depots.csv:3", "tier"),
            "village",
            "Not one of the words",
        ),
        (
            edited("depots.csv", "115.39365,30.78646", "30.78646,115.39365"),
            ("depots.csv:3", "lat_deg"),
            "115.39365",
            "look swapped",
        ),
        (
            edited("depots.csv", "115.39365,30.78646", "415.39365,30.78646"),
            ("depots.csv:3", "lon_deg"),
            "415.39365",
            "Out of range",
        ),
        (
            edited("lots.csv", "lamp,30", "lamp,-30"),
            ("lots.csv:3", "pieces"),
            "-30",
            "Out of range",
        ),
        (
            edited("lots.csv", "lamp,30", "lamp,30.5"),
            ("lots.csv:3", "pieces"),
            "30.5",
            "Not a whole number",
        ),
        (
            edited("lots.csv", "100,20", "100,101"),
            ("lots.csv:2", "committed_pieces"),
            "101",
            "More is committed than on hand",
        ),
        (
            edited("lots.csv", "b,420112-01", "b,420112-02"),
            ("lots.csv:3", "depot_code"),
            "420112-02",
            "depots.csv holds no such code",
        ),
        (edited("lots.csv", "\nc,421123", "\na,421123"), ("lots.csv:4", "code"), "a", "lots.csv:2"),
        (
            edited("lots.csv", "depot,18,,", "depot,97,,"),
            ("lots.csv:2", "life_months_left"),
            "97",
            "Out of range",
        ),
        (
            edited("lots.csv", "depot,18,,", "depot,18,2027-01-01,"),
            ("lots.csv:2", "expires_on"),
            "2027-01-01",
            "Both a last day and months",
        ),
        (
            edited("lots.csv", "depot,18,,", "depot,,,"),
            ("lots.csv:2", "life_months_left"),
            "",
            "the lot has no expiry",
        ),
        (
            edited("lots.csv", "2027-01-31", "31.1.2027"),
            ("lots.csv:4", "expires_on"),
            "31.1.2027",
            "Not a date",
        ),
        (
            edited("lots.csv", "province,supplier", "province,cellar"),
            ("lots.csv:3", "custody"),
            "cellar",
            "Not one of the words",
        ),
        (
            edited("vehicle_classes.csv", "14,light", "14,fast"),
            ("vehicle_classes.csv:2", "speed_class"),
            "fast",
            "Not one of the words",
        ),
        (
            edited("vehicles.csv", "420112-01,truck-4.2,3,2", "420112-01,truck-9.6,3,2"),
            ("vehicles.csv:2", "class_code"),
            "truck-9.6",
            "vehicle_classes.csv holds no such code",
        ),
        (
            edited("vehicles.csv", "truck-4.2,3,2", "truck-4.2,3,3"),
            ("vehicles.csv:2", "num_drivers"),
            "3",
            "Out of range",
        ),
        (
            edited("network.toml", 'datum = "CGCS2000"\n', ""),
            ("network.toml", "datum"),
            "",
            "not declared",
        ),
        (
            edited("network.toml", '"CGCS2000"', '"BD-09"'),
            ("network.toml", "datum"),
            "BD-09",
            "not declared, or not known",
        ),
        (
            edited("network.toml", "2026-07-01\n", '"July"\n'),
            ("network.toml", "as_of"),
            "July",
            "Not a date",
        ),
        (
            edited("network.toml", '["hand-made"]', '"hand-made"'),
            ("network.toml", "notes"),
            "hand-made",
            "Not a list of texts",
        ),
        (
            edited("network.toml", "notes =", "remarks ="),
            ("network.toml", "remarks"),
            "",
            "Unknown key",
        ),
        (
            edited("network.toml", 'guess = "Our guess"', "guess = 7"),
            ("network.toml", "rules.guess"),
            "7",
            "missing or no text",
        ),
    ],
)
def test_one_fault_is_named_with_file_line_field_and_value(
    tmp_path: Path, changes: Mapping[str, str], spot: tuple[str, str], value: str, what: str
) -> None:
    faults = faults_of(write_folder(tmp_path, changes))

    where, field = spot
    named = [fault for fault in faults if (fault.where, fault.field) == spot]
    assert len(named) == 1, faults
    assert named[0].value == value
    assert what in str(named[0].what)
    assert named[0].remedy is not None
    # a fault may entail others only where a code that the others name is gone
    assert len(faults) == 1 or field == "code" or where == "network.toml", faults


@pytest.mark.parametrize("name", ["network.toml", *TABLE_NAMES])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path)
    (folder / name).unlink()

    faults = faults_of(folder)

    # one fault, although lots and pools name depots, items and classes that are gone with it
    assert [(f.where, str(f.what)) for f in faults] == [
        (name, "The file is missing or cannot be opened.")
    ]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "nowhere")

    assert fault.where == str(tmp_path / "nowhere")
    assert "network.toml, items.csv" in fault.allowed


def test_unknown_missing_and_repeated_columns_are_named(tmp_path: Path) -> None:
    changes = {"kits.csv": "code,name_zh,name_en,item_cod,pieces,pieces,evidence\n"}

    faults = faults_of(write_folder(tmp_path, changes))

    assert [(f.where, f.field, str(f.what)) for f in faults] == [
        ("kits.csv:1", "item_cod", "Unknown column."),
        ("kits.csv:1", "pieces", "The column stands there 2 times."),
        ("kits.csv:1", "item_code", "The column is missing."),
        ("kits.csv:1", "source", "The column is missing."),
    ]
    assert faults[0].allowed.startswith("item_code")


def test_empty_table_has_no_header(tmp_path: Path) -> None:
    (fault,) = faults_of(write_folder(tmp_path, {"substitutes.csv": "\n\n"}))

    assert (fault.where, str(fault.what)) == (
        "substitutes.csv:1",
        "The table has no header line.",
    )


def test_line_with_too_few_cells_is_named_by_its_own_line(tmp_path: Path) -> None:
    changes = edited("substitutes.csv", "\nlamp,tent,2.5,0.1,", '\n\n"la\nmp",tent\nlamp,tent,2,1,')

    (fault,) = faults_of(write_folder(tmp_path, changes))

    # line 1 is the header, line 2 is blank, the short line begins on line 3
    assert (fault.where, fault.value, fault.allowed) == ("substitutes.csv:3", "2", "6")


def test_text_of_another_encoding_is_named_by_its_line(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "depots.csv").write_bytes(TINY["depots.csv"].encode("gbk"))

    (fault,) = faults_of(folder)

    assert (fault.where, str(fault.what)) == ("depots.csv:2", "Not UTF-8 text.")


def test_broken_quotes_and_broken_toml_are_named(tmp_path: Path) -> None:
    changes = {
        **edited("kits.csv", "\ncamp,营,camp,tent", '\n"camp"x,营,camp,tent'),
        **edited("network.toml", '"tiny network"', "tiny network"),
    }

    faults = faults_of(write_folder(tmp_path, changes))

    assert [(f.where, str(f.what)) for f in faults] == [
        ("network.toml", "Not readable as TOML."),
        ("kits.csv:2", "Not readable as CSV from this line on."),
    ]
    assert "line 2" in faults[0].value


def test_all_faults_of_all_files_come_at_once_in_order_of_the_files(tmp_path: Path) -> None:
    changes = {
        **edited("network.toml", '"CGCS2000"', '"unknown"'),
        **edited("items.csv", "70,0.25", "x,y"),
        **edited("depots.csv", "115.39365,30.78646", "15,200"),
        **edited("lots.csv", "a,420112-01,tent,100,20", "a,420112-09,tant,-1,z"),
        **edited("vehicles.csv", "truck-4.2,3,2", "truck-4,3,0"),
    }

    faults = faults_of(write_folder(tmp_path, changes))

    assert [(f.where, f.field) for f in faults] == [
        ("network.toml", "datum"),
        ("items.csv:2", "mass_kg"),
        ("items.csv:2", "volume_m3"),
        ("depots.csv:3", "lat_deg"),
        ("lots.csv:2", "item_code"),
        ("lots.csv:2", "pieces"),
        ("lots.csv:2", "committed_pieces"),
        ("lots.csv:2", "depot_code"),
        ("vehicles.csv:2", "class_code"),
        ("vehicles.csv:2", "num_drivers"),
    ]
    near = {f.field: f.allowed for f in faults}
    assert near["item_code"] == "tent"
    assert near["depot_code"].startswith("420112-01")


def test_survey_sees_sound_depots_once_and_its_faults_are_listed_last(tmp_path: Path) -> None:
    changes = edited(
        "depots.csv",
        "421123-01,罗田库",
        "420112-01,又一库,Again,province,420112,1,1,,modelled,rule:guess\n421123-01,罗田库",
    )
    seen: dict[str, str] = {}

    def survey(depots: Mapping[str, Depot], datum: Datum | None) -> list[Fault]:
        assert datum is Datum.CGCS2000
        seen.update({where: depot.name_en for where, depot in depots.items()})
        what = say("Under water.")
        return [Fault(where="depots.csv:4", field="lon_deg", what=what)]

    with pytest.raises(InvalidInput, match=r"Already given at depots\.csv:2") as caught:
        load_network(write_folder(tmp_path, changes), as_of=AS_OF, survey=survey)

    assert seen == {"depots.csv:2": "Dongxihu", "depots.csv:4": "Luotian"}
    assert [f.where for f in caught.value.faults] == ["depots.csv:3", "depots.csv:4"]


CELLS = [
    (name, line, cell)
    for name in TABLE_NAMES
    for line, text in enumerate(TINY[name].splitlines())
    for cell in range(len(text.split(",")))
]


@given(
    spot=st.sampled_from(CELLS),
    text=st.one_of(
        st.text(max_size=6),
        st.sampled_from(["-1", "0", "1e999999", "9" * 13, "9" * 12, "0.0000001", "2026-02-30", ""]),
    ),
)
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_cell_is_read_or_refused_by_name(
    tmp_path: Path, spot: tuple[str, int, int], text: str
) -> None:
    name, line, cell = spot
    lines = [row.split(",") for row in TINY[name].splitlines()]
    lines[line][cell] = text
    folder = write_folder(tmp_path, {name: "\n".join(",".join(row) for row in lines)})

    faults: tuple[Fault, ...] = ()
    lots: tuple[Lot, ...] = ()
    items: tuple[Item, ...] = ()
    try:
        network = load_network(folder, as_of=AS_OF)
    except InvalidInput as error:
        faults = error.faults
    else:
        lots, items = network.lots, network.catalogue.items

    assert bool(faults) != bool(items)
    assert {fault.where.partition(":")[0] for fault in faults} <= set(TINY)
    assert all(str(fault) and fault.remedy is not None for fault in faults)
    assert all(0 <= lot.committed_pieces <= lot.pieces for lot in lots)
    assert all(item.mass_g > 0 and item.volume_cm3 > 0 for item in items)


AGREEMENTS = """\
code,supplier_zh,supplier_en,depot_code,item_code,reserved_pieces,least_call_pieces,notice_hours,\
lead_hours,batch_pieces,batch_hours,prices_yuan,call_yuan,uncalled_yuan,evidence,source
t-1,厂,maker,420112-01,tent,100,10,2,17.5,40,12,0:1760; 50:1700.5,300,0.5,modelled,rule:guess
"""


def test_a_folder_may_hold_agreements(tmp_path: Path) -> None:
    plain = load_network(write_folder(tmp_path / "plain"), as_of=AS_OF)
    folder = write_folder(tmp_path / "net", {"agreements.csv": AGREEMENTS})
    network = load_network(folder, as_of=AS_OF)
    assert plain.offers == ()
    assert network.fingerprint != plain.fingerprint
    (offer,) = network.offers
    assert (offer.code, offer.depot_code, offer.item_code) == ("t-1", "420112-01", "tent")
    assert (offer.reserved_pieces, offer.least_call_pieces, offer.batch_pieces) == (100, 10, 40)
    assert offer.notice + offer.lead == timedelta(hours=19.5)
    steps = [(step.from_pieces, step.piece_fen) for step in offer.prices]
    assert steps == [(0, 176_000), (50, 170_050)]
    assert (offer.call_fen, offer.uncalled_fen) == (30_000, 50)
    # 40 after 19.5 h, 40 after 31.5 h, 20 after 43.5 h.
    assert [lot.pieces for lot in offer.batches(timedelta(hours=72))] == [40, 40, 20]


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ("t-1,", "t/1,", ["code"]),
        ("420112-01,tent", "999999-01,boat", ["depot_code", "item_code"]),
        (",100,10,", ",100,101,", ["least_call_pieces"]),
        (",17.5,", ",-1,", ["lead_hours"]),
        (",40,12,", ",0,12,", ["batch_pieces"]),
        ("0:1760; ", "0=1760; ", ["prices_yuan"]),
        ("0:1760; ", "5:1760; ", ["prices_yuan"]),
    ],
)
def test_every_fault_of_an_agreement_is_told(
    tmp_path: Path, old: str, new: str, fields: list[str]
) -> None:
    head, line, _ = AGREEMENTS.rsplit("\n", 2)
    changed = {"agreements.csv": f"{head}\n{line.replace(old, new, 1)}\n"}
    faults = faults_of(write_folder(tmp_path, changed))
    assert [(fault.where, fault.field) for fault in faults] == [
        ("agreements.csv:2", field) for field in fields
    ]


def test_a_kit_that_is_an_item_weighs_what_its_parts_do(tmp_path: Path) -> None:
    # Two lamps weigh 1.1 kg, a tent 70; both are told, and so is a part that is the kit itself.
    kits = TINY["kits.csv"].splitlines()[0]
    text = (
        f"{kits}\ntent,顶,tent,lamp,2,modelled,rule:guess\n"
        "lamp,灯,lamp,lamp,1,modelled,rule:guess\n"
    )
    faults = faults_of(write_folder(tmp_path, {"kits.csv": text}))
    assert [(fault.where, fault.field) for fault in faults] == [
        ("kits.csv:3", "item_code"),
        ("kits.csv:2", "code"),
    ]


def test_items_may_ask_for_life_left_on_arrival(tmp_path: Path) -> None:
    head, *lines = TINY["items.csv"].splitlines()
    text = "\n".join([f"{head},least_life_days", *(f"{line},30" for line in lines)]) + "\n"
    network = load_network(write_folder(tmp_path, {"items.csv": text}), as_of=AS_OF)
    assert {item.least_life_days for item in network.catalogue.items} == {30}
    wrong = write_folder(tmp_path / "wrong", {"items.csv": text.replace(",30\n", ",x\n", 1)})
    assert [fault.field for fault in faults_of(wrong)] == ["least_life_days"]


APART = """\
group,other_group,evidence,source
fuel,food,modelled,rule:guess
"""


def with_groups(tent: str, lamp: str) -> str:
    """Return the items with their groups, tents to be kept cool."""
    head, first, second = TINY["items.csv"].splitlines()
    return f"{head},cargo_groups,needs_cooling\n{first},{tent},yes\n{second},{lamp},\n"


def test_goods_may_be_kept_apart_and_cool(tmp_path: Path) -> None:
    classes = TINY["vehicle_classes.csv"].splitlines()
    folder = write_folder(
        tmp_path,
        {
            "items.csv": with_groups("food;medicine", "fuel"),
            "apart.csv": APART,
            "vehicle_classes.csv": f"{classes[0]},cooled\n{classes[1]},yes\n",
            "kits.csv": TINY["kits.csv"].splitlines()[0] + "\n",
        },
    )
    network = load_network(folder, as_of=AS_OF)
    tent, lamp = network.catalogue.items
    assert (tent.cargo_groups, tent.needs_cooling) == (("food", "medicine"), True)
    assert (lamp.cargo_groups, lamp.needs_cooling) == (("fuel",), False)
    assert network.catalogue.apart == (Apart(group="fuel", other_group="food"),)
    assert [kind.is_cooled for kind in network.vehicle_classes] == [True]
    assert (
        network.fingerprint != load_network(write_folder(tmp_path / "b"), as_of=AS_OF).fingerprint
    )


@pytest.mark.parametrize(
    ("name", "text", "where", "field"),
    [
        ("items.csv", with_groups("food;food", "fuel"), "items.csv:2", "cargo_groups"),
        ("items.csv", with_groups("food", "Fuel!"), "items.csv:3", "cargo_groups"),
        ("apart.csv", APART + "food,fuel,modelled,rule:guess\n", "apart.csv:3", "other_group"),
        ("apart.csv", APART + "fuel,fuel,modelled,rule:guess\n", "apart.csv:3", "other_group"),
        ("apart.csv", APART + "fuel,toys,modelled,rule:guess\n", "apart.csv:3", "other_group"),
    ],
)
def test_every_fault_of_goods_kept_apart_is_told(
    tmp_path: Path, name: str, text: str, where: str, field: str
) -> None:
    files = {"items.csv": with_groups("food", "fuel"), "apart.csv": APART, name: text}
    found = [(fault.where, fault.field) for fault in faults_of(write_folder(tmp_path, files))]
    assert (where, field) in found


def test_a_kit_of_what_must_be_apart_is_refused(tmp_path: Path) -> None:
    # The camp kit holds a tent, which counts as food here, and lamps, which count as fuel.
    files = {"items.csv": with_groups("food", "fuel"), "apart.csv": APART}
    network = load_network(write_folder(tmp_path, files), as_of=AS_OF)
    faults = list(apart_faults(network.catalogue))
    assert [(fault.where, fault.value) for fault in faults] == [("item camp", "food, fuel")]


def test_shares_of_pots_make_a_whole_whatever_else_is_wrong(tmp_path: Path) -> None:
    head = "code,name_zh,name_en,most_yuan,share,transport_county,evidence,source"
    lines = (
        "prov,省,province,x,0.5,0.5,modelled,rule:guess\n"
        "city,市,city,1000,0.4,0.4,modelled,rule:guess\n"
    )
    faults = faults_of(write_folder(tmp_path, {"pots.csv": f"{head}\n{lines}"}))
    assert [(fault.where, fault.field) for fault in faults] == [
        ("pots.csv:2", "most_yuan"),
        ("pots.csv:3", "share"),
        ("pots.csv:3", "transport_county"),
    ]


SPOT = """\
code,seller_zh,seller_en,depot_code,item_code,pieces,lead_hours,price_yuan,evidence,source
m-1,市场,market,420112-01,tent,300,30.5,2240.50,published,source:paper
"""


def test_a_folder_may_hold_what_is_for_sale(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"spot.csv": SPOT})
    (offer,) = load_network(folder, as_of=AS_OF).offers
    assert (offer.code, offer.kind, offer.reserved_pieces) == ("m-1", OfferKind.SPOT, 300)
    assert (offer.least_call_pieces, offer.lead) == (0, timedelta(hours=30.5))
    # 300 pieces at 2,240.50 yuan.
    assert offer.cost_fen(300) == 300 * 224_050
    assert [lot.pieces for lot in offer.batches(timedelta(hours=72))] == [300]


def test_faults_of_what_is_for_sale_are_told_at_once(tmp_path: Path) -> None:
    wrong = SPOT.replace("m-1,", "t-1,").replace(",300,30.5,2240.50,", ",0,-1,x,")
    tables = {"agreements.csv": AGREEMENTS, "spot.csv": wrong}
    assert [(fault.where, fault.field) for fault in faults_of(write_folder(tmp_path, tables))] == [
        ("spot.csv:2", field) for field in ("code", "pieces", "price_yuan", "lead_hours")
    ]


DONATIONS = """\
code,donor_zh,donor_en,depot_code,item_code,pieces,ready_hours,place_codes,accept_hours,\
expires_on,evidence,source
g-1,会,society,421123-01,lamp,30,2.5,421123; 421381104,6,2027-01-31,published,source:paper
g-2,会,society,421123-01,tent,3,0,,,,modelled,rule:guess
"""


def test_a_folder_may_hold_donations(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"donations.csv": DONATIONS})
    first, second = load_network(folder, as_of=AS_OF).donations
    assert (first.code, first.item_code, first.pieces) == ("g-1", "lamp", 30)
    assert (first.ready_after, first.accept_by) == (timedelta(hours=2.5), timedelta(hours=6))
    assert first.place_codes == ("421123", "421381104")
    assert first.expires_on == date(2027, 1, 31)
    assert (second.place_codes, second.accept_by, second.expires_on) == ((), None, None)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("g-1,", "g 1,", "code"),
        ("421123-01,lamp", "999999-01,lamp", "depot_code"),
        (",lamp,", ",gold,", "item_code"),
        (",30,", ",0,", "pieces"),
        ("421123; ", "4211; ", "place_codes"),
        (",6,2027", ",soon,2027", "accept_hours"),
        ("2027-01-31", "soon", "expires_on"),
        ("g-2,", "g-1,", "code"),
    ],
)
def test_every_fault_of_a_donation_is_told(tmp_path: Path, old: str, new: str, field: str) -> None:
    changed = {"donations.csv": DONATIONS.replace(old, new, 1)}
    faults = faults_of(write_folder(tmp_path, changed))
    assert [fault.field for fault in faults] == [field]
    assert {fault.where.partition(":")[0] for fault in faults} == {"donations.csv"}


DEPOT_LIMITS = """\
depot_code,most_trucks,opens,closes,evidence,source
420112-01,4,07:00,18:30,modelled,rule:guess
421123-01,1,,,modelled,rule:guess
"""
RECEIVING_LIMITS = """\
place_code,tonnes_per_day,evidence,source
421123,12.5,modelled,rule:guess
421381104,0,published,source:paper
"""


def test_a_folder_may_hold_limits(tmp_path: Path) -> None:
    tables = {"depot_limits.csv": DEPOT_LIMITS, "receiving_limits.csv": RECEIVING_LIMITS}
    network = load_network(write_folder(tmp_path, tables), as_of=AS_OF)
    wuhan, luotian = network.depot_limits
    assert (wuhan.most_trucks, wuhan.opens_min, wuhan.closes_min) == (4, 420, 1_110)
    assert (luotian.most_trucks, luotian.is_always_open) == (1, True)
    received = [(limit.place_code, limit.most_g_per_day) for limit in network.receiving_limits]
    assert received == [("421123", 12_500_000), ("421381104", 0)]


def test_a_depot_may_load_so_much_an_hour(tmp_path: Path) -> None:
    rated = (
        "depot_code,most_trucks,opens,closes,tonnes_per_hour,evidence,source\n"
        "420112-01,4,,,50,modelled,rule:guess\n421123-01,1,,,,modelled,rule:guess\n"
    )
    network = load_network(write_folder(tmp_path, {"depot_limits.csv": rated}), as_of=AS_OF)
    assert [limit.most_g_per_h for limit in network.depot_limits] == [50_000_000, None]
    wrong = write_folder(tmp_path / "wrong", {"depot_limits.csv": rated.replace(",50,", ",0,")})
    assert [fault.field for fault in faults_of(wrong)] == ["tonnes_per_hour"]


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("depot_limits.csv", "420112-01", "999999-01", "depot_code"),
        ("depot_limits.csv", "421123-01", "420112-01", "depot_code"),
        ("depot_limits.csv", ",4,", ",0,", "most_trucks"),
        ("depot_limits.csv", "07:00", "7 Uhr", "opens"),
        ("depot_limits.csv", "18:30", "24:01", "closes"),
        ("depot_limits.csv", "07:00", "19:00", "closes"),
        ("receiving_limits.csv", "421123,", "4211,", "place_code"),
        ("receiving_limits.csv", "421381104", "421123", "place_code"),
        ("receiving_limits.csv", "12.5", "-1", "tonnes_per_day"),
    ],
)
def test_every_fault_of_a_limit_is_told(
    tmp_path: Path, name: str, old: str, new: str, field: str
) -> None:
    tables = {"depot_limits.csv": DEPOT_LIMITS, "receiving_limits.csv": RECEIVING_LIMITS}
    tables[name] = tables[name].replace(old, new, 1)
    faults = faults_of(write_folder(tmp_path, tables))
    assert [fault.field for fault in faults] == [field]
    assert {fault.where.partition(":")[0] for fault in faults} == {name}


POTS = """\
code,name_zh,name_en,most_yuan,share,evidence,source
province,省级,province,1000000.5,0.6,modelled,rule:guess
city,市级,city,0,0.4,published,source:paper
"""


def test_a_folder_may_hold_pots(tmp_path: Path) -> None:
    pots = load_network(write_folder(tmp_path, {"pots.csv": POTS}), as_of=AS_OF).pots
    held = [(pot.code, pot.most_fen, pot.share_ppm) for pot in pots]
    assert held == [("province", 100_000_050, 600_000), ("city", 0, 400_000)]


@pytest.mark.parametrize(
    ("old", "new", "where", "field"),
    [
        (",0.6,", ",0.5,", "pots.csv:3", "share"),
        (",0.4,", ",1.4,", "pots.csv:3", "share"),
        ("city,市级", "province,市级", "pots.csv:3", "code"),
        ("1000000.5", "-1", "pots.csv:2", "most_yuan"),
    ],
)
def test_every_fault_of_a_pot_is_told(
    tmp_path: Path, old: str, new: str, where: str, field: str
) -> None:
    faults = faults_of(write_folder(tmp_path, {"pots.csv": POTS.replace(old, new, 1)}))
    assert [(fault.where, fault.field) for fault in faults] == [(where, field)]
