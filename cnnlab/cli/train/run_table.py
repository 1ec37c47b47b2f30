"""The runs of a project as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from cnnlab.cli.train.display import extent, state_text
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import clock, error_figure, loss_figure, percent
from cnnlab.core.runs.differences import differences
from cnnlab.core.runs.summary import Figures, RunState, RunSummary
from cnnlab.engine.system import text_table

Cells = tuple[str, ...]
"""A column: its heading, and a text for each run."""

_WIDTH = 160
"""Characters in a line where there is no terminal."""
_STARTED = 2
"""The column that a narrow terminal can do without."""
_INDENT = "    "
_HELD = "\N{BRAILLE PATTERN BLANK}"
"""A blank at which no line is broken: keeps a setting and its value together."""


def show(runs: Sequence[RunSummary]) -> None:
    """Print the table of ``runs``: one row for each, with its project where there are several, and the settings in which the runs
    differ: beside its figures where the width allows it, else below them."""
    console = Console(markup=False, highlight=False)
    whole = [run for run in runs if run.state is not RunState.DAMAGED]
    for line in _lines(whole, text_table.terminal_width() or _WIDTH) if whole else ():
        console.print(line, soft_wrap=True)
    for run in runs:
        if run.state is RunState.DAMAGED:
            console.print(_("{id}: damaged. {reason}", id=run.id, reason=run.message), soft_wrap=True)


def _lines(runs: Sequence[RunSummary], width: int) -> Iterator[str]:
    """A row for each run under one of headings, and what has no place in it as words below."""
    columns = [(heading, *map(text, runs)) for heading, text in _columns()]
    settings = [(str(each.title), *map(each.text, runs)) for each in differences(runs)]
    below: list[Cells] = []
    shown = _table(columns + settings)
    if max(map(text_table.breadth, shown)) > width:
        below, shown = settings, _table(columns)
    if max(map(text_table.breadth, shown)) > width:
        below = [columns.pop(_STARTED), *settings]
        shown = _table(columns)
    heading, *rows = shown
    yield heading
    for number, row in enumerate(rows, 1):
        yield row
        text = [f"{column[0]} {column[number]}".replace(" ", _HELD) for column in below if column[number]]
        for line in Text(", ".join(text)).wrap(Console(), width - len(_INDENT)) if text else ():
            yield _INDENT + line.plain.replace(_HELD, " ").rstrip()


def _table(columns: Sequence[Cells]) -> list[str]:
    return text_table.lines(list(zip(*columns, strict=True)), texts=len(columns))


def _columns() -> list[tuple[str, Callable[[RunSummary], str]]]:
    return [
        (_("run"), lambda run: run.id),
        (_("state"), lambda run: state_text(run.state)),
        (_("started"), lambda run: f"{run.started.astimezone():%Y-%m-%d %H:%M}" if run.started else ""),
        (_("epochs"), _extent),
        (_("time"), lambda run: clock(run.seconds)),
        (_("best validation"), _validation),
        (_("test"), lambda run: best(run.test, run.unit)),
    ]


def _validation(run: RunSummary) -> str:
    """The validation result of the best weights; empty where no pictures are held out, and training pictures judged them."""
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
