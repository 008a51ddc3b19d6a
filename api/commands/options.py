"""Options that several commands have, with the same words."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.language import language
from api.settings import LanguageCode, read_settings
from api.solve_request import Engine as EngineName
from api.terminal import Terminal
from relief.errors import Fault, InvalidInput
from relief.sentences import say
from relief.units import SHANGHAI

ClosedRoads = Annotated[
    list[str] | None,
    typer.Option(
        "--close",
        help="Close roads before planning, as in `relief roads closures`, or by a file that it "
        "wrote; 'ROAD but 120 t/day' leaves a ferry or a weak bridge so much. May be given again. "
        "/ 先封闭道路再制定计划，可重复，也可给出 GeoJSON 文件；'ROAD but 120 t/day' 表示渡口、"
        "限行桥每日限运吨数。",
        metavar="CLOSURE",
    ),
]
RoadsCut = Annotated[
    list[str] | None,
    typer.Option(
        "--close",
        help="Close the road between two places, an area, or a stretch: 利川市-恩施市, "
        "'polygon FILE', 'polygon LON,LAT LON,LAT LON,LAT', 'edge U-V'. May be repeated. "
        "/ 断开道路，可多次给出。",
        metavar="ROAD",
    ),
]
DepotsLost = Annotated[
    list[str] | None,
    typer.Option(
        "--lose-depot",
        help="Lose a depot with its stock and the trucks that stand there. May be repeated. "
        "/ 储备库受灾，可多次给出。",
        metavar="CODE",
    ),
]
NeedsScaled = Annotated[
    list[str] | None,
    typer.Option(
        "--scale-needs",
        help="Multiply the needs of one place (CODE=FACTOR) or of all (FACTOR). May be repeated. "
        "/ 需求放大或缩小，可多次给出。",
        metavar="[CODE=]FACTOR",
    ),
]
Modes = Annotated[
    str,
    typer.Option(
        "--modes",
        help="What may carry goods: trucks always, and any of boats, helicopters, foot for places "
        "that no truck reaches in time. / 可用运输方式：货车始终可用；船艇、直升机、徒步只用于货车"
        "无法及时到达的地点。",
        metavar="WORDS",
    ),
]
ALL_MODES = "trucks,boats,helicopters,foot"
FullReadiness = Annotated[
    bool,
    typer.Option(
        "--full-readiness",
        help="Count all modelled stock and trucks as ready, not only the share that the event "
        "states. / 假定全部库存和车辆均可动用。",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print a record for machines on standard output. / 输出机器可读的结果。"
    ),
]
Lang = Annotated[
    str | None,
    typer.Option(
        "--lang",
        help="Language of the answer: zh or en; by default that of the locale. "
        "/ 语言：zh 或 en，默认随系统。",
        metavar="zh|en",
    ),
]
Network = Annotated[
    Path | None,
    typer.Option(
        "--network",
        help="Folder of the reserve network; by default the one that comes with the program. "
        "/ 储备网络目录，默认用自带的。",
        metavar="DIR",
    ),
]
Roads = Annotated[
    Path | None,
    typer.Option(
        "--roads",
        help="Folder of a road network from `relief roads import`; by default the one that comes "
        "with the program. / 路网目录，默认用自带的。",
        metavar="DIR",
    ),
]
Profile = Annotated[
    str,
    typer.Option(
        "--profile",
        help="Planning factors: hubei, sphere, bnpb, or a TOML file of that form. / 测算系数。",
    ),
]
Engine = Annotated[
    str,
    typer.Option("--engine", help="Routing engine: pyvrp or ortools. / 车辆路径引擎。"),
]
Seconds = Annotated[
    float,
    typer.Option("--seconds", help="Time for the solvers in seconds. / 求解时限（秒）。"),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of every random choice. / 随机种子。")]

Agreements = Annotated[
    bool,
    typer.Option(
        "--agreements",
        help="Count on the modelled agreements with suppliers and spot purchases, too "
        "(agreements.csv and spot.csv of the network folder); a contract of your own, marked as "
        "published there, always counts. / "
        "计入模拟的供应商协议和现货采购；标为 published 的自有协议始终计入。",
    ),
]

Kits = Annotated[
    bool,
    typer.Option(
        "--kits",
        help="Make up the kits of the network folder (kits.csv) that the factor profile asks for, "
        "from parts in one depot; a kit counts only when complete. / "
        "在同一储备库内用部件配套（kits.csv），成套才计数。",
    ),
]

Hubs = Annotated[
    bool,
    typer.Option(
        "--hubs/--no-hubs",
        help="Let goods change vehicles at hubs (hubs.csv of the network folder) where some trucks "
        "cannot reach a place and that serves people better. / "
        "部分车辆无法到达某地时，允许在中转点换装（hubs.csv）。",
    ),
]

Substitutes = Annotated[
    bool,
    typer.Option(
        "--substitutes",
        help="Let substitutes (substitutes.csv of the network folder) stand in for what is short, "
        "charged for being worth less. / "
        "允许以替代物资补缺（substitutes.csv），按效用折减计入目标。",
    ),
]

ReceivedFile = Annotated[
    Path | None,
    typer.Option(
        "--received",
        help="A table of goods that places have got already, or that are on the road to them from "
        "elsewhere (place_code, item_code, pieces, arrives_at, source): they are taken off the "
        "needs. / 已送达或在途物资表，从需求中扣除。",
        metavar="FILE",
    ),
]

Iterations = Annotated[
    int | None,
    typer.Option(
        "--iterations",
        help="Limit on the rounds of each routing search; with it and the same seed the same plan "
        "comes out on every machine. / 路径搜索的迭代上限，给定后同一种子得到同一计划。",
    ),
]


def terminal_for(lang: str | None) -> Terminal:
    """Return the terminal in the language asked for, or in that of the locale.

    Raises
    ------
    InvalidInput
        If it is no language of this program.
    """
    code: LanguageCode
    match lang:
        case None:
            code = read_settings().language
        case "zh":
            code = "zh"
        case "en":
            code = "en"
        case _:
            raise InvalidInput(
                Fault(
                    where="--lang",
                    value=lang,
                    what=say("This program does not speak that language."),
                    allowed="zh, en",
                )
            )
    return Terminal(language(code))


def parse_engine(text: str) -> EngineName:
    """Read the name of a routing engine.

    Raises
    ------
    InvalidInput
        If there is no such engine.
    """
    match text:
        case "pyvrp":
            return "pyvrp"
        case "ortools":
            return "ortools"
    raise InvalidInput(
        Fault(
            where="--engine",
            value=text,
            what=say("There is no such routing engine."),
            allowed="pyvrp, ortools",
        )
    )


def parse_instant(text: str, option: str = "--at") -> datetime:
    """Read an instant; one without an offset is read off a clock in Hubei.

    Raises
    ------
    InvalidInput
        If the text is no ISO 8601 instant.

    Examples
    --------
    >>> parse_instant("2016-07-06T08:00").isoformat()
    '2016-07-06T08:00:00+08:00'
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            Fault(
                where=option,
                value=text,
                what=say("This is no instant."),
                allowed="YYYY-MM-DDTHH:MM, with +08:00 or another offset after it if need be",
            )
        ) from error
    return instant if instant.utcoffset() is not None else instant.replace(tzinfo=SHANGHAI)
