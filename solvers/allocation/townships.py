"""Many townships: solved by the county, spread back, and proven for every township.

With a thousand townships and fifteen items the model has some ten thousand demands, too many for
the linear programme in a minute. Townships of a county that can be reached equally soon are taken
together: their needs are added up, a way counts as long as the need-weighted mean of its ways and
as late as the latest. What flows to the cluster is then given to its townships, what is due first
first, each source to as few of them as possible. The bound does not rest on any of this: from the
clusters' prices and flows the relaxed model of all townships is solved from the inside, and its
prices are put on every column of every township (see `solvers.allocation.inside`).
"""

from dataclasses import dataclass, replace

import numpy as np

from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns
from solvers.allocation.couplings import AllocationModel, StockLimits, TruckHours
from solvers.allocation.inside import Inside, Known
from solvers.allocation.least_calls import LeastCalls
from solvers.allocation.order_limits import Forbidden
from solvers.allocation.trucks import TruckTerms

MANY_DEMANDS = 4_000
"""Demands from which on places are taken together."""

DUST_PIECES = 1e-7
"""Flows below this are noise of the floating point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """Places of a case taken together.

    Parameters
    ----------
    case
        The case of all places.
    of_place, of_demand
        Cluster of each place; demand of the smaller case for each demand; shapes (places,),
        (demands,).
    together
        The smaller case.
    """

    case: AllocationCase
    of_place: Ints
    of_demand: Ints
    together: AllocationCase

    @classmethod
    def of(cls, case: AllocationCase, earliest_s: Floats) -> "Clusters":
        """Return the clusters of a case: a county's places with the same earliest window.

        Parameters
        ----------
        case
            The case.
        earliest_s
            Earliest arrival of any vehicle; shape (depots, places).
        """
        soonest = np.searchsorted(case.window_end_s, earliest_s.min(axis=0, initial=np.inf))
        keys = case.county_of_place * (case.num_windows + 1) + soonest
        names, of_place = np.unique(keys, return_inverse=True)
        place = of_place[case.demand_place]
        key = np.stack([place, case.demand_item, case.demand_priority])
        demands, of_demand = np.unique(key, axis=1, return_inverse=True)
        pieces = np.zeros((demands.shape[1], case.num_windows), dtype=np.int64)
        np.add.at(pieces, of_demand, case.demand_pieces)
        total = case.demand_pieces.sum(axis=1)
        heavy = np.bincount(of_demand, weights=total * case.weight_milli)
        weight = heavy / np.maximum(np.bincount(of_demand, weights=total), 1.0)
        barred = np.zeros((len(case.stock_depot), len(names)), dtype=bool)
        np.logical_or.at(barred.T, of_place, case.barred.T)
        first = np.array([int(np.flatnonzero(of_place == c)[0]) for c in range(len(names))])
        together = replace(
            case,
            place_codes=tuple(case.place_codes[place] for place in first.tolist()),
            county_of_place=names // (case.num_windows + 1),
            place_rows=case.place_rows[first],
            demand_place=demands[0],
            demand_item=demands[1],
            demand_priority=demands[2],
            demand_pieces=pieces,
            weight_milli=np.rint(weight).astype(np.int64),
            barred=barred,
        )
        return cls(
            case=case,
            of_place=of_place.astype(np.int64),
            of_demand=of_demand.astype(np.int64),
            together=together,
        )

    def terms(self, terms: TruckTerms) -> TruckTerms:
        """Return truck terms for the clusters: mean hours, latest arrival."""
        case = self.case
        tonnes = np.bincount(
            case.demand_place,
            weights=case.demand_pieces.sum(axis=1) * case.mass_g[case.demand_item],
            minlength=len(case.place_codes),
        )
        order = np.argsort(self.of_place, kind="stable")
        starts = np.searchsorted(self.of_place[order], np.arange(len(self.together.place_codes)))
        weight = np.maximum(tonnes, 1.0)[order]
        whole = np.add.reduceat(weight, starts)

        def mean(values: Floats, axis: int) -> Floats:
            shape = [1] * values.ndim
            shape[axis] = -1
            weighted = np.take(values, order, axis=axis) * weight.reshape(shape)
            means: Floats = np.add.reduceat(weighted, starts, axis=axis) / whole.reshape(shape)
            return means

        latest = np.maximum.reduceat(terms.arrive_s[:, :, order], starts, axis=2)
        return replace(
            terms,
            arrive_s=latest,
            at_h=mean(terms.at_h, 3),
            own_h=mean(terms.own_h, 3),
            back_h=mean(terms.back_h, 3),
            trip_fen=mean(terms.trip_fen, 2),
        )

    def known(self, found: Inside) -> Known:
        """Return where the model of all places may begin: prices and flows of the clusters."""
        columns, flow_pieces = self.spread(found.columns, found.flow_pieces)
        return Known(
            limits=np.concatenate(found.prices.couplings), columns=columns, flow_pieces=flow_pieces
        )

    def spread(self, columns: Columns, flow_pieces: Floats) -> tuple[Columns, Floats]:
        """Return flows to the places from flows to the clusters."""
        used = np.flatnonzero(flow_pieces > DUST_PIECES)
        order = used[np.lexsort((-flow_pieces[used], columns.window[used], columns.demand[used]))]
        members: list[list[int]] = [[] for _ in range(self.together.num_demands)]
        for demand, cluster in enumerate(self.of_demand.tolist()):
            members[cluster].append(demand)
        parts: list[tuple[int, int, float]] = []
        begin = 0
        demand_of, window_of = columns.demand[order], columns.window[order]
        while begin < len(order):
            cluster = int(demand_of[begin])
            end = begin + int(np.searchsorted(demand_of[begin:], cluster, side="right"))
            mine = np.array(members[cluster])
            wanted = self.case.demand_pieces[mine].astype(np.float64)
            for window in np.unique(window_of[begin:end]).tolist():
                here = order[begin:end][window_of[begin:end] == window]
                flows = flow_pieces[here]
                given = _due_first(wanted, float(flows.sum()))
                parts += _shared_out(here, flows, mine, given)
            begin = end
        column = np.array([part[0] for part in parts], dtype=np.int64)
        spread = Columns(
            stock=columns.stock[column],
            demand=np.array([part[1] for part in parts], dtype=np.int64),
            window=columns.window[column],
            service=columns.service[column],
        )
        return spread, np.array([part[2] for part in parts], dtype=np.float64)


def may_be_clustered(model: AllocationModel) -> bool:
    """Return whether a model is large, and no limit in it tells places of a county apart."""
    known = (StockLimits, TruckHours, Forbidden, LeastCalls)
    return model.case.num_demands >= MANY_DEMANDS and all(
        isinstance(coupling, known) for coupling in model.couplings
    )


def _due_first(wanted: Floats, total: float) -> Floats:
    """Return what each place gets of a total, what is due first first; `wanted` is lowered.

    Parameters
    ----------
    wanted
        What is still open; shape (places, windows).
    total
        What arrives.
    """
    given = np.zeros(len(wanted))
    for due in range(wanted.shape[1]):
        open_pieces = float(wanted[:, due].sum())
        if open_pieces <= 0:
            continue
        share = min(1.0, total / open_pieces)
        given += share * wanted[:, due]
        wanted[:, due] *= 1 - share
        total -= share * open_pieces
        if total <= DUST_PIECES:
            break
    return given


def _shared_out(
    columns: Ints, flows: Floats, places: Ints, given: Floats
) -> list[tuple[int, int, float]]:
    """Return which column brings how much to which demand: as few pairs as possible."""
    parts = []
    at = 0
    left = given.copy()
    for column, flow in zip(columns.tolist(), flows.tolist(), strict=True):
        rest = flow
        while rest > DUST_PIECES and at < len(places):
            taken = min(rest, float(left[at]))
            if taken > DUST_PIECES:
                parts.append((column, int(places[at]), taken))
            rest -= taken
            left[at] -= taken
            if left[at] <= DUST_PIECES:
                at += 1
    return parts
