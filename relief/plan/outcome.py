"""How a solver ended, what it may use, and how it tells of its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Termination(StrEnum):
    """How a solver ended. Every solver's own words are translated into these."""

    OPTIMAL = "optimal"
    """Proven best for the model it was given."""
    FEASIBLE = "feasible"
    """Usable, stopped by a limit or a heuristic that proves nothing."""
    BASELINE = "baseline"
    """The simple method answered because the solver could not."""
    FAILED = "failed"
    """No usable answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveLimits:
    """What a solver may use.

    Parameters
    ----------
    seconds
        Wall-clock limit; > 0.
    seed
        Seed of every random choice.
    max_iterations
        Limit on the iterations of a search, None for no limit. With this limit and the same
        seed, a search gives the same answer on every machine fast enough to reach it.
    """

    seconds: float = 30.0
    seed: int = 1
    max_iterations: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveReport:
    """What a solver did.

    Parameters
    ----------
    solver
        Name and version.
    termination
        How it ended.
    objective, bound
        Value of its answer and proven bound on the best value, in the solver's own objective
        (described in `note`); None where it has none.
    seconds
        Wall-clock time used.
    seed
        The seed it ran with.
    note
        What the objective is and what the bound covers, in one English sentence.
    """

    solver: str
    termination: Termination
    objective: float | None
    bound: float | None
    seconds: float
    seed: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressStep:
    """A sign of life from long work.

    Parameters
    ----------
    stage
        What is being done: ``reports``, ``needs``, ``travel``, ``allocation``, ``routing``,
        ``verify``, ``documents``.
    done_share
        How much of the stage is done, 0 to 1.
    detail
        An English half-sentence.
    best_person_h
        Weighted person-hours of deprivation of the best answer so far, where there is one, as the
        stage's own model counts them.
    bound_person_h
        What no answer of that model can do better than, as far as it is proven.
    """

    stage: str
    done_share: float
    detail: str = ""
    best_person_h: float | None = None
    bound_person_h: float | None = None


Progress = Callable[[ProgressStep], None]
"""Receives the signs of life. It may raise `relief.errors.Stopped` to cancel the work."""


def silent(step: ProgressStep) -> None:
    """Ignore a sign of life."""
    del step


class Clock(Protocol):
    """A stop watch in seconds; `time.monotonic` is one."""

    def __call__(self) -> float:
        """Return seconds since some fixed moment."""
        ...
