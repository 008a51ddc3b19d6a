"""Matrices kept for as long as the process lives, by network, closures and locations.

A fingerprint differs when any junction, length, attribute or closure does, so what is kept is
never stale: a change of the roads is another key.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 256 * 2**20
"""Of all matrices together; a table of 1,300 x 1,300 locations takes 81 MB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """Times in seconds and lengths in metres, read-only, shape (speed classes, from, to)."""

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]

    @property
    def num_bytes(self) -> int:
        """What it takes in memory."""
        return self.seconds.nbytes + self.metres.nbytes


class MatrixCache:
    """Keeps the matrices asked for last, up to a size.

    Parameters
    ----------
    most_bytes
        The size.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Matrix] = OrderedDict()
        self._num_bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Matrix]) -> Matrix:
        """Return the matrix of a key, made if it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Made outside the lock: two that ask at once do the work twice, and neither waits.
        matrix = make()
        for array in (matrix.seconds, matrix.metres):
            array.setflags(write=False)
        with self._lock:
            if key not in self._kept and matrix.num_bytes <= self._most_bytes:
                self._kept[key] = matrix
                self._num_bytes += matrix.num_bytes
            while self._num_bytes > self._most_bytes:
                self._num_bytes -= self._kept.popitem(last=False)[1].num_bytes
        return matrix

    def __len__(self) -> int:
        return len(self._kept)


shared_matrices = MatrixCache()
"""The matrices of this process."""
