import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from relief.errors import InvalidInput
from relief.plan.outcome import SolveLimits
from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import RoutingProblem, Stops, VehicleType
from solvers.routing.problem_check import check_answer
from solvers.routing.problem_engines import engine_for, parse_engine, search
from solvers.routing.problem_search import Engine, SearchTime
from solvers.routing.problem_solver import TraceStep, solve_problem
from tests.solvers.routing.problems import best_cost, on_a_line, random_problem

ROOT = Path(__file__).parents[3]


def found(problem: RoutingProblem, engine: Engine, iterations: int = 400, seed: int = 1) -> int:
    """Search in this process and return the checked cost."""
    limit = SearchTime(seconds=30, seed=seed, max_iterations=iterations)
    answer = search(engine, problem, replace(limit, began_s=limit.clock()), lambda _: None)
    check = check_answer(problem, answer)
    assert [str(violation) for violation in check.violations] == []
    return check.cost


@pytest.mark.parametrize("engine", ["strings", "pyvrp", "ortools"])
@pytest.mark.parametrize("windows", [False, True])
def test_small_problems_are_solved_to_the_optimum(engine: Engine, windows: bool) -> None:  # noqa: FBT001
    for seed in range(2):
        problem = random_problem(seed, 5, windows=windows)
        iterations = 60 if engine == "ortools" else 2000
        assert found(problem, engine, iterations) == best_cost(problem)


def test_strings_repeat_themselves_with_one_seed() -> None:
    problem = random_problem(5, 40)
    problem = replace(
        problem,
        vehicle_types=tuple(replace(one, num_available=40) for one in problem.vehicle_types),
    )
    time = SearchTime(seconds=1, seed=3, max_iterations=3000, clock=lambda: 0.0)
    first = search("strings", problem, time, lambda _: None)
    assert first == search("strings", problem, time, lambda _: None)
    assert check_answer(problem, first).holds


@pytest.mark.parametrize("engine", ["strings", "pyvrp", "ortools"])
def test_open_ends_prizes_and_two_loads(engine: Engine) -> None:
    # Open ends: 20 for 10 and 20. The stop at -10 costs 10 more, or 7 if it is left out.
    stops = Stops.plain(
        np.array([[1, 3], [1, 3], [1, 1]]),
        prize=np.array([0, 0, 7]),
        required=np.array([True, True, False]),
    )
    kind = VehicleType(num_available=3, capacity=(9, 6), end_depot=None)
    assert found(on_a_line(stops=stops, types=(kind,)), engine, 50) == 27
    # With room for only one of the two large ones, two vehicles go: 10 + 20 + 7.
    tight = replace(kind, capacity=(9, 5))
    assert found(on_a_line(stops=stops, types=(tight,)), engine, 50) == 37


@pytest.mark.parametrize("engine", ["strings", "pyvrp", "ortools"])
def test_site_dependence_and_depots(engine: Engine) -> None:
    # Depots at 0 and 100; the vehicle at 100 may not serve 90, so the one at 0 goes there: 180.
    types = (
        VehicleType(num_available=1, capacity=(9,)),
        VehicleType(num_available=1, capacity=(9,), start_depot=1, end_depot=1),
    )
    allowed = np.array([[True, True, True], [True, False, True]])
    problem = on_a_line((0, 100, 10, 90, 110), num_depots=2, types=types, allowed=allowed)
    assert found(problem, engine, 50) == 180 + 20


def test_pyvrp_reloads_and_waits_for_release() -> None:
    kind = VehicleType(num_available=1, capacity=(2,), reload_depots=(0,), closes=200)
    stops = Stops.plain(np.ones((3, 1), np.int64), release=np.array([0, 0, 100]))
    # Two trips by the only vehicle: 40, and 20 from time 100 on.
    assert found(on_a_line(types=(kind,), stops=stops), "pyvrp", 200) == 60


def test_ortools_keeps_precedence() -> None:
    problem = on_a_line(precedence=((1, 0),), types=(VehicleType(num_available=1, capacity=(3,)),))
    # 20 before 10, and -10: 20 + 10 + 20 + 10.
    assert found(problem, "ortools", 50) == 60
    both = replace(problem, precedence=((0, 2), (2, 1)))
    # 10, then -10, then 20, then home: 10 + 20 + 30 + 20.
    assert found(both, "ortools", 50) == 80
    assert engine_for(problem, "best") == "ortools"


def test_engines_say_what_they_cannot() -> None:
    kind = VehicleType(num_available=1, capacity=(3,), reload_depots=(0,))
    problem = on_a_line(types=(kind,))
    assert engine_for(problem, "best") == "pyvrp"
    with pytest.raises(InvalidInput, match="knows no reloads"):
        engine_for(problem, "strings")
    with pytest.raises(InvalidInput, match="no such routing engine"):
        parse_engine("magic")


@pytest.mark.parametrize("engine", ["strings", "pyvrp", "ortools"])
def test_split_deliveries_share_a_stop(engine: Engine) -> None:
    # 6 units for 10, 20 and -10 each two, trucks of 3: two full trucks are the least.
    problem = on_a_line(
        (0, 10, 10, 10),
        demand=(2, 2, 2),
        types=(VehicleType(num_available=5, capacity=(3,)),),
        split=True,
    )
    assert found(problem, engine, 300) == 40


def test_demand_above_a_truck_is_peeled_and_shared() -> None:
    # 7 at 10 and 5 at 20 fill three trucks of 4: one takes 4 to 10, one 3 to 10 and 1 to 20, one 4
    # to 20: 20 + 40 + 40.
    problem = on_a_line(
        (0, 10, 20), demand=(7, 5), types=(VehicleType(num_available=4, capacity=(4,)),), split=True
    )
    assert found(problem, "strings", 2000) == 100


def test_the_process_answers_and_tells() -> None:
    steps: list[TraceStep] = []
    problem = random_problem(1, 5)
    solved = solve_problem(
        problem,
        SolveLimits(seconds=60, seed=1, max_iterations=1000),
        progress=steps.append,
    )
    assert solved.engine == "strings"
    assert solved.check.cost == best_cost(problem)
    assert not solved.was_stopped
    assert tuple(steps) == solved.trace
    assert steps[-1].cost == solved.check.cost


def test_too_few_vehicles_are_an_answer_with_names() -> None:
    # One vehicle, room for two of three: infeasible as a whole, though each stop could be served.
    problem = on_a_line(types=(VehicleType(num_available=1, capacity=(2,)),))
    solved = solve_problem(problem, SolveLimits(seconds=60, max_iterations=500))
    assert not solved.check.holds
    assert len(solved.check.unserved) == 1
    assert "is not served" in str(solved.violations[0])


def test_stops_left_out_are_named_rather_than_a_truck_overloaded() -> None:
    # Four stops of one load and a single vehicle for two of them: one fault would be to overload
    # it, two are to leave two stops out, which is what somebody could drive.
    problem = on_a_line(
        (0, 10, 20, 30, 40),
        demand=(1, 1, 1, 1),
        types=(VehicleType(num_available=1, capacity=(2,)),),
    )
    solved = solve_problem(problem, SolveLimits(seconds=60, max_iterations=500))
    assert len(solved.check.unserved) == 2
    assert len(solved.violations) == 2


@pytest.mark.parametrize("engine", ["strings", "pyvrp"])
def test_answers_are_told_while_the_search_goes_on(engine: Engine) -> None:
    # An hour of search by a watch that stands still for the first answers: the best answer of five
    # stops is found in the first rounds, and nothing better comes after it.
    problem = random_problem(1, 5)
    told: list[int] = []
    now_s = 0.0

    def clock() -> float:
        nonlocal now_s
        now_s += 0.01
        return 3600.0 if best in told else now_s

    best = best_cost(problem)
    limit = SearchTime(seconds=3600, seed=1, clock=clock)
    search(engine, problem, limit, lambda answer: told.append(check_answer(problem, answer).cost))
    assert told[-1] == best
    assert len(told) < 10


def test_control_c_keeps_the_best_so_far() -> None:
    problem = replace(
        random_problem(2, 30),
        vehicle_types=(VehicleType(num_available=30, capacity=(8,), closes=NO_LIMIT),),
        allowed=np.ones((1, 30), np.bool_),
    )

    def interrupt(_: TraceStep) -> None:
        threading.Timer(0.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    solved = solve_problem(problem, SolveLimits(seconds=100), progress=interrupt)
    assert solved.was_stopped
    assert solved.check.holds


def test_control_c_before_any_answer_is_no_failure() -> None:
    # The watch is looked at only while there is nothing to take yet.
    def interrupted() -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_problem(random_problem(2, 30), SolveLimits(seconds=100), clock=interrupted)


def test_the_process_ends_with_its_parent() -> None:
    code = (
        "import os\n"
        "import signal\n"
        "from pathlib import Path\n"
        "from relief.plan.outcome import SolveLimits\n"
        "from solvers.routing.problem_solver import solve_problem\n"
        "from tests.solvers.routing.problems import random_problem\n"
        "def die(step):\n"
        "    own = os.getpid()\n"
        "    print(Path(f'/proc/{own}/task/{own}/children').read_text(), flush=True)\n"
        "    os.kill(own, signal.SIGKILL)\n"
        "solve_problem(random_problem(1, 5), SolveLimits(seconds=600), progress=die)\n"
    )
    parent = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert parent.returncode == -signal.SIGKILL, parent.stderr
    (child,) = map(int, parent.stdout.split())
    deadline_s = time.monotonic() + 300
    while _runs(child):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    # A child that nobody waits for any more stays in the table as a zombie until init takes it.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
