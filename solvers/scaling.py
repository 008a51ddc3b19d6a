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
