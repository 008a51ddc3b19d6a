"""What a search of some trucks may change: their trips, needs near by, some of the stock."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.plan.situation import Situation
from solvers.routing.fleet import Fleet
from solvers.routing.open_search import Trips
from solvers.routing.open_stock import OpenDemand, OpenStock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BORDER_SHARE = 0.15
"""Depots this near to the border, in trucks, give half of their stock to each side."""
MIDDLE_DEG = 31.0
"""Latitude at which degrees of longitude are measured; Hubei lies between 29 and 33."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """What a search may change: some trucks, and what they may use besides their own trips.

    Parameters
    ----------
    own
        Which trucks; shape (trucks,).
    left
        Pieces of each need that nobody brings yet and that these trucks may; shape (needs,).
    stock
        Pieces at each depot that nobody loads yet and that these trucks may; shape (depots, items).
    """

    own: NDArray[np.bool_]
    left: Ints
    stock: Ints


class Shares:
    """All that can be shared out of a situation.

    Parameters
    ----------
    situation
        Needs, stock, trucks and roads.
    """

    def __init__(self, situation: Situation) -> None:
        self.fleet = Fleet(situation)
        self.demand = OpenDemand(situation)
        self.stock = OpenStock(situation, self.demand, self.fleet)

    def of(self, trips: Trips = ()) -> Share:
        """Return all trucks but those that need daylight, with what some trips leave."""
        left = np.array([portion.pieces for portion in self.demand.portions], dtype=np.int64)
        stock = self.stock.pieces.copy()
        for of_truck in trips:
            for trip in of_truck:
                for load in trip.loads:
                    row = self.stock.row_of[load.depot]
                    for number, pieces in load.lines:
                        left[number] -= pieces
                        stock[row, self.demand.item_of[number]] -= pieces
        flies = [self.fleet.flies_by[truck.kind] is not None for truck in self.fleet.trucks]
        return Share(own=~np.array(flies, dtype=np.bool_), left=left, stock=stock)

    def served(self, trips: Trips, share: Share) -> int:
        """Return the weighted thousandths of people whom the trucks of a share serve."""
        portions = self.demand.portions
        return sum(
            pieces * portions[number].rate
            for is_own, of_truck in zip(share.own.tolist(), trips, strict=True)
            if is_own
            for trip in of_truck
            for load in trip.loads
            for number, pieces in load.lines
        )

    def allow(self, trips: Trips) -> bool:
        """Return whether trips keep to needs, stock, and what the trucks can take."""
        rest = self.of(trips)
        if rest.left.min(initial=0) < 0 or rest.stock.min(initial=0) < 0:
            return False
        for truck, of_truck in zip(self.fleet.trucks, trips, strict=True):
            kind = self.fleet.classes[truck.kind]
            for trip in of_truck:
                mass_g = sum(load.mass_g for load in trip.loads)
                volume_cm3 = sum(load.volume_cm3 for load in trip.loads)
                if mass_g > kind.payload_g or volume_cm3 > kind.volume_cm3:
                    return False
        return True


def parted(situation: Situation, shares: Shares, trips: Trips, angle: float) -> tuple[Share, Share]:
    """Part trucks, needs and stock that is left by a line across the map.

    Parameters
    ----------
    situation, shares
        What is searched.
    trips
        What all trucks do.
    angle
        Direction of the line's normal, against east.
    """
    every = shares.of(trips)
    along = _along(situation, angle)
    fleet = shares.fleet
    centre = np.array(
        [
            np.mean([along[drop[0].place] for trip in of_truck for drop in trip.drops])
            if of_truck
            else along[truck.base]
            for truck, of_truck in zip(fleet.trucks, trips, strict=True)
        ]
    )
    order = np.argsort(centre, kind="stable")
    border = centre[order[len(order) // 2]] if len(order) else 0.0
    is_beyond = np.zeros(len(order), dtype=np.bool_)
    is_beyond[order[len(order) // 2 :]] = True
    lower = upper = border
    if len(order):
        lower, upper = np.quantile(centre, [0.5 - BORDER_SHARE, 0.5 + BORDER_SHARE])
    depots = along[shares.stock.depots]
    places = along[[portion.place for portion in shares.demand.portions]]
    beyond = np.where(
        (depots < lower)[:, None],
        0,
        np.where((depots > upper)[:, None], every.stock, every.stock // 2),
    )
    near = Share(
        own=every.own & ~is_beyond,
        left=np.where(places < border, every.left, 0),
        stock=every.stock - beyond,
    )
    far = Share(
        own=every.own & is_beyond,
        left=np.where(places < border, 0, every.left),
        stock=beyond,
    )
    return near, far


def _along(situation: Situation, angle: float) -> Floats:
    """Return how far each location lies along a direction, in degrees of latitude."""
    point = {depot.code: depot.point for depot in situation.depots}
    point |= {place.code: place.point for place in situation.places}
    codes = situation.travel.location_codes
    shrink = math.cos(math.radians(MIDDLE_DEG))
    return np.array(
        [
            point[code].lon_deg * shrink * math.cos(angle) + point[code].lat_deg * math.sin(angle)
            if code in point
            else 0.0
            for code in codes
        ]
    )
