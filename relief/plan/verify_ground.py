"""What the verifier stands on: the situation laid out for looking up, and the tally it keeps."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from relief.items import Item
from relief.places import Depot, Place
from relief.plan.certificate import Rule, Violation
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.sentences import Sentence
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.stock import Lot
from relief.units import SHANGHAI

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """A situation under the codes by which a plan names its parts.

    Parameters
    ----------
    situation
        The situation.
    items, places, depots, lots, vehicle_classes
        Its parts under their codes.
    pool_of_vehicle
        The pool of each truck, under the truck's code.
    rows, speeds
        Rows of the locations and of the speed classes in the travel times.
    travel_s, travel_m
        Travel times and distances in whole numbers, shape (speed classes, locations, locations).
    """

    situation: Situation
    items: dict[str, Item]
    places: dict[str, Place]
    depots: dict[str, Depot]
    lots: dict[str, Lot]
    vehicle_classes: dict[str, VehicleClass]
    pool_of_vehicle: dict[str, VehiclePool]
    rows: dict[str, int]
    speeds: dict[str, int]
    travel_s: NDArray[np.int64]
    travel_m: NDArray[np.int64]

    @classmethod
    def of(cls, situation: Situation) -> "Ground":
        """Lay out a situation."""
        pool_of_vehicle: dict[str, VehiclePool] = {}
        for pool in situation.pools:
            for code in pool.vehicle_codes():
                pool_of_vehicle[code] = pool
        return cls(
            situation=situation,
            items={item.code: item for item in situation.catalogue.items},
            places={place.code: place for place in situation.places},
            depots={depot.code: depot for depot in situation.depots},
            lots={lot.code: lot for lot in situation.lots},
            vehicle_classes={kind.code: kind for kind in situation.vehicle_classes},
            pool_of_vehicle=pool_of_vehicle,
            rows=situation.travel.index(),
            speeds={code: row for row, code in enumerate(situation.travel.speed_classes)},
            travel_s=situation.travel.seconds(),
            travel_m=situation.travel.metres(),
        )

    def leg_s(self, kind: VehicleClass, from_code: str, to_code: str) -> int:
        """Return the least seconds of a leg, `UNREACHABLE_S` without a road or a known end."""
        if from_code not in self.rows or to_code not in self.rows:
            return UNREACHABLE_S
        speed = self.speeds[kind.speed_class]
        return int(self.travel_s[speed, self.rows[from_code], self.rows[to_code]])

    def leg_m(self, kind: VehicleClass, from_code: str, to_code: str) -> int:
        """Return the metres of a leg, 0 without a known end."""
        if from_code not in self.rows or to_code not in self.rows:
            return 0
        speed = self.speeds[kind.speed_class]
        return int(self.travel_m[speed, self.rows[from_code], self.rows[to_code]])

    def after_start_s(self, instant: datetime) -> int:
        """Return the whole seconds from the start to an instant, rounded down."""
        return (instant - self.situation.start_at) // SECOND


class Tally:
    """Counts the comparisons and keeps the objections.

    Attributes
    ----------
    num_checks
        Comparisons made for each rule.
    violations
        Objections in the order found.
    """

    def __init__(self) -> None:
        self.num_checks = dict.fromkeys(Rule, 0)
        self.violations: list[Violation] = []

    def at_most(
        self, rule: Rule, subject: str, sentence: Sentence, *, found: int, limit: int, unit: str
    ) -> None:
        """Object if more is found than the limit."""
        self.num_checks[rule] += 1
        if found > limit:
            self._object(rule, subject, sentence, found=found, limit=limit, unit=unit)

    def at_least(
        self, rule: Rule, subject: str, sentence: Sentence, *, found: int, limit: int, unit: str
    ) -> None:
        """Object if less is found than the limit."""
        self.num_checks[rule] += 1
        if found < limit:
            self._object(rule, subject, sentence, found=found, limit=limit, unit=unit)

    def equal(
        self, rule: Rule, subject: str, sentence: Sentence, *, found: int, limit: int, unit: str
    ) -> None:
        """Object if what is found is not exactly what is due."""
        self.num_checks[rule] += 1
        if found != limit:
            self._object(rule, subject, sentence, found=found, limit=limit, unit=unit)

    def true(self, rule: Rule, subject: str, sentence: Sentence, *, fact: bool) -> bool:
        """Object if a plain fact does not hold, as 0 found of 1; return the fact."""
        self.num_checks[rule] += 1
        if not fact:
            self._object(rule, subject, sentence, found=0, limit=1, unit="")
        return fact

    def _object(
        self, rule: Rule, subject: str, sentence: Sentence, *, found: int, limit: int, unit: str
    ) -> None:
        self.violations.append(
            Violation(
                rule=rule, subject=subject, found=found, limit=limit, unit=unit, sentence=sentence
            )
        )


def clock_time(instant: datetime) -> str:
    """Return an instant as people in Hubei read it, to the second."""
    return instant.astimezone(SHANGHAI).isoformat(sep=" ", timespec="seconds")
