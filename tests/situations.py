"""Hand-made situations, small enough to be worked out on paper.

Coordinates are real points near Wuhan, but travel times are given outright, in whole hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from relief.damage.needs import Estimate, Factor, Need
from relief.items import Catalogue, Confidence, Item, Priority
from relief.places import Depot, Evidence, Place, PlaceKind, Point, Tier
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.offers import Agreement, OfferKind, PriceStep
from relief.supply.stock import Lot

START_AT = datetime(2026, 7, 1, 0, tzinfo=UTC)
INF = float("inf")


def item(
    code: str,
    *,
    mass_kg: int = 10,
    volume_dm3: int = 50,
    priority: Priority = Priority.LIFE_SAVING,
) -> Item:
    """Return an item of round numbers, in packs of one."""
    return Item(
        code=code,
        name_zh=code,
        name_en=code,
        unit_zh="件",
        unit_en="piece",
        mass_g=mass_kg * 1000,
        volume_cm3=volume_dm3 * 1000,
        pack_pieces=1,
        shelf_life_months=None,
        price_fen=0,
        priority=priority,
        source="hand-made",
        confidence=Confidence.DERIVED,
    )


def place(code: str, *, people: int = 1000) -> Place:
    """Return a county-level place."""
    return Place(
        code=code,
        name_zh=f"地{code}",
        name_en=f"Place {code}",
        kind=PlaceKind.COUNTY,
        parent_code="420000",
        parent_zh="湖北省",
        parent_en="Hubei",
        point=Point(lon_deg=114.3, lat_deg=30.6),
        population_people=people,
    )


def depot(code: str, *, tier: Tier = Tier.COUNTY) -> Depot:
    """Return a depot."""
    return Depot(
        code=code,
        name_zh=f"库{code}",
        name_en=f"Depot {code}",
        tier=tier,
        point=Point(lon_deg=114.2, lat_deg=30.6),
        county_code=code[:6],
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def lot(
    code: str,
    depot_code: str,
    item_code: str,
    pieces: int,
    *,
    owner: Tier = Tier.COUNTY,
    expires_on: date | None = None,
) -> Lot:
    """Return a lot."""
    return Lot(
        code=code,
        depot_code=depot_code,
        item_code=item_code,
        pieces=pieces,
        owner=owner,
        expires_on=expires_on,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def need(
    place_code: str,
    item_code: str,
    pieces: int,
    *,
    due_h: int = 12,
    milli_people_per_piece: int = 1000,
    priority: Priority = Priority.LIFE_SAVING,
) -> Need:
    """Return a need of so many pieces after so many hours."""
    return Need(
        place_code=place_code,
        item_code=item_code,
        due_at=START_AT + timedelta(hours=due_h),
        priority=priority,
        pieces=pieces,
        estimate=Estimate(low=pieces, likely=pieces, high=pieces),
        milli_people_per_piece=milli_people_per_piece,
        chain=(Factor(name="given", value=float(pieces), unit="pieces", source="hand-made"),),
    )


def truck(
    code: str = "truck-s",
    *,
    payload_kg: int = 1000,
    volume_dm3: int = 10_000,
    load_min: int = 30,
    unload_min: int = 15,
) -> VehicleClass:
    """Return a truck class with round numbers: 2 yuan a km, 100 yuan a trip."""
    return VehicleClass(
        code=code,
        name_zh=code,
        name_en=code,
        payload_g=payload_kg * 1000,
        volume_cm3=volume_dm3 * 1000,
        speed_class="any",
        load_s=load_min * 60,
        unload_s=unload_min * 60,
        cost_fen_per_km=200,
        cost_fen_per_trip=10_000,
        source="hand-made",
    )


def pool(
    base_code: str,
    num_vehicles: int,
    *,
    class_code: str = "truck-s",
    num_drivers: int = 1,
    ready_min: int = 0,
) -> VehiclePool:
    """Return a pool of trucks."""
    return VehiclePool(
        base_code=base_code,
        class_code=class_code,
        num_vehicles=num_vehicles,
        num_drivers=num_drivers,
        carrier_zh="车队",
        carrier_en="carrier",
        ready_after=timedelta(minutes=ready_min),
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def travel(hours_between: Mapping[tuple[str, str], float], codes: Sequence[str]) -> TravelTimes:
    """Return travel times at 50 km/h from given hours; pairs not given have no road."""
    times = np.full((1, len(codes), len(codes)), INF)
    for row, code in enumerate(codes):
        times[0, row, row] = 0.0
        for column, other in enumerate(codes):
            if (code, other) in hours_between:
                times[0, row, column] = hours_between[code, other]
    return TravelTimes(
        location_codes=tuple(codes),
        speed_classes=("any",),
        duration_h=times,
        distance_km=times * 50,
        network_name="hand-made",
        network_fingerprint="hand-made",
        approximate=True,
    )


def situation(
    *,
    items: Sequence[Item],
    places: Sequence[Place],
    needs: Sequence[Need],
    depots: Sequence[Depot],
    lots: Sequence[Lot],
    pools: Sequence[VehiclePool],
    hours_between: Mapping[tuple[str, str], float],
    classes: Sequence[VehicleClass] = (),
    policy: PlanningPolicy | None = None,
) -> Situation:
    """Return a situation made of the given parts."""
    codes = [d.code for d in depots] + [p.code for p in places]
    return Situation(
        event_code="hand-made",
        event_zh="手算例",
        event_en="hand-made",
        start_at=START_AT,
        catalogue=Catalogue(items=tuple(items)),
        places=tuple(places),
        needs=tuple(needs),
        depots=tuple(depots),
        lots=tuple(lots),
        vehicle_classes=tuple(classes) or (truck(),),
        pools=tuple(pools),
        travel=travel(hours_between, codes),
        policy=policy or PlanningPolicy(),
    )


def two_depots_three_places() -> Situation:
    """Two depots, three places, one closed bridge.

    Depot A (county stock) lies 1 h from place 1 and 2 h from place 2 (3 h back); depot B
    (provincial stock) lies 5 h from places 1 and 2. The bridge to place 3 is closed. A holds 60
    tents, B holds 100. Places 1, 2 and 3 need 50, 40 and 10 tents within 12 h, one tent for
    three people. A has two trucks of 1 t, B one truck; a tent weighs 10 kg, so that a truck
    takes 100.

    Best: 60 from A and 30 from B serve places 1 and 2 in time; place 3 gets nothing and its ten
    tents are missing: 10 x 3 people x weight 10 x (60 h to the horizon + 72 h) = 39,600 weighted
    person-hours, which no plan can beat because no road leads to place 3.
    """
    return situation(
        items=[item("tent")],
        places=[place("420001"), place("420002"), place("420003")],
        needs=[
            need("420001", "tent", 50, milli_people_per_piece=3000),
            need("420002", "tent", 40, milli_people_per_piece=3000),
            need("420003", "tent", 10, milli_people_per_piece=3000),
        ],
        depots=[depot("420001-01"), depot("420112-01", tier=Tier.PROVINCE)],
        lots=[
            lot("A-tent", "420001-01", "tent", 60),
            lot("B-tent", "420112-01", "tent", 100, owner=Tier.PROVINCE),
        ],
        pools=[pool("420001-01", 2), pool("420112-01", 1)],
        hours_between={
            ("420001-01", "420001"): 1,
            ("420001", "420001-01"): 1,
            ("420001-01", "420002"): 2,
            ("420002", "420001-01"): 3,
            ("420112-01", "420001"): 5,
            ("420001", "420112-01"): 5,
            ("420112-01", "420002"): 5,
            ("420002", "420112-01"): 5,
            ("420001", "420002"): 1,
            ("420002", "420001"): 1,
            ("420001-01", "420112-01"): 5,
            ("420112-01", "420001-01"): 5,
        },
    )


def agreement(
    code: str,
    depot_code: str,
    item_code: str,
    reserved_pieces: int,
    *,
    least_call_pieces: int = 0,
    notice_h: float = 0,
    lead_h: float = 0,
    batch_pieces: int | None = None,
    period_h: float = 6,
    piece_fen: int = 0,
) -> Agreement:
    """Return an agreement; without the size of a batch everything comes at once."""
    return Agreement(
        code=code,
        supplier_zh=f"供应商{code}",
        supplier_en=f"Supplier {code}",
        depot_code=depot_code,
        item_code=item_code,
        reserved_pieces=reserved_pieces,
        least_call_pieces=least_call_pieces,
        notice=timedelta(hours=notice_h),
        lead=timedelta(hours=lead_h),
        batch_pieces=reserved_pieces if batch_pieces is None else batch_pieces,
        batch_period=timedelta(hours=period_h),
        prices=(PriceStep(from_pieces=0, piece_fen=piece_fen),),
        call_fen=0,
        uncalled_fen=0,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def spot(
    code: str, depot_code: str, item_code: str, pieces: int, *, lead_h: float, piece_fen: int
) -> Agreement:
    """Return goods for sale, which need not be bought."""
    offer = agreement(code, depot_code, item_code, pieces, lead_h=lead_h, piece_fen=piece_fen)
    return replace(offer, kind=OfferKind.SPOT)


def offering(base: Situation, *offers: Agreement) -> Situation:
    """Return a situation with offers and their batches besides."""
    batches = (lot for offer in offers for lot in offer.batches(base.policy.window_ends[-1]))
    return replace(base, offers=(*base.offers, *offers), lots=(*base.lots, *batches))
