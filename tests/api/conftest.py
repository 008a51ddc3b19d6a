"""A plan for a real event, made once for all tests that need one."""

import pytest

from api.plan_result import PlanResult
from api.planning import PlanRequest, make_plan


@pytest.fixture(scope="session")
def liulin() -> PlanResult:
    return make_plan(PlanRequest(event="2021-liulin", seconds=20.0, max_iterations=20))
