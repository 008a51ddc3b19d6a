"""What can go wrong, in the words of the field.

Bad input is one error that lists every fault. A shortage is never an error: it is an answer.
"""

from dataclasses import dataclass

from relief.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with an input.

    Parameters
    ----------
    where
        The place of the fault: file and line, or the name of the object.
    field
        The field that holds the fault; empty when the whole record is at fault.
    value
        The offending value as it was written.
    what
        What is wrong.
    allowed
        What would be accepted; empty when there is nothing to choose from.
    remedy
        What to do about it.
    """

    where: str
    field: str = ""
    value: str = ""
    what: Sentence
    allowed: str = ""
    remedy: Sentence | None = None

    def __str__(self) -> str:
        """Return the fault as one English line."""
        place = f"{self.where}: {self.field}" if self.field else self.where
        value = f" = {self.value!r}" if self.value else ""
        allowed = f" Allowed: {self.allowed}." if self.allowed else ""
        remedy = f" {self.remedy}" if self.remedy is not None else ""
        return f"{place}{value}: {self.what}{allowed}{remedy}"


class ReliefError(Exception):
    """The root of every error that this program raises on purpose."""


class InvalidInput(ReliefError):
    """An input is refused; all its faults are listed.

    Parameters
    ----------
    faults
        Every fault found, in the order of the input. At least one.
    """

    def __init__(self, *faults: Fault) -> None:
        if not faults:
            msg = "InvalidInput needs at least one fault."
            raise ValueError(msg)
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class InconsistentSituation(InvalidInput):
    """The parts of a situation contradict each other; all contradictions are listed."""


class UnknownPlace(InvalidInput):
    """A place is named that the gazetteer does not hold."""


class AmbiguousPlace(InvalidInput):
    """A name fits several places."""


class UnreachablePlace(InvalidInput):
    """A place cannot be put on the road network within the stated limit."""


class StockConflict(ReliefError):
    """Stock was asked for that is not there any more."""


class SolverFailed(ReliefError):
    """A solver died or returned something unusable; the baseline plan is offered instead."""


class Stopped(ReliefError):
    """The work was cancelled by the person who asked for it."""
