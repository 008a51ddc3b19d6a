"""What to keep for next time: scenarios of need, terms of keeping, and the plan for both.

Goods can be kept physically in depots, held under agreement with suppliers, or bought on the spot
once the disaster is there. What must be there in the first day can only come from a depot.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from relief.plan.outcome import SolveReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveTerms:
    """What it costs to keep, call, buy and lack one item; shares are of its price.

    Parameters
    ----------
    item_code
        Which item.
    price_fen
        Price of a piece.
    freight_fen_per_h
        Cost of carrying a piece for an hour.
    holding_share
        Cost of keeping a piece for a year: storage and what its ageing writes off.
    fee_share
        Fee a year for a piece reserved under agreement.
    call_share, call_lead_h
        Price of a called piece, delivered, and the time from the call to the loaded truck.
    spot_share, spot_lead_h
        Price of a piece bought on the spot, delivered, and the time until it is there.
    spot_limit_share
        How much of all that a scenario needs the market can sell.
    late_share, never_share
        What it counts when a piece misses its due time and comes by the next, and when it never
        comes. These are the planner's prices of deprivation, not money that is spent.
    source
        Where the shares come from.
    """

    item_code: str
    price_fen: int
    freight_fen_per_h: float
    holding_share: float
    fee_share: float
    call_share: float
    call_lead_h: float
    spot_share: float
    spot_lead_h: float
    spot_limit_share: float
    late_share: float
    never_share: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScenarioEnsemble:
    """What might happen: needs, lost depots and cut roads, scenario by scenario.

    Parameters
    ----------
    names
        One line on each scenario; W of them, all equally likely.
    county_codes, item_codes, depot_codes
        C counties, K items, S depots: the order of the axes.
    supplier_codes
        P depots at which an agreement supplier stands; a subset of `depot_codes`.
    due_h
        J due times after the disaster, ascending.
    need_pieces
        Read-only int array (W, J, C, K): needed by each due time, beyond the one before.
    depot_survives
        Read-only bool array (W, S): whether the depot's stock can be used.
    drive_h
        Read-only float array (W, S, C): driving from depot to county on the roads that are left,
        ``inf`` where none is.
    handling_h
        From the order to the loaded truck at the gate.
    events_per_year
        How often such a disaster is expected.
    seed
        The seed of all draws.
    """

    names: tuple[str, ...]
    county_codes: tuple[str, ...]
    item_codes: tuple[str, ...]
    depot_codes: tuple[str, ...]
    supplier_codes: tuple[str, ...]
    due_h: tuple[float, ...]
    need_pieces: NDArray[np.int64]
    depot_survives: NDArray[np.bool_]
    drive_h: NDArray[np.float64]
    handling_h: float
    events_per_year: float
    seed: int

    def __post_init__(self) -> None:
        num_w, num_s, num_c = len(self.names), len(self.depot_codes), len(self.county_codes)
        num_k = len(self.item_codes)
        shapes = {
            "need_pieces": (num_w, len(self.due_h), num_c, num_k),
            "depot_survives": (num_w, num_s),
            "drive_h": (num_w, num_s, num_c),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                msg = f"{name} has shape {array.shape}, expected {shape}."
                raise ValueError(msg)
            array.setflags(write=False)
        if (self.need_pieces < 0).any():
            msg = "need_pieces holds negative counts; a need is >= 0 pieces."
            raise ValueError(msg)
        strangers = sorted(set(self.supplier_codes) - set(self.depot_codes))
        if strangers:
            msg = f"Suppliers at {strangers}, which are not among the depots of the ensemble."
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReserveChoice:
    """What is kept.

    Parameters
    ----------
    physical_pieces
        Read-only int array (S, K): in depots.
    agreement_pieces
        Read-only int array (P, K): reserved with suppliers.
    """

    physical_pieces: NDArray[np.int64]
    agreement_pieces: NDArray[np.int64]

    def __post_init__(self) -> None:
        self.physical_pieces.setflags(write=False)
        self.agreement_pieces.setflags(write=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReservePlan:
    """A choice, and what the planner's model says of it.

    Parameters
    ----------
    choice
        What is kept, in whole pieces.
    yearly_cost_fen
        Expected cost a year in the ensemble it was made for, shortage prices included.
    reports
        What the solver did, item by item.
    """

    choice: ReserveChoice
    yearly_cost_fen: float
    reports: tuple[SolveReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReserveOutcome:
    """How a choice fares in an ensemble.

    Parameters
    ----------
    keeping_fen
        Cost a year of keeping stock and agreements.
    using_fen
        Expected cost a year of calling, buying and replacing what was used.
    short_fen
        Expected shortage a year at the planner's prices; no money.
    timely_share
        Float array (W, J, K): share of what is due by each time that is there by then; 1 where
        nothing is due.
    total_share
        Float array (W, K): share of all need that is ever met.
    called_pieces, bought_pieces
        Float arrays (W, K): called under agreement and bought on the spot.
    """

    keeping_fen: float
    using_fen: float
    short_fen: float
    timely_share: NDArray[np.float64]
    total_share: NDArray[np.float64]
    called_pieces: NDArray[np.float64]
    bought_pieces: NDArray[np.float64]


class ReservePlanner(Protocol):
    """Something that chooses what to keep. Built with its limits and progress."""

    def plan(self, ensemble: ScenarioEnsemble, terms: tuple[ReserveTerms, ...]) -> ReservePlan:
        """Return the choice of least expected yearly cost, shortage prices included."""
        ...

    def evaluate(
        self, choice: ReserveChoice, ensemble: ScenarioEnsemble, terms: tuple[ReserveTerms, ...]
    ) -> ReserveOutcome:
        """Return how a choice fares, each scenario met as well as it can be."""
        ...
