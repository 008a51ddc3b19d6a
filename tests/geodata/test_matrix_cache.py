"""Matrices kept by network and closures: never stale, and bounded."""

from dataclasses import replace

import numpy as np
import pytest

from geodata import travel
from geodata.closing import close_stretches
from geodata.matrix_cache import Matrix, MatrixCache
from geodata.roads import RoadNetwork, load_roads
from geodata.travel import RoadTravel
from relief.plan.travel import Location
from tests.geodata.five_junctions import RULES, at, five_junctions

ENDS = [at(1), at(4)]


def matrix(number: float, size: int = 1) -> Matrix:
    shape = (1, size, size)
    return Matrix(seconds=np.full(shape, number), metres=np.full(shape, number))


def test_a_matrix_is_made_once() -> None:
    cache, made = MatrixCache(), []

    def make() -> Matrix:
        made.append(1)
        return matrix(7.0)

    first, second = cache.get("a", make), cache.get("a", make)
    assert first is second
    assert len(made) == 1
    with pytest.raises(ValueError, match="read-only"):
        first.seconds[0, 0, 0] = 1.0


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    # Of 16 bytes each, two fit.
    cache = MatrixCache(most_bytes=40)
    kept = {key: cache.get(key, lambda: matrix(1.0)) for key in ("a", "b")}
    cache.get("a", lambda: matrix(2.0))
    cache.get("c", lambda: matrix(3.0))
    assert len(cache) == 2
    assert cache.get("a", lambda: matrix(4.0)) is kept["a"]
    assert cache.get("b", lambda: matrix(5.0)).seconds[0, 0, 0] == 5.0


def test_what_is_larger_than_all_room_is_not_kept() -> None:
    cache = MatrixCache(most_bytes=40)
    cache.get("a", lambda: matrix(1.0))
    cache.get("b", lambda: matrix(2.0, size=2))
    assert len(cache) == 1
    assert cache.get("a", lambda: matrix(3.0)).seconds[0, 0, 0] == 1.0


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> MatrixCache:
    fresh = MatrixCache()
    monkeypatch.setattr(travel, "shared_matrices", fresh)
    return fresh


def hours(roads: RoadNetwork, ends: list[Location]) -> float:
    return float(RoadTravel(roads).travel_times(ends).duration_h[0, 0, 1])


def test_another_network_closure_or_place_is_another_matrix(cache: MatrixCache) -> None:
    roads = five_junctions()
    shut = roads.closed([close_stretches([(2, 5)], roads, name="x")])
    slow = roads.closed([replace(close_stretches([(2, 5)], roads, name="x"), speed_share=0.5)])
    usual_h = hours(roads, ENDS)
    assert len(cache) == 1
    assert hours(shut, ENDS) > usual_h
    assert usual_h < hours(slow, ENDS) <= hours(shut, ENDS)
    assert hours(roads, [at(1), at(3)]) != usual_h
    assert len(cache) == 4
    # The same again, by other objects and under other names.
    renamed = [replace(place, code=f"x{place.code}") for place in ENDS]
    assert hours(five_junctions(), renamed) == usual_h
    assert len(cache) == 4


def test_kept_times_carry_the_names_of_who_asks(cache: MatrixCache) -> None:
    roads = load_roads()
    ends = [at(1), at(4)]
    one = RoadTravel(roads).travel_times(ends)
    other = RoadTravel(roads).travel_times([at(1, "a"), at(4, "b")])
    assert len(cache) == 1
    assert np.array_equal(one.duration_h, other.duration_h)
    assert (one.location_codes, other.location_codes) == (("1", "4"), ("a", "b"))


def test_other_rules_are_not_kept(cache: MatrixCache) -> None:
    RoadTravel(five_junctions(), rules=RULES).travel_times(ENDS)
    assert len(cache) == 0
