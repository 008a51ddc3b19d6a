"""What goes from where to where: the result of the allocation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from relief.items import Priority
from relief.plan.orders import OrderSlack
from relief.plan.outcome import SolveReport
from relief.plan.situation import Situation
from relief.sentences import Sentence


class ShortfallReason(StrEnum):
    """Why pieces are not there in time."""

    NO_STOCK = "no-stock"
    """No usable stock is left anywhere within reach."""
    NO_ROAD = "no-road"
    """No depot has an open road to the place."""
    TOO_FAR = "too-far"
    """Stock is left, but none that can arrive in time."""
    TRUCKS = "trucks"
    """Stock is left within reach, but the trucks are busy."""
    ROUTING = "routing"
    """Allocated, but no real truck could carry it in time."""
    COOLING = "cooling"
    """Goods need a cooled body, and no vehicle with one can bring them."""
    LEAD_TIME = "lead-time"
    """Goods can still be had, but lie ready too late to arrive in time."""
    RECEIVING = "receiving"
    """The place cannot take in more in time."""
    MONEY = "money"
    """Goods could be called, but not paid."""
    POLICY = "policy"
    """A rule or an order keeps stock back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """Pieces of one lot for one place, to arrive by the end of a window.

    Parameters
    ----------
    lot_code, depot_code, item_code
        What, from where.
    place_code
        Where to.
    pieces
        How many; >= 1.
    window
        Index of the arrival window in `PlanningPolicy.window_ends`.
    ready_after
        The earliest loading after the start: goods that are still to be made, given or bought
        lie ready only then; whole seconds, >= 0.
    hub_code
        The hub at which the pieces change vehicles; empty where one vehicle brings them all the
        way. Then `ready_after` tells when the first of them lie ready there.
    """

    lot_code: str
    depot_code: str
    item_code: str
    place_code: str
    pieces: int
    window: int
    ready_after: timedelta = timedelta(0)
    hub_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Pieces of a need that are not there when due.

    Parameters
    ----------
    place_code, item_code, due_at
        The need.
    missing_pieces
        Never delivered within the horizon.
    late_pieces
        Delivered within the horizon, but in a later window than the due one.
    reason
        What binds.
    because
        The reason as a sentence with its numbers.
    """

    place_code: str
    item_code: str
    due_at: datetime
    missing_pieces: int
    late_pieces: int
    reason: ShortfallReason
    because: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessProof:
    """Who is served worst, and that it cannot be changed by much.

    Parameters
    ----------
    county_code, priority
        The worst-served group: needs of one priority in one county.
    unserved_ppm
        Share of its weighted need that the allocation leaves unserved, in millionths, rounded up.
    proven_ppm
        In every plan with no more deprivation some group goes without at least so much of its
        need, in millionths, rounded down.
    """

    county_code: str
    priority: Priority
    unserved_ppm: int
    proven_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """An answer of an allocator.

    Parameters
    ----------
    consignments
        What is to move; at most one for each (lot, place, window, hub).
    shortfalls
        What is not, with the reason; at most one for each need.
    deprivation_bound_milli_person_h
        A proven lower bound on the weighted deprivation (measure 1 of
        `relief.plan.measures`) of *every* plan for this situation, None where nothing is proven.
    report
        What the solver did.
    order_slacks
        Orders that cannot all be met, as few as possible, and what they lack.
    fairness
        The worst-served group with its proof, None where nobody goes without or nothing is proven.
    """

    consignments: tuple[Consignment, ...]
    shortfalls: tuple[Shortfall, ...]
    deprivation_bound_milli_person_h: int | None
    report: SolveReport
    order_slacks: tuple[OrderSlack, ...] = ()
    fairness: FairnessProof | None = None


class Allocator(Protocol):
    """Something that allocates stock to needs. Built with its limits, seed and progress."""

    def allocate(self, situation: Situation) -> Allocation:
        """Return an allocation. A shortage is part of the answer, never an error."""
        ...
