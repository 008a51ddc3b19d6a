r"""Pins that cannot all hold: the smallest set of orders to give up, and what they lack.

Over every column that can count for a pin, with every coupling of the model:

.. math::
    \min \sum_o y_o, \qquad
    \sum_{c \in r} x_c + m_r \ge n_r,\quad m_r \le n_r\, y_{o(r)},\quad y_o \in \{0, 1\}

*Where* n are pieces pinned by a row r of an order o and m what it lacks. Then, the number of orders
given up being fixed, the least pieces that lack; so few orders lack something, and little. Which
other orders stand in the way of each is found by leaving them out one by one (a deletion filter).

References
----------
J. W. Chinneck, Feasibility and Infeasibility in Optimization, Springer 2008, chapters 6 and 7
(elastic programming, deletion filtering, minimum-cardinality sets), DOI 10.1007/978-0-387-74932-7.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from relief.errors import SolverFailed
from relief.plan.orders import Force, Order, OrderSlack, Pin
from relief.plan.orders_met import forced_pieces
from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from solvers.allocation.case import Floats, Ints, case_of
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Coupling
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.order_limits import Pinned
from solvers.allocation.trucks import planned_trucks
from solvers.stop import Deadline

_LOG = logging.getLogger(__name__)

BLUR_PIECES = 1e-4
"""Pieces that the solver's tolerances blur: a pin that lacks no more lacks nothing."""

MOST_FILTERED = 20
"""With more orders than these, what stands in the way of a pin is not sought: it takes too long."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeepableOrders:
    """Orders that can all be kept.

    Parameters
    ----------
    situation
        With pins and forces lowered by what cannot be.
    slacks
        What they were lowered by, and why; the smallest set.
    """

    situation: Situation
    slacks: tuple[OrderSlack, ...]


Lacking = dict[int, dict[str, int]]
"""Pieces that lack, under the number of an order and the code of an item."""


def keepable_orders(situation: Situation, deadline: Deadline) -> KeepableOrders:
    """Return the situation with orders that can all be kept, as far as truck-hours tell.

    Parameters
    ----------
    situation
        With any orders; what forbids and holds keep back stays back.
    deadline
        When to give up.

    Raises
    ------
    SolverFailed
        If the solver does not answer in time.
    """
    numbered = tuple(enumerate(situation.orders, start=1))
    lacking = least_lacking(situation, numbered, deadline)
    slacks = tuple(
        OrderSlack(
            number=number,
            missing_pieces=sum(by_item.values()),
            because=_because(situation, number, lacking, deadline),
        )
        for number, by_item in sorted(lacking.items())
    )
    if not slacks:
        return KeepableOrders(situation=situation, slacks=())
    orders = _distinct(order for _, order in _lowered(situation, numbered, lacking))
    return KeepableOrders(situation=replace(situation, orders=orders), slacks=slacks)


def least_lacking(
    situation: Situation, numbered: Sequence[tuple[int, Order]], deadline: Deadline
) -> Lacking:
    """Return what orders lack: as few orders as possible, then as few pieces.

    Parameters
    ----------
    situation
        Its own orders are left aside.
    numbered
        The orders with their numbers.
    deadline
        When to give up.

    Raises
    ------
    SolverFailed
        If the solver does not answer in time.
    """
    lacking = _beyond_need(situation, numbered)
    # An order that lacks something in any case costs nothing when it lacks more.
    free = frozenset(lacking)
    within = list(_lowered(situation, numbered, lacking))
    pinned = {(order.place_code, order.item_code) for _, order in within if isinstance(order, Pin)}
    if not pinned:
        return lacking
    small = replace(
        situation,
        needs=tuple(
            need for need in situation.needs if (need.place_code, need.item_code) in pinned
        ),
        orders=_distinct(order for _, order in within),
    )
    case = case_of(small)
    model = model_of(case, planned_trucks(case))
    pins = next(each for each in model.couplings if isinstance(each, Pinned))
    # Two orders may say the same once they are lowered: each row is the first of them.
    number_of = {order: number for number, order in reversed(within)}
    numbers = np.array([number_of[small.orders[k - 1]] for k in pins.order_number.tolist()])
    missing = _elastic(model, pins, numbers, free, deadline)
    for row in np.flatnonzero(missing > BLUR_PIECES).tolist():
        by_item = lacking.setdefault(int(numbers[row]), {})
        item_code = case.item_codes[int(pins.item[row])]
        by_item[item_code] = by_item.get(item_code, 0) + int(np.ceil(missing[row] - BLUR_PIECES))
    return lacking


def _beyond_need(situation: Situation, numbered: Iterable[tuple[int, Order]]) -> Lacking:
    """Return what pins ask for beyond all that is needed there."""
    needed: dict[tuple[str, str], int] = {}
    for need in situation.needs:
        key = (need.place_code, need.item_code)
        needed[key] = needed.get(key, 0) + need.pieces
    return {
        number: {order.item_code: over}
        for number, order in numbered
        if isinstance(order, Pin)
        and (over := order.pieces - needed.get((order.place_code, order.item_code), 0)) > 0
    }


def _lowered(
    situation: Situation, numbered: Iterable[tuple[int, Order]], lacking: Lacking
) -> Iterable[tuple[int, Order]]:
    """Yield the orders lowered by what they lack, with the number of the one they come from.

    A force becomes a pin for each of its items.
    """
    for number, order in numbered:
        lacks = lacking.get(number, {})
        match order:
            case Pin():
                pieces = order.pieces - lacks.get(order.item_code, 0)
                if pieces > 0:
                    yield number, replace(order, pieces=pieces)
            case Force():
                for item_code, needed in sorted(forced_pieces(situation, order).items()):
                    pieces = needed - lacks.get(item_code, 0)
                    if pieces > 0:
                        yield (
                            number,
                            Pin(
                                item_code=item_code,
                                place_code=order.place_code,
                                pieces=pieces,
                                by=order.by,
                            ),
                        )
            case _:
                yield number, order


def _distinct(orders: Iterable[Order]) -> tuple[Order, ...]:
    return tuple(dict.fromkeys(orders))


def _elastic(
    model: AllocationModel,
    pins: Pinned,
    number_of_row: Ints,
    free: frozenset[int],
    deadline: Deadline,
) -> Floats:
    """Return what each row of the pins lacks: fewest orders, then fewest pieces; see the module."""
    numbers, order_of = np.unique(number_of_row, return_inverse=True)
    rows, orders, pieces = len(pins.pieces), len(numbers), pins.pieces
    columns = model.allowed(_columns_that_count(model, pins))
    num = len(columns)
    matrix, limits, pinned = _rows(model, pins, columns)
    empty = sparse.csr_array
    eye = sparse.csr_array(sparse.eye_array(rows))
    of_order = sparse.csr_array((-pieces, (np.arange(rows), order_of)), shape=(rows, orders))
    parts = [
        LinearConstraint(_beside(matrix, empty((matrix.shape[0], rows + orders))), ub=limits),
        # What comes and what lacks make up what is pinned.
        LinearConstraint(_beside(pinned, -eye, empty((rows, orders))), ub=-pieces),
        # Only an order that is given up lacks anything.
        LinearConstraint(_beside(empty((rows, num)), eye, of_order), ub=np.zeros(rows)),
    ]
    upper = np.concatenate([np.full(num, np.inf), pieces, np.ones(orders)])
    given_up = np.concatenate(
        [np.zeros(num + rows), [0.0 if number in free else 1.0 for number in numbers]]
    )
    lacking = np.concatenate([np.zeros(num), np.ones(rows), np.zeros(orders)])
    # As a rule all can be kept, and then the linear programme says so at once.
    least = _solved(lacking, parts, upper, 0, deadline)
    if lacking @ least > BLUR_PIECES:
        try:
            fewest = _solved(given_up, parts, upper, orders, deadline)
            most = LinearConstraint(empty(given_up[None]), ub=round(float(given_up @ fewest)))
            least = _solved(lacking, [*parts, most], upper, orders, deadline)
        except SolverFailed:
            # Little is given up then, if not of few.
            _LOG.info("no time to find the fewest orders to give up")
    return least[num : num + rows]


def _columns_that_count(model: AllocationModel, pins: Pinned) -> Columns:
    """Return every column that can count for a pin, each once."""
    case = model.case
    parts = [Columns.none()]
    services = np.arange(model.terms.group_of.shape[1])
    last = int(pins.last_window.max())
    for place, item in sorted(set(zip(pins.place.tolist(), pins.item.tolist(), strict=True))):
        demands = np.flatnonzero((case.demand_place == place) & (case.demand_item == item))
        axes = (case.stocks_of_item(item), demands, np.arange(last + 1), services)
        stock, demand, window, service = (
            axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")
        )
        parts.append(Columns(stock=stock, demand=demand, window=window, service=service))
    return Columns.joined(*parts)


def _rows(
    model: AllocationModel, pins: Pinned, columns: Columns
) -> tuple[sparse.csr_array, Floats, sparse.csr_array]:
    """Return the rows of all other couplings and of the needs, their limits, and the pins'."""
    case, num = model.case, len(columns)

    def block(coupling: Coupling) -> sparse.csr_array:
        touched = coupling.touched(columns)
        shape = (len(coupling.limits), num)
        return sparse.csr_array((touched.amount, (touched.row, touched.column)), shape=shape)

    # Lower limits of others are met by what nobody pins.
    others = [each for each in model.couplings if each is not pins and np.all(each.limits >= 0)]
    met = case.met_pieces(columns.stock, columns.demand)
    needed = sparse.csr_array(
        (met, (columns.demand, np.arange(num))), shape=(case.num_demands, num)
    )
    matrix = sparse.csr_array(sparse.vstack([*(block(each) for each in others), needed]))
    total = case.demand_pieces.sum(axis=1).astype(np.float64)
    return matrix, np.concatenate([*(each.limits for each in others), total]), block(pins)


def _beside(*blocks: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(sparse.hstack(blocks))


def _solved(
    cost: Floats,
    parts: list[LinearConstraint],
    upper: Floats,
    num_whole: int,
    deadline: Deadline,
) -> Floats:
    """Return an optimum whose last columns are whole numbers."""
    if deadline.has_passed():
        raise SolverFailed("No time is left to find out which orders can be kept.")
    whole = np.zeros(len(cost), dtype=np.int64)
    whole[len(cost) - num_whole :] = 1
    answer = milp(
        cost,
        constraints=parts,
        bounds=Bounds(0.0, upper),
        integrality=whole,
        options={"time_limit": max(0.1, deadline.left_s())},
    )
    if answer.status != 0:
        raise SolverFailed(f"Which orders can be kept was not found: {answer.message}")
    found: Floats = answer.x
    return found


def _because(situation: Situation, number: int, lacking: Lacking, deadline: Deadline) -> Sentence:
    """Return why an order lacks something: by itself, or beside which others."""
    try:
        return _cause(situation, number, lacking, deadline)
    except SolverFailed:
        return say("It cannot be kept beside the other orders.")


def _cause(situation: Situation, number: int, lacking: Lacking, deadline: Deadline) -> Sentence:
    numbered = tuple(enumerate(situation.orders, start=1))
    itself = numbered[number - 1]
    if number in _beyond_need(situation, [itself]):
        return say("More is asked for than is needed there, and nothing is sent beyond the need.")
    if least_lacking(situation, [itself], deadline):
        return say(
            "Not even without any other order could so much be there by then: stock and trucks "
            "that can be in time do not suffice."
        )
    others = [each for each in numbered if each[0] not in lacking]
    if len(others) > MOST_FILTERED:
        return say("It cannot be kept beside the other orders.")
    needed = list(others)
    for other in others:
        fewer = [each for each in needed if each != other]
        if least_lacking(situation, [itself, *fewer], deadline):
            needed = fewer
    return say(
        "It cannot be kept together with the orders {others}.",
        others=", ".join(str(other) for other, _ in needed),
    )
