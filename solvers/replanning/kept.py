"""What of an old plan goes on: its trips, their lines, and what had to be changed of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """Pieces of a lot for a place.

    Parameters
    ----------
    lot_code, item_code, pieces
        What.
    is_on_board
        Whether they are on the truck already.
    ready_after
        Earliest loading, as consigned.
    """

    lot_code: str
    item_code: str
    pieces: int
    is_on_board: bool
    ready_after: timedelta = NO_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDrop:
    """What is to be unloaded at a place."""

    place_code: str
    lines: tuple[KeptLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTrip:
    """The rest of a trip.

    Parameters
    ----------
    number
        Its waybill.
    depot_codes
        Where it still has to load.
    drops
        Where it still has to unload.
    window
        The window in which the last plan had its last arrival.
    has_begun
        Whether something of it is on board.
    is_changed
        Whether it had to be cut or redirected.
    is_chosen
        Whether goods of it were redirected by choice.
    """

    number: str
    depot_codes: tuple[str, ...]
    drops: tuple[KeptDrop, ...]
    window: int
    has_begun: bool
    is_changed: bool = False
    is_chosen: bool = False

    @property
    def stop_codes(self) -> tuple[str, ...]:
        """Where it leads, in order."""
        return (*self.depot_codes, *(drop.place_code for drop in self.drops))

    @property
    def errand(self) -> tuple[tuple[str, ...], dict[str, Counter[str]]]:
        """Where it loads, and what it brings where; the same again is no change."""
        brought: dict[str, Counter[str]] = {}
        for drop in self.drops:
            lots = brought.setdefault(drop.place_code, Counter())
            for line in drop.lines:
                lots[line.lot_code] += line.pieces
        return self.depot_codes, brought


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirection:
    """Goods on board that are to go elsewhere by choice.

    Parameters
    ----------
    vehicle_code
        The truck.
    from_code, to_code
        Where they were bound, and where they are to go.
    pieces
        Pairs of item and pieces.
    """

    vehicle_code: str
    from_code: str
    to_code: str
    pieces: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The rest of an old plan as far as it can still be done.

    Parameters
    ----------
    trips
        Under the truck's code.
    forced_waybills
        Waybills that had to be changed or voided.
    forced_drivers
        Trucks whose drivers must be told of that; those that have broken down are not among them.
    stranded_pieces
        Pieces that stay on board, by truck.
    chosen_waybills, chosen_drivers
        Waybills of which goods are redirected by choice, and the trucks, those that had to be told
        anyway left out.
    """

    trips: dict[str, tuple[KeptTrip, ...]]
    forced_waybills: frozenset[str]
    forced_drivers: frozenset[str]
    stranded_pieces: dict[str, int]
    chosen_waybills: frozenset[str] = frozenset()
    chosen_drivers: frozenset[str] = frozenset()
