"""Seconds and fen between the locations of a plan."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.units import ceil_div

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES_PER_KM = 1_000


class Ground:
    """Seconds and fen between locations, for each class of trucks."""

    def __init__(self, situation: Situation) -> None:
        self.index = situation.travel.index()
        speeds = {speed: row for row, speed in enumerate(situation.travel.speed_classes)}
        self.classes = {kind.code: kind for kind in situation.vehicle_classes}
        self._speed = {kind.code: speeds[kind.speed_class] for kind in situation.vehicle_classes}
        self._seconds = situation.travel.seconds()
        self._metres = situation.travel.metres()

    def seconds(self, class_code: str, codes: Sequence[str]) -> Ints:
        """Return the seconds among locations."""
        rows = [self.index[code] for code in codes]
        found: Ints = self._seconds[self._speed[class_code]][np.ix_(rows, rows)].copy()
        np.fill_diagonal(found, 0)
        return found

    def seconds_to(self, class_code: str, origins: Sequence[str], destination: str) -> Ints:
        """Return the seconds from locations to another."""
        rows = [self.index[code] for code in origins]
        found: Ints = self._seconds[self._speed[class_code], rows, self.index[destination]]
        return found

    def passing_fen(self, class_code: str, origin: str, destination: str) -> int:
        """Return what the straight way costs; 0 where there is none or nothing to drive."""
        if origin == destination:
            return 0
        cost = float(self.fen(class_code, [origin], [destination])[0, 0])
        return int(cost) if np.isfinite(cost) else 0

    def fen(self, class_code: str, origins: Sequence[str], destinations: Sequence[str]) -> Floats:
        """Return what legs cost, each rounded up to a whole fen as a plan's score has it."""
        metres = self._metres[self._speed[class_code]][
            np.ix_(
                [self.index[code] for code in origins], [self.index[code] for code in destinations]
            )
        ]
        per_km = self.classes[class_code].cost_fen_per_km
        cost = -(-metres * per_km // METRES_PER_KM)
        return np.where(metres >= UNREACHABLE_S, np.inf, cost.astype(np.float64))

    def leg_fen(self, class_code: str, origin: str, destination: str) -> int:
        """Return what one leg costs."""
        metres = self._metres[self._speed[class_code], self.index[origin], self.index[destination]]
        return ceil_div(int(metres) * self.classes[class_code].cost_fen_per_km, METRES_PER_KM)
