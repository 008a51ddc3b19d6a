"""How public instances turn their real numbers into whole ones: each class has its convention.

Published costs are comparable only under the convention of their class (PyVRP's benchmarking
notes, https://pyvrp.org/dev/benchmarking.html, and the rules of the 12th DIMACS challenge).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from relief.errors import Fault, InvalidInput
from relief.sentences import say

Rounding = Literal["none", "round", "trunc", "dimacs", "exact"]
ROUNDINGS: tuple[Rounding, ...] = ("none", "round", "trunc", "dimacs", "exact")
SCALES: dict[Rounding, int] = {"none": 1, "round": 1, "trunc": 1, "dimacs": 10, "exact": 1000}
"""What numbers are multiplied by before they are rounded."""
BY_KIND: dict[str, tuple[Rounding, int]] = {
    "CVRP": ("round", 1),
    "VRPTW": ("dimacs", 10),
    "CVRPTW": ("dimacs", 10),
    "PCVRP": ("dimacs", 10),
    "PCVRPTW": ("dimacs", 10),
    "MTVRPTWR": ("dimacs", 1),
    "HFVRP": ("exact", 100_000),
    "FSMVRP": ("exact", 100_000),
    "MDVRP": ("exact", 1),
    "MDVRPTW": ("exact", 1),
    "SDVRPTW": ("exact", 1),
    "VRPB": ("exact", 1),
    "SDVRP": ("round", 1),
}
"""For each class of instances the convention, and what its whole costs are divided by in print."""


def parse_rounding(text: str) -> Rounding:
    """Read the name of a convention.

    Raises
    ------
    InvalidInput
        If there is none of that name.

    Examples
    --------
    >>> parse_rounding("dimacs")
    'dimacs'
    """
    for known in ROUNDINGS:
        if text == known:
            return known
    raise InvalidInput(
        Fault(
            where="--rounding",
            value=text,
            what=say("There is no such rounding."),
            allowed=", ".join(ROUNDINGS),
        )
    )


def whole(values: NDArray[np.float64], rounding: Rounding) -> NDArray[np.int64]:
    """Return values under a convention; ``none`` takes only what is whole already.

    Raises
    ------
    ValueError
        If a value is not whole and the convention does not round.

    Examples
    --------
    >>> whole(np.array([2.46, 0.5, 1.5]), "dimacs").tolist()
    [24, 5, 15]
    >>> whole(np.array([2.46, 0.5, 1.5]), "round").tolist()
    [2, 0, 2]
    """
    scaled = values * SCALES[rounding]
    if rounding in ("trunc", "dimacs"):
        return scaled.astype(np.int64)
    rounded = np.round(scaled)
    if rounding == "none" and not np.array_equal(rounded, scaled):
        raise ValueError("The values are not whole.")
    return rounded.astype(np.int64)
