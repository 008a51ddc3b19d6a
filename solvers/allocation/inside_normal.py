"""The normal equations of the first stage: chains of windows, tables of stocks, a small corner.

Rows of demands tie only windows of one demand: a tridiagonal matrix of a few rows each. Once these
are eliminated, stocks of an item are tied by the demands that both may serve: of the hundreds of
stocks a demand sees a dozen, so what it adds to its item's table is a small square. The few other
rows, truck-hours above all, make a border of some columns and a corner. What is where does not
change from step to step and is worked out once.
"""

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array

from relief.errors import SolverFailed
from solvers.allocation.case import Floats, Ints

STEADY = 1e-12
"""Share by which diagonals are raised before a factorisation, against rounding."""

WIDTHS = (2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96)
"""Numbers of stocks up to which demands are worked on together; beyond, each doubling."""


class NormalPattern:
    """Where the normal equations have entries.

    Parameters
    ----------
    row
        Row of demand and window of each flow; shape (flows,).
    met
        What a flow brings there.
    stock
        Row of stock of each flow, -1 where that is in the border.
    taken
        What a flow takes of it.
    shape
        Demands and windows.
    ends
        Where the rows of stock of each item begin, and the end of the last.
    """

    def __init__(
        self,
        *,
        row: Ints,
        met: Floats,
        stock: Ints,
        taken: Floats,
        shape: tuple[int, int],
        ends: Ints,
    ) -> None:
        self.row, self.met, self.shape = row, met, shape
        self.num_stocks = int(ends[-1])
        self.items = [
            slice(*pair) for pair in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        ]
        self.mine = np.flatnonzero(stock >= 0)
        self.stock = stock[self.mine]
        self.taken_twice = taken[self.mine] ** 2
        self.weight = (met * taken)[self.mine]
        flows = np.arange(len(row))
        self.arriving = csr_array((met, (row, flows)), shape=(shape[0] * shape[1], len(row)))
        self.held = csr_array(
            (taken[self.mine], (self.stock, self.mine)), shape=(self.num_stocks, len(row))
        )
        self._of_tables(ends)

    def _of_tables(self, ends: Ints) -> None:
        """Place each flow in the table of its demand: windows by the stocks that it sees."""
        windows = self.shape[1]
        demand, window = np.divmod(self.row[self.mine], windows)
        pairs, pair = np.unique(demand * max(1, self.num_stocks) + self.stock, return_inverse=True)
        demand_of, stock_of = np.divmod(pairs, max(1, self.num_stocks))
        counts = np.bincount(demand_of, minlength=self.shape[0])
        slot = np.arange(len(pairs)) - (np.cumsum(counts) - counts)[demand_of]
        width_of = _widths(counts)
        order = np.argsort(width_of, kind="stable")
        order = order[counts[order] > 0]
        self.demands = order
        self.num_cells = int(windows * width_of[order].sum())
        begin = np.zeros(self.shape[0], dtype=np.int64)
        begin[order] = np.cumsum(windows * width_of[order]) - windows * width_of[order]
        self.cell = begin[demand] + window * width_of[demand] + slot[pair]
        # The tables, one under the other, as a sparse matrix; what is not filled weighs nothing.
        lengths = np.repeat(width_of[order], windows)
        self.starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        self.columns = np.zeros(self.num_cells, dtype=np.int32)
        seen = np.full(int(width_of[order].sum()), -1)
        first = np.zeros(self.shape[0], dtype=np.int64)
        first[order] = np.cumsum(width_of[order]) - width_of[order]
        seen[first[demand_of] + slot] = stock_of
        self.rows = (order[:, None] * windows + np.arange(windows)).ravel()
        # Of each item's table, one after the other: where each product of two stocks belongs.
        num = np.diff(ends)
        offset = np.cumsum(num**2) - num**2
        self.num_products = int((num**2).sum())
        item_of = np.repeat(np.arange(len(num)), num)
        self.groups: list[tuple[slice, slice, int]] = []
        targets = []
        for width in np.unique(width_of[order]).tolist():
            which = np.flatnonzero(width_of[order] == width)
            group = slice(int(which[0]), int(which[-1]) + 1)
            at = int(begin[order[which[0]]])
            cells = slice(at, at + len(which) * windows * width)
            self.groups.append((group, cells, width))
            stocks = seen[first[order[which[0]]] :][: len(which) * width].reshape(-1, width)
            self.columns[cells] = np.repeat(np.maximum(stocks, 0), windows, axis=0).ravel()
            item = item_of[np.maximum(stocks, 0)]
            local = stocks - ends[item]
            product = (offset[item] + local * num[item])[:, :, None] + local[:, None, :]
            empty = (stocks < 0)[:, :, None] | (stocks < 0)[:, None, :]
            targets.append(np.where(empty, self.num_products, product).ravel())
        self.targets = np.concatenate([np.zeros(0, dtype=np.int64), *targets])
        self.products = [
            slice(at, at + size * size)
            for at, size in zip(offset.tolist(), num.tolist(), strict=True)
        ]


def _widths(counts: Ints) -> Ints:
    """Return the width of the table for each number of stocks."""
    steps = [0, *WIDTHS]
    while steps[-1] < counts.max(initial=0):
        steps.append(2 * steps[-1])
    ladder = np.array(steps, dtype=np.int64)
    widths: Ints = ladder[np.searchsorted(ladder, counts)]
    return widths


class NormalEquations:
    """The matrix ``A diag(theta) A^T``, factorised.

    Parameters
    ----------
    pattern
        Where it has entries.
    border
        What each flow takes of each row of the border; shape (flows, rows).
    flows, missing, early, limits
        Weights of the columns, > 0: of flows, of what is missing (demands, windows) and early
        (demands, windows - 1), and of what is left or broken of each limit, stocks first.

    Raises
    ------
    SolverFailed
        If rounding left nothing to divide by.
    """

    def __init__(
        self,
        pattern: NormalPattern,
        border: Floats,
        *,
        flows: Floats,
        missing: Floats,
        early: Floats,
        limits: Floats,
    ) -> None:
        self._pattern = pattern
        self._chain(flows, missing, early)
        table = self._table = self._of_stocks(flows)
        weighted = border * flows[:, None]
        across, of_rows = (
            np.asarray(pattern.held @ weighted),
            np.asarray(pattern.arriving @ weighted),
        )
        self._border = of_rows
        self._forward(of_rows.reshape(*pattern.shape, border.shape[1]), slice(None))
        across -= table.T @ self._border[pattern.rows]
        corner = border.T @ weighted - self._border.T @ self._border
        diagonal = np.arange(len(corner))
        corner[diagonal, diagonal] += limits[pattern.num_stocks :]
        stocks = limits[: pattern.num_stocks] + np.bincount(
            pattern.stock,
            weights=flows[pattern.mine] * pattern.taken_twice,
            minlength=pattern.num_stocks,
        )
        try:
            self._roots = self._rooted(stocks)
            for item, root in self._roots:
                across[item] = _down(root, across[item])
            self._across = across
            corner -= across.T @ across
            corner[diagonal, diagonal] *= 1 + STEADY
            self._corner = np.linalg.cholesky(corner).astype(np.float64)
        except np.linalg.LinAlgError as failure:
            raise SolverFailed("The interior point method lost its way in rounding.") from failure

    def _chain(self, flows: Floats, missing: Floats, early: Floats) -> None:
        """Factorise what ties the windows of each demand: a tridiagonal matrix each."""
        pattern, shape = self._pattern, self._pattern.shape
        arriving = np.bincount(
            pattern.row, weights=flows * pattern.met**2, minlength=shape[0] * shape[1]
        )
        diagonal: Floats = arriving.astype(np.float64).reshape(shape)
        diagonal += missing
        diagonal[:, 1:] += missing[:, :-1] + early
        diagonal[:, :-1] += early
        beside = -(missing[:, :-1] + early)
        self._pivot, self._below = np.empty(shape), np.zeros(shape)
        self._pivot[:, 0] = np.sqrt(diagonal[:, 0])
        for window in range(1, shape[1]):
            below = beside[:, window - 1] / self._pivot[:, window - 1]
            rest = np.maximum(diagonal[:, window] - below**2, STEADY * diagonal[:, window])
            self._below[:, window], self._pivot[:, window] = below, np.sqrt(rest)

    def _of_stocks(self, flows: Floats) -> csr_array:
        """Return the tables of all demands, and keep what they add to the tables of the items."""
        pattern = self._pattern
        cells = np.bincount(
            pattern.cell, weights=flows[pattern.mine] * pattern.weight, minlength=pattern.num_cells
        ).astype(np.float64)
        products = np.empty(len(pattern.targets))
        at = 0
        for group, mine, width in pattern.groups:
            table = cells[mine].reshape(-1, pattern.shape[1], width)
            self._forward(table, pattern.demands[group])
            end = at + len(table) * width * width
            square = products[at:end].reshape(-1, width, width)
            np.matmul(table.transpose(0, 2, 1), table, out=square)
            at = end
        self._products = np.bincount(
            pattern.targets, weights=products, minlength=pattern.num_products + 1
        ).astype(np.float64)
        return csr_array(
            (cells, pattern.columns, pattern.starts),
            shape=(len(pattern.rows), pattern.num_stocks),
        )

    def _rooted(self, stocks: Floats) -> list[tuple[slice, Floats]]:
        """Return the lower factors of the items' tables."""
        pattern = self._pattern
        found = []
        for item, products in zip(pattern.items, pattern.products, strict=True):
            num = item.stop - item.start
            if num:
                own = -self._products[products].reshape(num, num)
                own[np.arange(num), np.arange(num)] += stocks[item] * (1 + STEADY)
                found.append((item, np.linalg.cholesky(own).astype(np.float64)))
        return found

    def _forward(self, of_rows: Floats, demands: Ints | slice) -> Floats:
        """Solve by the lower factor of the chains in place; shape (demands, windows, any)."""
        pivot, below = self._pivot[demands], self._below[demands]
        of_rows[:, 0] /= pivot[:, 0, None]
        for window in range(1, of_rows.shape[1]):
            of_rows[:, window] -= below[:, window, None] * of_rows[:, window - 1]
            of_rows[:, window] /= pivot[:, window, None]
        return of_rows

    def _backward(self, of_rows: Floats) -> Floats:
        """Solve by the upper factor of the chains in place; shape (demands, windows)."""
        of_rows[:, -1] /= self._pivot[:, -1]
        for window in range(of_rows.shape[1] - 2, -1, -1):
            of_rows[:, window] -= self._below[:, window + 1] * of_rows[:, window + 1]
            of_rows[:, window] /= self._pivot[:, window]
        return of_rows

    def solve(self, right: Floats) -> Floats:
        """Return the prices at which the equations give the right-hand side."""
        pattern, table = self._pattern, self._table
        due = pattern.shape[0] * pattern.shape[1]
        ahead = self._forward(right[:due].reshape(*pattern.shape, 1).copy(), slice(None)).ravel()
        stock, corner = right[due : due + pattern.num_stocks], right[due + pattern.num_stocks :]
        stock = stock - table.T @ ahead[pattern.rows]
        for item, root in self._roots:
            stock[item] = _down(root, stock[item])
        tied = corner - self._border.T @ ahead - self._across.T @ stock
        if len(tied):
            tied = _up(self._corner, _down(self._corner, tied))
        stock -= self._across @ tied
        for item, root in self._roots:
            stock[item] = _up(root, stock[item])
        ahead[pattern.rows] -= table @ stock
        ahead -= self._border @ tied
        demands = self._backward(ahead.reshape(pattern.shape))
        return np.concatenate([demands.ravel(), stock, tied])


def _down(root: Floats, right: Floats) -> Floats:
    """Solve by a lower factor."""
    solved: Floats = lapack.dtrtrs(root.T, right, lower=0, trans=1)[0]
    return solved


def _up(root: Floats, right: Floats) -> Floats:
    """Solve by the upper factor that belongs to a lower one."""
    solved: Floats = lapack.dtrtrs(root.T, right, lower=0, trans=0)[0]
    return solved
