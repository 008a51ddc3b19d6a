"""Bundling: flows that fill a good part of a truck, instead of many small ones.

A linear cost sees no difference between one full truck and ten tenths of trucks from ten depots.
Slope scaling charges each pair of depot and place what its flow cost *per truck filled* in the
last solution, a whole trip counted for each begun truck, and solves again.

References
----------
D. Kim, P. M. Pardalos, A solution approach to the fixed charge network flow problem using a
dynamic slope scaling procedure, Operations Research Letters 24(4), 1999, section 3,
DOI 10.1016/S0167-6377(99)00004-8.
"""

import numpy as np

from solvers.allocation.case import AllocationCase, Floats
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.pricing import truck_share
from solvers.allocation.trucks import TruckTerms
from solvers.stop import Deadline

SCALINGS = 2
"""How often the slopes are scaled; the third time changes little."""

LEAST_LOAD = 0.05
"""Truckloads below which a pair is charged no more: several small stops share a trip."""


def bundled(master: RestrictedMaster, answer: MasterAnswer, deadline: Deadline) -> MasterAnswer:
    """Return an answer of the cost stage with fewer pairs of depot and place.

    Parameters
    ----------
    master
        Aimed at the cost.
    answer
        The stage's linear optimum.
    deadline
        For each solution.

    Raises
    ------
    SolverFailed
        If the time is up before the first scaled solution.
    """
    for _ in range(SCALINGS):
        loads = truckloads(master.case, master.model.terms, answer)
        # A pair without flow is charged as the smallest load would be.
        begun = np.where(loads > LEAST_LOAD, np.ceil(loads - 1e-6), 1.0)
        master.weigh_pairs(begun / np.maximum(loads, LEAST_LOAD))
        answer = master.solve(deadline)
    return answer


def truckloads(case: AllocationCase, terms: TruckTerms, answer: MasterAnswer) -> Floats:
    """Return the trucks filled from each depot to each place; shape (depots, places)."""
    columns = answer.columns
    item = case.stock_item[columns.stock]
    depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
    share = np.stack([truck_share(case, terms, k) for k in range(len(case.item_codes))])
    loads = np.zeros((len(case.depot_codes), len(case.place_codes)))
    np.add.at(loads, (depot, place), answer.flow_pieces * share[item, depot, columns.service])
    return loads
