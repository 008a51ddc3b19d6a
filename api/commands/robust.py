"""``relief robust``: what to send now, when the reports may be wrong."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    FullReadiness,
    Json,
    Lang,
    Network,
    Profile,
    Roads,
    Seed,
    parse_instant,
    terminal_for,
)
from api.documents.folder import PAPERS, check_target, write_folder
from api.documents.papers import papers
from api.documents.summary import Section, Table
from api.language import Language
from api.planning import PlanRequest, make_plan
from api.robust_run import RobustRequest, needs_for, study_doubt, study_worlds
from api.terminal import Terminal
from relief.damage.factors import DEFAULT_PROFILE
from relief.errors import Fault, Gathering, InvalidInput
from relief.plan.situation import Situation
from relief.sentences import say
from scenarios.robust import Basis, JudgedPlan, Range, RobustStudy

_MOST_HELD = 12
_PLAN_SECONDS = 30.0
BASES = {
    Basis.REPORTED: say("the reported counts"),
    Basis.LIKELY: say("the middle of what is believed"),
    Basis.WORLDS: say("many worlds (robust)"),
}


def robust(
    event: Annotated[
        str,
        typer.Argument(
            help="An event (see `relief events`), or a folder. / 灾害代码或目录。", metavar="EVENT"
        ),
    ],
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", help="As known at this instant. / 截至时刻。", metavar="INSTANT"),
    ] = None,
    known: Annotated[
        int,
        typer.Option(
            "--known", help="Worlds to plan with. / 用于制定方案的情景数。", min=2, max=40
        ),
    ] = 10,
    unseen: Annotated[
        int,
        typer.Option("--unseen", help="Worlds to judge on. / 用于检验的情景数。", min=10, max=2000),
    ] = 60,
    footprint: Annotated[
        bool,
        typer.Option(
            "--footprint/--no-footprint",
            help="Expect silent places inside the event's own footprint to be hit. "
            "/ 是否考虑致灾范围内未报告的地方。",
        ),
    ] = True,
    doubt: Annotated[
        str | None,
        typer.Option(
            "--doubt",
            help="Instead: what it costs to believe this report if it is false, and to doubt it "
            "if it is true. / 质疑某份报告的代价。",
            metavar="CARD:NUMBER",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Make the robust plan as well and leave its papers here. / 同时输出稳健方案。",
            metavar="DIR",
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds", help="Time for the linear models. / 求解秒数。", min=1.0, max=3600
        ),
    ] = 300.0,
    network: Network = None,
    roads: Roads = None,
    full_readiness: FullReadiness = False,
    profile: Profile = DEFAULT_PROFILE,
    seed: Seed = 1,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Find what to send now so that few of the worlds that may be true go badly.

    在灾情报告不确定时,找出现在应发运什么、留下什么,并与按点估计制定的方案比较。

    Draws worlds from the estimates (see `relief assess`), plans the first day for many of them at
    once and the rest later, and judges the plans on worlds that none of them has seen.

    Examples / 示例:

      relief robust 2016-meiyu --at 2016-07-02T16:00

      relief robust 2021-liulin --doubt 0420107:1
    """
    terminal = terminal_for(lang)
    gathering = Gathering()
    request = PlanRequest(
        event=event,
        network=network,
        profile=profile,
        roads=roads,
        readiness=not full_readiness,
        seconds=seconds,
        seed=seed,
    )
    report: tuple[str, int] | None = None
    with gathering.part():
        request = replace(request, at=None if at is None else parse_instant(at))
    with gathering.part():
        report = None if doubt is None else _report(doubt)
    with gathering.part():
        if out is not None:
            check_target(out)
    gathering.settle()
    if report is not None:
        _tell_doubt(terminal, request, report, as_json=as_json)
        return
    with terminal.progress() as progress:
        study, situation = study_worlds(
            RobustRequest(
                plan=request, use_footprint=footprint, num_known=known, num_unseen=unseen
            ),
            progress,
        )
        if out is not None:
            planned = replace(request, seconds=_PLAN_SECONDS)
            result = make_plan(planned, progress, needs_from=needs_for(study))
            write_folder(out, papers(result, terminal.language, progress))
    if as_json:
        terminal.raw(json.dumps(_record(study), ensure_ascii=False, indent=1) + "\n")
        return
    terminal.show(_sections(study, situation, terminal.language))
    if out is not None:
        files = ", ".join(str(out / name) for name in PAPERS)
        terminal.line(terminal.language.tell(say("The robust plan: {files}", files=files)))


def _report(text: str) -> tuple[str, int]:
    """Return sender and number of a report, as `relief assess` names it."""
    card, _, number = text.partition(":")
    if not card or not number.isdigit():
        raise InvalidInput(
            Fault(
                where="--doubt",
                value=text,
                what=say("Not the card and the number of a report."),
                allowed="CARD:NUMBER",
            )
        )
    return card, int(number)


def _tell_doubt(
    terminal: Terminal, request: PlanRequest, report: tuple[str, int], *, as_json: bool
) -> None:
    with terminal.progress() as progress:
        doubt = study_doubt(request, *report, progress)
    regret = doubt.regret
    if as_json:
        terminal.raw(json.dumps(asdict(regret), indent=1) + "\n")
        return
    tell, number = terminal.language.tell, terminal.language.number
    terminal.line(
        tell(
            say(
                "Report no. {sequence} of card {card}. Believing it although it is false costs "
                "{believed} weighted person-hours; doubting it although it is true costs "
                "{doubted}. Either way the rest is decided anew after the first day.",
                sequence=doubt.report.sequence,
                card=doubt.report.sender_card,
                believed=number(max(regret.believed_though_false_h, 0.0)),
                doubted=number(max(regret.doubted_though_true_h, 0.0)),
            )
        )
    )


def _sections(study: RobustStudy, situation: Situation, language: Language) -> tuple[Section, ...]:
    tell, number = language.tell, language.number
    plans = Table(
        heads=(
            tell(say("Planned on")),
            tell(say("Mean")),
            tell(say("Nine in ten below")),
            tell(say("Above the robust plan's nine in ten (95 %)")),
        ),
        rows=tuple(_row(plan, language) for plan in study.plans),
        right=frozenset({1, 2, 3}),
    )
    about = say(
        "{unseen} worlds drawn from the estimates (seed {seed}) that no plan was made from, the "
        "same for all; {known} others were planned with. {silent} counts nobody has reported. "
        "What arrives within the first day is decided now, the rest once the world is known.",
        unseen=study.num_unseen,
        seed=study.seed,
        known=study.num_known,
        silent=study.num_silent,
    )
    note = say(
        "Truck-hours and columns as in the allocation; whole trucks come later. The spread of "
        "counts is modelled: docs/assessment.md says how well it has held."
    )
    names = {depot.code: language.both(depot.name_zh, depot.name_en) for depot in situation.depots}
    items = {
        item.code: language.both(item.name_zh, item.name_en) for item in situation.catalogue.items
    }
    held = sorted(study.held, key=lambda each: -each.pieces)
    kept = Table(
        heads=(tell(say("Depot")), tell(say("Item")), tell(say("Pieces"))),
        rows=tuple(
            (names[each.depot_code], items[each.item_code], number(each.pieces))
            for each in held[:_MOST_HELD]
        ),
        right=frozenset({2}),
    )
    return (
        Section(
            title=tell(say("Weighted person-hours short, by what is planned on")),
            lines=(tell(about), tell(note)),
            table=plans,
        ),
        Section(
            title=tell(say("Kept for what later reports will say")),
            lines=(
                tell(
                    say(
                        "{num} stocks that a plan on reported counts would send within the first "
                        "day; the largest:",
                        num=len(held),
                    )
                ),
            )
            if held
            else (tell(say("Nothing: what is reported is needed in most worlds.")),),
            table=kept if held else None,
        ),
    )


def _row(plan: JudgedPlan, language: Language) -> tuple[str, ...]:
    over = plan.over_robust_tail_h
    return (
        language.tell(BASES[plan.basis]),
        language.number(plan.mean_h.value),
        language.number(plan.tail_h.value),
        "" if plan.basis is Basis.WORLDS else _ranged(over, language),
    )


def _ranged(figure: Range, language: Language) -> str:
    number = language.number
    return f"{number(figure.value)} ({number(figure.low)} - {number(figure.high)})"


def _record(study: RobustStudy) -> dict[str, object]:
    return {
        "num_known": study.num_known,
        "num_unseen": study.num_unseen,
        "seed": study.seed,
        "num_silent": study.num_silent,
        "plans": [
            {
                "planned_on": plan.basis.value,
                "mean_h": asdict(plan.mean_h),
                "tail_h": asdict(plan.tail_h),
                "over_robust_mean_h": asdict(plan.over_robust_mean_h),
                "over_robust_tail_h": asdict(plan.over_robust_tail_h),
            }
            for plan in study.plans
        ],
        "held": [asdict(each) for each in study.held],
    }
