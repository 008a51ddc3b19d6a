"""``relief whatif``: plan again over changes, and tell what they change."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    ALL_MODES,
    Agreements,
    FullReadiness,
    Json,
    Lang,
    Modes,
    Network,
    Profile,
    Roads,
    Seed,
    parse_instant,
    terminal_for,
)
from api.documents.summary import Section, Table
from api.language import Language
from api.planning import PlanRequest
from api.whatif_run import WhatIfAnswer, what_if
from relief.damage.factors import DEFAULT_PROFILE
from relief.errors import Fault, InvalidInput
from relief.sentences import say
from scenarios.carriers import read_modes
from scenarios.compare import MeasureChange
from scenarios.whatif import read_changes

_NUM_STRETCHES = 6
_NO_DECIMALS_FROM = 1000


def whatif(
    event: Annotated[
        str,
        typer.Argument(
            help="An event (see `relief events`), or a folder. / 灾害代码或目录。", metavar="EVENT"
        ),
    ],
    *,
    close: Annotated[
        list[str] | None,
        typer.Option(
            "--close",
            help="Close the road between two places, an area, or a stretch: 利川市-恩施市, "
            "'polygon FILE', 'polygon LON,LAT LON,LAT LON,LAT', 'edge U-V'. May be repeated. "
            "/ 断开道路,可多次给出。",
            metavar="ROAD",
        ),
    ] = None,
    lose_depot: Annotated[
        list[str] | None,
        typer.Option(
            "--lose-depot",
            help="Lose a depot with its stock and its trucks. May be repeated. / 储备库受灾。",
            metavar="CODE",
        ),
    ] = None,
    scale_needs: Annotated[
        list[str] | None,
        typer.Option(
            "--scale-needs",
            help="Multiply the needs of one place (CODE=FACTOR) or of all (FACTOR). "
            "/ 需求放大或缩小。",
            metavar="[CODE=]FACTOR",
        ),
    ] = None,
    add_stock: Annotated[
        list[str] | None,
        typer.Option(
            "--add-stock",
            help="Put more pieces of an item into a depot. / 增加库存。",
            metavar="DEPOT:ITEM:PIECES",
        ),
    ] = None,
    add_trucks: Annotated[
        list[str] | None,
        typer.Option(
            "--add-trucks",
            help="Let more trucks stand at a depot. / 增加车辆。",
            metavar="DEPOT:CLASS:NUMBER",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="Plan as of this instant. / 起始时刻。", metavar="INSTANT"),
    ] = None,
    network: Network = None,
    roads: Roads = None,
    profile: Profile = DEFAULT_PROFILE,
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds", help="Time for each of the two plans. / 每个计划的求解时限(秒)。"
        ),
    ] = 20.0,
    seed: Seed = 1,
    full_readiness: FullReadiness = False,
    agreements: Agreements = False,
    modes: Modes = ALL_MODES,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Tell what changes if roads close, depots are lost, needs grow or help comes.

    推演:道路中断、储备库受灾、需求变化、增援到达时,计划会怎样变化。

    Both plans are made with the same seed and time and are verified; nothing is written.

    Examples / 示例:

      relief whatif 2016-meiyu --close "利川市-恩施市" --lose-depot 420112-01

      relief whatif 2016-meiyu --scale-needs 421181=1.5 --add-trucks 420112-01:truck-9.6:6
    """
    terminal = terminal_for(lang)
    changes = read_changes(
        closed_roads=close or (),
        lost_depots=lose_depot or (),
        scaled_needs=scale_needs or (),
        added_stock=add_stock or (),
        added_trucks=add_trucks or (),
    )
    if not changes:
        raise InvalidInput(
            Fault(
                where="relief whatif",
                what=say("No change is given, so there is nothing to compare."),
                allowed="--close, --lose-depot, --scale-needs, --add-stock, --add-trucks",
                remedy=say("Give at least one change."),
            )
        )
    request = PlanRequest(
        event=event,
        at=None if at is None else parse_instant(at),
        network=network,
        profile=profile,
        seconds=seconds,
        seed=seed,
        readiness=not full_readiness,
        agreements=agreements,
        roads=roads,
        modes=read_modes(modes),
    )
    with terminal.progress() as progress:
        answer = what_if(request, changes, progress)
    if as_json:
        record = _record(answer, event)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    terminal.heading(terminal.language.tell(say("What if: {event}", event=Path(event).name)))
    terminal.show(_sections(answer, terminal.language))


def _sections(answer: WhatIfAnswer, language: Language) -> tuple[Section, ...]:
    closed = [
        language.tell(
            say(
                "{road}: stretches {stretches}",
                road=closure.name,
                stretches=", ".join(f"{u}-{v}" for u, v in closure.edges[:_NUM_STRETCHES])
                + (", ..." if len(closure.edges) > _NUM_STRETCHES else ""),
            )
        )
        for closure in answer.closures
    ]
    rows = tuple(
        (
            f"{language.tell(change.name)} ({language.word(change.unit)})",
            _shown(change.before, language),
            _shown(change.after, language),
            _shown(_difference(change), language, sign="+"),
        )
        for change in answer.comparison.changes
    )
    table = Table(
        heads=tuple(
            language.tell(head)
            for head in (say("measure"), say("as it is"), say("changed"), say("difference"))
        ),
        rows=rows,
        right=frozenset({1, 2, 3}),
    )
    doubts = [
        language.tell(say("One of the plans is the simple method's: {why}", why=solved.fallback))
        for _, solved in (answer.base, answer.changed)
        if solved.fallback
    ]
    basis = language.tell(
        say(
            "Both plans are verified; travel times are approximate. Answered in {seconds} s.",
            seconds=language.number(answer.seconds, 1),
        )
    )
    return (
        Section(
            title=language.tell(say("The changes")),
            lines=(*(language.tell(one) for one in answer.told), *closed),
        ),
        Section(
            title=language.tell(say("What they change")),
            lines=tuple(language.tell(one) for one in answer.comparison.findings),
        ),
        Section(title=language.tell(say("In figures")), table=table, lines=(*doubts, basis)),
    )


def _shown(value: Fraction | None, language: Language, *, sign: str = "") -> str:
    if value is None:
        return "-"
    whole = value.denominator == 1 or abs(value) > _NO_DECIMALS_FROM
    return (sign if value > 0 else "") + language.number(float(value), 0 if whole else 1)


def _difference(change: MeasureChange) -> Fraction | None:
    if change.before is None or change.after is None:
        return None
    return change.after - change.before


def _record(answer: WhatIfAnswer, event: str) -> dict[str, object]:
    return {
        "event": event,
        "changes": [str(one) for one in answer.told],
        "closed": {
            closure.name: [list(edge) for edge in closure.edges] for closure in answer.closures
        },
        "findings": [str(one) for one in answer.comparison.findings],
        "measures": [
            {
                "name": str(change.name),
                "unit": change.unit,
                "before": None if change.before is None else float(change.before),
                "after": None if change.after is None else float(change.after),
            }
            for change in answer.comparison.changes
        ],
        "plans": [
            {
                "plan_id": solved.plan.plan_id,
                "is_baseline": solved.plan.is_baseline,
                "bound_milli_person_h": solved.plan.deprivation_bound_milli_person_h,
                "fallback": solved.fallback,
            }
            for _, solved in (answer.base, answer.changed)
        ],
        "seconds": answer.seconds,
    }
