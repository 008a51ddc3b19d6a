"""The main job, stage by stage: `python -m benchmarks.pipeline [EVENT] [SECONDS]`.

Prints a row for the table of results: wall-clock seconds of each stage, the time until there was a
plan that could be used, the largest memory of the program and of its solver process, and what the
plan was worth.
"""

import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from api.documents.papers import papers
from api.language import language
from api.planning import PlanRequest, make_plan
from relief.plan import measures
from relief.plan.outcome import silent

ROOT = Path(__file__).resolve().parent.parent
STAGES = (
    "network",
    "reports",
    "needs",
    "travel",
    "first-plan",
    "baseline",
    "allocation",
    "routing",
    "verify",
)


def commit() -> str:
    """Return the short name of the commit that is checked out."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(  # noqa: S603 - a fixed command
        git, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def largest_mib(who: int) -> float:
    """Return the largest resident memory of this process or of its children."""
    return resource.getrusage(who).ru_maxrss / 1024


def main(event: str = "2016-meiyu", seconds: float = 30.0, seed: int = 1) -> None:
    """Run the job once and print its row."""
    began = time.perf_counter()
    result = make_plan(PlanRequest(event=event, seconds=seconds, seed=seed))
    planned = time.perf_counter()
    papers(result, language("en"), silent)
    written = time.perf_counter()
    spent = {stage.stage: stage.seconds for stage in result.origin.stages}
    gap = measures.gap_share(result.plan)
    cells = [
        datetime.now(UTC).date().isoformat(),
        commit(),
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}",
        event,
        f"{seconds:g}",
        str(seed),
        *(f"{spent.get(stage, 0.0):.1f}" for stage in STAGES),
        f"{planned - began:.1f}",
        f"{written - planned:.1f}",
        f"{largest_mib(resource.RUSAGE_SELF):.0f} + {largest_mib(resource.RUSAGE_CHILDREN):.0f}",
        f"{result.plan.score.deprivation_milli_person_h / 1000:,.0f}",
        "-" if gap is None else f"{float(gap) * 100:.2f} %",
    ]
    heads = [
        "date", "commit", "machine", "event", "limit s", "seed", *(f"{s} s" for s in STAGES),
        "in all s", "papers s", "MiB", "deprivation person-h", "gap",
    ]  # fmt: skip
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:2], *(float(text) for text in sys.argv[2:3]))
