"""A solver's process may do anything wrong; the caller hears of it and goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.solve_request import SolveRequest
from api.solver_process import SolverProcess
from relief.errors import SolverFailed, Stopped
from relief.plan.outcome import ProgressStep, SolveLimits, silent
from relief.plan.verify import verify
from tests.situations import two_depots_three_places

ROOT = Path(__file__).resolve().parents[2]
REQUEST = SolveRequest(
    situation=two_depots_three_places(), limits=SolveLimits(seconds=1.0), engine="pyvrp"
)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_the_worker_answers_with_a_plan_that_holds() -> None:
    steps: list[ProgressStep] = []
    with SolverProcess() as process:
        answer = process.solve(REQUEST, steps.append)
    assert answer.why == ""
    assert answer.plan is not None
    assert verify(answer.plan, REQUEST.situation).holds
    # Nothing beats serving places 1 and 2 in time; see the situation.
    assert answer.plan.score.deprivation_milli_person_h == 39_600_000
    assert {step.stage for step in steps} >= {"allocation", "routing"}


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import sys; sys.exit(3)", "with exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "by signal 11"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "by signal 9"),
        ("print('this is no pickle')", "with exit status 0"),
    ],
)
def test_a_process_that_dies_is_told_of(code: str, how: str) -> None:
    with (
        SolverProcess(command=python(code)) as process,
        pytest.raises(SolverFailed, match=f"ended {how} before it answered"),
    ):
        process.solve(REQUEST, silent)


def test_a_process_that_never_answers_is_ended() -> None:
    # A watch that runs a minute for every look.
    looks = iter(range(0, 6_000, 60))
    with (
        SolverProcess(
            clock=lambda: float(next(looks)), command=python("import time; time.sleep(600)")
        ) as process,
        pytest.raises(SolverFailed, match="did not answer within 16 s and was ended"),
    ):
        process.solve(REQUEST, silent)
    assert_gone(process)


def test_a_stop_ends_the_process_at_once() -> None:
    def stop(step: ProgressStep) -> None:
        raise Stopped(step.stage)

    began_s = time.monotonic()
    with (
        pytest.raises(Stopped, match="allocation"),
        SolverProcess(command=python("import time; time.sleep(600)")) as process,
    ):
        process.solve(REQUEST, stop)
    assert time.monotonic() - began_s < 30
    assert_gone(process)


def test_children_of_the_process_end_with_it() -> None:
    code = (
        "import subprocess, sys, time;"
        f"child = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(600)']);"
        "print(child.pid, file=sys.stderr, flush=True); time.sleep(600)"
    )
    with SolverProcess(command=python(code)) as process:
        child = 0
        while not child:
            process._errors.seek(0)
            child = int(process._errors.read() or 0)
            time.sleep(0.05)
    deadline_s = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_the_worker_ends_when_its_caller_is_killed() -> None:
    # The caller hands over a request that takes an hour, and is killed at its first sign of life.
    code = (
        "import os, signal, sys\n"
        "from dataclasses import replace\n"
        "from tests.api.test_solver_process import REQUEST\n"
        "from api.solver_process import SolverProcess\n"
        "from relief.plan.outcome import SolveLimits\n"
        "def die(step):\n"
        "    if step.stage == 'routing':\n"
        "        print(process._process.pid, flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "request = replace(REQUEST, limits=SolveLimits(seconds=3600))\n"
        "with SolverProcess() as process:\n"
        "    process.solve(request, die)\n"
    )
    caller = subprocess.run(  # noqa: S603 - our own program
        python(code), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert caller.returncode == -signal.SIGKILL, caller.stderr
    worker = int(caller.stdout)
    deadline_s = time.monotonic() + 10
    while _runs(worker):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def assert_gone(process: SolverProcess) -> None:
    assert process._process.returncode is not None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child that nobody waits for any more stays in the table as a zombie until init takes it.
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
