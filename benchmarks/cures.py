"""Whether printed cures hold: `python -m benchmarks.cures [OUT_DIR ...] [--draws N]`.

For folders of plans and for drawn situations with scarce stock and trucks: every cure that would be
printed is put into the situation, and that is solved from nothing, by the first stage and by the
whole allocation in whole pieces. A row for each situation: cures, how many hold in either way, the
least of what was saved by what was said, and the seconds for all cures.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from api.documents.saved import read_plan
from benchmarks.full_case import full_situation
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from scenarios.cures import changed_by, cures
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.first_stage import FirstStage, first_stage
from solvers.stop import Deadline
from tests.solvers.allocation.small_cases import small_situation

NUM_CURES = 8
BLUR = 1e-5
MILLI = 1_000


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=300), time.monotonic)


def reached(situation: Situation) -> float:
    objective = WindowAllocator(SolveLimits(seconds=60)).allocate(situation).report.objective
    assert objective is not None
    return objective * 1000


def row(name: str, situation: Situation) -> tuple[int, int]:
    """Print a row; return how many cures were named and how many hold."""
    base: FirstStage = first_stage(situation, soon())
    began_s = time.monotonic()
    found = cures(situation, NUM_CURES, soon(), base=base)
    seconds = time.monotonic() - began_s
    whole = reached(situation)
    holding, holding_whole, least = 0, 0, float("inf")
    for cure in found:
        changed = changed_by(situation, cure.change)
        saved = base.reached_milli_h - first_stage(changed, soon()).reached_milli_h
        # What is printed are whole person-hours, rounded down.
        said = cure.saved_milli_person_h // MILLI * MILLI
        holds = saved >= said * (1 - BLUR)
        holding += holds
        holding_whole += whole - reached(changed) > 0
        least = min(least, saved / cure.saved_milli_person_h)
        if not holds:
            print(f"  does not hold: {cure.told} {cure.saved_milli_person_h} > {saved}")
    told = f"{least:.6f}" if found else "-"
    print(
        f"{name:24} cures {len(found):2}  hold {holding:2}  in whole pieces {holding_whole:2}  "
        f"saved/said >= {told}  {seconds:6.1f} s",
        flush=True,
    )
    return len(found), holding


def situations(folders: list[str], draws: int) -> Iterator[tuple[str, Situation]]:
    for folder in folders:
        yield folder, read_plan(Path(folder)).situation
    for seed in range(draws):
        situation = small_situation(seed, num_places=4, num_depots=3)
        if situation.needs and situation.lots:
            yield f"drawn {seed}", situation
    if not folders and draws >= 100:
        yield "counties, few trucks", full_situation(scarce=True)


def main(arguments: list[str]) -> bool:
    """Run the benchmark; return whether every cure holds."""
    draws = 100
    if "--draws" in arguments:
        at = arguments.index("--draws")
        draws = int(arguments[at + 1])
        arguments = arguments[:at] + arguments[at + 2 :]
    named = holding = 0
    for name, situation in situations(arguments, draws):
        more, held = row(name, situation)
        named, holding = named + more, holding + held
    share = f"{holding / named:.1%}" if named else "-"
    print(f"all: {holding} of {named} cures hold ({share})")
    return holding == named


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
