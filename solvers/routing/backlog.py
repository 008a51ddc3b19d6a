"""What no truck carries yet."""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol, Self

from solvers.routing.demand import Demand, Lines, Load

Order = tuple[int, int]
"""Location indices of depot and place: all that one sends to the other."""


class AnyBacklog(Protocol):
    """What is left to carry, wherever it comes from."""

    @property
    def orders(self) -> Collection[Order]:
        """All orders of which something may be left."""
        ...

    def lines(self, order: Order) -> Lines:
        """Return what is left of an order, the most urgent first."""
        ...

    def carry(self, load: Load) -> None:
        """Count a load as carried."""
        ...

    def drop(self, load: Load) -> None:
        """Count a load as not carried after all."""
        ...

    def cost(self) -> int:
        """Return the deprivation if nobody ever carries what is left."""
        ...


class Backlog:
    """What no truck carries yet, by order.

    Parameters
    ----------
    demand
        The portions.
    lines
        Portions and pieces to begin with.
    """

    def __init__(self, demand: Demand, lines: Iterable[tuple[int, int]]) -> None:
        self._demand = demand
        self._orders: dict[Order, dict[int, int]] = {}
        self.give_back(lines)

    @classmethod
    def everything(cls, demand: Demand) -> Self:
        """Return a backlog of all portions."""
        return cls(demand, ((n, portion.pieces) for n, portion in enumerate(demand.portions)))

    @property
    def orders(self) -> Collection[Order]:
        """All orders of which something is left."""
        return self._orders.keys()

    def lines(self, order: Order) -> Lines:
        """Return what is left of an order, the most urgent first."""
        left = self._orders.get(order)
        if not left:
            return ()
        urgency = self._demand.urgency
        return tuple(sorted(left.items(), key=lambda line: urgency[line[0]]))

    def all_lines(self) -> Iterator[tuple[int, int]]:
        """Yield everything that is left."""
        for left in self._orders.values():
            yield from left.items()

    def take(self, lines: Iterable[tuple[int, int]]) -> None:
        """Count lines as carried."""
        for number, pieces in lines:
            portion = self._demand.portions[number]
            order = (portion.depot, portion.place)
            left = self._orders[order]
            left[number] -= pieces
            if left[number] == 0:
                del left[number]
                if not left:
                    del self._orders[order]

    def give_back(self, lines: Iterable[tuple[int, int]]) -> None:
        """Count lines as not carried after all."""
        for number, pieces in lines:
            if pieces:
                portion = self._demand.portions[number]
                left = self._orders.setdefault((portion.depot, portion.place), {})
                left[number] = left.get(number, 0) + pieces

    def carry(self, load: Load) -> None:
        """Count a load as carried."""
        self.take(load.lines)

    def drop(self, load: Load) -> None:
        """Count a load as not carried after all."""
        self.give_back(load.lines)

    def cost(self) -> int:
        """Return the deprivation if nobody ever carries it."""
        return self._demand.cost_of(self.all_lines(), None)
