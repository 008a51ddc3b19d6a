"""The reserve network that comes with the program: its counts, its sums and its making."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from geodata.gazetteer import load_gazetteer
from geodata.modes import load_mode_rules
from geodata.waters import nearest_landing
from relief.places import Evidence, Tier
from relief.supply.catalogue import items_of
from relief.supply.fleet import Mode
from relief.supply.network import TABLE_NAMES, ReserveNetwork, default_folder, load_network
from relief.supply.stock import Custody
from scenarios import reserve_rules as rules
from scenarios.modelled_network import main, modelled_files, wuhan_value_yuan
from scenarios.truck_rules import TRUCK_CLASSES

WUHAN = "420112-01"
ITEM_CODES = (
    "tent-12-single tent-12-cotton tent-36 quilt coat blanket folding-bed sleeping-bag "
    "moisture-mat water-case instant-food rice-25 life-vest lamp generator mobile-toilet "
    "family-kit medicine-kit"
)


@pytest.fixture(scope="module")
def network() -> ReserveNetwork:
    return load_network(default_folder(), as_of=date(2016, 7, 6))


def test_fresh_writing_equals_the_committed_files(tmp_path: Path) -> None:
    committed = default_folder()
    (tmp_path / "items.csv").write_bytes((committed / "items.csv").read_bytes())

    assert main([str(tmp_path)]) == 0

    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == [
        "agreements.csv",
        "depots.csv",
        "items.csv",
        "lots.csv",
        "network.toml",
        "spot.csv",
        "vehicle_classes.csv",
        "vehicles.csv",
    ]
    for name in written:
        assert (tmp_path / name).read_bytes() == (committed / name).read_bytes(), name


def test_faulty_items_stop_the_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (default_folder() / "items.csv").read_text(encoding="utf-8")
    (tmp_path / "items.csv").write_text(text.replace(",70,", ",-70,"), encoding="utf-8")

    assert main([str(tmp_path)]) == 2

    assert "items.csv:2: mass_kg = '-70'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["items.csv"]


def test_depots_by_tier(network: ReserveNetwork) -> None:
    # Wuhan and seven regional stores; 13 prefectures and 4 province-run units; 103 county-level
    # units; 6 capitals; 20 cities of central depots less Wuhan
    assert Counter(depot.tier for depot in network.depots) == {
        Tier.PROVINCE: 8,
        Tier.CITY: 17,
        Tier.COUNTY: 103,
        Tier.NEIGHBOUR: 6,
        Tier.CENTRE: len(load_gazetteer().depot_cities) - 1,
    }
    assert {d.county_code for d in network.depots if d.tier is Tier.COUNTY} == {
        county.code for county in load_gazetteer().counties
    }


def test_wuhan_depot_holds_exactly_the_published_items(network: ReserveNetwork) -> None:
    lots = [lot for lot in network.lots if lot.depot_code == WUHAN]

    assert sum(lot.pieces for lot in lots) == 280_000
    assert {lot.owner for lot in lots} == {Tier.PROVINCE, Tier.CENTRE}
    assert {lot.custody for lot in lots} == {Custody.DEPOT}
    published = {lot.item_code: lot.pieces for lot in lots if lot.evidence is Evidence.PUBLISHED}
    assert published == {"folding-table-set": 10_000, "coat": 30_000, "mattress": 10_000}


def test_wuhan_depot_is_worth_what_was_published_within_five_percent() -> None:
    value_yuan = wuhan_value_yuan(items_of(default_folder()))

    assert value_yuan == pytest.approx(97_000_000, rel=0.05)


def test_all_items_of_the_issue_are_there_and_can_be_packed(network: ReserveNetwork) -> None:
    items = network.catalogue.by_code()

    assert set(ITEM_CODES.split()) <= set(items)
    for item in items.values():
        density_kg_m3 = item.mass_kg / item.volume_m3
        # from a hollow toilet cabin (50) to rice in bags (810)
        assert 40 < density_kg_m3 < 1_000, item.code


def test_ready_packed_kit_weighs_what_its_parts_weigh(network: ReserveNetwork) -> None:
    items = network.catalogue.by_code()
    packed = [kit for kit in network.catalogue.kits if kit.code in items]

    assert [kit.code for kit in packed] == ["family-kit"]
    (kit,) = packed
    # kitchen set 5.000 kg + 2 jerrycans of 0.317 kg + hygiene parcel 8.100 kg
    assert sum(items[part.item_code].mass_g * part.pieces for part in kit.parts) == 13_734
    assert items["family-kit"].mass_g == 13_734
    # 0.0243 + 2 x 0.0036 + 0.026 m3
    assert items["family-kit"].volume_cm3 == 57_500


def test_each_record_has_evidence_and_a_source_that_is_stated(network: ReserveNetwork) -> None:
    stated = {entry.key for entry in network.sources}
    num_lines = sum(
        len((default_folder() / name).read_text(encoding="utf-8").splitlines()) - 1
        for name in (
            *TABLE_NAMES,
            "agreements.csv",
            "spot.csv",
            "vehicle_bodies.csv",
            "apart.csv",
            "hubs.csv",
        )
    )

    assert len(network.provenance) == num_lines
    for record in network.provenance:
        keys = {part.partition(" (")[0].strip() for part in record.source.split(";")}
        assert keys <= stated, record
    used = {
        part.partition(" (")[0].strip()
        for record in network.provenance
        for part in record.source.split(";")
    }
    spoken_of = {key for key in stated if any(key in entry.text for entry in network.sources)}
    assert stated - used - spoken_of == set()


def test_every_county_can_start_with_tents_textiles_beds_food_and_water(
    network: ReserveNetwork,
) -> None:
    held: dict[str, Counter[str]] = {}
    for lot in network.lots:
        held.setdefault(lot.depot_code, Counter())[lot.item_code] += lot.available_pieces
    for depot in network.depots:
        if depot.tier is not Tier.COUNTY:
            continue
        stock = held[depot.code]
        # 5,000 to 7,000 people: a tent for 145, a textile for 4.1, a bed for 51, 3 L of 13.2 L
        tents = sum(stock[item] for item in rules.TENT_SHARES)
        assert 33 <= tents <= 50
        assert 1_200 <= sum(stock[item] for item in rules.TEXTILE_SHARES) <= 1_720
        assert 96 <= stock["folding-bed"] <= 138
        assert 1_136 <= stock["water-case"] <= 1_591


def test_others_lend_three_tenths_and_keep_the_rest(network: ReserveNetwork) -> None:
    tiers = {depot.code: depot.tier for depot in network.depots}
    for tier in (Tier.NEIGHBOUR, Tier.CENTRE):
        lots = [lot for lot in network.lots if tiers[lot.depot_code] is tier]
        pieces = sum(lot.pieces for lot in lots)
        assert sum(lot.available_pieces for lot in lots) == pytest.approx(0.3 * pieces, rel=0.001)
    own = [
        lot for lot in network.lots if tiers[lot.depot_code] not in (Tier.NEIGHBOUR, Tier.CENTRE)
    ]
    assert {lot.committed_pieces for lot in own} == {0}


def test_remaining_life_is_spread_over_the_shelf_life(network: ReserveNetwork) -> None:
    as_of = date(2016, 7, 6)
    quilts = [
        lot.expires_on
        for lot in network.lots
        if lot.item_code == "quilt" and lot.expires_on is not None
    ]
    soon = sum(day < date(2017, 7, 6) for day in quilts)

    # a fifth of the lots is in the last of the five years of a quilt's life
    assert soon / len(quilts) == pytest.approx(0.2, abs=0.06)
    assert min(quilts) >= as_of
    assert max(quilts) <= date(2021, 7, 6)
    water = {
        lot.expires_on for lot in network.lots if lot.item_code == "water-case" and lot.expires_on
    }
    # suppliers rotate: 6 to 12 months left
    assert min(water) >= date(2017, 1, 6)
    assert max(water) <= date(2017, 7, 6)


def test_lots_are_whole_packs_but_for_published_counts(network: ReserveNetwork) -> None:
    items = network.catalogue.by_code()
    loose = [lot.code for lot in network.lots if lot.pieces % items[lot.item_code].pack_pieces]

    assert loose == []


def test_fleet_by_class_and_crew(network: ReserveNetwork) -> None:
    trucks: Counter[str] = Counter()
    for pool in network.pools:
        trucks[pool.class_code] += pool.num_vehicles
        assert (pool.num_drivers == 2) == (pool.class_code in ("truck-13", "truck-17.5"))

    # county 103 x 2; county 103 + city 17 x 3; city 17 x 2 + Wuhan 6; city 17 x 3 + region 7 x 4
    # + Wuhan 12; city 17 + region 7 x 3 + Wuhan 12 + others 25 x 4; Wuhan 4 + others 25 x 2
    assert trucks == {
        "truck-4.2": 206,
        "truck-6.8": 154,
        "truck-7.6": 40,
        "truck-9.6": 91,
        "truck-13": 150,
        "truck-17.5": 54,
        # Wuhan 2 + region 7 x 1
        "mi-171": 9,
        # 5 teams at each of 103 county depots
        "porters-20": 515,
        # by named waters: 40 county depots x 4, 7 city depots x 6
        "assault-boat": 202,
    }
    # Cooled trucks are described, but no depot is modelled to have any.
    classes = {kind.code for kind in network.vehicle_classes}
    assert classes == {*trucks, "truck-4.2-cooled"}
    assert [kind.code for kind in network.vehicle_classes if kind.is_cooled] == ["truck-4.2-cooled"]


def test_boats_stand_by_named_waters_only(network: ReserveNetwork) -> None:
    rules = load_mode_rules()
    points = {depot.code: depot.point for depot in network.depots}
    tiers = {depot.code: depot.tier for depot in network.depots}
    boats = [pool for pool in network.pools if pool.class_code == "assault-boat"]
    assert boats
    for pool in boats:
        assert nearest_landing(points[pool.base_code], rules) is not None
        assert pool.num_vehicles == {Tier.COUNTY: 4, Tier.CITY: 6}[tiers[pool.base_code]]
    # Yichang lies on the Yangtze, Enshi on no named water of the map.
    assert any(pool.base_code.startswith("4205") for pool in boats)
    assert not any(pool.base_code.startswith("422801") for pool in boats)


def test_carriers_are_modelled_and_helicopters_have_a_range(network: ReserveNetwork) -> None:
    kinds = {kind.code: kind for kind in network.vehicle_classes}
    # 570 km less a tenth
    assert kinds["mi-171"].range_m == 513_000
    assert kinds["mi-171"].payload_g == 4_000_000
    assert {kind.range_m for kind in network.vehicle_classes if kind.code != "mi-171"} == {0}
    assert [kinds[code].mode for code in ("mi-171", "assault-boat", "porters-20", "truck-13")] == [
        Mode.AIR,
        Mode.WATER,
        Mode.FOOT,
        Mode.ROAD,
    ]
    for pool in network.pools:
        if kinds[pool.class_code].mode is not Mode.ROAD:
            assert pool.evidence is Evidence.MODELLED
            assert pool.source == "rule:carriers"


def test_loading_time_follows_from_people_and_tonnes() -> None:
    # 2 t / (8 people x 0.53 t/h) = 28.3 min + 20 min, up to 50; half of it + 15 = 29.2, up to 30
    light = TRUCK_CLASSES["truck-4.2"]
    assert (light.load_minutes, light.unload_minutes) == (50, 30)
    # 15 t / (24 x 0.53) = 70.8 min + 20, up to 95; 35.4 + 15, up to 55
    heavy = TRUCK_CLASSES["truck-9.6"]
    assert (heavy.load_minutes, heavy.unload_minutes) == (95, 55)


def test_people_served_keep_within_the_classes_of_the_standard() -> None:
    tables = modelled_files(load_gazetteer(), items_of(default_folder()))
    areas = {
        row.split(",")[0]: int(row.split(",")[7])
        for row in tables["depots.csv"].splitlines()[1:]
        if ",county," in row and "source:anlu" not in row
    }

    assert min(areas.values()) == 630
    assert max(areas.values()) == 800
    # Hongshan has most people, Tieshan fewest
    assert max(areas, key=lambda code: areas[code])[:6] == "420111"
    assert areas["420205-01"] == 630
