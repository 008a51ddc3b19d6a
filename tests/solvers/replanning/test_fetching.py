"""Goods on a broken truck that another one fetches: by hand, and damage done to it.

The good plan: A1 leaves depot A at 0:30 with 50 tents and would be in P1 at 1:30. It breaks down at
1:00, half way. W is the depot by the road there, half an hour from A and from P1, 1 h 30 min from
P2. A2 unloads ten tents in P2 from 2:30 to 2:45 and is empty then.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.places import Depot, Evidence, Point, Tier
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule, Violation
from relief.plan.change import Fate, difference
from relief.plan.execution import Progress, progress
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.going_on import situation_going_on
from relief.plan.outcome import SolveLimits
from relief.plan.routes import StopKind
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.under_way import LoadOnBoard
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from relief.plan.wrecks import Wreck, wreck_source
from relief.supply.donations import Donation
from scenarios.wrecks import point_along, wrecks
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanned, Replanner
from tests.relief.plan.plans import P1, P2, P3, TRUCK_A1, TRUCK_A2, A, B, at, good_plan
from tests.situations import travel, two_depots_three_places
from tests.solvers.replanning.test_replanner import ANY, NONE

W = "420001-99"
BASE = two_depots_three_places()
DEPOT_POINT = BASE.depots[0].point
PLACE_POINT = BASE.places[0].point
HALF_WAY = Point(
    lon_deg=(DEPOT_POINT.lon_deg + PLACE_POINT.lon_deg) / 2, lat_deg=PLACE_POINT.lat_deg
)
ROAD = RoadPath(
    from_code=A,
    to_code=P1,
    speed_class="any",
    node_ids=(1, 2),
    line=(DEPOT_POINT, DEPOT_POINT, PLACE_POINT, PLACE_POINT),
    distance_km=50.0,
)
HOURS = {
    (A, P1): 1, (P1, A): 1, (A, P2): 2, (P2, A): 3, (B, P1): 5, (P1, B): 5, (B, P2): 5, (P2, B): 5,
    (P1, P2): 1, (P2, P1): 1, (A, B): 5, (B, A): 5,
    (A, W): 0.5, (W, A): 0.5, (W, P1): 0.5, (P1, W): 0.5, (P2, W): 1.5, (W, P2): 1.5, (B, W): 5,
    (W, B): 5,
}  # fmt: skip


def broken(at_hour: float = 1.0, point: Point | None = None) -> ExecutionEvent:
    return ExecutionEvent(
        kind=EventKind.BROKEN_DOWN,
        vehicle_code=TRUCK_A1,
        at=at(0) + timedelta(hours=at_hour),
        point=point,
    )


class Fetching:
    """The good plan an hour and a half on, half an hour after A1 broke down."""

    def __init__(self, budget: ChangeBudget = ANY) -> None:
        self.done: Progress = progress(good_plan(), BASE, [broken()], at(1, 30))
        self.found: tuple[Wreck, ...] = wrecks(BASE, self.done, [ROAD])
        self.situation: Situation = situation_going_on(
            BASE,
            self.done,
            travel=travel(HOURS, [A, B, P1, P2, P3, W]),
            wrecks=self.found,
        )
        self.answer: Replanned = Replanner(SolveLimits(seconds=60.0, max_iterations=20)).replan(
            self.situation, self.done.remaining, good_plan().consignments, budget
        )
        self.plan = assemble(self.situation, self.answer.allocation, self.answer.routes)

    def judged(self, situation: Situation | None = None) -> tuple[Violation, ...]:
        return verify_replan(
            BASE,
            self.done,
            situation or self.situation,
            self.plan,
            max_drivers=None,
            max_waybills=None,
        )


def test_a_broken_truck_stands_where_it_had_come_to() -> None:
    (wreck,) = Fetching().found
    assert wreck == Wreck(
        vehicle_code=TRUCK_A1,
        depot=Depot(
            code=W,
            name_zh=f"故障车{TRUCK_A1}",
            name_en=f"broken truck {TRUCK_A1}",
            tier=Tier.COUNTY,
            point=HALF_WAY,
            county_code="420001",
            evidence=Evidence.MODELLED,
            source=wreck_source(TRUCK_A1),
        ),
    )


def test_another_truck_fetches_what_it_carries() -> None:
    case = Fetching()
    assert verify(case.plan, case.situation).violations == ()
    assert case.judged() == ()
    (route,) = (r for r in case.plan.vehicle_routes if r.vehicle_code == TRUCK_A2)
    stops = [(s.kind, s.location_code, s.begin_at, s.end_at) for s in route.trips[-1].stops]
    # From P2 at 2:45 for 1 h 30 min to W, loads from 4:15 to 4:45, half an hour to P1. A2 has
    # driven 2 h, another 1 h 30 min, half an hour: 4 h without a rest, just allowed.
    assert stops == [
        (StopKind.LOAD, W, at(4, 15), at(4, 45)),
        (StopKind.DELIVER, P1, at(5, 15), at(5, 30)),
    ]
    assert [line.pieces for line in route.trips[-1].stops[-1].lines] == [50]
    # All in time but the ten tents for P3; one driver is called, within the budget of one.
    assert case.plan.score.deprivation_milli_person_h == 39_600_000
    assert case.answer.num_drivers == 1
    assert case.answer.settled.stranded_pieces == {}
    change = difference(case.done.remaining, case.plan.vehicle_routes)
    fates = {v.vehicle_code: [one.fate for one in v.waybills] for v in change.vehicles}
    assert fates[TRUCK_A1] == [Fate.VOIDED]
    assert Fate.NEW in fates[TRUCK_A2]


def test_without_a_call_the_goods_wait_by_the_road() -> None:
    case = Fetching(NONE)
    assert verify(case.plan, case.situation).violations == ()
    assert case.judged() == ()
    assert {lot.code: lot.pieces for lot in case.situation.lots if lot.depot_code == W} == {
        f"A-tent@{W}": 50
    }
    # 50 x 3,000 x 10 x (72 - 12 + 72) h more.
    assert case.plan.score.deprivation_milli_person_h == 39_600_000 + 198_000_000
    # They can still be fetched when the plan is made anew once more.
    done = progress(case.plan, case.situation, [], at(3))
    later = situation_going_on(case.situation, done)
    answer = Replanner(SolveLimits(seconds=60.0, max_iterations=20)).replan(
        later, done.remaining, case.plan.consignments, ANY
    )
    plan = assemble(later, answer.allocation, answer.routes)
    assert verify(plan, later).violations == ()
    told = verify_replan(case.situation, done, later, plan, max_drivers=None, max_waybills=None)
    assert told == ()
    assert plan.score.deprivation_milli_person_h == 39_600_000


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("more", Rule.CARGO),
        ("elsewhere", Rule.CARGO),
        ("both", Rule.CARGO),
        ("early", Rule.READY),
        ("nobody", Rule.CARGO),
    ],
)
def test_goods_by_the_road_are_held_against_the_truck(damage: str, rule: Rule) -> None:
    case = Fetching()
    situation = case.situation
    depots = {depot.code: depot for depot in situation.depots}
    lots = {lot.code: lot for lot in situation.lots}
    lot, depot = lots[f"A-tent@{W}"], depots[W]
    if damage == "more":
        lots[lot.code] = replace(lot, pieces=51)
    elif damage == "early":
        lots[lot.code] = replace(lot, ready_after=timedelta(minutes=30))
    elif damage == "elsewhere":
        depots[W] = replace(depot, point=Point(lon_deg=110.0, lat_deg=30.6))
    elif damage == "nobody":
        depots[W] = replace(depot, source=wreck_source(TRUCK_A2))
    under_way = tuple(
        replace(
            state,
            load=(LoadOnBoard(lot_code="A-tent", item_code="tent", pieces=50, place_code=P1),),
        )
        if damage == "both" and state.vehicle_code == TRUCK_A1
        else state
        for state in situation.under_way
    )
    changed = replace(
        situation,
        depots=tuple(depots.values()),
        lots=tuple(lots.values()),
        under_way=under_way,
    )
    assert rule in {violation.rule for violation in case.judged(changed)}


def test_where_a_truck_stands_is_known_or_it_keeps_its_goods() -> None:
    def found(event: ExecutionEvent, *paths: RoadPath) -> tuple[Wreck, ...]:
        done = progress(good_plan(), BASE, [event], event.at + timedelta(minutes=20))
        return wrecks(BASE, done, paths)

    # Without a road, nowhere; by its position, there; before it has loaded, it has no goods.
    assert found(broken()) == ()
    here = Point(lon_deg=114.0, lat_deg=30.0)
    assert [one.depot.point for one in found(broken(point=here))] == [here]
    assert found(broken(0.25), ROAD) == ()
    # In P1 from 1:30 on, while it unloads there.
    assert [one.depot.point for one in found(broken(1.6), ROAD)] == [PLACE_POINT]


def test_what_is_given_on_conditions_stays_on_its_truck() -> None:
    gift = Donation(
        code="gift",
        donor_zh="某公司",
        donor_en="a company",
        depot_code=A,
        item_code="tent",
        pieces=60,
        evidence=Evidence.MODELLED,
        source="hand-made",
    )
    lots = gift.lots(timedelta(hours=72))
    donated = replace(BASE, donations=(gift,), lots=(*BASE.lots, *lots))
    done = progress(good_plan(), BASE, [broken()], at(1, 30))

    def carrying(lot_code: str) -> Progress:
        return replace(
            done,
            under_way=tuple(
                replace(s, load=tuple(replace(line, lot_code=lot_code) for line in s.load))
                for s in done.under_way
            ),
        )

    assert wrecks(donated, carrying(lots[0].code), [ROAD]) == ()
    assert len(wrecks(donated, carrying("A-tent"), [ROAD])) == 1


def test_a_point_along_a_line() -> None:
    # A third of 3 degrees along the equator and back: 1, 2, ... of 1 + 2.
    line = [Point(lon_deg=0.0, lat_deg=0.0), Point(lon_deg=1.0, lat_deg=0.0),
            Point(lon_deg=3.0, lat_deg=0.0)]  # fmt: skip
    for share, lon_deg in ((0.0, 0.0), (1 / 3, 1.0), (0.5, 1.5), (1.0, 3.0)):
        found = point_along(line, share)
        assert found.lat_deg == 0.0
        assert found.lon_deg == pytest.approx(lon_deg)
