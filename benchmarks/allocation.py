"""How fast the allocation is and how near its bound: `python -m benchmarks.allocation [OPTION]...`.

Emergencies drawn from a seed on the shipped network of Hubei (see `benchmarks.hubei_case`): all
counties or all townships, 15 items, 4 windows, 808 trucks, or as few as bind.

For each, a row for each piece of work: the relaxed model (whose optimum bounds all plans) cold and
from its pool, warm solutions after a small depot's loss, a closed road and the Wuhan depot's loss,
five levels of max-min, the planned model, the whole allocator, and at last the same relaxed model
given to HiGHS at once with every column and whole trips. Gaps are of the deprivation as a whole
and of its avoidable part, proven over all columns. "Building" is everything that is neither
solving nor pricing: reading the situation, truck terms, writing rows and columns. The first row
is what comes before any model: least driving times over all chains of depots and places, a search
of shortest ways done once for a table of travel times, whoever plans with it. Each group of rows
runs in a process of its own, so that the peak is its own, the case itself included.

    --smoke         8 places, 4 items: does it run?
    --townships     all townships instead of the counties
    --trucks N,M    numbers of trucks (808,150)
    --no-monolith   without HiGHS on everything at once (it takes minutes)
    --only GROUP    one group of rows: relaxed, planned, whole, monolith
    --seconds S     limit of the allocator and of the monolith (60 and 10 times that)
"""

import argparse
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from benchmarks.hubei_case import NUM_ITEMS, hubei
from relief.plan.outcome import SolveLimits
from relief.plan.policy import Objective, PolicyStage
from relief.plan.situation import Situation
from solvers.allocation import inside
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import Floats, Ints, case_of
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.columns import Columns
from solvers.allocation.couplings import AllocationModel, TruckHours, model_of
from solvers.allocation.generation import least_deprivation
from solvers.allocation.inside import Inside
from solvers.allocation.inside_rows import InsideRows
from solvers.allocation.least_ways import least_ways
from solvers.allocation.proof import cornered, least, least_of_all
from solvers.allocation.stages import PLANNED, RELAXED, begun, fairest
from solvers.allocation.townships import Clusters, may_be_clustered
from solvers.allocation.trucks import planned_trucks, relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.bounds import relative_gap
from solvers.stop import Deadline

ENOUGH_GAP = 2e-3
WUHAN = "420112-01"
SMALL_PLACES, SMALL_ITEMS = 8, 4
FIVE_LEVELS = PolicyStage(objective=Objective.FAIRNESS, levels=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a piece of work took."""

    case: str
    work: str
    built_s: float | None
    wall_s: float
    cpu_s: float
    gap: float | None = None
    avoidable_gap: float | None = None
    note: str = ""

    def told(self) -> str:
        """Return the row of the table."""
        share = "" if self.built_s is None else f"{self.built_s / max(self.wall_s, 1e-9):.0%}"
        gaps = ["" if gap is None else f"{gap:.3%}" for gap in (self.gap, self.avoidable_gap)]
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = [
            self.case, self.work, f"{self.wall_s:.2f}", f"{self.cpu_s:.2f}", share,
            *gaps, f"{peak_mib:.0f}", self.note,
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"


class Watch:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()

    def wall_s(self) -> float:
        return time.perf_counter() - self._wall_s

    def cpu_s(self) -> float:
        return time.process_time() - self._cpu_s


class TimedRows(InsideRows):
    """Rows of the interior point method that say how long it took to write them."""

    seconds = 0.0

    def __init__(
        self, model: AllocationModel, columns: Columns, idle: NDArray[np.bool_] | None = None
    ) -> None:
        begin = time.perf_counter()
        super().__init__(model, columns, idle)
        TimedRows.seconds += time.perf_counter() - begin


setattr(inside, "InsideRows", TimedRows)  # noqa: B010 - a name that the module does not export


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relaxed:
    """The relaxed model and what its first stage came to."""

    model: AllocationModel
    found: Inside
    floor: int


def ways(name: str, situation: Situation) -> Row:
    """Find the least ways of a situation's travel times."""
    watch = Watch()
    least_ways(situation.travel, tuple(depot.code for depot in situation.depots))
    return Row(
        case=name, work="least ways", built_s=None, wall_s=watch.wall_s(), cpu_s=watch.cpu_s(),
        note=f"{situation.travel.duration_h.size:,} travel times",
    )  # fmt: skip


def relaxed(name: str, work: str, situation: Situation, pool: ColumnPool) -> tuple[Relaxed, Row]:
    """Solve the least deprivation of the relaxed model, from the pool if that holds something.

    Building is all that is neither solving nor pricing: reading the situation, the truck terms,
    and writing rows and columns.
    """
    watch = Watch()
    TimedRows.seconds = 0.0
    case = case_of(situation)
    terms = relaxed_trucks(case)
    model = model_of(case, terms)
    read_s = watch.wall_s()
    floor = unavoidable_deprivation(case, terms.earliest_s())
    deadline = Deadline.starting_now(SolveLimits(seconds=600))
    if may_be_clustered(model):
        clusters = Clusters.of(case, terms.earliest_s())
        found = least_of_all(model, clusters, unavoidable=floor, deadline=deadline, pool=pool)
    else:
        found = least(model, unavoidable=floor, deadline=deadline, pool=pool)
    row = Row(
        case=name,
        work=work,
        built_s=read_s + TimedRows.seconds,
        wall_s=watch.wall_s(),
        cpu_s=watch.cpu_s(),
        gap=relative_gap(found.deprivation_milli_h, found.bound),
        avoidable_gap=relative_gap(found.deprivation_milli_h, found.bound, floor),
        note=f"{found.rounds} rounds, {len(found.columns):,} columns, "
        f"{found.deprivation_milli_h / 1e6:,.0f} thousand person-h",
    )
    return Relaxed(model=model, found=found, floor=floor), row


def planned(name: str, work: str, situation: Situation, pool: ColumnPool) -> Row:
    """Solve the least deprivation of the planned model by the simplex, as the allocator does."""
    watch = Watch()
    case = case_of(situation)
    terms = planned_trucks(case)
    model = model_of(case, terms)
    built_s = watch.wall_s()
    floor = unavoidable_deprivation(case, relaxed_trucks(case).earliest_s())
    master = begun(model, pool, PLANNED)
    deadline = Deadline.starting_now(SolveLimits(seconds=600))
    found = least_deprivation(master, deadline, unavoidable=floor, enough_gap=ENOUGH_GAP)
    pool.keep(PLANNED, master, found.answer)
    reached, bound = found.answer.deprivation_milli_h, found.bound or 0
    return Row(
        case=name, work=work, built_s=built_s, wall_s=watch.wall_s(), cpu_s=watch.cpu_s(),
        gap=relative_gap(reached, bound), avoidable_gap=relative_gap(reached, bound, floor),
        note=f"{found.rounds} rounds, {len(found.answer.columns):,} columns, "
        f"{reached / 1e6:,.0f} thousand person-h",
    )  # fmt: skip


def without_depot(situation: Situation, code: str) -> Situation:
    """Return the situation without what lies and stands at a depot."""
    return replace(
        situation,
        lots=tuple(lot for lot in situation.lots if lot.depot_code != code),
        pools=tuple(pool for pool in situation.pools if pool.base_code != code),
    )


def smallest_depot(situation: Situation) -> str:
    """Return the depot with the least stock of any."""
    mass_g = {item.code: item.mass_g for item in situation.catalogue.items}
    held = dict.fromkeys((depot.code for depot in situation.depots), 0)
    for lot in situation.lots:
        held[lot.depot_code] += lot.available_pieces * mass_g[lot.item_code]
    return min((held[code], code) for code in held if held[code])[1]


def with_closed_road(situation: Situation) -> Situation:
    """Return the situation with the ways of one place a third longer: a road near it is closed."""
    row = situation.travel.index()[situation.places[len(situation.places) // 2].code]
    duration_h = situation.travel.duration_h.copy()
    duration_h[:, row, :] *= 4 / 3
    duration_h[:, :, row] *= 4 / 3
    return replace(situation, travel=replace(situation.travel, duration_h=duration_h))


def levels(name: str, solved: Relaxed, first_s: float) -> Row:
    """Settle five levels of max-min at the least deprivation, at a corner near it."""
    watch = Watch()
    deadline = Deadline.starting_now(SolveLimits(seconds=600))
    master, least_answer = cornered(
        solved.model, solved.found, unavoidable=solved.floor, deadline=deadline, pool=ColumnPool()
    )
    reached = least_answer.deprivation_milli_h
    corner_s = watch.wall_s()
    master.limit_deprivation(reached + 1e-3 * max(0.0, reached - solved.floor) + 1.0)
    _, found = fairest(master, FIVE_LEVELS, deadline)
    told = ", ".join(
        f"{level.unserved_share:.1%} (proven {level.proven_share:.1%})" for level in found
    )
    levels_s = watch.wall_s() - corner_s
    ratio = (first_s + watch.wall_s()) / (first_s + corner_s)
    return Row(
        case=name, work="five max-min levels", built_s=None, wall_s=watch.wall_s(),
        cpu_s=watch.cpu_s(),
        note=f"{told}; {corner_s:.2f} s to a corner, {levels_s:.2f} s for the levels: {ratio:.2f} "
        "x the first solution",
    )  # fmt: skip


def whole(name: str, situation: Situation, seconds: float) -> Row:
    """Run the allocator as a whole."""
    watch = Watch()
    answer = WindowAllocator(SolveLimits(seconds=seconds)).allocate(situation)
    return Row(
        case=name, work=f"allocator, all stages, limit {seconds:.0f} s", built_s=None,
        wall_s=watch.wall_s(), cpu_s=watch.cpu_s(),
        gap=relative_gap(answer.report.objective or 0.0, answer.report.bound or 0.0),
        note=f"{len(answer.consignments):,} consignments; {answer.report.note}",
    )  # fmt: skip


def every_column(model: AllocationModel) -> Columns:
    """Return all columns that there are."""
    case = model.case
    parts = []
    for use in case.uses:
        axes = (
            case.stocks_of_item(use.item),
            case.demands_of_item(use.wanted),
            np.arange(case.num_windows),
            np.arange(model.terms.group_of.shape[1]),
        )
        stock, demand, window, service = (
            axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")
        )
        parts.append(
            model.allowed(Columns(stock=stock, demand=demand, window=window, service=service))
        )
    return Columns.joined(*parts)


def monolith(name: str, situation: Situation, seconds: float) -> Row:
    """Give HiGHS everything at once: every column, and whole trips on each way and window."""
    watch = Watch()
    case = case_of(situation)
    terms = relaxed_trucks(case)
    model = model_of(case, terms)
    columns = every_column(model)
    num, windows = len(columns), case.num_windows
    depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
    key = np.stack([depot, columns.service, place, columns.window])
    ways, way = np.unique(key, axis=1, return_inverse=True)
    num_ways, due = ways.shape[1], case.num_demands * windows
    flow, trip = np.arange(num), num + np.arange(num_ways)
    missing = num + num_ways + np.arange(due)
    early = num + num_ways + due + np.arange(due)
    size = num + num_ways + 2 * due
    rows: list[tuple[Ints, Ints, Floats]] = []
    lower: list[Floats] = []
    upper: list[Floats] = []

    def block(row: Ints, column: Ints, value: Floats, low: Floats, high: Floats) -> None:
        rows.append((sum(map(len, lower)) + row, column, value))
        lower.append(low)
        upper.append(high)

    wanted = case.demand_pieces.ravel().astype(np.float64)
    index = np.arange(due)
    going = index[index % windows != windows - 1]
    block(
        np.concatenate(
            [columns.demand * windows + columns.window, index, going + 1, going, going + 1]
        ),
        np.concatenate([flow, missing, missing[going], early[going], early[going]]),
        np.concatenate([np.ones(num + due), -np.ones(2 * len(going)), np.ones(len(going))]),
        wanted,
        wanted,
    )
    block(
        columns.stock, flow, np.ones(num),
        np.full(len(case.stock_pieces), -np.inf), case.stock_pieces.astype(np.float64),
    )  # fmt: skip
    item, group = case.stock_item[columns.stock], terms.group_of[depot, columns.service]
    for sizes, of_group in ((case.mass_g, terms.payload_g), (case.volume_cm3, terms.volume_cm3)):
        block(
            np.concatenate([way, np.arange(num_ways)]),
            np.concatenate([flow, trip]),
            np.concatenate([sizes[item] / of_group[group], -np.ones(num_ways)]),
            np.full(num_ways, -np.inf),
            np.zeros(num_ways),
        )
    hours = trip_hours(TruckHours.of(case, terms), ways)
    block(
        hours[0], trip[hours[1]], hours[2],
        np.full(terms.available_h.size // 2, -np.inf), terms.available_h[0].ravel(),
    )  # fmt: skip
    matrix = coo_array(
        (
            np.concatenate([value for _, _, value in rows]),
            (np.concatenate([r for r, _, _ in rows]), np.concatenate([c for _, c, _ in rows])),
        ),
        shape=(sum(map(len, lower)), size),
    ).tocsr()
    cost = np.zeros(size)
    cost[missing] = (case.weight_milli[:, None] * case.wait_h).ravel() / 1e6
    whole_number = np.zeros(size)
    whole_number[trip] = 1
    built_s = watch.wall_s()
    found = milp(
        cost,
        constraints=LinearConstraint(matrix, np.concatenate(lower), np.concatenate(upper)),
        integrality=whole_number,
        bounds=Bounds(0, np.inf),
        options={"time_limit": seconds, "mip_rel_gap": 2.5e-3},
    )
    value = None if found.x is None else float(cost @ found.x)
    bound = found.mip_dual_bound
    return Row(
        case=name, work="HiGHS, every column, whole trips", built_s=built_s,
        wall_s=watch.wall_s(), cpu_s=watch.cpu_s(),
        gap=None if value is None or bound is None else relative_gap(value, float(bound)),
        note=f"{size:,} columns, {num_ways:,} of trips; "
        + ("no answer when the time was up; " if value is None else "")
        + found.message,
    )  # fmt: skip


def trip_hours(trucks: TruckHours, ways: Ints) -> tuple[Ints, Ints, Floats]:
    """Return the hours of a whole trip on each way, by account, group and window."""
    case, terms = trucks.case, trucks.terms
    depot, service, place, window = ways
    group = terms.group_of[depot, service]
    ends_h = case.window_end_s / 3600
    parts = []
    for account in range(2):
        own_h = terms.own_h[account, depot, service, place]
        back_h = terms.back_h[account, depot, service, place]
        for later in range(case.num_windows):
            gap_h = ends_h[later] - ends_h[window]
            at_h = terms.at_h[account, depot, service, place, window]
            value = np.where(gap_h > 0, own_h + np.minimum(back_h, gap_h), at_h)
            some = np.flatnonzero((gap_h >= 0) & (value > 0))
            row = (account * terms.num_groups + group[some]) * case.num_windows + later
            parts.append((row, some, value[some]))
    row, column, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    return row, column, value


GROUPS = ("relaxed", "planned", "whole", "monolith")


def rows_of(group: str, given: argparse.Namespace, trucks: int) -> None:
    """Print the rows of a group, in a process of their own, so that their peak is their own."""
    situation = hubei(
        trucks,
        townships=given.townships,
        num_places=SMALL_PLACES if given.smoke else None,
        num_items=SMALL_ITEMS if given.smoke else NUM_ITEMS,
    )
    kind = "townships" if given.townships else "counties"
    name = f"{len(situation.places)} {kind}, {trucks} trucks"
    seconds = min(given.seconds, 5.0) if given.smoke else given.seconds
    pool = ColumnPool()
    match group:
        case "relaxed":
            relaxed_rows(name, situation, pool)
        case "planned":
            for work in ("planned, cold", "planned, from its pool"):
                print(planned(name, work, situation, pool).told(), flush=True)
        case "whole":
            print(whole(name, situation, seconds).told(), flush=True)
        case "monolith":
            print(monolith(name, situation, 10 * seconds).told(), flush=True)


def relaxed_rows(name: str, situation: Situation, pool: ColumnPool) -> None:
    """Print the rows of the relaxed model."""
    print(ways(name, situation).told(), flush=True)
    solved, cold = relaxed(name, "relaxed, cold", situation, pool)
    print(cold.told(), flush=True)
    kept = pool.inside[RELAXED]
    print(relaxed(name, "relaxed, from its pool", situation, pool)[1].told(), flush=True)
    for work, changed in (
        ("relaxed, warm, a small depot lost", without_depot(situation, smallest_depot(situation))),
        ("relaxed, warm, a road closed", with_closed_road(situation)),
        ("relaxed, warm, the Wuhan depot lost", without_depot(situation, WUHAN)),
    ):
        pool.inside[RELAXED] = kept
        print(relaxed(name, work, changed, pool)[1].told(), flush=True)
    if not may_be_clustered(solved.model):
        print(levels(name, solved, cold.wall_s).told(), flush=True)


def main(argv: list[str] | None = None) -> None:
    """Print all rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.allocation")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--townships", action="store_true")
    parser.add_argument("--no-monolith", action="store_true")
    parser.add_argument("--trucks", default="808,150")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=GROUPS)
    given = parser.parse_args(argv)
    print("| case | work | wall s | processor s | building | gap | of the avoidable | peak MiB | |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    without = {"planned", "monolith"} if given.townships else set()
    without |= {"monolith"} if given.no_monolith else set()
    for trucks in given.trucks.split(","):
        for group in (given.only,) if given.only else GROUPS:
            if group in without:
                continue
            if given.smoke:
                rows_of(group, given, int(trucks))
                continue
            process = multiprocessing.get_context("spawn").Process(
                target=rows_of, args=(group, given, int(trucks)), daemon=True
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
