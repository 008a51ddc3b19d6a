"""Verifying limits of places: trucks at a depot at once, opening hours, what a place takes in."""

from collections import defaultdict
from datetime import datetime, timedelta

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind
from relief.plan.verify_ground import SECOND, Ground, Tally, clock_time
from relief.sentences import say
from relief.supply.limits import DepotLimit
from relief.units import SHANGHAI

MINUTE = timedelta(minutes=1)


def check_limits(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check every loading and every delivery against the limits of its place."""
    loadings: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    begun: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for vehicle in ground.situation.under_way:
        if vehicle.loading_since is not None:
            begun[vehicle.location_code].append((vehicle.loading_since, vehicle.free_at))
    for bay in ground.situation.bays_taken:
        begun[bay.depot_code].append((bay.begin_at, bay.end_at))
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    loadings[stop.location_code].append((stop.begin_at, stop.end_at))
    for limit in ground.situation.depot_limits:
        _check_bays(limit, loadings[limit.depot_code], begun[limit.depot_code], tally)
        _check_hours(limit, loadings[limit.depot_code], tally)
        _check_rate(limit, plan, ground, tally)
    if ground.situation.receiving_limits:
        _check_receiving(plan, ground, tally)


def _check_bays(
    limit: DepotLimit,
    loadings: list[tuple[datetime, datetime]],
    begun: list[tuple[datetime, datetime]],
    tally: Tally,
) -> None:
    """Count the trucks whenever one begins to load; one that ends then makes room for it.

    Trucks that were loading when the plan was made take room, too, but are not of its making:
    among themselves they may be more than there is room for.
    """
    trucks = [*loadings, *begun]
    most = max((sum(b <= begin_at < e for b, e in trucks) for begin_at, _ in loadings), default=0)
    tally.at_most(
        Rule.LOADING_LIMIT,
        f"depot {limit.depot_code}",
        say(
            "{most} trucks load at once in depot {depot}, which has room for {limit}.",
            most=most,
            depot=limit.depot_code,
            limit=limit.most_trucks,
        ),
        found=most,
        limit=limit.most_trucks,
        unit="trucks",
    )


def _check_hours(
    limit: DepotLimit, loadings: list[tuple[datetime, datetime]], tally: Tally
) -> None:
    if limit.is_always_open:
        return
    for begin_at, end_at in loadings:
        begin, end = begin_at.astimezone(SHANGHAI), end_at.astimezone(SHANGHAI)
        midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        opens, closes = midnight + limit.opens_min * MINUTE, midnight + limit.closes_min * MINUTE
        tally.true(
            Rule.LOADING_LIMIT,
            f"depot {limit.depot_code}",
            say(
                "A truck loads in depot {depot} from {begin} to {end}, outside its hours.",
                depot=limit.depot_code,
                begin=clock_time(begin_at),
                end=clock_time(end_at),
            ),
            fact=opens <= begin and end <= closes,
        )


def _check_rate(limit: DepotLimit, plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check at the end of each loading what has been loaded by then; second by second in effect.

    Where a plan goes on, hours and goods count from the instant at which it was made anew.
    """
    if limit.most_g_per_h is None:
        return
    loaded: list[tuple[datetime, int]] = [
        (bay.end_at, bay.mass_g)
        for bay in ground.situation.bays_taken
        if bay.depot_code == limit.depot_code
    ]
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD and stop.location_code == limit.depot_code:
                    mass_g = sum(
                        line.pieces * ground.items[line.item_code].mass_g
                        for line in stop.lines
                        if line.item_code in ground.items
                    )
                    loaded.append((stop.end_at, mass_g))
    since = ground.situation.as_of or ground.situation.start_at
    total_g = 0
    for instant, mass_g in sorted(loaded):
        total_g += mass_g
        open_s = _open_s(limit, since, instant)
        tally.at_most(
            Rule.LOADING_LIMIT,
            f"depot {limit.depot_code}",
            say(
                "Depot {depot} has loaded {found} kg by {instant}; at {rate} kg an hour it can "
                "have loaded {most}.",
                depot=limit.depot_code,
                found=total_g // 1_000,
                instant=clock_time(instant),
                rate=limit.most_g_per_h // 1_000,
                most=limit.most_g_per_h * open_s // 3_600_000,
            ),
            found=total_g,
            limit=limit.most_g_per_h * open_s // 3_600,
            unit="g",
        )


def _open_s(limit: DepotLimit, since: datetime, until: datetime) -> int:
    """Return the seconds in which a depot is open between two instants, day by day."""
    total = timedelta(0)
    midnight = since.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight < until:
        opens, closes = midnight + limit.opens_min * MINUTE, midnight + limit.closes_min * MINUTE
        total += max(timedelta(0), min(closes, until) - max(opens, since))
        midnight += timedelta(days=1)
    return total // SECOND


def _check_receiving(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    situation = ground.situation
    ends = situation.policy.window_ends
    arrived_g: dict[tuple[str, int], int] = defaultdict(int)
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                after = stop.end_at - situation.start_at
                windows = [number for number, end in enumerate(ends) if after <= end]
                if stop.kind is not StopKind.DELIVER or not windows:
                    continue
                for line in stop.lines:
                    item = ground.items.get(line.item_code)
                    mass_g = line.pieces * item.mass_g if item is not None else 0
                    arrived_g[stop.location_code, windows[0]] += mass_g
    taken_g: dict[tuple[str, int], int] = defaultdict(int)
    for each in situation.taken_in:
        taken_g[each.place_code, each.window] += each.mass_g
    for limit in situation.receiving_limits:
        for window, end in enumerate(ends):
            begin = ends[window - 1] if window else timedelta(0)
            most_g = limit.most_g_per_day * ((end - begin) // SECOND) // (24 * 3_600)
            found_g, had_g = (
                sum(
                    mass_g
                    for (place, arrival), mass_g in masses.items()
                    if arrival == window
                    and (
                        place in limit.beyond
                        if limit.beyond
                        else place.startswith(limit.place_code)
                    )
                )
                for masses in (arrived_g, taken_g)
            )
            # What came before the plan was made is not of its making.
            most_g = max(0, most_g - had_g)
            tally.at_most(
                Rule.RECEIVING,
                f"{limit.place_code}, window {window + 1}",
                say(
                    "{place} is brought {found} g in arrival window {window}, and takes in "
                    "{limit} g.",
                    place=limit.place_code,
                    found=found_g,
                    window=window + 1,
                    limit=most_g,
                ),
                found=found_g,
                limit=most_g,
                unit="g",
            )
