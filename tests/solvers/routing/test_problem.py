from dataclasses import replace

import numpy as np
import pytest

from relief.errors import InvalidInput
from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import Stops, VehicleRoute, VehicleType
from solvers.routing.problem_check import check_answer
from tests.solvers.routing.problems import LINE, on_a_line

FLEET = VehicleType(num_available=3, capacity=(2,))


def stops(**more: list[int]) -> Stops:
    return Stops.plain(
        np.ones((3, 1), np.int64), **{name: np.array(row) for name, row in more.items()}
    )


def plain(*trips: tuple[int, ...]) -> tuple[VehicleRoute, ...]:
    return tuple(VehicleRoute(vehicle_type=0, trips=(trip,)) for trip in trips)


def test_cost_by_hand() -> None:
    # Out to 10 and 20 and back: 40; out to -10 and back: 20.
    check = check_answer(on_a_line(), plain((0, 1), (2,)))
    assert check.holds
    assert check.cost == 60


def test_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        on_a_line().distances[0, 0, 1] = 3


@pytest.mark.parametrize(
    ("trips", "what"),
    [
        (((0, 1, 2),), "carries 3 on trip 1; its vehicle holds 2"),
        (((0,), (2,)), "Stop 2 is not served"),
        (((0, 1), (1,), (2,)), "Stop 2 is served 2 times"),
    ],
)
def test_check_names_what_is_broken(trips: tuple[tuple[int, ...], ...], what: str) -> None:
    check = check_answer(on_a_line(), plain(*trips))
    assert any(what in str(violation) for violation in check.violations)


def test_too_many_vehicles_are_counted() -> None:
    problem = on_a_line(types=(replace(FLEET, num_available=2),))
    check = check_answer(problem, plain((0,), (1,), (2,)))
    assert [str(v) for v in check.violations] == ["3 vehicles of type 0 drive, 2 are available."]


def test_lateness_and_duration_by_hand() -> None:
    # At 20 not before 50, then home: ends at 70. Leaving at 30 instead of 0 makes it last 40.
    problem = on_a_line(
        types=(replace(FLEET, unit_distance_cost=0, unit_duration_cost=1, max_duration=40),),
        stops=stops(opens=[0, 50, 0], closes=[NO_LIMIT, 60, NO_LIMIT]),
    )
    check = check_answer(problem, plain((0, 1), (2,)))
    assert check.holds
    assert check.cost == 40 + 20
    # The other way round the wait is at 20: 10 is reached at 60, home at 70, from 30: still 40.
    assert check_answer(problem, plain((1, 0), (2,))).cost == 60
    late = on_a_line(stops=stops(opens=[0, 0, 0], closes=[NO_LIMIT, 20, 25]))
    check = check_answer(late, plain((0,), (1, 2)))
    assert [str(v) for v in check.violations] == ["Route 2 comes too late to stop 3."]


def test_reloads_release_and_first_load() -> None:
    kind = replace(FLEET, reload_depots=(0,), initial_load=(1,), num_available=1, closes=100)
    problem = on_a_line(types=(kind,), stops=stops(release=[0, 0, 45]))
    ok = VehicleRoute(vehicle_type=0, trips=((0,), (1, 2)), reloads=(0,))
    # 20 for the first trip; the second waits until 45, then 20, -10 and home: 45 + 60 = 105 > 100.
    check = check_answer(problem, (ok,))
    assert [str(v) for v in check.violations] == ["Route 1 comes too late to a depot."]
    assert check.cost == 20 + 60
    # With one unit on board already, two stops are too much for the first trip.
    full = VehicleRoute(vehicle_type=0, trips=((1, 0), (2,)), reloads=(0,))
    check = check_answer(problem, (full,))
    assert [str(v) for v in check.violations] == [
        "Route 1 carries 3 on trip 1; its vehicle holds 2."
    ]
    # 40, then the wait until 45, and 20 more: in time.
    without = replace(problem, vehicle_types=(replace(kind, initial_load=()),))
    assert check_answer(without, (full,)).holds


def test_open_ends_cost_nothing() -> None:
    problem = on_a_line(types=(replace(FLEET, end_depot=None),))
    assert check_answer(problem, plain((0, 1), (2,))).cost == 30


def test_prizes_of_what_is_left_out_are_paid() -> None:
    problem = on_a_line(
        stops=Stops.plain(
            np.ones((3, 1), np.int64),
            prize=np.array([0, 0, 7]),
            required=np.array([True, True, False]),
        )
    )
    check = check_answer(problem, plain((0, 1)))
    assert check.holds
    assert check.cost == 40 + 7


def test_precedence_is_checked() -> None:
    problem = on_a_line(precedence=((1, 0),))
    broken = check_answer(problem, plain((0, 1), (2,)))
    assert [str(v) for v in broken.violations] == ["Stop 2 comes after 1."]
    apart = check_answer(problem, plain((0,), (1, 2)))
    assert [str(v) for v in apart.violations] == ["Stops 2 and 1 are not on one vehicle."]
    assert check_answer(problem, plain((1, 0), (2,))).holds


def test_split_deliveries_must_add_up() -> None:
    problem = on_a_line(demand=(3, 1, 1), split=True)
    good = (
        VehicleRoute(vehicle_type=0, trips=((0,),), amounts=((2,),)),
        VehicleRoute(vehicle_type=0, trips=((0, 1),), amounts=((1, 1),)),
        VehicleRoute(vehicle_type=0, trips=((2,),), amounts=((1,),)),
    )
    assert check_answer(problem, good).holds
    short = check_answer(problem, good[1:])
    assert [str(v) for v in short.violations] == ["Stop 1 gets 1 of 3."]


def test_every_fault_is_in_one_error() -> None:
    distances = np.abs(np.subtract.outer(np.array(LINE), np.array(LINE)))[None].astype(np.int64)
    distances[0, 1, 2] = -4
    with pytest.raises(InvalidInput) as caught:
        on_a_line(
            distances=distances,
            stops=stops(opens=[9, 0, 0], closes=[5, 9, 9]),
            types=(replace(FLEET, start_depot=4),),
        )
    texts = [str(fault) for fault in caught.value.faults]
    # Distances and durations are one array here, so that the negative entry is told once.
    assert len(texts) == 3
    assert "from location 1 to 2" in texts[0]
    assert "window of stop 1 closes before it opens" in texts[1]
    assert "names a depot that is not there" in texts[2]


def test_entries_that_are_not_finite_are_named() -> None:
    distances = np.ones((1, 4, 4))
    distances[0, 2, 3], distances[0, 3, 0] = np.nan, -np.inf
    with pytest.raises(InvalidInput, match="Entries must be whole numbers") as caught:
        on_a_line(distances=distances)  # type: ignore[arg-type]
    named = [(fault.value, str(fault.what)) for fault in caught.value.faults][1:]
    assert named == [
        ("nan", "The entry from location 2 to 3 of matrix 0 is no finite number."),
        ("-inf", "The entry from location 3 to 0 of matrix 0 is no finite number."),
    ]


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"shape \(2, 3\) where \(1, 3\) is wanted"):
        on_a_line(allowed=np.ones((2, 3), np.bool_))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"demand": (1, 5, 1)}, "The load 5 of this stop is above every vehicle's capacity"),
        ({"allowed": np.array([[True, False, True]])}, "No vehicle may serve this stop"),
        ({"types": (replace(FLEET, max_distance=39),)}, "longer than any vehicle may drive"),
        ({"types": (replace(FLEET, max_duration=39),)}, "takes longer than any vehicle"),
        ({"types": (replace(FLEET, closes=39),)}, "back from this stop before its day ends"),
        ({"stops": stops(closes=[90, 19, 90])}, "be there before the window closes"),
        ({"types": (replace(FLEET, num_available=0),)}, "No vehicle is left"),
    ],
)
def test_a_stop_that_nobody_can_serve_is_named(more: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        on_a_line(**more)  # type: ignore[arg-type]
    texts = [str(fault) for fault in caught.value.faults]
    assert any("stop 2" in text and reason in text for text in texts)


def test_a_stop_without_a_road_is_named() -> None:
    distances = np.abs(np.subtract.outer(np.array(LINE), np.array(LINE)))[None].astype(np.int64)
    distances[0, 0, 3] = NO_ROAD
    # By way of another stop it can still be reached.
    assert on_a_line(distances=distances.copy()).num_stops == 3
    distances[0, :3, 3] = NO_ROAD
    with pytest.raises(InvalidInput, match=r"stop 3.*No road leads"):
        on_a_line(distances=distances)


def test_split_demand_above_every_truck_is_fine() -> None:
    assert on_a_line(demand=(9, 1, 1), split=True).num_stops == 3
