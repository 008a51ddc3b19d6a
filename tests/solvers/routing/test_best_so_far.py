"""The routing tells how good its answer is by now, and how good any can be."""

from itertools import pairwise

import pytest

from relief.plan.dispatch import plan_dispatch
from relief.plan.outcome import ProgressStep, SolveLimits
from relief.plan.situation import Situation
from solvers.agreement import Agreement
from solvers.routing.best_so_far import BestSoFar
from tests.situations import two_depots_three_places
from tests.solvers.routing.cases import allocation, consignment, drawn_case


class Watch:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def told_while_planning(case: Situation) -> tuple[list[ProgressStep], float]:
    steps: list[ProgressStep] = []
    limits = SolveLimits(seconds=60.0, seed=3, max_iterations=20)
    agreement = Agreement(limits, progress=steps.append)
    plan = plan_dispatch(case, agreement, agreement)
    return [
        step for step in steps if step.stage == "routing"
    ], plan.score.deprivation_milli_person_h / 1000


def test_what_is_not_allocated_counts_and_is_bounded() -> None:
    steps, deprivation_person_h = told_while_planning(two_depots_three_places())
    told = [step.best_person_h for step in steps if step.best_person_h is not None]
    # Ten tents never come, 10 x 3 people x weight 10 x 132 h, and all else is in time.
    assert deprivation_person_h == told[0] == told[-1] == 39_600.0
    assert {step.bound_person_h for step in steps if step.best_person_h is not None} == {39_600.0}
    assert steps[-1].best_person_h == 39_600.0


@pytest.mark.parametrize("seed", [3, 8, 21])
def test_the_best_never_gets_worse_and_ends_where_the_plan_does(seed: int) -> None:
    case, _ = drawn_case(seed)
    steps, deprivation_person_h = told_while_planning(case)
    told = [step.best_person_h for step in steps if step.best_person_h is not None]
    assert told
    assert told[-1] == pytest.approx(deprivation_person_h, rel=1e-9)
    for step in steps:
        if step.best_person_h is not None and step.bound_person_h is not None:
            assert step.bound_person_h <= step.best_person_h + 1e-6
    firsts = [step.detail for step in steps if step.best_person_h is not None]
    assert firsts[0] == "a first answer"
    fixed = told[: next((i for i, one in enumerate(firsts) if one == "sourced anew"), len(told))]
    assert all(later <= earlier for earlier, later in pairwise(fixed))


def test_an_answer_is_counted_anew_no_more_than_twice_a_second() -> None:
    steps: list[ProgressStep] = []
    watch = Watch()
    case = two_depots_three_places()
    told = BestSoFar.of(
        case, allocation(consignment("A-tent", "tent", "420001", 50)), steps.append, watch
    )
    told(ProgressStep(stage="routing", done_share=0.0))
    assert steps[-1].best_person_h is None
    # 40 and 10 tents are not allocated: 50 x 3 people x weight 10 x 132 h.
    told.found(5_000)
    told.found(7_000)
    told(ProgressStep(stage="routing", done_share=0.1))
    told_last = steps[-1]
    assert told_last.best_person_h == 198_005.0
    assert told_last.bound_person_h is None
