"""The benchmark runs, and its drawn emergencies are the same every time."""

import pytest

from benchmarks import allocation
from benchmarks.hubei_case import hubei


def test_the_benchmark_runs_small(capsys: pytest.CaptureFixture[str]) -> None:
    allocation.main(["--smoke", "--no-monolith", "--trucks", "20"])
    table = capsys.readouterr().out
    for work in ("relaxed, cold", "five max-min levels", "the Wuhan depot lost", "allocator"):
        assert work in table


def test_drawn_emergencies_are_the_same_every_time() -> None:
    first, second = (hubei(20, num_places=3, num_items=2) for _ in range(2))
    assert first.fingerprint() == second.fingerprint()
    assert sum(pool.num_vehicles for pool in first.pools) == 20
    assert len({need.item_code for need in first.needs}) == 2
    assert hubei(20, num_places=3, num_items=2, seed=2).fingerprint() != first.fingerprint()
