"""How many trips are needed at the least because trips are whole: rank-one cuts."""

from math import ceil

import numpy as np

from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_sizes import Sizes

ROUND_TOLERANCE = 1e-7


class WholeTrips:
    """The rows by which trips are whole, for places and for all, by each divisor.

    What trips can bring, divided by the size of any truck and rounded up, must come to what is to
    be brought, divided and rounded up (E. Balas, A. Ceria, G. Cornuejols, 1996).

    Parameters
    ----------
    work, by_size
        The depot.

    Attributes
    ----------
    divisors
        The sizes of trucks.
    visit_rows
        Place, divisor, and what stops there must come to.
    trip_least
        What all trips must come to, by divisor.
    visit_worth, trip_worth
        What a stop and a trip of each class count, shape (classes, rows).
    """

    def __init__(self, work: DepotWork, by_size: Sizes) -> None:
        room, amount = by_size.room, by_size.amount
        self.divisors = sorted(set(room.tolist()))
        self.visit_rows: list[tuple[int, float, int]] = []
        place_size = np.zeros(1 + len(work.place_codes))
        np.add.at(place_size, work.node_place, amount)
        for place in range(1, len(place_size)):
            if place_size[place] > self.divisors[0]:
                self.visit_rows += [
                    (place, divisor, whole(place_size[place] / divisor))
                    for divisor in self.divisors
                ]
        total = float(amount.sum())
        self.trip_least = [whole(total / divisor) for divisor in self.divisors]
        self.trip_worth = np.array(
            [
                [whole(min(size, total) / divisor) for divisor in self.divisors]
                for size in room.tolist()
            ],
            dtype=np.float64,
        )
        self.visit_worth = np.array(
            [
                [
                    whole(min(size, place_size[place]) / divisor)
                    for place, divisor, _ in self.visit_rows
                ]
                for size in room.tolist()
            ],
            dtype=np.float64,
        ).reshape(len(room), len(self.visit_rows))


def whole(share: float) -> int:
    """Return a number rounded up, unless it is above a whole one by no more than rounding."""
    return ceil(share - ROUND_TOLERANCE)
