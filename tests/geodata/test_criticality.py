"""The links that are missed most, by hand on five junctions and on the shipped network."""

from dataclasses import replace

import numpy as np
import pytest

from geodata.criticality import critical_links
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from geodata.travel import RoadTravel
from relief.places import Place, PlaceKind
from relief.plan.travel import Closure, ClosureKind, Location
from tests.geodata.five_junctions import RULES, at, five_junctions


def town(junction: int, people: int) -> Place:
    return Place(
        code=str(junction),
        name_zh="",
        name_en="",
        kind=PlaceKind.TOWNSHIP,
        parent_code="",
        parent_zh="",
        parent_en="",
        point=at(junction).point,
        population_people=people,
    )


def test_losses_by_hand() -> None:
    towns = [town(2, 10), town(3, 100), town(4, 1000)]
    links = critical_links(five_junctions(), at(1), towns, num_links=9, rules=RULES)
    # Ways from 1: 1-2; 1-2-3; 1-2-5-4. Without 1-2 everybody is cut off; without 2-3, 3 is
    # reached by 5 and 4 (10 + 5 + 4 + 10 = 29 km instead of 20, 900 s later, for 100 people);
    # without 2-5 or 5-4, 4 is reached by 3 (30 instead of 19 km, 1100 s later, for 1000).
    # 1-2 is a dead end of the origin and comes last.
    assert [link.edges for link in links] == [((2, 5), (4, 5)), ((2, 3),), ((1, 2),)]
    assert [link.is_dead_end for link in links] == [False, False, True]
    second, third, first = links
    assert (first.cut_off, first.people_cut_off, first.delay_person_h) == (("2", "3", "4"), 1110, 0)
    assert second.worst in {(2, 5), (4, 5)}
    assert second.used_by == ("4",)
    assert second.delay_person_h == pytest.approx(1000 * 1100 / 3600)
    assert second.longest_delay_h == pytest.approx(1100 / 3600)
    assert second.length_km == 9.0
    assert third.delay_person_h == pytest.approx(100 * 900 / 3600)
    assert critical_links(five_junctions(), at(1), towns, num_links=1, rules=RULES) == links[:1]


def test_an_origin_off_the_network_has_no_links() -> None:
    far = replace(at(1), point=replace(at(1).point, lat_deg=40.0))
    assert critical_links(five_junctions(), far, [town(2, 1)], num_links=3, rules=RULES) == ()


def test_closing_the_worst_stretch_costs_what_was_said() -> None:
    gazetteer, roads = load_gazetteer(), load_roads()
    depot = gazetteer.place("420112")
    origin = Location(code="d", name_zh="", name_en="", point=depot.point)
    towns = [county for county in gazetteer.counties if county.code.startswith("4228")]
    links = critical_links(roads, origin, towns, num_links=400)
    assert len(links) == 12
    assert any(link.cut_off for link in links)
    links = (*links[:3], next(link for link in links if link.cut_off))
    places = [origin] + [
        Location(code=town.code, name_zh="", name_en="", point=town.point) for town in towns
    ]
    before = RoadTravel(roads).travel_times(places).duration_h[1, 0]
    for link in links:
        lost = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=(link.worst,))
        after = RoadTravel(roads.closed([lost])).travel_times(places).duration_h[1, 0]
        lost_codes = [t.code for t, h in zip(towns, after[1:], strict=True) if np.isinf(h)]
        assert list(link.cut_off) == lost_codes
        delays_h = np.where(np.isinf(after[1:]), 0.0, after[1:] - before[1:])
        people = [town.population_people for town in towns]
        assert float(delays_h @ people) == pytest.approx(link.delay_person_h, rel=1e-6)
        assert float(delays_h.max()) == pytest.approx(link.longest_delay_h, abs=1e-6)
        late = {town.code for town, delay_h in zip(towns, delays_h, strict=True) if delay_h > 1e-9}
        assert late <= set(link.used_by)
