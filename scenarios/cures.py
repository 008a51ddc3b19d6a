"""The cheapest cures of a shortage: each looked for by prices, and confirmed before it is said.

Prices say where one more piece, one more truck or one open road may help. They are one-sided and
can be wrong about six trucks, so each candidate is put into the situation and the allocation's
first stage is solved again. What is said is what that second solution proves: the most that the
changed situation can still lack, taken from the least that the base must lack.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from relief.errors import SolverFailed
from relief.plan.outcome import Progress, ProgressStep, silent
from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S, TravelTimes
from relief.sentences import Sentence
from relief.supply.fleet import Mode, VehiclePool
from scenarios.easing import (
    Easing,
    OpenRoad,
    ReadySooner,
    WithoutOrder,
    WithoutReserve,
    eased,
    easing_described,
)
from scenarios.overlay import AddStock, AddTrucks, Change, described, overlay
from solvers.allocation.columns import parcel_pieces
from solvers.allocation.first_stage import FirstStage, first_stage
from solvers.allocation.margins import Margins
from solvers.stop import Deadline

STOCK_PARCELS = 20
"""How much stock a cure brings at most: so many parcels of a tonne or 4.2 m3, two or three large
trucks full."""

NUM_TRUCKS = 6
"""How many trucks a cure brings."""

LEAST_MILLI_H = 1_000
"""A cure that saves less than a weighted person-hour is none."""

NUM_ROADS = 6
"""How many closures are tried at most, those first that keep most people waiting."""

MOST_OF_A_KIND = 2
"""So many cures of a kind are named before the next kind is, so that there is a choice."""

Retime = Callable[[str], TravelTimes]
"""Gives the travel times without one closure, named as in `TravelTimes.closures`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """A change that helps, and by how much.

    Parameters
    ----------
    change
        What is changed.
    saved_milli_person_h
        Weighted milli-person-hours of deprivation that are saved at least: confirmed by solving
        the allocation of the changed situation.
    told
        The change as a sentence.
    """

    change: Change | Easing
    saved_milli_person_h: int
    told: Sentence


def cures(
    situation: Situation,
    num_cures: int,
    deadline: Deadline,
    *,
    base: FirstStage | None = None,
    retime: Retime | None = None,
    progress: Progress = silent,
) -> tuple[Cure, ...]:
    """Return the cures that save most, each confirmed by another solution.

    Parameters
    ----------
    situation
        The situation.
    num_cures
        How many to name at most.
    deadline
        After it no further candidate is tried; what was confirmed by then is named.
    base
        The first stage of the situation where it is known.
    retime
        To try what opening a road would save; None where the roads are not at hand.
    progress
        Hears of each candidate; may raise `relief.errors.Stopped`.

    Raises
    ------
    relief.errors.SolverFailed
        If the situation itself is not solved in time.
    """
    known = base if base is not None else first_stage(situation, deadline)
    candidates = list(_candidates(situation, known, with_roads=retime is not None))
    found: list[Cure] = []
    for number, change in enumerate(candidates):
        if deadline.has_passed():
            break
        progress(
            ProgressStep(
                stage="cures",
                done_share=number / len(candidates),
                detail=f"{number} of {len(candidates)} candidates tried",
            )
        )
        try:
            saved = confirmed_milli_h(situation, known, change, deadline, retime)
        except SolverFailed:
            break
        if saved >= LEAST_MILLI_H:
            found.append(
                Cure(
                    change=change,
                    saved_milli_person_h=saved,
                    told=easing_described(change, situation)
                    if isinstance(change, Easing)
                    else described(change, situation),
                )
            )
    found.sort(key=lambda cure: (-cure.saved_milli_person_h, str(cure.told)))
    return tuple(_mixed(found)[:num_cures])


def confirmed_milli_h(
    situation: Situation,
    base: FirstStage,
    change: Change | Easing,
    deadline: Deadline,
    retime: Retime | None = None,
) -> int:
    """Return what a change saves at least, in weighted milli-person-hours.

    Parameters
    ----------
    situation, base
        The situation and its first stage.
    change
        The change.
    deadline
        When to give up.
    retime
        Needed for a change on the roads.

    Raises
    ------
    relief.errors.SolverFailed
        If the changed situation is not solved in time.
    """
    changed = changed_by(situation, change, retime)
    after = first_stage(changed, deadline, base)
    # To the thousandth of a person-hour, which is as fine as the solvers count.
    return round(base.bound_milli_h - after.reached_milli_h)


def changed_by(
    situation: Situation, change: Change | Easing, retime: Retime | None = None
) -> Situation:
    """Return the situation with one change over it.

    Raises
    ------
    ValueError
        If the change needs roads and there is no way to time them.
    """
    if isinstance(change, Easing):
        timed = None
        if isinstance(change, OpenRoad) and retime is not None:
            timed = retime(change.name)
        return eased(situation, change, timed)
    return overlay(situation, [change])


def _candidates(
    situation: Situation, base: FirstStage, *, with_roads: bool
) -> Iterator[Change | Easing]:
    """Yield what may help, by the prices; nothing is proven yet."""
    margins = Margins(base)
    yield from _stock(base, margins)
    yield from _trucks(situation, margins)
    if situation.policy.reserve != ReserveRule():
        yield WithoutReserve()
    for number in range(1, len(situation.orders) + 1):
        yield WithoutOrder(number=number)
    if with_roads:
        yield from _roads(situation)


def _stock(base: FirstStage, margins: Margins) -> Iterator[AddStock]:
    case = base.case
    short = margins.short_pieces()
    parcels = dict(zip(case.item_codes, parcel_pieces(case).tolist(), strict=True))
    packs = dict(zip(case.item_codes, case.pack_pieces.tolist(), strict=True))
    for one in margins.stock_worths():
        most = min(short.get(one.item_code, 0), int(STOCK_PARCELS * parcels[one.item_code]))
        pack = packs[one.item_code]
        pieces = -(-most // pack) * pack
        if pieces:
            yield AddStock(depot_code=one.depot_code, item_code=one.item_code, pieces=pieces)


def _trucks(situation: Situation, margins: Margins) -> Iterator[Change | Easing]:
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    for worth in margins.truck_worths():
        on_road = [pool for pool in worth.pools if kinds[pool.class_code].mode is Mode.ROAD]
        if not on_road:
            continue
        yield _more_of(on_road, kinds={code: kind.payload_g for code, kind in kinds.items()})
        late = [pool for pool in on_road if pool.ready_after > timedelta(0)]
        if late:
            yield ReadySooner(
                depot_codes=tuple(sorted({pool.base_code for pool in late})), within=timedelta(0)
            )


def _more_of(pools: Sequence[VehiclePool], kinds: dict[str, int]) -> AddTrucks:
    """Return more of the largest trucks at the base with most of them."""
    largest = max(
        pools, key=lambda pool: (kinds[pool.class_code], pool.num_vehicles, pool.base_code)
    )
    return AddTrucks(
        depot_code=largest.base_code, class_code=largest.class_code, num_vehicles=NUM_TRUCKS
    )


def _roads(situation: Situation) -> Iterator[OpenRoad]:
    """Yield closures, those first that may keep most people waiting."""
    waiting = {place.code: 0 for place in situation.places}
    for need in situation.needs:
        waiting[need.place_code] += need.pieces * need.milli_people_per_piece
    row = situation.travel.index()
    seconds = situation.travel.seconds().min(axis=0)
    depots = [row[depot.code] for depot in situation.depots]
    cut = [
        place
        for place in situation.places
        if depots and seconds[depots, row[place.code]].min() >= UNREACHABLE_S
    ]
    names = dict.fromkeys(closure.name for closure in situation.travel.closures)

    def people(name: str) -> int:
        return sum(waiting[place.code] for place in cut if place.name_zh in name)

    for name in sorted(names, key=lambda name: (-people(name), name))[:NUM_ROADS]:
        yield OpenRoad(name=name)


def _mixed(found: Sequence[Cure]) -> list[Cure]:
    """Return the cures with each kind's best ones first, then the rest."""
    times: dict[type[Change | Easing], int] = {}
    first: list[Cure] = []
    rest: list[Cure] = []
    for cure in found:
        kind = type(cure.change)
        times[kind] = times.get(kind, 0) + 1
        (first if times[kind] <= MOST_OF_A_KIND else rest).append(cure)
    return first + rest
