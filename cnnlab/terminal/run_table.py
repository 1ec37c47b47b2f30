"""The runs of a project as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cnnlab.core.messages import text as _
from cnnlab.core.run_summary import Figures, RunState, RunSummary, differing
from cnnlab.core.training_settings import TRAINING_PARAMS
from cnnlab.terminal.display import percent


def show(runs: Sequence[RunSummary]) -> None:
    """One row a run, with the settings in which the runs differ."""
    names = differing(runs)
    labels = {param.name: param for param in TRAINING_PARAMS}
    table = Table(box=None, pad_edge=False)
    for heading in (_("run"), _("state"), _("started"), _("epochs"), _("time"), _("best validation"), _("test")):
        table.add_column(heading, no_wrap=True)
    for name in names:
        table.add_column(str(labels[name].label))
    for run in runs:
        settings = [labels[name].show(getattr(run.training, name)) for name in names]
        if run.state is RunState.DAMAGED:
            table.add_row(run.id, run.state.value, run.message)
        else:
            table.add_row(
                run.id,
                run.state.value,
                f"{run.started.astimezone():%Y-%m-%d %H:%M}" if run.started else "",
                f"{run.epoch}/{run.epochs}",
                duration(run.seconds),
                best(run.best),
                best(run.test),
                *settings,
            )
    console = Console(markup=False, highlight=False)
    # Lines longer than a pipe's eighty columns are for programs to cut.
    console.print(table, soft_wrap=True) if console.is_terminal else Console(width=1000, markup=False).print(table)


def best(figures: Figures) -> str:
    """The figure that a task is judged by; empty if there is none yet."""
    if not math.isnan(figures.accuracy):
        return percent(figures.accuracy)
    if not math.isnan(figures.error):
        return f"± {figures.error:.3g}"
    return "" if math.isnan(figures.loss) else _("loss {loss}", loss=f"{figures.loss:.4f}")


def duration(seconds: float) -> str:
    """``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
