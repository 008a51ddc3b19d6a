"""A constraint matrix that grows row by row."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import csc_array


class Rows:
    """Rows of an integer programme, each with its limits."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._values: list[float] = []
        self._lower: list[float] = []
        self._upper: list[float] = []

    def add(
        self, entries: Sequence[tuple[int, float]], lower: float = -np.inf, upper: float = np.inf
    ) -> None:
        """Add a row: columns and values, and its limits."""
        self._rows += [len(self._lower)] * len(entries)
        self._columns += [column for column, _ in entries]
        self._values += [value for _, value in entries]
        self._lower.append(lower)
        self._upper.append(upper)

    def constraint(self, num_columns: int) -> LinearConstraint:
        """Return all rows over so many columns."""
        matrix = csc_array(
            (self._values, (self._rows, self._columns)), shape=(len(self._lower), num_columns)
        )
        return LinearConstraint(matrix, np.array(self._lower), np.array(self._upper))
