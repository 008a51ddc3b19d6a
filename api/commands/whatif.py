"""``relief whatif``: plan again over changes, and tell what they change."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    ALL_MODES,
    Agreements,
    DepotsLost,
    FullReadiness,
    Json,
    Kits,
    Lang,
    Modes,
    NeedsScaled,
    Network,
    Profile,
    ReceivedFile,
    Roads,
    RoadsCut,
    Seed,
    Substitutes,
    parse_instant,
    terminal_for,
)
from api.commands.policy_options import PolicyFile, Preset, asked_policy
from api.documents.summary import Section, Table
from api.language import Language
from api.planning import PlanRequest, open_sources
from api.whatif_run import Question, WhatIfAnswer, answer, ask
from relief.damage.factors import DEFAULT_PROFILE
from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import say
from scenarios.carriers import read_modes
from scenarios.compare import MeasureChange
from scenarios.overlay import Change
from scenarios.whatif import read_changes

_NUM_STRETCHES = 6
_MILLI = 1_000
_NO_DECIMALS_FROM = 1000


def whatif(
    event: Annotated[
        str,
        typer.Argument(
            help="An event (see `relief events`), or a folder. / 灾害代码或目录。", metavar="EVENT"
        ),
    ],
    *,
    close: RoadsCut = None,
    lose_depot: DepotsLost = None,
    scale_needs: NeedsScaled = None,
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
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            help="Folder of a finished plan of the event: it is what is compared with, and only "
            "the change is planned. / 以已有计划目录为基准。",
            metavar="DIR",
        ),
    ] = None,
    preset: Preset = None,
    policy: PolicyFile = None,
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
    kits: Kits = False,
    substitutes: Substitutes = False,
    received: ReceivedFile = None,
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

      relief whatif 2016-meiyu --base out/2016-meiyu --lose-depot 420112-01
    """
    terminal = terminal_for(lang)
    gathering = Gathering()
    changes: tuple[Change, ...] = ()
    request = PlanRequest(
        event=event,
        network=network,
        profile=profile,
        readiness=not full_readiness,
        agreements=agreements,
        kits=kits,
        substitutes=substitutes,
        received=received,
        roads=roads,
    )
    with gathering.part():
        changes = _changes(
            closed_roads=close or (),
            lost_depots=lose_depot or (),
            scaled_needs=scale_needs or (),
            added_stock=add_stock or (),
            added_trucks=add_trucks or (),
        )
    with gathering.part():
        request = replace(request, at=None if at is None else parse_instant(at))
    with gathering.part():
        request = replace(request, modes=read_modes(modes))
    with gathering.part():
        request = replace(request, seconds=seconds, seed=seed)
    with gathering.part():
        request = replace(request, policy=asked_policy(preset, policy))
    if gathering.has_faults:
        # What the options name is looked at as well, so that all is said at once.
        with gathering.part():
            open_sources(request)
    gathering.settle()
    with terminal.progress() as progress:
        question = ask(request, changes, progress, base=base)
    told = terminal.language
    if not as_json:
        terminal.heading(told.tell(say("What if: {event}", event=Path(event).name)))
        terminal.show(_first_sections(question, told))
    with terminal.progress() as progress:
        found = answer(question, request, progress)
    if as_json:
        record = _record(found, event)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    terminal.show(_sections(found, told))


def _changes(
    *,
    closed_roads: Sequence[str],
    lost_depots: Sequence[str],
    scaled_needs: Sequence[str],
    added_stock: Sequence[str],
    added_trucks: Sequence[str],
) -> tuple[Change, ...]:
    changes = read_changes(
        closed_roads=closed_roads,
        lost_depots=lost_depots,
        scaled_needs=scaled_needs,
        added_stock=added_stock,
        added_trucks=added_trucks,
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
    return changes


def _first_sections(question: Question, language: Language) -> tuple[Section, ...]:
    """Return the changes, and what the allocation alone says of them."""
    closed = [
        language.tell(
            say(
                "{road}: stretches {stretches}",
                road=closure.name,
                stretches=", ".join(f"{u}-{v}" for u, v in closure.edges[:_NUM_STRETCHES])
                + (", ..." if len(closure.edges) > _NUM_STRETCHES else ""),
            )
        )
        for closure in question.world.closures
    ]
    first = Section(
        title=language.tell(say("The changes")),
        lines=(*(language.tell(one) for one in question.told), *closed),
    )
    if question.at_once is None:
        return (first,)
    note = say(
        "This is what the allocation says before anything is routed; the routed comparison follows."
    )
    return (
        first,
        Section(
            title=language.tell(say("At once")),
            lines=tuple(language.tell(one) for one in question.at_once.findings),
            below=(language.tell(note),),
        ),
    )


def _sections(found: WhatIfAnswer, language: Language) -> tuple[Section, ...]:
    rows = tuple(
        (
            f"{language.tell(change.name)} ({language.word(change.unit)})",
            _shown(change.before, language),
            _shown(change.after, language),
            _shown(_difference(change), language, sign="+"),
        )
        for change in found.comparison.changes
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
        for _, solved in (found.base, found.changed)
        if solved.fallback
    ]
    basis = language.tell(
        say(
            "Both plans are verified; travel times are approximate. Answered in {seconds} s.",
            seconds=language.number(found.seconds, 1),
        )
    )
    return (
        Section(
            title=language.tell(say("What they change")),
            lines=tuple(language.tell(one) for one in found.comparison.findings),
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


def _record(found: WhatIfAnswer, event: str) -> dict[str, object]:
    return {
        "event": event,
        "changes": [str(one) for one in found.told],
        "closed": {
            closure.name: [list(edge) for edge in closure.edges] for closure in found.closures
        },
        "at_once": None
        if found.at_once is None
        else {
            "before_person_h": found.at_once.before_milli_person_h / _MILLI,
            "after_person_h": found.at_once.after_milli_person_h / _MILLI,
            "items": [
                {
                    "item_code": one.item_code,
                    "before_pieces": one.before_pieces,
                    "after_pieces": one.after_pieces,
                }
                for one in found.at_once.items
            ],
            "findings": [str(one) for one in found.at_once.findings],
        },
        "findings": [str(one) for one in found.comparison.findings],
        "measures": [
            {
                "name": str(change.name),
                "unit": change.unit,
                "before": None if change.before is None else float(change.before),
                "after": None if change.after is None else float(change.after),
            }
            for change in found.comparison.changes
        ],
        "plans": [
            {
                "plan_id": solved.plan.plan_id,
                "is_baseline": solved.plan.is_baseline,
                "bound_milli_person_h": solved.plan.deprivation_bound_milli_person_h,
                "fallback": solved.fallback,
            }
            for _, solved in (found.base, found.changed)
        ],
        "seconds": found.seconds,
    }
