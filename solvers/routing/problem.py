"""The array problem: whole numbers onto which public routing instances map one to one.

Locations are numbered depots first, then stops: depot d is location d, stop s is location
``num_depots + s``. Everything is an integer in units of the reader's choice, so that two programs
that are given the same problem add up the same costs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.errors import InvalidInput
from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem_faults import problem_faults

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleType:
    """Some like vehicles.

    Parameters
    ----------
    num_available
        How many there are.
    capacity
        One limit for each load dimension.
    start_depot, end_depot
        Where routes begin and end; None for an open beginning or end, which costs nothing.
    fixed_cost
        Cost of using one of them.
    unit_distance_cost, unit_duration_cost
        Cost of a unit of distance, and of a unit of the time between leaving and coming back.
    profile
        Index of its matrices.
    max_distance, max_duration
        Limits of a route.
    opens, closes
        When a route may begin at the earliest and must have ended at the latest.
    reload_depots
        Depots where it may load again between two trips.
    max_reloads
        How often.
    initial_load
        What is on board at first for somebody else: it takes room until the first reload. Empty
        for nothing.
    """

    num_available: int
    capacity: tuple[int, ...]
    start_depot: int | None = 0
    end_depot: int | None = 0
    fixed_cost: int = 0
    unit_distance_cost: int = 1
    unit_duration_cost: int = 0
    profile: int = 0
    max_distance: int = NO_LIMIT
    max_duration: int = NO_LIMIT
    opens: int = 0
    closes: int = NO_LIMIT
    reload_depots: tuple[int, ...] = ()
    max_reloads: int = NO_LIMIT
    initial_load: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """The stops, as arrays with one entry a stop.

    Parameters
    ----------
    delivery, pickup
        Brought to the stop and taken from it, shape (stops, load dimensions).
    service
        Duration of the stop.
    opens, closes
        When service may begin, earliest and latest.
    release
        When the load lies ready: no trip that serves the stop leaves its depot earlier.
    prize
        What serving an optional stop is worth.
    required
        Which stops must be served.
    """

    delivery: Integers
    pickup: Integers
    service: Integers
    opens: Integers
    closes: Integers
    release: Integers
    prize: Integers
    required: Booleans

    @classmethod
    def plain(
        cls,
        delivery: Integers,
        *,
        pickup: Integers | None = None,
        service: Integers | None = None,
        opens: Integers | None = None,
        closes: Integers | None = None,
        release: Integers | None = None,
        prize: Integers | None = None,
        required: Booleans | None = None,
    ) -> "Stops":
        """Return stops that ask for nothing special but what is given."""
        zeros = np.zeros(len(delivery), np.int64)
        return cls(
            delivery=delivery,
            pickup=np.zeros_like(delivery) if pickup is None else pickup,
            service=zeros if service is None else service,
            opens=zeros if opens is None else opens,
            closes=zeros + NO_LIMIT if closes is None else closes,
            release=zeros if release is None else release,
            prize=zeros if prize is None else prize,
            required=np.ones(len(delivery), np.bool_) if required is None else required,
        )

    def __len__(self) -> int:
        return len(self.delivery)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingProblem:
    """Which vehicle serves which stops in which order, so that the cost is lowest.

    The cost of an answer is the fixed cost of each vehicle used, its distance and duration at
    their unit costs, and the prizes of optional stops that are left out.

    Parameters
    ----------
    name
        What people call it.
    distances, durations
        Shape (profiles, locations, locations); from `solvers.routing.limits.NO_ROAD` on there is
        no arc.
    depot_opens, depot_closes
        Windows of the depots, one entry a depot.
    stops
        The stops.
    vehicle_types
        The fleet.
    allowed
        Which type may serve which stop, shape (vehicle types, stops).
    precedence
        Pairs of stops that one vehicle serves, the first before the second.
    split
        Whether several vehicles may share a delivery; asks for one load dimension and no pickups.

    Raises
    ------
    InvalidInput
        If arrays contradict each other, entries are out of range, or a required stop can be served
        by no vehicle; all faults at once.
    """

    name: str
    distances: Integers
    durations: Integers
    depot_opens: Integers
    depot_closes: Integers
    stops: Stops
    vehicle_types: tuple[VehicleType, ...]
    allowed: Booleans
    precedence: tuple[tuple[int, int], ...] = ()
    split: bool = False

    def __post_init__(self) -> None:
        faults = problem_faults(self)
        if faults:
            raise InvalidInput(*faults)
        for array in (
            self.distances,
            self.durations,
            self.depot_opens,
            self.depot_closes,
            self.allowed,
            *(getattr(self.stops, name) for name in self.stops.__slots__),
        ):
            array.setflags(write=False)

    @property
    def num_depots(self) -> int:
        """How many depots."""
        return len(self.depot_opens)

    @property
    def num_stops(self) -> int:
        """How many stops."""
        return len(self.stops)

    @property
    def num_locations(self) -> int:
        """How many depots and stops."""
        return self.num_depots + self.num_stops

    @property
    def has_windows(self) -> bool:
        """Whether time matters: windows, durations that cost or are limited, releases."""
        stops = self.stops
        return bool(
            stops.opens.any()
            or (stops.closes < NO_LIMIT).any()
            or stops.release.any()
            or any(
                one.unit_duration_cost
                or one.max_duration < NO_LIMIT
                or one.closes < NO_LIMIT
                or one.opens
                for one in self.vehicle_types
            )
            or (self.depot_closes < NO_LIMIT).any()
            or self.depot_opens.any()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRoute:
    """What one vehicle does.

    Parameters
    ----------
    vehicle_type
        Index of its type.
    trips
        Indices of stops, trip by trip, in driving order.
    reloads
        The depot between each trip and the next.
    amounts
        What is brought to each stop where deliveries are split, in the shape of `trips`; None
        where each visit brings all that the stop asks for.
    """

    vehicle_type: int
    trips: tuple[tuple[int, ...], ...]
    reloads: tuple[int, ...] = ()
    amounts: tuple[tuple[int, ...], ...] | None = None


Answer = tuple[VehicleRoute, ...]
"""The routes of all vehicles used."""
