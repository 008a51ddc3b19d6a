"""Sourcing of a size where columns are fixed: held against the plain integer program."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from relief.plan.outcome import SolveLimits, Termination
from solvers.allocation.sourcing import SourcingProblem
from solvers.allocation.sourcing_check import violations
from solvers.allocation.sourcing_search import solve_sourcing

NUM_SITES, NUM_PLACES = 14, 36


def drawn(seed: int) -> SourcingProblem:
    """Return sites with room for a fifth of the need each, at distances in a square."""
    draw = np.random.default_rng(seed)
    demand = draw.integers(20, 400, NUM_PLACES).astype(float)
    sites, places = draw.random((NUM_SITES, 2)), draw.random((NUM_PLACES, 2))
    far = np.linalg.norm(sites[:, None] - places[None], axis=2)
    return SourcingProblem.of(
        demand_pieces=demand,
        unit_cost_yuan=np.round(10 * far, 3),
        capacity=np.full(NUM_SITES, round(demand.sum() / draw.integers(3, 9))),
        opening_cost_yuan=np.full(NUM_SITES, float(draw.integers(200, 2_500))),
    )


def plain_cost_yuan(problem: SourcingProblem) -> float:
    """Return the optimum of the plain program: shares, switches, and no other row or bound."""
    demand = problem.demand_pieces[:, 0]
    flow_cost = (problem.unit_cost_yuan[:, :, 0] * demand).ravel()
    cost = np.concatenate([flow_cost, problem.opening_cost_yuan])
    serve = np.hstack([np.tile(np.eye(NUM_PLACES), NUM_SITES), np.zeros((NUM_PLACES, NUM_SITES))])
    send = np.hstack([np.kron(np.eye(NUM_SITES), demand), -np.diag(problem.capacity_kg)])
    whole = np.concatenate([np.zeros(NUM_SITES * NUM_PLACES), np.ones(NUM_SITES)])
    found = milp(
        cost,
        integrality=whole,
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(serve, 1, 1), LinearConstraint(send, -np.inf, 0)],
        options={"mip_rel_gap": 0.0},
    )
    return float(found.fun or 0.0)


@pytest.mark.parametrize("seed", range(24))
def test_what_is_called_proven_is_the_optimum(seed: int) -> None:
    problem = drawn(seed)
    answer = solve_sourcing(problem, SolveLimits(seconds=60))
    assert violations(problem, answer) == ()
    assert answer.report.termination is Termination.OPTIMAL
    assert answer.cost_yuan == pytest.approx(plain_cost_yuan(problem), rel=1e-7)
