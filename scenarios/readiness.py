"""Readiness: how much of the modelled stock and fleet an event finds ready.

The reserve network is a typical full one. On a given day of a real flood some depots are not built
yet, part of the stock has been issued, and trucks work for dykes and rescue. An event says so in
``[[readiness]]`` tables. Only modelled records are scaled: a published count, or a user's own, is
what it is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from relief.damage.assessment import Assessment
from relief.damage.reports import Indicator
from relief.places import STORE_TIERS, Depot, Evidence, Tier
from relief.sentences import Sentence, say
from relief.supply.fleet import VehiclePool
from relief.supply.stock import Lot
from scenarios.event_fields import EventFields

_COUNTY_DIGITS = 6
_PREFECTURE_DIGITS = 4
_PROVINCE_RUN = "4290"
"""Units such as Tianmen (429006) are run by the province: each is a prefecture of its own."""


class ReadyWhere(StrEnum):
    """Where a readiness holds."""

    EVERYWHERE = "everywhere"
    HIT = "hit"
    """County tier: in county-level units that report affected people; city tier: in the
    prefectures of such units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What part of the modelled stock and trucks of a level is ready.

    Several for one level have several causes, and their shares multiply: a depot may not have been
    built yet, and what was in the others may have been issued.

    Parameters
    ----------
    tier
        Whose stock, and whose depots' trucks.
    stock_share
        Ready pieces of those that would be available otherwise, over 0 to 1.
    truck_share
        Ready trucks, over 0 to 1.
    where
        Everywhere, or only near people who are hit.
    evidence, source
        Whether the shares are published or modelled, and by whom or by which rule.
    """

    tier: Tier
    stock_share: Fraction
    truck_share: Fraction
    where: ReadyWhere
    evidence: Evidence
    source: str

    def holds_at(self, depot: Depot, hit_county_codes: Collection[str]) -> bool:
        """Return whether the shares concern what is at a depot."""
        if self.where is ReadyWhere.EVERYWHERE:
            return True
        if self.tier is Tier.COUNTY:
            return depot.county_code in hit_county_codes
        return _prefecture(depot.county_code) in {_prefecture(code) for code in hit_county_codes}


def read_readiness(fields: EventFields, table: Mapping[str, object]) -> Readiness:
    """Read one ``[[readiness]]`` table; its faults are noted in `fields`."""
    tiers = {tier.name.lower(): tier for tier in STORE_TIERS}
    tier = fields.text(table, "readiness", "tier")
    if tier and tier not in tiers:
        fields.fault("readiness tier", tier, say("Not a level of depots."), ", ".join(tiers))
    where = fields.text(table, "readiness", "where")
    if where and where not in set(ReadyWhere):
        fields.fault(
            "readiness where", where, say("Not a place of readiness."), ", ".join(ReadyWhere)
        )
        where = ""
    if where == ReadyWhere.HIT and tier in tiers and tiers[tier] > Tier.CITY:
        fields.fault(
            "readiness where",
            where,
            say("Only depots of counties and cities stand in hit places."),
            ReadyWhere.EVERYWHERE,
        )
    if not {"stock_share", "truck_share"} & table.keys():
        fields.fault(
            "readiness",
            tier,
            say("Neither stock nor trucks are given."),
            "stock_share, truck_share",
        )
    return Readiness(
        tier=tiers.get(tier, Tier.COUNTY),
        stock_share=fields.share(table, "readiness", "stock_share"),
        truck_share=fields.share(table, "readiness", "truck_share"),
        where=ReadyWhere(where or ReadyWhere.EVERYWHERE),
        evidence=fields.evidence(table, "readiness"),
        source=fields.source(table, "readiness"),
    )


def hit_counties(assessment: Assessment) -> frozenset[str]:
    """Return the county-level units that report affected people, themselves or by township."""
    return frozenset(
        figure.place_code[:_COUNTY_DIGITS]
        for figure in assessment.figures
        if figure.indicator is Indicator.AFFECTED and figure.estimate.likely > 0
    )


def readied(
    lots: Sequence[Lot],
    pools: Sequence[VehiclePool],
    readiness: Sequence[Readiness],
    hit_county_codes: Collection[str],
    depots: Iterable[Depot],
) -> tuple[tuple[Lot, ...], tuple[VehiclePool, ...]]:
    """Return the stock and the trucks that are ready.

    Parameters
    ----------
    lots, pools
        What the network holds. Records with published evidence stay as they are.
    readiness
        The shares. Stock goes by whose it is, trucks by the level of the depot where they stand.
    hit_county_codes
        The county-level units with affected people.
    depots
        The depots of all lots and pools.

    Returns
    -------
    tuple
        Lots and pools in the same order. What is committed stays so; the share is of what is
        available. Shares are not rounded lot by lot, which would leave nothing of many small
        ones: within an item and level (a truck class and level) under the same share, running
        sums are rounded down in order of code, so that their total is the share of the total,
        rounded down, and no record differs from its own share by a whole piece.
    """
    stands = {depot.code: depot for depot in depots}

    def share(tier: Tier, depot: Depot, *, trucks: bool) -> Fraction:
        product = Fraction(1)
        for each in readiness:
            if each.tier is tier and each.holds_at(depot, hit_county_codes):
                product *= each.truck_share if trucks else each.stock_share
        return product

    stock = defaultdict[tuple[Tier, str, Fraction], list[Lot]](list)
    for lot in lots:
        if lot.evidence is Evidence.MODELLED:
            key = lot.owner, lot.item_code, share(lot.owner, stands[lot.depot_code], trucks=False)
            stock[key].append(lot)
    ready_lots: dict[str, Lot] = {}
    for (_, _, part), group in stock.items():
        ordered = sorted(group, key=lambda lot: lot.code)
        ready = _rounded([lot.available_pieces for lot in ordered], part)
        for lot, pieces in zip(ordered, ready, strict=True):
            ready_lots[lot.code] = replace(lot, pieces=lot.committed_pieces + pieces)

    fleet = defaultdict[tuple[Tier, str, Fraction], list[VehiclePool]](list)
    for pool in pools:
        if pool.evidence is Evidence.MODELLED:
            base = stands[pool.base_code]
            fleet[base.tier, pool.class_code, share(base.tier, base, trucks=True)].append(pool)
    ready_pools: dict[tuple[str, str, int], VehiclePool] = {}
    for (_, _, part), members in fleet.items():
        parked = sorted(members, key=_pool_key)
        ready = _rounded([pool.num_vehicles for pool in parked], part)
        for pool, num_vehicles in zip(parked, ready, strict=True):
            ready_pools[_pool_key(pool)] = replace(pool, num_vehicles=num_vehicles)
    return (
        tuple(ready_lots.get(lot.code, lot) for lot in lots),
        tuple(ready_pools.get(_pool_key(pool), pool) for pool in pools),
    )


def _pool_key(pool: VehiclePool) -> tuple[str, str, int]:
    return pool.base_code, pool.class_code, pool.num_drivers


def _rounded(counts: Sequence[int], part: Fraction) -> list[int]:
    """Return a share of each count in whole numbers that sum to the share, rounded down.

    Examples
    --------
    >>> _rounded([1, 1, 1, 1, 1], Fraction("0.6"))
    [0, 1, 0, 1, 1]
    """
    rounded: list[int] = []
    before = 0
    for count in counts:
        rounded.append(int((before + count) * part) - int(before * part))
        before += count
    return rounded


def _prefecture(county_code: str) -> str:
    if county_code.startswith(_PROVINCE_RUN):
        return county_code
    return county_code[:_PREFECTURE_DIGITS]


def readiness_note(readiness: Readiness) -> Sentence:
    """Return a sentence on a readiness with its shares in per cent, its evidence and source.

    Several sentences on one level read as factors of a product, as `Readiness` says.
    """
    gaps = {
        "stock": f"{float(readiness.stock_share * 100):g}",
        "trucks": f"{float(readiness.truck_share * 100):g}",
        "source": readiness.source,
    }
    is_published = readiness.evidence is Evidence.PUBLISHED
    notes = _published(gaps) if is_published else _modelled(gaps)
    return notes[readiness.tier, readiness.where]


def _modelled(gaps: Mapping[str, str]) -> dict[tuple[Tier, ReadyWhere], Sentence]:
    return {
        (Tier.COUNTY, ReadyWhere.HIT): say(
            "Modelled: the stock of county depots in hit counties times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.COUNTY, ReadyWhere.EVERYWHERE): say(
            "Modelled: the stock of all county depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.CITY, ReadyWhere.HIT): say(
            "Modelled: the stock of city depots in hit prefectures times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.CITY, ReadyWhere.EVERYWHERE): say(
            "Modelled: the stock of all city depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.PROVINCE, ReadyWhere.EVERYWHERE): say(
            "Modelled: the stock of the provincial depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.NEIGHBOUR, ReadyWhere.EVERYWHERE): say(
            "Modelled: the stock of the neighbouring provinces times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.CENTRE, ReadyWhere.EVERYWHERE): say(
            "Modelled: the stock of the central depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
    }


def _published(gaps: Mapping[str, str]) -> dict[tuple[Tier, ReadyWhere], Sentence]:
    return {
        (Tier.COUNTY, ReadyWhere.HIT): say(
            "Published: the stock of county depots in hit counties times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.COUNTY, ReadyWhere.EVERYWHERE): say(
            "Published: the stock of all county depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.CITY, ReadyWhere.HIT): say(
            "Published: the stock of city depots in hit prefectures times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.CITY, ReadyWhere.EVERYWHERE): say(
            "Published: the stock of all city depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.PROVINCE, ReadyWhere.EVERYWHERE): say(
            "Published: the stock of the provincial depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.NEIGHBOUR, ReadyWhere.EVERYWHERE): say(
            "Published: the stock of the neighbouring provinces times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
        (Tier.CENTRE, ReadyWhere.EVERYWHERE): say(
            "Published: the stock of the central depots times {stock} %, "
            "their trucks times {trucks} %. {source}",
            **gaps,
        ),
    }
