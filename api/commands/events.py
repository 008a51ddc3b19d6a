"""``relief events``: what the library holds."""

import json

from api.commands.options import Json, Lang, terminal_for
from api.documents.summary import Section, Table
from relief.sentences import say
from scenarios.events import event_codes, load_event


def events(
    *,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """List the events of the library, with the instants as of which each can be planned.

    列出事件库中的灾害和可供规划的时刻。

    Example / 示例：

      relief events --lang zh
    """
    terminal = terminal_for(lang)
    known = [load_event(code) for code in event_codes()]
    if as_json:
        record = [
            {
                "code": event.code,
                "name_zh": event.name_zh,
                "name_en": event.name_en,
                "hazard": event.hazard,
                "level": event.level.value,
                "default_at": event.default_at.isoformat(),
                "instants": [instant.at.isoformat() for instant in event.instants],
                "sources": list(event.sources),
                "notes": list(event.notes),
                "licence": event.licence,
            }
            for event in known
        ]
        terminal.raw(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        return
    language = terminal.language
    heads = (
        say("event"), say("name"), say("goods go to"), say("planned as of"),
        say("other instants (--at)"),
    )  # fmt: skip
    levels = {"county": say("counties"), "township": say("townships")}
    rows = tuple(
        (
            event.code,
            language.both(event.name_zh, event.name_en),
            language.tell(levels[event.level.value]),
            language.instant(event.default_at),
            ", ".join(
                f"{language.instant(instant.at).replace(' ', 'T')}"
                for instant in event.instants
                if instant.at != event.default_at
            ),
        )
        for event in known
    )
    table = Table(heads=tuple(language.tell(head) for head in heads), rows=rows)
    line = say("Figures are published; what is modelled from them is marked in each event's notes.")
    terminal.show(
        (
            Section(
                title=language.tell(say("Event library")),
                lines=(language.tell(line),),
                table=table,
            ),
        )
    )
