"""What a solver's process is asked, and what it answers."""

from dataclasses import dataclass
from typing import Literal

from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation

Engine = Literal["pyvrp", "ortools"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolveRequest:
    """What the worker is asked.

    Parameters
    ----------
    situation
        What to plan for.
    limits
        Seconds for allocation and routing together, seed and iterations.
    engine
        Which routing engine.
    """

    situation: Situation
    limits: SolveLimits
    engine: Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveAnswer:
    """What the worker answers.

    Parameters
    ----------
    plan
        The plan, certified unless it was rejected; None where there is none.
    why
        Why there is no usable plan; empty where there is one.
    """

    plan: DispatchPlan | None
    why: str
