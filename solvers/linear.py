"""A linear programme that grows by columns and is solved again from where it stood.

HiGHS does the work, the copy that SciPy carries: the one that shares a process with OR-Tools, and
that keeps its basis while columns, costs and bounds change. After some hundred new columns a warm
start takes a hundredth of the time of OR-Tools' GLOP, which loses its basis.

References
----------
Q. Huangfu, J. A. J. Hall, Parallelizing the dual revised simplex method, Mathematical Programming
Computation 10, 2018, DOI 10.1007/s12532-017-0130-5.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.optimize._highspy import _core as highs

from relief.errors import SolverFailed
from solvers.stop import Deadline

# A door that SciPy keeps for itself: pyproject.toml holds SciPy to versions that have it.

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Marks = NDArray[np.int8]

NAME = f"HiGHS {highs.HIGHS_VERSION_MAJOR}.{highs.HIGHS_VERSION_MINOR} of SciPy {scipy.__version__}"

_STATUS = (
    highs.HighsBasisStatus.kLower,
    highs.HighsBasisStatus.kBasic,
    highs.HighsBasisStatus.kUpper,
    highs.HighsBasisStatus.kZero,
    highs.HighsBasisStatus.kNonbasic,
)
NO_LIMIT = 2**31 - 1
"""HiGHS's own limit of steps, which is none."""

AT_LOWER, BASIC, AT_UPPER = 0, 1, 2
"""Marks of a basis."""


class Method(StrEnum):
    """How to solve."""

    PRIMAL = "primal"
    """Primal simplex: after new columns or other costs."""
    DUAL = "dual"
    """Dual simplex: from nothing, and after other limits."""
    INSIDE = "inside"
    """Interior point, then to a corner: where prices far apart make the simplex wander."""
    MIDDLE = "middle"
    """Interior point without a corner: prices from the middle of the best ones; no basis."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """Where a simplex method stands: a mark for each column and row."""

    columns: Marks
    rows: Marks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearAnswer:
    """An answer of the programme.

    Parameters
    ----------
    value, reduced_cost
        Of each column.
    price
        Of each row: what the objective gains if the row's limit rises by a unit, negated; so it
        is >= 0 for a binding upper limit.
    objective
        Value of the objective.
    optimal
        Whether it is an optimum, or only the best feasible answer when the time was up.
    """

    value: Floats
    reduced_cost: Floats
    price: Floats
    objective: float
    optimal: bool


class LinearProgram:
    """Minimise cost over columns within bounds, subject to rows within limits.

    Parameters
    ----------
    lower, upper
        Limits of the rows; shape (rows,).
    """

    def __init__(self, lower: Floats, upper: Floats) -> None:
        self._solver = highs._Highs()  # noqa: SLF001 - the class carries no public name
        self._solver.setOptionValue("output_flag", False)  # noqa: FBT003
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("parallel", "off")
        nothing = np.zeros(0, dtype=np.int32)
        self._solver.addRows(
            len(lower), lower, upper, 0, np.zeros(len(lower), dtype=np.int32), nothing, np.zeros(0)
        )
        self._begun = False

    @property
    def num_columns(self) -> int:
        """Number of columns."""
        return int(self._solver.getNumCol())

    def add_columns(
        self,
        cost: Floats,
        upper: Floats,
        entries: tuple[Ints, Ints, Floats],
    ) -> int:
        """Add columns with lower bound 0; return the index of the first.

        Parameters
        ----------
        cost, upper
            Of each new column.
        entries
            Rows, columns (counted from the first new one) and values of what is not 0.
        """
        row, column, value = entries
        order = np.lexsort((row, column))
        starts = np.searchsorted(column[order], np.arange(len(cost)))
        first = self.num_columns
        self._solver.addCols(
            len(cost),
            cost,
            np.zeros(len(cost)),
            upper,
            len(value),
            starts.astype(np.int32),
            row[order].astype(np.int32),
            value[order],
        )
        return first

    def add_rows(self, lower: Floats, upper: Floats, entries: tuple[Ints, Ints, Floats]) -> None:
        """Add rows over the columns that there are.

        Parameters
        ----------
        lower, upper
            Limits of the new rows.
        entries
            Where each row's entries begin (and the end of the last), their columns and values.
        """
        starts, columns, values = entries
        self._solver.addRows(
            len(lower),
            lower,
            upper,
            len(values),
            starts[:-1].astype(np.int32),
            columns.astype(np.int32),
            values,
        )

    def set_costs(self, columns: Ints, cost: Floats) -> None:
        """Set the cost of some columns."""
        self._solver.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def set_upper(self, column: int, upper: float) -> None:
        """Set the upper bound of a column."""
        self._solver.changeColsBounds(
            1, np.array([column], dtype=np.int32), np.zeros(1), np.array([upper])
        )

    def limit_row(self, row: int, upper: float) -> None:
        """Set the upper limit of a row that has no lower one."""
        self._solver.changeRowBounds(row, -np.inf, upper)

    def bound_row(self, row: int, lower: float, upper: float) -> None:
        """Set both limits of a row."""
        self._solver.changeRowBounds(row, lower, upper)

    def set_entry(self, row: int, column: int, value: float) -> None:
        """Set a coefficient."""
        self._solver.changeCoeff(row, column, value)

    def keep_columns(self, which: NDArray[np.bool_]) -> None:
        """Delete all columns but some; the basis survives if no basic column goes."""
        basis = self.basis() if self._begun else None
        gone = np.flatnonzero(~which).astype(np.int32)
        if not len(gone):
            return
        self._solver.deleteCols(len(gone), gone)
        if basis is not None and not np.any(basis.columns[~which] == BASIC):
            self.start_from(Basis(columns=basis.columns[which], rows=basis.rows))

    def basis(self) -> Basis:
        """Return where the simplex stands."""
        basis = self._solver.getBasis()
        return Basis(
            columns=np.array([int(mark) for mark in basis.col_status], dtype=np.int8),
            rows=np.array([int(mark) for mark in basis.row_status], dtype=np.int8),
        )

    def start_from(self, basis: Basis) -> None:
        """Let the next simplex start from a basis, mended where it is none of this programme."""
        given = highs.HighsBasis()
        given.col_status = [_STATUS[mark] for mark in basis.columns.tolist()]
        given.row_status = [_STATUS[mark] for mark in basis.rows.tolist()]
        given.valid = True
        given.alien = True
        self._solver.setBasis(given)
        self._begun = True

    def solve(
        self, method: Method, deadline: Deadline, most_steps: int | None = None
    ) -> LinearAnswer:
        """Solve from where the programme stands.

        Parameters
        ----------
        method
            How.
        deadline
            When to end with what there is.
        most_steps
            Steps of the simplex after which to end with what there is; None for no limit.

        Raises
        ------
        SolverFailed
            If there is no feasible answer by then, or at all.
        """
        if deadline.has_passed():
            raise SolverFailed("No time is left for the allocation's linear model.")
        solver = self._solver
        solver.setOptionValue("time_limit", float(solver.getRunTime() + deadline.left_s()))
        inside = method in (Method.INSIDE, Method.MIDDLE)
        solver.setOptionValue("solver", "ipm" if inside else "simplex")
        solver.setOptionValue("run_crossover", "off" if method is Method.MIDDLE else "on")
        solver.setOptionValue("simplex_strategy", 4 if method is Method.PRIMAL else 1)
        solver.setOptionValue(
            "simplex_iteration_limit", NO_LIMIT if most_steps is None else most_steps
        )
        solver.run()
        self._begun = True
        status = solver.getModelStatus()
        optimal = status == highs.HighsModelStatus.kOptimal
        info = solver.getInfo()
        if (
            not optimal
            and info.primal_solution_status != highs.SolutionStatus.kSolutionStatusFeasible
        ):
            raise SolverFailed(
                f"The linear solver ended with {solver.modelStatusToString(status)} after "
                f"{deadline.spent_s():.1f} s; an optimum was expected."
            )
        solution = solver.getSolution()
        return LinearAnswer(
            value=np.array(solution.col_value, dtype=np.float64),
            reduced_cost=np.array(solution.col_dual, dtype=np.float64),
            price=-np.array(solution.row_dual, dtype=np.float64),
            objective=float(info.objective_function_value),
            optimal=optimal,
        )
