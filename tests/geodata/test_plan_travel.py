"""Timed closures in a plan: counted where they may touch it, left out and told where not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.plan_travel import WAY_HOME, PlanTravel, closure_hours, told_how_timed
from relief.plan.travel import Closure, ClosureKind
from relief.units import SHANGHAI
from tests.geodata.five_junctions import RULES, at, five_junctions

BEGIN = datetime(2016, 7, 6, 8, tzinfo=SHANGHAI)
END = BEGIN + timedelta(hours=72)
HOUR = timedelta(hours=1)


def shut(begin: datetime | None, end: datetime | None) -> Closure:
    return Closure(
        name="桥", kind=ClosureKind.EDGE, reason="", edges=((2, 5),), from_at=begin, until_at=end
    )


@pytest.mark.parametrize(
    ("begin", "end", "counted"),
    [
        (None, None, True),
        (None, BEGIN, False),
        (None, BEGIN + HOUR, True),
        (BEGIN - HOUR, None, True),
        (END - HOUR, None, True),
        (END + WAY_HOME - HOUR, None, True),
        (END + WAY_HOME, None, False),
    ],
)
def test_a_closure_counts_if_it_can_touch_the_plan(
    begin: datetime | None, end: datetime | None, *, counted: bool
) -> None:
    # From 1 to 4 takes 1900 s by 2-5, 3000 s without it.
    closure = shut(begin, end)
    travel = PlanTravel(five_junctions().closed([closure]), BEGIN, END, rules=RULES)
    times = travel.travel_times([at(1), at(4)])
    assert round(float(times.duration_h[0, 0, 1]) * 3600) == (3000 if counted else 1900)
    assert times.closures == ((closure,) if counted else ())
    # One that is over concerns nobody any more; a later one is kept for the verifier.
    assert times.later_closures == (() if counted or begin is None else (closure,))
    (path,) = travel.paths([(at(1), at(4), "light")])
    assert path.node_ids == ((1, 2, 3, 4) if counted else (1, 2, 5, 4))


@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        (None, None, None),
        (BEGIN - HOUR, None, None),
        (None, BEGIN, "桥 (... - 2016-07-06 08:00) had ended"),
        (BEGIN, None, None),
        (BEGIN + HOUR, None, "桥 holds only for a time (2016-07-06 09:00 - ...)"),
        (BEGIN, END, "桥 holds only for a time (2016-07-06 08:00 - 2016-07-09 08:00)"),
        (END + WAY_HOME, None, "begins when all trucks are home"),
    ],
)
def test_how_a_timed_closure_is_taken_is_told(
    begin: datetime | None, end: datetime | None, told: str | None
) -> None:
    sentence = told_how_timed(shut(begin, end), BEGIN, END)
    if told is None:
        assert sentence is None
    else:
        assert told in str(sentence)


def until(hours: int, *edges: tuple[int, int]) -> Closure:
    return replace(shut(None, BEGIN + hours * HOUR), edges=edges)


def test_a_place_that_is_cut_off_for_a_time_is_reached_after_it() -> None:
    # 3-4 is closed for ten hours and 4-5 for twelve; 1-2 opens only after the plan, and cuts 1 off.
    # From 2 to 4 by 5 takes 900 s and is closed for twelve hours; from 3 to 4 at once for ten, and
    # so is the way back from 4, because 5-2 is one way.
    closures = [until(10, (3, 4)), until(12, (4, 5)), until(80, (1, 2))]
    travel = PlanTravel(five_junctions().closed(closures), BEGIN, END, rules=RULES)
    places = [at(1), at(2), at(3), at(4)]
    times = travel.travel_times(places)
    assert times.unreachable == ("1",)
    assert travel.cut_off_for_a_time(places) == {"4"}
    assert travel.at_any_hour.travel_times(places).unreachable == ("1", "4")
    light = times.speed_classes.index("light")
    hours = {
        (one, other): [(span.end - BEGIN) / HOUR for span in times.spans(light, one - 1, other - 1)]
        for one, other in ((2, 4), (3, 4), (4, 2), (2, 3))
    }
    assert hours == {(2, 4): [12], (3, 4): [10], (4, 2): [10], (2, 3): []}
    assert round(float(times.duration_h[light, 1, 3]) * 3600) == 900
    legs = [(at(2), at(4), "light"), (at(3), at(4), "light"), (at(2), at(3), "light")]
    assert [path.node_ids for path in travel.paths(legs)] == [(2, 5, 4), (3, 4), (2, 3)]
    assert "trucks drive there outside it" in str(told_how_timed(closures[0], BEGIN, END))


def test_a_closure_of_some_trucks_has_hours_for_these_only() -> None:
    closed = replace(until(10, (3, 4), (4, 5)), speed_classes=("heavy",))
    times = PlanTravel(five_junctions().closed([closed]), BEGIN, END, rules=RULES).travel_times(
        [at(2), at(4)]
    )
    spans = {name: times.spans(row, 0, 1) for row, name in enumerate(times.speed_classes)}
    assert {name for name, found in spans.items() if found} == {"heavy"}


def test_hours_that_touch_are_one_time() -> None:
    one, other = until(10, (3, 4), (4, 5)), until(12, (3, 4), (4, 5))
    later = replace(other, from_at=BEGIN + 20 * HOUR, until_at=BEGIN + 21 * HOUR)
    roads = five_junctions().closed([one, other, later])
    times = PlanTravel(roads, BEGIN, END, rules=RULES).travel_times([at(2), at(4)])
    (spans,) = times.closed_spans
    assert [(span.end - BEGIN) / HOUR for span in spans] == [12, 21]
    assert spans[1].begin == BEGIN + 20 * HOUR


EDGES = ((1, 2), (2, 3), (3, 4), (2, 5), (4, 5))


@given(
    drawn=st.lists(
        st.tuples(
            st.lists(st.sampled_from(EDGES), min_size=1, max_size=3, unique=True),
            st.one_of(st.none(), st.integers(-20, 90)),
            st.one_of(st.none(), st.integers(1, 40)),
        ),
        max_size=4,
    )
)
@settings(deadline=None, max_examples=60)
def test_no_way_leads_over_a_road_that_is_closed_when_it_may_be_driven(
    drawn: list[tuple[list[tuple[int, int]], int | None, int | None]],
) -> None:
    closures = []
    for number, (edges, begin, lasting) in enumerate(drawn):
        from_at = None if begin is None else BEGIN + begin * HOUR
        until_at = None if lasting is None else (from_at or BEGIN) + lasting * HOUR
        closures.append(
            replace(shut(from_at, until_at), name=str(number), edges=tuple(sorted(edges)))
        )
    travel = PlanTravel(five_junctions().closed(closures), BEGIN, END, rules=RULES)
    places = [at(number) for number in range(1, 6)]
    times = travel.travel_times(places)
    light = times.speed_classes.index("light")
    for row, start in enumerate(places):
        for column, end in enumerate(places):
            if row == column or not np.isfinite(times.duration_h[light, row, column]):
                continue
            (path,) = travel.paths([(start, end, "light")])
            assert path.distance_km == times.distance_km[light, row, column]
            spans = times.spans(light, row, column)
            used = {(min(pair), max(pair)) for pair in pairwise(path.node_ids)}
            for closure in times.closures:
                if not used & set(closure.edges):
                    continue
                assert closure.until_at is not None
                begins = closure.from_at or datetime.min.replace(tzinfo=UTC)
                assert any(one.begin <= begins and closure.until_at <= one.end for one in spans)


def test_an_endless_closure_has_no_hours() -> None:
    assert closure_hours(shut(None, None)) == ""
