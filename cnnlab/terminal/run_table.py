"""The runs of a project as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import clock, error_figure, loss_figure, percent
from cnnlab.core.run_differences import differences
from cnnlab.core.run_summary import Figures, RunState, RunSummary
from cnnlab.terminal.display import extent

Cells = tuple[str, list[str]]
"""A column: its heading, and a text for each run."""

_WIDTH = 160
"""Characters in a line where there is no terminal."""
_STARTED = 2
"""The column that a narrow terminal can do without."""
_GAP, _INDENT = "  ", "    "
_HELD = "\N{NO-BREAK SPACE}"
"""Keeps a setting and its value in one line."""


def show(runs: Sequence[RunSummary]) -> None:
    """One row a run, with its project where there are several, and the settings in which the runs differ: beside its figures where
    the width allows it, else below them."""
    console = Console(markup=False, highlight=False)
    width = console.width if console.is_terminal else _WIDTH
    whole = [run for run in runs if run.state is not RunState.DAMAGED]
    columns = [(heading, [words(run) for run in whole]) for heading, words in _columns()]
    settings = [(str(each.title), [each.words(run) for run in whole]) for each in differences(runs)]
    below: list[Cells] = []
    if _width(columns + settings) <= width:
        columns += settings
    else:
        below = settings
        if _width(columns) > width:
            below = [columns.pop(_STARTED), *settings]
    for line in _lines(columns, below, width) if whole else ():
        console.print(line, soft_wrap=True)
    for run in runs:
        if run.state is RunState.DAMAGED:
            console.print(_("{id}: damaged. {reason}", id=run.id, reason=run.message), soft_wrap=True)


def _columns() -> list[tuple[str, Callable[[RunSummary], str]]]:
    return [
        (_("run"), lambda run: run.id),
        (_("state"), lambda run: run.state.value),
        (_("started"), lambda run: f"{run.started.astimezone():%Y-%m-%d %H:%M}" if run.started else ""),
        (_("epochs"), _extent),
        (_("time"), lambda run: clock(run.seconds)),
        (_("best validation"), _validation),
        (_("test"), lambda run: best(run.test, run.unit)),
    ]


def _width(columns: Sequence[Cells]) -> int:
    """Of a table of these, in characters."""
    return sum(_breadth(each) for each in columns) + len(_GAP) * (len(columns) - 1)


def _breadth(column: Cells) -> int:
    return max(map(len, (column[0], *column[1])))


def _lines(columns: Sequence[Cells], below: Sequence[Cells], width: int) -> Iterator[str]:
    """A row for each run under one of headings, and what is ``below`` it as words."""

    def row(cells: Iterable[str]) -> str:
        padded = (cell.ljust(_breadth(column)) for cell, column in zip(cells, columns, strict=True))
        return _GAP.join(padded).rstrip()

    yield row(heading for heading, _cells in columns)
    for number, cells in enumerate(zip(*(column for _heading, column in columns), strict=True)):
        yield row(cells)
        words = [f"{heading} {values[number]}".replace(" ", _HELD) for heading, values in below if values[number]]
        for line in textwrap.wrap(", ".join(words), width, initial_indent=_INDENT, subsequent_indent=_INDENT):
            yield line.replace(_HELD, " ")


def _validation(run: RunSummary) -> str:
    """Of the best weights; empty where no pictures are held out, and training pictures judged them."""
    is_measured = run.data.validation > 0 or run.validation.loss is not None
    return best(run.best, run.unit) if is_measured else ""


def _extent(run: RunSummary) -> str:
    """How far it came: in epochs, or in steps where the most of these end it."""
    if run.is_cut:
        return extent(run.step - run.from_step, run.epochs * run.batches)
    return f"{run.epoch}/{run.epochs}"


def best(figures: Figures, unit: str = "") -> str:
    """The figure that a task is judged by; empty if there is none yet."""
    if figures.accuracy is not None:
        return percent(figures.accuracy, 2)
    if figures.error is not None:
        return error_figure(figures.error, unit)
    return "" if figures.loss is None else _("loss {loss}", loss=loss_figure(figures.loss))
