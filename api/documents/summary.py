"""The summary of a plan as sections, which the terminal and the Markdown paper both show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import prod

from api.documents.call_lines import call_lines
from api.documents.hub_lines import hub_sentences
from api.documents.off_road import off_road_sentences
from api.documents.policy_words import TIERS, fairness_lines, order_lines, policy_lines
from api.language import Language
from api.plan_summary import MILLI, PlanSummary
from relief.damage.needs import Need
from relief.plan.allocation import ShortfallReason
from relief.plan.outcome import Termination
from relief.plan.promises import promised_share
from relief.sentences import Sentence, say
from relief.units import FEN_PER_YUAN, SHANGHAI

NUM_TRACED_NEEDS = 80
"""Up to so many needs the paper shows the chain of factors of each."""
NUM_REFUSED = 10
SURE_SHARE = 0.8
"""Deliveries that are on time with less are told apart."""
GRAMS_PER_T = 1_000_000

REASONS = {
    ShortfallReason.NO_STOCK: say("no stock"),
    ShortfallReason.NO_ROAD: say("no road"),
    ShortfallReason.TOO_FAR: say("too far"),
    ShortfallReason.TRUCKS: say("trucks busy"),
    ShortfallReason.ROUTING: say("no truck in time"),
    ShortfallReason.COOLING: say("no cooled vehicle"),
    ShortfallReason.LEAD_TIME: say("lead time"),
    ShortfallReason.RECEIVING: say("place is full"),
    ShortfallReason.MONEY: say("no money"),
    ShortfallReason.POLICY: say("kept back"),
}
TERMINATIONS = {
    Termination.OPTIMAL: say("proven best for its model"),
    Termination.FEASIBLE: say("stopped at a limit"),
    Termination.BASELINE: say("simple method"),
    Termination.FAILED: say("no answer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    heads
        Headings of the columns.
    rows
        Texts, as many in each row as there are headings.
    right
        Numbers of the columns that hold figures, counted from 0.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the summary: a heading, lines, a table where there is one, and lines under it."""

    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    below: tuple[str, ...] = ()


def sections(summary: PlanSummary, language: Language) -> tuple[Section, ...]:
    """Return the summary of a plan in a language, what matters most first."""
    return tuple(
        part(summary, language)
        for part in (
            _people,
            _coverage,
            _hauls,
            _shortfalls,
            _laid_down,
            _worth,
            _certificate,
            _ground,
        )
    )


def title(summary: PlanSummary, language: Language) -> str:
    """Return the heading of the whole summary."""
    situation = summary.result.situation
    return language.tell(
        say(
            "Dispatch plan: {event}",
            event=language.both(situation.event_zh, situation.event_en),
        )
    )


def _people(summary: PlanSummary, language: Language) -> Section:
    result = summary.result
    lines = [
        say(
            "As known at {instant} (Beijing time); plan {plan}.",
            instant=language.instant(result.situation.start_at),
            plan=result.plan.plan_id,
        )
    ]
    if result.situation.as_of is not None:
        lines.append(
            say(
                "Made anew at {instant}, while it is carried out: {vehicles} vehicles are under "
                "way; needs and stock are what is left.",
                instant=language.instant(result.situation.as_of),
                vehicles=language.number(len(result.situation.under_way)),
            )
        )
    if result.plan.is_baseline:
        lines.append(
            say("This plan was made by the simple method, because: {why}", why=_why(summary))
        )
    affected = result.origin.affected_people
    if affected is not None:
        lines.append(
            say(
                "People affected: {likely} (between {low} and {high}).",
                likely=language.number(affected.likely),
                low=language.number(affected.low),
                high=language.number(affected.high),
            )
        )
    lines.append(
        say(
            "People in need of goods: {need}. What arrives within {hours} h is enough for {served} "
            "of them ({share} of all needs, weighted by the people who wait).",
            need=language.number(summary.people.in_need_people),
            hours=summary.windows[-1].end_h,
            served=language.number(summary.people.served_people),
            share=language.share(float(summary.people.served_share)),
        )
    )
    return Section(
        title=language.tell(say("People")), lines=tuple(language.tell(line) for line in lines)
    )


def _why(summary: PlanSummary) -> str:
    return summary.result.origin.fallback or "the simple method was better"


def _coverage(summary: PlanSummary, language: Language) -> Section:
    heads = (say("after the start"), say("of what is due by then"), say("of all needs"))
    return Section(
        title=language.tell(say("Coverage")),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(
                (
                    f"{window.end_h} h",
                    "–" if window.due_share is None else language.share(float(window.due_share)),
                    "–" if window.all_share is None else language.share(float(window.all_share)),
                )
                for window in summary.windows
            ),
            right=frozenset({0, 1, 2}),
        ),
        below=tuple(language.tell(one) for one in _promised(summary, language)),
    )


def _promised(summary: PlanSummary, language: Language) -> Iterator[Sentence]:
    promises = summary.result.promises
    share = promised_share(promises)
    if share is None:
        return
    unsure = [one for one in promises if one.on_time_share < SURE_SHARE]
    yield say(
        "{share} of the {deliveries} deliveries are promised to be there in the window that they "
        "are planned for, as driving times scatter on dry roads (modelled); {unsure} of them are "
        "less sure than {sure}, see the waybills.",
        share=language.share(share),
        deliveries=language.number(len(promises)),
        unsure=language.number(len(unsure)),
        sure=language.share(SURE_SHARE),
    )


def _hauls(summary: PlanSummary, language: Language) -> Section:
    heads = (say("depots of the"), say("tonnes"), say("trips"), say("vehicles"))
    rows = [
        (
            language.tell(TIERS[haul.tier]),
            language.number(haul.mass_g / GRAMS_PER_T, 1),
            language.number(haul.num_trips),
            language.number(haul.num_trucks),
        )
        for haul in summary.hauls
        if haul.num_trips
    ]
    rows.append(
        (
            language.tell(say("together")),
            language.number(summary.mass_g / GRAMS_PER_T, 1),
            language.number(summary.num_trips),
            language.number(summary.num_trucks),
        )
    )
    approximate = say(
        "{km} km are driven on a road network that is approximate.",
        km=language.number(summary.driven_m / MILLI),
    )
    exact = say("{km} km are driven.", km=language.number(summary.driven_m / MILLI))
    line = approximate if summary.result.situation.travel.approximate else exact
    return Section(
        title=language.tell(say("What is carried")),
        lines=(
            *((language.tell(line),) if summary.driven_m else ()),
            *(language.tell(one) for one in off_road_sentences(summary.result, language)),
            *(language.tell(one) for one in hub_sentences(summary.result, language)),
        ),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(rows),
            right=frozenset({1, 2, 3}),
        ),
        below=tuple(call_lines(summary.result.situation, summary.result.plan, language)),
    )


def _shortfalls(summary: PlanSummary, language: Language) -> Section:
    situation = summary.result.situation
    heading = language.tell(say("Worst shortfalls"))
    if not summary.worst:
        none = say("None: every need is met in full and on time.")
        return Section(title=heading, lines=(language.tell(none),))
    places = {place.code: place for place in situation.places}
    items = situation.catalogue.by_code()
    heads = (
        say("No."), say("place"), say("item"), say("due"), say("missing"), say("late"),
        say("person-hours"), say("why"),
    )  # fmt: skip
    rows, below = [], []
    for number, worst in enumerate(summary.worst, start=1):
        short = worst.shortfall
        place, item = places[short.place_code], items[short.item_code]
        rows.append(
            (
                str(number),
                language.both(place.name_zh, place.name_en),
                language.both(item.name_zh, item.name_en),
                _clock(short.due_at),
                language.number(short.missing_pieces),
                language.number(short.late_pieces),
                language.number(worst.deprivation_milli_person_h / MILLI),
                language.tell(REASONS[short.reason]),
            )
        )
        because = language.tell(short.because)
        below.append(language.tell(say("No. {number}: {because}", number=number, because=because)))
    line = say(
        "{short} of {all} needs are not met in full and on time; the worst for the people are:",
        short=language.number(summary.num_short_needs),
        all=language.number(len(situation.needs)),
    )
    return Section(
        title=heading,
        lines=(language.tell(line),),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(rows),
            right=frozenset({0, 4, 5, 6}),
        ),
        below=tuple(below),
    )


def _clock(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def _laid_down(summary: PlanSummary, language: Language) -> Section:
    situation = summary.result.situation
    return Section(
        title=language.tell(say("What was laid down")),
        lines=tuple(language.tell(line) for line in policy_lines(situation.policy, language)),
        below=tuple(order_lines(situation, summary.result.plan, language)),
    )


def _worth(summary: PlanSummary, language: Language) -> Section:
    calls_fen = sum(call.cost_fen for call in summary.result.plan.calls)
    transport_fen = summary.result.plan.score.cost_fen - calls_fen
    plan = summary.result.plan
    lines = [
        say(
            "Deprivation: {hours} weighted person-hours beyond the due times.",
            hours=language.number(summary.deprivation_milli_person_h / MILLI),
        )
    ]
    if summary.gap_share is not None and summary.bound_milli_person_h is not None:
        lines.append(
            say(
                "No plan for this situation can do better than {bound}; the gap is {gap} of the "
                "whole.",
                bound=language.number(summary.bound_milli_person_h / MILLI),
                gap=language.share(float(summary.gap_share), 2),
            )
        )
    else:
        lines.append(say("No bound is proven for this plan."))
    county = {place.code: place for place in summary.result.situation.places}.get(
        plan.score.worst_county_code
    )
    if plan.score.worst_unserved_ppm:
        name = county and language.both(county.name_zh, county.name_en)
        lines.append(
            say(
                "Worst-served county: {county}, {share} of its weighted needs unserved.",
                county=name or plan.score.worst_county_code,
                share=language.share(plan.score.worst_unserved_ppm / 1_000_000),
            )
        )
    lines.extend(fairness_lines(summary.result.situation, plan, language))
    lines.append(
        say(
            "Transport at planning costs: {yuan} yuan.",
            yuan=language.number(transport_fen / FEN_PER_YUAN),
        )
    )
    lines.extend(
        say(
            "{solver}: {termination}, {seconds} s.",
            solver=report.solver,
            termination=language.tell(TERMINATIONS[report.termination]),
            seconds=language.number(report.seconds, 1),
        )
        for report in (plan.allocation_report, plan.routing_report)
    )
    return Section(
        title=language.tell(say("How good it is")),
        lines=tuple(language.tell(line) for line in lines),
    )


def _certificate(summary: PlanSummary, language: Language) -> Section:
    certificate = summary.result.plan.certificate
    heading = language.tell(say("Certificate"))
    if certificate is None:
        return Section(title=heading, lines=(language.tell(say("Not verified.")),))
    verdict = (
        say(
            "The plan keeps every rule: {checks} comparisons, no violation.",
            checks=language.number(summary.num_checks),
        )
        if certificate.holds
        else say(
            "The plan breaks {violations} rules.",
            violations=language.number(len(certificate.violations)),
        )
    )
    digest = say(
        "Plan {plan}, situation {situation}.",
        plan=certificate.plan_digest[:16],
        situation=certificate.situation_fingerprint[:16],
    )
    return Section(title=heading, lines=(language.tell(verdict), language.tell(digest)))


def _ground(summary: PlanSummary, language: Language) -> Section:
    result = summary.result
    origin, travel = result.origin, result.situation.travel
    lines: list[Sentence] = [
        say(
            "Reports: {taken} taken, {refused} refused and kept with their reasons.",
            taken=language.number(origin.num_reports),
            refused=language.number(len(origin.refused)),
        ),
        say(
            "Reserve network: {name}; stock, trucks and carriers are modelled where no source is "
            "published, and marked so.",
            name=language.both(origin.network_zh, origin.network_en),
        ),
        say("Planning factors: {profile}.", profile=origin.profile),
    ]
    if travel.approximate:
        lines.append(
            say(
                "Roads: {name}. The network is approximate, and so are its distances and times.",
                name=travel.network_name,
            )
        )
    if travel.closures:
        names = ", ".join(closure.name for closure in travel.closures)
        lines.append(say("Closed: {names}.", names=names))
    if summary.cut_off:
        names = ", ".join(language.both(p.name_zh, p.name_en) for p in summary.cut_off)
        lines.append(say("No road reaches: {names}.", names=names))
    lines.extend(origin.notes)
    times = ", ".join(f"{s.stage} {language.number(s.seconds, 1)} s" for s in origin.stages)
    if times:
        lines.append(say("Time taken: {times}.", times=times))
    return Section(
        title=language.tell(say("What it rests on")),
        lines=tuple(language.tell(line) for line in lines),
    )


def markdown(summary: PlanSummary, language: Language) -> str:
    """Return the summary as Markdown, with the refused reports and, if few, every need traced."""
    parts = [f"# {title(summary, language)}", "", f"![{language.tell(say('Map'))}](map.png)", ""]
    for section in (*sections(summary, language), *_appendix(summary, language)):
        parts += [f"## {section.title}", ""]
        parts += [f"- {_plain(line)}" for line in section.lines]
        if section.lines:
            parts.append("")
        if section.table is not None:
            parts += [*_markdown_table(section.table), ""]
        if section.below:
            parts += [*(f"- {_plain(line)}" for line in section.below), ""]
    return "\n".join(parts)


def _plain(text: str) -> str:
    # A bar would end a table cell, a line break the line.
    return text.replace("|", "\\|").replace("\n", " ")


def _markdown_table(table: Table) -> Iterator[str]:
    yield "| " + " | ".join(_plain(head) for head in table.heads) + " |"
    marks = ("---:" if column in table.right else "---" for column in range(len(table.heads)))
    yield "| " + " | ".join(marks) + " |"
    for row in table.rows:
        yield "| " + " | ".join(_plain(cell) for cell in row) + " |"


def _appendix(summary: PlanSummary, language: Language) -> Iterator[Section]:
    result = summary.result
    if result.origin.refused:
        yield Section(
            title=language.tell(say("Refused reports")),
            lines=tuple(
                language.tell(
                    say("line {line}: {reason}", line=refused.line, reason=refused.reason)
                )
                for refused in result.origin.refused[:NUM_REFUSED]
            ),
        )
    if result.origin.sources:
        yield Section(
            title=language.tell(say("Where the event's figures were published")),
            lines=result.origin.sources,
        )
    needs = result.situation.needs
    if len(needs) > NUM_TRACED_NEEDS:
        return
    heads = (say("place"), say("item"), say("due"), say("pieces"), say("how it comes about"))
    places = {place.code: place for place in result.situation.places}
    items = result.situation.catalogue.by_code()
    yield Section(
        title=language.tell(say("Every need, traced")),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(
                (
                    language.both(places[need.place_code].name_zh, places[need.place_code].name_en),
                    language.both(items[need.item_code].name_zh, items[need.item_code].name_en),
                    _clock(need.due_at),
                    language.number(need.pieces),
                    chain_text(need, language),
                )
                for need in needs
            ),
            right=frozenset({3}),
        ),
    )


def chain_text(need: Need, language: Language) -> str:
    """Return the factors of a need as a product, each with its unit and source.

    What is planned is the product rounded up to whole packs, less what was delivered before.
    """
    factors = (
        f"{language.word(factor.name)} {factor.value:g} {factor.unit} [{factor.source}]"
        for factor in need.chain
    )
    product = prod(factor.value for factor in need.chain)
    return f"{' × '.join(factors)} = {product:.4g}"
