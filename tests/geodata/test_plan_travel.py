"""Timed closures in a plan: counted where they may touch it, left out and told where not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

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


def test_when_a_place_that_is_cut_off_opens() -> None:
    # 3-4 is closed for ten hours and 4-5 for twelve, so that 4 is open after ten; 1-2 opens only
    # after the plan, and cuts 1 off from 2.
    def until(hours: int, *edges: tuple[int, int]) -> Closure:
        return replace(shut(None, BEGIN + hours * HOUR), edges=edges)

    closures = [until(10, (3, 4)), until(12, (4, 5)), until(80, (1, 2))]
    travel = PlanTravel(five_junctions().closed(closures), BEGIN, END, rules=RULES)
    places = [at(1), at(2), at(3), at(4)]
    assert travel.travel_times(places).unreachable == ("1", "4")
    assert travel.opening_times(places) == {"4": BEGIN + 10 * HOUR}


def test_an_endless_closure_has_no_hours() -> None:
    assert closure_hours(shut(None, None)) == ""
