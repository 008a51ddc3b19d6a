"""What a truck does from a depot, as the programme of the bound has it."""

from dataclasses import dataclass
from typing import Protocol

Way = tuple[tuple[int, ...], ...]
"""Deliveries in driving order, trip by trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """What a truck does from a depot.

    Parameters
    ----------
    slot
        Row of its slot.
    trips
        Deliveries in driving order, trip by trip.
    amounts
        The size brought of each.
    """

    slot: int
    trips: Way
    amounts: tuple[tuple[float, ...], ...]


class HasTrips(Protocol):
    """What some truck does, trip by trip."""

    @property
    def slot(self) -> int:
        """Row of the truck's slot."""
        ...

    @property
    def trips(self) -> Way:
        """Deliveries in driving order, trip by trip."""
        ...
