"""``relief reserve``: what to keep for next time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from api.commands.options import Json, Lang, Network, Profile, Seed, terminal_for
from api.documents.folder import check_target, write_folder
from api.documents.reserve_papers import QUANTITIES, RESERVE_PAPERS, reserve_papers
from api.documents.summary import Section, Table
from api.language import Language
from api.reserve_study import ReserveStudy, StudyRequest, study_reserve
from relief.damage.factors import DEFAULT_PROFILE
from relief.plan.reserve import ReserveOutcome
from relief.sentences import say
from relief.units import FEN_PER_YUAN

_NUM_PLACES = 12
_MILLION_FEN = 1_000_000 * FEN_PER_YUAN

reserve = typer.Typer(
    no_args_is_help=True,
    help="What to keep in depots and under agreement for next time. / 储备规模与协议储备测算。",
)


@reserve.callback()
def _reserve() -> None:
    """Keep ``size`` a command of its own, with room for others beside it."""


@reserve.command("size")
def size(
    *,
    scenarios: Annotated[
        int, typer.Option("--scenarios", help="Scenarios to plan for. / 用于测算的情景数。")
    ] = 60,
    fresh: Annotated[
        int, typer.Option("--fresh", help="Fresh scenarios to judge on. / 用于检验的新情景数。")
    ] = 60,
    shortage: Annotated[
        float,
        typer.Option(
            "--shortage",
            help="Factor on the planner's price of lacking goods: more buys more safety. "
            "/ 短缺代价系数,越大储备越多。",
        ),
    ] = 1.0,
    item: Annotated[
        list[str] | None,
        typer.Option("--item", help="Only this item; may be repeated. / 只测算该物资。"),
    ] = None,
    network: Network = None,
    profile: Profile = DEFAULT_PROFILE,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for the quantities and the picture; by default out/reserve. / 输出目录。",
            metavar="DIR",
        ),
    ] = None,
    seed: Seed = 1,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Size physical stock and agreements over many drawn disasters, and judge them on fresh ones.

    在大量模拟灾害情景上测算实物储备与协议储备数量,并用新的情景与现有储备对比检验。

    Examples / 示例:

      relief reserve size

      relief reserve size --scenarios 100 --shortage 2 --item water-case --item quilt
    """
    terminal = terminal_for(lang)
    folder = out if out is not None else Path("out") / "reserve"
    check_target(folder, RESERVE_PAPERS, QUANTITIES)
    request = StudyRequest(
        num_scenarios=scenarios,
        num_fresh=fresh,
        shortage_factor=shortage,
        seed=seed,
        network=network,
        profile=profile,
        item_codes=tuple(item or ()),
    )
    with terminal.progress() as progress:
        study = study_reserve(request, progress)
    write_folder(folder, reserve_papers(study, terminal.language), QUANTITIES)
    if as_json:
        terminal.raw(json.dumps(_record(study), ensure_ascii=False, indent=1) + "\n")
        return
    words = terminal.language
    terminal.heading(
        words.tell(
            say(
                "A reserve for {scenarios} disasters, judged on {fresh} others",
                scenarios=scenarios,
                fresh=fresh,
            )
        )
    )
    terminal.show(
        (
            _by_item(study, words),
            _money(study, words),
            _by_place(study, words),
            _basis(study, folder, words),
        )
    )


def _by_item(study: ReserveStudy, words: Language) -> Section:
    items = study.network.catalogue.by_code()
    physical = study.plan.choice.physical_pieces.sum(axis=0)
    agreement = study.plan.choice.agreement_pieces.sum(axis=0)
    today = study.today.physical_pieces.sum(axis=0)
    rows = []
    for column, term in enumerate(study.terms):
        item = items[term.item_code]
        rows.append(
            (
                words.both(item.name_zh, item.name_en),
                words.number(int(today[column])),
                words.number(int(physical[column])),
                words.number(int(agreement[column])),
                _shares(study.today_outcome, column, words),
                _shares(study.planned_outcome, column, words),
            )
        )
    due = " / ".join(words.number(due_h) for due_h in study.ensemble.due_h)
    heads = (
        say("item"),
        say("kept today"),
        say("keep"),
        say("under agreement"),
        say("in time today (%)"),
        say("in time as planned (%)"),
    )
    return Section(
        title=words.tell(say("What to keep, in pieces")),
        lines=(
            words.tell(
                say(
                    "In time: the share of what is due by {due} h that is there by then, the mean "
                    "over the fresh scenarios.",
                    due=due,
                )
            ),
        ),
        table=Table(
            heads=tuple(words.tell(head) for head in heads),
            rows=tuple(rows),
            right=frozenset(range(1, 6)),
        ),
    )


def _shares(outcome: ReserveOutcome, column: int, words: Language) -> str:
    means = outcome.timely_share[:, :, column].mean(axis=0) * 100
    return " / ".join(words.number(float(mean), 1) for mean in means)


def _money(study: ReserveStudy, words: Language) -> Section:
    rows = tuple(
        (
            words.tell(name),
            words.number(getattr(study.today_outcome, field) / _MILLION_FEN, 2),
            words.number(getattr(study.planned_outcome, field) / _MILLION_FEN, 2),
        )
        for name, field in (
            (say("keeping stock and agreements"), "keeping_fen"),
            (say("replacing, calling, buying"), "using_fen"),
            (say("shortage at the planner's prices (no money)"), "short_fen"),
        )
    )
    heads = (say("million yuan a year"), say("today"), say("planned"))
    return Section(
        title=words.tell(say("What it costs")),
        table=Table(
            heads=tuple(words.tell(head) for head in heads), rows=rows, right=frozenset({1, 2})
        ),
    )


def _by_place(study: ReserveStudy, words: Language) -> Section:
    names = {depot.code: words.both(depot.name_zh, depot.name_en) for depot in study.depots}
    items = study.network.catalogue.by_code()
    lines = []
    for codes, pieces, what in (
        (study.ensemble.depot_codes, study.plan.choice.physical_pieces, say("keep")),
        (
            study.ensemble.supplier_codes,
            study.plan.choice.agreement_pieces,
            say("under agreement"),
        ),
    ):
        value = pieces @ np.array([term.price_fen for term in study.terms])
        for row in np.argsort(-value, kind="stable")[: _NUM_PLACES // 2].tolist():
            if value[row] == 0:
                continue
            listed = ", ".join(
                f"{items[study.ensemble.item_codes[column]].name_zh} "
                f"{items[study.ensemble.item_codes[column]].name_en} "
                f"{words.number(int(pieces[row, column]))}"
                for column in np.flatnonzero(pieces[row]).tolist()
            )
            lines.append(f"{names[codes[row]]}, {words.tell(what)}: {listed}")
    return Section(title=words.tell(say("The largest depots and contracts")), lines=tuple(lines))


def _basis(study: ReserveStudy, folder: Path, words: Language) -> Section:
    lines = (
        say(
            "Scenarios are drawn around the library's events (moved, scaled, depots lost, roads "
            "cut); {events} events a year, prices and contract terms are modelled; travel times "
            "are approximate.",
            events=study.ensemble.events_per_year,
        ),
        say(
            "Each item is solved to its optimum over all scenarios; {seconds} s in all.",
            seconds=words.number(study.seconds, 1),
        ),
        say(
            "{folder}: every depot and contract ({names}).",
            folder=str(folder),
            names=", ".join(RESERVE_PAPERS),
        ),
    )
    return Section(
        title=words.tell(say("What this rests on")), lines=tuple(words.tell(line) for line in lines)
    )


def _record(study: ReserveStudy) -> dict[str, object]:
    def places(codes: tuple[str, ...], pieces: np.ndarray) -> Iterator[dict[str, object]]:
        for row, column in np.argwhere(pieces > 0).tolist():
            yield {
                "code": codes[row],
                "item_code": study.ensemble.item_codes[column],
                "pieces": int(pieces[row, column]),
            }

    choice = study.plan.choice
    return {
        "seed": study.ensemble.seed,
        "num_scenarios": len(study.ensemble.names),
        "num_fresh": len(study.fresh.names),
        "due_h": list(study.ensemble.due_h),
        "depots": list(places(study.ensemble.depot_codes, choice.physical_pieces)),
        "agreements": list(places(study.ensemble.supplier_codes, choice.agreement_pieces)),
        "items": [
            {
                "item_code": term.item_code,
                "timely_share_today": study.today_outcome.timely_share[:, :, column]
                .mean(axis=0)
                .tolist(),
                "timely_share_planned": study.planned_outcome.timely_share[:, :, column]
                .mean(axis=0)
                .tolist(),
            }
            for column, term in enumerate(study.terms)
        ],
        "yearly_yuan": {
            name: {
                "keeping": outcome.keeping_fen / FEN_PER_YUAN,
                "using": outcome.using_fen / FEN_PER_YUAN,
                "shortage_at_planners_prices": outcome.short_fen / FEN_PER_YUAN,
            }
            for name, outcome in (
                ("today", study.today_outcome),
                ("planned", study.planned_outcome),
            )
        },
        "seconds": study.seconds,
    }
