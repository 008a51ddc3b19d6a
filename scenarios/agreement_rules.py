"""The rules by which agreements and spot purchases are modelled; no real firm is meant."""

from collections.abc import Iterator
from fractions import Fraction
from types import MappingProxyType

from relief.items import Item
from relief.supply.agreements import AGREEMENT_COLUMNS, SPOT_COLUMNS
from scenarios import reserve_rules as rules
from scenarios.modelled_depots import ModelledDepot

NOTICE_HOURS, LEAD_HOURS = 2, 18
"""Together the 20 hours from a call to the loaded truck in ``reserve_terms.toml``."""
CALL_PRICE_SHARE = Fraction(110, 100)
"""Price of a called piece over the item's planning price, as in ``reserve_terms.toml``."""
LEAST_CALL_SHARE = Fraction(1, 10)
NUM_BATCHES, BATCH_HOURS = 4, 12
STORE_SHARE = Fraction(1, 4)
SPOT_LEAD_HOURS = 30
SPOT_PRICE_SHARE = Fraction(140, 100)
"""Price on the market after a disaster over the item's planning price; a guess of ours."""
SPOT_SHARE = Fraction(1, 2)
MADE_GOODS = ("tent-12-single", "quilt", "folding-bed")
SUPPLIERS = MappingProxyType(
    {
        "city": ("{zh}签约供应企业", "{en} contract supplier"),
        "region": ("{zh}签约生产企业", "{en} contract maker"),
    }
)


def agreement_rows(depot: ModelledDepot, items: dict[str, Item]) -> Iterator[dict[str, str | int]]:
    """Yield the agreements whose goods are handed over at a depot, as lines of the table."""
    if depot.kind == "city":
        pieces = rules.supplier_pieces(depot.served_people)
    elif depot.kind == "region":
        stored = rules.stored_pieces(depot.served_people, depot.tier)
        pieces = {code: stored[code] * STORE_SHARE for code in MADE_GOODS}
    else:
        return
    name_zh, name_en = SUPPLIERS[depot.kind]
    for code, number in pieces.items():
        item = items[code]
        pack = item.pack_pieces
        batch = max(1, round(number / NUM_BATCHES / pack)) * pack
        reserved = batch * NUM_BATCHES
        price_fen = round(item.price_fen * CALL_PRICE_SHARE)
        row: dict[str, str | int] = {
            "code": f"{depot.code}.{code}",
            "supplier_zh": name_zh.format(zh=depot.place_zh),
            "supplier_en": name_en.format(en=depot.place_en),
            "depot_code": depot.code,
            "item_code": code,
            "reserved_pieces": reserved,
            "least_call_pieces": max(1, round(reserved * LEAST_CALL_SHARE)),
            "notice_hours": NOTICE_HOURS,
            "lead_hours": LEAD_HOURS,
            "batch_pieces": batch,
            "batch_hours": BATCH_HOURS,
            "prices_yuan": f"0:{price_fen // 100}.{price_fen % 100:02}",
            "call_yuan": 0,
            "uncalled_yuan": 0,
            "evidence": "modelled",
            "source": "rule:agreements",
        }
        yield {column: row[column] for column in AGREEMENT_COLUMNS}


def spot_rows(depot: ModelledDepot, items: dict[str, Item]) -> Iterator[dict[str, str | int]]:
    """Yield what could be bought near a depot without any agreement, as lines of the table."""
    if depot.kind != "city":
        return
    for code, number in rules.supplier_pieces(depot.served_people).items():
        item = items[code]
        price_fen = round(item.price_fen * SPOT_PRICE_SHARE)
        row: dict[str, str | int] = {
            "code": f"{depot.code}.spot.{code}",
            "seller_zh": f"{depot.place_zh}市场",
            "seller_en": f"market of {depot.place_en}",
            "depot_code": depot.code,
            "item_code": code,
            "pieces": max(1, round(number * SPOT_SHARE / item.pack_pieces)) * item.pack_pieces,
            "lead_hours": SPOT_LEAD_HOURS,
            "price_yuan": f"{price_fen // 100}.{price_fen % 100:02}",
            "evidence": "modelled",
            "source": "rule:spot",
        }
        yield {column: row[column] for column in SPOT_COLUMNS}
