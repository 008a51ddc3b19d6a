"""Named roads and bridges on the imported centre of Helsinki."""

import networkx as nx
import numpy as np
import pytest

from geodata.closing import close_between
from geodata.closures import closure_effects
from geodata.crossings import close_bridge
from geodata.layout import stretch_rows
from geodata.named_roads import close_named_road
from geodata.osm import import_extract
from geodata.road_details import RoadDetails
from geodata.roads import RoadNetwork, build_network
from relief.errors import InvalidInput
from relief.places import Place, PlaceKind, Point
from relief.plan.travel import ClosureKind
from tests.geodata.osm_files import helsinki


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return build_network(name="Helsinki", layout=import_extract(helsinki(), anywhere=True).layout)


def details_of(roads: RoadNetwork) -> RoadDetails:
    assert roads.layout.details is not None
    return roads.layout.details


def spot(code: str, roads: RoadNetwork, row: int) -> Place:
    return Place(
        code=code,
        name_zh=code,
        name_en=code,
        kind=PlaceKind.TOWNSHIP,
        parent_code="",
        parent_zh="",
        parent_en="",
        point=roads.point_of(row),
        population_people=0,
    )


def ends_of(name: str, roads: RoadNetwork) -> tuple[Place, Place]:
    """Return the westernmost and the easternmost junction of a road."""
    details = details_of(roads)
    rows = np.flatnonzero(details.name_rows == details.names.index(name))
    junctions = np.unique(np.concatenate((roads.layout.tails[rows], roads.layout.heads[rows])))
    order = junctions[np.argsort(roads.layout.lon_deg[junctions])]
    return spot("west", roads, int(order[0])), spot("east", roads, int(order[-1]))


def test_a_named_road_between_two_places(roads: RoadNetwork) -> None:
    details = details_of(roads)
    one, other = ends_of("Mannerheimintie", roads)
    closure = close_named_road("mannerheimintie", (one, other), roads, name="x", reason="works")
    rows, unknown = stretch_rows(roads.layout, closure.edges)
    assert (closure.kind, closure.reason, unknown) == (ClosureKind.ROAD, "works", ())
    named = {details.names[row] for row in details.name_rows[rows].tolist()}
    assert "Mannerheimintie" in named
    # Most of the street between its ends is closed, and other streets only where they run beside.
    whole = np.flatnonzero(details.name_rows == details.names.index("Mannerheimintie"))
    closed_m = details.length_m[np.intersect1d(rows, whole)].sum()
    assert closed_m > 0.7 * details.length_m[whole].sum()
    assert closed_m > 0.95 * details.length_m[rows].sum()


def test_a_convoy_keeps_one_direction_of_a_named_road(roads: RoadNetwork) -> None:
    places = ends_of("Mannerheimintie", roads)
    closure = close_named_road("Mannerheimintie", places, roads, name="x", convoy=True)
    assert closure.open_ways
    assert {(min(way), max(way)) for way in closure.open_ways} <= set(closure.edges)
    # The open ways lie on the way from the first place to the other.
    graph: nx.DiGraph[int] = nx.DiGraph(list(closure.open_ways))
    assert nx.is_directed_acyclic_graph(graph)


def test_an_unknown_road_is_refused_with_near_names(roads: RoadNetwork) -> None:
    places = ends_of("Mannerheimintie", roads)
    with pytest.raises(InvalidInput, match=r"no road of that name.*perhaps Mannerheimintie"):
        close_named_road("Manerheimintie", places, roads, name="x")


def test_a_bridge_is_closed_with_its_carriageways(roads: RoadNetwork) -> None:
    details = details_of(roads)
    bridges = np.flatnonzero(details.bridge)
    longest = bridges[np.argmax(details.length_m[bridges])]
    ends = [roads.point_of(int(side[longest])) for side in (roads.layout.tails, roads.layout.heads)]
    middle = Point(
        lon_deg=(ends[0].lon_deg + ends[1].lon_deg) / 2,
        lat_deg=(ends[0].lat_deg + ends[1].lat_deg) / 2,
    )
    closure = close_bridge(middle, roads, name="x")
    rows, _ = stretch_rows(roads.layout, closure.edges)
    assert longest in rows
    assert len({details.name_of(row) for row in rows.tolist() if details.bridge[row]}) == 1
    assert not any("Approximate" in str(told) for told in closure_effects(closure, roads))
    with pytest.raises(InvalidInput, match=r"nearest is .* km off"):
        close_bridge(Point(lon_deg=25.5, lat_deg=60.2), roads, name="x")


def test_a_road_between_two_places_on_an_imported_network(roads: RoadNetwork) -> None:
    one, other = ends_of("Mannerheimintie", roads)
    closure = close_between(one, other, roads, name="x")
    assert stretch_rows(roads.layout, closure.edges)[1] == ()
