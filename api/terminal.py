"""The terminal: progress while the work goes on, sections when it is done, faults in plain words.

Progress and faults go to standard error, answers to standard output, so that an answer can be
piped. Where nobody watches (no terminal), everything is plain text.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table as RichTable
from rich.text import Text

from api.documents.summary import Section
from api.language import Language
from api.plan_result import FIRST_PLAN
from api.progress_words import so_far
from relief.errors import Fault
from relief.plan.outcome import Clock, Progress, ProgressStep
from relief.sentences import say

STAGES = {
    "reports": say("reading reports"),
    "network": say("opening the reserve network"),
    "needs": say("working out needs"),
    "travel": say("timing the roads"),
    "baseline": say("a first plan by the simple method"),
    FIRST_PLAN: say("first usable plan"),
    "allocation": say("allocating stock"),
    "routing": say("routing trucks"),
    "explain": say("explaining"),
    "cures": say("trying cures"),
    "verify": say("verifying"),
    "documents": say("writing papers"),
    "osm-ways": say("reading roads"),
    "osm-points": say("reading the points of the roads"),
    "osm-join": say("joining roads at junctions"),
    "osm-order": say("preparing the network for quick answers"),
    "osm-write": say("storing the network"),
}
LEAST_BETTER = 1e-4
"""Share by which an answer must be better than the last one shown for a line of its own."""

PLAIN_WIDTH = 140
"""Columns where the output is no terminal: wide enough for the tables, narrow enough for a log."""
MAX_FAULTS = 100
"""Faults that a terminal shows."""


class Terminal:
    """Shows things to a person, or to whatever reads our output.

    Parameters
    ----------
    language
        In which language.
    clock
        Measures the plain progress.
    """

    def __init__(self, language: Language, clock: Clock = time.monotonic) -> None:
        self.language = language
        self._clock = clock
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show signs of life while the block runs."""
        if not self.err.is_terminal:
            yield self._plain_progress()
            return
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
        )
        with Bars(*columns, console=self.err) as bars:
            yield _BarProgress(bars, self.language, self._clock)

    def _plain_progress(self) -> Progress:
        began_s = self._clock()
        seen: set[str] = set()
        shown: list[float] = []

        def tell(step: ProgressStep) -> None:
            new_stage = step.stage not in seen
            seen.add(step.stage)
            best = step.best_person_h
            better = best is not None and (not shown or best < shown[-1] * (1 - LEAST_BETTER))
            if not new_stage and not better:
                return
            if better and best is not None:
                shown.append(best)
            passed = self.language.number(self._clock() - began_s, 1)
            told = [stage_name(step.stage, self.language), so_far(step, self.language)]
            self.err.print(
                f"{passed:>6} s  {': '.join(part for part in told if part)}",
                markup=False,
                highlight=False,
            )

        return tell

    def heading(self, text: str) -> None:
        """Show the heading of an answer."""
        self.out.print()
        self.out.print(Text(text, style="bold"))

    def show(self, sections: Iterable[Section]) -> None:
        """Show sections one after the other."""
        for section in sections:
            self.out.print()
            self.out.print(Text(section.title, style="bold cyan"))
            self._lines(section.lines)
            if section.table is not None:
                table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
                for column, head in enumerate(section.table.heads):
                    right = column in section.table.right
                    table.add_column(
                        Text(head), justify="right" if right else "left", overflow="fold"
                    )
                for row in section.table.rows:
                    table.add_row(*(Text(cell) for cell in row))
                self.out.print(table)
            self._lines(section.below)

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            # Where nobody watches, a line stays one line, so that it can be searched for.
            if self.out.is_terminal:
                self.out.print(Padding(Text(line), (0, 0, 0, 2)))
            else:
                self.out.print(Text(f"  {line}"), soft_wrap=True)

    def line(self, text: str) -> None:
        """Show a line of an answer."""
        self.out.print(Text(text), soft_wrap=True)

    def raw(self, text: str) -> None:
        """Write a text as it is, for machines."""
        self.out.file.write(text)
        self.out.file.flush()

    def faults(self, faults: Iterable[Fault]) -> None:
        """Show faults, one a line; of very many the first, and how many more."""
        told = list(faults)
        for fault in told[:MAX_FAULTS]:
            self.err.print(Text(fault_line(fault, self.language)), soft_wrap=True)
        if len(told) > MAX_FAULTS:
            more = say("There are {number} further faults.", number=len(told) - MAX_FAULTS)
            self.err.print(Text(self.language.tell(more)), soft_wrap=True)

    def trouble(self, text: str) -> None:
        """Show what went wrong."""
        self.err.print(Text(text, style="bold red"), soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if not console.is_terminal:
        console = Console(stderr=stderr, highlight=False, emoji=False, width=PLAIN_WIDTH)
    return console


class _BarProgress:
    """Shows each stage as a bar of its own."""

    def __init__(self, bars: Bars, language: Language, clock: Clock) -> None:
        self._bars = bars
        self._clock = clock
        self._began_s = clock()
        self._language = language
        self._tasks: dict[str, TaskID] = {}
        self._stage = ""

    def __call__(self, step: ProgressStep) -> None:
        """Take a sign of life."""
        if step.stage != self._stage and self._stage:
            self._bars.update(self._tasks[self._stage], completed=1.0, detail="")
        self._stage = step.stage
        if step.stage not in self._tasks:
            name = stage_name(step.stage, self._language)
            if step.stage == FIRST_PLAN:
                # It is a moment, not a stretch of work: what counts is when it came.
                name += f" ({self._language.number(self._clock() - self._began_s, 1)} s)"
            self._tasks[step.stage] = self._bars.add_task(name, total=1.0, detail="")
        # A half-sentence is shown where the catalogue has it, or in its own language.
        known = self._language.code == "en" or step.detail in self._language.catalogue
        detail = self._language.word(step.detail) if known else ""
        self._bars.update(
            self._tasks[step.stage],
            completed=step.done_share,
            detail=so_far(step, self._language) or detail,
        )


def stage_name(stage: str, language: Language) -> str:
    """Return what people call a stage."""
    return language.tell(STAGES[stage]) if stage in STAGES else stage


def fault_line(fault: Fault, language: Language) -> str:
    """Return a fault as one line: where, value, what is wrong, what is allowed, the remedy."""
    place = f"{fault.where}: {fault.field}" if fault.field else fault.where
    value = f" = {fault.value!r}" if fault.value else ""
    parts = [f"{place}{value}: {language.tell(fault.what)}"]
    if fault.allowed:
        parts.append(
            language.tell(say("Allowed: {allowed}.", allowed=language.word(fault.allowed)))
        )
    if fault.remedy is not None:
        parts.append(language.tell(fault.remedy))
    return " ".join(parts).replace("\n", " ")
