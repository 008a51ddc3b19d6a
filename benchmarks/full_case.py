"""The full case: all townships of the 2016 footprint, 15 items, 400 trucks, 120 depots.

`python -m benchmarks.full_case [--seconds 60] [--scarce | --rich] [--smoke]`, or
`python -m benchmarks.full_case --curve 15,30,60,300 --plot PNG`

Drawn from the shipped event, network and roads with a seed: the needs of each county fall on its
townships by people and chance, the depots are the 120 that hold most of what is needed, and the
fleet is cut to 400 trucks, some of them of two more classes. Truck-scarce is the same fleet with
`SCARCE_FACTOR` times the needs and the stock.

Prints a row for each plan: the greedy one (nearest stock, savings), and the agreement of allocation
and routing after some seconds. Shares are of what is lost if nothing ever comes: `deprivation` of
the weighted person-hours, `undelivered` of the weighted pieces (people times weight of the
priority) that do not come within the horizon; each beside a proven bound. The last row of the table
compares cost at equal service: the agreement spares what it can while neither share is larger than
with the greedy plan. Below it the same so strictly that each piece that the greedy plan delivers
must come no later than there, or than it is needed.
"""

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.full_case_plot import CurvePoint, draw_curves
from benchmarks.routing import prepared
from geodata.gazetteer import load_gazetteer
from geodata.plan_travel import PlanTravel
from geodata.roads import load_roads
from relief.damage.needs import Estimate, Need
from relief.items import Item
from relief.places import Depot, Place
from relief.plan.dispatch import plan_dispatch
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.measures import ServedNeed, deprivation_of, served_needs
from relief.plan.outcome import Progress, ProgressStep, SolveLimits, silent
from relief.plan.situation import Situation
from relief.plan.travel import Location, TravelTimes
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.units import CM3_PER_M3, GRAMS_PER_KG
from solvers.agreement import Agreement
from solvers.allocation.baseline import NearestAllocator
from solvers.allocation.case import case_of
from solvers.allocation.trucks import relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.routing.baseline import SavingsRouter
from solvers.routing.worth import Service

NUM_DEPOTS, NUM_TRUCKS = 120, 400
SCARCE_FACTOR = 6
SPREAD = 0.8
"""Standard deviation of the logarithm by which a township's share differs from its people's."""
FURTHER = (
    # code, taken from, payload in kg, box in m3, loading and unloading in minutes, yuan per km.
    ("truck-3.6", "truck-4.2", 1_200, 9, 40, 25, 2.4),
    ("truck-12", "truck-13", 18_000, 68, 105, 60, 8.0),
)
FURTHER_SHARE = 0.4
"""Share of the trucks of the class that it is taken from."""


def full_situation(*, scarce: bool, seed: int = 1, places: int | None = None) -> Situation:
    """Return the full case.

    Parameters
    ----------
    scarce
        Whether trucks are scarce.
    seed
        Draws the townships' shares and the further classes.
    places
        Only so many townships, the fleet and the depots cut alike; None for all.
    """
    base = prepared("2016-meiyu", 1)
    draw = Random(seed)  # noqa: S311 - draws a benchmark, not secrets
    factor = SCARCE_FACTOR if scarce else 1
    items = base.catalogue.by_code()
    needs, townships = _township_needs(base, items, draw, factor)
    share = 1.0
    if places is not None:
        townships = townships[:: max(1, len(townships) // places)][:places]
        kept = {place.code for place in townships}
        share = len(kept) / max(1, len({need.place_code for need in needs}))
        needs = [need for need in needs if need.place_code in kept]
    depots = _largest_depots(base, items, max(4, round(NUM_DEPOTS * share)))
    classes = (*base.vehicle_classes, *_further_classes(base.vehicle_classes))
    pools = _pools(base.pools, depots, max(8, round(NUM_TRUCKS * share)), draw)
    codes = {depot.code for depot in depots}
    lots = tuple(
        replace(
            lot,
            pieces=max(1, round(lot.pieces * factor * share)),
            committed_pieces=int(lot.committed_pieces * factor * share),
        )
        for lot in base.lots
        if lot.depot_code in codes
    )
    return replace(
        base,
        places=tuple(townships),
        needs=tuple(needs),
        depots=depots,
        hubs=tuple(hub for hub in base.hubs if hub.depot_code in codes),
        lots=lots,
        vehicle_classes=classes,
        pools=pools,
        travel=_travel(base, depots, townships),
    )


def _township_needs(
    base: Situation, items: dict[str, Item], draw: Random, factor: int
) -> tuple[list[Need], list[Place]]:
    """Return the needs of each county split over its townships, in whole packs."""
    gazetteer = load_gazetteer()
    of_county: dict[str, list[Need]] = defaultdict(list)
    for need in base.needs:
        of_county[need.place_code].append(need)
    needs: list[Need] = []
    places: list[Place] = []
    for county in sorted(of_county):
        towns = sorted(gazetteer.townships_of(county), key=lambda town: town.code)
        if not towns:
            towns = [gazetteer.place(county)]
        places += towns
        weights = np.array(
            [max(town.population_people, 5_000) * draw.lognormvariate(0, SPREAD) for town in towns]
        )
        for need in of_county[county]:
            pack = max(1, items[need.item_code].pack_pieces)
            packs = need.pieces * factor // pack
            for town, count in zip(towns, _largest_remainder(weights, packs, draw), strict=True):
                if count:
                    pieces = count * pack
                    needs.append(
                        replace(
                            need,
                            place_code=town.code,
                            pieces=pieces,
                            estimate=Estimate(low=pieces, likely=pieces, high=pieces),
                        )
                    )
    needed = {need.place_code for need in needs}
    return needs, [place for place in places if place.code in needed]


def _largest_remainder(weights: NDArray[np.float64], total: int, draw: Random) -> list[int]:
    """Return whole shares of a total; of like remainders chance decides."""
    exact = weights / weights.sum() * total
    counts = np.floor(exact).astype(int)
    chance = [draw.random() for _ in weights]
    order = np.lexsort((chance, -(exact - counts)))
    counts[order[: total - int(counts.sum())]] += 1
    return [int(count) for count in counts]


def _largest_depots(base: Situation, items: dict[str, Item], num: int) -> tuple[Depot, ...]:
    """Return the depots that hold most cubic metres of what is needed, in order of code."""
    wanted = {need.item_code for need in base.needs}
    held: dict[str, int] = defaultdict(int)
    for lot in base.usable_lots():
        if lot.item_code in wanted:
            held[lot.depot_code] += lot.available_pieces * items[lot.item_code].volume_cm3
    order = sorted(base.depots, key=lambda depot: (-held[depot.code], depot.code))
    return tuple(sorted(order[:num], key=lambda depot: depot.code))


def _further_classes(classes: Sequence[VehicleClass]) -> tuple[VehicleClass, ...]:
    known = {kind.code: kind for kind in classes}
    return tuple(
        replace(
            known[like],
            code=code,
            name_zh=f"{code.removeprefix('truck-')}米货车",
            name_en=f"{code.removeprefix('truck-')} m truck",
            payload_g=payload_kg * GRAMS_PER_KG,
            volume_cm3=box_m3 * CM3_PER_M3,
            load_s=load_min * 60,
            unload_s=unload_min * 60,
            cost_fen_per_km=round(yuan_per_km * 100),
            source="drawn for the benchmark",
        )
        for code, like, payload_kg, box_m3, load_min, unload_min, yuan_per_km in FURTHER
    )


def _pools(
    pools: Sequence[VehiclePool], depots: Sequence[Depot], total: int, draw: Random
) -> tuple[VehiclePool, ...]:
    """Return the pools at the depots with so many trucks in all, some of the further classes."""
    codes = {depot.code for depot in depots}
    here = [pool for pool in pools if pool.base_code in codes]
    counts = _largest_remainder(np.array([pool.num_vehicles for pool in here]), total, draw)
    further = {like: code for code, like, *_ in FURTHER}
    drawn: list[VehiclePool] = []
    for pool, count in zip(here, counts, strict=True):
        other = 0
        if pool.class_code in further:
            other = sum(draw.random() < FURTHER_SHARE for _ in range(count))
            drawn.append(replace(pool, class_code=further[pool.class_code], num_vehicles=other))
        drawn.append(replace(pool, num_vehicles=count - other))
    return tuple(pool for pool in drawn if pool.num_vehicles)


def _travel(base: Situation, depots: Sequence[Depot], places: Sequence[Place]) -> TravelTimes:
    sites: tuple[Depot | Place, ...] = (*depots, *places)
    closures = base.travel.closures
    roads = load_roads()
    travel = PlanTravel(
        roads.closed(closures) if closures else roads, base.start_at, base.horizon_at
    )
    return travel.travel_times(
        [
            Location(code=one.code, name_zh=one.name_zh, name_en=one.name_en, point=one.point)
            for one in sites
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What is lost of a situation, as shares of what is lost if nothing comes."""

    deprivation_share: float
    undelivered_share: float


def losses(situation: Situation, plan: DispatchPlan) -> Losses:
    """Return what a plan loses."""
    served = served_needs(situation, plan.vehicle_routes)
    nothing = served_needs(situation, ())
    weights = dict(situation.policy.priority_weights)

    def undelivered(needs: Sequence[ServedNeed]) -> float:
        return float(
            sum(
                one.missing_pieces * one.need.milli_people_per_piece * weights[one.need.priority]
                for one in needs
            )
        )

    return Losses(
        deprivation_share=sum(deprivation_of(situation, one) for one in served)
        / sum(deprivation_of(situation, one) for one in nothing),
        undelivered_share=undelivered(served) / undelivered(nothing),
    )


def least_losses(situation: Situation, plan: DispatchPlan) -> Losses:
    """Return proven bounds: the plan's on the deprivation, and stock and roads on the pieces."""
    case = case_of(situation)
    never = float((case.demand_pieces * case.weight_milli[:, None] * case.late_h()[:, -1]).sum())
    at_the_end = np.zeros_like(case.wait_h)
    at_the_end[-1] = 1
    pieces = replace(case, wait_h=at_the_end)
    all_pieces = float((case.demand_pieces.sum(axis=1) * case.weight_milli).sum())
    earliest_s = relaxed_trucks(case).earliest_s()
    bound = plan.deprivation_bound_milli_person_h or unavoidable_deprivation(case, earliest_s)
    return Losses(
        deprivation_share=bound / never,
        undelivered_share=unavoidable_deprivation(pieces, earliest_s) / all_pieces,
    )


def delivered_as_needs(situation: Situation, plan: DispatchPlan) -> Situation:
    """Return a situation that needs what a plan delivers, each piece no later than it brings it.

    Early is no service: what a plan brings before it is needed is due when it is needed.
    """
    needs: dict[tuple[str, str, int], Need] = {}
    for one in served_needs(situation, plan.vehicle_routes):
        due = situation.window_of(one.need.due_at) or 0
        for arrival, pieces in enumerate(one.arrived_pieces):
            window = max(arrival, due)
            key = (one.need.place_code, one.need.item_code, window)
            so_far = needs[key].pieces if key in needs else 0
            if pieces + so_far:
                all_pieces = pieces + so_far
                needs[key] = replace(
                    one.need,
                    due_at=situation.window_end_at(window),
                    pieces=all_pieces,
                    estimate=Estimate(low=all_pieces, likely=all_pieces, high=all_pieces),
                )
    codes = {code for code, _, _ in needs}
    return replace(
        situation,
        needs=tuple(needs.values()),
        places=tuple(place for place in situation.places if place.code in codes),
    )


def service_of(situation: Situation, plan: DispatchPlan) -> Service:
    """Return what people go without under a plan."""
    weights = dict(situation.policy.priority_weights)
    return Service(
        lost_milli_person_h=plan.score.deprivation_milli_person_h,
        waiting=sum(
            one.missing_pieces * one.need.milli_people_per_piece * weights[one.need.priority]
            for one in served_needs(situation, plan.vehicle_routes)
        ),
    )


def agreed_plan(
    situation: Situation,
    seconds: float,
    progress: Progress = silent,
    enough: Service | None = None,
) -> DispatchPlan:
    """Return the certified plan of an agreement with its seconds, as good as is asked for."""
    agreement = Agreement(SolveLimits(seconds=seconds), progress=progress, enough=enough)
    return plan_dispatch(situation, agreement, agreement)


def row(name: str, plan: DispatchPlan, spent_s: float, lost: Losses, least: Losses) -> str:
    """Return a row of the table."""
    num_trips = sum(len(route.trips) for route in plan.vehicle_routes)
    cells = [
        name,
        f"{spent_s:.1f}",
        "yes" if plan.certificate is not None and plan.certificate.holds else "NO",
        f"{lost.deprivation_share:.2%}",
        f"{100 * (lost.deprivation_share - least.deprivation_share):+.2f}",
        f"{lost.undelivered_share:.2%}",
        f"{100 * (lost.undelivered_share - least.undelivered_share):+.2f}",
        f"{plan.score.cost_fen / 100:,.0f}",
        f"{len(plan.vehicle_routes)}",
        f"{num_trips}",
    ]
    return "| " + " | ".join(cells) + " |"


def measure(
    name: str, situation: Situation, curve: Sequence[float], *, equal_service: bool = True
) -> list[CurvePoint]:
    """Print all rows of a variant; return the curve, the greedy plan first."""
    num_trucks = sum(pool.num_vehicles for pool in situation.pools)
    print(
        f"{name}: {len(situation.places)} places, {len(situation.needs)} needs of "
        f"{len({need.item_code for need in situation.needs})} items, {len(situation.depots)} "
        f"depots, {num_trucks} trucks of {len({pool.class_code for pool in situation.pools})} "
        "classes"
    )
    print(
        "| plan | s | certified | deprivation | points above bound | undelivered "
        "| points above bound | cost, yuan | trucks | trips |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    began_s = time.perf_counter()
    greedy = plan_dispatch(situation, NearestAllocator(), SavingsRouter())
    greedy_s = time.perf_counter() - began_s
    plan = greedy
    points = []
    for number, seconds in enumerate(curve):
        began_s = time.perf_counter()
        plan = agreed_plan(situation, seconds, _spoken if seconds == max(curve) else silent)
        spent_s = time.perf_counter() - began_s
        least = least_losses(situation, plan)
        if number == 0:
            points.append(_point(greedy_s, greedy, losses(situation, greedy), least))
            print(row("greedy", greedy, greedy_s, losses(situation, greedy), least), flush=True)
        print(
            row(f"agreed in {seconds:g} s", plan, spent_s, losses(situation, plan), least),
            flush=True,
        )
        points.append(_point(seconds, plan, losses(situation, plan), least))
    _tell_shortfalls(plan)
    seconds = min(60.0, max(curve))
    began_s = time.perf_counter()
    plan = agreed_plan(situation, seconds, enough=service_of(situation, greedy))
    spent_s = time.perf_counter() - began_s
    least = least_losses(situation, plan)
    print(row("as good as the greedy", plan, spent_s, losses(situation, plan), least))
    print(at_no_worse_service(situation, greedy, plan), flush=True)
    if equal_service:
        same = delivered_as_needs(situation, greedy)
        began_s = time.perf_counter()
        plan = agreed_plan(same, seconds)
        spent_s = time.perf_counter() - began_s
        saved = 1 - plan.score.cost_fen / greedy.score.cost_fen
        lost = losses(same, plan)
        print(
            f"every piece no later: {spent_s:.1f} s, {plan.score.cost_fen / 100:,.0f} yuan against "
            f"{greedy.score.cost_fen / 100:,.0f}: {saved:.1%} less, {lost.deprivation_share:.3%} "
            f"of the deprivation and {lost.undelivered_share:.3%} of the pieces not met",
            flush=True,
        )
    return points


def _point(seconds: float, plan: DispatchPlan, lost: Losses, least: Losses) -> CurvePoint:
    return CurvePoint(
        seconds=seconds,
        deprivation_share=lost.deprivation_share,
        bound_share=least.deprivation_share,
        cost_yuan=plan.score.cost_fen / 100,
    )


def at_no_worse_service(situation: Situation, greedy: DispatchPlan, plan: DispatchPlan) -> str:
    """Return how much cheaper a plan is than the greedy one, if it serves no worse."""
    lost, lost_by_greedy = losses(situation, plan), losses(situation, greedy)
    if (
        lost.deprivation_share > lost_by_greedy.deprivation_share
        or lost.undelivered_share > lost_by_greedy.undelivered_share
    ):
        return "the greedy plan serves better in one respect: costs do not compare"
    saved = 1 - plan.score.cost_fen / greedy.score.cost_fen
    return f"at no worse service in either respect: {saved:.1%} less cost than the greedy plan"


def _tell_shortfalls(plan: DispatchPlan) -> None:
    """Print how many needs are short for which reason."""
    reasons: dict[str, int] = defaultdict(int)
    for one in plan.shortfalls:
        reasons[one.reason.value] += 1
    told = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
    print(f"needs named short: {told or 'none'}", flush=True)


def _spoken(step: ProgressStep, said: list[str] = []) -> None:  # noqa: B006 - one run a process
    """Print each new step of the work."""
    text = f"{step.stage} {step.detail}".strip()
    if not said or said[-1] != text:
        said.append(text)
        print(f"  {time.perf_counter():.1f} {text}", flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure the variants asked for."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.full_case")
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--curve", default="", help="seconds, such as 15,30,60,300")
    asked.add_argument("--plot", type=Path, help="draw the curve into this picture, PNG or SVG")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--smoke", action="store_true", help="a small case and a few seconds")
    which = asked.add_mutually_exclusive_group()
    which.add_argument("--rich", action="store_true")
    which.add_argument("--scarce", action="store_true")
    given = asked.parse_args(argv)
    # Compiling, once on a machine, is not part of any plan's seconds.
    subprocess.run([sys.executable, "-m", "solvers.routing.fleet_warming"], check=True)
    seconds = 3.0 if given.smoke else given.seconds
    curve = [float(text) for text in given.curve.split(",")] if given.curve else [seconds]
    curves = {}
    for scarce in (False, True):
        if (given.rich and scarce) or (given.scarce and not scarce):
            continue
        situation = full_situation(
            scarce=scarce, seed=given.seed, places=24 if given.smoke else None
        )
        name = "truck-scarce" if scarce else "truck-rich"
        curves[name] = measure(name, situation, curve, equal_service=not given.curve)
    if given.plot:
        draw_curves(curves, given.plot)


if __name__ == "__main__":
    main()
