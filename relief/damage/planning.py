"""From an assessment to needs: pieces of every item at every place, with the chain behind them.

Displaced is not affected: each item follows the count that its rule names, never the number of
people affected at large. Counts of the moment are used where they have been reported, otherwise
the total since the event began with a stated share.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from fractions import Fraction
from math import ceil, prod

from relief.damage.assessment import Assessment, Basis, Figure
from relief.damage.factors import Base, FactorProfile, NeedRule, Step
from relief.damage.indicators import NAMES
from relief.damage.needs import Estimate, Factor, Need
from relief.damage.reports import DamageReport, Indicator
from relief.errors import Fault, InvalidInput
from relief.items import Catalogue, Confidence, Item
from relief.places import PlaceKind
from relief.sentences import say
from relief.units import SHANGHAI, ceil_div, hours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """A rule met by the figures of one place."""

    place_code: str
    rule: NeedRule
    figure: Figure
    driver_steps: tuple[Step, ...]


def derive_needs(
    assessment: Assessment,
    profile: FactorProfile,
    *,
    catalogue: Catalogue,
    start_at: datetime,
    window_ends: Sequence[timedelta],
    level: PlaceKind,
) -> tuple[Need, ...]:
    """Derive what is needed where and by when.

    The pieces of a need are the product of its chain, rounded up to whole packs. A demand is due
    at the first window's end at or after its rule's time, or at the last one.

    Parameters
    ----------
    assessment
        What is known.
    profile
        The planning factors.
    catalogue
        The items; their packs.
    start_at, window_ends
        The start of the plan and the ends of its windows after it.
    level
        Whether goods go to county receiving points or to townships.

    Returns
    -------
    tuple of Need
        In order of place, item and due time.

    Raises
    ------
    InvalidInput
        If a rule names an item that the catalogue does not hold; all such rules are listed.
    """
    return needs_of(
        assessment.figures_for(level),
        profile,
        catalogue=catalogue,
        start_at=start_at,
        window_ends=window_ends,
    )


def needs_of(
    planned: Sequence[Figure],
    profile: FactorProfile,
    *,
    catalogue: Catalogue,
    start_at: datetime,
    window_ends: Sequence[timedelta],
) -> tuple[Need, ...]:
    """Derive needs from figures of which none counts anybody twice.

    Parameters
    ----------
    planned
        The figures, such as `Assessment.figures_for` returns.
    profile, catalogue, start_at, window_ends
        As in `derive_needs`, with the same errors.
    """
    items = catalogue.by_code()
    month = start_at.astimezone(SHANGHAI).month
    rules = [rule for rule in profile.rules if month in rule.months]
    kits = {kit.code for kit in catalogue.kits}
    faults = tuple(_unknown_items(profile, rules, items, kits))
    if faults:
        raise InvalidInput(*faults)
    figures: defaultdict[str, dict[Indicator, Figure]] = defaultdict(dict)
    for figure in planned:
        figures[figure.place_code][figure.indicator] = figure
    needs: list[Need] = []
    for place_code in sorted(figures):
        for rule in sorted(rules, key=lambda rule: rule.item_code):
            demand = _demand(place_code, rule, figures[place_code])
            if demand is not None:
                item = items[rule.item_code]
                needs.extend(_needs(demand, item, profile, start_at, window_ends))
    return tuple(needs)


def _unknown_items(
    profile: FactorProfile, rules: Sequence[NeedRule], items: Mapping[str, Item], kits: set[str]
) -> Iterator[Fault]:
    for rule in rules:
        if rule.item_code not in items:
            near = get_close_matches(rule.item_code, items, n=3)
            yield Fault(
                where=f"factor profile {profile.code}",
                field="item",
                value=rule.item_code,
                what=say("The catalogue holds no such item."),
                allowed=", ".join(near or sorted(items)),
                remedy=say("This is a kit of the network: plan with --kits to have it made up.")
                if rule.item_code in kits
                else say("Add the item to the catalogue, or take the rule out of the profile."),
            )


def _demand(place_code: str, rule: NeedRule, figures: Mapping[Indicator, Figure]) -> _Demand | None:
    base: Base = rule.base
    for driver in base.drivers:
        figure = figures.get(driver.indicator)
        if figure is not None:
            return _Demand(
                place_code=place_code, rule=rule, figure=figure, driver_steps=driver.steps
            )
    return None


def _needs(
    demand: _Demand,
    item: Item,
    profile: FactorProfile,
    start_at: datetime,
    window_ends: Sequence[timedelta],
) -> Iterator[Need]:
    rule, figure = demand.rule, demand.figure
    steps = (*demand.driver_steps, *rule.steps)
    per_count = prod((step.value for step in steps), start=Fraction(1))
    for due_after, amount in _by_window(rule, window_ends).items():
        estimate = Estimate(
            low=ceil(figure.estimate.low * per_count * amount),
            likely=ceil(figure.estimate.likely * per_count * amount),
            high=ceil(figure.estimate.high * per_count * amount),
        )
        if estimate.likely == 0:
            continue
        pieces = ceil_div(estimate.likely, item.pack_pieces) * item.pack_pieces
        yield Need(
            place_code=demand.place_code,
            item_code=item.code,
            due_at=start_at + due_after,
            priority=rule.priority,
            pieces=pieces,
            estimate=estimate,
            milli_people_per_piece=_milli_people(
                rule, amount, figure.estimate.likely * per_count * amount, pieces
            ),
            chain=(
                _count_factor(figure),
                *(step.factor() for step in steps),
                _amount_step(rule, profile, due_after, amount).factor(),
            ),
        )


def _by_window(rule: NeedRule, window_ends: Sequence[timedelta]) -> dict[timedelta, Fraction]:
    """Return the amount due at the end of each window that has one, in order."""
    amounts: defaultdict[timedelta, Fraction] = defaultdict(Fraction)
    for tranche in rule.tranches:
        due_after = next((end for end in window_ends if end >= tranche.due_after), window_ends[-1])
        amounts[due_after] += tranche.amount
    return dict(sorted(amounts.items()))


def _milli_people(rule: NeedRule, amount: Fraction, exact_pieces: Fraction, pieces: int) -> int:
    """Return the people who wait for each piece, so that rounding up adds nobody."""
    per_piece = rule.people_per_piece / amount if rule.by_day else rule.people_per_piece
    return round(exact_pieces * per_piece / pieces * 1000)


def _count_factor(figure: Figure) -> Factor:
    name = NAMES[figure.indicator]
    return Factor(
        name=name.en,
        value=float(figure.estimate.likely),
        unit=name.unit,
        source=source_of(figure),
    )


def source_of(figure: Figure) -> str:
    """Return which report or reports a figure rests on, in English.

    Examples are ``county report no. 12 of card 0420115, as of 2016-07-06 07:40``, and for figures
    put together from several reports the rule by which that was done.
    """
    reports = [seen.report for seen in figure.observations]
    match figure.basis:
        case Basis.REPORT:
            return _report_text(reports[0])
        case Basis.SUM_OF_TOWNSHIPS:
            return f"sum of {len(figure.observations)} township reports"
        case Basis.REST_OF_COUNTY:
            num_parts = len(figure.observations) - 1
            return f"{_report_text(reports[0])}, less {num_parts} township reports"
        case Basis.ESTIMATE:
            return "no report; estimated from the footprint and the reports of others"


def _report_text(report: DamageReport) -> str:
    observed = f"{report.observed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return (
        f"{report.source.name.lower()} report no. {report.sequence} of card "
        f"{report.sender_card}, as of {observed}"
    )


def _amount_step(
    rule: NeedRule, profile: FactorProfile, due_after: timedelta, amount: Fraction
) -> Step:
    return Step(
        name="days covered by this delivery" if rule.by_day else "share due by then",
        value=amount,
        unit="days" if rule.by_day else f"within {hours(due_after):g} h",
        source=profile.due_source,
        confidence=Confidence.DERIVED,
    )
