"""Policies that contradict themselves, and scores compared in the order of a policy's stages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.items import Priority
from relief.plan.dispatch_plan import Score
from relief.plan.measures import serves_better, stage_value
from relief.plan.policy import (
    STANDARD_STAGES,
    Objective,
    PlanningPolicy,
    PolicyStage,
    ReserveRule,
    policy_faults,
)

STANDARD = PlanningPolicy()


def stages(*objectives: Objective) -> tuple[PolicyStage, ...]:
    return tuple(PolicyStage(objective=objective) for objective in objectives)


def fields_at_fault(policy: PlanningPolicy) -> list[str]:
    return [fault.field for fault in policy_faults(policy)]


def test_the_standard_policy_is_without_fault() -> None:
    assert fields_at_fault(STANDARD) == []
    assert [stage.objective for stage in STANDARD_STAGES] == [
        Objective.DEPRIVATION,
        Objective.FAIRNESS,
        Objective.TIER,
        Objective.COST,
    ]


@pytest.mark.parametrize(
    ("objectives", "value"),
    [
        ((Objective.COST, Objective.DEPRIVATION), "cost"),
        ((Objective.FAIRNESS, Objective.DEPRIVATION), "fairness"),
        ((Objective.LIFE_SAVING, Objective.COST, Objective.DEPRIVATION), "cost, deprivation"),
        ((Objective.LIFE_SAVING, Objective.FAIRNESS), "life-saving, fairness"),
        ((Objective.DEPRIVATION, Objective.DEPRIVATION), "deprivation"),
    ],
)
def test_stages_that_would_keep_goods_back_are_refused(
    objectives: tuple[Objective, ...], value: str
) -> None:
    faults = list(policy_faults(replace(STANDARD, stages=stages(*objectives))))
    assert [(fault.field, fault.value) for fault in faults] == [("stages", value)]


def test_fairness_may_stand_between_life_saving_and_all_needs() -> None:
    order = (Objective.LIFE_SAVING, Objective.FAIRNESS, Objective.DEPRIVATION, Objective.COST)
    assert fields_at_fault(replace(STANDARD, stages=stages(*order))) == []


def test_all_faults_of_a_policy_are_told_at_once() -> None:
    policy = PlanningPolicy(
        window_ends=(timedelta(hours=24), timedelta(hours=12)),
        priority_weights=((Priority.LIFE_SAVING, 1), (Priority.ESSENTIAL, 3)),
        never_extra=timedelta(minutes=-30),
        stages=(
            PolicyStage(objective=Objective.COST, slack_share=1.5),
            PolicyStage(objective=Objective.FAIRNESS, levels=0),
        ),
        reserve=ReserveRule(stock_ppm=1_000_000, trucks_ppm=-1),
    )
    assert fields_at_fault(policy) == [
        "window_ends",
        "window_ends, never_extra",
        "never_extra",
        "priority_weights",  # comfort is missing
        "priority_weights",  # essential outweighs life-saving
        "stages",  # no deprivation
        "stages cost slack_share",
        "stages fairness levels",
        "reserve stock",
        "reserve trucks",
    ]


def score(deprivation: int, ppm: int, cost: int, *, life_saving: int = 0) -> Score:
    return Score(
        deprivation_milli_person_h=deprivation,
        worst_county_code="420001" if ppm else "",
        worst_unserved_ppm=ppm,
        tier_g=0,
        cost_fen=cost,
        life_saving_milli_person_h=life_saving,
    )


def test_a_score_is_read_stage_by_stage() -> None:
    one = replace(score(1, 2, 4, life_saving=5), tier_g=3)
    assert [stage_value(one, objective) for objective in Objective] == [5, 1, 2, 3, 4]


def test_the_first_stage_that_differs_decides() -> None:
    assert serves_better(score(99, 9, 9), score(100, 0, 0), STANDARD)
    assert serves_better(score(100, 8, 9), score(100, 9, 0), STANDARD)
    assert not serves_better(score(100, 9, 9), score(100, 9, 9), STANDARD)


def test_what_lies_within_the_slack_does_not_decide() -> None:
    # One part in a hundred of deprivation may be given away for half the cost, two may not.
    saving = replace(
        STANDARD,
        stages=(
            PolicyStage(objective=Objective.DEPRIVATION, slack_share=0.01),
            PolicyStage(objective=Objective.COST, slack_share=0.0),
        ),
    )
    assert serves_better(score(1000, 0, 50), score(990, 0, 100), saving)
    assert not serves_better(score(1000, 0, 50), score(980, 0, 100), saving)
    assert serves_better(score(990, 0, 100), score(1000, 0, 100), saving)
