"""Roads, bridges and ferries that carry only so much a day.

Goods for places that no depot reaches in another way all cross such a road, so that what it carries
is what these places can be brought together: a limit of receiving that they share, held by
allocation, routing and verifier like any other. Where there is a way around, trucks may take it,
and nothing is limited.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from geodata.closure_files import find_closures
from geodata.gazetteer import Gazetteer
from geodata.plan_travel import PlanTravel
from geodata.roads import RoadNetwork
from relief.errors import Fault, InvalidInput
from relief.places import Evidence, Place
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S, Closure, Location, TravelTimes
from relief.sentences import Sentence, say
from relief.supply.limits import ReceivingLimit

FORM = "ROAD but TONNES t/day"
GRAMS_PER_TONNE = 1_000_000
_FORM = re.compile(r"(?P<road>.+?)\s+but\s+(?P<tonnes>[0-9]+(?:\.[0-9]+)?)\s*t/day\s*")
_MEANT = re.compile(r"\sbut\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLimit:
    """A road that is closed but for so much a day.

    Parameters
    ----------
    text
        The road, as in `geodata.closures.parse_closure`.
    most_g_per_day
        What crosses it in a day at most.
    """

    text: str
    most_g_per_day: int


def read_road_limits(texts: Sequence[str]) -> tuple[tuple[str, ...], tuple[RoadLimit, ...]]:
    """Return the roads that are closed altogether, and those that carry so much a day.

    Parameters
    ----------
    texts
        As `--close` takes them; a limit has the form ``ROAD but TONNES t/day``.

    Raises
    ------
    InvalidInput
        With every limit that cannot be read.

    Examples
    --------
    >>> read_road_limits(["利川市-恩施市", "巴东县-建始县 but 120 t/day"])[1]
    (RoadLimit(text='巴东县-建始县', most_g_per_day=120000000),)
    """
    closed: list[str] = []
    limits: list[RoadLimit] = []
    faults = []
    for text in texts:
        match = _FORM.fullmatch(text)
        if match is not None:
            grams = int(Decimal(match["tonnes"]) * GRAMS_PER_TONNE)
            limits.append(RoadLimit(text=match["road"].strip(), most_g_per_day=grams))
        elif _MEANT.search(text):
            faults.append(
                Fault(
                    where="--close",
                    value=text,
                    what=say("What the road still carries cannot be read."),
                    allowed=FORM,
                    remedy=say("Write it in the allowed form."),
                )
            )
        else:
            closed.append(text)
    if faults:
        raise InvalidInput(*faults)
    return tuple(closed), tuple(limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossings:
    """Where road limits are looked up: places, the network as it is left open, and the hours."""

    gazetteer: Gazetteer
    roads: RoadNetwork
    begin: datetime
    end: datetime

    def limited(
        self, situation: Situation, limits: Sequence[RoadLimit], locations: Sequence[Location]
    ) -> tuple[tuple[ReceivingLimit, ...], tuple[Sentence, ...]]:
        """Return what the roads let through as limits of places, and what to say of it.

        Parameters
        ----------
        situation
            With its travel times over the open roads.
        limits
            The roads.
        locations
            Of the situation.

        Raises
        ------
        InvalidInput
            With every road that cannot be found.
        """
        found = self._found(limits)
        rooms: list[ReceivingLimit] = []
        notes: list[Sentence] = []
        for limit, cut in zip(limits, found, strict=True):
            without = PlanTravel(self.roads.closed(cut), self.begin, self.end)
            beyond = tuple(_only_over(situation, without.travel_times(locations)))
            tonnes = f"{limit.most_g_per_day / GRAMS_PER_TONNE:,g}"
            if not beyond:
                notes.append(
                    say(
                        "{road} carries {tonnes} t a day, but every place in need can be reached "
                        "another way: nothing is limited.",
                        road=limit.text,
                        tonnes=tonnes,
                    )
                )
                continue
            rooms.append(
                ReceivingLimit(
                    place_code=f"over {limit.text}",
                    most_g_per_day=limit.most_g_per_day,
                    evidence=Evidence.PUBLISHED,
                    source="laid down by the officer",
                    beyond=tuple(place.code for place in beyond),
                )
            )
            notes.append(
                say(
                    "{road} carries {tonnes} t a day; only over it come goods for: {places}. What "
                    "comes there by air or water counts, too.",
                    road=limit.text,
                    tonnes=tonnes,
                    places=", ".join(place.name_zh for place in beyond),
                )
            )
        return tuple(rooms), tuple(notes)

    def _found(self, limits: Sequence[RoadLimit]) -> list[tuple[Closure, ...]]:
        faults: list[Fault] = []
        found: list[tuple[Closure, ...]] = []
        for limit in limits:
            try:
                found.append(find_closures([limit.text], self.gazetteer, self.roads))
            except InvalidInput as error:
                faults.extend(error.faults)
        if faults:
            raise InvalidInput(*faults)
        return found


def _only_over(situation: Situation, without: TravelTimes) -> Iterator[Place]:
    """Yield the places that some depot reaches now, and none without a road."""
    row, bare = situation.travel.index(), without.index()
    depots = [depot.code for depot in situation.depots]
    now_s = situation.travel.seconds().min(axis=0)[[row[code] for code in depots]]
    then_s = without.seconds().min(axis=0)[[bare[code] for code in depots]]
    for place in situation.places:
        reached = np.min(now_s[:, row[place.code]], initial=UNREACHABLE_S) < UNREACHABLE_S
        if reached and np.min(then_s[:, bare[place.code]], initial=UNREACHABLE_S) >= UNREACHABLE_S:
            yield place
