r"""The two-stage reserve plan in its extensive form, one linear program an item.

For one item, with scenarios *w* (probability *p* = 1/W), depots *s*, suppliers *q*, counties *c*:

.. math::

    \min \; & \sum_s h X_s + \sum_q r R_q + n p \sum_w \Big(
        \sum_{sc} (v + t d_{wsc}) (f_{wsc} + l_{wsc})
        + \sum_{qc} (e + t d_{wqc}) g_{wqc} + m \sum_c b_{wc}
        + a \sum_c u_{wc} + z \sum_c o_{wc} \Big) \\
    (1) \; & \sum_s f_{wsc} + u_{wc} = D^{early}_{wc} \\
    (2) \; & \sum_s l_{wsc} + \sum_q g_{wqc} + b_{wc} + o_{wc} - u_{wc} = D^{late}_{wc} \\
    (3) \; & \sum_c (f_{wsc} + l_{wsc}) - \sigma_{ws} X_s \le 0 \\
    (4) \; & \sum_c g_{wqc} - R_q \le 0 \\
    (5) \; & \sum_c b_{wc} \le B_w

========  ==========================================================================
Symbol    Where
========  ==========================================================================
X, R      pieces kept physically, pieces reserved with a supplier (first stage)
f, l      sent from depots to arrive early (within 12 h) and later
g, b      called under agreement, bought on the spot; both arrive later
u, o      lacking early (still wanted later), lacking to the end
h, r      yearly cost of keeping and of reserving a piece; n events a year
v, e, m   price of replacing, calling, buying a piece; t freight an hour, d hours
a, z      the planner's price of lacking a piece early, and to the end
sigma     1 where the depot survives; B what the market can sell
========  ==========================================================================

Variables exist only on arcs that can arrive in time, and of these only from the nearest depots of
each county in each scenario (`num_near`), which can only overstate the cost.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from relief.errors import SolverFailed
from relief.plan.outcome import (
    Clock,
    Progress,
    ProgressStep,
    SolveReport,
    Termination,
    silent,
)
from relief.plan.reserve import (
    EARLY_H,
    LATE_H,
    ReserveChoice,
    ReserveOutcome,
    ReservePlan,
    ReserveTerms,
    ScenarioEnsemble,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arcs:
    """Arcs in time, scenario by scenario: arrays of equal length."""

    scenario: IntArray
    source: IntArray
    county: IntArray
    drive_h: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Recourse:
    """What one item's program answers."""

    physical: FloatArray
    agreement: FloatArray
    early_short: FloatArray
    final_short: FloatArray
    called: FloatArray
    bought: FloatArray
    keeping_fen: float
    using_fen: float
    short_fen: float
    objective: float


def _nearest_arcs(
    drive_h: FloatArray, wanted: NDArray[np.bool_], limit_h: float, near: int
) -> _Arcs:
    """Return the arcs from the nearest sources to each county that wants something.

    Parameters
    ----------
    drive_h
        Shape (W, S, C); ``inf`` where there is no road or no source.
    wanted
        Shape (W, C).
    limit_h
        Longest drive.
    near
        How many sources a county.
    """
    num = min(near, drive_h.shape[1])
    if num == 0:
        empty = np.zeros(0, dtype=np.int64)
        return _Arcs(scenario=empty, source=empty, county=empty, drive_h=np.zeros(0))
    order = np.argsort(drive_h, axis=1, kind="stable")[:, :num, :]
    times = np.take_along_axis(drive_h, order, axis=1)
    scenario, rank, county = np.nonzero((times <= limit_h) & wanted[:, np.newaxis, :])
    return _Arcs(
        scenario=scenario.astype(np.int64),
        source=order[scenario, rank, county].astype(np.int64),
        county=county.astype(np.int64),
        drive_h=times[scenario, rank, county],
    )


def _solve_item(
    ensemble: ScenarioEnsemble,
    item: int,
    terms: ReserveTerms,
    *,
    near: int,
    fixed: tuple[FloatArray, FloatArray] | None = None,
) -> _Recourse:
    """Solve one item's program, with its first stage free or fixed.

    Raises
    ------
    SolverFailed
        If HiGHS finds no optimum; the program always has one, so this is a defect.
    """
    num_w, num_s, num_c = ensemble.drive_h.shape
    early = ensemble.early_pieces[:, :, item].astype(float)
    late = ensemble.late_pieces[:, :, item].astype(float)
    alive_h = np.where(ensemble.depot_survives[:, :, np.newaxis], ensemble.drive_h, np.inf)
    rows_of_suppliers = [ensemble.depot_codes.index(code) for code in ensemble.supplier_codes]
    supplier_h = ensemble.drive_h[:, rows_of_suppliers, :]
    any_need = (early + late) > 0
    f = _nearest_arcs(alive_h, early > 0, EARLY_H - ensemble.handling_h, near)
    lat = _nearest_arcs(alive_h, any_need, LATE_H - ensemble.handling_h, near)
    g = _nearest_arcs(supplier_h, any_need, LATE_H - ensemble.handling_h, near)

    num_p = len(rows_of_suppliers)
    num_wc = num_w * num_c
    sizes = [num_s, num_p, len(f.source), len(lat.source), len(g.source), num_wc, num_wc, num_wc]
    start = np.concatenate([[0], np.cumsum(sizes)])
    x_at, r_at, f_at, l_at, g_at, b_at, u_at, o_at = (int(i) for i in start[:-1])
    cell = np.arange(num_wc)

    price = float(terms.price_fen)
    weight = ensemble.events_per_year / num_w
    cost = np.concatenate(
        [
            np.full(num_s, terms.holding_share * price),
            np.full(num_p, terms.fee_share * price),
            weight * (price + terms.freight_fen_per_h * f.drive_h),
            weight * (price + terms.freight_fen_per_h * lat.drive_h),
            weight * (terms.call_share * price + terms.freight_fen_per_h * g.drive_h),
            np.full(num_wc, weight * terms.spot_share * price),
            np.full(num_wc, weight * terms.early_shortage_share * price),
            np.full(num_wc, weight * terms.late_shortage_share * price),
        ]
    )

    def columns(at: int, num: int) -> IntArray:
        return np.arange(at, at + num, dtype=np.int64)

    f_col, l_col, g_col = (
        columns(f_at, len(f.source)),
        columns(l_at, len(lat.source)),
        columns(g_at, len(g.source)),
    )
    b_col, u_col, o_col = columns(b_at, num_wc), columns(u_at, num_wc), columns(o_at, num_wc)

    # (1) and (2): one row a scenario and county each.
    eq_rows = [
        f.scenario * num_c + f.county, cell,
        num_wc + lat.scenario * num_c + lat.county, num_wc + g.scenario * num_c + g.county,
        num_wc + cell, num_wc + cell, num_wc + cell,
    ]  # fmt: skip
    eq_cols = [f_col, u_col, l_col, g_col, b_col, o_col, u_col]
    eq_signs = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0]
    eq_matrix = _matrix(eq_rows, eq_cols, eq_signs, (2 * num_wc, int(start[-1])))
    eq_right = np.concatenate([early.ravel(), late.ravel()])

    # (3), (4) and (5).
    num_ws, num_wp = num_w * num_s, num_w * num_p
    scenario_of_s, s_of_row = np.divmod(np.arange(num_ws), num_s)
    survives = ensemble.depot_survives[scenario_of_s, s_of_row].astype(float)
    _, p_of_row = np.divmod(np.arange(num_wp), max(num_p, 1))
    scenario_of_cell = cell // num_c
    ub_rows = [
        f.scenario * num_s + f.source, lat.scenario * num_s + lat.source, np.arange(num_ws),
        num_ws + g.scenario * num_p + g.source, num_ws + np.arange(num_wp),
        num_ws + num_wp + scenario_of_cell,
    ]  # fmt: skip
    ub_cols = [f_col, l_col, x_at + s_of_row, g_col, r_at + p_of_row, b_col]
    ub_signs: list[float | FloatArray] = [1.0, 1.0, -survives, 1.0, -1.0, 1.0]
    ub_matrix = _matrix(ub_rows, ub_cols, ub_signs, (num_ws + num_wp + num_w, int(start[-1])))
    spot_limit = terms.spot_limit_share * late.sum(axis=1)
    ub_right = np.concatenate([np.zeros(num_ws + num_wp), spot_limit])

    lower = np.zeros(int(start[-1]))
    upper = np.full(int(start[-1]), np.inf)
    if fixed is not None:
        lower[x_at:f_at] = upper[x_at:f_at] = np.concatenate(fixed)
    answer = milp(
        cost,
        constraints=[
            LinearConstraint(eq_matrix, eq_right, eq_right),
            LinearConstraint(ub_matrix, -np.inf, ub_right),
        ],
        bounds=Bounds(lower, upper),
    )
    if answer.status != 0:
        msg = f"Reserve of {terms.item_code}: HiGHS ended with {answer.message!r}."
        raise SolverFailed(msg)
    x = np.asarray(answer.x, dtype=float)
    paid = cost * x
    return _Recourse(
        physical=x[x_at:r_at],
        agreement=x[r_at:f_at],
        early_short=x[u_at:o_at].reshape(num_w, num_c),
        final_short=x[o_at:].reshape(num_w, num_c),
        called=np.bincount(g.scenario, weights=x[g_at:b_at], minlength=num_w).astype(np.float64),
        bought=x[b_at:u_at].reshape(num_w, num_c).sum(axis=1),
        keeping_fen=float(paid[:f_at].sum()),
        using_fen=float(paid[f_at:u_at].sum()),
        short_fen=float(paid[u_at:].sum()),
        objective=float(answer.fun),
    )


def _matrix(
    rows: list[IntArray],
    cols: list[IntArray],
    values: list[float] | list[float | FloatArray],
    shape: tuple[int, int],
) -> csr_array:
    data = [
        np.full(len(row), value) if isinstance(value, float) else value
        for row, value in zip(rows, values, strict=True)
    ]
    triplets = (np.concatenate(data), (np.concatenate(rows), np.concatenate(cols)))
    return csr_array(coo_array(triplets, shape=shape))


class ExtensiveReservePlanner:
    """Sizes a reserve by solving all scenarios at once, item by item.

    Parameters
    ----------
    num_near
        From how many of the nearest depots, and suppliers, a county can be served.
    progress
        Receives a sign of life for each item.
    clock
        Stop watch for the report.
    """

    def __init__(
        self, *, num_near: int = 8, progress: Progress = silent, clock: Clock = time.monotonic
    ) -> None:
        self._num_near = num_near
        self._progress = progress
        self._clock = clock

    def plan(self, ensemble: ScenarioEnsemble, terms: tuple[ReserveTerms, ...]) -> ReservePlan:
        """Return the choice of least expected yearly cost, shortage prices included.

        Parameters
        ----------
        ensemble
            The scenarios.
        terms
            One entry for each item of the ensemble, in its order.

        Raises
        ------
        SolverFailed
            If a program ends without an optimum.
        """
        physical, agreement, reports = [], [], []
        total_fen = 0.0
        for item, term in enumerate(terms):
            self._progress(
                ProgressStep(stage="reserve", done_share=item / len(terms), detail=term.item_code)
            )
            begun = self._clock()
            best = _solve_item(ensemble, item, term, near=self._num_near)
            total_fen += best.objective
            physical.append(np.ceil(best.physical - _ROUNDING).astype(np.int64))
            agreement.append(np.ceil(best.agreement - _ROUNDING).astype(np.int64))
            reports.append(
                SolveReport(
                    solver="HiGHS in scipy, extensive form",
                    termination=Termination.OPTIMAL,
                    objective=best.objective,
                    bound=best.objective,
                    seconds=self._clock() - begun,
                    seed=ensemble.seed,
                    note=f"Expected yearly fen for {term.item_code}, before rounding up.",
                )
            )
        choice = ReserveChoice(
            physical_pieces=np.column_stack(physical), agreement_pieces=np.column_stack(agreement)
        )
        return ReservePlan(choice=choice, yearly_cost_fen=total_fen, reports=tuple(reports))

    def evaluate(
        self, choice: ReserveChoice, ensemble: ScenarioEnsemble, terms: tuple[ReserveTerms, ...]
    ) -> ReserveOutcome:
        """Return how a choice fares, each scenario met as well as it can be.

        Raises
        ------
        SolverFailed
            If a program ends without an optimum.
        """
        answers = []
        for item, term in enumerate(terms):
            self._progress(
                ProgressStep(stage="evaluate", done_share=item / len(terms), detail=term.item_code)
            )
            fixed = (
                choice.physical_pieces[:, item].astype(float),
                choice.agreement_pieces[:, item].astype(float),
            )
            answers.append(_solve_item(ensemble, item, term, near=self._num_near, fixed=fixed))
        early = ensemble.early_pieces.sum(axis=1).astype(float)
        total = early + ensemble.late_pieces.sum(axis=1)
        early_short = np.column_stack([answer.early_short.sum(axis=1) for answer in answers])
        final_short = np.column_stack([answer.final_short.sum(axis=1) for answer in answers])
        return ReserveOutcome(
            keeping_fen=sum(answer.keeping_fen for answer in answers),
            using_fen=sum(answer.using_fen for answer in answers),
            short_fen=sum(answer.short_fen for answer in answers),
            early_share=1
            - np.divide(early_short, early, out=np.zeros_like(early), where=early > 0),
            total_share=1
            - np.divide(final_short, total, out=np.zeros_like(total), where=total > 0),
            called_pieces=np.column_stack([answer.called for answer in answers]),
            bought_pieces=np.column_stack([answer.bought for answer in answers]),
        )
