"""How published provincial totals are split among counties: modelled, by a stated rule, exact.

A county weighs its census population times a stated intensity. What it has reported it keeps;
what a statement adds to the one before is shared out by weight with largest remainders, so that
the counties of every statement sum exactly to what was published. Counts that a statement gives
by name are taken as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from relief.damage.reports import Indicator
from relief.places import Place
from scenarios.events import ReportInstant

ONCE = frozenset({Indicator.AFFECTED, Indicator.CROPS_HIT_HA, Indicator.LOSS_10K_YUAN})
"""Indicators that weigh the intensity once; the others are more concentrated and weigh it twice."""

Counts = dict[str, int]
"""Counts under county codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The rule of one event.

    Parameters
    ----------
    intensity
        Under the code of a prefecture or of a county, which goes first.
    parts
        Shares by which the sum of two indicators is parted.
    stated_units
        Prefecture-level units that the statements say were hit: each has at least one county.
    """

    intensity: Mapping[str, Fraction]
    parts: Mapping[Indicator, Fraction]
    stated_units: frozenset[str]

    @classmethod
    def read(
        cls,
        intensity: Mapping[str, float],
        parts: Mapping[str, float],
        stated_units: Iterable[str],
    ) -> "Split":
        """Make the rule from the entries of a ``replay.toml``."""
        return cls(
            intensity={code: Fraction(str(own)) for code, own in intensity.items()},
            parts={Indicator(key): Fraction(str(share)) for key, share in parts.items()},
            stated_units=frozenset(stated_units),
        )

    def intensity_at(self, county: Place) -> Fraction:
        """Return the intensity of a county."""
        own = self.intensity.get(county.code)
        return own if own is not None else self.intensity[county.parent_code]

    def weight(self, county: Place, indicator: Indicator) -> Fraction:
        """Return what a county weighs for an indicator."""
        intensity = self.intensity_at(county)
        times = intensity if indicator in ONCE else intensity * intensity
        return county.population_people * times


def shared_out(total: int, weights: Mapping[str, Fraction]) -> Counts:
    """Share a total out by weight, exactly, by largest remainders.

    Ties go to the smaller code. A code of no weight gets nothing.

    Examples
    --------
    >>> shared_out(10, {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)})
    {'a': 4, 'b': 3, 'c': 3}
    """
    whole = sum(weights.values(), start=Fraction(0))
    if total == 0 or whole == 0:
        return dict.fromkeys(weights, 0)
    exact = {code: total * weight / whole for code, weight in weights.items()}
    counts = {code: int(share) for code, share in exact.items()}
    by_remainder = sorted(exact, key=lambda code: (counts[code] - exact[code], code))
    for code in by_remainder[: total - sum(counts.values())]:
        counts[code] += 1
    return counts


def county_counts(
    instants: Sequence[ReportInstant], counties: Sequence[Place], split: Split
) -> Iterator[dict[str, dict[Indicator, int]]]:
    """Yield, for each statement, every hit county's counts.

    Parameters
    ----------
    instants
        The statements of an event, in order of time.
    counties
        All counties of the province.
    split
        The rule.
    """
    ranked = _ranked(instants, counties, split)
    tables: list[dict[Indicator, Counts]] = [{} for _ in instants]
    for indicator in Indicator:
        totals = [_total(instant, indicator, split) for instant in instants]
        named = [_named(instant, indicator, totals[i]) for i, instant in enumerate(instants)]
        earlier: Counts = {}
        for place, instant in enumerate(instants):
            total = totals[place]
            if total is None:
                continue
            hit = ranked[: instant.num_units]
            following = next((named[i] for i in range(place + 1, len(instants)) if named[i]), None)
            own = named[place]
            if own is None:
                weights = {county.code: split.weight(county, indicator) for county in hit}
                own = _between(total, earlier, following, weights)
            tables[place][indicator] = earlier = own
    for instant, table in zip(instants, tables, strict=True):
        yield {
            county.code: {key: counts.get(county.code, 0) for key, counts in table.items()}
            for county in ranked[: instant.num_units]
        }


def _between(
    total: int, earlier: Counts, following: Counts | None, weights: Mapping[str, Fraction]
) -> Counts:
    """Return counts that sum to `total`, between what was before and what is known to follow."""
    if following is not None:
        codes = earlier.keys() | following.keys()
        low = {c: min(earlier.get(c, 0), following.get(c, 0)) for c in sorted(codes)}
        high = {c: max(earlier.get(c, 0), following.get(c, 0)) for c in sorted(codes)}
        if sum(low.values()) <= total <= sum(high.values()):
            room = {code: Fraction(high[code] - low[code]) for code in low}
            return _sum(low, shared_out(total - sum(low.values()), room))
    known = sum(earlier.values())
    if total >= known:
        return _sum(earlier, shared_out(total - known, weights))
    return shared_out(total, {code: Fraction(count) for code, count in sorted(earlier.items())})


def _sum(first: Counts, second: Counts) -> Counts:
    codes = sorted(first.keys() | second.keys())
    return {code: first.get(code, 0) + second.get(code, 0) for code in codes}


def _total(instant: ReportInstant, indicator: Indicator, split: Split) -> int | None:
    """Return a statement's total of an indicator, parted from a sum where it was given so."""
    for total in instant.totals:
        if total.indicators == (indicator,):
            return total.count
        if indicator in total.indicators:
            shares = {part.value: split.parts[part] for part in total.indicators}
            return shared_out(total.count, shares)[indicator.value]
    return None


def _named(instant: ReportInstant, indicator: Indicator, total: int | None) -> Counts | None:
    """Return the named counts of a statement if they are all there is."""
    named = {n.unit_code: n.count for n in instant.named if n.indicator is indicator}
    return named if named and sum(named.values()) == total else None


def _ranked(
    instants: Iterable[ReportInstant], counties: Sequence[Place], split: Split
) -> list[Place]:
    """Return the counties in the order in which they count as hit.

    First those that a statement names, then the heaviest of every prefecture-level unit that the
    statements say was hit, then by intensity and population.
    """
    named = {each.unit_code for instant in instants for each in instant.named}
    leaders: dict[str, str] = {}
    by_weight = sorted(counties, key=lambda c: (-split.weight(c, Indicator.AFFECTED), c.code))
    for county in by_weight:
        unit = county.code if county.code.startswith("429") else county.parent_code
        if unit in split.stated_units:
            leaders.setdefault(unit, county.code)
    return sorted(
        counties,
        key=lambda county: (
            county.code not in named,
            county.code not in leaders.values(),
            -split.intensity_at(county),
            -county.population_people,
        ),
    )
