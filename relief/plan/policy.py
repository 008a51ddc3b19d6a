"""What the officer decides before the solver does: windows, weights and limits."""

from dataclasses import dataclass, field
from datetime import timedelta

from relief.items import Priority
from relief.supply.fleet import DutyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningPolicy:
    """The rules under which a plan is made.

    The objective has stages, each settled before the next is looked at: (1) least deprivation,
    (2) the worst-served county served best, (3) nearest tier, (4) least cost.

    Parameters
    ----------
    window_ends
        Ends of the arrival windows after the start of the plan, ascending. An arrival counts as
        at the end of its window, and every need is due at the end of one.
    priority_weights
        Weight of a person-hour of deprivation for each priority, whole numbers.
    never_extra
        What not being served within the last window costs, on top of the wait until its end.
    min_remaining_life
        The least life left, at the start of the plan, for a lot to be sent.
    duty
        How long drivers may drive.
    """

    window_ends: tuple[timedelta, ...] = (
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=48),
        timedelta(hours=72),
    )
    priority_weights: tuple[tuple[Priority, int], ...] = (
        (Priority.LIFE_SAVING, 10),
        (Priority.ESSENTIAL, 3),
        (Priority.COMFORT, 1),
    )
    never_extra: timedelta = timedelta(hours=72)
    min_remaining_life: timedelta = timedelta(days=7)
    duty: DutyRules = field(default_factory=DutyRules)
