"""What every search of an array problem is given, and how it tells of better answers."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from relief.plan.outcome import Clock
from relief.sentences import Sentence, say
from solvers.routing.limits import NO_ROAD
from solvers.routing.problem import Answer, RoutingProblem

Engine = Literal["best", "strings", "pyvrp", "ortools"]
ENGINES: tuple[Engine, ...] = ("best", "strings", "pyvrp", "ortools")
Tell = Callable[[Answer], None]
"""Is given every better answer; what it is given need not be feasible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTime:
    """How long a search may go on.

    Parameters
    ----------
    seconds
        On the watch.
    seed
        Seed of every random choice.
    max_iterations
        Limit on the rounds; with it the same seed gives the same answer on every machine fast
        enough. None for none.
    clock
        The watch.
    began_s
        Its reading when the search began.
    """

    seconds: float
    seed: int
    max_iterations: int | None = None
    clock: Clock = monotonic
    began_s: float = 0.0

    def spent_share(self) -> float:
        """Return which share of the time is used up, 1 or more when it is over."""
        return (self.clock() - self.began_s) / self.seconds

    def left_s(self) -> float:
        """Return the seconds that are left, never below zero."""
        return max(0.0, self.seconds - (self.clock() - self.began_s))


def why_not_strings(problem: RoutingProblem) -> Sentence | None:
    """Return what in a problem string removal cannot handle, None where it can."""
    if any(one.reload_depots for one in problem.vehicle_types):
        return say("String removal knows no reloads.")
    if problem.stops.release.any():
        return say("String removal knows no release times.")
    if problem.precedence:
        return say("String removal knows no precedence.")
    if problem.stops.pickup.any() and not _fetches_last(problem):
        return say("String removal needs pickups to come after all deliveries.")
    return None


def why_not_pyvrp(problem: RoutingProblem) -> Sentence | None:
    """Return what in a problem PyVRP cannot handle, None where it can."""
    if problem.precedence:
        return say("PyVRP knows no precedence between stops.")
    return None


def why_not_ortools(problem: RoutingProblem) -> Sentence | None:
    """Return what in a problem our OR-Tools model does not hold, None where it does."""
    if problem.stops.release.any():
        return say("The OR-Tools model knows no release times.")
    if problem.stops.pickup.any() and not _fetches_last(problem):
        return say("The OR-Tools model needs pickups to come after all deliveries.")
    if any(one.initial_load and one.reload_depots for one in problem.vehicle_types):
        return say("The OR-Tools model knows no load on board together with reloads.")
    if any(
        one.reload_depots and one.max_reloads < problem.num_stops for one in problem.vehicle_types
    ):
        return say("The OR-Tools model knows no limit on reloads.")
    return None


def _fetches_last(problem: RoutingProblem) -> bool:
    """Return whether roads from stops that give to stops that get are closed throughout."""
    fetch = problem.stops.pickup.any(axis=1)
    bring = problem.stops.delivery.any(axis=1)
    if (fetch & bring).any():
        return False
    stops = problem.distances[:, problem.num_depots :, problem.num_depots :]
    return bool((stops[:, fetch][:, :, bring] >= NO_ROAD).all())
