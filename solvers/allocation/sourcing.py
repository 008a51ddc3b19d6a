"""Sourcing as plain arrays: which sites to open or call on, and who is served from where.

The type onto which public cases map one to one: transportation, capacitated and uncapacitated
facility location, single sourcing, p-median, and our own question which agreement suppliers to
call when a call has a fee and a least quantity. `solvers.allocation.sourcing_search` solves it,
`solvers.allocation.sourcing_check` holds an answer to it without sharing code.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from relief.errors import Fault, InvalidInput
from relief.plan.outcome import SolveReport
from relief.sentences import Sentence, say

Floats = NDArray[np.float64]

ONE_ITEM = ("item",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourcingProblem:
    """Who may be served from where, at what cost.

    Parameters
    ----------
    site_codes, place_codes, item_codes
        Names of sites, places and items, each once; at least one of each.
    demand_pieces
        What each place needs; >= 0; shape (places, items). Parts of pieces are allowed, as public
        cases have them.
    unit_cost_yuan
        Of a piece from a site to a place; ``inf`` where it cannot go; may be negative; shape
        (sites, places, items).
    stock_pieces
        What a site has of each item; ``inf`` for no limit; shape (sites, items).
    capacity_kg
        What a site can send of all items together; ``inf`` for no limit; shape (sites,).
    piece_kg
        What a piece takes of that capacity; > 0; shape (items,). 1 where capacity counts pieces.
    opening_cost_yuan
        Paid once for a site that sends anything; >= 0; shape (sites,).
    least_kg
        A site sends nothing or at least this (minimum call-off); shape (sites,).
    unmet_cost_yuan
        Of a piece that nobody sends, shape (places, items). None where everything is to be served
        that can be: then the kilograms left unserved are minimised before the cost.
    max_open
        How many sites may be open at most; None for all.
    single_source
        Whether each place gets all of an item from one site or nothing.

    Raises
    ------
    InvalidInput
        With every wrong shape, repeated code and impossible number.
    """

    site_codes: tuple[str, ...]
    place_codes: tuple[str, ...]
    demand_pieces: Floats
    unit_cost_yuan: Floats
    stock_pieces: Floats
    capacity_kg: Floats
    opening_cost_yuan: Floats
    least_kg: Floats
    piece_kg: Floats = field(default_factory=lambda: np.ones(1))
    item_codes: tuple[str, ...] = ONE_ITEM
    unmet_cost_yuan: Floats | None = None
    max_open: int | None = None
    single_source: bool = False

    def __post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise InvalidInput(*faults)
        for array in (*_arrays(self).values(), self.unmet_cost_yuan):
            if array is not None:
                array.setflags(write=False)

    @classmethod
    def of(
        cls,
        *,
        demand_pieces: Sequence[float] | Floats,
        unit_cost_yuan: Sequence[Sequence[float]] | Floats,
        capacity: Sequence[float] | Floats | None = None,
        opening_cost_yuan: Sequence[float] | Floats | None = None,
        least: Sequence[float] | Floats | None = None,
        max_open: int | None = None,
        single_source: bool = False,
    ) -> "SourcingProblem":
        """Return a problem with one item, given as in most public cases.

        Parameters
        ----------
        demand_pieces
            Shape (places,).
        unit_cost_yuan
            Shape (sites, places).
        capacity, opening_cost_yuan, least
            In pieces, yuan and pieces; shape (sites,); None for no limit, no cost, no least use.
        max_open, single_source
            As in the class.

        Examples
        --------
        >>> problem = SourcingProblem.of(
        ...     demand_pieces=[30, 20], unit_cost_yuan=[[1, 4], [3, 2]], capacity=[40, 25]
        ... )
        >>> problem.site_codes, problem.num_arcs
        (('1', '2'), 4)
        """
        cost = np.array(unit_cost_yuan, dtype=np.float64)
        num_sites, num_places = cost.shape

        def per_site(given: Sequence[float] | Floats | None, otherwise: float) -> Floats:
            return np.full(num_sites, otherwise) if given is None else np.array(given, dtype=float)

        return cls(
            site_codes=tuple(str(number) for number in range(1, num_sites + 1)),
            place_codes=tuple(str(number) for number in range(1, num_places + 1)),
            demand_pieces=np.array(demand_pieces, dtype=np.float64)[:, None],
            unit_cost_yuan=cost[:, :, None],
            stock_pieces=np.full((num_sites, 1), np.inf),
            capacity_kg=per_site(capacity, np.inf),
            opening_cost_yuan=per_site(opening_cost_yuan, 0.0),
            least_kg=per_site(least, 0.0),
            max_open=max_open,
            single_source=single_source,
        )

    @property
    def num_arcs(self) -> int:
        """How many ways there are from a site to a place with a need of an item."""
        return int(np.count_nonzero(np.isfinite(self.unit_cost_yuan) & (self.demand_pieces > 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Pieces of an item from a site to a place; in parts of pieces, as the problem has them."""

    site_code: str
    place_code: str
    item_code: str
    sent_pieces: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """Pieces that nobody sends, and why."""

    place_code: str
    item_code: str
    missing_pieces: float
    because: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourcing:
    """An answer to a `SourcingProblem`.

    Parameters
    ----------
    open_sites
        Codes of the sites that send something, in the problem's order.
    flows
        Who is served from where; every one above zero.
    unserved
        What is not; empty where everything is.
    cost_yuan
        Opening, sending and what is unmet, at the problem's prices.
    bound_yuan
        No answer that leaves as little unserved costs less; None where nothing is proven.
    report
        What the solver did.
    """

    open_sites: tuple[str, ...]
    flows: tuple[Flow, ...]
    unserved: tuple[Unserved, ...]
    cost_yuan: float
    bound_yuan: float | None
    report: SolveReport


def _arrays(problem: SourcingProblem) -> dict[str, Floats]:
    return {
        "demand_pieces": problem.demand_pieces,
        "unit_cost_yuan": problem.unit_cost_yuan,
        "stock_pieces": problem.stock_pieces,
        "capacity_kg": problem.capacity_kg,
        "piece_kg": problem.piece_kg,
        "opening_cost_yuan": problem.opening_cost_yuan,
        "least_kg": problem.least_kg,
    }


def _faults(problem: SourcingProblem) -> Iterator[Fault]:
    sites, places, items = problem.site_codes, problem.place_codes, problem.item_codes
    for name, codes in (("site_codes", sites), ("place_codes", places), ("item_codes", items)):
        yield from _code_faults(name, codes)
    shapes = {
        "demand_pieces": (len(places), len(items)),
        "unit_cost_yuan": (len(sites), len(places), len(items)),
        "stock_pieces": (len(sites), len(items)),
        "capacity_kg": (len(sites),),
        "piece_kg": (len(items),),
        "opening_cost_yuan": (len(sites),),
        "least_kg": (len(sites),),
        "unmet_cost_yuan": (len(places), len(items)),
    }
    arrays = _arrays(problem)
    if problem.unmet_cost_yuan is not None:
        arrays["unmet_cost_yuan"] = problem.unmet_cost_yuan
    sound = True
    for name, array in arrays.items():
        if array.shape != shapes[name]:
            sound = False
            yield _fault(
                name, str(array.shape), say("The array has another shape."), str(shapes[name])
            )
            continue
        yield from _number_faults(name, array)
    if problem.max_open is not None and problem.max_open < 0:
        yield _fault("max_open", str(problem.max_open), say("Fewer than no sites."), ">= 0")
    if sound:
        yield from _least_faults(problem)


def _code_faults(name: str, codes: tuple[str, ...]) -> Iterator[Fault]:
    if not codes:
        yield _fault(name, "", say("There is none."), "at least one")
    for code, num in Counter(codes).items():
        if num > 1:
            yield _fault(name, code, say("Given {num} times.", num=num), "each once")


def _number_faults(name: str, array: Floats) -> Iterator[Fault]:
    """Yield a fault for every entry that its array does not allow."""
    endless = name in ("unit_cost_yuan", "stock_pieces", "capacity_kg")
    bad = np.isnan(array) | np.isneginf(array)
    if not endless:
        bad |= np.isinf(array)
    if name == "piece_kg":
        bad |= array <= 0
    elif name != "unit_cost_yuan":
        bad |= array < 0
    least = ">" if name == "piece_kg" else ">="
    allowed = "a number or inf" if name == "unit_cost_yuan" else f"{least} 0"
    for index in np.argwhere(bad).tolist():
        place = ", ".join(str(i) for i in index)
        yield _fault(
            f"{name}[{place}]", str(array[tuple(index)]), say("Not a possible number."), allowed
        )


def _least_faults(problem: SourcingProblem) -> Iterator[Fault]:
    most = np.minimum(
        problem.capacity_kg,
        np.where(np.isfinite(problem.stock_pieces), problem.stock_pieces, np.inf)
        @ problem.piece_kg,
    )
    for site in np.flatnonzero(problem.least_kg > most).tolist():
        yield _fault(
            f"least_kg[{site}]",
            str(problem.least_kg[site]),
            say(
                "Site {site} must send more than it can, or nothing.",
                site=problem.site_codes[site],
            ),
            f"<= {most[site]}",
        )


def _fault(field_name: str, value: str, what: Sentence, allowed: str) -> Fault:
    return Fault(
        where="sourcing problem",
        field=field_name,
        value=value,
        what=what,
        allowed=allowed,
        remedy=say("Correct the entry."),
    )
