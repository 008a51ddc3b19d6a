"""The HTTP service: what it is sent is kept, what it is asked for is made, and all is told."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.reports import endpoints
from relief.store.reports import ReportStore
from relief.store.session import Database, open_database
from scenarios.events import load_event
from tests.situations import START_AT

CAPTURE = load_event("2021-liulin").capture()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(str(tmp_path / "kept.sqlite3"))
    yield opened
    opened.close()


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    """Serve an app in a thread on a free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = listening.getsockname()[1]
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def client(database: Database) -> Iterator[httpx.Client]:
    with served(create_app(database)) as open_client:
        yield open_client


def wait(client: httpx.Client, job: str, *states: str) -> dict[str, Any]:
    deadline_s = time.monotonic() + 60
    while (answer := client.get(f"/jobs/{job}").json())["state"] not in states:
        assert time.monotonic() < deadline_s, answer
        assert answer["state"] in {"waiting", "running"}, answer
        time.sleep(0.05)
    return dict(answer)


def test_reports_are_taken_refused_and_repeated(client: httpx.Client, database: Database) -> None:
    first = client.post("/reports", content=CAPTURE)
    assert first.status_code == 201
    answer = first.json()
    # Eight sentences, of which one is cut short and one comes twice.
    assert (len(answer["accepted"]), answer["num_repeated"]) == (6, 1)
    (refused,) = answer["refused"]
    assert "cut off" in refused["reason"]
    assert bytes.fromhex(refused["raw_hex"]).startswith(b"$BDTXR")
    one = answer["accepted"][0]
    assert (one["unit_code"], one["unit_zh"]) == ("421321116", "柳林镇")
    again = client.post("/reports", content=CAPTURE).json()
    assert (again["accepted"], again["num_repeated"]) == ([], 7)
    kept = client.get("/reports").json()
    assert kept["reports"] == answer["accepted"]
    # What could not be read is kept each time that it comes.
    assert len(kept["refused"]) == 2
    assert ReportStore(database=database).unread() == ()


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", "救命".encode(), b"$BDTXR,1,2*00"])
def test_anything_may_be_sent(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/reports", content=content)
    assert answer.status_code == 201
    assert answer.json()["accepted"] == []
    assert bool(answer.json()["refused"]) is bool(content)


def test_too_much_at_once_is_refused_before_it_is_kept(
    client: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOST_BYTES", 100)
    answer = client.post("/reports", content=b"x" * 101)
    assert answer.status_code == 413
    assert answer.json()["faults"][0]["allowed"] == "up to 100 bytes"
    assert ReportStore(database=database).refused() == ()


def test_what_was_kept_but_not_read_is_read_at_the_next_start(database: Database) -> None:
    # As if the service had died between the disk and the eyes.
    ReportStore(database=database).keep(CAPTURE, START_AT)
    with served(create_app(database)) as client:
        assert len(client.get("/reports").json()["reports"]) == 6
        assert client.get("/health").json()["num_reports"] == 6


def test_a_plan_is_made_as_a_job_and_all_its_papers_can_be_had(client: httpx.Client) -> None:
    asked = client.post("/plans", json={"event": "2021-liulin", "iterations": 20})
    assert asked.status_code == 202
    assert asked.headers["Location"] == f"/jobs/{asked.json()['id']}"
    job = wait(client, asked.json()["id"], "done")
    plan_id = job["plan_id"]
    assert [plan["id"] for plan in client.get("/plans").json()["plans"]] == [plan_id]
    plan = client.get(f"/plans/{plan_id}").json()
    assert plan["summary"]["certificate"]["holds"]
    assert plan["summary"]["in_need_people"] == 8_000
    assert plan["plan"]["plan"]["plan_id"] == plan["certificate"]["plan_id"]
    geojson = client.get(f"/plans/{plan_id}/geojson")
    assert geojson.headers["content-type"] == "application/geo+json"
    assert {one["properties"]["kind"] for one in geojson.json()["features"]} == {
        "depot", "place", "trip", "closure",
    }  # fmt: skip
    for name in plan["papers"]:
        paper = client.get(f"/plans/{plan_id}/papers/{name}")
        assert paper.status_code == 200
        assert paper.content
    picture = client.get(f"/plans/{plan_id}/papers/map.png")
    assert picture.headers["content-type"] == "image/png"


def test_a_plan_under_way_is_made_anew_as_a_job(client: httpx.Client) -> None:
    asked = client.post("/plans", json={"event": "2021-liulin", "iterations": 5}).json()
    plan_id = wait(client, asked["id"], "done")["plan_id"]
    happened = {"at": "2021-08-13T02:00:00+08:00", "scaled_needs": ["1.2"], "iterations": 5}
    job = client.post(f"/plans/{plan_id}/replans", json={**happened, "max_drivers": 2})
    assert job.status_code == 202
    anew = wait(client, job.json()["id"], "done")["plan_id"]
    assert anew != plan_id
    assert client.get(f"/plans/{anew}").json()["summary"]["certificate"]["holds"]
    assert "1.2" in client.get(f"/plans/{anew}/papers/changes.md").text
    # What cannot be is refused: at once where words cannot be read, by the job where they are
    # wrong. No file of this machine is looked into.
    late = client.post(f"/plans/{plan_id}/replans", json={**happened, "late": ["truck"]})
    assert late.status_code == 422
    spying = {**happened, "closed_roads": ["polygon /etc/passwd"], "broken": ["ghost"]}
    refused = wait(
        client, client.post(f"/plans/{plan_id}/replans", json=spying).json()["id"], "refused"
    )
    told = json.dumps(refused["faults"], ensure_ascii=False)
    assert "ghost" in told
    assert "root:" not in told
    assert client.post("/plans/ghost/replans", json=happened).status_code == 404


def test_a_running_job_can_be_cancelled_and_the_next_begins(client: httpx.Client) -> None:
    long_one = client.post("/plans", json={"event": "2016-meiyu", "seconds": 3600}).json()["id"]
    deadline_s = time.monotonic() + 60
    while (job := wait(client, long_one, "running"))["stage"] not in {"allocation", "routing"}:
        assert time.monotonic() < deadline_s, job
        time.sleep(0.05)
    assert client.delete(f"/jobs/{long_one}").json()["state"] == "cancelled"
    began_s = time.monotonic()
    next_one = client.post("/plans", json={"event": "2016-meiyu", "seconds": 3600}).json()["id"]
    wait(client, next_one, "running")
    # The solver was at work for an hour; it is ended, not waited for.
    assert time.monotonic() - began_s < 20
    assert client.delete(f"/jobs/{next_one}").json()["state"] == "cancelled"
    assert client.delete(f"/jobs/{long_one}").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        ({}, "event"),
        ({"event": "2016-meiyi"}, "event"),
        ({"event": "../../etc"}, "event"),
        ({"event": "current"}, "event"),
        ({"event": "2016-meiyu", "seconds": 0}, "seconds"),
        ({"event": "2016-meiyu", "engine": "horse"}, "engine"),
        ({"event": "2016-meiyu", "at": "2016-07-06T08:00:00"}, "at"),
        ({"event": "2016-meiyu", "network": "/etc"}, "network"),
        ({"event": "2016-meiyu", "modes": ["trucks", "camels"]}, "modes.1"),
    ],
)
def test_a_bad_wish_is_refused_with_its_faults(
    client: httpx.Client, ask: dict[str, object], field: str
) -> None:
    answer = client.post("/plans", json=ask)
    assert answer.status_code == 422
    faults = answer.json()["faults"]
    assert [fault["field"] for fault in faults] == [field]
    assert all(fault["what_en"] and fault["what_zh"] for fault in faults)
    assert client.get("/health").json()["num_unfinished_jobs"] == 0


def test_every_fault_of_a_wish_is_listed(client: httpx.Client) -> None:
    answer = client.post("/plans", json={"seconds": "soon", "seed": -1})
    assert {fault["field"] for fault in answer.json()["faults"]} == {"event", "seconds", "seed"}


def test_a_job_whose_event_was_not_known_by_then_is_refused_with_the_reason(
    client: httpx.Client,
) -> None:
    ask = {"event": "2021-liulin", "at": "2020-01-01T00:00:00+08:00"}
    job = wait(client, client.post("/plans", json=ask).json()["id"], "refused")
    assert job["plan_id"] is None
    assert any("received" in fault["what_en"] for fault in job["faults"])


@pytest.mark.parametrize(
    "path", ["/jobs/x", "/plans/x", "/plans/x/geojson", "/plans/x/papers/plan.json"]
)
def test_what_is_not_kept_is_not_found(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["faults"][0]["what_zh"] == "没有这个编号的内容。"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8420", "Origin": "http://evil.example:8420"},
    ],
)
def test_other_sites_cannot_act_in_the_name_of_this_machine(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    answer = client.post("/reports", content=CAPTURE, headers=headers)
    assert answer.status_code == 403
    assert client.get("/reports").json()["reports"] == []


def test_pages_of_this_machine_may_ask(client: httpx.Client) -> None:
    assert client.get("/health", headers={"Origin": "http://localhost:8420"}).status_code == 200


def test_the_interface_describes_itself(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    routes = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert routes == {
        ("POST", "/reports"), ("GET", "/reports"), ("POST", "/plans"), ("GET", "/plans"),
        ("GET", "/plans/{plan_id}"), ("GET", "/plans/{plan_id}/geojson"),
        ("GET", "/plans/{plan_id}/papers/{name}"), ("GET", "/jobs/{job_id}"),
        ("DELETE", "/jobs/{job_id}"), ("GET", "/health"),
        ("POST", "/plans/{plan_id}/replans"),
    }  # fmt: skip
    for methods in described["paths"].values():
        for route in methods.values():
            assert route["description"]
    body = described["paths"]["/reports"]["post"]["requestBody"]["content"]
    assert set(body) == {"text/plain", "application/octet-stream"}


class Service:
    """The real service in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--database", "kept.sqlite3"],
            cwd=folder,
            env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        url = self.process.stdout.readline().split()[2].rstrip(",")
        self.client = httpx.Client(base_url=url, timeout=30)
        deadline_s = time.monotonic() + 30
        while True:
            try:
                self.client.get("/health").raise_for_status()
            except httpx.TransportError:
                assert time.monotonic() < deadline_s
                time.sleep(0.05)
            else:
                return

    def end(self, number: signal.Signals) -> int:
        self.client.close()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode


def test_the_real_service_loses_nothing_and_plans_what_it_was_told(tmp_path: Path) -> None:
    service = Service(tmp_path)
    assert len(service.client.post("/reports", content=CAPTURE).json()["accepted"]) == 6
    # A power cut right after the answer.
    service.end(signal.SIGKILL)
    service = Service(tmp_path)
    assert len(service.client.get("/reports").json()["reports"]) == 6
    ask = {"event": "current", "at": "2021-08-12T20:00:00+08:00", "iterations": 20}
    job = service.client.post("/plans", json=ask).json()
    plan_id = wait(service.client, job["id"], "done")["plan_id"]
    plan = service.client.get(f"/plans/{plan_id}").json()
    assert plan["summary"]["event"]["code"] == "current"
    assert plan["summary"]["affected_people"]["likely"] == 8_000
    assert plan["summary"]["certificate"]["holds"]
    assert service.end(signal.SIGINT) in {0, 130, -signal.SIGINT}


def test_the_clock_can_be_given(database: Database) -> None:
    at = datetime(2021, 8, 12, 12, tzinfo=UTC)
    with served(create_app(database, now=lambda: at)) as client:
        line = CAPTURE.splitlines()[-1].split(b"\t")[-1]
        answer = client.post("/reports", content=line).json()
        received = [one["received_at"] for one in answer["accepted"] + answer["refused"]]
        assert received == [json.loads(json.dumps(at.isoformat().replace("+00:00", "Z")))]
