"""Whom fairness compares: counties, and within them priorities."""

from dataclasses import dataclass

import numpy as np

from solvers.allocation.case import AllocationCase, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FairGroups:
    """Demands of a county and a priority: those that fairness compares.

    Parameters
    ----------
    county, priority
        Of each group; shape (groups,).
    of_demand
        Group of each demand; shape (demands,).
    share_of_piece
        Share of its group's weighted need that a piece is; shape (demands,).
    """

    county: Ints
    priority: Ints
    of_demand: Ints
    share_of_piece: Floats

    @classmethod
    def of(cls, case: AllocationCase) -> "FairGroups":
        """Return the groups of a case."""
        county = case.county_of_place[case.demand_place]
        highest = int(case.demand_priority.max(initial=0)) + 1
        names, of_demand = np.unique(county * highest + case.demand_priority, return_inverse=True)
        weight = (case.weight_milli * case.demand_pieces.sum(axis=1)).astype(np.float64)
        total = np.bincount(of_demand, weights=weight, minlength=len(names))
        return cls(
            county=names // highest,
            priority=names % highest,
            of_demand=of_demand.astype(np.int64),
            share_of_piece=case.weight_milli / np.maximum(total[of_demand], 1.0),
        )

    @property
    def num(self) -> int:
        """Number of groups."""
        return len(self.county)

    def shares(self, missing_pieces: Floats) -> Floats:
        """Return the unserved share of each group.

        Parameters
        ----------
        missing_pieces
            Pieces that never come; shape (demands,).
        """
        weights = missing_pieces * self.share_of_piece
        return np.bincount(self.of_demand, weights=weights, minlength=self.num).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class FairLevel:
    """A level of fairness: the groups that are served worst once those before are settled.

    Parameters
    ----------
    unserved_share
        Share of their need that they do not get.
    proven_share
        What it cannot be brought below under the same limits; over all columns.
    groups
        The groups that bind there.
    """

    unserved_share: float
    proven_share: float
    groups: tuple[int, ...]
