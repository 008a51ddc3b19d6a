"""Bounds that hold in spite of floating point, and the gaps measured against them."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_ROUNDING_SHARE = 1e-12
"""Safety margin as a share of the sum of magnitudes; see `whole_lower_bound`."""


def whole_lower_bound(terms: Iterable[NDArray[np.float64]]) -> int:
    """Return a whole number that no whole-numbered objective can undercut.

    Parameters
    ----------
    terms
        Arrays whose total is, in exact arithmetic, a lower bound on an objective that takes
        whole values only.

    Returns
    -------
    int
        The total, lowered by a safe margin for rounding, then raised to the next whole number:
        what is whole and not below *b* is not below the ceiling of *b*.

    Notes
    -----
    `math.fsum` adds without error but for the last rounding, and each term carries the error of
    some ten floating point operations, each at most 2**-53 of its result. The margin of 1e-12 of
    the sum of magnitudes is several hundred times that.

    References
    ----------
    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, section 3.1,
    DOI 10.1137/1.9780898718027.
    """
    values = np.concatenate([np.ravel(term) for term in terms] or [np.zeros(0)])
    total = math.fsum(values.tolist())
    margin = _ROUNDING_SHARE * math.fsum(np.abs(values).tolist())
    return math.ceil(total - margin)


def relative_gap(objective: float, bound: float, unavoidable: float = 0.0) -> float:
    """Return how far an objective may be above the best one, as a share of itself.

    Parameters
    ----------
    objective, bound
        Of a minimisation; `bound` <= `objective`.
    unavoidable
        A part of the objective that no answer can avoid; it is left out of the denominator, so
        that a large shortage does not hide a poor plan.

    Returns
    -------
    float
        0 where nothing avoidable is left, at most 1 when the bound is the unavoidable part.

    Examples
    --------
    >>> relative_gap(110.0, 100.0), relative_gap(110.0, 100.0, 90.0)
    (0.09090909090909091, 0.5)
    """
    avoidable = objective - unavoidable
    if objective <= bound or avoidable <= 0:
        return 0.0
    return (objective - bound) / avoidable
