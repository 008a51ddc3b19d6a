"""An interior point method for the first stage, and column generation from the inside.

The simplex walks from corner to corner, which takes long where scarce trucks tie everything. An
interior point method takes some dozens of steps whatever the size, and its prices lie in the middle
of the best ones, from where pricing finds what is missing in few rounds. A round need not be
solved to its end: while the bound is far off, prices that are about right will do.

References
----------
J. Gondzio, P. Gonzalez-Brevis, P. Munari, New developments in the primal-dual column generation
technique, European Journal of Operational Research 224(1), 2013, DOI 10.1016/j.ejor.2012.07.024.
S. Mehrotra, On the implementation of a primal-dual interior point method, SIAM Journal on
Optimization 2(4), 1992, DOI 10.1137/0802028.
J. Gondzio, Multiple centrality corrections in a primal-dual method for linear programming,
Computational Optimization and Applications 6, 1996, DOI 10.1007/BF00249643.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from relief.errors import SolverFailed
from solvers.allocation.case import Floats
from solvers.allocation.columns import Columns
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.inside_flows import within_limits
from solvers.allocation.inside_normal import NormalEquations
from solvers.allocation.inside_rows import InsideRows
from solvers.allocation.pricing import Offer, Prices, Weights, lower_bound, priced
from solvers.stop import Deadline

MOST_STEPS = 150
"""Steps after which the method has lost its way."""

MET = 0.03
"""Part of a round's share by which rows, and costs, may be missed as shares of their size."""

FAR, NEARER = 0.05, 0.1
"""A round is solved to this share of the avoidable part at first; later to this share of the gap
that is left."""

BLUR = 1e-7
"""Share of the deprivation if nothing came at all that rounding blurs: a gap below it is none."""

NOT_INTO_CORNERS = 0.995
"""Share of the way to the boundary that a step goes."""

CORRECTORS, AHEAD, SPREAD, WORTH_IT = 4, 0.3, 10.0, 0.01
"""At most so many corrections of a step; how much longer each should make it; by which factor
products of values and reduced costs may differ from their mean; least lengthening."""

STOOD_OFF = 0.02
"""Share by which known prices are lowered, so that nothing begins on the boundary."""

LOOSE = 0.03
"""Where prices are known, the method begins with about this share of the avoidable part open."""

KEEP_WITHIN = 10.0
"""After a round, columns with a higher reduced cost are forgotten; the dearest parcel costs
1,000."""

NEAR_COST = 2.0
"""Reduced cost up to which a column is of use to the next solution of a like case."""

FLOWING = 5e-3
"""Parcels on a column from which on it is kept whatever it costs."""

FAR_KNOWN = 0.01
"""As `FAR`, where prices of a like model are known: they need not be found again."""

IDLE_WORTH = 1e-6
"""Share of what all limits are worth up to which one is left out until it is nearly full."""

NEARLY_FULL = 0.95
"""Share of a limit from which on it may bind."""

LEAST_GAIN = 1.0
"""Weighted milli-person-hours that a parcel on a new column must gain."""

MOST_ROUNDS = 30
"""Rounds after which the bound is left as it is; far more than were ever seen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """Where to begin: prices of a like model, and flows near its optimum.

    Parameters
    ----------
    limits
        Of a unit of each limit, in weighted milli-person-hours; of all couplings in order.
    columns, flow_pieces
        Flows; they need not keep all limits.
    """

    limits: Floats
    columns: Columns
    flow_pieces: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inside:
    """The end of a column generation from the inside.

    Parameters
    ----------
    columns
        Those of the last round.
    flow_pieces
        On each column; shape (columns,).
    near
        Columns that an optimum may use: with flow, or hardly dearer than what is used.
    deprivation_milli_h
        What the flows reach, in weighted milli-person-hours, breaches included.
    bound
        What no allocation goes below; over all columns.
    prices
        Prices that prove the bound.
    rounds
        How often columns were priced.
    """

    columns: Columns
    flow_pieces: Floats
    near: NDArray[np.bool_]
    deprivation_milli_h: float
    bound: int
    prices: Prices
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Point:
    """A point inside: values and reduced costs of the columns, > 0, and prices of the rows."""

    value: Floats
    reduced: Floats
    price: Floats


def least_from_inside(
    model: AllocationModel,
    columns: Columns,
    deadline: Deadline,
    *,
    unavoidable: int = 0,
    enough_gap: float,
    of_all_gap: float = 0.0,
    known: Known | None = None,
) -> Inside:
    """Minimise the deprivation from the inside and prove how far it can be lowered at all.

    Parameters
    ----------
    model
        The model.
    columns
        Columns to begin with.
    deadline
        After it no new step begins.
    unavoidable
        A proven bound known before.
    enough_gap
        Share of the avoidable part of the objective within which the bound is near enough.
    of_all_gap
        The same as a share of the whole objective: one of the two is enough.
    known
        Where to begin, if a like model was solved before.

    Raises
    ------
    SolverFailed
        If the time is up before the first round is solved, or the method loses its way.
    """
    with threadpool_limits(limits=1):
        return _Generation(model, deadline, unavoidable, enough_gap, of_all_gap).run(columns, known)


class _Generation:
    """A column generation: its limits and its best bound."""

    def __init__(
        self,
        model: AllocationModel,
        deadline: Deadline,
        unavoidable: int,
        enough_gap: float,
        of_all_gap: float,
    ) -> None:
        self._model = model
        self._deadline = deadline
        self._unavoidable = unavoidable
        self._enough = (enough_gap, of_all_gap)
        self._best: Prices | None = None
        self._bound = unavoidable
        self._new = Columns.none()
        self._limits = np.concatenate([coupling.limits for coupling in model.couplings])
        self._revived = np.zeros(len(self._limits), dtype=bool)
        case = model.case
        nothing_comes = case.weight_milli[:, None] * case.late_h()[:, -1] * case.demand_pieces
        self._blur = max(1.0, BLUR * float(nothing_comes.sum()))

    def run(self, columns: Columns, known: Known | None) -> Inside:
        """Solve, price, add, until the bound is near."""
        case, terms, model = self._model.case, self._model.terms, self._model
        nothing = np.zeros(0, dtype=np.int64)
        start = None
        if known is not None:
            cheapest = self._price(self._prices_of(known.limits))
            columns = Columns.joined(columns, known.columns, self._new)
        columns = model.allowed(columns.fresh(nothing, case, terms))
        if not len(columns):
            raise SolverFailed("Nothing can be sent to anybody.")
        rows = InsideRows(model, columns)
        if known is not None:
            parcels = self._parcels(rows, known)
            price = rows.affordable(rows.of_rows(known.limits, cheapest))
            found = self._told(rows, parcels, rows.cost - rows.worth(price), 0)
            if self._is_near(found.deprivation_milli_h):
                return found
            values = np.zeros(len(rows.cost))
            values[: rows.num_flows] = parcels
            start = self._inner(rows, values, price)
        share, rounds = FAR if known is None else FAR_KNOWN, 1
        while True:
            try:
                point = self._middle(rows, start, share)
            except SolverFailed:
                if rounds == 1 and known is None:
                    raise
                break
            bound_before = self._bound
            found = self._told(rows, point.value[: rows.num_flows], point.reduced, rounds)
            if not self._is_near(found.deprivation_milli_h):
                self._price(self._prices_at(rows, point))
                found = replace(found, bound=self._bound, prices=self._best or found.prices)
            reached = found.deprivation_milli_h
            if self._is_near(reached) or rounds >= MOST_ROUNDS or self._deadline.has_passed():
                break
            avoidable = max(1.0, reached - self._unavoidable)
            gap = (reached - self._bound) / avoidable
            target = min(FAR, NEARER * gap)
            if not len(self._new) and share <= target and self._bound <= bound_before:
                target = 0.1 * share
            share = max(target, 0.2 * self._enough[0])
            rows, start = self._grown(rows, point)
            rounds += 1
        return found

    def _idle(self, price: Floats) -> NDArray[np.bool_]:
        """Return which limits will hardly bind: those that cost next to nothing at given prices.

        One that was nearly full once is never idle again.
        """
        worth = price * np.abs(self._limits)
        idle: NDArray[np.bool_] = worth <= IDLE_WORTH * float(worth.sum())
        return idle & ~self._revived

    def _is_near(self, reached: float) -> bool:
        of_avoidable, of_all = self._enough
        most = max(self._blur, of_avoidable * (reached - self._unavoidable), of_all * reached)
        return reached - self._bound <= most

    def _prices_of(self, limits: Floats) -> Prices:
        """Return prices of the limits as prices that price every way in time."""
        case = self._model.case
        ends = np.cumsum([len(coupling.limits) for coupling in self._model.couplings])
        late_h = case.late_h()
        # No piece is worth more than what its coming saves of any piece due.
        saved = np.where(
            case.demand_pieces[:, :, None] > 0, (late_h[:, -1:] - late_h[:, :-1])[None], 0
        ).max(axis=1)
        return Prices(
            couplings=tuple(np.split(limits, ends[:-1])),
            demand=saved * case.weight_milli[:, None],
            weights=Weights(per_milli_h=1.0),
            missing=np.zeros(case.num_demands),
        )

    def _prices_at(self, rows: InsideRows, point: _Point) -> Prices:
        of_all = rows.of_all_limits(point.price)
        breach = np.concatenate([c.breach_milli_h for c in self._model.couplings])
        ends = np.cumsum([len(coupling.limits) for coupling in self._model.couplings])
        return Prices(
            couplings=tuple(np.split(np.minimum(of_all, breach), ends[:-1])),
            demand=rows.demand_prices(point.price),
            weights=Weights(per_milli_h=1.0),
            missing=np.zeros(self._model.case.num_demands),
        )

    def _price(self, prices: Prices) -> Floats:
        """Price at prices, and between them and the best; return what pieces cost at the first."""
        best = self._best
        first = self._offered(prices)
        offers = [first]
        if best is not None:
            offers.append(self._offered(best.mixed(prices, 0.5)))
        self._new = Columns.joined(*(offer.columns for offer in offers))
        return first.cheapest

    def _offered(self, prices: Prices) -> Offer:
        """Price at prices, and keep them if no others prove as much."""
        offer = priced(self._model, prices, LEAST_GAIN)
        found = lower_bound(self._model, prices, offer.cheapest)
        if self._best is None or found > self._bound:
            self._best = prices
        self._bound = max(self._bound, found)
        return offer

    def _parcels(self, rows: InsideRows, known: Known) -> Floats:
        """Return the known flows of the columns of a programme, in parcels."""
        case, terms = self._model.case, self._model.terms
        keys = rows.columns.keys(case, terms)
        order = np.argsort(keys, kind="stable")
        theirs = known.columns.keys(case, terms)
        at = np.minimum(np.searchsorted(keys[order], theirs), len(keys) - 1)
        same = keys[order][at] == theirs
        flows = np.zeros(rows.num_flows)
        np.add.at(flows, order[at[same]], known.flow_pieces[same])
        parcels: Floats = flows / rows.parcel
        return parcels

    def _inner(self, rows: InsideRows, value: Floats, price: Floats) -> _Point:
        """Return a point inside near flows and prices that ask of no column more than it costs."""
        due = rows.due.size
        rest = rows.right - rows.activity(value)
        open_parcels = np.cumsum(rest[:due].reshape(rows.due.shape), axis=1)
        value[rows.missing] = np.maximum(open_parcels, 0.0).ravel()
        early = slice(rows.missing.stop, rows.left.start)
        value[early] = np.maximum(-open_parcels, 0.0)[:, :-1].ravel()
        value[rows.left] = np.maximum(rest[due:], 0.0)
        objective = float(rows.cost @ value)
        avoidable = max(1e-9, objective - self._unavoidable * rows.scale)
        product = LOOSE * avoidable / len(value)
        price[:due] *= 1 - STOOD_OFF
        off = STOOD_OFF * max(1.0, float(price[:due].mean()))
        reduced = np.maximum(rows.cost - rows.worth(price), off)
        spare = np.maximum(value[rows.left], 1e-3 * (1 + np.abs(rows.limits)))
        reduced[rows.left] = np.maximum(-price[due:], product / spare)
        return _Point(value=np.maximum(value, product / reduced), reduced=reduced, price=price)

    def _grown(self, rows: InsideRows, point: _Point) -> tuple[InsideRows, _Point]:
        """Return the programme with the new columns and without useless ones, and where it is.

        What limits cost stays; what pieces are worth is lowered to what the new columns ask.
        """
        case, terms = self._model.case, self._model.terms
        flows, reduced = point.value[: rows.num_flows], point.reduced[: rows.num_flows]
        kept = np.flatnonzero((reduced <= KEEP_WITHIN) | (flows >= FLOWING))
        of_all = rows.of_all_limits(point.price)
        full = rows.uses(flows) >= NEARLY_FULL * rows.every_limit
        self._revived[rows.every_row[full]] = True
        old = rows.columns.taken(kept)
        new = self._model.allowed(self._new.fresh(old.keys(case, terms), case, terms))
        grown = InsideRows(self._model, Columns.joined(old, new), self._idle(of_all))
        known = grown.flow_order < len(old)
        values = np.zeros(len(grown.cost))
        values[: grown.num_flows][known] = flows[kept][grown.flow_order[known]]
        price = grown.affordable(grown.of_rows(of_all, rows.demand_prices(point.price)))
        return grown, self._inner(grown, values, price)

    def _told(self, rows: InsideRows, parcels: Floats, reduced: Floats, rounds: int) -> Inside:
        near = (reduced[: rows.num_flows] <= NEAR_COST) | (parcels >= FLOWING)
        flows = within_limits(rows, parcels, reduced, near)
        return Inside(
            columns=rows.columns,
            flow_pieces=flows * rows.parcel,
            near=near,
            deprivation_milli_h=rows.objective_of(flows) / rows.scale,
            bound=self._bound,
            prices=self._best or self._prices_of(np.zeros(rows.num_limits)),
            rounds=rounds,
        )

    def _middle(self, rows: InsideRows, start: _Point | None, share: float) -> _Point:
        """Follow the central path until about a share of the avoidable part is open."""
        point = _outset(rows) if start is None else start
        sizes = 1 + np.linalg.norm(rows.right), 1 + np.linalg.norm(rows.cost)
        floor = self._unavoidable * rows.scale
        for _ in range(MOST_STEPS):
            short = rows.right - rows.activity(point.value)
            off = rows.cost - rows.worth(point.price) - point.reduced
            objective = float(rows.cost @ point.value)
            gap = abs(objective - float(rows.right @ point.price))
            missed = np.linalg.norm(short) / sizes[0], np.linalg.norm(off) / sizes[1]
            enough = max(share * abs(objective - floor), 0.5 * self._blur * rows.scale)
            if gap <= enough and max(missed) <= MET * share:
                return point
            if self._deadline.has_passed():
                raise SolverFailed("No time is left for the interior point method.")
            point = _stepped(rows, point, short, off)
        raise SolverFailed("The interior point method did not come to an end.")


def _lifted(point: _Point, product: float) -> _Point:
    """Return the point away from the corners: products of at least so much.

    Of value and reduced cost, the one that is small for its kind is raised.
    """
    value, reduced = point.value, point.reduced
    low = value * reduced < product
    flowing = value * float(np.median(reduced)) > reduced * float(np.median(value))
    return _Point(
        value=np.where(low & ~flowing, product / reduced, value),
        reduced=np.where(low & flowing, product / value, reduced),
        price=point.price,
    )


def _outset(rows: InsideRows) -> _Point:
    """Return Mehrotra's starting point: the least values that keep the rows, lifted."""
    equations = rows.factored(np.ones(len(rows.cost)))
    value = rows.worth(equations.solve(rows.right))
    price = equations.solve(rows.activity(rows.cost))
    reduced = rows.cost - rows.worth(price)
    value += max(0.0, -1.5 * float(value.min(initial=0.0))) + 1e-3
    reduced += max(0.0, -1.5 * float(reduced.min(initial=0.0))) + 1e-3
    product = 0.5 * float(value @ reduced)
    lifted, raised = product / float(reduced.sum()), product / float(value.sum())
    return _Point(value=value + lifted, reduced=reduced + raised, price=price)


def _stepped(rows: InsideRows, point: _Point, short: Floats, off: Floats) -> _Point:
    """Return the point after a step of predictor and correctors."""
    value, reduced = point.value, point.reduced
    equations = rows.factored(value / reduced)
    mean = float(value @ reduced) / len(value)

    def direction(wanted: Floats, whole: float) -> tuple[Floats, Floats, Floats]:
        return _direction(rows, equations, point, (whole * short, whole * off), wanted)

    by, cost_by, _ = direction(-value * reduced, 1.0)
    far, cost_far = _longest(value, by), _longest(reduced, cost_by)
    hoped = float((value + far * by) @ (reduced + cost_far * cost_by)) / len(value)
    centre = (hoped / mean) ** 3
    wanted = centre * mean - value * reduced - by * cost_by
    best = direction(wanted, 1 - centre)
    far, cost_far = _longest(value, best[0]), _longest(reduced, best[1])
    for _ in range(CORRECTORS):
        ahead = min(1.0, far + AHEAD), min(1.0, cost_far + AHEAD)
        products = (value + ahead[0] * best[0]) * (reduced + ahead[1] * best[1])
        target = centre * mean
        pull = np.clip(products, target / SPREAD, target * SPREAD) - products
        wanted = wanted + np.maximum(pull, -target * SPREAD)
        trial = direction(wanted, 1 - centre)
        longer = _longest(value, trial[0]), _longest(reduced, trial[1])
        if longer[0] + longer[1] < far + cost_far + WORTH_IT:
            break
        best, (far, cost_far) = trial, longer
    far, cost_far = (min(1.0, NOT_INTO_CORNERS * step) for step in (far, cost_far))
    return _Point(
        value=value + far * best[0],
        reduced=reduced + cost_far * best[1],
        price=point.price + cost_far * best[2],
    )


def _direction(
    rows: InsideRows,
    equations: NormalEquations,
    point: _Point,
    missed: tuple[Floats, Floats],
    wanted: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the steps of values, reduced costs and prices that change the products as wanted."""
    short, off = missed
    inner = (point.value * off - wanted) / point.reduced
    price_by = equations.solve(short + rows.activity(inner))
    cost_by = off - rows.worth(price_by)
    value_by = (wanted - point.value * cost_by) / point.reduced
    return value_by, cost_by, price_by


def _longest(at: Floats, by: Floats) -> float:
    """Return the longest step, at most 1, that leaves everything at 0 or above."""
    down = by < 0
    return min(1.0, float((-at[down] / by[down]).min(initial=np.inf)))
