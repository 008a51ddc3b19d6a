from hypothesis import given, settings
from hypothesis import strategies as st

from relief.supply.fleet import DutyRules
from solvers.routing.duty import DutyClock
from tests.solvers.routing.duty_watch import (
    Drives,
    drives_of_leg,
    longest_stretch_s,
    most_in_a_day_s,
    rests_of_leg,
)

HOUR_S = 3_600
REST_S = 1_200


def clock(num_drivers: int = 1, now_s: int = 0) -> DutyClock:
    return DutyClock(now_s, num_drivers, DutyRules())


def test_four_hours_need_no_rest() -> None:
    watch = clock()
    assert watch.drive(4 * HOUR_S) == ()
    assert watch.now_s == 4 * HOUR_S


def test_one_second_more_needs_a_rest_after_four_hours() -> None:
    watch = clock()
    assert watch.drive(4 * HOUR_S + 1) == ((4 * HOUR_S, REST_S),)
    assert watch.now_s == 4 * HOUR_S + REST_S + 1


def test_the_rest_falls_before_the_first_metre_after_four_hours_of_driving() -> None:
    watch = clock()
    watch.drive(4 * HOUR_S)
    # Unloading for an hour is no rest.
    watch.work(HOUR_S)
    assert watch.drive(600) == ((0, REST_S),)
    assert watch.now_s == 5 * HOUR_S + REST_S + 600


def test_one_driver_drives_eight_hours_and_goes_on_a_day_after_the_start() -> None:
    watch = clock()
    # 0-4 h driving, 20 min rest, 4:20-8:20 driving. The ninth hour can begin when the first
    # second of driving is 24 h ago: at 24:00. The rest lasts from 8:20 to 24:00.
    rests = watch.drive(9 * HOUR_S)
    assert rests == ((4 * HOUR_S, REST_S), (8 * HOUR_S, 24 * HOUR_S - (8 * HOUR_S + REST_S)))
    assert watch.now_s == 25 * HOUR_S


def test_two_drivers_drive_sixteen_hours_resting_the_truck_every_four() -> None:
    watch = clock(num_drivers=2)
    # Three rests of 20 min after 4, 8 and 12 h; the sixteenth hour ends at 17:00.
    assert watch.drive(16 * HOUR_S) == ((14_400, REST_S), (28_800, REST_S), (43_200, REST_S))
    assert watch.now_s == 17 * HOUR_S
    # The next second must wait until 24:00, when the driving at 0:00 leaves the window.
    assert watch.drive(1) == ((0, 7 * HOUR_S),)


def test_a_copy_runs_on_its_own() -> None:
    watch = clock()
    watch.drive(3 * HOUR_S)
    other = watch.copy()
    other.drive(2 * HOUR_S)
    assert (watch.now_s, watch.continuous_s) == (3 * HOUR_S, 3 * HOUR_S)
    assert other.now_s == 5 * HOUR_S + REST_S
    assert watch.drive(2 * HOUR_S) == ((HOUR_S, REST_S),)


@settings(max_examples=60, deadline=None)
@given(
    num_drivers=st.integers(1, 2),
    steps=st.lists(
        st.tuples(st.integers(0, 9 * HOUR_S), st.integers(0, 2 * HOUR_S)),
        min_size=1,
        max_size=9,
    ),
)
def test_no_sequence_of_drives_breaks_a_rule(
    num_drivers: int,
    steps: list[tuple[int, int]],
) -> None:
    watch = clock(num_drivers)
    drives: Drives = []
    rests_taken: Drives = []
    for drive_s, work_s in steps:
        depart_s = watch.now_s
        rests = watch.drive(drive_s)
        assert watch.now_s == depart_s + drive_s + sum(rest_s for _, rest_s in rests)
        assert all(rest_s >= REST_S for _, rest_s in rests)
        drives += drives_of_leg(depart_s, drive_s, rests)
        rests_taken += rests_of_leg(depart_s, rests)
        watch.work(work_s)
    assert sum(end - begin for begin, end in drives) == sum(drive_s for drive_s, _ in steps)
    assert most_in_a_day_s(drives) <= 8 * HOUR_S * num_drivers
    assert longest_stretch_s(drives, rests_taken) <= 4 * HOUR_S
