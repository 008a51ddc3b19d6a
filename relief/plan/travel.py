"""Travel times between the locations of a plan, and the closures behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from relief.places import Point
from relief.units import SECONDS_PER_HOUR

UNREACHABLE_S = 2**40
"""Seconds that stand for an infinite travel time in whole-number arithmetic."""


class ClosureKind(StrEnum):
    """How a closure is given."""

    EDGE = "edge"
    """By the two road nodes of a stretch; closes both directions."""
    POLYGON = "polygon"
    """By an area; closes every stretch that touches it."""
    BETWEEN = "between"
    """By two places; closes the shortest road between them (see `geodata.closures`)."""
    ROAD = "road"
    """By the name or number of a road and two places along it."""
    BRIDGE = "bridge"
    """By a point; closes the nearest bridge."""
    CROSSINGS = "crossings"
    """By a river, and two places on it; closes the crossings between them."""
    BUFFER = "buffer"
    """By a point and a radius; closes every stretch that touches the disc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A part of the road network that cannot be used, or not by all, or not at full speed.

    Parameters
    ----------
    name
        What people call it, for example ``利川市-恩施市``.
    kind
        How it was given.
    reason
        Why it is closed.
    edges
        The stretches, resolved to pairs of road nodes, the smaller number first, sorted.
    polygon
        The area as a ring of points, for `ClosureKind.POLYGON` and `ClosureKind.BUFFER`; empty
        otherwise.
    speed_share
        What is left of the usual speed, for example 0.5 in snow; 0 where the road is closed.
    max_weight_kg
        The gross weight up to which vehicles may still pass; 0 where weight makes no difference.
    speed_classes
        Whom it concerns, by speed class of trucks; empty for all.
    open_ways
        Directed pairs of road nodes along which a convoy may still drive, of a road that is
        closed in the other direction.
    from_at, until_at
        When it begins and ends to hold; None for always so far, and until further notice.
    """

    name: str
    kind: ClosureKind
    reason: str
    edges: tuple[tuple[int, int], ...]
    polygon: tuple[Point, ...] = ()
    speed_share: float = 0.0
    max_weight_kg: int = 0
    speed_classes: tuple[str, ...] = ()
    open_ways: tuple[tuple[int, int], ...] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None

    @property
    def is_total(self) -> bool:
        """Whether nobody may use the stretches in any direction while it holds."""
        return self.speed_share == 0.0 and not self.speed_classes and not self.open_ways

    def concerns(self, speed_class: str) -> bool:
        """Return whether trucks of a speed class are concerned."""
        return not self.speed_classes or speed_class in self.speed_classes

    def bars(self, speed_class: str, node: int, other: int) -> bool:
        """Return whether one of `edges` may not be driven from a node to the other by a class."""
        return (
            self.speed_share == 0.0
            and self.concerns(speed_class)
            and (node, other) not in self.open_ways
        )

    @property
    def is_timed(self) -> bool:
        """Whether it holds only for a time."""
        return self.from_at is not None or self.until_at is not None

    def holds_between(self, begin: datetime, end: datetime) -> bool:
        """Return whether it holds at some moment from `begin` until just before `end`."""
        return (self.from_at is None or self.from_at < end) and (
            self.until_at is None or begin < self.until_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A point between which travel is timed: a depot or a receiving place.

    Parameters
    ----------
    code
        The depot's or the place's code.
    name_zh, name_en, point
        Names and point.
    """

    code: str
    name_zh: str
    name_en: str
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """A time in which a road cannot be driven, from `begin` until just before `end`."""

    begin: datetime
    end: datetime


def _never_closed() -> NDArray[np.int64]:
    return np.zeros((0, 0, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelTimes:
    """Times and distances from every location to every other, for each speed class.

    Parameters
    ----------
    location_codes
        Order of rows (from) and columns (to).
    speed_classes
        Order of the first axis.
    duration_h
        Read-only float array, shape (speed classes, locations, locations); ``inf`` where there is
        no road; 0 on the diagonal. Not symmetric in general.
    distance_km
        Read-only float array of the same shape: length of the fastest way.
    network_name, network_fingerprint
        Which road network, with its closures, the figures come from.
    approximate
        Whether distances are modelled from a simplified network; shown wherever they are.
    closures
        The closures that are in the figures.
    later_closures
        Closures that begin too late to be in the figures; no leg may meet them.
    unreachable
        Codes of locations that no other location can reach by road.
    closed_spans
        Sets of times, each in order and without overlap, in which some ways cannot be driven.
    span_of
        Read-only array of the shape of `duration_h`: 0 where a way is open at any hour, else the
        number, from 1, of the set in `closed_spans` in which no truck may be on it; of shape (0, 0,
        0) where all ways are open at any hour.
    """

    location_codes: tuple[str, ...]
    speed_classes: tuple[str, ...]
    duration_h: NDArray[np.float64]
    distance_km: NDArray[np.float64]
    network_name: str
    network_fingerprint: str
    approximate: bool
    closures: tuple[Closure, ...] = ()
    later_closures: tuple[Closure, ...] = ()
    unreachable: tuple[str, ...] = ()
    closed_spans: tuple[tuple[TimeSpan, ...], ...] = ()
    span_of: NDArray[np.int64] = field(default_factory=_never_closed)

    def __post_init__(self) -> None:
        shape = (len(self.speed_classes), len(self.location_codes), len(self.location_codes))
        for name in ("duration_h", "distance_km"):
            array = getattr(self, name)
            if array.shape != shape:
                msg = f"{name} has shape {array.shape}, expected {shape}."
                raise ValueError(msg)
            if np.isnan(array).any() or (array < 0).any():
                msg = f"{name} holds NaN or negative entries; travel times are >= 0 or inf."
                raise ValueError(msg)
            array.setflags(write=False)
        if self.span_of.size and self.span_of.shape != shape:
            msg = f"span_of has shape {self.span_of.shape}, expected {shape}."
            raise ValueError(msg)
        if self.span_of.size and not 0 <= self.span_of.min() <= self.span_of.max() <= len(
            self.closed_spans
        ):
            msg = f"span_of names none of the {len(self.closed_spans)} sets of times."
            raise ValueError(msg)
        self.span_of.setflags(write=False)

    def spans(self, layer: int, row: int, column: int) -> tuple[TimeSpan, ...]:
        """Return the times in which a way cannot be driven by a speed class."""
        if not self.span_of.size:
            return ()
        number = int(self.span_of[layer, row, column])
        return self.closed_spans[number - 1] if number else ()

    def index(self) -> dict[str, int]:
        """Return the row (and column) of each location code."""
        return {code: row for row, code in enumerate(self.location_codes)}

    def seconds(self) -> NDArray[np.int64]:
        """Return the durations in whole seconds, rounded up, `UNREACHABLE_S` where infinite.

        Returns
        -------
        NDArray[np.int64]
            Shape (speed classes, locations, locations).
        """
        scaled = np.ceil(np.round(self.duration_h * SECONDS_PER_HOUR, 6))
        finite = np.isfinite(scaled)
        return np.where(finite, np.where(finite, scaled, 0), UNREACHABLE_S).astype(np.int64)

    def metres(self) -> NDArray[np.int64]:
        """Return the distances in whole metres, rounded up, `UNREACHABLE_S` where infinite."""
        scaled = np.ceil(np.round(self.distance_km * 1000, 6))
        finite = np.isfinite(scaled)
        return np.where(finite, np.where(finite, scaled, 0), UNREACHABLE_S).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadPath:
    """The way that a leg takes: a road for trucks, a line through air or water for others.

    Parameters
    ----------
    from_code, to_code, speed_class
        The leg.
    node_ids
        Road nodes in driving order; empty when both ends snap to the same node.
    line
        The points in driving order, from location to location, access legs included.
    distance_km
        Its length.
    along
        The water that a boat goes along; empty for all others.
    """

    from_code: str
    to_code: str
    speed_class: str
    node_ids: tuple[int, ...]
    line: tuple[Point, ...]
    distance_km: float
    along: str = ""


class TravelSource(Protocol):
    """Something that knows the roads: a network with or without closures."""

    def travel_times(self, locations: Sequence[Location]) -> TravelTimes:
        """Return times and distances between all pairs of locations."""
        ...

    def paths(self, legs: Sequence[tuple[Location, Location, str]]) -> tuple[RoadPath, ...]:
        """Return the road of each leg (from, to, speed class), which must be reachable."""
        ...
