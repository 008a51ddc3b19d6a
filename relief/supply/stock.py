"""Stock: lots of one item in one depot."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from relief.places import Evidence, Tier


class Custody(StrEnum):
    """Who holds the goods."""

    DEPOT = "depot"
    """In the depot itself."""
    SUPPLIER = "supplier"
    """Government-owned goods kept and rotated by an enterprise near the depot (代储)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPart:
    """So many pieces of another lot that go into each piece of a made-up lot; >= 1."""

    lot_code: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Pieces of one item that came in together and expire together.

    Parameters
    ----------
    code
        Unique in the network.
    depot_code, item_code
        Where it lies and what it is.
    pieces
        On hand.
    committed_pieces
        Of these, promised to something else; not to be planned.
    owner
        The level whose stock it is. The Wuhan depot holds provincial and central lots.
    expires_on
        The last day of use; None if it does not expire.
    custody
        Who holds it.
    evidence, source
        Whether the quantity is published or modelled, and by whom or by which rule.
    ready_after
        Earliest loading after the start of the plan, where the goods are still to come; whole
        seconds, >= 0.
    offer_code
        The offer (`relief.supply.offers`) of which this is a part; empty for what is in store.
    parts
        Of a lot that is made up when it is loaded, from lots of the same depot: kits, and sets of
        a substitute. Then `pieces` is what could be made up if nothing else were taken from these.
        Empty for goods that lie there as they are.
    """

    code: str
    depot_code: str
    item_code: str
    pieces: int
    committed_pieces: int = 0
    owner: Tier
    expires_on: date | None = None
    custody: Custody = Custody.DEPOT
    evidence: Evidence
    source: str
    ready_after: timedelta = timedelta(0)
    offer_code: str = ""
    parts: tuple[LotPart, ...] = ()

    @property
    def available_pieces(self) -> int:
        """Pieces on hand that nothing else has been promised."""
        return self.pieces - self.committed_pieces
