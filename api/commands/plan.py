"""``relief plan``: from an event to a verified dispatch plan in a folder."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    ALL_MODES,
    Agreements,
    ClosedRoads,
    Engine,
    FullReadiness,
    Hubs,
    Iterations,
    Json,
    Kits,
    Lang,
    Modes,
    Network,
    Profile,
    ReceivedFile,
    Roads,
    Seconds,
    Seed,
    Substitutes,
    parse_engine,
    parse_instant,
    terminal_for,
)
from api.commands.policy_options import (
    Forbids,
    Forces,
    Holds,
    NumCures,
    OrderFile,
    Pins,
    PolicyFile,
    Preset,
    asked_orders,
    asked_policy,
)
from api.documents.explanation import cure_record, cure_sections
from api.documents.folder import PAPERS, check_target, write_folder
from api.documents.papers import papers
from api.documents.summary import Section, sections, title
from api.explaining import ExplainRequest, plan_roads
from api.explaining import explain as explain_plan
from api.language import Language
from api.plan_summary import summarise, summary_record
from api.planning import PlanRequest, make_plan, open_sources
from relief.damage.factors import DEFAULT_PROFILE
from relief.errors import Gathering
from relief.sentences import say
from scenarios.carriers import read_modes

LEAST_CURE_S = 60.0
"""Cures get the time of the plan, but at least this: each is solved again to be confirmed."""


def plan(
    event: Annotated[
        str,
        typer.Argument(
            help="An event of the library (see `relief events`), or a folder with an event.toml. "
            "/ 灾害代码或目录。",
            metavar="EVENT",
        ),
    ],
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            help="Plan as of this instant, knowing only what had come in by then; without an "
            "offset it is Beijing time. / 以此时刻为起点，只用此前收到的报告。",
            metavar="INSTANT",
        ),
    ] = None,
    network: Network = None,
    roads: Roads = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for the papers; by default out/EVENT. An earlier plan there is "
            "replaced. / 输出目录。",
            metavar="DIR",
        ),
    ] = None,
    seconds: Seconds = 30.0,
    seed: Seed = 1,
    iterations: Iterations = None,
    full_readiness: FullReadiness = False,
    agreements: Agreements = False,
    kits: Kits = False,
    substitutes: Substitutes = False,
    hubs: Hubs = True,
    received: ReceivedFile = None,
    close: ClosedRoads = None,
    modes: Modes = ALL_MODES,
    preset: Preset = None,
    policy: PolicyFile = None,
    pin: Pins = None,
    force: Forces = None,
    forbid: Forbids = None,
    hold: Holds = None,
    orders: OrderFile = None,
    cures: NumCures = 0,
    profile: Profile = DEFAULT_PROFILE,
    engine: Engine = "pyvrp",
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Make a verified dispatch plan for an event and leave its papers in a folder.

    制定并验证一次灾害的物资调运计划，输出调拨单、地图、证书等。

    Examples / 示例：

      relief plan 2016-meiyu

      relief plan 2016-meiyu --at 2016-07-03T17:00 --out out/july-3 --seconds 60

      relief plan 2021-liulin --profile sphere --lang zh

      relief plan 2016-meiyu --preset fairest --hold "420112-01 quilt 2000"

      relief plan 2021-liulin --close "buffer 113.23,31.54 5 km" --modes trucks,helicopters
    """
    terminal = terminal_for(lang)
    folder = out if out is not None else Path("out") / Path(event).name
    request = PlanRequest(
        event=event,
        network=network,
        profile=profile,
        roads=roads,
        readiness=not full_readiness,
        agreements=agreements,
        kits=kits,
        substitutes=substitutes,
        hubs=hubs,
        received=received,
    )
    gathering = Gathering()
    with gathering.part():
        check_target(folder)
    with gathering.part():
        request = replace(request, at=None if at is None else parse_instant(at))
    with gathering.part():
        request = replace(request, engine=parse_engine(engine))
    with gathering.part():
        request = replace(request, modes=read_modes(modes), closed_roads=tuple(close or ()))
    with gathering.part():
        request = replace(request, policy=asked_policy(preset, policy))
    with gathering.part():
        asked = asked_orders(pins=pin, forces=force, forbids=forbid, holds=hold, file=orders)
        request = replace(request, orders=asked)
    with gathering.part():
        request = replace(request, seconds=seconds, seed=seed, max_iterations=iterations)
    if gathering.has_faults:
        # What the options name is looked at as well, so that all is said at once.
        with gathering.part():
            open_sources(request)
    gathering.settle()
    with terminal.progress() as progress:
        result = make_plan(request, progress)
        content = papers(result, terminal.language, progress)
        write_folder(folder, content)
    explanation = None
    if cures:
        asked_of_it = ExplainRequest(num_cures=cures, seconds=max(seconds, LEAST_CURE_S))
        with terminal.progress() as progress:
            explanation = explain_plan(result, asked_of_it, progress, roads=plan_roads(request))
    summary = summarise(result)
    files = [str(folder / name) for name in PAPERS]
    if as_json:
        record = summary_record(summary, files)
        if explanation is not None:
            record["cures"] = [cure_record(cure) for cure in explanation.cures or ()]
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    terminal.heading(title(summary, terminal.language))
    terminal.show(sections(summary, terminal.language))
    if explanation is not None:
        terminal.show(cure_sections(explanation, terminal.language))
    terminal.show(_next(folder, event, terminal.language))


def _next(folder: Path, event: str, language: Language) -> tuple[Section, ...]:
    where = say(
        "{folder}: the waybills (waybills.xlsx), the loading sheets (loading.html), the map "
        "(map.png, plan.geojson), this summary (summary.md), the plan (plan.json) and its "
        "certificate.",
        folder=str(folder),
    )
    tries = (
        (f"relief verify {folder}", say("check the plan from its folder alone")),
        (f"relief explain {folder} --cures 5", say("why is it short, and what would help")),
        (f"relief plan {event} --seconds 120", say("give the solvers more time")),
        (f'relief whatif {event} --close "利川市-恩施市"', say("what if a road is cut")),
        (f"relief simulate {folder}", say("how punctual it will be")),
        (f"relief replan {folder} --at INSTANT", say("plan anew while it is carried out")),
    )
    return (
        Section(title=language.tell(say("Where the papers are")), lines=(language.tell(where),)),
        Section(
            title=language.tell(say("What to try next")),
            lines=tuple(f"{command}    {language.tell(what)}" for command, what in tries),
        ),
    )
