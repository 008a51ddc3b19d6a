"""The tables of agreements, spot purchases and donations in a network folder."""

import re
from collections.abc import Collection
from datetime import timedelta

from relief.sentences import say
from relief.supply.donations import Donation
from relief.supply.offers import Agreement, OfferKind, PriceStep, agreement_faults
from relief.supply.reading import FolderReading
from relief.supply.records import Record, refuse_repeated
from relief.units import FEN_PER_YUAN, SECONDS_PER_HOUR

AGREEMENTS = "agreements.csv"
"""A folder need not have this table."""
AGREEMENT_COLUMNS = (
    "code",
    "supplier_zh",
    "supplier_en",
    "depot_code",
    "item_code",
    "reserved_pieces",
    "least_call_pieces",
    "notice_hours",
    "lead_hours",
    "batch_pieces",
    "batch_hours",
    "prices_yuan",
    "call_yuan",
    "uncalled_yuan",
    "evidence",
    "source",
)
SPOT = "spot.csv"
"""A folder need not have this table."""
SPOT_COLUMNS = (
    "code",
    "seller_zh",
    "seller_en",
    "depot_code",
    "item_code",
    "pieces",
    "lead_hours",
    "price_yuan",
    "evidence",
    "source",
)
DONATIONS = "donations.csv"
"""A folder need not have this table either."""
DONATION_COLUMNS = (
    "code",
    "donor_zh",
    "donor_en",
    "depot_code",
    "item_code",
    "pieces",
    "ready_hours",
    "place_codes",
    "accept_hours",
    "expires_on",
    "evidence",
    "source",
)
_MOST_HOURS = 2_160
_CORRECT = say("Correct the cell.")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_PLACE_CODE = re.compile(r"\d{6}(\d{3})?")
_STEP = re.compile(r"([0-9]{1,9}) *: *([0-9]{1,7})(?:\.([0-9]{1,2}))?")


def read_agreements(
    reading: FolderReading,
    depot_codes: Collection[str] | None,
    item_codes: Collection[str] | None,
) -> tuple[Agreement, ...]:
    """Read ``agreements.csv``; a folder without it has no agreements."""
    if not (reading.folder / AGREEMENTS).exists():
        return ()
    records = reading.records(AGREEMENTS, AGREEMENT_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    agreements = []
    for record in records:
        code = record.text("code")
        if code and not _CODE.fullmatch(code):
            record.refuse("code", say("Not a code."), allowed="letters, digits, points, hyphens")
        evidence, source = reading.sourced(record, code)
        agreement = Agreement(
            code=code,
            supplier_zh=record.text("supplier_zh"),
            supplier_en=record.text("supplier_en"),
            depot_code=record.known("depot_code", depot_codes, "depots.csv"),
            item_code=record.known("item_code", item_codes, "items.csv"),
            reserved_pieces=record.whole("reserved_pieces", least=1),
            least_call_pieces=record.whole("least_call_pieces"),
            notice=_hours(record, "notice_hours"),
            lead=_hours(record, "lead_hours"),
            batch_pieces=record.whole("batch_pieces", least=1),
            batch_period=_hours(record, "batch_hours"),
            prices=_prices(record),
            call_fen=record.scaled("call_yuan", FEN_PER_YUAN),
            uncalled_fen=record.scaled("uncalled_yuan", FEN_PER_YUAN),
            evidence=evidence,
            source=source,
        )
        if record.is_sound:
            for fault in agreement_faults(agreement):
                record.refuse(
                    _COLUMN_OF.get(fault.field, fault.field),
                    fault.what,
                    allowed=fault.allowed,
                    remedy=fault.remedy or _CORRECT,
                )
        agreements.append(agreement)
    return tuple(agreements)


_COLUMN_OF = {
    "prices": "prices_yuan",
    "notice, lead, batch_period": "batch_hours",
    "reserved_pieces, batch_pieces": "reserved_pieces",
}


def _hours(record: Record, field: str) -> timedelta:
    """Return a cell in hours, to the second."""
    return timedelta(seconds=record.scaled(field, SECONDS_PER_HOUR, most=_MOST_HOURS))


def _prices(record: Record) -> tuple[PriceStep, ...]:
    """Return price steps written as ``0:132; 5000:128.50``."""
    steps = []
    for part in record.text("prices_yuan").split(";"):
        match = _STEP.fullmatch(part.strip())
        if match is None:
            record.refuse(
                "prices_yuan",
                say("Not a list of price steps."),
                allowed="FROM:YUAN; FROM:YUAN; ..., for example 0:132; 5000:128.50",
            )
            return ()
        start, yuan, cents = match.groups()
        fen = int(yuan) * FEN_PER_YUAN + int((cents or "0").ljust(2, "0"))
        steps.append(PriceStep(from_pieces=int(start), piece_fen=fen))
    return tuple(steps)


def read_spot(
    reading: FolderReading,
    depot_codes: Collection[str] | None,
    item_codes: Collection[str] | None,
    known_codes: Collection[str],
) -> tuple[Agreement, ...]:
    """Read ``spot.csv``; a folder without it has nothing for sale.

    Parameters
    ----------
    reading, depot_codes, item_codes
        The folder and what its other tables hold.
    known_codes
        Codes of the agreements, which must be others.
    """
    if not (reading.folder / SPOT).exists():
        return ()
    records = reading.records(SPOT, SPOT_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    offers = []
    for record in records:
        code = record.text("code")
        if code and not _CODE.fullmatch(code):
            record.refuse("code", say("Not a code."), allowed="letters, digits, points, hyphens")
        if code in known_codes:
            record.refuse("code", say("An agreement has this code."), allowed="a code of its own")
        evidence, source = reading.sourced(record, code)
        pieces = record.whole("pieces", least=1)
        price = PriceStep(from_pieces=0, piece_fen=record.scaled("price_yuan", FEN_PER_YUAN))
        offers.append(
            Agreement(
                code=code,
                supplier_zh=record.text("seller_zh"),
                supplier_en=record.text("seller_en"),
                depot_code=record.known("depot_code", depot_codes, "depots.csv"),
                item_code=record.known("item_code", item_codes, "items.csv"),
                reserved_pieces=pieces,
                least_call_pieces=0,
                notice=timedelta(0),
                lead=_hours(record, "lead_hours"),
                batch_pieces=pieces,
                batch_period=timedelta(hours=1),
                prices=(price,),
                call_fen=0,
                uncalled_fen=0,
                evidence=evidence,
                source=source,
                kind=OfferKind.SPOT,
            )
        )
    return tuple(offers)


def read_donations(
    reading: FolderReading,
    depot_codes: Collection[str] | None,
    item_codes: Collection[str] | None,
) -> tuple[Donation, ...]:
    """Read ``donations.csv``; a folder without it has no donations."""
    if not (reading.folder / DONATIONS).exists():
        return ()
    records = reading.records(DONATIONS, DONATION_COLUMNS)
    refuse_repeated(records, "code", lambda record: (record.cells["code"],))
    donations = []
    for record in records:
        code = record.text("code")
        if code and not _CODE.fullmatch(code):
            record.refuse("code", say("Not a code."), allowed="letters, digits, points, hyphens")
        evidence, source = reading.sourced(record, code)
        donations.append(
            Donation(
                code=code,
                donor_zh=record.text("donor_zh"),
                donor_en=record.text("donor_en"),
                depot_code=record.known("depot_code", depot_codes, "depots.csv"),
                item_code=record.known("item_code", item_codes, "items.csv"),
                pieces=record.whole("pieces", least=1),
                ready_after=_hours(record, "ready_hours"),
                place_codes=_places(record),
                accept_by=None
                if record.is_blank("accept_hours")
                else _hours(record, "accept_hours"),
                expires_on=None if record.is_blank("expires_on") else record.day("expires_on"),
                evidence=evidence,
                source=source,
            )
        )
    return tuple(donations)


def _places(record: Record) -> tuple[str, ...]:
    """Return codes of counties and townships divided by semicolons; none for anybody."""
    if record.is_blank("place_codes"):
        return ()
    codes = tuple(part.strip() for part in record.cells["place_codes"].split(";"))
    if not all(_PLACE_CODE.fullmatch(code) for code in codes):
        record.refuse(
            "place_codes",
            say("Not codes of counties or townships."),
            allowed="421123; 421381104; ..., or empty for anybody",
        )
    return codes
