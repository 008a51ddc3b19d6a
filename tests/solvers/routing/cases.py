"""Allocations for the hand-made situations, and a bookkeeper that recounts an answer."""

from collections import Counter
from datetime import timedelta
from random import Random

from relief.plan.allocation import Allocation, Consignment
from relief.plan.outcome import SolveReport, Termination
from relief.plan.routes import Routes, StopKind
from relief.plan.situation import Situation
from tests.situations import (
    START_AT,
    depot,
    item,
    lot,
    need,
    place,
    pool,
    situation,
    truck,
)
from tests.solvers.routing.duty_watch import (
    drives_of_route,
    longest_stretch_s,
    most_in_a_day_s,
    rests_of_route,
)

SECOND = timedelta(seconds=1)


def consignment(
    lot_code: str,
    item_code: str,
    place_code: str,
    pieces: int,
    *,
    depot_code: str = "420001-01",
    window: int = 0,
    ready_h: float = 0.0,
) -> Consignment:
    return Consignment(
        lot_code=lot_code,
        depot_code=depot_code,
        item_code=item_code,
        place_code=place_code,
        pieces=pieces,
        window=window,
        ready_after=timedelta(hours=ready_h),
    )


def allocation(*consignments: Consignment) -> Allocation:
    return Allocation(
        consignments=consignments,
        shortfalls=(),
        deprivation_bound_milli_person_h=None,
        report=SolveReport(
            solver="hand",
            termination=Termination.FEASIBLE,
            objective=None,
            bound=None,
            seconds=0.0,
            seed=0,
        ),
    )


def arrivals(routes: Routes) -> list[tuple[str, int, int]]:
    """Return place, pieces and minutes after the start of every delivery, in order of time."""
    return sorted(
        (
            (
                stop.location_code,
                sum(line.pieces for line in stop.lines),
                (stop.end_at - START_AT) // timedelta(minutes=1),
            )
            for route in routes.vehicle_routes
            for trip in route.trips
            for stop in trip.stops
            if stop.kind is StopKind.DELIVER
        ),
        key=lambda entry: (entry[2], entry[0]),
    )


def recount(case: Situation, given: Allocation, routes: Routes) -> None:
    """Check an answer with plain loops: goods, room, places, times, duty and trucks."""
    _recount_goods(case, given, routes)
    index = case.travel.index()
    seconds = case.travel.seconds()
    classes = {kind.code: kind for kind in case.vehicle_classes}
    pools = {code: pool for pool in case.pools for code in pool.vehicle_codes()}
    codes = [route.vehicle_code for route in routes.vehicle_routes]
    assert len(codes) == len(set(codes))
    for route in routes.vehicle_routes:
        pool = pools[route.vehicle_code]
        kind = classes[route.class_code]
        assert (pool.base_code, pool.class_code, pool.num_drivers) == (
            route.base_code,
            route.class_code,
            route.num_drivers,
        )
        here = route.base_code
        now = START_AT + pool.ready_after
        speed = case.travel.speed_classes.index(kind.speed_class)
        assert route.trips
        for stop in [stop for trip in route.trips for stop in trip.stops] + [route.home]:
            leg = stop.leg
            assert (leg.from_code, leg.to_code) == (here, stop.location_code)
            assert leg.depart_at >= now
            needed_s = int(seconds[speed, index[leg.from_code], index[leg.to_code]])
            assert leg.drive // SECOND >= needed_s
            stood = sum((rest.duration for rest in leg.rests), timedelta())
            assert leg.arrive_at - leg.depart_at == leg.drive + stood
            assert stop.begin_at >= leg.arrive_at
            work_s = {
                StopKind.LOAD: kind.load_s,
                StopKind.DELIVER: kind.unload_s,
                StopKind.RETURN: 0,
            }[stop.kind]
            assert (stop.end_at - stop.begin_at) // SECOND == work_s
            here, now = stop.location_code, stop.end_at
        assert here == route.base_code
        drives = drives_of_route(route)
        assert most_in_a_day_s(drives) <= 8 * 3_600 * route.num_drivers
        assert longest_stretch_s(drives, rests_of_route(route)) <= 4 * 3_600


def _recount_goods(case: Situation, given: Allocation, routes: Routes) -> None:
    items = case.catalogue.by_code()
    lots = {lot.code: lot for lot in case.lots}
    classes = {kind.code: kind for kind in case.vehicle_classes}
    wanted: Counter[tuple[str, str]] = Counter()
    for one in given.consignments:
        wanted[one.lot_code, one.place_code] += one.pieces
    got: Counter[tuple[str, str]] = Counter()
    for rest in routes.undelivered:
        assert rest.pieces > 0
        got[rest.consignment.lot_code, rest.consignment.place_code] += rest.pieces
    for route in routes.vehicle_routes:
        kind = classes[route.class_code]
        for trip in route.trips:
            loaded: Counter[str] = Counter()
            unloaded: Counter[str] = Counter()
            for stop in trip.stops:
                assert stop.kind is not StopKind.RETURN
                assert stop.lines
                for line in stop.lines:
                    assert line.pieces > 0
                    if stop.kind is StopKind.LOAD:
                        assert lots[line.lot_code].depot_code == stop.location_code
                        loaded[line.lot_code] += line.pieces
                    else:
                        unloaded[line.lot_code] += line.pieces
                        got[line.lot_code, stop.location_code] += line.pieces
            assert loaded == unloaded
            mass_g = sum(n * items[lots[code].item_code].mass_g for code, n in loaded.items())
            volume = sum(n * items[lots[code].item_code].volume_cm3 for code, n in loaded.items())
            assert mass_g <= kind.payload_g
            assert volume <= kind.volume_cm3
    assert got == wanted


def out_of_reach() -> Situation:
    """Return a depot and a truck, a place an hour away and one so far that nothing is in time.

    Each place needs eight of the sixteen tents.
    """
    base, near, far = "420001-01", "420001", "420002"
    hours = {(base, near): 1.0, (near, base): 1.0}
    hours |= {(one, far): 100.0 for one in (base, near)}
    hours |= {(far, one): 100.0 for one in (base, near)}
    return situation(
        items=[item("tent")],
        places=[place(near), place(far)],
        needs=[need(near, "tent", 8), need(far, "tent", 8)],
        depots=[depot(base)],
        lots=[lot("LA", base, "tent", 16)],
        pools=[pool(base, 1)],
        hours_between=hours,
    )


def drawn_case(seed: int) -> tuple[Situation, Allocation]:
    """Return a small situation drawn from a seed, with an allocation that may ask too much."""
    rng = Random(seed)  # noqa: S311 - a case, not a secret
    depots = [depot(f"42000{number}-01") for number in range(1, rng.randint(2, 4))]
    places = [place(f"42001{number}") for number in range(rng.randint(1, 5))]
    items = [
        item(f"item{number}", mass_kg=rng.randint(1, 60), volume_dm3=rng.randint(1, 900))
        for number in range(rng.randint(1, 3))
    ]
    codes = [d.code for d in depots] + [p.code for p in places]
    hours_between = {
        (one, other): rng.randint(1, 40_000) / 3_600
        for one in codes
        for other in codes
        if one != other and rng.random() < 0.9
    }
    lots, needs, consignments = [], [], []
    for thing in items:
        lots += [
            lot(f"{source.code}/{thing.code}", source.code, thing.code, 10_000) for source in depots
        ]
        for target in places:
            for window, due_h in enumerate((12, 24, 48, 72)):
                if rng.random() < 0.4:
                    pieces = rng.randint(1, 400)
                    needs.append(need(target.code, thing.code, pieces, due_h=due_h))
                    source = rng.choice(depots)
                    consignments.append(
                        consignment(
                            f"{source.code}/{thing.code}",
                            thing.code,
                            target.code,
                            pieces,
                            depot_code=source.code,
                            window=window,
                            ready_h=rng.choice((0, 0, 0, 5, 30)),
                        )
                    )
    case = situation(
        items=items,
        places=places,
        needs=needs,
        depots=depots,
        lots=lots,
        classes=[truck(), truck("truck-l", payload_kg=5000, volume_dm3=30_000, load_min=60)],
        pools=[
            pool(
                source.code,
                rng.randint(0, 3),
                class_code=code,
                num_drivers=rng.randint(1, 2),
                ready_min=rng.randint(0, 240),
            )
            for source in depots
            for code in ("truck-s", "truck-l")
        ],
        hours_between=hours_between,
    )
    return case, allocation(*consignments)
