"""Tracks, worked out on a sphere: a degree of latitude is 111.195 km."""

from datetime import UTC, datetime, time, timedelta

import pytest

from relief.beidou.notice_code import Movement
from relief.beidou.tracks import (
    Fix,
    TrackLimits,
    distance_from_line_km,
    distance_km,
    instant_near,
    whereabouts,
)
from relief.places import Point

AT = datetime(2016, 7, 6, tzinfo=UTC)
DEGREE_KM = 111.195
ROUTE = (Point(lon_deg=114.0, lat_deg=30.0), Point(lon_deg=114.0, lat_deg=31.0))


def fix(minutes: float, lat: float, lon: float = 114.0, card: str = "1", **more: object) -> Fix:
    return Fix(
        card=card,
        taken_at=AT + timedelta(minutes=minutes),
        point=Point(lon_deg=lon, lat_deg=lat),
        source="position",
        **more,  # type: ignore[arg-type]
    )


def test_distances() -> None:
    assert distance_km(*ROUTE) == pytest.approx(DEGREE_KM, abs=0.01)
    # At 60 degrees a degree of longitude is half of one at the equator.
    east = (Point(lon_deg=0.0, lat_deg=60.0), Point(lon_deg=1.0, lat_deg=60.0))
    assert distance_km(*east) == pytest.approx(DEGREE_KM / 2, rel=1e-3)


def test_distance_from_a_line_is_to_its_nearest_stretch_or_end() -> None:
    beyond = Point(lon_deg=114.0, lat_deg=31.5)
    assert distance_from_line_km(beyond, ROUTE) == pytest.approx(DEGREE_KM / 2, abs=0.01)
    beside = Point(lon_deg=114.1, lat_deg=30.5)
    # 0.1 degrees of longitude at 30.5 degrees: 0.1 x 111.195 x cos(30.5) = 9.581 km.
    assert distance_from_line_km(beside, ROUTE) == pytest.approx(9.581, abs=0.001)
    assert distance_from_line_km(beside, (beside,)) == 0.0
    assert distance_from_line_km(beyond, (ROUTE[0], ROUTE[0])) == pytest.approx(1.5 * DEGREE_KM)


def test_speed_is_between_the_last_two_fixes_unless_it_is_told() -> None:
    (where,) = whereabouts([fix(0, 30.0), fix(60, 30.5)], AT + timedelta(hours=1))
    assert where.speed_km_h == pytest.approx(DEGREE_KM / 2, abs=0.01)
    assert where.travelled_km == pytest.approx(DEGREE_KM / 2, abs=0.01)
    (told,) = whereabouts([fix(0, 30.0), fix(60, 30.5, speed_km_h=20.0)], AT + timedelta(hours=1))
    assert told.speed_km_h == 20.0
    (first,) = whereabouts([fix(0, 30.0)], AT)
    assert first.speed_km_h is None


def test_silence_is_told_when_it_is_too_long_but_not_after_arrival() -> None:
    limits = TrackLimits(silent_after=timedelta(minutes=30))
    (just,) = whereabouts([fix(0, 30.0)], AT + timedelta(minutes=30), limits=limits)
    (long,) = whereabouts([fix(0, 30.0)], AT + timedelta(minutes=31), limits=limits)
    assert (just.is_silent, long.is_silent) == (False, True)
    there = [fix(0, 30.0, movement=Movement.ARRIVED)]
    (arrived,) = whereabouts(there, AT + timedelta(hours=9), limits=limits)
    assert (arrived.is_silent, arrived.arrived_at) == (False, AT)


def test_arrival_is_the_first_fix_near_the_end_of_the_route_or_the_place() -> None:
    fixes = [fix(0, 30.0), fix(60, 30.995), fix(70, 31.0), fix(80, 30.9)]
    (where,) = whereabouts(fixes, AT + timedelta(hours=2), route=ROUTE)
    # 0.005 degrees are 0.56 km, within the kilometre.
    assert where.arrived_at == AT + timedelta(minutes=60)
    (other,) = whereabouts(fixes, AT + timedelta(hours=2), destination=ROUTE[0])
    assert other.arrived_at == AT


def test_off_the_route_is_told_beyond_the_limit() -> None:
    (near,) = whereabouts([fix(0, 30.5, 114.03)], AT, route=ROUTE)
    (far,) = whereabouts([fix(0, 30.5, 114.04)], AT, route=ROUTE)
    # 0.03 degrees are 2.87 km, 0.04 are 3.83 km.
    assert (near.is_off_route, far.is_off_route) == (False, True)
    assert near.off_route_km == pytest.approx(2.874, abs=0.001)


def test_a_fix_that_nobody_could_reach_is_left_out() -> None:
    fixes = [fix(0, 30.0), fix(1, 45.0), fix(60, 30.5)]
    (where,) = whereabouts(fixes, AT + timedelta(hours=1))
    assert (where.num_fixes, where.num_unlikely) == (3, 1)
    assert where.last.point.lat_deg == 30.5
    wrong_first = [fix(0, 45.0), fix(1, 30.0), fix(61, 30.5), fix(121, 31.0)]
    (where,) = whereabouts(wrong_first, AT + timedelta(hours=3))
    assert (where.num_unlikely, where.last.point.lat_deg) == (1, 31.0)


def test_cards_are_apart_and_the_future_is_left_out() -> None:
    fixes = [fix(0, 30.0, card="2"), fix(0, 31.0), fix(10, 32.0)]
    one, two = whereabouts(fixes, AT)
    assert [(each.card, each.last.point.lat_deg) for each in (one, two)] == [
        ("1", 31.0),
        ("2", 30.0),
    ]
    distress = [fix(0, 30.0, movement=Movement.IN_DISTRESS)]
    assert [each.in_distress for each in whereabouts(distress, AT)] == [True]


@pytest.mark.parametrize(
    ("clock", "hour", "expected"),
    [(time(23, 50), 0, (5, 23)), (time(0, 10), 23, (7, 0)), (time(12, 0), 13, (6, 12))],
)
def test_a_bare_clock_time_is_of_the_nearest_day(
    clock: time, hour: int, expected: tuple[int, int]
) -> None:
    near = instant_near(clock, datetime(2016, 7, 6, hour, 30, tzinfo=UTC))
    assert (near.day, near.hour) == expected
