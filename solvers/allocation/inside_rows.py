"""The first stage in rows and columns for an interior point method, and its normal equations.

Written as ``minimise c x, A x = b, x >= 0``, the columns being flows in parcels, what is missing
and what is early after each window, and for each limit what is left of it and what is broken. Of
the rows, those of demands tie only windows of one demand, and those of stock only flows of one
item; the few others (truck-hours above all) tie everything. So the normal equations fall apart
item by item but for a border, and a model with a hundred thousand flows is factorised in a fraction
of a second.

References
----------
S. J. Wright, Primal-Dual Interior-Point Methods, SIAM 1997, chapter 11, section "Special
structures" (normal equations of block-angular programmes), DOI 10.1137/1.9781611971453.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, solve_triangular
from scipy.sparse import csr_array

from relief.errors import SolverFailed
from solvers.allocation.case import Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.couplings import AllocationModel, StockLimits

DEAREST = 1e3
"""What an hour without the dearest parcel costs in the programme's objective."""

STEADY = 1e-12
"""Share by which diagonals are raised before a factorisation, against rounding."""

MOST_BORDER = 400
"""Rows that tie items together, beyond which the normal equations are too dense to be quick."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """The demands of an item.

    Parameters
    ----------
    rows, flows, stocks
        Its rows of demands, its flows, and its rows of stock.
    arriving, held
        What a flow brings to each of the rows of demands, and takes of each stock.
    cell, weight
        Where each flow stands in the table of rows of demands by stocks, and what it brings there
        times what it takes.
    """

    rows: slice
    flows: slice
    stocks: slice
    arriving: csr_array
    held: csr_array
    cell: Ints
    weight: Floats


class InsideRows:
    """Rows and columns of the first stage over given columns.

    Parameters
    ----------
    model
        The model.
    columns
        Its columns; all allowed, none twice.

    Raises
    ------
    SolverFailed
        If too many rows tie the items together.
    """

    def __init__(self, model: AllocationModel, columns: Columns) -> None:
        case = model.case
        self.model = model
        # By item, so that blocks are slices.
        self.demand_order = np.argsort(case.demand_item, kind="stable")
        self.flow_order = np.argsort(case.demand_item[columns.demand], kind="stable")
        self.columns = columns = columns.taken(self.flow_order)
        self._rank = np.argsort(self.demand_order)
        self.parcel = parcel_pieces(case)[case.stock_item[columns.stock]]
        self.demand_parcel = parcel_pieces(case)[case.demand_item[self.demand_order]]
        hourly = case.weight_milli[self.demand_order] * self.demand_parcel
        waiting: Floats = hourly[:, None] * case.wait_h
        self.scale = DEAREST / max(1.0, float(waiting.max(initial=0.0)))
        self.due = case.demand_pieces[self.demand_order] / self.demand_parcel[:, None]
        self.windows = case.num_windows
        self._of_demands()
        self._of_limits()
        waived = case.waived_milli_h(columns.stock, columns.demand, columns.window)
        self.cost = np.concatenate(
            [
                waived * self.parcel * self.scale,
                (waiting * self.scale).ravel(),
                np.zeros(self.early.stop - self.early.start + len(self.limits)),
                self._breach,
            ]
        )
        self.right = np.concatenate([self.due.ravel(), self.limits])
        self._make_blocks()

    @property
    def num_flows(self) -> int:
        """Number of flows."""
        return len(self.columns)

    def _of_demands(self) -> None:
        """Place the flows among the rows of demands, and give the columns their numbers."""
        case, columns = self.model.case, self.columns
        self.row_of = self._rank[columns.demand] * self.windows + columns.window
        met = case.met_pieces(columns.stock, columns.demand) * self.parcel
        self.met = met / self.demand_parcel[self._rank[columns.demand]]
        due, flows = self.due.size, len(columns)
        self.missing = slice(flows, flows + due)
        self.early = slice(flows + due, flows + 2 * due - len(self.due))

    def _of_limits(self) -> None:
        """Collect the limits' rows that some flow touches: stock by item, then the others."""
        case, couplings = self.model.case, self.model.couplings
        item = case.demand_item[self.columns.demand]
        breach = np.concatenate([coupling.breach_milli_h for coupling in couplings])
        limits = np.concatenate([coupling.limits for coupling in couplings])
        num = self.num_limits = len(limits)
        largest = np.zeros(num)
        # Stock that may serve needs of several items ties them together, as do all other limits.
        lowest, highest = np.full(num, np.iinfo(np.int64).max), np.full(num, -1)
        ties = np.ones(num, dtype=bool)
        parts, first = [], 0
        for coupling in couplings:
            touched = coupling.touched(self.columns)
            row, amount = touched.row + first, touched.amount * self.parcel[touched.column]
            np.maximum.at(largest, row, np.abs(amount))
            if isinstance(coupling, StockLimits):
                np.minimum.at(lowest, row, item[touched.column])
                np.maximum.at(highest, row, item[touched.column])
                ties[first : first + len(coupling.limits)] = False
                # So does what is drawn on as a part besides a column's own stock.
                parted = touched.row != self.columns.stock[touched.column]
                ties[row[parted]] = True
            parts.append((row, touched.column, amount))
            first += len(coupling.limits)
        ties |= lowest < highest
        self._row_scale = 1.0 / np.where(largest > 0, largest, 1.0)
        of_block = np.flatnonzero((largest > 0) & ~ties)
        of_block = of_block[np.argsort(lowest[of_block], kind="stable")]
        tied = np.flatnonzero((largest > 0) & ties)
        if len(tied) > MOST_BORDER:
            raise SolverFailed(f"{len(tied)} limits tie items together; allowed is {MOST_BORDER}.")
        self._rows = np.concatenate([of_block, tied])
        self.num_stocks = len(of_block)
        self._stock_item = lowest[of_block]
        scale = self._row_scale[self._rows]
        self.limits = limits[self._rows] * scale
        place = np.full(num, -1)
        place[self._rows] = np.arange(len(self._rows))
        self._stock_of = np.full(len(self.columns), -1)
        self._taken = np.zeros(len(self.columns))
        self.border = np.zeros((len(self.columns), len(tied)))
        for coupling, (row, column, amount) in zip(couplings, parts, strict=True):
            at, scaled = place[row], amount * self._row_scale[row]
            of_border = at >= self.num_stocks
            if isinstance(coupling, StockLimits):
                self._stock_of[column[~of_border]] = at[~of_border]
                self._taken[column[~of_border]] = scaled[~of_border]
            which = slice(None) if of_border.all() else of_border
            cell = column[which] * len(tied) + (at[which] - self.num_stocks)
            self.border.ravel()[cell] = scaled[which]
        costs = breach[self._rows] * self.scale / scale
        self.broken_rows = np.flatnonzero(np.isfinite(costs))
        self._breach = costs[self.broken_rows]
        self.left = slice(self.early.stop, self.early.stop + len(self._rows))

    def _make_blocks(self) -> None:
        case, windows = self.model.case, self.windows
        items = case.demand_item[self.demand_order]
        flow_items = case.demand_item[self.columns.demand]
        self.blocks = []
        for item in range(len(case.item_codes)):
            rows = slice(*(windows * np.searchsorted(items, [item, item + 1])).tolist())
            flows = slice(*np.searchsorted(flow_items, [item, item + 1]).tolist())
            stocks = slice(*np.searchsorted(self._stock_item, [item, item + 1]).tolist())
            num_rows, num = rows.stop - rows.start, flows.stop - flows.start
            num_stocks = stocks.stop - stocks.start
            row, order = self.row_of[flows] - rows.start, np.arange(num)
            some = np.flatnonzero(self._stock_of[flows] >= 0)
            stock = self._stock_of[flows][some] - stocks.start
            taken = self._taken[flows][some]
            self.blocks.append(
                _Block(
                    rows=rows,
                    flows=flows,
                    stocks=stocks,
                    arriving=csr_array((self.met[flows], (row, order)), shape=(num_rows, num)),
                    held=csr_array((taken, (stock, some)), shape=(num_stocks, num)),
                    # Flows without a row of stock (it is in the border) weigh nothing.
                    cell=row * num_stocks + np.maximum(0, self._stock_of[flows] - stocks.start)
                    if num_stocks
                    else np.zeros(num, dtype=np.int64),
                    weight=self.met[flows] * self._taken[flows],
                )
            )

    def activity(self, value: Floats) -> Floats:
        """Return what columns of given values add up to in each row."""
        flows, shape = value[: self.num_flows], self.due.shape
        of_rows = np.bincount(self.row_of, weights=self.met * flows, minlength=self.due.size)
        demands = of_rows.reshape(shape) + value[self.missing].reshape(shape)
        demands[:, 1:] -= value[self.missing].reshape(shape)[:, :-1]
        early = value[self.early].reshape(len(self.due), -1)
        demands[:, :-1] -= early
        demands[:, 1:] += early
        limits = value[self.left].copy()
        mine = self._stock_of >= 0
        limits[: self.num_stocks] += np.bincount(
            self._stock_of[mine], weights=(self._taken * flows)[mine], minlength=self.num_stocks
        )
        limits[self.num_stocks :] += flows @ self.border
        limits[self.broken_rows] -= value[self.left.stop :]
        return np.concatenate([demands.ravel(), limits])

    def worth(self, price: Floats) -> Floats:
        """Return what each column is worth at given prices of the rows."""
        demands = price[: self.due.size].reshape(self.due.shape)
        limits = price[self.due.size :]
        flows = self.met * price[self.row_of] + self.border @ limits[self.num_stocks :]
        # Where a flow has no row of stock, nothing is taken: any row does.
        if self.num_stocks:
            flows += self._taken * limits[self._stock_of]
        missing = demands.copy()
        missing[:, :-1] -= demands[:, 1:]
        early = demands[:, 1:] - demands[:, :-1]
        return np.concatenate(
            [flows, missing.ravel(), early.ravel(), limits, -limits[self.broken_rows]]
        )

    def of_all_limits(self, price: Floats) -> Floats:
        """Return prices of all limits, a unit of each row, from prices of the rows, negated."""
        of_all = np.zeros(self.num_limits)
        of_all[self._rows] = np.maximum(0.0, -price[self.due.size :])
        of_all *= self._row_scale / self.scale
        return of_all

    def of_rows(self, of_all: Floats, demand: Floats) -> Floats:
        """Return prices of the rows from prices of all limits and of pieces; see `of_all_limits`.

        Parameters
        ----------
        of_all
            Of a unit of each limit, >= 0.
        demand
            Of a piece that arrives; shape (demands, windows).
        """
        limits = -of_all[self._rows] / self._row_scale[self._rows] * self.scale
        pieces = demand[self.demand_order] * self.demand_parcel[:, None] * self.scale
        return np.concatenate([pieces.ravel(), limits])

    def affordable(self, price: Floats) -> Floats:
        """Return the prices, those of demands so that no column is worth more than it costs.

        The highest that there are at these prices of the limits (which must be <= 0).
        """
        due = self.due.size
        only = price.copy()
        only[:due] = 0.0
        pay = (self.cost - self.worth(only))[: self.num_flows] / self.met
        cheapest: Floats = np.full(due, np.inf)
        np.minimum.at(cheapest, self.row_of, pay)
        highest: Floats = cheapest.reshape(self.due.shape)
        waiting = self.cost[self.missing].reshape(self.due.shape)
        # What comes early serves what is due later; what comes late costs the hours between.
        highest = np.minimum.accumulate(highest, axis=1)
        later = np.zeros(len(highest))
        for window in range(highest.shape[1] - 1, -1, -1):
            later = np.minimum(highest[:, window], later + waiting[:, window])
            highest[:, window] = later
        only[:due] = highest.ravel()
        return only

    def within_limits(self, flows: Floats) -> Floats:
        """Return flows, in parcels, each lowered as much as the worst of its limits is broken."""
        use = np.zeros(len(self.limits))
        mine = self._stock_of >= 0
        use[: self.num_stocks] = np.bincount(
            self._stock_of[mine], weights=(self._taken * flows)[mine], minlength=self.num_stocks
        )
        use[self.num_stocks :] = flows @ self.border
        hard = self.limits > 0
        hard[self.broken_rows] = False
        ratio = np.where(hard, np.maximum(1.0, use / np.where(hard, self.limits, 1.0)), 1.0)
        worst = np.where(self.border > 0, ratio[self.num_stocks :], 1.0).max(axis=1, initial=1.0)
        if self.num_stocks:
            worst = np.maximum(worst, np.where(mine, ratio[self._stock_of], 1.0))
        # A limit of nothing lets nothing pass.
        none = ~hard & (self.limits <= 0)
        none[self.broken_rows] = False
        shut = (self.border[:, none[self.num_stocks :]] > 0).any(axis=1)
        if self.num_stocks:
            shut |= mine & none[self._stock_of]
        lowered: Floats = np.where(shut, 0.0, flows / worst)
        return lowered

    def demand_prices(self, price: Floats) -> Floats:
        """Return the price of a piece that arrives in each window; shape (demands, windows)."""
        of_parcels = price[: self.due.size].reshape(self.due.shape)
        return (of_parcels / (self.demand_parcel[:, None] * self.scale))[self._rank]

    def factored(self, theta: Floats) -> "NormalEquations":
        """Return the normal equations of the columns, each weighted by `theta` > 0."""
        return NormalEquations(self, theta)


class NormalEquations:
    """The matrix ``A diag(theta) A^T``, factorised.

    Parameters
    ----------
    rows
        The programme.
    theta
        Weight of each column; > 0.

    Raises
    ------
    SolverFailed
        If rounding left nothing to divide by.
    """

    def __init__(self, rows: InsideRows, theta: Floats) -> None:
        self._rows = rows
        self._chain(theta)
        left = theta[rows.left].copy()
        left[rows.broken_rows] += theta[rows.left.stop :]
        num = len(left) - rows.num_stocks
        corner: Floats = np.zeros((num, num))
        corner[np.arange(num), np.arange(num)] = left[rows.num_stocks :]
        self._parts: list[tuple[Floats, Floats, Floats, Floats]] = []
        try:
            for block in rows.blocks:
                corner -= self._eliminated(block, theta[block.flows], left[block.stocks])
            corner[np.arange(num), np.arange(num)] *= 1 + STEADY
            self._corner = np.linalg.cholesky(corner)
        except np.linalg.LinAlgError as failure:
            raise SolverFailed("The interior point method lost its way in rounding.") from failure

    def _chain(self, theta: Floats) -> None:
        """Factorise what ties the windows of each demand: a tridiagonal matrix each."""
        rows = self._rows
        shape = rows.due.shape
        flows = theta[: rows.num_flows] * rows.met**2
        arriving = np.bincount(rows.row_of, weights=flows, minlength=rows.due.size)
        diagonal: Floats = arriving.astype(np.float64).reshape(shape)
        missing = theta[rows.missing].reshape(shape)
        early = theta[rows.early].reshape(len(rows.due), -1)
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

    def _eliminated(self, block: _Block, theta: Floats, left: Floats) -> Floats:
        """Eliminate a block's demands and stocks; return what is taken off the border's corner."""
        rows = self._rows
        border = rows.border[block.flows]
        weighted = border * theta[:, None]
        num_rows, num_stocks = block.arriving.shape[0], len(left)
        table = np.empty((num_rows, num_stocks + border.shape[1]))
        table[:, :num_stocks] = np.bincount(
            block.cell, weights=theta * block.weight, minlength=num_rows * num_stocks
        )[: num_rows * num_stocks].reshape(num_rows, num_stocks)
        table[:, num_stocks:] = block.arriving @ weighted
        table = self._forward(table, block.rows)
        square = (
            blas.dsyrk(1.0, table.T, lower=1) if table.size else np.zeros((table.shape[1],) * 2)
        )
        stock = left + (block.held * block.held) @ theta
        own = -square[:num_stocks, :num_stocks]
        own[np.arange(num_stocks), np.arange(num_stocks)] += stock * (1 + STEADY)
        across = block.held @ weighted - square[num_stocks:, :num_stocks].T
        # Both factorisations read the lower half alone.
        root: Floats = own
        if num_stocks:
            root = np.linalg.cholesky(own).astype(np.float64)
        ahead: Floats = solve_triangular(root, across, lower=True) if num_stocks else across
        self._parts.append((table[:, :num_stocks], table[:, num_stocks:], root, ahead))
        corner: Floats = square[num_stocks:, num_stocks:] + ahead.T @ ahead - border.T @ weighted
        return corner

    def _forward(self, table: Floats, rows: slice) -> Floats:
        """Solve by the lower factor of the chains; the first axis of the table is rows."""
        windows = self._rows.windows
        demands = slice(rows.start // windows, rows.stop // windows)
        pivot, below = self._pivot[demands], self._below[demands]
        cube = table.reshape(-1, windows, table.shape[1])
        cube[:, 0] /= pivot[:, 0, None]
        for window in range(1, windows):
            cube[:, window] -= below[:, window, None] * cube[:, window - 1]
            cube[:, window] /= pivot[:, window, None]
        return table

    def _backward(self, of_rows: Floats) -> Floats:
        """Solve by the upper factor of the chains; shape (demands, windows)."""
        solved = of_rows
        solved[:, -1] /= self._pivot[:, -1]
        for window in range(solved.shape[1] - 2, -1, -1):
            solved[:, window] -= self._below[:, window + 1] * solved[:, window + 1]
            solved[:, window] /= self._pivot[:, window]
        return solved

    def solve(self, right: Floats) -> Floats:
        """Return the prices at which the equations give the right-hand side."""
        rows = self._rows
        num_due = rows.due.size
        whole = slice(0, num_due)
        ahead = self._forward(right[:num_due].copy()[:, None], whole)[:, 0]
        limits = right[num_due:].copy()
        corner = limits[rows.num_stocks :]
        for block, (own, border, root, across) in zip(rows.blocks, self._parts, strict=True):
            mine = ahead[block.rows]
            stock = limits[block.stocks] - own.T @ mine
            if len(stock):
                stock = solve_triangular(root, stock, lower=True)
            limits[block.stocks] = stock
            corner -= border.T @ mine + across.T @ stock
        half = solve_triangular(self._corner, corner, lower=True) if len(corner) else corner
        tied = solve_triangular(self._corner.T, half, lower=False) if len(corner) else half
        limits[rows.num_stocks :] = tied
        for block, (own, border, root, across) in zip(rows.blocks, self._parts, strict=True):
            stock = limits[block.stocks] - across @ tied
            if len(stock):
                stock = solve_triangular(root.T, stock, lower=False)
            limits[block.stocks] = stock
            ahead[block.rows] -= own @ stock + border @ tied
        demands = self._backward(ahead.reshape(rows.due.shape))
        return np.concatenate([demands.ravel(), limits])
