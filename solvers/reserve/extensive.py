r"""The two-stage reserve plan in its extensive form, one linear program an item.

For one item, with scenarios *w* (probability *p* = 1/W), due times *j*, depots *s*, suppliers
*q* and counties *c*:

.. math::

    \min \; & \sum_s h X_s + \sum_q r R_q + n p \sum_{wj} \Big(
        \sum_{sc} (v + t d_{wsc}) f_{wjsc} + \sum_{qc} (e + t d_{wqc}) g_{wjqc}
        + m \sum_c b_{wjc} + a_j \sum_c u_{wjc} \Big) \\
    (1) \; & \sum_s f_{wjsc} + \sum_q g_{wjqc} + b_{wjc} + u_{wjc} - u_{w,j-1,c} = D_{wjc} \\
    (2) \; & \sum_{jc} f_{wjsc} - \sigma_{ws} X_s \le 0 \\
    (3) \; & \sum_{jc} g_{wjqc} - R_q \le 0 \\
    (4) \; & \sum_{jc} b_{wjc} \le B_w

========  ==========================================================================
Symbol    Where
========  ==========================================================================
X, R      pieces kept physically, pieces reserved with a supplier (first stage)
f, g, b   sent from depots, called under agreement, bought on the spot
u         lacking at a due time; still wanted at the next one
D         needed by a due time beyond the one before
h, r      yearly cost of keeping and of reserving a piece; n events a year
v, e, m   price of replacing, calling, buying a piece; t freight an hour, d hours
a         the planner's price of coming late, and for the last due time of never coming
sigma     1 where the depot survives; B what the market can sell
========  ==========================================================================

Variables exist only on arcs that arrive by the due time, and of these only from the nearest
depots and suppliers of each county in each scenario (`num_near`), which can only overstate the
cost.
"""

import time
from collections.abc import Sequence
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
    """Arcs in time: arrays of equal length."""

    scenario: IntArray
    due: IntArray
    source: IntArray
    county: IntArray
    drive_h: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Recourse:
    """What one item's program answers; shortages have shape (W, J, C), the others (W,)."""

    physical: FloatArray
    agreement: FloatArray
    short: FloatArray
    called: FloatArray
    bought: FloatArray
    keeping_fen: float
    using_fen: float
    short_fen: float
    objective: float


def _nearest_arcs(
    drive_h: FloatArray, wanted: NDArray[np.bool_], limits_h: Sequence[float], near: int
) -> _Arcs:
    """Return the arcs from the nearest sources to each county that wants something.

    Parameters
    ----------
    drive_h
        Shape (W, S, C); ``inf`` where there is no road or no source.
    wanted
        Shape (W, J, C).
    limits_h
        Longest drive for each due time.
    near
        How many sources a county.
    """
    num = min(near, drive_h.shape[1])
    order = np.argsort(drive_h, axis=1, kind="stable")[:, :num, :]
    times = np.take_along_axis(drive_h, order, axis=1)
    in_time = times[:, np.newaxis] <= np.array(limits_h)[:, np.newaxis, np.newaxis]
    scenario, due, rank, county = np.nonzero(in_time & wanted[:, :, np.newaxis, :])
    return _Arcs(
        scenario=scenario.astype(np.int64),
        due=due.astype(np.int64),
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
    need = ensemble.need_pieces[:, :, :, item].astype(float)
    num_w, num_j, num_c = need.shape
    num_s, num_p = len(ensemble.depot_codes), len(ensemble.supplier_codes)
    suppliers = [ensemble.depot_codes.index(code) for code in ensemble.supplier_codes]
    wanted = need.cumsum(axis=1) > 0
    f = _nearest_arcs(
        np.where(ensemble.depot_survives[:, :, np.newaxis], ensemble.drive_h, np.inf),
        wanted,
        [due_h - ensemble.handling_h for due_h in ensemble.due_h],
        near,
    )
    g = _nearest_arcs(
        ensemble.drive_h[:, suppliers, :],
        wanted,
        [due_h - terms.call_lead_h for due_h in ensemble.due_h],
        near,
    )
    num_cells = num_w * num_j * num_c
    sizes = [num_s, num_p, len(f.source), len(g.source), num_cells, num_cells]
    x_at, r_at, f_at, g_at, b_at, u_at, end = np.concatenate([[0], np.cumsum(sizes)]).tolist()

    price = float(terms.price_fen)
    weight = ensemble.events_per_year / num_w
    lacking = np.full((num_w, num_j, num_c), terms.late_share)
    lacking[:, -1, :] = terms.never_share
    cost = np.concatenate(
        [
            np.full(num_s, terms.holding_share * price),
            np.full(num_p, terms.fee_share * price),
            weight * (price + terms.freight_fen_per_h * f.drive_h),
            weight * (terms.call_share * price + terms.freight_fen_per_h * g.drive_h),
            np.full(num_cells, weight * terms.spot_share * price),
            weight * price * lacking.ravel(),
        ]
    )

    # (1): one row a scenario, due time and county.
    cell = np.arange(num_cells)
    scenario_of, due_of = cell // (num_j * num_c), cell // num_c % num_j
    rolls = cell[due_of < num_j - 1]
    balance = _matrix(
        [_cell(f, num_j, num_c), _cell(g, num_j, num_c), cell, cell, rolls + num_c],
        [np.arange(f_at, g_at), np.arange(g_at, b_at), b_at + cell, u_at + cell, u_at + rolls],
        [1.0, 1.0, 1.0, 1.0, -1.0],
        (num_cells, end),
    )
    # (2), (3) and (4).
    num_ws, num_wp = num_w * num_s, num_w * num_p
    limits = _matrix(
        [
            f.scenario * num_s + f.source,
            np.arange(num_ws),
            num_ws + g.scenario * num_p + g.source,
            num_ws + np.arange(num_wp),
            num_ws + num_wp + scenario_of,
        ],
        [
            np.arange(f_at, g_at),
            x_at + np.arange(num_ws) % num_s,
            np.arange(g_at, b_at),
            r_at + np.arange(num_wp) % max(num_p, 1),
            b_at + cell,
        ],
        [1.0, -ensemble.depot_survives.astype(float).ravel(), 1.0, -1.0, 1.0],
        (num_ws + num_wp + num_w, end),
    )
    market = terms.spot_limit_share * need.sum(axis=(1, 2))

    lower, upper = np.zeros(end), np.full(end, np.inf)
    too_early = np.array(ensemble.due_h)[due_of] < terms.spot_lead_h
    upper[b_at:u_at][too_early] = 0.0
    if fixed is not None:
        lower[x_at:f_at] = upper[x_at:f_at] = np.concatenate(fixed)
    answer = milp(
        cost,
        constraints=[
            LinearConstraint(balance, need.ravel(), need.ravel()),
            LinearConstraint(limits, -np.inf, np.concatenate([np.zeros(num_ws + num_wp), market])),
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
        short=x[u_at:].reshape(num_w, num_j, num_c),
        called=np.bincount(g.scenario, weights=x[g_at:b_at], minlength=num_w).astype(np.float64),
        bought=x[b_at:u_at].reshape(num_w, num_j * num_c).sum(axis=1),
        keeping_fen=float(paid[:f_at].sum()),
        using_fen=float(paid[f_at:u_at].sum()),
        short_fen=float(paid[u_at:].sum()),
        objective=float(answer.fun),
    )


def _cell(arcs: _Arcs, num_j: int, num_c: int) -> IntArray:
    return (arcs.scenario * num_j + arcs.due) * num_c + arcs.county


def _matrix(
    rows: list[IntArray],
    cols: list[IntArray],
    values: Sequence[float | FloatArray],
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
        need = ensemble.need_pieces.sum(axis=2).astype(float)
        due = need.cumsum(axis=1)
        short = np.stack([answer.short.sum(axis=2) for answer in answers], axis=2)
        timely = 1 - np.divide(short, due, out=np.zeros_like(due), where=due > 0)
        return ReserveOutcome(
            keeping_fen=sum(answer.keeping_fen for answer in answers),
            using_fen=sum(answer.using_fen for answer in answers),
            short_fen=sum(answer.short_fen for answer in answers),
            timely_share=timely,
            total_share=timely[:, -1, :],
            called_pieces=np.column_stack([answer.called for answer in answers]),
            bought_pieces=np.column_stack([answer.bought for answer in answers]),
        )
