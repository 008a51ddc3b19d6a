r"""Sourcing solved to proven optimality, or as near as the time allows.

.. math::
    \min\;& \sum_{s} f_s y_s + \sum_{s,j} c_{sj} d_j x_{sj} + \sum_j e_j d_j u_j \\
    \text{(1)}\;& \textstyle\sum_s x_{sj} + u_j = 1 \quad \forall j \\
    \text{(2)}\;& \textstyle\sum_j w_j d_j x_{sj} \le C_s y_s, \quad
        \sum_{j \in k} d_j x_{sj} \le Q_{sk} y_s \quad \forall s, k \\
    \text{(3)}\;& \textstyle\sum_j w_j d_j x_{sj} \ge m_s y_s \quad \forall s \\
    \text{(4)}\;& \textstyle\sum_s y_s \le p \\
    \text{(5)}\;& x_{sj} \le y_s \quad \forall s, j \\
    & x, u \ge 0 \text{ (binary with single sourcing)}, \quad y \in \{0, 1\}

*Where* s is a site, j a need (a place and an item k), x the share of the need that comes from
there, u the share that is unmet, y whether the site is open, d pieces, w kilograms a piece, c, f
and e costs, C and Q what a site can send, m what it must send at least, p the most open sites.

Rows (5) follow from (2) for whole y, but tighten the relaxation; the violated ones are added round
by round. Whole columns whose reduced cost is above the distance between relaxation and a known
answer cannot be in a better one and are left out of the search. The integer program is HiGHS's.

References
----------
G. Cornuejols, R. Sridharan, J. M. Thizy, A comparison of heuristics and relaxations for the
capacitated plant location problem, European Journal of Operational Research 50(3), 1991,
DOI 10.1016/0377-2217(91)90261-S (the relaxation with rows (5)).
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np
import scipy
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp

from relief.errors import SolverFailed
from relief.plan.outcome import (
    Clock,
    Progress,
    ProgressStep,
    SolveLimits,
    SolveReport,
    Termination,
    silent,
)
from relief.sentences import Sentence, say
from solvers.allocation.sourcing import Floats, Flow, Sourcing, SourcingProblem, Unserved
from solvers.allocation.sourcing_model import Ints, SourcingModel
from solvers.allocation.sourcing_relaxation import Relaxation
from solvers.linear import LinearAnswer
from solvers.stop import Deadline

SOLVER = f"HiGHS of SciPy {scipy.__version__}, rows (5) by separation"
LINPROG: Callable[..., OptimizeResult] = linprog
"""SciPy's stubs refuse the sparse matrices that its documentation allows."""
LEAST_S = 0.1
"""Seconds that HiGHS gets at least, so that a late stage still finds what is easy."""
NONE = np.zeros(0, dtype=np.int64)
FIRST_WAYS = 12
"""Rows (5) of each need to begin with: those of so many cheapest sites."""
ROUNDS, VIOLATED, NOUGHT = 60, 1e-5, 1e-9
"""Rounds of separation at most; by how much a row must be violated; what counts as nothing."""
CLOSE = 1e-8
"""Relative gap below which an answer counts as optimal: what HiGHS's own tolerances blur."""
LEAST_GAIN = 1e-4
"""Share of the relaxation's value that a round of separation must gain for another to follow."""
UNMET_SLACK = 1e-7
"""Share of the least unserved kilograms, where there are any, that the second stage may give away
for the solver's tolerances."""


def solve_sourcing(
    problem: SourcingProblem,
    limits: SolveLimits,
    progress: Progress = silent,
    clock: Clock = monotonic,
) -> Sourcing:
    """Return the cheapest answer found, with a proven bound.

    Parameters
    ----------
    problem
        What is to be served from where.
    limits
        Seconds; the method draws no random numbers.
    progress
        Is told of relaxation and search; may raise `relief.errors.Stopped`.
    clock
        The watch for the limit.

    Returns
    -------
    Sourcing
        Where not everything can be served, the shortfalls are part of it.

    Raises
    ------
    SolverFailed
        If HiGHS ends without any answer in the time.

    Examples
    --------
    >>> problem = SourcingProblem.of(
    ...     demand_pieces=[30, 20], unit_cost_yuan=[[1, 4], [3, 2]], capacity=[40, 25]
    ... )
    >>> solve_sourcing(problem, SolveLimits(seconds=10)).cost_yuan
    70.0
    """
    deadline = Deadline.starting_now(limits, clock)
    model = SourcingModel.of(problem)
    if not len(model.need_place):
        nothing = _Found(shares=np.zeros(model.num_columns), value=0.0, bound=0.0)
        return _answer(model, nothing, deadline, limits.seed)
    most_unmet_kg = None
    if problem.unmet_cost_yuan is None:
        progress(ProgressStep(stage="sourcing", done_share=0.0, detail="what can be served"))
        most_unmet_kg = _least_unmet_kg(model, deadline)
    progress(ProgressStep(stage="sourcing", done_share=0.2, detail="relaxation"))
    aim = _Aim(model=model, cost=model.cost_yuan, most_unmet_kg=most_unmet_kg, deadline=deadline)
    found = _cheapest(aim, progress)
    progress(ProgressStep(stage="sourcing", done_share=1.0))
    return _answer(model, found, deadline, limits.seed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Aim:
    """A model, what to minimise, how much may stay unserved (None: no matter), and until when."""

    model: SourcingModel
    cost: Floats
    most_unmet_kg: float | None
    deadline: Deadline

    def highest(self) -> Floats:
        """Return the upper bound of each column: nothing is unmet where nothing needs to be."""
        highest = np.ones(self.model.num_columns)
        if self.most_unmet_kg == 0.0:
            highest[self.model.unmet] = 0.0
        return highest

    def rows(self, tight: Ints) -> tuple[sparse.csr_array, Floats]:
        """Return all inequalities with some of the rows (5), and their right-hand sides."""
        model = self.model
        matrices, most = [model.limit], [model.limit_most]
        if len(tight):
            matrices.append(model.tightening(tight))
            most.append(np.zeros(len(tight)))
        if self.most_unmet_kg:
            matrices.append(sparse.csr_array(model.unmet_row()[None, :]))
            most.append(np.array([self.most_unmet_kg * (1 + UNMET_SLACK)]))
        return sparse.csr_array(sparse.vstack(matrices)), np.concatenate(most)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Shares on all columns, what they cost, and what nothing undercuts."""

    shares: Floats
    value: float
    bound: float


def _least_unmet_kg(model: SourcingModel, deadline: Deadline) -> float:
    """Return the least kilograms that must stay unserved."""
    aim = _Aim(
        model=model, cost=model.unmet_row(), most_unmet_kg=None, deadline=deadline.share(0.5)
    )
    nought_kg = NOUGHT * max(1.0, float(model.demand_kg.sum()))
    relaxation = Relaxation(model, aim.cost, aim.highest(), aim.rows(NONE))
    least_kg = relaxation.solve(aim.deadline).objective
    if least_kg > nought_kg:
        least_kg = _cheapest(aim, silent).value
    elif model.integrality().any():
        # Nothing is short in the relaxation; whole sites may still leave something.
        least_kg = _searched(aim, NONE, None).value
    return least_kg if least_kg > nought_kg else 0.0


def _cheapest(aim: _Aim, progress: Progress) -> _Found:
    """Return the best answer for an objective, with rows (5) as far as they were needed."""
    model = aim.model
    switch = model.switch_of_arc()
    tight = _cheapest_ways(model, switch)
    relaxation = Relaxation(model, aim.cost, aim.highest(), aim.rows(NONE))
    relaxation.tighten(tight)
    relaxed = relaxation.solve(aim.deadline)
    for _ in range(ROUNDS):
        shares = relaxed.value
        over = np.where(switch >= 0, shares[: model.num_arcs] - shares[switch], 0.0)
        fresh = np.setdiff1d(np.flatnonzero(over > VIOLATED), tight)
        if not len(fresh) or aim.deadline.share(0.5).has_passed():
            break
        tight, before = np.concatenate([tight, fresh]), relaxed.objective
        relaxation.tighten(fresh)
        relaxed = relaxation.solve(aim.deadline)
        progress(ProgressStep(stage="sourcing", done_share=0.3, detail=f"{len(tight)} rows"))
        if relaxed.objective - before <= LEAST_GAIN * abs(before):
            break
    least = relaxed.objective
    if not model.integrality().any():
        return _Found(shares=relaxed.value, value=least, bound=least)
    first = _rounded(aim, relaxed.value)
    progress(ProgressStep(stage="sourcing", done_share=0.5, detail="search"))
    kept = None
    if first is not None:
        if first.value - least <= CLOSE * max(1.0, abs(least)):
            return _Found(shares=first.shares, value=first.value, bound=least)
        kept = _worth_keeping(aim, relaxed, first.value - least)
    try:
        found = _searched(aim, tight, kept)
    except SolverFailed:
        if first is None:
            raise
        return _Found(shares=first.shares, value=first.value, bound=least)
    bound = max(found.bound, least)
    if first is not None and first.value <= found.value:
        return _Found(shares=first.shares, value=first.value, bound=min(bound, first.value))
    return _Found(shares=found.shares, value=found.value, bound=min(bound, found.value))


def _cheapest_ways(model: SourcingModel, switch: Ints) -> Ints:
    """Return the arcs from the cheapest sites to each need, whose rows (5) are likely to bind."""
    order = np.lexsort((model.cost_yuan[: model.num_arcs], model.arc_need))
    need = model.arc_need[order]
    rank = np.arange(len(order)) - np.searchsorted(need, need)
    ways: Ints = np.sort(order[(rank < FIRST_WAYS) & (switch[order] >= 0)])
    return ways


def _linear(aim: _Aim, tight: Ints, low: Floats, high: Floats) -> OptimizeResult:
    """Return HiGHS's answer to the linear program between given bounds."""
    matrix, most = aim.rows(tight)
    return LINPROG(
        aim.cost,
        A_ub=matrix,
        b_ub=most,
        A_eq=aim.model.serve,
        b_eq=np.ones(len(aim.model.need_place)),
        bounds=np.column_stack([low, high]),
        method="highs",
        options={"time_limit": max(aim.deadline.left_s(), LEAST_S)},
    )


def _worth_keeping(aim: _Aim, relaxed: LinearAnswer, distance: float) -> tuple[Floats, Floats]:
    """Return bounds on the columns that the known answer and every better one keep.

    Only whole columns can be left out: a small share of a dear way may well be worth it. Of a
    column that is fixed at nothing, either bound may have the price.
    """
    whole, highest = aim.model.integrality() > 0, aim.highest()
    dear = whole & (relaxed.reduced_cost > distance * (1 + CLOSE) + CLOSE)
    needed = whole & (-relaxed.reduced_cost > distance * (1 + CLOSE) + CLOSE)
    return np.where(needed, highest, 0.0), np.where(dear, 0.0, highest)


def _rounded(aim: _Aim, shares: Floats) -> _Found | None:
    """Return the best answer with sites open as the relaxation leans, None if none is found."""
    model = aim.model
    if model.problem.single_source or not len(model.switched):
        return None
    lean = shares[model.first_switch :]
    best = None
    for least in (0.5, 0.3, 0.1, 1e-3):
        low, high = np.zeros(model.num_columns), np.ones(model.num_columns)
        is_open = (lean >= least).astype(np.float64)
        low[model.first_switch :] = high[model.first_switch :] = is_open
        found = _sent(aim, low, high)
        if found is not None and (best is None or found.value < best.value):
            best = found
    return best


def _sent(aim: _Aim, low: Floats, high: Floats) -> _Found | None:
    """Return the cheapest flows between given bounds, None where there are none."""
    answer = _linear(aim, NONE, low, np.minimum(high, aim.highest()))
    if answer.status != 0:
        return None
    return _Found(shares=answer.x, value=float(answer.fun), bound=-np.inf)


def _searched(aim: _Aim, tight: Ints, kept: tuple[Floats, Floats] | None) -> _Found:
    """Return the answer of the integer program, its flows settled anew for the open sites.

    Raises
    ------
    SolverFailed
        If it ends without an answer.
    """
    model = aim.model
    matrix, most = aim.rows(tight)
    low, high = kept or (np.zeros(model.num_columns), np.ones(model.num_columns))
    answer = milp(
        aim.cost,
        integrality=model.integrality(),
        bounds=Bounds(low, np.minimum(high, aim.highest())),
        constraints=[
            LinearConstraint(model.serve, 1.0, 1.0),
            LinearConstraint(matrix, -np.inf, most),
        ],
        options={"time_limit": max(aim.deadline.left_s(), LEAST_S), "mip_rel_gap": 0.0},
    )
    if answer.x is None:
        raise SolverFailed(f"The search for sites to open ended with: {answer.message}")
    bound = float(answer.mip_dual_bound if answer.mip_dual_bound is not None else -np.inf)
    whole = model.integrality() > 0
    settled_low, settled_high = np.zeros(model.num_columns), np.ones(model.num_columns)
    settled_low[whole] = settled_high[whole] = np.round(answer.x[whole])
    settled = _sent(aim, settled_low, settled_high)
    if settled is None or settled.value > answer.fun:
        return _Found(shares=answer.x, value=float(answer.fun), bound=bound)
    return _Found(shares=settled.shares, value=settled.value, bound=bound)


def _answer(model: SourcingModel, found: _Found, deadline: Deadline, seed: int) -> Sourcing:
    """Return shares as pieces, with names."""
    problem = model.problem
    shares = np.where(found.shares > NOUGHT, found.shares, 0.0)
    sent = shares[: model.num_arcs] * model.demand_pieces[model.arc_need]
    flows = tuple(
        Flow(
            site_code=problem.site_codes[model.arc_site[arc]],
            place_code=problem.place_codes[model.need_place[model.arc_need[arc]]],
            item_code=problem.item_codes[model.need_item[model.arc_need[arc]]],
            sent_pieces=float(sent[arc]),
        )
        for arc in np.flatnonzero(sent > 0).tolist()
    )
    sending = {flow.site_code for flow in flows}
    missing = shares[model.unmet] * model.demand_pieces
    unserved = tuple(
        Unserved(
            place_code=problem.place_codes[model.need_place[need]],
            item_code=problem.item_codes[model.need_item[need]],
            missing_pieces=float(missing[need]),
            because=_because(model, need),
        )
        for need in np.flatnonzero(missing > VIOLATED * model.demand_pieces).tolist()
    )
    is_open = np.array([code in sending for code in problem.site_codes])
    unmet_yuan = float(model.cost_yuan[model.unmet] @ shares[model.unmet])
    cost = (
        float(model.cost_yuan[: model.num_arcs] @ shares[: model.num_arcs])
        + float(problem.opening_cost_yuan @ is_open)
        + unmet_yuan
    )
    bound = min(found.bound, cost)
    is_best = cost - bound <= CLOSE * max(1.0, abs(cost))
    return Sourcing(
        open_sites=tuple(code for code in problem.site_codes if code in sending),
        flows=flows,
        unserved=unserved,
        cost_yuan=cost,
        bound_yuan=bound,
        report=SolveReport(
            solver=SOLVER,
            termination=Termination.OPTIMAL if is_best else Termination.FEASIBLE,
            objective=cost,
            bound=bound,
            seconds=deadline.spent_s(),
            seed=seed,
            note="Yuan of opening, sending and what is unmet; the bound covers every answer that "
            "leaves as little unserved.",
        ),
    )


def _because(model: SourcingModel, need: int) -> Sentence:
    """Return why a need is not met in full."""
    if not np.any(model.arc_need == need):
        return say("No site may send this item there.")
    return say("The sites that may send it have no more left, or it does not pay.")
