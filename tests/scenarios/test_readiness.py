from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.gazetteer import load_gazetteer
from relief.damage.assessment import assess
from relief.damage.reports import Indicator
from relief.places import STORE_TIERS, Depot, Evidence, Point, Tier
from relief.supply.fleet import VehiclePool
from relief.supply.stock import Lot
from scenarios.network import open_network
from scenarios.readiness import Readiness, ReadyWhere, hit_counties, readied, readiness_note
from tests.relief.damage.reported import report

EVERYWHERE, HIT = ReadyWhere.EVERYWHERE, ReadyWhere.HIT
MODELLED, PUBLISHED = Evidence.MODELLED, Evidence.PUBLISHED


def depot(code: str, tier: Tier) -> Depot:
    return Depot(
        code=code,
        name_zh=code,
        name_en=code,
        tier=tier,
        point=Point(lon_deg=114.0, lat_deg=30.5),
        county_code=code[:6],
        evidence=MODELLED,
        source="by hand",
    )


# Macheng is hit, Enshi is not; the city depot of Huanggang stands in Huangzhou, in the same
# prefecture as Macheng. Tianmen and Qianjiang are run by the province, each on its own.
DEPOTS = {
    each.code: each
    for each in (
        depot("421181-01", Tier.COUNTY),
        depot("422801-01", Tier.COUNTY),
        depot("421102-01", Tier.CITY),
        depot("422801-02", Tier.CITY),
        depot("429005-01", Tier.CITY),
        depot("429006-01", Tier.CITY),
        depot("420112-01", Tier.PROVINCE),
    )
}
HIT_COUNTIES = {"421181", "429006"}


def lot(depot_code: str, pieces: int, **fields: object) -> Lot:
    made = Lot(
        code=f"{depot_code}/water-case/1",
        depot_code=depot_code,
        item_code="water-case",
        pieces=pieces,
        owner=DEPOTS[depot_code].tier,
        evidence=MODELLED,
        source="by hand",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def pool(base_code: str, num_vehicles: int, evidence: Evidence = MODELLED) -> VehiclePool:
    return VehiclePool(
        base_code=base_code,
        class_code="truck-9.6",
        num_vehicles=num_vehicles,
        num_drivers=1,
        carrier_zh="车队",
        carrier_en="fleet",
        ready_after=timedelta(hours=1),
        evidence=evidence,
        source="by hand",
    )


def ready(
    tier: Tier, stock: str, trucks: str = "1", where: ReadyWhere = EVERYWHERE, **fields: object
) -> Readiness:
    made = Readiness(
        tier=tier,
        stock_share=Fraction(stock),
        truck_share=Fraction(trucks),
        where=where,
        evidence=MODELLED,
        source="our rule",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def pieces_ready(lots: list[Lot], *readiness: Readiness) -> list[int]:
    scaled, _ = readied(lots, [], readiness, HIT_COUNTIES, DEPOTS.values())
    assert [each.code for each in scaled] == [each.code for each in lots]
    return [each.pieces for each in scaled]


def trucks_ready(pools: list[VehiclePool], *readiness: Readiness) -> list[int]:
    _, scaled = readied([], pools, readiness, HIT_COUNTIES, DEPOTS.values())
    return [each.num_vehicles for each in scaled]


def test_a_share_of_a_level_is_taken_everywhere_and_rounded_down() -> None:
    county, city = lot("421181-01", 109), lot("421102-01", 109)
    # 0.6 x 109 = 65.4; the city's stock is not concerned.
    assert pieces_ready([county, city], ready(Tier.COUNTY, "0.6")) == [65, 109]


def test_shares_are_exact_where_floats_are_not() -> None:
    # 0.29 x 100 is 28.999999999999996 in floating point.
    assert pieces_ready([lot("421181-01", 100)], ready(Tier.COUNTY, "0.29")) == [29]


def test_hit_concerns_county_depots_of_hit_counties_only() -> None:
    lots = [lot("421181-01", 100), lot("422801-01", 100)]
    assert pieces_ready(lots, ready(Tier.COUNTY, "0.5", where=HIT)) == [50, 100]


def test_hit_concerns_city_depots_of_the_prefectures_of_hit_counties() -> None:
    lots = [lot(code, 100) for code in ("421102-01", "422801-02", "429005-01", "429006-01")]
    # Huanggang with Macheng, not Enshi; Tianmen, but not its neighbour in number, Qianjiang.
    assert pieces_ready(lots, ready(Tier.CITY, "0.5", where=HIT)) == [50, 100, 100, 50]


def test_several_causes_multiply() -> None:
    lots = [lot("421181-01", 100), lot("422801-01", 100)]
    shares = ready(Tier.COUNTY, "0.8"), ready(Tier.COUNTY, "0.6", where=HIT)
    assert pieces_ready(lots, *shares) == [48, 80]


def test_published_stock_and_trucks_stay() -> None:
    lots = [lot("421181-01", 100, evidence=PUBLISHED), lot("422801-01", 100)]
    assert pieces_ready(lots, ready(Tier.COUNTY, "0.5")) == [100, 50]
    pools = [pool("421181-01", 4, PUBLISHED), pool("422801-01", 4)]
    assert trucks_ready(pools, ready(Tier.COUNTY, "1", "0.5")) == [4, 2]


def test_stock_goes_by_its_owner_and_trucks_by_their_depot() -> None:
    central = lot("420112-01", 100, owner=Tier.CENTRE)
    assert pieces_ready([central], ready(Tier.PROVINCE, "0.5")) == [100]
    assert pieces_ready([central], ready(Tier.CENTRE, "0.5")) == [50]
    assert trucks_ready([pool("420112-01", 10)], ready(Tier.PROVINCE, "0.5", "0.3")) == [3]


def test_what_is_committed_stays_committed() -> None:
    # 100 on hand, 70 promised: half of the other 30 is ready.
    (scaled,), _ = readied(
        [lot("421181-01", 100, committed_pieces=70)],
        [],
        [ready(Tier.COUNTY, "0.5")],
        HIT_COUNTIES,
        DEPOTS.values(),
    )
    assert (scaled.pieces, scaled.committed_pieces, scaled.available_pieces) == (85, 70, 15)


def test_many_single_trucks_do_not_all_round_to_none() -> None:
    # 0.6 x 2 = 1.2 in Macheng and Enshi together: running sums 0 and 1.
    assert trucks_ready(
        [pool("421181-01", 1), pool("422801-01", 1)], ready(Tier.COUNTY, "1", "0.6")
    ) == [0, 1]
    assert trucks_ready([pool("421181-01", 1)], ready(Tier.COUNTY, "1", "0.6")) == [0]


def test_nothing_said_leaves_everything() -> None:
    lots, pools = [lot("421181-01", 100)], [pool("421181-01", 3)]
    assert readied(lots, pools, [], HIT_COUNTIES, DEPOTS.values()) == (tuple(lots), tuple(pools))


@given(
    pieces=st.lists(st.integers(0, 500), min_size=1, max_size=8),
    share=st.integers(1, 100).map(lambda percent: Fraction(percent, 100)),
)
def test_totals_are_the_share_and_no_lot_grows(pieces: list[int], share: Fraction) -> None:
    lots = [
        replace(lot("421181-01", count), code=f"421181-01/water-case/{i}")
        for i, count in enumerate(pieces)
    ]
    scaled = pieces_ready(lots, ready(Tier.COUNTY, str(share)))
    assert sum(scaled) == int(sum(pieces) * share)
    for before, after in zip(pieces, scaled, strict=True):
        assert 0 <= after <= before
        assert abs(after - before * share) < 1


def test_the_shipped_network_keeps_its_totals_by_level_and_item() -> None:
    network = open_network(None, as_of=date(2016, 7, 6))
    shares = ready(Tier.COUNTY, "0.8", "0.6"), ready(Tier.PROVINCE, "0.83", "0.6")
    lots, pools = readied(network.lots, network.pools, shares, set(), network.depots)
    before, after = Counter[tuple[Tier, str]](), Counter[tuple[Tier, str]]()
    for old, new in zip(network.lots, lots, strict=True):
        if old.evidence is MODELLED:
            before[old.owner, old.item_code] += old.available_pieces
            after[old.owner, old.item_code] += new.available_pieces
        else:
            assert new == old
    parts = {Tier.COUNTY: Fraction("0.8"), Tier.PROVINCE: Fraction("0.83")}
    assert after == {
        key: int(count * parts.get(key[0], Fraction(1))) for key, count in before.items()
    }
    tiers = {each.code: each.tier for each in network.depots}
    trucks, left = Counter[tuple[Tier, str]](), Counter[tuple[Tier, str]]()
    for old_pool, new_pool in zip(network.pools, pools, strict=True):
        key = tiers[old_pool.base_code], old_pool.class_code
        trucks[key] += old_pool.num_vehicles
        left[key] += new_pool.num_vehicles
    assert left == {
        key: int(count * Fraction("0.6")) if key[0] in parts else count
        for key, count in trucks.items()
    }


def test_hit_counties_report_affected_people_themselves_or_by_township() -> None:
    gazetteer = load_gazetteer()
    reports = [
        report({Indicator.AFFECTED: 10}, unit="421181", card="0000001"),
        report({Indicator.AFFECTED: 0}, unit="421123", card="0000002"),
        report({Indicator.COLLAPSED_ROOMS: 3}, unit="421124", card="0000003"),
        report({Indicator.AFFECTED: 5}, unit="421321116", card="0000004"),
    ]
    known = assess(
        reports,
        at=max(each.received_at for each in reports),
        places=(*gazetteer.counties, *gazetteer.townships),
    )
    assert hit_counties(known) == {"421181", "421321"}


@pytest.mark.parametrize(
    ("readiness", "said"),
    [
        (
            ready(Tier.COUNTY, "0.6", "0.6", HIT),
            (
                "Modelled: the stock of county depots in hit counties times 60 %, "
                "their trucks times 60 %. our rule"
            ),
        ),
        (
            ready(Tier.PROVINCE, "0.825", evidence=PUBLISHED),
            (
                "Published: the stock of the provincial depots times 82.5 %, their trucks times "
                "100 %. our rule"
            ),
        ),
    ],
)
def test_the_note_gives_shares_evidence_and_source(readiness: Readiness, said: str) -> None:
    assert str(readiness_note(readiness)) == said


def test_every_readiness_that_can_be_written_has_its_own_note() -> None:
    written = [
        (tier, where)
        for tier in STORE_TIERS
        for where in ReadyWhere
        if where is EVERYWHERE or tier <= Tier.CITY
    ]
    notes = {
        readiness_note(ready(tier, "0.5", where=where, evidence=evidence)).text
        for tier, where in written
        for evidence in Evidence
    }
    assert len(notes) == 2 * len(written) == 14
