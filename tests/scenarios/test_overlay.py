"""Overlays change a copy and leave the base alone."""

import pytest

from relief.errors import InvalidInput
from scenarios.overlay import (
    AddStock,
    AddTrucks,
    CloseRoad,
    LoseDepot,
    ScaleNeeds,
    described,
    locations_of,
    overlay,
)
from tests.situations import travel, two_depots_three_places


def test_the_base_stays_as_it_is() -> None:
    base = two_depots_three_places()
    before = base.fingerprint()
    changed = overlay(
        base,
        [
            LoseDepot(depot_code="420001-01"),
            ScaleNeeds(place_code="420002", factor=1.5),
            AddStock(depot_code="420112-01", item_code="tent", pieces=7),
            AddTrucks(depot_code="420112-01", class_code="truck-s", num_vehicles=2),
        ],
    )
    assert base.fingerprint() == before
    assert changed.fingerprint() != before
    assert [depot.code for depot in changed.depots] == ["420112-01"]
    # Place 2 needed 40 tents: 60 now; the others as before.
    assert [need.pieces for need in changed.needs] == [50, 60, 10]
    assert [lot.pieces for lot in changed.lots] == [100, 7]
    # The one truck of the pool becomes three.
    assert [pool.num_vehicles for pool in changed.pools] == [3]


def test_needs_scaled_to_nothing_are_gone_and_fractions_round_up() -> None:
    base = two_depots_three_places()
    none = overlay(base, [ScaleNeeds(place_code="420003", factor=0.0)])
    assert [need.place_code for need in none.needs] == ["420001", "420002"]
    # 50, 40 and 10 tents x 1.01 = 50.5, 40.4 and 10.1.
    more = overlay(base, [ScaleNeeds(place_code="", factor=1.01)])
    assert [need.pieces for need in more.needs] == [51, 41, 11]


def test_no_change_is_the_same_situation() -> None:
    base = two_depots_three_places()
    assert overlay(base, []).fingerprint() == base.fingerprint()


def test_a_new_pool_is_made_where_none_of_its_kind_stands() -> None:
    base = two_depots_three_places()
    without = overlay(base, [LoseDepot(depot_code="420112-01")])
    assert [pool.base_code for pool in without.pools] == ["420001-01"]
    more = overlay(base, [AddTrucks(depot_code="420001-01", class_code="truck-s", num_vehicles=3)])
    assert [(pool.base_code, pool.num_vehicles) for pool in more.pools] == [
        ("420001-01", 5),
        ("420112-01", 1),
    ]


def test_closing_a_road_brings_new_travel_times() -> None:
    base = two_depots_three_places()
    closed = travel({}, base.travel.location_codes)
    changed = overlay(base, [CloseRoad(spec="A-B")], travel=closed)
    assert changed.travel is closed
    with pytest.raises(ValueError, match="if and only if a change closes a road"):
        overlay(base, [CloseRoad(spec="A-B")])


def test_every_fault_is_listed_at_once() -> None:
    with pytest.raises(InvalidInput, match="999999-01") as caught:
        overlay(
            two_depots_three_places(),
            [
                LoseDepot(depot_code="999999-01"),
                ScaleNeeds(place_code="420009", factor=-1.0),
                AddStock(depot_code="420001-01", item_code="boat", pieces=0),
                AddTrucks(depot_code="420001-01", class_code="bike", num_vehicles=-2),
            ],
        )
    assert [(fault.where, fault.field) for fault in caught.value.faults] == [
        ("change 1", "depot"),
        ("change 2", "place"),
        ("change 2", "factor"),
        ("change 3", "item"),
        ("change 3", "pieces"),
        ("change 4", "class"),
        ("change 4", "trucks"),
    ]


def test_a_depot_cannot_be_lost_twice_or_used_after_its_loss() -> None:
    lost = LoseDepot(depot_code="420001-01")
    with pytest.raises(InvalidInput, match="lost by an earlier change") as caught:
        overlay(
            two_depots_three_places(),
            [lost, lost, AddStock(depot_code="420001-01", item_code="tent", pieces=1)],
        )
    assert [fault.where for fault in caught.value.faults] == ["change 2", "change 3"]


def test_changes_are_told_with_both_names() -> None:
    base = two_depots_three_places()
    assert str(described(LoseDepot(depot_code="420001-01"), base)) == (
        "库420001-01 Depot 420001-01 loses its stock and its trucks."
    )
    assert str(described(ScaleNeeds(place_code="", factor=2.0), base)) == (
        "All needs are multiplied by 2.0."
    )


def test_locations_are_depots_then_places() -> None:
    base = two_depots_three_places()
    assert tuple(spot.code for spot in locations_of(base)) == base.travel.location_codes
