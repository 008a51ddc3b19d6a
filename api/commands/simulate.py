"""``relief simulate``: carry a plan out by chance, and hold it against what it promised."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, Roads, Seed, terminal_for
from api.documents.records import Plain
from api.documents.saved import read_plan
from api.documents.summary import Section, Table
from api.language import Language
from geodata.roads import load_roads
from geodata.spread import RAINS
from geodata.stored_network import open_roads
from relief.errors import Fault, InvalidInput
from relief.plan.situation import Situation
from relief.sentences import say
from relief.units import SHANGHAI
from scenarios.leg_spread import Spreads
from scenarios.simulate import Simulated
from scenarios.simulate import simulate as carry_out

NUM_LEAST_SURE = 12
MOST_DRAWS = 10_000


def simulate(
    plan_dir: Annotated[
        Path,
        typer.Argument(
            help="A folder that `relief plan` has written. / 计划目录。", metavar="PLAN_DIR"
        ),
    ],
    *,
    draws: Annotated[
        int, typer.Option("--draws", help="How often the plan is carried out. / 模拟次数。")
    ] = 100,
    rain: Annotated[
        str,
        typer.Option("--rain", help="dry, light, heavy or storm, everywhere. / 全程雨情。"),
    ] = "dry",
    roads: Roads = None,
    seed: Seed = 1,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Carry a plan out many times under drawn driving times and hold it against its promise.

    按随机行车时间多次模拟执行计划，检验准点率与承诺是否相符。

    Driving times are drawn leg by leg (modelled: night, rain, closures near by, mountains, class
    of truck); crews rest when they must. A delivery is on time if it is unloaded by the end of
    the window that it is planned for.

    Example / 示例：

      relief simulate out/2016-meiyu --rain heavy
    """
    terminal = terminal_for(lang)
    faults = []
    if not 1 <= draws <= MOST_DRAWS:
        faults.append(
            Fault(
                where="--draws",
                value=str(draws),
                what=say("An impossible number."),
                allowed=f"1 to {MOST_DRAWS}",
                remedy=say("Correct the number."),
            )
        )
    if rain not in RAINS:
        faults.append(
            Fault(
                where="--rain",
                value=rain,
                what=say("There is no such rain."),
                allowed=", ".join(RAINS),
            )
        )
    if faults:
        raise InvalidInput(*faults)
    result = read_plan(plan_dir)
    network = load_roads() if roads is None else open_roads(roads)[0]
    spreads = Spreads(result.situation, result.paths, network, rain=rain)
    found = carry_out(
        result.plan.vehicle_routes, result.situation, spreads, num_draws=draws, seed=seed
    )
    if as_json:
        record = _record(found, rain)
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    terminal.show(_sections(found, result.situation, rain, terminal.language))


def _sections(
    found: Simulated, situation: Situation, rain: str, language: Language
) -> Iterator[Section]:
    points = abs(found.promised_share - found.simulated_share) * 100
    lines = (
        say(
            "{deliveries} deliveries, carried out {draws} times, rain: {rain}.",
            deliveries=language.number(len(found.promised)),
            draws=language.number(found.num_draws),
            rain=rain,
        ),
        say(
            "Promised on time: {promised}. Simulated: {simulated}. That is {points} points apart.",
            promised=language.share(found.promised_share, 1),
            simulated=language.share(found.simulated_share, 1),
            points=language.number(points, 1),
        ),
    )
    yield Section(
        title=language.tell(say("On time, promised and simulated")),
        lines=tuple(language.tell(line) for line in lines),
    )
    heads = (
        say("vehicle"),
        say("waybill"),
        say("place"),
        say("planned at"),
        say("late from"),
        say("promised"),
        say("simulated"),
    )
    names = {place.code: place for place in situation.places}
    least = sorted(
        zip(found.promised, found.on_time_shares, strict=True),
        key=lambda pair: (pair[0].on_time_share, pair[0].planned_at, pair[0].vehicle_code),
    )[:NUM_LEAST_SURE]
    yield Section(
        title=language.tell(say("The least sure deliveries")),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(
                (
                    one.vehicle_code,
                    one.waybill,
                    language.both(names[one.place_code].name_zh, names[one.place_code].name_en),
                    one.planned_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"),
                    one.until_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"),
                    language.share(one.on_time_share),
                    language.share(share),
                )
                for one, share in least
            ),
            right=frozenset({5, 6}),
        ),
    )


def _record(found: Simulated, rain: str) -> Plain:
    return {
        "rain": rain,
        "num_draws": found.num_draws,
        "promised_share": found.promised_share,
        "simulated_share": found.simulated_share,
        "deliveries": [
            {
                "vehicle": one.vehicle_code,
                "waybill": one.waybill,
                "place": one.place_code,
                "planned_at": one.planned_at.isoformat(),
                "until_at": one.until_at.isoformat(),
                "promised_share": one.on_time_share,
                "simulated_share": share,
            }
            for one, share in zip(found.promised, found.on_time_shares, strict=True)
        ],
    }
