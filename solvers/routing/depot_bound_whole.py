"""How many trips are needed at the least because trips are whole: rank-one cuts."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_sizes import MASS_SHARES, sizes

Floats = NDArray[np.float64]

ROUND_TOLERANCE = 1e-7


class WholeTrips:
    """The rows by which trips are whole, for places and for all, by weight and by volume.

    What trips can bring, divided by the size of any truck and rounded up, must come to what is to
    be brought, divided and rounded up (E. Balas, A. Ceria, G. Cornuejols, 1996). Sizes are those
    of `solvers.routing.depot_bound_sizes`, by weight, by volume, and by both.

    Parameters
    ----------
    work
        The depot.

    Attributes
    ----------
    visit_rows
        Place, and what stops there must come to.
    trip_least
        What all trips must come to.
    visit_worth, trip_worth
        What a stop and a trip of each class count, shape (classes, rows).
    """

    def __init__(self, work: DepotWork) -> None:
        visits: dict[tuple[int, tuple[int, ...]], int] = {}
        trips: dict[tuple[int, ...], int] = {}
        for mass_share in MASS_SHARES:
            by_size = sizes(work, mass_share)
            place_size = np.zeros(1 + len(work.place_codes))
            np.add.at(place_size, work.node_place, by_size.amount)
            for divisor in sorted(set(by_size.room.tolist())):
                worth, least = _rounded(by_size.room, float(by_size.amount.sum()), divisor)
                trips[worth] = max(least, trips.get(worth, 0))
                for place in range(1, len(place_size)):
                    worth, least = _rounded(by_size.room, float(place_size[place]), divisor)
                    # That each place is seen at all needs no row.
                    if least > 1:
                        visits[place, worth] = max(least, visits.get((place, worth), 0))
        self.visit_rows = [(place, least) for (place, _), least in visits.items()]
        self.trip_least = list(trips.values())
        shape = (work.num_kinds, -1)
        self.visit_worth = np.array([worth for _, worth in visits], dtype=np.float64)
        self.visit_worth = self.visit_worth.reshape(-1, work.num_kinds).T.reshape(shape)
        self.trip_worth = np.array(list(trips), dtype=np.float64).T.reshape(shape)


def _rounded(room: Floats, total: float, divisor: float) -> tuple[tuple[int, ...], int]:
    """Return what a trip of each class counts, and what all must come to."""
    return tuple(_whole(min(size, total) / divisor) for size in room.tolist()), _whole(
        total / divisor
    )


def _whole(share: float) -> int:
    """Return a number rounded up, unless it is above a whole one by no more than rounding."""
    return ceil(share - ROUND_TOLERANCE)
