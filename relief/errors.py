"""What can go wrong, in the words of the field.

Bad input is one error that lists every fault. A shortage is never an error: it is an answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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


class Gathering:
    """Faults of several inputs gathered, so that a person hears of all of them at once.

    Examples
    --------
    >>> from relief.sentences import say
    >>> gathering = Gathering()
    >>> for text in ("1", "x", "y"):
    ...     with gathering.part():
    ...         if not text.isdigit():
    ...             raise InvalidInput(Fault(where=text, what=say("No number.")))
    >>> gathering.settle()
    Traceback (most recent call last):
    relief.errors.InvalidInput: x: No number.
    y: No number.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is at fault so far, in order."""
        return tuple(self._faults)

    @property
    def has_faults(self) -> bool:
        """Whether anything is at fault so far."""
        return bool(self._faults)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Do one part; its faults are kept, each once, and the next part can go on."""
        try:
            yield
        except InvalidInput as error:
            self._faults.extend(fault for fault in error.faults if fault not in self._faults)

    def settle(self) -> None:
        """Refuse everything if anything is at fault.

        Raises
        ------
        InvalidInput
            With all faults, in order.
        """
        if self._faults:
            raise InvalidInput(*self._faults)
