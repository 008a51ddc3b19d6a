"""The back-test of estimates as sections."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import exp, log
from statistics import median

from api.documents.summary import Section, Table
from api.language import Language
from geodata.exposure import exposed_places
from geodata.gazetteer import load_gazetteer
from geodata.hazard import Footprint
from relief.damage.growth import stated_growth
from relief.damage.indicators import NAMES
from relief.damage.intervals import STATED_SHARE
from relief.damage.vulnerability import stated_vulnerability
from relief.sentences import say
from scenarios.backtest import Trial, backtest, every_second_county
from scenarios.events import Event
from scenarios.hearing import hear

_DAY = timedelta(days=1)


def backtest_sections(
    event: Event, footprint: Footprint | None, language: Language
) -> Iterator[Section]:
    """Yield the back-test of an event: with all reports, and with half of the counties silent.

    The second needs a footprint, since nothing else speaks of silent places.
    """
    gazetteer = load_gazetteer()
    reports = hear(event, gazetteer).reports
    began = [at for at in (event.began_at, footprint and footprint.began_at) if at]
    began_at = min(began, default=min((report.observed_at for report in reports), default=None))
    if began_at is None or len(event.instants) < 2:  # noqa: PLR2004 - one to know, one to test
        line = say("The event has no two statements to hold against each other.")
        yield Section(title=language.tell(say("Back-test")), lines=(language.tell(line),))
        return
    trials = backtest(
        event,
        reports,
        gazetteer,
        began_at=began_at,
        vulnerability=stated_vulnerability(),
        growth=stated_growth(),
    )
    yield _section(language.tell(say("Back-test with all reports, no footprint")), trials, language)
    if footprint is not None:
        trials = backtest(
            event,
            every_second_county(reports),
            gazetteer,
            began_at=began_at,
            vulnerability=stated_vulnerability(),
            growth=stated_growth(),
            exposed=exposed_places(footprint, gazetteer.townships),
            hazard=footprint.hazard,
            with_present=True,
        )
        title = say("Back-test with every second county silent, and the footprint")
        yield _section(language.tell(title), trials, language)
    yield Section(
        title=language.tell(say("How to read this")),
        lines=tuple(
            language.tell(line)
            for line in (
                say(
                    "Each statement's instant is a start, each later statement a target; only "
                    "what both publish is tried. The trials share one event and its few "
                    "statements, so they are not independent: the share is an indication."
                ),
                say("Modelled: {note}", note=language.word(stated_growth().note)),
                say(
                    "County figures of the replay are modelled shares of the published totals, so "
                    "that silent counties test the method, not the footprint."
                ),
            )
        ),
    )


def _section(title: str, trials: Sequence[Trial], language: Language) -> Section:
    groups: defaultdict[tuple[str, ...], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[tuple(indicator.value for indicator in trial.indicators)].append(trial)
    heads = (
        say("indicator"), say("trials"), say("covered"), say("covered up to a day ahead"),
        say("covered further ahead"), say("below low"), say("above high"),
        say("high / low, median"),
    )  # fmt: skip
    rows = [
        (
            " + ".join(
                NAMES[i].zh if language.code == "zh" else NAMES[i].both for i in own[0].indicators
            ),
            *_figures(own, language),
        )
        for own in groups.values()
    ]
    rows.append((language.tell(say("all")), *_figures(trials, language)))
    line = say("Stated share: {share}.", share=language.share(STATED_SHARE, 0))
    return Section(
        title=title,
        lines=(language.tell(line),),
        table=Table(
            heads=tuple(language.tell(head) for head in heads),
            rows=tuple(rows),
            right=frozenset(range(1, 8)),
        ),
    )


def _figures(trials: Sequence[Trial], language: Language) -> tuple[str, ...]:
    near = [trial for trial in trials if trial.target_at - trial.known_at <= _DAY]
    far = [trial for trial in trials if trial.target_at - trial.known_at > _DAY]
    widths = [log(max(t.estimate.high, 1) / max(t.estimate.low, 1)) for t in trials]
    return (
        str(len(trials)),
        _covered(trials, language),
        _covered(near, language),
        _covered(far, language),
        str(sum(trial.published < trial.estimate.low for trial in trials)),
        str(sum(trial.published > trial.estimate.high for trial in trials)),
        language.number(exp(median(widths)), 1),
    )


def _covered(trials: Sequence[Trial], language: Language) -> str:
    if not trials:
        return ""
    return language.share(sum(trial.is_covered for trial in trials) / len(trials), 0)
