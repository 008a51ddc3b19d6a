"""Ensembles: many disasters drawn around the events of the library, from one seed.

A scenario takes the pattern of needs of a library event, moves it over the province, makes it
larger or smaller, lets every county deviate, floods some depots in the counties that are hit, and
cuts some roads there. The shape of these draws is modelled; the figures of the events are not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.places import Depot, Place
from relief.plan.outcome import Progress, ProgressStep, silent
from relief.plan.reserve import ScenarioEnsemble
from relief.plan.situation import Situation
from relief.units import hours

FloatArray = NDArray[np.float64]
KM_PER_DEG = 111.32
DUE_H = (12.0, 24.0, 72.0)
"""Due times of a reserve: the twelve hours that relief practice promises, the first day, and the
end of the third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRules:
    """How scenarios are drawn; every figure is modelled.

    Parameters
    ----------
    severity_sigma
        Standard deviation of the logarithm of the factor on all needs of a scenario.
    county_sigma
        The same for each county of it.
    move_km
        Standard deviation of the pattern's move, to the east and to the north each.
    reach_km
        How far from a moved seat a county may lie and still take on its needs.
    depot_loss_share
        Probability that a depot in a county that is hit loses its stock.
    cuts_mean
        Mean number of roads between two neighbouring counties cut in a scenario (Poisson).
    handling_h
        From the order to the loaded truck at the gate (Chongqing, 16 September 2021: 3 h 06 min).
    events_per_year
        Disasters of this kind a year: the library's three over 2016-2021, rounded.
    """

    severity_sigma: float = 0.4
    county_sigma: float = 0.3
    move_km: float = 50.0
    reach_km: float = 45.0
    depot_loss_share: float = 0.04
    cuts_mean: float = 3.0
    handling_h: float = 3.0
    events_per_year: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeedPattern:
    """What an event asks of each county.

    Parameters
    ----------
    name_zh, name_en
        The event.
    pieces
        Read-only float array (J, C, K): due by each of `DUE_H`, beyond the one before.
    """

    name_zh: str
    name_en: str
    pieces: FloatArray

    def __post_init__(self) -> None:
        self.pieces.setflags(write=False)


def need_pattern(
    situation: Situation, counties: Sequence[Place], item_codes: Sequence[str]
) -> NeedPattern:
    """Return what a situation asks of each county; townships count to theirs.

    Parameters
    ----------
    situation
        Of a library event.
    counties, item_codes
        Order of the axes.
    """
    row = {county.code: i for i, county in enumerate(counties)}
    row |= {
        place.code: row[place.parent_code] for place in situation.places if place.code not in row
    }
    column = {code: i for i, code in enumerate(item_codes)}
    pieces = np.zeros((len(DUE_H), len(counties), len(item_codes)))
    for need in situation.needs:
        if need.item_code in column:
            due_h = min(hours(need.due_at - situation.start_at), DUE_H[-1])
            due = next(j for j, end_h in enumerate(DUE_H) if due_h <= end_h)
            pieces[due, row[need.place_code], column[need.item_code]] += need.pieces
    return NeedPattern(name_zh=situation.event_zh, name_en=situation.event_en, pieces=pieces)


DriveHours = Callable[[Sequence[tuple[str, str]]], FloatArray]
"""Returns drives (S, C) in hours when the roads between the given pairs of counties are cut."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terrain:
    """What scenarios are drawn on.

    Parameters
    ----------
    counties
        C counties.
    depots
        S depots.
    supplier_codes
        Depots at which an agreement supplier stands.
    neighbours
        Pairs of rows of `counties` whose roads can be cut.
    drive_hours
        Travel on the roads that are left.
    """

    counties: tuple[Place, ...]
    depots: tuple[Depot, ...]
    supplier_codes: tuple[str, ...]
    neighbours: tuple[tuple[int, int], ...]
    drive_hours: DriveHours


def neighbouring_seats(
    counties: Sequence[Place], num_nearest: int = 4
) -> tuple[tuple[int, int], ...]:
    """Return pairs of counties of which one's seat is among the other's nearest.

    Parameters
    ----------
    counties
        The counties.
    num_nearest
        How many neighbours each county has at least.
    """
    x, y = _plane_km(counties)
    gap = np.hypot(x[:, np.newaxis] - x, y[:, np.newaxis] - y)
    np.fill_diagonal(gap, np.inf)
    nearest = np.argsort(gap, axis=1, kind="stable")[:, :num_nearest]
    pairs = {(min(i, int(j)), max(i, int(j))) for i, row in enumerate(nearest) for j in row}
    return tuple(sorted(pairs))


def draw_ensemble(
    patterns: Sequence[NeedPattern],
    terrain: Terrain,
    item_codes: Sequence[str],
    *,
    num_scenarios: int,
    seed: int,
    rules: DrawRules | None = None,
    progress: Progress = silent,
) -> ScenarioEnsemble:
    """Draw scenarios.

    All random numbers of a scenario are drawn before anything is computed from them, and in the
    same number whatever comes out, so that a change of rules leaves the other draws as they were.

    Parameters
    ----------
    patterns
        The library's events; each is taken equally often on average.
    terrain
        Counties, depots and roads.
    item_codes
        The items, in the order of the patterns' columns.
    num_scenarios
        How many.
    seed
        Seed of all draws.
    rules
        The shape of the draws.
    progress
        Receives a sign of life for each scenario.
    """
    rules = rules or DrawRules()
    rng = np.random.default_rng(seed)
    num_c, num_s = len(terrain.counties), len(terrain.depots)
    population = np.array([max(c.population_people, 1) for c in terrain.counties], dtype=float)
    x, y = _plane_km(terrain.counties)
    county_row = {county.code: i for i, county in enumerate(terrain.counties)}
    depot_county = np.array([county_row.get(depot.county_code, -1) for depot in terrain.depots])
    max_cuts = 3 * int(np.ceil(rules.cuts_mean)) + 3

    names, pieces_all, alive_all, drive_all = [], [], [], []
    for number in range(num_scenarios):
        progress(ProgressStep(stage="scenarios", done_share=number / num_scenarios))
        event = int(rng.integers(len(patterns)))
        severity = float(np.exp(rules.severity_sigma * rng.standard_normal()))
        move = rules.move_km * rng.standard_normal(2)
        deviation = np.exp(rules.county_sigma * rng.standard_normal(num_c))
        luck = rng.random(num_s)
        num_cuts = min(int(rng.poisson(rules.cuts_mean)), max_cuts)
        picks = rng.random(max_cuts)[:num_cuts]

        pattern = patterns[event]
        origin, near = _moved(x, y, move, rules.reach_km)
        scale = near * severity * deviation * population / population[origin]
        pieces = np.rint(pattern.pieces[:, origin] * scale[:, np.newaxis]).astype(np.int64)
        hit = pieces.sum(axis=(0, 2)) > 0
        lost = (luck < rules.depot_loss_share) & (depot_county >= 0) & hit[depot_county]
        at_risk = [pair for pair in terrain.neighbours if hit[pair[0]] or hit[pair[1]]]
        cuts = sorted({at_risk[int(pick * len(at_risk))] for pick in picks}) if at_risk else []
        cut_codes = [(terrain.counties[i].code, terrain.counties[j].code) for i, j in cuts]
        names.append(
            f"{pattern.name_en} x {severity:.2f}, moved {move[0]:+.0f} km east {move[1]:+.0f} km "
            f"north, {int(lost.sum())} depots lost, {len(cuts)} roads cut"
        )
        pieces_all.append(pieces)
        alive_all.append(~lost)
        drive_all.append(terrain.drive_hours(cut_codes))
    return ScenarioEnsemble(
        names=tuple(names),
        county_codes=tuple(county.code for county in terrain.counties),
        item_codes=tuple(item_codes),
        depot_codes=tuple(depot.code for depot in terrain.depots),
        supplier_codes=terrain.supplier_codes,
        due_h=DUE_H,
        need_pieces=np.stack(pieces_all),
        depot_survives=np.stack(alive_all),
        drive_h=np.stack(drive_all),
        handling_h=rules.handling_h,
        events_per_year=rules.events_per_year,
        seed=seed,
    )


def _plane_km(counties: Sequence[Place]) -> tuple[FloatArray, FloatArray]:
    """Return seats on a plane, good to a per cent over one province, in km."""
    lon = np.array([county.point.lon_deg for county in counties])
    lat = np.array([county.point.lat_deg for county in counties])
    return lon * np.cos(np.radians(lat.mean())) * KM_PER_DEG, lat * KM_PER_DEG


def _moved(
    x: FloatArray, y: FloatArray, move: FloatArray, reach_km: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return for each county whose needs it takes on after the move, and whether any are near."""
    gap = np.hypot(x[:, np.newaxis] - (x + move[0]), y[:, np.newaxis] - (y + move[1]))
    origin = gap.argmin(axis=1)
    return origin, gap[np.arange(len(x)), origin] <= reach_km
