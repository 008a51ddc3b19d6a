"""The rows and columns of a sourcing problem; the letters are those of `sourcing_search`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solvers.allocation.sourcing import Floats, SourcingProblem

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourcingModel:
    """The rows above as sparse matrices over the columns x, u, y.

    Parameters
    ----------
    problem
        Where it comes from.
    need_place, need_item
        Of each need; shape (needs,).
    arc_site, arc_need
        Of each x; shape (arcs,).
    demand_pieces, demand_kg
        Of each need; shape (needs,).
    cost_yuan
        Objective; shape (columns,).
    serve, limit, limit_most
        Rows (1); rows (2) to (4) and what they must not exceed.
    switched
        Sites that need a y; shape (switches,).
    """

    problem: SourcingProblem
    need_place: Ints
    need_item: Ints
    arc_site: Ints
    arc_need: Ints
    demand_pieces: Floats
    demand_kg: Floats
    cost_yuan: Floats
    serve: sparse.csr_array
    limit: sparse.csr_array
    limit_most: Floats
    switched: Ints

    @classmethod
    def of(cls, problem: SourcingProblem) -> "SourcingModel":
        """Write a problem as rows and columns."""
        place, item = np.nonzero(problem.demand_pieces > 0)
        pieces = problem.demand_pieces[place, item]
        kg = pieces * problem.piece_kg[item]
        costs = problem.unit_cost_yuan[:, place, item]
        able = np.minimum(problem.capacity_kg[:, None], problem.stock_pieces[:, item]) > 0
        site, need = np.nonzero(np.isfinite(costs) & able)
        limited = problem.max_open is not None and problem.max_open < len(problem.site_codes)
        switched = np.flatnonzero(
            (problem.opening_cost_yuan > 0) | (problem.least_kg > 0) | limited
        )
        num_arcs, num_needs, num_switches = len(site), len(place), len(switched)
        num_columns = num_arcs + num_needs + num_switches
        arcs, needs = np.arange(num_arcs), np.arange(num_needs)
        serve = sparse.csr_array(
            (
                np.ones(num_arcs + num_needs),
                (np.concatenate([need, needs]), np.concatenate([arcs, num_arcs + needs])),
            ),
            shape=(num_needs, num_columns),
        )
        switch_of = np.full(len(problem.site_codes), -1)
        switch_of[switched] = num_arcs + num_needs + np.arange(num_switches)
        rows = _Rows(num_columns)
        order = np.argsort(site, kind="stable")
        starts = np.searchsorted(site[order], np.arange(len(problem.site_codes) + 1))
        total_pieces = np.bincount(item, weights=pieces, minlength=len(problem.item_codes))
        for index, switch in enumerate(switch_of.tolist()):
            own = order[starts[index] : starts[index + 1]]
            own_kg = kg[need[own]]
            capacity_kg = float(problem.capacity_kg[index])
            if switch >= 0 or np.isfinite(capacity_kg):
                rows.add(own, own_kg, switch, min(capacity_kg, float(kg.sum())))
            for k in np.flatnonzero(np.isfinite(problem.stock_pieces[index])).tolist():
                of_item = own[item[need[own]] == k]
                most = min(float(problem.stock_pieces[index, k]), float(total_pieces[k]))
                rows.add(of_item, pieces[need[of_item]], switch, most)
            if problem.least_kg[index] > 0:
                rows.add(own, -own_kg, switch, -float(problem.least_kg[index]))
        if problem.max_open is not None:
            switches = switch_of[switched]
            rows.add(switches, np.ones(len(switches)), -1, float(problem.max_open))
        unmet = np.zeros(num_needs)
        if problem.unmet_cost_yuan is not None:
            unmet = problem.unmet_cost_yuan[place, item] * pieces
        return cls(
            problem=problem,
            need_place=place,
            need_item=item,
            arc_site=site,
            arc_need=need,
            demand_pieces=pieces,
            demand_kg=kg,
            cost_yuan=np.concatenate(
                [costs[site, need] * pieces[need], unmet, problem.opening_cost_yuan[switched]]
            ),
            serve=serve,
            limit=rows.matrix(),
            limit_most=np.array(rows.most),
            switched=switched,
        )

    @property
    def num_arcs(self) -> int:
        """Number of columns x."""
        return len(self.arc_site)

    @property
    def num_columns(self) -> int:
        """Number of all columns."""
        return len(self.cost_yuan)

    @property
    def unmet(self) -> slice:
        """The columns u."""
        return slice(self.num_arcs, self.num_arcs + len(self.need_place))

    @property
    def first_switch(self) -> int:
        """The first column y."""
        return self.num_arcs + len(self.need_place)

    def switch_of_arc(self) -> Ints:
        """Return the column y of each arc's site, -1 where it has none."""
        column = np.full(len(self.problem.site_codes), -1)
        column[self.switched] = self.first_switch + np.arange(len(self.switched))
        return column[self.arc_site]

    def tightening(self, arcs: Ints) -> sparse.csr_array:
        """Return rows (5) of some arcs whose sites are switched, ``<= 0``."""
        rows = np.arange(len(arcs))
        return sparse.csr_array(
            (
                np.concatenate([np.ones(len(arcs)), -np.ones(len(arcs))]),
                (np.tile(rows, 2), np.concatenate([arcs, self.switch_of_arc()[arcs]])),
            ),
            shape=(len(arcs), self.num_columns),
        )

    def unmet_row(self) -> Floats:
        """Return kilograms unserved as coefficients of the columns."""
        row = np.zeros(self.num_columns)
        row[self.unmet] = self.demand_kg
        return row

    def integrality(self) -> Ints:
        """Return 1 for each column that must be whole, as `scipy.optimize.milp` wants it."""
        whole = np.zeros(self.num_columns, dtype=np.int64)
        whole[self.first_switch :] = 1
        if self.problem.single_source:
            whole[: self.first_switch] = 1
        return whole


class _Rows:
    """Rows ``sum of weights * columns <= most``, or ``<= most * y``, as they are gathered."""

    def __init__(self, num_columns: int) -> None:
        self._num_columns = num_columns
        self._rows: list[Ints] = [np.zeros(0, dtype=np.int64)]
        self._columns: list[Ints] = [np.zeros(0, dtype=np.int64)]
        self._weights: list[Floats] = [np.zeros(0)]
        self.most: list[float] = []

    def add(self, columns: Ints, weights: Floats, switch: int, most: float) -> None:
        """Add a row; `switch` is the column y that it hangs on, negative for none."""
        if switch >= 0:
            columns, weights = np.append(columns, switch), np.append(weights, -most)
        self._rows.append(np.full(len(columns), len(self.most)))
        self._columns.append(columns)
        self._weights.append(weights)
        self.most.append(0.0 if switch >= 0 else most)

    def matrix(self) -> sparse.csr_array:
        """Return the rows gathered so far."""
        return sparse.csr_array(
            (
                np.concatenate(self._weights),
                (np.concatenate(self._rows), np.concatenate(self._columns)),
            ),
            shape=(len(self.most), self._num_columns),
        )
