"""The cheapest cures of a shortage: each looked for by prices, and confirmed before it is said.

Prices say where one more piece, one more truck or one open road may help. They are one-sided and
can be wrong about six trucks, so each candidate is put into the situation and the allocation's
first stage is solved again. What is said is what that second solution proves: the most that the
changed situation can still lack, taken from the least that the base must lack.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relief.errors import SolverFailed
from relief.plan.outcome import Progress, ProgressStep, silent
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.sentences import Sentence
from scenarios.cure_candidates import candidates
from scenarios.easing import (
    Easing,
    OpenRoad,
    eased,
    easing_described,
)
from scenarios.overlay import Change, described, overlay
from solvers.allocation.first_stage import FirstStage, first_stage
from solvers.stop import Deadline

LEAST_MILLI_H = 1_000
"""A cure that saves less than a weighted person-hour is none."""

MOST_OF_A_KIND = 2
"""So many cures of a kind are named before the next kind is, so that there is a choice."""

Retime = Callable[[str], TravelTimes]
"""Gives the travel times without one closure, named as in `TravelTimes.closures`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """A change that helps, and by how much.

    Parameters
    ----------
    change
        What is changed.
    saved_milli_person_h
        Weighted milli-person-hours of deprivation that are saved at least: confirmed by solving
        the allocation of the changed situation.
    told
        The change as a sentence.
    """

    change: Change | Easing
    saved_milli_person_h: int
    told: Sentence


def cures(
    situation: Situation,
    num_cures: int,
    deadline: Deadline,
    *,
    base: FirstStage | None = None,
    retime: Retime | None = None,
    progress: Progress = silent,
) -> tuple[Cure, ...]:
    """Return the cures that save most, each confirmed by another solution.

    Parameters
    ----------
    situation
        The situation.
    num_cures
        How many to name at most.
    deadline
        After it no further candidate is tried; what was confirmed by then is named.
    base
        The first stage of the situation where it is known.
    retime
        To try what opening a road would save; None where the roads are not at hand.
    progress
        Hears of each candidate; may raise `relief.errors.Stopped`.

    Raises
    ------
    relief.errors.SolverFailed
        If the situation itself is not solved in time.
    """
    known = base if base is not None else first_stage(situation, deadline)
    tried = list(candidates(situation, known, with_roads=retime is not None))
    found: list[Cure] = []
    for number, change in enumerate(tried):
        if deadline.has_passed():
            break
        progress(
            ProgressStep(
                stage="cures",
                done_share=number / len(tried),
                detail=f"{number} of {len(tried)} candidates tried",
            )
        )
        try:
            saved = confirmed_milli_h(situation, known, change, deadline, retime)
        except SolverFailed:
            break
        if saved >= LEAST_MILLI_H:
            found.append(
                Cure(
                    change=change,
                    saved_milli_person_h=saved,
                    told=easing_described(change, situation)
                    if isinstance(change, Easing)
                    else described(change, situation),
                )
            )
    found.sort(key=lambda cure: (-cure.saved_milli_person_h, str(cure.told)))
    return tuple(_mixed(found)[:num_cures])


def confirmed_milli_h(
    situation: Situation,
    base: FirstStage,
    change: Change | Easing,
    deadline: Deadline,
    retime: Retime | None = None,
) -> int:
    """Return what a change saves at least, in weighted milli-person-hours.

    Parameters
    ----------
    situation, base
        The situation and its first stage.
    change
        The change.
    deadline
        When to give up.
    retime
        Needed for a change on the roads.

    Raises
    ------
    relief.errors.SolverFailed
        If the changed situation is not solved in time.
    """
    changed = changed_by(situation, change, retime)
    after = first_stage(changed, deadline, base)
    # To the thousandth of a person-hour, which is as fine as the solvers count.
    return round(base.bound_milli_h - after.reached_milli_h)


def changed_by(
    situation: Situation, change: Change | Easing, retime: Retime | None = None
) -> Situation:
    """Return the situation with one change over it.

    Raises
    ------
    ValueError
        If the change needs roads and there is no way to time them.
    """
    if isinstance(change, Easing):
        timed = None
        if isinstance(change, OpenRoad) and retime is not None:
            timed = retime(change.name)
        return eased(situation, change, timed)
    return overlay(situation, [change])


def _mixed(found: Sequence[Cure]) -> list[Cure]:
    """Return the cures with each kind's best ones first, then the rest."""
    times: dict[type[Change | Easing], int] = {}
    first: list[Cure] = []
    rest: list[Cure] = []
    for cure in found:
        kind = type(cure.change)
        times[kind] = times.get(kind, 0) + 1
        (first if times[kind] <= MOST_OF_A_KIND else rest).append(cure)
    return first + rest
