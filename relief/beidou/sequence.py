"""Running numbers of 16 bits that begin again at 0: which of them is meant.

A card counts its messages 0 to 65535 and then from 0 again. The full number of a message is the
one nearest to the highest full number heard from the card, as RFC 1982 compares serial numbers: so
number 5 after 65530 is 65541, and number 65530 after 65541 is still 65530. A message is the same as
an earlier one if card, number and content agree; the same full number with another content is a
contradiction that a person must settle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

NUM_SEQUENCES = 1 << 16
_HALF = NUM_SEQUENCES // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that was taken from a card: its full number and a digest of its content."""

    full_sequence: int
    digest: str


class Novelty(StrEnum):
    """What a message is beside those taken before."""

    NEW = "new"
    REPEATED = "repeated"
    CONTRADICTING = "contradicting"


def full_sequence(sequence: int, highest: int | None) -> int:
    """Return the full number of a message.

    Parameters
    ----------
    sequence
        As it stands in the message, 0 to 65535.
    highest
        The highest full number heard from the card; None for the first message.

    Examples
    --------
    >>> full_sequence(5, 65_530), full_sequence(65_530, 65_541), full_sequence(7, None)
    (65541, 65530, 7)
    """
    if highest is None:
        return sequence
    ahead = (sequence - highest) % NUM_SEQUENCES
    nearest = highest + ahead - (NUM_SEQUENCES if ahead >= _HALF else 0)
    return nearest if nearest >= 0 else nearest + NUM_SEQUENCES


def novelty(full: int, digest: str, taken: Iterable[Taken]) -> Novelty:
    """Return what a message is beside those taken from its card with the same 16 bits."""
    same = tuple(taken)
    if any(each.digest == digest for each in same):
        return Novelty.REPEATED
    if any(each.full_sequence == full for each in same):
        return Novelty.CONTRADICTING
    return Novelty.NEW
