"""Rules of the road from a network folder and a command line to verified plans of a real event."""

import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from api.plan_result import PlanResult
from api.planning import PlanRequest, make_plan
from relief.plan.allocation import ShortfallReason
from relief.plan.certificate import Rule
from relief.plan.policy import PlanningPolicy
from relief.plan.routes import StopKind
from relief.supply.fleet import ConvoyRules, Mode
from relief.supply.network import default_folder

LIULIN = "421321103"
CITY = "421303-01"
REQUEST = PlanRequest(
    event="2021-liulin", max_iterations=5, modes=frozenset({Mode.ROAD}), readiness=False
)
RULE = """
[[rules]]
item = "{item}"
base = "sheltered"
priority = "essential"
people_per_piece = {people}
due = [{{ by_h = 24, share = 1 }}]
steps = [
    {{ name = "pieces", one_in = {people}, unit = "x/person", source = "ours", confidence = "M" }},
]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a network whose city depot holds vaccines, petrol and bleaching powder."""
    folder = tmp_path_factory.mktemp("own") / "network"
    shutil.copytree(default_folder(), folder)
    with (folder / "lots.csv").open("a", encoding="utf-8") as file:
        for item in ("vaccine-box", "petrol-20", "bleach-25"):
            lot = f"{CITY}/{item}/1,{CITY},{item},500,0,city,depot,10"
            file.write(f"{lot},modelled,rule:item-memory\n")
    text = (default_folder().parent / "factors" / "hubei.toml").read_text(encoding="utf-8")
    rules = (("vaccine-box", 100), ("petrol-20", 20), ("bleach-25", 50))
    text += "".join(RULE.format(item=item, people=people) for item, people in rules)
    (folder.parent / "own.toml").write_text(text, encoding="utf-8")
    return folder


def planned(folder: Path) -> PlanResult:
    return make_plan(replace(REQUEST, network=folder, profile=str(folder.parent / "own.toml")))


def items_of_trips(result: PlanResult) -> list[tuple[str, set[str]]]:
    return [
        (route.class_code, {line.item_code for stop in trip.stops for line in stop.lines})
        for route in result.plan.vehicle_routes
        for trip in route.trips
    ]


def test_without_a_cooled_truck_vaccines_are_short_and_the_rest_is_kept_apart(folder: Path) -> None:
    result = planned(folder)
    trips = items_of_trips(result)
    assert any("petrol-20" in items for _, items in trips)
    for _, items in trips:
        if "petrol-20" in items:
            assert not items & {"water-case", "instant-food", "rice-25", "medicine-kit"}
            assert "bleach-25" not in items
        assert "vaccine-box" not in items
    short = [one for one in result.plan.shortfalls if one.item_code == "vaccine-box"]
    assert [one.reason for one in short] == [ShortfallReason.COOLING]
    certificate = result.plan.certificate
    assert certificate is not None
    assert dict(certificate.checks)[Rule.APART] > 0


def test_a_cooled_truck_brings_the_vaccines(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "network"
    shutil.copytree(folder, own)
    shutil.copy(folder.parent / "own.toml", tmp_path)
    with (own / "vehicles.csv").open("a", encoding="utf-8") as file:
        file.write(f"{CITY},truck-4.2-cooled,1,1,疾控车队,CDC,60,modelled,rule:fleet\n")
    result = planned(own)
    carrying = [kind for kind, items in items_of_trips(result) if "vaccine-box" in items]
    assert carrying
    assert set(carrying) == {"truck-4.2-cooled"}
    assert not [one for one in result.plan.shortfalls if one.item_code == "vaccine-box"]


def test_a_town_that_is_cut_off_for_a_night_is_served_in_the_morning() -> None:
    opens = datetime.fromisoformat("2021-08-13T10:00+08:00")
    closure = "buffer 113.23,31.54 3 km from 2021-08-12T00:00 until 2021-08-13T10:00"
    result = make_plan(replace(REQUEST, closed_roads=(closure,)))
    ways = [
        stop.leg
        for route in result.plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.DELIVER and stop.leg.from_code != stop.leg.to_code
    ]
    assert ways
    assert min(leg.depart_at for leg in ways) >= opens
    assert any("cut off for a part of the plan" in note.text for note in result.origin.notes)
    certificate = result.plan.certificate
    assert certificate is not None
    assert certificate.holds


def test_helicopters_fly_before_trucks_can_drive() -> None:
    opens = datetime.fromisoformat("2021-08-15T02:00+08:00")
    closure = "buffer 113.23,31.54 3 km from 2021-08-12T00:00 until 2021-08-15T02:00"
    result = make_plan(replace(REQUEST, closed_roads=(closure,), modes=frozenset(Mode)))
    begins: dict[str, list[datetime]] = defaultdict(list)
    for route in result.plan.vehicle_routes:
        for trip in route.trips:
            kind = "air" if route.class_code == "mi-171" else "road"
            begins[kind] += [s.begin_at for s in trip.stops if s.kind is StopKind.DELIVER]
    assert min(begins["air"]) < opens < min(begins["road"])
    assert any("for a part of the plan only" in note.text for note in result.origin.notes)
    certificate = result.plan.certificate
    assert certificate is not None
    assert certificate.holds


def test_trucks_to_the_town_leave_together() -> None:
    convoy = ConvoyRules(place_codes=(LIULIN[:6],), least_trucks=2)
    result = make_plan(replace(REQUEST, policy=PlanningPolicy(convoy=convoy)))
    leaving: dict[str, list[datetime]] = defaultdict(list)
    for route in result.plan.vehicle_routes:
        for trip in route.trips:
            leg = next(stop.leg for stop in trip.stops if stop.kind is StopKind.DELIVER)
            leaving[leg.from_code].append(leg.depart_at)
    together = [at for times in leaving.values() for at in times if times.count(at) > 1]
    assert together
    certificate = result.plan.certificate
    assert certificate is not None
    assert dict(certificate.checks)[Rule.CONVOY] > 0
