"""What changes from one plan to another, in measures and in sentences."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from relief.places import Depot, Place, Tier
from relief.plan import measures
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.hauls import hauls_by_owner
from relief.plan.routes import StopKind
from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from relief.supply.fleet import Mode, mode_of
from relief.units import FEN_PER_YUAN

_NUM_NAMED = 5
_NOTABLE_SHARE = 0.005
_NOTABLE_H = 0.5
_MILLI = 1_000
_TONNE_G = 1_000_000
_FAR_TIERS = {
    Tier.PROVINCE: "省级 provincial",
    Tier.NEIGHBOUR: "邻省 neighbours'",
    Tier.CENTRE: "中央 central",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureChange:
    """One measure of two plans.

    Parameters
    ----------
    name
        What is measured, in English; a message id of the catalogue.
    unit
        Its unit.
    before, after
        In the base plan and in the changed one; None where it cannot be had.
    less_is_better
        Whether a smaller number is the better one.
    """

    name: Sentence
    unit: str
    before: Fraction | None
    after: Fraction | None
    less_is_better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How one plan differs from another.

    Parameters
    ----------
    changes
        The measures, the most important first.
    findings
        The same in sentences with places and depots, the gravest first.
    """

    changes: tuple[MeasureChange, ...]
    findings: tuple[Sentence, ...]


def compare(
    base: tuple[Situation, DispatchPlan], changed: tuple[Situation, DispatchPlan]
) -> Comparison:
    """Return what changes from the base plan to the changed one.

    Parameters
    ----------
    base, changed
        Each a situation and a plan for it. Both situations are of the same event and start.
    """
    return Comparison(
        changes=tuple(_measure_changes(base, changed)),
        findings=tuple(_findings(base, changed)),
    )


def _measure_changes(
    base: tuple[Situation, DispatchPlan], changed: tuple[Situation, DispatchPlan]
) -> Iterator[MeasureChange]:
    (old_situation, old), (new_situation, new) = base, changed
    yield MeasureChange(
        name=say("Deprivation, weighted by priority"),
        unit="person-h",
        before=Fraction(old.score.deprivation_milli_person_h, _MILLI),
        after=Fraction(new.score.deprivation_milli_person_h, _MILLI),
        less_is_better=True,
    )
    old_people = measures.people_served(old_situation, old.vehicle_routes)
    new_people = measures.people_served(new_situation, new.vehicle_routes)
    yield MeasureChange(
        name=say("People in need"),
        unit="people",
        before=Fraction(old_people.in_need_people),
        after=Fraction(new_people.in_need_people),
        less_is_better=True,
    )
    yield MeasureChange(
        name=say("People served"),
        unit="people",
        before=Fraction(old_people.served_people),
        after=Fraction(new_people.served_people),
        less_is_better=False,
    )
    for old_window, new_window in zip(
        measures.coverage(old_situation, old.vehicle_routes),
        measures.coverage(new_situation, new.vehicle_routes),
        strict=True,
    ):
        yield MeasureChange(
            name=say("Need due within {hours} h that is met by then", hours=old_window.end_h),
            unit="%",
            before=_percent(old_window.due_share),
            after=_percent(new_window.due_share),
            less_is_better=False,
        )
    yield MeasureChange(
        name=say("Worst-served county's unserved share"),
        unit="%",
        before=Fraction(old.score.worst_unserved_ppm, measures.PPM // 100),
        after=Fraction(new.score.worst_unserved_ppm, measures.PPM // 100),
        less_is_better=True,
    )
    yield MeasureChange(
        name=say("Transport cost"),
        unit="yuan",
        before=Fraction(old.score.cost_fen, FEN_PER_YUAN),
        after=Fraction(new.score.cost_fen, FEN_PER_YUAN),
        less_is_better=True,
    )
    yield MeasureChange(
        name=say("Trucks used"),
        unit="trucks",
        before=Fraction(len(old.vehicle_routes)),
        after=Fraction(len(new.vehicle_routes)),
        less_is_better=True,
    )


def _percent(share: Fraction | None) -> Fraction | None:
    return None if share is None else share * 100


def _findings(
    base: tuple[Situation, DispatchPlan], changed: tuple[Situation, DispatchPlan]
) -> Iterator[Sentence]:
    yield from road_changes(base[0], changed[0])
    yield from _worse_and_better_served(base, changed)
    yield from _exhausted(base, changed)
    yield from _tiers(base, changed)
    old, new = base[1].score, changed[1].score
    diff = Fraction(new.deprivation_milli_person_h - old.deprivation_milli_person_h, _MILLI)
    if diff > 0:
        yield say(
            "In all, {hours} more weighted person-hours of deprivation.", hours=f"{round(diff):,}"
        )
    elif diff < 0:
        yield say(
            "In all, {hours} fewer weighted person-hours of deprivation.", hours=f"{round(-diff):,}"
        )
    else:
        yield say("In all, the same deprivation as before.")


def _nearest_h(situation: Situation, *, least_owner: Tier) -> dict[str, float]:
    """Return the shortest drive to each place, by any class of trucks, in hours.

    Parameters
    ----------
    situation
        Stock, roads and places.
    least_owner
        Only depots with stock of this tier or a farther one count.
    """
    row = situation.travel.index()
    stocked = sorted(
        {lot.depot_code for lot in situation.usable_lots() if lot.owner >= least_owner}
    )
    if not stocked:
        return {place.code: float("inf") for place in situation.places}
    travel = situation.travel
    trucks = [i for i, name in enumerate(travel.speed_classes) if mode_of(name) is Mode.ROAD]
    fastest = travel.duration_h[trucks].min(axis=0)[[row[code] for code in stocked]]
    return {place.code: float(fastest[:, row[place.code]].min()) for place in situation.places}


def road_changes(old: Situation, new: Situation) -> tuple[Sentence, ...]:
    """Return what changes on the roads: places cut off or reached again, stock farther away."""
    return (*_cut_off(old, new), *_farther(old, new))


def _cut_off(old: Situation, new: Situation) -> Iterator[Sentence]:
    before, after = (_nearest_h(each, least_owner=Tier.COUNTY) for each in (old, new))
    lost = [
        code for code in after if np.isfinite(before.get(code, np.inf)) and np.isinf(after[code])
    ]
    if lost:
        yield say(
            "{num} places lose every road to every depot: {places}.",
            num=len(lost),
            places=_listed(_names(new.places), lost),
        )
    found = [
        code for code in after if np.isinf(before.get(code, np.inf)) and np.isfinite(after[code])
    ]
    if found:
        yield say(
            "{num} places can be reached again: {places}.",
            num=len(found),
            places=_listed(_names(new.places), found),
        )


def _farther(old: Situation, new: Situation) -> Iterator[Sentence]:
    """Tell which places the provincial stock now takes longer to reach."""
    before, after = (_nearest_h(each, least_owner=Tier.PROVINCE) for each in (old, new))
    later = {
        code: after[code] - before[code]
        for code in after
        if code in before
        and np.isfinite(before[code])
        and np.isfinite(after[code])
        and after[code] - before[code] >= _NOTABLE_H
    }
    if later:
        worst = sorted(later, key=lambda code: (-later[code], code))
        yield say(
            "The nearest provincial stock is {hours} h farther for {places} ({num} places "
            "half an hour or more).",
            hours=f"{later[worst[0]]:.1f}",
            places=_listed(_names(new.places), worst[:1]),
            num=len(later),
        )


def _worse_and_better_served(
    base: tuple[Situation, DispatchPlan], changed: tuple[Situation, DispatchPlan]
) -> Iterator[Sentence]:
    before, after = _timely_shares(*base), _timely_shares(*changed)
    diffs = {code: after[code] - before[code] for code in after if code in before}
    worse = sorted((c for c in diffs if diffs[c] < -_NOTABLE_SHARE), key=lambda c: (diffs[c], c))
    better = sorted((c for c in diffs if diffs[c] > _NOTABLE_SHARE), key=lambda c: (-diffs[c], c))
    names = _names(changed[0].places)
    if worse:
        yield say(
            "{num} places get less in time, most of all {place}: {after} % instead of {before} %.",
            num=len(worse),
            place=names[worse[0]],
            before=f"{float(before[worse[0]]) * 100:.1f}",
            after=f"{float(after[worse[0]]) * 100:.1f}",
        )
    if better:
        yield say(
            "{num} places get more in time, most of all {place}: {after} % instead of {before} %.",
            num=len(better),
            place=names[better[0]],
            before=f"{float(before[better[0]]) * 100:.1f}",
            after=f"{float(after[better[0]]) * 100:.1f}",
        )


def _timely_shares(situation: Situation, plan: DispatchPlan) -> dict[str, Fraction]:
    """Return for each place the share of its weighted need that is there when due."""
    wanted: dict[str, int] = defaultdict(int)
    timely: dict[str, int] = defaultdict(int)
    for served in measures.served_needs(situation, plan.vehicle_routes):
        need = served.need
        on_time = need.pieces - served.missing_pieces - served.late_pieces(situation)
        wanted[need.place_code] += need.pieces * need.milli_people_per_piece
        timely[need.place_code] += on_time * need.milli_people_per_piece
    return {code: Fraction(timely[code], wanted[code]) for code in wanted if wanted[code]}


def _exhausted(
    base: tuple[Situation, DispatchPlan], changed: tuple[Situation, DispatchPlan]
) -> Iterator[Sentence]:
    """Tell which depots now give their last piece of an item."""
    fresh = _empty_stocks(*changed) - _empty_stocks(*base)
    held = {(lot.depot_code, lot.item_code) for lot in base[0].usable_lots()}
    items = changed[0].catalogue.by_code()
    names = _names(changed[0].depots)
    by_depot: dict[str, list[str]] = defaultdict(list)
    for depot_code, item_code in sorted(fresh & held):
        by_depot[depot_code].append(f"{items[item_code].name_zh} {items[item_code].name_en}")
    tiers = {depot.code: depot.tier for depot in changed[0].depots}
    for depot_code in sorted(by_depot, key=lambda code: (-tiers[code], code))[:_NUM_NAMED]:
        yield say(
            "{depot} is now exhausted of {items}.",
            depot=names[depot_code],
            items=", ".join(by_depot[depot_code]),
        )


def _empty_stocks(situation: Situation, plan: DispatchPlan) -> set[tuple[str, str]]:
    left: dict[tuple[str, str], int] = defaultdict(int)
    where = {lot.code: (lot.depot_code, lot.item_code) for lot in situation.lots}
    for lot in situation.usable_lots():
        left[lot.depot_code, lot.item_code] += lot.available_pieces
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    for line in stop.lines:
                        if where[line.lot_code][0] == stop.location_code:
                            left[where[line.lot_code]] -= line.pieces
    return {key for key, pieces in left.items() if pieces <= 0}


def _tiers(
    base: tuple[Situation, DispatchPlan], changed: tuple[Situation, DispatchPlan]
) -> Iterator[Sentence]:
    before = hauls_by_owner(base[0], base[1].vehicle_routes)
    after = hauls_by_owner(changed[0], changed[1].vehicle_routes)
    # Suppliers have a haul only where something is called.
    for old, new in zip(before, after, strict=False):
        diff_g = new.mass_g - old.mass_g
        if new.tier in _FAR_TIERS and abs(diff_g) >= _TONNE_G:
            tonnes = f"{abs(diff_g) / _TONNE_G:,.0f}"
            owner = _FAR_TIERS[new.tier]
            if diff_g > 0:
                yield say("{tonnes} t more are drawn from {tier} stock.", tonnes=tonnes, tier=owner)
            else:
                yield say("{tonnes} t less are drawn from {tier} stock.", tonnes=tonnes, tier=owner)


def _names(spots: Sequence[Place | Depot]) -> dict[str, str]:
    return {spot.code: f"{spot.name_zh} {spot.name_en}" for spot in spots}


def _listed(names: dict[str, str], codes: Sequence[str]) -> str:
    shown = ", ".join(names[code] for code in codes[:_NUM_NAMED])
    return shown + (", ..." if len(codes) > _NUM_NAMED else "")
