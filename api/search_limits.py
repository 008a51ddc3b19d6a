"""What a person may ask of a search: time, seed, rounds."""

from collections.abc import Iterable

from relief.errors import Fault
from relief.plan.outcome import SolveLimits
from relief.sentences import say

LONGEST_S = 3_600.0


def limit_faults(limits: SolveLimits, least_s: float) -> Iterable[Fault]:
    """Tell what of the limits of a search cannot be.

    Parameters
    ----------
    limits
        The limits.
    least_s
        The shortest time.
    """
    if not least_s <= limits.seconds <= LONGEST_S:
        yield Fault(
            where="--seconds",
            value=f"{limits.seconds:g}",
            what=say("The solvers cannot be given this time."),
            allowed=f"{least_s:g} to {LONGEST_S:g}",
        )
    if limits.seed < 0:
        yield Fault(
            where="--seed",
            value=str(limits.seed),
            what=say("A seed is not negative."),
            allowed=">= 0",
        )
    if limits.max_iterations is not None and limits.max_iterations < 1:
        yield Fault(
            where="--iterations",
            value=str(limits.max_iterations),
            what=say("A search needs at least one round."),
            allowed=">= 1",
        )
