"""Scenarios are drawn from one seed, and each draw means what it says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from relief.places import Point
from relief.plan.reserve import ScenarioEnsemble
from scenarios.ensemble import (
    DrawRules,
    NeedPattern,
    Terrain,
    draw_ensemble,
    need_pattern,
    neighbouring_seats,
)
from tests.situations import depot, place, two_depots_three_places

# A row of seats about 48, 39 and 29 km apart at 30 degrees north.
COUNTIES = tuple(
    replace(place(f"42000{i}", people=1000 * i), point=Point(lon_deg=lon, lat_deg=30.0))
    for i, lon in enumerate((112.5, 113.0, 113.4, 113.7), start=1)
)
DEPOTS = tuple(depot(f"{county.code}-01") for county in COUNTIES)


def drives(cuts: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    """Return one hour everywhere, and no road at all between cut neighbours."""
    times = np.ones((len(DEPOTS), len(COUNTIES)))
    codes = [county.code for county in COUNTIES]
    for one, other in cuts:
        times[codes.index(one), codes.index(other)] = np.inf
        times[codes.index(other), codes.index(one)] = np.inf
    return times


TERRAIN = Terrain(
    counties=COUNTIES,
    depots=DEPOTS,
    supplier_codes=(DEPOTS[0].code,),
    neighbours=neighbouring_seats(COUNTIES, 1),
    drive_hours=drives,
)
PATTERN = NeedPattern(
    name_zh="例",
    name_en="example",
    # Twenty pieces by 12 h, none more by 24 h, forty more by 72 h, all in the second county.
    pieces=np.array(
        [[[0.0], [20.0], [0.0], [0.0]], np.zeros((4, 1)).tolist(), [[0.0], [40.0], [0.0], [0.0]]]
    ),
)
STILL = DrawRules(
    severity_sigma=0.0,
    county_sigma=0.0,
    move_km=0.0,
    reach_km=20.0,
    depot_loss_share=0.0,
    cuts_mean=0.0,
)


def draw(rules: DrawRules, *, num: int = 40, seed: int = 7) -> ScenarioEnsemble:
    return draw_ensemble([PATTERN], TERRAIN, ["tent"], num_scenarios=num, seed=seed, rules=rules)


def test_neighbours_are_the_nearest_seats() -> None:
    # The row gets denser to the east, so that each seat's nearest is its eastern neighbour.
    assert neighbouring_seats(COUNTIES, 1) == ((0, 1), (1, 2), (2, 3))


def test_a_pattern_counts_needs_of_a_situation() -> None:
    situation = two_depots_three_places()
    pattern = need_pattern(situation, situation.places, ["tent"])
    assert pattern.pieces[0].tolist() == [[50.0], [40.0], [10.0]]
    assert not pattern.pieces[1:].any()


def test_without_any_spread_every_scenario_is_the_event() -> None:
    ensemble = draw(STILL, num=3)
    for scenario in range(3):
        assert ensemble.need_pieces[scenario, :, :, 0].tolist() == [
            [0, 20, 0, 0],
            [0, 0, 0, 0],
            [0, 40, 0, 0],
        ]
    assert ensemble.depot_survives.all()
    assert (ensemble.drive_h == 1).all()


def test_a_moved_pattern_takes_the_population_of_its_new_county() -> None:
    ensemble = draw(
        DrawRules(
            severity_sigma=0.0,
            county_sigma=0.0,
            move_km=48.0,
            reach_km=24.0,
            depot_loss_share=0.0,
            cuts_mean=0.0,
        ),
        num=200,
    )
    # The event hits county 2 (2,000 people) with 20 pieces: one for a hundred people wherever it
    # goes, so 10, 20, 30 or 40.
    hit = {
        (int(county), int(pieces))
        for scenario in ensemble.need_pieces[:, 0, :, 0]
        for county, pieces in enumerate(scenario)
        if pieces
    }
    assert hit == {(0, 10), (1, 20), (2, 30), (3, 40)}


def test_depots_are_lost_only_where_the_disaster_is() -> None:
    rules = DrawRules(
        severity_sigma=0.0,
        county_sigma=0.0,
        move_km=0.0,
        reach_km=20.0,
        depot_loss_share=0.25,
        cuts_mean=0.0,
    )
    ensemble = draw(rules, num=400)
    assert ensemble.depot_survives[:, [0, 2, 3]].all()
    # 400 draws at 25 %: within four standard deviations (0.0217) of the share.
    assert abs(float((~ensemble.depot_survives[:, 1]).mean()) - 0.25) < 0.087


def test_roads_are_cut_beside_the_counties_that_are_hit() -> None:
    rules = DrawRules(
        severity_sigma=0.0,
        county_sigma=0.0,
        move_km=0.0,
        reach_km=20.0,
        depot_loss_share=0.0,
        cuts_mean=2.0,
    )
    ensemble = draw(rules, num=100)
    cut = np.isinf(ensemble.drive_h)
    assert cut[:, 1, 0].any()
    assert cut[:, 1, 2].any()
    assert not cut[:, 2, 3].any()
    assert (cut == cut.transpose(0, 2, 1)).all()


def test_the_seed_decides_everything() -> None:
    rules = DrawRules()
    one, same, other = draw(rules), draw(rules), draw(rules, seed=8)
    assert one.names == same.names
    assert (one.need_pieces == same.need_pieces).all()
    assert one.names != other.names


def test_a_rule_changes_only_its_own_draws() -> None:
    # Twice the loss of depots leaves the needs as they were.
    one = draw(DrawRules(depot_loss_share=0.1))
    two = draw(DrawRules(depot_loss_share=0.2))
    assert (one.need_pieces == two.need_pieces).all()
    assert (two.depot_survives <= one.depot_survives).all()
    assert int((~two.depot_survives).sum()) > int((~one.depot_survives).sum())


def test_severity_is_centred_on_the_event() -> None:
    rules = DrawRules(
        severity_sigma=0.4,
        county_sigma=0.0,
        move_km=0.0,
        reach_km=20.0,
        depot_loss_share=0.0,
        cuts_mean=0.0,
    )
    pieces = draw(rules, num=400).need_pieces[:, 2, 1, 0]
    assert float(np.median(pieces)) == pytest.approx(40, rel=0.1)
