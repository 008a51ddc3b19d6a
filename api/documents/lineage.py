"""What stands behind the numbers of an assessment: whose report, and what it overruled."""

from collections.abc import Iterator, Sequence

from api.assessing import AssessmentResult
from api.documents.summary import Section, Table
from api.language import Language
from relief.damage.assessment import Figure
from relief.damage.estimation import Leaf, LeafBasis
from relief.damage.indicators import NAMES
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.damage.supersession import Observation, Overruled, OverruleReason
from relief.sentences import say

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


def place_text(result: AssessmentResult, code: str, language: Language) -> str:
    """Return the names and the code of a place."""
    return f"{language.both(*result.name_of(code))} {code}"


def span_of(leaf: Leaf) -> tuple[int, int, int]:
    """Return low, likely and high."""
    return leaf.estimate.low, leaf.estimate.likely, leaf.estimate.high


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


def behind_section(
    result: AssessmentResult,
    within: str,
    unit_code: str,
    indicators: frozenset[Indicator],
    language: Language,
) -> Section:
    """Return the reports behind every number inside a unit, silent places among them."""
    standing = {
        (figure.place_code, figure.indicator): figure.observations[0]
        for figure in result.assessment.figures
    }
    rows: list[tuple[str, ...]] = [
        (
            place_text(result, unit_code, language),
            indicator_name(total.indicator, language),
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
                place_text(result, leaf.place_code, language),
                indicator_name(leaf.indicator, language),
                "" if leaf.reported is None else language.number(leaf.reported),
                *(("", "", "") if observation is None else _seen(observation, language)),
                f"{language.tell(BASES[leaf.basis])} {language.share(leaf.report_weight_share, 0)}",
                " - ".join(language.number(n) for n in span_of(leaf)),
            )
        )
    rows.extend(
        (
            place_text(result, figure.place_code, language),
            indicator_name(figure.indicator, language),
            language.number(figure.estimate.likely),
            *_seen(figure.observations[0], language),
            language.tell(say("counted in the report of its county")),
            "",
        )
        for figure in covered_figures(result, within)
        if figure.indicator in indicators
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


def covered_figures(result: AssessmentResult, within: str) -> Iterator[Figure]:
    """Yield the figures of townships whose county has reported the same, and so counts them."""
    estimated = {(leaf.place_code, leaf.indicator) for leaf in result.estimates.leaves}
    for figure in result.assessment.figures:
        inside = figure.place_code.startswith(within)
        if inside and (figure.place_code, figure.indicator) not in estimated:
            yield figure


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


def indicator_name(indicator: Indicator, language: Language) -> str:
    """Return what an indicator is called."""
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


def overruled_section(
    result: AssessmentResult, losers: Sequence[Overruled], language: Language
) -> Section:
    """Return what was overruled, by whom, and why."""
    heads = (
        say("place"), say("indicator"), say("count"), say("by whom"), say("counted for"),
        say("received"), say("overruled by"), say("why"),
    )  # fmt: skip
    rows = tuple(
        (
            place_text(result, loser.overruled.report.unit_code, language),
            indicator_name(loser.overruled.indicator, language),
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
