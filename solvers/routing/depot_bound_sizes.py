"""The one size by which goods and trucks of a depot are measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.routing.depot_bound_cases import DepotWork

Floats = NDArray[np.float64]

MASS_SHARES = (1.0, 0.0, 0.5)
"""Weights of mass against volume that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sizes:
    """Goods and trucks by one size, weight and volume weighed together.

    Parameters
    ----------
    amount
        Of each delivery, shape (nodes,).
    room
        Of each class of trucks, shape (classes,).
    of_trip
        Of each delivery of each trip of the plan.
    """

    amount: Floats
    room: Floats
    of_trip: tuple[tuple[float, ...], ...]


def sizes(work: DepotWork, mass_share: float) -> Sizes:
    """Return sizes in which the largest truck by weight and the largest by volume count one.

    Parameters
    ----------
    work
        The depot.
    mass_share
        How much the weight counts, 0 to 1; the rest is volume.
    """
    per_g = mass_share / float(work.payload_g.max())
    per_cm3 = (1 - mass_share) / float(work.volume_cm3.max())
    return Sizes(
        amount=work.node_mass_g * per_g + work.node_volume_cm3 * per_cm3,
        room=work.payload_g * per_g + work.volume_cm3 * per_cm3,
        of_trip=tuple(
            tuple(
                mass_g * per_g + volume_cm3 * per_cm3
                for mass_g, volume_cm3 in zip(trip.mass_g, trip.volume_cm3, strict=True)
            )
            for trip in work.trips
        ),
    )


def binding_mass_share(work: DepotWork) -> float:
    """Return the weight of mass against volume by which the plan's trucks are fullest."""

    def fullness(mass_share: float) -> float:
        by_size = sizes(work, mass_share)
        return sum(
            sum(brought) / float(by_size.room[work.slots[trip.slot].kind])
            for trip, brought in zip(work.trips, by_size.of_trip, strict=True)
        )

    return max(MASS_SHARES, key=fullness)
