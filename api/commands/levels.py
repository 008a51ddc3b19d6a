"""``relief levels``: tables of response levels, and which observed starts they explain."""

import json
from typing import Annotated

import typer

from api.commands.options import Json, Lang, terminal_for
from api.documents.assessment import proposal_text
from api.documents.summary import Section, Table
from api.language import Language
from relief.damage.response import (
    ObservedStart,
    ResponseTable,
    Verdict,
    judge,
    load_table,
    observed_starts,
    table_codes,
)
from relief.sentences import say

VERDICTS = {
    Verdict.EXPLAINED: say("explained"),
    Verdict.GRAVER: say("table is stricter than what was started"),
    Verdict.MILDER: say("table is milder than what was started"),
    Verdict.NONE: say("no level by the published counts"),
}


def levels(
    *,
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table",
            help="Code of a table, or a TOML file of that form; by default all that come with the "
            "program. May be repeated. / 响应等级标准。",
            metavar="TABLE",
        ),
    ] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Hold tables of response levels against responses that were really started.

    用历史上实际启动的响应检验各响应等级标准。

    Examples / 示例:

      relief levels

      relief levels --table my-province.toml --lang zh
    """
    terminal = terminal_for(lang)
    tables = [load_table(name) for name in table or table_codes()]
    if as_json:
        record = [
            {
                "table": each.code,
                "edition": each.edition,
                "unit": each.unit_code,
                "is_sample": each.is_sample,
                "starts": [_record(each, start) for start in observed_starts()],
            }
            for each in tables
        ]
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    terminal.show(_section(each, terminal.language) for each in tables)


def _record(table: ResponseTable, start: ObservedStart) -> dict[str, object]:
    verdict, proposal = judge(table, start)
    return {
        "at": start.at.isoformat(),
        "unit": start.unit_code,
        "started": start.level.name,
        "proposed": None if proposal.level is None else proposal.level.name,
        "verdict": verdict.value,
        "criteria": [trigger.criterion.code for trigger in proposal.triggers],
    }


def _section(table: ResponseTable, language: Language) -> Section:
    units = {"000000": say("nation"), "420000": say("Hubei")}
    lines = [
        language.tell(
            say("{edition}; source: {source}", edition=table.edition, source=table.source)
        )
    ]
    if table.is_sample:
        lines.append(language.tell(say("This table is a sample and no plan of Hubei.")))
    if table.note:
        lines.append(language.word(table.note))
    rows = []
    for start in observed_starts():
        verdict, proposal = judge(table, start)
        rows.append(
            (
                language.instant(start.at),
                language.tell(units[start.unit_code]),
                start.level.name,
                proposal_text(proposal, language),
                language.tell(VERDICTS[verdict]),
            )
        )
    heads = (
        say("started at"), say("started by"), say("level"), say("proposed by this table"),
        say("verdict"),
    )  # fmt: skip
    return Section(
        title=f"{table.code}: {language.both(table.name_zh, table.name_en)}",
        lines=tuple(lines),
        table=Table(heads=tuple(language.tell(head) for head in heads), rows=tuple(rows)),
    )
