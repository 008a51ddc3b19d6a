"""A plan carried out many times under drawn driving times, held against what it promised.

Every leg's time is drawn from the log-normal of `geodata.spread`. Legs of one truck scatter
together as its stretches do: a part of each deviation is common to all that the truck drives (its
weather, its driver), the rest is the leg's own. Trucks are drawn independently of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log1p, sqrt

import numpy as np

from relief.plan.promises import OnTimePromise
from relief.plan.routes import VehicleRoute
from relief.plan.situation import Situation
from scenarios.leg_spread import LegSpread, Spreads
from scenarios.punctuality import DayAgain, promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """How punctual a plan was, against what it promised.

    Parameters
    ----------
    promised
        What the plan promises of each delivery.
    on_time_shares
        The share of the draws in which each of these was on time, in the same order.
    num_draws
        How often the plan was carried out.
    """

    promised: tuple[OnTimePromise, ...]
    on_time_shares: tuple[float, ...]
    num_draws: int

    @property
    def promised_share(self) -> float:
        """Share of all deliveries that the plan promises to be on time; 1 without any."""
        shares = [one.on_time_share for one in self.promised]
        return sum(shares) / len(shares) if shares else 1.0

    @property
    def simulated_share(self) -> float:
        """Share of all deliveries that were on time; 1 without any."""
        shares = self.on_time_shares
        return sum(shares) / len(shares) if shares else 1.0


def simulate(
    routes: Sequence[VehicleRoute],
    situation: Situation,
    spreads: Spreads,
    *,
    num_draws: int,
    seed: int,
) -> Simulated:
    """Carry routes out under drawn driving times.

    Parameters
    ----------
    routes, situation
        The plan's.
    spreads
        Of its legs.
    num_draws
        How often; >= 1.
    seed
        Of the draws.
    """
    promised = promises(routes, situation, spreads)
    rng = np.random.default_rng(seed)
    by_vehicle: dict[str, list[OnTimePromise]] = {}
    for one in promised:
        by_vehicle.setdefault(one.vehicle_code, []).append(one)
    correlation = spreads.correlation_share
    shares: list[float] = []
    for route in routes:
        due = by_vehicle.get(route.vehicle_code)
        if not due:
            continue
        day = DayAgain(route, situation, spreads)
        # The promises of a route are in the order of its deliveries.
        numbers = [
            number
            for number, stop in enumerate(day.stops)
            if stop.stop.kind.value == "deliver"
            and situation.window_of(stop.stop.end_at) is not None
        ]
        on_time = [0] * len(due)
        for _ in range(num_draws):
            common = float(rng.standard_normal())
            own = rng.standard_normal(len(day.stops)).tolist()
            legs_s = [
                _drawn(stop.spread, common, own[number], correlation)
                for number, stop in enumerate(day.stops)
            ]
            ends = day.ends(legs_s)
            for place, number in enumerate(numbers):
                on_time[place] += ends[number] <= due[place].until_at
        shares += [num / num_draws for num in on_time]
    return Simulated(promised=promised, on_time_shares=tuple(shares), num_draws=num_draws)


def _drawn(spread: LegSpread, common: float, own: float, correlation_share: float) -> float:
    """Return a drawn driving time in seconds."""
    shared_s = sqrt(correlation_share) * spread.shared_s
    own_s = sqrt(1 - correlation_share) * spread.own_s
    deviation_s = sqrt(shared_s**2 + own_s**2)
    if spread.mean_s <= 0 or deviation_s == 0:
        return max(spread.mean_s, 0.0)
    score = (shared_s * common + own_s * own) / deviation_s
    variance_log = log1p((deviation_s / spread.mean_s) ** 2)
    return spread.mean_s * exp(score * sqrt(variance_log) - variance_log / 2)
