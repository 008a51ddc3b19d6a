"""Which agreements are called at all: a search over the few that matter.

A call below the least one is not allowed, so each agreement is either shut or called with at least
its least call. The search branches on one agreement at a time, on the first stage alone, and stops
where nothing better is left, or after a stated number of models; with many agreements there is
none. It proves nothing by itself: the allocator's bound comes from a model in which every agreement
may be called in any amount.

References
----------
A. H. Land, A. G. Doig, An automatic method of solving discrete programming problems,
Econometrica 28(3), 1960, DOI 10.2307/1910129.
"""

import logging
from dataclasses import dataclass, replace

import numpy as np

from relief.errors import SolverFailed
from solvers.allocation.budget import is_payable, within_budget
from solvers.allocation.case import AllocationCase, Floats
from solvers.allocation.columns import first_columns
from solvers.allocation.consignments import Sending, topped_up
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.generation import least_deprivation
from solvers.allocation.least_calls import LeastCalls, called_pieces, least_calls, shut
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.place_limits import within_room
from solvers.allocation.trucks import TruckTerms
from solvers.stop import Deadline

_LOG = logging.getLogger(__name__)

MOST_MODELS = 24
"""Models that are solved at most; with three agreements in doubt that is all there are."""

MOST_OFFERS = 8
"""Agreements with a least call up to which is searched. With more of them (72 on the 2016 event)
the models spread calls over many that can stand in for each other, every model is dear, and the
rounding (`whole_calls`) settles them as well: shut where others can stand in, filled up where
not."""

SEARCH_SHARE = 0.35
"""Share of the allocation's time after which the best decisions so far stand."""

SAME_SHARE = 1e-6
"""Deprivation that differs by a smaller share counts as the same."""

DUST_PIECES = 1e-4
"""A call of less is none, and a call that lacks less of the least one has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decisions:
    """Offers that are shut and offers that are open; the others may be called in any amount."""

    closed: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()

    def applied(self, case: AllocationCase) -> AllocationCase:
        """Return the case with these decisions."""
        return replace(shut(case, self.closed), open_calls=tuple(sorted(self.opened)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Solved:
    """A model's optimum: its deprivation, and the offers that are called by too little."""

    deprivation_milli_h: float
    small: tuple[int, ...]
    share: Floats


def small_calls(case: AllocationCase, of_stock: Floats) -> tuple[int, ...]:
    """Return the offers that are called, but by less than the least call.

    Parameters
    ----------
    case
        The case.
    of_stock
        Pieces taken of each stock; shape (stocks,).
    """
    called, least = called_pieces(case, of_stock), least_calls(case)
    small = np.flatnonzero((called > DUST_PIECES) & (called < least - DUST_PIECES))
    return tuple(small.tolist())


def calls_decided(case: AllocationCase, terms: TruckTerms, deadline: Deadline) -> AllocationCase:
    """Return the case with agreements shut or opened so that the least deprivation is reached.

    Parameters
    ----------
    case, terms
        The model.
    deadline
        The allocation's; a share of it is for the search.

    """
    if not 1 <= np.count_nonzero(least_calls(case) > 1) <= MOST_OFFERS:
        return case
    search = _Search(case, terms, deadline.share(SEARCH_SHARE))
    search.run()
    return search.best.applied(case)


class _Search:
    """Depth first, the more promising branch first."""

    def __init__(self, case: AllocationCase, terms: TruckTerms, deadline: Deadline) -> None:
        self._case, self._terms, self._deadline = case, terms, deadline
        self._models = 0
        self._best_milli_h = np.inf
        self.best = _Decisions()

    def run(self) -> None:
        """Search until nothing is left, the models are used up, or the time is."""
        try:
            root = self._solved(_Decisions())
            if not root.small:
                return
            # Whatever happens, an answer that calls nothing by too little.
            self.best = self._shut_small(_Decisions(), root)
            open_nodes = [(_Decisions(), root)]
            while open_nodes and self._models < MOST_MODELS:
                decisions, node = open_nodes.pop()
                if not self._is_better(node):
                    continue
                if not node.small:
                    self._keep(decisions, node)
                    continue
                offer = max(node.small, key=lambda one: (node.share[one], -one))
                children = [
                    replace(decisions, closed=decisions.closed | {offer}),
                    replace(decisions, opened=decisions.opened | {offer}),
                ]
                solved = [(child, self._solved(child)) for child in children]
                solved.sort(key=lambda pair: -pair[1].deprivation_milli_h)
                open_nodes += solved
        except SolverFailed:
            _LOG.info("search for calls stopped after %d models", self._models)

    def _is_better(self, node: _Solved) -> bool:
        return node.deprivation_milli_h < self._best_milli_h * (1 - SAME_SHARE) - SAME_SHARE

    def _keep(self, decisions: _Decisions, node: _Solved) -> None:
        self.best, self._best_milli_h = decisions, node.deprivation_milli_h

    def _shut_small(self, decisions: _Decisions, node: _Solved) -> _Decisions:
        """Return decisions under which what is called by too little is shut, again and again.

        Where that costs nothing, because stock or other agreements can stand in, the search ends
        here: most of the time the model has merely spread its calls.
        """
        while node.small:
            decisions = replace(decisions, closed=decisions.closed | frozenset(node.small))
            node = self._solved(decisions)
        self._best_milli_h = node.deprivation_milli_h
        return decisions

    def _solved(self, decisions: _Decisions) -> _Solved:
        case = decisions.applied(self._case)
        model = model_of(case, self._terms)
        master = RestrictedMaster(model, first_columns(case, self._terms))
        answer = least_deprivation(master, self._deadline).answer
        self._models += 1
        of_stock = taken_pieces(case, answer)
        share = called_pieces(case, of_stock) / np.maximum(least_calls(case), 1)
        broken = _is_broken(model, answer)
        small = () if broken else small_calls(case, of_stock)
        return _Solved(
            deprivation_milli_h=np.inf if broken else answer.deprivation_milli_h,
            small=small,
            share=share,
        )


def _is_broken(model: AllocationModel, answer: MasterAnswer) -> bool:
    """Return whether a least call of an open agreement is not reached."""
    return any(
        isinstance(coupling, LeastCalls) and bool(np.any(broken > DUST_PIECES))
        for coupling, broken in zip(model.couplings, answer.breached, strict=True)
    )


def taken_pieces(case: AllocationCase, answer: MasterAnswer) -> Floats:
    """Return what an answer takes of each stock; shape (stocks,)."""
    taken = np.zeros(len(case.stock_pieces))
    np.add.at(taken, answer.columns.stock, answer.flow_pieces)
    return taken


def whole_calls(
    case: AllocationCase,
    sendings: Sending,
    arrive_s: Floats,
) -> tuple[AllocationCase, Sending]:
    """Return sendings topped up with what is left, within what places take in and calls allow.

    What is called by too little takes over from other stock of the item that goes to the same
    place in the same window; if that is not enough, it is not called, and others fill the gap.

    Parameters
    ----------
    case
        The case, with the decisions on calls or without.
    sendings
        Whole pieces.
    arrive_s
        Earliest arrival of any truck; shape (depots, places).

    Returns
    -------
    tuple
        The case with all offers shut that are not called for this reason, and the sendings.
    """
    while True:
        full = within_budget(case, within_room(case, topped_up(case, sendings, arrive_s)))
        small = small_calls(case, _of_stock(case, full))
        if not small:
            return case, full
        closed, others = _without(case, sendings, small)
        if sum(topped_up(closed, others, arrive_s).values()) < sum(full.values()):
            # Without these calls something would be missing that stock alone cannot bring.
            for offer in small:
                _take_over(case, full, offer, arrive_s)
            still_small = small_calls(case, _of_stock(case, full))
            if not still_small and is_payable(case, full):
                return case, full
            # What cannot be paid in full is not called, either.
            small = still_small or small
            closed, others = _without(case, sendings, small)
        case, sendings = closed, others


def _without(
    case: AllocationCase, sendings: Sending, offers: tuple[int, ...]
) -> tuple[AllocationCase, Sending]:
    """Return the case and the sendings without some offers."""
    kept = {
        key: pieces
        for key, pieces in sendings.items()
        if int(case.stock_offer[key[0]]) not in offers
    }
    return shut(case, frozenset(offers)), kept


def _of_stock(case: AllocationCase, sendings: Sending) -> Floats:
    taken = np.zeros(len(case.stock_pieces))
    for (stock, _, _), pieces in sendings.items():
        taken[stock] += pieces
    return taken


def _take_over(case: AllocationCase, sendings: Sending, offer: int, arrive_s: Floats) -> None:
    """Let an offer send what others send, until its least call is reached or nothing is left."""
    taken = _of_stock(case, sendings)
    least = int(least_calls(case)[offer])
    lacking = least - round(float(called_pieces(case, taken)[offer]))
    ours = np.flatnonzero(case.stock_offer == offer).tolist()
    for (other, place, window), pieces in sorted(sendings.items()):
        if case.stock_offer[other] >= 0:
            continue
        for stock in ours:
            in_time = arrive_s[case.stock_depot[stock], place] <= case.window_end_s[window]
            if case.stock_item[stock] != case.stock_item[other] or not in_time:
                continue
            left = int(case.stock_pieces[stock]) - int(taken[stock])
            moved = min(lacking, left, sendings.get((other, place, window), 0), pieces)
            if moved <= 0 or case.barred[stock, place]:
                continue
            key = (stock, place, window)
            sendings[key] = sendings.get(key, 0) + moved
            sendings[other, place, window] -= moved
            if not sendings[other, place, window]:
                del sendings[other, place, window]
            taken[stock] += moved
            lacking -= moved
    # Less than the least call is as good as nothing; the caller shuts what still lacks something.
