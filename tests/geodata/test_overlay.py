"""Closures that slow, or bar some, on five junctions (see the drawing there)."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from geodata.engine import ENGINES
from geodata.overlay import overlay_of
from geodata.roads import RoadNetwork
from geodata.travel import RoadTravel
from relief.places import Point
from relief.plan.travel import Closure, ClosureKind
from relief.units import SHANGHAI
from tests.geodata.five_junctions import RULES, at, five_junctions

NOON = datetime(2016, 7, 6, 12, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


def closure(
    *edges: tuple[int, int],
    speed_share: float = 0.0,
    speed_classes: tuple[str, ...] = (),
    open_ways: tuple[tuple[int, int], ...] = (),
    times: tuple[datetime | None, datetime | None] = (None, None),
) -> Closure:
    return Closure(
        name="x",
        kind=ClosureKind.EDGE,
        reason="",
        edges=edges,
        speed_share=speed_share,
        speed_classes=speed_classes,
        open_ways=open_ways,
        from_at=times[0],
        until_at=times[1],
    )


def seconds(roads: RoadNetwork, engine: str = "cch") -> list[list[float]]:
    """Return 1-4, 4-1 in seconds for light and heavy trucks."""
    times = RoadTravel(roads, engine, rules=RULES).travel_times([at(1), at(4)])
    hours = times.duration_h[[0, 2]]
    rounded: list[list[float]] = np.round(hours[:, [0, 1], [1, 0]] * 3600, 6).tolist()
    return rounded


@pytest.mark.parametrize("engine", ENGINES)
def test_slow_stretches_are_avoided_where_that_is_faster(engine: str) -> None:
    # 1-2-5-4 takes 1000 + 500 + 400 s. At a quarter of the speed 2-5 takes 2000 s, and the way
    # by 3 is faster (3000 s); at half of it 1000 s, together 2400 s.
    roads = five_junctions()
    quarter = roads.closed([closure((2, 5), speed_share=0.25)])
    assert seconds(quarter, engine) == [[3000, 3000]] * 2
    half = roads.closed([closure((2, 5), speed_share=0.5)])
    assert seconds(half, engine) == [[2400, 3000]] * 2
    # Where two lie over each other the slower counts.
    both = half.closed([closure((2, 5), (1, 2), speed_share=0.8)])
    assert seconds(both, engine) == [[1250 + 1000 + 400, 1250 + 2000]] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_weight_limit_bars_heavy_trucks_only(engine: str) -> None:
    roads = five_junctions().closed([closure((4, 5), speed_classes=("heavy",))])
    assert seconds(roads, engine) == [[1900, 3000], [3000, 3000]]
    assert roads.is_open.all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_convoy_drives_one_way_only(engine: str) -> None:
    roads = five_junctions().closed([closure((1, 2), open_ways=((1, 2),))])
    assert seconds(roads, engine) == [[1900, np.inf]] * 2
    turned = five_junctions().closed([closure((1, 2), open_ways=((2, 1),))])
    assert seconds(turned, engine) == [[np.inf, 3000]] * 2


def test_the_overlay_itself() -> None:
    roads = five_junctions().closed(
        [
            closure((1, 2), open_ways=((2, 1),)),
            closure((2, 3), speed_share=0.4),
            closure((2, 3), speed_share=0.6),
            closure((3, 4)),
        ]
    )
    overlay = overlay_of(roads, "light")
    assert overlay.forward.tolist() == [False, True, True, True, True]
    assert overlay.back.tolist() == [True] * 5
    assert overlay.speed_share.tolist() == [1.0, 0.4, 1.0, 1.0, 1.0]
    assert roads.is_open.tolist() == [True, True, False, True, True]


def test_a_closure_holds_only_in_its_time() -> None:
    roads = five_junctions().closed(
        [closure((2, 5), times=(NOON, NOON + HOUR)), closure((1, 2), times=(NOON + HOUR, None))]
    )
    assert seconds(roads.during(NOON - HOUR, NOON)) == [[1900, 3000]] * 2
    assert seconds(roads.during(NOON, NOON + HOUR)) == [[3000, 3000]] * 2
    assert seconds(roads.during(NOON + HOUR, NOON + 2 * HOUR)) == [[np.inf, np.inf]] * 2
    assert roads.during(NOON, NOON + 2 * HOUR) is roads


def test_every_effect_has_its_own_fingerprint() -> None:
    roads = five_junctions()
    variants = [
        roads,
        roads.closed([closure((1, 2))]),
        roads.closed([closure((1, 2), speed_share=0.5)]),
        roads.closed([closure((1, 2), speed_share=0.6)]),
        roads.closed([closure((1, 2), speed_classes=("heavy",))]),
        roads.closed([closure((1, 2), open_ways=((1, 2),))]),
        roads.closed([closure((1, 2), open_ways=((2, 1),))]),
    ]
    assert len({roads.fingerprint for roads in variants}) == len(variants)


def test_a_slow_area_bars_no_access() -> None:
    ring = ((113.9, 29.9), (114.05, 29.9), (114.05, 30.05), (113.9, 30.05))
    fog = Closure(
        name="fog",
        kind=ClosureKind.POLYGON,
        reason="fog",
        edges=((1, 2),),
        polygon=tuple(Point(lon_deg=lon, lat_deg=lat) for lon, lat in ring),
        speed_share=0.5,
    )
    assert seconds(five_junctions().closed([fog])) == [[2900, 4000]] * 2
