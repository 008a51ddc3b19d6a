"""The matrix of the master: its entries, their scale, and where the simplex stands in it."""

from dataclasses import dataclass, replace

import numpy as np

from solvers.allocation.case import Floats, Ints
from solvers.linear import Marks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MasterMarks:
    """Where the simplex stands in a master.

    Parameters
    ----------
    flows, missing, early, others
        Marks of the flows, of pieces missing and early, and of the other columns.
    demand_rows, limit_rows, held_rows
        Marks of the rows of demands, of each coupling, and of the others.
    """

    flows: Marks
    missing: Marks
    early: Marks
    others: Marks
    demand_rows: Marks
    limit_rows: tuple[Marks, ...]
    held_rows: Marks

    def with_flows(self, flows: Marks) -> "MasterMarks":
        """Return these marks with others of the flows."""
        return replace(self, flows=flows)

    def with_limits(self, limit_rows: tuple[Marks, ...]) -> "MasterMarks":
        """Return these marks with others of the couplings' rows."""
        return replace(self, limit_rows=limit_rows)


class Entries:
    """Collects coefficients of a matrix."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Ints, Floats]] = []

    def add(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Add entries; a number stands for as many."""
        self._parts.append((row, column, np.broadcast_to(value, row.shape)))

    def all(self) -> tuple[Ints, Ints, Floats]:
        """Return all entries."""
        rows, columns, values = zip(*self._parts, strict=True)
        return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def row_scale(entries: tuple[Ints, Ints, Floats], num_rows: int) -> Floats:
    """Return what makes the largest entry of each row 1; 1 for rows without entries.

    Parameters
    ----------
    entries
        Row, column and value of each entry.
    num_rows
        How many rows there are.
    """
    row, _, value = entries
    largest = np.zeros(num_rows)
    np.maximum.at(largest, row, np.abs(value))
    scale: Floats = 1.0 / np.where(largest > 0, largest, 1.0)
    return scale
