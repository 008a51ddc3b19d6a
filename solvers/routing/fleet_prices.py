"""What it is worth to serve people, while money is spared at a service that is to be kept up."""

import math
from dataclasses import dataclass

from solvers.routing.open_search import Trips
from solvers.routing.worth import Service

STEEPNESS = 60.0, 400.0
"""How fast what is lost becomes dearer as it rises above what is allowed, first and last: e-fold
for a sixtieth. In the end there must be an answer that keeps to it."""
MOST_EXCESS, DRIFT = 0.05, 0.01
"""Beyond this share above or below, prices rise and fall no further; how fast they settle."""
AIM = 0.998
"""The share of what is allowed about which the search hovers, so that it keeps to it often."""
FIRST_FACTORS = 3.0, 1.0
"""How dear lateness and waiting in vain are in the beginning, against what is paid in all for each
unit that is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found.

    Parameters
    ----------
    trips
        What all trucks do.
    gone_without
        How much more people go without than before.
    """

    trips: Trips
    gone_without: Service


class Prices:
    """Prices that rise where people go without more than they may, and fall where less.

    The multipliers of a Lagrangian relaxation, steered while the search runs: what it may give
    away for money hovers about what is allowed.

    Parameters
    ----------
    cost_fen
        What the trips cost to begin with.
    enough
        What people may go without.
    """

    def __init__(self, cost_fen: int, enough: Service) -> None:
        self._enough = (enough.lost_milli_person_h, enough.waiting)
        self._fen = [
            factor * max(cost_fen, 1) / max(allowed, 1)
            for factor, allowed in zip(FIRST_FACTORS, self._enough, strict=True)
        ]

    def at(self, service: Service, spent: float) -> tuple[float, float]:
        """Return fen for each unit of lateness, and for each of people who wait in vain besides.

        Parameters
        ----------
        service
            What people go without now.
        spent
            The share of the time that is spent.
        """
        late, waiting = (
            self._priced(number, now, spent)
            for number, now in enumerate((service.lost_milli_person_h, service.waiting))
        )
        return late, waiting

    def _priced(self, number: int, now: int, spent: float) -> float:
        allowed = self._enough[number]
        excess = (now - AIM * allowed) / max(allowed, 1)
        excess = max(-MOST_EXCESS, min(MOST_EXCESS, excess))
        self._fen[number] *= math.exp(max(-DRIFT, min(DRIFT, excess)))
        steepness = STEEPNESS[0]
        if excess > 0:
            steepness += (STEEPNESS[1] - STEEPNESS[0]) * spent
        return self._fen[number] * math.exp(steepness * excess)
