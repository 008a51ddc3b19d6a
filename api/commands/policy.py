"""``relief policy``: the policies that come with the program, to be read, copied and changed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, terminal_for
from api.documents.policy_words import policy_lines, stage_words
from api.documents.records import to_plain
from api.documents.summary import Section, Table
from relief.plan.presets import Preset, load_preset, policy_text, preset_names, read_preset
from relief.sentences import say

policy = typer.Typer(
    help="Policies: what a plan is to achieve, in which order. / 调运策略。", no_args_is_help=True
)


@policy.command("list")
def list_policies(*, as_json: Json = False, lang: Lang = None) -> None:
    """List the policies that come with the program.

    列出自带的调运策略。
    """
    terminal = terminal_for(lang)
    presets = [load_preset(name) for name in preset_names()]
    if as_json:
        record = [_record(preset) for preset in presets]
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    told = terminal.language
    heads = (say("policy"), say("stages, in order"), say("what it means"))
    rows = tuple(
        (
            f"{preset.policy.name} {preset.name_zh if told.code == 'zh' else ''}".strip(),
            stage_words(preset.policy, told),
            preset.meaning_zh if told.code == "zh" else preset.meaning_en,
        )
        for preset in presets
    )
    terminal.show(
        (
            Section(
                title=told.tell(say("Policies")),
                table=Table(heads=tuple(told.tell(head) for head in heads), rows=rows),
                below=(told.tell(say("Use one: relief plan EVENT --preset NAME")),),
            ),
        )
    )


@policy.command()
def show(
    name: Annotated[
        str,
        typer.Argument(
            help="A name of `relief policy list`, or a TOML file to be checked. / 策略名称或文件。",
            metavar="NAME|FILE",
        ),
    ],
    *,
    toml: Annotated[
        bool,
        typer.Option("--toml", help="Print the file only, to be changed. / 只输出文件内容。"),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show a policy in words and as a file that can be changed.

    显示一项调运策略，可另存修改后用 --policy 使用。

    Examples / 示例：

      relief policy show fairest

      relief policy show fairest --toml > mine.toml
    """
    terminal = terminal_for(lang)
    preset = read_preset(Path(name)) if name.endswith(".toml") else load_preset(name)
    if as_json:
        terminal.raw(json.dumps(_record(preset), ensure_ascii=False, indent=1) + "\n")
        return
    text = policy_text(preset.policy)
    if toml:
        terminal.raw(text)
        return
    told = terminal.language
    meaning = preset.meaning_zh if told.code == "zh" else preset.meaning_en
    lines = [told.tell(line) for line in policy_lines(preset.policy, told)]
    terminal.show(
        (
            Section(
                title=told.both(preset.name_zh, preset.name_en),
                lines=(*((meaning,) if meaning else ()), *lines),
            ),
            Section(
                title=told.tell(say("As a file, for --policy")),
                lines=tuple(text.rstrip("\n").split("\n")),
            ),
        )
    )


def _record(preset: Preset) -> dict[str, object]:
    return {
        "name": preset.policy.name,
        "name_zh": preset.name_zh,
        "name_en": preset.name_en,
        "meaning_zh": preset.meaning_zh,
        "meaning_en": preset.meaning_en,
        "policy": to_plain(preset.policy),
    }
