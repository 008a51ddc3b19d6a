"""One way to a plan: the simple method first, the better plan in the end, and always a plan."""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.plan_result import FIRST_PLAN, PlanResult
from api.planning import (
    PlanRequest,
    StageWatch,
    closed_stretches,
    make_plan,
    open_sources,
    road_paths,
    solve_situation,
)
from api.solve_request import SolveAnswer, SolveRequest
from api.solver_process import SolverProcess
from geodata.roads import load_roads
from relief.errors import Gathering, InvalidInput, SolverFailed, Stopped
from relief.plan.dispatch import plan_dispatch
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import Progress, ProgressStep, silent
from relief.plan.situation import Situation
from relief.plan.travel import Closure, ClosureKind, Location, RoadPath, TravelTimes
from relief.plan.verify import verify
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter
from tests.situations import two_depots_three_places

REQUEST = PlanRequest(event="hand-made", seconds=1.0)


class Answering(SolverProcess):
    """A process that needs no process: it answers or fails as it is told."""

    def __init__(self, answer: SolveAnswer | Exception) -> None:
        super().__init__()
        self._answer = answer

    def solve(self, request: SolveRequest, progress: Progress) -> SolveAnswer:
        del request, progress
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def simple_plan(situation: Situation) -> DispatchPlan:
    return plan_dispatch(situation, NearestAllocator(), SavingsRouter())


def watch() -> StageWatch:
    return StageWatch(silent, time.monotonic)


def test_a_plan_for_a_real_event_holds_along_its_roads(liulin: PlanResult) -> None:
    plan = liulin.plan
    assert plan.certificate is not None
    assert plan.certificate == verify(plan, liulin.situation, liulin.paths)
    assert plan.certificate.holds
    assert not plan.is_baseline
    assert liulin.origin.fallback == ""
    # Liulin town reported 8,000 people affected; one of the seven sentences is cut short.
    assert liulin.origin.affected_people is not None
    assert liulin.origin.affected_people.likely == 8_000
    assert len(liulin.origin.refused) == 1
    driven = {
        (stop.leg.from_code, stop.leg.to_code)
        for route in plan.vehicle_routes
        for stop in (*(s for trip in route.trips for s in trip.stops), route.home)
        if stop.leg.from_code != stop.leg.to_code
    }
    assert {(path.from_code, path.to_code) for path in liulin.paths} == driven


def test_every_stage_is_timed_and_the_first_plan_comes_early(liulin: PlanResult) -> None:
    stages = {stage.stage: stage.seconds for stage in liulin.origin.stages}
    assert set(stages) == {
        "network", "reports", "needs", "travel", "baseline", FIRST_PLAN, "allocation", "routing",
        "verify",
    }  # fmt: skip
    assert stages[FIRST_PLAN] < 10


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (SolverFailed("The solver's process ended by signal 11 before it answered."), "signal 11"),
        (SolveAnswer(plan=None, why="Traceback ...\nMemoryError"), "MemoryError"),
    ],
)
def test_a_dead_solver_leaves_the_simple_plan_marked_so(
    failure: SolveAnswer | Exception, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    situation = two_depots_three_places()
    solved = solve_situation(situation, REQUEST, watch(), Answering(failure))
    assert solved.plan.is_baseline
    assert why in solved.fallback
    assert verify(solved.plan, situation).holds
    assert why in caplog.text


def test_a_rejected_plan_is_logged_whole_and_never_handed_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    situation = two_depots_three_places()
    broken = replace(simple_plan(situation), event_code="another event")
    answer = SolveAnswer(plan=broken.certified(verify(broken, situation)), why="breaks 1 rules")
    with caplog.at_level(logging.ERROR):
        solved = solve_situation(situation, REQUEST, watch(), Answering(answer))
    assert solved.plan.event_code == "hand-made"
    assert solved.plan.is_baseline
    assert solved.fallback == "breaks 1 rules"
    assert '"event_code": "another event"' in caplog.text


def test_the_better_plan_counts_and_takes_the_bound_with_it() -> None:
    situation = two_depots_three_places()
    simple = simple_plan(situation)
    nothing = replace(
        simple,
        is_baseline=False,
        score=replace(simple.score, deprivation_milli_person_h=10**12),
        deprivation_bound_milli_person_h=39_600_000,
    )
    solved = solve_situation(
        situation, REQUEST, watch(), Answering(SolveAnswer(plan=nothing, why=""))
    )
    assert solved.plan.score == simple.score
    assert solved.plan.deprivation_bound_milli_person_h == 39_600_000
    assert solved.plan.certificate is not None
    assert solved.plan.certificate.holds
    assert "scores better" in solved.fallback


def test_an_equal_plan_of_the_solvers_is_taken() -> None:
    situation = two_depots_three_places()
    same = replace(simple_plan(situation), is_baseline=False)
    solved = solve_situation(situation, REQUEST, watch(), Answering(SolveAnswer(plan=same, why="")))
    assert solved.plan is same
    assert solved.fallback == ""


def test_the_real_solvers_find_the_best_plan_by_hand() -> None:
    situation = two_depots_three_places()
    with SolverProcess() as solver:
        solved = solve_situation(situation, REQUEST, watch(), solver)
    assert solved.plan.score.deprivation_milli_person_h == 39_600_000
    assert solved.plan.deprivation_bound_milli_person_h == 39_600_000


def test_signs_of_life_can_stop_the_work() -> None:
    heard = []

    def stop_at_needs(step: ProgressStep) -> None:
        heard.append(step.stage)
        if step.stage == "needs":
            raise Stopped(step.stage)

    with pytest.raises(Stopped, match="needs"):
        make_plan(PlanRequest(event="2021-liulin"), stop_at_needs)
    assert heard[-1] == "needs"


def test_stages_add_up_however_often_they_come_back() -> None:
    times = iter([0.0, 0.0, 1.0, 3.0, 6.0, 10.0])
    timed = StageWatch(silent, lambda: next(times))
    for stage in ("a", "b", "a"):
        timed.begin(stage)
    # a from 0 to 1 and from 3 to 6, b from 1 to 3.
    assert [(stage.stage, stage.seconds) for stage in timed.stages()] == [("a", 4.0), ("b", 2.0)]


class _Roads:
    """Notes for which legs roads are asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def travel_times(self, locations: Sequence[Location]) -> TravelTimes:
        raise NotImplementedError

    def paths(self, legs: Sequence[tuple[Location, Location, str]]) -> tuple[RoadPath, ...]:
        self.asked += [(start.code, end.code, speed) for start, end, speed in legs]
        return ()


def test_roads_are_asked_once_for_each_driven_leg() -> None:
    situation = two_depots_three_places()
    roads = _Roads()
    road_paths(simple_plan(situation), situation, roads)
    assert len(roads.asked) == len(set(roads.asked))
    assert all(start != end for start, end, _ in roads.asked)
    assert ("420001-01", "420001", "any") in roads.asked


def test_closed_stretches_are_found_on_the_network() -> None:
    roads = load_roads()
    layout = roads.layout
    tail, head = int(layout.tails[7]), int(layout.heads[7])
    edge = (int(layout.node_ids[tail]), int(layout.node_ids[head]))
    closure = Closure(name="c", kind=ClosureKind.EDGE, reason="", edges=(edge,))
    area = Closure(name="none", kind=ClosureKind.POLYGON, reason="", edges=())
    (stretch,) = closed_stretches(roads, (closure, area))
    assert (stretch.begin, stretch.end) == (roads.point_of(tail), roads.point_of(head))


def test_all_sources_are_looked_at_before_anything_is_refused(tmp_path: Path) -> None:
    request = PlanRequest(event="no-event", profile="no-profile", network=tmp_path / "no-network")
    with pytest.raises(InvalidInput, match="There is no such event") as caught:
        open_sources(request)
    text = str(caught.value)
    assert "There is no such factor profile" in text
    assert "There is no such network folder" in text


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"seconds": 0.5}, "cannot be given this time"),
        ({"seconds": 1e9}, "cannot be given this time"),
        ({"seed": -1}, "not negative"),
        ({"at": datetime(2016, 7, 6, 8)}, "names no instant"),  # noqa: DTZ001 - what is tested
    ],
)
def test_an_impossible_wish_is_refused(wrong: dict[str, object], what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        replace(REQUEST, **wrong)  # type: ignore[arg-type]


def test_a_naive_instant_is_never_taken_for_utc() -> None:
    request = replace(REQUEST, event="2021-liulin", at=datetime(2021, 8, 12, 12, tzinfo=UTC))
    assert open_sources(request).at == datetime(2021, 8, 12, 12, tzinfo=UTC)


def test_gathering_lets_good_parts_pass() -> None:
    gathering = Gathering()
    with gathering.part():
        pass
    gathering.settle()
    assert not gathering.has_faults
