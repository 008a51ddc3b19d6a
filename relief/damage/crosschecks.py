"""The cross-checks of the statistics scheme: flags for a person, never a reason to refuse.

Real reports break some of them, and are right all the same: see the scheme 自然灾害情况统计调查制度
(应急〔2020〕19号), whose checks these are, and the corrections downwards in every published series.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from relief.damage.indicators import CURRENT, NAMES, PEOPLE, TOTAL_OF
from relief.damage.reports import Indicator
from relief.damage.supersession import Observation, Overruled, OverruleReason
from relief.places import Place
from relief.sentences import Sentence, say


class Check(StrEnum):
    """What was checked."""

    POPULATION = "population"
    """No more people than live there."""
    AFFECTED = "affected"
    """Dead, missing, injured, transferred and needy people are among the affected."""
    CURRENT = "current"
    """A count of the moment is not above the total since the event began."""
    LODGING = "lodging"
    """Transferred people are in collective shelters or lodged elsewhere."""
    HOUSEHOLDS = "households"
    """A household has at least one room."""
    PARTS = "parts"
    """Parts do not add up to more than the whole: townships than their county, and counties than
    a total that their city or province has stated later."""
    FELL = "fell"
    """A total has been corrected downwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something in the reports that a person should look at.

    Parameters
    ----------
    place_code
        Where.
    check
        Which check does not hold.
    indicator
        The count that breaks it.
    sentence
        What was found, with the numbers.
    """

    place_code: str
    check: Check
    indicator: Indicator
    sentence: Sentence


AMONG_AFFECTED = (
    Indicator.DEAD,
    Indicator.MISSING,
    Indicator.INJURED,
    Indicator.TRANSFERRED,
    Indicator.URGENT_NEED,
)


def name_of(place: Place) -> str:
    """Return both names of a place, for a gap in a sentence."""
    return f"{place.name_en} {place.name_zh}"


def flags_at(place: Place, counts: Mapping[Indicator, int]) -> Iterator[Flag]:
    """Yield what the standing counts of one place break.

    Parameters
    ----------
    place
        The place.
    counts
        Its standing counts.
    """
    for indicator in PEOPLE & counts.keys():
        if 0 < place.population_people < counts[indicator]:
            yield Flag(
                place_code=place.code,
                check=Check.POPULATION,
                indicator=indicator,
                sentence=say(
                    "{place}: {count} {indicator}, but {population} people live there.",
                    place=name_of(place),
                    count=counts[indicator],
                    indicator=NAMES[indicator].both,
                    population=place.population_people,
                ),
            )
    for indicator in AMONG_AFFECTED:
        yield from _above(place, counts, Check.AFFECTED, indicator, Indicator.AFFECTED)
    for indicator, total in TOTAL_OF.items():
        yield from _above(place, counts, Check.CURRENT, indicator, total)
    yield from _above(
        place,
        counts,
        Check.HOUSEHOLDS,
        Indicator.COLLAPSED_HOUSEHOLDS,
        Indicator.COLLAPSED_ROOMS,
    )
    yield from _lodging(place, counts)


def _above(
    place: Place,
    counts: Mapping[Indicator, int],
    check: Check,
    part: Indicator,
    whole: Indicator,
) -> Iterator[Flag]:
    if part in counts and whole in counts and counts[part] > counts[whole]:
        yield Flag(
            place_code=place.code,
            check=check,
            indicator=part,
            sentence=say(
                "{place}: {count} {indicator} is more than {whole_count} {whole}.",
                place=name_of(place),
                count=counts[part],
                indicator=NAMES[part].both,
                whole_count=counts[whole],
                whole=NAMES[whole].both,
            ),
        )


def _lodging(place: Place, counts: Mapping[Indicator, int]) -> Iterator[Flag]:
    parts = (Indicator.CONCENTRATED_CURRENT, Indicator.DISPERSED_CURRENT)
    whole = Indicator.TRANSFERRED_CURRENT
    if whole not in counts or any(part not in counts for part in parts):
        return
    lodged = sum(counts[part] for part in parts)
    if lodged != counts[whole]:
        yield Flag(
            place_code=place.code,
            check=Check.LODGING,
            indicator=whole,
            sentence=say(
                "{place}: {count} people transferred now, but {concentrated} in collective "
                "shelters and {dispersed} lodged elsewhere make {lodged}.",
                place=name_of(place),
                count=counts[whole],
                concentrated=counts[parts[0]],
                dispersed=counts[parts[1]],
                lodged=lodged,
            ),
        )


def parts_above_whole(place: Place, indicator: Indicator, whole: int, parts: int) -> Flag:
    """Return the flag of a county whose townships add up to more than the county reports."""
    return Flag(
        place_code=place.code,
        check=Check.PARTS,
        indicator=indicator,
        sentence=say(
            "{place}: the townships add up to {parts} {indicator}, the county reports {whole}.",
            place=name_of(place),
            parts=parts,
            indicator=NAMES[indicator].both,
            whole=whole,
        ),
    )


def counties_above_total(unit_code: str, unit_name: str, total: Observation, parts: int) -> Flag:
    """Return the flag of a city or province whose counties add up to more than its later total."""
    return Flag(
        place_code=unit_code,
        check=Check.PARTS,
        indicator=total.indicator,
        sentence=say(
            "{place}: the counties add up to {parts} {indicator}, its own later total is {whole}.",
            place=unit_name,
            parts=parts,
            indicator=NAMES[total.indicator].both,
            whole=total.count,
        ),
    )


def fall(place_name: str, overruled: Overruled) -> Flag | None:
    """Return a flag where a newer report has lowered a total since the event began."""
    before, after = overruled.overruled, overruled.standing
    if (
        overruled.reason is OverruleReason.VERIFIED_STANDS
        or after.indicator in CURRENT
        or after.count >= before.count
    ):
        return None
    return Flag(
        place_code=after.report.unit_code,
        check=Check.FELL,
        indicator=after.indicator,
        sentence=say(
            "{place}: {indicator} corrected from {before} down to {after}.",
            place=place_name,
            indicator=NAMES[after.indicator].both,
            before=before.count,
            after=after.count,
        ),
    )
