"""What both verifiers say of a plan that is replanned after something drawn has happened."""

import random
from collections.abc import Sequence
from datetime import timedelta

from relief.plan.assembly import assemble
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution import progress
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.going_on import situation_going_on
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanner
from tests import situations as hand


def violations_anew(
    situation: Situation, plan: DispatchPlan, seed: int
) -> tuple[Sequence[object], Sequence[object]]:
    """Return what is wrong with a replan as a plan, and as a change of one truck and waybill.

    A vehicle of the plan breaks down or is two hours late, after one, three or eight hours.
    """
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    instant = hand.START_AT + timedelta(hours=draw.choice([1, 3, 8]))
    event = ExecutionEvent(
        kind=draw.choice([EventKind.BROKEN_DOWN, EventKind.DELAYED]),
        vehicle_code=draw.choice(plan.vehicle_routes).vehicle_code,
        at=instant,
        delay=timedelta(hours=2),
    )
    done = progress(plan, situation, [event], instant)
    now = situation_going_on(situation, done)
    answer = Replanner(SolveLimits(seconds=30.0, max_iterations=5)).replan(
        now, done.remaining, plan.consignments, ChangeBudget(max_drivers=1, max_waybills=1)
    )
    anew = assemble(now, answer.allocation, answer.routes)
    return (
        verify(anew, now).violations,
        verify_replan(situation, done, now, anew, max_drivers=1, max_waybills=1),
    )
