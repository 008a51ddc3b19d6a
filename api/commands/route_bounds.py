"""``relief route bounds``: how near the routing of a plan is to what is proven, by depot."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, terminal_for
from api.documents.records import Plain
from api.documents.saved import read_plan
from api.documents.summary import Section, Table
from api.language import Language
from relief.errors import Fault, InvalidInput
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import ProgressStep, SolveLimits
from relief.sentences import say
from solvers.routing.depot_bound import DepotBound
from solvers.routing.depot_bound_table import NEAR_SHARE, PlanBounds, plan_bounds

FEN_PER_YUAN = 100


def bounds(
    plan_dir: Annotated[
        Path, typer.Argument(help="A folder that `relief plan` has written. / 计划目录。")
    ],
    *,
    seconds: Annotated[
        float,
        typer.Option("--seconds", help="Seconds for each depot. / 每座储备库的求解时间（秒）。"),
    ] = 2.0,
    depot: Annotated[
        list[str] | None,
        typer.Option(
            "--depot", help="Only this depot; may be given again. / 只看该储备库，可重复。"
        ),
    ] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Prove for each depot how much less its trips could cost, all else staying as planned.

    对每座储备库证明：在其余安排不变的前提下，其运输成本至少为多少。

    The bound counts the deliveries that the plan makes on trips from this depot alone, open to any
    split among trucks, by the trucks that come by or stand idle there.

    Example / 示例：

      relief route bounds out/2016-meiyu --seconds 2
    """
    terminal = terminal_for(lang)
    if not seconds > 0:
        raise InvalidInput(
            Fault(
                where="--seconds",
                value=str(seconds),
                what=say("This must be above zero."),
                allowed="> 0",
            )
        )
    result = read_plan(plan_dir)
    known = {one.code for one in result.situation.depots}
    unknown = [code for code in depot or () if code not in known]
    if unknown:
        raise InvalidInput(
            *(
                Fault(where="--depot", value=code, what=say("The plan knows no such depot."))
                for code in unknown
            )
        )
    with terminal.progress() as progress:
        found = plan_bounds(
            result.situation,
            result.plan.vehicle_routes,
            SolveLimits(seconds=seconds),
            depot_codes=depot or (),
            pause=lambda done_share: progress(
                ProgressStep(stage="routing", done_share=done_share, detail="proving a bound")
            ),
        )
    if as_json:
        record = _record(result.plan, found)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    names = {
        one.code: one.name_en if terminal.language.code == "en" else one.name_zh
        for one in result.situation.depots
    }
    terminal.show([bounds_section(found, names, terminal.language)])


def bounds_section(found: PlanBounds, names: dict[str, str], language: Language) -> Section:
    """Return the bounds as a section of a report."""
    tell = language.tell
    heads = (
        say("Depot"),
        say("Places"),
        say("Trips"),
        say("Cost, yuan"),
        say("At least, yuan"),
        say("Above it"),
        say("Proven to the end"),
    )
    closed = found.closed
    return Section(
        title=tell(say("Routing by depot, and what is proven of it")),
        lines=(
            tell(
                say(
                    "The bound covers what a plan drives from one depot alone, open to any split "
                    "among trucks; all else stays as planned."
                )
            ),
        ),
        table=Table(
            heads=tuple(tell(head) for head in heads),
            rows=tuple(_row(one, names, language) for one in found.depots),
            right=frozenset(range(1, 6)),
        ),
        below=(
            tell(
                say(
                    "{closed} of {all} depots are proven to the end; {near} of them cost at most "
                    "{share} more than the least, half of them at most {median}, all together "
                    "{total}. {joint} trips load at several depots and are not covered.",
                    closed=language.number(len(closed)),
                    all=language.number(len(found.depots)),
                    near=language.number(found.num_near),
                    share=language.share(NEAR_SHARE, 0),
                    median=language.share(found.median_gap_share),
                    total=language.share(found.total_gap_share),
                    joint=language.number(found.joint_trips),
                )
            ),
        ),
    )


def _row(one: DepotBound, names: dict[str, str], language: Language) -> tuple[str, ...]:
    tell = language.tell
    bound_fen, gap_share = one.bound_fen, one.gap_share
    return (
        f"{one.depot_code} {names.get(one.depot_code, '')}".strip(),
        language.number(one.num_places),
        language.number(one.num_trips),
        language.number(one.cost_fen / FEN_PER_YUAN),
        "-" if bound_fen is None else language.number(bound_fen / FEN_PER_YUAN),
        "-" if gap_share is None else language.share(gap_share),
        tell(say("yes")) if one.closed else tell(say("no")),
    )


def _record(plan: DispatchPlan, found: PlanBounds) -> Plain:
    return {
        "plan_id": plan.plan_id,
        "covers": "deliveries on trips from one depot alone, all else as planned",
        "closed": len(found.closed),
        "settled": found.num_settled,
        "within_10_percent": found.num_near,
        "median_gap_share": found.median_gap_share,
        "total_gap_share": found.total_gap_share,
        "joint_trips": found.joint_trips,
        "depots": [
            {
                "depot_code": one.depot_code,
                "places": one.num_places,
                "trips": one.num_trips,
                "cost_fen": one.cost_fen,
                "bound_fen": one.bound_fen,
                "gap_share": one.gap_share,
                "closed": one.closed,
                "settled": one.settled,
            }
            for one in found.depots
        ],
    }
