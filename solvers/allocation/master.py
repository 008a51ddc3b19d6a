r"""The restricted master: the linear model over the columns found so far.

.. math::
    \min\;& \text{one of: } \textstyle\sum w_i wait_a b_{ia},\ \zeta,\ \text{tier, cost} \\
    \text{(1)}\;& \textstyle\sum_{c \in (i,a)} x_c + h_{i,a-1} - h_{ia} + b_{ia} - b_{i,a-1}
        = d_{ia} \quad \forall i, a \\
    \text{(2)}\;& \textstyle\sum_{c \in q} x_c \le Q_q \quad \forall q \\
    \text{(3)}\;& \textstyle\sum_c h_{rc} x_c \le H_r \quad \forall r
        \text{ (measure, account, group, window)} \\
    \text{(4)}\;& \textstyle\sum_{i \in g} w_i b_{i,last} \le \zeta \sum_{i \in g} w_i d_i
        \quad \forall \text{ county } g \\
    \text{(5)}\;& \text{deprivation} \le D, \quad \text{tier} \le T

*Where* x are parcels on a column, h parcels that came early, b parcels that are missing at the
end of a window, d parcels due then, Q parcels in stock, H truck-hours, w the weight of a demand,
:math:`\zeta` the worst county's unserved share, D and T the values of the stages before with
their slack.

Whether a stage is limited or free is a matter of bounds, so that one warm model serves all. Two
solvers of OR-Tools share it: GLOP's simplex, which starts from its last basis and ends in a corner
(few flows), and HiGHS's interior point method, whose prices lie in the middle of the best ones and
so ask for fewer columns where trucks are scarce.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt
from ortools.math_opt.solvers import highs_pb2

from relief.errors import SolverFailed
from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.pricing import Prices, Weights, truck_share
from solvers.allocation.trucks import TruckTerms
from solvers.stop import Deadline

INSIDE_TOLERANCE = 1e-6
"""Relative tolerance of the interior point method; looser ones make HiGHS doubt its own answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MasterAnswer:
    """An optimum of the restricted master.

    Parameters
    ----------
    columns
        The columns that were in the model.
    flow_pieces
        Pieces on each column; shape (columns,).
    missing_pieces
        Pieces missing at the end of each window; shape (demands, windows).
    worst_share
        The worst county's unserved share.
    deprivation_milli_h, tier_g, cost_fen
        Values of the stages at this answer, in weighted milli-person-hours, gram-tiers and fen.
    prices
        Prices at the optimum, in units of the present stage.
    county_dual
        Duals of the county rows, >= 0; positive where a county cannot be helped without hurting
        the stage; shape (counties,).
    reduced_cost
        What a parcel on each column would add to the scaled objective; shape (columns,).
    """

    columns: Columns
    flow_pieces: Floats
    missing_pieces: Floats
    worst_share: float
    deprivation_milli_h: float
    tier_g: float
    cost_fen: float
    prices: Prices
    county_dual: Floats
    reduced_cost: Floats


class RestrictedMaster:
    """The model above over a growing set of columns.

    Parameters
    ----------
    case, terms
        The whole model.

    Notes
    -----
    Objectives are scaled so that the largest coefficient of a stage is near 1,000 a parcel.
    """

    def __init__(self, case: AllocationCase, terms: TruckTerms) -> None:
        self.case = case
        self.terms = terms
        self.columns = Columns.none()
        self.keys = np.zeros(0, dtype=np.int64)
        self._parcel = parcel_pieces(case)
        self._demand_parcel = self._parcel[case.demand_item]
        self._stock_parcel = self._parcel[case.stock_item]
        self._model = mathopt.Model()
        self._flows: list[mathopt.Variable] = []
        self._coefficients: dict[str, Floats] = {name: np.zeros(0) for name in ("tier", "cost")}
        wait = case.weight_milli[:, None] * case.wait_h * self._demand_parcel[:, None]
        self._scale = {
            "deprivation": 1e3 / max(1.0, float(wait.max(initial=0.0))),
            "tier": 1e3 / max(1.0, 4.0 * float((case.mass_g * self._parcel).max(initial=0.0))),
            "cost": 1e3 / max(1.0, float(terms.trip_fen.max(initial=0.0))),
        }
        self._weights = Weights()
        self._pair_factor = np.ones((len(case.depot_codes), len(case.place_codes)))
        self._warm = False
        self._wait = (wait * self._scale["deprivation"]).ravel()
        self._add_demands()
        self._add_limits()
        self._add_counties()
        self._solver = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)

    def _add_demands(self) -> None:
        """Rows (1) and the row of the deprivation in (5)."""
        case, model = self.case, self._model
        due = (case.demand_pieces / self._demand_parcel[:, None]).ravel().tolist()
        self._missing = [model.add_variable(lb=0.0) for _ in due]
        self._demand_rows = [model.add_linear_constraint(lb=d, ub=d) for d in due]
        self._deprivation_row = model.add_linear_constraint()
        last = case.num_windows - 1
        for index, row in enumerate(self._demand_rows):
            missing = self._missing[index]
            row.set_coefficient(missing, 1.0)
            self._deprivation_row.set_coefficient(missing, float(self._wait[index]))
            if index % case.num_windows != last:
                early = model.add_variable(lb=0.0)
                row.set_coefficient(early, -1.0)
                self._demand_rows[index + 1].set_coefficient(early, 1.0)
                self._demand_rows[index + 1].set_coefficient(missing, -1.0)

    def _add_limits(self) -> None:
        """Rows (2), (3) and the row of the tiers in (5)."""
        case, model = self.case, self._model
        stock = (case.stock_pieces / self._stock_parcel).tolist()
        available_h = self.terms.available_h.ravel().tolist()
        self._stock_rows = [model.add_linear_constraint(ub=parcels) for parcels in stock]
        self._truck_rows = [model.add_linear_constraint(ub=hours) for hours in available_h]
        self._tier_row = model.add_linear_constraint()

    def _add_counties(self) -> None:
        """Rows (4), scaled so that a county's share is 1 when nothing comes."""
        case, model = self.case, self._model
        self._worst = model.add_variable(lb=0.0)
        self._county_rows = [model.add_linear_constraint(ub=0.0) for _ in case.county_codes]
        for row in self._county_rows:
            row.set_coefficient(self._worst, -1.0)
        county = case.county_of_place[case.demand_place]
        weight = (case.weight_milli * case.demand_pieces.sum(axis=1)).astype(np.float64)
        total = np.bincount(county, weights=weight, minlength=len(case.county_codes))
        share = case.weight_milli * self._demand_parcel / np.maximum(total[county], 1.0)
        last = self._missing[case.num_windows - 1 :: case.num_windows]
        for group, part, missing in zip(county.tolist(), share.tolist(), last, strict=True):
            self._county_rows[group].set_coefficient(missing, part)

    def add(self, columns: Columns) -> int:
        """Add the columns that are new; return how many these are."""
        columns = columns.fresh(self.keys, self.case, self.terms)
        if not len(columns):
            return 0
        case, terms = self.case, self.terms
        item = case.demand_item[columns.demand]
        parcel = self._parcel[item]
        depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
        share = np.stack([truck_share(case, terms, k) for k in range(len(case.item_codes))])
        trip_fen = terms.trip_fen[depot, columns.service, place]
        scaled = {
            "tier": case.stock_tier[columns.stock]
            * case.mass_g[item]
            * parcel
            * self._scale["tier"],
            "cost": share[item, depot, columns.service] * trip_fen * parcel * self._scale["cost"],
        }
        for name, values in scaled.items():
            self._coefficients[name] = np.concatenate([self._coefficients[name], values])
        flows = [self._model.add_variable(lb=0.0) for _ in range(len(columns))]
        arrival = (columns.demand * case.num_windows + columns.window).tolist()
        for flow, row, stock in zip(flows, arrival, columns.stock.tolist(), strict=True):
            self._demand_rows[row].set_coefficient(flow, 1.0)
            self._stock_rows[stock].set_coefficient(flow, 1.0)
        for flow, value in zip(flows, scaled["tier"].tolist(), strict=True):
            if value:
                self._tier_row.set_coefficient(flow, value)
        row_index, column_index, charge = self._charges(columns, parcel)
        for r, c, value in zip(
            row_index.tolist(), column_index.tolist(), charge.tolist(), strict=True
        ):
            self._truck_rows[r].set_coefficient(flows[c], value)
        first = len(self._flows)
        self._flows += flows
        self.columns = Columns.joined(self.columns, columns)
        self.keys = np.concatenate([self.keys, columns.keys(case, terms)])
        self._price(flows, first)
        return len(flows)

    def _charges(self, columns: Columns, parcel: Floats) -> tuple[Ints, Ints, Floats]:
        """Return the truck rows that columns touch: row, column and truck-hours of a parcel."""
        case, terms = self.case, self.terms
        item = case.demand_item[columns.demand]
        depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
        service, group = columns.service, terms.group_of[depot, columns.service]
        ends_h = case.window_end_s / 3600
        truckloads = (
            parcel * case.mass_g[item] / terms.payload_g[group],
            parcel * case.volume_cm3[item] / terms.volume_cm3[group],
        )
        shape = terms.available_h.shape
        index = np.arange(len(columns))
        rows, cols, values = [], [], []
        for account in range(2):
            at_h = terms.at_h[account, depot, service, place, columns.window]
            own_h = terms.own_h[account, depot, service, place]
            back_h = terms.back_h[account, depot, service, place]
            for later in range(case.num_windows):
                gap_h = ends_h[later] - ends_h[columns.window]
                hours = np.where(gap_h > 0, own_h + np.minimum(back_h, gap_h), at_h)
                counts = np.flatnonzero((gap_h >= 0) & (hours > 0))
                for measure, loads in enumerate(truckloads):
                    where = (np.full(len(counts), measure), np.full(len(counts), account))
                    rows.append(
                        np.ravel_multi_index(
                            (*where, group[counts], np.full(len(counts), later)), shape
                        ),
                    )
                    cols.append(index[counts])
                    values.append((hours * loads)[counts])
        return np.concatenate(rows), np.concatenate(cols), np.concatenate(values)

    def aim(self, weights: Weights, worst: float = 0.0) -> None:
        """Choose the stage: what a scaled unit of each objective, and of the worst share, costs."""
        self._weights = weights
        self._model.objective.clear()
        self._price(self._flows, 0)
        if weights.per_milli_h:
            for variable, cost in zip(self._missing, self._wait.tolist(), strict=True):
                self._model.objective.set_linear_coefficient(variable, weights.per_milli_h * cost)
        if worst:
            self._model.objective.set_linear_coefficient(self._worst, worst)

    def weigh_pairs(self, factor: Floats) -> None:
        """Multiply the cost of all columns from a depot to a place; shape (depots, places)."""
        self._pair_factor = factor
        self._price(self._flows, 0)

    def _price(self, flows: list[mathopt.Variable], first: int) -> None:
        """Put the present stage's coefficients on columns, counted from `first`."""
        weights = self._weights
        depot = self.case.stock_depot[self.columns.stock[first:]]
        place = self.case.demand_place[self.columns.demand[first:]]
        coefficient = weights.per_tier_g * self._coefficients["tier"][first:] + weights.per_fen * (
            self._coefficients["cost"][first:] * self._pair_factor[depot, place]
        )
        for flow, value in zip(flows, coefficient.tolist(), strict=True):
            if value:
                self._model.objective.set_linear_coefficient(flow, value)

    def limit_deprivation(self, milli_person_h: float) -> None:
        """Hold the deprivation at or below a value from now on."""
        self._deprivation_row.upper_bound = milli_person_h * self._scale["deprivation"]

    def limit_tier(self, tier_g: float) -> None:
        """Hold the gram-tiers at or below a value from now on."""
        self._tier_row.upper_bound = tier_g * self._scale["tier"]

    def limit_worst(self, share: float) -> None:
        """Hold the worst share at or below a value from now on."""
        self._worst.upper_bound = share

    def settle_county(self, county: int, share: float) -> None:
        """Take a county out of the worst share and hold its own at or below a value."""
        row = self._county_rows[county]
        row.set_coefficient(self._worst, 0.0)
        row.upper_bound = share

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Forget all columns but some; the forgotten may be added again.

        Parameters
        ----------
        which
            Shape (columns,).
        """
        for flow, kept in zip(self._flows, which.tolist(), strict=True):
            if not kept:
                self._model.delete_variable(flow)
        index = np.flatnonzero(which)
        self._flows = [self._flows[i] for i in index.tolist()]
        self.columns = self.columns.taken(index)
        self.keys = self.keys[index]
        for name, values in self._coefficients.items():
            self._coefficients[name] = values[index]

    def solve(self, deadline: Deadline) -> MasterAnswer:
        """Solve the model over the present columns to a corner.

        Raises
        ------
        SolverFailed
            If GLOP does not reach an optimum, for want of time or otherwise.
        """
        params = mathopt.SolveParameters(
            time_limit=_left(deadline),
            lp_algorithm=mathopt.LPAlgorithm.PRIMAL_SIMPLEX,
            # Presolving throws the last basis away: only the first time there is none to lose.
            presolve=mathopt.Emphasis.OFF if self._warm else mathopt.Emphasis.MEDIUM,
        )
        answer = self._answered(lambda: self._solver.solve(params=params), deadline)
        self._warm = True
        return answer

    def solve_inside(self, deadline: Deadline) -> MasterAnswer:
        """Solve the model over the present columns to the middle of its optimal face.

        Raises
        ------
        SolverFailed
            If HiGHS does not reach an optimum, for want of time or otherwise.
        """
        params = mathopt.SolveParameters(
            time_limit=_left(deadline),
            lp_algorithm=mathopt.LPAlgorithm.BARRIER,
            highs=highs_pb2.HighsOptionsProto(
                string_options={"run_crossover": "off"},
                double_options={"ipm_optimality_tolerance": INSIDE_TOLERANCE},
            ),
        )

        def solved() -> mathopt.SolveResult:
            return mathopt.solve(self._model, mathopt.SolverType.HIGHS, params=params)

        return self._answered(solved, deadline)

    def _answered(
        self,
        solved: Callable[[], mathopt.SolveResult],
        deadline: Deadline,
    ) -> MasterAnswer:
        """Return a solver's optimum in our terms."""
        try:
            result = solved()
        except (RuntimeError, AttributeError) as error:
            # MathOpt 9.15 masks its own message by an AttributeError while it makes one.
            raise SolverFailed(f"The linear solver failed: {error}") from error
        if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
            raise SolverFailed(
                f"The linear solver ended with {result.termination.reason.value} after "
                f"{deadline.spent_s():.1f} s; an optimum was expected.",
            )
        flow = np.array(result.variable_values(self._flows), dtype=np.float64)
        missing = np.array(result.variable_values(self._missing), dtype=np.float64)
        item = self.case.demand_item[self.columns.demand]
        return MasterAnswer(
            columns=self.columns,
            flow_pieces=np.maximum(flow, 0.0) * self._parcel[item],
            missing_pieces=np.maximum(missing, 0.0).reshape(self.case.demand_pieces.shape)
            * self._demand_parcel[:, None],
            worst_share=float(result.variable_values(self._worst)),
            deprivation_milli_h=float(missing @ self._wait) / self._scale["deprivation"],
            tier_g=float(flow @ self._coefficients["tier"]) / self._scale["tier"],
            cost_fen=float(flow @ self._coefficients["cost"]) / self._scale["cost"],
            prices=self._prices(result),
            county_dual=np.maximum(
                0.0, -np.array(result.dual_values(self._county_rows), dtype=np.float64)
            ),
            reduced_cost=np.array(result.reduced_costs(self._flows), dtype=np.float64),
        )

    def _prices(self, result: mathopt.SolveResult) -> Prices:
        """Return the duals with their signs clamped, per piece and per truck-hour."""

        def duals(rows: list[mathopt.LinearConstraint]) -> Floats:
            return np.array(result.dual_values(rows), dtype=np.float64)

        trucks = np.maximum(0.0, -duals(self._truck_rows))
        tight = np.maximum(0.0, -duals([self._deprivation_row, self._tier_row]))
        return Prices(
            stock=np.maximum(0.0, -duals(self._stock_rows)) / self._stock_parcel,
            trucks=trucks.reshape(self.terms.available_h.shape),
            demand=duals(self._demand_rows).reshape(self.case.demand_pieces.shape)
            / self._demand_parcel[:, None],
            weights=Weights(
                per_milli_h=self._scale["deprivation"] * (self._weights.per_milli_h + tight[0]),
                per_tier_g=self._scale["tier"] * (self._weights.per_tier_g + tight[1]),
                per_fen=self._scale["cost"] * self._weights.per_fen,
            ),
        )


def _left(deadline: Deadline) -> timedelta:
    """Return the time left for a solver.

    Raises
    ------
    SolverFailed
        If there is none.
    """
    if deadline.has_passed():
        raise SolverFailed("No time is left for the allocation's linear model.")
    return timedelta(seconds=deadline.left_s())
