"""The array problem behind part loads: one loading depot, its trucks, and what they may bring.

Public benchmark files map onto it as well: locations, visits with two load dimensions, deadlines
and prizes, and groups of like trucks that may load again and again.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

Matrix = tuple[tuple[int, ...], ...]
Trips = tuple[tuple[int, ...], ...]
"""Indices of visits, trip by trip, in driving order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """One way to be in time.

    Parameters
    ----------
    deadline_s
        When the load must be unloaded.
    prize
        What that is worth, in the unit of `TruckGroup.price`.
    """

    deadline_s: int
    prize: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One load for one place.

    Parameters
    ----------
    location
        Index of the place in the matrices; 0 is the loading depot.
    mass_kg, volume_dm3
        Rounded up, so that what fits here fits in grams.
    chances
        At least one, by deadline; a later one wins a smaller prize. At most one is taken.
    start_chance
        Which of them the known answer takes.
    """

    location: int
    mass_kg: int
    volume_dm3: int
    chances: tuple[Chance, ...]
    start_chance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckGroup:
    """Trucks of one class that stand at the loading depot at the same time.

    Parameters
    ----------
    profile
        Index of their matrices.
    num_trucks
        How many.
    payload_kg, volume_dm3
        Rounded down.
    ready_s
        When they can begin to load.
    drive_budget_s
        Driving that duty allows each within the horizon, counted as in
        `PartLoadProblem.drives_s`.
    price
        What a second of driving costs.
    """

    profile: int
    num_trucks: int
    payload_kg: int
    volume_dm3: int
    ready_s: int
    drive_budget_s: int
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckTrips:
    """What one truck of a group does."""

    group: int
    trips: Trips


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLoadProblem:
    """Which truck takes which visits on which trip, so that the prizes won are largest.

    Parameters
    ----------
    durations_s
        For each profile, seconds from location to location: drive, rests on it, unloading at the
        end, and loading before it where it begins at the depot. 0 on the diagonal, so that two
        visits at one place are one stop.
    drives_s
        For each profile, seconds of driving to be paid for. A way out of the depot carries what a
        trip costs by itself; a further, last column is the way home from each location.
    visits
        What may be brought; nothing must be.
    groups
        The trucks.
    horizon_s
        When everything must have ended; the way home is not counted.
    start
        A known answer to begin from.
    """

    durations_s: tuple[Matrix, ...]
    drives_s: tuple[Matrix, ...]
    visits: tuple[Visit, ...]
    groups: tuple[TruckGroup, ...]
    horizon_s: int
    start: tuple[TruckTrips, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem in types that JSON knows."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the problem that `as_json` wrote."""
        return cls(
            durations_s=_matrices(values["durations_s"]),
            drives_s=_matrices(values["drives_s"]),
            visits=tuple(
                Visit(**{**visit, "chances": tuple(Chance(**one) for one in visit["chances"])})
                for visit in values["visits"]
            ),
            groups=tuple(TruckGroup(**group) for group in values["groups"]),
            horizon_s=values["horizon_s"],
            start=truck_trips_from_json(values["start"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLimits:
    """When a search stops, and its seed.

    Parameters
    ----------
    seconds
        Wall-clock limit, None for none.
    max_iterations
        Limit on iterations, None for none; at least one of the two is given.
    seed
        Seed of every random choice.
    """

    seconds: float | None
    max_iterations: int | None
    seed: int


def truck_trips_from_json(values: list[dict[str, Any]]) -> tuple[TruckTrips, ...]:
    """Return what trucks do from the types that JSON knows."""
    return tuple(
        TruckTrips(group=one["group"], trips=tuple(tuple(trip) for trip in one["trips"]))
        for one in values
    )


def _matrices(values: list[list[list[int]]]) -> tuple[Matrix, ...]:
    return tuple(tuple(tuple(row) for row in matrix) for matrix in values)
