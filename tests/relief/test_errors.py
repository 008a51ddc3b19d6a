"""Errors that list every fault."""

import pytest

from relief.errors import (
    AmbiguousPlace,
    Fault,
    InconsistentSituation,
    InvalidInput,
    ReliefError,
    SolverFailed,
    StockConflict,
    Stopped,
    UnknownPlace,
    UnreachablePlace,
)
from relief.sentences import say

NEGATIVE = Fault(
    where="stock.csv:12",
    field="pieces",
    value="-5",
    what=say("A count is negative."),
    allowed=">= 0",
    remedy=say("Correct the line."),
)
UNKNOWN = Fault(where="needs.csv:3", what=say("No place is called {name}.", name="X"))


def test_a_fault_is_one_line_with_all_it_knows() -> None:
    assert str(NEGATIVE) == (
        "stock.csv:12: pieces = '-5': A count is negative. Allowed: >= 0. Correct the line."
    )


def test_a_fault_leaves_out_what_it_does_not_know() -> None:
    assert str(UNKNOWN) == "needs.csv:3: No place is called X."


def test_an_error_lists_all_faults_in_order() -> None:
    error = InvalidInput(NEGATIVE, UNKNOWN)
    assert error.faults == (NEGATIVE, UNKNOWN)
    assert str(error) == f"{NEGATIVE}\n{UNKNOWN}"


def test_an_error_without_a_fault_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match=r"^InvalidInput needs at least one fault\.$"):
        InvalidInput()


@pytest.mark.parametrize(
    "kind", [InconsistentSituation, UnknownPlace, AmbiguousPlace, UnreachablePlace]
)
def test_bad_input_has_one_root(kind: type[InvalidInput]) -> None:
    with pytest.raises(InvalidInput, match="negative") as caught:
        raise kind(NEGATIVE)
    assert caught.value.faults == (NEGATIVE,)


@pytest.mark.parametrize("kind", [InvalidInput, StockConflict, SolverFailed, Stopped])
def test_every_error_on_purpose_has_one_root(kind: type[ReliefError]) -> None:
    assert issubclass(kind, ReliefError)
    assert not issubclass(kind, ValueError)
