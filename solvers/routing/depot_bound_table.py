"""The bounds of all depots of a plan, within so many seconds."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from relief.plan.outcome import Clock, SolveLimits
from relief.plan.routes import VehicleRoute
from relief.plan.situation import Situation
from solvers.routing.depot_bound import DepotBound, depot_bound
from solvers.routing.depot_bound_cases import PlanCutter

NEAR_SHARE = 0.10
"""Routing so little above its bound counts as near to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBounds:
    """What is proven of the routing of a plan, depot by depot.

    Parameters
    ----------
    depots
        In order of code.
    joint_trips
        Trips that load at several depots, of which nothing is proven.
    """

    depots: tuple[DepotBound, ...]
    joint_trips: int

    @property
    def closed(self) -> tuple[DepotBound, ...]:
        """The depots whose bound has closed."""
        return tuple(one for one in self.depots if one.closed)

    @property
    def num_settled(self) -> int:
        """How many of the closed ones were branched on to the end."""
        return sum(one.settled for one in self.closed)

    @property
    def num_near(self) -> int:
        """How many of the closed ones are at most `NEAR_SHARE` above their bound."""
        return sum((one.gap_share or 0.0) <= NEAR_SHARE for one in self.closed)

    @property
    def median_gap_share(self) -> float:
        """The median gap of the closed ones, 0 without any."""
        return median([one.gap_share or 0.0 for one in self.closed]) if self.closed else 0.0

    @property
    def total_gap_share(self) -> float:
        """By what share the closed ones cost more than their bounds, all together."""
        bound_fen = sum(one.bound_fen or 0 for one in self.closed)
        cost_fen = sum(one.cost_fen for one in self.closed)
        return cost_fen / bound_fen - 1 if bound_fen else 0.0


def plan_bounds(
    situation: Situation,
    vehicle_routes: Sequence[VehicleRoute],
    limits: SolveLimits,
    *,
    depot_codes: Iterable[str] = (),
    clock: Clock = time.monotonic,
    pause: Callable[[float], None] = lambda _: None,
) -> PlanBounds:
    """Return the bounds of the depots of a plan.

    Parameters
    ----------
    situation, vehicle_routes
        The plan; it holds.
    limits
        The seconds are for each depot.
    depot_codes
        Only these depots; empty for all.
    clock
        Measures the time.
    pause
        Told what share is done; may raise to stop.
    """
    shares = PlanCutter(situation).shares(vehicle_routes)
    wanted = set(depot_codes)
    works = [work for work in shares.works if not wanted or work.depot_code in wanted]
    found = []
    for number, work in enumerate(works):
        done_share = number / len(works)

        def go_on(done_share: float = done_share) -> None:
            pause(done_share)

        found.append(depot_bound(work, limits, clock=clock, pause=go_on))
    return PlanBounds(depots=tuple(found), joint_trips=shares.joint_trips)
