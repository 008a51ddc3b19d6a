"""Limits of places: what a depot loads at once, in an hour and when, what a place takes in."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from relief.errors import Fault
from relief.places import Evidence
from relief.sentences import say
from relief.supply.fleet import VehicleClass
from relief.units import SECONDS_PER_HOUR

MINUTES_PER_DAY = 1_440
HOURS_PER_DAY = 24
COUNTY_DIGITS = 6
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotLimit:
    """How many trucks a depot can load at once, how much an hour, and between which hours.

    Parameters
    ----------
    depot_code
        The depot.
    most_trucks
        Trucks that load at the same time, at most; >= 1.
    opens_min, closes_min
        Minutes after midnight in Hubei between which loading begins and ends, every day; 0 and
        1,440 for a depot that is always open.
    evidence, source
        Whether the limit is published (or the user's own), or modelled, and by which rule.
    most_g_per_h
        Grams that it brings to its trucks in an hour in which it is open, on average since the
        plan began: hands stage the next loads while no truck stands there. None for no limit.
    """

    depot_code: str
    most_trucks: int
    opens_min: int = 0
    closes_min: int = MINUTES_PER_DAY
    evidence: Evidence
    source: str
    most_g_per_h: int | None = None

    @property
    def is_always_open(self) -> bool:
        """Whether trucks can load at any hour, over midnight too."""
        return self.opens_min == 0 and self.closes_min == MINUTES_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingLimit:
    """What a county or township can unload and store, or what a road lets through to some.

    Parameters
    ----------
    place_code
        The county, with all of its townships, or the township; with `beyond`, any name.
    most_g_per_day
        Grams that it takes in a day; of each arrival window its share by the window's length.
    evidence, source
        As for `DepotLimit`.
    beyond
        The places that share the limit, by their own codes; empty for those that `place_code`
        names.
    """

    place_code: str
    most_g_per_day: int
    evidence: Evidence
    source: str
    beyond: tuple[str, ...] = ()

    def holds_at(self, place_code: str) -> bool:
        """Return whether deliveries to a place count."""
        if self.beyond:
            return place_code in self.beyond
        return self.place_code in (place_code, place_code[:COUNTY_DIGITS])

    def most_g(self, window_s: int) -> int:
        """Return the grams that may arrive in a window of so many seconds."""
        return self.most_g_per_day * window_s // (HOURS_PER_DAY * SECONDS_PER_HOUR)


def limit_faults(
    depot_limits: Sequence[DepotLimit],
    receiving_limits: Sequence[ReceivingLimit],
    depot_codes: Collection[str],
    vehicle_classes: Sequence[VehicleClass],
) -> Iterator[Fault]:
    """Yield what is wrong with limits: unknown depots, repeated limits, hours that fit no truck."""
    for field, codes in (
        ("depot_limits", [limit.depot_code for limit in depot_limits]),
        ("receiving_limits", [limit.place_code for limit in receiving_limits]),
    ):
        for code, num in Counter(codes).items():
            if num > 1:
                yield Fault(
                    where=f"limit of {code}",
                    field=field,
                    value=code,
                    what=say("Given {num} times.", num=num),
                    allowed="each once",
                    remedy=say("Merge the entries or give them codes of their own."),
                )
    longest_min = max((kind.load_s for kind in vehicle_classes), default=0) / SECONDS_PER_MINUTE
    for limit in depot_limits:
        where = f"limit of depot {limit.depot_code}"
        if limit.depot_code not in depot_codes:
            yield Fault(
                where=where,
                field="depot_code",
                value=limit.depot_code,
                what=say("Named here, but not part of the situation."),
                allowed="a code that the situation holds",
                remedy=say("Add it or correct the code."),
            )
        if limit.most_g_per_h is not None and limit.most_g_per_h < 1:
            yield Fault(
                where=where,
                field="most_g_per_h",
                value=str(limit.most_g_per_h),
                what=say("A depot that loads nothing."),
                allowed=">= 1",
                remedy=say("Take the depot out instead."),
            )
        if limit.most_trucks < 1:
            yield Fault(
                where=where,
                field="most_trucks",
                value=str(limit.most_trucks),
                what=say("A depot that loads no truck."),
                allowed=">= 1",
                remedy=say("Take the depot out instead."),
            )
        open_min = limit.closes_min - limit.opens_min
        in_day = 0 <= limit.opens_min < limit.closes_min <= MINUTES_PER_DAY
        if not in_day or open_min < longest_min:
            yield Fault(
                where=where,
                field="opens_min, closes_min",
                value=f"{limit.opens_min}, {limit.closes_min}",
                what=say("The hours contradict each other, or are too short to load a truck."),
                allowed=f"0 to {MINUTES_PER_DAY}, at least {longest_min:g} minutes apart",
                remedy=say("Correct the hours."),
            )
    for receiving in receiving_limits:
        if receiving.most_g_per_day < 0:
            yield Fault(
                where=f"limit of place {receiving.place_code}",
                field="most_g_per_day",
                value=str(receiving.most_g_per_day),
                what=say("A place takes in less than nothing."),
                allowed=">= 0",
                remedy=say("Correct the limit."),
            )
