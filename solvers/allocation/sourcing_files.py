"""Sourcing problems from files: the OR-Library's location format, and our own JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say
from solvers.allocation.sourcing import SourcingProblem

CAPACITY_WORD = "capacity"
_KEYS = {
    "demand_pieces",
    "unit_cost_yuan",
    "capacity",
    "opening_cost_yuan",
    "least",
    "max_open",
    "single_source",
}
_REQUIRED = ("demand_pieces", "unit_cost_yuan")


def read_sourcing(
    path: Path,
    *,
    capacity: float | None = None,
    single_source: bool = False,
) -> SourcingProblem:
    """Return the problem of a file.

    Parameters
    ----------
    path
        ``.json`` with the arguments of `SourcingProblem.of`, anything else in the OR-Library's
        format for capacitated location: numbers of sites and places; capacity and opening cost of
        each site; for each place its demand and what serving all of it costs from each site.
    capacity
        What stands for the word ``capacity`` that some of those files have.
    single_source
        Whether each place must be served by one site.

    Raises
    ------
    InvalidInput
        With every fault that the file shows, by line.

    References
    ----------
    J. E. Beasley, OR-Library: distributing test problems by electronic mail, Journal of the
    Operational Research Society 41(11), 1990, DOI 10.1057/jors.1990.166.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            _fault(path.name, "", say("The file cannot be read."), str(error))
        ) from error
    if path.suffix.lower() == ".json":
        return _from_json(path.name, text, single_source=single_source)
    return _from_words(path.name, text, capacity, single_source=single_source)


def _from_json(name: str, text: str, *, single_source: bool) -> SourcingProblem:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            _fault(f"{name}:{error.lineno}", "", say("Not readable as JSON."), error.msg)
        ) from error
    if not isinstance(content, dict):
        raise InvalidInput(_fault(name, "", say("Not a JSON object."), "{...}"))
    known = ", ".join(sorted(_KEYS))
    unknown = (_fault(name, key, say("Unknown key."), known) for key in sorted({*content} - _KEYS))
    missing = (
        _fault(name, key, say("The entry is missing."), "numbers")
        for key in _REQUIRED
        if key not in content
    )
    if faults := (*unknown, *missing):
        raise InvalidInput(*faults)
    if single_source:
        content["single_source"] = True
    try:
        return SourcingProblem.of(**content)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            _fault(name, "", say("The lists do not hold numbers of one shape."), str(error))
        ) from error


def _from_words(
    name: str, text: str, capacity: float | None, *, single_source: bool
) -> SourcingProblem:
    words = _Words(name, text, capacity)
    num_sites, num_places = int(words.number()), int(words.number())
    if num_sites < 1 or num_places < 1:
        raise InvalidInput(
            _fault(f"{name}:1", "", say("There are no sites or no places."), "at least one of each")
        )
    sites = np.array([[words.number(), words.number()] for _ in range(num_sites)])
    demand, cost = np.zeros(num_places), np.zeros((num_sites, num_places))
    for place in range(num_places):
        demand[place] = words.number()
        cost[:, place] = [words.number() for _ in range(num_sites)]
    words.end()
    return SourcingProblem.of(
        demand_pieces=demand,
        unit_cost_yuan=cost / np.where(demand > 0, demand, 1.0),
        capacity=sites[:, 0],
        opening_cost_yuan=sites[:, 1],
        single_source=single_source,
    )


class _Words:
    """The words of a file, one after the other, with their lines."""

    def __init__(self, name: str, text: str, capacity: float | None) -> None:
        self._name = name
        self._capacity = capacity
        self._words = self._split(text)
        self._line = 1

    @staticmethod
    def _split(text: str) -> Iterator[tuple[int, str]]:
        for line, content in enumerate(text.splitlines(), start=1):
            for word in content.split():
                yield line, word

    def number(self) -> float:
        """Return the next word as a number.

        Raises
        ------
        InvalidInput
            If there is none, or it is none.
        """
        self._line, word = next(self._words, (self._line, ""))
        where = f"{self._name}:{self._line}"
        if not word:
            raise InvalidInput(
                _fault(where, "", say("The file ends too early."), "costs for every place")
            )
        if word == CAPACITY_WORD and self._capacity is not None:
            return self._capacity
        try:
            return float(word)
        except ValueError as error:
            if word == CAPACITY_WORD:
                raise InvalidInput(
                    Fault(
                        where=where,
                        value=word,
                        what=say("The file leaves the capacity open."),
                        allowed="a number",
                        remedy=say("Give it with --capacity."),
                    )
                ) from error
            raise InvalidInput(_fault(where, word, say("Not a number."), "a number")) from error

    def end(self) -> None:
        """Check that nothing is left.

        Raises
        ------
        InvalidInput
            If something is.
        """
        line, word = next(self._words, (0, ""))
        if word:
            raise InvalidInput(
                _fault(
                    f"{self._name}:{line}",
                    word,
                    say("The file goes on after its last place."),
                    "as many numbers as its first line says",
                )
            )


def _fault(where: str, value: str, what: Sentence, allowed: str) -> Fault:
    return Fault(
        where=where,
        value=value,
        what=what,
        allowed=allowed,
        remedy=say("Correct the file."),
    )
