"""The assessment as sections for the terminal: figures first, then what needs a person."""

from collections import Counter
from collections.abc import Iterable, Iterator

from api.assessing import AssessmentResult, within_code
from api.documents.lineage import (
    SOURCES,
    STAGES,
    behind_section,
    indicator_name,
    overruled_section,
    place_text,
    span_of,
    who,
)
from api.documents.summary import Section, Table
from api.language import Language
from geodata.gazetteer import PROVINCE_CODE
from relief.damage.deadlines import LateReport
from relief.damage.intervals import STATED_SHARE
from relief.damage.reports import Indicator
from relief.damage.response import Criterion, Proposal
from relief.sentences import say
from relief.units import hours

NUM_SILENT = 12
NUM_LATE = 20
NUM_LINES = 20


def overview(result: AssessmentResult, language: Language) -> Iterator[Section]:
    """Yield the assessment of the whole province."""
    yield _head(result, language)
    yield _response(result, language)
    yield _totals(result, PROVINCE_CODE, language)
    yield from _silent(result, language)
    yield _late(result, language)
    yield from _doubts(result, "", frozenset(Indicator), language)


def lineage(
    result: AssessmentResult,
    unit_code: str,
    indicators: frozenset[Indicator],
    language: Language,
) -> Iterator[Section]:
    """Yield what stands behind every number of one unit: whose report, and what it overruled."""
    within = within_code(unit_code)
    yield _head(result, language)
    yield _totals(result, unit_code, language, indicators)
    yield behind_section(result, within, unit_code, indicators, language)
    yield overruled_section(
        result,
        [
            loser
            for loser in result.assessment.overruled
            if loser.overruled.indicator in indicators
            and loser.overruled.report.unit_code.startswith(within)
        ],
        language,
    )
    yield from _doubts(result, within, indicators, language)


def _head(result: AssessmentResult, language: Language) -> Section:
    lines = [
        say(
            "As known at {instant} (Beijing time): {reports} reports used, {aside} set aside, "
            "{refused} sentences refused.",
            instant=language.instant(result.assessment.at),
            reports=result.assessment.num_reports,
            aside=len(result.assessment.set_aside),
            refused=len(result.heard.refused),
        ),
        say(
            "Estimated for {instant}; the event began at {began}.",
            instant=language.instant(result.estimates.target_at),
            began=language.instant(result.began_at),
        ),
        say(
            "From low to high: the true count lies there {share} of the time, if the model is "
            "right. Modelled: {note}",
            share=language.share(STATED_SHARE, 0),
            note=language.word(result.estimates.growth.note),
        ),
    ]
    if result.footprint is not None:
        lines.append(
            say(
                "Footprint of {hazard}: {people} people in {places} townships. {source}",
                hazard=language.word(result.footprint.hazard.value),
                people=language.number(sum(place.people for place in result.exposed)),
                places=len(result.exposed),
                source=language.word(result.footprint.source),
            )
        )
    name = language.both(result.event.name_zh, result.event.name_en)
    return Section(
        title=language.tell(say("Damage assessment: {event}", event=name)),
        lines=tuple(language.tell(line) for line in lines),
    )


def _response(result: AssessmentResult, language: Language) -> Section:
    title = language.tell(say("Response level proposed"))
    table = result.table
    if table is None:
        line = say("No table of thresholds was in force then; give one with --table.")
        return Section(title=title, lines=(language.tell(line),))
    lines = [
        say(
            "By {table} ({edition}). The people in charge decide.",
            table=language.both(table.name_zh, table.name_en),
            edition=table.edition,
        )
    ]
    if table.is_sample:
        lines.append(say("This table is a sample and no plan of Hubei."))
    proposals = result.proposals()
    heads = {
        "standing": say("by reported counts"),
        "likely": say("by the likely estimate"),
        "high": say("by the high estimate"),
    }
    told = [language.tell(line) for line in lines]
    for name, proposal in proposals.items():
        told.append(
            language.tell(
                say(
                    "{basis}: {proposal}",
                    basis=language.tell(heads[name]),
                    proposal=proposal_text(proposal, language),
                )
            )
        )
    missing = proposals["standing"].not_judged
    if missing:
        names = ", ".join(_criterion(each, language) for each in missing)
        told.append(language.tell(say("Not reported, so not judged: {names}.", names=names)))
    if table.note:
        told.append(language.word(table.note))
    return Section(title=title, lines=tuple(told))


def proposal_text(proposal: Proposal, language: Language) -> str:
    """Return a proposal with the criterion that reached it."""
    if proposal.level is None:
        return language.tell(say("no level reached"))
    first, *others = proposal.triggers
    text = language.tell(
        say(
            "level {level}: {count} {criterion} (at least {at_least})",
            level=proposal.level.name,
            count=language.number(first.count),
            criterion=_criterion(first.criterion, language),
            at_least=language.number(first.threshold.at_least),
        )
    )
    if first.threshold.is_remembered:
        text += " " + language.tell(say("[threshold not checked against the document]"))
    for other in others:
        text += "; " + language.tell(
            say(
                "{criterion} alone: {level}",
                criterion=_criterion(other.criterion, language),
                level=other.threshold.level.name,
            )
        )
    return text


def _criterion(criterion: Criterion, language: Language) -> str:
    if language.code == "zh":
        return criterion.name_zh
    return language.both(criterion.name_zh, criterion.name_en)


def _totals(
    result: AssessmentResult,
    unit_code: str,
    language: Language,
    indicators: Iterable[Indicator] = Indicator,
) -> Section:
    heads = (
        say("indicator"), say("reported by parts"), say("own total"), say("low"), say("likely"),
        say("high"), say("places reporting"), say("silent"),
    )  # fmt: skip
    wanted = frozenset(indicators)
    rows = tuple(
        (
            indicator_name(total.indicator, language),
            "" if total.reported is None else language.number(total.reported),
            "" if total.stated is None else language.number(total.stated.count),
            language.number(total.estimate.low),
            language.number(total.estimate.likely),
            language.number(total.estimate.high),
            str(total.num_reported),
            str(total.num_silent),
        )
        for total in result.totals(unit_code)
        if total.indicator in wanted
    )
    place = place_text(result, unit_code, language)
    none = say("Nothing is known of this place by itself; see its county.")
    return Section(
        title=language.tell(say("Totals of {place}", place=place)),
        lines=() if rows else (language.tell(none),),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=rows,
            right=frozenset(range(1, 8)),
        ),
    )


def _silent(result: AssessmentResult, language: Language) -> Iterator[Section]:
    silent = [leaf for leaf in result.estimates.of([Indicator.AFFECTED]) if leaf.is_silent]
    if not silent:
        return
    silent.sort(key=lambda leaf: (-leaf.estimate.likely, leaf.place_code))
    rows = tuple(
        (
            place_text(result, leaf.place_code, language),
            language.number(leaf.exposed_people),
            *(language.number(n) for n in span_of(leaf)),
        )
        for leaf in silent[:NUM_SILENT]
    )
    heads = (
        say("township"), say("people exposed"), say("low"), say("likely"), say("high"),
    )  # fmt: skip
    line = say(
        "{silent} townships inside the footprint are silent, and no report of their county covers "
        "them. Silence is no zero: people affected there, the most first.",
        silent=len(silent),
    )
    yield Section(
        title=language.tell(say("Silent places")),
        lines=(language.tell(line),),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=rows,
            right=frozenset(range(1, 5)),
        ),
    )


def _late(result: AssessmentResult, language: Language) -> Section:
    title = language.tell(say("Who is late"))
    if not result.late:
        return Section(title=title, lines=(language.tell(say("Nobody.")),))
    counted = Counter((each.level, each.stage, each.received_at is None) for each in result.late)
    lines = [
        language.tell(
            say(
                "{number} x {level}, {stage}: still out",
                number=number,
                level=language.tell(SOURCES[level]),
                stage=language.tell(STAGES[stage]),
            )
            if is_out
            else say(
                "{number} x {level}, {stage}: came late",
                number=number,
                level=language.tell(SOURCES[level]),
                stage=language.tell(STAGES[stage]),
            )
        )
        for (level, stage, is_out), number in sorted(counted.items())
    ]
    lines.append(
        language.tell(
            say(
                "Deadlines: {scheme}.",
                scheme=language.both(result.scheme.name_zh, result.scheme.name_en),
            )
        )
    )
    heads = (
        say("unit"), say("report"), say("due"), say("received"), say("late by (h)"),
    )  # fmt: skip
    return Section(
        title=title,
        lines=tuple(lines),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(_late_row(result, each, language) for each in result.late[:NUM_LATE]),
            right=frozenset({4}),
        ),
    )


def _late_row(result: AssessmentResult, each: LateReport, language: Language) -> tuple[str, ...]:
    return (
        place_text(result, each.unit_code, language),
        language.tell(STAGES[each.stage]),
        language.instant(each.due_at),
        "" if each.received_at is None else language.instant(each.received_at),
        language.number(hours(each.late_by(result.assessment.at)), 1),
    )


def _doubts(
    result: AssessmentResult, within: str, indicators: frozenset[Indicator], language: Language
) -> Iterator[Section]:
    """Yield what a person should look at: conflicts, flags, what was set aside or refused."""
    if not within:
        conflicts = result.assessment.conflicts
        if conflicts:
            shown = overruled_section(result, list(conflicts[:NUM_LINES]), language)
            title = language.tell(
                say("Conflicts to be judged by a person: {number}", number=len(conflicts))
            )
            yield Section(title=title, lines=shown.lines, table=shown.table)
    flags = [
        flag
        for flag in result.assessment.flags
        if flag.place_code.startswith(within) and flag.indicator in indicators
    ]
    if flags:
        yield Section(
            title=language.tell(say("Flags of the cross-checks: {number}", number=len(flags))),
            lines=tuple(language.tell(flag.sentence) for flag in flags[:NUM_LINES]),
        )
    aside = [
        f"{who(each.report, language)}: {language.tell(each.because)}"
        for each in result.assessment.set_aside
        if each.report.unit_code.startswith(within)
    ]
    if aside:
        yield Section(
            title=language.tell(say("Reports set aside: {number}", number=len(aside))),
            lines=tuple(aside[:NUM_LINES]),
        )
    if result.heard.refused and not within:
        yield Section(
            title=language.tell(
                say("Sentences refused: {number}", number=len(result.heard.refused))
            ),
            lines=tuple(
                f"{language.instant(each.received_at)}: {each.reason}"
                for each in result.heard.refused[:NUM_LINES]
            ),
        )
