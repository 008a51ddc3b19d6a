"""Which stints of a depot's trucks together bring all for the least money."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, milp

from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_master import Master
from solvers.routing.depot_bound_search import ENOUGH_SHARE
from solvers.routing.depot_bound_stints import Stint, Way
from solvers.routing.route_pool_rows import Rows

Floats = NDArray[np.float64]

WHOLE_GAP_SHARE = 1e-3
MOST_PATTERNS = 80
"""With more to choose from the programme takes long and finds little."""
WHOLE_NODES = 500
"""Branches looked at: the same on every machine, as seconds are not."""
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Where a truck goes on its trips, whatever it brings.

    Parameters
    ----------
    slot
        Row of its slot.
    trips
        Deliveries in driving order, trip by trip.
    """

    slot: int
    trips: Way


def patterns_of(columns: Sequence[Stint], reduced_fen: Floats, num_planned: int) -> list[Pattern]:
    """Return the patterns of stints, deliveries of which nothing is brought left out.

    Parameters
    ----------
    columns
        The stints.
    reduced_fen
        What the first of them cost more than they are worth; the others are worth their cost.
    num_planned
        So many of the first are those of the plan, which are always among the patterns.

    Returns
    -------
    list[Pattern]
        Those of the plan, and those that are worth most, in order.
    """
    by_worth = np.zeros(len(columns))
    by_worth[: len(reduced_fen)] = reduced_fen
    by_worth[:num_planned] = -np.inf
    found: dict[Pattern, None] = {}
    for number in np.argsort(by_worth, kind="stable").tolist():
        column = columns[number]
        trips = tuple(
            tuple(node for node, amount in zip(way, amounts, strict=True) if amount > TOLERANCE)
            for way, amounts in zip(column.trips, column.amounts, strict=True)
        )
        trips = tuple(way for way in trips if way)
        if trips:
            found[Pattern(slot=column.slot, trips=trips)] = None
        if len(found) == MOST_PATTERNS:
            break
    return list(found)


def cheapest_patterns(
    work: DepotWork,
    master: Master,
    patterns: Sequence[Pattern],
    seconds: float,
    *,
    spare_share: float = 0.0,
) -> list[Pattern] | None:
    """Return patterns that cost least and carry all, weight and volume each; None for no better.

    Parameters
    ----------
    work, master
        The depot.
    patterns
        To choose from; a pattern is returned as often as it is driven.
    seconds
        For the integer programme; > 0.
    spare_share
        Share of each truck that is left free, because packs are whole.
    """
    num_patterns = len(patterns)
    rows = Rows()
    number = num_patterns
    for amount, room in (
        (work.node_mass_g, work.payload_g),
        (work.node_volume_cm3, work.volume_cm3),
    ):
        rooms = room[[work.slots[pattern.slot].kind for pattern in patterns]]
        number = _carry(rows, patterns, amount, rooms * (1 - spare_share), number)
    for slot, one in enumerate(work.slots):
        own = [(row, 1.0) for row, pattern in enumerate(patterns) if pattern.slot == slot]
        rows.add(own, upper=one.num_trucks)
    for worths, least in master.whole_rows(patterns):
        rows.add(list(enumerate(worths)), lower=least - TOLERANCE)
    costs = [master.cost_fen(one) for one in patterns]
    most_fen = work.cost_fen * (1 - ENOUGH_SHARE) - master.passing_fen
    rows.add(list(enumerate(costs)), upper=most_fen)
    upper = np.full(number, np.inf)
    upper[:num_patterns] = [work.slots[pattern.slot].num_trucks for pattern in patterns]
    integrality = np.zeros(number, dtype=np.int64)
    integrality[:num_patterns] = 1
    found = milp(
        np.concatenate([costs, np.zeros(number - num_patterns)]),
        constraints=rows.constraint(number),
        integrality=integrality,
        bounds=Bounds(0, upper),
        options={
            "time_limit": seconds,
            "mip_rel_gap": WHOLE_GAP_SHARE,
            "node_limit": WHOLE_NODES,
        },
    )
    if found.x is None:
        return None
    times = np.round(found.x[:num_patterns]).astype(int).tolist()
    return [pattern for pattern, count in zip(patterns, times, strict=True) for _ in range(count)]


def _carry(
    rows: Rows, patterns: Sequence[Pattern], amount: Floats, room: Floats, number: int
) -> int:
    """Let trips bring shares of the deliveries, by weight or by volume; return the next column."""
    brought: list[list[tuple[int, float]]] = [[] for _ in amount]
    for row, pattern in enumerate(patterns):
        for way in pattern.trips:
            filled = [(row, -1.0)]
            for node in way:
                if amount[node] > 0:
                    most_share = min(1.0, room[row] / amount[node])
                    rows.add([(number, 1.0), (row, -most_share)], upper=0.0)
                    brought[node].append((number, 1.0))
                    filled.append((number, amount[node] / room[row]))
                    number += 1
            rows.add(filled, upper=0.0)
    for node in np.flatnonzero(amount > 0).tolist():
        rows.add(brought[node], lower=1.0 - TOLERANCE)
    return number
