"""The runs of a project as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cnnlab.core.messages import text as _
from cnnlab.core.run_differences import differences
from cnnlab.core.run_summary import Figures, RunState, RunSummary
from cnnlab.terminal.display import extent, percent


def show(runs: Sequence[RunSummary]) -> None:
    """One row a run, with its project where there are several, and the settings in which the runs differ."""
    columns = differences(runs)
    table = Table(box=None, pad_edge=False)
    for heading in (_("run"), _("state"), _("started"), _("epochs"), _("time"), _("best validation"), _("test")):
        table.add_column(heading, no_wrap=True)
    for column in columns:
        table.add_column(str(column.title), no_wrap=True)
    for run in runs:
        if run.state is RunState.DAMAGED:
            table.add_row(run.id, run.state.value)
        else:
            table.add_row(
                run.id,
                run.state.value,
                f"{run.started.astimezone():%Y-%m-%d %H:%M}" if run.started else "",
                _extent(run),
                duration(run.seconds),
                _validation(run),
                best(run.test, run.unit),
                *(column.words(run) for column in columns),
            )
    console = Console(markup=False, highlight=False)
    # Lines longer than a pipe's eighty columns are for programs to cut.
    console.print(table, soft_wrap=True) if console.is_terminal else Console(width=1000, markup=False).print(table)
    for run in runs:
        if run.state is RunState.DAMAGED:
            console.print(f"{run.id}: {run.message}", soft_wrap=True)


def _validation(run: RunSummary) -> str:
    """Of the best weights; empty where no pictures are held out, and training pictures judged them."""
    is_measured = run.data.validation > 0 or not math.isnan(run.validation.loss)
    return best(run.best, run.unit) if is_measured else ""


def _extent(run: RunSummary) -> str:
    """How far it came: in epochs, or in steps where the most of these end it."""
    if run.is_cut:
        return extent(run.step - run.from_step, run.epochs * run.batches)
    return f"{run.epoch}/{run.epochs}"


def best(figures: Figures, unit: str = "") -> str:
    """The figure that a task is judged by; empty if there is none yet."""
    if not math.isnan(figures.accuracy):
        return percent(figures.accuracy)
    if not math.isnan(figures.error):
        return f"{figures.error:.3f}{unit}"
    return "" if math.isnan(figures.loss) else _("loss {loss}", loss=f"{figures.loss:.4f}")


def duration(seconds: float) -> str:
    """``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
