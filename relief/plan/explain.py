"""Reasons, as sentences for people."""

from relief.sentences import Sentence, say


def carried_too_late(*, lost: int, short: int, undelivered: int) -> Sentence:
    """Say that goods were allocated, but that no truck could bring them in time.

    Parameters
    ----------
    lost
        Pieces of the need that were allocated and are late or missing all the same.
    short
        All pieces of the need that are late or missing.
    undelivered
        Pieces of the item for the place that stay in the depots for want of a truck.
    """
    if undelivered:
        return say(
            "{lost} of the {short} pieces short were allocated, but no truck could bring them in "
            "time; {undelivered} pieces for this place stay in the depots.",
            lost=lost,
            short=short,
            undelivered=undelivered,
        )
    return say(
        "{lost} of the {short} pieces short were allocated, but the trucks bring them only in a "
        "later window.",
        lost=lost,
        short=short,
    )
