"""Why a sentence was refused: which field, which value, what would have been accepted."""

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence


class RefusedSentence(InvalidInput):
    """A BeiDou sentence, or what it carries, cannot be read or written; all faults are listed."""


class Unreadable(ValueError):
    """A single field cannot be read; the reader of the sentence says which one it was.

    Parameters
    ----------
    what
        What is wrong with the value.
    """

    def __init__(self, what: Sentence) -> None:
        self.what = what
        super().__init__(str(what))


def refused(
    where: str,
    field: str,
    value: object,
    what: Sentence,
    allowed: str = "",
    *,
    remedy: Sentence | None = None,
) -> RefusedSentence:
    """Return the error for one fault of one sentence.

    Parameters
    ----------
    where
        The sentence, for example ``$BDTXR``.
    field, value
        The field at fault and what it held.
    what
        What is wrong.
    allowed
        What would be accepted.
    remedy
        What to do about it.
    """
    return RefusedSentence(
        Fault(
            where=where,
            field=field,
            value=str(value),
            what=what,
            allowed=allowed,
            remedy=remedy,
        )
    )
