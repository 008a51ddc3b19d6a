"""Compiling the searches ahead, so that no plan waits for it.

`python -m solvers.routing.fleet_warming` takes about a minute on a new machine, and a second or two
where all is compiled. Without it the first plans compile, and go without the compiled search.
"""

import numpy as np

from solvers.routing import string_search
from solvers.routing.depot_bound_search import compile_pricing
from solvers.routing.fleet_arrays import Land
from solvers.routing.fleet_moves import (
    accept,
    add_line,
    keep_best,
    new_visit,
    put_node,
    put_visit,
    settle,
    touch,
    weigh,
)
from solvers.routing.fleet_rounds import build, rounds
from solvers.routing.fleet_search import empty_plans
from solvers.routing.fleet_shares import Share

DEPOT, PLACE, TRUCK, ROW, NEED = 0, 1, 0, 0, 0
DAY_S = 24 * 3_600


def warm_up() -> None:
    """Compile the search, or load what an earlier run has compiled."""
    land = _smallest_land()
    share = Share(
        own=np.ones(1, dtype=np.bool_),
        left=np.ones(1, dtype=np.int64),
        stock=np.ones((1, 1), dtype=np.int64),
    )
    plans = empty_plans(land, share, 200)
    touch(plans, TRUCK)
    put_node(plans, TRUCK, 0, -ROW - 1)
    visit = new_visit(plans, PLACE)
    add_line(land, plans, visit, NEED, ROW, 1)
    weigh(land, plans, visit)
    put_visit(land, plans, TRUCK, 1, visit)
    settle(land, plans, TRUCK)
    accept(plans)
    keep_best(plans)
    best = np.zeros(5, dtype=np.int64)
    build(land, plans, 0, best)
    rounds(land, plans, 1, 1.0, best)


def _smallest_land() -> Land:
    """Return a depot, a place an hour away that needs one piece, and a truck."""

    def whole(rows: object) -> np.ndarray:
        return np.array(rows, dtype=np.int64)

    ways = np.array([[[0, 3_600], [3_600, 0]]], dtype=np.int32)
    return Land(
        seconds=ways,
        metres=ways.copy(),
        kind=whole([[0, 1_000, 1_000, 60, 60, 200, 1_000]]),
        truck=whole([[0, DEPOT, 0, 1, 1]]),
        need=whole([[PLACE, 0, 1, 1, 1, 0]]),
        late=whole([[0, 1]]),
        order=whole([NEED]),
        first=whole([0, 0, 1]),
        depots=whole([DEPOT]),
        sources=whole([[-1], [ROW]]),
        near=np.zeros((2, 0), dtype=np.int64),
        near_pools=np.zeros((2, 1), dtype=np.int64),
        pool=whole([[0, 1]]),
        solo_fen=np.ones(2),
        windows=whole([DAY_S]),
        duty=whole([4 * 3_600, 1_200, 8 * 3_600]),
        fen_per_late=1.0,
        fen_per_rate=0.0,
        enough=whole([0, 0, 0]),
        full_g=1_000.0,
        full_cm3=1_000.0,
    )


def main() -> None:
    """Compile both searches of our own, and the pricing of a depot's stints."""
    string_search.warm_up()
    warm_up()
    compile_pricing()


if __name__ == "__main__":
    main()
