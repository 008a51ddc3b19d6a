"""The one bridge from measured floats to whole numbers: a plan may be cautious, never rash.

Times and loads are rounded up, capacities and windows down, so that what fits in whole numbers
fits on the road.
"""

import numpy as np
from numpy.typing import NDArray

_DUST = 1e-6
"""Share of a unit below which a remainder is taken for noise of the floating point."""


def units_up(values: NDArray[np.float64], unit: float = 1.0) -> NDArray[np.int64]:
    """Return times or loads in whole units, rounded up.

    Parameters
    ----------
    values
        Finite values of any shape.
    unit
        Size of a unit in the dimension of `values`; > 0.

    Examples
    --------
    >>> units_up(np.array([0.0, 10.0, 10.5]), 10.0).tolist()
    [0, 1, 2]
    """
    return np.ceil(values / unit - _DUST).astype(np.int64)


def units_down(values: NDArray[np.float64], unit: float = 1.0) -> NDArray[np.int64]:
    """Return capacities or window ends in whole units, rounded down.

    Examples
    --------
    >>> units_down(np.array([0.0, 10.0, 19.5]), 10.0).tolist()
    [0, 1, 1]
    """
    return np.floor(values / unit + _DUST).astype(np.int64)


def apportioned(parts: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Share a whole number out in proportion to `parts`, by largest remainders.

    Ties go to the earlier part, so that the answer depends on nothing but the input.

    Parameters
    ----------
    parts
        Shape (n,), >= 0, with a positive sum unless `total` is 0.
    total
        What is shared out; >= 0.

    Returns
    -------
    NDArray[np.int64]
        Shape (n,), with the sum `total`, each entry less than 1 away from its exact share.

    Raises
    ------
    ValueError
        If something is to be shared out among parts that are all zero.

    Examples
    --------
    >>> apportioned(np.array([1.0, 1.0, 2.0]), 7).tolist()
    [2, 2, 3]
    """
    whole = float(parts.sum())
    if whole <= 0:
        if total:
            msg = f"Cannot share {total} among parts that are all zero."
            raise ValueError(msg)
        return np.zeros(parts.shape, dtype=np.int64)
    exact = parts * (total / whole)
    shares: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    left = total - int(shares.sum())
    # Floating point may put the floor one too high for a part that is whole: then left is negative.
    by_remainder = np.argsort(-(exact - shares), kind="stable")
    if left > 0:
        shares[by_remainder[:left]] += 1
    elif left < 0:
        shares[by_remainder[left:]] -= 1
    return shares
