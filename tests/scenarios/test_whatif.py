"""An officer's texts become changes, or one error that lists every one that cannot be read."""

import pytest

from relief.errors import InvalidInput
from scenarios.overlay import AddStock, AddTrucks, CloseRoad, LoseDepot, ScaleNeeds
from scenarios.whatif import read_changes


def test_every_kind_of_change_is_read_roads_first() -> None:
    changes = read_changes(
        closed_roads=["利川市-恩施市"],
        lost_depots=["420112-01"],
        scaled_needs=["1.5", "421321=2"],
        added_stock=["420112-01:quilt:500"],
        added_trucks=["420112-01:truck-9.6:6"],
    )
    assert changes == (
        CloseRoad(spec="利川市-恩施市"),
        LoseDepot(depot_code="420112-01"),
        ScaleNeeds(place_code="", factor=1.5),
        ScaleNeeds(place_code="421321", factor=2.0),
        AddStock(depot_code="420112-01", item_code="quilt", pieces=500),
        AddTrucks(depot_code="420112-01", class_code="truck-9.6", num_vehicles=6),
    )


def test_every_unreadable_text_is_listed() -> None:
    with pytest.raises(InvalidInput, match="cannot be read") as caught:
        read_changes(
            closed_roads=[],
            lost_depots=[],
            scaled_needs=["421321=much"],
            added_stock=["420112-01:quilt", "420112-01:quilt:-3"],
            added_trucks=["420112-01:truck-9.6:six"],
        )
    assert [(fault.where, fault.value) for fault in caught.value.faults] == [
        ("--scale-needs", "421321=much"),
        ("--add-stock", "420112-01:quilt"),
        ("--add-stock", "420112-01:quilt:-3"),
        ("--add-trucks", "420112-01:truck-9.6:six"),
    ]
