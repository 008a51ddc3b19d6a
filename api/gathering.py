"""Gathering the faults of several inputs, so that a person hears of all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from relief.errors import Fault, InvalidInput


class Gathering:
    """Faults gathered so far.

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
    def has_faults(self) -> bool:
        """Whether anything is at fault so far."""
        return bool(self._faults)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Do one part; its faults are kept, and the next part can go on."""
        try:
            yield
        except InvalidInput as error:
            self._faults.extend(error.faults)

    def settle(self) -> None:
        """Refuse everything if anything is at fault.

        Raises
        ------
        InvalidInput
            With all faults, in order.
        """
        if self._faults:
            raise InvalidInput(*self._faults)
