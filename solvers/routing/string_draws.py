"""Random numbers of the compiled search."""

import numpy as np

from solvers.routing.string_tours import Array, compiled

TINY = 1e-300
"""Keeps a logarithm finite."""


@compiled
def draw(state: Array) -> float:
    """Return a number between 0 and 1: xorshift64* of Marsaglia and Vigna."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0
