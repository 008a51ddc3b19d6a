"""``relief source``: which sites to open or call on, from a file with a location problem."""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, terminal_for
from api.terminal import Terminal
from relief.errors import SolverFailed
from relief.plan.outcome import SolveLimits
from relief.sentences import say
from solvers.allocation.sourcing import Sourcing, SourcingProblem
from solvers.allocation.sourcing_check import violations
from solvers.allocation.sourcing_files import read_sourcing
from solvers.allocation.sourcing_search import solve_sourcing


def source(
    file: Annotated[
        Path,
        typer.Argument(
            help="A location problem: OR-Library's capacitated form, or JSON. / 选址问题文件。"
        ),
    ],
    *,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Time for the search. / 求解秒数。", min=0.1)
    ] = 60.0,
    capacity: Annotated[
        float | None,
        typer.Option(
            "--capacity",
            help="For files that leave the capacity of all sites open. / 文件未给出容量时使用。",
            min=0.0,
        ),
    ] = None,
    single_source: Annotated[
        bool,
        typer.Option(
            "--single-source", help="Each place is served by one site. / 每个点只由一处供应。"
        ),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Find which sites to open or call on and who is served from where, at the least cost.

    选择启用哪些储备点或协议供应商，并给出最低费用及已证明的下界。

    The answer is checked by code of its own before it is printed. JSON files hold
    demand_pieces, unit_cost_yuan and, where wanted, capacity, opening_cost_yuan, least, max_open
    and single_source.

    Example / 示例：

      relief source cap41.txt
    """
    terminal = terminal_for(lang)
    problem = read_sourcing(file, capacity=capacity, single_source=single_source)
    answer = _solved_apart(problem, seconds)
    broken = violations(problem, answer)
    if broken:
        raise SolverFailed("; ".join(str(sentence) for sentence in broken))
    if as_json:
        terminal.raw(json.dumps(_record(answer, terminal), ensure_ascii=False, indent=1) + "\n")
    else:
        _show(problem, answer, terminal)


def _solved_apart(problem: SourcingProblem, seconds: float) -> Sourcing:
    """Solve in a process of its own: HiGHS writes remarks on the standard output."""
    with ProcessPoolExecutor(1, get_context("spawn"), _hush) as pool:
        return pool.submit(solve_sourcing, problem, SolveLimits(seconds=seconds)).result()


def _hush() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show(problem: SourcingProblem, answer: Sourcing, terminal: Terminal) -> None:
    tell, number = terminal.language.tell, terminal.language.number
    bound = answer.cost_yuan if answer.bound_yuan is None else answer.bound_yuan
    terminal.line(
        tell(
            say(
                "Cost {cost}, proven not to be below {bound}.",
                cost=f"{answer.cost_yuan:,.3f}",
                bound=f"{bound:,.3f}",
            )
        )
    )
    terminal.line(
        tell(
            say(
                "{open} of {all} sites are open: {codes}.",
                open=number(len(answer.open_sites)),
                all=number(len(problem.site_codes)),
                codes=", ".join(answer.open_sites),
            )
        )
    )
    for flow in answer.flows:
        terminal.line(f"{flow.site_code} -> {flow.place_code}: {flow.sent_pieces:g}")
    for unserved in answer.unserved:
        terminal.line(
            tell(
                say(
                    "{place} lacks {pieces}: {because}",
                    place=unserved.place_code,
                    pieces=f"{unserved.missing_pieces:g}",
                    because=tell(unserved.because),
                )
            )
        )


def _record(answer: Sourcing, terminal: Terminal) -> dict[str, object]:
    record = asdict(answer)
    record["report"]["termination"] = answer.report.termination.value
    for entry, unserved in zip(record["unserved"], answer.unserved, strict=True):
        entry["because"] = terminal.language.tell(unserved.because)
    return record
