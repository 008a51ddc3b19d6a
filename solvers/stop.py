"""When a solver has to stop: one deadline, shared by all its steps."""

from dataclasses import dataclass
from time import monotonic

from relief.plan.outcome import Clock, SolveLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment on a stop watch after which no new work is begun.

    Parameters
    ----------
    began_s
        Reading of the watch when the work began.
    limit_s
        Seconds allowed from then on; > 0.
    clock
        The watch.
    """

    began_s: float
    limit_s: float
    clock: Clock

    @classmethod
    def starting_now(cls, limits: SolveLimits, clock: Clock = monotonic) -> "Deadline":
        """Return a deadline that many seconds from the watch's present reading.

        Raises
        ------
        ValueError
            If the limit is not above zero.
        """
        if not limits.seconds > 0:
            msg = f"A limit of {limits.seconds} s leaves no time to solve; allowed is > 0."
            raise ValueError(msg)
        return cls(began_s=clock(), limit_s=limits.seconds, clock=clock)

    def spent_s(self) -> float:
        """Return the seconds used so far."""
        return self.clock() - self.began_s

    def left_s(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self.limit_s - self.spent_s())

    def has_passed(self) -> bool:
        """Return whether the time is used up."""
        return self.left_s() <= 0.0

    def share(self, of_limit: float) -> "Deadline":
        """Return an earlier deadline, after a share (0 to 1) of the time, from the same start."""
        return Deadline(began_s=self.began_s, limit_s=self.limit_s * of_limit, clock=self.clock)
