"""Departures before, during and after timed closures, on five junctions."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from geodata.periods import times_by_departure
from geodata.roads import RoadNetwork
from relief.plan.travel import Closure, ClosureKind
from relief.units import SHANGHAI
from tests.geodata.five_junctions import RULES, at, five_junctions

NOON = datetime(2016, 7, 6, 12, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


def cut(*edges: tuple[int, int], begin: datetime | None, end: datetime | None) -> RoadNetwork:
    closure = Closure(
        name="x", kind=ClosureKind.EDGE, reason="", edges=edges, from_at=begin, until_at=end
    )
    return five_junctions().closed([closure])


def seconds(roads: RoadNetwork, begin: datetime, end: datetime) -> list[tuple[int, float]]:
    """Return for each period its begin in minutes after noon and the time from 1 to 4."""
    periods = times_by_departure(roads, [at(1), at(4)], begin, end, rules=RULES)
    return [
        (
            round((one.begin - NOON) / timedelta(minutes=1)),
            round(float(one.times.duration_h[0, 0, 1]) * 3600, 6),
        )
        for one in periods
    ]


def test_who_would_be_caught_goes_round() -> None:
    # 2-5 is closed from 13:00 to 14:30. From 1 to 4 takes 1900 s (32 min) by it, 3000 s else. Who
    # departs from 10 to 11 or from 11 to 12 is through before 13:00; from 12 to 13 he may not be;
    # from 13:00 on it is closed; from 14:30 on it is open.
    roads = cut((2, 5), begin=NOON + HOUR, end=NOON + 2.5 * HOUR)
    assert seconds(roads, NOON - 2 * HOUR, NOON + 4 * HOUR) == [
        (-120, 1900),
        (-60, 1900),
        (0, 3000),
        (60, 3000),
        (120, 3000),
        (150, 1900),
        (180, 1900),
    ]


def test_where_nothing_leads_round_the_place_is_unreachable_for_a_time() -> None:
    roads = cut((1, 2), begin=NOON + HOUR, end=None)
    periods = times_by_departure(roads, [at(1), at(4)], NOON - HOUR, NOON + 2 * HOUR, rules=RULES)
    assert [one.times.unreachable for one in periods] == [(), ("1", "4"), ("1", "4")]
    assert all(one.times.network_fingerprint == roads.fingerprint for one in periods)
    assert (periods[0].begin, periods[-1].end) == (NOON - HOUR, NOON + 2 * HOUR)


def test_a_drive_through_several_changes_heeds_them_all() -> None:
    # 5-4 is closed after 20 minutes of the drive, 3-4 after 40: the drive of 50 minutes by 3 is
    # caught by the second.
    minute = timedelta(minutes=1)
    first = Closure(
        name="x",
        kind=ClosureKind.EDGE,
        reason="",
        edges=((4, 5),),
        from_at=NOON + 20 * minute,
        until_at=None,
    )
    second = Closure(
        name="y",
        kind=ClosureKind.EDGE,
        reason="",
        edges=((3, 4),),
        from_at=NOON + 40 * minute,
        until_at=None,
    )
    roads = five_junctions().closed([first, second])
    (period,) = times_by_departure(
        roads, [at(1), at(4)], NOON - minute, NOON, step=HOUR, rules=RULES
    )
    assert np.isinf(period.times.duration_h[0, 0, 1])


def test_without_timed_closures_all_periods_are_alike() -> None:
    roads = cut((2, 5), begin=None, end=None)
    assert seconds(roads, NOON, NOON + 2 * HOUR) == [(0, 3000), (60, 3000)]


def test_no_periods() -> None:
    with pytest.raises(ValueError, match="no periods"):
        times_by_departure(five_junctions(), [at(1)], NOON, NOON)
    with pytest.raises(ValueError, match="no periods"):
        times_by_departure(five_junctions(), [at(1)], NOON, NOON + HOUR, step=timedelta(0))
