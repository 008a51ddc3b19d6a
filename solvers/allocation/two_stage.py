r"""Sending now, deciding the rest later: one linear model over many worlds.

.. math::
    \min\;& (1-\beta)\,\frac1W \sum_w D_w
        + \beta \Bigl(\eta + \frac{1}{(1-\alpha) W} \sum_w e_w\Bigr) + \epsilon \sum_c x_c \\
    \text{(1)}\;& \textstyle\sum_{c \in (i,a)} m_c (x_c + y_{cw})
        + h_{i,a-1,w} - h_{iaw} + b_{iaw} - b_{i,a-1,w} = d_{iaw} \quad \forall i, a, w \\
    \text{(2)}\;& \textstyle\sum_c amount_{rc} (x_c + y_{cw}) - z_{rw} \le limit_r
        \quad \forall \text{ rows } r \text{ of all couplings}, w \\
    \text{(3)}\;& e_w \ge D_w - \eta, \qquad
        D_w = \textstyle\sum_{i,a} wait_{ia} b_{iaw} + \dots \quad \forall w

*Where* w is one of W worlds with needs d of its own, x the parcels that arrive within the first
windows and are the same in every world, y what is sent later, when the world is known, b and h
parcels missing and early, m, amounts, limits and what is broken of them (z) as in
`solvers.allocation.master`, D the deprivation of a world with all that the master counts to it,
:math:`\alpha` the share of worlds below the tail, :math:`\beta` the weight of the tail,
:math:`\epsilon` a charge so small that only what helps is sent.

The columns are those that plans for single worlds were made of, so the answer is the best mixture
of these, not proven best over all columns; it is judged on worlds that it has not seen.

References
----------
R. T. Rockafellar, S. Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2(3),
2000, theorem 1, DOI 10.21314/JOR.2000.038 (the tail). A. Shapiro, D. Dentcheva, A. Ruszczynski,
Lectures on Stochastic Programming, SIAM 2009, sections 2.1 and 5.1, DOI 10.1137/1.9780898718751
(two stages, sampling).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from solvers.allocation.case import Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.couplings import AllocationModel
from solvers.linear import LinearProgram, Method
from solvers.stop import Deadline

NOW_WINDOWS = 2
"""The first windows are decided at once; by the end of the second, a day, more is known."""
SENDING = 1e-4
"""What a parcel sent now is charged, where the dearest parcel that waits costs 1,000 an hour-step:
it breaks ties towards keeping stock."""
NO_DUST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What counts besides the mean.

    Parameters
    ----------
    from_share
        Share of worlds below the tail, 0 to 1.
    weight_share
        Weight of the tail's mean against the mean of all, 0 to 1.
    """

    from_share: float = 0.8
    weight_share: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SentNow:
    """What is sent before the world is known.

    Parameters
    ----------
    columns
        The ways used, windows below `NOW_WINDOWS` only.
    flow_pieces
        Pieces on each; shape (columns,).
    """

    columns: Columns
    flow_pieces: Floats


def sent_now(columns: Columns, flow_pieces: Floats) -> SentNow:
    """Return what flows in the windows that are decided at once."""
    now = np.flatnonzero(columns.window < NOW_WINDOWS)
    return SentNow(columns=columns.taken(now), flow_pieces=flow_pieces[now])


def or_later(columns: Columns) -> Columns:
    """Return columns and, for those that are decided at once, the same ways afterwards.

    A plan for one world sends at once what it can; only waiting worlds need the later ways.
    """
    now = columns.taken(np.flatnonzero(columns.window < NOW_WINDOWS))
    return Columns.joined(
        columns, replace(now, window=np.full(len(now), NOW_WINDOWS, dtype=np.int64))
    )


class TwoStageModel:
    """The model above for one case and a set of columns.

    Parameters
    ----------
    model
        The case and its couplings; its own `demand_pieces` are not used.
    plans
        The columns of plans for single worlds: what may flow, and the same ways later.
    """

    def __init__(self, model: AllocationModel, plans: Iterable[Columns]) -> None:
        case = model.case
        known = np.zeros(0, dtype=np.int64)
        columns = or_later(Columns.joined(*plans)).fresh(known, case, model.terms)
        self.case = case
        self.columns = columns
        self._at = {key: number for number, key in enumerate(_keys(columns))}
        parcel = parcel_pieces(case)
        self._parcel = parcel[case.stock_item[columns.stock]]
        self._demand_parcel = parcel[case.demand_item]
        wait = (case.weight_milli[:, None] * case.wait_h * self._demand_parcel[:, None]).ravel()
        self._unit = 1e3 / max(1.0, float(wait.max(initial=0.0)))
        self._now = np.flatnonzero(columns.window < NOW_WINDOWS)
        self._later = np.flatnonzero(columns.window >= NOW_WINDOWS)
        self._arrival = self._arrival_rows()
        self._limits, self._most, breach = self._limit_rows(model)
        breakable = np.flatnonzero(np.isfinite(breach))
        waived = case.waived_milli_h(columns.stock, columns.demand, columns.window) * self._parcel
        self._waived = waived * self._unit
        # Of one world: what is sent later, parcels missing and early, and what is broken.
        missing, early = self._states()
        self._world = sparse.csc_array(
            sparse.vstack(
                [
                    sparse.hstack(
                        [
                            self._arrival[:, self._later],
                            missing,
                            early,
                            sparse.csc_array((len(wait), len(breakable))),
                        ]
                    ),
                    sparse.hstack(
                        [
                            self._limits[:, self._later],
                            sparse.csc_array((len(self._most), 2 * len(wait))),
                            _broken(breakable, len(self._most)),
                        ]
                    ),
                ]
            )
        )
        self._costs = np.concatenate(
            [
                self._waived[self._later],
                wait * self._unit,
                np.zeros(len(wait)),
                breach[breakable] * self._unit,
            ]
        )

    def _arrival_rows(self) -> sparse.csc_array:
        """Return rows (1) of the flows."""
        case, columns = self.case, self.columns
        met = case.met_pieces(columns.stock, columns.demand) * self._parcel
        row = columns.demand * case.num_windows + columns.window
        return sparse.csc_array(
            (met / self._demand_parcel[columns.demand], (row, np.arange(len(columns)))),
            shape=(case.num_demands * case.num_windows, len(columns)),
        )

    def _limit_rows(self, model: AllocationModel) -> tuple[sparse.csc_array, Floats, Floats]:
        """Return rows (2) of the flows, their limits, and what a unit above them costs.

        Each row is divided by its largest amount; rows that no column touches are left out.
        """
        parts, most, breach = [], [], []
        for coupling in model.couplings:
            touched = coupling.touched(self.columns)
            amount = touched.amount * self._parcel[touched.column]
            largest = np.zeros(len(coupling.limits))
            np.maximum.at(largest, touched.row, np.abs(amount))
            used = np.flatnonzero(largest)
            place = np.full(len(largest), -1)
            place[used] = np.arange(len(used))
            parts.append(
                sparse.csc_array(
                    (amount / largest[touched.row], (place[touched.row], touched.column)),
                    shape=(len(used), len(self.columns)),
                )
            )
            most.append(coupling.limits[used] / largest[used])
            breach.append(coupling.breach_milli_h[used] * largest[used])
        return sparse.csc_array(sparse.vstack(parts)), np.concatenate(most), np.concatenate(breach)

    def _states(self) -> tuple[sparse.csc_array, sparse.csc_array]:
        """Return the coefficients of b and of h in rows (1)."""
        num, windows = self._arrival.shape[0], self.case.num_windows
        index = np.arange(num)
        going_on = index[index % windows != windows - 1]
        carried = sparse.csc_array(
            (np.ones(len(going_on)), (going_on + 1, going_on)), shape=(num, num)
        )
        kept = sparse.eye_array(num, format="csc") - carried
        # What is early at the last window's end was sent for a need that never came.
        return sparse.csc_array(kept), sparse.csc_array(-kept)

    def _due(self, world: Ints) -> Floats:
        due: Floats = (world / self._demand_parcel[:, None]).ravel()
        return due

    def best_now(self, worlds: Sequence[Ints], tail: Tail, deadline: Deadline) -> SentNow:
        """Return what to send now.

        Parameters
        ----------
        worlds
            Pieces due at the end of each window in each world; each of shape (demands, windows).
        tail
            What counts besides the mean.
        deadline
            After it the linear solver gives up.

        Raises
        ------
        relief.errors.SolverFailed
            If it does.
        """
        num = len(worlds)
        height = self._world.shape[0]
        now = sparse.vstack([self._arrival[:, self._now], self._limits[:, self._now]])
        # Columns: x, then each world's own, then eta and each world's excess.
        lines = sparse.csc_array(
            sparse.vstack(
                [
                    sparse.hstack(
                        [
                            sparse.kron(np.ones((num, 1)), now),
                            sparse.kron(sparse.eye_array(num), self._world),
                            sparse.csc_array((num * height, 1 + num)),
                        ]
                    ),
                    sparse.hstack(
                        [
                            sparse.csc_array(np.tile(self._waived[self._now], (num, 1))),
                            sparse.kron(sparse.eye_array(num), self._costs[None, :]),
                            sparse.csc_array(-np.ones((num, 1))),
                            -sparse.eye_array(num),
                        ]
                    ),
                ]
            )
        )
        mean_share = (1 - tail.weight_share) / num
        cost = np.concatenate(
            [
                SENDING + (1 - tail.weight_share) * self._waived[self._now],
                np.tile(mean_share * self._costs, num),
                [tail.weight_share],
                np.full(num, tail.weight_share / ((1 - tail.from_share) * num)),
            ]
        )
        lower = np.concatenate([self._lower(self._due(world), self._most) for world in worlds])
        upper = np.concatenate([np.append(self._due(world), self._most) for world in worlds])
        value = _optimum(
            lines,
            cost,
            limits=(np.append(lower, np.full(num, -np.inf)), np.append(upper, np.zeros(num))),
            deadline=deadline,
            method=Method.MIDDLE,
        )
        flow = value[: len(self._now)]
        used = self._now[flow > NO_DUST]
        return SentNow(
            columns=self.columns.taken(used),
            flow_pieces=flow[flow > NO_DUST] * self._parcel[used],
        )

    def deprivation(self, sent: SentNow, world: Ints, deadline: Deadline) -> float:
        """Return the least deprivation of a world once something has been sent.

        Parameters
        ----------
        sent
            What arrives in the first windows, whatever the world; on columns of this model.
        world
            Pieces due; shape (demands, windows).
        deadline
            For the linear solver.

        Returns
        -------
        float
            Weighted milli-person-hours.

        Raises
        ------
        relief.errors.SolverFailed
            If the solver gives up.
        """
        index = np.array([self._at[key] for key in _keys(sent.columns)], dtype=np.int64)
        parcels = sent.flow_pieces / self._parcel[index]
        due = self._due(world) - self._arrival[:, index] @ parcels
        most = self._most - self._limits[:, index] @ parcels
        # What was sent keeps the limits; only rounding may make it seem otherwise.
        most = np.where(self._most >= 0, np.maximum(most, 0.0), most)
        value = _optimum(
            self._world,
            self._costs,
            limits=(self._lower(due, most), np.append(due, most)),
            deadline=deadline,
            method=Method.DUAL,
        )
        waived = float(self._waived[index] @ parcels)
        return (float(self._costs @ value) + waived) / self._unit

    @staticmethod
    def _lower(due: Floats, most: Floats) -> Floats:
        return np.append(due, np.full(len(most), -np.inf))


def _broken(breakable: Ints, num_rows: int) -> sparse.csc_array:
    """Return the columns of what is broken of limits."""
    return sparse.csc_array(
        (-np.ones(len(breakable)), (breakable, np.arange(len(breakable)))),
        shape=(num_rows, len(breakable)),
    )


def _optimum(
    matrix: sparse.csc_array,
    cost: Floats,
    *,
    limits: tuple[Floats, Floats],
    deadline: Deadline,
    method: Method,
) -> Floats:
    """Return the values at an optimum over columns that are not negative."""
    programme = LinearProgram(*limits)
    entries = matrix.tocoo()
    row, column = entries.coords
    programme.add_columns(
        cost,
        np.full(len(cost), np.inf),
        (row.astype(np.int64), column.astype(np.int64), entries.data),
    )
    return np.maximum(programme.solve(method, deadline).value, 0.0)


def _keys(columns: Columns) -> list[tuple[int, int, int, int]]:
    return list(
        zip(
            columns.stock.tolist(),
            columns.demand.tolist(),
            columns.window.tolist(),
            columns.service.tolist(),
            strict=True,
        )
    )
