"""Making an assessment for a person: what is known, what is believed, who is late, what level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from geodata.exposure import exposed_places
from geodata.gazetteer import PROVINCE_CODE, Gazetteer, load_gazetteer
from geodata.hazard import FILE_NAME, Footprint, read_footprint
from relief.damage.assessment import Assessment, assess
from relief.damage.deadlines import LateReport, ReportingScheme, late_reports
from relief.damage.estimation import Estimates, estimate
from relief.damage.growth import stated_growth
from relief.damage.indicators import PEOPLE
from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport, Indicator, ReportSource
from relief.damage.response import Proposal, ResponseTable, Totals, propose
from relief.damage.supersession import Observation
from relief.damage.vulnerability import ExposedPlace, stated_vulnerability
from relief.errors import Fault, InvalidInput, UnknownPlace
from relief.places import Place, PlaceKind
from relief.sentences import say
from relief.units import in_utc
from scenarios.events import Event
from scenarios.hearing import Heard, hear

TOWNSHIP_DIGITS = 9
"""Of a township's code; those of GB/T 2260 have six."""

_PROVINCE_NAMES = {PROVINCE_CODE, "湖北", "湖北省", "hubei"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTotal:
    """One indicator over a whole unit.

    Parameters
    ----------
    indicator
        What is counted.
    reported
        Sum of the standing counts of the places in the unit; None where nobody reported it.
    stated
        What the unit itself has stated as its total; None where it has not.
    estimate
        The interval at the stated share.
    num_reported, num_silent
        Places with a report behind the estimate, and places without.
    """

    indicator: Indicator
    reported: int | None
    stated: Observation | None
    estimate: Estimate
    num_reported: int
    num_silent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentResult:
    """An assessment with all that belongs to it.

    Parameters
    ----------
    event, gazetteer
        The event and the places.
    heard
        Reports and refused sentences received by then.
    assessment, estimates
        What was reported, and what is believed.
    began_at
        When the event began, as far as known.
    footprint, exposed
        The hazard's footprint and who lives in it; None and empty without.
    late, scheme
        Who is late, and by which deadlines.
    table
        The thresholds of response levels; None where none is known.
    """

    event: Event
    gazetteer: Gazetteer
    heard: Heard
    assessment: Assessment
    estimates: Estimates
    began_at: datetime
    footprint: Footprint | None
    exposed: tuple[ExposedPlace, ...]
    late: tuple[LateReport, ...]
    scheme: ReportingScheme
    table: ResponseTable | None

    def totals(self, unit_code: str = PROVINCE_CODE) -> tuple[UnitTotal, ...]:
        """Return what is known and believed of a unit, in the order of the indicators."""
        within = within_code(unit_code)
        found: list[UnitTotal] = []
        stated = {
            total.indicator: total.reported
            for total in self.assessment.totals
            if total.unit_code == unit_code
        }
        for indicator in Indicator:
            leaves = self.estimates.of([indicator], within)
            believed = self.estimates.total([indicator], within, most=self._most(indicator))
            reported = [leaf.reported for leaf in leaves if leaf.reported is not None]
            if believed is None and indicator not in stated:
                continue
            if believed is None:
                count = stated[indicator].count
                believed = Estimate(low=count, likely=count, high=count)
            found.append(
                UnitTotal(
                    indicator=indicator,
                    reported=sum(reported) if reported else None,
                    stated=stated.get(indicator),
                    estimate=believed,
                    num_reported=len(reported),
                    num_silent=len(leaves) - len(reported),
                )
            )
        return tuple(found)

    def _most(self, indicator: Indicator) -> float:
        if indicator not in PEOPLE:
            return inf
        return float(sum(place.population_people for place in self.gazetteer.counties))

    def proposals(self) -> Mapping[str, Proposal]:
        """Return what the ``standing`` counts, the ``likely`` and the ``high`` ones propose."""
        if self.table is None:
            return {}
        totals = self.totals()
        hazard = self.event.hazard
        standing: Totals = {
            frozenset({t.indicator}): max(t.reported or 0, t.stated.count if t.stated else 0)
            for t in totals
            if t.reported is not None or t.stated is not None
        }
        # A total stated by the province holds places from which nothing has come to us.
        likely: Totals = {
            key: max(count, standing.get(key, 0))
            for key, count in ((frozenset({t.indicator}), t.estimate.likely) for t in totals)
        }
        high: Totals = {
            key: max(count, likely[key])
            for key, count in ((frozenset({t.indicator}), t.estimate.high) for t in totals)
        }
        return {
            name: propose(self.table, counts, hazard=hazard)
            for name, counts in (("standing", standing), ("likely", likely), ("high", high))
        }

    def name_of(self, code: str) -> tuple[str, str]:
        """Return the Chinese and the English name of a unit."""
        if code == PROVINCE_CODE:
            return "湖北省", "Hubei"
        try:
            place = self.gazetteer.place(code)
        except UnknownPlace:
            return code, code
        return place.name_zh, place.name_en


def within_code(unit_code: str) -> str:
    """Return the beginning that the codes of all places of a unit share.

    Examples
    --------
    >>> within_code("420000"), within_code("421100"), within_code("421181")
    ('42', '4211', '421181')
    """
    if unit_code.endswith("0000"):
        return unit_code[:2]
    return unit_code[:4] if len(unit_code) == 6 and unit_code.endswith("00") else unit_code  # noqa: PLR2004 - GB/T 2260


def find_unit(text: str, gazetteer: Gazetteer) -> str:
    """Return the code of the province, city, county or township that a text names.

    Raises
    ------
    UnknownPlace, AmbiguousPlace
        If it names none, or several.
    """
    if text.strip().lower() in _PROVINCE_NAMES:
        return PROVINCE_CODE
    for prefecture in gazetteer.prefectures:
        if text in (prefecture.code, prefecture.name_zh, prefecture.name_zh[:-1]):
            return prefecture.code
    return gazetteer.find(text, kinds=(PlaceKind.COUNTY, PlaceKind.TOWNSHIP)).code


def make_assessment(
    event: Event,
    *,
    at: datetime,
    target_at: datetime,
    scheme: ReportingScheme,
    table: ResponseTable | None,
    footprint: Footprint | None = None,
    stable_at: datetime | None = None,
) -> AssessmentResult:
    """Assess an event as known at an instant.

    Parameters
    ----------
    event
        The event.
    at, target_at
        What is known when, and for which instant counts are estimated.
    scheme
        The deadlines of reports.
    table
        The thresholds of response levels; None for no proposal.
    footprint
        The hazard's footprint; None for none.
    stable_at
        When the situation was declared stable; None while it goes on.

    Raises
    ------
    InvalidInput
        If nothing had been heard by then and there is no footprint, or the footprint begins later.
    """
    at, target_at = in_utc(at), in_utc(target_at)
    gazetteer = load_gazetteer()
    heard = hear(event, gazetteer).by(at)
    if footprint is not None and footprint.began_at > at:
        raise InvalidInput(
            Fault(
                where="--footprint",
                field="began_at",
                value=footprint.began_at.isoformat(),
                what=say("The footprint begins after the instant of the assessment."),
                allowed=f"<= {at.isoformat()}",
                remedy=say("Name a later instant, or leave the footprint out."),
            )
        )
    if not heard.reports and footprint is None:
        raise InvalidInput(
            Fault(
                where="--at",
                value=at.isoformat(),
                what=say("No report had been received by then."),
                remedy=say("Name a later instant, or give the footprint of the hazard."),
            )
        )
    places = (*gazetteer.counties, *gazetteer.townships)
    assessment = assess(heard.reports, at=at, places=places)
    exposed = exposed_places(footprint, gazetteer.townships) if footprint else ()
    began = [instant for instant in (event.began_at, footprint and footprint.began_at) if instant]
    began_at = min(began, default=min((r.observed_at for r in heard.reports), default=at))
    struck = _struck(event.level, heard.reports, exposed, gazetteer, began_at)
    return AssessmentResult(
        event=event,
        gazetteer=gazetteer,
        heard=heard,
        assessment=assessment,
        estimates=estimate(
            assessment,
            exposed=exposed,
            hazard=footprint.hazard if footprint else None,
            places=places,
            began_at=began_at,
            target_at=target_at,
            vulnerability=stated_vulnerability(),
            growth=stated_growth(),
        ),
        began_at=began_at,
        footprint=footprint,
        exposed=exposed,
        late=late_reports(
            heard.reports,
            at=at,
            began_at={code: began for code, (began, _) in struck.items()},
            levels={code: level for code, (_, level) in struck.items()},
            scheme=scheme,
            stable_at=stable_at,
        ),
        scheme=scheme,
        table=table,
    )


def _struck(
    level: PlaceKind,
    reports: Sequence[DamageReport],
    exposed: Sequence[ExposedPlace],
    gazetteer: Gazetteer,
    began_at: datetime,
) -> dict[str, tuple[datetime, ReportSource]]:
    """Return since when each unit must report: counties hit, their cities, and the province.

    A county on which somebody has reported is taken as struck when that was first observed, a
    silent one inside the footprint when the event began; a city and the province with their first
    county. Where an event is planned by townships, they must report, too.
    """
    counties: dict[str, Place] = {place.code: place for place in gazetteer.counties}
    since: dict[str, datetime] = {}
    for report in reports:
        county = report.unit_code[:6]
        if county in counties:
            since[county] = min(since.get(county, report.observed_at), report.observed_at)
    for place in exposed:
        since.setdefault(place.place_code[:6], began_at)
    cities = {place.code for place in gazetteer.prefectures}
    struck = {code: (instant, ReportSource.COUNTY) for code, instant in since.items()}
    if level is PlaceKind.TOWNSHIP:
        struck |= {place.place_code: (began_at, ReportSource.TOWNSHIP) for place in exposed}
        for report in reports:
            if len(report.unit_code) == TOWNSHIP_DIGITS:
                instant = struck.get(report.unit_code, (report.observed_at, 0))[0]
                struck[report.unit_code] = (
                    min(instant, report.observed_at),
                    ReportSource.TOWNSHIP,
                )
    for code, instant in since.items():
        above = [(PROVINCE_CODE, ReportSource.PROVINCE)]
        if counties[code].parent_code in cities:
            above.append((counties[code].parent_code, ReportSource.CITY))
        for unit, source in above:
            earliest = struck.get(unit, (instant, source))[0]
            struck[unit] = (min(earliest, instant), source)
    return struck


def event_footprint(event: Event) -> Footprint:
    """Return the footprint in an event's own folder.

    Raises
    ------
    InvalidInput
        If it has none, or the file has faults.
    """
    path = event.folder / FILE_NAME
    if not path.is_file():
        raise InvalidInput(
            Fault(
                where="--footprint",
                value="event",
                what=say("The event has no footprint of its own."),
                remedy=say("Give the path of a GeoJSON file."),
            )
        )
    return read_footprint(path)
