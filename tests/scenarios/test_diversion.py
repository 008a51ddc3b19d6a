"""Trucks that meet a closed road, on a straight road of 100 km whose junctions are 10 km apart.

The road runs east along the equator (0.0899 degrees are 10 km there, near enough for shares): nodes
1 to 9 lie at 10, 20, ... 90 km; the truck sets out at 0:00 and drives two hours without a rest.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from relief.places import Point
from relief.plan.execution_events import LegUnderWay
from relief.plan.routes import Leg, Rest
from relief.plan.travel import Closure, ClosureKind, RoadPath
from scenarios.diversion import turning_point
from tests.situations import START_AT

HOUR = timedelta(hours=1)
STEP_DEG = 0.0899
LEG = LegUnderWay(
    vehicle_code="truck",
    leg=Leg(
        from_code="here",
        to_code="there",
        depart_at=START_AT,
        arrive_at=START_AT + 2 * HOUR,
        drive=2 * HOUR,
    ),
    late_by=timedelta(0),
)
PATH = RoadPath(
    from_code="here",
    to_code="there",
    speed_class="any",
    node_ids=tuple(range(1, 10)),
    line=tuple(Point(lon_deg=STEP_DEG * step, lat_deg=0.0) for step in range(11)),
    distance_km=100.0,
)


def closing(node: int, other: int) -> Closure:
    return Closure(name="flood", kind=ClosureKind.EDGE, reason="flood", edges=((node, other),))


@pytest.mark.parametrize(
    ("minutes", "edge", "turn"),
    [
        # 35 km after 42 min: the next junction is 4, at 40 km, 6 min on.
        (42, (6, 7), (4, 48)),
        # The closure begins at the next junction: the truck turns there.
        (42, (4, 5), (4, 48)),
        # On the closed stretch itself: back to junction 3, 5 km, 6 min.
        (42, (3, 4), (3, 48)),
        # Behind the truck.
        (42, (2, 3), None),
        # Before the first junction at 5 min: junction 1, at 10 km, 7 min on.
        (5, (1, 2), (1, 12)),
        # On the last access leg, past all junctions.
        (115, (8, 9), None),
    ],
)
def test_a_truck_turns_at_the_junction_before_the_closure(
    minutes: int, edge: tuple[int, int], turn: tuple[int, int] | None
) -> None:
    found = turning_point(LEG, PATH, (closing(*edge),), START_AT + timedelta(minutes=minutes))
    if turn is None:
        assert found is None
        return
    node, free_min = turn
    assert found is not None
    assert found.point == PATH.line[node]
    assert abs(found.free_at - START_AT - timedelta(minutes=free_min)) <= timedelta(seconds=1)


def test_a_rest_on_the_way_is_no_driving() -> None:
    # 30 min of rest after 30 min: at 1:00 the truck has come 25 km, so that 3 is next.
    resting = replace(
        LEG,
        leg=replace(
            LEG.leg,
            arrive_at=LEG.leg.arrive_at + HOUR / 2,
            rests=(Rest(after_drive=HOUR / 2, duration=HOUR / 2),),
        ),
    )
    found = turning_point(resting, PATH, (closing(5, 6),), START_AT + HOUR)
    assert found is not None
    assert found.point == PATH.line[3]


def test_who_is_not_concerned_does_not_turn() -> None:
    others = replace(closing(6, 7), speed_classes=("heavy",))
    assert turning_point(LEG, PATH, (others,), START_AT + HOUR) is None
    # The lane in its direction is open for convoys.
    one_way = replace(closing(6, 7), open_ways=((6, 7),))
    assert turning_point(LEG, PATH, (one_way,), START_AT + HOUR) is None
