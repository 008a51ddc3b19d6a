"""The assessment: what is known of the damage at one instant, from the reports received by then.

Only reports received by that instant count, so that an assessment can be made again later as it
was known then. Townships and their county are kept apart and never added together; totals of
cities and of the province are held beside the sums of their parts, and the differences are shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from relief.damage.credibility import Margins, stated_margins
from relief.damage.crosschecks import (
    Flag,
    counties_above_total,
    fall,
    flags_at,
    name_of,
    parts_above_whole,
)
from relief.damage.indicators import PEOPLE
from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport, Indicator
from relief.damage.supersession import (
    Observation,
    Overruled,
    SetAside,
    SetAsideReason,
    observations,
    standing_of,
    without_repeats,
)
from relief.places import Place, PlaceKind
from relief.sentences import say
from relief.units import SHANGHAI

CLOCK_TOLERANCE = timedelta(minutes=15)
"""How far a reporter's clock may run ahead of ours before the report is set aside."""


class Basis(StrEnum):
    """What a figure rests on."""

    REPORT = "report"
    """The standing report on the place itself."""
    SUM_OF_TOWNSHIPS = "sum-of-townships"
    """The county has not reported; its townships have."""
    REST_OF_COUNTY = "rest-of-county"
    """What the county reports above the sum of its townships."""
    ESTIMATE = "estimate"
    """Nobody has reported; the footprint and the reports of others let one expect it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is known of one indicator at one place.

    Parameters
    ----------
    place_code, indicator
        Where, and what is counted.
    estimate
        The count (likely) and its modelled margins.
    basis
        What it rests on.
    observations
        The standing observations behind it; exactly one for `Basis.REPORT`, none for
        `Basis.ESTIMATE`.
    """

    place_code: str
    indicator: Indicator
    estimate: Estimate
    basis: Basis
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalBeside:
    """A total reported by a city or the province, beside the sum of its parts.

    Parameters
    ----------
    unit_code, indicator
        Whose total, of what.
    reported
        The standing observation of the total.
    parts
        Sum over the counties of the unit, townships counting for a county that is silent.
    num_parts
        How many counties are in that sum.
    parts_as_of
        The latest instant for which one of them counts; None where there is none.
    """

    unit_code: str
    indicator: Indicator
    reported: Observation
    parts: int
    num_parts: int
    parts_as_of: datetime | None

    @property
    def difference(self) -> int:
        """What the total says above the sum of its parts; negative where it says less."""
        return self.reported.count - self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What is known at one instant.

    Parameters
    ----------
    at
        The instant; nothing received later is in here.
    places
        Every place for which there is a figure, in order of code.
    figures
        Reported figures of counties and townships, in order of place and indicator.
    overruled
        Every observation that does not stand, with the reason, in order of place and indicator.
    flags
        What a person should look at.
    totals
        Totals of cities and province beside the sums of their parts.
    set_aside
        Reports that are not used, with the reason.
    num_reports
        Reports used, repeats not counted.
    margins_note
        How the low and high values were modelled.
    """

    at: datetime
    places: tuple[Place, ...]
    figures: tuple[Figure, ...]
    overruled: tuple[Overruled, ...]
    flags: tuple[Flag, ...]
    totals: tuple[TotalBeside, ...]
    set_aside: tuple[SetAside, ...]
    num_reports: int
    margins_note: str

    @property
    def conflicts(self) -> tuple[Overruled, ...]:
        """The overruled observations that a person should look at."""
        return tuple(overruled for overruled in self.overruled if overruled.conflict)

    def figures_for(self, level: PlaceKind) -> tuple[Figure, ...]:
        """Return the figures to plan with at one level; nobody is in there twice.

        Parameters
        ----------
        level
            ``COUNTY``: a county's own figure, or the sum of its townships where it is silent.
            ``TOWNSHIP``: the townships' figures, and at the county's own receiving point what
            the county reports above their sum.

        Returns
        -------
        tuple of Figure
            In order of place and indicator.
        """
        kinds = {place.code: place for place in self.places}
        own = {(f.place_code, f.indicator): f for f in self.figures}
        townships: defaultdict[tuple[str, Indicator], list[Figure]] = defaultdict(list)
        for figure in self.figures:
            place = kinds[figure.place_code]
            if place.kind is PlaceKind.TOWNSHIP:
                townships[place.parent_code, figure.indicator].append(figure)
        planned: list[Figure] = []
        for figure in self.figures:
            key = (figure.place_code, figure.indicator)
            is_township = kinds[figure.place_code].kind is PlaceKind.TOWNSHIP
            if level is PlaceKind.TOWNSHIP and not is_township and key in townships:
                planned.extend(_rest(figure, townships[key]))
            elif level is PlaceKind.TOWNSHIP or not is_township:
                planned.append(figure)
        if level is not PlaceKind.TOWNSHIP:
            planned.extend(
                _sum(county_code, indicator, parts)
                for (county_code, indicator), parts in townships.items()
                if (county_code, indicator) not in own
            )
        return tuple(sorted(planned, key=lambda f: (f.place_code, f.indicator)))

    def count(self, indicator: Indicator) -> int:
        """Return the sum of the likely figures over all counties, townships not counted twice."""
        return sum(
            figure.estimate.likely
            for figure in self.figures_for(PlaceKind.COUNTY)
            if figure.indicator is indicator
        )


def _rest(county: Figure, townships: list[Figure]) -> Iterator[Figure]:
    placed = sum(figure.estimate.likely for figure in townships)
    rest = county.estimate.likely - placed
    if rest > 0:
        yield Figure(
            place_code=county.place_code,
            indicator=county.indicator,
            estimate=Estimate(
                low=max(county.estimate.low - placed, 0),
                likely=rest,
                high=county.estimate.high - placed,
            ),
            basis=Basis.REST_OF_COUNTY,
            observations=(
                *county.observations,
                *(seen for figure in townships for seen in figure.observations),
            ),
        )


def _sum(county_code: str, indicator: Indicator, townships: list[Figure]) -> Figure:
    return Figure(
        place_code=county_code,
        indicator=indicator,
        estimate=Estimate(
            low=sum(figure.estimate.low for figure in townships),
            likely=sum(figure.estimate.likely for figure in townships),
            high=sum(figure.estimate.high for figure in townships),
        ),
        basis=Basis.SUM_OF_TOWNSHIPS,
        observations=tuple(seen for figure in townships for seen in figure.observations),
    )


def assess(
    reports: Iterable[DamageReport],
    *,
    at: datetime,
    places: Iterable[Place],
    margins: Margins | None = None,
) -> Assessment:
    """Assess the damage from the reports received by an instant.

    The answer does not depend on the order of `reports`, and a later instant never forgets a
    place and indicator known at an earlier one.

    Parameters
    ----------
    reports
        All reports; those received after `at` are left out.
    at
        The instant of the assessment.
    places
        The counties and townships that may be reported on; with a township, its county.
    margins
        How far counts may be off; `stated_margins` if not given.

    Returns
    -------
    Assessment
        With conflicts, flags and set-aside reports as data; nothing is refused here.
    """
    margins = margins or stated_margins()
    by_code = {place.code: place for place in places}
    units = _units(by_code)
    known, aside = without_repeats(report for report in reports if report.received_at <= at)
    used: list[DamageReport] = []
    for report in known:
        doubt = _doubt(report, units)
        if doubt is None:
            used.append(report)
        else:
            aside.append(doubt)
    figures: list[Figure] = []
    totals: dict[tuple[str, Indicator], Observation] = {}
    overruled: list[Overruled] = []
    for (code, indicator), candidates in sorted(observations(used).items()):
        standing, losers = standing_of(candidates)
        overruled.extend(losers)
        if code in by_code:
            figures.append(_figure(by_code[code], standing, losers, margins, at))
        else:
            totals[code, indicator] = standing
    flags = [
        flag
        for loser in overruled
        if (flag := fall(units[loser.standing.report.unit_code], loser)) is not None
    ]
    flags += _flags(figures, by_code)
    assessed = {figure.place_code for figure in figures}
    assessed |= {by_code[c].parent_code for c in assessed if by_code[c].parent_code in by_code}
    assessment = Assessment(
        at=at,
        places=tuple(by_code[code] for code in sorted(assessed)),
        figures=tuple(figures),
        overruled=tuple(overruled),
        flags=(),
        totals=(),
        set_aside=tuple(sorted(aside, key=lambda a: (a.report.received_at, repr(a.report)))),
        num_reports=len(used),
        margins_note=f"{margins.note} {margins.source}",
    )
    beside = tuple(_totals_beside(totals, assessment, by_code))
    flags += [
        counties_above_total(total.unit_code, units[total.unit_code], total.reported, total.parts)
        for total in beside
        if total.difference < 0
        and total.parts_as_of is not None
        and total.reported.report.observed_at >= total.parts_as_of
    ]
    return replace(assessment, totals=beside, flags=_in_order(flags))


def _in_order(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    return tuple(sorted(flags, key=lambda f: (f.place_code, f.check, f.indicator)))


def _units(by_code: Mapping[str, Place]) -> dict[str, str]:
    """Return the names of all units that may be reported on, the totals' units among them."""
    units = {code: name_of(place) for code, place in by_code.items()}
    for place in by_code.values():
        if place.kind is PlaceKind.COUNTY:
            units.setdefault(place.parent_code, f"{place.parent_en} {place.parent_zh}")
    for place in by_code.values():
        province_code = f"{place.code[:2]}0000"
        units.setdefault(province_code, province_code)
    units.pop("", None)
    return units


def _doubt(report: DamageReport, units: Mapping[str, str]) -> SetAside | None:
    if report.unit_code not in units:
        return SetAside(
            report=report,
            reason=SetAsideReason.UNKNOWN_PLACE,
            because=say("No place has the code {code}.", code=report.unit_code),
        )
    if report.observed_at > report.received_at + CLOCK_TOLERANCE:
        return SetAside(
            report=report,
            reason=SetAsideReason.FROM_THE_FUTURE,
            because=say(
                "Counts for {observed}, but received at {received}.",
                observed=f"{report.observed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
                received=f"{report.received_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            ),
        )
    return None


def _figure(
    place: Place,
    standing: Observation,
    overruled: Iterable[Overruled],
    margins: Margins,
    at: datetime,
) -> Figure:
    """Return the figure around a standing observation, widened over what conflicts with it."""
    estimate = margins.around(standing.count, standing.report, at=at)
    rivals = [
        loser.overruled.count
        for loser in overruled
        if loser.conflict and loser.standing == standing
    ]
    high = max([estimate.high, *rivals])
    if standing.indicator in PEOPLE and place.population_people:
        # Nobody is counted twice within a place; a report above the population is flagged.
        high = max(min(high, place.population_people), standing.count)
    return Figure(
        place_code=place.code,
        indicator=standing.indicator,
        estimate=Estimate(
            low=min([estimate.low, *rivals]),
            likely=standing.count,
            high=high,
        ),
        basis=Basis.REPORT,
        observations=(standing,),
    )


def _flags(figures: Iterable[Figure], by_code: Mapping[str, Place]) -> Iterator[Flag]:
    counts: defaultdict[str, dict[Indicator, int]] = defaultdict(dict)
    for figure in figures:
        counts[figure.place_code][figure.indicator] = figure.estimate.likely
    parts: defaultdict[tuple[str, Indicator], int] = defaultdict(int)
    for code, reported in counts.items():
        place = by_code[code]
        yield from flags_at(place, reported)
        if place.kind is PlaceKind.TOWNSHIP:
            for indicator, count in reported.items():
                parts[place.parent_code, indicator] += count
    for (code, indicator), placed in parts.items():
        whole = counts.get(code, {}).get(indicator)
        if whole is not None and placed > whole:
            yield parts_above_whole(by_code[code], indicator, whole, placed)


def _totals_beside(
    totals: Mapping[tuple[str, Indicator], Observation],
    assessment: Assessment,
    by_code: Mapping[str, Place],
) -> Iterator[TotalBeside]:
    figures = assessment.figures_for(PlaceKind.COUNTY)
    for (unit_code, indicator), reported in totals.items():
        parts = [
            figure
            for figure in figures
            if figure.indicator is indicator
            and (
                by_code[figure.place_code].parent_code == unit_code
                or (unit_code.endswith("0000") and figure.place_code[:2] == unit_code[:2])
            )
        ]
        yield TotalBeside(
            unit_code=unit_code,
            indicator=indicator,
            reported=reported,
            parts=sum(figure.estimate.likely for figure in parts),
            num_parts=len(parts),
            parts_as_of=max(
                (seen.report.observed_at for figure in parts for seen in figure.observations),
                default=None,
            ),
        )
