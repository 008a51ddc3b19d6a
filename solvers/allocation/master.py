r"""The restricted master: the linear model over the columns found so far.

.. math::
    \min\;& \text{one of: } \textstyle\sum w_i wait_a b_{ia},\ \zeta,\ \text{tier, cost} \\
    \text{(1)}\;& \textstyle\sum_{c \in (i,a)} m_c x_c + h_{i,a-1} - h_{ia} + b_{ia} - b_{i,a-1}
        = d_{ia} \quad \forall i, a \\
    \text{(2)}\;& \textstyle\sum_c amount_{rc}\, x_c - e_r \le limit_r
        \quad \forall \text{ rows } r \text{ of all couplings} \\
    \text{(3)}\;& \textstyle\sum_{i \in g} w_i b_{i,last} \le \zeta \sum_{i \in g} w_i d_i
        \quad \forall \text{ groups } g \text{ of county and priority} \\
    \text{(4)}\;& \text{deprivation} \le D,\quad \text{life-saving part} \le D',\quad
        \text{tier} \le T

*Where* x are parcels on a column, m the pieces of need that a piece meets, h parcels that came
early, b parcels that are missing at the end of a window, d parcels due then, e what is broken of a
limit that may be broken, w the weight of a demand, :math:`\zeta` the worst group's unserved share,
D, D' and T the values of the stages before with their slack.

Whether a stage is limited or free is a matter of bounds, so that one warm programme serves all.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from relief.plan.policy import Objective
from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.fairness import FairGroups
from solvers.allocation.matrix import Entries, MasterMarks, row_scale
from solvers.allocation.pricing import Prices, Weights, truck_share
from solvers.linear import AT_LOWER, BASIC, Basis, LinearAnswer, LinearProgram, Method
from solvers.stop import Deadline

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MasterAnswer:
    """An answer of the restricted master.

    Parameters
    ----------
    columns
        The columns that were in the model.
    flow_pieces
        Pieces of goods on each column; shape (columns,).
    missing_pieces
        Pieces missing at the end of each window; shape (demands, windows).
    worst_share
        The unserved share of the worst group that is not settled.
    deprivation_milli_h, life_milli_h, tier_g, cost_fen
        Values of the stages at this answer, in weighted milli-person-hours (what breaches cost
        included; of life-saving demands alone), gram-tiers and fen.
    breached
        How far the rows of each coupling are broken, in their units.
    prices
        Prices at the answer, in units of the present stage.
    group_dual
        Duals of the groups' rows, >= 0; positive where a group cannot be helped without hurting
        the stage; shape (groups,).
    reduced_cost
        What a parcel on each column would add to the scaled objective; shape (columns,).
    optimal
        Whether it is an optimum over the columns, or the best when the time was up.
    """

    columns: Columns
    flow_pieces: Floats
    missing_pieces: Floats
    worst_share: float
    deprivation_milli_h: float
    life_milli_h: float
    tier_g: float
    cost_fen: float
    breached: tuple[Floats, ...]
    prices: Prices
    group_dual: Floats
    reduced_cost: Floats
    optimal: bool

    def of_columns(self, which: NDArray[np.bool_]) -> "MasterAnswer":
        """Return the answer with some of the columns, those with flow among them."""
        return replace(
            self,
            columns=self.columns.taken(np.flatnonzero(which)),
            flow_pieces=self.flow_pieces[which],
            reduced_cost=self.reduced_cost[which],
        )


class RestrictedMaster:
    """The model above over a growing set of columns.

    Parameters
    ----------
    model
        The whole model.
    columns
        Columns to begin with; those that a coupling forbids are left out.

    Notes
    -----
    Objectives are scaled so that the largest coefficient of a stage is near 1,000 a parcel, and
    the rows of couplings so that the largest amount of a first column is 1 a parcel.
    """

    def __init__(self, model: AllocationModel, columns: Columns) -> None:
        case, terms = model.case, model.terms
        self.model = model
        self.columns = Columns.none()
        self.keys = np.zeros(0, dtype=np.int64)
        self.groups = FairGroups.of(case)
        self._parcel = parcel_pieces(case)
        self._demand_parcel = self._parcel[case.demand_item]
        wait = case.weight_milli[:, None] * case.wait_h * self._demand_parcel[:, None]
        self._scale = {
            "deprivation": 1e3 / max(1.0, float(wait.max(initial=0.0))),
            "tier": 1e3 / max(1.0, 4.0 * float((case.mass_g * self._parcel).max(initial=0.0))),
            "cost": 1e3 / max(1.0, float(terms.trip_fen.max(initial=0.0))),
        }
        self._wait = (wait * self._scale["deprivation"]).ravel()
        self._life = np.repeat(case.life_saving, case.num_windows)
        self._share = np.stack([truck_share(case, terms, k) for k in range(len(case.item_codes))])
        self._weights, self._worst_cost = Weights(), 0.0
        self._coefficients = {name: np.zeros(0) for name in ("waived", "life", "tier", "cost")}
        self._pair_factor = np.ones((len(case.depot_codes), len(case.place_codes)))
        first = model.allowed(columns.fresh(self.keys, case, terms))
        entries = self._entries(first)
        self._row_scale = row_scale(entries, sum(len(c.limits) for c in model.couplings))
        self._layout()
        self._solved = False
        stages = case.situation.policy.stages
        # A row that all columns are in is dear: only where the cost is held for a later stage.
        self._holds_cost = any(stage.objective is Objective.COST for stage in stages[:-1])
        self._add_programme()
        self.add(first)

    _HELD_BY = (("waived", "deprivation"), ("life", "life"), ("tier", "tier"), ("cost", "cost"))

    @property
    def case(self) -> AllocationCase:
        """The arrays."""
        return self.model.case

    def _layout(self) -> None:
        """Give rows and fixed columns their numbers."""
        case = self.case
        num_due = case.num_demands * case.num_windows
        num_limits = len(self._row_scale)
        self._limit_rows = num_due + np.arange(num_limits)
        held = num_due + num_limits
        self._held_rows = {
            "deprivation": held,
            "life": held + 1,
            "tier": held + 2,
            "cost": held + 3,
        }
        self._held = dict.fromkeys(self._held_rows, np.inf)
        self._group_rows = held + 4 + np.arange(self.groups.num)
        self._settled = np.full(self.groups.num, np.nan)
        # Columns: missing, early (not after the last window), the worst share, what is broken.
        self._breach = (
            np.concatenate([c.breach_milli_h for c in self.model.couplings])
            * self._scale["deprivation"]
        )
        self._num_missing = num_due
        self._worst = num_due + case.num_demands * (case.num_windows - 1)
        self._breakable = np.flatnonzero(np.isfinite(self._breach))
        self._first_breach = self._worst + 1
        self._first_flow = self._first_breach + len(self._breakable)

    def _add_programme(self) -> None:
        """Write the rows and the columns that are no flows."""
        case = self.case
        due = (case.demand_pieces / self._demand_parcel[:, None]).ravel()
        limits = self._limits()
        open_end = np.full(4, np.inf)
        fair = np.zeros(self.groups.num)
        self._programme = LinearProgram(
            np.concatenate([due, np.full(len(limits) + 4 + len(fair), -np.inf)]),
            np.concatenate([due, limits, open_end, fair]),
        )
        index = np.arange(len(due))
        window = index % case.num_windows
        last = case.num_windows - 1
        going_on = index[window != last]
        missing = Entries()
        missing.add(index, index, 1.0)
        missing.add(going_on + 1, going_on, -1.0)
        missing.add(np.full(len(due), self._held_rows["deprivation"]), index, self._wait)
        of_life = index[self._life]
        missing.add(np.full(len(of_life), self._held_rows["life"]), of_life, self._wait[of_life])
        at_last = index[window == last]
        missing.add(
            self._group_rows[self.groups.of_demand],
            at_last,
            self.groups.share_of_piece * self._demand_parcel,
        )
        self._programme.add_columns(np.zeros(len(due)), np.full(len(due), np.inf), missing.all())
        early = Entries()
        order = np.arange(len(going_on))
        early.add(going_on, order, -1.0)
        early.add(going_on + 1, order, 1.0)
        self._programme.add_columns(np.zeros(len(order)), np.full(len(order), np.inf), early.all())
        worst = Entries()
        worst.add(self._group_rows, np.zeros(self.groups.num, dtype=np.int64), -1.0)
        self._programme.add_columns(np.zeros(1), np.full(1, np.inf), worst.all())
        broken = Entries()
        order = np.arange(len(self._breakable))
        broken.add(self._limit_rows[self._breakable], order, -self._row_scale[self._breakable])
        for name in ("deprivation", "life"):
            rows = np.full(len(order), self._held_rows[name])
            broken.add(rows, order, self._breach[self._breakable])
        self._programme.add_columns(np.zeros(len(order)), np.full(len(order), np.inf), broken.all())

    def _limits(self) -> Floats:
        limits = np.concatenate([coupling.limits for coupling in self.model.couplings])
        scaled: Floats = limits * self._row_scale
        return scaled

    def _entries(self, columns: Columns) -> tuple[Ints, Ints, Floats]:
        """Return the couplings' entries of columns: row among the limits, column, of a parcel."""
        parcel = self._parcel[self.case.stock_item[columns.stock]]
        rows, cols, values, first = [], [], [], 0
        for coupling in self.model.couplings:
            touched = coupling.touched(columns)
            rows.append(first + touched.row)
            cols.append(touched.column)
            values.append(touched.amount * parcel[touched.column])
            first += len(coupling.limits)
        return np.concatenate(rows), np.concatenate(cols), np.concatenate(values)

    def add(self, columns: Columns) -> int:
        """Add the columns that are new and allowed; return how many these are."""
        case, terms = self.case, self.model.terms
        columns = self.model.allowed(columns.fresh(self.keys, case, terms))
        if not len(columns):
            return 0
        item = case.stock_item[columns.stock]
        parcel = self._parcel[item]
        depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
        waived = case.waived_milli_h(columns.stock, columns.demand, columns.window)
        waived *= parcel * self._scale["deprivation"]
        scaled = {
            "waived": waived,
            "life": waived * case.life_saving[columns.demand],
            "tier": case.stock_tier[columns.stock]
            * (case.mass_g[item] * parcel * self._scale["tier"]),
            "cost": self._share[item, depot, columns.service]
            * terms.trip_fen[depot, columns.service, place]
            * (parcel * self._scale["cost"]),
        }
        for name, values in scaled.items():
            self._coefficients[name] = np.concatenate([self._coefficients[name], values])
        index = np.arange(len(columns))
        entries = Entries()
        met = case.met_pieces(columns.stock, columns.demand) * parcel
        entries.add(
            columns.demand * case.num_windows + columns.window,
            index,
            met / self._demand_parcel[columns.demand],
        )
        row, column, value = self._entries(columns)
        entries.add(self._limit_rows[row], column, value * self._row_scale[row])
        for name, held in self._HELD_BY:
            if held == "cost" and not self._holds_cost:
                continue
            some = np.flatnonzero(scaled[name])
            entries.add(np.full(len(some), self._held_rows[held]), some, scaled[name][some])
        known = len(self.columns)
        self.columns = Columns.joined(self.columns, columns)
        self.keys = np.concatenate([self.keys, columns.keys(case, terms)])
        self._programme.add_columns(
            self._flow_cost()[known:], np.full(len(columns), np.inf), entries.all()
        )
        return len(columns)

    def aim(self, weights: Weights, worst: float = 0.0) -> None:
        """Choose the stage: what a scaled unit of each objective, and of the worst share, costs."""
        self._weights, self._worst_cost = weights, worst
        costs = np.zeros(self._programme.num_columns)
        costs[: self._num_missing] = self._wait * (
            weights.per_milli_h + weights.per_life_milli_h * self._life
        )
        costs[self._worst] = worst
        costs[self._first_breach : self._first_flow] = self._breach[self._breakable] * (
            weights.per_milli_h + weights.per_life_milli_h
        )
        costs[self._first_flow :] = self._flow_cost()
        self._programme.set_costs(np.arange(len(costs)), costs)

    def weigh_pairs(self, factor: Floats) -> None:
        """Multiply the cost of all columns from a depot to a place; shape (depots, places)."""
        self._pair_factor = factor
        self.aim(self._weights, self._worst_cost)

    def _flow_cost(self) -> Floats:
        """Return the present stage's coefficients of all flows."""
        weights, columns = self._weights, self.columns
        depot, place = self.case.stock_depot[columns.stock], self.case.demand_place[columns.demand]
        cost: Floats = (
            weights.per_milli_h * self._coefficients["waived"]
            + weights.per_life_milli_h * self._coefficients["life"]
            + weights.per_tier_g * self._coefficients["tier"]
            + weights.per_fen * self._coefficients["cost"] * self._pair_factor[depot, place]
        )
        return cost

    def limit_deprivation(self, milli_person_h: float) -> None:
        """Hold the deprivation at or below a value from now on."""
        self._hold("deprivation", milli_person_h * self._scale["deprivation"])

    def limit_life(self, milli_person_h: float) -> None:
        """Hold the deprivation of life-saving demands at or below a value from now on."""
        self._hold("life", milli_person_h * self._scale["deprivation"])

    def limit_tier(self, tier_g: float) -> None:
        """Hold the gram-tiers at or below a value from now on."""
        self._hold("tier", tier_g * self._scale["tier"])

    def limit_cost(self, fen: float) -> None:
        """Hold the cost at or below a value; only where the policy has stages after the cost."""
        self._hold("cost", fen * self._scale["cost"])

    def _hold(self, name: str, scaled: float) -> None:
        self._held[name] = scaled
        self._programme.limit_row(self._held_rows[name], scaled)

    def limit_worst(self, share: float) -> None:
        """Hold the worst share at or below a value from now on."""
        self._programme.set_upper(self._worst, share)

    def settle_group(self, group: int, share: float) -> None:
        """Take a group out of the worst share and hold its own at or below a value."""
        row = int(self._group_rows[group])
        self._settled[group] = share
        self._programme.set_entry(row, self._worst, 0.0)
        self._programme.limit_row(row, share)

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Forget all columns but some; the forgotten may be added again.

        Parameters
        ----------
        which
            Shape (columns,).
        """
        fixed = np.ones(self._first_flow, dtype=bool)
        self._programme.keep_columns(np.concatenate([fixed, which]))
        index = np.flatnonzero(which)
        self.columns = self.columns.taken(index)
        self.keys = self.keys[index]
        for name, values in self._coefficients.items():
            self._coefficients[name] = values[index]

    def marks(self) -> MasterMarks:
        """Return where the simplex stands."""
        basis = self._programme.basis()
        rows = basis.rows
        return MasterMarks(
            flows=basis.columns[self._first_flow :],
            missing=basis.columns[: self._num_missing],
            early=basis.columns[self._num_missing : self._worst],
            others=basis.columns[self._worst : self._first_flow],
            demand_rows=rows[: self._num_missing],
            limit_rows=self._by_coupling(rows[self._limit_rows]),
            held_rows=rows[self._num_missing + len(self._limit_rows) :],
        )

    def fresh_marks(self) -> MasterMarks:
        """Return the marks of an answer in which everything is missing and nothing flows."""
        num_held = len(self._held_rows) + self.groups.num
        return MasterMarks(
            flows=np.full(len(self.columns), AT_LOWER, dtype=np.int8),
            missing=np.full(self._num_missing, BASIC, dtype=np.int8),
            early=np.full(self._worst - self._num_missing, AT_LOWER, dtype=np.int8),
            others=np.full(self._first_flow - self._worst, AT_LOWER, dtype=np.int8),
            demand_rows=np.full(self._num_missing, AT_LOWER, dtype=np.int8),
            limit_rows=self._by_coupling(np.full(len(self._limit_rows), BASIC, dtype=np.int8)),
            held_rows=np.full(num_held, BASIC, dtype=np.int8),
        )

    def start_from(self, marks: MasterMarks) -> None:
        """Let the next simplex start from marks of this programme or of a like one."""
        self._programme.start_from(
            Basis(
                columns=np.concatenate([marks.missing, marks.early, marks.others, marks.flows]),
                rows=np.concatenate([marks.demand_rows, *marks.limit_rows, marks.held_rows]),
            )
        )
        self._solved = True

    def solve(
        self,
        deadline: Deadline,
        method: Method | None = None,
        *,
        most_steps: int | None = None,
    ) -> MasterAnswer:
        """Solve the model over the present columns.

        Parameters
        ----------
        deadline
            For the programme.
        method
            None for the dual simplex from nothing, and the primal one from a basis.
        most_steps
            Steps of the simplex after which to end with what there is; None for no limit.

        Raises
        ------
        SolverFailed
            If there is no answer by the deadline.
        """
        if method is None:
            method = Method.PRIMAL if self._solved else Method.DUAL
        found = self._programme.solve(method, deadline, most_steps)
        self._solved = True
        return self._told(found)

    def _told(self, found: LinearAnswer) -> MasterAnswer:
        """Return an answer in our terms."""
        case = self.case
        flow = np.maximum(found.value[self._first_flow :], 0.0)
        missing = np.maximum(found.value[: self._num_missing], 0.0)
        broken = np.zeros(len(self._limit_rows))
        broken[self._breakable] = found.value[self._first_breach : self._first_flow]
        deprivation = missing @ self._wait + flow @ self._coefficients["waived"]
        life = missing @ (self._wait * self._life) + flow @ self._coefficients["life"]
        breaches = broken[self._breakable] @ self._breach[self._breakable]
        last = missing[case.num_windows - 1 :: case.num_windows] * self._demand_parcel
        return MasterAnswer(
            columns=self.columns,
            flow_pieces=flow * self._parcel[case.stock_item[self.columns.stock]],
            missing_pieces=missing.reshape(case.demand_pieces.shape) * self._demand_parcel[:, None],
            worst_share=float(
                self.groups.shares(last)[~np.isfinite(self._settled)].max(initial=0.0)
            ),
            deprivation_milli_h=float(deprivation + breaches) / self._scale["deprivation"],
            life_milli_h=float(life + breaches) / self._scale["deprivation"],
            tier_g=float(flow @ self._coefficients["tier"]) / self._scale["tier"],
            cost_fen=float(flow @ self._coefficients["cost"]) / self._scale["cost"],
            breached=self._by_coupling(broken),
            prices=self._prices(found),
            group_dual=np.maximum(0.0, found.price[self._group_rows]),
            reduced_cost=found.reduced_cost[self._first_flow :],
            optimal=found.optimal,
        )

    def _by_coupling(self, of_rows: NDArray[T]) -> tuple[NDArray[T], ...]:
        ends = np.cumsum([len(coupling.limits) for coupling in self.model.couplings])
        return tuple(np.split(of_rows, ends[:-1]))

    def _prices(self, found: LinearAnswer) -> Prices:
        """Return the duals with their signs clamped, per piece and per unit of each row."""
        price = np.maximum(0.0, found.price)
        tight = {name: float(price[row]) for name, row in self._held_rows.items()}
        # A value that is not held has no price, whatever a tolerance says.
        tight = {name: p if np.isfinite(self._held[name]) else 0.0 for name, p in tight.items()}
        weights = Weights(
            per_milli_h=self._scale["deprivation"]
            * (self._weights.per_milli_h + tight["deprivation"]),
            per_life_milli_h=self._scale["deprivation"]
            * (self._weights.per_life_milli_h + tight["life"]),
            per_tier_g=self._scale["tier"] * (self._weights.per_tier_g + tight["tier"]),
            per_fen=self._scale["cost"] * (self._weights.per_fen + tight["cost"]),
        )
        held = sum(p * self._held[name] for name, p in tight.items() if p)
        fair = price[self._group_rows]
        settled = np.isfinite(self._settled)
        held += float(fair[settled] @ self._settled[settled])
        # The worst share must not be worth more than it costs, or no bound would hold.
        open_price = float(fair[~settled].sum())
        if open_price > self._worst_cost:
            fair = np.where(settled, fair, fair * (self._worst_cost / open_price))
        per_hour = (weights.per_milli_h + weights.per_life_milli_h) / self._scale["deprivation"]
        of_limits = np.minimum(price[self._limit_rows] * self._row_scale, self._breach_at(per_hour))
        return Prices(
            couplings=self._by_coupling(of_limits),
            demand=-found.price[: self._num_missing].reshape(self.case.demand_pieces.shape)
            / self._demand_parcel[:, None],
            weights=weights,
            missing=fair[self.groups.of_demand] * self.groups.share_of_piece,
            worth=held,
        )

    def _breach_at(self, per_hour: float) -> Floats:
        """Return what a unit above each limit costs in the present stage."""
        cost = np.full(len(self._breach), np.inf)
        cost[self._breakable] = self._breach[self._breakable] * per_hour
        return cost
