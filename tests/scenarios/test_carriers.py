"""Boats, helicopters and porters go where no truck gets, and nowhere else."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from geodata.gazetteer import load_gazetteer
from geodata.off_road import OffRoadTravel
from geodata.roads import load_roads
from relief.damage.factors import load_profile
from relief.errors import InvalidInput
from relief.plan.policy import PlanningPolicy
from relief.plan.reach import earliest_arrivals_s
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import CarrierRules, Mode
from relief.supply.network import ReserveNetwork
from scenarios.carriers import OffRoadFleet, read_modes, trucks_only
from scenarios.compare import _cut_off
from scenarios.events import load_event
from scenarios.network import open_network
from scenarios.overlay import CloseRoad
from scenarios.prepare import Prepared, prepare
from scenarios.whatif import changed_world

LIULIN = "421321116"
ROUND_LIULIN = "buffer 113.23,31.54 5 km"
"""Every road within 5 km of Liulin."""


@pytest.fixture(scope="module")
def network() -> ReserveNetwork:
    return open_network(as_of=date(2021, 8, 12))


def prepared(
    network: ReserveNetwork,
    *closed_roads: str,
    modes: frozenset[Mode] = frozenset(Mode),
    policy: PlanningPolicy | None = None,
) -> Prepared:
    event = load_event("2021-liulin")
    return prepare(
        event,
        at=event.default_at,
        network=network,
        gazetteer=load_gazetteer(),
        roads=load_roads(),
        profile=load_profile("hubei"),
        policy=policy or PlanningPolicy(),
        closed_roads=closed_roads,
        modes=modes,
    )


@pytest.fixture(scope="module")
def with_roads(network: ReserveNetwork) -> Prepared:
    return prepared(network)


@pytest.fixture(scope="module")
def cut_off(network: ReserveNetwork) -> Prepared:
    return prepared(network, ROUND_LIULIN)


def modes_of(one: Prepared) -> set[Mode]:
    return {kind.mode for kind in one.situation.vehicle_classes}


def test_where_trucks_get_there_is_nothing_else(with_roads: Prepared) -> None:
    assert modes_of(with_roads) == {Mode.ROAD}
    assert with_roads.situation.travel.speed_classes == ("light", "medium", "heavy")
    assert trucks_only(with_roads.situation) is with_roads.situation
    assert {kind.mode for kind in with_roads.off_road.classes} == set(Mode) - {Mode.ROAD}


def test_a_place_that_is_cut_off_is_flown_to(cut_off: Prepared) -> None:
    situation = cut_off.situation
    # Liulin lies on no named water, and nobody walks out of a closed area.
    assert modes_of(cut_off) == {Mode.ROAD, Mode.AIR}
    assert situation.travel.unreachable == (LIULIN,)
    arrivals_s = earliest_arrivals_s(situation)
    wanted = [arrivals_s[LIULIN, need.item_code] for need in situation.needs]
    assert min(wanted) < 12 * 3600
    assert any("柳林镇" in str(note) and "Mi-171" in str(note) for note in cut_off.notes)
    assert any("by day only" in str(note) for note in cut_off.notes)


def test_trucks_only_takes_it_all_back(with_roads: Prepared, cut_off: Prepared) -> None:
    trucks = trucks_only(cut_off.situation)
    assert trucks.pools == with_roads.situation.pools
    assert trucks.vehicle_classes == with_roads.situation.vehicle_classes
    assert earliest_arrivals_s(trucks)[LIULIN, "tent-12-single"] >= UNREACHABLE_S


@pytest.mark.parametrize("modes", [frozenset[Mode](), frozenset({Mode.WATER, Mode.FOOT})])
def test_what_is_not_allowed_or_cannot_help_stays_out(
    network: ReserveNetwork, modes: frozenset[Mode]
) -> None:
    one = prepared(network, ROUND_LIULIN, modes=modes)
    assert modes_of(one) == {Mode.ROAD}
    helpless = any("Neither trucks nor boats" in str(note) for note in one.notes)
    assert helpless == bool(modes)


def test_flights_keep_to_the_range(cut_off: Prepared) -> None:
    situation = cut_off.situation
    (kind,) = (one for one in situation.vehicle_classes if one.mode is Mode.AIR)
    layer = situation.travel.speed_classes.index(kind.speed_class)
    row = situation.travel.index()[LIULIN]
    km = situation.travel.distance_km[layer]
    reaching = [
        code
        for code, one in zip(situation.travel.location_codes, km[:, row], strict=True)
        if np.isfinite(one) and code != LIULIN
    ]
    assert reaching
    tiers = {depot.code: depot.tier for depot in situation.depots}
    for code in reaching:
        assert 2_000 * km[situation.travel.index()[code], row] <= kind.range_m
        assert tiers[code].name != "COUNTY"


def test_only_who_gets_home_at_once_stands_by(cut_off: Prepared) -> None:
    situation = cut_off.situation
    layer = situation.travel.speed_classes.index("helicopter")
    row = situation.travel.index()
    for pool in situation.pools:
        if pool.class_code == "mi-171":
            assert np.isfinite(situation.travel.duration_h[layer, row[LIULIN], row[pool.base_code]])


def test_the_pools_of_a_place_are_few(cut_off: Prepared) -> None:
    pools = [pool for pool in cut_off.situation.pools if pool.class_code == "mi-171"]
    assert 0 < len(pools) <= 6


def test_a_what_if_sends_helicopters_too(with_roads: Prepared) -> None:
    situation = with_roads.situation
    roads = load_roads().closed(situation.travel.closures)
    for off_road, found in ((with_roads.off_road, {Mode.ROAD, Mode.AIR}), (None, {Mode.ROAD})):
        world = changed_world(
            situation,
            [CloseRoad(spec=ROUND_LIULIN)],
            roads=roads,
            travel_source=with_roads.travel_source,
            gazetteer=load_gazetteer(),
            off_road=off_road,
        )
        assert {kind.mode for kind in world.situation.vehicle_classes} == found
        assert isinstance(world.travel_source, OffRoadTravel) == (off_road is not None)


def test_a_place_that_is_flown_to_has_lost_its_roads(
    with_roads: Prepared, cut_off: Prepared
) -> None:
    (told,) = _cut_off(with_roads.situation, cut_off.situation)
    assert "1 places lose every road to every depot" in str(told)
    assert "柳林镇" in str(told)


def test_nothing_stands_by_in_an_empty_fleet(with_roads: Prepared) -> None:
    assert OffRoadFleet() == OffRoadFleet(classes=(), pools=())
    assert replace(with_roads.off_road, classes=(), pools=()) == OffRoadFleet()


def test_limits_of_the_policy_hold(network: ReserveNetwork) -> None:
    # The junction of Liulin alone is cut; the next one of the network lies 10.2 km away.
    roads = load_roads()
    spot = roads.snap(load_gazetteer().place(LIULIN).point)
    layout = roads.layout
    cut = " ".join(
        f"{layout.node_ids[tail]}-{layout.node_ids[head]}"
        for tail, head in zip(layout.tails.tolist(), layout.heads.tolist(), strict=True)
        if spot.row in (tail, head)
    )
    for walk_m, found in ((12_000, {Mode.ROAD, Mode.FOOT}), (10_000, {Mode.ROAD})):
        policy = PlanningPolicy(carriers=CarrierRules(walk_m=walk_m))
        one = prepared(network, f"edge {cut}", modes=frozenset({Mode.FOOT}), policy=policy)
        assert modes_of(one) == found


def test_words_are_read_and_others_refused() -> None:
    assert read_modes("trucks") == frozenset()
    assert read_modes("helicopters, trucks") == {Mode.AIR}
    with pytest.raises(InvalidInput, match="no such way") as refused:
        read_modes("boats,camels,planes")
    assert [fault.value for fault in refused.value.faults] == ["camels", "planes"]
