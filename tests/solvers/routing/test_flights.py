"""Helicopters fly by day, are back by dusk, and rest on the ground."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.situation import Situation
from relief.supply.fleet import CarrierRules
from solvers.routing.demand import Load
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip, TimedStop, Timeline
from tests.relief.plan.three_ways import P1, A, three_ways

HOUR_S = 3_600


def timeline(situation: Situation) -> Timeline:
    fleet = Fleet(situation)
    helicopter = next(truck for truck in fleet.trucks if "heli" in truck.code)
    return Timeline(fleet, helicopter)


def trip(situation: Situation) -> PlannedTrip:
    row = situation.travel.index()
    load = Load(depot=row[A], place=row[P1], lines=(), mass_g=0, volume_cm3=0)
    return PlannedTrip(depots=(row[A],), drops=((load,),))


def flown(situation: Situation, *, after_h: float) -> TimedStop:
    """Return the delivery of a trip for which the helicopter is free after so many hours."""
    line = timeline(situation)
    line.clock.wait(round(after_h * HOUR_S))
    stops = line.drive(trip(situation))
    assert stops is not None
    return stops[-1]


def starting(hour: int) -> Situation:
    """Return the situation with a start at an hour in Hubei; its own is 8:00."""
    base = three_ways()
    moved = timedelta(hours=hour - 8)
    needs = tuple(replace(need, due_at=need.due_at + moved) for need in base.needs)
    return replace(base, start_at=base.start_at + moved, needs=needs)


@pytest.mark.parametrize(
    ("after_h", "departs_h"),
    [
        # Free at 8:00, loaded at 8:30
        (0.0, 0.5),
        # Half an hour there, a quarter to unload, half an hour back: 17:15 is the last departure.
        (8.75, 9.25),
        # A minute later it is the next morning, 22 h after 8:00.
        (8.75 + 1 / 60, 22.0),
    ],
)
def test_a_flight_is_back_by_dusk(after_h: float, departs_h: float) -> None:
    assert flown(starting(8), after_h=after_h).depart_s == round(departs_h * HOUR_S)


def test_the_way_home_needs_light_for_itself_alone() -> None:
    situation = starting(8)
    line = timeline(situation)
    line.clock.wait(round(8.75 * HOUR_S))
    assert line.drive(trip(situation)) is not None
    home = line.go_home()
    assert home is not None
    # Unloaded at 18:00, home at 18:30 sharp
    assert (home.depart_s, home.arrive_s) == (10 * HOUR_S, round(10.5 * HOUR_S))


def test_loading_goes_on_at_night() -> None:
    situation = starting(20)
    line = timeline(situation)
    stops = line.drive(trip(situation))
    assert stops is not None
    assert (stops[0].begin_s, stops[0].end_s) == (0, HOUR_S // 2)
    assert stops[1].depart_s == 10 * HOUR_S


def test_crews_rest_on_the_ground() -> None:
    situation = starting(8)
    line = timeline(situation)
    # Four trips are four hours in the air; loading and unloading are no rest.
    for _ in range(4):
        assert line.drive(trip(situation)) is not None
    before_s = line.clock.now_s
    # After the fourth landing 3.5 h are flown. The fifth trip's way back to A makes it 4 h, so that
    # its way out waits for 20 minutes.
    stops = line.drive(trip(situation))
    assert stops is not None
    assert all(stop.rests == () for stop in stops)
    # Back half an hour, loading half an hour, rest, half an hour out
    assert stops[-1].depart_s - before_s == HOUR_S + 1_200


def test_no_day_is_long_enough_for_some_flights() -> None:
    short = CarrierRules(day_begins=timedelta(hours=12), day_ends=timedelta(hours=13))
    situation = three_ways(carriers=short)
    # Out, unloading and back take an hour and a quarter.
    assert timeline(situation).drive(trip(situation)) is None


def test_boats_and_porters_go_on_at_night() -> None:
    situation = starting(20)
    fleet = Fleet(situation)
    assert [daylight is None for daylight in fleet.flies_by] == [True, False, True, True]
