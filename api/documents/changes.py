"""What a plan made anew changes, as sections for the terminal and as a paper of its own."""

from collections.abc import Iterator

from api.documents.summary import Section, Table
from api.language import Language
from api.replanning import ReplanAnswer
from relief.plan.change import Fate, Telling
from relief.plan.change_codes import Codes, written
from relief.sentences import Sentence, say
from relief.units import SHANGHAI
from solvers.replanning.replanner import CurvePoint

MILLI = 1_000
NUM_TOLD = 60
"""Drivers whose messages the terminal shows; the paper holds all."""

FATES = {
    Fate.KEPT: say("kept"),
    Fate.CHANGED: say("changed"),
    Fate.NEW: say("new"),
    Fate.VOIDED: say("void"),
}


def change_sections(
    answer: ReplanAnswer, language: Language, *, most: int | None = None
) -> tuple[Section, ...]:
    """Return what changes: what has happened, how much, the messages, and the curve.

    Parameters
    ----------
    answer
        The plan made anew.
    language
        In which language.
    most
        Drivers whose messages are shown; None for all.
    """
    return (
        Section(
            title=language.tell(say("What has happened")),
            lines=tuple(language.tell(one) for one in _happened(answer)),
        ),
        Section(
            title=language.tell(say("What changes")),
            lines=tuple(language.tell(one) for one in _counts(answer, language)),
        ),
        _messages(answer, language, most),
        _curve(answer, language),
    )


def _happened(answer: ReplanAnswer) -> Iterator[Sentence]:
    now = answer.going_on
    at = now.done.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    yield say(
        "Looked at {at}: {vehicles} trucks have set out, {delivered} pieces are delivered, "
        "{aboard} are on the road.",
        at=at,
        vehicles=len(now.done.under_way),
        delivered=sum(one.pieces for one in now.done.delivered),
        aboard=sum(vehicle.pieces_by_lot.total() for vehicle in now.done.under_way),
    )
    yield from now.told
    yield say(
        "Trucks of which nothing was told are taken to be where the plan says; a leg that is being "
        "driven is finished first, unless its road is closed ahead."
    )
    stranded = answer.replanned.settled.stranded_pieces
    if stranded:
        yield say(
            "{pieces} pieces stay on {trucks} trucks: broken down, or nobody within reach needs "
            "them.",
            pieces=sum(stranded.values()),
            trucks=len(stranded),
        )


def _counts(answer: ReplanAnswer, language: Language) -> Iterator[Sentence]:
    changes = answer.difference
    yield say(
        "{drivers} drivers are called. Waybills: {kept} kept, {changed} changed, {new} new, "
        "{voided} void.",
        drivers=len(changes.called),
        kept=changes.num_waybills(Fate.KEPT),
        changed=changes.num_waybills(Fate.CHANGED),
        new=changes.num_waybills(Fate.NEW),
        voided=changes.num_waybills(Fate.VOIDED),
    )
    settled = answer.replanned.settled
    yield say(
        "Of these, {drivers} drivers and {waybills} waybills had to change; {free_drivers} drivers "
        "and {free_waybills} waybills change by choice, within the budget.",
        drivers=max(0, len(changes.called) - answer.replanned.num_drivers),
        waybills=len(settled.forced_waybills),
        free_drivers=answer.replanned.num_drivers,
        free_waybills=answer.replanned.num_waybills,
    )
    score = answer.result.plan.score
    yield say(
        "Weighted person-hours still to come: {hours}.",
        hours=language.number(score.deprivation_milli_person_h / MILLI),
    )


def _messages(answer: ReplanAnswer, language: Language, most: int | None) -> Section:
    telling = Telling(answer.result.situation)
    called = answer.difference.called
    shown = called if most is None else called[:most]
    lines = [language.tell(one) for change in shown for one in telling.vehicle(change)]
    if len(shown) < len(called):
        lines.append(
            language.tell(
                say(
                    "{more} more drivers: see changes.md in the folder.",
                    more=len(called) - len(shown),
                )
            )
        )
    if not called:
        lines.append(language.tell(say("Nobody needs to be told anything.")))
    title = language.tell(say("Messages to the drivers"))
    return Section(title=title, lines=tuple(lines))


def _curve(answer: ReplanAnswer, language: Language) -> Section:
    heads = (
        say("drivers called by choice, at most"),
        say("called"),
        say("waybills changed by choice"),
        say("weighted person-hours lost on the way"),
    )
    return Section(
        title=language.tell(say("What more or fewer calls would be worth")),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(_row(point, language) for point in answer.replanned.curve),
            right=frozenset((0, 1, 2, 3)),
        ),
    )


def _row(point: CurvePoint, language: Language) -> tuple[str, ...]:
    most = language.tell(say("any number")) if point.max_drivers is None else str(point.max_drivers)
    return (
        most,
        str(point.num_drivers),
        str(point.num_waybills),
        language.number(point.lost_milli_person_h / MILLI),
    )


def code_section(answer: ReplanAnswer, language: Language, first_sequence: int = 1) -> Section:
    """Return the messages to the drivers as contents of BeiDou short messages, in hex.

    Parameters
    ----------
    answer
        The plan made anew.
    language
        In which language.
    first_sequence
        The running number of the first message.
    """
    codes = Codes(answer.result.situation, first_sequence)
    rows = [
        (change.vehicle_code, str(code.sequence), str(len(content)), content.hex(" ").upper())
        for change in answer.difference.vehicles
        for code in codes.vehicle(change)
        for content in written(code)
    ]
    heads = (say("vehicle"), say("number"), say("bytes"), say("content after the A4"))
    return Section(
        title=language.tell(say("The same as BeiDou short messages")),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(rows),
            right=frozenset((1, 2)),
        ),
    )


def changes_paper(answer: ReplanAnswer, language: Language, first_sequence: int = 1) -> str:
    """Return the changes as a Markdown paper; the first message has the number given."""
    text = []
    codes = code_section(answer, language, first_sequence)
    for section in (*change_sections(answer, language), codes):
        text.append(f"## {section.title}\n")
        text += [f"- {line}" for line in section.lines]
        if section.table is not None:
            text.append("| " + " | ".join(section.table.heads) + " |")
            text.append("|" + "---|" * len(section.table.heads))
            text += ["| " + " | ".join(row) + " |" for row in section.table.rows]
        text.append("")
    return "\n".join(text)
