"""Donations: goods that somebody gives, for whom and until when the giver says."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from relief.errors import Fault
from relief.places import Evidence, Tier
from relief.sentences import say
from relief.supply.stock import Custody, Lot

NO_TIME = timedelta(0)
SECOND = timedelta(seconds=1)
COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """Pieces of one item that are offered on conditions.

    Parameters
    ----------
    code
        Unique among offers and donations.
    donor_zh, donor_en
        Who gives.
    depot_code, item_code, pieces
        Where the trucks load them, what and how many.
    ready_after
        Earliest loading after the start of the plan.
    place_codes
        The counties and townships for which they are meant, a county standing for all of its
        townships; empty for anybody.
    accept_by
        Until when after the start the giver must have the answer; None without a limit. An offer
        that has lapsed before the start is not used.
    expires_on
        The last day of use; None if they do not expire.
    evidence, source
        Whether the offer is published (or the user's own), or modelled, and by which rule.
    """

    code: str
    donor_zh: str
    donor_en: str
    depot_code: str
    item_code: str
    pieces: int
    ready_after: timedelta = NO_TIME
    place_codes: tuple[str, ...] = ()
    accept_by: timedelta | None = None
    expires_on: date | None = None
    evidence: Evidence
    source: str

    def is_for(self, place_code: str) -> bool:
        """Return whether the giver lets a county or township have them."""
        return not self.place_codes or bool(
            {place_code, place_code[:COUNTY_DIGITS]} & set(self.place_codes)
        )

    def lots(self, until: timedelta) -> tuple[Lot, ...]:
        """Return the lot of the donation, none if it has lapsed or comes too late.

        Parameters
        ----------
        until
            The end of the plan after its start.
        """
        lapsed = self.accept_by is not None and self.accept_by < NO_TIME
        if lapsed or self.ready_after >= until:
            return ()
        return (
            Lot(
                code=f"{self.code}/1",
                depot_code=self.depot_code,
                item_code=self.item_code,
                pieces=self.pieces,
                owner=Tier.DONOR,
                expires_on=self.expires_on,
                custody=Custody.SUPPLIER,
                evidence=self.evidence,
                source=self.source,
                ready_after=self.ready_after,
                offer_code=self.code,
            ),
        )


def donation_faults(
    donation: Donation, depot_codes: Collection[str], item_codes: Collection[str]
) -> Iterator[Fault]:
    """Yield what is wrong with a donation among depots and items."""
    where = f"donation {donation.code}"
    for field, code, known in (
        ("depot_code", donation.depot_code, depot_codes),
        ("item_code", donation.item_code, item_codes),
    ):
        if code not in known:
            yield Fault(
                where=where,
                field=field,
                value=code,
                what=say("Named here, but not part of the situation."),
                allowed="a code that the situation holds",
                remedy=say("Add it or correct the code."),
            )
    if donation.pieces < 1 or donation.ready_after < NO_TIME or donation.ready_after % SECOND:
        yield Fault(
            where=where,
            field="pieces, ready_after",
            value=f"{donation.pieces}, {donation.ready_after}",
            what=say("Nothing is given, or it is ready before the start or at no whole second."),
            allowed=">= 1 piece; >= 0 s",
            remedy=say("Correct the donation or leave it out."),
        )
