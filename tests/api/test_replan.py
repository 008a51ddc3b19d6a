"""``relief replan`` on a real plan, as people run it."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from api.cli import main
from api.documents.folder import write_folder
from api.documents.papers import papers
from api.documents.saved import read_plan
from api.language import language
from api.plan_result import PlanResult
from api.replanning import EVENT_COLUMNS
from benchmarks.replanning import main as run_changes
from relief.plan.routes import StopKind
from relief.units import SHANGHAI

Replan = Callable[..., tuple[int, str, str]]
QUICK = ("--iterations", "5")


@pytest.fixture(scope="module")
def folder(liulin: PlanResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plan that is under way."""
    target = tmp_path_factory.mktemp("plans") / "liulin"
    write_folder(target, papers(liulin, language("en")))
    return target


@pytest.fixture
def relief(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Replan:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["relief", *arguments, "--lang", "en"])
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        else:
            code = 0
        out, err = capsys.readouterr()
        return code, out, err

    return call


def on_the_road(plan: PlanResult) -> str:
    """An instant, in Beijing time, at which the first truck drives to its first delivery."""
    leg = next(
        stop.leg
        for route in plan.plan.vehicle_routes
        for stop in route.trips[0].stops
        if stop.kind is StopKind.DELIVER
    )
    instant = leg.depart_at + (leg.arrive_at - leg.depart_at) / 2
    return (instant - timedelta(microseconds=instant.microsecond)).astimezone(SHANGHAI).isoformat()


def test_a_broken_truck_is_told_first_and_the_new_folder_verifies(
    folder: Path, liulin: PlanResult, relief: Replan, tmp_path: Path
) -> None:
    truck = liulin.plan.vehicle_routes[0].vehicle_code
    out = tmp_path / "anew"
    code, told, err = relief(
        "replan", str(folder), "--at", on_the_road(liulin), "--broken", truck,
        "--max-drivers", "3", *QUICK, "--out", str(out),
    )  # fmt: skip
    assert code == 0, err
    assert told.index("What has happened") < told.index("Messages to the drivers")
    assert f"{truck} has broken down." in told
    assert "is void; keep what is on board until it is fetched." in told
    assert "What more or fewer calls would be worth" in told
    assert (out / "changes.md").read_text().startswith("## What has happened")
    assert "while it is carried out" in (out / "summary.md").read_text()
    code, told, err = relief("verify", str(out))
    assert code == 0, told + err
    assert "9 files as certified" in told
    anew = read_plan(out)
    assert anew.situation.as_of is not None
    assert truck not in {route.vehicle_code for route in anew.plan.vehicle_routes}
    assert len(anew.situation.under_way) >= 1


def test_a_plan_made_anew_can_be_made_anew(
    folder: Path, liulin: PlanResult, relief: Replan, tmp_path: Path
) -> None:
    truck = liulin.plan.vehicle_routes[-1].vehicle_code
    at = on_the_road(liulin)
    first, second = tmp_path / "first", tmp_path / "second"
    assert relief(
        "replan", str(folder), "--at", at, "--late", f"{truck}=1h30min", *QUICK, "--out", str(first)
    )[0] == 0  # fmt: skip
    code, told, err = relief(
        "replan", str(first), "--at", at, "--scale-needs", "1.2", "--json", *QUICK,
        "--out", str(second),
    )  # fmt: skip
    assert code == 0, err
    record = json.loads(told)
    assert record["happened"] == ["All needs are multiplied by 1.2."]
    assert record["drivers_called"] == len(record["vehicles"])
    assert record["curve"][0]["max_drivers"] == 0
    assert relief("verify", str(second))[0] == 0


def test_events_from_a_file_tell_where_trucks_are(
    folder: Path, liulin: PlanResult, relief: Replan, tmp_path: Path
) -> None:
    route = liulin.plan.vehicle_routes[0]
    load = route.trips[0].stops[0]
    at = on_the_road(liulin)
    file = tmp_path / "told.csv"
    file.write_text(
        ",".join(EVENT_COLUMNS) + "\n"
        f"{load.end_at.isoformat()},{route.vehicle_code},served,{load.location_code},,,,card\n"
        f"{at},{route.vehicle_code},position,,,113.3,31.6,card\n"
    )
    code, told, err = relief(
        "replan", str(folder), "--at", at, "--events", str(file), *QUICK, "--json"
    )
    assert code == 0, err
    first, second = json.loads(told)["happened"]
    assert first.startswith(f"{route.vehicle_code} has finished its work at ")
    assert second == f"{route.vehicle_code} has told where it is."


def test_all_that_is_wrong_is_told_at_once(
    folder: Path, liulin: PlanResult, relief: Replan, tmp_path: Path
) -> None:
    (tmp_path / "bad.csv").write_text("at,vehicle,kind\nnever,x,served\n")
    (tmp_path / "empty.bds").write_text("")
    code, _, err = relief(
        "replan", str(folder), "--at", on_the_road(liulin), "--late", "truck", "--scale-needs", "x",
        "--events", "bad.csv", "--report", "empty.bds",
    )  # fmt: skip
    assert code == 2
    for where in ("--late", "--scale-needs", "bad.csv:2", "empty.bds"):
        assert where in err
    code, _, err = relief(
        "replan", str(folder), "--at", on_the_road(liulin), "--broken", "ghost",
        "--lose-depot", "999999-01", "--close", "nowhere-else", "--scale-needs", "123=1",
    )  # fmt: skip
    assert code == 2
    for what in ("ghost", "999999-01", "nowhere", "123"):
        assert what in err


def test_limits_and_folders_that_cannot_be_are_told_at_once(
    folder: Path, liulin: PlanResult, relief: Replan
) -> None:
    code, _, err = relief(
        "replan", str(folder), "--at", on_the_road(liulin), "--seconds", "nan", "--seed", "-1",
        "--out", str(folder),
    )  # fmt: skip
    assert code == 2
    assert "--seconds = 'nan': The solvers cannot be given this time. Allowed: 0.1 to 3600" in err
    assert "--seed = '-1'" in err
    assert "The plan that is under way would be replaced by the new one" in err


def test_every_fault_of_an_events_file_is_told_by_line_and_field(
    folder: Path, liulin: PlanResult, relief: Replan, tmp_path: Path
) -> None:
    file = tmp_path / "told.csv"
    at, truck = on_the_road(liulin), liulin.plan.vehicle_routes[0].vehicle_code
    rows = (
        f"yesterday,{truck},flew,,,,,",
        f"{at},{truck},position,,,nan,30,",
        f"{at},{truck},position,,,113.3,,",
        f"{at},{truck},delayed,,,,,",
        f"{at},{truck},delayed,,inf,,,",
    )
    file.write_text("\n".join((",".join(EVENT_COLUMNS), *rows)) + "\n")
    code, _, err = relief("replan", str(folder), "--at", at, "--events", str(file))
    assert code == 2
    for what in (
        "told.csv:2: kind = 'flew': There is no such kind of event. Allowed: departed, arrived",
        "told.csv:2: at = 'yesterday': This is no instant",
        "told.csv:3: lon = 'nan': An impossible number. Allowed: -180 to 180",
        "told.csv:4: lon, lat: A vehicle on the road without a position",
        "told.csv:5: delay_minutes: It is not said by how much",
        "told.csv:6: delay_minutes = 'inf': An impossible number",
    ):
        assert what in err
    assert err.count("told.csv:") == 6


def test_a_plan_is_under_way_only_while_it_lasts(folder: Path, relief: Replan) -> None:
    code, _, err = relief("replan", str(folder), "--at", "2030-01-01T00:00")
    assert code == 2
    assert "not under way" in err
    assert "+08:00 to " in err


def test_changes_one_after_another_break_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_changes(["--smoke", "--plan", str(folder)])
    told = capsys.readouterr().out
    assert "0 broken rules or commitments" in told
    assert "0 replans over their budget" in told


def test_a_plan_says_how_punctual_it_is_and_keeps_to_it(
    folder: Path, liulin: PlanResult, relief: Replan
) -> None:
    deliveries = sum(
        stop.kind is StopKind.DELIVER
        for route in liulin.plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
    )
    assert len(liulin.promises) == deliveries
    assert f"of the {deliveries} deliveries are promised" in (folder / "summary.md").read_text()
    code, told, err = relief("simulate", str(folder), "--draws", "200", "--json")
    assert code == 0, err
    record = json.loads(told)
    assert len(record["deliveries"]) == deliveries
    assert abs(record["promised_share"] - record["simulated_share"]) <= 0.03
    code, told, err = relief("simulate", str(folder), "--draws", "20", "--rain", "storm")
    assert code == 0, err
    assert "The least sure deliveries" in told


def test_a_simulation_needs_draws_and_a_known_rain(folder: Path, relief: Replan) -> None:
    code, _, err = relief("simulate", str(folder), "--draws", "0", "--rain", "frogs")
    assert code == 2
    assert "--draws" in err
    assert "--rain" in err


def test_helicopters_go_on_like_trucks(relief: Replan, tmp_path: Path) -> None:
    # With all roads to the town under water, helicopters fly; half as much again is needed when
    # they have been at it for some hours.
    closed = ("--close", "buffer 113.23,31.54 5 km", "--modes", "trucks,helicopters")
    first, second = tmp_path / "flown", tmp_path / "anew"
    code, _, err = relief(
        "plan", "2021-liulin", *closed, "--seconds", "20", "--iterations", "5", "--out", str(first)
    )
    assert code == 0, err
    code, told, err = relief(
        "replan", str(first), "--at", "2021-08-13T08:10", "--scale-needs", "1.5", *QUICK,
        "--out", str(second),
    )  # fmt: skip
    assert code == 0, err
    assert "mi-171" in told
    assert relief("verify", str(second))[0] == 0
