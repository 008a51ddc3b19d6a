"""Signs of life in words: the best answer so far, and what is proven of it."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from api.language import language
from api.progress_words import so_far
from api.terminal import MAX_FAULTS, Terminal
from relief.errors import Fault
from relief.plan.outcome import ProgressStep
from relief.sentences import say


def step(best: float | None, bound: float | None, stage: str = "routing") -> ProgressStep:
    return ProgressStep(stage=stage, done_share=0.5, best_person_h=best, bound_person_h=bound)


@pytest.mark.parametrize(
    ("best", "bound", "told"),
    [
        (None, None, ""),
        (None, 5.0, ""),
        (1_200.4, None, "1,200 weighted person-hours so far"),
        # A quarter of 2,000 is not proven.
        (2_000.0, 1_500.0, "2,000 weighted person-hours so far, at best 1,500 (gap 25.00%)"),
        (0.0, 0.0, "0 weighted person-hours so far, at best 0 (gap 0.00%)"),
    ],
)
def test_the_best_so_far_is_told(best: float | None, bound: float | None, told: str) -> None:
    assert so_far(step(best, bound), language("en")) == told


def test_it_is_told_in_chinese() -> None:
    assert "2,000" in so_far(step(2_000.0, 1_500.0), language("zh"))
    assert "weighted" not in so_far(step(2_000.0, 1_500.0), language("zh"))


def clock() -> Iterator[float]:
    yield from (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)


def test_a_log_has_a_line_for_each_stage_and_each_better_answer() -> None:
    terminal = Terminal(language("en"), clock().__next__)
    written = io.StringIO()
    terminal.err = Console(file=written, width=140)
    with terminal.progress() as progress:
        progress(step(None, None, "allocation"))
        progress(step(None, None, "allocation"))
        progress(step(300.0, 100.0))
        # Better by less than a ten-thousandth: not worth a line.
        progress(step(299.99, 100.0))
        progress(step(200.0, 100.0))
        progress(step(250.0, 100.0))
    assert written.getvalue().splitlines() == [
        "   1.0 s  allocating stock",
        "   2.0 s  routing trucks: 300 weighted person-hours so far, at best 100 (gap 66.67%)",
        "   3.0 s  routing trucks: 200 weighted person-hours so far, at best 100 (gap 50.00%)",
    ]


def test_of_very_many_faults_the_first_are_shown_and_the_rest_counted() -> None:
    terminal = Terminal(language("en"))
    written = io.StringIO()
    terminal.err = Console(file=written, width=140)
    what = say("This is no instant.")
    terminal.faults(Fault(where=f"a.csv:{line}", what=what) for line in range(MAX_FAULTS + 7))
    lines = written.getvalue().splitlines()
    assert len(lines) == MAX_FAULTS + 1
    assert lines[-1] == "There are 7 further faults."
