"""What an answer under way comes to, told along with the progress."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from relief.plan.allocation import Allocation
from relief.plan.outcome import Clock, Progress, ProgressStep
from relief.plan.situation import Situation
from solvers.allocation.shortfalls import deprivation
from solvers.routing.backlog import AnyBacklog
from solvers.routing.demand import Demand
from solvers.routing.timeline import Timeline
from solvers.routing.worth import worth

MILLI = 1000.0
LEAST_PAUSE_S = 0.5
"""The answer is counted anew no more often than this."""


class BestSoFar:
    """Tells of progress with the deprivation of the best answer, and the bound of the allocation.

    Parameters
    ----------
    progress
        Who is told.
    clock
        Measures the time between two counts.
    base_milli_person_h
        Deprivation that no truck can help: of what is not allocated at all.
    bound_milli_person_h
        Proven for every plan; None where nothing is.
    """

    def __init__(
        self,
        progress: Progress,
        clock: Clock,
        *,
        base_milli_person_h: int = 0,
        bound_milli_person_h: int | None = None,
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._base = base_milli_person_h
        self._bound = bound_milli_person_h
        self._lost: int | None = None
        self._count: Callable[[], int] | None = None
        self._counted_s = 0.0

    @classmethod
    def of(
        cls, situation: Situation, allocation: Allocation, progress: Progress, clock: Clock
    ) -> "BestSoFar":
        """Return one for the routing of an allocation."""
        at_once = [replace(one, window=0) for one in allocation.consignments]
        return cls(
            progress,
            clock,
            base_milli_person_h=deprivation(situation, at_once),
            bound_milli_person_h=allocation.deprivation_bound_milli_person_h,
        )

    def found(self, lost_milli_person_h: int) -> None:
        """Hear of an answer and what its trucks lose; the best counts."""
        if self._lost is None or lost_milli_person_h < self._lost:
            self._lost = lost_milli_person_h

    def watch(self, demand: Demand, timelines: Sequence[Timeline], backlog: AnyBacklog) -> None:
        """Count this answer, which is bettered in place, from time to time from now on."""
        self._count = lambda: worth(demand, timelines, backlog).lost_milli_person_h
        self.count()

    def count(self) -> None:
        """Count the answer that is watched now."""
        if self._count is not None:
            self.found(self._count())
            self._counted_s = self._clock()

    def __call__(self, step: ProgressStep) -> None:
        """Tell of progress; may raise `relief.errors.Stopped`."""
        if self._clock() - self._counted_s >= LEAST_PAUSE_S:
            self.count()
        if self._lost is not None:
            step = replace(
                step,
                best_person_h=(self._base + self._lost) / MILLI,
                bound_person_h=None if self._bound is None else self._bound / MILLI,
            )
        self._progress(step)
