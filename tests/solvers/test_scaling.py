import numpy as np

from solvers.scaling import units_down, units_up


def test_times_go_up_and_capacities_down() -> None:
    # 61 s in ten-second units: a drive takes 7, a window of 61 s holds 6.
    assert units_up(np.array([61.0]), 10.0).tolist() == [7]
    assert units_down(np.array([61.0]), 10.0).tolist() == [6]


def test_noise_does_not_move_a_whole_number() -> None:
    values = np.array([3.0000000001, 2.9999999999])
    assert units_up(values).tolist() == [3, 3]
    assert units_down(values).tolist() == [3, 3]
