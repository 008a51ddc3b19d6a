"""What can happen to vehicles while a plan is carried out, and what has come of it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relief.places import Point
from relief.plan.routes import Leg
from relief.sentences import Sentence, say

NO_TIME = timedelta(0)
_REVISION = re.compile(r"-R\d+$")


class EventKind(StrEnum):
    """What can be told of a vehicle."""

    DEPARTED = "departed"
    """It has left a depot or place."""
    ARRIVED = "arrived"
    """It has come to its next stop."""
    SERVED = "served"
    """It has loaded or unloaded there, as on the waybill."""
    DELAYED = "delayed"
    """It will be later than it was expected, by a time."""
    POSITION = "position"
    """It is at a point, by BeiDou."""
    BROKEN_DOWN = "broken-down"
    """It cannot go on."""


CONFIRMING = (EventKind.DEPARTED, EventKind.ARRIVED, EventKind.SERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEvent:
    """Something that happened to a vehicle.

    Parameters
    ----------
    kind
        What.
    vehicle_code
        To whom.
    at
        When.
    location_code
        Where, for what happens at a depot or place; may be empty for the next one.
    delay
        By how much, for `EventKind.DELAYED`.
    point
        Where, for `EventKind.POSITION`.
    source
        Who told it, for example the sentence's card.
    """

    kind: EventKind
    vehicle_code: str
    at: datetime
    location_code: str = ""
    delay: timedelta = NO_TIME
    point: Point | None = None
    source: str = ""

    def told(self, where: str) -> Sentence:
        """Return the event as a sentence.

        Parameters
        ----------
        where
            The name of `location_code`; empty for the next one.
        """
        vehicle = self.vehicle_code
        at_a_place = {
            EventKind.DEPARTED: say(
                "{vehicle} has set out from {where}.", vehicle=vehicle, where=where
            ),
            EventKind.ARRIVED: say(
                "{vehicle} has arrived at {where}.", vehicle=vehicle, where=where
            ),
            EventKind.SERVED: say(
                "{vehicle} has finished its work at {where}.", vehicle=vehicle, where=where
            ),
        }
        if where and self.kind in at_a_place:
            return at_a_place[self.kind]
        sentences = {
            EventKind.DEPARTED: say("{vehicle} has set out.", vehicle=vehicle),
            EventKind.ARRIVED: say("{vehicle} has arrived at its next stop.", vehicle=vehicle),
            EventKind.SERVED: say("{vehicle} has finished its work at a stop.", vehicle=vehicle),
            EventKind.DELAYED: say(
                "{vehicle} is {minutes} min late.",
                vehicle=vehicle,
                minutes=round(self.delay / timedelta(minutes=1)),
            ),
            EventKind.POSITION: say("{vehicle} has told where it is.", vehicle=vehicle),
            EventKind.BROKEN_DOWN: say("{vehicle} has broken down.", vehicle=vehicle),
        }
        return sentences[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Pieces that have been delivered."""

    vehicle_code: str
    waybill: str
    place_code: str
    lot_code: str
    item_code: str
    pieces: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegUnderWay:
    """A leg in the middle of which a vehicle is.

    Parameters
    ----------
    vehicle_code
        Who.
    leg
        As planned.
    late_by
        How much later than planned all of it is.
    until
        When the vehicle broke down on it; None for one that drives on.
    """

    vehicle_code: str
    leg: Leg
    late_by: timedelta
    until: datetime | None = None


def root_of(number: str) -> str:
    """Return the number under which a waybill was first given out.

    Examples
    --------
    >>> root_of("420112-01-DB-0007-R2")
    '420112-01-DB-0007'
    """
    return _REVISION.sub("", number)
