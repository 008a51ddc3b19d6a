"""The terms of keeping goods, read from the library and the catalogue."""

import tomllib
from importlib.resources import files
from typing import Any

from relief.errors import Fault, InvalidInput
from relief.items import Catalogue
from relief.plan.reserve import ReserveTerms
from relief.sentences import say

_MONTHS_PER_YEAR = 12
TERMS_SOURCE = "scenarios/library/reserve_terms.toml"


def main_items() -> tuple[str, ...]:
    """Return the codes of the items that a reserve is sized for."""
    return tuple(_read()["items"]["codes"])


def reserve_terms(
    catalogue: Catalogue, item_codes: tuple[str, ...], *, shortage_factor: float = 1.0
) -> tuple[ReserveTerms, ...]:
    """Return the terms of each item, in the given order.

    A piece kept for a year costs its storage and the part of its price that ageing writes off:
    price over shelf life, less what it brings when rotated out in time.

    Parameters
    ----------
    catalogue
        The items with their prices.
    item_codes
        Which of them.
    shortage_factor
        On the planner's prices of coming late and of never coming.

    Raises
    ------
    InvalidInput
        For every code that the catalogue does not hold, or holds without a price.
    """
    rule = _read()["rule"]
    items = catalogue.by_code()
    faults = [
        Fault(
            where=TERMS_SOURCE,
            field="items",
            value=code,
            what=say("The catalogue has no item of this code with a price."),
            allowed=", ".join(sorted(c for c, item in items.items() if item.price_fen > 0)),
            remedy=say("Name another item, or give it a price in items.csv."),
        )
        for code in item_codes
        if code not in items or items[code].price_fen <= 0
    ]
    if faults:
        raise InvalidInput(*faults)
    terms = []
    for code in item_codes:
        item = items[code]
        life_years = (
            item.shelf_life_months / _MONTHS_PER_YEAR
            if item.shelf_life_months is not None
            else rule["endless_life_years"]
        )
        terms.append(
            ReserveTerms(
                item_code=code,
                price_fen=item.price_fen,
                freight_fen_per_h=rule["freight_fen_per_kg_h"] * item.mass_kg,
                holding_share=rule["storage_share"] + (1 - rule["recovery_share"]) / life_years,
                fee_share=rule["fee_share"],
                call_share=rule["call_share"],
                call_lead_h=rule["call_lead_h"],
                spot_share=rule["spot_share"],
                spot_lead_h=rule["spot_lead_h"],
                spot_limit_share=rule["spot_limit_share"],
                late_share=rule["late_share"] * shortage_factor,
                never_share=rule["never_share"] * shortage_factor,
                source=TERMS_SOURCE,
            )
        )
    return tuple(terms)


def _read() -> dict[str, dict[str, Any]]:
    text = (files("scenarios") / "library" / "reserve_terms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
