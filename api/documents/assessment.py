"""The assessment as sections for the terminal: figures first, then what needs a person."""

from collections import Counter
from collections.abc import Iterable, Iterator

from api.assessing import AssessmentResult, within_code
from api.documents.summary import Section, Table
from api.language import Language
from geodata.gazetteer import PROVINCE_CODE
from relief.damage.deadlines import LateReport
from relief.damage.estimation import Leaf, LeafBasis
from relief.damage.indicators import NAMES
from relief.damage.intervals import STATED_SHARE
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.damage.response import Criterion, Proposal
from relief.damage.supersession import Observation, Overruled, OverruleReason
from relief.sentences import say
from relief.units import hours

NUM_SILENT = 12
NUM_LATE = 20
NUM_LINES = 20
NUM_ROWS = 200

SOURCES = {
    ReportSource.FIELD: say("field team"),
    ReportSource.TOWNSHIP: say("township"),
    ReportSource.COUNTY: say("county"),
    ReportSource.CITY: say("city"),
    ReportSource.PROVINCE: say("province"),
}
STAGES = {
    ReportStage.FIRST: say("first report"),
    ReportStage.CONTINUED: say("continued report"),
    ReportStage.VERIFIED: say("verified report"),
}
REASONS = {
    OverruleReason.NEWER: say("newer"),
    OverruleReason.MORE_CREDIBLE: say("same instant, has checked more"),
    OverruleReason.LAST_WORD: say("same instant, the last word"),
    OverruleReason.VERIFIED_STANDS: say("verified; the newer one comes from below the county"),
}
BASES = {
    LeafBasis.REPORT: say("report"),
    LeafBasis.BOTH: say("report and footprint"),
    LeafBasis.FOOTPRINT: say("footprint only"),
}


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
    yield _behind(result, within, unit_code, indicators, language)
    yield _overruled(
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


def _place(result: AssessmentResult, code: str, language: Language) -> str:
    return f"{language.both(*result.name_of(code))} {code}"


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
            _name(total.indicator, language),
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
    place = _place(result, unit_code, language)
    return Section(
        title=language.tell(say("Totals of {place}", place=place)),
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
            _place(result, leaf.place_code, language),
            language.number(leaf.exposed_people),
            *(language.number(n) for n in _span(leaf)),
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


def _span(leaf: Leaf) -> tuple[int, int, int]:
    return leaf.estimate.low, leaf.estimate.likely, leaf.estimate.high


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
        _place(result, each.unit_code, language),
        language.tell(STAGES[each.stage]),
        language.instant(each.due_at),
        "" if each.received_at is None else language.instant(each.received_at),
        language.number(hours(each.late_by(result.assessment.at)), 1),
    )


def who(report: DamageReport, language: Language) -> str:
    """Return who sent a report."""
    return language.tell(
        say(
            "{source}, card {card} no. {sequence}, {stage}",
            source=language.tell(SOURCES[report.source]),
            card=report.sender_card,
            sequence=report.sequence,
            stage=language.tell(STAGES[report.stage]),
        )
    )


def _behind(
    result: AssessmentResult,
    within: str,
    unit_code: str,
    indicators: frozenset[Indicator],
    language: Language,
) -> Section:
    standing = {
        (figure.place_code, figure.indicator): figure.observations[0]
        for figure in result.assessment.figures
    }
    rows: list[tuple[str, ...]] = [
        (
            _place(result, unit_code, language),
            _name(total.indicator, language),
            language.number(total.reported.count),
            *_seen(total.reported, language),
            language.tell(say("own total, beside the sum of the parts")),
            "",
        )
        for total in result.assessment.totals
        if total.unit_code == unit_code and total.indicator in indicators
    ]
    for leaf in result.estimates.of(indicators, within):
        observation = standing.get((leaf.place_code, leaf.indicator))
        rows.append(
            (
                _place(result, leaf.place_code, language),
                _name(leaf.indicator, language),
                "" if leaf.reported is None else language.number(leaf.reported),
                *(("", "", "") if observation is None else _seen(observation, language)),
                f"{language.tell(BASES[leaf.basis])} {language.share(leaf.report_weight_share, 0)}",
                " - ".join(language.number(n) for n in _span(leaf)),
            )
        )
    heads = (
        say("place"), say("indicator"), say("count"), say("by whom"), say("counted for"),
        say("received"), say("rests on (weight of the report)"), say("low - likely - high"),
    )  # fmt: skip
    return Section(
        title=language.tell(say("What stands behind each number")),
        lines=_cut(len(rows), language),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(rows[:NUM_ROWS]),
            right=frozenset({2}),
        ),
    )


def _cut(num_rows: int, language: Language) -> tuple[str, ...]:
    if num_rows <= NUM_ROWS:
        return ()
    line = say(
        "The first {shown} of {number} rows; --indicator and a smaller --place narrow it down, "
        "--json holds all.",
        shown=NUM_ROWS,
        number=num_rows,
    )
    return (language.tell(line),)


def _name(indicator: Indicator, language: Language) -> str:
    name = NAMES[indicator]
    return name.zh if language.code == "zh" else name.both


def _winner(standing: Observation, language: Language) -> str:
    count = language.number(standing.count)
    seen = language.instant(standing.report.observed_at)
    return f"{count}: {who(standing.report, language)}, {seen}"


def _seen(observation: Observation, language: Language) -> tuple[str, str, str]:
    report = observation.report
    return (
        who(report, language),
        language.instant(report.observed_at),
        language.instant(report.received_at),
    )


def _overruled(result: AssessmentResult, losers: list[Overruled], language: Language) -> Section:
    heads = (
        say("place"), say("indicator"), say("count"), say("by whom"), say("counted for"),
        say("received"), say("overruled by"), say("why"),
    )  # fmt: skip
    rows = tuple(
        (
            _place(result, loser.overruled.report.unit_code, language),
            _name(loser.overruled.indicator, language),
            language.number(loser.overruled.count),
            *_seen(loser.overruled, language),
            _winner(loser.standing, language),
            language.tell(REASONS[loser.reason])
            + (f" [{language.tell(say('conflict'))}]" if loser.conflict else ""),
        )
        for loser in losers[:NUM_ROWS]
    )
    nothing = (language.tell(say("Nothing was overruled.")),)
    lines = _cut(len(losers), language) if rows else nothing
    return Section(
        title=language.tell(say("What was overruled, and why")),
        lines=lines,
        table=Table(
            heads=tuple(language.tell(head) for head in heads), rows=rows, right=frozenset({2})
        )
        if rows
        else None,
    )


def _doubts(
    result: AssessmentResult, within: str, indicators: frozenset[Indicator], language: Language
) -> Iterator[Section]:
    """Yield what a person should look at: conflicts, flags, what was set aside or refused."""
    if not within:
        conflicts = result.assessment.conflicts
        if conflicts:
            shown = _overruled(result, list(conflicts[:NUM_LINES]), language)
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
