"""Which pieces go on which of the trips of a depot, in whole packs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, milp

from relief.supply.fleet import VehicleClass
from solvers.routing.cargo import Cargo
from solvers.routing.demand import Demand, Lines
from solvers.routing.route_pool_rows import Rows

FILLING_NODES = 200
"""Branches looked at for one filling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRoom:
    """A trip that is to be filled.

    Parameters
    ----------
    vehicle_class
        Of its truck.
    nodes
        Deliveries in driving order.
    """

    vehicle_class: VehicleClass
    nodes: tuple[int, ...]


def filled_trips(
    demand: Demand,
    lines: Mapping[int, Mapping[int, int]],
    trips: Sequence[TripRoom],
    seconds: float,
) -> list[dict[int, Lines]] | None:
    """Return what each trip brings of each delivery, so that the least weight stays behind.

    Packs stay whole, but the one that is not full anyway; what must be cooled is on cooled
    trucks, and what must be apart on different trips.

    Parameters
    ----------
    demand
        Holds the portions.
    lines
        Portions and pieces of each delivery.
    trips
        The trips.
    seconds
        For the integer programme; > 0.

    Returns
    -------
    list[dict[int, Lines]] or None
        For each trip, lines under the delivery; None if no time was enough.
    """
    parts = [_parts(demand, lines, trip) for trip in trips]
    if not any(parts):
        return None
    rows = Rows()
    upper: list[float] = []
    gain: list[float] = []
    takers: dict[tuple[int, int, bool], list[int]] = defaultdict(list)
    for trip, own in zip(trips, parts, strict=True):
        columns = range(len(upper), len(upper) + len(own))
        portions = [demand.portions[part.portion] for part in own]
        upper += [part.most for part in own]
        for column, part, portion in zip(columns, own, portions, strict=True):
            takers[part.node, part.portion, part.is_rest].append(column)
            gain.append(part.pieces * max(portion.piece_g, portion.piece_cm3 / 4, 1))
        for sizes, room in (
            ([portion.piece_g for portion in portions], trip.vehicle_class.payload_g),
            ([portion.piece_cm3 for portion in portions], trip.vehicle_class.volume_cm3),
        ):
            loads = [float(part.pieces * size) for part, size in zip(own, sizes, strict=True)]
            rows.add(list(zip(columns, loads, strict=True)), upper=room)
        _keep_apart(rows, upper, [(c, p.cargo) for c, p in zip(columns, portions, strict=True)])
        gain += [0.0] * (len(upper) - len(gain))
    for of_part in takers.values():
        rows.add([(column, 1.0) for column in of_part], upper=upper[of_part[0]])
    found = milp(
        -np.array(gain),
        constraints=rows.constraint(len(upper)),
        integrality=np.ones(len(upper), dtype=np.int64),
        bounds=Bounds(0, np.array(upper)),
        options={"time_limit": seconds, "mip_rel_gap": 0.0, "node_limit": FILLING_NODES},
    )
    if found.x is None:
        return None
    taken = iter(np.round(found.x).astype(int).tolist())
    answer: list[dict[int, Lines]] = []
    for own in parts:
        pieces_of: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for part in own:
            pieces = next(taken) * part.pieces
            if pieces:
                pieces_of[part.node][part.portion] += pieces
        # After the goods come the marks of what is kept apart.
        for _ in range(_shared(demand.portions[part.portion].cargo for part in own).bit_count()):
            next(taken)
        answer.append({node: tuple(of_node.items()) for node, of_node in pieces_of.items()})
    return answer


@dataclass(frozen=True, slots=True)
class _Part:
    """Packs of a portion that a trip might bring, or the one that is not full."""

    node: int
    portion: int
    most: int
    pieces: int
    is_rest: bool = False


def _parts(demand: Demand, lines: Mapping[int, Mapping[int, int]], trip: TripRoom) -> list[_Part]:
    """Return what a trip might bring."""
    found = []
    for node in dict.fromkeys(trip.nodes):
        for number, pieces in sorted(lines[node].items()):
            portion = demand.portions[number]
            if portion.cargo.needs_cooling and not trip.vehicle_class.is_cooled:
                continue
            packs, rest = divmod(pieces, portion.pack_pieces)
            if packs:
                found.append(_Part(node, number, packs, portion.pack_pieces))
            if rest:
                found.append(_Part(node, number, 1, rest, is_rest=True))
    return found


def _shared(cargoes: Iterable[Cargo]) -> int:
    """Return the kinds among goods from which others among them must be apart."""
    groups = apart = 0
    for cargo in cargoes:
        groups |= cargo.groups
        apart |= cargo.apart
    return groups & apart


def _keep_apart(rows: Rows, upper: list[float], goods: Sequence[tuple[int, Cargo]]) -> None:
    """Keep kinds of goods apart on one trip; a mark for each kind says whether it is there."""
    shared = _shared(cargo for _, cargo in goods)
    for bit in (1 << number for number in range(shared.bit_length()) if shared >> number & 1):
        mark = len(upper)
        upper.append(1.0)
        for column, cargo in goods:
            if cargo.groups & bit:
                rows.add([(column, 1.0), (mark, -upper[column])], upper=0.0)
            if cargo.apart & bit:
                rows.add([(column, 1.0), (mark, upper[column])], upper=upper[column])
