"""``relief roads closures``: what closures mean, shown and written down before they are used."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, Roads, terminal_for
from api.commands.roads_queries import asked, closure_record, told_closures
from geodata.closure_files import ENDINGS, closures_as_geojson
from relief.errors import Fault, InvalidInput
from relief.sentences import say


def closures(
    texts: Annotated[
        list[str], typer.Argument(help="Closures, as in --close. / 封闭描述。", metavar="CLOSURE")
    ],
    *,
    network: Roads = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Write the closures to this GeoJSON file, for --close. / 写入 GeoJSON 文件。",
            metavar="FILE.geojson",
        ),
    ] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show which stretches of road closures mean, before they are used.

    显示各条封闭描述对应的路段，供使用前核对。

    Examples / 示例：

      relief roads closures 利川市-恩施市 "限重 20 吨 桥 114.29,30.55"

      relief roads closures "长江 过江通道 武汉至黄石 自 2016-07-06" --out closed.geojson

      relief plan 2016-meiyu --close closed.geojson
    """
    terminal = terminal_for(lang)
    if out is not None:
        _check_target(out)
    roads, _, found = asked(network, (), texts)
    if out is not None:
        content = json.dumps(closures_as_geojson(found, roads), ensure_ascii=False, indent=1)
        _write(out, content + "\n")
    if as_json:
        terminal.raw(
            json.dumps([closure_record(one) for one in found], ensure_ascii=False, indent=1) + "\n"
        )
        return
    terminal.show(told_closures(found, roads, terminal.language))


def _check_target(file: Path) -> None:
    what = None
    if file.suffix.lower() not in ENDINGS:
        what = say("The name of a file of closures ends in .geojson.")
    elif file.is_dir() or not file.absolute().parent.is_dir():
        what = say("No file can be written there.")
    if what is not None:
        raise InvalidInput(Fault(where="--out", value=str(file), what=what, allowed="FILE.geojson"))


def _write(file: Path, content: str) -> None:
    # Beside its place first, so that nobody reads half a file.
    draft = file.with_name(f".{file.name}.part")
    draft.write_text(content, encoding="utf-8")
    draft.replace(file)
