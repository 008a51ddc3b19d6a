"""The relaxation of a sourcing problem, which grows by rows (5) and is solved from where it stood.

The letters are those of `solvers.allocation.sourcing_search`.
"""

import numpy as np
from scipy import sparse

from solvers.allocation.sourcing import Floats
from solvers.allocation.sourcing_model import Ints, SourcingModel
from solvers.linear import LinearAnswer, LinearProgram, Method
from solvers.stop import Deadline


class Relaxation:
    """The linear program of a model.

    Parameters
    ----------
    model
        The model.
    cost, highest
        Of each column: what it costs, and its upper bound.
    limits
        Inequalities: a matrix and what its rows may be at most.
    """

    def __init__(
        self,
        model: SourcingModel,
        cost: Floats,
        highest: Floats,
        limits: tuple[sparse.csr_array, Floats],
    ) -> None:
        matrix, most = limits
        ones = np.ones(len(model.need_place))
        self._model = model
        self._program = LinearProgram(
            np.concatenate([np.full(len(most), -np.inf), ones]), np.concatenate([most, ones])
        )
        rows = sparse.coo_array(sparse.vstack([matrix, model.serve]))
        entries = (rows.row.astype(np.int64), rows.col.astype(np.int64), rows.data)
        self._program.add_columns(cost, highest, entries)

    def tighten(self, arcs: Ints) -> None:
        """Add the rows (5) of some arcs."""
        rows = sparse.csr_array(self._model.tightening(arcs))
        self._program.add_rows(
            np.full(len(arcs), -np.inf),
            np.zeros(len(arcs)),
            (rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data),
        )

    def solve(self, deadline: Deadline) -> LinearAnswer:
        """Return the optimum; only the rows that are new and violated cost time.

        Raises
        ------
        relief.errors.SolverFailed
            If there is none by the deadline, or at all.
        """
        return self._program.solve(Method.DUAL, deadline)
