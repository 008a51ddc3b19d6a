"""Needs: how many pieces of which item, where, by when, and the chain of factors behind it."""

from dataclasses import dataclass
from datetime import datetime

from relief.items import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A count that is not known exactly: low <= likely <= high."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One step in the chain from a count of people or houses to pieces of an item.

    Parameters
    ----------
    name
        What is multiplied, in English; a message id of the catalogue.
    value
        The number.
    unit
        Its unit, for example ``people`` or ``pieces/person``.
    source
        Where the number comes from: a report, a standard, or a rule of ours.
    """

    name: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Pieces of one item needed at one place by one instant.

    Parameters
    ----------
    place_code, item_code, due_at
        The key: at most one need for each of these triples.
    priority
        How urgent.
    pieces
        What is planned for (the likely estimate less what has been delivered already); >= 1.
    estimate
        The whole uncertainty in pieces.
    milli_people_per_piece
        Thousandths of a person that wait for each piece, so that deprivation is a whole number.
    chain
        The factors whose product is the likely estimate before rounding up.
    """

    place_code: str
    item_code: str
    due_at: datetime
    priority: Priority
    pieces: int
    estimate: Estimate
    milli_people_per_piece: int
    chain: tuple[Factor, ...]
