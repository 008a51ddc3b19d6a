"""Columns that helped once, kept by name: where the next solution of a like case starts.

A what-if, a new report or a replan changes quantities, loses a depot or a road; most of what was
worth sending stays worth sending. A pool keeps the columns that an optimum came near to using, and
where the simplex method stood, under names that survive such changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.inside import Inside, Known
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.linear import AT_LOWER, BASIC, Marks

KEPT_COST = 1.0
"""Columns with a higher reduced cost, where the dearest parcel costs 1,000, are left out."""

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptColumns:
    """Columns and marks of one model.

    Parameters
    ----------
    stocks, demands
        Names of the stocks and demands of the case.
    columns
        Columns in indices of these names.
    flow_marks
        Where the simplex stood at each column; shape (columns,).
    missing_marks, early_marks, row_marks
        At the pieces missing and early after each window, and at the rows of demands; shape
        (demands, windows), `early_marks` without the last window.
    limit_marks
        At the rows of each coupling, by its name.
    """

    stocks: Names
    demands: Names
    columns: Columns
    flow_marks: Marks
    missing_marks: Marks
    early_marks: Marks
    row_marks: Marks
    limit_marks: dict[str, Marks]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptInside:
    """Flows and prices of one model that was solved from the inside.

    Parameters
    ----------
    stocks, demands
        Names of the stocks and demands of the case.
    columns, flow_pieces
        Columns in indices of these names, and what flows on them.
    limits
        Price of a unit of each limit, in weighted milli-person-hours, by the coupling's name.
    """

    stocks: Names
    demands: Names
    columns: Columns
    flow_pieces: Floats
    limits: dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnPool:
    """What several models keep, each under its name: a box to be filled. It can be pickled.

    Parameters
    ----------
    kept
        The columns of each model solved by the simplex.
    inside
        What each model solved from the inside left.
    """

    kept: dict[str, KeptColumns] = field(default_factory=dict)
    inside: dict[str, KeptInside] = field(default_factory=dict)

    def keep_inside(self, name: str, model: AllocationModel, found: Inside) -> None:
        """Keep where a model ended that was solved from the inside."""
        which = np.flatnonzero(found.near)
        self.inside[name] = KeptInside(
            stocks=stock_names(model.case),
            demands=demand_names(model.case),
            columns=found.columns.taken(which),
            flow_pieces=found.flow_pieces[which],
            limits={
                coupling.name: prices
                for coupling, prices in zip(model.couplings, found.prices.couplings, strict=True)
            },
        )

    def known(self, name: str, model: AllocationModel) -> Known | None:
        """Return where a like model may begin from the inside; None if nothing was kept."""
        kept = self.inside.get(name)
        if kept is None:
            return None
        columns, good = in_case(kept.stocks, kept.demands, kept.columns, model.case)
        prices = []
        for coupling in model.couplings:
            mine = np.zeros(len(coupling.limits))
            old = kept.limits.get(coupling.name)
            if old is not None and coupling.name == "stock":
                new = _renamed(kept.stocks, stock_names(model.case))
                mine[new[new >= 0]] = old[new >= 0]
            elif old is not None and len(old) == len(mine):
                mine = np.minimum(old, coupling.breach_milli_h)
            prices.append(mine)
        return Known(
            limits=np.concatenate(prices), columns=columns, flow_pieces=kept.flow_pieces[good]
        )

    def keep(self, name: str, master: RestrictedMaster, answer: MasterAnswer) -> None:
        """Keep what a model's answer came near to using.

        Parameters
        ----------
        name
            Of the model.
        master, answer
            The model and its last answer.
        """
        case = master.case
        marks = master.marks()
        # Columns that came after the answer stand at the end; nobody knows yet what they are worth.
        flows = marks.flows[: len(answer.columns)]
        near = (answer.reduced_cost <= KEPT_COST) | (flows == BASIC)
        which = np.flatnonzero(near)
        shape = (case.num_demands, case.num_windows)
        self.kept[name] = KeptColumns(
            stocks=stock_names(case),
            demands=demand_names(case),
            columns=answer.columns.taken(which),
            flow_marks=flows[which],
            missing_marks=marks.missing.reshape(shape),
            early_marks=marks.early.reshape(case.num_demands, case.num_windows - 1),
            row_marks=marks.demand_rows.reshape(shape),
            limit_marks={
                coupling.name: of_rows
                for coupling, of_rows in zip(master.model.couplings, marks.limit_rows, strict=True)
            },
        )

    def columns(self, name: str, case: AllocationCase) -> Columns:
        """Return the columns of a model that a case still has; none if nothing was kept."""
        kept = self.kept.get(name)
        if kept is None:
            return Columns.none()
        return _present(kept, case)[0]

    def lead(self, name: str, master: RestrictedMaster) -> bool:
        """Let a master start where the kept model stood; return whether there was one.

        Parameters
        ----------
        name
            Of the kept model.
        master
            Of the new case, with the kept columns that it still has among its columns.
        """
        kept = self.kept.get(name)
        if kept is None:
            return False
        model, case = master.model, master.case
        columns, marks = _present(kept, case)
        keys = columns.keys(case, model.terms)
        order = np.argsort(keys, kind="stable")
        at = np.searchsorted(keys[order], master.keys)
        at = np.minimum(at, max(0, len(keys) - 1))
        flows = np.full(len(master.keys), AT_LOWER, dtype=np.int8)
        if len(keys):
            known = keys[order][at] == master.keys
            flows[known] = marks[order][at][known]
        fresh = master.fresh_marks()
        place = {demand: index for index, demand in enumerate(kept.demands)}
        here = np.array([place.get(demand, -1) for demand in demand_names(case)])
        again = here >= 0
        same_windows = kept.missing_marks.shape[1] == case.num_windows
        if same_windows:
            missing = fresh.missing.reshape(case.num_demands, -1)
            missing[again] = kept.missing_marks[here[again]]
            early = fresh.early.reshape(case.num_demands, -1)
            early[again] = kept.early_marks[here[again]]
            rows = fresh.demand_rows.reshape(case.num_demands, -1)
            rows[again] = kept.row_marks[here[again]]
        master.start_from(
            fresh.with_flows(flows).with_limits(_limit_marks(kept, model, fresh.limit_rows))
        )
        return True


def _limit_marks(
    kept: KeptColumns, model: AllocationModel, fresh: tuple[Marks, ...]
) -> tuple[Marks, ...]:
    """Return the marks of the couplings' rows, those of stocks by name, others if as many."""
    found = []
    for coupling, marks in zip(model.couplings, fresh, strict=True):
        old = kept.limit_marks.get(coupling.name)
        if old is not None and coupling.name == "stock":
            place = {stock: index for index, stock in enumerate(kept.stocks)}
            here = np.array([place.get(stock, -1) for stock in stock_names(model.case)])
            marks[here >= 0] = old[here[here >= 0]]
        elif old is not None and len(old) == len(marks):
            marks[:] = old
        found.append(marks)
    return tuple(found)


def _present(kept: KeptColumns, case: AllocationCase) -> tuple[Columns, Marks]:
    """Return the kept columns whose stock and demand a case has, in its indices."""
    columns, good = in_case(kept.stocks, kept.demands, kept.columns, case)
    return columns, kept.flow_marks[good]


def in_case(
    stocks: Names, demands: Names, columns: Columns, case: AllocationCase
) -> tuple[Columns, NDArray[np.bool_]]:
    """Return the columns that a case has, in its indices, and which of them those are."""
    stock = _renamed(stocks, stock_names(case))[columns.stock]
    demand = _renamed(demands, demand_names(case))[columns.demand]
    good = (stock >= 0) & (demand >= 0) & (columns.window < case.num_windows)
    renamed = Columns(stock=stock, demand=demand, window=columns.window, service=columns.service)
    return renamed.taken(np.flatnonzero(good)), good


def _renamed(old: Names, new: Names) -> Ints:
    """Return the new index of each old name, -1 where it is gone."""
    place = {name: index for index, name in enumerate(new)}
    return np.array([place.get(name, -1) for name in old], dtype=np.int64)


def stock_names(case: AllocationCase) -> Names:
    """Return a name for each stock: depot, item, owner, and what else tells stocks apart."""
    return _numbered(
        f"{case.depot_codes[depot]}/{case.item_codes[item]}/{tier}"
        for depot, item, tier in zip(
            case.stock_depot.tolist(),
            case.stock_item.tolist(),
            case.stock_tier.tolist(),
            strict=True,
        )
    )


def demand_names(case: AllocationCase) -> Names:
    """Return a name for each demand: place, item, priority."""
    return _numbered(
        f"{case.place_codes[place]}/{case.item_codes[item]}/{priority}"
        for place, item, priority in zip(
            case.demand_place.tolist(),
            case.demand_item.tolist(),
            case.demand_priority.tolist(),
            strict=True,
        )
    )


def _numbered(names: Iterable[str]) -> Names:
    """Return the names, those that come again with their number behind."""
    times: dict[str, int] = {}
    found = []
    for name in names:
        number = times.get(name, 0)
        times[name] = number + 1
        found.append(f"{name}/{number}" if number else name)
    return tuple(found)
