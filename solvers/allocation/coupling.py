r"""What is scarce, each kind in one class: a coupling ties all columns to common limits.

A *coupling* is a set of rows :math:`\sum_c amount_{rc}\,x_c \le limit_r`, x being pieces on the
columns of `solvers.allocation.columns`. The master asks it for the amounts of given columns, the
pricing for what a piece would cost at given prices of the rows, and the bound for the limits. So
a coupling says the same thing three times, and `tests/solvers/allocation/coupling_checks.py` holds
the three against each other.

`solvers.allocation.couplings.model_of` collects the couplings of a case. A new rule is a class in
a file of its own, and a line in `MAKERS` there.

Examples
--------
A depot that can hand out so many pieces altogether, by the end of each window:

.. code-block:: python

    @dataclass(frozen=True, slots=True, kw_only=True, eq=False)
    class CalmDepot:
        case: AllocationCase
        depot: int
        limits: Floats  # pieces until the end of each window; shape (windows,)
        name: str = "calm depot"
        on_whole_pieces: bool = True

        @property
        def breach_milli_h(self) -> Floats:
            return hard(self.limits)

        def allows(self, columns: Columns) -> NDArray[np.bool_]:
            return np.ones(len(columns), dtype=bool)

        def touched(self, columns: Columns) -> Touched:
            mine = self.case.stock_depot[columns.stock] == self.depot
            later = np.arange(len(self.limits))[:, None] >= columns.window
            row, column = np.nonzero(later & mine)
            return Touched(row=row, column=column, amount=np.ones(len(row)))

        def at(self, prices: Floats) -> Charges:
            # A piece that arrives in a window counts in it and in all later ones.
            until = np.cumsum(prices[::-1])[::-1]
            way = np.zeros((len(self.case.depot_codes), 1, 1, len(until)))
            way[self.depot] = until
            return lambda use: Charge(way=way)

    def calm_depot(case: AllocationCase, terms: TruckTerms) -> Coupling | None:
        ...  # None where the situation limits nothing

and ``MAKERS = (StockLimits.of, TruckHours.of, calm_depot)``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import Floats, Ints, Use
from solvers.allocation.columns import Columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Touched:
    """Entries of given columns in a coupling's rows.

    Parameters
    ----------
    row
        Row within the coupling.
    column
        Index into the given columns.
    amount
        What a piece of goods on the column takes of the row, in the row's unit.
    """

    row: Ints
    column: Ints
    amount: Floats


def _nothing() -> Floats:
    return np.zeros((1, 1, 1, 1))


def _nothing_by_piece() -> Floats:
    return np.zeros((1, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Charge:
    """What a piece of goods costs at given prices, ``inf`` where a coupling forbids the column.

    Parameters
    ----------
    way
        By its way; broadcastable to (depots, services, places, windows).
    piece
        By what it is; broadcastable to (stocks of `Use.item`, demands of `Use.wanted`, windows),
        stocks and demands in the order of the case.
    """

    way: Floats = field(default_factory=_nothing)
    piece: Floats = field(default_factory=_nothing_by_piece)


Charges = Callable[[Use], Charge]
"""What a piece costs in each use of goods, at prices that are fixed."""


class Coupling(Protocol):
    """A kind of scarce thing; see the module."""

    @property
    def name(self) -> str:
        """A name for logs and explanations, the same in every case."""
        ...

    @property
    def limits(self) -> Floats:
        """Upper limits of the rows; finite; shape (rows,).

        A lower limit is a row with negative amounts and a negative limit. Choose units in which
        a parcel (about a tonne) takes 0.001 to 1,000.
        """
        ...

    @property
    def breach_milli_h(self) -> Floats:
        """What a unit above the limit costs, ``inf`` where it cannot be broken; shape (rows,).

        In weighted milli-person-hours. A limit that may leave no answer at all (a lower limit)
        must be breakable: the model always has an answer, and what is broken is named.
        """
        ...

    @property
    def on_whole_pieces(self) -> bool:
        """Whether the rounding to whole pieces must keep it too; False for an estimate."""
        ...

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return which columns may exist; in accord with ``inf`` in the charges."""
        ...

    def touched(self, columns: Columns) -> Touched:
        """Return the entries of columns."""
        ...

    def at(self, prices: Floats) -> Charges:
        """Return what pieces cost at prices >= 0 of a unit of each row; shape (rows,)."""
        ...


def hard(limits: Floats) -> Floats:
    """Return breaches that cannot be bought."""
    return np.full(len(limits), np.inf)
