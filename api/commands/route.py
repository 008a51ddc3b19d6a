"""``relief route``: the routing search on public instance files, the door for outside tests."""

import json
import math
import os
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, Seed, terminal_for
from api.commands.route_bounds import bounds
from api.documents.records import Plain
from api.documents.summary import Section, Table
from api.language import Language
from api.terminal import Terminal
from relief.errors import Fault, Gathering, InvalidInput
from relief.plan.outcome import SolveLimits
from relief.sentences import say
from solvers.routing.problem_engines import parse_engine
from solvers.routing.problem_files import PublicInstance, read_instance
from solvers.routing.problem_solver import Solved, TraceStep, solve_problem
from solvers.routing.rounding import parse_rounding
from solvers.routing.solution_files import (
    best_known_beside,
    in_units_of,
    shown_cost,
    solution_text,
)

INFEASIBLE = 1
MAX_SEED = 2**32 - 1
MAX_SHOWN = 20
"""Rows of a table or violations that a terminal shows."""

route = typer.Typer(
    no_args_is_help=True,
    help="Routing search on public benchmark files, and bounds on the routing of a plan. "
    "/ 用公开算例检验车辆路径求解，并给出计划路径的下界。",
)


@route.callback()
def _route() -> None:
    """Keep ``solve`` a command of its own, with room for others beside it."""


route.command("bounds")(bounds)


@route.command("solve")
def solve(
    file: Annotated[
        Path,
        typer.Argument(
            help="VRPLIB (CVRPLIB, PyVRP), Solomon, Homberger, Cordeau or split delivery file. "
            "/ 算例文件。"
        ),
    ],
    *,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Seconds of search. / 搜索时间（秒）。")
    ] = 60.0,
    seed: Seed = 1,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            help="best, strings, pyvrp or ortools; best takes the strongest that can. / 求解引擎。",
        ),
    ] = "best",
    rounding: Annotated[
        str | None,
        typer.Option(
            "--rounding",
            help="none, round, trunc, dimacs (x 10, cut) or exact (x 1000, rounded); by default "
            "as published for the class of the file. / 取整约定，默认随算例类别。",
        ),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option(
            "--iterations",
            help="Limit on rounds: the same answer on every machine. / 迭代上限，结果可重现。",
        ),
    ] = None,
    bks: Annotated[
        float | None,
        typer.Option(
            "--bks",
            help="Best known cost; by default that of a .sol file beside the instance. "
            "/ 已知最优值，默认取同名 .sol。",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the routes to this .sol file. / 写出解文件。"),
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show each better answer. / 显示改进过程。")
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Solve a public routing instance on one thread; every answer shown has passed a check.

    求解公开车辆路径算例（单线程），输出的解均经独立校验。按 Ctrl-C 输出当前最优解。

    Ends with status 0, or 1 if no answer keeps every rule; what it breaks is then named. Loading,
    and compiling on the first run, are not counted as search.

    Examples / 示例：

      relief route solve X-n143-k7.vrp --seconds 60 --seed 1 --json

      relief route solve C101.txt --seconds 10 --trace --out C101.found.sol
    """
    terminal = terminal_for(lang)
    gathering = Gathering()
    chosen = asked = None
    best_known = bks
    with gathering.part():
        _check_numbers(
            {"--seconds": seconds, "--iterations": iterations, "--bks": bks, "--seed": seed}
        )
    with gathering.part():
        chosen = None if rounding is None else parse_rounding(rounding)
    with gathering.part():
        asked = parse_engine(engine)
    if out is not None:
        with gathering.part():
            _check_writable(out)
    if bks is None:
        with gathering.part():
            best_known = best_known_beside(file)
    instance = None
    with gathering.part():
        instance = read_instance(file, chosen, best_known)
    gathering.settle()
    if instance is None or asked is None:
        msg = "An option was neither read nor refused."
        raise RuntimeError(msg)
    shown = _Shown(terminal, instance, best_known) if trace and not as_json else None
    if not as_json:
        terminal.heading(_heading(instance, terminal.language))
    solved = solve_problem(
        instance.problem,
        SolveLimits(seconds=seconds, seed=seed, max_iterations=iterations),
        asked,
        progress=shown if shown is not None else lambda _: None,
    )
    instance = in_units_of(instance, solved.check.cost, best_known)
    if out is not None:
        _write(out, solution_text(instance, solved.answer, solved.check.cost))
    if as_json:
        record = _record(instance, solved, best_known, seed)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    else:
        _show(terminal, instance, solved, best_known)
    if not solved.check.holds:
        raise typer.Exit(INFEASIBLE)


def _check_numbers(given: dict[str, float | None]) -> None:
    faults = []
    for option, value in given.items():
        if value is None:
            continue
        if option == "--seed":
            if not 0 <= value <= MAX_SEED:
                what = say("A seed is a whole number from 0 to {most}.", most=MAX_SEED)
                faults.append(Fault(where=option, value=str(value), what=what))
        elif not 0 < value < math.inf:
            what = say("This must be a finite number above zero.")
            faults.append(Fault(where=option, value=str(value), what=what))
    if faults:
        raise InvalidInput(*faults)


def _check_writable(path: Path) -> None:
    """Refuse a file that could not be written after the search, before it."""
    folder = path.parent
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise _not_writable(path)


def _not_writable(path: Path) -> InvalidInput:
    return InvalidInput(
        Fault(
            where="--out",
            value=str(path),
            what=say("This file cannot be written."),
            remedy=say("Give a file in a folder that is there and that you may write to."),
        )
    )


def _write(path: Path, text: str) -> None:
    """Write a file as a whole, or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _not_writable(path) from error


class _Shown:
    """Shows each better answer as it comes."""

    def __init__(
        self, terminal: Terminal, instance: PublicInstance, best_known: float | None
    ) -> None:
        self._terminal, self._instance, self._best_known = terminal, instance, best_known

    def __call__(self, step: TraceStep) -> None:
        instance = in_units_of(self._instance, step.cost, self._best_known)
        words = self._terminal.language
        self._terminal.line(
            f"{words.number(step.seconds, 1):>8} s  {shown_cost(instance, step.cost)}"
            f"{_gap_text(instance, step.cost, self._best_known)}"
        )


def _gap(instance: PublicInstance, cost: int, best_known: float | None) -> float | None:
    """Return how far a cost lies above the best known one, in per cent."""
    if not best_known:
        return None
    return 100 * (cost / instance.cost_divisor / best_known - 1)


def _gap_text(instance: PublicInstance, cost: int, best_known: float | None) -> str:
    gap = _gap(instance, cost, best_known)
    return "" if gap is None else f"  {gap:+.2f} %"


def _heading(instance: PublicInstance, words: Language) -> str:
    problem = instance.problem
    return words.tell(
        say(
            "{name}: {kind}, {stops} stops, {depots} depots, {types} vehicle types, rounding "
            "{rounding}",
            name=problem.name,
            kind=instance.kind,
            stops=problem.num_stops,
            depots=problem.num_depots,
            types=len(problem.vehicle_types),
            rounding=instance.rounding,
        )
    )


def _show(
    terminal: Terminal, instance: PublicInstance, solved: Solved, best_known: float | None
) -> None:
    tell = terminal.language.tell
    cost = solved.check.cost
    text = solution_text(instance, solved.answer, cost).splitlines()[:-1]
    driven = [line.split(": ", 1) for line in text if ": " in line]
    lines = [
        tell(say("Cost {cost}.", cost=shown_cost(instance, cost))),
        tell(
            say(
                "{routes} routes by {engine} in {seconds} s, checked.",
                routes=len(solved.answer),
                engine=solved.engine,
                seconds=terminal.language.number(solved.search_s, 1),
            )
        ),
    ]
    gap = _gap(instance, cost, best_known)
    if gap is not None:
        lines.insert(
            1,
            tell(
                say(
                    "Best known {best}: {gap} % above it.",
                    best=f"{best_known:.10g}",
                    gap=f"{gap:.2f}",
                )
            ),
        )
    if solved.was_stopped:
        lines.append(tell(say("The search was stopped; this is the best so far.")))
    terminal.show(
        (
            Section(
                title=tell(say("Routes")),
                lines=tuple(lines),
                table=Table(
                    heads=(tell(say("route")), tell(say("stops"))),
                    rows=tuple((name.removeprefix("Route "), stops) for name, stops in driven),
                ),
            ),
        )
    )
    for violation in solved.violations[:MAX_SHOWN]:
        terminal.line(tell(violation))
    if solved.violations:
        terminal.line(
            tell(
                say(
                    "No answer was found that keeps every rule; the best breaks {number}.",
                    number=len(solved.violations),
                )
            )
        )


def _record(instance: PublicInstance, solved: Solved, best_known: float | None, seed: int) -> Plain:
    problem, first = instance.problem, instance.problem.num_depots
    divisor = instance.cost_divisor
    return {
        "name": problem.name,
        "kind": instance.kind,
        "num_stops": problem.num_stops,
        "rounding": instance.rounding,
        "engine": solved.engine,
        "seed": seed,
        "seconds": round(solved.search_s, 3),
        "feasible": solved.check.holds,
        "violations": [str(violation) for violation in solved.violations],
        "cost": solved.check.cost / divisor,
        "whole_cost": solved.check.cost,
        "cost_divisor": divisor,
        "bound": solved.bound / divisor,
        "best_known": best_known,
        "gap_percent": _gap(instance, solved.check.cost, best_known),
        "was_stopped": solved.was_stopped,
        "routes": [
            {
                "vehicle_type": one.vehicle_type,
                "trips": [[first + stop for stop in trip] for trip in one.trips],
                "reloads": list(one.reloads),
                "amounts": None if one.amounts is None else [list(row) for row in one.amounts],
            }
            for one in solved.answer
        ],
        "trace": [
            {
                "seconds": round(step.seconds, 3),
                "cost": step.cost / divisor,
                "bound": solved.bound / divisor,
            }
            for step in solved.trace
        ],
    }
