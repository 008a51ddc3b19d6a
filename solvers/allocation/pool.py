"""What the least deprivation of a case is made of."""

from dataclasses import dataclass

import numpy as np

from solvers.allocation.case import Floats
from solvers.allocation.columns import Columns, first_columns
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.generation import least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.stop import Deadline

ENOUGH_GAP = 1e-3
"""Share of the avoidable deprivation within which the optimum is near enough."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """Columns of a case and what flows on them in its optimum; pieces, shape (columns,)."""

    columns: Columns
    flow_pieces: Floats


def best_flows(model: AllocationModel, deadline: Deadline) -> Flows:
    """Return the flows of the least deprivation.

    Raises
    ------
    relief.errors.SolverFailed
        If the time is up before the first optimum.
    """
    master = RestrictedMaster(model, first_columns(model.case, model.terms))
    answer = least_deprivation(master, deadline, enough_gap=ENOUGH_GAP).answer
    used = np.flatnonzero(answer.flow_pieces > 0)
    return Flows(columns=answer.columns.taken(used), flow_pieces=answer.flow_pieces[used])
