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

import numpy as np
from numpy.typing import NDArray

from relief.errors import SolverFailed
from solvers.allocation.case import Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.couplings import AllocationModel, StockLimits
from solvers.allocation.inside_normal import NormalEquations, NormalPattern

DEAREST = 1e3
"""What an hour without the dearest parcel costs in the programme's objective."""

MOST_BORDER = 400
"""Rows that tie items together, beyond which the normal equations are too dense to be quick."""


class InsideRows:
    """Rows and columns of the first stage over given columns.

    Limits have numbers of their own, `every_row` says which: those of stock first, by item, then
    what ties items together (`every_border`), the idle ones last. `hard` are those that cannot be
    broken for money.

    Parameters
    ----------
    model
        The model.
    columns
        Its columns; all allowed, none twice.
    idle
        Hard limits of which it is thought that they will not bind, so that they need no row; of
        all limits in order; shape (limits,). None where nothing is known.

    Raises
    ------
    SolverFailed
        If too many rows tie the items together.
    """

    def __init__(
        self, model: AllocationModel, columns: Columns, idle: NDArray[np.bool_] | None = None
    ) -> None:
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
        self._of_limits(idle)
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
        self.pattern = self._pattern()

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

    def _of_limits(self, idle: NDArray[np.bool_] | None) -> None:
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
        self.num_stocks = len(of_block)
        self._stock_item = lowest[of_block]
        self.num_tied = len(tied)
        out = np.zeros(len(tied), dtype=bool)
        if idle is not None:
            out = idle[tied] & np.isinf(breach[tied])
        # Those with a row first.
        self.every_row = np.concatenate([of_block, tied[~out], tied[out]])
        self._place_limits(parts)
        num_rows = len(self.every_row) - int(out.sum())
        scale = self._row_scale[self.every_row]
        self.every_limit = limits[self.every_row] * scale
        self.hard = np.isinf(breach[self.every_row])
        self._rows, self.limits = self.every_row[:num_rows], self.every_limit[:num_rows]
        self.border = np.ascontiguousarray(self.every_border[:, : num_rows - self.num_stocks])
        self.broken_rows = np.flatnonzero(~self.hard[:num_rows])
        costs = breach[self._rows] * self.scale / scale[:num_rows]
        self._breach = costs[self.broken_rows]
        self.left = slice(self.early.stop, self.early.stop + num_rows)

    def _place_limits(self, parts: list[tuple[Ints, Ints, Floats]]) -> None:
        """Write what each flow takes of the limits.

        Parameters
        ----------
        parts
            Of each coupling the limits (among all), flows and amounts of its entries.
        """
        place = np.full(self.num_limits, -1)
        place[self.every_row] = np.arange(len(self.every_row))
        self.stock_of = np.full(len(self.columns), -1)
        self.taken = np.zeros(len(self.columns))
        self.every_border = np.zeros((len(self.columns), self.num_tied))
        for row, column, amount in parts:
            at, scaled = place[row], amount * self._row_scale[row]
            of_border = at >= self.num_stocks
            self.stock_of[column[~of_border]] = at[~of_border]
            self.taken[column[~of_border]] = scaled[~of_border]
            which = slice(None) if of_border.all() else of_border
            cell = column[which] * self.num_tied + (at[which] - self.num_stocks)
            self.every_border.ravel()[cell] = scaled[which]

    def _pattern(self) -> NormalPattern:
        """Return where the normal equations have entries."""
        items = np.arange(len(self.model.case.item_codes) + 1)
        return NormalPattern(
            row=self.row_of,
            met=self.met,
            stock=self.stock_of,
            taken=self.taken,
            shape=self.due.shape,
            ends=np.searchsorted(self._stock_item, items),
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
        mine = self.stock_of >= 0
        limits[: self.num_stocks] += np.bincount(
            self.stock_of[mine], weights=(self.taken * flows)[mine], minlength=self.num_stocks
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
            flows += self.taken * limits[self.stock_of]
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

    def uses(self, flows: Floats) -> Floats:
        """Return what flows take of every limit that some flow touches, the idle ones last."""
        mine = self.stock_of >= 0
        of_stock = np.bincount(
            self.stock_of[mine], weights=(self.taken * flows)[mine], minlength=self.num_stocks
        )
        return np.concatenate([of_stock, flows @ self.every_border])

    def open_parcels(self, flows: Floats) -> Floats:
        """Return what is missing at the end of each window; shape (demands, windows)."""
        came = np.bincount(self.row_of, weights=self.met * flows, minlength=self.due.size)
        still_open = np.cumsum(self.due - came.reshape(self.due.shape), axis=1)
        missing: Floats = np.maximum(still_open, 0.0)
        return missing

    def objective_of(self, flows: Floats) -> float:
        """Return the scaled objective of flows, what is due first served first, breaches paid."""
        breach = np.maximum(self.uses(flows) - self.every_limit, 0.0)[self.broken_rows]
        missing = self.open_parcels(flows).ravel()
        return float(
            self.cost[: self.num_flows] @ flows
            + self.cost[self.missing] @ missing
            + self._breach @ breach
        )

    def demand_prices(self, price: Floats) -> Floats:
        """Return the price of a piece that arrives in each window; shape (demands, windows)."""
        of_parcels = price[: self.due.size].reshape(self.due.shape)
        return (of_parcels / (self.demand_parcel[:, None] * self.scale))[self._rank]

    def factored(self, theta: Floats) -> NormalEquations:
        """Return the normal equations of the columns, each weighted by `theta` > 0."""
        limits = theta[self.left].copy()
        limits[self.broken_rows] += theta[self.left.stop :]
        return NormalEquations(
            self.pattern,
            self.border,
            flows=theta[: self.num_flows],
            missing=theta[self.missing].reshape(self.due.shape),
            early=theta[self.early].reshape(len(self.due), -1),
            limits=limits,
        )
