"""Intervals of counts that are lognormal, alone or in a sum, at the stated share.

References
----------
Sums of lognormals by their moments: Fenton (1960), IRE Transactions on Communications Systems 8,
57-67, doi:10.1109/TCOM.1960.1097606.
"""

from math import ceil, exp, floor, inf, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from relief.damage.needs import Estimate

STATED_SHARE = 0.8
"""The share of intervals, from low to high, that hold the true count if the model is right."""

COUNT_OF_ZERO = 0.5
"""What a zero stands for where a logarithm or a Poisson variance is taken."""

_Z = NormalDist().inv_cdf((1 + STATED_SHARE) / 2)


def interval(mean: float, variance: float, likely: float, most: float = inf) -> Estimate:
    """Return the interval of a lognormal with these moments.

    Parameters
    ----------
    mean, variance
        Its moments; a mean of zero is a count of zero with that variance above.
    likely
        The middle to show.
    most
        No value is greater.

    Examples
    --------
    >>> interval(0.0, 0.5, 0.0)
    Estimate(low=0, likely=0, high=1)
    """
    if mean == 0:
        low, high = 0.0, _Z * sqrt(variance)
    else:
        log_variance = log(1 + variance / mean**2)
        middle = log(mean) - log_variance / 2
        low = exp(middle - _Z * sqrt(log_variance))
        high = exp(middle + _Z * sqrt(log_variance))
    shown = round(min(likely, most))
    return Estimate(
        low=min(floor(min(low, most)), shown),
        likely=shown,
        high=max(ceil(min(high, most)), shown),
    )


def interval_of_sum(
    log_mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
    is_open: NDArray[np.bool_],
    *,
    most: float = inf,
) -> Estimate:
    """Return the interval of a sum of counts that are jointly lognormal.

    With M_i their means, the sum has the mean sum M_i and the variance
    sum_ij M_i M_j (exp C_ij - 1), and a Poisson variance for each count that is still open.

    Parameters
    ----------
    log_mean
        Means on the log scale, shape (counts,); minus infinity is a count of zero.
    covariance
        C, shape (counts, counts).
    is_open
        Which counts may still change, shape (counts,).
    most
        No value is greater.
    """
    means = np.exp(log_mean + np.diag(covariance) / 2)
    whole = float(means.sum())
    variance = float(means @ np.expm1(covariance) @ means)
    variance += float(np.maximum(means, COUNT_OF_ZERO)[is_open].sum())
    median = whole / sqrt(1 + variance / whole**2) if whole else 0.0
    return interval(whole, variance, median, most)
