"""``relief replan``: plan anew while trucks are on the road, and say whom to call."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    DepotsLost,
    Iterations,
    Json,
    Lang,
    NeedsScaled,
    Roads,
    RoadsCut,
    Seed,
    parse_instant,
    terminal_for,
)
from api.documents.changes import NUM_TOLD, change_sections, changes_paper
from api.documents.folder import PAPERS, check_target, write_folder
from api.documents.papers import papers
from api.documents.saved import read_plan
from api.documents.summary import Section
from api.planning import StageWatch
from api.replanning import (
    CHANGES,
    ReplanAnswer,
    ReplanRequest,
    events_of,
    read_events,
    reports_in,
    scaled_needs,
)
from api.replanning import (
    replan as plan_anew,
)
from api.search_limits import limit_faults
from relief.errors import Fault, Gathering, InvalidInput
from relief.plan.change import Telling
from relief.plan.outcome import SolveLimits
from relief.sentences import say
from scenarios.replanning import Happenings
from solvers.replanning.budget import ChangeBudget

LEAST_S = 0.1
"""The shortest search."""


def replan(
    plan_dir: Annotated[
        Path,
        typer.Argument(
            help="The folder of the plan that is under way. / 正在执行的计划目录。",
            metavar="PLAN_DIR",
        ),
    ],
    *,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            help="The instant of deciding; without an offset it is Beijing time. / 决策时刻。",
            metavar="INSTANT",
        ),
    ],
    close: RoadsCut = None,
    lose_depot: DepotsLost = None,
    broken: Annotated[
        list[str] | None,
        typer.Option(
            "--broken",
            help="A truck has broken down; its load stays on it. May be repeated. / 车辆抛锚。",
            metavar="VEHICLE",
        ),
    ] = None,
    late: Annotated[
        list[str] | None,
        typer.Option(
            "--late",
            help="A truck will be later than planned. May be repeated. / 车辆晚点。",
            metavar="VEHICLE=2h",
        ),
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            "--report",
            help="A capture of BeiDou damage reports that revise the needs up or down. May be "
            "repeated. / 新的北斗灾情报告。",
            metavar="FILE",
        ),
    ] = None,
    scale_needs: NeedsScaled = None,
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            help="CSV of what was told of trucks: at, vehicle, kind (departed, arrived, served, "
            "delayed, position, broken-down), location, delay_minutes, lon, lat, source. Trucks "
            "that it does not name are taken to be where the plan says. / 车辆动态。",
            metavar="FILE",
        ),
    ] = None,
    max_drivers: Annotated[
        int | None,
        typer.Option(
            "--max-drivers",
            min=0,
            help="Call at most so many drivers beyond those that must be told. "
            "/ 除必须通知的以外，最多另外通知几名驾驶员。",
        ),
    ] = None,
    max_waybills: Annotated[
        int | None,
        typer.Option(
            "--max-waybills",
            min=0,
            help="Void or change at most so many waybills beyond those that must be. "
            "/ 除必须变更的以外，最多另外作废或变更几张调拨单。",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for the new papers; without it nothing is written. / 输出目录。",
            metavar="DIR",
        ),
    ] = None,
    first_number: Annotated[
        int,
        typer.Option(
            "--first-number",
            min=0,
            max=65_535,
            help="Running number of the first BeiDou message to a driver. / 首条北斗报文流水号。",
        ),
    ] = 1,
    roads: Roads = None,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Time for the search in seconds. / 求解时限（秒）。")
    ] = 2.0,
    seed: Seed = 1,
    iterations: Iterations = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Plan anew while trucks are on the road, changing as little as the budget says.

    计划执行中重新调整：已装车物资不落地，按变更额度只通知必要的驾驶员。

    The difference is printed first: it is the message that goes to the drivers. A leg that is
    being driven is finished, and what a truck has loaded it delivers, unless that has become
    impossible.

    Examples / 示例：

      relief replan out/2016-meiyu --at 2016-07-06T14:00 --close "红安县-麻城市" --max-drivers 10

      relief replan out/2016-meiyu --at 2016-07-07T03:00 --broken 420112-01/truck-9.6/1/003
    """
    terminal = terminal_for(lang)
    gathering = Gathering()
    instant = told = reports = scaled = listed = None
    with gathering.part():
        instant = parse_instant(at)
    with gathering.part():
        listed = () if events is None else read_events(events)
    with gathering.part():
        scaled = scaled_needs(scale_needs or [])
    if out is not None:
        with gathering.part():
            _check_other(out, plan_dir)
            check_target(out, (*PAPERS, CHANGES))
    if instant is not None:
        with gathering.part():
            told = tuple(events_of(late or [], broken or [], instant))
        with gathering.part():
            reports = reports_in(report or [], instant)
    with gathering.part():
        limits = SolveLimits(seconds=seconds, seed=seed, max_iterations=iterations)
        faults = tuple(limit_faults(limits, LEAST_S))
        if faults:
            raise InvalidInput(*faults)
    gathering.settle()
    if instant is None or told is None or reports is None or scaled is None or listed is None:
        msg = "An option was neither read nor refused."
        raise RuntimeError(msg)
    request = ReplanRequest(
        at=instant,
        happened=Happenings(
            events=(*listed, *told),
            closed_roads=tuple(close or ()),
            lost_depots=tuple(lose_depot or ()),
            scaled_needs=scaled,
            reports=reports,
        ),
        budget=ChangeBudget(max_drivers=max_drivers, max_waybills=max_waybills),
        seconds=seconds,
        seed=seed,
        max_iterations=iterations,
        roads=roads,
    )
    with terminal.progress() as progress:
        answer = plan_anew(read_plan(plan_dir), request, StageWatch(progress, time.monotonic))
    if as_json:
        record = _record(answer)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    else:
        terminal.show(change_sections(answer, terminal.language, most=NUM_TOLD))
    if out is None:
        return
    with terminal.progress() as progress:
        also = {CHANGES: changes_paper(answer, terminal.language, first_number).encode()}
        content = papers(answer.result, terminal.language, progress, also=also)
        write_folder(out, content, names=(*PAPERS, CHANGES))
    if not as_json:
        terminal.show(
            (
                Section(
                    title=terminal.language.tell(say("Where the papers are")),
                    lines=(
                        f"{out / CHANGES}",
                        f"relief verify {out}    "
                        + terminal.language.tell(say("check the plan from its folder alone")),
                    ),
                ),
            )
        )


def _check_other(out: Path, plan_dir: Path) -> None:
    if out.resolve() == plan_dir.resolve():
        raise InvalidInput(
            Fault(
                where="--out",
                value=str(out),
                what=say("The plan that is under way would be replaced by the new one."),
                remedy=say("Name another folder; what was handed out stays on record."),
            )
        )


def _record(answer: ReplanAnswer) -> dict[str, object]:
    telling = Telling(answer.result.situation)
    plan = answer.result.plan
    return {
        "plan_id": plan.plan_id,
        "at": answer.going_on.done.at.isoformat(),
        "happened": [str(one) for one in answer.going_on.told],
        "drivers_called": len(answer.difference.called),
        "drivers_by_choice": answer.replanned.num_drivers,
        "waybills_by_choice": answer.replanned.num_waybills,
        "forced_drivers": sorted(answer.replanned.settled.forced_drivers),
        "forced_waybills": sorted(answer.replanned.settled.forced_waybills),
        "stranded_pieces": answer.replanned.settled.stranded_pieces,
        "deprivation_milli_person_h": plan.score.deprivation_milli_person_h,
        "vehicles": [
            {
                "vehicle": change.vehicle_code,
                "fate": change.fate.value,
                "waybills": [
                    {"number": one.number, "fate": one.fate.value} for one in change.waybills
                ],
                "messages": [str(one) for one in telling.vehicle(change)],
            }
            for change in answer.difference.called
        ],
        "curve": [asdict(point) for point in answer.replanned.curve],
    }
