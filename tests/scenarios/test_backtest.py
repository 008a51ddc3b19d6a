from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from geodata.gazetteer import load_gazetteer
from relief.damage.growth import stated_growth
from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport, Indicator
from relief.damage.vulnerability import stated_vulnerability
from scenarios.backtest import Trial, backtest, every_second_county
from scenarios.events import Event, PublishedTotal, load_event
from scenarios.hearing import Heard, hear
from tests.relief.damage.reported import report

COLLAPSED, SERIOUS = Indicator.COLLAPSED_ROOMS, Indicator.SERIOUS_ROOMS


@cache
def heard() -> Heard:
    return hear(load_event("2016-meiyu"), load_gazetteer())


def tried(
    event: Event, reports: tuple[DamageReport, ...], *, with_present: bool = False
) -> tuple[Trial, ...]:
    assert event.began_at is not None
    return backtest(
        event,
        reports,
        load_gazetteer(),
        began_at=event.began_at,
        vulnerability=stated_vulnerability(),
        growth=stated_growth(),
        with_present=with_present,
    )


def two_statements() -> Event:
    """Return the event with its statements of 6 July alone."""
    event = load_event("2016-meiyu")
    return replace(event, instants=event.instants[5:7])


def test_only_what_both_statements_publish_is_tried() -> None:
    trials = tried(two_statements(), heard().reports)
    found = {trial.indicators: trial.published for trial in trials}
    # The first gives collapsed and seriously damaged rooms in one sum, the second in two parts.
    assert found[COLLAPSED, SERIOUS] == 21_000 + 27_000
    assert (COLLAPSED,) not in found
    assert found[Indicator.DEAD,] == 48
    assert len(found) == len(trials) == 9


def test_an_estimate_knows_only_what_had_been_received() -> None:
    event = two_statements()
    late = tuple(each for each in heard().reports if each.received_at > event.instants[0].at)
    known = tuple(each for each in heard().reports if each.received_at <= event.instants[0].at)
    assert late
    assert tried(event, heard().reports) == tried(event, known)
    assert tried(event, late) == ()


def test_the_present_is_tried_where_asked_for() -> None:
    event = two_statements()
    trials = tried(event, heard().reports, with_present=True)
    now = [trial for trial in trials if trial.known_at == trial.target_at]
    assert {trial.known_at for trial in now} == {instant.at for instant in event.instants}
    # All counties have reported what the statement adds up, so the present is always covered.
    assert all(trial.is_covered for trial in now)


def test_covered_means_between_low_and_high_inclusive() -> None:
    at = datetime.fromisoformat("2016-07-06T08:00:00+08:00")
    estimate = Estimate(low=10, likely=20, high=30)
    covered = [
        Trial(
            known_at=at,
            target_at=at + timedelta(hours=9),
            indicators=(Indicator.DEAD,),
            estimate=estimate,
            published=count,
        ).is_covered
        for count in (9, 10, 30, 31)
    ]
    assert covered == [False, True, True, False]


def test_sums_of_a_kind_unknown_later_are_left_out() -> None:
    event = two_statements()
    first, second = event.instants
    second = replace(second, totals=(PublishedTotal(indicators=(COLLAPSED,), count=21_000),))
    assert tried(replace(event, instants=(first, second)), heard().reports) == ()


def test_every_second_county_falls_silent_and_so_do_those_above() -> None:
    reports = [
        report({Indicator.DEAD: 1}, unit=unit, card=unit)
        for unit in ("420101", "420102", "420102001", "420103", "420100", "420000")
    ]
    kept = every_second_county(reports)
    assert [each.unit_code for each in kept] == ["420101", "420103"]


def test_what_had_been_heard_by_an_instant() -> None:
    at = load_event("2016-meiyu").default_at
    before = heard().by(at)
    assert len(before.refused) == 3
    assert all(each.received_at <= at for each in before.reports)
    assert len(before.reports) < len(heard().reports)
