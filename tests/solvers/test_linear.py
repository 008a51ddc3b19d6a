"""The linear programme, worked out by hand."""

import numpy as np
import pytest

from relief.errors import SolverFailed
from relief.plan.outcome import SolveLimits
from solvers.linear import NAME, LinearProgram, Method
from solvers.stop import Deadline

OPEN = float("inf")


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=60))


def mixture() -> LinearProgram:
    """Maximise a + 2 b with a + b <= 4, a <= 3: b = 4."""
    programme = LinearProgram(np.array([-OPEN]), np.array([4.0]))
    entries = (np.array([0, 0]), np.array([0, 1]), np.array([1.0, 1.0]))
    programme.add_columns(np.array([-1.0, -2.0]), np.array([3.0, OPEN]), entries)
    return programme


def test_the_door_to_highs_is_open() -> None:
    assert NAME.startswith("HiGHS 1.")


@pytest.mark.parametrize("method", list(Method))
def test_every_method_finds_the_optimum(method: Method) -> None:
    found = mixture().solve(method, soon())
    assert found.optimal
    assert found.objective == pytest.approx(-8.0, abs=1e-4)
    assert found.value == pytest.approx([0.0, 4.0], abs=1e-4)
    # A unit more of the row is worth 2; a piece of a would lose 1.
    assert found.price == pytest.approx([2.0], abs=1e-4)
    assert found.reduced_cost == pytest.approx([1.0, 0.0], abs=1e-4)


def test_it_goes_on_from_where_it_stands() -> None:
    programme = mixture()
    programme.solve(Method.DUAL, soon())
    programme.limit_row(0, 3.0)
    assert programme.solve(Method.DUAL, soon()).objective == pytest.approx(-6.0)
    programme.bound_row(0, -np.inf, 5.0)
    assert programme.solve(Method.DUAL, soon()).objective == pytest.approx(-10.0)
    # c at most 1, worth 3: c = 1, b = 4.
    entries = (np.array([0]), np.array([0]), np.array([1.0]))
    programme.add_columns(np.array([-3.0]), np.array([1.0]), entries)
    assert programme.solve(Method.PRIMAL, soon()).objective == pytest.approx(-11.0)
    programme.keep_columns(np.array([False, True, True]))
    assert programme.num_columns == 2
    assert programme.solve(Method.PRIMAL, soon()).value == pytest.approx([4.0, 1.0])
    programme.set_upper(1, 0.5)
    programme.set_costs(np.array([0]), np.array([-4.0]))
    programme.set_entry(0, 0, 2.0)
    # 2 b + c <= 5, 4 b + 3 c: b at 2 a unit of the row, c at 3 but only half a unit.
    assert programme.solve(Method.PRIMAL, soon()).value == pytest.approx([2.25, 0.5])


def test_a_basis_can_be_taken_along() -> None:
    first = mixture()
    first.solve(Method.DUAL, soon())
    second = mixture()
    second.start_from(first.basis())
    assert second.solve(Method.PRIMAL, soon()).objective == pytest.approx(-8.0)


def test_no_time_and_no_answer_are_told() -> None:
    late = Deadline(began_s=0.0, limit_s=1.0, clock=lambda: 2.0)
    with pytest.raises(SolverFailed, match="No time is left"):
        mixture().solve(Method.DUAL, late)
    impossible = LinearProgram(np.array([1.0]), np.array([1.0]))
    nothing = np.zeros(0, dtype=np.int64)
    impossible.add_columns(np.zeros(1), np.ones(1), (nothing, nothing, np.zeros(0)))
    with pytest.raises(SolverFailed, match="Infeasible"):
        impossible.solve(Method.DUAL, soon())
