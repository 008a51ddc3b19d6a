"""The benchmark of bounds by depot runs and prints what it promises."""

import pytest

from benchmarks.depot_bounds import main


def test_it_prints_a_line_for_all_depots(capsys: pytest.CaptureFixture[str]) -> None:
    main("2021-liulin", seconds=2.0, per_depot_s=2.0)
    printed = capsys.readouterr().out
    assert printed.startswith("| depot | places | trips |")
    assert "2021-liulin, 2 s: plan " in printed
    assert "depots closed in " in printed
